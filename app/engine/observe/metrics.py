"""Figures of every node, cheap enough to be always on.

A thread that runs nodes only appends to a journal: node, time. What a node took is the time between its entry and the
one before. Whoever looks folds the journals with NumPy and drops what was folded, and so does a journal that has grown
long; nothing is computed for a run that nobody watches. What only some nodes have (failures, waits, CPU time) is added
up by the executor when it happens, by one thread at a time for each node.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns, thread_time_ns

import numpy as np
import numpy.typing as npt

from ..epoch import Ending
from .latency import Latencies
from .standing import Standing, overlay

BEGIN = -1
"""Stands in a journal in place of a node: here a thread begins, and the time counts for no node."""

LONG = 1 << 13
"""Entries after which a journal is folded without being asked."""

CPU_NS = 500_000
"""From this latency on, smoothed and last, CPU time is worth what it costs: some 10 µs, for full way and clocks."""

ROW = np.dtype(
    [
        ("runs", np.int64),
        ("failures", np.int64),
        ("skips", np.int64),
        ("last_ns", np.int64),
        ("smoothed_ns", np.float64),
        ("p50_ns", np.float64),
        ("p95_ns", np.float64),
        ("p99_ns", np.float64),
        ("total_ns", np.int64),
        ("cpu_ns", np.int64),
        ("cpu_wall_ns", np.int64),
        ("waits", np.int64),
        ("waited_ns", np.int64),
        ("longest_wait_ns", np.int64),
        ("depth", np.int64),
        ("depth_peak", np.int64),
        ("bytes_out", np.int64),
        ("bytes_freed", np.int64),
        ("activity", np.int8),
        ("ended", np.int8),
        ("progress", np.float64),
    ]
)
"""One row of the table: times in nanoseconds, sizes in bytes, depth in epochs.

`cpu_ns` is the CPU time of those runs in which it was measured, `cpu_wall_ns` the time that they took. Both are 0 for
nodes that are too quick, async or composite; of a node in a worker process it is that of all the worker's threads, else
that of the thread which ran it. It is measured from the first look on at which the node was seen to take long; of nodes
that take the full way anyway, or run elsewhere, at once. `waits` counts how often an epoch for which all had arrived
waited: in the node's mailbox, or for a thread or a worker. `activity`, `ended` and `progress` are as in `standing`;
`ended` is of the newest epoch in which the node has ended.
"""

SUMS = (
    *("runs", "failures", "skips", "total_ns", "cpu_ns", "cpu_wall_ns", "waits", "waited_ns", "depth"),
    *("bytes_out", "bytes_freed"),
)
PEAKS = ("longest_wait_ns", "depth_peak", "activity", "ended")
"""Columns of which the highest counts where rows are put together; `SUMS` add up."""


class Journal:
    """What a thread ran: node, time, node, time …; only the thread that took it appends.

    Attributes:
        entries: Node index or `BEGIN`, then the time in ns; what was folded is gone from the front.
    """

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries = array("q")


@dataclass(frozen=True, slots=True)
class Figures:
    """A table together with what percentiles are read from, so that it can be added to others.

    Attributes:
        rows: One row of `ROW` a node.
        latencies: Those that the rows tell of.
    """

    rows: npt.NDArray[np.void]
    latencies: Latencies


class Metrics:
    """The table of an engine, a row a node.

    Args:
        nodes: How many there are.

    Attributes:
        failures: Times that each node failed; counted by the executor, as are those that follow.
        skips: Times that each node was skipped.
        bytes_out: Bytes that each node put on the bus.
        bytes_freed: Bytes of each node that its last consumer freed.
        wants_cpu: For each node, 1 while `note_cpu` should be told: it is not known yet how long it takes, or it
            takes long.
        long_nodes: Those that take so long that CPU time is worth measuring.
    """

    def __init__(self, nodes: int) -> None:
        self._lock = threading.Lock()
        self._journals: list[Journal] = []
        self._spare: list[Journal] = []  # Those that no thread writes in now.
        self._nodes = nodes
        self.wants_cpu = bytearray(nodes)
        self._wants_cpu = np.frombuffer(self.wants_cpu, np.uint8)
        self.reset()

    def reset(self) -> None:
        """Start all figures from nothing."""
        with self._lock:
            # New arrays: a thread in the middle of adding to one has its figure lost, as is right, and not kept.
            self.failures, self.skips, self.bytes_out, self.bytes_freed = self._zeros(4)
            self._cpu_ns, self._cpu_wall_ns = self._zeros(2)
            self._waits, self._waited_ns, self._longest_wait_ns, self._depth_peak = self._zeros(4)
            self._depth_seen = np.zeros(self._nodes, np.int64)
            self._latencies = Latencies(self._nodes)
            self._is_long = np.zeros(self._nodes, bool)
            self._wants_cpu[:] = 1
            self.long_nodes: tuple[int, ...] = ()
            self._past: tuple[bytes | bytearray, Mapping[int, Ending]] | None = None
            for journal in self._journals:
                # The last whole pair stays, to measure from; a thread may be between a node and its time.
                del journal.entries[: max(0, len(journal.entries) // 2 * 2 - 2)]

    # -- told by the executor -----------------------------------------------------------------------------------------

    def take_journal(self) -> Journal:
        """A journal for a thread that begins to run nodes; to be given back when it pauses."""
        try:
            return self._spare.pop()
        except IndexError:
            journal = Journal()
        with self._lock:
            self._journals.append(journal)
        return journal

    def give_journal(self, journal: Journal) -> None:
        """Take a journal back; one that has grown long is folded."""
        if len(journal.entries) > LONG:
            with self._lock:
                self._fold(journal)
        self._spare.append(journal)

    def note_run(self, node: int, start_ns: int, end_ns: int) -> None:
        """A node ran elsewhere than on a thread with a journal: in a worker, on the loop. Any thread may tell."""
        journal = self.take_journal()
        journal.entries.extend((BEGIN, start_ns, node, end_ns))
        self.give_journal(journal)

    def start_cpu(self, node: int) -> tuple[int, int] | None:
        """Read the clocks before a run on this thread; None if the node's CPU time is not wanted."""
        return (perf_counter_ns(), thread_time_ns()) if self.wants_cpu[node] else None

    def stop_cpu(self, node: int, clocks: tuple[int, int] | None) -> None:
        """Note the CPU time of the run before which this thread has read the clocks."""
        if clocks is not None:
            cpu_ns = thread_time_ns() - clocks[1]
            self.note_cpu(node, cpu_ns, perf_counter_ns() - clocks[0])

    def note_cpu(self, node: int, cpu_ns: int, wall_ns: int) -> None:
        """CPU time of one run: of the thread that ran it, or of its worker process; and the time that the run took."""
        self._cpu_ns[node] += cpu_ns
        self._cpu_wall_ns[node] += wall_ns

    def note_wait(self, node: int, ns: int) -> None:
        """An epoch for which all had arrived waited so long for the node's turn, a thread or a worker."""
        self._waits[node] += 1
        self._waited_ns[node] += ns
        longest = self._longest_wait_ns
        longest[node] = max(longest[node], ns)

    def note_depth(self, node: int, depth: int) -> None:
        """An epoch was put into the node's mailbox, in which there are so many now."""
        peak = self._depth_peak
        peak[node] = max(peak[node], depth)

    def note_end(self, stages: bytes | bytearray, endings: Mapping[int, Ending]) -> None:
        """An epoch is over; what it is given is kept until the next one is."""
        self._past = (stages, endings)

    # -- asked by those who look --------------------------------------------------------------------------------------

    def table(self, standing: Standing | None = None) -> npt.NDArray[np.void]:
        """All figures as they are now.

        Args:
            standing: How the nodes stand; the peak of their depth is kept.
        Returns:
            One row of `ROW` a node, in the order of the plan.
        """
        with self._lock:
            return self._table(standing)

    def figures(self, standing: Standing | None = None) -> Figures:
        """The table, in a form that `combine` takes; arguments as for `table`."""
        with self._lock:
            return Figures(self._table(standing), self._latencies.copy())

    def last_ns(self) -> npt.NDArray[np.int64]:
        """How long each node took when it ran last, in ns; much cheaper than the table."""
        with self._lock:
            self._fold_all()
            return self._latencies.last_ns.copy()

    # -- under the lock -----------------------------------------------------------------------------------------------

    def _table(self, standing: Standing | None) -> npt.NDArray[np.void]:
        self._fold_all()
        table = np.zeros(self._nodes, ROW)
        table["failures"], table["skips"] = self.failures, self.skips
        table["bytes_out"], table["bytes_freed"] = self.bytes_out, self.bytes_freed
        table["cpu_ns"], table["cpu_wall_ns"] = self._cpu_ns, self._cpu_wall_ns
        table["waits"], table["waited_ns"] = self._waits, self._waited_ns
        table["longest_wait_ns"] = self._longest_wait_ns
        _put_latencies(table, self._latencies)
        if self._past is not None:
            overlay(table["ended"], *self._past)
        table["progress"] = np.nan
        if standing is not None:
            np.maximum(self._depth_seen, standing.depth, out=self._depth_seen)
            table["depth"], table["activity"] = standing.depth, standing.activity
            table["progress"] = standing.progress
            table["ended"] = np.where(standing.ended > 0, standing.ended, table["ended"])
        # Whatever ran had something arrived before, be it for a moment.
        table["depth_peak"] = np.maximum(np.maximum(self._depth_seen, self._depth_peak), table["runs"] > 0)
        return table

    def _fold_all(self) -> None:
        for journal in self._journals:
            self._fold(journal)

    def _fold(self, journal: Journal) -> None:
        copied = journal.entries[:]  # Nobody can append to an array that NumPy looks at.
        pairs = len(copied) // 2
        if pairs < 2:
            return
        entries = np.frombuffer(copied, np.int64)
        nodes, ends = entries[0 : 2 * pairs : 2], entries[1 : 2 * pairs : 2]
        # The last pair stays: the next latency is measured from it.
        del journal.entries[: 2 * (pairs - 1)]
        took, nodes, ends = np.diff(ends), nodes[1:], ends[1:]
        ran = nodes != BEGIN
        if not ran.any():
            return
        nodes = self._latencies.add(nodes[ran], np.maximum(took[ran], 1), ends[ran])
        # Of quick nodes, one in thousands is held up for milliseconds while its thread does not get the processor.
        is_long = np.minimum(self._latencies.smoothed_ns[nodes], self._latencies.last_ns[nodes]) >= CPU_NS
        self._wants_cpu[nodes] = is_long
        if (self._is_long[nodes] != is_long).any():
            self._is_long[nodes] = is_long
            self.long_nodes = tuple(np.flatnonzero(self._is_long).tolist())

    def _zeros(self, columns: int) -> list[array[int]]:
        return [array("q", bytes(8 * self._nodes)) for _ in range(columns)]


def combine(lanes: Sequence[Figures]) -> Figures:
    """The figures of several executors of one plan, as those of one.

    Counts, sums and depths add up; percentiles are of all runs; the last latency is that of the run which ended last.
    Of peaks and of how the nodes stand, the strongest is taken; of their progress, the least. They did not all peak at
    the same time, so the depth was at least what its peak says.

    Args:
        lanes: At least one.
    """
    rows, latencies = lanes[0].rows.copy(), lanes[0].latencies.copy()
    for lane in lanes[1:]:
        for column in SUMS:
            rows[column] += lane.rows[column]
        for column in PEAKS:
            np.maximum(rows[column], lane.rows[column], out=rows[column])
        np.fmin(rows["progress"], lane.rows["progress"], out=rows["progress"])
        latencies.merge(lane.latencies)
    np.maximum(rows["depth_peak"], rows["depth"], out=rows["depth_peak"])
    _put_latencies(rows, latencies)
    return Figures(rows, latencies)


def _put_latencies(rows: npt.NDArray[np.void], latencies: Latencies) -> None:
    rows["runs"], rows["total_ns"] = latencies.runs, latencies.total_ns
    rows["last_ns"], rows["smoothed_ns"] = latencies.last_ns, latencies.smoothed_ns
    rows["p50_ns"], rows["p95_ns"], rows["p99_ns"] = latencies.percentiles(0.50, 0.95, 0.99)
