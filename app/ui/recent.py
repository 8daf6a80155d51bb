"""The files that were open last, newest first: a list in the user's data folder that any text editor can read.

A list that cannot be read is begun anew, and one that cannot be written is kept in memory; both are said in the log.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path

import msgspec
import platformdirs
from psygnal import Signal

MOST = 20
"""Files that are remembered."""

_logger = logging.getLogger("animaweave.ui")


class RecentFiles:
    """The list. Windows share it: it is read again before each change.

    Args:
        file: Where the list is kept; None for its place in the user's data folder.

    Attributes:
        changed: The list is another.
    """

    changed = Signal()

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or Path(platformdirs.user_data_dir("animaweave", appauthor=False)) / "recent.json"
        self._paths = self._read()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are still there."""
        return tuple(path for path in self._paths if _is_there(path))

    def add(self, path: str | Path) -> None:
        """Put a file first."""
        newest = Path(path).resolve()
        self._put([newest, *(other for other in self._read(self._paths) if other != newest)][:MOST])

    def clear(self) -> None:
        """Forget all."""
        self._put([])

    def _put(self, paths: list[Path]) -> None:
        self._paths = paths
        try:
            self._write(json.dumps([str(path) for path in paths], ensure_ascii=False, indent=2))
        except (OSError, UnicodeEncodeError) as problem:
            _logger.warning("The list of recent files cannot be kept: %s", problem)
        self.changed.emit()

    def _read(self, otherwise: list[Path] | None = None) -> list[Path]:
        try:
            found = msgspec.json.decode(self._file.read_bytes(), type=list[str])
        except FileNotFoundError:
            return otherwise or []
        except (OSError, ValueError) as problem:
            _logger.warning("The list of recent files begins anew, since %s cannot be read: %s", self._file, problem)
            return otherwise or []
        return [Path(path) for path in found][:MOST]

    def _write(self, text: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=f"{self._file.name}.")
        new = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            new.replace(self._file)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # A folder that may not be entered; a name that no file can have.
        return False
