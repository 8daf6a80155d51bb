"""How long the runs of each node took: counts, sums, and a histogram from which percentiles are read.

The histogram has four buckets an octave, so a percentile is off by at most 9 %. It has a row a bucket, only for octaves
that came, and an entry a node in each, so that all nodes are gone through at once. Whoever owns the figures sees to it
that one thread at a time works on them.
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
        self._counts = np.zeros((0, nodes), np.int64)
        self._first = 0  # Bucket of the first row.

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
        if len(other._counts):
            self._extend(other._first, other._first + len(other._counts))
            begin = other._first - self._first
            self._counts[begin : begin + len(other._counts)] += other._counts
        runs = self.runs + other.runs
        smoothed = self.runs * self.smoothed_ns + other.runs * other.smoothed_ns
        self.smoothed_ns = np.divide(smoothed, runs, out=np.zeros(len(runs)), where=runs > 0)
        self.runs, self.total_ns = runs, self.total_ns + other.total_ns
        self._take_last(np.arange(len(runs)), other.last_ns, other.last_end_ns)

    def percentiles(self, *shares: float) -> list[Floats]:
        """For each share of the runs, the time in which each node was done; 0 for a node that never ran."""
        wanted = [np.maximum(1, np.ceil(share * self.runs)).astype(np.int64) for share in shares]
        below = [np.zeros(len(self.runs), np.uint8) for _ in shares]  # Buckets before the one that is looked for.
        sums = np.zeros(len(self.runs), np.int64)
        for counts in self._counts:
            sums += counts
            for buckets, enough in zip(below, wanted, strict=True):
                np.add(buckets, (sums < enough).view(np.uint8), out=buckets)
        middles = 2.0 ** ((self._first + np.arange(len(self._counts) + 1) + 0.5) / OCTAVE)
        return [np.where(self.runs > 0, middles[buckets], 0.0) for buckets in below]

    def copy(self) -> Self:
        """The same figures, to be kept."""
        other = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(other, name, value.copy())
        return other

    def _count(self, nodes: Ints, took: Ints) -> None:
        buckets = np.minimum((np.log2(took) * OCTAVE).astype(np.int64), BUCKETS - 1)
        self._extend(int(buckets.min()), int(buckets.max()) + 1)
        places = (buckets - self._first) * self._counts.shape[1] + nodes
        # With a one of the same type, and in one dimension, this is forty times as fast as without.
        np.add.at(self._counts.reshape(-1), places, np.int64(1))

    def _extend(self, low: int, high: int) -> None:
        """Have rows for the buckets from `low` up to `high`, and an octave more so that it seldom happens."""
        if not len(self._counts):
            self._first = low
        before, after = self._first - low, high - self._first - len(self._counts)
        before, after = (before + OCTAVE if before > 0 else 0), (after + OCTAVE if after > 0 else 0)
        if before or after:
            self._counts = np.pad(self._counts, ((before, after), (0, 0)))
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
