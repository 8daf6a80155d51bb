"""What becomes of a function's annotations."""

import re
from dataclasses import dataclass
from typing import Annotated, NamedTuple, TypedDict

import pytest

from animaweave.authoring import Context, Field, Signal, Vessel
from animaweave.errors import VesselError
from animaweave.ports.port import MISSING


class Halves(NamedTuple):
    """Two outputs."""

    inside: int
    go: Signal


@dataclass
class Record:
    """Two outputs."""

    name: str
    size: float


class Entry(TypedDict):
    """One output."""

    key: str


@pytest.fixture
def vessel() -> Vessel:
    return Vessel("lab")


def declared(vessel, function, **facts):
    vessel.node(**facts)(function)
    return vessel.node_types[function.__name__]


def test_parameters_become_inputs_with_their_facts(vessel):
    def blur(
        image: bytes, sigma: Annotated[float, Field(min=0, unit="px")] = 1.0, *more: int, edges: str = "wrap"
    ) -> int:
        return 1

    image, sigma, more, edges = declared(vessel, blur).signature.inputs
    assert image.is_required
    assert (sigma.hint, sigma.default, sigma.field.unit, sigma.is_required) == (float, 1.0, "px", False)
    assert more.variadic
    assert not more.is_required
    assert edges.keyword
    assert more.default is MISSING


def test_a_label_stays_in_the_hint_and_names_the_output_in_its_own_vessel(vessel):
    grey = Annotated[bytes, vessel.label("Grey"), Field(unit="px")]

    def load(image: grey) -> grey:
        return image

    signature = declared(vessel, load).signature
    assert signature.inputs[0].hint == Annotated[bytes, vessel.labels["Grey"]]
    assert signature.outputs[0].name == "grey"

    other = Vessel("other")

    def pass_on(image: grey) -> grey:
        return image

    assert declared(other, pass_on).signature.outputs[0].name == "result"


@pytest.mark.parametrize(
    ("result", "names", "value", "parts"),
    [
        (Halves, ["inside", "go"], Halves(1, Signal.ACTIVE), (1, Signal.ACTIVE)),
        (Record, ["name", "size"], Record("a", 2.0), ("a", 2.0)),
        (Entry, ["key"], {"key": "k"}, ("k",)),
    ],
)
def test_the_fields_of_a_result_become_outputs(vessel, result, names, value, parts):
    def make() -> result:  # type: ignore[valid-type]
        return value

    node_type = declared(vessel, make)
    assert [port.name for port in node_type.signature.outputs] == names
    assert node_type.spread is not None
    assert node_type.spread(value) == parts
    with pytest.raises(TypeError, match=r"returned None; declared"):
        node_type.spread(None)


def test_signals_are_control_ports(vessel):
    def gate(go: Signal, x: int) -> Halves:
        return Halves(x, go)

    signature = declared(vessel, gate).signature
    assert [port.control for port in (*signature.inputs, *signature.outputs)] == [True, False, False, True]


def test_the_context_is_no_port_and_what_follows_it_is_given_by_name(vessel):
    def work(ctx: Context, x: int, y: int = 2) -> int:
        return x + y

    node_type = declared(vessel, work)
    assert node_type.context == "ctx"
    assert [(port.name, port.keyword) for port in node_type.signature.inputs] == [("x", True), ("y", True)]


def _no_type(x) -> int:
    return x


def _no_result(x: int):
    return x


def _changing(x: list[int] = []) -> int:  # noqa: B006 - that is what is refused
    return len(x)


def _by_any_name(**x: int) -> int:
    return len(x)


def _context_first(ctx: Context, *items: int) -> int:
    return len(items)


def _context_by_place(ctx: Context, /) -> int:
    return 1


def _unknown(x: "Nowhere") -> int:  # type: ignore[name-defined]  # noqa: F821
    return 1


def _misfit(x: Annotated[int, Field(min=5)] = 3) -> int:
    return x


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (_no_type, "parameter `x` has no type; write `x: float`, say"),
        (_no_result, "the return type is missing; write `-> float`, say, or `-> None`"),
        (
            _changing,
            "parameter `x` has a default that can change ([]), which all nodes would share; use a tuple, or None",
        ),
        (_by_any_name, "`**x` cannot be a port; name each input, or use `*items: T`"),
        (_context_first, "put `ctx` behind `*items`, so that it can be given by name"),
        (_context_by_place, "parameter `ctx` takes the context by name; put it behind the `/`"),
        (_misfit, "the default of parameter `x` does not fit it: expected a whole number of at least 5, found 3"),
        (_unknown, "its annotations cannot be read: name 'Nowhere' is not defined"),
    ],
)
def test_a_bad_declaration_names_file_line_node_and_parameter(vessel, function, problem):
    line = function.__code__.co_firstlineno
    place = f"{__file__}:{line}: node `lab.{function.__name__}`: "
    with pytest.raises(VesselError, match="^" + re.escape(place + problem) + "$"):
        vessel.node(function)


def test_what_is_no_function_is_refused(vessel):
    with pytest.raises(
        VesselError,
        match=r"test_signature\.py:\d+: a node is a function with a name, or a class with `__call__`; found Halves",
    ):
        vessel.node(Halves)


def test_one_name_for_several_outputs_is_refused(vessel):
    def make() -> Halves:
        return Halves(1, Signal.ACTIVE)

    with pytest.raises(VesselError, match="`name='x'` names one output, but the return type has 2"):
        vessel.node(name="x")(make)


def test_a_second_node_label_or_vessel_of_one_name_is_refused(vessel):
    def make() -> int:
        return 1

    vessel.node(make)
    vessel.label("A")
    with pytest.raises(VesselError, match="the vessel has another node of this name"):
        vessel.node(make)
    with pytest.raises(VesselError, match="vessel `lab` has a label `A` already"):
        vessel.label("A")
    with pytest.raises(VesselError, match="a vessel's name is a lower-case word"):
        Vessel("Not a word")


def test_a_converter_takes_one_value_and_returns_one(vessel):
    def two(x: int, y: int) -> str:
        return str(x + y)

    def one(x: int) -> str:
        """As text."""
        return str(x)

    with pytest.raises(VesselError, match="a converter takes one value and returns one"):
        vessel.converter(two)
    vessel.converter(one)
    assert [(c.name, c.source, c.target, c.doc) for c in vessel.converters] == [("lab.one", int, str, "As text.")]


def test_a_docstring_becomes_help(vessel):
    def blur(image: bytes, sigma: float = 1.0) -> int:
        """Smooth an image.

        With a kernel.

        Args:
            image: Picture to
                smooth.
            sigma: Width.
        """
        return 1

    help_ = declared(vessel, blur).help
    assert (help_.summary, help_.text) == ("Smooth an image.", "With a kernel.")
    assert help_.ports == {"image": "Picture to smooth.", "sigma": "Width."}
