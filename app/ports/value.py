"""Values at a port: whether they are of its type, in its range, one of its choices; and values written by hand."""

from __future__ import annotations

import contextlib
import difflib
import enum
import json as jsonlib
import math
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from ..errors import ValueMismatch
from . import codec, words
from . import hint as hints
from .field import Field
from .hint import Hint, arguments, class_of, label_of, origin_of
from .holds import holds
from .port import Port

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def verify(value: Any, port: Port) -> None:
    """Look whether a value may stand at a port.

    Raises:
        ValueMismatch: It is of another type, out of range, or none of the choices:
            `expected a number from 0 to 50 (px), found 60`.
    """
    field = port.field
    fits = holds(value, port.hint) and (not field.choices or value in field.choices)
    if fits and (field.min is not None or field.max is not None):
        fits = all(_in_range(number, field) for number in _numbers(value))
    if not fits:
        raise _mismatch(value, port)


def accept(value: Any, port: Port) -> Any:
    """The value that somebody gives to a port from Python: itself, or what it means as a file has it (text for a path).

    Raises:
        ValueMismatch: As `verify` does.
    """
    return _verified(value, port, lambda: value if holds(value, port.hint) else codec.decode(value, port.hint))


def from_json(json: Any, port: Port) -> Any:
    """The value of a parameter as a graph file has it.

    Raises:
        ValueMismatch: As `verify` and `codec.decode` do.
    """
    return _verified(json, port, lambda: codec.decode(json, port.hint))


def read_text(text: str, port: Port) -> Any:
    """The value of a parameter as it is typed on the command line; lists and tables are written as JSON.

    Raises:
        ValueMismatch: `expected a number from 0 to 50 (px), found "2,0"; write 2.0`.
    """
    number = _parsed(text)
    found = number if isinstance(number, int | float) else text
    return _verified(found, port, lambda: _read(text, port.hint))


def _verified(written: Any, port: Port, read: Callable[[], Any]) -> Any:
    """The value that is read, if it may stand at the port; what was written is what the message shows."""
    try:
        value = read()
        verify(value, port)
    except ValueMismatch as problem:
        # What is wrong inside a list keeps its place; of the rest the port knows more than its type.
        raise problem if str(problem).startswith("[") else _mismatch(written, port) from None
    return value


# ---------------------------------------------------------------- text


def _read(text: str, hint: Hint) -> Any:
    parts = hints.alternatives(hint)
    if len(parts) > 1:
        for part in sorted(parts, key=lambda part: class_of(part) is str):  # Any text is text: asked last.
            with contextlib.suppress(ValueMismatch):
                return _read(text, part)
        raise _refusal(text, hint)
    if label_of(hint) is None and origin_of(hints.plain(hint)) is Literal:
        return _chosen(text, hint)
    read = _READERS.get(class_of(hint)) if _is_plain(hint) else None
    try:
        if read is not None:
            return read(text.strip())
    except ValueError:
        raise _refusal(text, hint) from None
    try:
        return codec.decode(text, hint)
    except ValueMismatch:
        return codec.decode(_parsed(text), hint)


def _is_plain(hint: Hint) -> bool:
    label = label_of(hint)
    return label is None or label.codec is None


def _chosen(text: str, hint: Hint) -> Any:
    for value in arguments(hints.plain(hint)):
        if text in (str(value), getattr(value, "name", None), jsonlib.dumps(value, default=str)):
            return value
    raise _refusal(text, hint)


def _parsed(text: str) -> Any:
    try:
        return jsonlib.loads(text)
    except (ValueError, RecursionError):
        return text


def _yes_or_no(text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise ValueError(text)
    return text.lower() in _YES


def _nothing(text: str) -> None:
    if text.lower() not in ("none", "null"):
        raise ValueError(text)


_READERS: dict[Any, Callable[[str], Any]] = {
    bool: _yes_or_no,
    int: int,
    float: float,
    complex: lambda text: complex(text.replace(" ", "")),
    type(None): _nothing,
    object: _parsed,
}


# ---------------------------------------------------------------- ranges and messages


def _in_range(number: float, field: Field) -> bool:
    return (field.min is None or number >= field.min) and (field.max is None or number <= field.max)


def _numbers(value: Any) -> Iterator[float]:
    """The numbers to which a range applies: the value, or the items of a list."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float | np.integer | np.floating):
        yield float(value)


def _refusal(found: Any, hint: Hint) -> ValueMismatch:
    return ValueMismatch(f"expected {words.one(hint)}, found {words.shown(found)}")


def _mismatch(found: Any, port: Port) -> ValueMismatch:
    field = port.field
    if field.choices:
        expected = f"one of {', '.join(map(words.shown, field.choices))}"
    else:
        more = field.range_text or (f"({field.unit})" if field.unit else "")
        expected = f"{words.one(port.hint)} {more}".rstrip()
    return ValueMismatch(f"expected {expected}, found {words.shown(found)}{_way_out(found, port)}")


def _way_out(found: Any, port: Port) -> str:
    """What to write instead, where that can be guessed."""
    classes = {class_of(part) for part in hints.alternatives(port.hint)}
    if isinstance(found, str) and (near := difflib.get_close_matches(found, _choices(port), 1)):
        return f"; did you mean {words.shown(near[0])}?"
    if bool in classes and str(found).lower() in (*_YES, *_NO):
        return f"; write {str(_yes_or_no(str(found))).lower()}"
    if not isinstance(found, str | float) or not classes & {int, float}:
        return ""
    try:
        number = float(str(found).replace(",", "."))
    except ValueError:
        return ""
    if not _in_range(number, port.field) or not math.isfinite(number):
        return ""
    if float not in classes:
        return f"; write {int(number)}" if number.is_integer() else ""
    return f"; write {number!r}"


def _choices(port: Port) -> list[str]:
    values = list(port.field.choices)
    for part in hints.alternatives(port.hint):
        inner, cls = hints.plain(part), class_of(part)
        if origin_of(inner) is Literal:
            values += arguments(inner)
        elif cls is not None and issubclass(cls, enum.Enum):
            values += cls
    named = [value.name if isinstance(value, enum.Enum) else value for value in values]
    return [value for value in named if isinstance(value, str)]
