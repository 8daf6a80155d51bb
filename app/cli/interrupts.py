"""Ctrl-C while a run is under way: the first asks it to stop, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from .console import is_terminal
from .exits import Code

_SHOW_CURSOR = b"\x1b[?25h"


class Interrupts:
    """Counts Ctrl-C between `with` and its end, in place of the exception that Python would raise.

    Attributes:
        asked: Whether the run shall stop.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python lets no other thread take signals.
            self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _take(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked:
            kill()
        self.asked = True


def kill() -> None:
    """End the process now, whatever its threads do; the terminal is left as it was found."""
    if is_terminal(sys.stderr):
        os.write(2, _SHOW_CURSOR + b"\n")
    os._exit(Code.CANCELLED)
