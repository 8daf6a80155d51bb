"""The scene mirrors the document: for each node its look, shape and place; for each wire its ends.

It listens to the document's events and notes what has gone stale; that is put right just before it is shown, so that a
thousand changes cost one pass. Boxes lie in arrays as well, so that what is in view is found without a Python loop.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QPixmap

from ...graph.node import Node
from ...graph.wire import PortRef, Wire
from ...ports.fit import compatible
from ..editor import Editor
from .geometry import Box, NodeShape, Point, distance_to_wire, shape
from .look import NodeLook, PortLook, look_of
from .paint import FOOT, MARGIN, NodePainter

JOINT = 8.0
"""How near one has to come to a point that a wire is led through."""

HIT = 12.0
"""Half of the box in which a port is hit."""


@dataclass(slots=True)
class ShownNode:
    """A node as the scene knows it.

    Attributes:
        id: Of the node.
        row: Its row in the scene's arrays.
        look: What it shows.
        shape: Where its parts lie.
        x: Of its upper left corner.
        y: Of its upper left corner.
        look_id: Another number for each look that it had.
        picture: How it was last drawn, kept by the node layer.
        picture_key: For which scale and look.
    """

    id: str
    row: int
    look: NodeLook
    shape: NodeShape
    x: float
    y: float
    look_id: int = 0
    picture: QPixmap | None = None
    picture_key: Any = None

    def port(self, ref: PortRef, *, is_output: bool) -> Point | None:
        """Where a port lies in the scene, or None if the node does not show it."""
        key = ref.port if ref.index is None else f"{ref.port}[{ref.index}]"
        at = (self.shape.outputs if is_output else self.shape.inputs).get(key)
        return None if at is None else (self.x + at[0], self.y + at[1])


@dataclass(slots=True)
class ShownWire:
    """A wire as the scene knows it: ends, the ports whose colours it takes, whether its value is converted.

    Attributes:
        points: Those that it is led through.
    """

    wire: Wire
    begin: Point
    end: Point
    source: PortLook
    target: PortLook
    is_converted: bool
    points: tuple[Point, ...] = ()

    @property
    def stations(self) -> tuple[Point, ...]:
        """Begin, points and end."""
        return (self.begin, *self.points, self.end)


@dataclass(frozen=True, slots=True)
class Hit:
    """What lies under a point: a port, an inline editor, a node, a wire, or nothing.

    Attributes:
        node: Id of the node, if any.
        port: The port, if any.
        is_output: Side of the port.
        editor: Input whose inline editor is hit.
        wire: The wire, if any.
    """

    node: str | None = None
    port: PortRef | None = None
    is_output: bool = False
    editor: str | None = None
    wire: Wire | None = None


class Scene(QObject):
    """Nodes and wires of an open document, as they are shown.

    Attributes:
        nodes: By id, in the order of the document.
        wires: Those whose ends are both shown.
        boxes: A row a node: left, top, right, bottom.
        wire_boxes: A row a wire, likewise.
        version: Another one whenever which nodes and wires there are, or their sizes, have changed.
        states_version: Another one whenever a look has changed.
        move_listeners: Called with ids of nodes that lie elsewhere now, and rows of wires that do.
        changed: Everything is to be drawn anew.
        moved: Only what lies in this box is.
    """

    changed = Signal()
    moved = Signal(object)

    def __init__(self, editor: Editor, painter: NodePainter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.editor, self.painter = editor, painter
        self.nodes: dict[str, ShownNode] = {}
        self.wires: list[ShownWire] = []
        self.boxes: npt.NDArray[np.float64] = np.zeros((0, 4))
        self.wire_boxes: npt.NDArray[np.float64] = np.zeros((0, 4))
        self.version = self.states_version = 0
        self.move_listeners: list[Callable[[Iterable[str], Iterable[int]], None]] = []
        self._rows: list[ShownNode] = []
        self._wires_of: dict[str, list[int]] = {}
        self._stale: set[str] = set()
        self._is_structure_stale = True
        self._connections: list[Any] = []
        editor.shown_changed.connect(self.reload)
        editor.selection_changed.connect(self.changed)
        editor.vessels_changed.connect(self._on_vessels)
        editor.states_changed.connect(self._on_states)
        editor.values_changed.connect(self._on_values)
        self.reload()

    # -- what changes ----------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Another graph: begin anew and listen to it."""
        self._disconnect()
        events = self.editor.graph.events
        listeners = (
            (events.node_added, self._on_structure),
            (events.node_removed, self._on_structure),
            (events.node_renamed, self._on_structure),
            (events.wire_added, self._on_structure),
            (events.wire_removed, self._on_structure),
            (events.wire_changed, self._on_structure),
            (events.node_changed, self._on_node_changed),
            (events.view_changed, self._on_view_changed),
        )
        for signal, listener in listeners:
            signal.connect(listener)
            self._connections.append((signal, listener))
        self.nodes.clear()
        self._rows.clear()
        self._is_structure_stale = False
        self.boxes, self.wire_boxes = np.zeros((0, 4)), np.zeros((0, 4))
        self.wires, self._wires_of = [], {}
        self._on_structure()

    def close(self) -> None:
        """Stop listening."""
        self._disconnect()

    def _disconnect(self) -> None:
        for signal, listener in self._connections:
            signal.disconnect(listener, missing_ok=True)
        self._connections.clear()

    def _on_structure(self, *_: object) -> None:
        if not self._is_structure_stale:  # Of thousands of changes at once, the first one says it all.
            self._is_structure_stale = True
            self.changed.emit()

    def _on_node_changed(self, node: Node, what: str) -> None:
        if what == "type":
            self._is_structure_stale = True
        self.refresh([node.id])

    def _on_vessels(self) -> None:
        self._is_structure_stale = True
        self.refresh(self.editor.graph.nodes)

    def _on_view_changed(self, part: str) -> None:
        self._is_structure_stale = self._is_structure_stale or part in ("nodes", "collapsed", "wires")
        self.changed.emit()

    def _on_states(self, ids: Iterable[str]) -> None:
        self.refresh(ids)

    def _on_values(self, refs: Iterable[PortRef]) -> None:
        self.refresh({ref.node for ref in refs})

    def refresh(self, ids: Iterable[str]) -> None:
        """The looks of these nodes may have changed."""
        self._stale.update(ids)
        self.changed.emit()

    def restyle(self) -> None:
        """The theme changed: nothing drawn before can be used again."""
        for node in self.nodes.values():
            node.picture = None
        self.version += 1
        self.changed.emit()

    # -- putting right ---------------------------------------------------------------------------------------

    def sync(self, box: Box | None = None, *, states_alone: bool = False, within_s: float = math.inf) -> bool:
        """Put right what has gone stale.

        Args:
            box: Only looks of nodes that it touches are wanted; all by default.
            states_alone: From so far away only the state of a node shows: no more of its look is worked out.
            within_s: What it may take; the rest stays as it was until the next time.
        Returns:
            Whether all that is wanted is right now.
        """
        if self._is_structure_stale:
            self._is_structure_stale = False
            self._sync_structure()
        elif self._stale and states_alone:
            self._sync_states()
        elif self._stale:
            wanted = self._stale if box is None else self._stale.intersection(node.id for node in self.nodes_in(box))
            return self._sync_looks(wanted, time.perf_counter() + within_s)
        return True

    def _sync_states(self) -> None:
        states = self.editor.states
        for node_id in self._stale:
            shown = self.nodes.get(node_id)
            state = states.get(node_id, "idle")
            if shown is not None and shown.look.state != state:
                shown.look, shown.look_id = replace(shown.look, state=state), shown.look_id + 1
                self.states_version += 1

    def _sync_structure(self) -> None:
        graph = self.editor.graph
        wires = (*graph.wires, *graph.controls)
        touching: dict[str, list[Wire]] = {node_id: [] for node_id in graph.nodes}
        for wire in wires:
            for end in {wire.source.node, wire.target.node}:
                touching[end].append(wire)
        nodes: dict[str, ShownNode] = {}
        for row, (node_id, node) in enumerate(graph.nodes.items()):
            look = look_of(self.editor, node, tuple(touching[node_id]))
            x, y = graph.view.position(node_id) or (0.0, 0.0)
            old = self.nodes.get(node_id)
            if old is not None and old.look == look:
                old.row, old.x, old.y = row, x, y
                nodes[node_id] = old
            else:
                nodes[node_id] = ShownNode(node_id, row, look, self._shape(look), x, y)
        self.nodes, self._rows = nodes, list(nodes.values())
        self.boxes = np.array([_box(node) for node in nodes.values()], float).reshape(-1, 4)
        self._sync_wires(wires)
        self._stale.clear()
        self.version += 1

    def _sync_wires(self, wires: Iterable[Wire]) -> None:
        self.wires, self._wires_of = [], {}
        for wire in wires:
            shown = self._shown_wire(wire)
            if shown is not None:
                for end in {wire.source.node, wire.target.node}:
                    self._wires_of.setdefault(end, []).append(len(self.wires))
                self.wires.append(shown)
        self.wire_boxes = np.array([_wire_box(wire) for wire in self.wires], float).reshape(-1, 4)

    def _sync_looks(self, ids: Iterable[str], deadline: float) -> bool:
        for node_id in tuple(ids):
            if time.perf_counter() > deadline:
                return False
            self._stale.discard(node_id)
            shown, node = self.nodes.get(node_id), self.editor.graph.nodes.get(node_id)
            if shown is None or node is None:
                continue
            look = look_of(self.editor, node, self.editor.graph.wires_of(node))
            if look != shown.look:
                is_same_size = (
                    [p.key for p in look.inputs] == [p.key for p in shown.look.inputs]
                    and len(look.editors) == len(shown.look.editors)
                    and look.collapsed == shown.look.collapsed
                    and (look.preview is None) == (shown.look.preview is None)
                )
                shown.look, shown.look_id = look, shown.look_id + 1
                shown.shape = self._shape(look)
                self.boxes[shown.row] = _box(shown)
                self.states_version += 1
                if not is_same_size:
                    self._move_wires(node_id)
                    self.version += 1
        return True

    def _shape(self, look: NodeLook) -> NodeShape:
        return shape(look, self.painter.measures, self.painter.text_width)

    def _shown_wire(self, wire: Wire) -> ShownWire | None:
        source, target = self.nodes.get(wire.source.node), self.nodes.get(wire.target.node)
        if source is None or target is None:
            return None
        begin, end = source.port(wire.source, is_output=True), target.port(wire.target, is_output=False)
        out, into = _port_look(source, wire.source, is_output=True), _port_look(target, wire.target, is_output=False)
        if begin is None or end is None or out is None or into is None:
            return None
        fit = compatible(out.hint, into.hint, self.editor.registry.converters)
        points = self.editor.graph.view.reroutes.get(wire.key, ())
        return ShownWire(wire, begin, end, out, into, fit.verdict == "converted", points)

    def move(self, positions: dict[str, Point]) -> None:
        """Show nodes elsewhere without telling the document, as while they are dragged."""
        rows = [self.nodes[node_id].row for node_id in positions]
        wires = [index for node_id in positions for index in self._wires_of.get(node_id, ())]
        before = self._extent(rows, wires)
        for node_id, (x, y) in positions.items():
            node = self.nodes[node_id]
            node.x, node.y = x, y
            self.boxes[node.row] = _box(node)
        for node_id in positions:
            self._move_wires(node_id)
        for listener in self.move_listeners:
            listener(positions, wires)
        self.moved.emit(around(before, self._extent(rows, wires)))

    def _extent(self, rows: list[int], wires: list[int]) -> Box:
        """The box around nodes and wires, given by their rows."""
        boxes = np.concatenate([self.boxes[rows], self.wire_boxes[wires]])
        left, top = boxes[:, 0].min() - MARGIN, boxes[:, 1].min() - MARGIN
        right, bottom = boxes[:, 2].max() + MARGIN, boxes[:, 3].max() + MARGIN + FOOT
        return float(left), float(top), float(right - left), float(bottom - top)

    def _move_wires(self, node_id: str) -> None:
        for index in self._wires_of.get(node_id, ()):
            shown = self._shown_wire(self.wires[index].wire)
            if shown is not None:
                self.wires[index] = shown
                self.wire_boxes[index] = _wire_box(shown)

    # -- looking ---------------------------------------------------------------------------------------------

    def nodes_in(self, box: Box) -> list[ShownNode]:
        """The nodes that a box touches, in the order in which they are drawn."""
        rows = _touching(self.boxes, box)
        return list(self._rows) if len(rows) == len(self._rows) else [self._rows[row] for row in rows]

    def node_rows_in(self, box: Box) -> npt.NDArray[np.intp]:
        """Rows of the nodes that a box touches."""
        return _touching(self.boxes, box)

    def row(self, row: int) -> ShownNode:
        """The node of a row."""
        return self._rows[row]

    def wire_rows_in(self, box: Box) -> npt.NDArray[np.intp]:
        """Rows of the wires whose bounds a box touches."""
        return _touching(self.wire_boxes, box)

    def wires_in(self, box: Box) -> list[ShownWire]:
        """The wires whose bounds a box touches."""
        return [self.wires[row] for row in _touching(self.wire_boxes, box)]

    def bounds(self, ids: Iterable[str] | None = None) -> Box | None:
        """The box around nodes, all of them by default; None if there is none."""
        self.sync()
        rows = [self.nodes[node_id].row for node_id in ids if node_id in self.nodes] if ids is not None else None
        boxes = self.boxes if rows is None else self.boxes[rows]
        if not len(boxes):
            return None
        x1, y1 = boxes[:, 0].min(), boxes[:, 1].min()
        return float(x1), float(y1), float(boxes[:, 2].max() - x1), float(boxes[:, 3].max() - y1)

    def hit(self, x: float, y: float) -> Hit:
        """What lies under a point: ports before editors, nodes before wires, later nodes before earlier ones."""
        self.sync((x - HIT, y - HIT, 2 * HIT, 2 * HIT))
        found = Hit()
        for node in reversed(self.nodes_in((x - HIT, y - HIT, 2 * HIT, 2 * HIT))):
            px, py = x - node.x, y - node.y
            port = _port_at(node, px, py)
            if port is not None:
                return port
            if found.node is None and 0 <= px <= node.shape.width and 0 <= py <= node.shape.height:
                editor = next((k for k, box in node.shape.editors.items() if _inside(box, px, py)), None)
                found = Hit(node.id, editor=editor)
        if found.node is not None:
            return found
        wire = self.wire_at(x, y)
        return Hit(wire=wire.wire) if wire is not None else found

    def wire_at(self, x: float, y: float, within: float = 7.0) -> ShownWire | None:
        """The wire that passes nearest to a point, if it passes near."""
        near = self.wires_in((x - within, y - within, 2 * within, 2 * within))
        ranked = sorted((distance_to_wire(wire.stations, (x, y))[0], row) for row, wire in enumerate(near))
        return near[ranked[0][1]] if ranked and ranked[0][0] <= within else None

    def lead(self, wire: Wire, points: tuple[Point, ...]) -> None:
        """Show a wire led through other points without telling the document, as while one is dragged."""
        for index in self._wires_of.get(wire.source.node, ()):
            if self.wires[index].wire == wire:
                self.wires[index] = replace(self.wires[index], points=points)
                self.wire_boxes[index] = _wire_box(self.wires[index])
                self.version += 1
        self.changed.emit()

    def joint_at(self, x: float, y: float) -> tuple[Wire, int] | None:
        """The point of a wire's way that lies at a point of the scene: the wire, and which."""
        for shown in self.wires_in((x - HIT, y - HIT, 2 * HIT, 2 * HIT)):
            for place, (px, py) in enumerate(shown.points):
                if math.hypot(px - x, py - y) <= JOINT:
                    return shown.wire, place
        return None

    def port_near(self, x: float, y: float, within: float) -> Hit | None:
        """The port nearest to a point, if one is near."""
        best: tuple[float, Hit] | None = None
        for node in self.nodes_in((x - within, y - within, 2 * within, 2 * within)):
            for is_output, ports in ((False, node.shape.inputs), (True, node.shape.outputs)):
                for key, at in ports.items():
                    distance = ((node.x + at[0] - x) ** 2 + (node.y + at[1] - y) ** 2) ** 0.5
                    if distance <= within and (best is None or distance < best[0]):
                        best = distance, Hit(node.id, PortRef.parse(f"{node.id}.{key}"), is_output)
        return None if best is None else best[1]


def nearest(here: ShownNode, nodes: Iterable[ShownNode], dx: int, dy: int) -> ShownNode | None:
    """The node nearest to another in a direction; what lies aside counts as twice as far."""
    best: tuple[float, ShownNode] | None = None
    x, y = here.x + here.shape.width / 2, here.y + here.shape.height / 2
    for node in nodes:
        along = (node.x + node.shape.width / 2 - x) * dx + (node.y + node.shape.height / 2 - y) * dy
        aside = abs((node.x + node.shape.width / 2 - x) * dy) + abs((node.y + node.shape.height / 2 - y) * dx)
        far = along + 2 * aside
        if node is not here and along > 0 and along >= aside / 2 and (best is None or far < best[0]):
            best = far, node
    return None if best is None else best[1]


def _box(node: ShownNode) -> Box:
    return node.x, node.y, node.x + node.shape.width, node.y + node.shape.height


def around(one: Box, other: Box) -> Box:
    """The box around two."""
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right = max(one[0] + one[2], other[0] + other[2])
    bottom = max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top


def _wire_box(wire: ShownWire) -> Box:
    xs, ys = zip(*wire.stations, strict=True)
    is_back = any(after < before + 24 for before, after in itertools.pairwise(xs))
    spread = 200.0 if is_back else 4.0
    return min(xs) - spread, min(ys) - 4, max(xs) + spread, max(ys) + 4


def _touching(boxes: npt.NDArray[np.float64], box: Box) -> npt.NDArray[np.intp]:
    x, y, width, height = box
    if not len(boxes):
        return np.zeros(0, np.intp)
    grown_x, grown_y = MARGIN, MARGIN + FOOT
    return np.flatnonzero(
        (boxes[:, 0] - grown_x <= x + width)
        & (boxes[:, 2] + grown_x >= x)
        & (boxes[:, 1] - grown_y <= y + height)
        & (boxes[:, 3] + grown_y >= y)
    )


def _port_at(node: ShownNode, x: float, y: float) -> Hit | None:
    for is_output, ports in ((True, node.shape.outputs), (False, node.shape.inputs)):
        for key, at in ports.items():
            if abs(at[0] - x) <= HIT and abs(at[1] - y) <= HIT:
                return Hit(node.id, PortRef.parse(f"{node.id}.{key}"), is_output)
    return None


def _inside(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def _port_look(node: ShownNode, ref: PortRef, *, is_output: bool) -> PortLook | None:
    key = ref.port if ref.index is None else f"{ref.port}[{ref.index}]"
    ports = node.look.outputs if is_output else (*node.look.inputs, *(e.port for e in node.look.editors))
    return next((port for port in ports if port.key == key), None)
