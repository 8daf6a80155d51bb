"""Whether a value is one of a type.

The rules are those of `subtype`, read for values: the numeric tower counts, all items of a container are looked at, and
a label asks what its base type asks. A type is made into a function once, so that a wire that is checked costs little.
"""

from __future__ import annotations

import typing
from collections import abc
from collections.abc import Callable
from typing import Any, Literal, Never

import numpy as np
from beartype.door import is_bearable

from . import hint as hints
from .array import array_of
from .hint import Hint, Strength, arguments, origin_of, plain
from .subtype import TOWER, fits, protocol_members

Test = Callable[[Any], bool]


def holds(value: Any, hint: Hint) -> bool:
    """Whether a value is one of the type."""
    return test_of(hint)(value)


@hints.cached
def test_of(hint: Hint) -> Test:
    """The function that says whether a value is one of the type."""
    hint = plain(hint)
    if hint is object:
        return _anything
    if hint is Never or hints.is_opaque(hint):
        return _nothing
    if hints.is_union(hint):
        return _any_of([test_of(part) for part in hints.alternatives(hint)])
    origin = origin_of(hint)
    if origin is Literal:
        return _one_of(arguments(hint))
    if (array := array_of(hint)) is not None:
        return array.accepts
    if typing.is_typeddict(hint):
        return _typed_dict(hint)
    if not isinstance(origin, type):
        return lambda value: bool(is_bearable(value, hint))
    if origin in _NUMBERS:
        return _instance_of(_NUMBERS[origin])
    parts = arguments(hint)
    if origin is type and parts:
        return lambda value: isinstance(value, type) and fits(value, parts[0]) is Strength.ALWAYS
    if not parts and origin is not tuple:
        return _instance_of(origin)
    return _container(hint, origin, parts)


_NUMBERS: dict[type, tuple[type, ...]] = {
    kinds[0]: tuple(cls for lower in TOWER[: rank + 1] for cls in lower) for rank, kinds in enumerate(TOWER)
}


def _anything(_value: Any) -> bool:
    return True


def _nothing(_value: Any) -> bool:
    return False


def _any_of(tests: list[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _one_of(values: tuple[Any, ...]) -> Test:
    return lambda value: any(type(value) is type(one) and value == one for one in values)


def _instance_of(cls: type | tuple[type, ...]) -> Test:
    try:
        isinstance(None, cls)
    except TypeError:  # A protocol that is not for checking at run time.
        names = protocol_members(typing.cast(type, cls))
        return lambda value: all(hasattr(value, name) for name in names)
    return lambda value: isinstance(value, cls)


def _typed_dict(hint: Any) -> Test:
    fields, required = hints.fields(hint), hint.__required_keys__

    def test(value: Any) -> bool:
        # Fields are made into tests late: one may be of this very type.
        return (
            isinstance(value, abc.Mapping)
            and required <= value.keys()
            and all(test_of(field)(value[name]) for name, field in fields.items() if name in value)
        )

    return test


def _container(hint: Hint, origin: type, parts: tuple[Any, ...]) -> Test:
    if origin is tuple:
        return _tuple(hint, parts)
    if issubclass(origin, abc.Mapping) and len(parts) == 2:
        key, item = map(test_of, parts)
        return lambda value: isinstance(value, origin) and all(key(k) and item(v) for k, v in value.items())
    if len(parts) == 1 and (issubclass(origin, abc.Collection) or issubclass(list, origin)):
        item = test_of(parts[0])
        return lambda value: isinstance(value, origin) and all(map(item, _seen_again(value)))
    return _instance_of(origin)


def _seen_again(value: Any) -> abc.Iterable[Any]:
    """The items that may be looked at: of what can be iterated over only once, none."""
    if isinstance(value, np.ndarray):
        return value if value.ndim else ()
    return value if isinstance(value, abc.Collection) else ()


def _tuple(hint: Hint, parts: tuple[Any, ...]) -> Test:
    if hint is tuple:
        return _instance_of(tuple)
    if parts[1:] == (...,):
        every = test_of(parts[0])
        return lambda value: isinstance(value, tuple) and all(map(every, value))
    tests = [test_of(part) for part in parts]
    return lambda value: (
        isinstance(value, tuple) and len(value) == len(tests) and all(t(v) for t, v in zip(tests, value, strict=True))
    )
