"""Moving and resizing frames and notes; a frame carries the nodes that lie in it."""

from __future__ import annotations

from qtpy.QtCore import QPointF, Qt

from ..decor import Grip, resized
from .gesture import Gesture


class MoveDecor(Gesture):
    """A frame or a note follows the pointer, or its corner does."""

    def __init__(self, canvas: object, at: QPointF, grip: Grip) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._begin, self._grip = at, grip
        decor, scene = self.canvas.decor, self.canvas.scene_
        one, box = decor.get(grip.piece), decor.box(grip.piece)
        if one is None or box is None:
            raise LookupError(f"{grip.piece} has gone")
        self._before = self._now = one
        self._box = box
        self._carried = {
            node.id: (node.x, node.y)
            for node in scene.nodes.values()
            if grip.piece.kind == "frame"
            and not grip.is_corner
            and box[0] <= node.x
            and node.x + node.shape.width <= box[0] + box[2]
            and box[1] <= node.y
            and node.y + node.shape.height <= box[1] + box[3]
        }

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        grid = 1.0 if modifiers & Qt.KeyboardModifier.AltModifier else self.canvas.theme.number("grid", "snap")
        delta = at - self._begin
        dx, dy = round(delta.x() / grid) * grid, round(delta.y() / grid) * grid
        x, y, width, height = self._box
        if self._grip.is_corner:
            self._now = resized(self._before, (x, y), (width + dx, height + dy))
        else:
            self._now = resized(self._before, (x + dx, y + dy), (width, height))
            if self._carried:
                self.canvas.scene_.move({node: (nx + dx, ny + dy) for node, (nx, ny) in self._carried.items()})
        self.canvas.decor.shifted = (self._grip.piece, self._now)
        self.canvas.viewport().update()

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.canvas.decor.shifted = None
        if self._now.pos != self._before.pos or self._now.size != self._before.size:
            nodes = self.canvas.scene_.nodes
            places = {node: (nodes[node].x, nodes[node].y) for node in self._carried}
            self.canvas.editor.put_piece(self._grip.piece.kind, self._grip.piece.place, self._now, places)
        self.canvas.viewport().update()

    def cancel(self) -> None:
        self.canvas.decor.shifted = None
        if self._carried:
            self.canvas.scene_.move(self._carried)
        self.canvas.viewport().update()
