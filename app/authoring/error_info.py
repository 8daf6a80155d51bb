"""What is known of a node's failure."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """A node's failure, as it lies in reports and flows from `error` ports.

    Attributes:
        node: Id of the node that failed.
        type: Name of the exception's class, such as `ValueError`.
        message: The exception's text.
        traceback: The traceback from the vessel's code on, as text; the engine's own frames are cut off.
    """

    node: str
    type: str
    message: str
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type

    @classmethod
    def of(cls, node: str, exception: BaseException, own: str = "animaweave.engine.") -> ErrorInfo:
        """Describe an exception that was just caught.

        Args:
            node: Id of the node.
            exception: What it raised.
            own: Frames of modules whose name begins so are cut off the traceback's start.
        """
        frames: TracebackType | None = exception.__traceback__
        while frames is not None and str(frames.tb_frame.f_globals.get("__name__", "")).startswith(own):
            frames = frames.tb_next
        text = "".join(traceback.format_exception(type(exception), exception, frames))
        return cls(node, type(exception).__name__, _message(exception), text)


def _message(exception: BaseException) -> str:
    try:
        return str(exception)
    except Exception as problem:  # noqa: BLE001 - `__str__` is the vessel's code; the failure has to be told all the same.
        return f"(its text cannot be had: {type(problem).__name__})"
