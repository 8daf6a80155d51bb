"""The ring around what has the keyboard: two pixels, two away, and only when it came there by a key."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from ..theme import Theme

WIDTH, GAP = 2, 2
RADIUS = 6

_FOLLOWED = (QtCore.QEvent.Type.Move, QtCore.QEvent.Type.Resize)
_LEFT = (QtCore.QEvent.Type.Hide, QtCore.QEvent.Type.MouseButtonPress)


class FocusRing(QtWidgets.QWidget):
    """Lies over the window that has the keyboard and lets everything through.

    Args:
        application: Whose focus it follows.
        theme: Colours.

    Attributes:
        target: What it is around now, or None.
    """

    def __init__(self, application: QtWidgets.QApplication, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.target: QtWidgets.QWidget | None = None
        self._watched: list[QtWidgets.QWidget] = []
        self.setObjectName("focus_ring")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.hide()
        application.focusChanged.connect(self._on_focus)
        theme.changed.connect(self.update)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Keep up with the widget and what it lies in; a click on it means that the keyboard is not what is used."""
        if event.type() in _FOLLOWED:
            self._place()
        elif event.type() in _LEFT and watched is self.target:
            self._surround(None)
        return False

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the ring."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(self._theme.colour("focus"), WIDTH))
        inset = WIDTH / 2
        painter.drawRoundedRect(QtCore.QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)

    def _on_focus(self, _before: QtWidgets.QWidget | None, now: QtWidgets.QWidget | None) -> None:
        # Qt marks the window when the keyboard moved the focus; the mark is taken off, for a click leaves it.
        mark = QtCore.Qt.WidgetAttribute.WA_KeyboardFocusChange
        by_key = now is not None and now.window().testAttribute(mark)
        if now is not None:
            now.window().setAttribute(mark, on=False)
        self._surround(now if by_key else None)

    def _surround(self, target: QtWidgets.QWidget | None) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self.target, self._watched = target, []
        if target is None:
            self.hide()
            return
        window = target.window()
        around: QtWidgets.QWidget | None = target
        while around is not None and around is not window:  # Scrolling moves what it lies in.
            self._watched.append(around)
            around = around.parentWidget()
        for widget in self._watched:
            widget.installEventFilter(self)
        if self.parentWidget() is not window:
            self.setParent(window)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        if self.target is None:
            return
        window = self.target.window()
        wide = WIDTH + GAP
        corner = self.target.mapTo(window, QtCore.QPoint(0, 0))
        box = QtCore.QRect(corner, self.target.size()).adjusted(-wide, -wide, wide, wide)
        # What fills the window's edge has its ring inside.
        self.setGeometry(box.intersected(window.rect()))
