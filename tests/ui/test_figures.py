"""Figures have three digits, a unit that suits them, and a true minus."""

import pytest

from animaweave.ui.figures import count, digits, duration, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ns"), (1e-7, "100 ns"), (7.78e-4, "778 µs"), (9.999e-4, "1.00 ms"), (1.2e-3, "1.20 ms"),
        (0.99949, "999 ms"), (14.63, "14.6 s"), (-0.5, "−500 ms"),
    ],
)  # fmt: skip
def test_a_time_is_shown_in_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 B"), (999, "999 B"), (116_352, "116 kB"), (999_960, "1.00 MB"), (1.45e9, "1.45 GB")]
)
def test_a_size_is_shown_in_powers_of_a_thousand(number: int, text: str) -> None:
    assert size(number).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.003, "0.00300"), (9.996, "10.0"), (14.61, "14.6"), (-2, "−2.00"), (float("-inf"), "−inf")]
)
def test_a_number_has_three_digits(number: float, text: str) -> None:
    assert digits(number) == text


def test_a_count_is_whole() -> None:
    assert (count(23.6), count(-5)) == ("24", "−5")
