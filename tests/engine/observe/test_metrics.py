"""The table of figures: right against durations that are known, and while threads write."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.engine import Engine
from animaweave.engine.observe.metrics import BEGIN, LONG, ROW, SMOOTHING, Journal, Metrics
from tests.engine.lab import PATIENCE_S, Lab

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


def smoothed(durations: Sequence[int]) -> float:
    """Exponential smoothing one by one; the weights of the first ones add up to one."""
    value, weight = 0.0, 0.0
    for duration in durations:
        value = (1 - SMOOTHING) * value + SMOOTHING * duration
        weight = (1 - SMOOTHING) * weight + SMOOTHING
    return value / weight


def test_figures_of_known_durations() -> None:
    metrics = Metrics(3)
    write(metrics.take_journal(), [(0, 100), (1, 5000), (0, 300), (0, 200)])

    table = metrics.table()

    assert table.dtype == ROW
    assert table["runs"].tolist() == [3, 1, 0]
    assert table["last_ns"].tolist() == [200, 5000, 0]
    assert table["total_ns"].tolist() == [600, 5000, 0]
    assert table["smoothed_ns"] == pytest.approx([smoothed([100, 300, 200]), 5000, 0])
    assert table["p50_ns"][2] == table["p99_ns"][2] == 0


@pytest.mark.parametrize("seed", range(4))
def test_percentiles_are_off_by_at_most_nine_percent(seed: int) -> None:
    durations = np.random.default_rng(seed).lognormal(9, 1.5, 3000).astype(int) + 1
    metrics = Metrics(1)
    write(metrics.take_journal(), [(0, int(took)) for took in durations])

    row = metrics.table()[0]

    for column, share in (("p50_ns", 50), ("p95_ns", 95), ("p99_ns", 99)):
        exact = np.percentile(durations, share, method="inverted_cdf")
        assert row[column] == pytest.approx(exact, rel=0.0906)


@pytest.mark.parametrize("took", [0, 1, 17, 999, 50_000, 10**9, 10**15])
def test_durations_of_any_length_are_counted(took: int) -> None:
    metrics = Metrics(1)
    write(metrics.take_journal(), [(0, took)])

    row = metrics.table()[0]

    assert row["runs"] == 1
    assert row["total_ns"] == max(1, took)


works = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 10**7)), max_size=40)


@given(st.lists(works, min_size=1, max_size=4), st.data())
def test_it_makes_no_difference_when_one_looks(pieces: list[Work], data: st.DataObject) -> None:
    at_once, in_between = Metrics(4), Metrics(4)
    for piece in pieces:
        for metrics in (at_once, in_between):
            journal = metrics.take_journal()
            if metrics is at_once:
                write(journal, piece)
            else:
                other = Journal()
                write(other, piece)
                for entry in other.entries:  # Looked at also between a node and its time.
                    journal.entries.append(entry)
                    if data.draw(st.integers(0, 9)) == 0:
                        metrics.table()
            metrics.give_journal(journal)

    one, other_table = at_once.table(), in_between.table()
    for column in ROW.names or ():
        if column != "smoothed_ns":
            assert one[column].tolist() == other_table[column].tolist(), column
    assert one["runs"].tolist() == [sum(node == n for piece in pieces for node, _ in piece) for n in range(4)]


@given(works)
def test_smoothing_in_pieces_is_close_to_smoothing_at_once(work: Work) -> None:
    metrics = Metrics(4)
    journal = metrics.take_journal()
    now = 10**6
    journal.entries.extend((BEGIN, now))
    for node, took in work:
        now += took
        journal.entries.extend((node, now))
        metrics.table()

    for node in range(4):
        durations = [took for other, took in work if other == node]
        found = metrics.table()["smoothed_ns"][node]
        assert (found == 0) == (not durations)
        if durations:
            assert min(durations) <= found * (1 + 1e-9)
            assert found <= max(durations) * (1 + 1e-9)


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


def test_a_journal_that_grew_long_is_folded_and_emptied() -> None:
    metrics = Metrics(1)
    journal = metrics.take_journal()
    write(journal, [(0, 10)] * LONG)
    metrics.give_journal(journal)

    assert len(journal.entries) == 0
    again = metrics.take_journal()
    write(again, [(0, 10)] * 5)
    assert metrics.table()["runs"].tolist() == [LONG + 5]


def test_a_reset_starts_all_figures_from_nothing() -> None:
    metrics = Metrics(2)
    journal = metrics.take_journal()
    end = write(journal, [(0, 100), (1, 200)])
    metrics.failures[0] = metrics.skips[1] = metrics.bytes_out[0] = metrics.bytes_freed[0] = 9
    metrics.table(np.array([3, 0]))
    metrics.reset()

    table = metrics.table()
    assert table.tolist() == np.zeros(2, ROW).tolist()
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


def test_the_peak_of_a_depth_is_kept() -> None:
    metrics = Metrics(2)
    metrics.table(np.array([1, 4]))
    table = metrics.table(np.array([2, 0]))

    assert table["depth"].tolist() == [2, 0]
    assert table["depth_peak"].tolist() == [2, 4]
    assert metrics.table()["depth"].tolist() == [0, 0]


# ---------------------------------------------------------------- of a run


def rows(engine: Engine) -> dict[str, np.void]:
    return dict(zip([node.id for node in engine.plan.nodes], engine.metrics(), strict=True))


def test_runs_failures_and_skips_of_an_engine_are_counted(lab: Lab, start: Start) -> None:
    engine = start(
        lab.graph("a:one bad:fail off:one twice:fail s:switch", controls=("s.no off.trigger",),
                  twice={"retry": {"attempts": 2}})
    )  # fmt: skip
    for _ in range(7):
        engine.run()

    found = {name: (int(row["runs"]), int(row["failures"]), int(row["skips"])) for name, row in rows(engine).items()}

    assert found == {"a": (7, 0, 0), "bad": (7, 7, 0), "off": (0, 0, 7), "twice": (7, 7, 0), "s": (7, 0, 0)}


def test_latencies_are_those_of_the_nodes(lab: Lab, start: Start) -> None:
    @lab.node
    def slow(value: int) -> int:
        threading.Event().wait(0.02)
        return value

    engine = start(lab.graph("a:one b:slow c:need", "a.result b.value", "b.result c.value"), workers=1)
    result = engine.run()
    found = rows(engine)

    assert 20e6 <= found["b"]["last_ns"] < 1e9
    assert found["a"]["last_ns"] < 20e6
    assert found["c"]["last_ns"] < 20e6
    assert result.nodes["b"].ms == pytest.approx(found["b"]["last_ns"] / 1e6)
    assert result.elapsed_s >= 0.02


def test_nodes_that_did_not_run_took_no_time(lab: Lab, start: Start) -> None:
    result = start(lab.graph("s:switch off:one bad:fail", controls=("s.no off.trigger",))).run()

    assert result.nodes["off"].ms is None
    assert result.nodes["bad"].ms is not None
    assert result.nodes["s"].ms is not None


def test_figures_stay_right_while_one_looks_at_full_speed(lab: Lab, start: Start) -> None:
    graph = lab.graph("n0:plus")
    for number in range(1, 60):
        graph.add("lab.plus", id=f"n{number}")
        graph.connect(f"n{max(0, number - 7)}.result", f"n{number}.a")
    engine = start(graph, workers=3)
    over = threading.Event()
    looks: list[np.ndarray] = []
    problems: list[Exception] = []

    def look() -> None:
        while not over.is_set():
            try:
                table = engine.metrics()
            except Exception as problem:  # noqa: BLE001 - told below
                problems.append(problem)
                return
            looks.append(table[["runs", "total_ns", "depth", "p50_ns"]].copy())

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    runners = [threading.Thread(target=lambda: [engine.run() for _ in range(150)]) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(PATIENCE_S)
    over.set()
    for looker in lookers:
        looker.join(PATIENCE_S)

    assert problems == []
    assert engine.metrics()["runs"].tolist() == [300] * 60
    assert engine.metrics()["depth"].tolist() == [0] * 60
    assert len(looks) > 5
    for table in looks:
        assert (table["runs"] <= 300).all()
        assert (table["depth"] <= 2).all()
        assert ((table["p50_ns"] > 0) == (table["runs"] > 0)).all()


def test_a_reset_while_the_engine_runs_loses_nothing_that_comes_after(lab: Lab, start: Start) -> None:
    graph = lab.graph(" ".join(f"n{number}:plus" for number in range(50)))
    engine = start(graph, workers=2)
    over = threading.Event()

    def reset() -> None:
        while not over.is_set():
            engine._executor.metrics.reset()

    resetter = threading.Thread(target=reset)
    resetter.start()
    for _ in range(200):
        engine.run()
    over.set()
    resetter.join()
    engine._executor.metrics.reset()
    for _ in range(3):
        engine.run()

    assert engine.metrics()["runs"].tolist() == [3] * 50
