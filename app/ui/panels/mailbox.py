"""A mailbox in the table of nodes, as a bar: how much lies there, a mark at the most that ever did, and the number."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from ..theme import Theme
from .node_table import MAILBOX, NodeTable
from .table import PADDING, CellDelegate

WIDTH, HEIGHT, MARK = 60, 8, 2

DEEP = 4
"""What fills a bar at least, so that one message is little."""


class MailboxDelegate(CellDelegate):
    """Draws the cells of the table of nodes."""

    def __init__(self, theme: Theme, model: NodeTable) -> None:
        super().__init__(theme, model)
        self._nodes = model

    def paint(
        self,
        painter: QtGui.QPainter,
        option: QtWidgets.QStyleOptionViewItem,
        index: QtCore.QModelIndex | QtCore.QPersistentModelIndex,
    ) -> None:
        """Draw one cell."""
        if index.column() != MAILBOX:
            super().paint(painter, option, index)
            return
        is_selected = self.paint_ground(painter, option)
        row = index.row()
        depth = self._nodes.depth(row)
        if depth is None:
            return
        now, peak, deepest = depth
        box = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        bar = QtCore.QRect(box.left(), box.center().y() - HEIGHT // 2 + 1, WIDTH, HEIGHT)
        # As deep as it ever was, and more than one: it grows.
        is_growing = now > 1 and now == peak
        self._paint_bar(painter, bar, now, peak, max(deepest, DEEP), is_selected=is_selected, is_growing=is_growing)
        cell = self._nodes.cell(row, MAILBOX)._replace(is_right=False, colour="s-paused" if is_growing else "text1")
        self.paint_cell(painter, box.adjusted(WIDTH + PADDING, 0, 0, 0), cell, is_selected=is_selected)

    def _paint_bar(
        self,
        painter: QtGui.QPainter,
        bar: QtCore.QRect,
        now: int,
        peak: int,
        most: int,
        *,
        is_selected: bool,
        is_growing: bool,
    ) -> None:
        theme = self.theme
        radius = theme.number("radius", "bar")
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix("panel", "accent", 0.22) if is_selected else theme.colour("hover"))
        painter.drawRoundedRect(bar, radius, radius)
        if now:
            painter.setBrush(theme.colour("s-paused" if is_growing else "c1"))
            painter.drawRoundedRect(QtCore.QRectF(bar.x(), bar.y(), WIDTH * now / most, HEIGHT), radius, radius)
        painter.restore()
        if peak:
            mark = bar.x() + round((WIDTH - MARK) * peak / most)
            painter.fillRect(mark, bar.y(), MARK, HEIGHT, theme.colour("text3"))
