"""Python's cyclic garbage collector, while many objects are built that live on."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_builders = 0
_was_on = False


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Build many objects that live on without the collector looking at them again and again. Any thread may."""
    global _builders, _was_on  # noqa: PLW0603 - the collector is one for all threads, and so is the count of who holds it.
    with _lock:
        if not _builders:
            _was_on = gc.isenabled()
            gc.disable()
        _builders += 1
    try:
        yield
    finally:
        with _lock:
            _builders -= 1
            if not _builders and _was_on:
                gc.enable()
