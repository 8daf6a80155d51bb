"""Where the marks of an axis stand and what is written at them; and an axis that does not jump.

At most five marks at round numbers; the unit stands at the last one alone. An axis grows at once, for nothing may be
cut off, and shrinks at most once a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..figures import SPACE, Unit, plain, unit_for

MARKS = 5

REST_S = 1.0
"""Between two times that an axis becomes smaller."""

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def marks(low: float, high: float, most: int = MARKS) -> list[float]:
    """Round numbers at equal distances, at most so many, from at or below `low` to at or above `high`."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (*STEPS, *(10 * step for step in STEPS[1:])):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < most:
            return [number * step for number in range(first, last + 1)]
    raise AssertionError("a step of a hundredth of the way has at most five marks")


def labels(at: Sequence[float], unit: Unit) -> list[str]:
    """What is written at marks: figures with as many places as their distance needs, the last one with the unit."""
    step = (at[1] - at[0]) / unit.factor if len(at) > 1 else 1.0
    places = next((places for places in range(6) if abs(step * 10**places - round(step * 10**places)) < 1e-6), 6)
    written = [_plain(number / unit.factor, places) for number in at]
    written[-1] += f"{SPACE}{unit.name}"
    return written


class Scale:
    """The range of an axis, over time.

    Args:
        units: That it may be in; the larger ones first.
        most: How many marks there is room for.
        is_from_zero: Whether it always begins at 0.
    """

    def __init__(self, units: Sequence[Unit], most: int = MARKS, *, is_from_zero: bool = False) -> None:
        self._units, self._most, self._is_from_zero = units, most, is_from_zero
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._fitted_at = -math.inf
        self.marks: list[float] = [0.0, 1.0]
        self.labels: list[str] = []

    def fit(self, low: float, high: float, now_s: float) -> bool:
        """Make room for all between two numbers.

        Args:
            low: The least.
            high: The most.
            now_s: Seconds of any clock.
        Returns:
            Whether the marks are others.
        """
        low = 0.0 if self._is_from_zero else low
        wanted = marks(low, high, self._most)
        if self.labels:
            if wanted == self.marks:
                self._fitted_at = now_s
                return False
            if self.marks[0] <= low and high <= self.marks[-1] and now_s - self._fitted_at < REST_S:
                return False
        self._fitted_at = now_s
        self.marks = wanted
        self.labels = labels(wanted, unit_for(wanted[-1], self._units))
        return True

    @property
    def bottom(self) -> float:
        """The least that has room."""
        return self.marks[0]

    @property
    def length(self) -> float:
        """From the least to the most."""
        return self.marks[-1] - self.marks[0]


def _plain(number: float, places: int) -> str:
    return "0" if number == 0 else plain(number, places)
