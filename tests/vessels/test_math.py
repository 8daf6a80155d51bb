"""The `math` vessel: against Python's own arithmetic, and the sentences of what cannot be computed."""

import fractions

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.vessels import math as vessel

NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)


def test_a_constant_gives_its_number() -> None:
    assert vessel.constant(2.5) == 2.5
    assert vessel.constant() == 0


@given(NUMBERS, NUMBERS)
def test_the_four_operations_round_what_exact_fractions_give(a: float, b: float) -> None:
    exact, other = fractions.Fraction(a), fractions.Fraction(b)

    assert vessel.add(a, b) == float(exact + other)
    assert vessel.subtract(a, b) == float(exact - other)
    assert vessel.multiply(a, b) == float(exact * other)
    if abs(b) > 1e-6:
        assert vessel.divide(a, b) == float(exact / other)


@given(NUMBERS)
def test_what_is_not_set_leaves_the_number_as_it_is(a: float) -> None:
    assert vessel.add(a) == vessel.subtract(a) == vessel.multiply(a) == vessel.divide(a) == a


def test_whole_numbers_stay_whole() -> None:
    results = [vessel.add(2, 3), vessel.subtract(2, 3), vessel.multiply(2, 3), vessel.clamp(7, 0, 5), vessel.round_(7)]

    assert results == [5, -1, 6, 5, 7]
    assert all(isinstance(result, int) for result in results)


def test_a_division_by_zero_says_which_input_to_change() -> None:
    with pytest.raises(ZeroDivisionError, match=r"^cannot divide 3 by 0; `b` must be another number$"):
        vessel.divide(3, 0)


@pytest.mark.parametrize(
    ("base", "exponent", "result"), [(3, 2, 9), (2, 0.5, 2**0.5), (2, -1, 0.5), (-2, 3, -8), (0, 0, 1)]
)
def test_a_power(base: float, exponent: float, result: float) -> None:
    assert vessel.power(base, exponent) == result


@pytest.mark.parametrize(
    ("base", "exponent", "sentence"),
    [
        (
            -8,
            1 / 3,
            "-8 to the power of 0.333333 is no real number; expected a whole exponent, or a base of at least 0",
        ),
        (0, -1, "0 to the power of -1 is no real number; expected an exponent of at least 0"),
        (10, 999999999, "10 to the power of 1e+09 is too large for a number; expected a result below 1.8e308"),
    ],
)
def test_a_power_that_is_no_number_says_what_was_expected(base: float, exponent: float, sentence: str) -> None:
    with pytest.raises((ValueError, OverflowError)) as caught:
        vessel.power(base, exponent)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("operator", "answers"),
    [
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        ("==", (False, True, False)),
        ("!=", (True, False, True)),
        (">=", (False, True, True)),
        (">", (False, False, True)),
    ],
)
def test_each_comparison_answers_for_less_equal_and_more(operator: str, answers: tuple[bool, ...]) -> None:
    assert tuple(vessel.compare(a, 2.0, operator) for a in (1, 2, 3)) == answers  # type: ignore[arg-type]


def test_all_comparisons_that_are_offered_can_be_made() -> None:
    operator = vessel.math.node_types["compare"].signature.input("operator")

    assert operator is not None
    assert list(vessel.COMPARISONS) == list(operator.hint.__args__)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_clamped_number_is_the_nearest_within_the_limits(value: float, one: float, other: float) -> None:
    low, high = sorted((one, other))

    clamped = vessel.clamp(value, low, high)

    assert low <= clamped <= high
    assert clamped == value or abs(clamped - value) == min(abs(low - value), abs(high - value))


def test_limits_the_wrong_way_round_are_named() -> None:
    with pytest.raises(ValueError, match=r"^`low` is 5, above `high`, which is 2; exchange them$"):
        vessel.clamp(3, 5, 2)


@pytest.mark.parametrize(
    ("value", "digits", "result"),
    # The halves are those of IEEE 754-2019, 4.3.1, roundTiesToEven.
    [(0.5, 0, 0), (1.5, 0, 2), (2.5, 0, 2), (-1.5, 0, -2), (3.14159, 2, 3.14), (1234.5, -2, 1200), (2.4, 0, 2)],
)
def test_rounding_takes_the_nearest_and_of_two_the_even_one(value: float, digits: int, result: float) -> None:
    assert vessel.round_(value, digits) == result
