"""How a graph looks: where its nodes are, frames, notes, bookmarks, the camera. No run depends on it.

Positions are canvas units; y grows downwards. What belongs to a node or wire is kept under its id or ends, so that its
order in the file is the document's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from msgspec import Meta

from ..errors import EditError
from .parts import Part
from .plain import Json
from .wire import Wire, WireKey

FARTHEST = 10**9
"""The largest coordinate: whole numbers and halves up to it are exact, on every canvas."""

_Coordinate = Annotated[int, Meta(ge=-FARTHEST, le=FARTHEST)] | Annotated[float, Meta(ge=-FARTHEST, le=FARTHEST)]
_POINT = Meta(description="a list of two numbers within ±1e9")
Point = Annotated[tuple[_Coordinate, _Coordinate], _POINT]
Camera = Annotated[
    tuple[_Coordinate, _Coordinate, _Coordinate], Meta(description="a list of x, y and zoom, numbers within ±1e9")
]


class NodeView(Part, frozen=True, kw_only=True):
    """How one node looks.

    Attributes:
        pos: Where its top left corner is; None for "wherever there is room".
    """

    pos: Annotated[Point | None, _POINT] = None


PLAIN_LOOK = NodeView()
"""The look of a node of which nothing is known."""


class Frame(Part, frozen=True, kw_only=True):
    """A titled rectangle that carries the nodes inside it.

    Attributes:
        title: Shown at its top.
        pos: Top left corner.
        size: Width and height.
        colour: CSS colour; None for the theme's.
    """

    title: str = ""
    pos: Point = (0, 0)
    size: Point = (0, 0)
    colour: Annotated[str | None, Meta(description="text")] = None


class Note(Part, frozen=True, kw_only=True):
    """Text on the canvas.

    Attributes:
        text: Markdown.
        pos: Top left corner.
        size: Width and height.
        colour: CSS colour; None for the theme's.
    """

    text: str = ""
    pos: Point = (0, 0)
    size: Point = (0, 0)
    colour: Annotated[str | None, Meta(description="text")] = None


class Bookmark(Part, frozen=True, kw_only=True):
    """A place to come back to.

    Attributes:
        name: Shown in the list of bookmarks.
        camera: x, y and zoom.
    """

    name: str = ""
    camera: Camera = (0, 0, 1.0)


@dataclass(frozen=True)
class Looks:
    """What the view keeps of some nodes and wires, as `View.take` gives it and `View.put` takes it back."""

    nodes: Mapping[str, NodeView] = field(default_factory=dict)
    collapsed: frozenset[str] = frozenset()
    reroutes: Mapping[WireKey, tuple[Point, ...]] = field(default_factory=dict)


class View:
    """The looks of one graph. Read its attributes; change them by its methods, which tell `changed`.

    Attributes:
        nodes: By node id.
        collapsed: Ids of nodes drawn as a title alone.
        reroutes: Points through which a wire is led, by its ends.
        frames: From back to front.
        notes: From back to front.
        bookmarks: In the order of the list.
        camera: x, y of the middle, and zoom.
        extra: Keys of the file that this version does not know.
    """

    def __init__(self, changed: Callable[[str], None] = lambda _: None) -> None:
        self.nodes: dict[str, NodeView] = {}
        self.collapsed: frozenset[str] = frozenset()
        self.reroutes: dict[WireKey, tuple[Point, ...]] = {}
        self.frames: tuple[Frame, ...] = ()
        self.notes: tuple[Note, ...] = ()
        self.bookmarks: tuple[Bookmark, ...] = ()
        self.camera: Camera = (0, 0, 1.0)
        self.extra: dict[str, Json] = {}
        self._changed = changed

    def position(self, node: str) -> Point | None:
        """Where a node is, or None when it was never placed."""
        look = self.nodes.get(node)
        return None if look is None else look.pos

    def move(self, positions: Mapping[str, Point | None], *, as_they_are: bool = False) -> dict[str, Point | None]:
        """Place nodes; None forgets a place.

        Args:
            positions: By node.
            as_they_are: Whether they are written so; else as people would write them.
        Returns:
            The positions before; given back as they are, they undo it.
        """
        before = {node: self.position(node) for node in positions}
        after = dict(positions)
        if not as_they_are:
            after = {node: None if pos is None else (short(pos[0]), short(pos[1])) for node, pos in positions.items()}
        for node, pos in after.items():
            if pos != before[node] or as_they_are:  # A place that is written otherwise stays as it is.
                self._set(node, pos)
        self._changed("nodes")
        return before

    def set_collapsed(self, nodes: Iterable[str]) -> frozenset[str]:
        """Draw these nodes, and no others, as a title alone. Gives those before."""
        before, self.collapsed = self.collapsed, frozenset(nodes)
        self._changed("collapsed")
        return before

    def set_reroutes(self, wire: Wire, points: Iterable[Point], *, as_they_are: bool = False) -> tuple[Point, ...]:
        """Lead a wire through points; none for its own way. Gives the points before.

        Args:
            wire: The wire.
            points: From its source to its target.
            as_they_are: Whether they are written so, as to undo it; else as people would write them.
        """
        through = tuple(points if as_they_are else ((short(x), short(y)) for x, y in points))
        before = self.reroutes.pop(wire.key, ())
        if through:
            self.reroutes[wire.key] = through
        self._changed("wires")
        return before

    def set_frames(self, frames: Iterable[Frame]) -> tuple[Frame, ...]:
        """Put other frames in place of all. Gives those before."""
        before, self.frames = self.frames, tuple(frames)
        self._changed("frames")
        return before

    def set_notes(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """Put other notes in place of all. Gives those before."""
        before, self.notes = self.notes, tuple(notes)
        self._changed("notes")
        return before

    def set_bookmarks(self, bookmarks: Iterable[Bookmark]) -> tuple[Bookmark, ...]:
        """Put other bookmarks in place of all. Gives those before."""
        before, self.bookmarks = self.bookmarks, tuple(bookmarks)
        self._changed("bookmarks")
        return before

    def set_camera(self, x: float, y: float, zoom: float) -> None:
        """Remember where the user looks."""
        self.camera = (short(x), short(y), float(short(zoom)))
        self._changed("camera")

    def take(self, nodes: Iterable[str], wires: Iterable[Wire]) -> Looks:
        """Forget nodes and wires that leave the graph; gives what `put` brings back."""
        gone = set(nodes)
        looks = Looks(
            {node: self.nodes.pop(node) for node in gone & self.nodes.keys()},
            self.collapsed & gone,
            {wire.key: self.reroutes.pop(wire.key) for wire in wires if wire.key in self.reroutes},
        )
        self.collapsed -= gone
        return looks

    def put(self, looks: Looks) -> None:
        """Bring back what `take` gave."""
        self.nodes.update(looks.nodes)
        self.collapsed |= looks.collapsed
        self.reroutes.update(looks.reroutes)

    def follow(self, ids: Mapping[str, str], wires: Iterable[tuple[Wire, Wire]]) -> None:
        """Keep up with nodes under new ids and with wires, `(before, after)`, that have new ends."""
        for old, new in ids.items():
            if old in self.nodes:
                self.nodes[new] = self.nodes.pop(old)
            if old in self.collapsed:
                self.collapsed = self.collapsed - {old} | {new}
        moved = [(after.key, self.reroutes.pop(before.key)) for before, after in wires if before.key in self.reroutes]
        self.reroutes.update(moved)

    def copy(self, changed: Callable[[str], None]) -> View:
        """An equal view that can be changed apart."""
        twin = View(changed)
        twin.nodes, twin.collapsed, twin.reroutes = dict(self.nodes), self.collapsed, dict(self.reroutes)
        twin.frames, twin.notes, twin.bookmarks = self.frames, self.notes, self.bookmarks
        twin.camera, twin.extra = self.camera, dict(self.extra)
        return twin

    def _set(self, node: str, pos: Point | None) -> None:
        look = NodeView(pos=pos, extra=self.nodes.get(node, PLAIN_LOOK).extra)
        if look == PLAIN_LOOK:
            self.nodes.pop(node, None)
        else:
            self.nodes[node] = look


def short(value: float) -> Any:
    """A coordinate as people would write it: 260, not 260.0.

    Raises:
        EditError: It is no number, or farther out than a canvas reaches.
    """
    if not -FARTHEST <= value <= FARTHEST:  # Nor is NaN.
        raise EditError(f"expected a coordinate within ±1e9, found {value!r}")
    return int(value) if float(value).is_integer() else float(value)
