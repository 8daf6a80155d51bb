"""An open document and its run: what all widgets listen to and act upon. It knows no widget.

Idea: widgets read the graph, `signatures`, `states` and `values`, call the methods here, and hear of changes by
signals, those of `graph.events` for the document in detail. Every edit is one undo step of `history`.
Threads: all of it belongs to the GUI thread; runs and checks work on copies of the graph on threads of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qtpy import QtCore

from ..authoring.nodetype import NodeType
from ..engine.engine import Run
from ..engine.result import Result
from ..graph.document import Graph
from ..graph.edits import Edit, Together
from ..graph.history import History
from ..graph.view import Point
from ..graph.wire import PortRef, Wire
from ..ports.fit import Fit
from ..ports.port import Port, Signature
from ..registry.catalogue import RegistryCatalogue
from ..registry.lookup import Registry, shipped
from .fitting import Fitting
from .live import Live, State
from .preview import Preview


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
        failures: What the last run found, as diagnostics without a code: failed nodes, or why it did not begin.
        signatures: Ports of each node by id, None where its type is missing; fresh before others hear of a change.
        states: State of each node by id.
        values: Preview of the last value of each output.
        latency_ms: Milliseconds that each node took, by id; smoothed while a stream runs.
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

    def __init__(
        self, registry: Registry | None = None, graph: Graph | None = None, parent: QtCore.QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.registry = registry or shipped()
        self.graph = graph or Graph(catalogue=RegistryCatalogue(self.registry))
        self.history = History(self.graph)
        self.selection: tuple[str, ...] = ()
        self.diagnostics: list[Any] = []
        self.failures: list[Any] = []
        self.signatures: dict[str, Signature | None] = {}
        self.states: dict[str, State] = {}
        self.values: dict[PortRef, Preview] = {}
        self.latency_ms: dict[str, float] = {}
        self.result: Result | None = None
        self.live = Live(self)
        self._fitting = Fitting(self.graph, self.registry, self.signatures)

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
        raise NotImplementedError

    def new(self) -> None:
        """Open an empty document."""
        raise NotImplementedError

    def open(self, path: str | Path) -> bool:
        """Open a graph file. If it is none, this document stays and `trouble` says why.

        Returns:
            Whether it is open.
        """
        raise NotImplementedError

    def save(self, path: str | Path | None = None) -> bool:
        """Save to a file; None for the document's own. What goes wrong is told by `trouble`.

        Returns:
            Whether it is saved.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop the run, close the engine, end all threads; the editor is of no use afterwards."""

    # ------------------------------------------------------------ edits, each one undo step

    def do(self, edit: Edit | Sequence[Edit], merge_key: object = None) -> None:
        """Apply an edit, or several as one undo step.

        Args:
            edit: What to do.
            merge_key: Steps that follow at once with the same key become one.

        Raises:
            EditError: The graph refuses; nothing has changed.
        """
        self.history.do(edit if isinstance(edit, Edit) else Together(tuple(edit)), merge_key)

    def undo(self) -> None:
        """Undo the last step, if any."""
        self.history.undo()

    def redo(self) -> None:
        """Do again what was undone last, if anything."""
        self.history.redo()

    def add_node(self, node_type: str, pos: Point, params: Mapping[str, Any] | None = None) -> str:
        """Add a node and select it. Gives its id."""
        raise NotImplementedError

    def add_wired(self, node_type: str, pos: Point, end: PortRef, port: str, *, is_output: bool) -> str:
        """Add a node with a wire between `end`, which is an output or not, and the node's `port`. Gives its id."""
        raise NotImplementedError

    def connect(self, source: PortRef, target: PortRef) -> None:
        """Wire two ports; a wire on a taken input is replaced."""
        raise NotImplementedError

    def disconnect(self, wires: Iterable[Wire]) -> None:
        """Remove wires."""
        raise NotImplementedError

    def rewire(self, wire: Wire, source: PortRef, target: PortRef) -> None:
        """Give a wire another end; a wire on a taken input is replaced."""
        raise NotImplementedError

    def delete(self, ids: Iterable[str]) -> None:
        """Remove nodes with their wires."""
        raise NotImplementedError

    def move(self, positions: Mapping[str, Point], *, merge: bool = False) -> None:
        """Place nodes; with `merge`, moves of the same nodes that follow at once become one step."""
        raise NotImplementedError

    def rename(self, old: str, new: str) -> None:
        """Give a node another id."""
        raise NotImplementedError

    def set_param(self, node: str, name: str, value: Any, *, merge: bool = False) -> None:
        """Set a parameter; with `merge`, changes of it that follow at once, as a slider's, become one step."""
        raise NotImplementedError

    def unset_param(self, node: str, name: str) -> None:
        """Give a parameter its default again."""
        raise NotImplementedError

    def set_run(self, node: str, **changes: Any) -> None:
        """Change how a node is run, by settings as the file has them: `timeout=30`; None for a default."""
        raise NotImplementedError

    def apply_fix(self, diagnostic: Any) -> None:
        """Do what a diagnostic's `fix` says."""
        raise NotImplementedError

    # ------------------------------------------------------------ selection and clipboard

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes and no others; ids that are not there are passed over."""
        raise NotImplementedError

    def copy(self, ids: Iterable[str]) -> str:
        """The nodes and the wires among them as text for the clipboard."""
        raise NotImplementedError

    def paste(self, text: str, at: Point) -> tuple[str, ...]:
        """Add what was copied, its top left corner at a point, and select it; `trouble` tells if it is no graph.

        Returns:
            Ids of the new nodes.
        """
        raise NotImplementedError

    def duplicate(self, ids: Iterable[str], by: Point = (20, 20)) -> tuple[str, ...]:
        """Add the nodes once more, shifted, with their wires and those that come in, and select them. Gives their ids."""
        raise NotImplementedError

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
    def run(self) -> Run | None:
        """The run under way."""
        return None

    @property
    def is_running(self) -> bool:
        """Whether a run or a stream is under way."""
        return False

    def run_graph(self) -> None:
        """Run the graph as it is now, once; if a run is under way, once more after it."""
        raise NotImplementedError

    def run_stream(self, count: int | None = None) -> None:
        """Run the graph as it is now, epoch after epoch, so often or until it is stopped."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the run or stream; nothing if none is under way."""

    def reason(self, node: str) -> str:
        """Why a node was skipped or failed in the last run, in words; empty otherwise."""
        raise NotImplementedError


def export_command(editor: Editor) -> str:
    """The line that runs the document's file without a window."""
    raise NotImplementedError
