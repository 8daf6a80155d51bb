"""Where things lie: the shape of a node from what it shows, the course of a wire between two points.

Pure numbers in scene units; knows no painter. Measures come from the theme's tokens.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .look import NodeLook

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""x, y, width, height; within a node from its upper left corner."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Lengths of a node, from the tokens."""

    width: float
    max_width: float
    width_step: float
    header: float
    row: float
    pad_top: float
    pad_bottom: float
    inset: float
    editor: float
    preview: float


@dataclass(slots=True)
class NodeShape:
    """Where the parts of one node lie.

    Attributes:
        width: Of the body.
        height: Of the body.
        inputs: Centre of each input port, by name as in wires (`items[0]`).
        outputs: Centre of each output port.
        editors: Box of each inline editor, by input.
        preview: Box of the preview, or None.
        is_collapsed: Whether only its title is shown, and all ports lie at the middle of its sides.
    """

    width: float
    height: float
    inputs: dict[str, Point] = field(default_factory=dict)
    outputs: dict[str, Point] = field(default_factory=dict)
    is_collapsed: bool = field(default=False, kw_only=True)
    editors: dict[str, Box] = field(default_factory=dict)
    preview: Box | None = None


def shape(look: NodeLook, measures: Measures, text_width: Callable[[str, str], float]) -> NodeShape:
    """Lay a node out.

    Args:
        look: What the node shows.
        measures: Lengths of nodes.
        text_width: Width of a text in one of the theme's fonts, by name.
    """
    m = measures
    width = _width(look, m, text_width)
    if look.collapsed:
        middle = m.header / 2
        ports = [*(port.key for port in look.inputs), *(e.port.key for e in look.editors if not e.is_setting)]
        return NodeShape(
            width, m.header, dict.fromkeys(ports, (0.0, middle)),
            {port.key: (width, middle) for port in look.outputs}, is_collapsed=True,
        )  # fmt: skip
    top = m.header + m.pad_top
    result = NodeShape(width, 0.0)
    for row, port in enumerate(look.inputs):
        result.inputs[port.key] = (0.0, top + m.row * (row + 0.5))
    for row, port in enumerate(look.outputs):
        result.outputs[port.key] = (width, top + m.row * (row + 0.5))
    y = top + m.row * max(len(look.inputs), len(look.outputs))
    for editor in look.editors:
        if not editor.is_setting:
            result.inputs[editor.port.key] = (0.0, y + m.row / 2)
        result.editors[editor.port.key] = (m.inset, y + (m.row - m.editor) / 2, width - 2 * m.inset, m.editor)
        y += m.row
    if look.preview is not None:
        height = m.preview if look.preview.kind == "picture" else 2 * m.row
        result.preview = (m.inset, y + 2, width - 2 * m.inset, height)
        y += height + 4
    result.height = y + m.pad_bottom
    return result


def _width(look: NodeLook, m: Measures, text_width: Callable[[str, str], float]) -> float:
    needed = [m.width, text_width("nodeTitle", look.title) + 72]
    left = [text_width("nodeLabel", port.text) for port in look.inputs]
    right = [text_width("nodeLabel", port.text) for port in look.outputs]
    needed += [one + other + 44 for one, other in itertools.zip_longest(left, right, fillvalue=0.0)]
    needed += [
        text_width("nodeLabel", e.port.text) + min(110.0, text_width("mono", e.value)) + 44 for e in look.editors
    ]
    return min(m.max_width, math.ceil(max(needed) / m.width_step) * m.width_step)


def reach(dx: float) -> float:
    """How far the handles of a wire's curve stand out from its ends, for an end `dx` to the right of the begin."""
    if dx > 0:
        return min(160.0, max(24.0, 0.5 * dx))
    return min(200.0, 48 + 0.35 * abs(dx))


def point_on_wire(begin: Point, end: Point, t: float) -> Point:
    """A point of the curve, from 0 at its begin to 1 at its end."""
    r = reach(end[0] - begin[0])
    xs = (begin[0], begin[0] + r, end[0] - r, end[0])
    ys = (begin[1], begin[1], end[1], end[1])
    u = 1 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    return sum(w * x for w, x in zip(weights, xs, strict=True)), sum(w * y for w, y in zip(weights, ys, strict=True))


def distance_to_wire(stations: Sequence[Point], point: Point) -> tuple[float, int]:
    """How far a point lies from a wire, by its chords, and from which of its curves.

    Args:
        stations: Where the wire begins, the points that it is led through, where it ends.
        point: The point.
    """
    count = 24
    nearest, place = math.inf, 0
    for number, (begin, end) in enumerate(itertools.pairwise(stations)):
        last = begin
        for step in range(1, count + 1):
            here = point_on_wire(begin, end, step / count)
            distance = _distance_to_chord(last, here, point)
            if distance < nearest:
                nearest, place = distance, number
            last = here
    return nearest, place


def _distance_to_chord(a: Point, b: Point, p: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if not length else max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length))
    return math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy)
