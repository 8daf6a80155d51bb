"""What a vessel's author may write, beyond the plainest function."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any, ClassVar, NotRequired, TypedDict

import pytest

from animaweave.authoring import Context, Vessel
from animaweave.errors import VesselError
from animaweave.registry.lookup import Registry


@pytest.fixture
def vessel() -> Vessel:
    return Vessel("lab")


@dataclasses.dataclass
class Counted:
    """Has an attribute of its class, which is no field."""

    first: int
    KIND: ClassVar[str] = "counted"
    second: str = "two"


class Loose(TypedDict):
    """Need not have all its keys, to a type checker."""

    always: int
    perhaps: NotRequired[str]


def test_attributes_of_a_result_class_are_no_outputs(vessel: Vessel) -> None:
    @vessel.node
    def count() -> Counted:
        return Counted(1)

    node_type = vessel.node_types["count"]

    assert [(port.name, port.hint) for port in node_type.signature.outputs] == [("first", int), ("second", str)]
    assert node_type.spread is not None
    assert node_type.spread(count()) == (1, "two")


def test_a_key_that_may_be_left_out_is_an_output_of_its_type(vessel: Vessel) -> None:
    @vessel.node
    def loose() -> Loose:
        return {"always": 1, "perhaps": "x"}

    node_type = vessel.node_types["loose"]

    assert [(port.name, port.hint) for port in node_type.signature.outputs] == [("always", int), ("perhaps", str)]
    assert node_type.spread is not None
    with pytest.raises(TypeError, match="returned a dict; declared Loose with always, perhaps"):
        node_type.spread({"always": 1})


def test_the_context_may_be_left_out_where_the_function_is_called_by_hand(vessel: Vessel) -> None:
    @vessel.node
    def work(value: int, ctx: Context | None = None) -> int:
        return value

    assert vessel.node_types["work"].context == "ctx"
    assert [port.name for port in vessel.node_types["work"].signature.inputs] == ["value"]
    assert work(3) == 3


def _two_contexts(one: Context, other: Context) -> int:
    return 1


def _contexts(*ctx: Context) -> int:
    return 1


def _plain() -> int:
    return 1


@pytest.mark.parametrize(
    ("function", "facts", "problem"),
    [
        (_two_contexts, {}, "both `one` and `other` take the context; one is enough"),
        (_contexts, {}, "parameter `ctx` takes the context by name; write it without stars"),
        (_plain, {"name": "a.b"}, "an output cannot be called 'a.b'; choose a word such as `result`"),
        (
            _plain,
            {"placement": "proces"},
            "there is no placement `proces`; it is one of inline, thread, async, process",
        ),
        (
            _plain,
            {"effects": ["network", "write"]},
            "there is no effect `write`; it is one of read-files, write-files, network, run-code",
        ),
    ],
)
def test_what_cannot_stand_is_refused_in_a_sentence(
    vessel: Vessel, function: Callable[..., Any], facts: dict[str, Any], problem: str
) -> None:
    with pytest.raises(VesselError, match=re.escape(problem) + "$"):
        vessel.node(**facts)(function)
    assert vessel.node_types == {}


def test_an_old_name_may_be_given_without_the_vessels(vessel: Vessel) -> None:
    @vessel.node(aliases=["before", "other.before"])
    def now() -> int:
        return 1

    registry = Registry()
    registry.add(vessel)

    assert registry.node_type("lab.before") is registry.node_type("other.before") is vessel.node_types["now"]


@pytest.mark.parametrize("name", ["Image", "two words", "class", "", "1st", "a.b"])
def test_a_vessels_name_is_a_lower_case_word(name: str) -> None:
    with pytest.raises(VesselError, match=re.escape(f"vessel `{name}`: a vessel's name is a lower-case word")):
        Vessel(name)


def test_a_vessel_shows_what_it_is(vessel: Vessel) -> None:
    vessel.node(_plain)

    assert repr(vessel) == "<Vessel lab with 1 nodes>"
    assert vessel.title == "Lab"
