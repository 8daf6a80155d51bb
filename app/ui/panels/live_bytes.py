"""Bytes that lie on the bus over the last minute, and those freed so far, on a scale of their own at the right."""

from __future__ import annotations

import numpy as np

from ..figures import SIZES
from ..theme import Theme
from .plot import Plot, Series
from .ring import Ring
from .scale import Scale

LENGTH = 1800
"""Samples: a minute at 30 a second."""

BREAK_S = 1.0
"""A silence that is longer breaks the curve."""


class LiveBytesPlot(Plot):
    """What the run holds and what it gave back."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            "Memory",
            "freed since the start",
            (Series("live", "c1", is_filled=True), Series("freed", "c3", is_right=True)),
            Scale(SIZES, 4, is_from_zero=True),
            Scale(SIZES, 4, is_from_zero=True),
            empty="Live and freed bytes appear here while the graph runs",
        )
        self._past = Ring(LENGTH, 3)

    def add(self, live_bytes: int, freed_bytes: int, now_s: float) -> None:
        """Take a sample and draw it."""
        past = self._past
        # A silence, or another engine, which counts from nothing.
        if len(past) and (now_s - past.last(0) > BREAK_S or freed_bytes < past.last(2)):
            past.append(((past.last(0) + now_s) / 2, np.nan, np.nan))
        past.append((now_s, live_bytes, freed_bytes))
        self.draw(past.column(0), (past.column(1), past.column(2)), now_s)

    def forget(self) -> None:
        """Begin anew."""
        self._past.clear()
        self.clear()
