"""Ctrl-C that comes while the engine is at its books.

Python raises KeyboardInterrupt between any two lines of the main thread. Inside a node that is what people expect; in
the middle of counting references it would leave them wrong for all runs to come. So while the main thread is at work
for the engine, Ctrl-C is raised inside nodes, and elsewhere only noted: the run is cancelled, and KeyboardInterrupt
raised when the books are closed. (asyncio and trio protect themselves in the same way.)

The handler stands in for Python's own while an engine is open, and for no other: a program with a handler of its own is
left alone. Everything here runs on the main thread.
"""

from __future__ import annotations

import os
import signal
import threading
from _thread import get_ident
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_OWN = __name__.rpartition(".")[0]
_borders: set[CodeType] = set()
_deferred: list[Deferred] = []
_engines: set[int] = set()


def _find_main() -> None:
    global _main  # noqa: PLW0603 - there is one main thread; after a fork, it is the one that forked.
    _main = threading.main_thread().ident


_main: int | None = None
_find_main()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_find_main)


def border(function: F) -> F:
    """Mark a function that calls nodes: what it calls outside of the engine may be interrupted."""
    _borders.add(function.__code__)
    return function


class Deferred:
    """A stretch of the main thread in which Ctrl-C is raised inside nodes and else at the end; nothing on others.

    Args:
        note: Called at once when Ctrl-C comes, between any two lines: it must not lock anything.
    """

    __slots__ = ("_came", "_is_on", "_note")

    def __init__(self, note: Callable[[], None] | None = None) -> None:
        self._note, self._came, self._is_on = note, False, False

    def __enter__(self) -> None:
        # Within another stretch, only one that does something about Ctrl-C is worth having.
        if (self._note is not None or not _deferred) and get_ident() == _main:
            self._is_on = True
            _deferred.append(self)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_on:
            _deferred.pop()
            if self._came and not isinstance(problem, KeyboardInterrupt):
                raise KeyboardInterrupt

    def come(self) -> None:
        """Ctrl-C came."""
        self._came = True
        if self._note is not None:
            self._note()


def stand_in(owner: object) -> None:
    """Take the place of Python's own handler, if that is the one in force and this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_interrupt)
    _engines.add(id(owner))


def stand_down(owner: object) -> None:
    """Give Python's own handler its place back, if nobody else needs the stand-in."""
    _engines.discard(id(owner))
    if _engines or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is _on_interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _on_interrupt(number: int, frame: FrameType | None) -> None:
    if not _deferred:
        signal.default_int_handler(number, frame)
    _deferred[-1].come()
    if is_open(frame):
        raise KeyboardInterrupt


def is_open(frame: FrameType | None) -> bool:
    """Whether the code that is interrupted, by Ctrl-C or a finalizer, is a node's or none of the engine's."""
    inner = None
    while frame is not None and not str(frame.f_globals.get("__name__", "")).startswith(_OWN):
        inner, frame = frame, frame.f_back
    return frame is None or (frame.f_code in _borders and inner is not None)
