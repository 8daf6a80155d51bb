"""Values go to JSON and come back the same, or are refused with a sentence."""

import collections
import contextlib
import datetime
import enum
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from jaxtyping import Bool, Float32

from animaweave.errors import ValueMismatch
from animaweave.ports.codec import decode, encode
from animaweave.ports.holds import holds
from animaweave.ports.label import Codec, Label
from tests.ports import strategies as kinds
from tests.ports.strategies import HINTS, VALUES


def through(value: Any, hint: Any) -> Any:
    """To JSON, through a file's text, and back."""
    return decode(json.loads(json.dumps(encode(value, hint), allow_nan=False)), hint)


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape) == (other.dtype, other.shape) and repr(one) == repr(other)
    return type(one) is type(other) and repr(one) == repr(other)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes().map(lambda time: time.replace(fold=0)),  # ISO 8601 has no word for it.
    st.times().map(lambda time: time.replace(fold=0)),
    st.just(pathlib.Path("a/b")),
)
keys = st.one_of(st.booleans(), st.integers(), st.text(), st.dates(), st.tuples(st.integers(), st.text()))
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(keys, inner, max_size=3),
        st.sets(keys, max_size=3),
    ),
    max_leaves=8,
)


@given(anything)
def test_a_port_that_takes_anything_gets_the_value_that_was_written(value: Any) -> None:
    again = through(value, Any)
    assert type(again) is type(value)
    if not isinstance(value, set):  # Its order is nobody's.
        assert repr(again) == repr(value) or again == value


@given(
    st.one_of(st.integers(), st.text(), st.floats(), st.just(pathlib.Path("x")), st.none(), st.dates(), st.booleans())
)
def test_a_port_of_several_types_gets_the_value_that_was_written(value: Any) -> None:
    assert alike(through(value, int | bool | pathlib.Path | str | float | datetime.date | None), value)


@given(arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, max_dims=3, max_side=3)))
def test_an_array_comes_back_bit_for_bit_or_is_refused(array: Any) -> None:
    if array.dtype.kind in "mMSOV" or array.dtype.name in ("float128", "complex256"):
        with pytest.raises(ValueMismatch, match="cannot be kept in a graph file"):
            encode(array, np.ndarray)
        return
    again = through(array, np.ndarray)
    assert again.shape == array.shape
    np.testing.assert_array_equal(again, array)


def test_whatever_a_type_holds_comes_back_or_is_refused() -> None:
    for hint in HINTS:
        for value in VALUES:
            if not holds(value, hint):
                with contextlib.suppress(ValueMismatch):
                    assert holds(decode(encode(value, hint), hint), hint), "what was meant by a path as text, say"
                continue
            with contextlib.suppress(ValueMismatch):
                assert holds(through(value, hint), hint), (hint, value)


@pytest.mark.parametrize(
    ("value", "hint", "written"),
    [
        (1, int, 1),
        (1, float, 1.0),
        (float("inf"), float, "inf"),
        (1 + 2j, complex, [1.0, 2.0]),
        (pathlib.PurePosixPath("a/b"), pathlib.PurePosixPath, "a/b"),
        ("a", pathlib.Path | str, "a"),
        (pathlib.Path("a"), pathlib.Path | str, {"is": "Path", "value": "a"}),
        (kinds.Colour.RED, kinds.Colour, "RED"),
        (kinds.Colour.RED, Literal[kinds.Colour.RED, "other"], "RED"),
        ("b", Literal["a", "b"], "b"),
        (datetime.date(2024, 2, 29), datetime.date, "2024-02-29"),
        ({3, 1, 2}, set[int], [1, 2, 3]),
        (collections.deque([1]), collections.deque[int], [1]),
        ((1, "a"), tuple[int, str], [1, "a"]),
        ((1, 2), Sequence[int], {"is": "tuple[int, ...]", "value": [1, 2]}),
        ({1: "a"}, Mapping[int, str], [[1, "a"]]),
        ({"a": 1}, dict[str, int], {"a": 1}),
        (kinds.Region(1, (0.5, 1.0)), kinds.Region, {"label": 1, "centre": [0.5, 1.0], "name": ""}),
        (kinds.Pair(1, "a"), kinds.Pair, {"left": 1, "right": "a"}),
        ({"size": 3}, kinds.Options, {"size": 3}),
        (kinds.Level.HIGH, kinds.Level, "HIGH"),
        (3.0, kinds.Metres, 3.0),
        ("x", kinds.Uuid, "x"),
        (None, float | None, None),
        (np.array([[1, 2]], np.uint8), np.ndarray, {"dtype": "uint8", "shape": [1, 2], "data": [1, 2]}),
    ],
    ids=repr,
)
def test_a_value_is_written_in_the_plainest_form_that_says_all(value: Any, hint: Any, written: Any) -> None:
    assert encode(value, hint) == written
    assert alike(through(value, hint), value) or through(value, hint) == value or isinstance(value, np.ndarray)


@pytest.mark.parametrize(
    ("written", "hint", "problem"),
    [
        ("x", int, 'expected a whole number, found "x"'),
        (1.0, int, "expected a whole number, found 1.0"),
        (1, str, "expected text, found 1"),
        (1, bool, "expected true or false, found 1"),
        ("1", float, 'expected a number, found "1"'),
        (10**400, float, "expected a number, found 1000"),
        (0, type(None), "expected nothing (None), found 0"),
        ([1, "a"], list[int], '[1]: expected a whole number, found "a"'),
        ({"a": {"b": "x"}}, dict[str, dict[str, int]], '[a][b]: expected a whole number, found "x"'),
        ("ab", list[str], 'expected a list of text, found "ab"'),
        ([[1]], set[list[int]], "expected a set of lists of whole numbers, found [[1]]"),
        ([1], tuple[int, int], "expected a tuple of a whole number and a whole number, found [1]"),
        (3, dict[str, int], "expected a dictionary from text to whole numbers, found 3"),
        ("GREEN", kinds.Colour, 'expected one of RED, BLUE, found "GREEN"'),
        ("c", Literal["a", "b"], 'expected one of "a", "b", found "c"'),
        (1, Literal[True], "expected true, found 1"),
        ("x", int | None, 'expected a whole number or nothing (None), found "x"'),
        ("2024-13-01", datetime.date, 'expected a date, found "2024-13-01"'),
        ({"label": 1}, kinds.Region, 'expected a Region, found {"label": 1}'),
        ({"label": 1, "more": 2}, kinds.Region, 'expected a Region, found {"label": 1, "more": 2}'),
        ({"title": "a"}, kinds.Options, 'expected an Options, found {"title": "a"}'),
        ([[1, 2], [3]], np.ndarray, "expected an array of values of any type, found [[1, 2], [3]]"),
        ([1.5], Float32[np.ndarray, "h w"], 'expected an array of 32-bit floats of shape "h w", found an array of 32-'),
        ({"dtype": "object", "shape": [1], "data": [1]}, np.ndarray, "expected an array of values of any type, found"),
        ({"dtype": "uint8", "shape": [1], "data": [300]}, np.ndarray, "expected an array of values of any type, found"),
        ({"dtype": "bool", "shape": [1], "data": [1]}, np.ndarray, "expected an array of values of any type, found"),
        (1, type[int], "types cannot be kept in a graph file; wire it instead"),
        ("a" * 100, int, f'expected a whole number, found "{"a" * 58}…'),
    ],
    ids=lambda value: str(value)[:40],
)
def test_json_that_is_no_such_value_is_refused(written: Any, hint: Any, problem: str) -> None:
    with pytest.raises(ValueMismatch) as refusal:
        decode(written, hint)
    assert str(refusal.value).startswith(problem)


@pytest.mark.parametrize(
    ("value", "hint", "written"),
    [
        ("a/b.png", pathlib.Path, "a/b.png"),
        ("RED", kinds.Colour, "RED"),
        ([1, 2], tuple[int, int], [1, 2]),
        ("2024-02-29", datetime.date, "2024-02-29"),
        ([[1.0]], Float32[np.ndarray, "h w"], {"dtype": "float32", "shape": [1, 1], "data": [1.0]}),
    ],
    ids=repr,
)
def test_a_value_as_a_file_has_it_is_taken_for_what_it_means(value: Any, hint: Any, written: Any) -> None:
    assert encode(value, hint) == written


@pytest.mark.parametrize(
    ("value", "hint"), [("1", int), (1.0, int), (1, str), ("a", kinds.Colour), (None, float)], ids=repr
)
def test_a_value_of_another_type_is_not_written(value: Any, hint: Any) -> None:
    with pytest.raises(ValueMismatch, match=r"^expected .*, found "):
        encode(value, hint)


def test_an_array_may_be_written_by_hand_as_lists() -> None:
    array = decode([[1.5, 2]], Float32[np.ndarray, "h w"])
    assert (array.dtype, array.tolist()) == (np.dtype("float32"), [[1.5, 2.0]])
    assert decode([True, False], Bool[np.ndarray, "n"]).tolist() == [True, False]


def test_a_large_array_belongs_into_a_file_of_its_own() -> None:
    with pytest.raises(ValueMismatch, match=r"an array of 20,000 values is too large .* load it from a file"):
        encode(np.zeros(20_000), np.ndarray)


def test_what_has_no_form_is_to_be_wired() -> None:
    with pytest.raises(ValueMismatch, match="a Door cannot be kept in a graph file; wire it instead"):
        encode(kinds.Door(), kinds.Door)
    with pytest.raises(ValueMismatch, match="found a Door"):
        encode([kinds.Door()], Any)


def test_members_of_flags_are_kept_by_number() -> None:
    class Edge(enum.Flag):
        LEFT = 1
        RIGHT = 2

    assert through(Edge.LEFT | Edge.RIGHT, Edge) is Edge.LEFT | Edge.RIGHT


def test_a_labels_own_codec_comes_first_and_its_errors_become_sentences() -> None:
    def from_text(text: Any) -> tuple[int, ...]:
        return tuple(bytes.fromhex(text.removeprefix("#")))

    codec = Codec(lambda rgb: "#" + bytes(rgb).hex(), from_text)
    colour = Annotated[tuple[int, int, int], Label("image", "Colour", codec=codec)]
    assert encode((255, 0, 16), colour) == "#ff0010"
    assert decode("#ff0010", colour) == (255, 0, 16)
    assert through([(1, 2, 3)], list[colour]) == [(1, 2, 3)]
    with pytest.raises(ValueMismatch, match=r'expected image.Colour, found "red": non-hexadecimal'):
        decode("red", colour)
    with pytest.raises(ValueMismatch, match=r"expected image.Colour, found 3"):
        decode(3, colour)
