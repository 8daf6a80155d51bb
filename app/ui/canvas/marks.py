"""What a comparison shows on the canvas: rings around nodes that are new or changed, outlines of those gone."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen

from ...graph.comparing import What
from ...graph.view import Point
from ..theme import Theme
from .scene import Scene

GHOST = 160.0, 60.0
"""Size of what stands for a node that has gone."""

_COLOURS = {"added": "done", "changed": "stale", "removed": "failed"}


class Marks:
    """Draws them.

    Attributes:
        nodes: What became of nodes, by id.
        ghosts: Nodes that have gone, and where they were.
    """

    def __init__(self, scene: Scene, theme: Theme) -> None:
        self._scene, self._theme = scene, theme
        self.nodes: Mapping[str, What] = {}
        self.ghosts: Mapping[str, Point] = {}

    def paint(self, painter: QPainter, scale: float) -> None:
        """Draw all, over the nodes."""
        if not self.nodes and not self.ghosts:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        width = max(3.0, 2.0 / scale)
        for id_, what in self.nodes.items():
            node = self._scene.nodes.get(id_)
            if node is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(self._colour(what), width))
                box = QRectF(node.x, node.y, node.shape.width, node.shape.height)
                painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), 9, 9)
        colour = self._colour("removed")
        fill = QColor(colour)
        fill.setAlphaF(0.10)
        for id_, (x, y) in self.ghosts.items():
            box = QRectF(x, y, *GHOST)
            painter.setBrush(fill)
            painter.setPen(QPen(colour, width / 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(box, 6, 6)
            painter.setFont(self._theme.font("nodeTitle"))
            painter.setPen(colour)
            painter.drawText(box.adjusted(10, 4, -10, -4), int(Qt.AlignmentFlag.AlignCenter), id_)

    def _colour(self, what: What) -> QColor:
        return self._theme.state_colour(_COLOURS[what])
