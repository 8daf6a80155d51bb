"""Messages between the application and a worker: framed bytes over a socket, buffers by handle.

A frame says what kind it is, to which call it belongs, and carries a pickled body, a few whole numbers, and buffers. A
buffer that lies in the pool's arena travels as offset and length; any other one as its bytes, behind the body.
"""

from __future__ import annotations

import enum
import pickle
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

HANDLE_FROM_BYTES = 4096
"""Buffers from this size on are kept out of the pickle: below, a handle costs more than the bytes."""

_HEADER = struct.Struct("=BxxxIIIQQ")
_ROOM = 1 << 16


class Kind(enum.IntEnum):
    """What a frame says; the numbers are those of a call's grants, blocks and sizes."""

    READY = 1  # Worker: it is up.
    CALL = 2  # Application: carry out. Numbers: offset and length of each segment that a result may be written to.
    RESULT = 3  # Worker: done. Numbers: the segments of which it still has arrays.
    ERROR = 4  # Worker: it failed; numbers as in RESULT.
    NEED = 5  # Worker: give me segments of these lengths.
    GRANT = 6  # Application: their offsets; -1 for one that cannot be had.
    LOG = 7  # Worker: a line of the log.
    PROGRESS = 8  # Worker: how far it is.
    KEPT = 9  # Worker, after a call: fewer segments than it last said; numbers as in RESULT.
    QUIT = 10  # Application: end.


class Handle(NamedTuple):
    """A buffer of a frame.

    Attributes:
        segment: Offset of the segment that it lies in; -1 if its bytes are in the frame.
        offset: Of its own first byte, in the arena.
        nbytes: Its length.
    """

    segment: int
    offset: int
    nbytes: int


class Frame(NamedTuple):
    """A message.

    Attributes:
        kind: What it says.
        call: Number of the call that it belongs to.
        body: Its pickle; in a frame that was received, good until the next one is.
        numbers: See `Kind`.
        handles: Of its buffers.
        inline: The bytes of the buffers that are in the frame, one after the other.
    """

    kind: int
    call: int
    body: bytes | memoryview
    numbers: Sequence[int] = ()
    handles: Sequence[Handle] = ()
    inline: Sequence[memoryview] = ()


class ChannelClosed(Exception):
    """The other side is gone."""


class _NothingThere(Exception):
    """There is no frame yet."""


def _give_up() -> None:
    raise _NothingThere


def pack(value: Any) -> tuple[bytes, list[memoryview]]:
    """Pickle a value.

    Returns:
        The pickle, and the buffers that it leaves out.
    Raises:
        Exception: Whatever the value's own code raises, or `pickle.PicklingError`.
    """
    buffers: list[memoryview] = []

    def stays_in(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < HANDLE_FROM_BYTES:
            return True
        buffers.append(raw)
        return False

    return pickle.dumps(value, protocol=5, buffer_callback=stays_in), buffers


def contiguous(value: Any) -> Any:
    """An array in one piece, as it must be to be kept out of a pickle; anything else as it is."""
    if type(value) is np.ndarray and value.nbytes >= HANDLE_FROM_BYTES and not value.flags.forc:
        piece = np.ascontiguousarray(value)
        piece.flags.writeable = value.flags.writeable
        return piece
    return value


class Channel:
    """One side of a connection.

    Args:
        connection: A stream socket. With a time limit, waits are cut into slices of that length.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._room = memoryview(bytearray(_ROOM))
        self._begin = self._end = self._got = 0
        self._partial: memoryview | None = None

    def send(self, frame: Frame, on_slice: Callable[[], object] | None = None) -> None:
        """Send a frame, all of it.

        Args:
            frame: The frame.
            on_slice: Called when a slice of waiting is over; what it raises ends the wait, and the channel with it.
        Raises:
            ChannelClosed: The other side is gone.
        """
        kind, call, body, numbers, handles, inline = frame
        header = _HEADER.pack(kind, call, len(numbers), len(handles), len(body), sum(map(len, inline)))
        if numbers or handles:
            flat = [*numbers, *(number for handle in handles for number in handle)]
            header += struct.pack(f"={len(flat)}q", *flat)
        if len(body) < _ROOM:
            self._send(header + body, on_slice)
        else:
            self._send(header, on_slice)
            self._send(body, on_slice)
        for data in inline:
            self._send(data, on_slice)

    def _send(self, data: bytes | memoryview, on_slice: Callable[[], object] | None) -> None:
        try:
            sent = self.socket.send(data)
        except TimeoutError:
            sent = 0
        except OSError as problem:
            raise ChannelClosed from problem
        if sent == len(data):
            return
        rest = memoryview(data)[sent:]
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except TimeoutError:
                if on_slice is not None:
                    on_slice()
            except OSError as problem:
                raise ChannelClosed from problem

    def receive(self, on_slice: Callable[[], object] | None = None) -> Frame:
        """Wait for the next frame.

        Args:
            on_slice: Called when a slice of waiting is over; what it raises ends the wait. The channel stays usable.
        Raises:
            ChannelClosed: The other side is gone.
        """
        while True:
            waiting = self._end - self._begin
            if waiting >= _HEADER.size:
                kind, call, numbers, handles, body, inline = _HEADER.unpack_from(self._room, self._begin)
                length = _HEADER.size + 8 * numbers + 24 * handles + body + inline
                if waiting >= length:
                    data = self._room[self._begin : self._begin + length]
                    self._begin += length
                    break
                if length > _ROOM:
                    data = self._large(length, on_slice)
                    break
            self._fill(on_slice)
        if not (numbers or handles or inline):
            return Frame(kind, call, data[_HEADER.size :])
        flat = struct.unpack_from(f"={numbers + 3 * handles}q", data, _HEADER.size)
        at = _HEADER.size + 8 * len(flat)
        found = [Handle(*flat[i : i + 3]) for i in range(numbers, len(flat), 3)]
        pieces: list[memoryview] = []
        behind = at + body
        for handle in found:
            if handle.segment < 0:
                piece = data[behind : behind + handle.nbytes]
                # A small frame lies where the next one will; arrays over it need bytes of their own.
                pieces.append(piece if length > _ROOM else memoryview(bytes(piece)))
                behind += handle.nbytes
        return Frame(kind, call, data[at : at + body], flat[:numbers], found, pieces)

    def receive_now(self) -> Frame | None:
        """The next frame, if it is there."""
        limit = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            return self.receive(_give_up)
        except _NothingThere:
            return None
        finally:
            self.socket.settimeout(limit)

    def _large(self, length: int, on_slice: Callable[[], object] | None) -> memoryview:
        """A frame that has its own memory; a wait that was ended goes on where it was."""
        if self._partial is None:
            self._partial, self._got = memoryview(bytearray(length)), self._end - self._begin
            self._partial[: self._got] = self._room[self._begin : self._end]
        while self._got < length:
            self._got += self._receive_into(self._partial[self._got :], on_slice)
        data, self._partial = self._partial, None
        self._begin = self._end = 0
        return data.toreadonly()

    def _fill(self, on_slice: Callable[[], object] | None) -> None:
        if self._begin == self._end:
            self._begin = self._end = 0
        elif self._begin and self._end == _ROOM:
            rest = bytes(self._room[self._begin : self._end])
            self._room[: len(rest)] = rest
            self._begin, self._end = 0, len(rest)
        self._end += self._receive_into(self._room[self._end :], on_slice)

    def _receive_into(self, room: memoryview, on_slice: Callable[[], object] | None) -> int:
        while True:
            try:
                count = self.socket.recv_into(room)
            except (TimeoutError, BlockingIOError):
                if on_slice is not None:
                    on_slice()
                continue
            except OSError as problem:
                raise ChannelClosed from problem
            if not count:
                raise ChannelClosed
            return count
