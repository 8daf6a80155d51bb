"""Lines that somebody writes while we read: whether there is one can be asked without waiting for it."""

from __future__ import annotations

import os
import select
import stat
from typing import BinaryIO

CHUNK = 1 << 16
"""Bytes that are read at once."""


class Pipe:
    """Lines from a pipe, a socket or a terminal; nobody else may read from it.

    Args:
        descriptor: Where they come from.
        longest: Bytes after which a line counts as there, though its end is still to come.
    """

    def __init__(self, descriptor: int, longest: int) -> None:
        self._descriptor, self._longest = descriptor, longest
        self._came = bytearray()
        self._is_over = False

    def readline(self, limit: int) -> bytes:
        """The next line with its end, or as much of it as `limit` bytes; empty after the last one.

        Raises:
            OSError: It cannot be read.
        """
        searched = 0
        while (end := self._came.find(b"\n", searched, limit)) < 0 and len(self._came) < limit and not self._is_over:
            searched = len(self._came)
            self._read()
        size = end + 1 if end >= 0 else min(limit, len(self._came))
        line = bytes(self._came[:size])
        del self._came[:size]
        return line

    @property
    def has_line(self) -> bool:
        """Whether a line that is not blank, or the end, is there.

        Raises:
            OSError: It cannot be read.
        """
        while not self._is_over and len(self._came) <= self._longest:
            if self._came[: self._came.rfind(b"\n") + 1].strip():
                return True
            if not select.select((self._descriptor,), (), (), 0)[0]:
                return False
            self._read()
        return True

    def _read(self) -> None:
        came = os.read(self._descriptor, CHUNK)
        self._is_over = not came
        self._came += came


def pipe_of(stream: BinaryIO, longest: int) -> Pipe | None:
    """What to read instead of a stream that nobody has read from; None for a file, which need not be waited for."""
    try:
        descriptor = stream.fileno()
        status = os.fstat(descriptor)
    except (OSError, ValueError):
        return None
    return None if stat.S_ISREG(status.st_mode) else Pipe(descriptor, longest)
