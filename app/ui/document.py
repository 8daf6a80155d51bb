"""An open document: graph, undo steps, selection, file and diagnostics. It knows no run and no widget.

Idea: whoever shows the document reads it here, changes it by `do`, mostly through the methods of `edits`, and hears of
changes by the signals, those of `graph.events` in detail. One graph of it is on screen, the outermost or one of its
sub-graphs; that one is read and edited. Checks work on copies of the whole, on threads of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from qtpy import QtCore

from ..authoring.nodetype import NodeType
from ..checking.diagnostic import Diagnostic
from ..checking.updating import migration_of
from ..errors import EditError, GraphFileError
from ..graph.document import Graph
from ..graph.edits import (
    Edit,
    Together,
    Within,
)
from ..graph.evolution import remember_ports
from ..graph.history import History
from ..graph.node import Node
from ..graph.subgraphs import uses
from ..graph.way import Entered, Way, graph_at, holding, place_of, way_to
from ..graph.wire import PortRef, Wire
from ..ports.fit import Fit
from ..ports.hint import Hint
from ..ports.port import Port, Signature
from ..registry.catalogue import RegistryCatalogue
from ..registry.discovery import Loaded
from ..registry.lookup import Registry, shipped
from ..registry.resolve import Resolver
from ..registry.sources import Source
from .background import Background
from .checking import Checking, Rewired
from .fitting import Fitting
from .reloading import Reloading

Result = TypeVar("Result")


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

    # ------------------------------------------------------------ undo steps

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

    def in_background(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Work something out on another thread, and hear of it on this one."""
        self._background.start(work, then)

    # ------------------------------------------------------------ selection

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids that are not there are passed over."""
        nodes = self.graph.nodes
        selection = tuple(dict.fromkeys(id_ for id_ in ids if id_ in nodes))
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()

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

    # ------------------------------------------------------------ behind it: undo steps

    @contextmanager
    def _editing(self) -> Iterator[None]:
        """Around all that changes the graph."""
        yield
        self.show(self.way)  # What was on screen may have gone.
