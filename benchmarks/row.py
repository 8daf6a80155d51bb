"""One measured figure, beside what it is compared with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A figure.

    Attributes:
        benchmark: Name of the benchmark.
        case: What was measured.
        value: The figure; None where it could not be measured.
        unit: Its unit; without a figure, why there is none.
        against: What it is compared with; empty for nothing.
        ratio: Value over the other's value; None without a comparison.
        bar: What the ratio, or without one the figure, must be, such as `<= 1.5 x`; empty where there is no bar.
        ok: Whether it is.
    """

    benchmark: str
    case: str
    value: float | None
    unit: str
    against: str = ""
    ratio: float | None = None
    bar: str = ""
    ok: bool = True

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON."""
        return asdict(self)


def unmeasured(benchmark: str, case: str, why: str) -> Row:
    """A row for what cannot be measured here.

    Args:
        benchmark: Name of the benchmark.
        case: What would be measured.
        why: What is missing.
    """
    return Row(benchmark, case, None, f"not measured: {why}")


def within(benchmark: str, case: str, value: float, unit: str, *, at_most: float | None, against: str = "") -> Row:
    """A row with a bar for the figure itself.

    Args:
        benchmark: Name of the benchmark.
        case: What was measured.
        value: Our figure.
        unit: Its unit.
        at_most: Its bar; None for none.
        against: What the bar was derived from.
    """
    if at_most is None:
        return Row(benchmark, case, value, unit, against)
    bar = f"<= {at_most:.4g} {unit}".rstrip()
    return Row(benchmark, case, value, unit, against, bar=bar, ok=value <= at_most)


def compared(
    benchmark: str,
    case: str,
    value: float,
    unit: str,
    against: str,
    other: float,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    """A row with a ratio of two figures of which the smaller is the better, such as times.

    Args:
        benchmark: Name of the benchmark.
        case: What was measured.
        value: Our figure.
        unit: Its unit.
        against: Name of what it is compared with.
        other: Its figure.
        at_most: Bar for `value / other`.
        at_least: Bar for how many times faster we are, `other / value`.
    """
    if at_least is not None:
        ratio = other / value
        return Row(benchmark, case, value, unit, against, ratio, f">= {at_least:g} x faster", ratio >= at_least)
    ratio = value / other
    if at_most is None:
        return Row(benchmark, case, value, unit, against, ratio)
    return Row(benchmark, case, value, unit, against, ratio, f"<= {at_most:g} x", ratio <= at_most)
