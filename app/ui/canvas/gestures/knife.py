"""Cutting wires with a line drawn across them."""

from __future__ import annotations

import itertools

from qtpy.QtCore import QLineF, QPointF, Qt
from qtpy.QtGui import QPainter, QPen

from ....graph.wire import Wire
from ..geometry import point_on_wire
from ..scene import ShownWire
from .gesture import Gesture

CHORDS = 16
"""Of each curve."""


class Knife(Gesture):
    """Every wire that the pointer's way crosses is cut."""

    def __init__(self, canvas: object, at: QPointF) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._way = [at]
        self._cut: dict[Wire, None] = {}
        self.canvas.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        last = self._way[-1]
        if (at - last).manhattanLength() * self.canvas.scale_ < 2:
            return
        self._way.append(at)
        box = QLineF(last, at)
        left, top = min(last.x(), at.x()), min(last.y(), at.y())
        for shown in self.canvas.scene_.wires_in((left, top, abs(box.dx()), abs(box.dy()))):
            if _crosses(shown, box):
                self._cut[shown.wire] = None
        self.canvas.viewport().update()

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.move(at, modifiers)
        self.cancel()
        if self._cut:
            self.canvas.editor.unwire(self._cut)

    def cancel(self) -> None:
        self.canvas.viewport().unsetCursor()
        self.canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        pen = QPen(self.canvas.theme.state_colour("failed"), 1.5, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPolyline(self._way)


def _crosses(shown: ShownWire, line: QLineF) -> bool:
    for begin, end in itertools.pairwise(shown.stations):
        points = [QPointF(*point_on_wire(begin, end, step / CHORDS)) for step in range(CHORDS + 1)]
        for one, other in itertools.pairwise(points):
            if line.intersects(QLineF(one, other))[0] == QLineF.IntersectionType.BoundedIntersection:
                return True
    return False
