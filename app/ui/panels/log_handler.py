"""Takes what the library's loggers report, on any thread, to a queue that the GUI thread empties."""

from __future__ import annotations

import collections
import logging
from collections.abc import Callable

from qtpy import QtCore

from .log_model import Line

LOGGER = "animaweave"


class Bell(QtCore.QObject):
    """Rings on the GUI thread, whichever thread pulls it; once until somebody has looked."""

    rung = QtCore.Signal()

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.is_rung = False

    def ring(self) -> None:
        """Let the GUI thread know, unless it does already."""
        if not self.is_rung:
            self.is_rung = True
            self.rung.emit()


class Handler(logging.Handler):
    """Puts records into the queue."""

    def __init__(self, queue: collections.deque[Line], parent: QtCore.QObject | None = None) -> None:
        super().__init__(logging.INFO)
        self._queue = queue
        # Owned by Qt: a collection on a run's thread must not destroy it.
        self.bell = Bell(parent)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; on any thread."""
        try:
            text = record.getMessage()
            if record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            self._queue.append(Line(record.created, _level(record.levelno), "", text))
            self.bell.ring()
        except Exception:  # noqa: BLE001 - as logging asks of its handlers: what is logged must never raise.
            self.handleError(record)


def attach(handler: Handler) -> Callable[..., None]:
    """Let a handler hear of the library's loggers. Gives what takes it away again, and leaves them as they were."""
    logger = logging.getLogger(LOGGER)
    before = logger.level
    logger.addHandler(handler)
    # Without this, records of level `info` are dropped before any handler sees them.
    logger.setLevel(min(before or logging.INFO, logging.INFO))

    def release(*_: object) -> None:
        if handler in logger.handlers:
            logger.removeHandler(handler)
            logger.setLevel(before)

    return release


def _level(number: int) -> str:
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"
