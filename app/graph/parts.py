"""Small typed parts of a document (how a node is run, a frame), read from JSON under a place that the reader supplies.

A part is a struct whose field types are the format's definition: reading checks against them, the JSON Schema is made
of them, and a field's description is what a message says was expected. Keys that a part does not know stay in `extra`,
so that writing gives them back.
"""

from __future__ import annotations

import typing
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from .plain import BadValue, Json, below, shown

P = TypeVar("P", bound="Part")


class Part(Struct, frozen=True, kw_only=True):
    """A part of a document.

    Attributes:
        extra: Keys of the file that this version does not know.
    """

    extra: dict[str, Any] = {}

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys that this version knows, in the order in which they are written."""
        return _keys(cls)


@cache
def hints(part: type[Part]) -> dict[str, Any]:
    """The fields' types by name, `extra` left out."""
    found = typing.get_type_hints(part, include_extras=True)
    return {name: found[name] for name in part.__struct_fields__ if name != "extra"}


@cache
def _keys(part: type[Part]) -> tuple[str, ...]:
    return tuple(hints(part))


def read_part(part: type[P], raw: Json, path: str) -> P:
    """Read a part.

    Raises:
        BadValue: Something in `raw` does not fit; `path` leads to it.
    """
    if type(raw) is not dict:
        raise BadValue(f"expected an object, found {shown(raw)}", path)
    types = hints(part)
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in raw.items():
        if key in types:
            known[key] = read_value(types[key], value, below(path, key))
        else:
            extra[key] = value
    for name, default in _defaults(part).items():
        if default is msgspec.NODEFAULT and name not in known:
            raise BadValue(f'expected the key "{name}", found none', path)
    return part(**known, extra=extra)


def read_value(hint: Any, raw: Json, path: str) -> Any:
    """Read a value of the type `hint`; parts, and what lists and objects hold, are placed one by one.

    Raises:
        BadValue: It does not fit; the type's description says what was expected.
    """
    bare, expected = described(hint)
    arguments = typing.get_args(bare)
    options = [option for option in arguments if isinstance(option, type) and issubclass(option, Part)]
    if options and type(raw) is dict:
        return read_part(options[0], raw, path)
    if typing.get_origin(bare) is dict and type(raw) is dict:
        return {key: read_value(arguments[1], value, below(path, key)) for key, value in raw.items()}
    if typing.get_origin(bare) is tuple and arguments[-1] is Ellipsis and type(raw) is list:
        return tuple(read_value(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(raw))
    try:
        return msgspec.convert(raw, hint)
    except (msgspec.ValidationError, UnicodeEncodeError):  # The latter: half a surrogate pair among choices.
        raise BadValue(f"expected {expected}, found {shown(raw)}", path) from None


@cache
def described(hint: Any) -> tuple[Any, str]:
    """A type without its annotations, and what it holds in words."""
    if typing.get_origin(hint) is Annotated:
        bare, *notes = typing.get_args(hint)
        texts = [note.description for note in notes if isinstance(note, Meta) and note.description]
        return bare, texts[0] if texts else described(bare)[1]
    plain_words = {bool: "true or false", int: "a whole number", str: "text"}
    origins = {dict: "an object", tuple: "a list"}
    return hint, plain_words.get(hint) or origins.get(typing.get_origin(hint), "another value")


def written(part: Part) -> dict[str, Json]:
    """A part as JSON: fields that differ from their defaults, then unknown keys."""
    result: dict[str, Json] = {}
    for name, default in _defaults(type(part)).items():
        value = getattr(part, name)
        if value != default or type(value) is not type(default):
            result[name] = _json(value)
    result.update(part.extra)
    return result


@cache
def _defaults(part: type[Part]) -> dict[str, Any]:
    """Default of each field by name, NODEFAULT for a required one."""
    fields = msgspec.structs.fields(part)
    return {
        field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in fields
        if field.name != "extra"
    }


def _json(value: Any) -> Json:
    if isinstance(value, Part):
        return written(value)
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    return value
