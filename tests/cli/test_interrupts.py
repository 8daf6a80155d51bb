import os
import pty
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Process, Write

Start = Callable[..., Process]


def test_ctrl_c_cancels_a_node_that_looks_at_its_context(start: Start, write: Write) -> None:
    process = start("run", write({"nap": "slow.nap"}), "--vessels", VESSELS, "--json")
    process.wait_for("napping")

    process.interrupt()
    done = process.end()

    assert done.code == Code.CANCELLED
    assert done.json["status"] == "cancelled"
    assert done.json["reason"] == "interrupted"
    assert done.json["nodes"]["nap"]["state"] == "cancelled"
    assert "Traceback" not in done.err


def test_ctrl_c_is_python_s_again_after_the_run(cli: Any, write: Write) -> None:
    before = signal.getsignal(signal.SIGINT)

    done = cli("run", write({"nap": "slow.press"}), "--vessels", VESSELS)

    assert done.code == Code.CANCELLED
    assert "cancelling; Ctrl-C again" in done.err
    assert done.out.startswith("cancelled (interrupted) in ")
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_abandons_a_node_that_does_not_and_nothing_is_left(start: Start, write: Write) -> None:
    process = start("run", write({"sleep": "slow.sleep"}), "--vessels", VESSELS)
    process.wait_for("sleeping")

    process.interrupt()
    done = process.end()

    assert done.code == Code.CANCELLED
    assert "cancelling; Ctrl-C again ends at once what does not stop" in done.err
    assert "`sleep` does not look at its context" in done.err
    assert done.out.startswith("cancelled (interrupted) in ")


def test_what_completed_before_ctrl_c_is_given_back(start: Start, write: Write) -> None:
    graph = write(
        {"sum": {"type": "math.add", "params": {"a": 1.0, "b": 2.0}}, "nap": "slow.nap"}, ("sum.result", "nap.seconds")
    )
    process = start("run", graph, "--vessels", VESSELS, "--json", "--target", "sum.result", "--target", "nap.result")
    process.wait_for("napping")

    process.interrupt()

    assert process.end().json["outputs"] == {"sum.result": 3}


def test_a_second_ctrl_c_ends_the_process_at_once(start: Start, write: Write) -> None:
    process = start("run", write({"sleep": "slow.sleep"}), "--vessels", VESSELS)
    process.wait_for("sleeping")

    process.interrupt()
    process.wait_for("cancelling")
    process.interrupt()
    done = process.end()

    assert done.code == Code.CANCELLED
    assert not done.out
    assert "Traceback" not in done.err


def test_ctrl_c_while_vessels_are_imported_is_taken_too(start: Start, write: Write, tmp_path: Path) -> None:
    (tmp_path / "sudden.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")

    done = start("run", write({"nap": "slow.nap"}), "--vessels", "sudden.py", "--json").end()

    assert done.code == Code.CANCELLED
    assert done.json["status"] == "cancelled"
    assert not done.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_terminal_has_its_cursor_back_after_the_second_ctrl_c(start: Start, write: Write) -> None:
    terminal, side = pty.openpty()
    process = start(
        "run", write({"sleep": "slow.sleep"}), "--vessels", VESSELS, stderr=side, env={**os.environ, "TERM": "xterm"}
    )
    os.close(side)
    shown = _read_until(terminal, "0 of 1")

    process.interrupt()
    shown += _read_until(terminal, "cancelling")
    process.interrupt()
    code = process.popen.wait(timeout=30)
    shown += _read_until(terminal, None)

    assert code == Code.CANCELLED
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def _read_until(terminal: int, text: str | None) -> str:
    """What the terminal shows until the text is there, or to its end."""
    shown = b""
    while text is None or text.encode() not in shown:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # The other side is closed.
            read = b""
        if not read:
            os.close(terminal)
            if text is not None:
                pytest.fail(f"the terminal never showed {text!r} but {shown!r}")
            break
        shown += read
    return shown.decode(errors="replace")
