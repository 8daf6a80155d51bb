"""Work off the GUI thread, and the way back: the only place where threads meet Qt.

A posted function is called on the GUI thread, in order, as soon as it is idle. After `close` nothing more is called.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from qtpy import QtCore

T = TypeVar("T")

PATIENCE_S = 5.0
"""Seconds that work may take to end when the window closes."""

_logger = logging.getLogger("animaweave.ui")


class Background(QtCore.QObject):
    """Threads of one editor. Made on the GUI thread."""

    _posted = QtCore.Signal(object)

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()  # Guards the flag against a post under way.
        self._is_closed = False
        self._posted.connect(self._call, QtCore.Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], None]) -> None:
        """Have a function called on the GUI thread; from any thread."""
        with self._lock:
            if not self._is_closed:
                self._posted.emit(function)

    def start(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do work on a thread of its own, and what follows from it on the GUI thread.

        Args:
            work: Must not touch what the GUI thread changes. If it raises, that is logged and nothing follows.
            then: Gets its result.
        """

        def run() -> None:
            try:
                result = work()
            except Exception:
                _logger.exception("Work in the background failed.")
            else:
                self.post(lambda: then(result))

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=run, name="animaweave-work", daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait(self) -> None:
        """Wait for work that is under way; what follows from it is called later."""
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def close(self) -> None:
        """Wait for the threads; call nothing any more."""
        with self._lock:
            self._is_closed = True
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _call(self, function: Callable[[], None]) -> None:
        if not self._is_closed:
            function()
