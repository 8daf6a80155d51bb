"""A dock: a panel that can be moved, put behind others as a tab, floated and hidden.

Alone it shows its own title, drawn as a tab; among tabs the tab is its title.
"""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..theme import Theme

MARGIN, LINE = 12, 2


class Dock(QtWidgets.QDockWidget):
    """A panel's dock.

    Args:
        title: Shown on its tab and in the menu of panels.
        name: Object name under which the window keeps its place.
        panel: What it shows.
        theme: Colours.
    """

    def __init__(self, title: str, name: str, panel: QtWidgets.QWidget, theme: Theme) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.setWidget(panel)
        self._title, self._no_title = DockTitle(self, theme), QtWidgets.QWidget(self)
        self.setTitleBarWidget(self._title)
        self.topLevelChanged.connect(self.follow)
        self.dockLocationChanged.connect(self.follow)
        self.visibilityChanged.connect(self.follow)

    def follow(self, *_: object) -> None:
        """Show the title or leave it to the tab, by where the dock is now; so do those beside it."""
        window = self.parent()
        if not isinstance(window, QtWidgets.QMainWindow):
            return
        for dock in window.findChildren(Dock):
            dock.choose_title(is_tab=not dock.isFloating() and bool(window.tabifiedDockWidgets(dock)))

    def choose_title(self, *, is_tab: bool) -> None:
        """Show a title of its own unless it is a tab."""
        wanted = self._no_title if is_tab else self._title
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)
            wanted.show()


class DockTitle(QtWidgets.QWidget):
    """The title of a dock that is alone; it is dragged by it, and hidden by the cross that shows under the pointer."""

    def __init__(self, dock: QtWidgets.QDockWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._dock, self._theme = dock, theme
        self._hide = QtWidgets.QToolButton()
        self._hide.setProperty("role", "small")
        self._hide.setToolTip(f"Hide {dock.windowTitle()}")
        self._hide.setAccessibleName(f"Hide {dock.windowTitle()}")
        self._hide.setFixedSize(20, 20)
        self._hide.setIconSize(QtCore.QSize(12, 12))
        self._hide.clicked.connect(dock.close)
        self._hide.setVisible(False)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.addStretch(1)
        layout.addWidget(self._hide)
        theme.changed.connect(self._dress)
        self._dress()

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        """Offer to hide the dock."""
        self._hide.show()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        """Offer nothing."""
        self._hide.hide()

    def sizeHint(self) -> QtCore.QSize:
        """As much as the words need; the dock gives this height whatever the widget's own is."""
        return QtCore.QSize(2 * MARGIN + 24 + self._words(), int(self._theme.number("size", "tab")))

    def minimumSizeHint(self) -> QtCore.QSize:
        """As much as the words need."""
        return self.sizeHint()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw it as the one tab of its place."""
        painter, theme, height = QtGui.QPainter(self), self._theme, self.height()
        painter.fillRect(self.rect(), theme.colour("chrome"))
        painter.fillRect(0, height - 1, self.width(), 1, theme.colour("border"))
        painter.setFont(theme.font("uiMedium"))
        painter.setPen(theme.colour("text1"))
        align = QtCore.Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect().adjusted(MARGIN, 0, 0, 0), align, self._dock.windowTitle())
        painter.fillRect(MARGIN, height - LINE, self._words(), LINE, theme.colour("accent"))

    def _words(self) -> int:
        return QtGui.QFontMetrics(self._theme.font("uiMedium")).horizontalAdvance(self._dock.windowTitle())

    def _dress(self) -> None:
        self._hide.setIcon(icons.icon("ph.x", self._theme.colour("text3")))
        self.update()
