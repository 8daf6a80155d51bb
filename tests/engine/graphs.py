"""Random graphs that run: every kind of node, failures, branches that close, and all that `run` may ask for.

`specs()` draws plain nodes; `networks()` all there is: sub-graphs within each other, control inputs, lazy inputs,
feedback, nodes that run alone or elsewhere. Both draw a flat list. The id of a node inside a sub-graph is its path, and
the wires are those that remain when all sub-graphs are flat; `build` makes nested sub-graphs of that.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from animaweave.authoring import NOT_ASKED, Ask, ErrorInfo, Field, Signal
from animaweave.graph.document import Graph
from tests.engine.lab import Lab, Pair, Switch

LENGTH = 8
"""Items of every array."""


@dataclass(frozen=True)
class Kind:
    """A kind of node: what goes in and out of it.

    Attributes:
        needs: Inputs that must be wired.
        may_have: Inputs that have defaults.
        items: Whether it takes any number of further values.
        gives: Data outputs.
        signals: Control outputs.
        controls: Control inputs, each with the mode that its type declares.
        lazy: Inputs that it asks for; `items` stands for all of those.
    """

    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()
    items: bool = False
    gives: tuple[str, ...] = ("result",)
    signals: tuple[str, ...] = ()
    controls: tuple[tuple[str, str], ...] = ()
    lazy: tuple[str, ...] = ()


PLAIN = {
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
SPECIAL = {
    "own": Kind(may_have=("value",), controls=(("go", "AND"), ("stop", "OR"))),
    "tell": Kind(may_have=("value",), signals=("told",)),
    "pick": Kind(may_have=("choice", "a", "b"), lazy=("a", "b")),
    "both": Kind(needs=("a",), may_have=("b",), lazy=("a", "b")),
    "choose": Kind(may_have=("index",), items=True, lazy=("items",)),
    "later": Kind(may_have=("value",)),
    "alone": Kind(may_have=("value",)),
}
BORDERS = {
    "entry": Kind(may_have=("default",), gives=("value",)),
    "must": Kind(needs=("default",), gives=("value",)),
    "exit": Kind(needs=("value",), gives=("value",)),
    "signal_in": Kind(gives=(), signals=("value",), controls=(("value", "AND"),)),
    "signal_out": Kind(gives=(), signals=("value",), controls=(("value", "AND"),)),
}
"""The ports of sub-graphs, as nodes inside of them."""

KINDS = {**PLAIN, **SPECIAL, **BORDERS}

Lazy = Annotated[Any, Field(lazy=True)]


class Told(NamedTuple):
    """A value and a signal."""

    result: Any
    told: Signal


def weigh(value: Any) -> float:
    """One number for any value that flows."""
    if isinstance(value, list):
        return sum(map(weigh, value), 1.0)
    if isinstance(value, ErrorInfo):
        return 0.0
    return float(np.sum(value))


def is_even(value: Any) -> bool:
    """What decides wherever a node decides."""
    return int(weigh(value)) % 2 == 0


def source() -> Any:
    return np.arange(LENGTH, dtype=float)


def number(value: float = 3.0) -> Any:
    return value


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
    return Switch(Signal.when(is_even(value)), Signal.when(not is_even(value)))


def fail(value: Any = None) -> Any:
    raise ValueError("no good")


def own(go: Signal, stop: Annotated[Signal, Field(mode="OR")], value: Any = 1.0) -> Any:
    return weigh(value) + 10 * bool(go) + 20 * bool(stop)


def tell(value: Any = 1.0) -> Told:
    return Told(value, Signal.ACTIVE if is_even(value) else None)  # type: ignore[arg-type]


def pick(choice: Any = 2.0, a: Lazy = 7.0, b: Lazy = 8.0) -> Any:
    name, value = ("a", a) if is_even(choice) else ("b", b)
    return Ask(name) if value is NOT_ASKED else value


def both(a: Lazy, b: Lazy = 9.0) -> Any:
    if a is NOT_ASKED:
        return Ask("a")
    if is_even(a):
        return a
    return Ask("b") if b is NOT_ASKED else weigh(a) + weigh(b)


def choose(index: Any = 0.0, *items: Lazy) -> Any:
    if not items:
        return 4.0
    place = int(weigh(index)) % len(items)
    return Ask(f"items[{place}]") if items[place] is NOT_ASKED else items[place]


async def later(value: Any = 6.0) -> Any:
    await asyncio.sleep(0)
    return value


def alone(value: Any = 11.0) -> Any:
    threading.Event().wait(0.001)  # Others have time to come in, if they may.
    return value


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(source, number, mix, join, pack, unpack, pair, drop, switch, fail),
        *(own, tell, pick, both, choose, later, alone),
    )
}


class Traffic:
    """Who is inside of a node right now; `alone` must be so alone.

    Attributes:
        clashes: How often it was not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = self._alone = self.clashes = 0

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted while it runs."""

        @wraps(function)
        def visit(*args: Any, **kwargs: Any) -> Any:
            self._enter(function)
            try:
                return function(*args, **kwargs)
            finally:
                self._leave(function)

        @wraps(function)
        async def visit_later(*args: Any, **kwargs: Any) -> Any:
            self._enter(function)
            try:
                return await function(*args, **kwargs)
            finally:
                self._leave(function)

        return visit_later if function is later else visit

    def _enter(self, function: Callable[..., Any]) -> None:
        with self._lock:
            self._inside += 1
            self._alone += function is alone
            self.clashes += bool(self._alone) and self._inside > 1

    def _leave(self, function: Callable[..., Any]) -> None:
        with self._lock:
            self._inside -= 1
            self._alone -= function is alone


def declare(lab: Lab, traffic: Traffic | None = None) -> None:
    """Have all kinds in the lab."""
    for name, function in FUNCTIONS.items():
        lab.vessel.node_types.pop(name, None)
        lab.node(function if traffic is None else traffic.watched(function))


@dataclass
class Spec:
    """One node of a random graph.

    Attributes:
        id: Path through the sub-graphs: `u1/n3`.
        kind: One of `KINDS`; `use` for what stands for a whole sub-graph, those inside of which follow.
        data: For each input the output that feeds it, as `n3.left`; an input is a name, or a number for an item.
        triggers: Signals into `trigger`.
        signals: Signals into its own control inputs.
    """

    id: str
    kind: str
    data: dict[str | int, str] = field(default_factory=dict)
    triggers: list[str] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)
    signals: dict[str, list[str]] = field(default_factory=dict)


_NONE: dict[str, Any] = {}
_SIGNAL = {"type": "Signal"}
_BORDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "entry": ("graph.input", {"default": 50.0}),
    "must": ("graph.input", {}),
    "exit": ("graph.output", {}),
    "signal_in": ("graph.input", _SIGNAL),
    "signal_out": ("graph.output", _SIGNAL),
}


def build(specs: list[Spec]) -> Graph:
    """The graph that the specs describe."""
    graph = Graph()
    scopes: dict[str, Any] = {"": graph}
    kinds = {spec.id: spec.kind for spec in specs}
    for spec in specs:
        scope, _, name = spec.id.rpartition("/")
        if spec.kind == "use":
            subgraph = spec.id.replace("/", "_")
            scopes[spec.id] = graph.add_subgraph(subgraph)
            node_type, params = f"graph.{subgraph}", _NONE
        else:
            node_type, params = _BORDERS.get(spec.kind, (f"lab.{spec.kind}", _NONE))
        scopes[scope].add(node_type, id=name, params=params)
        scopes[scope].set_run(name, **spec.run)
    for spec in specs:
        for port, output in spec.data.items():
            place = f"items[{port}]" if isinstance(port, int) else port
            scope, source, target = _ends(spec, place, output, kinds)
            scopes[scope].connect(source, target)
        for port, signals in {"trigger": spec.triggers, **spec.signals}.items():
            for signal in signals:
                scope, source, target = _ends(spec, port, signal, kinds)
                scopes[scope].connect_control(source, target)
    return graph


def _ends(spec: Spec, port: str, output: str, kinds: dict[str, str]) -> tuple[str, str, str]:
    """Where a wire is drawn, and its two ends there: those at the border of a sub-graph belong to what uses it."""
    scope, _, name = spec.id.rpartition("/")
    target = f"{name}.{port}"
    if spec.kind in ("entry", "must", "signal_in") and port in ("default", "value"):
        scope, _, use = scope.rpartition("/")
        target = f"{use}.{name}"
    node, _, own_port = output.rpartition(".")
    if kinds[node] in ("exit", "signal_out") and own_port == "value":
        use, _, own_port = node.rpartition("/")
        node = use
    return scope, f"{node.rpartition('/')[2]}.{own_port}", target


@st.composite
def specs(draw: st.DrawFn, most: int = 12) -> list[Spec]:
    """Plain nodes, each wired to some before it."""
    made: list[Spec] = []
    outputs: list[str] = []
    signals: list[str] = []
    for index in range(draw(st.integers(1, most))):
        known = [name for name, kind in PLAIN.items() if outputs or not kind.needs]
        spec = _wired(draw, Spec(f"n{index}", draw(st.sampled_from(known))), outputs, signals)
        made.append(spec)
        _offer(draw, spec, outputs, signals)
    return made


def _wired(draw: st.DrawFn, spec: Spec, outputs: list[str], signals: list[str]) -> Spec:
    kind = KINDS[spec.kind]
    for port in kind.needs:
        spec.data[port] = draw(st.sampled_from(outputs))
    for port in kind.may_have if outputs else ():
        if draw(st.booleans()):
            spec.data[port] = draw(st.sampled_from(outputs))
    if kind.items and outputs:
        spec.data.update(enumerate(draw(st.lists(st.sampled_from(outputs), max_size=4))))
    if signals and draw(st.integers(0, 2)) == 0:
        _trigger(draw, spec, signals)
    _choose_run(draw, spec)
    return spec


def _trigger(draw: st.DrawFn, spec: Spec, signals: list[str]) -> None:
    spec.triggers = draw(st.lists(st.sampled_from(signals), min_size=1, max_size=3, unique=True))
    spec.run["activation"] = {"trigger": draw(st.sampled_from(_MODES))}


def _offer(draw: st.DrawFn, spec: Spec, outputs: list[str], signals: list[str]) -> None:
    """Have what a node gives wired to others."""
    kind = KINDS[spec.kind]
    outputs += [f"{spec.id}.{port}" for port in kind.gives]
    if spec.kind == "fail" and draw(st.booleans()):
        outputs.append(f"{spec.id}.error")
    signals += [f"{spec.id}.{port}" for port in (*kind.signals, "done")]


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


_MODES = ["AND", "OR", "XOR", "DECIDED"]


# ---------------------------------------------------------------- all there is


@st.composite
def networks(draw: st.DrawFn, most: int = 14) -> list[Spec]:
    """Nodes of all kinds, in sub-graphs within each other, with wires that lead back."""
    made: list[Spec] = []
    _scope(draw, made, "", most, (), ())
    return made


def _scope(
    draw: st.DrawFn, made: list[Spec], prefix: str, most: int, outputs: tuple[str, ...], signals: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """Draw the nodes of one graph or sub-graph.

    Args:
        draw: Hypothesis'.
        made: Takes them.
        prefix: Of their ids.
        most: How many, those of sub-graphs not counted.
        outputs: What its inputs give.
        signals: What its inputs of type `Signal` give.
    Returns:
        What may be read inside: outputs and signals.
    """
    have, told = list(outputs), list(signals)
    begin = len(made)
    for index in range(draw(st.integers(1, most))):
        if prefix.count("/") < 2 and draw(st.integers(0, 7)) == 0:
            _use(draw, made, f"{prefix}u{index}", have, told)
            continue
        known = [
            name
            for name, kind in {**PLAIN, **SPECIAL}.items()
            if (have or not kind.needs) and (told or not kind.controls)
        ]
        spec = Spec(f"{prefix}n{index}", draw(st.sampled_from(known)))
        _wire_controls(draw, spec, told)
        _wired(draw, spec, have, told)
        if spec.signals and _toss(draw):
            spec.run.setdefault("activation", {})["*"] = draw(st.sampled_from(_MODES))
        if spec.kind == "alone":
            spec.run["mode"] = "sequential"
        if spec.kind != "later" and draw(st.integers(0, 5)) == 0:
            spec.run["placement"] = "thread"
        made.append(spec)
        _offer(draw, spec, have, told)
    for spec in made[begin:]:  # Wires that may lead back.
        depth = spec.id.count("/") - (spec.kind in BORDERS)
        for port in KINDS[spec.kind].may_have if spec.kind != "use" and depth == prefix.count("/") else ():
            if port not in spec.data and have and draw(st.integers(0, 5)) == 0:
                spec.data[port] = draw(st.sampled_from(have))
    return have, told


def _wire_controls(draw: st.DrawFn, spec: Spec, signals: list[str]) -> None:
    for port, _ in KINDS[spec.kind].controls if signals else ():
        if draw(st.integers(0, 9)):  # One that is not wired lets its node never run.
            spec.signals[port] = draw(st.lists(st.sampled_from(signals), min_size=1, max_size=3, unique=True))
            if _toss(draw):
                spec.run.setdefault("activation", {})[port] = draw(st.sampled_from(_MODES))


def _use(draw: st.DrawFn, made: list[Spec], path: str, outputs: list[str], signals: list[str]) -> None:
    """Draw a sub-graph and what uses it; offer what it gives."""
    use = Spec(path, "use")
    made.append(use)
    if signals and _toss(draw):
        _trigger(draw, use, signals)
    if draw(st.integers(0, 9)) == 0:
        use.run["disabled"] = True
    inputs: list[str] = []
    told: list[str] = []
    for index in range(draw(st.integers(0, 2))):
        entry = Spec(f"{path}/x{index}", "must" if outputs and _toss(draw) else "entry")
        if outputs and (entry.kind == "must" or _toss(draw)):
            entry.data["default"] = draw(st.sampled_from(outputs))
        made.append(entry)
        inputs.append(f"{entry.id}.value")
    if signals and _toss(draw):
        entry = Spec(f"{path}/go", "signal_in")
        entry.signals["value"] = draw(st.lists(st.sampled_from(signals), min_size=1, max_size=2, unique=True))
        if _toss(draw):
            use.run.setdefault("activation", {})["go"] = draw(st.sampled_from(_MODES))
        made.append(entry)
        told.append(f"{entry.id}.value")
    inside, told_inside = _scope(draw, made, f"{path}/", 4, tuple(inputs), tuple(told))
    for index in range(draw(st.integers(0, 2)) if inside else 0):
        made.append(Spec(f"{path}/y{index}", "exit", {"value": draw(st.sampled_from(inside))}))
        outputs.append(f"{path}/y{index}.value")
    if told_inside and _toss(draw):
        made.append(Spec(f"{path}/ran", "signal_out", signals={"value": [draw(st.sampled_from(told_inside))]}))
        signals.append(f"{path}/ran.value")
    signals.append(f"{path}.done")
    if _toss(draw):
        outputs.append(f"{path}.error")


def _toss(draw: st.DrawFn) -> bool:
    return draw(st.booleans())
