"""The benchmarks measure the same work for all, and say so in a form that programs read."""

import pytest

from benchmarks import canvas, overhead
from benchmarks.row import compared, within
from benchmarks.timing import medians_s
from benchmarks.work import chain, fan, layers


@pytest.mark.parametrize("work", [chain(20), fan(20), layers(4, 5)], ids=lambda work: work.name)
def test_all_competitors_of_overhead_give_the_same_answers(work, monkeypatch):
    monkeypatch.setattr(overhead, "ROUNDS", 2)
    rows = list(overhead._shape(work))
    assert [row.against for row in rows] == ["plain loop", "graphlib loop", "dask, synchronous"]
    assert all(row.value > 0 and row.ratio for row in rows)


def test_a_competitor_that_answers_otherwise_is_named():
    with pytest.raises(AssertionError, match="wrong answered otherwise than right"):
        medians_s({"right": lambda turn: turn, "wrong": lambda turn: turn + 1}, rounds=1)


def test_a_missed_bar_is_not_ok():
    assert not compared("b", "c", 2.0, "µs", "floor", 1.0, at_most=1.5).ok
    assert compared("b", "c", 1.0, "µs", "peer", 8.0, at_least=5).ok
    row = compared("b", "c", 2.0, "µs", "floor", 1.0, at_most=1.5).as_json()
    assert set(row) == {"benchmark", "case", "value", "unit", "against", "ratio", "bar", "ok"}


def test_a_figure_may_have_a_bar_of_its_own():
    assert within("b", "c", 3.9, "ms", at_most=4).ok
    row = within("b", "c", 4.1, "ms", at_most=4)
    assert not row.ok
    assert (row.bar, row.ratio) == ("<= 4 ms", None)


def test_the_canvas_is_measured_in_a_real_window():
    with canvas.display() as environment:
        if environment is None:
            pytest.skip("there is neither a display nor Xvfb")
        found = canvas._measured(0, environment)
    assert 0 < found["start"] < canvas.LIMIT_S
