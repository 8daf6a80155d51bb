"""What type checkers see of the public API: mypy checks this file with the project, and refuses what is marked wrong.

An ignore that is not needed is an error, so each marks a misuse that users are told of.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, assert_type

import numpy as np
from jaxtyping import Float32

import animaweave as aw
from animaweave import Context, Field, Signal, Vessel
from animaweave.authoring.error_info import ErrorInfo
from animaweave.checking.diagnostic import Diagnostic, Fix, Severity
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.result import NodeResult, Result
from animaweave.engine.run import Run
from animaweave.graph.node import Node
from animaweave.graph.wire import PortRef, Wire
from animaweave.ports.fit import Fit
from animaweave.ports.label import Label

lab = Vessel("lab")
Celsius = Annotated[float, lab.label("Celsius")]
Grey = Annotated[Float32[np.ndarray, "h w"], lab.label("Grey")]


@lab.node
def warm(temperature: Celsius, by: Annotated[float, Field(min=0, unit="K")] = 1.0) -> Celsius:
    return temperature + by


@lab.node(placement="thread", pure=False, effects={"network"})
def fetch(ctx: Context, url: str = "") -> str:
    ctx.progress(0.5, "on its way")
    assert_type(ctx.random, np.random.Generator)
    assert_type(ctx.scratch, Path)
    assert_type(ctx.is_cancelled, bool)
    return url


@lab.node
class Mean:
    def __call__(self, value: float) -> float:
        return value


@lab.converter
def text_of(value: Celsius) -> str:
    return f"{value} °C"


@lab.infer(warm)
def _(by: float) -> Any:
    return Celsius


@lab.migrate(warm)
def migrated(params: dict[str, Any], version: str) -> dict[str, Any]:
    return params


def test_what_is_declared_stays_what_it_was() -> None:
    assert_type(warm(20.0), float)
    assert_type(warm(20.0, by=2.0), float)
    assert_type(Mean()(1.0), float)
    assert_type(text_of(1.0), str)
    assert_type(lab.label("Kelvin"), Label)
    assert_type(migrated({}, "1"), dict[str, Any])
    assert_type(Signal.when(bool(lab.labels)), Signal)


def test_graphs_are_built_checked_and_run_with_types() -> None:
    graph = aw.Graph("sum")
    node = assert_type(graph.add("math.constant", id="one", value=1.0), Node)
    assert_type(node["result"], PortRef)
    graph.add("math.add", id="sum")
    assert_type(graph.connect(node["result"], "sum.a"), Wire)
    assert_type(graph.nodes, Mapping[str, Node])
    assert_type(aw.Graph.loads(graph.dumps()), aw.Graph)

    found = assert_type(aw.check(graph), list[Diagnostic])
    for one in found:
        assert_type(one.severity, Severity)
        assert_type(one.wire, Wire | None)
        assert_type(one.fix, Fix | None)
    assert_type(aw.compatible(list[int], list[float]), Fit)
    assert_type(aw.compatible(int, float).verdict, Literal["direct", "converted", "checked", "lifted", "refused"])

    plan = assert_type(aw.compile(graph), Plan)
    with aw.Engine(plan, workers=2) as engine:
        assert_type(engine, aw.Engine)
        result = assert_type(engine.run({"sum.b": 2.0}, timeout=10, seed=1), Result)
        assert_type(engine.submit(), Run).result()
        assert_type(engine.stream([{}]), Generator[Result, None, None]).close()
    assert_type(result.outputs, Mapping[str, Any])
    assert_type(result.status, Literal["success", "partial", "failed", "cancelled"])
    assert_type(result.nodes, Mapping[str, NodeResult])
    assert_type(result.errors, Mapping[str, ErrorInfo])
    assert_type(result.seed, int | None)
    assert result.outputs["sum.result"] == 3.0
    assert_type(aw.run(graph, targets=["sum"]), Result)


def misuse(graph: aw.Graph, engine: aw.Engine) -> None:
    """Never called: what follows is wrong, and type checkers say so."""
    warm("cold")  # type: ignore[arg-type]
    graph.add(3)  # type: ignore[arg-type]
    graph.connect("a.b")  # type: ignore[call-arg]
    graph.save(5)  # type: ignore[arg-type]
    aw.check("graph.weave.json")  # type: ignore[arg-type]
    aw.Engine(graph)  # type: ignore[arg-type]
    engine.run(timeout="long")  # type: ignore[arg-type]
    engine.run([1])  # type: ignore[arg-type]
    engine.stream([{}], on_error="ignore")  # type: ignore[arg-type]
    lab.node(placement="moon")  # type: ignore[call-overload]
    lab.node(effects={"fly"})  # type: ignore[arg-type]
    lab.node(speed=3)  # type: ignore[call-overload]
    Field(min="low")  # type: ignore[arg-type]
    Vessel(3)  # type: ignore[arg-type]


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(aw.__file__).parent / "py.typed").is_file()
