"""Latencies: counts, percentiles and smoothing against NumPy and against one by one."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.observe.latency import SMOOTHING, Latencies

NODES = 4
WORST = 2 ** (1 / 8)
"""A percentile is off by at most half a bucket, of which there are four a doubling."""

durations = st.one_of(st.integers(1, 5), st.integers(1, 10**6), st.integers(1, 2**39))
works = st.lists(st.tuples(st.integers(0, NODES - 1), durations), max_size=60)
Work = list[tuple[int, int]]


def add(latencies: Latencies, work: Work, begin: int = 1) -> int:
    """Count work that is done on one thread; tell when it ended."""
    if not work:
        return begin
    nodes, took = np.array(work, np.int64).T
    ends = begin + np.cumsum(took)
    assert sorted(set(nodes.tolist())) == latencies.add(nodes, took, ends).tolist()
    return int(ends[-1])


def of(work: Work, node: int) -> list[int]:
    return [took for other, took in work if other == node]


def smoothed(took: Sequence[int]) -> float:
    """Exponential smoothing one by one; the weights of the first ones add up to one."""
    value, weight = 0.0, 0.0
    for one in took:
        value = (1 - SMOOTHING) * value + SMOOTHING * one
        weight = (1 - SMOOTHING) * weight + SMOOTHING
    return value / weight if weight else 0.0


@given(works)
def test_figures_are_those_of_one_by_one(work: Work) -> None:
    latencies = Latencies(NODES)
    add(latencies, work)

    for node in range(NODES):
        took = of(work, node)
        assert latencies.runs[node] == len(took)
        assert latencies.total_ns[node] == sum(took)
        assert latencies.last_ns[node] == (took[-1] if took else 0)
        assert latencies.smoothed_ns[node] == pytest.approx(smoothed(took))


@given(st.lists(works, max_size=5), st.sampled_from([0.0, 0.01, 0.5, 0.95, 0.99, 1.0]))
def test_percentiles_are_those_of_numpy_but_for_nine_percent(pieces: list[Work], share: float) -> None:
    latencies, begin = Latencies(NODES), 1
    for piece in pieces:
        begin = add(latencies, piece, begin)

    (found,) = latencies.percentiles(share)

    for node in range(NODES):
        took = [one for piece in pieces for one in of(piece, node)]
        if not took:
            assert found[node] == 0
            continue
        exact = np.percentile(took, 100 * share, method="inverted_cdf")
        assert exact / WORST <= found[node] * (1 + 1e-9)
        assert found[node] <= exact * WORST * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_percentiles_of_many_runs(seed: int) -> None:
    took = np.random.default_rng(seed).lognormal(9, 1.5, 30_000).astype(np.int64) + 1
    latencies = Latencies(1)
    latencies.add(np.zeros(len(took), np.int64), took, np.cumsum(took))

    found = [float(one[0]) for one in latencies.percentiles(0.5, 0.95, 0.99)]

    assert found == pytest.approx(np.percentile(took, [50, 95, 99], method="inverted_cdf").tolist(), rel=WORST - 1)


@given(works)
def test_smoothing_in_pieces_stays_between_the_shortest_and_the_longest(work: Work) -> None:
    latencies, begin = Latencies(NODES), 1
    for one in work:
        begin = add(latencies, [one], begin)

    for node in range(NODES):
        took = of(work, node)
        assert min(took, default=0) <= latencies.smoothed_ns[node] * (1 + 1e-9)
        assert latencies.smoothed_ns[node] <= max(took, default=0) * (1 + 1e-9)


@given(works, works)
def test_figures_that_are_merged_are_those_of_all_runs(one: Work, other: Work) -> None:
    merged, second, together = Latencies(NODES), Latencies(NODES), Latencies(NODES)
    middle = add(merged, one)
    add(second, other, middle)
    add(together, other, add(together, one))
    kept = second.copy()

    merged.merge(second)

    for figures in ("runs", "total_ns", "last_ns", "last_end_ns"):
        assert getattr(merged, figures).tolist() == getattr(together, figures).tolist(), figures
        assert getattr(second, figures).tolist() == getattr(kept, figures).tolist(), figures
    for mine, all_ in zip(merged.percentiles(0.1, 0.5, 0.9), together.percentiles(0.1, 0.5, 0.9), strict=True):
        assert mine.tolist() == all_.tolist()
    for node in range(NODES):
        found = smoothed(of(one, node)) * len(of(one, node)) + smoothed(of(other, node)) * len(of(other, node))
        assert merged.smoothed_ns[node] * max(1, merged.runs[node]) == pytest.approx(found)


def test_the_last_run_is_the_one_that_ended_last_in_whatever_order_they_come() -> None:
    latencies = Latencies(1)
    latencies.add(np.array([0]), np.array([7]), np.array([2_000]))
    latencies.add(np.array([0]), np.array([5]), np.array([1_000]))

    assert latencies.last_ns.tolist() == [7]
    assert latencies.runs.tolist() == [2]


def test_a_copy_does_not_change_with_the_original() -> None:
    latencies = Latencies(1)
    add(latencies, [(0, 10)])
    kept = latencies.copy()
    add(latencies, [(0, 10)])

    assert kept.runs.tolist() == [1]
    assert kept.percentiles(1.0)[0].tolist() == latencies.percentiles(1.0)[0].tolist()
    assert kept._counts.sum() == 1


def test_the_histogram_has_room_for_what_came_and_little_more() -> None:
    latencies = Latencies(100_000)
    add(latencies, [(0, 1_000), (99_999, 1_900)])

    assert len(latencies._counts) <= 16
