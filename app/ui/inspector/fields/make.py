"""Which field edits a port's value."""

from __future__ import annotations

import enum
from pathlib import Path, PurePath
from typing import Literal, get_args

from ....ports.hint import alternatives, class_of, label_of, origin_of, plain
from ....ports.port import Port
from ...theme import Theme
from .choice import ChoiceField, SegmentField, are_few
from .field import ValueField
from .number import NumberField
from .text import CheckField, LinesField, PathField, TextField


def field_for(port: Port, theme: Theme, folder: Path | None) -> ValueField:
    """A field for the values of a port.

    Args:
        port: The port.
        theme: Colours and fonts.
        folder: Paths are relative to it; None while the document has no file.
    """
    name = port.name.replace("_", " ")
    kinds = [kind for kind in alternatives(port.hint) if kind is not type(None)]
    values = _choices(port, kinds)
    if values:
        return SegmentField(values, name, theme) if are_few(values) else ChoiceField(values, name)
    label = label_of(port.hint)
    if len(kinds) != 1 or (label is not None and label.codec is not None):
        return TextField(port, is_text=False)
    cls = class_of(kinds[0])
    if cls is bool:
        return CheckField(name)
    if cls in (int, float):
        return NumberField(port, theme, is_whole=cls is int)
    if cls is str:
        may_be_none = len(alternatives(port.hint)) > 1
        return LinesField(port, theme) if port.field.multiline else TextField(port, is_text=not may_be_none)
    if cls is not None and issubclass(cls, PurePath):
        return PathField(port, theme, folder)
    return TextField(port, is_text=False)


def _choices(port: Port, kinds: list[object]) -> tuple[object, ...]:
    """The values that a port may have, if they are few enough to be told: its own, a `Literal`'s, an enumeration's."""
    if port.field.choices:
        return tuple(port.field.choices)
    if len(kinds) != 1:
        return ()
    base = plain(kinds[0])
    may_be_none = (None,) if len(alternatives(port.hint)) > 1 else ()
    if origin_of(base) is Literal:
        return (*may_be_none, *get_args(base))
    cls = class_of(base)
    if cls is not None and issubclass(cls, enum.Enum):
        return (*may_be_none, *cls)
    return ()
