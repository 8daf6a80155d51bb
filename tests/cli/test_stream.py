"""Many epochs: what comes out, how failures and Ctrl-C are met, how it looks."""

import contextlib
import io
import json
import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli import rows, stream, tally
from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Process, Write
from tests.cli.test_progress import Screen
from tests.cli.test_rows import documents

Start = Callable[..., Process]


@pytest.fixture
def picky(write: Write) -> Path:
    """A graph that fails for negative `it.value`, and adds 1 to others."""
    nodes = {"it": "trouble.picky", "sum": {"type": "math.add", "params": {"b": 1.0}}}
    return write(nodes, ("it.result", "sum.a"))


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV of one column."""

    def write(column: str, *cells: object, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(map(str, (column, *cells))) + "\n")
        return path

    return write


# -- what comes out ----------------------------------------------------------------------------------------------------


def test_json_is_a_line_an_epoch_in_order(cli: Any, picky: Path, table: Any) -> None:
    done = cli("run", picky, "--vessels", VESSELS, "--inputs", table("it.value", *range(50)), "--json")

    assert (done.code, done.err) == (Code.SUCCESS, "")
    found = documents(done)
    assert [document["epoch"] for document in found] == list(range(50))
    assert [document["line"] for document in found] == list(range(2, 52))
    assert [document["outputs"] for document in found] == [{"sum.result": float(value + 1)} for value in range(50)]
    assert all(document["status"] == "success" and document["seconds"] > 0 for document in found)


def test_without_json_people_get_counts_and_a_rate(cli: Any, picky: Path, table: Any) -> None:
    done = cli("run", picky, "--vessels", VESSELS, "--inputs", table("it.value", 1, -2, 3, "x"))

    assert done.code == Code.NODE
    first, second, line = done.out.splitlines()
    assert (first.split(), second.split()) == (["success", "2"], ["failed", "2"])
    assert line.startswith("4 epochs in ")
    assert line.endswith("/s")


def test_arrays_go_to_a_folder_an_epoch(cli: Any, write: Write, table: Any) -> None:
    done = cli(
        "run", write({"it": "values.array"}), "--vessels", VESSELS, "--inputs", table("it.size", 1, 2), "--json",
        "--out", "out",
    )  # fmt: skip

    assert [document["outputs"]["it.result"]["path"] for document in documents(done)] == [
        "out/0/it.result.npy", "out/1/it.result.npy",
    ]  # fmt: skip
    assert Path("out/1/it.result.npy").is_file()


def test_epochs_limit_a_stream_that_would_have_no_end(start: Start, picky: Path, tmp_path: Path) -> None:
    endless = "while printf '{\"it.value\": 1}\\n'; do :; done 2>/dev/null"
    shell = (
        f'({endless}) | "{sys.executable}" -m animaweave run {picky} --vessels {VESSELS} --inputs - --json --epochs 3'
    )

    with os.popen(shell) as pipe:
        found = [json.loads(line) for line in pipe]

    assert [document["epoch"] for document in found] == [0, 1, 2]


def test_a_row_is_run_when_it_comes_not_when_all_have_come(start: Start, picky: Path) -> None:
    process = start("run", picky, "--vessels", VESSELS, "--inputs", "-", "--json", stdin=-1)

    found = []
    for value in (1, 2):
        process.say(json.dumps({"it.value": value}) + "\n")
        found.append(process.hear()["outputs"])
    done = process.end()

    assert found == [{"sum.result": 2}, {"sum.result": 3}]
    assert (done.code, done.out) == (Code.SUCCESS, "")


def test_rows_that_come_while_others_are_under_way_join_them(start: Start, write: Write) -> None:
    graph = write({"it": "slow.begin", "last": "slow.wait_for_next"}, ("it.result", "last.value"))
    process = start("run", graph, "--vessels", VESSELS, "--inputs", "-", "--json", "--workers", "1", stdin=-1)

    process.say("it.value\n")
    for value in range(3):
        process.say(f"{value}\n")
        process.wait_for(f"waiting for {value + 1}")
    process.say("3\n")
    found = [process.hear()["outputs"] for _ in range(3)]
    process.interrupt()

    assert found == [{"last.result": value} for value in range(3)]
    assert process.end().code == Code.CANCELLED


def test_a_result_does_not_wait_for_a_row_that_is_still_to_come(start: Start, picky: Path) -> None:
    process = start("run", picky, "--vessels", VESSELS, "--inputs", "-", "--json", "--in-flight", "4", stdin=-1)

    process.say('{"it.value": 1}\n\n \n')  # Blank lines are no rows.
    assert process.hear()["outputs"] == {"sum.result": 2}
    process.say('{"it.value": 2}\n{"it.value": "x"}\n')
    assert process.hear()["outputs"] == {"sum.result": 3}
    assert process.hear()["line"] == 5
    process.say('{"it.value": 3}\n{"it.val')
    assert process.hear()["outputs"] == {"sum.result": 4}
    process.say('ue": 4}\n')
    assert process.hear()["outputs"] == {"sum.result": 5}

    assert process.end().code == Code.NODE


def test_standard_input_may_be_csv(start: Start, picky: Path, table: Any) -> None:
    with table("it.value", 1, -1, 3).open() as file:
        done = start("run", picky, "--vessels", VESSELS, "--inputs", "-", "--json", stdin=file).end()

    assert [document["outputs"] for document in documents(done)] == [{"sum.result": 2}, {}, {"sum.result": 4}]


@pytest.mark.parametrize("option", ["--epochs", "--in-flight"])
def test_what_is_for_streams_needs_one(cli: Any, write: Write, option: str) -> None:
    done = cli("run", write({"chat": "trouble.chat"}), "--vessels", VESSELS, option, "2")

    assert done.code == Code.USAGE
    assert f"{option} 2: expected a stream, of --inputs or of a generator node; this is one run" in done.err
    assert "hello" not in done.err


# -- generators --------------------------------------------------------------------------------------------------------


def test_a_generator_is_a_stream_without_rows(cli: Any, write: Write) -> None:
    done = cli("run", write({"it": "sources.count"}), "--vessels", VESSELS, "--json", "--set", "it.to=4")

    assert done.code == Code.SUCCESS
    assert [list(document["outputs"].values()) for document in documents(done)] == [[0], [1], [2], [3]]
    assert all("line" not in document for document in documents(done))


def test_a_generator_without_end_ends_after_as_many_epochs_as_are_asked_for(cli: Any, write: Write) -> None:
    done = cli("run", write({"it": "sources.endless"}), "--vessels", VESSELS, "--epochs", "5")

    assert done.code == Code.SUCCESS
    assert done.out.split()[:2] == ["success", "5"]


def test_ctrl_c_ends_a_generator(start: Start, write: Write) -> None:
    process = start("run", write({"it": "sources.endless"}), "--vessels", VESSELS, "--json")
    assert process.popen.stdout is not None
    process.popen.stdout.readline()

    process.interrupt()
    done = process.end()

    assert done.code == Code.CANCELLED
    assert "cancelled (interrupted) after " in done.err
    assert "epochs\n" in done.err


def test_an_input_of_a_generators_graph_needs_a_value(cli: Any, write: Write) -> None:
    graph = write(
        {"x": {"type": "graph.input", "params": {"type": "int"}}, "it": "sources.count"}, ("x.value", "it.to")
    )

    done = cli("run", graph, "--vessels", VESSELS)

    assert done.code != Code.SUCCESS
    assert "Traceback" not in done.err


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_failed_epoch_is_told_and_the_others_go_on(cli: Any, picky: Path, table: Any) -> None:
    done = cli("run", picky, "--vessels", VESSELS, "--inputs", table("it.value", 1, -2, 3), "--json")

    assert done.code == Code.NODE
    good, bad, last = documents(done)
    assert (good["status"], bad["status"], last["status"]) == ("success", "failed", "success")
    assert bad["errors"] == {"it": {"type": "ValueError", "message": "-2 is below nothing"}}
    assert "epoch 1: failed: it: ValueError: -2 is below nothing\n" in done.err


@pytest.mark.parametrize("bad", [-2, "no number"])
def test_on_error_stop_ends_the_stream_at_the_first_failed_epoch(
    cli: Any, picky: Path, table: Any, bad: object
) -> None:
    done = cli(
        "run", picky, "--vessels", VESSELS, "--inputs", table("it.value", 1, bad, *range(1000)), "--json",
        "--on-error", "stop",
    )  # fmt: skip

    assert done.code == Code.NODE
    assert [document["status"] for document in documents(done)][:2] == ["success", "failed"]
    assert len(documents(done)) < 1000
    assert "stopped after 2 rows, since epoch 1 failed" in done.err


def test_of_many_failures_the_first_are_told_and_the_rest_counted(cli: Any, picky: Path, table: Any) -> None:
    bad = table("it.value", *(["x"] * 100))

    some, every = (cli("run", picky, "--vessels", VESSELS, "--inputs", bad, *more) for more in ((), ("-v",)))

    assert len(some.err.splitlines()) == tally.FAILURES + 1
    assert some.err.splitlines()[-1] == "further failures are only counted; -v tells all, --json has each epoch's"
    assert len(every.err.splitlines()) == 100
    assert some.out.split()[:2] == ["failed", "100"]


def test_bad_rows_do_not_heap_up_behind_a_slow_one(
    cli: Any, write: Write, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_WAITING", 5)
    naps = table("nap.seconds", 0.1, *["x"] * 20, 0, *["y"] * 20, 0)
    most = 0

    class Watched(deque[Any]):
        def append(self, row: Any) -> None:
            nonlocal most
            super().append(row)
            most = max(most, len(self))

    monkeypatch.setattr(stream, "deque", Watched)
    done = cli("run", write({"nap": "slow.nap"}), "--vessels", VESSELS, "--inputs", naps, "--json", "--in-flight", "3")

    assert [document["line"] for document in documents(done)] == list(range(2, 45))
    assert [document["epoch"] for document in documents(done) if document["status"] == "success"] == [0, 21, 42]
    assert 0 < most <= 5


def test_rows_that_cannot_be_read_to_their_end_are_told_last(
    cli: Any, picky: Path, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            if not line:
                raise OSError(5, "Input/output error")
            return line

    monkeypatch.setattr(rows, "_opened", lambda path: Broken(Path(path).read_bytes()))

    done = cli("run", picky, "--vessels", VESSELS, "--inputs", table("it.value", 1, 2).name, "--json")

    assert done.code == Code.USAGE
    *epochs, last = documents(done)
    assert [document["outputs"] for document in epochs] == [{"sum.result": 2}, {"sum.result": 3}]
    assert last == {"status": "failed", "error": "rows.csv cannot be read: Input/output error"}
    assert "error: rows.csv cannot be read: Input/output error" in done.err


def test_a_reader_that_goes_away_ends_the_stream(start: Start, picky: Path, table: Any) -> None:
    process = start("run", picky, "--vessels", VESSELS, "--inputs", "-", "--json", stdin=-1)
    stdin, stdout = process.popen.stdin, process.popen.stdout
    assert stdin is not None
    assert stdout is not None
    stdin.write('{"it.value": 1}\n')
    stdin.flush()
    stdout.readline()
    stdout.close()

    with contextlib.suppress(BrokenPipeError):
        while process.popen.poll() is None:
            stdin.write('{"it.value": 1}\n' * 100)
            stdin.flush()
    with contextlib.suppress(BrokenPipeError):
        stdin.close()
    done = process.end(closed=True)

    assert (done.code, done.err) == (Code.SUCCESS, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_behind_stdout_ends_the_stream_with_a_sentence(start: Start, picky: Path, table: Any) -> None:
    rows_ = table("it.value", *range(1000))
    with Path("/dev/full").open("w") as full:
        done = start("run", picky, "--vessels", VESSELS, "--inputs", rows_, "--json", stdout=full).end()

    assert done.code == Code.USAGE
    assert done.err.count("the output cannot be written: No space left on device") == 1
    assert "Traceback" not in done.err


def test_a_huge_line_spoils_no_other(start: Start, picky: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with path.open("w") as file:
        file.write('{"it.value": 1}\n{"it.value": "')
        for _ in range(20):
            file.write("x" * 1_000_000)
        file.write('"}\n{"it.value": 3}\n')

    process = start("run", picky, "--vessels", VESSELS, "--inputs", path, "--json")
    done = process.end()

    assert [document["status"] for document in documents(done)] == ["success", "failed", "success"]
    assert f"rows.jsonl:2: expected a line of at most {rows.LONGEST // 1_000_000} MB" in done.err


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------


def test_ctrl_c_cancels_what_is_under_way_and_says_how_many_rows_were_done(
    start: Start, write: Write, table: Any
) -> None:
    graph = write({"nap": "slow.nap"})
    naps = table("nap.seconds", 0, 0, 60, 60, 60)
    process = start("run", graph, "--vessels", VESSELS, "--inputs", naps, "--json", "--in-flight", "1")
    for _ in range(3):
        process.wait_for("napping")

    process.interrupt()
    done = process.end()

    assert done.code == Code.CANCELLED
    assert [document["status"] for document in documents(done)][:3] == ["success", "success", "cancelled"]
    assert documents(done)[2]["reason"] == "interrupted"
    assert "cancelled (interrupted) after 2 rows" in done.err
    assert "Traceback" not in done.err


def test_ctrl_c_ends_the_wait_for_a_row(start: Start, picky: Path) -> None:
    process = start("run", picky, "--vessels", VESSELS, "--inputs", "-", "--json", stdin=-1)
    stdin, stdout = process.popen.stdin, process.popen.stdout
    assert stdin is not None
    assert stdout is not None
    stdin.write('{"it.value": 1}\n')
    stdin.flush()
    stdout.readline()

    process.interrupt()
    code = process.popen.wait(timeout=30)
    done = process.end()

    assert code == Code.CANCELLED
    assert "cancelled (interrupted) after 1 row\n" in done.err
    assert "Traceback" not in done.err


def test_a_node_that_does_not_look_is_abandoned_and_nothing_is_left(start: Start, write: Write, table: Any) -> None:
    graph = write({"sleep": "slow.sleep"})
    process = start("run", graph, "--vessels", VESSELS, "--inputs", table("sleep.seconds", 60, 60))
    process.wait_for("sleeping")

    process.interrupt()
    done = process.end()

    assert done.code == Code.CANCELLED
    assert "does not look at its context" in done.err
    assert "cancelled (interrupted) after 0 rows" in done.err


def test_a_second_ctrl_c_ends_a_stream_at_once(start: Start, write: Write, table: Any) -> None:
    graph = write({"sleep": "slow.sleep"})
    process = start("run", graph, "--vessels", VESSELS, "--inputs", table("sleep.seconds", 60, 60))
    process.wait_for("sleeping")

    process.interrupt()
    process.wait_for("cancelling; Ctrl-C again ends at once what does not stop")
    process.interrupt()
    done = process.end()

    assert (done.code, done.out) == (Code.CANCELLED, "")


def test_a_timeout_is_for_the_whole_stream(cli: Any, write: Write, table: Any) -> None:
    done = cli(
        "run", write({"nap": "slow.nap"}), "--vessels", VESSELS, "--inputs", table("nap.seconds", 0, 60, 60),
        "--timeout", "0.3", "--in-flight", "1",
    )  # fmt: skip

    assert done.code == Code.CANCELLED
    assert "cancelled (it took longer than 0.3 s) after 1 row\n" in done.err
    assert done.out.split()[:4] == ["success", "1", "cancelled", "1"]


# -- how it looks ------------------------------------------------------------------------------------------------------


def test_a_pipe_gets_a_line_now_and_then_and_what_nodes_log(
    cli: Any, write: Write, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "EVERY_S", 0)

    done = cli("run", write({"it": "trouble.chat"}), "--vessels", VESSELS, "--inputs", table("it.text", "one", "two"))

    lines = done.err.splitlines()
    assert "epoch 0: it: one" in lines
    assert "epoch 1: it: warning: take care" in lines
    assert any(line.startswith("2 epochs, 100% of the rows, ") for line in lines)
    assert "hush" not in done.err


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_quiet_and_json_show_nothing(cli: Any, write: Write, table: Any, option: str) -> None:
    done = cli("run", write({"it": "trouble.chat"}), "--vessels", VESSELS, "--inputs", table("it.text", "one"), option)

    assert not done.err


def test_a_terminal_shows_a_bar_with_counts_and_takes_it_away(
    cli: Any, write: Write, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(tally, "QUIET_S", 0)
    screen = Screen()

    with contextlib.redirect_stderr(screen):
        done = cli(
            "run", write({"nap": "slow.nap"}), "--vessels", VESSELS, "--inputs", table("nap.seconds", 0, "x", 0.3)
        )

    shown = screen.getvalue()
    assert done.code == Code.NODE
    assert "2 epochs, 1 failed" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor stays hidden"


def test_help_shows_how_rows_are_given(cli: Any) -> None:
    shown = cli("run", "--help").out

    assert "--inputs photos.csv" in shown
    assert "--in-flight" in shown
