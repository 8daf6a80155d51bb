"""Takes what the library's loggers report, on any thread, to a queue that the GUI thread empties."""

from __future__ import annotations

import collections
import logging

from qtpy import QtCore

from .log_model import Line

LOGGER = "animaweave"


class Bell(QtCore.QObject):
    """Rings on the GUI thread, whichever thread pulls it; once until somebody has looked."""

    rung = QtCore.Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_rung = False

    def ring(self) -> None:
        """Let the GUI thread know, unless it does already."""
        if not self.is_rung:
            self.is_rung = True
            self.rung.emit()


class Handler(logging.Handler):
    """Puts records into the queue."""

    def __init__(self, queue: collections.deque[Line]) -> None:
        super().__init__(logging.INFO)
        self._queue = queue
        self.bell = Bell()

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


class Release:
    """Takes the handler away again when the panel has gone."""

    def __init__(self, handler: Handler, level: int) -> None:
        self._handler, self._level = handler, level

    def __call__(self, *_: object) -> None:
        """Leave the logger as it was."""
        logger = logging.getLogger(LOGGER)
        logger.removeHandler(self._handler)
        logger.setLevel(self._level)


def _level(number: int) -> str:
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"
