"""The event stream and the result cache, as an engine has them."""

import os
from pathlib import Path
from typing import Any

import pytest

import animaweave as aw
from animaweave.engine.cache.cache import Cache
from animaweave.engine.observe.events import Event, Events
from tests.engine.lab import Lab, assert_nothing_left, states

GRAPH = ("a:plus b:counted c:counted", "a.result b.value", "b.result c.value")


@pytest.fixture
def counting(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab with nodes that write down that they ran: in a file, since a variable would count as part of their code."""
    monkeypatch.setenv("RUNS", str(tmp_path / "runs"))
    lab.node(counted)
    lab.node(second_time)
    return lab


def counted(value: int) -> int:
    write_down(value)
    return value + 1


def second_time(value: Any = None) -> int:
    if write_down(0) == 1:
        raise ValueError("not yet")
    return 1


def write_down(value: int) -> int:
    with Path(os.environ["RUNS"]).open("a") as file:
        file.write(f"{value}\n")
    return len(runs())


def runs() -> list[int]:
    """What ran."""
    return [int(line) for line in Path(os.environ["RUNS"]).read_text().split()]


def kinds(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.kind, event.node) for event in events if event.kind != "bytes"]


def test_what_happens_to_each_node_is_told_in_order(counting: Lab) -> None:
    events = Events()
    reader = events.reader()
    with aw.Engine(counting.compile(counting.graph(*GRAPH)), 1, events=events) as engine:
        engine.run()
        assert_nothing_left(engine)

    assert kinds(reader.take()[0]) == [
        ("epoch_begun", ""), ("started", "a"), ("finished", "a"), ("started", "b"), ("finished", "b"),
        ("started", "c"), ("finished", "c"), ("epoch_ended", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_a_failure_is_told_before_its_node_is_finished_and_what_it_skips_after(lab: Lab, placement: str) -> None:
    events = Events()
    reader = events.reader()
    graph = lab.graph("bad:fail end:need", "bad.result end.value", bad={"placement": placement})
    with aw.Engine(lab.compile(graph), 2, events=events) as engine:
        engine.run()

    found = [event for event in reader.take()[0] if event.node]
    assert kinds(found) == [("started", "bad"), ("error", "bad"), ("finished", "bad"), ("finished", "end")]
    assert [event.payload[0] for event in found if event.kind == "finished"] == ["failed", "skipped"]


def test_signals_logs_and_progress_are_told(lab: Lab) -> None:
    @lab.node
    def talks(ctx: aw.Context) -> int:
        ctx.progress(0.5, "half")
        ctx.log("hello")
        return 1

    events = Events()
    reader = events.reader()
    graph = lab.graph("t:talks s:switch end:one", controls=("s.no end.trigger", "t.done s.trigger"))
    with aw.Engine(lab.compile(graph), 1, events=events) as engine:
        engine.run()

    told = {(event.kind, event.node): event.payload for event in reader.take()[0]}
    assert told["progress", "t"] == (0.5, "half")
    assert told["log", "t"] == ("info", "hello")
    assert told["signal", "s"] == ("no", False)


def test_a_node_runs_again_only_if_something_before_it_changed(counting: Lab) -> None:
    cache = Cache()
    with aw.Engine(counting.compile(counting.graph(*GRAPH)), 2, cache=cache) as engine:
        first, again, other = engine.run(), engine.run(), engine.run({"a.a": 1})
        assert_nothing_left(engine)

    assert first.outputs == again.outputs == {"c.result": 12}
    assert other.outputs == {"c.result": 13}
    assert runs() == [10, 11, 11, 12]
    assert [again.nodes[node].from_cache for node in "abc"] == [True] * 3
    assert states(again) == {"a": "completed", "b": "completed", "c": "completed"}
    assert not other.nodes["a"].from_cache
    assert cache.explain("b") == "ran again: `a` upstream ran again (`a` changed from 0 to 1)"


def test_results_outlast_the_engine_in_a_folder(counting: Lab, tmp_path: Path) -> None:
    for _ in range(2):
        with aw.Engine(counting.compile(counting.graph(*GRAPH)), cache=Cache(folder=tmp_path)) as engine:
            assert engine.run().outputs == {"c.result": 12}

    assert runs() == [10, 11]


@pytest.mark.parametrize("placement", ["thread", "inline"])
def test_what_failed_is_tried_again(counting: Lab, placement: str) -> None:
    graph = counting.graph("a:second_time b:echo", "a.result b.value", a={"placement": placement})
    with aw.Engine(counting.compile(graph), cache=Cache()) as engine:
        assert engine.run().status == "failed"
        assert engine.run().outputs == {"b.result": 1}
        assert engine.run().outputs == {"b.result": 1}

    assert len(runs()) == 2


def test_a_frozen_node_gives_what_it_gave_first_whatever_changes_before_it(counting: Lab) -> None:
    graph = counting.graph(*GRAPH, b={"frozen": True})
    with aw.Engine(counting.compile(graph), cache=Cache()) as engine:
        assert engine.run().outputs == {"c.result": 12}
        assert engine.run({"a.a": 100}).outputs == {"c.result": 12}
        assert_nothing_left(engine)

    assert runs().count(10) == 1, "the frozen node ran once"


def test_a_frozen_node_without_a_cache_fails_and_says_what_to_give(counting: Lab) -> None:
    result = counting.run(counting.graph(*GRAPH, b={"frozen": True}))

    assert states(result) == {"a": "completed", "b": "failed", "c": "skipped"}
    assert result.errors["b"].message == (
        "its values are frozen, and there are none here; give the folder that has them with --cache DIR"
    )
