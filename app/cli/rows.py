"""Rows of `--inputs`: read one at a time, each value checked by the port that it is for.

JSON Lines (an object a line) or CSV (a first line with names); columns are inputs of the graph or `node.parameter`.
What is wrong with a row is told with its line and column and spoils no other; what is wrong with the columns is found
before anything runs. Never more than a row is in memory, and no line is longer than `LONGEST`.
"""

from __future__ import annotations

import codecs
import csv
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from ..engine.compiler.paths import below
from ..engine.compiler.plan import Plan, Setting
from ..errors import InputError, NotAllowed, ValueMismatch
from ..ports.port import MISSING
from ..ports.value import from_json, read_text
from ..ports.words import shown
from .exits import UsageError
from .pipe import pipe_of

LONGEST = 16_000_000
"""Bytes of a line, and characters of a CSV cell, that are read."""

JSON_LINES, CSV = (".jsonl", ".ndjson"), (".csv",)

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row, or what is wrong with it.

    Attributes:
        line: Number of its line in the file, from 1; of its first one if it has several.
        values: Values by name, those of `--set` among them.
        problem: A sentence with file, line and column; empty for a row that is sound.
    """

    line: int
    values: Mapping[str, Any]
    problem: str = ""


class Rows:
    """The rows of a file or of standard input, once and in order.

    Args:
        source: Path of the file; `-` for standard input, whose form its first character tells.
        plan: What the rows are for.
        fixed: Values by name for what a row does not give.

    Attributes:
        name: What the rows are called in messages.

    Raises:
        UsageError: There is no such file, or it is none of rows.
        InputError: A column is no input of the graph, or an input has neither column nor value.
    """

    def __init__(self, source: str, plan: Plan, fixed: Mapping[str, Any]) -> None:
        self.name = "standard input" if source == "-" else source
        self._plan, self._fixed = plan, fixed
        self._must_give = [
            setting.name
            for setting in plan.settings.values()
            if plan.values[setting.slot] is MISSING and setting.name not in fixed
        ]
        is_json = None if source == "-" else _is_json(source)
        self._is_own = source != "-"
        self._stream = _opened(source)
        try:
            self._lines = _Lines(self._stream, self.name)
            self._raw = self._begin(is_json)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, self._raw)

    @property
    def share(self) -> float | None:
        """How much of the file has been read, from 0 to 1; None where nobody knows how long it is."""
        return self._lines.share

    @property
    def may_pause(self) -> bool:
        """Whether rows come as somebody writes them: from a pipe or a terminal."""
        return self._lines.pipe is not None

    @property
    def has_next(self) -> bool:
        """Whether the next row, or the end, can be had without waiting for who writes them.

        Cells of CSV in which lines end are waited for all the same.
        """
        pipe = self._lines.pipe
        try:
            return pipe is None or pipe.has_line
        except OSError:
            return True  # Whoever reads on is told.

    def close(self) -> None:
        """Close the file."""
        if self._is_own:
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- columns ------------------------------------------------------------------------------------------------------

    def _begin(self, is_json: bool | None) -> Iterable[_Raw]:
        """Look at the columns; the rows follow."""
        if self._looks_like_json() if is_json is None else is_json:
            self._read: Callable[[Any, Any], Any] = from_json
            rows = _json_lines(self._lines)
            first = next(rows, None)
            if first is None:
                return ()
            self._check_columns(first.cells, first.line)
            return _put_back(first, rows)
        self._read = read_text
        reader = csv.reader(self._lines, strict=True)
        csv.field_size_limit(LONGEST)
        columns = self._header(reader)
        return _csv(reader, self._lines, columns)

    def _looks_like_json(self) -> bool:
        try:
            return self._lines.begins_with("{")
        except _BadLine as problem:
            raise UsageError(f"{self.name}:{self._lines.number}: {problem}") from None

    def _header(self, reader: Iterator[list[str]]) -> list[str]:
        try:
            columns = next((cells for cells in reader if cells), None)
        except (csv.Error, _BadLine) as problem:
            raise UsageError(f"{self.name}:{self._lines.number}: {problem}") from None
        if columns is None:
            raise UsageError(f"{self.name}: expected a first line with the names of inputs, found an empty file")
        columns = [column.strip() for column in columns]
        for place, column in enumerate(columns):
            if column in columns[:place]:
                raise UsageError(f"{self.name}:{self._lines.number}: expected each column once, found `{column}` twice")
        self._check_columns(columns, self._lines.number)
        for name in self._must_give:
            if name not in columns:
                raise InputError(
                    f"input `{name}` has no value; give it a column of {self.name}, or one value for all rows with "
                    f"--set {name}=VALUE"
                )
        return columns

    def _check_columns(self, columns: Iterable[str], line: int) -> None:
        for column in columns:
            try:
                self._plan.setting(column)
            except InputError as problem:
                raise InputError(f"{self.name}:{line}: column `{column}`: {problem}") from None

    # -- cells --------------------------------------------------------------------------------------------------------

    def _row(self, raw: _Raw) -> Row:
        place = f"{self.name}:{raw.line}"
        if raw.problem:
            return Row(raw.line, {}, f"{place}{raw.problem}")
        values = dict(self._fixed)
        for name, cell in raw.cells.items():
            try:
                values[name] = self._value(self._plan.setting(name), cell)
            except (InputError, ValueMismatch, NotAllowed) as problem:
                return Row(raw.line, {}, f"{place}: column `{name}`: {problem}")
        for name in self._must_give:
            if name not in values:
                return Row(raw.line, {}, f"{place}: input `{name}` has no value")
        return Row(raw.line, values)

    def _value(self, setting: Setting, cell: Any) -> Any:
        value = self._read(cell, setting.port)
        if isinstance(value, Path):
            if isinstance(cell, str) and not cell.strip():
                raise ValueMismatch("expected a path, found nothing")
            if setting.out is not None:
                below(setting.out, value, setting.name)
        return value


class _BadLine(Exception):
    """A line that cannot be read; the next one can."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """A row as it is written; `problem` begins with the sign that follows a place."""

    line: int
    cells: Mapping[str, Any]
    problem: str = ""


class _Lines:
    """Lines of text out of bytes: counted, decoded, none of them too long.

    Attributes:
        number: Lines read so far.
        pipe: What they come from, if it is none of the files whose lines are all there.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.number = 0
        self.pipe = pipe_of(stream, LONGEST)
        self._stream, self._name = self.pipe or stream, name
        self._size, self._bytes = _size(stream), 0
        self._begin: str | None = None

    @property
    def share(self) -> float | None:
        if self._size is None:
            return None
        return min(1.0, self._bytes / self._size) if self._size else 1.0

    def begins_with(self, char: str) -> bool:
        """Whether this is the first character that is no space; the lines up to it are read again."""
        text = ""
        for line in self:
            text = line.strip()
            if text:
                self._begin = line
                self.number -= 1
                break
        return text.startswith(char)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if self._begin is not None:
            line, self._begin = self._begin, None
            self.number += 1
            return line
        found = self._take()
        if not found:
            raise StopIteration
        self.number += 1
        if len(found) > LONGEST:
            while not found.endswith(b"\n") and (found := self._take()):
                pass
            raise _BadLine(f"expected a line of at most {LONGEST // 1_000_000} MB, found a longer one")
        if self.number == 1:
            if found.startswith(_UTF_16):
                raise UsageError(f"{self._name}: expected UTF-8 text, found UTF-16; save it as UTF-8")
            found = found.removeprefix(codecs.BOM_UTF8)
        try:
            return found.decode()
        except UnicodeDecodeError as problem:
            byte = found[problem.start]
            raise _BadLine(f"expected UTF-8 text, found the byte 0x{byte:02x} at {problem.start + 1}") from None

    def _take(self) -> bytes:
        try:
            found = self._stream.readline(LONGEST + 1)
        except OSError as problem:
            raise UsageError(f"{self._name} cannot be read: {problem.strerror or problem}") from None
        self._bytes += len(found)
        return found


def _json_lines(lines: _Lines) -> Iterator[_Raw]:
    while True:
        try:
            text = next(lines, None)
        except _BadLine as problem:
            yield _Raw(lines.number, {}, f": {problem}")
            continue
        if text is None:
            return
        if text.strip():
            yield _json_line(text, lines.number)


def _json_line(text: str, line: int) -> _Raw:
    try:
        found = json.loads(text.rstrip("\r\n"))
    except json.JSONDecodeError as problem:
        return _Raw(line, {}, f":{problem.colno}: expected an object as JSON: {problem.msg}")
    except (ValueError, RecursionError):  # A number of thousands of digits; lists in lists without end.
        return _Raw(line, {}, ": expected an object as JSON, found one that is too large")
    if not isinstance(found, dict):
        return _Raw(line, {}, f": expected an object of values by name, found {shown(found)}")
    return _Raw(line, found)


def _csv(reader: Iterator[list[str]], lines: _Lines, columns: list[str]) -> Iterator[_Raw]:
    while True:
        line = lines.number + 1
        try:
            cells = next(reader, None)
        except (csv.Error, _BadLine) as problem:
            yield _Raw(line, {}, f": {problem}")
            continue
        if cells is None:
            return
        if len(cells) == len(columns):
            yield _Raw(line, dict(zip(columns, cells, strict=True)))
        elif cells:
            yield _Raw(line, {}, f": expected {len(columns)} cells, found {len(cells)}")


def _put_back(first: _Raw, rest: Iterator[_Raw]) -> Iterator[_Raw]:
    yield first
    yield from rest


def _is_json(path: str) -> bool:
    suffix = Path(path).suffix.lower()
    if suffix == ".parquet":
        raise UsageError(f"--inputs {path}: Parquet cannot be read yet; write the rows as .jsonl or .csv")
    if suffix not in (*JSON_LINES, *CSV):
        raise UsageError(f"--inputs {path}: expected a file called .jsonl or .csv, or - for standard input")
    return suffix in JSON_LINES


def _opened(path: str) -> BinaryIO:
    if path == "-":
        if sys.stdin is None:  # Closed by whoever started us.
            raise UsageError("--inputs -: expected rows on standard input, found it closed")
        return sys.stdin.buffer
    try:
        return open(path, "rb")  # noqa: PTH123 - a path as typed; closed by `Rows.close`
    except OSError as problem:
        raise UsageError(f"--inputs {path}: expected a file of rows, found: {problem.strerror}") from None


def _size(stream: BinaryIO) -> int | None:
    """Bytes of a file; None for pipes and terminals."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
