import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.console import duration, printable, say, sole_document
from animaweave.cli.exits import Code, UsageError
from tests.cli.conftest import VESSELS, Process, Write

Start = Callable[..., Process]


def test_a_node_that_prints_does_not_spoil_the_document(start: Start, write: Write) -> None:
    done = start("run", write({"it": "trouble.prints"}), "--vessels", VESSELS, "--json").end()

    assert done.code == Code.SUCCESS
    assert done.json["outputs"] == {"it.result": "noise"}
    assert done.err == "noise\nmore noise\n"


def test_a_reader_that_goes_away_is_no_error(start: Start, write: Write) -> None:
    graph = write({f"node{number}": {"type": "math.add", "params": {"a": 1.0, "b": 2.0}} for number in range(2000)})
    process = start("run", graph, "--json")
    assert process.popen.stdout is not None

    first = process.popen.stdout.readline()
    process.popen.stdout.close()
    done = process.end(closed=True)

    assert first == "{\n"
    assert (done.code, done.err) == (Code.SUCCESS, "")


def test_a_full_disk_behind_stdout_gets_a_sentence(start: Start, write: Write) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = start("schema", stdout=full).end()

    assert done.code == Code.USAGE
    assert done.err == "error: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", ["schema", "nodes"])
def test_stdout_may_be_closed_from_the_start(tmp_path: Path, command: str) -> None:
    shell = f'"{sys.executable}" -m animaweave {command} >&-'

    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")


def test_no_encoding_can_fail(start: Start, write: Write) -> None:
    graph = write({"chat": {"type": "trouble.chat", "params": {"text": "größer → \ud800"}}})
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)}

    done = start("run", graph, "--vessels", VESSELS, env=ascii_only).end()

    assert done.code == Code.SUCCESS
    assert "gr\\xf6\\xdfer \\u2192 \\ud800" in done.out


def test_what_is_written_while_a_document_is_due_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with sole_document() as write:
        print("noise")
        write("{}")
    print("more")

    assert capsys.readouterr() == ("{}\nmore\n", "noise\n")


def test_what_libraries_in_c_write_meanwhile_goes_to_stderr_too(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        open(1, "w", closefd=False) as out,
        open(2, "w", closefd=False) as err,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        with sole_document() as write:
            os.write(1, b"noise\n")
            write("{}")
        os.write(1, b"more\n")

    assert capfd.readouterr() == ("{}\nmore\n", "noise\n")


def test_a_stream_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())

    with pytest.raises(UsageError, match="the output cannot be written: No space left on device"):
        say("text")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ns"),
        (5e-8, "50 ns"),
        (12.34e-6, "12.3 µs"),
        (0.34, "340 ms"),
        (1.254, "1.25 s"),
        (75.3, "75.3 s"),
        (245.9, "4 min 5 s"),
    ],
)
def test_times_have_three_digits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_control_characters_become_escapes_and_letters_stay() -> None:
    assert printable("ä\t→\n\x1b[2J\r\u202e") == "ä\t→\n\\x1b[2J\\r\\u202e"


def test_sizes_are_in_si_units() -> None:
    from animaweave.cli.report import size

    assert [size(count) for count in (0, 999, 1000, 100_000, 3_257_856, 10**13)] == [
        "0 B", "999 B", "1.00 kB", "100 kB", "3.26 MB", "10.0 TB",
    ]  # fmt: skip


def test_help_is_shown_by_the_short_option_too(cli: Any) -> None:
    assert cli("run", "-h").out == cli("run", "--help").out
