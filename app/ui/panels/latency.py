"""Latency of the chosen node over the last minute: half of its runs below one curve, 95 % below the other.

The past of every node is kept, so that it is there when another node is chosen: so many samples as a fixed budget
allows. Samples are smoothed, since the engine's percentiles go by steps of a fifth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..figures import TIMES
from ..theme import Theme
from .plot import Plot, Series
from .ring import Ring
from .scale import Scale

SPAN_S = 60.0
MOST_SAMPLES = 600
BUDGET_BYTES = 16_000_000
SMOOTHING = 0.3
"""Weight of the newest sample."""

P50_RUNS, P95_RUNS = 3, 20
"""Runs before which a percentile says nothing: the first run is often slow, and would dwarf all that follow."""

BREAK_S = 1.0
"""A silence that is longer breaks the curve: nothing ran, or nobody looked."""


class LatencyPast:
    """Smoothed percentiles of all nodes over the last minute.

    Args:
        ids: The nodes, in the order of the rows that come.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = ids
        nodes = max(len(ids), 1)
        length = max(min(MOST_SAMPLES, BUDGET_BYTES // (8 * nodes)), 30)
        self.period_s = SPAN_S / length
        self._places = {id_: place for place, id_ in enumerate(ids)}
        self._times = Ring(length, 1)
        self._p50, self._p95 = Ring(length, nodes, np.float32), Ring(length, nodes, np.float32)
        self._smooth = np.full((2, nodes), np.nan, np.float32)

    def add(self, table: npt.NDArray[np.void], now_s: float) -> bool:
        """Take a sample, unless the last one was just now. Tell whether it was taken."""
        silence = now_s - self._times.last(0) if len(self._times) else 0.0
        if len(self._times) and silence < self.period_s * 0.9:
            return False
        if silence > max(BREAK_S, 2 * self.period_s):
            self._append(now_s - silence / 2, np.full_like(self._smooth, np.nan))
        new = np.array([table["p50_ns"], table["p95_ns"]], np.float32) / 1e9
        new[np.array([table["runs"] < P50_RUNS, table["runs"] < P95_RUNS])] = np.nan
        known = np.isfinite(self._smooth)
        self._smooth = np.where(known, self._smooth + SMOOTHING * (new - self._smooth), new)
        self._append(now_s, self._smooth)
        return True

    def _append(self, time_s: float, values: npt.NDArray[np.float32]) -> None:
        self._times.append(time_s)
        self._p50.append(values[0])
        self._p95.append(values[1])

    def of(self, node: str) -> tuple[npt.NDArray[np.float64], ...] | None:
        """Times, p50 and p95 of a node in seconds; None if it is not known."""
        place = self._places.get(node)
        if place is None:
            return None
        return self._times.column(0), self._p50.column(place), self._p95.column(place)


class LatencyPlot(Plot):
    """The curves of one node."""

    def __init__(self, theme: Theme) -> None:
        series = (Series("p50", "c1", is_filled=True), Series("p95", "c2"))
        super().__init__(
            theme,
            "No node chosen",
            "latency",
            series,
            Scale(TIMES, 4),
            empty="Curves appear after a few runs",
        )
        self._past: LatencyPast | None = None
        self._node = ""

    def choose(self, node: str) -> None:
        """Show another node."""
        if node != self._node:
            self._node = node
            self.title_row.set_title(node or "No node chosen")
            self.clear()
            self._draw()

    def add(self, ids: Sequence[str], table: npt.NDArray[np.void], now_s: float) -> None:
        """Take a look at all nodes.

        Args:
            ids: Node of each row, the same object while the rows stay the same.
            table: Rows of `ROW`.
            now_s: Seconds of a clock.
        """
        if self._past is None or ids is not self._past.ids:
            self._past = LatencyPast(ids)
        if self._past.add(table, now_s):
            self._draw()

    def forget(self) -> None:
        """Begin anew."""
        self._past = None
        self.clear()

    def _draw(self) -> None:
        past = None if self._past is None else self._past.of(self._node)
        if past is None or np.count_nonzero(np.isfinite(past[1])) < 2:  # A point is no curve.
            self.clear()
            return
        self.draw(past[0], past[1:], float(past[0][-1]))
