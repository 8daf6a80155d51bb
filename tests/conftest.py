"""What holds for every test: it leaves no thread and no process behind, and Qt needs no display.

Warnings are errors by pyproject.toml; so are exceptions in threads and in finalizers, which pytest turns into warnings.
"""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# What lies in the folders of whoever runs the tests changes nothing, and nothing is left there.
os.environ["ANIMAWEAVE_VESSELS"] = os.environ["ANIMAWEAVE_CACHE"] = ""

# A busy machine is no bug. The same examples at every commit, enough to find one: what a change breaks shows, and
# nothing else does. `make soak` looks for new ones (`--hypothesis-profile soak`).
_CHECKS: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("tests", max_examples=60, derandomize=True, database=None, **_CHECKS)
hypothesis.settings.register_profile("soak", max_examples=2000, print_blob=True, **_CHECKS)
hypothesis.settings.load_profile("tests")

PATIENCE = 2.0
"""Seconds that a thread or process on its way out may take after its test."""

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> Iterator[None]:
    threads, processes = _threads(), _processes()
    yield
    until = time.monotonic() + PATIENCE
    for thread in _threads() - threads:
        thread.join(until - time.monotonic())
    while _processes() - processes and time.monotonic() < until:
        threading.Event().wait(0.01)
    left = [f"thread {thread.name}" for thread in _threads() - threads]
    left += [f"process {process}" for process in _processes() - processes]
    assert not left, f"the test left running: {', '.join(left)}"


def _threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def _processes() -> set[str]:
    """The children of this process, also those that Python does not know of."""
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        return {str(child.pid) for child in multiprocessing.active_children()}
    found: set[str] = set()
    for children in tasks.glob("*/children"):
        with contextlib.suppress(OSError):  # The thread has just ended; another one has taken over its children.
            found.update(children.read_text().split())
    return found
