"""What is drawn at which distance: everything near, titles half-way, blocks and straight lines far away.

A node near enough to be read is drawn once into a picture of its own, at the scale of the screen, and the picture is
drawn after that; while one zooms, old pictures are stretched and only a few drawn anew each frame. Far away all
nodes are a few calls that paint rectangles, all wires a few that paint lines.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

from qtpy.QtCore import QLineF, QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from ...graph.wire import Wire
from .geometry import Box, Point
from .paint import FOOT, MARGIN, Fade, NodePainter, wire_brush, wire_path
from .scene import Scene, ShownNode, ShownWire

FRAME_S = 0.0025
"""What drawing nodes anew may take of a frame; old pictures stand in for the rest, which follows in the next frames."""


FEW = 200
"""If what is to be drawn anew touches no more nodes or wires than that, they are drawn one by one."""

JOINT_RADIUS = 4.5
"""Of the dot at a point that a wire is led through."""

BLOCKS_S = 0.1
"""Blocks take on the colours of new states this often at most."""


class NodeLayer:
    """Draws the scene's nodes.

    Attributes:
        fades: How nodes are drawn while a wire is being drawn, by id; None for the usual way.
        hovered: Id of the node under the pointer.
        is_behind: Whether some pictures are not up to date yet, so that another frame is wanted.
    """

    def __init__(self, scene: Scene, painter: NodePainter) -> None:
        self._scene, self._painter = scene, painter
        self.fades: dict[str, Fade] | None = None
        self.hovered: str | None = None
        self.is_behind = False
        self._blocks: list[tuple[QColor, list[QRectF]]] = []
        self._block_of: dict[str, tuple[list[QRectF], int]] = {}
        self._blocks_version = self._blocks_states = -1
        self._blocks_time = 0.0
        scene.move_listeners.append(self._on_moved)

    def _on_moved(self, ids: Iterable[str], _wires: Iterable[int]) -> None:
        if self._blocks_version != self._scene.version:
            return
        for node_id in ids:
            rects, place = self._block_of[node_id]
            node = self._scene.nodes[node_id]
            rects[place] = QRectF(node.x, node.y, node.shape.width, node.shape.height)

    def paint(self, painter: QPainter, box: Box, scale: float, *, ratio: float) -> None:
        """Draw the nodes in a box.

        Args:
            painter: In scene coordinates.
            box: What is to be drawn, in the scene.
            scale: Pixels a scene unit.
            ratio: Device pixels a pixel.
        """
        self.is_behind = False
        number = self._painter.theme.number
        if scale < number("lod", "titles"):
            self._paint_blocks(painter, box)
            return
        selection = set(self._scene.editor.selection)
        is_full = scale >= number("lod", "full")
        deadline = time.perf_counter() + FRAME_S
        transform = painter.worldTransform()
        painter.resetTransform()
        for node in self._scene.nodes_in(box):
            how = (node.id in selection, node.id == self.hovered, self._fade_key(node.id))
            key = (is_full, scale, ratio, node.look_id, *how)
            picture = node.picture
            if picture is None or node.picture_key != key:
                may_wait = picture is not None and node.picture_key[0] == is_full
                if picture is not None and may_wait and time.perf_counter() > deadline:
                    self.is_behind = True
                else:
                    picture = self._draw(node, scale, ratio, is_full=is_full, selected=how[0], hovered=how[1])
                    node.picture, node.picture_key = picture, key
            corner = transform.map(QPointF(node.x - MARGIN, node.y - MARGIN))
            if node.picture_key[1] == scale:
                painter.drawPixmap(round(corner.x()), round(corner.y()), picture)
            else:
                stretch = scale / node.picture_key[1] / picture.devicePixelRatio()
                size = picture.size()
                target = QRectF(corner.x(), corner.y(), size.width() * stretch, size.height() * stretch)
                painter.drawPixmap(target, picture, QRectF(picture.rect()))
        painter.setWorldTransform(transform)

    def _fade_key(self, node_id: str) -> int:
        return 0 if self.fades is None else id(self.fades.get(node_id))

    def _draw(
        self, node: ShownNode, scale: float, ratio: float, *, is_full: bool, selected: bool, hovered: bool
    ) -> QPixmap:
        width = node.shape.width + 2 * MARGIN
        height = node.shape.height + 2 * MARGIN + FOOT
        if node.look.reason:
            width = max(width, 240 + MARGIN)
        picture = QPixmap(max(1, round(width * scale * ratio)), max(1, round(height * scale * ratio)))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing
            | QPainter.RenderHint.TextAntialiasing
            | QPainter.RenderHint.SmoothPixmapTransform
        )
        painter.scale(scale, scale)
        painter.translate(MARGIN, MARGIN)
        if is_full:
            fade = None if self.fades is None else self.fades.get(node.id)
            self._painter.paint(painter, node.look, node.shape, selected=selected, hovered=hovered, fade=fade)
        else:
            self._painter.paint_far(painter, node.look, node.shape, selected=selected)
        painter.end()
        return picture

    def _paint_blocks(self, painter: QPainter, box: Box) -> None:
        scene = self._scene
        is_new = self._blocks_version != scene.version
        now = time.perf_counter()
        if self._blocks_states != scene.states_version:
            # States change with every frame of a stream; nobody reads a thousand blocks so fast.
            is_new = is_new or now - self._blocks_time > BLOCKS_S
            self.is_behind = not is_new
        if is_new:
            self._blocks_time = now
            self._blocks_version, self._blocks_states = scene.version, scene.states_version
            groups: dict[int, tuple[QColor, list[QRectF]]] = {}
            urgent: dict[int, tuple[QColor, list[QRectF]]] = {}
            self._block_of.clear()
            for node in scene.nodes.values():
                colour = self._painter.state_of_block(node.look)
                rect = QRectF(node.x, node.y, node.shape.width, node.shape.height)
                is_urgent = node.look.state in ("failed", "paused")
                if is_urgent:
                    grow_x, grow_y = node.shape.width / 4, node.shape.height / 4
                    rect.adjust(-grow_x, -grow_y, grow_x, grow_y)
                rects = (urgent if is_urgent else groups).setdefault(colour.rgb(), (colour, []))[1]
                self._block_of[node.id] = (rects, len(rects))
                rects.append(rect)
            self._blocks = [*groups.values(), *urgent.values()]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        near = scene.node_rows_in(box)
        if len(near) <= min(FEW, len(scene.nodes) // 4):
            for place in near:
                node = scene.row(place)
                rects, number = self._block_of[node.id]
                painter.setBrush(self._painter.state_of_block(node.look))
                painter.drawRect(rects[number])
        else:
            for colour, rects in self._blocks:
                painter.setBrush(colour)
                painter.drawRects(rects)
        selected = [scene.nodes[i] for i in scene.editor.selection if i in scene.nodes]
        if selected:
            painter.setBrush(self._painter.theme.colour("sel"))
            painter.drawRects([QRectF(n.x, n.y, n.shape.width, n.shape.height) for n in selected])


class WireLayer:
    """Draws the scene's wires.

    Attributes:
        hovered: The wire under the pointer.
        chosen: The wire that is selected.
        hidden: A wire whose end is being dragged elsewhere.
        is_faded: Whether all wires step back, as while another one is being drawn.
    """

    def __init__(self, scene: Scene, painter: NodePainter) -> None:
        self._scene, self._painter = scene, painter
        self.hovered: Wire | None = None
        self.chosen: Wire | None = None
        self.hidden: Wire | None = None
        self.is_faded = False
        self._lines: list[tuple[QColor, list[QLineF]]] = []
        self._line_of: list[tuple[list[QLineF], int]] = []  # Where the first of each wire's lines is.
        self._lines_version = -1
        scene.move_listeners.append(self._on_moved)

    def _on_moved(self, _ids: Iterable[str], wires: Iterable[int]) -> None:
        if self._lines_version != self._scene.version:
            return
        for row in wires:
            lines, place = self._line_of[row]
            new = _lines(self._scene.wires[row])
            lines[place : place + len(new)] = new

    def paint(self, painter: QPainter, box: Box, scale: float) -> None:
        """Draw the wires in a box; arguments as for nodes."""
        if scale < self._painter.theme.number("lod", "titles"):
            self._paint_lines(painter, box)
            return
        selection = set(self._scene.editor.selection)
        chosen = self.chosen
        wires = self._scene.wires_in(box)
        is_many = len(wires) > 400
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_many)
        for wire in wires:
            if wire.wire is not self.hidden:
                self._paint_wire(painter, wire, selection, plain=is_many, is_chosen=wire.wire == chosen)
        painter.setOpacity(1.0)

    def _paint_wire(
        self, painter: QPainter, shown: ShownWire, selection: set[str], *, plain: bool, is_chosen: bool
    ) -> None:
        theme, wire = self._painter.theme, shown.wire
        touches = wire.source.node in selection or wire.target.node in selection
        is_strong = touches or is_chosen or wire is self.hovered or wire == self.hovered
        path = wire_path(shown.begin, shown.end, shown.points)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.is_faded:
            painter.setOpacity(0.4)
        else:
            painter.setOpacity(
                theme.number("colorNotes", "dimUnrelatedWire") if selection and not touches and not is_strong else 1.0
            )
        colours = self._painter.port_colour(shown.source), self._painter.port_colour(shown.target)
        if not shown.is_converted:
            colours = colours[0], colours[0]
        width = 1.5 if wire.control else 3.0 if is_strong else 2.0
        if shown.source.kind == "list" and not wire.control:
            width = 5.0
        if not plain or is_chosen:
            painter.setPen(QPen(theme.colour("sel" if is_chosen else "canvas"), width + 4))
            painter.drawPath(path)
        pen = QPen(wire_brush(shown.begin, shown.end, *colours), width)
        if wire.muted or wire.control:
            pen.setDashPattern([1, 4] if wire.muted else [3.3, 2.7])
        painter.setPen(pen)
        painter.drawPath(path)
        if shown.source.kind == "list" and not wire.control and not plain:
            painter.setPen(QPen(theme.colour("canvas"), 1.6))
            painter.drawPath(path)
        if shown.points and not plain:
            painter.setPen(QPen(theme.colour("canvas"), 1.5))
            painter.setBrush(colours[0])
            for point in shown.points:
                painter.drawEllipse(QPointF(*point), JOINT_RADIUS, JOINT_RADIUS)

    def _paint_lines(self, painter: QPainter, box: Box) -> None:
        scene = self._scene
        if self._lines_version != scene.version:
            self._lines_version = scene.version
            groups: dict[int, tuple[QColor, list[QLineF]]] = {}
            self._line_of.clear()
            for shown in scene.wires:
                colour = self._painter.port_colour(shown.source)
                lines = groups.setdefault(colour.rgb(), (colour, []))[1]
                self._line_of.append((lines, len(lines)))
                lines += _lines(shown)
            self._lines = list(groups.values())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        near = scene.wire_rows_in(box)
        if len(near) <= min(FEW, len(scene.wires) // 4):
            groups = {}
            for row in near:
                shown = scene.wires[row]
                colour = self._painter.port_colour(shown.source)
                groups.setdefault(colour.rgb(), (colour, []))[1].extend(_lines(shown))
            drawn = list(groups.values())
        else:
            drawn = self._lines
        for colour, lines in drawn:
            pen = QPen(colour, 1.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(lines)


def _lines(shown: ShownWire) -> list[QLineF]:
    return [QLineF(*begin, *end) for begin, end in itertools.pairwise(shown.stations)]


def paint_grid(painter: QPainter, box: Box, scale: float, colour: QColor, *, step: float, hide_below: float) -> None:
    """Draw the canvas' dots: one row is made and drawn as often as there are rows."""
    if scale < hide_below:
        return
    x0, y0 = box[0] - box[0] % step, box[1] - box[1] % step
    columns, rows = int(box[2] / step) + 2, int(box[3] / step) + 2
    pen = QPen(colour, 1.6)
    pen.setCosmetic(True)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(pen)
    row = QPolygonF([QPointF(x0 + column * step, y0) for column in range(columns)])
    for _ in range(rows):
        painter.drawPoints(row)
        row.translate(0, step)


def paint_loose_wire(painter: QPainter, begin: Point, end: Point, colour: QColor) -> None:
    """Draw a wire that has no second end yet."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    pen = QPen(colour, 2.0)
    pen.setDashPattern([3, 2.5])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(wire_path(begin, end))
