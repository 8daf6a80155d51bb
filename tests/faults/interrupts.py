"""Ctrl-C at a chosen place: as CPython delivers it, at the n-th point at which it looks for signals."""

import dis
import itertools
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Self

import animaweave.engine

FOLDER = str(Path(animaweave.engine.__file__).parent)
"""Interrupts are tried in the engine's own files and in what it calls of the standard library."""
LIBRARY = ("contextlib.py", "threading.py")

_points: dict[CodeType, set[int]] = {}


def signal_points(code: CodeType) -> set[int]:
    """Offsets at which CPython runs signal handlers: after calls, at a function's start, at a loop's turn."""
    if code not in _points:
        instructions = list(dis.get_instructions(code))
        found = {
            after.offset
            for before, after in itertools.pairwise(instructions)
            if before.opname.startswith(("CALL", "RESUME"))
        }
        found |= {one.argval for one in instructions if one.opname.startswith("JUMP_BACKWARD")}
        _points[code] = found
    return _points[code]


class InterruptAt:
    """Within `with`, has the handler of SIGINT called at the n-th point of the engine's code on this thread.

    Attributes:
        place: Where that was; None if the code has fewer points.
    """

    @classmethod
    def count(cls, work: Callable[[], object]) -> int:
        """How many points there are."""
        with cls(sys.maxsize) as at:
            work()
        return sys.maxsize - at._left

    def __init__(self, number: int) -> None:
        self._left = number
        self.place: str | None = None

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._on_call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.settrace(self._before)

    def _on_call(self, frame: FrameType, event: str, arg: Any) -> Any:
        file = frame.f_code.co_filename
        if self.place is not None or not (file.startswith(FOLDER) or file.endswith(LIBRARY)):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._on_opcode

    def _on_opcode(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event != "opcode" or self.place is not None or frame.f_lasti not in signal_points(frame.f_code):
            return self._on_opcode
        self._left -= 1
        if not self._left:
            self.place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}"
            handler = signal.getsignal(signal.SIGINT)
            assert callable(handler)
            handler(signal.SIGINT, frame)
        return self._on_opcode
