"""Lines that are still being written."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from animaweave.cli.pipe import CHUNK, Pipe, pipe_of


class Ends(NamedTuple):
    """A pipe's two ends."""

    pipe: Pipe
    writer: int

    def has_line(self) -> bool:
        """Whether a line is there."""
        return self.pipe.has_line

    def write(self, content: bytes) -> None:
        """Write all of it."""
        assert os.write(self.writer, content) == len(content)


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A pipe in which a line of more than 10 bytes is a long one."""
    reader, writer = os.pipe()
    with open(reader, "rb") as stream, open(writer, "wb"):  # noqa: PTH123 - descriptors
        pipe = pipe_of(stream, 10)
        assert pipe is not None
        yield Ends(pipe, writer)


def test_a_line_is_there_once_its_end_is(ends: Ends) -> None:
    assert not ends.has_line()
    ends.write(b"on")
    assert not ends.has_line()
    ends.write(b"e\ntw")
    assert ends.has_line()
    assert ends.pipe.readline(100) == b"one\n"
    assert not ends.has_line()
    ends.write(b"o\n")
    assert ends.has_line()
    assert ends.pipe.readline(100) == b"two\n"


def test_blank_lines_do_not_count_and_are_read(ends: Ends) -> None:
    ends.write(b"\n  \n")
    assert not ends.has_line()
    ends.write(b"one\n")
    assert ends.has_line()
    assert [ends.pipe.readline(100) for _ in range(3)] == [b"\n", b"  \n", b"one\n"]


def test_the_end_is_there_too_and_what_has_no_end_is_a_line(ends: Ends) -> None:
    ends.write(b"one")
    os.dup2(os.open(os.devnull, os.O_WRONLY), ends.writer)

    assert ends.has_line()
    assert [ends.pipe.readline(100) for _ in range(3)] == [b"one", b"", b""]
    assert ends.has_line()


def test_a_line_that_is_too_long_is_there_before_its_end_and_read_in_pieces(ends: Ends) -> None:
    ends.write(b"x" * 11)
    assert ends.has_line()
    assert ends.pipe.readline(11) == b"x" * 11
    ends.write(b"y\n")
    assert ends.pipe.readline(11) == b"y\n"


def test_a_line_may_be_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * (3 * CHUNK) + b"\n" + b"y\n")
    with path.open("rb") as stream:
        assert pipe_of(stream, 10) is None, "a file need not be waited for"
        pipe = Pipe(stream.fileno(), 10 * CHUNK)
        assert pipe.has_line
        assert [len(pipe.readline(10 * CHUNK)) for _ in range(3)] == [3 * CHUNK + 1, 2, 0]
