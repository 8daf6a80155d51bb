"""The only bridge from a running engine to Qt: at most 30 snapshots a second, on the GUI thread.

What is costly (the table, the states, previews) is made by a thread of the run; here a timer, which goes only while
something runs, takes the newest and tells it. So a window that is slow is told less often, never late.
"""

from __future__ import annotations

from collections.abc import Callable

from qtpy import QtCore

from .watch import Snapshot

PERIOD_MS = 34
"""Between two snapshots: at most 30 a second."""


class Live(QtCore.QObject):
    """Tells how the editor's run stands, while one is under way, and once more when it is over.

    Args:
        take: Gives the newest snapshot, or None if nothing is new.

    Attributes:
        tick: A `Snapshot`; `editor.states`, `.values` and `.latency_ms` already say the same.
        last: The newest snapshot; None before the first run of this document.
    """

    tick = QtCore.Signal(object)

    def __init__(self, take: Callable[[], Snapshot | None], parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.last: Snapshot | None = None
        self._take = take
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_active(self) -> bool:
        """Whether snapshots come."""
        return self._timer.isActive()

    def start(self) -> None:
        """Begin to look."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def clear(self) -> None:
        """Forget what was seen, as another document is open."""
        self.last = None

    def look(self) -> None:
        """Tell what is new, if anything."""
        snapshot = self._take()
        if snapshot is not None:
            self.last = snapshot
            self.tick.emit(snapshot)
