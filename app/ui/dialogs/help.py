"""The page of keys, and what this program is."""

from __future__ import annotations

from importlib.metadata import version

from qtpy import QtCore, QtGui, QtWidgets

from ..chrome.menubar import APPLICATION, paint_mark
from ..keys import HANDS, keys_by_menu
from ..theme import Theme


class KeysDialog(QtWidgets.QDialog):
    """Every shortcut, menu by menu, and what the pointer does on the canvas."""

    def __init__(self, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keys_dialog")
        self.setWindowTitle("Keys")
        self._theme = theme
        columns = QtWidgets.QHBoxLayout(self)
        columns.setContentsMargins(24, 12, 24, 20)
        columns.setSpacing(32)
        left, middle, right = (QtWidgets.QVBoxLayout() for _ in range(3))
        places = {"File": left, "Edit": left, "Node": middle, "Arrange": middle}
        for title, keys in keys_by_menu():
            self._add(places.get(title, right), title, keys)
        self._add(right, "On the canvas", list(HANDS))
        for column in (left, middle, right):
            column.addStretch(1)
            columns.addLayout(column)

    def _add(self, column: QtWidgets.QVBoxLayout, title: str, rows: list[tuple[str, str]]) -> None:
        head = QtWidgets.QLabel(title)
        head.setFont(self._theme.font("uiStrong"))
        column.setSpacing(6)
        column.addSpacing(10)
        column.addWidget(head)
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (key, tip) in enumerate(rows):
            shown = QtWidgets.QLabel(key)
            shown.setProperty("role", "key")
            shown.setFont(self._theme.font("keyMedium"))
            words = QtWidgets.QLabel(tip)
            words.setProperty("role", "secondary")
            grid.addWidget(shown, row, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(words, row, 1)
        column.addLayout(grid)


class AboutDialog(QtWidgets.QDialog):
    """Name, version and licences."""

    def __init__(self, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about_dialog")
        self.setWindowTitle(f"About {APPLICATION}")
        picture = QtGui.QPixmap(int(48 * self.devicePixelRatioF()), int(48 * self.devicePixelRatioF()))
        picture.fill(QtCore.Qt.GlobalColor.transparent)
        painter = QtGui.QPainter(picture)
        paint_mark(painter, QtCore.QPointF(0, 0), picture.width() / 16, theme.colour("accent"))
        painter.end()
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        mark = QtWidgets.QLabel()
        mark.setPixmap(picture)
        name = QtWidgets.QLabel(APPLICATION)
        name.setFont(theme.font("title"))
        lines = [
            (f"Version {version('animaweave')}", "secondary"),
            ("Wire typed nodes into a graph, run it, watch it.", "secondary"),
            ("MIT licence. Set in Inter and JetBrains Mono (SIL Open Font License); icons: Phosphor (MIT).", "quiet"),
        ]
        words = QtWidgets.QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(name)
        for text, role in lines:
            label = QtWidgets.QLabel(text)
            label.setProperty("role", role)
            words.addWidget(label)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(24, 24, 32, 24)
        layout.setSpacing(20)
        layout.addWidget(mark, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words)
