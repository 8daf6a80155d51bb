"""Samples of the last while in arrays that never grow.

A new sample takes the place of the oldest one. What is asked for is put together in order in a buffer that stays, too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Ring:
    """Rows of numbers, the newest last.

    Args:
        length: Rows that are kept.
        width: Numbers a row.
        kind: Type of the numbers.
    """

    def __init__(self, length: int, width: int, kind: type[np.floating] = np.float64) -> None:
        self._rows: npt.NDArray[np.floating] = np.zeros((length, width), kind)
        self._next = self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def width(self) -> int:
        """Numbers a row."""
        return int(self._rows.shape[1])

    def append(self, row: npt.ArrayLike) -> None:
        """Add a row; the oldest one goes once there are as many as are kept."""
        self._rows[self._next] = row
        self._next = (self._next + 1) % len(self._rows)
        self._count = min(self._count + 1, len(self._rows))

    def clear(self) -> None:
        """Forget all rows."""
        self._next = self._count = 0

    def column(self, number: int) -> Floats:
        """One number of every row, the oldest first; a new array."""
        column = self._rows[:, number]
        if self._count < len(column):
            return column[: self._count].astype(np.float64)
        return np.concatenate((column[self._next :], column[: self._next])).astype(np.float64)

    def last(self, number: int) -> float:
        """The newest of a column."""
        return float(self._rows[self._next - 1, number])
