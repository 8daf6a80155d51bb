"""The common face of gestures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QPainter

if TYPE_CHECKING:
    from ..view import CanvasView


class Gesture:
    """Something that the pointer does, from a press to a release.

    Attributes:
        canvas: Where it happens.
    """

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The pointer moved.

        Args:
            at: Where it is, in the scene.
            modifiers: Keys that are held.
        """

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The button was released: carry it out."""

    def cancel(self) -> None:
        """Leave everything as it was."""

    def paint(self, painter: QPainter) -> None:
        """Draw what belongs to the gesture, over everything else, in scene coordinates."""
