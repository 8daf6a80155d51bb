"""`animaweave update`: graphs that were saved with older node types, brought up to date."""

import json
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code

LAB = """
from typing import Any

from animaweave import Vessel

lab = Vessel("lab", version="2")


@lab.node(aliases=["blur"])
def smooth(picture: str = "", width: float = 1.0, edge: str = "wrap") -> str:
    return f"{picture} {width} {edge}"


@lab.migrate(smooth)
def migrate(params: dict[str, Any], version: str) -> dict[str, Any]:
    if "radius" in params:
        params["width"] = params.pop("radius") / 2
    return params
"""

OLD = {
    "format": "animaweave/graph",
    "version": 1,
    "nodes": {"a": {"type": "lab.blur", "params": {"radius": 3, "old": 1}}, "b": {"type": "lab.blur"}},
    "wires": [["b.image", "a.subject"]],
    "signatures": {
        "lab.blur": {
            "version": 1,
            "inputs": {"subject": "str?", "radius": "float?", "old": "int?", "edge": "str?"},
            "outputs": {"image": "str"},
        }
    },
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "lab.py").write_text(LAB)
    file = tmp_path / "old.weave.json"
    file.write_text(json.dumps(OLD))
    return file


def test_changes_are_said_and_written_and_what_is_left_is_said_too(cli: Any, old: Path) -> None:
    done = cli("update", old.name, "--vessels", "lab.py")

    assert done.code == Code.GRAPH
    assert done.out.splitlines() == [
        "old.weave.json: a: it was a `lab.blur`, `radius` (it was 3) has gone, `width` is 1.5",
        "old.weave.json: b: it was a `lab.blur`",
        "old.weave.json: a: the wire b.image → a.subject ends at `picture`",
        "old.weave.json: b: the wire b.image → a.subject starts at `result`",
        (
            "old.weave.json: left for you: a.old: `lab.smooth` has no parameter `old` any more; "
            "nothing has come in its place"
        ),
        "old.weave.json: 4 changes",
    ]
    saved = json.loads(old.read_text())
    assert saved["nodes"]["a"] == {"type": "lab.smooth", "params": {"old": 1, "width": 1.5}}
    assert saved["wires"] == [["b.result", "a.picture"]]
    again = cli("update", old.name, "--vessels", "lab.py")
    assert again.out.splitlines() == [
        "old.weave.json: left for you: a.old: `lab.smooth` has no parameter `old`; it has picture, width, edge",
        "old.weave.json: nothing changed",
    ]


def test_what_has_gone_for_good_is_taken_out_when_asked_to(cli: Any, old: Path) -> None:
    done = cli("update", old.name, "--vessels", "lab.py", "--take-out")

    assert done.code == Code.SUCCESS
    assert "old.weave.json: a: parameter `old`, which is 1, is taken out" in done.out
    assert cli("check", old.name, "--vessels", "lab.py").out == "old.weave.json: nothing to complain of\n"
    assert cli("run", old.name, "--vessels", "lab.py", "--json").json["outputs"] == {"a.result": " 1.0 wrap 1.5 wrap"}


def test_a_dry_run_says_the_same_and_leaves_the_file_alone(cli: Any, old: Path) -> None:
    before = old.read_bytes()
    dry = cli("update", old.name, "--vessels", "lab.py", "--dry-run")
    assert old.read_bytes() == before
    done = cli("update", old.name, "--vessels", "lab.py")
    assert dry.out.replace(", not written", "") == done.out
    assert dry.code == done.code


def test_a_file_that_is_up_to_date_is_not_written(cli: Any, old: Path) -> None:
    old.write_text('{"format": "animaweave/graph", "version": 1, "nodes": {"a": {"type": "lab.smooth"}}}')
    before = old.read_bytes()
    done = cli("update", old.name, "--vessels", "lab.py")
    assert (done.code, done.out) == (Code.SUCCESS, "old.weave.json: nothing changed\n")
    assert old.read_bytes() == before


def test_json_tells_changes_and_what_is_left(cli: Any, old: Path) -> None:
    done = cli("update", old.name, "nowhere.json", "--vessels", "lab.py", "--json", "--dry-run")

    assert done.code == Code.USAGE
    told, missing = done.json["files"]
    assert told["written"] is False
    assert {"node": "b", "change": "the wire b.image → a.subject starts at `result`"} in told["changes"]
    assert [left["place"] for left in told["left"]] == ["a.old"]
    assert "found no such file" in missing["error"]


def test_a_run_warns_of_a_node_that_could_not_be_brought_up_to_date(cli: Any, old: Path) -> None:
    raw = {**OLD, "nodes": {"a": {"type": "lab.blur", "params": {"radius": "three"}}}, "wires": []}
    old.write_text(json.dumps(raw))
    done = cli("run", old.name, "--vessels", "lab.py")
    assert "warning: old.weave.json: a: its parameters are still those of version 1" in done.err
