"""What flows along wires: named dimensions and type variables, through the whole graph."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Float

from animaweave.checking.checker import check
from animaweave.graph.document import Graph
from animaweave.graph.wire import PortRef
from animaweave.ports.text import to_text
from animaweave.registry.inference import Inference
from animaweave.registry.resolve import signatures
from tests.engine.lab import Lab

T = TypeVar("T")
R = TypeVar("R")
N = TypeVar("N", int, str)
Array = np.ndarray


class Halves(NamedTuple):
    """Two pictures of one size."""

    left: Float[Array, "h w"]
    right: Float[Array, "h w"]


def declared() -> Lab:
    """Nodes with variables in their types."""
    lab = Lab()
    celsius = Annotated[float, lab.vessel.label("Celsius")]
    kelvin = Annotated[float, lab.vessel.label("Kelvin")]

    def source(name: str, hint: Any) -> None:
        def give() -> Any:
            return None

        give.__name__ = name
        give.__annotations__ = {"return": hint}
        lab.node(give)

    for name, hint in {
        "names": list[str],
        "numbers": list[int],
        "readings": list[celsius],
        "length": Callable[[str], int],
        "five_by_three": Float[Array, "5 3"],
        "three_by_two": Float[Array, "3 2"],
        "four_by_two": Float[Array, "4 2"],
        "three": Float[Array, "3"],
        "any_size": Float[Array, "n m"],
        "no_items": list[T],  # type: ignore[valid-type]
    }.items():
        source(name, hint)

    def shift(value: celsius) -> kelvin:
        return value + 273.15

    lab.vessel.converter(shift)

    def node(function: Callable[..., Any]) -> None:
        lab.node(function)

    @node
    def first(items: list[T]) -> T:
        return items[0]

    @node
    def either(a: T, b: T) -> T:
        return a

    @node
    def twice(value: N) -> N:
        return value * 2

    @node
    def apply(function: Callable[[T], R], items: list[T]) -> list[R]:
        return [function(item) for item in items]

    @node
    def pack(*items: T) -> list[T]:
        return list(items)

    @node
    def upper(text: str) -> str:
        return text.upper()

    @node
    def number(value: int) -> int:
        return value

    @node
    def warm(value: kelvin) -> float:
        return value

    @node
    def matmul(a: Float[Array, "n k"], b: Float[Array, "k m"]) -> Float[Array, "n m"]:
        return a @ b

    @node
    def add(a: Float[Array, "a b"], b: Float[Array, "a b"]) -> Float[Array, "a b"]:
        return a + b

    @node
    def turn(a: Float[Array, "a b"]) -> Float[Array, "b a"]:
        return a.T

    @node
    def relu(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
        return np.maximum(x, 0)

    @node
    def square(x: Float[Array, "a a"]) -> float:
        return float(np.trace(x))

    @node
    def padded(x: Float[Array, "h w"]) -> Float[Array, "h+2 2*w"]:
        return x

    @node
    def split(x: Float[Array, "h w"]) -> Halves:
        return Halves(x, x)

    @node
    def stack(layers: list[Float[Array, "h w"]]) -> Float[Array, "h w"]:
        return layers[0]

    return lab


LAB = declared()


def errors(graph: Graph) -> list[str]:
    """What is wrong with the wires."""
    return [one.message for one in check(graph, LAB.registry) if one.code == "AW104"]


SOUND: dict[str, tuple[str, ...]] = {
    "a:numbers f:first i:number": ("a.result f.items", "f.result i.value"),
    "a:readings f:first k:warm": ("a.result f.items", "f.result k.value"),
    "a:no_items f:first i:number": ("a.result f.items", "f.result i.value"),
    "l:length n:names a:apply f:first i:number": (
        *("l.result a.function", "n.result a.items", "a.result f.items", "f.result i.value"),
    ),
    "x:five_by_three y:three_by_two m:matmul": ("x.result m.a", "y.result m.b"),
    "x:five_by_three y:four_by_two t:turn m:matmul": ("x.result t.a", "t.result m.a", "x.result m.b"),
    "x:five_by_three r:relu y:three_by_two m:matmul": ("x.result r.x", "r.result m.a", "y.result m.b"),
    "x:any_size y:any_size m:matmul s:square": ("x.result m.a", "y.result m.b", "m.result s.x"),
    "x:five_by_three s:split a:add": ("x.result s.x", "s.left a.a", "s.right a.b"),
    "x:five_by_three y:four_by_two e:either s:square": ("x.result e.a", "y.result e.b"),
    "x:five_by_three p:pack s:stack a:add": (*("x.result p.items[0]", "p.result s.layers", "s.result a.a"),),
}


@pytest.mark.parametrize(("nodes", "wires"), SOUND.items())
def test_what_can_run_is_not_refused(nodes: str, wires: tuple[str, ...]) -> None:
    assert errors(LAB.graph(nodes, *wires)) == []


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "a:names f:first i:number": (
        ("a.result f.items", "f.result i.value"),
        "f.result does not fit: takes whole numbers (int); gets text (str)",
    ),
    "l:length n:numbers a:apply": (
        ("l.result a.function", "n.result a.items"),
        (
            "n.result does not fit: what is given there goes on to l.result, which takes text (str); "
            "gets whole numbers (int)"
        ),
    ),
    "l:length n:names a:apply f:first u:upper": (
        ("l.result a.function", "n.result a.items", "a.result f.items", "f.result u.text"),
        "f.result does not fit: takes text (str); gets whole numbers (int)",
    ),
    "x:five_by_three y:four_by_two m:matmul": (
        ("x.result m.a", "y.result m.b"),
        'y.result does not fit: takes arrays of shape "k m", where k is 3 (x.result); gets arrays of shape "4 2"',
    ),
    "x:five_by_three y:four_by_two r:relu q:relu m:matmul": (
        ("x.result r.x", "y.result q.x", "r.result m.a", "q.result m.b"),
        'q.result does not fit: takes arrays of shape "k m", where k is 3 (x.result); gets arrays of shape "4 2"',
    ),
    "x:five_by_three y:three_by_two m:matmul s:square": (
        ("x.result m.a", "y.result m.b", "m.result s.x"),
        (
            'm.result does not fit: takes arrays of shape "a a", where a is 5 (x.result); '
            'gets arrays of shape "n m", where m is 2 (y.result)'
        ),
    ),
    "x:five_by_three p:padded a:add": (
        ("x.result p.x", "x.result a.a", "p.result a.b"),
        (
            'p.result does not fit: takes arrays of shape "a b", where a is 5 (x.result); '
            'gets arrays of shape "h+2 2*w", where h+2 is 7 (x.result)'
        ),
    ),
    "x:three r:relu m:matmul": (
        ("x.result r.x", "r.result m.a"),
        'r.result does not fit: takes arrays of 2 dimensions ("n k"); gets arrays of 1 dimension ("3")',
    ),
    "x:five_by_three y:four_by_two p:pack f:first a:add t:turn": (
        ("x.result p.items[0]", "p.result f.items", "f.result a.a", "y.result a.b"),
        'f.result does not fit: takes arrays of shape "a b", where a is 4 (y.result); gets arrays of shape "5 3"',
    ),
}


@pytest.mark.parametrize(("nodes", "case"), REFUSED.items())
def test_what_cannot_run_is_refused_at_the_wire_that_says_so(nodes: str, case: tuple[tuple[str, ...], str]) -> None:
    wires, message = case
    assert errors(LAB.graph(nodes, *wires)) == [message]


def inference(graph: Graph) -> Inference:
    wires = [(wire.source, wire.target) for wire in graph.wires]
    return Inference(graph.nodes, signatures(graph, LAB.registry), wires, LAB.registry.converters)


def test_what_flows_is_told_of_inputs_and_outputs() -> None:
    graph = LAB.graph(
        "l:length n:names a:apply x:five_by_three m:matmul e:no_items f:first i:number",
        *("l.result a.function", "n.result a.items", "x.result m.a", "e.result f.items", "f.result i.value"),
    )
    found = inference(graph)

    assert to_text(found.output(PortRef("a", "result"))) == "list[int]"
    assert to_text(found.output(PortRef("m", "result"))) == 'Float["5 m"]'
    assert to_text(found.input(PortRef("m", "b"))) == 'Float["3 m"]'
    assert to_text(found.output(PortRef("e", "result"))) == "list[int]"


def test_a_wire_that_is_tried_changes_nothing() -> None:
    graph = LAB.graph("x:five_by_three y:four_by_two z:three_by_two m:matmul", "x.result m.a")
    found = inference(graph)

    for _ in range(2):
        wrong, right = (found.fit(PortRef(node, "result"), PortRef("m", "b")) for node in "yz")
        assert wrong is not None
        assert wrong.verdict == "refused"
        assert right is not None
        assert right.verdict == "direct"
    assert to_text(found.output(PortRef("m", "result"))) == 'Float["5 m"]'


def test_a_subgraph_hands_dimensions_through() -> None:
    graph = LAB.graph("x:five_by_three y:four_by_two a:add u:graph.turned v:graph.turned")
    inner = Graph()
    inner.add("graph.input", id="in", params={"type": 'Float["r c"]'})
    inner.add("lab.turn", id="t")
    inner.add("graph.output", id="out")
    inner.connect("in.value", "t.a")
    inner.connect("t.result", "out.value")
    graph.add_subgraph("turned", inner)
    graph.connect("x.result", "u.in")
    graph.connect("y.result", "v.in")
    graph.connect("u.out", "a.a")
    graph.connect("v.out", "a.b")

    assert errors(graph) == [
        (
            'v.out does not fit: takes arrays of shape "a b", where a is 3 (x.result); '
            'gets arrays of shape "c r", where c is 2 (y.result)'
        )
    ]


SIZES = ("five_by_three", "three_by_two", "four_by_two")
SHAPES = {"five_by_three": (5, 3), "three_by_two": (3, 2), "four_by_two": (4, 2)}


@given(st.data())
def test_of_arrays_whose_sizes_are_known_exactly_the_wrong_wires_are_refused(data: st.DataObject) -> None:
    """Held against shapes that are worked out one node after the other."""
    graph, shapes = Graph(), dict[str, tuple[int, ...] | None]()
    for number, name in enumerate(SIZES):
        graph.add(f"lab.{name}", id=f"s{number}")
        shapes[f"s{number}"] = SHAPES[name]
    wrong = False
    for number in range(data.draw(st.integers(1, 6))):
        kind = data.draw(st.sampled_from(["matmul", "add", "turn", "relu"]))
        node, port = f"n{number}", "x" if kind == "relu" else "a"
        graph.add(f"lab.{kind}", id=node)
        left = data.draw(st.sampled_from(sorted(shapes)))
        graph.connect(f"{left}.result", f"{node}.{port}")
        given_shapes = [shapes[left]]
        if kind in ("matmul", "add"):
            right = data.draw(st.sampled_from(sorted(shapes)))
            graph.connect(f"{right}.result", f"{node}.b")
            given_shapes.append(shapes[right])
        shapes[node], is_wrong = _shape(kind, given_shapes)
        wrong |= is_wrong

    assert bool(errors(graph)) is wrong


def _shape(kind: str, given_shapes: list[tuple[int, ...] | None]) -> tuple[tuple[int, ...] | None, bool]:
    """The shape of what a node gives, None where it never runs; and whether it is given what does not go together."""
    if None in given_shapes:
        return None, False
    a, b = (*given_shapes, given_shapes[0])[:2]
    assert a is not None
    assert b is not None
    match kind:
        case "turn":
            return (a[1], a[0]), False
        case "matmul":
            return ((a[0], b[1]), False) if a[1] == b[0] else (None, True)
        case "add":
            return (a, False) if a == b else (None, True)
    return a, False
