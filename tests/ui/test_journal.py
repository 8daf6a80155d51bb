"""Nothing is lost: unsaved edits are found by the next start, the user's file is as it was saved."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtCore, QtWidgets

from animaweave.graph.document import Graph
from animaweave.ui.editor import Editor
from animaweave.ui.journal import Journal
from animaweave.ui.preferences import Preferences
from animaweave.ui.recent import RecentFiles
from animaweave.ui.theme import Theme
from animaweave.ui.window import MainWindow
from tests.ui.conftest import find
from tests.ui.test_window import answer

BUTTONS = QtWidgets.QMessageBox.StandardButton
LEFT = QtCore.Qt.MouseButton.LeftButton
KILLS = int(os.environ.get("JOURNAL_KILLS", "5"))
LOST_S = 1.0
"""Seconds of edits that may be lost."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "unsaved"


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path, folder: Path) -> Iterator[MainWindow]:
    yield from opened(theme, tmp_path, folder)


def opened(theme: Theme, tmp_path: Path, folder: Path) -> Iterator[MainWindow]:
    editor = Editor()
    kept = Preferences(tmp_path / "window.json"), RecentFiles(tmp_path / "recent.json")
    window = MainWindow(editor, theme, *kept, Journal(editor, folder))
    window.show()
    yield window
    window.editor.history.mark_saved()
    window.close()
    window.deleteLater()


def leave_behind(tmp_path: Path, folder: Path, seed: str) -> tuple[Path, bytes, float, list[str]]:
    """Let an editor be killed in the middle of edits. Gives its file, what that holds, when, and what it said."""
    file = tmp_path / "graph.weave.json"
    graph = Graph("mine")
    graph.add("math.constant", id="one")
    graph.save(file)
    script = Path(__file__).with_name("crashing.py")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, str(script), str(file), str(folder), seed]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        until = time.monotonic() + random.Random(seed).uniform(0.7, 1.6)
        while time.monotonic() < until:
            said.append(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        killed = time.time()
        said += process.stdout.readlines()
    return file, graph.dumps().encode(), killed, [line for line in said if line.endswith("\n")]


@pytest.mark.parametrize("number", range(KILLS))
def test_at_most_a_second_of_edits_is_lost_when_the_program_is_killed(
    number: int, tmp_path: Path, folder: Path, editor: Editor
) -> None:
    file, saved, killed, said = leave_behind(tmp_path, folder, f"kill {number}")
    journal = Journal(editor, folder)
    (unsaved,) = journal.found()
    assert (unsaved.path, unsaved.title) == (file, "graph.weave.json")
    digest = hashlib.sha256(unsaved.text.encode()).hexdigest()
    last = max(float(line.split()[0]) for line in said if line.split()[1] == digest)
    assert killed - last <= LOST_S
    assert file.read_bytes() == saved, "recovery never touches the user's file"
    assert {one.suffix for one in folder.iterdir()} == {".json"}


def test_the_next_start_offers_what_was_left_and_saving_goes_to_its_file(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, folder: Path
) -> None:
    file, *_ = leave_behind(tmp_path, folder, "offer")
    window.unsaved_bar.look()
    assert "Edits of graph.weave.json from" in window.unsaved_bar.label.text()
    assert window.journal is not None
    (unsaved,) = window.journal.found()
    qtbot.mouseClick(find(window.unsaved_bar, QtWidgets.QPushButton, "recover"), LEFT)
    assert window.editor.graph.dumps() == unsaved.text
    assert (window.editor.path, window.editor.is_modified) == (file, True)
    assert window.unsaved_bar.isHidden()
    assert len(list(folder.glob("*.json"))) == 1, "it is kept until it is saved"
    assert window.files.save()
    assert file.read_text() == unsaved.text
    qtbot.waitUntil(lambda: not list(folder.glob("*.json")))


def test_what_is_thrown_away_is_gone(window: MainWindow, qtbot: QtBot, tmp_path: Path, folder: Path) -> None:
    leave_behind(tmp_path, folder, "discard")
    window.unsaved_bar.look()
    for button in (BUTTONS.Cancel, BUTTONS.Discard):
        assert len(list(folder.glob("*.json"))) == 1
        answer(qtbot, button)
        qtbot.mouseClick(find(window.unsaved_bar, QtWidgets.QPushButton, "discard"), LEFT)
    assert window.unsaved_bar.isHidden()
    assert not list(folder.glob("*.json"))


def test_edits_on_screen_are_asked_about_before_others_are_opened(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, folder: Path
) -> None:
    leave_behind(tmp_path, folder, "ask")
    window.editor.add_node("math.add", (0, 0))
    window.unsaved_bar.look()
    answer(qtbot, BUTTONS.Cancel)
    qtbot.mouseClick(find(window.unsaved_bar, QtWidgets.QPushButton, "recover"), LEFT)
    assert list(window.editor.graph.nodes) == ["add"]


def test_edits_are_kept_until_they_are_saved_undone_or_given_up(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, folder: Path
) -> None:
    def kept() -> list[Path]:
        return list(folder.glob("*.json"))

    window.editor.add_node("math.constant", (0, 0))
    qtbot.waitUntil(lambda: len(kept()) == 1)
    window.editor.undo()
    qtbot.waitUntil(lambda: not kept())
    window.editor.redo()
    qtbot.waitUntil(lambda: len(kept()) == 1)
    assert window.editor.save(tmp_path / "saved.weave.json")
    qtbot.waitUntil(lambda: not kept())
    window.editor.add_node("math.constant", (0, 0))
    qtbot.waitUntil(lambda: len(kept()) == 1)
    window.editor.history.mark_saved()
    window.close()
    assert list(folder.iterdir()) == []


def test_an_open_windows_edits_are_not_offered_to_another(
    window: MainWindow, qtbot: QtBot, folder: Path, editor: Editor
) -> None:
    window.editor.add_node("math.constant", (0, 0))
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    script = f"""
from pathlib import Path
from qtpy import QtWidgets
application = QtWidgets.QApplication([])
from animaweave.ui.editor import Editor
from animaweave.ui.journal import Journal
print(len(Journal(Editor(), Path({str(folder)!r})).found()))
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    found = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "0"


def test_what_cannot_be_read_is_passed_over_and_kept(folder: Path, editor: Editor) -> None:
    folder.mkdir()
    for name, text in {"a": "", "b": "[]", "c": '{"format": "other"}', "d": '{"format": "animaweave/journal"}'}.items():
        (folder / f"{name}.json").write_text(text)
    assert Journal(editor, folder).found() == []
    assert len(list(folder.glob("*.json"))) == 4


def test_a_folder_that_cannot_be_written_stops_nobody(
    qtbot: QtBot, tmp_path: Path, editor: Editor, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    journal = Journal(editor, tmp_path / "file" / "unsaved")
    editor.add_node("math.constant", (0, 0))
    qtbot.waitUntil(lambda: "Unsaved edits cannot be kept" in caplog.text)
    assert journal.found() == []
    journal.close()
