"""Classes, generators and `async def` as nodes; lazy inputs, modes of signals, donated inputs."""

import asyncio
import dataclasses
import pickle
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from typing import Annotated, Any, NamedTuple

import pytest

from animaweave.authoring import NOT_ASKED, Ask, Context, Field, NodeType, Signal, Vessel
from animaweave.errors import VesselError


class Pair(NamedTuple):
    """Two outputs."""

    left: int
    right: str


class RunningMean:
    """The mean of all values so far.

    Of one run.
    """

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def __call__(self, value: float, *, weight: float = 1.0, ctx: Context | None = None) -> float:
        """Take one more value.

        Args:
            value: The value.
            weight: How much it counts.
        """
        self.total, self.count = self.total + weight * value, self.count + 1
        return self.total / self.count


@dataclasses.dataclass
class Counter:
    """Counts its calls."""

    calls: int = 0

    def __call__(self) -> Pair:
        self.calls += 1
        return Pair(self.calls, str(self.calls))


def declared(node: Callable[..., Any], **facts: Any) -> NodeType:
    vessel = Vessel("lab")
    vessel.node(**facts)(node)
    (node_type,) = vessel.node_types.values()
    return node_type


# ---------------------------------------------------------------- classes


def test_a_class_is_a_node_whose_ports_are_those_of_its_call() -> None:
    node_type = declared(RunningMean)

    assert (node_type.id, node_type.title, node_type.kind) == ("lab.running_mean", "Running mean", "class")
    assert node_type.placement == "inline"
    assert [(port.name, port.is_required) for port in node_type.signature.inputs] == [
        ("value", True),
        ("weight", False),
    ]
    assert node_type.context == "ctx"
    assert [port.hint for port in node_type.signature.outputs] == [float]
    one, other = node_type.function(), node_type.function()
    assert (one(2.0), one(4.0), other(8.0)) == (2.0, 3.0, 8.0)


def test_the_help_of_a_class_is_its_own_with_the_ports_of_its_call() -> None:
    help_ = declared(RunningMean).help

    assert (help_.summary, help_.text) == ("The mean of all values so far.", "Of one run.")
    assert help_.ports == {"value": "The value.", "weight": "How much it counts."}


def test_a_class_that_can_be_made_without_arguments_may_have_several_outputs() -> None:
    node_type = declared(Counter)

    assert [port.name for port in node_type.signature.outputs] == ["left", "right"]
    assert node_type.spread is not None
    assert node_type.spread(node_type.function()()) == (1, "1")


class NeedsStart:
    def __init__(self, start: int) -> None:
        self.start = start

    def __call__(self) -> int:
        return self.start


class Yields:
    def __call__(self) -> Iterator[int]:
        yield 1


class Waits:
    async def __call__(self) -> int:
        return 1


class Untyped:
    def __call__(self, value) -> int:
        return 1


class Unfinished(ABC):
    def __call__(self) -> int:
        return self.one()

    @abstractmethod
    def one(self) -> int: ...


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (
            NeedsStart,
            (
                "each run makes its instance without arguments, but `__init__` needs `start`; "
                "make it a parameter of `__call__`, or give it a default"
            ),
        ),
        (Yields, "`__call__` of a class returns one value an epoch; it can be neither `async` nor yield"),
        (Waits, "`__call__` of a class returns one value an epoch; it can be neither `async` nor yield"),
        (Unfinished, "`Unfinished` is abstract, so that no instance can be made for a run"),
        (Untyped, "parameter `value` has no type; write `value: float`, say"),
    ],
)
def test_a_class_that_cannot_be_a_node_is_refused_with_its_place(node: Any, problem: str) -> None:
    name = re.sub("(?<=[a-z])(?=[A-Z])", "_", node.__name__).lower()
    place = f"{__file__}:{node.__call__.__code__.co_firstlineno}: node `lab.{name}`: "

    with pytest.raises(VesselError, match="^" + re.escape(place + problem) + "$"):
        declared(node)


# ---------------------------------------------------------------- generators


def _lines(of: str, each: int = 1) -> Iterator[str]:
    yield from of.splitlines()[::each]


def _pairs() -> Generator[Pair, None, None]:
    yield Pair(1, "one")


def _ticks() -> Iterable[None]:
    yield None


def test_a_generator_is_a_source_whose_outputs_are_what_it_yields() -> None:
    lines, pairs, ticks = declared(_lines), declared(_pairs), declared(_ticks)

    assert {node_type.kind for node_type in (lines, pairs, ticks)} == {"generator"}
    assert [(port.name, port.hint) for port in lines.signature.outputs] == [("result", str)]
    assert [port.name for port in lines.signature.inputs] == ["of", "each"]
    assert [(port.name, port.hint) for port in pairs.signature.outputs] == [("left", int), ("right", str)]
    assert pairs.spread is not None
    assert [pairs.spread(value) for value in pairs.function()] == [(1, "one")]
    assert ticks.signature.outputs == ()


def test_what_a_plain_function_returns_may_well_be_an_iterator() -> None:
    def characters(text: str) -> Iterator[str]:
        return iter(text)

    node_type = declared(characters)

    assert node_type.kind == "function"
    assert [port.hint for port in node_type.signature.outputs] == [Iterator[str]]


def _yields_untyped():
    yield 1


def _yields_mistyped() -> int:  # type: ignore[misc]
    yield 1


def _yields_for(go: Signal) -> Iterator[int]:
    yield 1


def _yields_all(*items: int) -> Iterator[int]:
    yield from items


def _yields_lazily(item: Annotated[int, Field(lazy=True)] = 1) -> Iterator[int]:
    yield item


async def _yields_later() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        (_yields_untyped, "the return type is missing; write `-> Iterator[float]`, say"),
        (
            _yields_mistyped,
            "a node that yields returns what it yields one by one; write `-> Iterator[float]`, say",
        ),
        (
            _yields_for,
            "parameter `go` is a `Signal`, but no wire can lead to a node that yields; take a plain value",
        ),
        (
            _yields_all,
            "parameter `items` is variadic, but no wire can lead to a node that yields; take a plain value",
        ),
        (
            _yields_lazily,
            "parameter `item` is `lazy`, but no wire can lead to a node that yields; take a plain value",
        ),
        (_yields_later, "an `async def` that yields cannot run; write a source as a plain generator"),
    ],
)
def test_a_generator_that_cannot_be_a_source_is_refused_with_its_place(node: Any, problem: str) -> None:
    place = f"{__file__}:{node.__code__.co_firstlineno}: node `lab.{node.__name__}`: "

    with pytest.raises(VesselError, match="^" + re.escape(place + problem) + "$"):
        declared(node)


# ---------------------------------------------------------------- where nodes run


async def _later(value: int) -> int:
    return value


def _now(value: int) -> int:
    return value


def test_an_async_function_runs_on_the_loop_without_asking_for_it() -> None:
    node_type = declared(_later)

    assert (node_type.kind, node_type.placement) == ("async", "async")
    assert declared(_later, placement="async").placement == "async"
    assert asyncio.run(node_type.function(3)) == 3


@pytest.mark.parametrize("placement", ["inline", "thread", "process"])
def test_a_plain_function_runs_where_it_asks(placement: Any) -> None:
    assert declared(_now, placement=placement).placement == placement


@pytest.mark.parametrize(
    ("node", "placement", "problem"),
    [
        (
            _now,
            "async",
            (
                "only what is declared with `async def` runs on the engine's loop; use `thread` for what waits; "
                "found placement `async`"
            ),
        ),
        (
            _later,
            "thread",
            "what is declared with `async def` runs `async`, on the engine's loop; found placement `thread`",
        ),
        (_lines, "process", "a node that yields begins the epochs, so it runs `inline`; found placement `process`"),
        (RunningMean, "thread", "a class keeps its state in the run, so it runs `inline`; found placement `thread`"),
        (RunningMean, "nowhere", "there is no placement `nowhere`; it is one of inline, thread, async, process"),
    ],
)
def test_a_placement_that_the_kind_cannot_have_is_refused(node: Any, placement: Any, problem: str) -> None:
    with pytest.raises(VesselError, match=re.escape(problem) + "$"):
        declared(node, placement=placement)


# ---------------------------------------------------------------- what an input says


def _pick(
    second: bool,
    a: Annotated[int, Field(lazy=True)],
    *rest: Annotated[int, Field(lazy=True)],
) -> int | Ask:
    wanted = rest[0] if second else a
    return Ask("rest[0]" if second else "a") if wanted is NOT_ASKED else wanted


def test_a_node_asks_for_a_lazy_input_until_it_has_it() -> None:
    node_type, yes = declared(_pick), True

    assert [port.field.lazy for port in node_type.signature.inputs] == [False, True, True]
    assert [port.hint for port in node_type.signature.outputs] == [int]
    assert _pick(yes, NOT_ASKED, NOT_ASKED) == Ask("rest[0]")
    assert _pick(yes, NOT_ASKED, 3) == 3
    assert Ask("a", "b").inputs == ("a", "b")
    with pytest.raises(ValueError, match="names the inputs that the node needs"):
        Ask()


def test_what_passes_between_a_node_and_the_engine_survives_a_process() -> None:
    assert pickle.loads(pickle.dumps(Ask("a"))) == Ask("a")
    assert pickle.loads(pickle.dumps(NOT_ASKED)) is NOT_ASKED
    assert repr(NOT_ASKED) == "NOT_ASKED"


def test_an_ask_is_taken_out_of_what_a_node_returns() -> None:
    grey = Annotated[int, "grey"]

    def fields(x: Annotated[int, Field(lazy=True)]) -> Pair | Ask:
        return Ask("x")

    def several(x: Annotated[int, Field(lazy=True)]) -> grey | str | Ask | None:
        return Ask("x")

    assert [port.name for port in declared(fields).signature.outputs] == ["left", "right"]
    assert [port.hint for port in declared(several).signature.outputs] == [grey | str | None]


def test_a_signal_says_how_its_wires_are_joined() -> None:
    def wait(go: Annotated[Signal, Field(mode="OR")], also: Signal) -> int:
        return 1

    assert [port.field.mode for port in declared(wait).signature.inputs] == ["OR", "AND"]


def test_a_node_may_overwrite_inputs_and_say_what_memory_it_needs() -> None:
    def blend(a: bytes, b: bytes) -> bytes:
        return a + b

    assert declared(blend).donates == ()
    assert declared(blend, donates="a").donates == ("a",)
    assert declared(blend, donates=["b", "a", "b"], memory_factor=3).donates == ("b", "a")
    assert declared(blend, memory_factor=3).memory_factor == 3.0


def _lazy_signal(go: Annotated[Signal, Field(lazy=True)]) -> int:
    return 1


def _data_mode(x: Annotated[int, Field(mode="OR")]) -> int:
    return x


def _no_mode(go: Annotated[Signal, Field(mode="NOR")]) -> int:
    return 1


def _only_asks(x: Annotated[int, Field(lazy=True)]) -> Ask:
    return Ask("x")


def _asks_for_nothing(x: int) -> int | Ask:
    return x


@pytest.mark.parametrize(
    ("node", "facts", "problem"),
    [
        (_lazy_signal, {}, "parameter `go` takes a signal, which cannot be `lazy`; only data can"),
        (_data_mode, {}, "parameter `x` takes data, which has no `mode`; only a `Signal` has one"),
        (_no_mode, {}, "parameter `go` has no mode `NOR`; it is one of AND, OR, XOR"),
        (_only_asks, {}, "an `Ask` is no output; write what it returns in the end too, as in `-> float | Ask`"),
        (
            _asks_for_nothing,
            {},
            "it returns an `Ask`, but has no input to ask for; write `Annotated[float, Field(lazy=True)]`, say",
        ),
        (_now, {"donates": "image"}, "`donates` names no input with `image`; it has value"),
        (_ticks, {"donates": "image"}, "`donates` names no input with `image`; it has none"),
        (_now, {"memory_factor": -1}, "`memory_factor` is a number of at least 0; found -1"),
    ],
)
def test_facts_that_cannot_stand_are_refused_with_their_place(node: Any, facts: Any, problem: str) -> None:
    place = f"{__file__}:{node.__code__.co_firstlineno}: node `lab.{node.__name__}`: "

    with pytest.raises(VesselError, match="^" + re.escape(place + problem) + "$"):
        declared(node, **facts)


def test_a_converter_is_a_plain_function() -> None:
    with pytest.raises(VesselError, match="a converter takes one value and returns one"):
        Vessel("lab").converter(_later)


# ---------------------------------------------------------------- composites


def test_a_composite_has_its_parameters_as_settings_and_no_ports_of_its_own() -> None:
    vessel = Vessel("control")

    @vessel.composite(icon="repeat")
    def while_(graph: str = "", limit: int = 10) -> None:
        """Run it again."""

    node_type = vessel.node_types["while"]
    assert (node_type.id, node_type.composite, node_type.icon) == ("control.while", "while", "repeat")
    assert [port.name for port in node_type.signature.settings] == ["graph", "limit"]
    assert (node_type.signature.inputs, node_type.signature.outputs) == ((), ())


def test_a_composite_that_the_engine_does_not_know_is_refused() -> None:
    def while_(graph: str = "") -> None:
        """Run it again."""

    def until(graph: str = "") -> None:
        """Run it until something."""

    known = "control.for_each, control.while, control.fold, control.catch"
    problem = f"there is no such way to run a sub-graph; it is one of {known}"
    for vessel, function in (("lab", while_), ("control", until)):
        with pytest.raises(VesselError, match=re.escape(problem) + "$"):
            Vessel(vessel).composite()(function)
