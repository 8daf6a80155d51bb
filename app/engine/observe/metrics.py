"""Figures of every node, cheap enough to be always on.

A thread that runs nodes only appends to a journal: node, time. What a node took is the time between its entry and the
one before. Whoever looks folds the journals with NumPy, and so does a journal that has grown long; nothing is computed
for a run that nobody watches.

Latencies are kept as a histogram with four buckets an octave, so a percentile is off by at most 9 %.
"""

from __future__ import annotations

import threading
from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

OCTAVE = 4
"""Histogram buckets a doubling."""

BUCKETS = 40 * OCTAVE
"""From 1 ns to 18 minutes."""

SMOOTHING = 0.2
"""Weight of the newest latency in the smoothed one."""

BEGIN = -1
"""Stands in a journal in place of a node: here a thread begins, and the time counts for no node."""

LONG = 1 << 13
"""Entries after which a journal is folded without being asked."""

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
        ("depth", np.int64),
        ("depth_peak", np.int64),
        ("bytes_out", np.int64),
        ("bytes_freed", np.int64),
    ]
)
"""One row of the table: times in nanoseconds, sizes in bytes, depth in epochs."""


class Journal:
    """What a thread ran: node, time, node, time …; only the thread that took it appends.

    Attributes:
        entries: Node index or `BEGIN`, then the time in ns.
        folded: How many entries have been folded; guarded by the metrics' lock.
    """

    __slots__ = ("entries", "folded")

    def __init__(self) -> None:
        self.entries = array("q")
        self.folded = 0


class Metrics:
    """The table of an engine, a row a node.

    Attributes:
        failures: Times that each node failed; counted by the executor, as are those that follow.
        skips: Times that each node was skipped.
        bytes_out: Bytes that each node put on the bus.
        bytes_freed: Bytes of each node that its last consumer freed.
    """

    def __init__(self, nodes: int) -> None:
        self._lock = threading.Lock()
        self._journals: list[Journal] = []
        self._spare: list[Journal] = []  # Those that no thread writes in now.
        self._nodes = nodes
        self.reset()

    def reset(self) -> None:
        """Start all figures from nothing."""
        with self._lock:
            nodes = self._nodes
            self.failures, self.skips = [0] * nodes, [0] * nodes
            self.bytes_out, self.bytes_freed = [0] * nodes, [0] * nodes
            self._last = np.zeros(nodes, np.int64)
            self._smoothed = np.zeros(nodes)
            self._total = np.zeros(nodes, np.int64)
            self._histogram = np.zeros((nodes, BUCKETS), np.int32)
            self._depth_peak = np.zeros(nodes, np.int64)
            for journal in self._journals:
                # The last whole pair stays, to measure from; a thread may be between a node and its time.
                journal.folded = max(0, len(journal.entries) // 2 * 2 - 2)

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
                del journal.entries[:]
                journal.folded = 0
        self._spare.append(journal)

    def table(self, depths: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.void]:
        """All figures as they are now.

        Args:
            depths: For each node, the epochs in which something has arrived and it has not started; its peak is kept.
        Returns:
            One row of `ROW` a node, in the order of the plan.
        """
        table = np.zeros(self._nodes, ROW)
        with self._lock:
            for journal in self._journals:
                self._fold(journal)
            if depths is not None:
                np.maximum(self._depth_peak, depths, out=self._depth_peak)
                table["depth"] = depths
            table["depth_peak"] = self._depth_peak
            table["runs"] = self._histogram.sum(axis=1)
            table["failures"], table["skips"] = self.failures, self.skips
            table["bytes_out"], table["bytes_freed"] = self.bytes_out, self.bytes_freed
            table["last_ns"], table["total_ns"], table["smoothed_ns"] = self._last, self._total, self._smoothed
            for column, share in (("p50_ns", 0.50), ("p95_ns", 0.95), ("p99_ns", 0.99)):
                table[column] = self._percentile(share)
        return table

    def _fold(self, journal: Journal) -> None:
        entries = np.array(journal.entries[journal.folded :], np.int64)
        pairs = len(entries) // 2
        if pairs < 2:
            return
        # The last entry stays: the next one's latency is measured from it.
        journal.folded += 2 * (pairs - 1)
        nodes, ends = entries[0 : 2 * pairs : 2], entries[1 : 2 * pairs : 2]
        took = np.diff(ends)
        nodes = nodes[1:]
        ran = nodes != BEGIN
        nodes, took = nodes[ran], np.maximum(took[ran], 1)
        if not len(nodes):
            return
        buckets = np.minimum((np.log2(took) * OCTAVE).astype(np.int64), BUCKETS - 1)
        np.add.at(self._histogram, (nodes, buckets), 1)
        np.add.at(self._total, nodes, took)
        self._last[nodes] = took  # With several entries for a node, NumPy keeps the last.
        self._smooth(nodes, took)

    def _smooth(self, nodes: npt.NDArray[np.int64], took: npt.NDArray[np.int64]) -> None:
        """Exponential smoothing of each node's latencies in order, all nodes at once."""
        order = np.argsort(nodes, kind="stable")
        nodes, took = nodes[order], took[order]
        unique, first, counts = np.unique(nodes, return_index=True, return_counts=True)
        rank_from_end = np.repeat(first + counts, counts) - np.arange(len(nodes)) - 1
        weights = SMOOTHING * (1 - SMOOTHING) ** rank_from_end
        sums = np.add.reduceat(weights * took, first)
        kept = (1 - SMOOTHING) ** counts
        old = self._smoothed[unique]
        # A node's first latencies have no past to lean on: weigh them alone.
        self._smoothed[unique] = np.where(old > 0, kept * old + sums, sums / (1 - kept))

    def _percentile(self, share: float) -> npt.NDArray[np.float64]:
        sums = np.cumsum(self._histogram, axis=1)
        runs: Any = sums[:, -1]
        bucket = (sums < np.maximum(1, np.ceil(share * runs))[:, None]).sum(axis=1)
        return np.where(runs > 0, 2.0 ** ((bucket + 0.5) / OCTAVE), 0.0)
