"""Results on the disk: a file each, named by what it depends on, in a folder that several programs may share.

A file is written beside its place and renamed, so that a reader finds all of it or nothing; a checksum tells what a
broken disk made of it. Only files with names of this module's making are read or removed. Whatever goes wrong is said
once, and the run goes on without.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from .packing import Corrupt, Unsafe, pack, unpack

_MAGIC = b"AnimaWeave cached result: 1    \n"
_CHECK = 32
_START = len(_MAGIC) + _CHECK
_NAME = re.compile(r"[0-9a-f]{40}\.(result|writing-[0-9a-f]{16})")
_ABANDONED_S = 3600.0
"""Age at which an unfinished file cannot be another program's that is just writing."""

_ROOM = 0.9
"""Share of the budget that is left full when room is made."""

_logger = logging.getLogger("animaweave.engine")


class Folder:
    """A folder of results. May be used from any thread.

    Args:
        path: The folder; made when something is first written.
        budget_bytes: Bytes that all files together may have; the least recently used go first. None for any number.
    """

    def __init__(self, path: Path, budget_bytes: int | None = None) -> None:
        self.path = path
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._held_bytes: int | None = None  # As far as this program knows; None until it has looked.
        self._said: set[str] = set()
        self._may_write = True

    def read(self, digest: bytes) -> tuple[Any, ...] | None:
        """The values of a result; None if there is none that can be read."""
        place = self._place(digest)
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            return None
        except (OSError, MemoryError) as problem:
            self._say("read", f"{place}: the cached result cannot be read: {_reason(problem)}; it is computed again")
            return None
        try:
            _check(data)
            values = unpack(data, _START)
        except Corrupt as problem:
            self._say("corrupt", f"{place}: the cached result is damaged: {problem}; it is removed and computed again")
            self._remove(place)
            return None
        try:
            os.utime(place)  # What is used stays longest.
        except OSError:
            pass  # In a folder that may only be read nothing is ever removed.
        return values

    def write(self, digest: bytes, values: tuple[Any, ...], *, replace: bool = False) -> bool:
        """Keep the values of a result; tell whether they are there now.

        Args:
            digest: What they depend on.
            values: The values.
            replace: Whether they take the place of what is there already.
        """
        place = self._place(digest)
        if not self._may_write:
            return False
        try:
            if not replace and place.exists():
                return True
            parts = pack(values)
        except (Unsafe, OSError):
            return False
        size = sum(map(len, parts))
        if self._budget_bytes is not None and size > self._budget_bytes:
            return False
        unfinished = place.with_suffix(f".writing-{secrets.token_hex(8)}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("xb") as file:
                file.write(_MAGIC)
                file.write(_checksum(parts))
                file.writelines(parts)
            unfinished.replace(place)
        except OSError as problem:
            self._may_write = False
            self._say(
                "write", f"{self.path}: results cannot be cached here: {_reason(problem)}; the run goes on without"
            )
            self._remove(unfinished)
            return False
        except BaseException:  # Ctrl-C while writing.
            self._remove(unfinished)
            raise
        self._make_room(size)
        return True

    def clear(self) -> None:
        """Remove all results."""
        for _, _, place in self._files():
            self._remove(place)
        with self._lock:
            self._held_bytes = 0

    def _place(self, digest: bytes) -> Path:
        name = digest.hex()
        return self.path / name[:2] / f"{name}.result"

    def _make_room(self, added: int) -> None:
        """Count what was written; remove the least recently used once it is too much."""
        if self._budget_bytes is None:
            return
        with self._lock:
            if self._held_bytes is not None and self._held_bytes + added <= self._budget_bytes:
                self._held_bytes += added
                return
        files = sorted(self._files())
        held = sum(size for _, size, _ in files)
        goal = self._budget_bytes if held <= self._budget_bytes else self._budget_bytes * _ROOM
        for _, size, place in files:
            if held <= goal:
                break
            self._remove(place)
            held -= size
        with self._lock:
            self._held_bytes = held

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each result was last used, its bytes, and its file; what others left unfinished is removed."""
        found: list[tuple[float, int, Path]] = []
        for place in self.path.glob("[0-9a-f][0-9a-f]/*"):
            if not _NAME.fullmatch(place.name):
                continue
            try:
                status = place.lstat()
            except OSError:
                continue  # Another program has just removed it.
            if place.suffix == ".result":
                found.append((status.st_mtime, status.st_size, place))
            elif time.time() - status.st_mtime > _ABANDONED_S:
                self._remove(place)
        return found

    def _remove(self, place: Path) -> None:
        try:
            place.unlink(missing_ok=True)
        except OSError as problem:
            self._say("remove", f"{place}: the file cannot be removed: {_reason(problem)}; remove it by hand")

    def _say(self, what: str, sentence: str) -> None:
        with self._lock:
            is_new = what not in self._said
            self._said.add(what)
        if is_new:
            _logger.warning("%s", sentence)


def _checksum(parts: Any) -> bytes:
    hasher = hashlib.blake2b(digest_size=_CHECK)
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def _check(data: bytes) -> None:
    """Look whether a file is as it was written.

    Raises:
        Corrupt: It is not.
    """
    if not data.startswith(_MAGIC):
        raise Corrupt("it is no file of this cache")
    if data[len(_MAGIC) : _START] != _checksum([memoryview(data)[_START:]]):
        raise Corrupt("its checksum is wrong")


def _reason(problem: BaseException) -> str:
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
