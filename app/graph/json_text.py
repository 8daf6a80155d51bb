"""JSON text to plain values, refusing with a place what JSON readers let through or die of.

The standard library's parser takes duplicate keys (the last wins), NaN, numbers too large for a float, and nesting up
to its recursion limit. Depth is therefore scanned before it parses; the rest is marked by its hooks while parsing, and
only when something was marked is the tree searched for its path.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import accumulate, tee
from typing import Any

from .plain import LONGEST_NUMBER, BadValue, Json, below, shown

DEEPEST = 100
"""Levels of lists and objects in one file."""

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("]"): -1}
_PIECE = 2**16

_EXPECTED = {
    "Expecting value": "a value",
    "Expecting property name enclosed in double quotes": "a key in double quotes",
    "Expecting ':' delimiter": "a colon",
    "Expecting ',' delimiter": "a comma or a closing bracket",
    "Unterminated string starting at": "a closing quote for the text that begins there",
    "Invalid control character at": "an escape such as \\n in place of the character that is there",
    "Invalid \\escape": "an escape that JSON knows, such as \\n,",
    "Invalid \\uXXXX escape": "four hexadecimal digits after \\u",
    "Extra data": "the end of the file",
}
"""What the parser's messages mean; unknown ones are shown as they are."""


class _Marked:
    """Stands in the tree for something that cannot stay."""

    def __init__(self, problem: str, key: str | None = None) -> None:
        self.problem, self.key = problem, key


def parse(data: bytes) -> Json:
    """Read UTF-8 JSON.

    Raises:
        BadValue: It is no JSON, nests too deeply, has a key twice, or a number that is none; with its path.
    """
    _check_depth(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(
            f"expected UTF-8 text, found the byte 0x{data[error.start]:02x} at {_place(data, error.start)}", "$"
        ) from None
    marks: list[_Marked] = []

    def mark(problem: str, key: str | None = None) -> _Marked:
        marks.append(_Marked(problem, key))
        return marks[-1]

    def pairs_hook(pairs: list[tuple[str, Any]]) -> Any:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            return mark("expected a key once, found it twice; rename or remove one", twice)
        return found

    def read_float(text: str) -> Any:
        number = float(text)
        return number if math.isfinite(number) else mark(f"expected a number within ±1.8e308, found {text[:40]}")

    def read_int(text: str) -> Any:
        if len(text) > LONGEST_NUMBER:
            return mark(f"expected a number of at most {LONGEST_NUMBER} digits, found one of {len(text)}")
        return int(text)

    def read_constant(text: str) -> Any:
        return mark(f"expected a finite number, found {text}, which JSON lacks")

    try:
        tree = json.loads(
            text,
            object_pairs_hook=pairs_hook,
            parse_float=read_float,
            parse_int=read_int,
            parse_constant=read_constant,
        )
    except json.JSONDecodeError as error:
        raise BadValue(_syntax(text, error), "$") from None
    if marks:
        path, found_mark = next(_marks(tree))
        raise BadValue(found_mark.problem, path)
    return tree


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before anything recursive sees the text."""
    brackets = _STRING.sub(b"", data).translate(_TO_SQUARE, delete=_NO_BRACKETS)
    depth = 0
    # In pieces, so that a file of nothing but brackets is refused at its start.
    for start in range(0, len(brackets), _PIECE):
        depths = list(accumulate(map(_STEP.__getitem__, brackets[start : start + _PIECE]), initial=depth))
        if max(depths) > DEEPEST:
            place = _place(data, _deep_offset(data))
            raise BadValue(f"expected at most {DEEPEST} levels of lists and objects, found more at {place}", "$")
        depth = depths[-1]


def _deep_offset(data: bytes) -> int:
    """Where the first bracket stands that is nested too deeply."""
    tokens = re.compile(_STRING.pattern + rb"|[\[\]{}]", re.DOTALL)
    starts, steps = tee(tokens.finditer(data))
    depths = accumulate((match[0] in b"[{") - (match[0] in b"]}") for match in steps)
    return next(match.start() for match, depth in zip(starts, depths, strict=True) if depth > DEEPEST)


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "expected a graph, found an empty file"
    message = error.msg.partition(": ")[0]
    expected = _EXPECTED.get(message, f"JSON ({message})")
    found = "the end of the file" if error.pos >= len(text) else shown(text[error.pos])
    if message.startswith("Unterminated"):
        found = "the end of the file"
    return f"expected {expected} at line {error.lineno}, column {error.colno}, found {found}"


def _place(data: bytes, offset: int) -> str:
    line_start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[line_start:offset].decode("utf-8", "replace")) + 1
    line = data.count(b"\n", 0, offset) + 1
    return f"line {line}, column {column}"


def _marks(tree: Any) -> Iterator[tuple[str, _Marked]]:
    """The marked places and what is there, in the order of the file."""
    stack = [("$", tree)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, _Marked):
            yield (path if value.key is None else below(path, value.key)), value
        elif isinstance(value, dict):
            stack.extend((below(path, key), value[key]) for key in reversed(value))
        elif isinstance(value, list):
            stack.extend((f"{path}[{index}]", value[index]) for index in reversed(range(len(value))))
