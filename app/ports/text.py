"""Types as text, as graph files keep them: `int`, `str | None`, `list[image.Grey]`, `Float32["h w 3"]`, `T`.

A grammar of our own. Reading a type never evaluates or imports anything; what nobody here knows becomes an `Unknown` of
that text, so that it is written back as it was read.
"""

from __future__ import annotations

import collections
import datetime
import enum
import json
import pathlib
import re
from collections import abc
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Never, TypeVar

import jaxtyping
import numpy as np

from ..errors import ValueMismatch
from . import hint as hints
from .array import ArrayType, array_of
from .hint import Hint, Unknown, arguments, label_of, normal, origin_of
from .words import shown

Labels = Callable[[str], Any]
"""Gives the hint of a name such as `image.Grey`, or None."""

LONGEST = 10_000
"""Characters of a text."""

DEEPEST = 50
"""Brackets within brackets that a text may have."""

_PLAIN: tuple[Hint, ...] = (
    *(bool, int, float, complex, str, bytes, bytearray, object, range, slice),
    *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta, pathlib.Path, np.ndarray),
    *(abc.Hashable, abc.Sized),
)
_OF_ONE: tuple[Hint, ...] = (
    *(list, set, frozenset, type, collections.deque, collections.Counter),
    *(abc.Collection, abc.Container, abc.Iterable, abc.Iterator, abc.Reversible),
    *(abc.Sequence, abc.MutableSequence, abc.Set, abc.MutableSet),
)
_OF_TWO: tuple[Hint, ...] = (
    *(dict, collections.defaultdict, collections.OrderedDict),
    *(abc.Mapping, abc.MutableMapping),
)
_ANY_NUMBER = -1
_PLACES: dict[Hint, int] = {
    **dict.fromkeys(_PLAIN, 0),
    **dict.fromkeys(_OF_ONE, 1),
    **dict.fromkeys(_OF_TWO, 2),
    abc.Generator: 3,
    abc.Callable: 2,
    tuple: _ANY_NUMBER,
}
"""How many types each class takes in its brackets."""

_NAME_OF: dict[Hint, str] = {cls: cls.__name__ for cls in _PLACES}
_NAMED: dict[str, Hint] = {name: cls for cls, name in _NAME_OF.items()} | {
    "None": type(None),
    "Any": Any,
    "Never": Never,
}
_FAMILIES: dict[str, Any] = {
    name: getattr(jaxtyping, name) for name in dir(jaxtyping) if hasattr(getattr(jaxtyping, name), "dtypes")
}

_TOKEN = re.compile(
    r"""\s*(?: (?P<name>~?[^\W\d]\w*(?:\.[^\W\d]\w*)*)
             | (?P<number>-?\d+)
             | (?P<text>"(?:[^"\\]|\\.)*")
             | (?P<mark>\.\.\.|[\[\],|()]) )""",
    re.VERBOSE,
)
_VARIABLE = re.compile(r"[A-Z]\d?|~\w+")
# Jaxtyping evaluates what is neither a name nor a number when it looks at an array: a file may have sums, never calls.
_HARMLESS_DIM = re.compile(r"\.\.\.|[#*?]*(?:[^\W\d]\w*=)?\w+(?:[-+*]\w+)*")


# ---------------------------------------------------------------- writing


def to_text(hint: Hint) -> str:
    """A type as graph files have it.

    The members of a union stand in alphabetical order, None last: Python takes `int | str` and `str | int` for the same
    and may hand out either, but a graph is to be the same bytes each time.
    """
    if isinstance(hint, TypeVar):
        return hint.__name__ if _VARIABLE.fullmatch(hint.__name__) else f"~{hint.__name__}"
    if hint is Any:
        return "Any"
    hint = normal(hint)
    if (label := label_of(hint)) is not None:
        return label.qualified
    if hints.is_opaque(hint):
        return str(getattr(hint, "name", hint))
    if hints.is_union(hint):
        texts = {to_text(part) for part in hints.alternatives(hint)}
        return " | ".join(sorted(texts, key=lambda text: (text == "None", text)))
    if (array := array_of(hint)) is not None:
        return _array_text(array)
    return _class_text(hint)


def _array_text(array: ArrayType) -> str:
    shape = json.dumps(array.dim_text, ensure_ascii=False)
    if array.container is not np.ndarray:
        return f"{array.text}[{to_text(Any if array.container is object else array.container)}, {shape}]"
    return "ndarray" if array.text == "Shaped" and array.dim_text == "..." else f"{array.text}[{shape}]"


def _class_text(hint: Hint) -> str:
    origin, parts = origin_of(hint), arguments(hint)
    if origin is Literal:
        return f"Literal[{', '.join(map(_literal_text, parts))}]"
    name = _name(origin)
    if hints.is_callable(hint) and parts:
        parameters, result = hints.signature_of(hint)
        before = "..." if parameters is None else f"[{', '.join(map(to_text, parameters))}]"
        return f"{name}[{before}, {to_text(result)}]"
    if not parts:
        return f"{name}[()]" if hint == tuple[()] else name
    return f"{name}[{', '.join('...' if part is ... else to_text(part) for part in parts)}]"


def _literal_text(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return f"{_name(type(value))}.{value.name}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return _as_name(repr(value)) if isinstance(value, bytes) else str(value)


def _name(origin: Any) -> str:
    if origin in _NAME_OF:
        return _NAME_OF[origin]
    if origin is type(None):
        return "None"
    if origin is Never:
        return "Never"
    module, name = getattr(origin, "__module__", ""), getattr(origin, "__qualname__", None)
    name = name or getattr(origin, "__name__", None) or str(origin)
    # What authors write (`Signal`, `ErrorInfo`) bears the name that they write it by.
    ours = module.startswith(f"{__name__.partition('.')[0]}.authoring.")
    return _as_name(name if ours or not module else f"{module}.{name}")


def _as_name(text: str) -> str:
    text = re.sub(r"[^\w.]", "_", text.replace("<locals>.", ""))
    return ".".join(f"_{word}" if word[:1].isdecimal() else word for word in text.split(".") if word) or "_"


# ---------------------------------------------------------------- reading


def parse(text: str, labels: Labels) -> Hint:
    """Read a type.

    Args:
        text: As `to_text` writes it, or by hand.
        labels: Asked for each name that is none of the grammar's own: labels, and types such as `Signal`.
    Raises:
        ValueMismatch: The text is no type; the message says where it goes wrong.
    """
    return _Reader(text, labels).read()


@dataclass(frozen=True, slots=True)
class _Value:
    """A text or number in brackets."""

    value: Any


class _Reader:
    """Reads one type from left to right; `_at` is the token that comes next."""

    def __init__(self, text: str, labels: Labels) -> None:
        self._text, self._labels, self._at, self._depth = text, labels, 0, 0
        self._tokens: list[re.Match[str]] = []
        if len(text) > LONGEST:
            raise self._refusal(f"it is longer than {LONGEST:,} characters", LONGEST)
        end = 0
        while text[end:].strip():
            match = _TOKEN.match(text, end)
            if match is None:
                raise self._refusal(f"`{text[end:].strip()[0]}` has no meaning here", end)
            self._tokens.append(match)
            end = match.end()

    def read(self) -> Hint:
        hint = self._union()
        if self._next():
            raise self._refusal(f"nothing more may follow, but `{self._next()}` does")
        return hint

    def _union(self) -> Hint:
        parts = [self._single()]
        while self._take("|"):
            parts.append(self._single())
        return hints.union(parts)

    def _single(self) -> Hint:
        start, name = self._at, self._next()
        if self._kind() != "name":
            raise self._refusal(f"a type's name is missing{f' before `{name}`' if name else ''}")
        self._at += 1
        parts = self._brackets() if self._take("[") else None
        if name in _FAMILIES:
            return self._array(name, parts, start)
        if name == "Literal":
            return self._literal(parts)
        hint = _NAMED.get(name)
        if hint is None:
            hint = self._labels(name)
        if hint is None:
            is_variable = parts is None and _VARIABLE.fullmatch(name)
            return _variable(name.lstrip("~")) if is_variable else Unknown(self._since(start))
        if parts is None:
            return hint
        try:
            return hint[self._types(hint, name, parts)]
        except TypeError:  # A type of a vessel's that takes no brackets, or others.
            return Unknown(self._since(start))

    def _brackets(self) -> list[Any]:
        """What stands between brackets: types, values, `...`, and lists of these."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refusal(f"brackets lie more than {DEEPEST} deep")
        parts: list[Any] = []
        if self._take("("):
            self._expect(")")
        elif self._next() != "]":
            parts.append(self._part())
            while self._take(","):
                parts.append(self._part())
        self._expect("]")
        self._depth -= 1
        return parts

    def _part(self) -> Any:
        if self._kind() == "text" or self._next() in ("True", "False") or self._kind() == "number":
            return _Value(self._value())
        if self._take("..."):
            return ...
        return self._brackets() if self._take("[") else self._union()

    def _value(self) -> Any:
        word = self._next()
        try:
            value = word == "True" if self._kind() == "name" else json.loads(word, strict=False)
        except ValueError:  # An escape that JSON has not; more digits than Python reads.
            raise self._refusal("this is no text and no number") from None
        self._at += 1
        return value

    def _literal(self, parts: list[Any] | None) -> Hint:
        if not parts:
            raise self._refusal('`Literal` needs values in brackets, such as `Literal["a", "b"]`')
        values = [part.value if isinstance(part, _Value) else None if part is type(None) else part for part in parts]
        # The member of an enumeration is a name that only its vessel knows.
        if not all(isinstance(value, str | int | Unknown | None) for value in values):
            raise self._refusal("`Literal` takes texts, whole numbers, True, False and None")
        return Literal[tuple(values)]

    def _array(self, family: str, parts: list[Any] | None, start: int) -> Hint:
        match parts:
            case [_Value(value=str() as shape)]:
                container: Hint = np.ndarray
            case [container, _Value(value=str() as shape)] if _is_type(container):
                pass
            case _:
                raise self._refusal(f'`{family}` needs a shape, such as `{family}["h w"]`')
        words = shape.split()
        if hints.is_opaque(container) or not all(map(_HARMLESS_DIM.fullmatch, words)):
            return Unknown(self._since(start))
        try:
            return _array_hint(family, container, " ".join(words))
        except (ValueError, TypeError, SyntaxError) as problem:
            raise self._refusal(f'"{shape}" is no shape: {problem}') from None

    def _types(self, hint: Hint, name: str, parts: list[Any]) -> tuple[Any, ...]:
        """What a class takes in its brackets.

        Raises:
            ValueMismatch: It takes something else.
        """
        if hint is abc.Callable:
            if len(parts) != 2 or not (parts[0] is ... or isinstance(parts[0], list)):
                raise self._refusal("`Callable` is written `Callable[[int], str]` or `Callable[..., str]`")
            types = [*(() if parts[0] is ... else parts[0]), parts[1]]
        else:
            types = parts[:1] if hint is tuple and parts[1:] == [...] else parts
        places = _PLACES.get(hint, _ANY_NUMBER)
        if places not in (_ANY_NUMBER, len(parts)):
            wanted = f"{places} type{'s' if places > 1 else ''} in its brackets" if places else "no brackets"
            raise self._refusal(f"`{name}` takes {wanted}")
        if not all(map(_is_type, types)):
            raise self._refusal(f"`{name}` takes types in its brackets")
        return tuple(parts)

    def _kind(self) -> str:
        return self._tokens[self._at].lastgroup or "" if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        return self._tokens[self._at][self._kind()] if self._at < len(self._tokens) else ""

    def _take(self, mark: str) -> bool:
        if self._next() != mark:
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._refusal(f"a `{mark}` is missing")

    def _since(self, start: int) -> str:
        return self._text[self._tokens[start].start("name") : self._tokens[self._at - 1].end()]

    def _refusal(self, problem: str, position: int | None = None) -> ValueMismatch:
        if position is None:
            position = self._tokens[self._at].start(self._kind()) if self._next() else len(self._text)
        return ValueMismatch(
            f"expected a type such as `list[image.Grey]`, found {shown(self._text)}: "
            f"{problem} (character {position + 1})"
        )


def _is_type(part: Any) -> bool:
    return part is not ... and not isinstance(part, _Value | list)


@lru_cache(maxsize=256)
def _variable(name: str) -> Any:
    return TypeVar(name)


@lru_cache(maxsize=4096)
def _array_hint(family: str, container: Hint, shape: str) -> Hint:
    return _FAMILIES[family][container, shape]
