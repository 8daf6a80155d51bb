"""The whole graph, small, in a corner of the canvas; a click or drag there goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from qtpy.QtWidgets import QWidget

from .geometry import Box

if TYPE_CHECKING:
    from .view import CanvasView

SIZE = QSize(200, 130)
MARGIN, LEAST = 8, 2.0
"""Pixels around the graph, and of a node at least."""


class Minimap(QWidget):
    """Shows where one is. The nodes are drawn once for each state of the graph, then only the frame of what is seen."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self.setObjectName("minimap")
        self.setAccessibleName("Map of the graph")
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._canvas = canvas
        self._picture: QPixmap | None = None
        self._key: object = None
        self._box: Box = (0.0, 0.0, 1.0, 1.0)
        canvas.theme.changed.connect(self.update)
        canvas.scale_changed.connect(self.update)
        canvas.scene_.changed.connect(self.update)
        for bar in (canvas.horizontalScrollBar(), canvas.verticalScrollBar()):
            bar.valueChanged.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        canvas = self._canvas
        theme = canvas.theme
        key = (canvas.scene_.version, canvas.scene_.states_version, theme.mode, self.devicePixelRatioF())
        if key != self._key:
            self._key, self._picture = key, self._draw()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(theme.colour("chrome"))
        ground.setAlphaF(0.92)
        painter.setPen(QPen(theme.colour("border"), 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._picture is not None:
            painter.drawPixmap(0, 0, self._picture)
        x, y, width, height = canvas.visible_box()
        left, top = self.there(x, y)
        right, bottom = self.there(x + width, y + height)
        seen = QRectF(left, top, right - left, bottom - top).intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("accent"), 1.0))
        painter.drawRect(seen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton or event.button() == Qt.MouseButton.LeftButton:
            scale, dx, dy = self._frame()
            at = event.position()
            self._canvas.centerOn((at.x() - dx) / scale, (at.y() - dy) / scale)
            self._canvas.viewport().update()
            self.update()

    def _frame(self) -> tuple[float, float, float]:
        """Pixels a scene unit, and where the scene's origin lies."""
        x, y, width, height = self._box
        scale = min((SIZE.width() - 2 * MARGIN) / max(1.0, width), (SIZE.height() - 2 * MARGIN) / max(1.0, height))
        dx = (SIZE.width() - width * scale) / 2 - x * scale
        return scale, dx, (SIZE.height() - height * scale) / 2 - y * scale

    def there(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the scene lies on the map."""
        scale, dx, dy = self._frame()
        return x * scale + dx, y * scale + dy

    def _draw(self) -> QPixmap | None:
        scene = self._canvas.scene_
        box = scene.bounds()
        if box is None:
            return None
        self._box = box
        scale, dx, dy = self._frame()
        ratio = self.devicePixelRatioF()
        picture = QPixmap(SIZE * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        groups: dict[int, tuple[QColor, list[QRectF]]] = {}
        for node in scene.nodes.values():
            colour = self._canvas.painter_.state_of_block(node.look)
            width, height = max(LEAST, node.shape.width * scale), max(LEAST, node.shape.height * scale)
            rect = QRectF(node.x * scale + dx, node.y * scale + dy, width, height)
            groups.setdefault(colour.rgb(), (colour, []))[1].append(rect)
        for colour, rects in groups.values():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRects(rects)
        painter.end()
        return picture
