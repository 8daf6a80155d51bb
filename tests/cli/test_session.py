"""What `--cache` and `--trace` leave behind, and what is said when they cannot."""

import json
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli import session
from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Write


def test_a_trace_has_each_node_that_ran(cli: Any, root: Path, tmp_path: Path) -> None:
    done = cli("run", root / "examples/coins.weave.json", "--trace", "trace.json")

    events = json.loads((tmp_path / "trace.json").read_text())
    assert done.code == Code.SUCCESS
    assert {"photo", "mask", "count"} <= {event["name"] for event in events if event["ph"] == "X"}


def test_a_trace_of_a_stream_has_each_epoch(cli: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("it.text\none\ntwo\n")

    cli("run", write({"it": "trouble.chat"}), "--vessels", VESSELS, "--inputs", "rows.csv", "--trace", "trace.json")

    events = json.loads((tmp_path / "trace.json").read_text())
    assert sorted(event["args"]["epoch"] for event in events if event["ph"] == "X") == [0, 1]


def test_events_that_are_missing_in_a_trace_are_told(
    cli: Any, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "EVENTS", 4)

    done = cli(
        "run", write({f"n{number}": "trouble.chat" for number in range(50)}), "--vessels", VESSELS, "--trace", "t"
    )

    assert done.code == Code.SUCCESS
    assert "events, which came too fast to be written" in done.err


def test_what_is_in_the_cache_is_not_run_again(cli: Any, write: Write, tmp_path: Path) -> None:
    graph = write({"it": "trouble.prints"})

    first, again = (cli("run", graph, "--vessels", VESSELS, "--cache", "kept", "-q") for _ in range(2))
    other = cli("run", graph, "--vessels", VESSELS, "--cache", "kept", "-q", "--set", "it.text=other")

    assert first.code == again.code == Code.SUCCESS
    assert first.out.count("noise") == 2
    assert again.out.count("noise") == 1
    assert other.out.count("other") == 2


def test_rows_of_one_kind_run_once_with_a_cache(cli: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("it.text\none\none\none\n")

    done = cli(
        "run", write({"it": "trouble.prints"}), "--vessels", VESSELS, "--inputs", "rows.csv", "--cache", "kept",
        "--in-flight", "1",
    )  # fmt: skip

    assert done.out.splitlines().count("one") == 1
    assert "3 epochs" in done.out


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--cache", "graph.weave.json", "--cache graph.weave.json: expected a folder that can be written"),
        ("--cache", "/proc/kept", "--cache /proc/kept: expected a folder that can be written"),
        (
            "--trace",
            "nowhere/trace.json",
            "the trace cannot be written to nowhere/trace.json: No such file or directory",
        ),
        ("--trace", ".", "the trace cannot be written to .: Is a directory"),
    ],
)
def test_what_cannot_be_written_is_found_out_before_the_run(
    cli: Any, write: Write, option: str, value: str, sentence: str
) -> None:
    graph = write({"it": "trouble.prints"})
    Path("rows.csv").write_text("it.text\nnoise\n")

    for more in ((), ("--inputs", "rows.csv")):
        done = cli("run", graph, "--vessels", VESSELS, option, value, *more)

        assert done.code == Code.USAGE
        assert sentence in done.err
        assert "noise" not in done.out


def test_strict_blames_the_node_that_breaks_its_declaration(cli: Any, write: Write) -> None:
    graph = write({"s": "liars.seven"})

    assert cli("run", graph, "--vessels", VESSELS).code == Code.SUCCESS
    done = cli("run", graph, "--vessels", VESSELS, "--strict")

    assert done.code == Code.NODE
    assert 'output `result` is not as the node declares it: expected a whole number, found "seven"' in done.err
