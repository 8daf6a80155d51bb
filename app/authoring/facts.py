"""What a declaration says that cannot stand, each as the rest of a sentence that begins with its place.

Nothing here raises or declares anything; an empty answer means that nothing is wrong.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Annotated, Any, Literal, Never, NoReturn, TypeVar, get_args, get_origin

from beartype.door import TypeHint
from beartype.roar import BeartypeException

from ..errors import ValueMismatch
from ..ports.field import MODES, Field
from ..ports.hint import alternatives, class_of
from ..ports.label import Label
from ..ports.port import MISSING, Port
from ..ports.value import verify

_OWN = ("animaweave.authoring", __package__)
_NUMBERS = (int, float, complex)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|[A-Za-z]+")
_HAS_ALREADY = "every node has a port `{}` already; choose another name"


def caller() -> str:
    """`file:line` of the vessel's code that is declaring something."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__package__")) in _OWN:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def place_of(function: Callable[..., Any]) -> str:
    """`file:line` of a function or class; of who is declaring it where it has no code of its own."""
    inner = inspect.unwrap(function)
    code = getattr(vars(inner).get("__call__") if inspect.isclass(inner) else inner, "__code__", None)
    return caller() if code is None else f"{code.co_filename}:{code.co_firstlineno}"


def wrong_hint(hint: Any) -> str:
    """What is wrong with a type hint itself."""
    if get_origin(hint) is Annotated:
        base, *notes = get_args(hint)
        for kind, word in ((Label, "labels"), (Field, "`Field`s")):
            if sum(isinstance(note, kind) for note in notes) > 1:
                return f"has two {word}; one is enough"
        if Field in notes:
            return "has the class `Field` in its annotation; write `Field()`, with what is to be said"
        return wrong_hint(base)
    if isinstance(hint, Label):
        return f'is of a label, which is no type; write `Annotated[str, vessel.label("{hint.name}")]`, say'
    if hint in (NoReturn, Never):
        return "is of a type that no value has"
    if get_origin(hint) is Literal or hint is Literal:
        return "" if get_args(hint) else "is a `Literal` without values; write those that it may have"
    if hint is Any or get_origin(hint) is not None or isinstance(hint, type | TypeVar | str):
        return ""
    try:
        TypeHint(hint)
    except BeartypeException:
        return f"is of {hint!r}, which is no type; write `float`, say"
    return ""


def wrong_input_name(port: Port) -> str:
    """What is wrong with the name of an input: a signal called `trigger` is the one that every node has."""
    return _HAS_ALREADY.format(port.name) if port.name == "trigger" and not port.control else ""


def wrong_output_name(port: Port) -> str:
    """What is wrong with the name of an output: a signal called `done` is the one that every node has."""
    return _HAS_ALREADY.format(port.name) if port.name == "done" and not port.control else ""


def wrong_field(port: Port) -> str:
    """What is wrong with the facts about an input."""
    field = port.field
    if field.mode not in MODES:
        return f"has no mode `{field.mode}`; it is one of {', '.join(MODES)}"
    if port.control:
        return "takes a signal, which cannot be `lazy`; only data can" if field.lazy else ""
    if field.mode != "AND":
        return "takes data, which has no `mode`; only a `Signal` has one"
    return _wrong_range(port) or _wrong_choices(port) or _wrong_widget(port)


def _wrong_range(port: Port) -> str:
    field = port.field
    for name, bound in (("min", field.min), ("max", field.max), ("step", field.step)):
        if bound is None:
            continue
        if type(bound) not in (int, float) or math.isnan(bound):
            return f"has {name}={bound!r}; it must be a number"
        if not _may_be(port, _NUMBERS):
            return f"has a `{name}`, but takes no numbers"
    if field.min is not None and field.max is not None and field.min > field.max:
        return f"has min={field.min:g} above max={field.max:g}, so that no value fits"
    return "" if field.step is None or field.step > 0 else f"has step={field.step:g}; it must be above 0"


def _wrong_choices(port: Port) -> str:
    choices = port.field.choices
    if type(choices) not in (tuple, list):
        return f"has choices={choices!r}; write a tuple of them"
    free = replace(port.field, choices=())
    for number, choice in enumerate(choices):
        if choice in choices[:number]:
            return f"has the choice {choice!r} twice"
        try:
            verify(choice, replace(port, field=free, default=MISSING))
        except ValueMismatch as mismatch:
            return f"has the choice {choice!r}, which does not fit it: {mismatch}"
    return ""


def _wrong_widget(port: Port) -> str:
    field = port.field
    if field.multiline and not _may_be(port, (str,)):
        return "is `multiline`, but takes no text"
    if (field.save or field.file_filter) and not _may_be(port, (PurePath, str)):
        return f"has `{'save' if field.save else 'file_filter'}`, but takes no path"
    return ""


def _may_be(port: Port, classes: tuple[type, ...]) -> bool:
    """Whether a value of the port may be of one of these classes, or hold some, as far as its type tells."""
    return any(_concerns(part, classes) for part in alternatives(port.hint))


def _concerns(hint: Any, classes: tuple[type, ...]) -> bool:
    cls = class_of(hint)
    if hint is Any or isinstance(hint, TypeVar) or get_origin(hint) is Literal or cls is None:
        return True
    if cls is not bool and issubclass(cls, classes):
        return True
    if get_args(hint) and cls in (list, tuple, set, frozenset, dict):
        return any(_concerns(part, classes) for argument in get_args(hint) for part in alternatives(argument))
    return hasattr(cls, "dtype") or cls is object


def wrong_vessel(name: Any, version: Any, colour: Any) -> str:
    """What is wrong with the facts about a vessel."""
    if name in ("graph", "input", "output"):
        return f"the name `{name}` is part of every graph; choose another"
    if not isinstance(version, str) or not version.strip():
        return f'found version={version!r}; a version is text such as "2"'
    return wrong_colour(colour) if colour else ""


def wrong_label(name: Any, colour: Any) -> str:
    """What is wrong with the facts about a label."""
    if not isinstance(name, str) or not _WORD.fullmatch(name):
        return f"a label's name is a word such as `Grey`; found {name!r}"
    return wrong_colour(colour) if colour is not None else ""


def wrong_colour(colour: Any) -> str:
    """What is wrong with a colour."""
    if isinstance(colour, str) and _COLOUR.fullmatch(colour):
        return ""
    return f'found colour={colour!r}; a colour is written as "#7fb2e5", or by its CSS name'


def wrong_aliases(aliases: Any) -> str:
    """What is wrong with old names by themselves."""
    if isinstance(aliases, str) or not isinstance(aliases, Sequence):
        return f'`aliases` is a list of names; write `aliases=["{aliases}"]`'
    for alias in aliases:
        if not isinstance(alias, str) or not all(map(_WORD.fullmatch, alias.split("."))) or alias.count(".") > 1:
            return f"an old name is a word such as `blur`, or with its vessel's, `image.blur`; found {alias!r}"
    return ""


def wrong_node_facts(deprecated: Any, memory_factor: Any, effects: Any) -> str:
    """What is wrong with further facts about a node."""
    if not isinstance(deprecated, str):
        return f'found deprecated={deprecated!r}; say what to use instead, such as "use `image.load`"'
    if isinstance(effects, str):
        return f'`effects` is a set of words; write `effects={{"{effects}"}}`'
    is_number = isinstance(memory_factor, int | float) and not isinstance(memory_factor, bool)
    if not is_number or not 0 <= memory_factor < float("inf"):
        return f"`memory_factor` is a number of at least 0; found {memory_factor!r}"
    return ""


def is_written_into(hint: Any) -> bool:
    """Whether values of a type could be overwritten in their place, as far as it tells."""
    return not all(class_of(part) in (int, float, complex, bool, str) for part in alternatives(hint))
