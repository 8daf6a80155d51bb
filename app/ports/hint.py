"""What a type hint says, whichever way it is written.

`list` and `typing.List`, `int | None` and `Optional[int]`, `Any` and `object` say the same of a value that flows. The
other modules here ask this one, so that each rule about types is written once, for one spelling.
"""

from __future__ import annotations

import collections.abc
import enum
import functools
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ForwardRef, Literal, LiteralString, Never, NoReturn, ParamSpec, TypeVar, Union

from .label import Label

P = ParamSpec("P")
R = TypeVar("R")

Hint = Any
"""A type hint: a class, a form of `typing`, a jaxtyping annotation, or an `Unknown`."""

_UNIONS = (Union, types.UnionType)
_WRAPPERS = tuple(
    getattr(typing, name)
    for name in ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")
    if hasattr(typing, name)
)
_ALIAS = getattr(typing, "TypeAliasType", ())
_SPELLINGS = (
    (None, type(None)),
    (Any, object),
    (LiteralString, str),
    (NoReturn, Never),
    (typing.Tuple, tuple),  # noqa: UP006  # `tuple[()]` has empty brackets, this alias none.
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Stands for a type that a graph file names and nothing here knows; fits itself and `Any` alone.

    Attributes:
        name: As the file has it.
    """

    name: str

    def __repr__(self) -> str:
        return self.name


class Strength(enum.IntEnum):
    """How surely a value of one type is one of another."""

    NEVER = 0
    """No value of the one is meant to be one of the other."""
    PERHAPS = 1
    """Some are: each has to be looked at."""
    ALWAYS = 2
    """Every one is."""


def label_of(hint: Hint) -> Label | None:
    """The label that a hint bears; the outermost, where one label is built on another."""
    if head_of(hint) is not Annotated:
        return None
    return next((note for note in reversed(hint.__metadata__) if isinstance(note, Label)), None)


def base_of(hint: Hint) -> Hint:
    """What a label is built on: the hint without its outermost label; a hint without label is its own base."""
    label = label_of(hint)
    if label is None:
        return hint
    notes = list(hint.__metadata__)
    while notes.pop() is not label:
        pass
    return Annotated[(hint.__origin__, *notes)] if notes else hint.__origin__


def plain(hint: Hint) -> Hint:
    """The Python type below labels, `NewType`s and type variables; `Any` is `object`, None is `NoneType`."""
    while True:
        inner = normal(hint)
        if head_of(inner) is Annotated:
            inner = inner.__origin__
        elif isinstance(inner, typing.NewType):
            inner = inner.__supertype__
        if inner is hint:
            return hint
        hint = inner


def normal(hint: Hint) -> Hint:
    """One spelling for all that say the same; labels and `NewType`s stay, and so does what is inside brackets."""
    while True:
        inner = _unwrapped(hint)
        if inner is hint:
            return hint
        hint = inner


def _unwrapped(hint: Hint) -> Hint:
    if isinstance(hint, type) and hint is not Any:
        return hint
    for spelling, same in _SPELLINGS:
        if hint is spelling:
            return same
    if isinstance(hint, TypeVar):
        return _bound(hint)
    if isinstance(hint, _ALIAS):
        return hint.__value__
    origin = head_of(hint)
    if origin is Annotated:
        return hint if label_of(hint) else hint.__origin__
    if origin in _WRAPPERS:
        return typing.get_args(hint)[0]
    if origin is None or typing.get_args(hint) or origin is tuple:
        return hint
    return origin  # `typing.List` alone


def _bound(variable: TypeVar) -> Hint:
    """What a variable may stand for as long as nothing is wired that says more."""
    if variable.__constraints__:
        return union(variable.__constraints__)
    return object if variable.__bound__ is None else variable.__bound__


def members(hint: Hint) -> tuple[Hint, ...]:
    """The types of which a value has one: a union's, flattened; a `Literal`'s one by one; else the hint itself."""
    hint = normal(hint)
    origin = head_of(hint)
    if origin in _UNIONS:
        return tuple(part for member in typing.get_args(hint) for part in members(member))
    if origin is Literal and len(typing.get_args(hint)) > 1:
        return tuple(Literal[value] for value in typing.get_args(hint))
    return (hint,)


def alternatives(hint: Hint) -> tuple[Hint, ...]:
    """The members of a union, flattened, with each `Literal` in one piece."""
    hint = normal(hint)
    if head_of(hint) in _UNIONS:
        return tuple(part for member in typing.get_args(hint) for part in alternatives(member))
    return (hint,)


def union(hints: collections.abc.Iterable[Hint]) -> Hint:
    """The type of values that have one of these types; `Never` when there is none."""
    hints = tuple(hints)
    return Union[hints] if hints else Never  # noqa: UP007  # of as many as there are


def is_union(hint: Hint) -> bool:
    """Whether a hint names several types of which a value has one."""
    return head_of(normal(hint)) in _UNIONS


def head_of(hint: Hint) -> Any:
    """What stands before the brackets: `list` for `list[int]`; None without brackets."""
    return typing.get_origin(hint)


def origin_of(hint: Hint) -> Hint:
    """What stands before the brackets: `list` for `list[int]`; the hint itself without brackets."""
    return head_of(hint) or hint


def class_of(hint: Hint) -> type | None:
    """The class of the values, if the hint names one."""
    origin = origin_of(plain(hint))
    return origin if isinstance(origin, type) else None


def arguments(hint: Hint) -> tuple[Hint, ...]:
    """What stands in the brackets; nothing for a hint without."""
    return typing.get_args(hint)


def is_named_tuple(hint: Hint) -> bool:
    """Whether a hint is a `NamedTuple`."""
    return isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")


@lru_cache(maxsize=1024)
def fields(cls: type) -> dict[str, Hint]:
    """The fields of a `NamedTuple`, `TypedDict` or dataclass, with their types; `object` where unreadable."""
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError):  # A forward reference that leads nowhere.
        return dict.fromkeys(getattr(cls, "__annotations__", {}), object)


def signature_of(hint: Hint) -> tuple[tuple[Hint, ...] | None, Hint]:
    """Parameters and result of a `Callable`; None for parameters that may be any."""
    match arguments(hint):
        case (list() as parameters, result):
            return tuple(parameters), result
        case (_, result):  # `...`, or a ParamSpec, of which nothing is known
            return None, result
    return None, object


def is_callable(hint: Hint) -> bool:
    """Whether a hint is a `Callable`, with or without brackets."""
    return origin_of(hint) is collections.abc.Callable


def is_opaque(hint: Hint) -> bool:
    """Whether nothing but its name is known of a type."""
    return isinstance(hint, Unknown | ForwardRef | str)


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """Remember a function's answers for hints that can be hashed; for others (`Annotated[int, []]`) work them out."""
    remembered = lru_cache(maxsize=8192)(function)

    @functools.wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            hash(args)
        except TypeError:
            return function(*args, **kwargs)
        return remembered(*args, **kwargs)  # type: ignore[arg-type]  # hashable, as was just seen

    return answer
