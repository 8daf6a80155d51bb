"""An open document and its run: what all widgets listen to and act upon. It knows no widget.

Idea: widgets read the graph, `signatures`, `states` and `values`, call the methods here and of `EditedDocument`, and
hear of changes by signals. Threads: all of it belongs to the GUI thread; runs work on copies of the graph on threads of
their own, and what they show comes through `live`.
"""

from __future__ import annotations

import os
import time
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qtpy import QtCore

from ..authoring.error_info import ErrorInfo
from ..checking.diagnostic import Diagnostic, Place, Severity
from ..engine.result import Result
from ..engine.run import Run
from ..errors import GraphError
from ..graph.document import Graph
from ..graph.node import Node
from ..graph.subgraphs import used_by, uses
from ..graph.way import Way, path_of
from ..graph.wire import PortRef, Wire
from ..registry.discovery import Loaded
from ..registry.lookup import Registry
from ..registry.sources import Problem, Source
from .edits import EditedDocument
from .inner import Inner, Shown
from .live import Live
from .preview import Preview
from .runner import Job, Runner, Version
from .standing import Standing, own_state, taken
from .watch import Snapshot, State


class Editor(EditedDocument):
    """One open document and its run.

    Args:
        registry: Knows the node types; those that ship by default.
        graph: The document; an empty one by default.

    Attributes:
        live: Tells how the run stands, at most 30 times a second.
        strict: Whether runs hold every value against the type of its port.
        failures: Diagnostics without a code: vessels that could not be loaded, and what the last run found.
        result: The last run's result; None before there is one.

        run_started: A run begins.
        run_ended: It is over; `result`, `states` and `values` are what it left.
        states_changed: Ids of the nodes whose state is another, as a frozenset.
        values_changed: Outputs whose preview is another, as a frozenset of `PortRef`.
        diagnostics_changed: `diagnostics` or `failures` are others.
    """

    run_started = QtCore.Signal()
    run_ended = QtCore.Signal()
    states_changed = QtCore.Signal(object)
    values_changed = QtCore.Signal(object)

    _standing: Standing
    _seen: Standing | Shown
    failures: list[Diagnostic]
    result: Result | None

    def __init__(
        self, registry: Registry | None = None, graph: Graph | None = None, parent: QtCore.QObject | None = None
    ) -> None:
        self.strict = False
        self._inner = Inner()
        self._job: Job | None = None
        self._runs_again = False
        super().__init__(registry, graph, parent)
        self.live = Live(self._take_snapshot, self)
        self._runner = Runner(self.registry, lambda job: self._background.post(lambda: self._on_run_over(job)))

    def replace(self, graph: Graph) -> None:
        """Open another document in place of this one, which is not saved; its run is stopped."""
        self.stop()
        self.live.clear()
        super().replace(graph)

    def close(self) -> None:
        """Stop the run, close the engine, end all threads; the editor is of no use afterwards."""
        if not self._is_closed:
            self.live.stop()
            self._runner.close()
            super().close()

    # ------------------------------------------------------------ running

    @property
    def states(self) -> Mapping[str, State]:
        """State of each node on screen by id."""
        return self._seen.states

    @property
    def values(self) -> Mapping[PortRef, Preview]:
        """Preview of the last value of each output on screen."""
        return self._seen.values

    @property
    def latency_ms(self) -> Mapping[str, float]:
        """Milliseconds that each node on screen took, by id; smoothed while a stream runs."""
        return self._seen.latency_ms

    @property
    def errors(self) -> Mapping[str, ErrorInfo]:
        """The errors of the nodes on screen that failed in the last run, by id, with their tracebacks."""
        return self._seen.errors

    @property
    def states_by_path(self) -> Mapping[str, State]:
        """State of each node of the document, `calc/add` inside of a sub-graph."""
        return ChainMap(self._standing.states, self._inner.states)

    def reason(self, node: str) -> str:
        """Why a node on screen was skipped or failed in the last run, in words; empty otherwise."""
        return self._seen.reasons.get(node, "")

    def progress(self, node: str) -> tuple[float, str] | None:
        """How far a node on screen has come, and its words, if it is running and tells."""
        last = self.live.last
        if last is None or self.states.get(node) != "running":
            return None
        return last.progress.get(path_of(self.way, node))

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
    def _version(self) -> Version:
        return Version(self._number, self._revision, self.path, self.strict)

    def _start(self, count: int | None) -> None:
        if not self.root.nodes:
            self.message.emit("Nothing to run: the graph has no nodes yet")
            return
        self._standing.begin()
        self._inner.clear()
        self._job = self._runner.start(self.root.copy(), self._version, count)
        self.live.start()
        self.run_started.emit()

    def _take_snapshot(self) -> Snapshot | None:
        look = self._runner.look()
        if look is None or self._job is None or self._job.version.document != self._number:
            return None
        errors = self._standing.errors
        snapshot = self._standing.absorb(look)
        if look.inside.states or self.way:
            self._inner.absorb(look)
            self._see_anew()
        self._tell_standing()
        if self._standing.errors != errors:
            self._note_failures()
        return snapshot

    def _on_run_over(self, job: Job) -> None:
        if self._is_closed:
            return
        is_ours = job.version.document == self._number
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

    def _take_vessels(self, loaded: list[Loaded], gone: list[Source]) -> None:
        super()._take_vessels(loaded, gone)
        changed = {vessel.name for one in loaded for vessel in one.vessels} | {"graph", "control"}  # What is inside.
        for node in self.root.nodes.values():
            if node.type.partition(".")[0] in changed:
                self._standing.make_stale(node.id)
        self._stand_anew("")
        self._tell_standing()
        self._note_failures()

    def _note_failures(self, job: Job | None = None) -> None:
        failures = [Diagnostic("", Severity.ERROR, _short(one), detail=one.traceback) for one in self.registry.problems]
        if job is not None and job.problem is not None:
            failures.append(Diagnostic("", Severity.ERROR, _said(job.problem)))
        errors, reasons = self._standing.errors, self._standing.reasons
        failures += [
            Diagnostic("", Severity.ERROR, f"failed: {reasons.get(id_, '')}", Place(id_), detail=errors[id_].traceback)
            for id_ in self.root.nodes
            if id_ in errors
        ]
        if failures != self.failures:
            self.failures = failures
            self.diagnostics_changed.emit()

    def _tell_standing(self) -> None:
        states, values = taken(self._standing.changed_states), taken(self._standing.changed_values)
        if self.way:
            if states:
                self._see_anew()
            return
        if states:
            self.states_changed.emit(states)
        if values:
            self.values_changed.emit(values)

    # ------------------------------------------------------------ behind it: what is on screen

    def _show(self, way: Way) -> None:
        super()._show(way)
        if way:
            self._see_anew()
        elif hasattr(self, "_standing"):  # Else it is about to be made.
            self._seen = self._standing

    def _see_anew(self) -> None:
        """Look again at how the nodes inside of the sub-graph on screen stand, and tell what has changed."""
        if not self.way:
            return
        is_stale = self._standing.states.get(self.way[0].node) == "stale"
        before, prefix = self._seen, path_of(self.way, "")
        seen = self._inner.under(prefix, self.graph.nodes, is_stale=is_stale)
        for node in self.graph.nodes.values():
            own = own_state(node, self.signatures.get(node.id))
            if own is not None:
                seen.states[node.id] = own
        self._seen = seen
        ids = before.states.keys() | seen.states.keys()
        states = {node for node in ids if before.states.get(node) != seen.states.get(node)}
        states |= {node for node, ms in seen.latency_ms.items() if before.latency_ms.get(node) != ms}
        refs = before.values.keys() | seen.values.keys()
        values = {ref for ref in refs if before.values.get(ref) is not seen.values.get(ref)}
        if states:
            self.states_changed.emit(frozenset(states))
        if values:
            self.values_changed.emit(frozenset(values))

    # ------------------------------------------------------------ behind it: the document

    @contextmanager
    def _editing(self) -> Iterator[None]:
        try:
            yield
        finally:  # Told once for all that an edit did, not node by node.
            self._tell_standing()
            self._note_failures()

    def _adopt(self, graph: Graph) -> None:
        super()._adopt(graph)
        self._standing = self._seen = Standing(graph, self.root_signatures)
        self._inner.clear()
        self._standing.changed_states.clear()
        self.result, self.failures = None, []
        self._note_failures()

    def _callbacks(self) -> list[tuple[Any, Callable[..., None]]]:
        events = self.root.events
        return [
            *super()._callbacks(),
            (events.node_added, self._stand_added),
            (events.node_removed, self._stand_removed),
            (events.node_renamed, self._stand_renamed),
            (events.node_changed, self._stand_changed),
            (events.wire_added, self._stand_wired),
            (events.wire_removed, self._stand_wired),
            (events.wire_changed, self._stand_rewired),
            (events.subgraph_added, self._stand_anew),
            (events.subgraph_removed, self._stand_anew),
            (events.subgraph_changed, self._stand_anew),
        ]

    def _stand_added(self, node: Node) -> None:
        self._standing.add(node.id)

    def _stand_removed(self, node: Node) -> None:
        self._standing.forget(node.id)

    def _stand_renamed(self, old: str, new: str) -> None:
        self._standing.rename(old, new)

    def _stand_changed(self, node: Node, what: str) -> None:
        self._standing.make_stale(node.id)
        self._standing.refresh(node.id)

    def _stand_wired(self, wire: Wire) -> None:
        if wire.target.node in self.root.nodes:
            self._standing.make_stale(wire.target.node)

    def _stand_rewired(self, before: Wire, after: Wire) -> None:
        ports = [(wire.source.port, wire.target.port, wire.muted) for wire in (before, after)]
        if ports[0] != ports[1]:  # A node under another id, or another place of a variadic input, changes nothing.
            self._standing.make_stale(after.target.node)

    def _stand_anew(self, name: str) -> None:
        for node in self.root.nodes.values():
            self._standing.refresh(node.id)
            if name and name in self._needed_by(node):
                self._standing.make_stale(node.id)
        self._see_anew()

    def _needed_by(self, node: Node) -> set[str]:
        """Names of the sub-graphs that a node uses, and that these use."""
        found, waiting = set(), uses(node)
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.root.subgraphs:
                found.add(name)
                waiting += used_by(self.root.subgraphs[name], self.root.subgraphs)
        return found


def _said(problem: Exception) -> str:
    """Why a run did not begin, in one sentence."""
    if isinstance(problem, GraphError) and problem.diagnostics:
        return f"The graph cannot run: {problem.diagnostics[0]}"
    return str(problem)


def _short(problem: Problem) -> str:
    """What is wrong with a vessel; of its file the name is enough."""
    return str(problem).replace(f"{Path(problem.place).parent}{os.sep}", "")
