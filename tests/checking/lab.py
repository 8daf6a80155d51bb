"""A vessel with a node type for every rule."""

import io
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float32

from animaweave.authoring import Context, Field, Signal, Vessel
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry

lab = Vessel("lab")

Length = Annotated[float, lab.label("Length")]
Area = Annotated[float, lab.label("Area")]
Mass = Annotated[float, lab.label("Mass")]
Grey = Annotated[Float32[np.ndarray, "h w"], lab.label("Grey")]
Mask = Annotated[Bool[np.ndarray, "h w"], lab.label("Mask")]


class Answer(NamedTuple):
    yes: Signal
    no: Signal


@lab.node
def number(value: Annotated[int, Field(min=0, max=9)] = 0) -> int:
    """Give a number."""
    return value


@lab.node
def add(a: float, b: float = 0.0) -> float:
    """Add."""
    return a + b


@lab.node
def total(*items: float) -> float:
    """Add all."""
    return sum(items)


@lab.node
def numbers() -> list[int]:
    """Give numbers."""
    return [1]


@lab.node
def largest(of: list[int]) -> int:
    """Choose."""
    return max(of)


@lab.node
def anything() -> Any:
    """Give something."""


@lab.node
def ask(value: float) -> Answer:
    """Decide."""
    return Answer(Signal.when(value > 0), Signal.when(value <= 0))


@lab.node
def gate(value: float, go: Signal) -> float:
    """Wait for a signal."""
    return value


@lab.node
def measure(value: float) -> Length:
    """Call a number a length."""
    return value


@lab.node
def weigh(mass: Mass) -> float:
    """Weigh."""
    return mass


@lab.node
def room(area: Area) -> float:
    """Say how large it is."""
    return area


@lab.node
def draw() -> Mask:
    """Draw."""
    return np.zeros((2, 2), bool)


@lab.node
def blur(image: Grey) -> Grey:
    """Smooth."""
    return image


@lab.node(effects={"write-files"})
def report(value: float, ctx: Context) -> float:
    """Write a value down, and give it on."""
    return value


@lab.node
def readings(step: float = 1.0) -> Iterator[float]:
    """Measure again and again."""
    yield step


@lab.node
class Mean:
    """The mean so far."""

    def __call__(self, value: float) -> float:
        """Take one more."""
        return value


@lab.node
async def later(value: float = 0.0) -> float:
    """Wait."""
    return value


@lab.node(placement="process")
def heavy(value: float = 0.0) -> float:
    """Compute for long."""
    return value


@lab.node(placement="process")
def lines(text: str = "", file: io.TextIOBase | None = None) -> list[str]:
    """Cut into lines."""
    return text.splitlines()


@lab.node(deprecated="use `lab.add`")
def plus(a: float) -> float:
    """Add, once."""
    return a


@lab.converter
def square(length: Length) -> Area:
    """The area of a square."""
    return length**2


@lab.converter
def to_grey(mask: Mask) -> Grey:
    """White where the mask holds."""
    return mask.astype(np.float32)


def registry() -> Registry:
    """The vessels that ship, and the lab."""
    made = Registry()
    made.add(lab)
    return made


def graph(nodes: str, *wires: str, controls: tuple[str, ...] = ()) -> Graph:
    """A graph of `id:type` words, whose types are the lab's, and of `a.x b.y` wires; ports need not be there."""
    made = Graph()
    for node in nodes.split():
        node_id, _, node_type = node.partition(":")
        made.add(node_type if "." in node_type else f"lab.{node_type}", id=node_id)
    for wire in wires:
        made.connect(*wire.split())
    for wire in controls:
        made.connect_control(*wire.split())
    return made
