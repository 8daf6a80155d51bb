"""An open document and its run: what all widgets listen to and act upon. It knows no widget.

Idea: widgets read the graph, `signatures`, `states` and `values`, call the methods here, and hear of changes by
signals, those of `graph.events` for the document in detail. Every edit is one undo step of `history`.
Threads: all of it belongs to the GUI thread; runs and checks work on copies of the graph on threads of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qtpy import QtCore

from ..authoring.error_info import ErrorInfo
from ..authoring.nodetype import NodeType
from ..checking.checker import check
from ..checking.diagnostic import Diagnostic, Place, Severity
from ..engine.engine import Run
from ..engine.result import Result
from ..errors import EditError, GraphError, GraphFileError
from ..graph import exchange
from ..graph.document import Graph
from ..graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    Duplicate,
    Edit,
    MoveNodes,
    Paste,
    RemoveNodes,
    RenameNode,
    SetParam,
    SetRun,
    Together,
    UnsetParam,
)
from ..graph.history import History
from ..graph.node import Node
from ..graph.view import Point
from ..graph.wire import PortRef, Wire
from ..ports.fit import Fit
from ..ports.port import Port, Signature
from ..registry.catalogue import RegistryCatalogue
from ..registry.lookup import Registry, shipped
from ..registry.resolve import Resolver
from . import compose
from .background import Background
from .fitting import Fitting
from .live import Live
from .preview import Preview
from .runner import Job, Runner
from .standing import Standing, taken
from .watch import Snapshot, State

LONGEST_REST_MS = 500
"""Between two checks of a large graph that is being changed."""


class Editor(QtCore.QObject):
    """One open document and its run.

    Args:
        registry: Knows the node types; those that ship by default.
        graph: The document; an empty one by default.

    Attributes:
        graph: The document.
        registry: Knows the node types.
        history: What can be undone.
        live: Tells how the run stands, at most 30 times a second.
        selection: Ids of the selected nodes, in the order in which they were selected.
        diagnostics: What `check` finds.
        failures: Diagnostics without a code: vessels that could not be loaded, and what the last run found.
        signatures: Ports of each node by id, None where its type is missing; fresh before others hear of a change.
        result: The last run's result; None before there is one.

        document_replaced: Another graph is open: rebuild everything.
        diagnostics_changed: `diagnostics` or `failures` are others.
        selection_changed: `selection` is another.
        history_changed: What can be undone or redone is another.
        modified_changed: `is_modified` or `path` is another.
        run_started: A run begins.
        run_ended: It is over; `result`, `states` and `values` are what it left.
        states_changed: Ids of the nodes whose state is another, as a frozenset.
        values_changed: Outputs whose preview is another, as a frozenset of `PortRef`.
        message: A sentence for the status bar.
        trouble: A sentence on what could not be done and why, for where the user looks.
    """

    document_replaced = QtCore.Signal()
    diagnostics_changed = QtCore.Signal()
    selection_changed = QtCore.Signal()
    history_changed = QtCore.Signal()
    modified_changed = QtCore.Signal()
    run_started = QtCore.Signal()
    run_ended = QtCore.Signal()
    states_changed = QtCore.Signal(object)
    values_changed = QtCore.Signal(object)
    message = QtCore.Signal(str)
    trouble = QtCore.Signal(str)

    graph: Graph
    history: History
    signatures: dict[str, Signature | None]

    def __init__(
        self, registry: Registry | None = None, graph: Graph | None = None, parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.registry = registry or shipped()
        # All vessels now: later, two threads might ask for one that is half loaded.
        self.registry.vessels()
        self._background = Background(self)
        self._runner = Runner(self.registry, lambda job: self._background.post(lambda: self._on_run_over(job)))
        self.live = Live(self._take_snapshot, self)
        self._check_timer = QtCore.QTimer(self)
        self._check_timer.setSingleShot(True)
        self._check_timer.timeout.connect(self._check)
        self._is_checking = False
        self._document = 0  # Counts documents,
        self._revision = 0  # and changes that make another plan.
        self._job: Job | None = None
        self._runs_again = False
        self._listening: list[tuple[Any, Callable[..., None]]] = []
        self._is_closed = False
        self._adopt(graph or Graph(catalogue=RegistryCatalogue(self.registry)))

    # ------------------------------------------------------------ document

    @property
    def path(self) -> Path | None:
        """The file of the document; None while it was never saved."""
        return self.graph.path

    @property
    def is_modified(self) -> bool:
        """Whether there are edits that are not saved."""
        return not self.history.is_at_saved

    def replace(self, graph: Graph) -> None:
        """Open another document in place of this one, which is not saved; its run is stopped."""
        self.stop()
        self._adopt(graph)
        self.document_replaced.emit()
        self.selection_changed.emit()
        self.diagnostics_changed.emit()
        self.history_changed.emit()
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
        try:
            self.graph.save(path)
        except (GraphFileError, EditError) as problem:
            self.trouble.emit(str(problem))
            return False
        self.history.mark_saved()
        self.modified_changed.emit()
        self.message.emit(f"Saved {self.graph.path}")
        return True

    def close(self) -> None:
        """Stop the run, close the engine, end all threads; the editor is of no use afterwards."""
        if self._is_closed:
            return
        self._is_closed = True
        self._check_timer.stop()
        self.live.stop()
        self._listen_to(None)
        self._runner.close()
        self._background.close()

    # ------------------------------------------------------------ edits, each one undo step

    def do(self, edit: Edit | Sequence[Edit], merge_key: object = None) -> None:
        """Apply an edit, or several as one undo step.

        Args:
            edit: What to do.
            merge_key: Steps that follow at once with the same key become one.

        Raises:
            EditError: The graph refuses; nothing has changed.
        """
        with _Telling(self):
            self.history.do(edit if isinstance(edit, Edit) else Together(tuple(edit)), merge_key)

    def undo(self) -> None:
        """Undo the last step, if any."""
        with _Telling(self):
            self.history.undo()

    def redo(self) -> None:
        """Do again what was undone last, if anything."""
        with _Telling(self):
            self.history.redo()

    def add_node(self, node_type: str, pos: Point, params: Mapping[str, Any] | None = None) -> str:
        """Add a node and select it. Gives its id."""
        self.do(AddNode(node_type, params=params or {}, pos=pos))
        return self._select_last(1)[0]

    def add_wired(self, node_type: str, pos: Point, end: PortRef, port: str, *, is_output: bool) -> str:
        """Add a node with a wire between `end`, which is an output or not, and the node's `port`. Gives its id."""
        id_ = compose.fresh_id(self.graph, node_type)
        own = PortRef(id_, port)
        wires = [Connect(end, own)] if is_output else compose.wired(self.graph, own, end, self._input)
        self.do(Together((AddNode(node_type, id_, pos=pos), *wires)))
        return self._select_last(1)[0]

    def wire(self, source: PortRef, target: PortRef) -> None:
        """Wire two ports; a wire on a taken input is replaced."""
        self._do_all(compose.wired(self.graph, source, target, self._input), f"wire {source} to {target}")

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
        self.do(compose.fixed(self.graph, self.registry, diagnostic))

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

    def fit(self, source: PortRef, target: PortRef) -> Fit:
        """Whether a wire may be drawn, and why not."""
        return self._fitting.fit(source, target)

    def fits_for(self, ref: PortRef, is_output: bool) -> dict[PortRef, Fit]:
        """How a wire that hangs on this port fits each port of the other side."""
        return self._fitting.all(ref, is_output=is_output)

    def candidates(self, ref: PortRef, is_output: bool) -> list[tuple[NodeType, str, Fit]]:
        """Node types that fit this port: type, name of its port, how it fits; best first."""
        return self._fitting.candidates(ref, is_output=is_output)

    # ------------------------------------------------------------ running

    @property
    def states(self) -> Mapping[str, State]:
        """State of each node by id."""
        return self._standing.states

    @property
    def values(self) -> Mapping[PortRef, Preview]:
        """Preview of the last value of each output."""
        return self._standing.values

    @property
    def latency_ms(self) -> Mapping[str, float]:
        """Milliseconds that each node took, by id; smoothed while a stream runs."""
        return self._standing.latency_ms

    @property
    def errors(self) -> Mapping[str, ErrorInfo]:
        """The errors of the nodes that failed in the last run, by id, with their tracebacks."""
        return self._standing.errors

    def reason(self, node: str) -> str:
        """Why a node was skipped or failed in the last run, in words; empty otherwise."""
        return self._standing.reasons.get(node, "")

    @property
    def run(self) -> Run | None:
        """The epoch under way."""
        return self._runner.run if self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether a run or a stream of this document is under way, or still ending."""
        return self._job is not None

    def run_graph(self) -> None:
        """Run the graph as it is now, once; if a run is under way, once more after it."""
        if self._job is not None:
            self._runs_again = True
        else:
            self._start(1)

    def run_stream(self, count: int | None = None) -> None:
        """Run the graph as it is now, epoch after epoch, so often or until it is stopped; nothing while one runs."""
        if self._job is None:
            self._start(count)

    def stop(self) -> None:
        """Stop the run or stream; nothing if none is under way."""
        self._runs_again = False
        self._runner.stop()

    def reset_figures(self) -> None:
        """Count the runs, times and bytes of all nodes from nothing; whatever runs goes on."""
        self._runner.reset_figures()

    # ------------------------------------------------------------ behind it: the run

    @property
    def _tag(self) -> tuple[int, int, Path | None]:
        """Equal as long as the plan would be the same."""
        return self._document, self._revision, self.path

    def _start(self, count: int | None) -> None:
        if not self.graph.nodes:
            self.message.emit("Nothing to run: the graph has no nodes yet")
            return
        self._standing.begin()
        self._job = self._runner.start(self.graph.copy(), self._tag, count)
        self.live.start()
        self.run_started.emit()

    def _take_snapshot(self) -> Snapshot | None:
        look = self._runner.look()
        if look is None or self._job is None or self._job.tag[0] != self._document:
            return None
        errors = self._standing.errors
        snapshot = self._standing.absorb(look)
        self._tell_standing()
        if self._standing.errors != errors:
            self._note_failures()
        return snapshot

    def _on_run_over(self, job: Job) -> None:
        if self._is_closed:
            return
        is_ours = job.tag[0] == self._document
        self.live.look()
        self.live.stop()
        self._job = None
        if is_ours:
            self._standing.end()
            self._tell_standing()
            self.result = job.result
            self._note_failures(job)
            self.run_ended.emit()
            self._say_end(job)
        if self._runs_again:
            self._runs_again = False
            self._start(1)

    def _say_end(self, job: Job) -> None:
        if job.problem is not None:
            self.trouble.emit(_said(job.problem))
            return
        seconds = f"{time.monotonic() - job.started:.2g} s"
        epochs = f"{job.epochs:,} epochs, " if job.count != 1 else ""
        failed = len(self._standing.errors)
        if job.stopped is not None:
            self.message.emit(f"Stopped after {epochs}{seconds}")
        elif failed:
            self.message.emit(f"Ran in {epochs}{seconds}; {failed} node{'s' if failed > 1 else ''} failed")
        else:
            self.message.emit(f"Ran in {epochs}{seconds}")

    def _note_failures(self, job: Job | None = None) -> None:
        failures = [Diagnostic("", Severity.ERROR, problem) for problem in self.registry.problems]
        if job is not None and job.problem is not None:
            failures.append(Diagnostic("", Severity.ERROR, _said(job.problem)))
        errors = self._standing.errors
        failures += [
            Diagnostic("", Severity.ERROR, f"failed: {self.reason(id_)}", Place(id_))
            for id_ in self.graph.nodes
            if id_ in errors
        ]
        if failures != self.failures:
            self.failures = failures
            self.diagnostics_changed.emit()

    def _tell_standing(self) -> None:
        if self._standing.changed_states:
            self.states_changed.emit(taken(self._standing.changed_states))
        if self._standing.changed_values:
            self.values_changed.emit(taken(self._standing.changed_values))

    # ------------------------------------------------------------ behind it: the check

    def _check(self) -> None:
        if self._is_checking or self._is_closed:
            return
        self._is_checking = True
        graph, registry, tag, started = self.graph.copy(), self.registry, self._tag, time.monotonic()

        def then(found: list[Diagnostic]) -> None:
            self._is_checking = False
            if tag[0] == self._document and found != self.diagnostics:
                self.diagnostics = found
                self.diagnostics_changed.emit()
            if tag[:2] != self._tag[:2]:
                # A large graph takes a while: the threads of a run shall have most of the time.
                rest = 2_000 * (time.monotonic() - started)
                self._check_timer.start(int(min(rest, LONGEST_REST_MS)))

        self._background.start(lambda: check(graph, registry), then)

    # ------------------------------------------------------------ behind it: the document

    def _adopt(self, graph: Graph) -> None:
        self._document += 1
        self.graph, self.history = graph, History(graph)
        self.selection: tuple[str, ...] = ()
        self.diagnostics: list[Diagnostic] = []
        self.failures: list[Diagnostic] = []
        self.result: Result | None = None
        self.signatures = Resolver(graph, self.registry).signatures()
        self._standing = Standing(graph, self.signatures)
        self._fitting = Fitting(graph, self.registry, self.signatures)
        self._tell_standing()
        self._note_failures()
        self.live.clear()
        self._listen_to(graph)
        self._was_modified = False
        self._check_timer.start(0)

    def _listen_to(self, graph: Graph | None) -> None:
        for signal, callback in self._listening:
            signal.disconnect(callback)
        self._listening = []
        if graph is None:
            return
        events = graph.events
        self._listening = [
            (events.node_added, self._on_node_added),
            (events.node_removed, self._on_node_removed),
            (events.node_renamed, self._on_node_renamed),
            (events.node_changed, self._on_node_changed),
            (events.wire_added, self._on_wire),
            (events.wire_removed, self._on_wire),
            (events.wire_changed, self._on_wire_changed),
            (events.subgraph_added, self._on_subgraph),
            (events.subgraph_removed, self._on_subgraph),
            (self.history.changed, self._on_history_changed),
        ]
        for signal, callback in self._listening:
            signal.connect(callback)

    def _on_node_added(self, node: Node) -> None:
        self.signatures[node.id] = Resolver(self.graph, self.registry).signature(node)
        self._standing.add(node.id)
        self._note_change()

    def _on_node_removed(self, node: Node) -> None:
        self.signatures.pop(node.id, None)
        self._standing.forget(node.id)
        if node.id in self.selection:
            self.select(id_ for id_ in self.selection if id_ != node.id)
        self._note_change()

    def _on_node_renamed(self, old: str, new: str) -> None:
        self.signatures[new] = self.signatures.pop(old)
        self._standing.rename(old, new)
        if old in self.selection:
            self.select(new if id_ == old else id_ for id_ in self.selection)
        self._note_change()

    def _on_node_changed(self, node: Node, what: str) -> None:
        if what == "params":
            self.signatures[node.id] = Resolver(self.graph, self.registry).signature(node)
        self._standing.make_stale(node.id)
        self._standing.refresh(node.id)
        self._note_change()

    def _on_wire(self, wire: Wire) -> None:
        if wire.target.node in self.graph.nodes:
            self._standing.make_stale(wire.target.node)
        self._note_change()

    def _on_wire_changed(self, before: Wire, after: Wire) -> None:
        if before.muted != after.muted:
            self._standing.make_stale(after.target.node)
        self._note_change()

    def _on_subgraph(self, name: str) -> None:
        self.signatures.update(Resolver(self.graph, self.registry).signatures())
        for node in self.graph.nodes:
            self._standing.refresh(node)
        self._note_change()

    def _on_history_changed(self) -> None:
        self.history_changed.emit()
        if self.is_modified != self._was_modified:
            self._was_modified = self.is_modified
            self.modified_changed.emit()

    def _note_change(self) -> None:
        self._revision += 1
        if not self._check_timer.isActive():
            self._check_timer.start(0)

    # ------------------------------------------------------------ behind it: edits

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


class _Telling:
    """Tells what an edit did to states and values once it is done, not node by node."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._editor._tell_standing()
        self._editor._note_failures()


def _said(problem: Exception) -> str:
    """Why a run did not begin, in one sentence."""
    if isinstance(problem, GraphError) and problem.diagnostics:
        return f"The graph cannot run: {problem.diagnostics[0]}"
    return str(problem)
