"""Running the document on screen: off the GUI thread, watched, stopped, and what an edit makes of it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore

from animaweave.authoring import Context
from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.engine import Engine
from animaweave.graph.wire import PortRef
from animaweave.ui import runner, watch
from animaweave.ui.editor import Editor
from animaweave.ui.preview import Preview
from tests.engine.lab import Gate, Lab

Edit = Callable[..., Editor]


def run(editor: Editor, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editor.run_ended):
        editor.run_graph()


def value(editor: Editor, text: str) -> Preview | None:
    return editor.values.get(PortRef.parse(text))


@pytest.fixture
def gate(lab: Lab) -> Any:
    """A gate inside the node `hold`, which does not look at its context; open after the test."""
    gate = Gate()

    @lab.node
    def hold(value: Any = None) -> Any:
        """Wait at the gate."""
        gate()
        return value

    yield gate
    gate.open()


# ---------------------------------------------------------------- what a run leaves


def test_the_coins_are_counted_and_every_node_shows_what_it_gave(edit: Edit, qtbot: QtBot, root: Path) -> None:
    editor = edit()
    editor.open(root / "examples" / "coins.weave.json")
    run(editor, qtbot)
    assert editor.result is not None
    assert editor.result.outputs["coins"] == 24
    assert set(editor.states.values()) == {"done"}
    assert set(editor.latency_ms) == set(editor.graph.nodes)
    number, mask, labels = value(editor, "count.number"), value(editor, "mask.mask"), value(editor, "labels.labels")
    assert number is not None
    assert (number.kind, number.text) == ("number", "24")
    for picture in (mask, labels, value(editor, "annotated.value")):
        assert picture is not None
        assert picture.pixels is not None
        assert (picture.kind, picture.pixels.dtype.name, picture.size) == ("picture", "uint8", (384, 303))
        assert max(picture.pixels.shape[:2]) == 256


def test_nodes_run_off_the_gui_thread_and_signals_come_on_it(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    ran: list[int] = []

    @lab.node
    def where() -> int:
        """Note the thread."""
        ran.append(threading.get_ident())
        return 1

    editor = edit("w:where bad:fail n:need", "bad.result n.value")
    heard: dict[str, set[int]] = {}

    def listen(name: str) -> Callable[..., None]:
        return lambda *_: heard.setdefault(name, set()).add(threading.get_ident())

    for name in ("run_started", "run_ended", "states_changed", "values_changed", "diagnostics_changed", "message"):
        getattr(editor, name).connect(listen(name))
    editor.live.tick.connect(listen("tick"))
    run(editor, qtbot)
    editor.add_node("no.such", (0, 0))
    qtbot.waitUntil(lambda: bool(editor.diagnostics))
    assert ran
    assert threading.get_ident() not in ran
    assert len(heard) == 7
    assert set().union(*heard.values()) == {threading.get_ident()}


def test_a_failed_node_says_why_and_shows_no_older_value(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    times = iter(range(10))

    @lab.node(pure=False)
    def once(value: Any) -> Any:
        """Fail from the second time on."""
        if next(times):
            raise ValueError("only once")
        return value

    editor = edit("a:one b:once c:need d:echo", "a.result b.value", "b.result c.value")
    run(editor, qtbot)
    assert value(editor, "c.result") is not None
    run(editor, qtbot)
    assert editor.states == {"a": "done", "b": "failed", "c": "skipped", "d": "done"}
    assert editor.reason("b") == "ValueError: only once"
    assert editor.reason("c") == "upstream `b` failed"
    assert editor.reason("a") == editor.reason("nobody") == ""
    assert "raise ValueError" in editor.errors["b"].traceback
    assert "tapped" not in editor.errors["b"].traceback.splitlines()[1]
    assert [(found.node, found.message) for found in editor.failures] == [("b", "failed: ValueError: only once")]
    assert value(editor, "b.result") is value(editor, "c.result") is None
    assert value(editor, "a.result") is not None
    assert value(editor, "d.result") is not None
    editor.set_run("b", timeout=9)
    assert editor.states == {"a": "done", "b": "stale", "c": "stale", "d": "done"}
    assert (editor.failures, editor.reason("b")) == ([], "")


def test_a_run_ends_with_a_word_on_how_it_went(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one")
    with qtbot.waitSignal(editor.message, check_params_cb=lambda said: said.startswith("Ran in ")):
        editor.run_graph()
    editor.add_node("lab.fail", (0, 0))
    with qtbot.waitSignal(editor.message, check_params_cb=lambda said: said.endswith("; 1 node failed")):
        editor.run_graph()
    editor.new()
    with qtbot.waitSignal(editor.message, check_params_cb=lambda said: said.startswith("Nothing to run")):
        editor.run_graph()
    assert not editor.is_running


def test_what_keeps_a_run_from_beginning_is_said_and_kept(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("in:graph.input b:need", "in.value b.value")
    with qtbot.waitSignals([editor.trouble, editor.run_ended]):
        editor.run_graph()
    assert [found.message.split(";")[0] for found in editor.failures] == ["input `in` has no value"]
    assert set(editor.states.values()) == {"idle"}
    editor.set_param("in", "default", 3)
    run(editor, qtbot)
    assert editor.failures == []
    assert value(editor, "b.result") is not None


def test_nodes_with_errors_are_left_out_and_the_rest_runs(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one n:need x:no.such z:echo off:one by:echo", "x.y z.value", "a.result by.value")
    editor.set_run("off", disabled=True)
    editor.set_run("by", bypass=True)
    run(editor, qtbot)
    states = dict(editor.states)
    assert (states["a"], states["n"], states["x"], states["off"], states["by"]) == (
        *("done", "skipped", "missing", "disabled", "bypassed"),
    )
    assert editor.reason("n").startswith("it has an error")
    editor.set_run("off", disabled=None)
    assert editor.states["off"] == "idle"
    editor.set_run("by", bypass=None)
    assert editor.states["by"] == "stale"


def test_a_defect_while_running_ends_the_run_with_a_sentence(
    edit: Edit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def submit(engine: Engine) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Engine, "submit", submit)
    editor = edit("a:one")
    with qtbot.waitSignals([editor.trouble, editor.run_ended]):
        editor.run_graph()
    assert [found.message for found in editor.failures] == ["the run broke off: RuntimeError: a defect"]
    assert editor.states == {"a": "idle"}
    assert "a defect" in caplog.text


# ---------------------------------------------------------------- while it runs


def test_a_long_node_leaves_the_window_live_and_stop_gives_it_up(
    edit: Edit, qtbot: QtBot, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    editor = edit("a:one h:hold b:need", "a.result h.value", "h.result b.value")
    beats: list[int] = []
    timer = QtCore.QTimer()
    timer.timeout.connect(lambda: beats.append(1))
    editor.run_graph()
    gate.await_arrival()
    timer.start(1)
    qtbot.waitUntil(lambda: len(beats) > 20 and editor.states["h"] == "running")
    timer.stop()
    assert (editor.states["a"], editor.states["b"]) == ("done", "waiting")
    assert value(editor, "a.result") is not None
    running = [(editor.is_running, editor.run is not None)]
    editor.add_node("lab.one", (0, 0))  # Editing goes on.
    with qtbot.waitSignal(editor.message, check_params_cb=lambda said: said.startswith("Stopped after ")):
        editor.stop()
    assert [*running, (editor.is_running, editor.run is not None)] == [(True, True), (False, False)]
    assert editor.states == {"a": "done", "h": "skipped", "b": "skipped", "one": "idle"}
    assert editor.reason("h") == "stopped"
    assert "`h` does not look at its context" in caplog.text
    gate.open()
    run(editor, qtbot)  # With an engine of its own.
    assert set(editor.states.values()) == {"done"}


def test_a_node_that_looks_at_its_context_stops_at_once(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    reached = threading.Event()

    @lab.node
    def rest(context: Context) -> int:
        """Sleep for ten minutes."""
        context.progress(0.25, "asleep")
        reached.set()
        context.sleep(600)
        return 1

    editor = edit("r:rest")
    editor.run_graph()
    qtbot.waitUntil(lambda: editor.live.last is not None and "r" in editor.live.last.progress)
    assert editor.live.last is not None
    assert editor.live.last.progress == {"r": (0.25, "asleep")}
    with qtbot.waitSignal(editor.run_ended, timeout=1_000):
        editor.stop()
    assert editor.states == {"r": "skipped"}


def test_what_changes_while_a_run_goes_on_is_stale_when_it_is_over(edit: Edit, qtbot: QtBot, gate: Gate) -> None:
    editor = edit("h:hold a:echo b:echo c:echo x:one", "h.result a.value", "a.result b.value", "h.result c.value")
    editor.run_graph()
    gate.await_arrival()
    editor.set_run("a", timeout=7)
    editor.rename("c", "z")
    editor.delete(["x"])
    editor.add_node("lab.one", (0, 0))
    editor.rename("one", "x")  # Another node, although a node of that name runs.
    with qtbot.waitSignal(editor.run_ended):
        gate.open()
    assert editor.states == {"h": "done", "a": "stale", "b": "stale", "z": "done", "x": "idle"}
    assert value(editor, "z.result") is not None
    assert value(editor, "c.result") is value(editor, "x.result") is None
    assert editor.live.last is not None
    assert "z" in editor.live.last.ids
    assert "c" not in editor.live.last.ids


def test_run_while_it_runs_queues_one_more_of_the_graph_as_it_is_then(edit: Edit, qtbot: QtBot, gate: Gate) -> None:
    editor = edit("h:hold")
    ended: list[int] = []
    editor.run_ended.connect(lambda: ended.append(len(editor.result.nodes) if editor.result else 0))
    editor.run_graph()
    gate.await_arrival()
    editor.run_graph()
    editor.run_graph()
    editor.add_node("lab.one", (0, 0))
    gate.open()
    qtbot.waitUntil(lambda: len(ended) == 2)
    assert ended == [1, 2]
    assert not editor.is_running


def test_another_document_does_not_hear_of_the_run_before(
    edit: Edit, qtbot: QtBot, gate: Gate, lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    editor = edit("h:hold a:one")
    editor.run_graph()
    gate.await_arrival()
    editor.new()
    editor.add_node("lab.echo", (0, 0))
    editor.rename("echo", "a")
    editor.run_graph()  # Waits for the other to end.
    with qtbot.waitSignal(editor.run_ended, timeout=10_000):
        gate.open()
    assert editor.states == {"a": "done"}
    assert editor.result is not None
    assert list(editor.result.nodes) == ["a"]


# ---------------------------------------------------------------- streams and engines


def engines_made(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    made: list[Engine] = []

    class Counted(Engine):
        """An engine that is remembered."""

        def __init__(self, *args: Any, **how: Any) -> None:
            super().__init__(*args, **how)
            made.append(self)

    monkeypatch.setattr(runner, "Engine", Counted)
    return made


def test_runs_and_streams_of_one_plan_share_an_engine_until_the_plan_changes(
    edit: Edit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engines_made(monkeypatch)
    editor = edit("a:one p:plus", "a.result p.a")
    run(editor, qtbot)
    editor.move({"a": (5, 5)})
    with qtbot.waitSignal(editor.run_ended):
        editor.run_stream(20)
    assert len(made) == 1
    assert editor.live.last is not None
    assert editor.live.last.epochs == 20
    assert editor.live.last.table["runs"].tolist() == [21, 21]
    editor.set_param("p", "b", 3)
    run(editor, qtbot)
    assert len(made) == 2
    assert made[0]._is_closed
    assert not made[1]._is_closed
    editor.close()
    assert made[1]._is_closed


def test_a_stream_runs_until_it_is_stopped_and_shows_figures_meanwhile(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    @lab.node(pure=False)
    def picture() -> np.ndarray:
        """Make a picture."""
        return np.ones((50, 50), np.float32)

    @lab.node
    def mean(value: np.ndarray) -> float:
        """Average it."""
        return float(value.mean())

    editor = edit("p:picture e:mean", "p.result e.value")
    seen: list[int] = []
    shown: list[str] = []
    editor.live.tick.connect(lambda snapshot: seen.append(snapshot.epochs))
    editor.states_changed.connect(lambda ids: shown.extend(editor.states[id_] for id_ in ids))
    editor.run_stream()
    qtbot.waitUntil(lambda: len(seen) > 5 and seen[-1] > 20)
    editor.run_stream()  # One at a time.
    last = editor.live.last
    assert last is not None
    assert last.freed_bytes >= 10_000 * 10
    assert last.live_bytes <= 40_000
    assert set(editor.latency_ms) == {"p", "e"}
    assert value(editor, "e.result") is not None
    with qtbot.waitSignal(editor.run_ended):
        editor.stop()
    assert seen == sorted(seen)
    # Once done, a node is at work or done, never waiting again.
    assert "waiting" not in shown[shown.index("done") :]
    assert editor.result is not None


def test_a_failure_in_a_stream_is_said_while_it_goes_on(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one f:fail", "a.result f.value")
    editor.run_stream()
    qtbot.waitUntil(lambda: editor.states["f"] == "failed" and bool(editor.failures))
    assert editor.is_running
    assert editor.reason("f") == "ValueError: no good"
    with qtbot.waitSignal(editor.run_ended):
        editor.stop()


def test_closing_while_a_stream_runs_leaves_no_thread(edit: Edit, qtbot: QtBot) -> None:
    threads = set(threading.enumerate())
    editor = edit("a:one p:plus", "a.result p.a")
    editor.run_stream()
    qtbot.waitUntil(lambda: editor.live.last is not None and editor.live.last.epochs > 3)
    editor.close()
    editor.close()
    assert not {thread for thread in set(threading.enumerate()) - threads if thread.is_alive()}
    assert not editor.live.is_active


def test_closing_gives_up_a_node_that_does_not_end(
    edit: Edit, gate: Gate, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    editor = edit("h:hold")
    editor.run_graph()
    gate.await_arrival()
    with qtbot.assertNotEmitted(editor.run_ended):
        editor.close()
    assert "`h` does not look at its context" in caplog.text
    gate.open()


def test_a_node_that_uses_a_sub_graph_stands_for_all_that_is_inside(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one")
    inner = editor.graph.add_subgraph("calc")
    inner.add("graph.input", id="in", params={"name": "x"})
    inner.add("lab.plus", id="add")
    inner.add("graph.output", id="out", params={"name": "y"})
    inner.connect("in.value", "add.a")
    inner.connect("add.result", "out.value")
    editor.add_node("graph.calc", (0, 0))
    editor.wire(PortRef("a", "result"), PortRef("calc", "x"))
    run(editor, qtbot)
    assert editor.states == {"a": "done", "calc": "done"}
    shown = value(editor, "calc.y")
    assert shown is not None
    assert shown.text == "11"
    assert set(editor.latency_ms) == {"a", "calc"}
    inner.set_params("add", {"b": "no number"})
    editor.graph.events.subgraph_added.emit("calc")  # Sub-graphs are not edited on screen yet.
    run(editor, qtbot)
    assert editor.states["calc"] == "skipped"
    assert editor.reason("calc").startswith("calc/add: it has an error")


def test_closing_does_not_wait_for_a_long_preparation(
    edit: Edit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate, made = Gate(), engines_made(monkeypatch)

    def compile_slowly(*args: Any, **how: Any) -> Any:
        gate()
        return compile_graph(*args, **how)

    monkeypatch.setattr(runner, "compile_graph", compile_slowly)
    monkeypatch.setattr(runner, "CLOSING_S", 0.01)
    monkeypatch.setattr(runner, "GRACE_S", 0.01)
    editor = edit("a:one")
    editor.run_graph()
    gate.await_arrival()
    editor.close()
    assert "still being ended" in caplog.text
    gate.open()
    qtbot.waitUntil(lambda: bool(made) and made[0]._is_closed)


def test_a_look_that_fails_does_not_end_the_run(
    edit: Edit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def look(*_: object) -> None:
        raise RuntimeError("blind")

    monkeypatch.setattr(watch.Watcher, "look", look)
    editor = edit("a:one")
    run(editor, qtbot)
    assert editor.result is not None
    assert editor.result.outputs == {"a.result": 1}
    assert "blind" in caplog.text


def test_a_muted_wire_makes_what_lies_behind_it_stale(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one b:echo c:echo", "a.result b.value", "b.result c.value")
    run(editor, qtbot)
    editor.graph.mute(editor.graph.wires[0])
    assert editor.states == {"a": "done", "b": "stale", "c": "stale"}


def test_a_look_at_many_values_takes_only_so_long_and_the_rest_comes_later(
    edit: Edit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "BUDGET_S", 0.0)
    editor = edit(" ".join(f"n{number}:one" for number in range(30)))
    run(editor, qtbot)
    assert len(editor.values) == 30


# ---------------------------------------------------------------- what a node shows while it works


def test_a_node_shows_its_work_while_it_runs(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    gate = Gate()

    @lab.node
    def paint(ctx: Context) -> np.ndarray[Any, Any]:
        """Paint slowly."""
        ctx.preview(np.full((600, 900, 3), 0.5))
        gate()
        return np.ones((20, 10, 3))

    editor = edit("p:paint")
    editor.run_graph()
    qtbot.waitUntil(lambda: value(editor, "p.result") is not None)
    shown = value(editor, "p.result")
    assert shown is not None
    assert editor.states["p"] == "running"
    assert (shown.kind, shown.text, shown.size) == ("picture", "900 × 600", (900, 600))
    with qtbot.waitSignal(editor.run_ended):
        gate.open()
    result = value(editor, "p.result")
    assert result is not None
    assert result.size == (10, 20)
