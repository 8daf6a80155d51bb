"""`animaweave diff`: what has changed from one graph to another, in words, as JSON and by the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code
from animaweave.library import Graph


@pytest.fixture
def files(tmp_path: Path) -> Path:
    graph = Graph("sums")
    graph.add("math.add", id="one", params={"a": 1})
    graph.save(tmp_path / "a.weave.json")
    graph.move("one", 5, 5)
    graph.save(tmp_path / "moved.weave.json")
    graph.set_param("one", "a", 2)
    graph.add("math.add", id="two")
    graph.save(tmp_path / "b.weave.json")
    return tmp_path


def test_changes_are_said_and_the_exit_code_tells(cli: Any, files: Path) -> None:
    done = cli("diff", "a.weave.json", "b.weave.json")
    assert done.code == Code.DIFFERENT
    assert done.out.splitlines() == [
        "~ one.a: 1.0 → 2.0",
        '+ node two is new: "math.add"',
        "1 change of looks alone; --looks lists them",
    ]


def test_what_only_looks_otherwise_is_no_difference_for_programs(cli: Any, files: Path) -> None:
    done = cli("diff", "a.weave.json", "moved.weave.json", "--looks")
    assert (done.code, done.out.splitlines()) == (Code.SUCCESS, ["~ one lies elsewhere"])
    assert cli("diff", "a.weave.json", "a.weave.json").out.splitlines() == ["nothing has changed"]


def test_the_same_as_json(cli: Any, files: Path) -> None:
    done = cli("diff", "a.weave.json", "b.weave.json", "--json")
    first = json.loads(done.out)["changes"][0]
    expected = {"what": "changed", "kind": "parameter", "place": "one.a", "before": 1.0, "after": 2.0, "looks": False}
    assert first == expected


@pytest.mark.parametrize("other", ["gone.weave.json", "."])
def test_what_is_no_file_is_refused(cli: Any, files: Path, other: str) -> None:
    done = cli("diff", "a.weave.json", other)
    assert done.code == Code.USAGE
    assert "expected a graph file" in done.err


def test_a_file_that_is_no_graph_is_refused_with_its_name(cli: Any, files: Path) -> None:
    (files / "c.weave.json").write_text("{")
    done = cli("diff", "a.weave.json", "c.weave.json")
    assert done.code == Code.GRAPH
    assert "c.weave.json" in done.err
