"""Figures as people read them: three digits, SI units, a thin space between, thousands as their language has them.

Qt is asked for the language's marks once. While a graph runs, every call into Qt lets go of the interpreter's lock, and
a table of figures would wait for it hundreds of times.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from qtpy import QtCore

SPACE = "\u202f"
"""Between a figure and its unit: narrow, and no line ends there."""

MINUS = "−"

CALM = 0.5
"""A column or axis takes a smaller unit only when its largest figure has fallen below this much of its unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that a whole column or axis is in.

    Attributes:
        factor: One of it, in seconds or bytes.
        name: Its symbol.
    """

    factor: float
    name: str

    def figure(self, number: float) -> str:
        """A number of seconds or bytes in this unit, without its symbol: three digits, at most three places."""
        number /= self.factor
        if self.name == "B":
            return count(number)
        if 0 < abs(number) < 0.0005:
            return f"<{plain(0.001, 3)}"
        return digits(number, most_places=3)


TIMES = (Unit(1.0, "s"), Unit(1e-3, "ms"), Unit(1e-6, "µs"), Unit(1e-9, "ns"))
SIZES = (Unit(1e12, "TB"), Unit(1e9, "GB"), Unit(1e6, "MB"), Unit(1e3, "kB"), Unit(1.0, "B"))


def unit_for(largest: float, units: Sequence[Unit], held: Unit | None = None) -> Unit:
    """The unit in which the largest figure reads best.

    Args:
        largest: In seconds or bytes.
        units: The larger ones first.
        held: The unit so far, which stays while it does: nothing jumps.
    """
    # Half a step of the last digit may carry it into the next unit: 999.9 µs is 1.00 ms.
    unit = next((unit for unit in units if largest >= unit.factor * 0.9995), units[-1])
    if held is not None and unit.factor < held.factor and largest >= held.factor * CALM:
        return held
    return unit


def duration(seconds: float) -> str:
    """A time: `778 µs`, `1.20 ms`, `14.6 s`."""
    return _in_unit(seconds, TIMES)


def size(size_bytes: float) -> str:
    """A number of bytes, in powers of 1000: `116 kB`, `1.45 GB`."""
    return _in_unit(size_bytes, SIZES)


def count(number: float) -> str:
    """A whole number: `1,248`."""
    return plain(round(number), 0)


def digits(number: float, wanted: int = 3, most_places: int = 15) -> str:
    """A number with so many significant digits, and so many places at most: `0.322`, `14.6`, `1,248`."""
    if not math.isfinite(number):
        return str(number).replace("-", MINUS)
    number = float(f"{number:.{wanted}g}")  # 9.996 has two digits before its point, once rounded.
    if number == 0:
        return "0"
    places = min(max(wanted - 1 - math.floor(math.log10(abs(number))), 0), most_places)
    return plain(number, places)


def plain(number: float, places: int) -> str:
    """A number with so many places: `0.50`, `1,248`."""
    return f"{number:,.{places}f}".translate(_marks())


@functools.cache
def _marks() -> dict[int, str]:
    """What stands for Python's comma, point and hyphen in the language of the application."""
    locale = QtCore.QLocale()
    has_groups = not locale.numberOptions() & QtCore.QLocale.NumberOption.OmitGroupSeparator
    return str.maketrans({",": locale.groupSeparator() if has_groups else "", ".": locale.decimalPoint(), "-": MINUS})


def _in_unit(number: float, units: Sequence[Unit]) -> str:
    unit = unit_for(abs(number), units)
    figure = count(number) if unit.name == "B" else digits(number / unit.factor)
    return f"{figure}{SPACE}{unit.name}"
