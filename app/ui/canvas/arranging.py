"""Putting nodes in order: aligned, with equal gaps, or laid out anew; each one edit."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from qtpy.QtCore import QEasingCurve, QObject, QVariantAnimation

from ...graph.edits import Edit, MoveNodes, Together
from ...graph.layout import Layout, Link, layered
from ...graph.view_edits import LeadWire
from ...graph.wire import Wire
from ..editor import Editor
from .geometry import Box, Point, point_on_wire
from .scene import Scene, ShownNode

Side = Literal["left", "centre", "right", "top", "bottom"]

GLIDE_MS = 200
"""What nodes take on their way to where they are laid out."""

MOST_GLIDING = 1_500
"""More nodes than these are there at once."""

ROOM, GRID = 16.0, 20.0
"""Canvas units between a new node and those that it pushes aside, and between the places where these may lie."""

MOST_PUSHED = 200
"""Nodes that one new node pushes."""

SAMPLES = 24
"""Points at which a wire is looked at whether it passes through a node."""


class Arranging(QObject):
    """Arranges the nodes on screen.

    Args:
        editor: The open document.
        scene: Knows how large they are.
    """

    def __init__(self, editor: Editor, scene: Scene) -> None:
        super().__init__(scene)
        self._editor, self._scene = editor, scene
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setEasingCurve(QEasingCurve.Type.InOutQuad)
        self._glide.valueChanged.connect(self._step)
        self._way: dict[str, tuple[Point, Point]] = {}

    def align(self, ids: Iterable[str], side: Side) -> None:
        """Let nodes lie on one line: that of the outermost, or the middle of all."""
        nodes = self._nodes(ids)
        left, top = min(node.x for node in nodes), min(node.y for node in nodes)
        right = max(node.x + node.shape.width for node in nodes)
        bottom = max(node.y + node.shape.height for node in nodes)
        places = {
            "left": lambda node: (left, node.y),
            "centre": lambda node: ((left + right - node.shape.width) / 2, node.y),
            "right": lambda node: (right - node.shape.width, node.y),
            "top": lambda node: (node.x, top),
            "bottom": lambda node: (node.x, bottom - node.shape.height),
        }
        self._editor.move({node.id: places[side](node) for node in nodes})

    def distribute(self, ids: Iterable[str], *, is_across: bool) -> None:
        """Make the gaps between nodes equal; the outermost stay."""
        nodes = sorted(self._nodes(ids), key=lambda node: node.x if is_across else node.y)
        sizes = [node.shape.width if is_across else node.shape.height for node in nodes]
        first, last = (nodes[0].x, nodes[-1].x) if is_across else (nodes[0].y, nodes[-1].y)
        gap = (last - first - sum(sizes[:-1])) / (len(nodes) - 1)
        places: dict[str, Point] = {}
        at = first
        for node, size in zip(nodes, sizes, strict=True):
            places[node.id] = (at, node.y) if is_across else (node.x, at)
            at += size + gap
        self._editor.move(places)

    def lay_out_branch(self, node: str, *, is_before: bool) -> None:
        """Lay out a node and all that leads to it, or all that follows; the node itself stays where it is."""
        found, waiting = {node}, [node]
        while waiting:
            here = waiting.pop()
            for wire in self._editor.graph.wires_of(here):
                near, far = (wire.target, wire.source) if is_before else (wire.source, wire.target)
                if near.node == here and far.node not in found:
                    found.add(far.node)
                    waiting.append(far.node)
        self.lay_out(found, anchor=node)

    def lay_out(self, ids: Collection[str] = (), anchor: str = "") -> None:
        """Lay out some nodes, or all for none or one; that is worked out on another thread.

        Args:
            ids: The nodes.
            anchor: The node that stays where it is; the upper left corner of all by default.
        """
        self._scene.sync()
        graph = self._editor.graph
        chosen = set(ids) if len(ids) > 1 or anchor else set(graph.nodes)
        nodes = [node for node in self._scene.nodes.values() if node.id in chosen]
        if not nodes:
            return
        sizes = {node.id: (node.shape.width, node.shape.height) for node in nodes}
        wires = [s.wire for s in self._scene.wires if {end.node for end in s.wire.key} <= sizes.keys()]
        links = [self._link(wire) for wire in wires]
        before = {node.id: (node.x, node.y) for node in nodes}

        def work() -> tuple[Layout, dict[int, list[Point]]]:
            found = layered(sizes, links)
            return found, _needed_ways(found, sizes, links)

        def then(found: tuple[Layout, dict[int, list[Point]]]) -> None:
            is_same = graph is self._editor.graph and before.keys() <= graph.nodes.keys()
            if is_same:  # Else there is something else on screen by now.
                self._apply(*found, before, wires, anchor)

        self._editor.in_background(work, then)

    def _apply(
        self,
        found: Layout,
        ways: dict[int, list[Point]],
        before: dict[str, Point],
        wires: Sequence[Wire],
        anchor: str,
    ) -> None:
        there = found.positions
        if anchor:
            dx, dy = before[anchor][0] - there[anchor][0], before[anchor][1] - there[anchor][1]
        else:
            dx, dy = min(x for x, _ in before.values()), min(y for _, y in before.values())
        places = {node: (x + dx, y + dy) for node, (x, y) in there.items()}
        graph = self._editor.graph
        edits: list[Edit] = [MoveNodes(places)]
        known = {wire.key for wire in (*graph.wires, *graph.controls)}
        for place, wire in enumerate(wires):
            points = tuple((x + dx, y + dy) for x, y in ways.get(place, ()))
            if wire.key in known and graph.view.reroutes.get(wire.key, ()) != points:
                edits.append(LeadWire(wire, points))
        self._editor.do(Together(tuple(edits), f"arrange {len(places)} nodes"))
        self._editor.message.emit(f"Arranged {len(places):,} nodes")
        if len(places) <= MOST_GLIDING:
            self._scene.sync()
            self._way = {node: (before[node], place) for node, place in places.items() if before[node] != place}
            self._glide.stop()
            self._glide.start()

    def _step(self, share: float) -> None:
        nodes, position = self._scene.nodes, self._editor.graph.view.position
        now = {
            node: (begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share)
            for node, (begin, end) in self._way.items()
            if node in nodes and position(node) == end  # Else it has been moved meanwhile.
        }
        if now:
            self._scene.move(now)

    def _nodes(self, ids: Iterable[str]) -> list[ShownNode]:
        self._scene.sync()
        return [self._scene.nodes[node] for node in ids]

    def _link(self, wire: Wire) -> Link:
        source, target = self._scene.nodes[wire.source.node], self._scene.nodes[wire.target.node]
        begin, end = source.port(wire.source, is_output=True), target.port(wire.target, is_output=False)
        source_y = source.shape.height / 2 if begin is None else begin[1] - source.y
        target_y = target.shape.height / 2 if end is None else end[1] - target.y
        return Link(source.id, source_y, target.id, target_y)


def pushed(scene: Scene, node: str) -> dict[str, Point]:
    """Where the nodes go that one would cover: aside, the shortest way, and those that they would cover further on."""
    new = scene.nodes[node]
    places: dict[str, Point] = {}
    waiting: list[tuple[ShownNode, float, float, tuple[int, int] | None]] = [(new, new.x, new.y, None)]
    while waiting and len(places) < MOST_PUSHED:
        by, x, y, way = waiting.pop(0)
        box = (x - ROOM, y - ROOM, by.shape.width + 2 * ROOM, by.shape.height + 2 * ROOM)
        for other in scene.nodes_in(box):
            ox, oy = places.get(other.id, (other.x, other.y))
            if other is by or other is new or not _overlap(box, (ox, oy, other.shape.width, other.shape.height)):
                continue
            ways: dict[tuple[int, int], float] = {
                (1, 0): box[0] + box[2] - ox,
                (-1, 0): ox + other.shape.width - box[0],
                (0, 1): box[1] + box[3] - oy,
                (0, -1): oy + other.shape.height - box[1],
            }
            go = way if way is not None else min(ways, key=lambda each: ways[each])
            step = math.ceil(ways[go] / GRID) * GRID
            places[other.id] = (ox + go[0] * step, oy + go[1] * step)
            waiting.append((other, *places[other.id], go))
    return places


def _overlap(one: Box, other: Box) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


def _needed_ways(found: Layout, sizes: dict[str, tuple[float, float]], links: Sequence[Link]) -> dict[int, list[Point]]:
    """The ways of those wires that would pass through a node without one."""
    columns: dict[float, list[Box]] = {}
    for node, (x, y) in found.positions.items():
        columns.setdefault(x, []).append((x, y, *sizes[node]))
    needed: dict[int, list[Point]] = {}
    for place, way in found.ways.items():
        link = links[place]
        (x1, y1), (x2, y2) = found.positions[link.source], found.positions[link.target]
        begin, end = (x1 + sizes[link.source][0], y1 + link.source_y), (x2, y2 + link.target_y)
        points = [point_on_wire(begin, end, step / SAMPLES) for step in range(1, SAMPLES)]
        between = [box for x, boxes in columns.items() if begin[0] < x + 400 and x < end[0] for box in boxes]
        if x2 < x1 or any(_is_in(point, box) for box in between for point in points):
            needed[place] = _led(way, columns)
    return needed


def _led(way: Sequence[Point], columns: dict[float, list[Box]]) -> list[Point]:
    """A point before and one behind each layer on the way, so that the wire is level while it passes."""
    points: list[Point] = []
    for x, y in way:
        width = max((box[2] for box in columns.get(x, ())), default=0.0)
        points += [(x - 16, y), (x + width + 16, y)]
    return points


def _is_in(point: Point, box: Box) -> bool:
    return box[0] < point[0] < box[0] + box[2] and box[1] < point[1] < box[1] + box[3]
