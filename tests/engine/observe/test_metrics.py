"""The table of figures: right against durations that are known, and while threads write."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.engine import Engine
from animaweave.engine.epoch import Ending
from animaweave.engine.observe.metrics import BEGIN, CPU_NS, LONG, ROW, Figures, Journal, Metrics, combine
from animaweave.engine.observe.standing import BLOCKED, COMPUTES, ENDS, IDLE, STARVES, Standing

Start = Callable[..., Engine]
Work = Sequence[tuple[int, int]]
"""Nodes with the nanoseconds that each took."""


def write(journal: Journal, work: Work, begin: int = 1_000_000) -> int:
    """Write work down as a thread does that begins at a time; tell when it ended."""
    now = begin
    journal.entries.extend((BEGIN, now))
    for node, took in work:
        now += took
        journal.entries.extend((node, now))
    return now


def test_figures_of_known_durations() -> None:
    metrics = Metrics(3)
    write(metrics.take_journal(), [(0, 100), (1, 5000), (0, 300), (0, 200)])

    table = metrics.table()

    assert table.dtype == ROW
    assert table["runs"].tolist() == [3, 1, 0]
    assert table["last_ns"].tolist() == [200, 5000, 0]
    assert table["total_ns"].tolist() == [600, 5000, 0]
    assert table["smoothed_ns"][1:] == pytest.approx([5000, 0])
    assert 100 < table["smoothed_ns"][0] < 300
    assert table["p50_ns"][:2] == pytest.approx([200, 5000], rel=0.0906)
    assert table["p50_ns"][2] == table["p99_ns"][2] == 0


works = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 10**7)), max_size=40)


@given(st.lists(works, min_size=1, max_size=4), st.data())
def test_it_makes_no_difference_when_one_looks(pieces: list[Work], data: st.DataObject) -> None:
    at_once, in_between = Metrics(4), Metrics(4)
    for turn, piece in enumerate(pieces):
        begin = (turn + 1) * 10**10
        for metrics in (at_once, in_between):
            journal = metrics.take_journal()
            if metrics is at_once:
                write(journal, piece, begin)
            else:
                other = Journal()
                write(other, piece, begin)
                for entry in other.entries:  # Looked at also between a node and its time.
                    journal.entries.append(entry)
                    if data.draw(st.integers(0, 9)) == 0:
                        metrics.table()
            metrics.give_journal(journal)

    one, other_table = at_once.table(), in_between.table()
    for column in set(ROW.names or ()) - {"smoothed_ns", "progress"}:
        assert one[column].tolist() == other_table[column].tolist(), column
    assert one["runs"].tolist() == [sum(node == n for piece in pieces for node, _ in piece) for n in range(4)]


def test_time_between_turns_counts_for_no_node() -> None:
    metrics = Metrics(1)
    journal = metrics.take_journal()
    end = write(journal, [(0, 100)])
    write(journal, [(0, 50)], begin=end + 10**9)

    assert metrics.table()["total_ns"].tolist() == [150]


def test_a_skip_takes_no_time() -> None:
    metrics = Metrics(2)
    journal = metrics.take_journal()
    journal.entries.extend((BEGIN, 100, BEGIN, 10_000, 1, 10_300))

    assert metrics.table()["total_ns"].tolist() == [0, 300]


def test_journals_are_used_again() -> None:
    metrics = Metrics(1)
    first = metrics.take_journal()
    metrics.give_journal(first)

    assert metrics.take_journal() is first
    assert metrics.take_journal() is not first


def test_a_journal_that_grew_long_is_folded_and_begins_anew() -> None:
    metrics = Metrics(1)
    journal = metrics.take_journal()
    write(journal, [(0, 10)] * LONG)
    metrics.give_journal(journal)

    assert len(journal.entries) == 2
    again = metrics.take_journal()
    write(again, [(0, 10)] * 5)
    assert metrics.table()["runs"].tolist() == [LONG + 5]


def test_what_was_looked_at_is_gone_from_the_journals() -> None:
    metrics = Metrics(1)
    journal = metrics.take_journal()
    end = write(journal, [(0, 10)] * 100)
    metrics.table()
    assert len(journal.entries) == 2

    journal.entries.extend((0, end + 30))
    assert metrics.table()["total_ns"].tolist() == [1030]


def standing(depth: Sequence[int] = (0, 0), **columns: Sequence[float]) -> Standing:
    """How two nodes stand."""
    given = {"activity": (IDLE, IDLE), "ended": (0, 0), "progress": (np.nan, np.nan), **columns}
    activity, ended = np.array(given["activity"], np.int8), np.array(given["ended"], np.int8)
    return Standing(np.array(depth, np.int64), activity, ended, np.array(given["progress"]))


def assert_nothing(table: np.ndarray) -> None:
    assert np.isnan(table["progress"]).all()
    empty = np.zeros(len(table), ROW)
    for column in set(ROW.names or ()) - {"progress"}:
        assert table[column].tolist() == empty[column].tolist(), column


def test_a_reset_starts_all_figures_from_nothing() -> None:
    metrics = Metrics(2)
    journal = metrics.take_journal()
    end = write(journal, [(0, 100), (1, 2 * CPU_NS)])
    metrics.failures[0] = metrics.skips[1] = metrics.bytes_out[0] = metrics.bytes_freed[0] = 9
    metrics.note_cpu(0, 10, 20)
    metrics.note_wait(1, 30)
    metrics.note_depth(1, 5)
    metrics.note_end(b"\2\2", {})
    metrics.table(standing([3, 0]))
    assert list(metrics.long_nodes) == [1]
    metrics.reset()

    assert_nothing(metrics.table())
    assert list(metrics.long_nodes) == []
    assert list(metrics.wants_cpu) == [1, 1]
    journal.entries.extend((1, end + 70))
    assert metrics.table()["total_ns"].tolist() == [0, 70]


def test_a_reset_between_a_node_and_its_time_mixes_up_nothing() -> None:
    metrics = Metrics(2)
    journal = metrics.take_journal()
    end = write(journal, [(0, 100)])
    journal.entries.append(1)
    metrics.reset()
    journal.entries.extend((end + 50, 0, end + 80))

    table = metrics.table()
    assert table["runs"].tolist() == [1, 1]
    assert table["total_ns"].tolist() == [30, 50]


def test_a_run_elsewhere_counts_with_its_own_times() -> None:
    metrics = Metrics(2)
    write(metrics.take_journal(), [(0, 100)])
    metrics.note_run(1, 5_000, 5_200)
    metrics.note_run(1, 5_100, 5_800)

    table = metrics.table()

    assert table["runs"].tolist() == [1, 2]
    assert table["total_ns"].tolist() == [100, 900]
    assert table["last_ns"].tolist() == [100, 700]


def test_only_nodes_that_take_long_are_asked_for_their_cpu_time() -> None:
    metrics = Metrics(3)
    assert list(metrics.wants_cpu) == [1, 1, 1]
    wants = metrics.wants_cpu
    journal = metrics.take_journal()
    end = write(journal, [(0, CPU_NS - 1), (1, CPU_NS)])
    metrics.table()
    assert list(wants) == [0, 1, 1]
    assert metrics.long_nodes == (1,)

    write(journal, [(0, 100 * CPU_NS), *[(1, 10)] * 50], begin=end)
    metrics.table()
    assert list(wants) == [1, 0, 1]
    assert metrics.long_nodes == (0,)


def test_a_quick_node_that_was_held_up_once_does_not_count_as_long() -> None:
    metrics = Metrics(1)
    write(metrics.take_journal(), [(0, 10), (0, 100 * CPU_NS), (0, 10)])
    metrics.table()

    assert metrics.long_nodes == ()
    assert list(metrics.wants_cpu) == [0]


def test_cpu_time_stands_beside_the_time_of_the_same_runs() -> None:
    metrics = Metrics(2)
    metrics.note_cpu(1, 10, 100)
    metrics.note_cpu(1, 20, 200)

    table = metrics.table()

    assert table["cpu_ns"].tolist() == [0, 30]
    assert table["cpu_wall_ns"].tolist() == [0, 300]


def test_waiting_is_counted_summed_and_the_longest_kept() -> None:
    metrics = Metrics(2)
    for ns in (10, 50, 20):
        metrics.note_wait(0, ns)

    table = metrics.table()

    assert table["waits"].tolist() == [3, 0]
    assert table["waited_ns"].tolist() == [80, 0]
    assert table["longest_wait_ns"].tolist() == [50, 0]


@given(st.lists(st.one_of(st.integers(0, 9), st.tuples(st.integers(0, 9), st.integers(0, 9))), max_size=12))
def test_the_peak_of_a_depth_is_the_greatest_that_was_seen_or_told(depths: list[int | tuple[int, int]]) -> None:
    metrics, greatest = Metrics(2), [0, 0]
    for depth in depths:
        if isinstance(depth, int):
            metrics.note_depth(1, depth)
            greatest[1] = max(greatest[1], depth)
        else:
            assert metrics.table(standing(depth))["depth"].tolist() == list(depth)
            greatest = [max(pair) for pair in zip(greatest, depth, strict=True)]

    table = metrics.table()

    assert table["depth_peak"].tolist() == greatest
    assert table["depth"].tolist() == [0, 0]


def test_what_ran_had_something_arrived_before() -> None:
    metrics = Metrics(2)
    write(metrics.take_journal(), [(1, 10)])

    assert metrics.table()["depth_peak"].tolist() == [0, 1]


def test_how_a_node_ended_is_of_the_newest_epoch_in_which_it_has() -> None:
    metrics = Metrics(2)
    metrics.note_end(b"\2\2", {1: Ending("failed")})
    assert [ENDS[code] for code in metrics.table()["ended"]] == ["completed", "failed"]

    metrics.note_end(b"\2\2", {0: Ending("skipped"), 1: Ending("cancelled")})
    assert [ENDS[code] for code in metrics.table()["ended"]] == ["skipped", "cancelled"]

    table = metrics.table(standing(ended=(0, ENDS.index("completed"))))
    assert [ENDS[code] for code in table["ended"]] == ["skipped", "completed"]


def lane(work: Work, now: Standing, begin: int = 1_000_000) -> Metrics:
    metrics = Metrics(2)
    write(metrics.take_journal(), work, begin)
    for node, took in work:
        metrics.failures[node] += 1
        metrics.skips[node] += 2
        metrics.bytes_out[node] += 3
        metrics.bytes_freed[node] += 4
        metrics.note_cpu(node, took // 2, took)
        metrics.note_wait(node, took)
    metrics.table(now)
    return metrics


pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 10**6)), max_size=20)


@given(pairs, pairs)
def test_lanes_of_one_plan_combine_to_what_one_executor_would_have_counted(one: Work, other: Work) -> None:
    first, second = lane(one, standing()), lane(other, standing(), begin=10**9)

    rows = combine([first.figures(), second.figures()]).rows

    expected = lane([*one, *other], standing()).table()
    for column in set(ROW.names or ()) - {"smoothed_ns", "progress"}:
        assert rows[column].tolist() == expected[column].tolist(), column
    shortest, longest = ([edge(figures) for figures in zip(first.table()["smoothed_ns"], second.table()["smoothed_ns"],
                          strict=True)] for edge in (min, max))  # fmt: skip
    for node in range(2):
        assert shortest[node] <= rows["smoothed_ns"][node] * (1 + 1e-9)
        assert rows["smoothed_ns"][node] <= longest[node] * (1 + 1e-9)


def test_of_lanes_depths_add_up_and_the_strongest_standing_is_taken() -> None:
    now = standing([2, 0], activity=(COMPUTES, STARVES), ended=(1, 4), progress=(0.75, np.nan))
    then = standing([1, 0], activity=(STARVES, BLOCKED), ended=(2, 1), progress=(0.25, 0.5))

    figures = combine([lane([], now).figures(now), lane([], then).figures(then), lane([], standing()).figures()])

    assert isinstance(figures, Figures)
    row = {column: figures.rows[column].tolist() for column in ROW.names or ()}
    assert (row["depth"], row["depth_peak"]) == ([3, 0], [3, 0])
    assert row["activity"] == [COMPUTES, BLOCKED]
    assert [ENDS[code] for code in row["ended"]] == ["skipped", "failed"]
    assert row["progress"] == [0.25, 0.5]


def test_combining_changes_none_of_the_lanes() -> None:
    figures = lane([(0, 10), (1, 20)], standing()).figures()
    before = figures.rows.copy()

    twice = combine([combine([figures, figures]), figures])

    assert twice.rows["runs"].tolist() == [3, 3]
    assert figures.rows["runs"].tolist() == before["runs"].tolist() == [1, 1]
    assert figures.latencies.runs.tolist() == [1, 1]
