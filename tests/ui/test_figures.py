"""Figures have three digits, a unit that suits them, and a true minus."""

import pytest

from animaweave.ui.figures import SIZES, TIMES, Unit, count, digits, duration, size, unit_for


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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.65e-3, "3.65"), (3.22e-4, "0.322"), (3.1e-6, "0.003"), (2e-7, "<0.001"), (0, "0"), (1.25, "1250")],
)
def test_the_figures_of_a_column_are_in_one_unit(seconds: float, text: str) -> None:
    assert Unit(1e-3, "ms").figure(seconds).replace(",", "") == text


@pytest.mark.parametrize(
    ("largest", "units", "name"),
    [(3.65e-3, TIMES, "ms"), (9.998e-4, TIMES, "ms"), (0, TIMES, "ns"), (0, SIZES, "B"), (4e8, SIZES, "MB")],
)
def test_a_column_takes_the_unit_of_its_largest_figure(largest: float, units: tuple[Unit, ...], name: str) -> None:
    assert unit_for(largest, units).name == name


def test_a_column_whose_largest_figure_wavers_keeps_its_unit() -> None:
    ms = unit_for(1.01e-3, TIMES)
    assert unit_for(0.98e-3, TIMES, ms) is ms
    assert unit_for(0.4e-3, TIMES, ms).name == "µs"
    assert unit_for(1.2, TIMES, ms).name == "s"
