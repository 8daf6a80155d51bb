"""Vessel files that change while the window is open: watched, loaded anew off the GUI thread, put in place on it.

Qt's own watcher tells of changes. Programs save in different ways (over the file, or by a new one in its place), and
some folders are watched by nobody (over a network): so all are looked at when the window comes to the front, too. What
is loaded is decided by time and size of each file, not by what was told.
"""

from __future__ import annotations

from collections.abc import Callable

from qtpy import QtCore, QtGui

from ..registry.discovery import Loaded, load
from ..registry.lookup import Registry
from ..registry.sources import Source
from .background import Background

SETTLE_MS = 120
"""A file is looked at this long after the last word of it: it may be written in several pieces."""


class Reloading(QtCore.QObject):
    """Keeps a registry's vessels as their files are.

    Args:
        registry: Whose vessels.
        background: Where files are loaded.
        take: Puts what was loaded, and what is gone, in place; on the GUI thread.
    """

    def __init__(
        self, registry: Registry, background: Background, take: Callable[[list[Loaded], list[Source]], None]
    ) -> None:
        super().__init__(background)
        self._registry, self._background, self._then = registry, background, take
        self._is_loading = False
        self._watcher: QtCore.QFileSystemWatcher | None = None  # Not before there is something to watch.
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self.look)
        application = QtGui.QGuiApplication.instance()
        if isinstance(application, QtGui.QGuiApplication):
            application.applicationStateChanged.connect(self._on_state)
        self._watch()

    def look(self) -> None:
        """Load what has changed, if anything has."""
        self._watch()
        if self._is_loading:
            return
        new, gone = self._registry.changed()
        if not new and not gone:
            return
        self._is_loading = True
        self._background.start(lambda: [load(source) for source in new], lambda loaded: self._take(loaded, gone))

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._timer.blockSignals(True)
        watcher, self._watcher = self._watcher, None
        if watcher is not None:  # Now, on this thread: the garbage collector may come on another, which Qt forbids.
            watcher.removePaths([*watcher.files(), *watcher.directories()])
            watcher.deleteLater()

    def _take(self, loaded: list[Loaded], gone: list[Source]) -> None:
        self._is_loading = False
        self._then(loaded, gone)
        self._timer.start()  # It may have changed once more while it was loaded.

    def _on_state(self, state: QtCore.Qt.ApplicationState) -> None:
        if state == QtCore.Qt.ApplicationState.ApplicationActive:
            self._timer.start()

    def _watch(self) -> None:
        """Watch what is there: a file that was replaced by another is not watched any more."""
        paths = dict.fromkeys(
            str(place) for path in self._registry.watched for place in (path, path.parent) if place.exists()
        )
        if not paths:
            return
        if self._watcher is None:
            self._watcher = QtCore.QFileSystemWatcher(self)
            self._watcher.fileChanged.connect(self._timer.start)
            self._watcher.directoryChanged.connect(self._timer.start)
        missing = paths.keys() - {*self._watcher.files(), *self._watcher.directories()}
        if missing:
            self._watcher.addPaths(sorted(missing))
