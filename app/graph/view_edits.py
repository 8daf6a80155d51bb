"""Changes of how a graph looks, as edits: what is collapsed, where wires are led through, frames, notes, bookmarks."""

from __future__ import annotations

from ..errors import EditError
from .document import Graph
from .edits import Edit
from .view import Bookmark, Frame, Note, Point
from .wire import Wire


class SetCollapsed(Edit, frozen=True):
    """Draw these nodes, and no others, as a title alone."""

    nodes: frozenset[str]

    @property
    def text(self) -> str:
        """`collapse nodes`."""
        return "collapse nodes"

    def apply(self, graph: Graph) -> SetCollapsed:
        """Draw them so."""
        return SetCollapsed(graph.view.set_collapsed(self.nodes))

    def changes(self, graph: Graph) -> bool:
        """Whether others are."""
        return graph.view.collapsed != self.nodes


class LeadWire(Edit, frozen=True):
    """Lead a wire through points; none for its own way."""

    wire: Wire
    points: tuple[Point, ...]
    as_they_are: bool = False

    @property
    def text(self) -> str:
        """`lead blur.grey -> mask.image`."""
        return f"lead {self.wire}"

    def apply(self, graph: Graph) -> LeadWire:
        """Lead it.

        Raises:
            EditError: The wire is not there.
        """
        if self.wire.key not in {wire.key for wire in graph.wires_of(self.wire.source.node)}:
            raise EditError(f"expected a wire of this graph, found {self.wire}, which is not in it")
        before = graph.view.set_reroutes(self.wire, self.points, as_they_are=self.as_they_are)
        return LeadWire(self.wire, before, as_they_are=True)

    def changes(self, graph: Graph) -> bool:
        """Whether it goes another way."""
        return repr(graph.view.reroutes.get(self.wire.key, ())) != repr(self.points)

    def undoes(self, other: Edit) -> bool:
        """It holds the whole way, so it does for every later change of it."""
        return isinstance(other, LeadWire) and other.wire.key == self.wire.key


class MuteWire(Edit, frozen=True):
    """Leave a wire out of runs, or take it in again."""

    wire: Wire
    muted: bool = True

    @property
    def text(self) -> str:
        """`mute blur.grey -> mask.image`."""
        return f"{'mute' if self.muted else 'unmute'} {self.wire.source} -> {self.wire.target}"

    def apply(self, graph: Graph) -> MuteWire:
        """Mute it, or not."""
        before = any(wire.muted for wire in (*graph.wires, *graph.controls) if wire.key == self.wire.key)
        after = graph.mute(self.wire) if self.muted else graph.unmute(self.wire)
        return MuteWire(after, before)

    def changes(self, graph: Graph) -> bool:
        """Whether it is so not yet."""
        return not any(
            wire.key == self.wire.key and wire.muted == self.muted for wire in (*graph.wires, *graph.controls)
        )


class SetFrames(Edit, frozen=True):
    """Put other frames in place of all."""

    frames: tuple[Frame, ...]
    title: str = "change frames"

    @property
    def text(self) -> str:
        """What it does to them."""
        return self.title

    def apply(self, graph: Graph) -> SetFrames:
        """Put them."""
        return SetFrames(graph.view.set_frames(self.frames), self.title)

    def changes(self, graph: Graph) -> bool:
        """Whether there are others, or the same written otherwise: 260 and 260.0."""
        return repr(graph.view.frames) != repr(self.frames)

    def undoes(self, other: Edit) -> bool:
        """It holds all frames, so it does for every later change of them."""
        return isinstance(other, SetFrames)


class SetNotes(Edit, frozen=True):
    """Put other notes in place of all."""

    notes: tuple[Note, ...]
    title: str = "change notes"

    @property
    def text(self) -> str:
        """What it does to them."""
        return self.title

    def apply(self, graph: Graph) -> SetNotes:
        """Put them."""
        return SetNotes(graph.view.set_notes(self.notes), self.title)

    def changes(self, graph: Graph) -> bool:
        """Whether there are others, or the same written otherwise: 260 and 260.0."""
        return repr(graph.view.notes) != repr(self.notes)

    def undoes(self, other: Edit) -> bool:
        """It holds all notes, so it does for every later change of them."""
        return isinstance(other, SetNotes)


class SetBookmarks(Edit, frozen=True):
    """Put other bookmarks in place of all."""

    bookmarks: tuple[Bookmark, ...]

    @property
    def text(self) -> str:
        """`change bookmarks`."""
        return "change bookmarks"

    def apply(self, graph: Graph) -> SetBookmarks:
        """Put them."""
        return SetBookmarks(graph.view.set_bookmarks(self.bookmarks))

    def changes(self, graph: Graph) -> bool:
        """Whether there are others, or the same written otherwise: 260 and 260.0."""
        return repr(graph.view.bookmarks) != repr(self.bookmarks)
