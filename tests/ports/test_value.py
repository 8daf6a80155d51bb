"""Values at a port, from a file and from the command line."""

import datetime
import pathlib
import re
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Float32

from animaweave.errors import ValueMismatch
from animaweave.ports.field import Field
from animaweave.ports.label import Codec, Label
from animaweave.ports.port import Port
from animaweave.ports.value import accept, from_json, read_text, verify
from tests.ports.strategies import Colour, Grey

SIGMA = Port(name="sigma", hint=float, default=1.0, field=Field(min=0, max=50, unit="px"))
EDGES = Port(name="edges", hint=Literal["reflect", "wrap", "nearest"], default="reflect")
UNIT = Port(name="unit", hint=str, default="mm", field=Field(choices=("mm", "cm")))
COLOUR = Annotated[str, Label("image", "Colour", codec=Codec(lambda c: c[1:], lambda text: "#" + text + ""))]


def port(hint: Any, **facts: Any) -> Port:
    return Port(name="value", hint=hint, field=Field(**facts))


@pytest.mark.parametrize(
    ("value", "at", "problem"),
    [
        (60, SIGMA, "expected a number from 0 to 50 (px), found 60"),
        (-0.5, SIGMA, "expected a number from 0 to 50 (px), found -0.5"),
        (float("nan"), SIGMA, "expected a number from 0 to 50 (px), found NaN"),
        ("2,0", SIGMA, 'expected a number from 0 to 50 (px), found "2,0"; write 2.0'),
        ("x", SIGMA, 'expected a number from 0 to 50 (px), found "x"'),
        ("99", SIGMA, 'expected a number from 0 to 50 (px), found "99"'),
        (None, SIGMA, "expected a number from 0 to 50 (px), found null"),
        (2.0, port(int, min=1), "expected a whole number of at least 1, found 2.0; write 2"),
        (2.5, port(int, max=3), "expected a whole number of at most 3, found 2.5"),
        (1, port(bool), "expected true or false, found 1; write true"),
        (1.5, port(str, unit="mm"), "expected text (mm), found 1.5"),
        ([1, 9], port(list[int], max=5), "expected a list of whole numbers of at most 5, found [1, 9]"),
        ("mmm", UNIT, 'expected one of "mm", "cm", found "mmm"; did you mean "mm"?'),
        ("reflct", EDGES, 'expected one of "reflect", "wrap", "nearest", found "reflct"; did you mean "reflect"?'),
        ("RAD", port(Colour), 'expected one of RED, BLUE, found "RAD"; did you mean "RED"?'),
        (
            np.zeros((2, 2)),
            port(Float32[np.ndarray, "h w"]),
            'expected an array of 32-bit floats of shape "h w", found an array of 64-bit floats of shape (2, 2)',
        ),
        (np.int64(3), port(str), "expected text, found 3 (int64)"),
        (np.zeros(2), port(Grey), "expected image.Grey, found an array of 64-bit floats of shape (2,)"),
    ],
    ids=lambda value: "" if isinstance(value, Port) else str(value),
)
def test_a_value_that_may_not_stand_there_is_refused(value: Any, at: Port, problem: str) -> None:
    with pytest.raises(ValueMismatch) as refusal:
        verify(value, at)
    assert str(refusal.value) == problem


@given(st.floats(0, 50))
def test_a_value_in_range_may_stand(value: float) -> None:
    verify(value, SIGMA)
    assert from_json(value, SIGMA) == value
    assert read_text(repr(value), SIGMA) == value


def test_a_value_from_python_may_be_written_as_in_a_file() -> None:
    door = object()
    assert accept(door, port(object)) is door
    assert accept("a/b.png", port(pathlib.Path)) == pathlib.Path("a/b.png")
    assert accept("RED", port(Colour)) is Colour.RED
    with pytest.raises(ValueMismatch, match=r"^expected a number from 0 to 50 \(px\), found 60$"):
        accept(60, SIGMA)
    with pytest.raises(ValueMismatch, match=r'^expected a whole number, found "3"'):
        accept("3", port(int))


def test_a_value_from_a_file_is_decoded_and_verified() -> None:
    assert from_json("a/b.png", port(pathlib.Path)) == pathlib.Path("a/b.png")
    assert from_json(2, SIGMA) == 2.0
    with pytest.raises(ValueMismatch, match=r'^expected a number from 0 to 50 \(px\), found "2,0"; write 2\.0$'):
        from_json("2,0", SIGMA)
    with pytest.raises(ValueMismatch, match=r"^expected a number from 0 to 50 \(px\), found 60$"):
        from_json(60, SIGMA)
    with pytest.raises(ValueMismatch, match=r'^\[1\]: expected a whole number, found "x"$'):
        from_json([1, "x"], port(list[int]))


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        (" 3 ", int, 3),
        ("2.5", float, 2.5),
        ("1 + 2j", complex, 1 + 2j),
        ("yes", bool, True),
        ("0", bool, False),
        ("3", str, "3"),
        (" a ", str, " a "),
        ("none", int | None, None),
        ("4", int | None, 4),
        ("none", str | None, None),
        ("4", int | str, 4),
        ("x", int | str, "x"),
        ("[a].png", pathlib.Path, pathlib.Path("[a].png")),
        ("wrap", Literal["wrap", 2], "wrap"),
        ("2", Literal["wrap", 2], 2),
        ("true", Literal[True], True),
        ("RED", Colour, Colour.RED),
        ("[1, 2]", list[float], [1.0, 2.0]),
        ('{"a": 1}', dict[str, int], {"a": 1}),
        ("2024-02-29", datetime.date, datetime.date(2024, 2, 29)),
        ("4", Any, 4),
        ("x y", Any, "x y"),
        ("ff0000", COLOUR, "#ff0000"),
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", repr(value)),
)
def test_a_text_is_read_by_the_ports_type(text: str, hint: Any, value: Any) -> None:
    read = read_text(text, port(hint))
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "at", "problem"),
    [
        ("2,0", SIGMA, 'expected a number from 0 to 50 (px), found "2,0"; write 2.0'),
        ("60", SIGMA, "expected a number from 0 to 50 (px), found 60"),
        ("", SIGMA, 'expected a number from 0 to 50 (px), found ""'),
        ("3.0", port(int), "expected a whole number, found 3.0; write 3"),
        ("maybe", port(bool), 'expected true or false, found "maybe"'),
        ("some", port(type(None)), 'expected nothing (None), found "some"'),
        ("x", port(int | None), 'expected a whole number or nothing (None), found "x"'),
        ("nearst", EDGES, 'expected one of "reflect", "wrap", "nearest", found "nearst"; did you mean "nearest"?'),
        ("1,2", port(list[float]), 'expected a list of numbers, found "1,2"'),
        ('[1, "a"]', port(list[float]), '[1]: expected a number, found "a"'),
        ("[" * 100_000, port(list[float]), 'expected a list of numbers, found "[[[[[[['),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_text_that_is_no_such_value_is_refused_with_the_way_out(text: str, at: Port, problem: str) -> None:
    with pytest.raises(ValueMismatch) as refusal:
        read_text(text, at)
    assert str(refusal.value).startswith(problem)
