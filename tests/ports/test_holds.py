"""Values are judged by the same rules as types."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import pytest
from jaxtyping import Bool, Float, Float32, Num, Shaped
from numpy.typing import NDArray

from animaweave.ports.hint import Strength, Unknown
from animaweave.ports.holds import holds
from animaweave.ports.subtype import fits
from tests.ports import strategies as kinds
from tests.ports.strategies import HINTS, VALUES


def test_a_value_of_one_type_is_one_of_each_that_the_type_fits() -> None:
    held = {index: [value for value in VALUES if holds(value, hint)] for index, hint in enumerate(HINTS)}
    broken = [
        (source, target, value)
        for index, source in enumerate(HINTS)
        for target in HINTS
        if fits(source, target) is Strength.ALWAYS
        for value in held[index]
        if not holds(value, target)
    ]
    assert not broken


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, float, True),
        (1.0, int, False),
        (True, complex, True),
        (np.float32(1), float, True),
        (np.int64(1), int, True),
        (np.float32(1), int, False),
        ([1, 2, "x"], list[int], False),
        ([1, 2, 3], list[float], True),
        ((1, "a"), tuple[int, str], True),
        ((1,), tuple[int, str], False),
        ((1, 2, 3.5), tuple[int, ...], False),
        ({"a": [1]}, dict[str, list[int]], True),
        ({"a": ["b"]}, dict[str, list[int]], False),
        (1, Literal[True], False),
        ("b", Literal["a", "b"], True),
        ({"size": 1}, kinds.Options, True),
        ({"title": "a"}, kinds.Options, False),
        ({"size": 1, "title": 2}, kinds.Options, False),
        ({"children": [{"children": [{}]}]}, kinds.Tree, False),
        (bool, type[int], True),
        (str, type[int], False),
        (kinds.Door(), kinds.Closable, True),
        (kinds.Base(), kinds.Closable, False),
        ("a", kinds.Uuid, True),
        (1, kinds.Uuid, False),
        (1, kinds.UserId, True),
        (1, Unknown("lost"), False),
        ("ab", Sequence[str], True),
        ("ab", Sequence[int], False),
        ((), tuple[()], True),
    ],
    ids=repr,
)
def test_every_part_of_a_value_is_looked_at(value: Any, hint: Any, expected: bool) -> None:
    assert holds(value, hint) is expected


def test_a_value_that_can_be_read_once_only_is_not_used_up() -> None:
    numbers = iter([1, 2])
    assert holds(numbers, Iterable[str])
    assert list(numbers) == [1, 2]
    assert not holds([1], Iterable[str])


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (Float32[np.ndarray, "h w"], True),
        (Float32[np.ndarray, "h"], False),
        (Float32[np.ndarray, "2 3"], True),
        (Float32[np.ndarray, "2 2"], False),
        (Float32[np.ndarray, "n n"], False),
        (Float32[np.ndarray, "... 3"], True),
        (Float32[np.ndarray, "2 ..."], True),
        (Float32[np.ndarray, "... a b c"], False),
        (Float32[np.ndarray, "rows=2 _"], True),
        (Float[Any, "*rest"], True),
        (Num[np.ndarray, "..."], True),
        (Bool[np.ndarray, "h w"], False),
        (Shaped[list[int] | np.ndarray, "..."], True),
        (NDArray[np.float32], True),
        (NDArray[np.float64], False),
        (np.ndarray[tuple[int, int], np.dtype[np.float32]], True),
        (np.ndarray[tuple[int], np.dtype[np.float32]], False),
    ],
    ids=repr,
)
def test_an_array_has_the_data_type_and_shape(hint: Any, expected: bool) -> None:
    assert holds(np.zeros((2, 3), np.float32), hint) is expected


def test_an_array_holds_where_jaxtyping_says_so() -> None:
    arrays = [value for value in VALUES if isinstance(value, np.ndarray)]
    texts = ["...", "h w", "n n", "2 ...", "... 3", "a b c", "", "h=2 w", "_ 3", "*most 4"]
    for family in (Float32, Float, Num, Bool, Shaped):
        for text in texts:
            hint = family[np.ndarray, text]
            for array in arrays:
                assert holds(array, hint) == isinstance(array, hint)  # type: ignore[arg-type]


def test_a_protocol_asks_for_its_fields() -> None:
    class Named(Protocol):
        name: str

    assert holds(kinds.Door(), Named)
    assert not holds(kinds.Base(), Named)
