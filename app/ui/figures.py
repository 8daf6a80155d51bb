"""Figures as people read them: three digits, SI units, a thin space between, thousands as their language has them."""

from __future__ import annotations

import math

from qtpy import QtCore

SPACE = "\u202f"
"""Between a figure and its unit: narrow, and no line ends there."""

MINUS = "−"

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


def duration(seconds: float) -> str:
    """A time: `778 µs`, `1.20 ms`, `14.6 s`."""
    return _in_unit(seconds, _TIMES)


def size(size_bytes: float) -> str:
    """A number of bytes, in powers of 1000: `116 kB`, `1.45 GB`."""
    return _in_unit(size_bytes, _SIZES)


def count(number: float) -> str:
    """A whole number: `1,248`."""
    return QtCore.QLocale().toString(round(number)).replace("-", MINUS)


def digits(number: float, wanted: int = 3) -> str:
    """A number with so many significant digits: `0.322`, `14.6`, `1,248`."""
    if not math.isfinite(number):
        return str(number).replace("-", MINUS)
    number = float(f"{number:.{wanted}g}")  # 9.996 has two digits before its point, once rounded.
    if number == 0:
        return "0"
    places = max(wanted - 1 - math.floor(math.log10(abs(number))), 0)
    return QtCore.QLocale().toString(float(number), "f", places).replace("-", MINUS)


def _in_unit(number: float, units: tuple[tuple[float, str], ...]) -> str:
    # Half a step of the last digit may carry it into the next unit: 999.9 µs is 1.00 ms.
    fitting = (unit for unit in units if abs(number) >= unit[0] * 0.9995)
    factor, name = next(fitting, units[-1])
    figure = count(number) if name == "B" else digits(number / factor)
    return f"{figure}{SPACE}{name}"
