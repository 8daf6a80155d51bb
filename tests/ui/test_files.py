"""New, open and save with their questions, which the test answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from animaweave.ui.editor import Editor
from animaweave.ui.files import Answer, Files
from animaweave.ui.recent import RecentFiles

Edit = Callable[..., Editor]


class User:
    """Answers questions, and remembers them."""

    def __init__(self, answer: Answer = "cancel", path: Path | None = None) -> None:
        self.answer, self.path = answer, path
        self.asked: list[object] = []

    def unsaved(self, title: str) -> Answer:
        """Answer whether to save."""
        self.asked.append(title)
        return self.answer

    def where(self, proposal: Path) -> Path | None:
        """Answer where to save."""
        self.asked.append(proposal)
        return self.path


@pytest.fixture
def user() -> User:
    return User()


@pytest.fixture
def recent(tmp_path: Path) -> RecentFiles:
    return RecentFiles(tmp_path / "recent.json")


@pytest.fixture
def files(edit: Edit, user: User, recent: RecentFiles) -> Files:
    """Of a document with one unsaved edit."""
    editor = edit("a:one")
    editor.rename("a", "b")
    return Files(editor, recent, ask_unsaved=user.unsaved, ask_path=user.where)


def test_without_unsaved_edits_nobody_is_asked(files: Files, user: User, tmp_path: Path) -> None:
    files.editor.undo()
    assert files.may_leave()
    assert files.new()
    assert user.asked == []


def test_who_cancels_keeps_the_document(files: Files, user: User, tmp_path: Path) -> None:
    other = tmp_path / "other.weave.json"
    files.editor.graph.copy().save(other)
    for deed in (files.new, files.may_leave, lambda: files.open(other)):
        assert not deed()
        assert list(files.editor.graph.nodes) == ["b"]
        assert files.editor.is_modified
    assert user.asked == ["untitled"] * 3


def test_who_discards_loses_the_edits(files: Files, user: User) -> None:
    user.answer = "discard"
    assert files.new()
    assert list(files.editor.graph.nodes) == []


def test_who_saves_is_asked_where_and_leaves_only_if_it_was_saved(files: Files, user: User, tmp_path: Path) -> None:
    user.answer = "save"
    assert not files.may_leave()  # Asked where, the user changed their mind.
    user.path = tmp_path / "no folder" / "it"
    assert not files.may_leave()
    user.path = tmp_path / "it"
    assert files.may_leave()
    assert (tmp_path / "it.weave.json").exists()
    assert not files.editor.is_modified
    assert user.asked == ["untitled", Path("untitled.weave.json")] * 3


def test_saving_again_goes_to_the_same_file_and_save_as_to_another(
    files: Files, user: User, recent: RecentFiles, tmp_path: Path
) -> None:
    user.path = tmp_path / "one.weave.json"
    assert files.save()
    files.editor.rename("b", "c")
    user.path = tmp_path / "two.json"
    assert files.save()
    assert '"c"' in (tmp_path / "one.weave.json").read_text("utf-8")
    assert files.save_as()
    assert files.title == "two.json"
    assert recent.paths == (tmp_path / "two.json", tmp_path / "one.weave.json")
    assert user.asked[-1] == tmp_path / "one.weave.json"


def test_an_opened_file_is_remembered_and_one_that_is_no_graph_is_not(
    files: Files, user: User, recent: RecentFiles, qtbot: QtBot, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.weave.json", tmp_path / "bad.weave.json"
    files.editor.graph.copy().save(good)
    bad.write_text("no graph")
    with qtbot.waitSignal(files.editor.trouble):
        assert not files.open(bad)
    assert user.asked == []  # A file that does not open is no reason to ask about unsaved edits.
    user.answer = "discard"
    assert files.open(good)
    assert recent.paths == (good,)
    assert files.title == "good.weave.json"


@pytest.mark.parametrize(
    ("name", "title", "proposal"),
    [
        ("", "untitled", "untitled.weave.json"),
        ("count coins", "count coins", "count coins.weave.json"),
        ("a/b\\c: 1?", "a/b\\c: 1?", "a_b_c_ 1.weave.json"),
        ("..", "..", "untitled.weave.json"),
    ],
)
def test_a_document_in_no_file_is_called_by_its_own_name(
    files: Files, user: User, name: str, title: str, proposal: str
) -> None:
    files.editor.graph.name = name
    assert files.title == title
    files.save_as()
    assert user.asked == [Path(proposal)]
