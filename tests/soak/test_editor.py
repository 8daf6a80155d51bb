"""The editor's soak, for a short while: it is the script of `make soak`, on a display or without one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets")


def test_some_rounds_of_everything_go_through_without_a_traceback() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.editor", "6"],
        cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert " rounds: memory " in done.stdout, done.stderr[-3000:]
