"""What nodes say of their outputs before they run."""

import os
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from jaxtyping import Float, Float32
from PIL import Image

from animaweave.checking.checker import check
from animaweave.errors import VesselError
from animaweave.graph.wire import PortRef
from animaweave.ports.text import to_text
from animaweave.registry.resolve import Resolver
from tests.engine.lab import Lab


@pytest.fixture
def lab() -> Lab:
    lab = Lab()

    @lab.node
    def zeros(rows: int = 1, columns: int = 1) -> Float[np.ndarray, "r c"]:
        return np.zeros((rows, columns))

    @lab.vessel.infer(zeros)
    def _(rows: int, columns: int) -> Any:
        lab.calls.append(f"{rows} {columns}")
        return Float[np.ndarray, f"{rows} {columns}"]

    @lab.node
    def product(a: Float[np.ndarray, "n k"], b: Float[np.ndarray, "k m"]) -> Float[np.ndarray, "n m"]:
        return a @ b

    return lab


def problems(lab: Lab, graph: Any) -> list[str]:
    return [one.message for one in check(graph, lab.registry) if one.code == "AW104"]


def test_sizes_that_are_set_are_known_before_the_run(lab: Lab) -> None:
    graph = lab.graph("a:zeros b:zeros p:product", "a.result p.a", "b.result p.b")
    graph.set_param("a", "columns", 3)
    graph.set_param("b", "rows", 4)
    assert problems(lab, graph) == [
        ('b.result does not fit: takes arrays of shape "k m", where k is 3 (a.result); gets arrays of shape "4 1"')
    ]
    graph.set_param("b", "rows", 3)
    assert problems(lab, graph) == []
    found = Resolver(graph, lab.registry).inference(graph)
    assert to_text(found.output(PortRef("p", "result"))) == 'Float["1 1"]'


def test_what_comes_by_wire_is_not_known(lab: Lab) -> None:
    graph = lab.graph("n:one a:zeros b:zeros p:product", "n.result a.columns", "a.result p.a", "b.result p.b")
    graph.set_param("b", "rows", 4)
    assert problems(lab, graph) == []


def test_a_node_is_asked_once_for_the_same(lab: Lab) -> None:
    graph = lab.graph("a:zeros b:zeros")
    for _ in range(3):
        check(graph, lab.registry)
    assert lab.calls == ["1 1"]


def test_what_is_equal_is_not_the_same(lab: Lab) -> None:
    """True is equal to 1, but what a node says of the one is not said of the other."""
    graph = lab.graph("a:zeros")
    for value in (True, 1):
        graph.set_param("a", "rows", value)
        check(graph, lab.registry)
    assert lab.calls == ["True 1", "1 1"]


def test_a_picture_has_the_size_of_its_file(lab: Lab, tmp_path: Path) -> None:
    @lab.node
    def small(picture: Float32[np.ndarray, "2 2 3"]) -> None: ...

    file = tmp_path / "a.png"
    Image.new("RGB", (3, 2)).save(file)
    graph = lab.graph("l:image.load s:small", "l.image s.picture")
    graph.set_param("l", "path", file)
    (problem,) = problems(lab, graph)
    assert "2 3 3" in problem

    Image.new("RGB", (2, 2)).save(file)
    os.utime(file, ns=(1, 1))  # Another time than before, however coarse the clock.
    assert problems(lab, graph) == []
    file.unlink()
    assert problems(lab, graph) == [], "that there is no file, the run will tell"


@pytest.mark.parametrize(
    "said", [None, 7, str, Float[np.ndarray, "a b c"], {"no_such": Float[np.ndarray, "3 3"]}, ZeroDivisionError]
)
def test_what_a_node_says_that_cannot_be_harms_nothing(lab: Lab, said: Any) -> None:
    @lab.node
    def odd(value: int = 0) -> Float[np.ndarray, "r c"]:
        return np.zeros((1, 1))

    @lab.vessel.infer(odd)
    def _(value: int) -> Any:
        if said is ZeroDivisionError:
            raise ZeroDivisionError
        return said

    assert problems(lab, lab.graph("a:odd p:product", "a.result p.a")) == []


def test_it_keeps_the_label(lab: Lab) -> None:
    matrix = Annotated[Float[np.ndarray, "r c"], lab.vessel.label("Matrix")]

    @lab.node
    def labelled(rows: int = 2) -> matrix:
        return np.zeros((rows, 1))

    @lab.vessel.infer(labelled)
    def _(rows: int) -> Any:
        return Float[np.ndarray, f"{rows} 1"]

    @lab.node
    def takes(value: matrix) -> None: ...

    graph = lab.graph("a:labelled t:takes p:product q:product", "a.matrix t.value", "a.matrix p.a", "a.matrix q.b")
    assert problems(lab, graph) == []
    found = Resolver(graph, lab.registry).inference(graph)
    assert to_text(found.output(PortRef("p", "result"))) == 'Float["2 m"]'


def test_a_bad_declaration_is_one_sentence(lab: Lab) -> None:
    @lab.node
    def plain(value: int = 0) -> int:
        return value

    with pytest.raises(VesselError, match=r"test_foretold.py:\d+: node `lab.plain`: it has no input `size` to tell"):

        @lab.vessel.infer(plain)
        def _(size: int) -> Any:
            return int

    with pytest.raises(VesselError, match=r"test_foretold.py:\d+: `infer\(len\)`: vessel `lab` has no such node"):

        @lab.vessel.infer(len)
        def _() -> Any:
            return int
