"""How heavy a value is, and how it is made safe to share.

Arrays are shared between nodes as read-only views of one buffer; a buffer weighs once, however many views there are.
Numbers weigh nothing: Python shares or re-uses them.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from ...authoring.control import Signal
from ..compiler.plan import Absence

PLAIN = frozenset({int, float, bool, complex, type(None), Signal, Absence})
"""Types whose values weigh nothing and cannot be written into."""

WALK = 1_000
"""Items of a container, at all depths, that are looked at; one with more is weighed and shared as it is."""


class Weight(NamedTuple):
    """What a value occupies.

    Attributes:
        own: Bytes of its own, buffers of arrays apart.
        buffers: The objects that own the memory of its arrays.
    """

    own: int = 0
    buffers: tuple[Any, ...] = ()


WEIGHTLESS = Weight()


def share(value: Any) -> tuple[Any, Weight]:
    """Make a value safe to give to several nodes, and weigh it. Raises nothing, whatever the value.

    Args:
        value: What a node returned; arrays of any shape and type, containers, anything.
    Returns:
        The value, arrays in it replaced by read-only views (no data is copied); and its weight.
    """
    kind = type(value)
    if kind in PLAIN:
        return value, WEIGHTLESS
    if kind in CONTAINERS:
        try:
            return _Walk().share(value)
        except RecursionError:
            return value, Weight(_own_size(value))
    return _share_one(value)


CONTAINERS = frozenset({list, tuple, dict})


class _Walk:
    """One way through a container; what is met again on it is neither walked nor weighed again."""

    def __init__(self) -> None:
        self._left = WALK
        self._shared: dict[int, Any] = {}  # By id of the container; while it is walked: itself.

    def share(self, value: Any) -> tuple[Any, Weight]:
        kind = type(value)
        if kind in PLAIN:
            return value, WEIGHTLESS
        if kind not in CONTAINERS:
            return _share_one(value)
        if id(value) in self._shared:
            return self._shared[id(value)], WEIGHTLESS
        own = _own_size(value)
        if len(value) > self._left:
            return value, Weight(own)
        self._left -= len(value)
        self._shared[id(value)] = value
        pairs = [self.share(item) for item in (value.values() if kind is dict else value)]
        weight = Weight(own + sum(w.own for _, w in pairs), tuple(buffer for _, w in pairs for buffer in w.buffers))
        shared = value
        if any(new is not old for (new, _), old in zip(pairs, value.values() if kind is dict else value, strict=True)):
            items = [item for item, _ in pairs]
            shared = dict(zip(value, items, strict=True)) if kind is dict else kind(items)
        self._shared[id(value)] = shared
        return shared, weight


def _share_one(value: Any) -> tuple[Any, Weight]:
    if isinstance(value, np.ndarray):
        try:
            return _view(value), Weight(0, (_owner(value),))
        except Exception:  # noqa: BLE001 - a sub-class's own code; its values still have to be carried.
            return value, Weight(_own_size(value))
    return value, Weight(_own_size(value))


def _view(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


def _owner(array: np.ndarray[Any, Any]) -> Any:
    owner: Any = array
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    return owner


def _own_size(value: Any) -> int:
    try:
        return max(1, sys.getsizeof(value))
    except Exception:  # noqa: BLE001 - `__sizeof__` is foreign code; a value without a size still has to be carried.
        return 1


def buffer_bytes(owner: Any) -> int:
    """Bytes of the memory that `owner` holds; at least 1."""
    size = getattr(owner, "nbytes", None)
    return max(1, size if isinstance(size, int) else _own_size(owner))
