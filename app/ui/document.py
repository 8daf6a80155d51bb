"""An open document: graph, undo steps, selection, clipboard, file and diagnostics. It knows no run and no widget.

Idea: whoever shows the document reads it here, changes it by the methods here, each one undo step, and hears of changes
by the signals, those of `graph.events` in detail. One graph of it is on screen, the outermost or one of its sub-graphs;
that one is read and edited. Checks work on copies of the whole, on threads of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from qtpy import QtCore

from ..authoring.nodetype import NodeType
from ..checking.diagnostic import Diagnostic
from ..checking.fixes import edit_of
from ..checking.updating import GONE, TOLD, Step, migration_of, steps_of, update_of
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
    Within,
    named,
)
from ..graph.encapsulation import dissolve, encapsulate, made_unique
from ..graph.evolution import remember_ports
from ..graph.history import History
from ..graph.node import FreshIds, Node
from ..graph.pasting import Duplicate, Paste
from ..graph.subgraphs import uses
from ..graph.view import Bookmark, Frame, Note, Point
from ..graph.view_edits import LeadWire, MuteWire, SetBookmarks, SetCollapsed, SetFrames, SetNotes
from ..graph.way import Entered, Way, graph_at, holding, place_of, way_to
from ..graph.wire import PortRef, Wire
from ..ports.codec import encode
from ..ports.fit import Fit
from ..ports.hint import Hint
from ..ports.port import MISSING, Port, Signature
from ..ports.text import to_text
from ..registry.boundary import INPUT
from ..registry.catalogue import RegistryCatalogue
from ..registry.discovery import Loaded
from ..registry.lookup import Registry, shipped
from ..registry.resolve import Resolver
from ..registry.sources import Source
from . import compose
from .background import Background
from .checking import Checking, Rewired
from .fitting import Fitting
from .reloading import Reloading

Result = TypeVar("Result")

PROMOTED_BESIDE = 220
"""Canvas units between a node and the input that brings what was promoted."""


class Document(QtCore.QObject):
    """One open document.

    Args:
        registry: Knows the node types; those that ship by default.
        graph: The document; an empty one by default.

    Attributes:
        root: The outermost graph, which the file holds.
        graph: The graph on screen: `root` or one of its sub-graphs.
        way: The nodes that lead from `root` to `graph`.
        registry: Knows the node types.
        history: What can be undone.
        selection: Ids of the selected nodes, in the order in which they were selected.
        diagnostics: What `check` finds.
        signatures: Ports of each node of `graph` by id, None where its type is missing; fresh before others hear of a
            change.
        root_signatures: Those of `root`; the same while that is on screen.

        document_replaced: Another document is open.
        shown_changed: Another graph is on screen, as it also is after `document_replaced`: rebuild everything.
        diagnostics_changed: `diagnostics` are others.
        selection_changed: `selection` is another.
        history_changed: What can be undone or redone is another.
        modified_changed: `is_modified` or `path` is another.
        vessels_changed: Vessels were loaded anew: node types are others.
        message: A sentence for the status bar.
        trouble: A sentence on what could not be done and why, for where the user looks.
    """

    document_replaced = QtCore.Signal()
    shown_changed = QtCore.Signal()
    diagnostics_changed = QtCore.Signal()
    selection_changed = QtCore.Signal()
    history_changed = QtCore.Signal()
    modified_changed = QtCore.Signal()
    message = QtCore.Signal(str)
    trouble = QtCore.Signal(str)
    vessels_changed = QtCore.Signal()

    root: Graph
    graph: Graph
    way: Way
    history: History
    selection: tuple[str, ...]
    diagnostics: list[Diagnostic]
    signatures: dict[str, Signature | None]
    root_signatures: dict[str, Signature | None]

    def __init__(
        self, registry: Registry | None = None, graph: Graph | None = None, parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.registry = registry or shipped()
        # All vessels now: later, two threads might ask for one that is half loaded.
        self.registry.vessels()
        self._background = Background(self)
        self._reloading = Reloading(self.registry, self._background, self._take_vessels)
        self._checking = Checking(self.registry, self._background, self._take)
        self._number = 0  # Counts documents,
        self._revision = 0  # and changes of what they compute.
        self._listening: list[tuple[Any, Callable[..., None]]] = []
        self._is_closed = False
        self._adopt(graph or Graph(catalogue=RegistryCatalogue(self.registry)))

    # ------------------------------------------------------------ document

    @property
    def path(self) -> Path | None:
        """The file of the document; None while it was never saved."""
        return self.root.path

    @property
    def is_modified(self) -> bool:
        """Whether there are edits that are not saved."""
        return not self.history.is_at_saved

    def replace(self, graph: Graph) -> None:
        """Open another document in place of this one, which is not saved."""
        self._adopt(graph)
        self.document_replaced.emit()
        self.shown_changed.emit()
        self.selection_changed.emit()
        self.diagnostics_changed.emit()
        self.history_changed.emit()
        self.modified_changed.emit()

    def recover(self, graph: Graph, path: Path | None) -> None:
        """Open a graph whose edits were not saved, in place of this one; saving goes to its file."""
        graph.belong_to(path)
        self.replace(graph)
        self.history.mark_unsaved()
        self.modified_changed.emit()

    def new(self) -> None:
        """Open an empty document."""
        self.replace(Graph(catalogue=RegistryCatalogue(self.registry)))

    def read(self, path: str | Path) -> Graph | None:
        """Read a graph file that is to `replace` this document; None if it is none, and `trouble` says why."""
        try:
            return Graph.load(path, catalogue=RegistryCatalogue(self.registry))
        except GraphFileError as problem:
            self.trouble.emit(str(problem))
            return None

    def open(self, path: str | Path) -> bool:
        """Open a graph file. If it is none, this document stays and `trouble` says why.

        Returns:
            Whether it is open.
        """
        graph = self.read(path)
        if graph is not None:
            self.replace(graph)
        return graph is not None

    def save(self, path: str | Path | None = None) -> bool:
        """Save to a file; None for the document's own. What goes wrong is told by `trouble`.

        Returns:
            Whether it is saved.
        """
        was_updated = bool(self.root.updates)
        try:
            self.root.save(path)
        except (GraphFileError, EditError) as problem:
            self.trouble.emit(str(problem))
            return False
        if was_updated:
            self._note_change()  # Nothing is to be said of it any more.
        self.history.mark_saved()
        self.modified_changed.emit()
        self.message.emit(f"Saved {self.root.path}")
        return True

    def close(self) -> None:
        """End all threads; the document is of no use afterwards."""
        self._is_closed = True
        self._checking.stop()
        self._reloading.stop()
        self._let_go()
        self._background.close()

    # ------------------------------------------------------------ the graph on screen

    def show(self, way: Way) -> None:
        """Show the graph at the end of a way, as far as it holds."""
        way = holding(self.root, way)
        if way != self.way or graph_at(self.root, way) is not self.graph:
            self._show(way)
            self.shown_changed.emit()
            self.selection_changed.emit()

    def subgraphs_of(self, node: str) -> list[str]:
        """Names of the sub-graphs that a node on screen uses, and that are there."""
        return [name for name in uses(self.graph.nodes[node]) if name in self.root.subgraphs]

    def enter(self, node: str, name: str = "") -> bool:
        """Show the sub-graph that a node uses.

        Args:
            node: The node.
            name: Which, of several.
        Returns:
            Whether it uses one.
        """
        used = self.subgraphs_of(node)
        if used:
            self.show((*self.way, Entered(node, name or used[0])))
        return bool(used)

    def leave(self) -> None:
        """Show the graph that this one was entered from, and select the node that uses it; nothing at the top."""
        if self.way:
            node = self.way[-1].node
            self.show(self.way[:-1])
            self.select([node])

    def show_subgraph(self, name: str) -> bool:
        """Show a sub-graph, by the shortest way if it is not on the way here; the outermost graph for an empty name.

        Returns:
            Whether it is on screen now: not if no node uses it.
        """
        here = next((self.way[: place + 1] for place, step in enumerate(self.way) if step.name == name), None)
        way = () if not name else here or way_to(self.root, name)
        if way is not None:
            self.show(way)
        return way is not None

    def go_to(self, path: str) -> str:
        """Show and select a node, given with the uses that lead to it, `calc/add`, as far as these can be entered.

        Returns:
            Id of the node that is selected, in the graph that is shown.
        """
        *before, node = path.split("/")
        way: Way = ()
        for step in before:
            user = graph_at(self.root, way).nodes.get(step)
            used = [name for name in uses(user) if name in self.root.subgraphs] if user is not None else []
            if not used:
                node = step
                break
            way = (*way, Entered(step, used[0]))
        self.show(way)
        self.select([node])
        return node

    # ------------------------------------------------------------ edits, each one undo step

    def do(self, edit: Edit | Sequence[Edit], merge_key: object = None) -> None:
        """Apply an edit, or several as one undo step, to the graph on screen.

        Args:
            edit: What to do.
            merge_key: Steps that follow at once with the same key become one.

        Raises:
            EditError: The graph refuses; nothing has changed.
        """
        edit = edit if isinstance(edit, Edit) else Together(tuple(edit))
        if self.way:
            name = self.way[-1].name
            self.do_to_all(Within(name, edit), None if merge_key is None else (name, merge_key))
        else:
            self.do_to_all(edit, merge_key)

    def do_to_all(self, edit: Edit, merge_key: object = None) -> None:
        """Apply an edit of the outermost graph, whichever is on screen."""
        with self._editing():
            self.history.do(edit, merge_key)

    def undo(self) -> None:
        """Undo the last step, if any, where one sees it."""
        self._turn(self.history.next_undo, self.history.undo)

    def redo(self) -> None:
        """Do again what was undone last, if anything, where one sees it."""
        self._turn(self.history.next_redo, self.history.redo)

    def _turn(self, edit: Edit | None, turn: Callable[[], None]) -> None:
        place = None if edit is None else place_of(edit)
        if place is not None and place != (self.way[-1].name if self.way else ""):
            self.show_subgraph(place)
        with self._editing():
            turn()

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

    def in_background(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Work something out on another thread, and hear of it on this one."""
        self._background.start(work, then)

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

    # ------------------------------------------------------------ selection and clipboard

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids that are not there are passed over."""
        nodes = self.graph.nodes
        selection = tuple(dict.fromkeys(id_ for id_ in ids if id_ in nodes))
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()

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

    # ------------------------------------------------------------ what fits

    def port(self, ref: PortRef, side: str) -> Port | None:
        """A port; `side` is `in` or `out`. None if it is not known."""
        return self._fitting.port(ref, is_output=side == "out")

    def known(self, ref: PortRef, side: str) -> Hint | None:
        """What is known of the type of a data port from all that is wired; `side` is `in` or `out`."""
        return self._fitting.known(ref, is_output=side == "out")

    def fit(self, source: PortRef, target: PortRef) -> Fit:
        """Whether a wire may be drawn, and why not."""
        return self._fitting.fit(source, target)

    def fits_for(self, ref: PortRef, is_output: bool) -> dict[PortRef, Fit]:
        """How a wire that hangs on this port fits each port of the other side."""
        return self._fitting.all(ref, is_output=is_output)

    def candidates(self, ref: PortRef, is_output: bool) -> list[tuple[NodeType, str, Fit]]:
        """Node types that fit this port: type, name of its port, how it fits; best first."""
        return self._fitting.candidates(ref, is_output=is_output)

    # ------------------------------------------------------------ behind it: the check

    def _take(self, found: list[Diagnostic]) -> None:
        if found != self.diagnostics:
            self.diagnostics = found
            self.diagnostics_changed.emit()

    # ------------------------------------------------------------ behind it: vessels that changed

    def _take_vessels(self, loaded: list[Loaded], gone: list[Source]) -> None:
        """Put vessels in place that were loaded anew; nodes of the graph keep their wires and parameters."""
        if self._is_closed:
            return
        remember_ports(self.root)
        for source in gone:
            self.registry.drop(source)
        for one in loaded:
            self.registry.replace(one)
        self._resolve()
        self._fitting = Fitting(self.root, self.graph, self.registry, self.signatures)
        self._note_change()
        self.vessels_changed.emit()
        names = sorted({vessel.name for one in loaded for vessel in one.vessels})
        if migration := migration_of(self.root):
            self.do_to_all(Together(tuple(migration), "bring nodes up to date"))
        if names:
            self.message.emit(f"Loaded {', '.join(names)} anew")

    # ------------------------------------------------------------ behind it: the document

    def _adopt(self, graph: Graph) -> None:
        self._number += 1
        self.root, self.history = graph, History(graph)
        self.root_signatures = {}
        self.diagnostics = []
        self._was_modified = False
        self._show(())
        self._checking.open(graph)

    def _show(self, way: Way) -> None:
        self.way, self.graph, self.selection = way, graph_at(self.root, way), ()
        self.signatures = {} if way else self.root_signatures
        self._resolve()
        self._fitting = Fitting(self.root, self.graph, self.registry, self.signatures)
        self._listen()

    def _resolve(self) -> None:
        """Find the ports of all nodes anew."""
        resolver = Resolver(self.root, self.registry)
        self.root_signatures.clear()
        self.root_signatures.update(resolver.signatures())
        if self.way:
            self.signatures.clear()
            self.signatures.update(resolver.signatures(self.graph))

    def _listen(self) -> None:
        self._let_go()
        for signal, callback in self._callbacks():
            signal.connect(callback)
            self._listening.append((signal, callback))

    def _let_go(self) -> None:
        for signal, callback in self._listening:
            signal.disconnect(callback)
        self._listening = []

    def _callbacks(self) -> list[tuple[Any, Callable[..., None]]]:
        """What is called when, in this order, before anybody else hears of it."""
        events, outer = self.graph.events, self.root.events
        of_others = (outer.node_added, outer.node_removed, outer.node_renamed, outer.node_changed)
        of_wires = (outer.wire_added, outer.wire_removed, outer.wire_changed)
        return [
            (events.node_added, self._on_node_added),
            (events.node_removed, self._on_node_removed),
            (events.node_renamed, self._on_node_renamed),
            (events.node_changed, self._on_node_changed),
            (events.wire_added, self._on_wire_added),
            (events.wire_removed, self._on_wire_removed),
            (events.wire_changed, self._on_wire_changed),
            (outer.subgraph_added, self._on_subgraph),
            (outer.subgraph_removed, self._on_subgraph),
            (outer.subgraph_changed, self._on_subgraph),
            *((signal, self._on_outer_change) for signal in (*of_others, *of_wires) if events is not outer),
            (self.history.changed, self._on_history_changed),
        ]

    def _on_node_added(self, node: Node) -> None:
        self.signatures[node.id] = Resolver(self.root, self.registry).signature(node)
        self._note_change()

    def _on_node_removed(self, node: Node) -> None:
        self.signatures.pop(node.id, None)
        if node.id in self.selection:
            self.select(id_ for id_ in self.selection if id_ != node.id)
        self._note_change()

    def _on_node_renamed(self, old: str, new: str) -> None:
        self.signatures[new] = self.signatures.pop(old)
        if old in self.selection:
            self.select(new if id_ == old else id_ for id_ in self.selection)
        self._note_change()

    def _on_node_changed(self, node: Node, what: str) -> None:
        if what != "run":
            self.signatures[node.id] = Resolver(self.root, self.registry).signature(node)
        self._note_change()

    def _on_wire_added(self, wire: Wire) -> None:
        self._note_change(((wire,), ()))

    def _on_wire_removed(self, wire: Wire) -> None:
        self._note_change(((), (wire,)))

    def _on_wire_changed(self, before: Wire, after: Wire) -> None:
        self._note_change(((after,), (before,)))

    def _on_subgraph(self, name: str) -> None:
        self._resolve()
        self._note_change()

    def _on_outer_change(self, *_: object) -> None:
        self._resolve()
        self._note_change()

    def _on_history_changed(self) -> None:
        self.history_changed.emit()
        if self.is_modified != self._was_modified:
            self._was_modified = self.is_modified
            self.modified_changed.emit()

    def _note_change(self, rewired: Rewired | None = None) -> None:
        """What the graph computes is another now.

        Args:
            rewired: The wires that have come and gone, if that is all.
        """
        self._revision += 1
        self._fitting.forget()
        self._checking.note(None if self.way else rewired)

    # ------------------------------------------------------------ behind it: edits

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """Around all that changes the graph."""
        yield
        self.show(self.way)  # What was on screen may have gone.

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
