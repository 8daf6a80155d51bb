"""What is written where: results to stdout, all else to stderr.

A reader that goes away (`| head -1`) is no error: what it does not want is dropped. With `sole_document`, stdout
carries one document and nothing else, whatever nodes and their libraries print.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from .exits import UsageError

LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}
"""Least level that is logged, by verbosity."""

UNFOLDED = 100_000
"""Columns of a line that nobody folds."""


class _StderrHandler(logging.Handler):
    """Writes to what `sys.stderr` is at the time: a progress display stands in for it now and then."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(f"{record.levelname.lower()}: {self.format(record)}")


_handler = _StderrHandler()


def set_up(verbosity: int = 0) -> None:
    """Log to stderr; see to it that no character can fail to be written.

    Args:
        verbosity: -1 for errors alone, 0 for warnings, 1 for what the engine does, 2 for everything.
    """
    logging.getLogger().addHandler(_handler)
    logging.getLogger("animaweave").setLevel(LEVELS[max(-1, min(verbosity, 2))])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write a result to stdout, with a line end.

    Raises:
        UsageError: stdout cannot be written, as when its disk is full.
    """
    _write(f"{text}\n", sys.stdout)


def complain(text: str) -> None:
    """Write a line for people to stderr."""
    with contextlib.suppress(UsageError):  # Nobody is left to be told.
        _write(f"{text}\n", sys.stderr)


@contextlib.contextmanager
def sole_document() -> Iterator[Callable[[str], bool]]:
    """Keep stdout for one document, or a line each of many; all else written there meanwhile goes to stderr.

    The descriptor is turned round too, not only `sys.stdout`: libraries in C and child processes write to it.

    Yields:
        What writes the document, and a line end; tells whether there is still a reader.
    """
    stdout, descriptor = sys.stdout, _descriptor(sys.stdout)
    errors = _descriptor(sys.stderr)
    if descriptor is None or errors is None:
        with contextlib.redirect_stdout(sys.stderr):
            yield lambda text: _write(f"{text}\n", stdout)
        return
    stdout.flush()
    kept = os.dup(descriptor)
    os.dup2(errors, descriptor)
    try:
        with open(kept, "w", encoding="utf-8", closefd=False) as document, contextlib.redirect_stdout(sys.stderr):
            yield lambda text: _write(f"{text}\n", document)
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


def rendered(*things: Any) -> str:
    """What rich makes of some things for stdout: coloured and folded for a terminal, else plain and never folded."""
    from rich.console import Console  # noqa: PLC0415 - most runs are for programs

    # Rich writes even what it captures through to its file, so that a full disk would show as a traceback of its own.
    page = io.StringIO()
    if is_terminal(sys.stdout):
        like = Console()
        console = Console(file=page, width=like.width, color_system=like.color_system or None, force_terminal=True)  # type: ignore[arg-type]
    else:
        console = Console(file=page, width=UNFOLDED, color_system=None, force_terminal=False)
    console.print(*things, sep="\n")
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at the stream, through something that can move its cursor."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """The text with what would move the cursor or change colours written as an escape; line ends and tabs stay."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text
    )


def duration(seconds: float) -> str:
    """A time with three digits: `12.3 µs`, `340 ms`, `1.25 s`, `4 min 5 s`."""
    if seconds >= 120:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        value = seconds * factor
        if value >= 1:
            return f"{value:.{2 - (value >= 10) - (value >= 100)}f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _write(text: str, stream: TextIO | None) -> bool:
    """Write and see it off; tell whether there is still a reader."""
    if stream is None:  # Closed by whoever started us.
        return True
    try:
        stream.write(text)
        stream.flush()
    except OSError as problem:
        _silence(stream)
        if not isinstance(problem, BrokenPipeError):
            raise UsageError(f"the output cannot be written: {problem.strerror or problem}") from None
        return False
    return True


def _silence(stream: TextIO) -> None:
    """Let what is still in the stream's buffer go nowhere, or Python would fail on it once more at its end."""
    descriptor = _descriptor(stream)
    if descriptor is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _descriptor(stream: TextIO | None) -> int | None:
    try:
        return stream.fileno() if stream is not None else None
    except (OSError, ValueError, AttributeError):
        return None
