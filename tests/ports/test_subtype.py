"""The laws that the strengths keep, and the shortfalls of `is_subhint` that they mend."""

import contextlib
import itertools
import numbers
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union

import numpy as np
import pytest
from beartype.door import is_subhint
from beartype.roar import BeartypeDoorIsSubhintException
from hypothesis import given
from hypothesis import strategies as st

from animaweave.ports.hint import Strength, Unknown
from animaweave.ports.subtype import element_of, fits
from tests.ports import strategies as kinds
from tests.ports.strategies import HINTS, hints

NEVER, PERHAPS, ALWAYS = Strength


@given(hints)
def test_every_type_fits_itself(hint: Any) -> None:
    assert fits(hint, hint) is ALWAYS


@given(hints, hints)
def test_a_type_fits_a_union_with_another(one: Any, other: Any) -> None:
    assert fits(one, Union[one, other]) is ALWAYS  # noqa: UP007
    assert fits(one, Union[other, one]) is ALWAYS  # noqa: UP007


@given(hints, hints, hints)
def test_what_two_types_fit_their_union_fits(one: Any, other: Any, target: Any) -> None:
    both = Union[one, other]  # noqa: UP007
    assert (fits(both, target) is ALWAYS) == (fits(one, target) is fits(other, target) is ALWAYS)
    assert (fits(both, target) is NEVER) == (fits(one, target) is fits(other, target) is NEVER)


def test_fitting_surely_is_transitive_over_all_hints_of_the_list() -> None:
    sure = np.array([[fits(one, other) is ALWAYS for other in HINTS] for one in HINTS])
    through_another = (sure.astype(int) @ sure.astype(int)) > 0
    broken = [(HINTS[i], HINTS[j]) for i, j in np.argwhere(through_another & ~sure)]
    assert not broken


@given(st.lists(hints, min_size=3, max_size=8))
def test_fitting_surely_is_transitive(some: list[Any]) -> None:
    # Related ones, or hardly any three would be.
    some += [list[one] for one in some[:2]] + [Union[some[0], some[1]], Any]  # type: ignore[valid-type]  # noqa: UP007
    for one, two, three in itertools.permutations(some, 3):
        if fits(one, two) is fits(two, three) is ALWAYS:
            assert fits(one, three) is ALWAYS


@given(hints)
def test_everything_fits_any_and_any_may_fit_everything(hint: Any) -> None:
    assert fits(hint, Any) is ALWAYS
    assert fits(Any, hint) is not NEVER


@pytest.mark.parametrize(
    ("source", "target", "strength"),
    [
        (bool, int, ALWAYS),
        (bool, complex, ALWAYS),
        (int, float, ALWAYS),
        (float, int, NEVER),
        (int, bool, NEVER),
        (int, numbers.Real, ALWAYS),
        (np.float32, float, ALWAYS),
        (np.int64, float, ALWAYS),
        (float, np.float64, PERHAPS),
        (kinds.Level, float, ALWAYS),
        (int, kinds.Level, PERHAPS),
        (list[bool], Sequence[complex], ALWAYS),
        (dict[int, list[int]], dict[float, list[float]], ALWAYS),
        (list[float], list[int], NEVER),
        (Literal[1], float, ALWAYS),
        (float, Literal[1], NEVER),
        (int, Literal[1], PERHAPS),
        (int, Literal[True], NEVER),
        (bool, Literal[True], PERHAPS),
        (Literal[1], Literal[True], NEVER),
        (Literal["a"], Literal["b", "a"], ALWAYS),
        (Literal["a", "c"], Literal["b", "a"], PERHAPS),
    ],
    ids=repr,
)
def test_numbers_climb_the_tower_and_never_come_down(source: Any, target: Any, strength: Strength) -> None:
    assert fits(source, target) is strength


@pytest.mark.parametrize(
    ("source", "target", "strength"),
    [
        (list, list[int], PERHAPS),
        (list[int], list, ALWAYS),
        (list[int | str], list[int], PERHAPS),
        (Sequence[int], list[int], PERHAPS),
        (Sequence[str], list[int], NEVER),
        (tuple[int, str], Sequence[int | str], ALWAYS),
        (tuple[int, ...], tuple[int, int], PERHAPS),
        (tuple[int, int], tuple[int, ...], ALWAYS),
        (tuple[int, int], tuple[int, int, int], NEVER),
        (tuple[int, str], tuple[int, int], NEVER),
        (tuple[()], tuple[int, ...], ALWAYS),
        (kinds.Pair, tuple[int, str], ALWAYS),
        (kinds.Pair, Iterable[int | str], ALWAYS),
        (str, Sequence[str], ALWAYS),
        (str, list[str], NEVER),
        (bytes, Iterable[int], ALWAYS),
        (kinds.Words, Sequence[str], ALWAYS),
        (kinds.Words, Sequence[int], NEVER),
        (kinds.IntBox, kinds.Box[int], ALWAYS),
        (kinds.IntBox, kinds.Box[float], ALWAYS),
        (kinds.Box[str], kinds.Box[int], NEVER),
        (dict[str, int], Iterable[str], ALWAYS),
        (dict[str, int], Iterable[int], NEVER),
        (typing.Counter[str], Mapping[str, int], ALWAYS),
        (typing.List[int], list[int], ALWAYS),  # noqa: UP006
        (typing.Tuple, tuple, ALWAYS),  # noqa: UP006
        (type[bool], type[int], ALWAYS),
        (type[int], type, ALWAYS),
        (typing.Generator[int, None, None], Iterable[int], ALWAYS),
    ],
    ids=repr,
)
def test_containers_fit_as_their_items_do(source: Any, target: Any, strength: Strength) -> None:
    assert fits(source, target) is strength


@pytest.mark.parametrize(
    ("source", "target", "strength"),
    [
        (Callable[[float], str], Callable[[int], str], ALWAYS),
        (Callable[[int], str], Callable[[float], str], NEVER),
        (Callable[[int], str], Callable[[Any], str], PERHAPS),
        (Callable[[int], int], Callable[[int], float], ALWAYS),
        (Callable[[int], float], Callable[[int], int], NEVER),
        (Callable[[], int], Callable[[int], int], NEVER),
        (Callable[[int], str], Callable[..., Any], ALWAYS),
        (Callable[..., str], Callable[[int], str], PERHAPS),
        (Callable[[int], str], Callable, ALWAYS),
        (type[int], Callable[..., Any], ALWAYS),
        (type[int], Callable[[str], int], PERHAPS),
        (int, Callable[..., Any], NEVER),
    ],
    ids=repr,
)
def test_a_function_fits_where_it_takes_at_least_what_it_will_be_given(
    source: Any, target: Any, strength: Strength
) -> None:
    assert fits(source, target) is strength


@pytest.mark.parametrize(
    ("source", "target", "strength"),
    [
        (kinds.MoreOptions, kinds.Options, ALWAYS),
        (kinds.Options, kinds.MoreOptions, NEVER),
        (kinds.Options, Mapping[str, object], ALWAYS),
        (kinds.Options, dict[str, int | str], PERHAPS),
        (kinds.Options, dict[str, bytes], NEVER),
        (dict[str, int], kinds.Options, PERHAPS),
        (dict[str, bytes], kinds.Options, NEVER),
        (dict[int, int], kinds.Options, NEVER),
        (int, kinds.Options, NEVER),
        (kinds.Tree, kinds.Bush, PERHAPS),
        (kinds.Door, kinds.Closable, ALWAYS),
        (kinds.Base, kinds.Closable, NEVER),
        (kinds.Base, kinds.Door, PERHAPS),
        (kinds.Door, kinds.Base, ALWAYS),
        (kinds.Door, kinds.Region, NEVER),
    ],
    ids=repr,
)
def test_what_has_the_fields_fits_a_typed_dict_or_protocol(source: Any, target: Any, strength: Strength) -> None:
    assert fits(source, target) is strength


@pytest.mark.parametrize(
    ("source", "target", "strength"),
    [
        (kinds.Uuid, str, ALWAYS),
        (str, kinds.Uuid, NEVER),
        (kinds.Uuid, kinds.Name, NEVER),
        (Any, kinds.Uuid, PERHAPS),
        (kinds.Uuid, kinds.Uuid | None, ALWAYS),
        (kinds.Uuid | None, kinds.Uuid, PERHAPS),
        (list[kinds.Uuid], list[str], ALWAYS),
        (list[str], list[kinds.Uuid], NEVER),
        (kinds.Bright, kinds.Grey, ALWAYS),
        (kinds.Bright, np.ndarray, ALWAYS),
        (kinds.Grey, kinds.Bright, NEVER),
        (kinds.Metres, float, ALWAYS),
        (float, kinds.Metres, NEVER),
        (kinds.Metres, kinds.UserId, NEVER),
        (Unknown("a"), Unknown("a"), ALWAYS),
        (Unknown("a"), Unknown("b"), NEVER),
        (Unknown("a"), int, NEVER),
    ],
    ids=repr,
)
def test_a_name_fits_what_it_is_built_on_and_not_the_reverse(source: Any, target: Any, strength: Strength) -> None:
    assert fits(source, target) is strength


def test_a_label_that_accepts_its_base_takes_plain_values_but_no_other_label() -> None:
    path = Annotated[str, kinds.Label("basic", "Path", accepts_base=True)]
    assert fits(str, path) is ALWAYS
    assert fits(Any, path) is PERHAPS
    assert fits(int, path) is NEVER
    assert fits(kinds.Uuid, path) is NEVER


def test_what_beartype_affirms_of_ordinary_hints_is_affirmed() -> None:
    ordinary: list[Any] = [
        bool,
        int,
        str,
        bytes,
        list,
        dict,
        tuple,
        list[int],
        list[bool],
        Sequence[int],
        Iterable[int],
        set[int],
    ]
    ordinary += [dict[str, int], Mapping[str, int], tuple[int, int], tuple[int, ...], int | str, int | None, type[bool]]
    ordinary += [kinds.Base, kinds.Door, kinds.Metres, kinds.Words, typing.Counter[str], typing.Iterator[int]]
    for one, other in itertools.product(ordinary, ordinary):
        with contextlib.suppress(BeartypeDoorIsSubhintException):  # `dict[str, int]` and `Iterable[int]`, say.
            assert fits(one, other) is ALWAYS or not is_subhint(one, other)


def test_a_form_without_a_rule_of_ours_is_beartypes_to_judge() -> None:
    assert (fits(int, typing.TypeGuard[int]) is ALWAYS) == is_subhint(int, typing.TypeGuard[int])
    assert fits(typing.Self, int) is NEVER, "a form that beartype does not know either"


def test_a_hint_that_cannot_be_hashed_is_no_trouble() -> None:
    assert fits(Annotated[int, []], Annotated[float, []]) is ALWAYS


@pytest.mark.parametrize(
    ("hint", "element"),
    [
        (list[int], int),
        (tuple[int, ...], int),
        (tuple[int, str], int | str),
        (Sequence[kinds.Grey], kinds.Grey),
        (list[int] | tuple[str, ...], int | str),
        (list, object),
        (str, None),
        (dict[str, int], None),
        (np.ndarray, None),
        (list[int] | int, None),
    ],
    ids=repr,
)
def test_a_list_has_items_and_text_has_none(hint: Any, element: Any) -> None:
    assert element_of(hint) == element
