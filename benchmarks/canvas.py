"""What the canvas costs a frame, in a real window that software draws: pan, zoom, drag; and opening, and a cold start.

Each size has a process of its own (`benchmarks.window`). Without a display it draws on Xvfb, which is started and
ended here; without that either, nothing is measured.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .row import Row, within

NAME = "canvas"

SIZES = (100, 1_000, 5_000, 20_000)
"""Nodes."""

STARTS = 3
"""Cold starts, of which the median counts: the first one also fills the disk's cache."""

LIMIT_S = 300
"""Seconds that a window may take for all that is asked of it."""

CASES: Mapping[str, tuple[str, str, Sequence[float | None]]] = {
    # Key: what it is, unit, bar for each size; None where there is none. So few nodes as 100 are drawn in full even
    # when all are in view: then the bar is that of 100 %.
    "pan_fit": ("pan, all in view", "ms a frame", (8.0, 4.0, 8.0, 16.0)),
    "zoom_fit": ("zoom, all in view", "ms a frame", (8.0, 4.0, 8.0, 16.0)),
    "pan_100": ("pan at 100 %", "ms a frame", (8.0, 8.0, 8.0, 8.0)),
    "drag_fit": ("drag a node with 4 wires, all in view", "ms a step", (4.0, 4.0, 4.0, 16.0)),
    "drag_100": ("drag a node with 4 wires at 100 %", "ms a step", (4.0, 4.0, 4.0, 4.0)),
    "open": ("open a file to the first frame", "s", (0.7, 0.7, 3.0, None)),
    "delete": ("select all and delete", "ms", (500.0, 500.0, 500.0, None)),
    "undo": ("undo that", "ms", (500.0, 500.0, 500.0, None)),
    "stream_p99": ("99 % of frames while it streams, panels open", "ms a frame", (16.0, 16.0, None, None)),
}

COLD_START_S = 1.2


def rows() -> Iterator[Row]:
    """Milliseconds a frame for each size, and the seconds of a cold start."""
    with display() as environment:
        if environment is None:
            print("canvas: not measured, for there is neither a display nor Xvfb", file=sys.stderr)
            return
        starts = sorted(_measured(0, environment)["start"] for _ in range(STARTS))
        yield within(NAME, "cold start to an empty window", starts[STARTS // 2], "s", at_most=COLD_START_S)
        for place, size in enumerate(SIZES):
            found = _measured(size, environment)
            for key, (case, unit, bars) in CASES.items():
                yield within(NAME, f"{size:,} nodes: {case}", found[key], unit, at_most=bars[place])


@contextlib.contextmanager
def display() -> Iterator[dict[str, str] | None]:
    """The environment of a process that draws: this one's display, else one of Xvfb; None if there is none."""
    with tempfile.TemporaryDirectory() as folder:
        # The user's preferences are neither read nor written.
        environment = {**os.environ, "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder, "XDG_STATE_HOME": folder}
        environment["QT_QPA_PLATFORM"] = "xcb"
        if not sys.platform.startswith("linux"):
            del environment["QT_QPA_PLATFORM"]
            yield environment
        elif os.environ.get("DISPLAY"):
            yield environment
        elif shutil.which("Xvfb") is None:
            yield None
        else:
            with _virtual_screen() as name:
                yield {**environment, "DISPLAY": name}


@contextlib.contextmanager
def _virtual_screen() -> Iterator[str]:
    """Start Xvfb, which chooses a free number and tells it once it is ready. Gives the display's name."""
    told, tells = os.pipe()
    command = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(tells,), stderr=subprocess.DEVNULL) as server:
        try:
            os.close(tells)
            with os.fdopen(told) as pipe:
                yield f":{pipe.readline().strip()}"
        finally:
            server.terminate()


def _measured(nodes: int, environment: Mapping[str, str]) -> dict[str, float]:
    """What a window with so many nodes takes; with none, only how long it is in coming."""
    command = [sys.executable, "-m", "benchmarks.window", str(nodes), repr(time.time())]
    root = Path(__file__).parents[1]
    done = subprocess.run(
        command, env=dict(environment), cwd=root, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the window with {nodes} nodes ended with code {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
