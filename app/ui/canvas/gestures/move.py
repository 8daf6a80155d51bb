"""Moving nodes: they snap to their neighbours, which guides show, else to the grid; in and out of wires."""

from __future__ import annotations

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QPainter, QPen

from ....graph.wire import Wire
from ..geometry import Point
from .gesture import Gesture

PULL = 6.0
"""Pixels within which a neighbour's edge pulls."""


class MoveNodes(Gesture):
    """The selected nodes follow the pointer; Alt lets them go where they like.

    A single node without wires that is dropped on a wire is put into it where it fits, unless Alt is held. Nodes that
    are grabbed with Alt are pulled out of their chain, which closes behind them.
    """

    def __init__(self, canvas: object, at: QPointF, grabbed: str, *, pulls_out: bool = False) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        scene = self.canvas.scene_
        self._begin, self._grabbed = at, grabbed
        self._before = {
            i: (scene.nodes[i].x, scene.nodes[i].y) for i in self.canvas.editor.selection if i in scene.nodes
        }
        self._guides: list[tuple[float, float, float, float]] = []
        self._has_moved = False
        self._pulls_out = pulls_out
        self._wire: Wire | None = None
        view = self.canvas.visible_box()
        self._neighbours = [node for node in scene.nodes_in(view) if node.id not in self._before][:300]

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        delta = at - self._begin
        if not self._has_moved and delta.manhattanLength() * self.canvas.scale_ < 4:
            return
        self._has_moved = True
        x, y = self._before[self._grabbed]
        target = x + delta.x(), y + delta.y()
        had_guides, self._guides = bool(self._guides), []
        if not modifiers & Qt.KeyboardModifier.AltModifier:
            target = self._snapped(*target)
        dx, dy = target[0] - x, target[1] - y
        self.canvas.scene_.move({i: (bx + dx, by + dy) for i, (bx, by) in self._before.items()})
        self._aim(free=bool(modifiers & Qt.KeyboardModifier.AltModifier))
        if had_guides or self._guides:
            self.canvas.viewport().update()

    def _aim(self, *, free: bool) -> None:
        """Show the wire that the node would be put into."""
        canvas, node = self.canvas, self.canvas.scene_.nodes[self._grabbed]
        wire = None
        if len(self._before) == 1 and not free:
            middle = node.x + node.shape.width / 2, node.y + node.shape.height / 2
            near = canvas.scene_.wire_at(*middle, within=max(14.0, node.shape.height / 2))
            if near is not None and canvas.editor.ports_for_wire(self._grabbed, near.wire) is not None:
                wire = near.wire
        if wire != self._wire:
            self._wire = canvas.wires_.hovered = wire
            canvas.viewport().update()

    def _snapped(self, x: float, y: float) -> tuple[float, float]:
        scene = self.canvas.scene_
        grid = self.canvas.theme.number("grid", "snap")
        shape = scene.nodes[self._grabbed].shape
        pull = PULL / self.canvas.scale_
        best_x: tuple[float, float, Point | None] = (pull, round(x / grid) * grid, None)
        best_y: tuple[float, float, Point | None] = (pull, round(y / grid) * grid, None)
        for other in self._neighbours:
            for mine, theirs in (
                (0.0, 0.0),
                (shape.width, other.shape.width),
                (shape.width / 2, other.shape.width / 2),
            ):
                off = abs(other.x + theirs - x - mine)
                if off < best_x[0]:
                    best_x = (off, other.x + theirs - mine, (other.x + theirs, other.y))
            for mine, theirs in ((0.0, 0.0), (shape.height, other.shape.height)):
                off = abs(other.y + theirs - y - mine)
                if off < best_y[0]:
                    best_y = (off, other.y + theirs - mine, (other.x, other.y + theirs))
        x, y = best_x[1], best_y[1]
        if best_x[2] is not None:
            self._guides.append((best_x[2][0], min(y, best_x[2][1]) - 20, best_x[2][0], max(y, best_x[2][1]) + 60))
        if best_y[2] is not None:
            self._guides.append((min(x, best_y[2][0]) - 20, best_y[2][1], max(x, best_y[2][0]) + 180, best_y[2][1]))
        return x, y

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        scene = self.canvas.scene_
        if self._has_moved:
            places = {i: (scene.nodes[i].x, scene.nodes[i].y) for i in self._before}
            if self._pulls_out:
                self.canvas.editor.pull_out(places)
            elif self._wire is None or not self.canvas.editor.put_into_wire(
                self._grabbed, self._wire, places[self._grabbed]
            ):
                self.canvas.editor.move(places)
        elif not modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            self.canvas.editor.select([self._grabbed])

    def cancel(self) -> None:
        self.canvas.wires_.hovered = None
        self.canvas.scene_.move(self._before)

    def paint(self, painter: QPainter) -> None:
        pen = QPen(self.canvas.theme.colour("accent"), 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for x1, y1, x2, y2 in self._guides:
            painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
