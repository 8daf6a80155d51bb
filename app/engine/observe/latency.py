"""How long the runs of each node took: counts, sums, and a histogram from which percentiles are read.

The histogram has four buckets an octave, so a percentile is off by at most 9 %, and columns only for the octaves that
came. Everything is NumPy's, a batch of runs at once; whoever owns the figures sees to it that one thread at a time
works on them.
"""

from __future__ import annotations

import copy
from typing import Self

import numpy as np
import numpy.typing as npt

OCTAVE = 4
"""Histogram buckets a doubling."""

BUCKETS = 40 * OCTAVE
"""From 1 ns to 18 minutes; what takes longer counts for the last one."""

SMOOTHING = 0.2
"""Weight of the newest latency in the smoothed one."""

_FORGOTTEN = 160
"""A latency that so many newer ones have followed weighs nothing any more."""

_KEPT = (1 - SMOOTHING) ** np.arange(_FORGOTTEN)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Latencies:
    """Latencies of all nodes, an entry a node; times in nanoseconds.

    Attributes:
        runs: How many runs were counted.
        total_ns: Sum of all.
        last_ns: Of the run that ended last.
        last_end_ns: When that was.
        smoothed_ns: Exponentially smoothed; 0 before the first run.
    """

    def __init__(self, nodes: int) -> None:
        self.runs, self.total_ns = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self.last_ns, self.last_end_ns = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self.smoothed_ns = np.zeros(nodes)
        self._counts = np.zeros((nodes, 0), np.int64)
        self._first = 0  # Bucket of the first column.

    def add(self, nodes: Ints, took: Ints, ends: Ints) -> Ints:
        """Count runs.

        Args:
            nodes: Node of each run.
            took: How long it took, at least 1 ns.
            ends: When it ended; in order for each node.
        Returns:
            The nodes that ran, each once.
        """
        order = np.argsort(nodes, kind="stable")
        nodes, took, ends = nodes[order], took[order], ends[order]
        self._count(nodes, took)
        is_first = np.ones(len(nodes), bool)
        np.not_equal(nodes[1:], nodes[:-1], out=is_first[1:])
        first = np.flatnonzero(is_first)
        ran, runs = nodes[first], np.diff(first, append=len(nodes))
        self._smooth(ran, first, runs, took)
        self.runs[ran] += runs
        self.total_ns[ran] += np.add.reduceat(took, first)
        newest = first + runs - 1
        self._take_last(ran, took[newest], ends[newest])
        return ran

    def merge(self, other: Latencies) -> None:
        """Add the figures of the same nodes elsewhere."""
        if other._counts.shape[1]:
            self._widen(other._first, other._first + other._counts.shape[1])
            begin = other._first - self._first
            self._counts[:, begin : begin + other._counts.shape[1]] += other._counts
        runs = self.runs + other.runs
        smoothed = self.runs * self.smoothed_ns + other.runs * other.smoothed_ns
        self.smoothed_ns = np.divide(smoothed, runs, out=np.zeros(len(runs)), where=runs > 0)
        self.runs, self.total_ns = runs, self.total_ns + other.total_ns
        self._take_last(np.arange(len(runs)), other.last_ns, other.last_end_ns)

    def percentiles(self, *shares: float) -> list[Floats]:
        """For each share of the runs, the time in which each node was done; 0 for a node that never ran."""
        if not self._counts.shape[1]:
            return [np.zeros(len(self.runs)) for _ in shares]
        sums = np.cumsum(self._counts, axis=1)
        runs = sums[:, -1]
        found = []
        for share in shares:
            wanted = np.maximum(1, np.ceil(share * runs))
            bucket = self._first + (sums < wanted[:, None]).sum(axis=1)
            found.append(np.where(runs > 0, 2.0 ** ((bucket + 0.5) / OCTAVE), 0.0))
        return found

    def copy(self) -> Self:
        """The same figures, to be kept."""
        other = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(other, name, value.copy())
        return other

    def _count(self, nodes: Ints, took: Ints) -> None:
        buckets = np.minimum((np.log2(took) * OCTAVE).astype(np.int64), BUCKETS - 1)
        self._widen(int(buckets.min()), int(buckets.max()) + 1)
        places = nodes * self._counts.shape[1] + (buckets - self._first)
        # With a one of the same type, and in one dimension, this is forty times as fast as without.
        np.add.at(self._counts.reshape(-1), places, np.int64(1))

    def _widen(self, low: int, high: int) -> None:
        """Have columns for the buckets from `low` up to `high`, and an octave more so that it seldom happens."""
        width = self._counts.shape[1]
        if not width:
            self._first = low
        before, after = self._first - low, high - self._first - width
        before, after = (before + OCTAVE if before > 0 else 0), (after + OCTAVE if after > 0 else 0)
        if before or after:
            self._counts = np.pad(self._counts, ((0, 0), (before, after)))
            self._first -= before

    def _smooth(self, ran: Ints, first: Ints, runs: Ints, took: Ints) -> None:
        """Smooth the latencies of each node in their order, all nodes at once."""
        newer = np.repeat(first + runs - 1, runs) - np.arange(len(took))
        sums = SMOOTHING * np.add.reduceat(_KEPT[np.minimum(newer, _FORGOTTEN - 1)] * took, first)
        kept = _KEPT[np.minimum(runs, _FORGOTTEN - 1)]
        old = self.smoothed_ns[ran]
        # A node's first latencies have no past to lean on: weigh them alone.
        self.smoothed_ns[ran] = np.where(old > 0, kept * old + sums, sums / (1 - kept))

    def _take_last(self, nodes: Ints, took: Ints, ends: Ints) -> None:
        """Take these as the last runs, where they ended later than what is known; journals come in any order."""
        is_newer = ends > self.last_end_ns[nodes]
        nodes = nodes[is_newer]
        self.last_ns[nodes], self.last_end_ns[nodes] = took[is_newer], ends[is_newer]
