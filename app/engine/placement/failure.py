"""An exception on its way from a worker to the application."""

from __future__ import annotations

import pickle
import traceback

from ...authoring.error_info import ErrorInfo


class InWorker(Exception):
    """What a node raised in a worker, where the exception itself cannot be brought over; and the cause of one that can.

    Attributes:
        info: Type, text and traceback of the exception, as they were in the worker.
    """

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(info)
        self.info = info

    def __str__(self) -> str:
        return f"{self.info}\n\n{self.info.traceback}".rstrip()


def describe(exception: BaseException) -> tuple[bytes | None, ErrorInfo]:
    """What is sent of an exception: its pickle, if it survives that, and what is known of it."""
    info = ErrorInfo.of("", exception)
    # The frames hold the node's inputs.
    traceback.clear_frames(exception.__traceback__)
    exception.__traceback__ = exception.__cause__ = exception.__context__ = None
    try:
        data = pickle.dumps(exception, protocol=5)
        # Many can be pickled but not brought back.
        survives = type(pickle.loads(data)) is type(exception)  # noqa: S301 - made a moment ago, here.
    except Exception:  # noqa: BLE001 - foreign code; the description is what remains.
        survives = False
    return data if survives else None, info


def revive(data: bytes | None, info: ErrorInfo) -> BaseException:
    """The exception that `describe` described: of the same class and arguments, caused by an `InWorker`.

    Where that cannot be, it is an `InWorker` itself.
    """
    told = InWorker(info)
    if data is None:
        return told
    try:
        exception: BaseException = pickle.loads(data)  # noqa: S301 - from our own worker.
    except Exception:  # noqa: BLE001 - its class may not be there on this side.
        return told
    exception.__cause__ = told
    return exception


def info_of(node: str, exception: BaseException) -> ErrorInfo:
    """Describe an exception as `ErrorInfo.of` does; one that comes from a worker, as it was there."""
    told = exception if isinstance(exception, InWorker) else exception.__cause__
    if not isinstance(told, InWorker):
        return ErrorInfo.of(node, exception)
    return ErrorInfo(node, told.info.type, told.info.message, told.info.traceback)
