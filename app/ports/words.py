"""Types and values in the words of people who never read Python: `whole numbers`, `an array of 32-bit floats`."""

from __future__ import annotations

import collections.abc
import datetime
import enum
import json
import pathlib
import re
import typing
from typing import Any, Literal

import numpy as np

from . import hint as hints
from .array import ArrayType, array_of, dtype_name, parse_dims
from .hint import Hint, Unknown, arguments, label_of, normal, origin_of

LONGEST = 60
"""Characters of a value that a message shows."""

FEW = 12
"""Members of an enumeration that a message lists."""

_NOUNS: dict[type, tuple[str, str]] = {
    bool: ("true or false", "true/false values"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    complex: ("a complex number", "complex numbers"),
    str: ("text", "text"),
    bytes: ("bytes", "bytes"),
    type(None): ("nothing (None)", "nothing (None)"),
    object: ("anything", "values of any type"),
    pathlib.Path: ("a path", "paths"),
    datetime.date: ("a date", "dates"),
    datetime.datetime: ("a date with time", "dates with time"),
    datetime.time: ("a time", "times"),
    type: ("a type", "types"),
}

_CONTAINERS: tuple[tuple[type, str, str], ...] = (
    (tuple, "a tuple", "tuples"),
    (list, "a list", "lists"),
    (collections.abc.Set, "a set", "sets"),
    (collections.abc.Mapping, "a dictionary", "dictionaries"),
    (collections.abc.Sequence, "a sequence", "sequences"),
    (collections.abc.Iterable, "a series", "series"),
)

_DTYPES = {
    "Shaped": "values of any type",
    "Bool": "true/false values",
    "Num": "numbers",
    "Real": "real numbers",
    "Inexact": "floats or complex numbers",
    "Float": "floats",
    "Complex": "complex numbers",
    "Integer": "whole numbers",
    "Int": "signed whole numbers",
    "UInt": "unsigned whole numbers",
}


def one(hint: Hint) -> str:
    """A value of a type, as after "expected": `a list of whole numbers`."""
    return _words(hint, 0)


def many(hint: Hint) -> str:
    """Values of a type, as after "takes": `lists of whole numbers`."""
    return _words(hint, 1)


def dtypes(array: ArrayType) -> str:
    """The items of an array: `32-bit floats`."""
    return _DTYPES.get(array.text) or _sized(array.text)


def shown(value: Any) -> str:
    """A value as a message shows it: JSON where it is that, an array by type and shape, all of it short."""
    if isinstance(value, np.ndarray):
        kind = dtypes(ArrayType(np.ndarray, None, parse_dims("..."), dtype_name(value.dtype).capitalize()))
        return f"an array of {kind} of shape {value.shape}"
    if isinstance(value, enum.Enum | Unknown):
        return value.name
    if isinstance(value, np.generic):
        return f"{value} ({dtype_name(value.dtype)})"
    if value is None or isinstance(value, bool | int | float | str | list | dict | tuple):
        try:
            text = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError):
            text = repr(value)
    else:
        text = f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def listed(things: collections.abc.Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    *head, tail = things
    return f"{', '.join(head)} {last} {tail}" if head else tail


def _words(hint: Hint, number: Literal[0, 1]) -> str:
    hint = normal(hint)
    if (label := label_of(hint)) is not None:
        return label.qualified
    if hints.is_opaque(hint):
        return str(getattr(hint, "name", hint))
    if hints.is_union(hint):
        return listed(dict.fromkeys(_words(part, number) for part in _none_last(hints.alternatives(hint))))
    if origin_of(hint) is Literal:
        values = [shown(value) for value in arguments(hint)]
        return f"one of {', '.join(values)}" if len(values) > 1 else values[0]
    if (array := array_of(hint)) is not None:
        return _array_words(array, number)
    if hints.is_callable(hint):
        return ("a function", "functions")[number]
    return _class_words(hint, number)


def _array_words(array: ArrayType, number: Literal[0, 1]) -> str:
    noun = ("an array", "arrays")[number]
    shape = "" if array.dim_text == "..." else f' of shape "{array.dim_text}"'
    return f"{noun} of {dtypes(array)}{shape}"


def _class_words(hint: Hint, number: Literal[0, 1]) -> str:
    origin = origin_of(hint)
    if origin in _NOUNS:
        return _NOUNS[origin][number]
    if not isinstance(origin, type):
        return str(getattr(origin, "__name__", origin))
    if issubclass(origin, enum.Enum) and len(origin) <= FEW:
        return f"one of {', '.join(origin.__members__)}"
    parts = arguments(hint)
    if parts or origin.__module__ in ("builtins", "collections", "collections.abc", "typing"):
        for cls, *nouns in _CONTAINERS:
            if issubclass(origin, cls) and not typing.is_typeddict(origin):
                return nouns[number] + _contents(cls, parts)
    name = origin.__name__
    if number:
        return f"values of type {name}"
    return f"an {name}" if name[0] in "AEIOUaeiou" else f"a {name}"


def _contents(cls: type, parts: tuple[Hint, ...]) -> str:
    if all(part is ... or normal(part) is object for part in parts):
        return ""
    if cls is collections.abc.Mapping and len(parts) == 2:
        return f" from {many(parts[0])} to {many(parts[1])}"
    if cls is tuple and ... not in parts:
        return f" of {listed(map(one, parts), 'and')}"
    return f" of {listed((many(part) for part in parts if part is not ...), 'and')}"


def _sized(name: str) -> str:
    """A data type with its size in bits: `Float32`."""
    match re.fullmatch(r"(Float|Complex|Int|UInt)(\d+)", name, re.IGNORECASE):
        case None:
            return name
        case found:
            family = {"float": "Float", "complex": "Complex", "int": "Int", "uint": "UInt"}[found[1].lower()]
            return f"{found[2]}-bit {_DTYPES[family]}"


def _none_last(parts: tuple[Hint, ...]) -> tuple[Hint, ...]:
    return tuple(sorted(parts, key=lambda part: part is type(None)))
