"""Undo and redo, steps that join, and the saved state."""

import pytest

from animaweave.errors import EditError
from animaweave.graph.document import Graph
from animaweave.graph.edits import AddNode, MoveNodes, RenameNode, SetParams, SetRun
from animaweave.graph.history import LONGEST, History


class Clock:
    """Stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def history(clock: Clock) -> History:
    """Of a graph with one node, `a`."""
    graph = Graph()
    graph.add("x.y", id="a")
    return History(graph, clock)


def test_undo_and_redo_go_back_and_forth_and_say_what_they_do(history: History) -> None:
    history.do(RenameNode("a", "b"))
    history.do(AddNode("x.z"))
    assert (history.undo_text, history.redo_text) == ("add x.z", "")
    history.undo()
    assert (history.undo_text, history.redo_text) == ("rename a", "add x.z")
    history.undo()
    assert list(history.graph.nodes) == ["a"]
    assert (history.can_undo, history.can_redo) == (False, True)
    history.undo()  # Nothing is left to undo.
    history.redo()
    history.redo()
    history.redo()
    assert list(history.graph.nodes) == ["b", "z"]
    assert not history.can_redo


def test_a_new_edit_forgets_what_was_undone(history: History) -> None:
    history.do(RenameNode("a", "b"))
    history.undo()
    history.do(RenameNode("a", "c"))
    assert not history.can_redo


def test_a_refused_edit_is_no_step(history: History) -> None:
    with pytest.raises(EditError):
        history.do(RenameNode("a", "no id at all"))
    assert not history.can_undo


def test_an_edit_that_changes_nothing_is_no_step_and_forgets_nothing(history: History) -> None:
    history.do(MoveNodes({"a": (1, 1)}))
    history.do(SetParams("a", {"x": 1}))
    history.undo()
    history.do(MoveNodes({"a": (1, 1)}))
    history.do(SetRun("a", None, {"timeout": None}))
    assert history.undo_text == "move a"
    assert history.can_redo
    history.redo()
    history.do(SetParams("a", {"x": 1.0}))  # Another text in the file.
    assert history.graph.nodes["a"].params["x"] == 1.0
    history.undo()
    assert '"x": 1}' in history.graph.dumps()


def test_a_sliders_steps_become_one(history: History) -> None:
    for value in range(1_000):
        history.do(SetParams("a", {"sigma": value}), "slider")
    assert history.graph.nodes["a"].params == {"sigma": 999}
    history.undo()
    assert history.graph.nodes["a"].params == {}
    assert not history.can_undo
    history.redo()
    assert history.graph.nodes["a"].params == {"sigma": 999}


def test_different_edits_under_one_key_are_undone_together(history: History) -> None:
    history.do(MoveNodes({"a": (1, 1)}), "key")
    history.do(RenameNode("a", "b"), "key")
    history.do(MoveNodes({"b": (2, 2)}), "key")
    before = history.graph.dumps()
    history.undo()
    assert history.graph.view.position("a") is None
    history.redo()
    assert history.graph.dumps() == before


def test_a_step_after_a_pause_or_under_another_key_stands_by_itself(history: History, clock: Clock) -> None:
    history.do(SetParams("a", {"sigma": 1}), "slider")
    clock.now = 5
    history.do(SetParams("a", {"sigma": 2}), "slider")
    history.do(SetParams("a", {"sigma": 3}), "other")
    history.do(SetParams("a", {"sigma": 4}))
    history.do(SetParams("a", {"sigma": 5}))
    found = []
    while history.can_undo:
        history.undo()
        found.append(history.graph.nodes["a"].params.get("sigma"))
    assert found == [4, 3, 2, 1, None]


def test_nothing_joins_a_step_that_was_undone_and_done_again_or_saved(history: History) -> None:
    history.do(SetParams("a", {"sigma": 1}), "slider")
    history.undo()
    history.redo()
    history.do(SetParams("a", {"sigma": 2}), "slider")
    history.mark_saved()
    history.do(SetParams("a", {"sigma": 3}), "slider")
    found = [history.is_at_saved]
    history.undo()
    found.append(history.is_at_saved)
    assert found == [False, True]
    assert history.graph.nodes["a"].params == {"sigma": 2}
    history.undo()
    assert history.graph.nodes["a"].params == {"sigma": 1}


def test_it_knows_whether_the_graph_is_as_it_was_saved(history: History) -> None:
    found = [history.is_at_saved]
    for deed in (
        lambda: history.do(RenameNode("a", "b")),
        history.undo,
        history.redo,
        history.mark_saved,
        history.undo,
        lambda: history.do(RenameNode("a", "c")),  # The saved state can never be reached again.
        history.undo,
    ):
        deed()
        found.append(history.is_at_saved)
    assert found == [True, False, True, False, True, False, False, False]


def test_of_very_many_steps_the_oldest_are_forgotten(history: History) -> None:
    for value in range(LONGEST + 5):
        history.do(SetParams("a", {"sigma": value}))
    while history.can_undo:
        history.undo()
    assert history.graph.nodes["a"].params == {"sigma": 4}
    assert not history.is_at_saved


def test_each_step_is_told_once(history: History) -> None:
    told: list[str] = []
    history.changed.connect(lambda: told.append(history.undo_text))
    history.do(RenameNode("a", "b"))
    history.undo()
    history.undo()
    history.redo()
    history.mark_saved()
    assert told == ["rename a", "", "rename a", "rename a"]
