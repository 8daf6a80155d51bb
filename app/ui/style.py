"""The style sheet, built from the theme's tokens.

Style sheets know pictures by file name alone, so the few that widgets need (arrows, the check mark) are drawn from the
icon font into a folder that goes when the application does. Fonts are set on widgets, never here: a style sheet's font
would drop the tabular figures.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy import QtCore, QtGui

from ..errors import AnimaWeaveError
from . import icons

if TYPE_CHECKING:
    from .theme import Theme

_PICTURES = {
    # Name in the sheet: icon, size, token of its colour.
    "down": ("ph.caret-down", 12, "text3"),
    "up": ("ph.caret-up", 12, "text3"),
    "closed": ("ph.caret-right", 12, "text3"),
    "check": ("ph.check-bold", 12, "accentText"),
    "check-off": ("ph.check-bold", 12, "text3"),
    "menu-check": ("ph.check", 14, "text1"),
    "submenu": ("ph.caret-right", 12, "text3"),
    "close": ("ph.x", 12, "text3"),
}

_SHEET = """
QMainWindow, QDialog { background: @panel; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QWidget#chrome { background: @chrome; }
QLabel { background: transparent; }
QLabel[role="secondary"] { color: @text2; }
QLabel[role="quiet"] { color: @text3; }
QLabel[role="failed"] { color: @s-failed; }
QLabel:disabled { color: @text3; }
QLabel[role="key"] { color: @text3; border: 1px solid @border2; border-radius: 3px; padding: 0 4px; }
QFrame[role="upright"] { background: @border2; border: none; }
QFrame[role="line"] { background: @border; border: none; max-height: 1px; min-height: 1px; }
QAbstractScrollArea { background: @panel; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QToolTip { background: @raised; color: @text1; border: 1px solid @border2; padding: 4px 6px; }

QMenuBar { background: @chrome; color: @text2; border: none; padding: 0 4px 0 36px; }
QMenuBar::item { background: transparent; padding: 6px 8px; border-radius: @radius.field; }
QMenuBar::item:selected { background: @hover; color: @text1; }
QMenu { background: @raised; color: @text1; border: 1px solid @border2; padding: 4px; border-radius: 0; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: @radius.field; }
QMenu::item:selected { background: @accentSoft; }
QMenu::item:disabled { color: @text3; }
QMenu::icon { padding-left: 6px; }
QMenu::separator { height: 1px; background: @border; margin: 4px 0; }
QMenu::right-arrow { image: url(@picture.submenu); width: 12px; }
QMenu::indicator { width: 14px; height: 14px; margin-left: 6px; }
QMenu::indicator:checked { image: url(@picture.menu-check); }

QToolBar { background: @chrome; border: none; border-bottom: 1px solid @border; padding: 0; spacing: 0; }
QToolButton { background: transparent; color: @text2; border: none; border-radius: @radius.button; padding: 0 6px; }
QToolBar QToolButton[toolButtonStyle="0"], QToolButton[role="small"] { padding: 0; }
QToolButton[role="small"] { border-radius: @radius.field; }
QToolButton:hover { background: @hover; color: @text1; }
QToolButton:pressed, QToolButton:checked { background: @accentSoft; color: @text1; }
QToolButton:disabled { color: @dimmed; }
QToolButton::menu-indicator { image: none; width: 0; }

QPushButton { background: @raised; color: @text1; border: 1px solid @border2; border-radius: @radius.button;
              padding: 0 12px; min-height: 26px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @accentSoft; }
QPushButton:disabled { color: @dimmed; border-color: @border; }
QPushButton:default, QPushButton[role="primary"] { background: @accent; color: @accentText; border-color: @accent; }
QPushButton:default:hover, QPushButton[role="primary"]:hover { background: @accentHover; border-color: @accentHover; }
QPushButton:default:disabled, QPushButton[role="primary"]:disabled { background: @hover; color: @text3;
                                                                    border-color: @hover; }
QPushButton[role="link"] { background: transparent; border: none; color: @link; padding: 0; min-height: 16px;
                           text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:disabled { color: @dimmed; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox {
    background: @field; color: @text1; border: 1px solid @border; border-radius: @radius.field; padding: 0 7px;
    selection-background-color: @accent; selection-color: @accentText; }
QPlainTextEdit, QTextEdit { padding: 3px 4px; }
QLineEdit, QComboBox { min-height: 22px; max-height: 22px; }
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover { border-color: @border2; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:on { border-color: @accent; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled {
    color: @text3; background: @panel; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"] { border-color: @s-failed; }
QLineEdit[role="search"] { border-radius: @radius.button; min-height: 26px; max-height: 26px; padding: 0; }
QLineEdit[role="inline"] { border: none; border-radius: 3px; padding: 0; min-height: 16px; max-height: 16px;
                           background: transparent; color: @text3; }
QLineEdit[role="inline"]:hover, QLineEdit[role="inline"]:focus { background: @field; color: @text1; }
QComboBox { padding: 0 4px 0 7px; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: url(@picture.down); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @border2; padding: 4px; outline: none; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border-radius: @radius.field; }

QCheckBox, QRadioButton { spacing: 6px; background: transparent; color: @text1; }
QCheckBox::indicator, QTreeView::indicator { width: 14px; height: 14px; border: 1px solid @border2;
                                             border-radius: @radius.field; background: @field; }
QCheckBox::indicator:hover, QTreeView::indicator:hover { border-color: @text3; }
QCheckBox::indicator:checked, QTreeView::indicator:checked { background: @accent; border-color: @accent;
                                                             image: url(@picture.check); }
QCheckBox::indicator:checked:disabled { background: @hover; border-color: @border; image: url(@picture.check-off); }
QCheckBox:disabled { color: @text3; }

QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @hover; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 8px; height: 8px; margin: -4px 0; border-radius: 6px; background: @raised;
                             border: 2px solid @accent; }
QSlider::handle:horizontal:disabled { border-color: @border2; }
QSlider::sub-page:horizontal:disabled { background: @border2; }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: @size.scrollbar; }
QScrollBar:horizontal { height: @size.scrollbar; }
QScrollBar::handle { background: @border2; border-radius: 3px; margin: 1px; }
QScrollBar::handle:hover { background: @text3; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QAbstractItemView { background: @panel; alternate-background-color: @panel; border: none; outline: none;
                    selection-background-color: @accentSoft; selection-color: @text1; }
QTreeView::item, QListView::item { min-height: @size.treeRow; border: none; color: @text2; }
QTreeView::item:hover, QListView::item:hover { background: @hover; color: @text1; }
QTreeView::item:selected, QListView::item:selected { background: @accentSoft; color: @text1; }
QTreeView#updates::item { padding: 1px 0; }
QTreeView::branch { background: transparent; border: none; image: none; }
QTreeView::branch:has-children:!has-siblings:closed, QTreeView::branch:closed:has-children:has-siblings {
    image: url(@picture.closed); }
QTreeView::branch:open:has-children:!has-siblings, QTreeView::branch:open:has-children:has-siblings {
    image: url(@picture.down); }
QTableView { gridline-color: @border; }
QTableView::item { padding: 0 8px; border: none; color: @text1; }
QTableView::item:hover { background: @hover; }
QTableView::item:selected { background: @accentSoft; color: @text1; }
QHeaderView { background: @panel; border: none; border-bottom: 1px solid @border; }
QHeaderView::section { background: @panel; color: @text2; border: none; padding: 0 8px; height: @size.tableHeader; }
QTableView QHeaderView::section:first, QTableView QHeaderView::section:only-one { padding-left: 16px; }
QHeaderView::section:hover { color: @text1; }
QHeaderView::down-arrow { image: url(@picture.down); width: 10px; }
QHeaderView::up-arrow { image: url(@picture.up); width: 10px; }

QTabWidget::pane { border: none; }
QTabBar { background: @chrome; border: none; border-bottom: 1px solid @border; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @text3; border: none; border-bottom: 2px solid transparent;
               padding: 0 2px; margin: 0 8px; height: 30px; min-width: 24px; }
QTabBar::tab:first, QTabBar::tab:only-one { margin-left: 10px; }
QTabBar::tab:hover { color: @text1; }
QTabBar::tab:selected { color: @text1; border-bottom-color: @accent; }
QTabBar::close-button { image: url(@picture.close); }
QDockWidget { color: @text1; background: @panel; border: none; }
QSplitter::handle { background: @border; }
QSplitter::handle:hover { background: @accent; }

QStatusBar { background: @chrome; color: @text2; border: none; border-top: 1px solid @border; }
QStatusBar::item { border: none; }
QStatusBar QToolButton { padding: 0 4px; border-radius: @radius.field; }
QProgressBar { background: @hover; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }
QGroupBox { border: none; margin: 0; padding: 0; }
QDialogButtonBox, QMessageBox { dialogbuttonbox-buttons-have-icons: 0; }
QFrame#outdated_bar, QFrame#unsaved_bar, QFrame#comparison_bar {
    background: @accentSoft; border: none; border-bottom: 1px solid @border; }
QFrame#message_bar { background: @failedSoft; border: none; border-bottom: 1px solid @border; }
"""


class StyleSheet:
    """The style sheet of a theme, and the folder of the pictures that it names."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._folder = QtCore.QTemporaryDir()
        if not self._folder.isValid():
            raise AnimaWeaveError(f"the window's pictures cannot be written: {self._folder.errorString()}")

    def text(self) -> str:
        """The sheet for the mode that is in force."""
        return re.sub(r"@([\w-]+(?:\.[\w-]+)?)", self._value, _SHEET)

    def _value(self, match: re.Match[str]) -> str:
        kind, _, name = match[1].partition(".")
        if kind == "picture":
            return self._picture(name)
        if name:
            return f"{self._theme.number(kind, name):g}px"
        derived = {
            "dimmed": lambda: self._theme.faded("text3", 0.55),
            "failedSoft": lambda: self._theme.mix("panel", "s-failed", 0.14),
            "accentHover": lambda: self._theme.mix("accent", "text1", 0.12),
        }
        colour = derived[kind]() if kind in derived else self._theme.colour(kind)
        return _css(colour)

    def _picture(self, name: str) -> str:
        icon, size, token = _PICTURES[name]
        file = Path(self._folder.path()) / f"{name}-{self._theme.mode}.png"
        if not file.exists():
            colour = self._theme.colour(token)
            icons.pixmap(icon, size, colour).save(str(file))
            icons.pixmap(icon, size, colour, 2.0).save(str(file.with_stem(f"{file.stem}@2x")))
        return file.as_posix()


def _css(colour: QtGui.QColor) -> str:
    return f"rgba({colour.red()}, {colour.green()}, {colour.blue()}, {colour.alphaF():.3f})"
