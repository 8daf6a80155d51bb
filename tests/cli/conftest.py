"""The command, called in this process where that is enough, and as a process of its own where it matters."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli import console
from animaweave.cli.main import main

VESSELS = Path(__file__).parent / "vessels"

COMMAND = (sys.executable, "-m", "animaweave")

Write = Callable[..., Path]


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


class Process:
    """The command as a process of its own, in a process group of its own."""

    def __init__(self, words: Sequence[object], **how: Any) -> None:
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        self.popen = subprocess.Popen([*COMMAND, *map(str, words)], text=True, start_new_session=True, **how)
        self._err = ""

    def wait_for(self, text: str) -> None:
        """Read stderr until a line has the text."""
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            self._err += line
            if text in line:
                return
        pytest.fail(f"ended without saying {text!r}: {self._err}")

    def say(self, text: str) -> None:
        """Write to stdin, and no more for now."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(text)
        self.popen.stdin.flush()

    def hear(self) -> Any:
        """The next line of stdout, a JSON document; a process that says nothing for long is ended."""
        assert self.popen.stdout is not None
        patience = threading.Timer(30, self.popen.kill)
        patience.start()
        try:
            return json.loads(self.popen.stdout.readline())
        finally:
            patience.cancel()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.popen.send_signal(signal.SIGINT)

    def end(self, *, closed: bool = False) -> Done:
        """Wait for the end; nothing of the process group may be left.

        Args:
            closed: Whether stdout has been closed by the test.
        """
        if closed:
            assert self.popen.stderr is not None
            out, err = "", self.popen.stderr.read()
            self.popen.wait(timeout=30)
        else:
            out, err = self.popen.communicate(timeout=30)
        with pytest.raises(ProcessLookupError):
            os.killpg(self.popen.pid, 0)
        return Done(self.popen.returncode, out or "", self._err + (err or ""))


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Call the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("animaweave")
    level = logger.level

    def call(*words: object) -> Done:
        code = main([str(word) for word in words])
        return Done(code, *capsys.readouterr())

    yield call
    logger.setLevel(level)
    logging.getLogger().removeHandler(console._handler)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start the command as a process of its own, in an empty folder."""
    started: list[Process] = []

    def begin(*words: object, **how: Any) -> Process:
        started.append(Process(words, cwd=tmp_path, **how))
        return started[-1]

    yield begin
    for process in started:
        process.popen.kill()
        process.popen.wait()
        for stream in (process.popen.stdout, process.popen.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a graph file: nodes by id as `type` or as the file has them, and wires."""

    def write(
        nodes: Mapping[str, str | Mapping[str, Any]], *wires: tuple[str, str], name: str = "graph.weave.json"
    ) -> Path:
        full = {node_id: {"type": node} if isinstance(node, str) else node for node_id, node in nodes.items()}
        document = {"format": "animaweave/graph", "version": 1, "nodes": full, "wires": wires}
        path = tmp_path / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write
