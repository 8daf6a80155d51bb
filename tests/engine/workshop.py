"""Nodes that run in worker processes: at the top of a module, where a worker finds them."""

import ctypes
import logging
import os
import signal
import threading
from pathlib import Path

import numpy as np

from animaweave.authoring import Vessel

workshop = Vessel("workshop")
node = workshop.node(placement="process")


@workshop.node
def make(count: int = 1_000_000) -> np.ndarray:
    """Ones."""
    return np.ones(count)


@node
def double(array: np.ndarray) -> np.ndarray:
    """Twice as much."""
    return array * 2


@workshop.node
def total(array: np.ndarray) -> float:
    """The sum."""
    return float(array.sum())


@node
def pid() -> int:
    """Who it is."""
    return os.getpid()


@node
def plus_one(value: int = 0) -> int:
    """One more."""
    return value + 1


@node
def segfault() -> int:
    """Crashes."""
    ctypes.string_at(0)
    return 1


@node
def kill() -> int:
    """Is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


@node
def die_once(file: str = "") -> int:
    """Dies unless it has done so."""
    if not Path(file).exists():
        Path(file).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


@node
def hang(file: str = "") -> int:
    """Never ends."""
    if file:
        Path(file).touch()
    threading.Event().wait()
    return 1


@node
def fail() -> int:
    """Fails."""
    raise ValueError("no good")


@node
def talk() -> int:
    """Says something."""
    logging.getLogger("workshop").warning("a word")
    print("printed")
    return 1
