"""Snapshots of a run: at most thirty a second, on the GUI thread, only while something runs."""

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from animaweave.authoring import Context
from animaweave.ui.editor import Editor
from animaweave.ui.live import PERIOD_MS, Live
from animaweave.ui.watch import Snapshot
from tests.engine.lab import Lab

Edit = Callable[..., Editor]


def test_snapshots_come_while_a_run_goes_on_and_once_at_the_end(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one p:plus", "a.result p.a")
    seen: list[Snapshot] = []
    editor.live.tick.connect(seen.append)
    active = [editor.live.is_active]
    editor.run_stream()
    active.append(editor.live.is_active)
    qtbot.waitUntil(lambda: len(seen) > 5)
    with qtbot.waitSignal(editor.run_ended):
        editor.stop()
    assert [*active, editor.live.is_active] == [False, True, False]
    assert [snapshot.is_last for snapshot in seen] == [False] * (len(seen) - 1) + [True]
    assert editor.live.last is seen[-1]
    assert len({id(snapshot.ids) for snapshot in seen}) == 1
    assert [snapshot.elapsed_s for snapshot in seen] == sorted(snapshot.elapsed_s for snapshot in seen)
    # However quick the run, the window is told thirty times a second at most, and once more.
    assert len(seen) <= seen[-1].elapsed_s * 1_000 / PERIOD_MS + 2
    assert editor.live._timer.interval() >= 1_000 / 30
    editor.new()
    assert editor.live.last is None


def test_rows_are_the_nodes_of_the_document_without_what_the_compiler_put_in(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("l:image.load g:image.gaussian", "l.image g.image")
    editor.set_param("l", "path", "nothing.png")
    with qtbot.waitSignal(editor.run_ended):
        editor.run_graph()
    last = editor.live.last
    assert last is not None
    assert tuple(last.ids) == ("l", "g")
    assert len(last.table) == 2
    assert last.table["failures"].tolist() == [1, 0]
    assert last.states == {"l": "failed", "g": "skipped"}
    assert (last.epochs, last.live_bytes) == (1, 0)


def test_lines_that_nodes_write_are_told_once(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    @lab.node(pure=False)
    def talk(context: Context, text: str = "hello") -> int:
        """Say something."""
        context.log(text)
        context.log("beware", "warning")
        return 1

    editor = edit("t:talk")
    lines: list[str] = []
    editor.live.tick.connect(
        lambda snapshot: lines.extend(f"{line.node} {line.level} {line.text}" for line in snapshot.log)
    )
    for _ in range(2):
        with qtbot.waitSignal(editor.run_ended):
            editor.run_graph()
    assert lines == ["t info hello", "t warning beware"] * 2


def test_nothing_new_is_not_told(qtbot: QtBot) -> None:
    live = Live(lambda: None)
    with qtbot.assertNotEmitted(live.tick):
        live.look()
    assert live.last is None
