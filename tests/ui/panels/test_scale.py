"""Axes have few marks at round numbers, grow at once and shrink seldom; samples never take more room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.ui.figures import SIZES, TIMES
from animaweave.ui.panels.ring import Ring
from animaweave.ui.panels.scale import MARKS, REST_S, Scale, marks


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12), st.integers(3, MARKS))
def test_marks_hold_the_range_and_are_few(low: float, length: float, most: int) -> None:
    if low + length == low or length < abs(low) * 1e-6:
        return
    found = marks(low, low + length, most)
    slack = 1e-6 * length + 1e-9 * abs(low)
    assert 2 <= len(found) <= most
    assert found[0] <= low + slack
    assert found[-1] >= low + length - slack


@pytest.mark.parametrize(
    ("low", "high", "units", "words"),
    [
        (710e-6, 890e-6, TIMES, ["700", "800", "900 µs"]),
        (0, 4.4e6, SIZES, ["0", "2", "4", "6 MB"]),
        (0, 1.43e9, SIZES, ["0.0", "0.5", "1.0", "1.5 GB"]),
    ],
)
def test_the_unit_stands_at_the_last_mark_alone(low, high, units, words) -> None:
    scale = Scale(units, 4)
    scale.fit(low, high, 0.0)
    found = [text.replace("\u202f", " ") for text in scale.labels]
    assert [text if float(text.split()[0]) else "0" for text in found] == [
        text if float(text.split()[0]) else "0" for text in words
    ]


def test_a_scale_grows_at_once_and_shrinks_at_most_once_a_second() -> None:
    scale = Scale(SIZES, 4, is_from_zero=True)
    assert scale.fit(0, 100, 0.0)
    assert scale.fit(0, 1000, 0.01)
    assert scale.marks[-1] >= 1000
    assert not scale.fit(0, 10, 0.02)
    assert scale.marks[-1] >= 1000
    assert scale.fit(0, 10, 0.02 + REST_S)
    assert scale.marks[-1] < 100
    assert not scale.fit(0, 1, 0.03 + REST_S)


def test_a_ring_keeps_the_newest_in_order_and_never_grows() -> None:
    ring = Ring(4, 2)
    rows = ring._rows
    for number in range(11):
        ring.append((number, -number))
        assert list(ring.column(0)) == list(range(max(number - 3, 0), number + 1))
    assert list(ring.column(1)) == [-7, -8, -9, -10]
    assert ring.last(0) == 10
    assert ring._rows is rows
    ring.clear()
    assert len(ring) == 0
    assert not np.size(ring.column(0))
