"""Edits that are not saved yet, kept where the next start finds them: after a crash, or `kill -9`, little is lost.

What is kept is the whole graph, as its file would be, beside the user's file and never over it: written within a second
of an edit, brought to the disk, renamed into its place. A lock beside it tells, by the process that holds it, whether
somebody still works on it. What is saved, or given up in the window, is kept no longer.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from qtpy import QtCore

from ..graph.document import Graph
from ..graph.file import replace_file
from .background import Background
from .editor import Editor

DELAY_MS = 400
"""Between an edit and its way to the disk; edits meanwhile go along."""

FORMAT = "animaweave/journal"

_logger = logging.getLogger("animaweave.ui")


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A graph that somebody did not come to save.

    Attributes:
        file: Where it is kept.
        path: The graph's own file; None if it had none yet.
        seconds: When it was kept, since the epoch.
        text: The graph, as its file would be.
    """

    file: Path
    path: Path | None
    seconds: float
    text: str

    @property
    def title(self) -> str:
        """The name of its file."""
        return self.path.name if self.path is not None else "an untitled graph"


class Journal(QtCore.QObject):
    """Keeps the editor's unsaved edits.

    Args:
        editor: The editor.
        folder: Where they are kept; None for the place in the user's data folder.

    Attributes:
        folder: The same.
        kept: Edits were brought to the disk.
    """

    kept = QtCore.Signal()

    def __init__(self, editor: Editor, folder: Path | None = None) -> None:
        super().__init__(editor)
        own = platformdirs.user_data_path("animaweave", appauthor=False) / "unsaved"
        self.folder = own if folder is None else folder
        self._editor = editor
        self._file = self.folder / f"{uuid.uuid4().hex}.json"
        self._lock: QtCore.QLockFile | None = None
        self._background = Background(self)
        self._is_writing = self._is_over = False
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._write)
        editor.history_changed.connect(self._on_change)
        editor.modified_changed.connect(self._on_change)
        editor.document_replaced.connect(self._on_change)

    def found(self) -> list[Unsaved]:
        """What was left by those who are not there any more, newest first."""
        unsaved = []
        for file in self.folder.glob("*.json"):
            lock = _lock_of(file)
            if file == self._file or not lock.tryLock(0):
                continue
            lock.unlock()
            read = _read(file)
            if read is not None:
                unsaved.append(read)
        return sorted(unsaved, key=lambda one: -one.seconds)

    def recover(self, unsaved: Unsaved) -> None:
        """Open what was not saved, as edits of its file; it is kept until it is saved or given up.

        Raises:
            GraphFileError: It cannot be read.
        """
        graph = Graph.loads(unsaved.text, str(unsaved.file), catalogue=self._editor.root.catalogue)
        self._editor.recover(graph, unsaved.path)
        self._write()
        self._background.wait()
        if self._file.exists():
            self.forget(unsaved)

    def forget(self, unsaved: Unsaved) -> None:
        """Throw away what was not saved."""
        unsaved.file.unlink(missing_ok=True)

    def close(self) -> None:
        """The window was closed, and its user asked: nothing is kept."""
        self._is_over = True
        self._timer.stop()
        self._background.close()
        self._drop()

    def _on_change(self) -> None:
        if self._is_over:
            return
        if not self._editor.is_modified:
            self._timer.stop()
            self._drop()
        elif not self._timer.isActive():
            self._timer.start()

    def _write(self) -> None:
        if self._is_writing:  # Once more when that is done.
            self._timer.start()
            return
        if self._lock is None:
            self._take_lock()
        self._is_writing = True
        graph, path, file = self._editor.root.copy(), self._editor.path, self._file

        def write() -> bool:
            head = {"format": FORMAT, "path": None if path is None else str(path.resolve()), "time": time.time()}
            try:
                replace_file(file, json.dumps({**head, "graph": graph.dumps()}).encode())
            except OSError as problem:
                _logger.warning("Unsaved edits cannot be kept: %s", problem)
                return False
            return True

        self._background.start(write, self._written)

    def _written(self, is_kept: bool) -> None:
        self._is_writing = False
        if not self._editor.is_modified:
            self._drop()
        elif is_kept:
            self.kept.emit()

    def _take_lock(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            _logger.warning("Unsaved edits cannot be kept: %s", problem)
        self._lock = _lock_of(self._file)
        self._lock.tryLock(0)

    def _drop(self) -> None:
        with contextlib.suppress(OSError):  # Where it cannot be written, nothing is there.
            self._file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


def _lock_of(file: Path) -> QtCore.QLockFile:
    lock = QtCore.QLockFile(str(file.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # Held as long as its process lives, however long that is.
    return lock


def _read(file: Path) -> Unsaved | None:
    """What a file keeps; None if it is nothing of ours."""
    try:
        raw = json.loads(file.read_text("utf-8"))
        if raw["format"] != FORMAT:
            return None
        path = None if raw["path"] is None else Path(raw["path"])
        return Unsaved(file, path, float(raw["time"]), str(raw["graph"]))
    except (OSError, ValueError, LookupError, TypeError) as problem:
        _logger.warning("%s cannot be read: %s", file, problem)
        return None
