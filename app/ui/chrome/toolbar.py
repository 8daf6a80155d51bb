"""The toolbar: what is used most, with one filled button."""

from __future__ import annotations

from qtpy import QtCore, QtWidgets

from .. import icons
from ..actions.action import SEPARATOR
from ..actions.qt import Actions
from ..theme import Theme
from .run_button import RunButton

SHOWN = ("open", "save", SEPARATOR, "undo", "redo", SEPARATOR, "run", "stop", "stream", SEPARATOR, "add_node")
WITH_WORDS = ("stream", "add_node")

PADDING = 22
"""Pixels that a button with words takes beside words and icon."""


class ToolBar(QtWidgets.QToolBar):
    """Buttons of the window's actions; at its right end the theme."""

    def __init__(self, actions: Actions, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__("Toolbar", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.PreventContextMenu)
        self.setFixedHeight(int(theme.number("size", "toolbar")))
        self._actions, self._theme = actions, theme
        # A row of its own: a tool bar's has the style's margins, which differ from system to system.
        row = QtWidgets.QWidget()
        self._row = QtWidgets.QHBoxLayout(row)
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(int(theme.number("space", "unit")))
        for name in SHOWN:
            if name == SEPARATOR:
                self._add_line()
            elif name == "run":
                self._row.addWidget(RunButton(actions["run"], theme))
            else:
                self._row.addWidget(self._button(name))
        self._row.addStretch(1)
        self._theme_button = self._plain_button("theme_button")
        self._theme_button.clicked.connect(self._turn)
        self._row.addWidget(self._theme_button)
        self.addWidget(row)
        theme.changed.connect(self._dress)
        self._dress()

    def _button(self, name: str) -> QtWidgets.QToolButton:
        button = self._plain_button(f"{name}_button")
        button.setDefaultAction(self._actions[name])
        button.setAccessibleName(self._actions[name].text())
        if name in WITH_WORDS:
            button.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            words = button.fontMetrics().horizontalAdvance(button.text())
            button.setFixedWidth(button.iconSize().width() + words + PADDING)
        return button

    def _plain_button(self, name: str) -> QtWidgets.QToolButton:
        button = QtWidgets.QToolButton()
        button.setObjectName(name)
        size, icon = int(self._theme.number("size", "toolButton")), int(self._theme.number("size", "icon"))
        button.setFixedSize(size, size)
        button.setIconSize(QtCore.QSize(icon, icon))
        button.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        return button

    def _add_line(self) -> None:
        line = QtWidgets.QFrame()
        line.setProperty("role", "upright")
        line.setFixedSize(1, 16)
        self._row.addSpacing(4)
        self._row.addWidget(line)
        self._row.addSpacing(4)

    def _turn(self) -> None:
        self._actions["theme_light" if self._theme.mode == "dark" else "theme_dark"].trigger()

    def _dress(self) -> None:
        other = "light" if self._theme.mode == "dark" else "dark"
        icon = "ph.moon" if self._theme.mode == "dark" else "ph.sun"
        self._theme_button.setIcon(icons.icon(icon, self._theme.colour("text2")))
        self._theme_button.setToolTip(f"Make it {other}")
        self._theme_button.setAccessibleName(f"Make it {other}")
