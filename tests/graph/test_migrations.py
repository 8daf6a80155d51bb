"""Older versions of the file format are brought up to date, step by step, by pure functions."""

import copy

import pytest

from animaweave.errors import GraphFileError
from animaweave.graph import migrations
from animaweave.graph.document import Graph
from animaweave.graph.migrations import STEPS, VERSION, migrate
from animaweave.graph.plain import BadValue, Json


def rename_links(raw: dict[str, Json]) -> dict[str, Json]:
    """From a version in which wires were called links."""
    return {("wires" if key == "links" else key): value for key, value in raw.items()}


def drop_colour(raw: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in raw.items() if key != "colour"}


OLD = {
    "format": "animaweave/graph",
    "version": 1,
    "nodes": {"a": {"type": "x.y"}, "b": {"type": "x.y"}},
    "links": [["a.x", "b.y"]],
    "colour": "red",
}
TWO_STEPS = {1: rename_links, 2: drop_colour}


def test_steps_are_taken_one_after_another_and_leave_the_old_file_alone() -> None:
    before = copy.deepcopy(OLD)
    assert migrate(OLD, steps=TWO_STEPS, version=3) == {
        "format": "animaweave/graph",
        "version": 3,
        "nodes": OLD["nodes"],
        "wires": [["a.x", "b.y"]],
    }
    assert before == OLD


def test_a_file_of_todays_version_is_taken_as_it_is() -> None:
    assert migrate({"version": 3, "links": 1}, steps=TWO_STEPS, version=3) == {"version": 3, "links": 1}


@pytest.mark.parametrize("version", [0, -(10**12)])
def test_a_file_older_than_the_oldest_step_is_refused(version: int) -> None:
    with pytest.raises(BadValue) as caught:
        migrate({"version": version}, steps=TWO_STEPS, version=3)
    assert (caught.value.path, caught.value.problem) == (
        "$.version",
        f"expected a version from 1 to 3, found {version}",
    )
    with pytest.raises(BadValue) as caught:
        migrate({"version": version}, steps={}, version=1)
    assert caught.value.problem == f"expected version 1, found {version}"


@pytest.mark.parametrize("broken", [{"links": 5}, {"nodes": []}, {}])
def test_what_a_step_cannot_read_is_refused_in_a_sentence(broken: dict[str, Json]) -> None:
    def careless(raw: dict[str, Json]) -> dict[str, Json]:
        return {**raw, "wires": [link[0] for link in raw["links"]], "first": raw["nodes"]["a"]}

    with pytest.raises(BadValue) as caught:
        migrate({**broken, "version": 1}, steps={1: careless}, version=2)
    assert caught.value.problem == "expected a file that can be brought from version 1 to 2, found one with other parts"


def test_loading_takes_the_steps_and_saving_writes_todays_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", {0: rename_links})
    text = '{"format": "animaweave/graph", "version": 0, "nodes": {"a": {"type": "x.y"}}, "links": [["a.x", "a.y"]]}'
    graph = Graph.loads(text)
    assert [str(wire) for wire in graph.wires] == ["a.x -> a.y"]
    assert '"version": 1' in graph.dumps()
    monkeypatch.undo()
    with pytest.raises(GraphFileError, match="expected version 1, found 0"):
        Graph.loads(text)


def test_the_steps_lead_without_a_gap_to_todays_version() -> None:
    assert sorted(STEPS) == list(range(min(STEPS, default=VERSION), VERSION))
