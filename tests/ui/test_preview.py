"""What values look like on a node."""

import dataclasses
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Signal
from animaweave.ui.preview import CELL, COLUMNS, LONGEST, ROWS, number_text, preview
from animaweave.vessels.image import Colour, Grey, Labels, Mask


class Point(NamedTuple):
    """A record."""

    x: float
    y: float


@dataclasses.dataclass
class Person:
    """Another one."""

    name: str
    born: int


class Foreign:
    """A type that raises whatever is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError("do not look at me")

    __str__ = __repr__


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (24, "24"),
        (-3, "−3"),
        (999_999_999_999, "999999999999"),
        (-(10**30), "−1e+30"),
        (0.1 + 0.2, "0.3"),
        (-1.5e-7, "−1.5e−07"),
        (math.nan, "nan"),
        (-math.inf, "−inf"),
        (3 + 4j, "3+4j"),
        (np.float32(0.25), "0.25"),
        (np.array(7), "7"),
    ],
)
def test_a_number_is_shown_short(value: Any, text: str) -> None:
    made = preview(value)
    assert (made.kind, made.text) == ("number", text)


def test_a_number_of_more_digits_than_python_writes_is_shown() -> None:
    assert preview(-123_456_789 * 10**5_000).text == "−1.23457e+5008"


@given(st.integers() | st.integers(-(10**400), 10**400))
def test_a_whole_number_is_shown_in_full_or_to_six_digits(value: int) -> None:
    text = number_text(value).replace("−", "-")
    if abs(value) < 10**12:
        assert int(text) == value
    else:
        lead, exponent = text.split("e+")
        assert 1 <= abs(float(lead)) < 10
        scale = 10 ** (int(exponent) - 12)  # Exact: floats end at 10**308.
        assert abs(round(float(lead) * 10**12) * scale - value) <= 6 * 10**6 * scale
        assert len(str(abs(value))) - 1 in (int(exponent), int(exponent) - 1)


@pytest.mark.parametrize(
    ("value", "text", "detail"),
    [
        (True, "true", ""),
        (None, "nothing", "None"),
        (Signal.ACTIVE, "active", ""),
        (Signal.INACTIVE, "inactive", ""),
        ("coins\nand more", "coins\nand more", "14 characters, 2 lines"),
        (Path("a") / "b.png", str(Path("a") / "b.png"), "path"),
        (b"bytes", "b'bytes'", "bytes"),
        (range(5), "range(0, 5)", "range"),
        (np.zeros((0, 3)), "empty array", "0 × 3, float64"),
        (np.zeros((2, 3, 4, 5), np.int8), "2 × 3 × 4 × 5 array", "int8, 0 to 0"),
        (np.array([[["a"]]]), "1 × 1 × 1 array", "<U1"),
    ],
)
def test_other_things_are_shown_as_text(value: Any, text: str, detail: str) -> None:
    made = preview(value)
    assert (made.kind, made.text, made.detail) == ("text", text, detail)


def test_a_long_text_is_cut() -> None:
    assert len(preview("x" * 10**6).text) == LONGEST
    assert preview("x" * 10**6).detail == "1,000,000 characters"


@pytest.mark.parametrize(
    ("value", "text", "columns", "rows"),
    [
        ([1, "two", None], "3 items", ("value",), (("1",), ("two",), ("None",))),
        (["one"], "1 item", ("value",), (("one",),)),
        ([{"a": 1, "b": 2.5}, {"a": -1}], "2 rows", ("a", "b"), (("1", "2.5"), ("−1", ""))),
        ([(1, 2), [3]], "2 rows", ("0", "1"), (("1", "2"), ("3", ""))),
        ({"mean": 0.25, 7: [1, 2]}, "2 entries", ("key", "value"), (("mean", "0.25"), ("7", "[1, 2]"))),
        ({"one": True}, "1 entry", ("key", "value"), (("one", "true"),)),
        ({5}, "1 item", ("value",), (("5",),)),
        (Point(1.5, -2), "2 fields", ("field", "value"), (("x", "1.5"), ("y", "−2"))),
        (Person("Ada", 1815), "2 fields", ("field", "value"), (("name", "Ada"), ("born", "1815"))),
        (np.array([1.5, 2]), "2 values", ("value",), (("1.5",), ("2",))),
        (np.eye(2), "2 × 2 array", ("0", "1"), (("1", "0"), ("0", "1"))),
        (np.array([(1, 2.5)], [("n", int), ("x", float)]), "1 row", ("n", "x"), (("1", "2.5"),)),
        ([np.zeros((3, 4))], "1 item", ("value",), (("3 × 4 array",),)),
        ([], "0 items", ("value",), ()),
    ],
)
def test_containers_records_and_small_arrays_are_shown_as_tables(
    value: Any, text: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> None:
    made = preview(value)
    assert (made.kind, made.text, made.columns, made.rows) == ("table", text, columns, rows)


def test_of_a_large_table_the_head_is_shown() -> None:
    made = preview([{f"column {c}": "x" * 1_000 for c in range(100)} for _ in range(10_000)])
    assert made.text.startswith("10,000 rows, ")
    assert (len(made.columns), len(made.rows)) == (COLUMNS, ROWS)
    assert {len(cell) for row in made.rows for cell in row} == {CELL}


@pytest.mark.parametrize(
    ("array", "hint", "detail"),
    [
        (np.linspace(0, 1, 12_000, dtype=np.float32).reshape(100, 120), Grey, "float32, 0 to 1"),
        (np.zeros((100, 120, 3), np.float32), Colour, "float32, 0 to 0"),
        (np.arange(12_000).reshape(100, 120) < 3_000, Mask, "bool, 25 % true"),
        (np.full((100, 120), 24, np.int32), Labels, "int32, 24 objects"),
        (np.full((100, 120), 1e6), Any, "float64, 1e+06 to 1e+06"),
        (np.where(np.eye(100, 120) > 0, np.nan, 1), Any, "float64, 1 to 1, some not finite"),
        (np.full((100, 120), np.inf), Any, "float64, no finite value"),
        (np.zeros((100, 120), np.uint8), Any, "uint8, 0 to 0"),
    ],
)
def test_a_picture_says_its_size_and_what_its_values_are_like(array: Any, hint: Any, detail: str) -> None:
    made = preview(array, hint)
    assert (made.kind, made.text, made.size, made.detail) == ("picture", "120 × 100", (120, 100), detail)
    assert made.pixels is not None
    assert made.pixels.shape == (100, 120, 3)


def test_a_label_makes_a_picture_of_a_small_array() -> None:
    assert preview(np.zeros((2, 2), np.float32), Grey).kind == "picture"
    assert preview(np.zeros((2, 2), np.float32)).kind == "table"


@pytest.mark.parametrize("value", [Foreign(), [Foreign()], {"a": Foreign()}])
def test_what_cannot_be_shown_says_so(value: Any) -> None:
    made = preview(value)
    assert made.kind == "text"
    assert made.text.endswith("which cannot be shown: do not look at me")


def test_a_preview_holds_no_part_of_the_value() -> None:
    array = np.zeros((64, 64, 3), np.uint8)
    made = preview(array)
    assert made.pixels is not None
    assert not np.shares_memory(made.pixels, array)
    before = made.pixels.copy()
    array[:] = 255
    assert np.array_equal(made.pixels, before)
