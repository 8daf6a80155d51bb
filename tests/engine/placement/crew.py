"""Workers for tests, and the functions that they carry out."""

import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from animaweave.engine.bus.pool import BufferPool
from animaweave.engine.placement.functions import FunctionRef
from animaweave.engine.placement.workers import Workers
from animaweave.registry.discovery import module_name
from tests.engine.lab import until

FILE = Path(__file__).parent / "vessels" / "chores.py"
MB = 1 << 20


def chore(name: str, stamp: int = 0) -> FunctionRef:
    """A node of `vessels/chores.py`, as a worker is told of it."""
    return FunctionRef(module_name(FILE), name, str(FILE), stamp)


@contextlib.contextmanager
def crew(limit: int = 1, budget_bytes: int = 256 * MB, **how: Any) -> Iterator[Workers]:
    """Workers and their pool; afterwards no segment is in use."""
    pool = BufferPool(budget_bytes)
    workers = Workers(limit, pool, **how)
    try:
        yield workers
    finally:
        workers.close()
    gc.collect()
    assert pool.live_bytes == 0, "a segment is left"
    pool.close()


def is_gone(pid: int) -> bool:
    """Whether a process is over; nobody may have asked for its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def await_file(folder: Path) -> int:
    """Wait for the file by which a node says that it has begun; its name is a process id."""
    until(lambda: any(folder.iterdir()))
    return int(next(folder.iterdir()).name)
