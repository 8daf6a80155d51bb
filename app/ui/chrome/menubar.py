"""The menu bar: the mark, the menus, and the document's name in the middle."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy import QtCore, QtGui, QtWidgets

from ..actions.action import SEPARATOR
from ..actions.catalogue import MENUS
from ..actions.qt import Actions
from ..theme import Theme

APPLICATION = "AnimaWeave Studio"

MARK, MARK_LEFT = 16, 12
"""Size and place of the mark; the style sheet leaves room for it."""


class MenuBar(QtWidgets.QMenuBar):
    """Menus of the window's actions.

    Args:
        actions: The actions.
        theme: Colours.
        menus: Menus of the window's own, by the names that `MENUS` gives them.
    """

    def __init__(
        self,
        actions: Actions,
        theme: Theme,
        menus: Mapping[str, QtWidgets.QMenu],
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("menubar")
        self.setFixedHeight(int(theme.number("size", "menubar")))
        self._theme = theme
        theme.changed.connect(self.update)
        for title, names in MENUS:
            menu = self.addMenu(title)
            menu.setObjectName(f"menu_{title.lower()}")
            for name in names:
                if name == SEPARATOR:
                    menu.addSeparator()
                elif name in menus:
                    menu.addMenu(menus[name])
                else:
                    menu.addAction(actions[name])
        self._name = QtWidgets.QLabel(self)
        self._name.setObjectName("document_name")
        self._name.setProperty("role", "secondary")
        self._name.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.set_document("")

    def set_document(self, title: str) -> None:
        """Show the name of the document."""
        self._name.setText(f"{title} — {APPLICATION}" if title else APPLICATION)
        self._place()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Keep the name in the middle."""
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the menus, and the mark before them."""
        super().paintEvent(event)
        corner = QtCore.QPointF(MARK_LEFT, (self.height() - MARK) / 2)
        paint_mark(QtGui.QPainter(self), corner, MARK / 16, self._theme.colour("accent"))

    def _place(self) -> None:
        self._name.adjustSize()
        left = (self.width() - self._name.width()) // 2
        last = self.actionGeometry(self.actions()[-1]).right() if self.actions() else 0
        self._name.move(left, (self.height() - self._name.height()) // 2)
        self._name.setVisible(left > last + 16 and not self.isNativeMenuBar())


def paint_mark(painter: QtGui.QPainter, corner: QtCore.QPointF, scale: float, colour: QtGui.QColor) -> None:
    """Draw the mark, 16 units wide and high, from its top left corner."""
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.translate(corner)
    painter.scale(scale, scale)
    wave = QtGui.QPainterPath(QtCore.QPointF(1.5, 12.5))
    wave.cubicTo(6, 12.5, 5, 3.5, 8, 3.5)
    wave.cubicTo(11, 3.5, 10, 12.5, 14.5, 12.5)
    pen = QtGui.QPen(colour, 2)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawPath(wave)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QtCore.QPointF(8, 3.5), 2, 2)
    painter.restore()
