import json
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Write

SHAPE = {"status", "outputs", "nodes", "bytes_freed", "peak_bytes", "epochs"}

ADD = {"type": "math.add", "params": {"a": 1.0, "b": 2.0}}


# -- what comes out ----------------------------------------------------------------------------------------------------


def test_the_coins_are_counted_and_the_picture_lies_where_it_says(cli: Any, root: Path, tmp_path: Path) -> None:
    done = cli("run", root / "examples/coins.weave.json", "--out", "out/coins")

    assert done.code == Code.SUCCESS
    coins, annotated, summary = done.out.splitlines()
    assert coins.split() == ["coins", "24"]
    assert annotated.split(maxsplit=1) == ["annotated", "picture 303 × 384 → out/coins/annotated.png"]
    assert summary.startswith("success in ")
    assert (tmp_path / "out/coins/annotated.png").read_bytes().startswith(b"\x89PNG")
    assert done.err == "completed 8 of 8\n"


def test_json_is_one_document_with_outputs_nodes_and_bytes(cli: Any, root: Path) -> None:
    done = cli("run", root / "examples/coins.weave.json", "--json")

    result = done.json
    assert done.code == Code.SUCCESS
    assert result.keys() >= SHAPE
    assert result["status"] == "success"
    assert result["outputs"] == {
        "coins": 24,
        "annotated": {"kind": "picture", "shape": [303, 384, 3], "dtype": "float32"},
    }
    assert set(result["nodes"]) == set(json.loads((root / "examples/coins.weave.json").read_text())["nodes"])
    assert all(node["state"] == "completed" and node["ms"] > 0 for node in result["nodes"].values())
    assert result["bytes_freed"] > 0 < result["peak_bytes"]
    assert result["epochs"] == 1
    assert not done.err


def test_quiet_writes_the_outputs_alone(cli: Any, write: Write) -> None:
    done = cli("run", write({"sum": ADD}), "-q")

    assert "3.0" in done.out
    assert not done.err


# -- what goes in ------------------------------------------------------------------------------------------------------


def test_inputs_are_set_by_name_and_parameters_by_node(cli: Any, write: Write) -> None:
    graph = write(
        {"x": {"type": "graph.input", "params": {"name": "size", "type": "float"}}, "sum": ADD}, ("x.value", "sum.a")
    )

    done = cli("run", graph, "--set", "size=40", "--set", "sum.b=2", "--json")

    assert done.json["outputs"] == {"sum.result": 42}


def test_a_value_may_hold_equals_signs(cli: Any, write: Write) -> None:
    done = cli("run", write({"say": "text.constant"}), "--set", "say.value=a=b", "--json")

    assert list(done.json["outputs"].values()) == ["a=b"]


def test_targets_run_what_they_need_and_nothing_else(cli: Any, write: Write) -> None:
    graph = write({"sum": ADD, "off": "math.nothing_such", "more": {"type": "math.add", "params": {"a": 1.0}}})

    done = cli("run", graph, "--target", "sum.result", "--json")

    assert done.code == Code.SUCCESS
    assert list(done.json["nodes"]) == ["sum"]


def test_partial_leaves_out_what_is_in_error_and_says_so(cli: Any, write: Write) -> None:
    graph = write({"sum": ADD, "off": "math.nothing_such"})

    refused, done = cli("run", graph), cli("run", graph, "--partial")

    assert refused.code == done.code == Code.GRAPH
    assert "3.0" not in refused.out
    assert "3.0" in done.out
    assert "skipped: off, since it has an error" in done.err


def test_own_vessels_come_as_files_and_folders(cli: Any, write: Write) -> None:
    graph = write({"chat": "trouble.chat"})

    by_folder, by_file = (cli("run", graph, "--vessels", path) for path in (VESSELS, VESSELS / "trouble.py"))

    assert by_folder.code == by_file.code == Code.SUCCESS


def test_workers_may_be_one(cli: Any, write: Write) -> None:
    assert cli("run", write({"sum": ADD}), "--workers", "1").code == Code.SUCCESS


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_failing_node_is_named_with_its_error_and_the_rest_completes(cli: Any, write: Write) -> None:
    graph = write(
        {"boom": "trouble.boom", "sum": {"type": "math.add", "params": {"b": 1.0}}, "free": ADD},
        ("boom.result", "sum.a"),
    )

    done = cli("run", graph, "--vessels", VESSELS)

    assert done.code == Code.NODE
    assert "failed: boom: ValueError: the kettle boiled over\n" in done.err
    assert "skipped: sum, since upstream `boom` failed\n" in done.err
    assert "Traceback" not in done.err
    assert done.out.split()[:2] == ["free.result", "3.0"]
    assert "\npartial in " in done.out


def test_verbose_shows_the_vessels_traceback(cli: Any, write: Write) -> None:
    done = cli("run", write({"boom": "trouble.boom"}), "--vessels", VESSELS, "-v")

    assert "Traceback" in done.err
    assert "raise ValueError(text)" in done.err
    assert "animaweave/engine" not in done.err


def test_json_tells_each_nodes_error(cli: Any, write: Write) -> None:
    done = cli("run", write({"boom": "trouble.boom"}), "--vessels", VESSELS, "--json")

    assert done.code == Code.NODE
    assert done.json["status"] == "failed"
    assert done.json["nodes"]["boom"]["error"] == {"type": "ValueError", "message": "the kettle boiled over"}
    assert "failed: boom: ValueError: the kettle boiled over" in done.err


def test_what_a_node_says_cannot_colour_the_terminal(cli: Any, write: Write) -> None:
    graph = write({"boom": {"type": "trouble.boom", "params": {"text": "a\x1b[31mb"}}})

    done = cli("run", graph, "--vessels", VESSELS)

    assert "a\\x1b[31mb" in done.err
    assert "\x1b" not in done.err


def test_on_error_stop_ends_the_run_at_the_first_failure(cli: Any, write: Write) -> None:
    graph = write({"boom": "trouble.boom", "sum": ADD})

    goes_on = cli("run", graph, "--vessels", VESSELS, "--json")
    stops = cli("run", graph, "--vessels", VESSELS, "--json", "--on-error", "stop")

    assert goes_on.code == stops.code == Code.NODE
    assert "reason" not in goes_on.json
    assert stops.json["reason"] == "`boom` failed"


def test_on_error_stop_leaves_failures_alone_that_the_graph_handles(cli: Any, write: Write) -> None:
    graph = write(
        {"boom": "trouble.boom", "out": {"type": "graph.output", "params": {"name": "why"}}},
        ("boom.error", "out.value"),
    )

    done = cli("run", graph, "--vessels", VESSELS, "--json", "--on-error", "stop")

    assert done.code == Code.SUCCESS
    assert "reason" not in done.json
    assert done.json["outputs"]["why"]["message"] == "the kettle boiled over"


def test_a_timeout_cancels_the_run(cli: Any, write: Write) -> None:
    done = cli("run", write({"nap": "slow.nap"}), "--vessels", VESSELS, "--timeout", "0.05", "--json")

    assert done.code == Code.CANCELLED
    assert done.json["status"] == "cancelled"
    assert done.json["reason"] == "it took longer than 0.05 s"
    assert done.json["nodes"]["nap"]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--set", "nonsense"], 2, "--set nonsense: expected NAME=VALUE, such as --set photo.path=other.png"),
        (["--set", "=3"], 2, "--set =3: expected NAME=VALUE"),
        (["--set", "sum.a=2,0"], 2, '--set sum.a: expected a number, found "2,0"; write 2.0'),
        (["--set", "sum.aa=2"], 2, "the graph has no input `sum.aa`; did you mean `sum.a`?"),
        (["--set", "photo.path="], 2, "--set photo.path: expected a path, found nothing after the ="),
        (["--set", "photo.path=graph.weave.json"], 3, "expected a picture"),
        (["--set", "photo.path=nowhere.png"], 3, "failed: photo: FileNotFoundError: nowhere.png"),
        (["--target", "som"], 2, "target `som`: the graph has no such node; did you mean `sum`?"),
        (["--target", ""], 2, "target ``: the graph has no such node"),
        (["--target", "sum.x"], 2, "target `sum.x`: `sum` has no such output; it has result"),
        (["--timeout", "0"], 2, "--timeout 0: expected a number of seconds above 0"),
        (["--timeout", "nan"], 2, "--timeout nan: expected a number of seconds above 0"),
        (["--allow", "anything"], 2, "--allow anything: expected read-files, write-files, network or run-code"),
        (["--vessels", "nowhere.py"], 2, "--vessels nowhere.py: expected a vessel file or a folder of them"),
        (["--out", "graph.weave.json"], 2, "--out graph.weave.json: expected a folder that can be written"),
        (["--out", "/proc/out"], 2, "--out /proc/out: expected a folder that can be written"),
    ],
)
def test_bad_input_gets_a_sentence_and_its_exit_code_also_as_json(
    cli: Any, write: Write, more: list[str], code: int, sentence: str
) -> None:
    graph = write({"sum": ADD, "photo": {"type": "image.load", "params": {"path": "none.png"}}})

    plain, as_json = cli("run", graph, *more), cli("run", graph, *more, "--json")

    assert plain.code == as_json.code == code
    assert sentence in plain.err
    assert "Traceback" not in plain.err
    assert as_json.json.keys() >= SHAPE
    assert sentence in as_json.json.get("error", as_json.err)


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (None, 2, "graph.json: expected a graph file, found no such file"),
        (b"", 1, "graph.json: $: expected a graph, found an empty file"),
        (b"{nonsense", 1, "graph.json: $"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", 1, "graph.json: $"),
        (b"[1, 2]", 1, "graph.json: $"),
    ],
    ids=["none", "empty", "no JSON", "binary", "no graph"],
)
def test_a_file_that_is_no_graph_gets_a_sentence(
    cli: Any, tmp_path: Path, content: bytes | None, code: int, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "graph.json").write_bytes(content)

    done = cli("run", "graph.json", "--json")

    assert done.code == code
    assert sentence in done.json["error"]
    assert "Traceback" not in done.err


def test_a_folder_is_no_graph_file(cli: Any) -> None:
    done = cli("run", ".")

    assert (done.code, done.err) == (Code.USAGE, "error: .: expected a graph file, found a folder\n")


def test_a_graph_with_errors_lists_them_under_the_files_name(cli: Any, write: Write) -> None:
    graph = write({"sum": "math.ad"})

    plain, as_json = cli("run", graph), cli("run", graph, "--json")

    assert plain.code == as_json.code == Code.GRAPH
    assert plain.err.startswith(f"error: {graph}: the graph has an error:\n")
    assert "did you mean `math.add`?" in plain.err
    (diagnostic,) = as_json.json["diagnostics"]
    assert diagnostic["node"] == "sum"
    assert as_json.json["error"] == f"{graph}: the graph has an error"


def test_an_input_without_value_names_the_option_that_gives_it(cli: Any, write: Write) -> None:
    graph = write({"x": {"type": "graph.input", "params": {"type": "float"}}, "sum": ADD}, ("x.value", "sum.a"))

    done = cli("run", graph)

    assert done.code == Code.USAGE
    assert "input `x` has no value; give it one with --set x=VALUE" in done.err


def test_a_broken_vessel_is_a_warning_and_disables_nothing_else(cli: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import math\n1 / 0\n")

    done = cli("run", write({"chat": "trouble.chat"}), "--vessels", "broken.py", "--vessels", VESSELS)

    assert done.code == Code.SUCCESS
    assert "warning: broken.py:2: the vessel cannot be loaded: ZeroDivisionError" in done.err
    assert "Traceback" not in done.err


# -- what is allowed ---------------------------------------------------------------------------------------------------


def test_effects_that_are_not_allowed_are_refused_by_name_before_anything_runs(cli: Any, write: Write) -> None:
    graph = write({"phone": "trouble.call", "boom": "trouble.boom"})

    done = cli("run", graph, "--vessels", VESSELS)

    assert done.code == Code.NOT_ALLOWED
    assert "network by phone; add --allow network" in done.err
    assert "kettle" not in done.err


def test_allowed_effects_run(cli: Any, write: Write) -> None:
    done = cli("run", write({"phone": "trouble.call"}), "--vessels", VESSELS, "--allow", "network")

    assert done.code == Code.SUCCESS
    assert "answered" in done.out


@pytest.fixture
def saves(write: Write, root: Path) -> Path:
    """A graph that writes a picture to `copies/coins.png`."""
    return write(
        {
            "photo": {"type": "image.load", "params": {"path": str(root / "examples/coins.png")}},
            "save": {"type": "image.save", "params": {"path": "copies/coins.png"}},
        },
        ("photo.image", "save.image"),
    )


def test_writing_files_needs_an_output_folder_and_stays_below_it(cli: Any, saves: Path, tmp_path: Path) -> None:
    refused, done = cli("run", saves), cli("run", saves, "--out", "out")

    assert refused.code == Code.NOT_ALLOWED
    assert "write-files by save; add --out DIR to let them write below a folder, or --allow write-files" in refused.err
    assert done.code == Code.SUCCESS
    assert (tmp_path / "out/copies/coins.png").is_file()


def test_no_path_leads_out_of_the_output_folder(cli: Any, saves: Path, tmp_path: Path) -> None:
    done = cli("run", saves, "--out", "out", "--set", "save.path=../coins.png")

    assert done.code == Code.NOT_ALLOWED
    assert "../coins.png lies outside of the output folder out" in done.err
    assert not list(tmp_path.rglob("*.png"))


def test_a_node_that_an_output_folder_does_not_bind_needs_leave_to_write(
    cli: Any, write: Write, tmp_path: Path
) -> None:
    graph = write(
        {"where": {"type": "graph.input", "params": {"type": "Path", "default": str(tmp_path / "far.png")}},
         "it": "trouble.dump"},
        ("where.value", "it.path"),
    )  # fmt: skip

    done = cli("run", graph, "--vessels", VESSELS, "--out", "out")

    assert done.code == Code.NOT_ALLOWED
    assert "write-files by it; add --allow write-files" in done.err
    assert not (tmp_path / "far.png").exists()


def test_a_path_that_comes_by_wire_cannot_leave_the_output_folder(cli: Any, write: Write, tmp_path: Path) -> None:
    graph = write(
        {"where": {"type": "graph.input", "params": {"type": "Path", "default": str(tmp_path / "far.png")}},
         "photo": {"type": "image.load", "params": {"path": "none.png"}}, "it": "image.save"},
        ("where.value", "it.path"), ("photo.image", "it.image"),
    )  # fmt: skip

    done = cli("run", graph, "--out", "out")

    assert done.code == Code.NOT_ALLOWED
    assert "far.png lies outside of the output folder out" in done.err


def test_a_folder_that_cannot_be_written_is_found_out_before_the_run(cli: Any, write: Write) -> None:
    done = cli("run", write({"chat": "trouble.chat"}), "--vessels", VESSELS, "--out", "/proc/out")

    assert done.code == Code.USAGE
    assert "hello" not in done.err


# -- random numbers ----------------------------------------------------------------------------------------------------


def test_a_run_can_be_repeated_by_the_seed_that_it_tells(cli: Any, write: Write) -> None:
    words = "run", write({"a": "dice.throw", "b": "dice.throw"}), "--vessels", VESSELS / "dice.py", "--json"
    first = cli(*words).json
    again, other = (cli(*words, "--seed", seed).json for seed in (first["seed"], first["seed"] + 1))
    assert again["outputs"] == first["outputs"] != other["outputs"]
    assert (again["seed"], other["seed"]) == (first["seed"], first["seed"] + 1)
    assert cli(*words, "--seed", "-1").code == Code.USAGE


def test_rows_and_sources_have_numbers_of_their_own_that_come_again(cli: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{}\n{"a.sides": "many"}\n{}\n{}\n')
    words = "run", write({"a": "dice.throw"}), "--vessels", VESSELS / "dice.py", "--json", "--seed", 4
    rows, again = ([json.loads(line) for line in cli(*words, "--inputs", "rows.jsonl").out.splitlines()] for _ in "ab")
    found = [row["outputs"].get("a.result") for row in rows if row.get("outputs")]
    assert len(set(found)) == len(found) == 3
    assert found == [row["outputs"].get("a.result") for row in again if row.get("outputs")]

    stream = "run", write({"a": "dice.throws"}), "--vessels", VESSELS / "dice.py", "--json", "--seed", 4, "--epochs", 3
    first, second = (cli(*stream).out.splitlines() for _ in "ab")
    assert [json.loads(line).get("outputs") for line in first] == [json.loads(line).get("outputs") for line in second]
