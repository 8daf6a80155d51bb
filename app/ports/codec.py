"""Values as JSON, as `params` keep them, and back, value for value.

What JSON has is written as it is; the rest in the plainest form that says all: a path as text, a complex number as
`[re, im]`, a member of an enumeration by name, a date as ISO 8601, a set as a sorted list. Where the type leaves open
which form is meant (`Path | str`, `Any`) and the plain one would be read as another value, it is wrapped:
`{"is": "Path", "value": "a.png"}`. A label's own codec comes first.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import datetime
import enum
import json as jsonlib
import math
import operator
import pathlib
import typing
from collections import abc
from collections.abc import Callable, Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from typing import Any, Literal

import numpy as np

from ..errors import ValueMismatch
from . import hint as hints
from . import words
from .array import ArrayType, array_of, dtype_name
from .hint import Hint, arguments, label_of, normal, origin_of
from .holds import holds
from .label import Codec
from .text import to_text

LARGEST_ARRAY = 10_000
"""Items of an array that a graph file may hold."""


def encode(value: Any, hint: Hint) -> Any:
    """Write a value as plain JSON.

    What is written as it would stand in a file already, such as text for a path, is taken for the value that it means.

    Raises:
        ValueMismatch: The value is not of this type, or has no form in JSON.
    """
    codec = codec_of(hint)
    try:
        return codec.encode(value)
    except ValueMismatch as problem:
        try:
            meant = codec.decode(value)
        except ValueMismatch:
            raise problem from None
    return codec.encode(meant)


def decode(json: Any, hint: Hint) -> Any:
    """Read a value from plain JSON.

    Raises:
        ValueMismatch: It is none of this type: `expected a whole number, found "x"`; the place inside a larger value
            comes first: `[2]: expected …`.
    """
    return codec_of(hint).decode(json)


@hints.cached
def codec_of(hint: Hint) -> Codec:
    """How the values of a type are written and read."""
    hint = normal(hint)
    if (label := label_of(hint)) is not None:
        return codec_of(hints.base_of(hint)) if label.codec is None else _foreign(label.codec, hint)
    if isinstance(hint, typing.NewType):
        return codec_of(hint.__supertype__)
    if hint is object:
        return _union(hint, _ANYTHING)
    if hints.is_union(hint):
        return _union(hint, hints.alternatives(hint))
    if origin_of(hint) is Literal:
        return _literal(hint)
    if (array := array_of(hint)) is not None:
        return _array(hint, array)
    if isinstance(origin_of(hint), type):
        return _class(hint)
    return _formless(hint)


# ---------------------------------------------------------------- classes


def _class(hint: Hint) -> Codec:
    origin, parts = origin_of(hint), arguments(hint)
    if origin in _SCALARS:
        return _scalar(hint, *_SCALARS[origin])
    if issubclass(origin, enum.Flag):
        return _scalar(hint, lambda value: value.value, lambda json: origin(_if(int, json)))
    if issubclass(origin, enum.Enum):
        return _scalar(hint, lambda value: value.name, lambda json: origin[json])
    if issubclass(origin, pathlib.PurePath):
        return _scalar(hint, pathlib.PurePath.as_posix, lambda json: origin(_if(str, json)))
    if is_dataclass(origin) or hints.is_named_tuple(origin) or typing.is_typeddict(origin):
        return _record(hint, origin)
    if origin is tuple:
        return _tuple(hint, parts if parts or hint is not tuple else (object, ...))
    if origin in _MAPPINGS:
        return _mapping(hint, _MAPPINGS[origin], parts or (object, object))
    item = (*parts, object)[0]
    if origin in _LISTS:
        return _list(hint, origin, item)
    if origin in _ABSTRACT:
        return _union(hint, tuple(cls[item, ...] if cls is tuple else cls[item] for cls in _ABSTRACT[origin]))
    return _formless(hint)


def _scalar(hint: Hint, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> Codec:
    def encode(value: Any) -> Any:
        if not holds(value, hint):
            raise _mismatch(hint, value)
        return write(value)

    def decode(json: Any) -> Any:
        try:
            return read(json)
        except (ValueError, TypeError, KeyError, OverflowError):
            raise _mismatch(hint, json) from None

    return Codec(encode, decode)


def _if(kind: type | tuple[type, ...], json: Any) -> Any:
    if not isinstance(json, kind):
        raise TypeError
    return json


def _write_float(value: Any) -> Any:
    number = float(value)
    return number if math.isfinite(number) else str(number)  # JSON has no NaN.


def _read_float(json: Any) -> float:
    return float(json if json in ("nan", "inf", "-inf") else _if((int, float), json))


def _read_complex(json: Any) -> complex:
    match json:
        case [real, imaginary]:
            return complex(_read_float(real), _read_float(imaginary))
    return complex(_read_float(json))


def _read_date(json: Any) -> datetime.date:
    return (datetime.datetime if "T" in json else datetime.date).fromisoformat(json)


def _read_none(json: Any) -> None:
    if json is not None:
        raise TypeError


_SCALARS: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    bool: (bool, lambda json: _if(bool, json)),
    int: (lambda value: value if isinstance(value, bool) else int(value), lambda json: _if(int, json)),
    float: (_write_float, _read_float),
    complex: (lambda value: [_write_float(complex(value).real), _write_float(complex(value).imag)], _read_complex),
    str: (str.__str__, lambda json: _if(str, json)),
    type(None): (lambda _value: None, _read_none),
    bytes: (lambda value: base64.b64encode(value).decode(), lambda json: base64.b64decode(json, validate=True)),
    datetime.datetime: (datetime.datetime.isoformat, datetime.datetime.fromisoformat),
    datetime.date: (lambda value: value.isoformat(), _read_date),
    datetime.time: (datetime.time.isoformat, datetime.time.fromisoformat),
}
_LISTS = (list, set, frozenset, collections.deque)
_MAPPINGS: dict[Any, Callable[..., Any]] = {
    dict: dict,
    collections.OrderedDict: collections.OrderedDict,
    abc.Mapping: dict,
    abc.MutableMapping: dict,
}
_ABSTRACT: dict[Any, tuple[Any, ...]] = {
    abc.Sequence: (list, tuple),
    abc.MutableSequence: (list,),
    abc.Set: (set, frozenset),
    abc.MutableSet: (set,),
    **dict.fromkeys((abc.Iterable, abc.Collection, abc.Container, abc.Reversible), (list, tuple, set, frozenset)),
}
_ANYTHING: tuple[Hint, ...] = (
    *(type(None), bool, int, float, str, list, dict),
    *(complex, tuple, set, frozenset, bytes, pathlib.Path, datetime.datetime, datetime.date, datetime.time, np.ndarray),
)
"""What a port that takes anything may have in a graph file."""


# ---------------------------------------------------------------- containers


def _list(hint: Hint, origin: Callable[..., Any], item: Hint) -> Codec:
    codec = codec_of(item)

    def encode(value: Any) -> Any:
        items = [_at(index, codec.encode, part) for index, part in enumerate(_of(hint, value))]
        return sorted(items, key=_in_order) if isinstance(value, abc.Set) else items

    def decode(json: Any) -> Any:
        if not isinstance(json, list):
            raise _mismatch(hint, json)
        return _made(hint, json, origin, [_at(index, codec.decode, part) for index, part in enumerate(json)])

    return Codec(encode, decode)


def _tuple(hint: Hint, parts: tuple[Hint, ...]) -> Codec:
    endless = parts[1:] == (...,)
    codecs = [codec_of(part) for part in parts if part is not ...]

    def each(items: Any) -> Iterator[tuple[int, Codec, Any]]:
        return ((index, codecs[0 if endless else index], item) for index, item in enumerate(items))

    def encode(value: Any) -> Any:
        return [_at(index, codec.encode, item) for index, codec, item in each(_of(hint, value))]

    def decode(json: Any) -> Any:
        if not isinstance(json, list) or not (endless or len(json) == len(codecs)):
            raise _mismatch(hint, json)
        return tuple(_at(index, codec.decode, item) for index, codec, item in each(json))

    return Codec(encode, decode)


def _mapping(hint: Hint, make: Callable[..., Any], parts: tuple[Hint, ...]) -> Codec:
    key, item = map(codec_of, parts)

    def encode(value: Any) -> Any:
        pairs = [[key.encode(k), _at(k, item.encode, v)] for k, v in _of(hint, value).items()]
        return dict(pairs) if all(isinstance(k, str) for k, _ in pairs) else pairs

    def decode(json: Any) -> Any:
        pairs = list(json.items()) if isinstance(json, dict) else json
        if not isinstance(pairs, list) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
            raise _mismatch(hint, json)
        return _made(hint, json, make, [(key.decode(k), _at(k, item.decode, v)) for k, v in pairs])

    return Codec(encode, decode)


def _record(hint: Hint, origin: Any) -> Codec:
    """A class with named fields: an object with as many keys."""
    fields, optional = dict(hints.fields(origin)), set[str]()
    if is_dataclass(origin):
        fields = {field.name: fields[field.name] for field in dataclass_fields(origin) if field.init}
    elif typing.is_typeddict(origin):
        optional = set(origin.__optional_keys__)
    is_dict = typing.is_typeddict(origin)

    def encode(value: Any) -> Any:
        _of(hint, value)
        get = operator.getitem if is_dict else getattr
        return {
            name: _at(name, codec_of(field).encode, get(value, name))
            for name, field in fields.items()
            if not (name in optional and name not in value)
        }

    def decode(json: Any) -> Any:
        if not isinstance(json, dict) or not json.keys() <= fields.keys():
            raise _mismatch(hint, json)
        parts = {name: _at(name, codec_of(fields[name]).decode, part) for name, part in json.items()}
        if is_dict and not fields.keys() - optional <= parts.keys():
            raise _mismatch(hint, json)
        return parts if is_dict else _made(hint, json, lambda parts: origin(**parts), parts)

    return Codec(encode, decode)


def _literal(hint: Hint) -> Codec:
    forms = [(value.name if isinstance(value, enum.Enum) else value, value) for value in arguments(hint)]

    def encode(value: Any) -> Any:
        return next(form for form, one in forms if one == _of(hint, value) and type(one) is type(value))

    def decode(json: Any) -> Any:
        for form, value in forms:
            if type(form) is type(json) and form == json:
                return value
        raise _mismatch(hint, json)

    return Codec(encode, decode)


# ---------------------------------------------------------------- several types


def _union(hint: Hint, members: tuple[Hint, ...]) -> Codec:
    named = {to_text(member): member for member in members}

    def read(json: Any) -> Any:
        match json:
            case {"is": str(name), "value": inner} if len(json) == 2 and name in named:
                return codec_of(named[name]).decode(inner)
        for member in sorted(members, key=lambda member: not _is_natural(member, json)):
            with contextlib.suppress(ValueMismatch):
                return codec_of(member).decode(json)
        raise _mismatch(hint, json)

    def encode(value: Any) -> Any:
        value = value.item() if isinstance(value, np.generic) else value
        for member in sorted(members, key=lambda member: not _is_natural(member, value)):
            if not holds(value, member):
                continue
            json = codec_of(member).encode(value)
            for form in (json, {"is": to_text(member), "value": json}):
                if _alike(read(form), value):
                    return form
        raise _mismatch(hint, value)

    return Codec(encode, read)


def _is_natural(member: Hint, value: Any) -> bool:
    """Whether a value is what first comes to mind for a type: 1 for `int`, not for `float`."""
    return origin_of(normal(member)) is Literal or hints.class_of(member) is type(value)


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are the same in kind and value, down to their last part; NaN is like NaN."""
    if isinstance(one, float | complex) and isinstance(other, int | float | complex):
        return one == other or repr(one) == repr(other)  # `1` for a port of floats has become `1.0`.
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return bool(one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
    if isinstance(one, list | tuple | collections.deque):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict):
        return _alike(list(one.items()), list(other.items()))
    return bool(one == other)


# ---------------------------------------------------------------- arrays


_DTYPES = (
    *("bool", "float16", "float32", "float64", "complex64", "complex128", "str"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
_ITEMS: dict[str, Any] = {"b": bool, "i": int, "u": int, "U": str}


def _array(hint: Hint, array: ArrayType) -> Codec:
    def encode(value: Any) -> Any:
        name = dtype_name(_of(hint, value).dtype)
        if type(value) is not np.ndarray or name not in _DTYPES:
            raise _without_form(value)
        if value.size > LARGEST_ARRAY:
            raise ValueMismatch(
                f"an array of {value.size:,} values is too large for a graph file, which takes {LARGEST_ARRAY:,}; "
                f"load it from a file instead"
            )
        flat = np.ascontiguousarray(value, value.dtype.newbyteorder("=")).ravel()
        if value.dtype.kind == "c":
            flat = flat.view(f"f{value.dtype.itemsize // 2}")  # Real and imaginary parts in turn.
        data = [_write_float(item) for item in flat.tolist()] if value.dtype.kind in "fc" else flat.tolist()
        return {"dtype": name, "shape": list(value.shape), "data": data}

    def decode(json: Any) -> Any:
        try:
            value = _read_array(json) if isinstance(json, dict) else _nested(json, array)
        except (ValueError, TypeError, KeyError, OverflowError):
            raise _mismatch(hint, json) from None
        if not array.accepts(value):
            raise _mismatch(hint, value)
        return value

    return Codec(encode, decode)


def _read_array(json: Any) -> Any:
    if json["dtype"] not in _DTYPES:
        raise ValueError(json["dtype"])
    dtype = np.dtype(json["dtype"])
    parts = np.dtype(f"f{dtype.itemsize // 2}") if dtype.kind == "c" else dtype
    flat = np.array(_items(json["data"], parts), parts)
    return (flat.view(dtype) if dtype.kind == "c" else flat).reshape(json["shape"])


def _nested(json: Any, array: ArrayType) -> Any:
    """Lists within lists, as they are written by hand; the type alone says which numbers they hold."""
    dtype = np.dtype(next(iter(array.dtypes))) if array.dtypes is not None and len(array.dtypes) == 1 else None
    value = np.array(_if(list, json), dtype)
    if value.dtype.kind not in "biufcU":
        raise ValueError(value.dtype)
    return value


def _items(data: list[Any], dtype: np.dtype[Any]) -> list[Any]:
    if dtype.kind == "f":
        return [_read_float(item) for item in data]
    return [_if(_ITEMS[dtype.kind], item) for item in data]


# ---------------------------------------------------------------- what may go wrong


def _foreign(codec: Codec, hint: Hint) -> Codec:
    """A label's own codec; it is a vessel's code, which may raise anything."""

    def guarded(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call(value: Any) -> Any:
            try:
                return function(value)
            except Exception as problem:
                raise ValueMismatch(f"{_mismatch(hint, value)}: {problem}") from problem

        return call

    return Codec(guarded(codec.encode), guarded(codec.decode))


def _formless(hint: Hint) -> Codec:
    def encode(value: Any) -> Any:
        raise _without_form(_of(hint, value))

    def decode(_json: Any) -> Any:
        raise ValueMismatch(f"{words.many(hint)} cannot be kept in a graph file; wire it instead")

    return Codec(encode, decode)


def _of(hint: Hint, value: Any) -> Any:
    if not holds(value, hint):
        raise _mismatch(hint, value)
    return value


def _made(hint: Hint, json: Any, make: Callable[[Any], Any], parts: Any) -> Any:
    try:
        return make(parts)
    except (TypeError, ValueError):  # An item that cannot be hashed; a class that wants another number of fields.
        raise _mismatch(hint, json) from None


def _at(place: Any, function: Callable[[Any], Any], part: Any) -> Any:
    try:
        return function(part)
    except ValueMismatch as problem:
        inner = str(problem)
        raise ValueMismatch(f"[{place}]{'' if inner.startswith('[') else ': '}{inner}") from None


def _in_order(json: Any) -> str:
    return jsonlib.dumps(json, sort_keys=True)


def _mismatch(hint: Hint, found: Any) -> ValueMismatch:
    return ValueMismatch(f"expected {words.one(hint)}, found {words.shown(found)}")


def _without_form(value: Any) -> ValueMismatch:
    return ValueMismatch(f"{words.shown(value)} cannot be kept in a graph file; wire it instead")
