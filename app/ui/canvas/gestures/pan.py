"""Moving the view over the canvas."""

from __future__ import annotations

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QCursor

from .gesture import Gesture


class Pan(Gesture):
    """The canvas follows the pointer."""

    def __init__(self, canvas: object) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._last = QCursor.pos()
        self.canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        now = self.canvas.pointer_global
        self.canvas.pan_by(now - self._last)
        self._last = now

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.canvas.viewport().unsetCursor()

    def cancel(self) -> None:
        self.canvas.viewport().unsetCursor()
