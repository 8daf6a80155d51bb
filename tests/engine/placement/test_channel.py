"""Frames arrive whole and in order, however they are cut up on the way."""

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.placement.channel import Channel, ChannelClosed, Frame, Handle, Kind, pack

Ends = tuple[Channel, Channel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Two ends of a connection; the second one waits in slices."""
    one, other = socket.socketpair()
    with one, other:
        yield Channel(one), Channel(other, 0.01)


class Enough(Exception):
    """Ends a wait."""


def give_up() -> None:
    raise Enough


def plain(frame: Frame) -> tuple[object, ...]:
    """A frame, to be compared."""
    inline = b"".join(frame.inline)
    return frame.kind, frame.call, bytes(frame.body), tuple(frame.numbers), [tuple(h) for h in frame.handles], inline


sizes = st.sampled_from([0, 1, 100, 5_000, 65_000, 70_000])
handles = st.builds(Handle, st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.integers(0, 1 << 40))
frames = st.builds(
    lambda call, size, numbers, found, pieces: Frame(
        Kind.RESULT,
        call,
        b"b" * size,
        numbers,
        [*found, *(Handle(-1, 0, piece) for piece in pieces)],
        [memoryview(b"p" * piece) for piece in pieces],
    ),
    st.integers(0, 1 << 31),
    sizes,
    st.lists(st.integers(-1, 1 << 40), max_size=3),
    st.lists(handles, max_size=3),
    st.lists(sizes, max_size=2),
)


@given(st.lists(frames, min_size=1, max_size=12), st.integers(1, 200_000))
def test_what_is_sent_arrives(sent: list[Frame], cut: int) -> None:
    one, other = socket.socketpair()
    with one, other:
        recorded = _bytes_of(sent)

        def trickle() -> None:
            for begin in range(0, len(recorded), max(cut, len(recorded) // 50)):
                one.sendall(recorded[begin : begin + max(cut, len(recorded) // 50)])

        sender = threading.Thread(target=trickle)
        sender.start()
        channel = Channel(other)
        assert [plain(channel.receive()) for _ in sent] == [plain(frame) for frame in sent]
        sender.join()


def _bytes_of(sent: list[Frame]) -> bytes:
    """What a channel writes for these frames."""
    one, other = socket.socketpair()
    with one, other:

        def send() -> None:
            for frame in sent:
                Channel(one).send(frame)
            one.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        with other.makefile("rb") as file:
            recorded = file.read()
        sender.join()
    return recorded


def test_a_wait_is_cut_into_slices_and_can_be_gone_on_with(ends: Ends) -> None:
    big = _bytes_of([Frame(Kind.LOG, 1, b"x" * 100_000)])
    one, other = ends
    with pytest.raises(Enough):
        other.receive(give_up)

    one.socket.sendall(big[:80_000])
    with pytest.raises(Enough):
        other.receive(give_up)
    assert other.receive_now() is None
    one.socket.sendall(big[80_000:])
    assert bytes(other.receive(give_up).body) == b"x" * 100_000


def test_a_frame_that_is_there_is_had_without_waiting(ends: Ends) -> None:
    one, other = ends
    assert other.receive_now() is None
    one.send(Frame(Kind.KEPT, 1, b""))
    frame = other.receive_now()

    assert frame is not None
    assert frame.kind == Kind.KEPT
    with pytest.raises(Enough):
        other.receive(give_up)


def test_sending_to_one_who_does_not_read_is_cut_into_slices(ends: Ends) -> None:
    _, other = ends
    with pytest.raises(Enough):
        other.send(Frame(Kind.CALL, 1, b"x" * (8 << 20)), give_up)


def test_small_buffers_stay_good_when_the_next_frame_is_there(ends: Ends) -> None:
    one, other = ends
    for letter in (b"a", b"b"):
        one.send(Frame(Kind.RESULT, 1, b"", (), [Handle(-1, 0, 5000)], [memoryview(letter * 5000)]))
    first, second = other.receive(), other.receive()

    assert bytes(first.inline[0]) == b"a" * 5000
    assert bytes(second.inline[0]) == b"b" * 5000
    assert first.inline[0].readonly


def test_an_end_that_is_closed_is_told_of(ends: Ends) -> None:
    one, other = ends
    one.socket.close()

    with pytest.raises(ChannelClosed) as caught:
        other.receive()
    assert not caught.value.is_unread
    with pytest.raises(ChannelClosed) as caught:
        other.send(Frame(Kind.CALL, 1, b""))
    assert caught.value.is_unread


def test_an_end_that_is_closed_before_it_has_read_is_told_of(ends: Ends) -> None:
    one, other = ends
    other.send(Frame(Kind.CALL, 1, b""))
    one.socket.close()

    with pytest.raises(ChannelClosed) as caught:
        other.receive()
    assert caught.value.is_unread


def test_buffers_from_4_kb_on_are_kept_out_of_the_pickle() -> None:
    numpy = pytest.importorskip("numpy")

    assert [len(buffers) for _, buffers in (pack(numpy.zeros(4095, "u1")), pack(numpy.zeros(4096, "u1")))] == [0, 1]
