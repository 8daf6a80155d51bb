"""Nodes for workers to carry out, good ones and bad ones."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from animaweave import Context, Vessel

chores = Vessel("chores")

kept: list[Any] = []
node = chores.node


@node
def echo(value: Any = None) -> Any:
    """Give back what came."""
    return value


@node
def plus(a: Any, b: Any = 1) -> Any:
    """Add."""
    return a + b


@node
def whole() -> int:
    """Where it runs."""
    return os.getpid()


@node
def halves(array: Any) -> Any:
    """Two views of the input."""
    half = len(array) // 2
    return [array[:half], array[half:]]


@node
def overwrite(array: Any) -> Any:
    """Write into the input."""
    array[0] = 1
    return array


@node
def keep(array: Any) -> Any:
    """Keep the input, as a careless node does."""
    kept.append(array)
    return len(kept)


@node
def look_at_kept() -> Any:
    """What was kept."""
    return [float(array[0]) for array in kept]


@node
def forget() -> None:
    """Keep nothing any more."""
    kept.clear()


@node
def tie(array: Any) -> None:
    """Leave the input in a cycle of references."""
    circle: list[Any] = [array]
    circle.append(circle)


@node
def grow(count: int, size: int = 10_000) -> Any:
    """Arrays made here."""
    return [np.full(size, number % 256, np.uint8) for number in range(count)]


@node
def say(ctx: Context) -> str:
    """All ways to say something."""
    ctx.progress(0.5, "half")
    ctx.log("from the context", "debug")
    print("from print")
    print("part", end="")
    print("\rwhole ", end="")
    print("from stderr", file=sys.stderr)
    warnings.warn("from a warning", UserWarning, stacklevel=1)
    logging.getLogger("chores").error("from %s", "logging")
    return ctx.node


class Odd(Exception):
    """An exception that cannot be pickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


@node
def leave_a_thread() -> None:
    """Leave a thread that speaks when the call is over."""
    threading.Timer(0.05, lambda: print("from a thread")).start()


@node
def fail(kind: str = "ValueError", text: str = "no good") -> None:
    """Raise."""
    if kind == "Odd":
        raise Odd(1, 2)
    raise {"ValueError": ValueError, "KeyError": KeyError, "SystemExit": SystemExit}[kind](text)


@node
def hold_lock() -> Any:
    """A result that cannot be pickled."""
    return threading.Lock()


@node
def wait(folder: str, seconds: float = 60.0, ctx: Context | None = None) -> float:
    """Say that it has begun, and wait; with a context until it is cancelled."""
    (Path(folder) / str(os.getpid())).touch()
    if ctx is not None:
        ctx.sleep(seconds)
    else:
        time.sleep(seconds)
    return seconds


@node
def chatter(folder: str, ctx: Context) -> None:
    """Talk without a pause."""
    (Path(folder) / str(os.getpid())).touch()
    while True:
        ctx.progress(0.5)
        time.sleep(0.001)


@node
def crash() -> None:
    """Read where there is nothing."""
    ctypes.string_at(0)


@node
def end(code: int = 3) -> None:
    """End the process."""
    os._exit(code)


@node
def fork_and_end(folder: str) -> None:
    """Leave a process behind, and end."""
    child = os.fork()
    if child:
        (Path(folder) / str(child)).touch()
        os._exit(3)
    time.sleep(60)


@node
def hang(folder: str) -> None:
    """Hang in C code that holds Python's lock."""
    (Path(folder) / str(os.getpid())).touch()
    ctypes.PyDLL(None).sleep(60)


@node
def press() -> str:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"


@node
def call_a_program(folder: str) -> None:
    """Start another program and wait for it."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as program:
        (Path(folder) / str(program.pid)).touch()
