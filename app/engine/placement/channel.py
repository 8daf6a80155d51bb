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
    """What a frame says."""

    READY = 1  # Worker: it is up, or has the function.
    CALL = 2  # Application: carry out. Numbers: offset and length of each segment that a result may be written to.
    FUNCTION = 3  # Application: load a function. Numbers: that by which calls will mean it.
    RESULT = 4  # Worker: done. Numbers: the segments of which it still has arrays.
    ERROR = 5  # Worker: it failed; numbers as in RESULT.
    NEED = 6  # Worker: give me segments of these lengths.
    GRANT = 7  # Application: their offsets; -1 for one that cannot be had.
    LOG = 8  # Worker: a line of the log.
    PROGRESS = 9  # Worker: how far it is.
    KEPT = 10  # Worker, after a call: fewer segments than it last said; numbers as in RESULT.
    QUIT = 11  # Application: end.
    PREVIEW = 12  # Worker: what the node shows of its work.
    DRAWN = 13  # Worker: the node takes random numbers.


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
    """The other side is gone.

    Attributes:
        is_unread: Whether it is sure that it had not read what it was sent last.
    """

    def __init__(self, problem: OSError | None = None) -> None:
        super().__init__(problem)
        # Linux resets a connection whose end still had something to read; who writes to one that is closed is told.
        self.is_unread = isinstance(problem, ConnectionResetError | BrokenPipeError)


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
        connection: A stream socket.
        slice_s: Waits are cut into slices of that length; None for waits without end.
    """

    def __init__(self, connection: socket.socket, slice_s: float | None = None) -> None:
        self.socket = connection
        connection.settimeout(None)
        if slice_s is not None:
            self.cut(slice_s)
        self._room = memoryview(bytearray(_ROOM))
        self._begin = self._end = self._got = 0
        self._partial: memoryview | None = None

    def cut(self, slice_s: float) -> None:
        """Have slices of another length."""
        self.slice_s = slice_s
        # The system's own limit: Python's costs a second system call each time.
        limit = struct.pack("ll", int(slice_s), int(slice_s % 1 * 1e6))
        for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self.socket.setsockopt(socket.SOL_SOCKET, direction, limit)

    def send(self, frame: Frame, on_slice: Callable[[], object] | None = None, call: int | None = None) -> None:
        """Send a frame, all of it.

        Args:
            frame: The frame.
            on_slice: Called when a slice of waiting is over; what it raises ends the wait, and the channel with it.
            call: Number of the call, if the frame does not say.
        Raises:
            ChannelClosed: The other side is gone.
        """
        kind, own_call, body, numbers, handles, inline = frame
        header = _HEADER.pack(
            kind,
            own_call if call is None else call,
            len(numbers),
            len(handles),
            len(body),
            sum(map(len, inline)) if inline else 0,
        )
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
        except BlockingIOError:
            sent = 0
        except OSError as problem:
            raise ChannelClosed(problem) from problem
        if sent == len(data):
            return
        rest = memoryview(data)[sent:]
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except BlockingIOError:
                if on_slice is not None:
                    on_slice()
            except OSError as problem:
                raise ChannelClosed(problem) from problem

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
        self.socket.settimeout(0)
        try:
            return self.receive(_give_up)
        except _NothingThere:
            return None
        finally:
            self.socket.settimeout(None)

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
            except BlockingIOError:
                if on_slice is not None:
                    on_slice()
                continue
            except OSError as problem:
                raise ChannelClosed(problem) from problem
            if not count:
                raise ChannelClosed
            return count
