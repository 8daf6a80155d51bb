"""How a row of the palette is drawn: icon, words, and for a vessel the number of its nodes."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from ..theme import Theme
from .model import COUNT, TYPE

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex

GROUP_ICON, ROW_ICON, GAP, MARGIN = 16, 14, 8, 8
INDENTATION = 16
"""Room for the arrow that folds a group."""

GROUP_MORE = 4
"""How much higher a group's row is than others."""


class PaletteDelegate(QtWidgets.QStyledItemDelegate):
    """Draws groups and node types."""

    def __init__(self, theme: Theme, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QtWidgets.QStyleOptionViewItem, index: Index) -> QtCore.QSize:
        """A row of the theme, a group a little more."""
        height = int(self._theme.number("size", "treeRow"))
        return QtCore.QSize(80, height + (GROUP_MORE if index.data(TYPE) is None else 0))

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        theme, is_group = self._theme, index.data(TYPE) is None
        box = QtCore.QRect(option.rect)
        if not is_group:  # Under the group's icon, not under its words.
            box.setLeft(box.left() - INDENTATION)
        states = QtWidgets.QStyle.StateFlag
        is_selected, is_hovered = (
            bool(option.state & states.State_Selected),
            bool(option.state & states.State_MouseOver),
        )
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        if is_selected or is_hovered:
            ground = box.adjusted(-2, 0, -4, 0)
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accentSoft" if is_selected else "hover"))
            radius = theme.number("radius", "field")
            painter.drawRoundedRect(ground, radius, radius)
        size = GROUP_ICON if is_group else ROW_ICON
        place = QtCore.QRect(box.left() + 2, box.center().y() - size // 2 + 1, size, size)
        index.data(QtCore.Qt.ItemDataRole.DecorationRole).paint(painter, place)
        words = box.adjusted(2 + size + GAP, 0, -MARGIN - 4, 0)
        number = index.data(COUNT)
        if number is not None:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("text3"))
            align = QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
            painter.drawText(words, align, str(number))
            words.setRight(words.right() - 28)
        painter.setFont(theme.font("uiMedium" if is_group else "ui"))
        painter.setPen(theme.colour("text1" if is_group or is_selected or is_hovered else "text2"))
        text = painter.fontMetrics().elidedText(index.data(), QtCore.Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, QtCore.Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()
