"""Random graphs that run: every kind of node, failures, branches that close, and all that `run` may ask for."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from animaweave.authoring import ErrorInfo, Signal
from animaweave.graph.document import Graph
from tests.engine.lab import Lab, Pair, Switch

LENGTH = 8
"""Items of every array."""


@dataclass(frozen=True)
class Kind:
    """A kind of node: what goes in and out of it."""

    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    items: bool = False
    gives: tuple[str, ...] = ("result",)
    signals: tuple[str, ...] = ()


KINDS = {
    "source": Kind(),
    "number": Kind(),
    "mix": Kind(items=True),
    "join": Kind(needs=("a",), may_have=("b",)),
    "pack": Kind(needs=("value",), may_have=("other",)),
    "unpack": Kind(needs=("values",)),
    "pair": Kind(may_have=("value",), gives=("left", "right")),
    "drop": Kind(needs=("value",), gives=()),
    "switch": Kind(may_have=("value",), gives=(), signals=("yes", "no")),
    "fail": Kind(may_have=("value",)),
}


def weigh(value: Any) -> float:
    """One number for any value that flows."""
    if isinstance(value, list):
        return sum(map(weigh, value), 1.0)
    if isinstance(value, ErrorInfo):
        return 0.0
    return float(np.sum(value))


def source() -> Any:
    return np.arange(LENGTH, dtype=float)


def number() -> Any:
    return 3.0


def mix(*items: Any) -> Any:
    return np.full(LENGTH, sum(map(weigh, items)))


def join(a: Any, b: Any = 100.0) -> Any:
    return np.full(LENGTH, weigh(a) + weigh(b))


def pack(value: Any, other: Any = 5.0) -> Any:
    return [value, other, value]


def unpack(values: Any) -> Any:
    return values[0] if isinstance(values, list) else values


def pair(value: Any = 1.0) -> Pair:
    return Pair(value, np.full(LENGTH, weigh(value)))


def drop(value: Any) -> None:
    assert value is not None


def switch(value: Any = 2.0) -> Switch:
    is_open = int(weigh(value)) % 2 == 0
    return Switch(Signal.when(is_open), Signal.when(not is_open))


def fail(value: Any = None) -> Any:
    raise ValueError("no good")


FUNCTIONS = {
    function.__name__: function for function in (source, number, mix, join, pack, unpack, pair, drop, switch, fail)
}


def declare(lab: Lab) -> None:
    """Have all kinds in the lab."""
    for name, function in FUNCTIONS.items():
        lab.vessel.node_types.pop(name, None)
        lab.node(function)


@dataclass
class Spec:
    """One node of a random graph.

    Attributes:
        data: For each input the output that feeds it, as `n3.left`; an input is a name, or a number for an item.
        triggers: Signals into `trigger`.
    """

    id: str
    kind: str
    data: dict[str | int, str] = field(default_factory=dict)
    triggers: list[str] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)


def build(specs: list[Spec]) -> Graph:
    """The graph that the specs describe."""
    graph = Graph()
    for spec in specs:
        graph.add(f"lab.{spec.kind}", id=spec.id)
        graph.set_run(spec.id, **spec.run)
        for port, output in spec.data.items():
            graph.connect(output, f"{spec.id}.items[{port}]" if isinstance(port, int) else f"{spec.id}.{port}")
        for signal in spec.triggers:
            graph.connect_control(signal, f"{spec.id}.trigger")
    return graph


@st.composite
def specs(draw: st.DrawFn, most: int = 12) -> list[Spec]:
    """Nodes, each wired to some before it."""
    made: list[Spec] = []
    outputs: list[str] = []
    signals: list[str] = []
    for index in range(draw(st.integers(1, most))):
        known = [name for name, kind in KINDS.items() if outputs or not kind.needs]
        spec = Spec(f"n{index}", draw(st.sampled_from(known)))
        kind = KINDS[spec.kind]
        for port in kind.needs:
            spec.data[port] = draw(st.sampled_from(outputs))
        for port in kind.may_have if outputs else ():
            if draw(st.booleans()):
                spec.data[port] = draw(st.sampled_from(outputs))
        if kind.items and outputs:
            spec.data.update(enumerate(draw(st.lists(st.sampled_from(outputs), max_size=4))))
        if signals and draw(st.integers(0, 2)) == 0:
            spec.triggers = draw(st.lists(st.sampled_from(signals), min_size=1, max_size=3, unique=True))
            spec.run["activation"] = {"trigger": draw(st.sampled_from(["AND", "OR", "XOR", "DECIDED"]))}
        _choose_run(draw, spec)
        made.append(spec)
        outputs += [f"{spec.id}.{port}" for port in kind.gives]
        if spec.kind == "fail" and draw(st.booleans()):
            outputs.append(f"{spec.id}.error")
        signals += [f"{spec.id}.{port}" for port in (*kind.signals, "done")]
    return made


def _choose_run(draw: st.DrawFn, spec: Spec) -> None:
    choice = draw(st.integers(0, 9))
    if choice == 0:
        spec.run["disabled"] = True
    elif choice == 1 and spec.kind in ("join", "pair", "unpack"):
        spec.run["bypass"] = True
    elif choice == 2:
        spec.run["retry"] = {"attempts": 2}
    elif choice == 3 and KINDS[spec.kind].gives:
        spec.run["on_error"] = {"default": {KINDS[spec.kind].gives[0]: 7.0}}
