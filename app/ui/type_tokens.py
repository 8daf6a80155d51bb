"""Which token colours a type that has no label: by kind of value, whatever the hint's spelling."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Collection, Mapping
from typing import Literal, get_args

from ..authoring.control import Signal
from ..authoring.error_info import ErrorInfo
from ..ports.array import array_of
from ..ports.hint import Hint, alternatives, class_of, is_opaque, is_union, origin_of
from ..ports.subtype import element_of

ANY = "t-any"

_ARRAYS = {"bool": "t-bool", "float": "t-float", "complex": "t-float", "int": "t-int", "uint": "t-int"}
_CLASSES: dict[type, str] = {
    Signal: "t-control",
    ErrorInfo: "t-error",
    bool: "t-bool",
    int: "t-int",
    float: "t-float",
    complex: "t-float",
    str: "t-text",
    pathlib.PurePath: "t-path",
    Mapping: "t-table",
    Collection: "t-table",
}
"""The first of which a class is one counts."""


def content_of(hint: Hint) -> Hint:
    """What gives a type its colour: a list's items, what may be there or not; the type itself if it is neither."""
    if is_opaque(hint) or array_of(hint) is not None:
        return hint
    if is_union(hint):
        members = [member for member in alternatives(hint) if member is not type(None)]
        return members[0] if len(members) == 1 else hint
    element = element_of(hint)
    return hint if element is None else element


def token_of(hint: Hint) -> str:
    """The token of a type without label."""
    if is_opaque(hint):
        return ANY
    if (array := array_of(hint)) is not None:
        kinds = {re.sub(r"\d.*", "", name) for name in array.dtypes or ()}
        return _ARRAYS.get(kinds.pop(), ANY) if len(kinds) == 1 else ANY
    if origin_of(hint) is Literal:
        tokens = {_of_class(type(value)) for value in get_args(hint)}
        return tokens.pop() if len(tokens) == 1 else ANY
    cls = class_of(hint)
    return ANY if cls is None else _of_class(cls)


def _of_class(cls: type) -> str:
    return next((token for known, token in _CLASSES.items() if issubclass(cls, known)), ANY)
