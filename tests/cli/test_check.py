from pathlib import Path
from typing import Any

from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Write

SOUND = {"sum": {"type": "math.add", "params": {"a": 1.0, "b": 2.0}}}


def test_a_sound_graph_has_nothing_to_complain_of(cli: Any, root: Path) -> None:
    done = cli("check", root / "examples/coins.weave.json")

    assert done.code == Code.SUCCESS
    assert done.out == f"{root}/examples/coins.weave.json: nothing to complain of\n"


def test_findings_come_with_file_code_place_and_way_out(cli: Any, write: Write) -> None:
    done = cli("check", write({"sum": "math.ad"}).name)

    assert done.code == Code.GRAPH
    finding, count = done.out.splitlines()
    assert finding.startswith("graph.weave.json: error AW")
    assert "at sum: " in finding
    assert finding.endswith("did you mean `math.add`?")
    assert count == "graph.weave.json: 1 error"


def test_warnings_and_hints_are_no_failure_and_quiet_leaves_them_out(cli: Any, write: Write) -> None:
    graph = write(SOUND | {"out": {"type": "graph.output", "params": {"name": "x"}}, "unused": SOUND["sum"]},
                  ("sum.result", "out.value"))  # fmt: skip

    loud, quiet = cli("check", graph), cli("check", graph, "-q")

    assert loud.code == quiet.code == Code.SUCCESS
    assert "hint AW" in loud.out
    assert not quiet.out


def test_one_file_that_cannot_be_read_keeps_no_other_from_being_checked(cli: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text("hello")

    broken = cli("check", "text.json", write(SOUND).name)
    missing = cli("check", "nowhere.json", "text.json", write(SOUND).name)

    assert broken.code == Code.GRAPH
    assert broken.err.startswith("error: text.json: $: ")
    assert broken.out == "graph.weave.json: nothing to complain of\n"
    assert missing.code == Code.USAGE
    assert "nowhere.json: expected a graph file, found no such file" in missing.err


def test_json_lists_the_findings_of_each_file(cli: Any, write: Write) -> None:
    done = cli("check", write({"sum": "math.ad"}).name, write(SOUND, name="sound.json").name, "nowhere.json", "--json")

    assert done.code == Code.USAGE
    assert done.json["status"] == "failed"
    wrong, sound, missing = done.json["files"]
    assert wrong["file"] == "graph.weave.json"
    assert wrong["diagnostics"][0].items() >= {"severity": "error", "node": "sum", "port": None}.items()
    assert sound == {"file": "sound.json", "diagnostics": []}
    assert missing["error"] == "nowhere.json: expected a graph file, found no such file"


def test_own_vessels_count(cli: Any, write: Write) -> None:
    graph = write({"chat": "trouble.chat"})

    assert cli("check", graph).code == Code.GRAPH
    assert cli("check", graph, "--vessels", VESSELS).code == Code.SUCCESS


def test_vessels_that_are_not_there_are_told_also_as_json(cli: Any, write: Write) -> None:
    done = cli("check", write(SOUND), "--vessels", "nowhere.py", "--json")

    assert done.code == Code.USAGE
    assert done.json == {
        "status": "failed",
        "error": "--vessels nowhere.py: expected a vessel file or a folder of them, found nothing there",
        "files": [],
    }


def test_a_vessels_file_is_checked_too_all_of_it(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text(
        "from animaweave import Vessel\nlab = Vessel('lab')\n@lab.node\ndef one(a) -> int: ...\n"
        "@lab.node(placement='moon')\ndef two() -> int: ...\n"
    )
    (tmp_path / "fine.py").write_text("from animaweave import Vessel\nfine = Vessel('fine')\n")
    done = cli("check", "lab.py", "fine.py")
    assert done.code == Code.GRAPH
    assert done.out.splitlines() == [
        "error: lab.py:3: node `lab.one`: parameter `a` has no type; write `a: float`, say",
        "error: lab.py:5: node `lab.two`: there is no placement `moon`; it is one of inline, thread, async, process",
        "lab.py: 2 errors",
        "fine.py: nothing to complain of",
    ]
    told = cli("check", "lab.py", "--json").json["files"][0]["diagnostics"]
    assert told[0] == {
        "code": None,
        "severity": "error",
        "message": "parameter `a` has no type; write `a: float`, say",
        "node": "lab.one",
        "port": "a",
        "line": 3,
    }


def test_json_has_the_place_in_the_file_and_a_patch(cli: Any, write: Write) -> None:
    done = cli("check", write({"sum": {"type": "math.add", "params": {"aa": 1.0}}}), "--json")
    told = done.json["files"][0]["diagnostics"][0]
    assert told["path"] == "/nodes/sum/params/aa"
    assert told["candidates"] == ["a", "b"]
    patch = [{"op": "move", "from": "/nodes/sum/params/aa", "path": "/nodes/sum/params/a"}]
    assert told["fix"] == {"does": "parameter `aa` is called `a`", "patch": patch}
