"""A vessel of quick nodes with all kinds of types, for graphs to be made of and broken."""
# mypy: disable-error-code="no-any-return"
# ruff: noqa: ARG001, F821 - a signal only says when; dimensions have names.

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from animaweave.authoring import Field, Signal, Vessel

T = TypeVar("T")
R = TypeVar("R")
Array = np.ndarray[Any, Any]

lab = Vessel("lab")
other = Vessel("other")

Celsius = Annotated[float, lab.label("Celsius")]
Kelvin = Annotated[float, lab.label("Kelvin")]
Metres = Annotated[float, other.label("Metres")]
Name = Annotated[str, other.label("Name", accepts_base=True)]


class Split(NamedTuple):
    """Two outputs."""

    whole: int
    rest: float


class Branches(NamedTuple):
    """Two control outputs."""

    yes: Signal
    no: Signal


@lab.converter
def celsius_to_kelvin(value: Celsius) -> Kelvin:
    """Another scale."""
    return value + 273.15


@lab.converter
def name_of_metres(value: Metres) -> Name:
    """The length as text."""
    return f"{value} m"


@lab.node
def count(value: Annotated[int, Field(min=0, max=100)] = 3) -> int:
    """Give a whole number."""
    return value


@lab.node
def real(value: float = 0.5) -> float:
    """Give a number."""
    return float(value)


@lab.node
def word(text: str = "a word") -> str:
    """Give text."""
    return text


@lab.node
def flag(value: bool = True) -> bool:
    """Give yes or no."""
    return value


@lab.node
def words() -> list[str]:
    """Give several texts."""
    return ["a", "b"]


@lab.node
def numbers() -> list[int]:
    """Give several whole numbers."""
    return [1, 2]


@lab.node
def table() -> dict[str, float]:
    """Give numbers by name."""
    return {"a": 1.0}


@lab.node
def thermometer() -> Celsius:
    """Give a temperature."""
    return 20.0


@other.node
def ruler() -> Metres:
    """Give a length."""
    return 2.0


@lab.node
def half(value: float) -> float:
    """Divide by two."""
    return value / 2


@lab.node
def round_to(value: float, digits: int = 0) -> int:
    """Make whole."""
    return int(round(value, digits))


@lab.node
def split(value: float) -> Split:
    """Take a number apart."""
    return Split(int(value), float(value) - int(value))


@lab.node
def shout(text: str) -> str:
    """Write in capitals."""
    return text.upper()


@lab.node
def length(text: str) -> int:
    """Count letters."""
    return len(text)


@lab.node
def repeat(text: str, times: Annotated[int, Field(min=0, max=9)] = 2) -> str:
    """Write several times."""
    return text * times


@lab.node
def turn_case(text: str, how: Literal["upper", "lower"] = "upper") -> str:
    """Write in capitals, or not."""
    return {"upper": str.upper, "lower": str.lower}[how](text)


@lab.node
def show(value: int | str) -> str:
    """Write down."""
    return str(value)


@lab.node
def maybe(text: str | None = None) -> str:
    """Take text, or none."""
    return text or ""


@lab.node
def total(items: list[float]) -> float:
    """Add up."""
    return float(sum(items))


@lab.node
def join(*parts: str) -> str:
    """Put texts together."""
    return " ".join(parts)


@lab.node
def look_up(table: dict[str, float], key: str = "a") -> float:
    """Give a number of a table."""
    return table[key]


@lab.node
def find(text: str, letter: str = "a") -> str | None:
    """Give what follows a letter, or none."""
    return text.partition(letter)[2] or None


@lab.node
def first(items: list[T]) -> T:
    """Give the first."""
    return items[0]


@lab.node
def pack(*items: T) -> list[T]:
    """Make a list."""
    return list(items)


@lab.node
def letters() -> Callable[[str], int]:
    """Give a function."""
    return len


@lab.node
def apply(function: Callable[[T], R], items: list[T]) -> list[R]:
    """Call a function with each."""
    return [function(item) for item in items]


@lab.node
def radiate(temperature: Kelvin) -> float:
    """Use a temperature."""
    return temperature**4


@other.node
def greet(name: Name) -> str:
    """Use a name."""
    return f"Hello {name}"


@lab.node
def decide(value: bool) -> Branches:
    """Open one of two branches."""
    return Branches(Signal.when(value), Signal.when(not value))


@lab.node
def wait(go: Signal, text: str = "done") -> str:
    """Wait for a signal."""
    return text


@lab.node
def zeros(rows: int = 2, columns: int = 3) -> Float[np.ndarray, "r c"]:
    """Give a matrix."""
    return np.zeros((rows, columns))


@lab.infer(zeros)
def _zeros_size(rows: int, columns: int) -> Any:
    return Float[np.ndarray, f"{rows} {columns}"]


@lab.node
def three_by_two() -> Float[np.ndarray, "3 2"]:
    """Give a matrix."""
    return np.ones((3, 2))


@lab.node
def two_by_three() -> Float[np.ndarray, "2 3"]:
    """Give a matrix."""
    return np.ones((2, 3))


@lab.node
def vector() -> Float[np.ndarray, "3"]:
    """Give a vector."""
    return np.ones(3)


@lab.node
def places() -> Int[np.ndarray, "2"]:
    """Give two places."""
    return np.array([0, 1])


@lab.node
def colour_picture() -> Float[np.ndarray, "4 5 3"]:
    """Give a picture."""
    return np.zeros((4, 5, 3))


@lab.node
def matmul(a: Float[np.ndarray, "n k"], b: Float[np.ndarray, "k m"]) -> Float[np.ndarray, "n m"]:
    """Multiply matrices."""
    return a @ b


@lab.node
def add(a: Float[np.ndarray, "r c"], b: Float[np.ndarray, "r c"]) -> Float[np.ndarray, "r c"]:
    """Add matrices."""
    return a + b


@lab.node
def turn(a: Float[np.ndarray, "r c"]) -> Float[np.ndarray, "c r"]:
    """Transpose."""
    return a.T


@lab.node
def relu(x: Float[np.ndarray, "*s"]) -> Float[np.ndarray, "*s"]:
    """Cut off below zero."""
    return np.maximum(x, 0)


@lab.node
def row_sums(a: Float[np.ndarray, "r c"]) -> Float[np.ndarray, "r"]:
    """Add up rows."""
    return a.sum(axis=1)


@lab.node
def pick(values: Float[np.ndarray, "n"], where: Int[np.ndarray, "m"]) -> Float[np.ndarray, "m"]:
    """Take some."""
    return values[where]


@lab.node
def grey(picture: Float[np.ndarray, "h w 3"]) -> Float[np.ndarray, "h w"]:
    """Take out the colour."""
    return picture.mean(axis=2)


@lab.node
def bright(picture: Float[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Say where it is bright."""
    return picture > 0


@lab.node
def masked(picture: Float[np.ndarray, "h w"], mask: Bool[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Leave only some."""
    return picture * mask


@lab.node
def mean(values: Float[np.ndarray, "..."]) -> float:
    """The mean."""
    return float(values.mean())
