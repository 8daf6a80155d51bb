"""Whether the values of one type are values of another.

The answer has three strengths, found in one recursion: a container is as sure as its least sure part, a union as a
source likewise, a union as a target as its surest member. `ALWAYS` is reflexive and transitive.

`beartype.door.is_subhint` cannot serve inside that recursion: it knows no numeric tower, takes the parameters of a
`Callable` the wrong way round, a `tuple` for no `Sequence` of its items, fails on `TypedDict` and does not understand
arrays, all of which may lie deep in a hint. It decides on the forms that have no rule here.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import typing
from contextvars import ContextVar
from typing import Any, Literal, Never

import numpy as np
from beartype.door import is_subhint

from . import hint as hints
from .array import array_of, fits_array
from .hint import Hint, Strength, arguments, label_of, normal, origin_of

NEVER, PERHAPS, ALWAYS = Strength.NEVER, Strength.PERHAPS, Strength.ALWAYS

TOWER: tuple[tuple[type, type], ...] = (
    (bool, np.bool_),
    (int, np.integer),
    (float, np.floating),
    (complex, np.complexfloating),
)
"""PEP 484's numeric tower: each number is one of the next kind too. NumPy's scalars count as Python's."""


@hints.cached
def fits(source: Hint, target: Hint) -> Strength:
    """How surely a value of the source's type is one of the target's.

    What flows is read-only, so containers are covariant.
    """
    source, target = normal(source), normal(target)
    if target is object or source is target or source == target or source is Never:
        return ALWAYS
    if target is Never:
        return NEVER
    if len(parts := hints.members(source)) > 1:
        return _all_or_some([fits(part, target) for part in parts])
    if hints.is_union(target):
        return max(fits(source, part) for part in hints.alternatives(target))
    if source is object:
        return PERHAPS
    for rule in (_named, _literal, _array, _callable, _type, _typed_dict, _tuple):
        found = rule(source, target)
        if found is not None:
            return found
    return _generic(source, target)


def tower_rank(cls: Any) -> int | None:
    """How high a class stands in the numeric tower, from `bool` at 0 to `complex` at 3; None if it is no number's."""
    if isinstance(cls, type):
        for rank, kinds in enumerate(TOWER):
            if issubclass(cls, kinds):
                return rank
    return None


def element_of(hint: Hint) -> Hint | None:
    """The type of the items of a list, tuple or other sequence; None for what is no list."""
    hint = normal(hint)
    if len(parts := hints.alternatives(hint)) > 1:
        items = [element_of(part) for part in parts]
        return None if None in items else hints.union(items)
    hint = hints.plain(hint)
    origin = origin_of(hint)
    if not isinstance(origin, type) or issubclass(origin, str | bytes):
        return None
    return _items(hint) if issubclass(origin, collections.abc.Sequence) else None


def _all_or_some(strengths: list[Strength]) -> Strength:
    if min(strengths) is ALWAYS:
        return ALWAYS
    return PERHAPS if max(strengths) else NEVER


# ---------------------------------------------------------------- a rule a form; None: not this one's


def _named(source: Hint, target: Hint) -> Strength | None:
    """Labels and NewTypes: a name fits what it is built on, never the other way round."""
    have, want = label_of(source), label_of(target)
    if want is not None:
        if have == want:
            return ALWAYS
        if have is not None:
            base = hints.base_of(source)
            return fits(base, target) if label_of(base) else NEVER
        return fits(source, hints.base_of(target)) if want.accepts_base else NEVER
    if have is not None:
        return fits(hints.base_of(source), target)
    if hints.is_opaque(source) or hints.is_opaque(target):
        return NEVER
    if isinstance(source, typing.NewType):
        return fits(source.__supertype__, target)
    return NEVER if isinstance(target, typing.NewType) else None


def _literal(source: Hint, target: Hint) -> Strength | None:
    if origin_of(target) is Literal:
        values = arguments(target)
        if origin_of(source) is Literal:
            (value,) = arguments(source)
            return ALWAYS if any(type(value) is type(v) and value == v for v in values) else NEVER
        # A value of the source's own class may be the one; not a `True` for an `int`, which the tower forbids.
        classes = {type(value) for value in values}
        return PERHAPS if any(fits(cls, source) and not _steps_down(source, cls) for cls in classes) else NEVER
    if origin_of(source) is Literal:
        (value,) = arguments(source)
        return fits(type(value), target)
    return None


def _array(source: Hint, target: Hint) -> Strength | None:
    have, want = array_of(source), array_of(target)
    if have and want:
        return fits_array(have, want)
    if have:
        return PERHAPS if have.container is object else _generic(have.container, target)
    if want:
        return PERHAPS if _nominal(want.container, origin_of(source)) is ALWAYS else NEVER
    return None


def _callable(source: Hint, target: Hint) -> Strength | None:
    if not hints.is_callable(target):
        return None
    want, want_result = hints.signature_of(target)
    if hints.is_callable(source):
        have, have_result = hints.signature_of(source)
        return min(_parameters(have, want), fits(have_result, want_result))
    if _nominal(origin_of(source), origin_of(target)) is ALWAYS:  # a class, or an object with `__call__`
        return ALWAYS if want is None and normal(want_result) is object else PERHAPS
    return NEVER


def _parameters(have: tuple[Hint, ...] | None, want: tuple[Hint, ...] | None) -> Strength:
    """A function fits where it takes at least what it will be given."""
    if want is None:
        return ALWAYS
    if have is None:
        return PERHAPS
    if len(have) != len(want):
        return NEVER
    sure = ALWAYS
    for given, taken in zip(want, have, strict=True):
        strength = fits(given, taken)
        if strength is PERHAPS and normal(given) is not object:
            return NEVER  # It will be called with what it does not take, and nothing could verify that before.
        sure = min(sure, strength)
    return sure


def _type(source: Hint, target: Hint) -> Strength | None:
    if origin_of(source) is type and origin_of(target) is type:
        (have, want) = (*arguments(source), object)[0], (*arguments(target), object)[0]
        return fits(have, want)
    return None


def _typed_dict(source: Hint, target: Hint) -> Strength | None:
    if typing.is_typeddict(target):
        wanted = hints.fields(target)
        if typing.is_typeddict(source):
            return _fields(source, target)
        if _nominal(origin_of(source), collections.abc.Mapping) is not ALWAYS:
            return PERHAPS if _nominal(dict, origin_of(source)) is ALWAYS else NEVER
        key, value = _pairs(source)
        likely = fits(key, str) and all(fits(value, wanted[name]) for name in target.__required_keys__)
        return PERHAPS if likely else NEVER
    if typing.is_typeddict(source):
        strength = fits(dict[str, object], target)
        if strength is PERHAPS and len(arguments(target)) == 2:
            value = arguments(target)[1]
            return PERHAPS if all(fits(field, value) for field in hints.fields(source).values()) else NEVER
        return strength
    return None


def _fields(source: Any, target: Any) -> Strength:
    have, want = hints.fields(source), hints.fields(target)
    if any(name not in have for name in want):
        return NEVER
    if (source, target) in _comparing.get():
        return PERHAPS  # A type that has itself for a part: left to the values, which end somewhere.
    token = _comparing.set(_comparing.get() | {(source, target)})
    try:
        sure = min((fits(have[name], hint) for name, hint in want.items()), default=ALWAYS)
    finally:
        _comparing.reset(token)
    return sure if target.__required_keys__ <= source.__required_keys__ else min(sure, PERHAPS)


_comparing: ContextVar[frozenset[tuple[Any, Any]]] = ContextVar("comparing", default=frozenset())


def _tuple(source: Hint, target: Hint) -> Strength | None:
    have, want = as_tuple(source), as_tuple(target)
    if have is None or want is None or hints.is_named_tuple(origin_of(target)):
        return None
    (items, open_source), (wanted, open_target) = have, want
    if not open_source and not open_target and len(items) != len(wanted):
        return NEVER
    length = max(len(items), len(wanted))
    parts = [
        fits(item, want)
        for item, want in zip(
            items * length if open_source else items, wanted * length if open_target else wanted, strict=False
        )
    ]
    sure = min(parts, default=ALWAYS)
    return min(sure, PERHAPS) if open_source and not open_target else sure


def as_tuple(hint: Hint) -> tuple[tuple[Hint, ...], bool] | None:
    """The items of a tuple, and whether the one item stands for any number."""
    origin = origin_of(hint)
    if hints.is_named_tuple(origin):
        return tuple(hints.fields(origin).values()), False
    if origin is not tuple:
        return None
    items = arguments(hint)
    if hint is tuple:
        return (object,), True
    return (items[:1], True) if items[1:] == (...,) else (items, False)


def _generic(source: Hint, target: Hint) -> Strength:
    have, want = origin_of(source), origin_of(target)
    if not (isinstance(have, type) and isinstance(want, type)):
        return ALWAYS if _beartype_knows(source, target) else NEVER
    strength = _nominal(have, want)
    if strength is ALWAYS and arguments(target):
        return min(map(fits, seen_as(source, want, len(arguments(target))), arguments(target)), default=ALWAYS)
    if strength is PERHAPS and arguments(source):
        seen = seen_as(target, have, len(arguments(source)))
        return PERHAPS if all(map(fits, arguments(source), seen)) else NEVER
    return strength


# ---------------------------------------------------------------- classes


def _nominal(source: Any, target: Any) -> Strength:
    """Classes without their brackets."""
    if not (isinstance(source, type) and isinstance(target, type)):
        return NEVER
    rank = tower_rank(source)
    if _steps_down(source, target):
        return NEVER
    # What every number of a higher kind is, one of a lower kind is too: an `int` is a `numbers.Real`.
    ladder = [source] if rank is None else [source, *(kinds[0] for kinds in TOWER[rank:])]
    if any(_is_subclass(cls, target) for cls in ladder):
        # Python takes `Sequence` for hashable, but not every sequence is.
        return PERHAPS if target is collections.abc.Hashable and inspect.isabstract(source) else ALWAYS
    return PERHAPS if _is_subclass(target, source) else NEVER


def _steps_down(source: Any, target: Any) -> bool:
    """Whether a wire would go down the numeric tower, as from `float` to `int`."""
    have, want = tower_rank(source), tower_rank(target)
    return have is not None and want is not None and have > want


def _is_subclass(cls: type, other: type) -> bool:
    try:
        return issubclass(cls, other)
    except TypeError:  # A protocol that is not for checking at run time, or has fields.
        wanted = protocol_members(other)
        return bool(wanted) and all(hasattr(cls, name) or name in hints.fields(cls) for name in wanted)


def protocol_members(protocol: type) -> set[str]:
    """Names of the methods and fields that a protocol asks for; none for a class that is no protocol."""
    names: set[str] = set()
    for cls in protocol.__mro__:
        if getattr(cls, "_is_protocol", False) and cls is not typing.Protocol:
            names.update(vars(cls), vars(cls).get("__annotations__", ()))
    return {name for name in names if not name.startswith("_abc_")} - _EVERY_PROTOCOL_HAS


class _Empty(typing.Protocol):
    pass


_EVERY_PROTOCOL_HAS = {*vars(_Empty), "__annotations__", "__doc__", "__orig_bases__", "__type_params__", "__slots__"}


def _beartype_knows(source: Hint, target: Hint) -> bool:
    try:
        return bool(is_subhint(source, target))
    except Exception:  # noqa: BLE001  # It raises its own errors, and TypeError, on forms that it does not know.
        return False


# ---------------------------------------------------------------- what is in the brackets, seen from another class


def seen_as(hint: Hint, cls: type, count: int) -> tuple[Hint, ...]:
    """The arguments with which a hint is a `cls[…]`: `dict[str, int]` is an `Iterable[str]`; `object` if unknown."""
    origin = origin_of(hint)
    if origin is cls:
        seen = arguments(hint)
    elif (inherited := _inherited(hint, cls)) is not None:
        return seen_as(inherited, cls, count)
    elif count == 2 and _is_subclass(cls, collections.abc.Mapping):
        seen = _pairs(hint)
    elif count == 1:
        seen = (_items(hint),)
    else:
        seen = ()
    return (*seen, *[object] * count)[:count]


def _inherited(hint: Hint, cls: type) -> Hint | None:
    """The base, as declared by a class of somebody's own, through which it is a `cls`."""
    origin = origin_of(hint)
    for base in getattr(origin, "__orig_bases__", ()):
        above = hints.head_of(base)
        if isinstance(above, type) and above is not typing.Generic and _is_subclass(above, cls):
            if not (parameters := getattr(base, "__parameters__", ())):
                return base
            own = dict(zip(getattr(origin, "__parameters__", ()), arguments(hint), strict=False))
            return base[tuple(own.get(parameter, object) for parameter in parameters)]
    return None


def _items(hint: Hint) -> Hint:
    """What iterating over a value gives."""
    items = as_tuple(hint)
    if items is not None:
        return hints.union(items[0])
    origin = origin_of(hint)
    if _is_subclass(origin, str):
        return str
    if _is_subclass(origin, bytes) or origin in (bytearray, memoryview, range):
        return int
    if typing.is_typeddict(origin):
        return str
    return (*arguments(hint), object)[0]


def _pairs(hint: Hint) -> tuple[Hint, Hint]:
    """The keys and values of a mapping."""
    have = arguments(hint)
    if origin_of(hint) is collections.Counter:
        return (*have, object)[0], int
    return (have[0], have[1]) if len(have) == 2 else (object, object)
