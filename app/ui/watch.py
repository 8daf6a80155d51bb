"""What a running engine shows: figures, states, previews; made on a thread of the run, so that the window only draws.

A `Look` is all there is to know at one moment. Nodes inside a use of a sub-graph count for the node that uses it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ..authoring.context import Shown
from ..authoring.error_info import ErrorInfo
from ..engine.compiler.plan import SETTLED
from ..engine.engine import Engine
from ..engine.epoch import Ending, Epoch, LogLine
from ..engine.observe.taps import Taps
from ..graph.document import Graph
from ..graph.subgraphs import PREFIX
from ..graph.wire import PortRef
from ..registry.boundary import OUTPUT, named
from .preview import Preview, preview

State = str
"""`idle`, `waiting`, `running`, `done`, `stale`, `skipped`, `failed`, `missing`, `bypassed` or `disabled`."""

WAITING, RUNNING, DONE, SKIPPED, FAILED = range(5)
WORDS = ("waiting", "running", "done", "skipped", "failed")
"""Words of the codes, from the weakest on: the strongest code inside a sub-graph is that of its use."""

_OF_ENDING = {"skipped": SKIPPED, "cancelled": SKIPPED, "failed": FAILED}

BUDGET_S = 0.015
"""Seconds that previews may take before the figures are looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How a run stands.

    Attributes:
        ids: Node of each row of `table`, `calc/add` inside a sub-graph; the same object while the rows stay the same.
        table: Rows of `engine.observe.metrics.ROW`; converters that the compiler put in are left out.
        states: State of each node of the graph by id.
        progress: Fraction and text by id, of running nodes that tell.
        log: Lines that nodes wrote since the snapshot before.
        live_bytes: Bytes that lie on the bus now.
        freed_bytes: Bytes freed so far at the end of their last consumer.
        epochs: Epochs completed since the run began.
        elapsed_s: Seconds since the run began.
        is_last: Whether the run is over.
    """

    ids: Sequence[str]
    table: npt.NDArray[np.void]
    states: Mapping[str, State]
    progress: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    log: Sequence[LogLine] = ()
    live_bytes: int = 0
    freed_bytes: int = 0
    epochs: int = 0
    elapsed_s: float = 0.0
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """How nodes inside of sub-graphs stand, each by its path: `calc/add`.

    Attributes:
        states: State of each.
        latency_ms: Milliseconds that each took.
        reasons: Why they were skipped or failed, in words.
        errors: The errors of those that failed.
    """

    states: Mapping[str, State] = field(default_factory=dict)
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, ErrorInfo] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A snapshot with what widgets ask the editor for.

    Attributes:
        snapshot: The figures.
        latency_ms: Milliseconds that each node took, by id.
        reasons: Why nodes were skipped or failed, in words, by id.
        errors: The errors of failed nodes, by id.
        previews: Of values that came since the look before; inside of sub-graphs by path.
        inside: The same as the first for nodes inside of sub-graphs.
    """

    snapshot: Snapshot
    latency_ms: Mapping[str, float]
    reasons: Mapping[str, str]
    errors: Mapping[str, ErrorInfo]
    previews: Mapping[PortRef, Preview]
    inside: Inside = Inside()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run or stream is.

    Attributes:
        epoch: The one under way; None before the first.
        past: The one before it.
        epochs: How many are over.
        elapsed_s: Seconds since it began.
        is_stream: Whether it has several epochs.
        is_over: Whether nothing runs any more.
    """

    epoch: Epoch | None
    past: Epoch | None = None
    epochs: int = 0
    elapsed_s: float = 0.0
    is_stream: bool = False
    is_over: bool = False


class Watcher:
    """Looks at an engine.

    Args:
        engine: Runs the plan with taps.
        taps: Where values pass.
        graph: What was compiled.
        shown: What nodes have shown of their work, by id; what was looked at is taken out.
    """

    def __init__(self, engine: Engine, taps: Taps, graph: Graph, shown: dict[str, Shown] | None = None) -> None:
        self._engine, self._taps, self._shown = engine, taps, {} if shown is None else shown
        self._first = {
            node.id: output.port
            for node in reversed(engine.plan.nodes)
            for output in reversed(node.returned)
            if not output.port.control
        }
        nodes = engine.plan.nodes
        self._rows = np.array([row for row, node in enumerate(nodes) if not node.is_converter], np.intp)
        self._ids = tuple(nodes[row].id for row in self._rows)
        self._tops = list(dict.fromkeys(_top(id_) for id_ in self._ids))
        places = {top: place for place, top in enumerate(self._tops)}
        self._place = np.array([places[_top(id_)] for id_ in self._ids], np.intp)
        self._outputs = _outputs_of_uses(graph)
        self._inner = np.array([place for place, id_ in enumerate(self._ids) if "/" in id_], np.intp)
        self._inner_ids = [self._ids[place] for place in self._inner]
        self._is_within = np.array(["/" in id_ and id_ not in self._outputs for id_ in self._ids], bool)

    def look(self, progress: Progress, log: Sequence[LogLine] = ()) -> Look:
        """Look at everything.

        Args:
            progress: Where the run is.
            log: Lines that nodes wrote since the look before.
        """
        table = self._engine.metrics()[self._rows]
        codes, endings = self._standing(progress.epoch, progress.past)
        reasons, errors = self._endings(endings)
        snapshot = Snapshot(
            ids=self._ids,
            table=table,
            states=dict(zip(self._tops, map(WORDS.__getitem__, self._folded(codes).tolist()), strict=True)),
            progress={} if progress.epoch is None else dict(progress.epoch.progress),
            log=tuple(log),
            live_bytes=self._engine.live_bytes,
            freed_bytes=self._engine.freed_bytes,
            epochs=progress.epochs,
            elapsed_s=progress.elapsed_s,
            is_last=progress.is_over,
        )
        column = "smoothed_ns" if progress.is_stream else "last_ns"
        return Look(
            snapshot=snapshot,
            latency_ms=self._latencies(table, column),
            reasons=reasons,
            errors=errors,
            previews=self._previews(None if progress.is_over else time.monotonic() + BUDGET_S),
            inside=self._inside(codes, endings, table[column]) if self._inner_ids else Inside(),
        )

    def _inside(self, codes: npt.NDArray[np.int64], endings: Mapping[int, Ending], ns: npt.NDArray[np.int64]) -> Inside:
        states = map(WORDS.__getitem__, codes[self._rows][self._inner].tolist())
        took = zip(self._inner_ids, (ns[self._inner] / 1e6).tolist(), strict=True)
        nodes = self._engine.plan.nodes
        ended = [(nodes[index].id, ending) for index, ending in endings.items() if not nodes[index].is_converter]
        within = [(path, ending) for path, ending in ended if "/" in path]
        return Inside(
            states=dict(zip(self._inner_ids, states, strict=True)),
            latency_ms={path: ms for path, ms in took if ms > 0},
            reasons={path: ending.reason if ending.error is None else str(ending.error) for path, ending in within},
            errors={path: ending.error for path, ending in within if ending.error is not None},
        )

    # ------------------------------------------------------------ states

    def _standing(self, epoch: Epoch | None, past: Epoch | None) -> tuple[npt.NDArray[np.int64], dict[int, Ending]]:
        """Codes of all nodes of the plan, and how those ended that did not simply complete.

        What has not begun in this epoch stands as the epoch before left it: so a stream does not flicker.
        """
        if epoch is None:
            return np.full(len(self._engine.plan.nodes), WAITING), {}
        codes, endings = _codes(epoch)
        if past is None:
            return codes, endings
        old, old_endings = _codes(past)
        is_old = codes == WAITING
        kept = {index: ending for index, ending in old_endings.items() if is_old[index]}
        return np.where(is_old, old, codes), kept | endings

    def _folded(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        codes = codes[self._rows]
        if len(self._tops) == len(self._ids):
            return codes
        # A part inside that is skipped does not make the whole skipped, as long as its outputs come.
        codes = np.where(self._is_within & (codes == SKIPPED), DONE, codes)
        folded, least = np.zeros(len(self._tops), np.int64), np.full(len(self._tops), FAILED)
        np.maximum.at(folded, self._place, codes)
        np.minimum.at(least, self._place, codes)
        # Some inside are over and others are not: it is at work.
        folded[(least < DONE) & (folded >= RUNNING) & (folded != FAILED)] = RUNNING
        return folded

    def _endings(self, endings: Mapping[int, Ending]) -> tuple[dict[str, str], dict[str, ErrorInfo]]:
        reasons: dict[str, str] = {}
        errors: dict[str, ErrorInfo] = {}
        nodes = self._engine.plan.nodes
        for index in sorted(endings):
            ending, node = endings[index], nodes[index]
            # A converter stands for the output that it converts: `photo.image>image.colour_to_grey`.
            path = node.id.partition(".")[0] if node.is_converter else node.id
            top = _top(path)
            words = ending.reason if ending.error is None else str(ending.error)
            words = words if path == top else f"{path}: {words}"
            if ending.error is not None and top not in errors:
                errors[top], reasons[top] = ending.error, words
            elif not node.is_converter:
                reasons.setdefault(top, words)
        return reasons, errors

    def _latencies(self, table: npt.NDArray[np.void], column: str) -> dict[str, float]:
        sums = np.zeros(len(self._tops))
        np.add.at(sums, self._place, table[column] / 1e6)
        return {top: ms for top, ms in zip(self._tops, sums.tolist(), strict=True) if ms > 0}

    # ------------------------------------------------------------ values

    def _previews(self, until: float | None) -> dict[PortRef, Preview]:
        """Previews of what passed, as many as there is time for."""
        made = dict(self._previews_of_work())
        for node, outputs in self._taps.take():
            for port, value in outputs:
                made[self._ref(node.id, port.name)] = shown = preview(value, port.hint)
                if node.id in self._outputs:  # Also within, where it has come from.
                    made[PortRef(node.id, port.name)] = shown
            if until is not None and time.monotonic() > until:
                break
        return made

    def _previews_of_work(self) -> Iterator[tuple[PortRef, Preview]]:
        """What running nodes show of their work, in the place of their first output."""
        for node in tuple(self._shown):
            shown, port = self._shown.pop(node), self._first.get(node)
            if port is None:
                continue
            ref = self._ref(node, port.name)
            made = preview(shown.value, port.hint)
            if made.kind == "picture" and shown.shape is not None:  # Thinned, it has another size.
                height, width = shown.shape[:2]
                made = replace(made, text=f"{width} × {height}", size=(width, height))
            yield ref, made

    def _ref(self, node: str, port: str) -> PortRef:
        """The port: of what a sub-graph gives, that of the node that uses it; of what lies within, by its path."""
        return self._outputs.get(node) or PortRef(node, port)


def _codes(epoch: Epoch) -> tuple[npt.NDArray[np.int64], dict[int, Ending]]:
    is_over = np.frombuffer(bytes(epoch.stages), np.uint8) == SETTLED
    waits = np.array(epoch.pending, np.int64) > 0
    waits[list(epoch.ready())] = True
    codes = np.where(is_over, DONE, np.where(waits, WAITING, RUNNING))
    endings = dict(epoch.endings)
    for index, ending in endings.items():
        codes[index] = _OF_ENDING.get(ending.state, FAILED)
    return codes, endings


def _top(path: str) -> str:
    return path.partition("/")[0]


def _outputs_of_uses(graph: Graph) -> dict[str, PortRef]:
    """Where the outputs of sub-graphs show: by the path of the node inside, the port of the node that uses it."""
    found: dict[str, PortRef] = {}
    for id_, node in graph.nodes.items():
        inner = graph.subgraphs.get(node.type.removeprefix(PREFIX)) if node.type.startswith(PREFIX) else None
        for inner_id, part in inner.nodes.items() if inner is not None else ():
            if part.type == OUTPUT:
                found[f"{id_}/{inner_id}"] = PortRef(id_, named(inner_id, part.params))
    return found
