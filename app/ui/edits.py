"""What can be done to the open document, each one undo step. It knows no run and no widget.

Every method changes the graph on screen; what several edits make together is composed in `compose`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..checking.diagnostic import Diagnostic
from ..checking.fixes import edit_of
from ..checking.updating import GONE, TOLD, Step, steps_of, update_of
from ..errors import EditError, GraphFileError
from ..graph import exchange
from ..graph.document import Graph
from ..graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    Edit,
    MoveNodes,
    RemoveNodes,
    RenameNode,
    SetParam,
    SetRun,
    Together,
    UnsetParam,
    named,
)
from ..graph.encapsulation import dissolve, encapsulate, made_unique
from ..graph.node import FreshIds
from ..graph.pasting import Duplicate, Paste
from ..graph.view import Bookmark, Frame, Note, Point
from ..graph.view_edits import LeadWire, MuteWire, SetBookmarks, SetCollapsed, SetFrames, SetNotes
from ..graph.wire import PortRef, Wire
from ..ports.codec import encode
from ..ports.port import MISSING, Port
from ..ports.text import to_text
from ..registry.boundary import INPUT
from . import compose
from .document import Document

PROMOTED_BESIDE = 220
"""Canvas units between a node and the input that brings what was promoted."""


class EditedDocument(Document):
    """A document with the edits that people make."""

    def add_node(self, node_type: str, pos: Point, params: Mapping[str, Any] | None = None) -> str:
        """Add a node and select it. Gives its id."""
        id_ = compose.fresh_id(self.graph, node_type)
        self.do(AddNode(node_type, id_, params=params or {}, pos=pos), ("add", id_))
        return self._select_last(1)[0]

    def make_room(self, node: str, places: Mapping[str, Point]) -> None:
        """Place others elsewhere because a node has just come; undo takes back both at once."""
        if places:
            self.do(MoveNodes(dict(places)), ("add", node))

    def add_wired(self, node_type: str, pos: Point, end: PortRef, port: str, *, is_output: bool) -> str:
        """Add a node with a wire between `end`, which is an output or not, and the node's `port`. Gives its id."""
        id_ = compose.fresh_id(self.graph, node_type)
        own = PortRef(id_, port)
        wires = [Connect(end, own)] if is_output else compose.wired(self.graph, own, end, self._input)
        self.do(Together((AddNode(node_type, id_, pos=pos), *wires)), ("add", id_))
        return self._select_last(1)[0]

    def wire(self, source: PortRef, target: PortRef) -> None:
        """Wire two ports; a wire on a taken input is replaced."""
        self._do_all(compose.wired(self.graph, source, target, self._input), f"wire {source} to {target}")

    def wire_all(self, pairs: Sequence[tuple[PortRef, PortRef]]) -> None:
        """Wire several pairs of an output and an input."""
        edits = [edit for pair in pairs for edit in compose.wired(self.graph, *pair, self._input)]
        self._do_all(edits, f"wire {pairs[0][0]} to {pairs[0][1] if len(pairs) == 1 else f'{len(pairs)} nodes'}")

    def unwire(self, wires: Iterable[Wire]) -> None:
        """Remove wires."""
        self._do_all([Disconnect(tuple(wires))])

    def rewire(self, wire: Wire, source: PortRef, target: PortRef) -> None:
        """Give a wire another end; a wire on a taken input is replaced."""
        edits = compose.rewired(self.graph, wire, source, target, self._input)
        self._do_all(edits, f"wire {source} to {target}")

    def delete(self, ids: Iterable[str]) -> None:
        """Remove nodes with their wires."""
        if ids := tuple(ids):
            self.do(RemoveNodes(ids))

    def delete_and_reconnect(self, ids: Iterable[str]) -> None:
        """Remove nodes, and wire what was behind them to what was before, where it fits."""
        ids = tuple(ids)
        edits = compose.healed(self.graph, ids, lambda source, target: self.fit(source, target).is_allowed)
        self._do_all(edits, f"take {named(ids)} out")

    def pull_out(self, positions: Mapping[str, Point]) -> None:
        """Take nodes out of their chains, which close behind them, and place them elsewhere."""
        edits = compose.pulled_out(self.graph, positions, lambda source, target: self.fit(source, target).is_allowed)
        self._do_all([*edits, MoveNodes(dict(positions))], f"pull {named(positions)} out")

    def put_into_wire(self, node: str, wire: Wire, at: Point | None = None, *, is_new: bool = False) -> bool:
        """Lead a wire through a node, by the first ports that fit; with `at` the node is placed there.

        One that is new has just come: undo takes back both at once.

        Returns:
            Whether it fits.
        """
        ports = self.ports_for_wire(node, wire)
        if ports is not None:
            places: list[Edit] = [MoveNodes({node: at})] if at is not None else []
            edits = (*places, *compose.put_into(wire, node, ports))
            self.do(Together(edits, f"put {node} into a wire"), ("add", node) if is_new else None)
        return ports is not None

    def ports_for_wire(self, node: str, wire: Wire) -> tuple[str, str] | None:
        """Ports by which a node without wires could stand in a data wire: an input and an output; None if it cannot."""
        signature = self.signatures.get(node)
        if signature is None or wire.control or node in (wire.source.node, wire.target.node):
            return None
        if self.graph.wires_of(node):
            return None
        return self._fitting.between(wire, node, signature)

    def replace_node(self, node: str, node_type: str) -> None:
        """Give a node another type; its wires and parameters stay where the other type has a place for them.

        Raises:
            EditError: There is no such type.
        """
        found = self.registry.node_type(node_type)
        if found is None:
            raise EditError(f"expected a node type, found {node_type}")
        self._do_all(compose.replaced(self.graph, node, node_type, found.signature), f"make {node} {node_type}")

    def toggle_run(self, ids: Iterable[str], setting: str) -> None:
        """Switch `bypass` or `disabled` on for nodes, or off if all of them have it."""
        ids = tuple(ids)
        is_on = all(getattr(self.graph.nodes[node].run, setting) for node in ids)
        title = f"{'do not ' if is_on else ''}{'bypass' if setting == 'bypass' else 'disable'} {named(ids)}"
        self._do_all([SetRun(node, None, {setting: None if is_on else True}) for node in ids], title)

    def toggle_collapsed(self, ids: Iterable[str]) -> None:
        """Show the titles of nodes alone, or all of them again if all are so."""
        chosen, now = frozenset(ids), self.graph.view.collapsed
        self.do(SetCollapsed(now - chosen if chosen <= now else now | chosen))

    def toggle_muted(self, wire: Wire) -> None:
        """Leave a wire out of runs, or take it in again."""
        self.do(MuteWire(wire, not wire.muted))

    def lead(self, wire: Wire, points: Iterable[Point]) -> None:
        """Lead a wire through points."""
        self.do(LeadWire(wire, tuple(points)))

    def put_piece(self, kind: str, place: int, piece: Frame | Note, places: Mapping[str, Point] | None = None) -> None:
        """Put a frame or note in the place of another, or behind all; with it nodes move that it carries."""
        view = self.graph.view
        if isinstance(piece, Frame):
            frames = view.frames
            edit: Edit = SetFrames(
                (*frames[:place], piece, *frames[place + 1 :]), f"change frame {piece.title}".strip()
            )
        else:
            edit = SetNotes((*view.notes[:place], piece, *view.notes[place + 1 :]), "change note")
        moves: list[Edit] = [MoveNodes(dict(places))] if places else []
        self._do_all([edit, *moves], f"change {kind}")

    def remove_piece(self, kind: str, place: int) -> None:
        """Remove a frame, not what lies in it, or a note."""
        view = self.graph.view
        if kind == "frame":
            self.do(SetFrames((*view.frames[:place], *view.frames[place + 1 :]), "remove frame"))
        else:
            self.do(SetNotes((*view.notes[:place], *view.notes[place + 1 :]), "remove note"))

    def set_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        """Put other bookmarks in place of all."""
        self.do(SetBookmarks(tuple(bookmarks)))

    def encapsulate(self, ids: Iterable[str]) -> None:
        """Put nodes into a sub-graph, and select the node that uses it.

        Raises:
            EditError: There are none to put there.
        """
        self.do(encapsulate(self.graph, set(ids)))
        self._select_last(1)

    def dissolve(self, node: str) -> None:
        """Put what a sub-graph holds in the place of a node that uses it, and select that.

        Raises:
            EditError: It uses none, or what is set or wired there holds for all of it together.
        """
        before = set(self.graph.nodes)
        self.do(dissolve(self.graph, node))
        self.select(id_ for id_ in self.graph.nodes if id_ not in before)

    def promote(self, node: str, param: str) -> str:
        """Let the nodes that use the sub-graph on screen set a value inside; where they do not, it is as it is now.

        Gives the id of the input that brings it.

        Raises:
            EditError: The outermost graph is on screen, or there is no such input.
        """
        port = self.port(PortRef(node, param), "in")
        if not self.way or port is None:
            raise EditError(f"{node}.{param}: expected an input inside of a sub-graph")
        names = {str(one.params.get("name") or one.id) for one in self.graph.nodes.values() if one.type == INPUT}
        name = param if param not in names else f"{node}_{param}"
        id_ = FreshIds(self.graph.nodes).next(name)
        value = self.graph.nodes[node].params.get(param, port.default)
        default = {} if value is MISSING else {"default": encode(value, port.hint) if value is port.default else value}
        x, y = self.graph.view.position(node) or (0.0, 0.0)
        edits: list[Edit] = [
            AddNode(
                INPUT, id_, params={"name": name, "type": to_text(port.hint), **default}, pos=(x - PROMOTED_BESIDE, y)
            ),
            Connect(PortRef(id_, "value"), PortRef(node, param)),
        ]
        self._do_all(edits, f"promote {node}.{param}")
        return id_

    def make_unique(self, node: str) -> None:
        """Give a node a sub-graph of its own, equal to the one that it uses together with others.

        Raises:
            EditError: It uses none.
        """
        self.do(made_unique(self.graph, node))

    def move(self, positions: Mapping[str, Point], *, merge: bool = False) -> None:
        """Place nodes; with `merge`, moves of the same nodes that follow at once become one step."""
        self.do(MoveNodes(dict(positions)), ("move", *positions) if merge else None)

    def rename(self, old: str, new: str) -> None:
        """Give a node another id."""
        self.do(RenameNode(old, new))

    def set_param(self, node: str, name: str, value: Any, *, merge: bool = False) -> None:
        """Set a parameter; with `merge`, changes of it that follow at once, as a slider's, become one step."""
        self.do(SetParam(node, name, value), ("param", node, name) if merge else None)

    def unset_param(self, node: str, name: str) -> None:
        """Give a parameter its default again."""
        self.do(UnsetParam(node, name))

    def set_run(self, node: str, **changes: Any) -> None:
        """Change how a node is run, by settings as the file has them: `timeout=30`; None for a default."""
        self.do(SetRun(node, None, changes))

    def apply_fix(self, diagnostic: Diagnostic) -> None:
        """Do what a diagnostic's `fix` says.

        Raises:
            EditError: It has none, or the graph is another by now.
        """
        self.do_to_all(edit_of(self.root, self.registry, diagnostic))

    @property
    def outdated(self) -> list[Diagnostic]:
        """What is found because node types have changed since the graph was saved."""
        return [found for found in self.diagnostics if found.code in (*GONE, *TOLD)]

    def update_steps(self) -> list[Step]:
        """What there is to update."""
        return steps_of(self.root, self.registry)

    def update_all(self, steps: Iterable[Step]) -> None:
        """Do these steps, as one edit.

        Raises:
            EditError: The graph is another by now.
        """
        self.do_to_all(update_of(self.root, self.registry, steps))

    def copy(self, ids: Iterable[str]) -> str:
        """The nodes and the wires among them as text for the clipboard."""
        return exchange.copy(self.graph, ids)

    def paste(self, text: str, at: Point) -> tuple[str, ...]:
        """Add what was copied, its top left corner at a point, and select it; `trouble` tells if it is no graph.

        Returns:
            Ids of the new nodes.
        """
        try:
            clip = Graph.loads(text, "clipboard", catalogue=self.graph.catalogue)
            places = [place for node in clip.nodes if (place := clip.view.position(node)) is not None]
            corner = (min(x for x, _ in places), min(y for _, y in places)) if places else (0, 0)
            self.do(Paste(text, (at[0] - corner[0], at[1] - corner[1])))
        except (GraphFileError, EditError) as problem:
            self.trouble.emit(str(problem))
            return ()
        return self._select_last(len(clip.nodes))

    def duplicate(self, ids: Iterable[str], by: Point = (20, 20)) -> tuple[str, ...]:
        """Add nodes once more, shifted, with their wires and those that come in, and select them. Gives their ids."""
        ids = tuple(dict.fromkeys(ids))
        if not ids:
            return ()
        self.do(Duplicate(ids, by))
        return self._select_last(len(ids))

    def _input(self, ref: PortRef) -> Port | None:
        return self.port(ref, "in")

    def _do_all(self, edits: Sequence[Edit], title: str = "") -> None:
        if edits:
            self.do(edits[0] if len(edits) == 1 else Together(tuple(edits), title))

    def _select_last(self, count: int) -> tuple[str, ...]:
        """Select the nodes that were added last. Gives their ids."""
        ids = tuple(self.graph.nodes)
        self.select(ids[len(ids) - count :])
        return ids[len(ids) - count :]
