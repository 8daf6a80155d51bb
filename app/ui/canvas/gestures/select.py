"""Choosing nodes with a box drawn over them."""

from __future__ import annotations

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen

from .gesture import Gesture


class SelectBox(Gesture):
    """A box drawn over the nodes to select; with Shift they join those that are selected already."""

    def __init__(self, canvas: object, at: QPointF) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._begin = self._now = at
        self._before = self.canvas.editor.selection

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._now = at
        rect = QRectF(self._begin, at).normalized()
        box = (rect.x(), rect.y(), rect.width(), rect.height())
        chosen = [
            node.id
            for node in self.canvas.scene_.nodes_in(box)
            if rect.intersects(QRectF(node.x, node.y, node.shape.width, node.shape.height))
        ]
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            chosen = list(dict.fromkeys((*self._before, *chosen)))
        self.canvas.editor.select(chosen)
        self.canvas.viewport().update()

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if (at - self._begin).manhattanLength() < 3 and not modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.canvas.editor.select([])
            self.canvas.choose_wire(self.canvas.scene_.hit(at.x(), at.y()).wire)
        self.canvas.viewport().update()

    def cancel(self) -> None:
        self.canvas.editor.select(self._before)
        self.canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        colour = self.canvas.theme.colour("sel")
        fill = QColor(colour)
        fill.setAlphaF(0.12)
        pen = QPen(colour, 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawRect(QRectF(self._begin, self._now).normalized())
