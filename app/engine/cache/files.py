"""Files as digests: a file counts by path, time of change and size, a folder by all that is in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from . import digest

MOST_FILES = 10_000
"""Files of a folder that are looked at; a folder of more is not compared."""


def stamp(path: Path) -> tuple[Path, bytes | None]:
    """A file or folder and the digest of its state; None for one that is not there or cannot be compared."""
    try:
        return path, digest.digest([str(path), *_states(path)])
    except (OSError, ValueError):
        return path, None


def _states(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, time of change (ns) and size (bytes) of a file, or of all files in a folder.

    Raises:
        ValueError: There are too many.
    """
    status = path.stat()
    if not stat.S_ISDIR(status.st_mode):
        yield "", status.st_mtime_ns, status.st_size
        return
    count = 0
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            count += 1
            if count > MOST_FILES:
                raise ValueError(f"{path} holds more than {MOST_FILES} files")
            place = Path(folder, name)
            status = place.lstat()
            yield str(place.relative_to(path)), status.st_mtime_ns, status.st_size
