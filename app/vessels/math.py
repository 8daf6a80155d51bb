"""Numbers: the four operations, powers, comparison, limits, rounding.

The first input is wired, the second usually typed in on the node. Whole numbers stay whole where the result is one.
"""

from __future__ import annotations

import operator as op
from math import pow as real_power
from typing import Annotated, Literal

from ..authoring import Field, Vessel

math = Vessel("math", title="Math", icon="plus-minus", colour="#ab90ec")

COMPARISONS = {"<": op.lt, "<=": op.le, "==": op.eq, "!=": op.ne, ">=": op.ge, ">": op.gt}


@math.node
def constant(value: float = 0.0) -> float:
    """Give a number.

    Args:
        value: The number.
    """
    return value


@math.node
def add(a: float, b: float = 0.0) -> float:
    """Add two numbers.

    Args:
        a: First summand.
        b: Second summand.
    """
    return a + b


@math.node
def subtract(a: float, b: float = 0.0) -> float:
    """Take one number from another.

    Args:
        a: What is taken from.
        b: How much is taken.
    """
    return a - b


@math.node
def multiply(a: float, b: float = 1.0) -> float:
    """Multiply two numbers.

    Args:
        a: First factor.
        b: Second factor.
    """
    return a * b


@math.node
def divide(a: float, b: float = 1.0) -> float:
    """Divide one number by another.

    Args:
        a: What is divided.
        b: What it is divided by; not 0.
    """
    if b == 0:
        raise ZeroDivisionError(f"cannot divide {a:g} by 0; `b` must be another number")
    return a / b


@math.node
def power(base: float, exponent: float = 2.0) -> float:
    """Raise a number to a power.

    Args:
        base: The number.
        exponent: How often it is multiplied by itself; 0.5 gives the square root.
    """
    try:
        return real_power(base, exponent)
    except OverflowError:
        raise OverflowError(
            f"{base:g} to the power of {exponent:g} is too large for a number; expected a result below 1.8e308"
        ) from None
    except ValueError:
        wanted = "an exponent of at least 0" if base == 0 else "a whole exponent, or a base of at least 0"
        raise ValueError(f"{base:g} to the power of {exponent:g} is no real number; expected {wanted}") from None


@math.node
def compare(a: float, b: float = 0.0, operator: Literal["<", "<=", "==", "!=", ">=", ">"] = "<") -> bool:
    """Tell how two numbers stand to each other.

    Args:
        a: Number on the left.
        b: Number on the right.
        operator: The question: is `a` less than `b`, say.
    """
    return bool(COMPARISONS[operator](a, b))


@math.node
def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """Keep a number within limits.

    Args:
        value: The number.
        low: Given for anything smaller.
        high: Given for anything larger.
    """
    if low > high:
        raise ValueError(f"`low` is {low:g}, above `high`, which is {high:g}; exchange them")
    return min(max(value, low), high)


@math.node
def round_(value: float, digits: Annotated[int, Field(min=-300, max=300)] = 0) -> float:
    """Round a number; a half goes to the even neighbour, as IEEE 754 has it.

    Args:
        value: The number.
        digits: Digits to keep after the point; -1 rounds to tens.
    """
    return round(value, digits)
