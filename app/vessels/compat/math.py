"""AnimaWeave's `math` vessel; its nodes stand beside those of ours."""
# ruff: noqa: A002, N802 - names that graphs know.

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from ..math import math
from .basic import String

Number = Annotated[float, math.label("Number", accepts_base=True, colour="#b8a5f0", doc="A number.")]


@math.converter
def number_to_text(value: Number) -> String:
    """The number as JavaScript writes it: `7`, `0.1`, `1e+21`."""
    text = Decimal(repr(float(value))).normalize()
    if not text.is_finite() or not text:
        return {"Infinity": "Infinity", "-Infinity": "-Infinity"}.get(str(text), "NaN" if text.is_nan() else "0")
    power = text.adjusted()
    return f"{text:f}" if -7 < power < 21 else f"{text.scaleb(-power)}e{power:+d}"


@math.node(name="output", title="Constant (Weave)")
def Constant(value: Number) -> Number:
    """Give a number.

    Args:
        value: The number.
    """
    return value


@math.node(name="result", title="Add (Weave)")
def Add(a: Number, b: Number) -> Number:
    """Add two numbers.

    Args:
        a: First summand.
        b: Second summand.
    """
    return a + b


@math.node(name="value", title="Input (Weave)")
def Input(value: Number = 5.0) -> Number:
    """Give a number from outside.

    Args:
        value: The number.
    """
    return value


@math.node(name="result", title="Output (Weave)")
def Output(input: Number) -> Number:
    """Give a number to the outside.

    Args:
        input: The number.
    """
    return input
