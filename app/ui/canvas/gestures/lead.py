"""Moving a point that a wire is led through."""

from __future__ import annotations

from qtpy.QtCore import QPointF, Qt

from ....graph.wire import Wire
from .gesture import Gesture


class LeadWire(Gesture):
    """The point follows the pointer, and the grid unless Alt is held."""

    def __init__(self, canvas: object, wire: Wire, place: int) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._wire, self._place = wire, place
        self._before = self.canvas.editor.graph.view.reroutes[wire.key]
        self._points = self._before

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        grid = 1.0 if modifiers & Qt.KeyboardModifier.AltModifier else self.canvas.theme.number("grid", "snap")
        points = list(self._before)
        points[self._place] = (round(at.x() / grid) * grid, round(at.y() / grid) * grid)
        self._points = tuple(points)
        self.canvas.scene_.lead(self._wire, self._points)

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._points != self._before:
            self.canvas.editor.lead(self._wire, self._points)

    def cancel(self) -> None:
        self.canvas.scene_.lead(self._wire, self._before)
