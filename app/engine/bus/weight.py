"""How heavy a value is, and how it is made safe to share.

Arrays are shared between nodes as read-only views of one buffer; a buffer weighs once, however many views there are.
Numbers weigh nothing: Python shares or re-uses them.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from ...authoring.control import Signal

PLAIN = frozenset({int, float, bool, complex, type(None), Signal})
"""Types whose values weigh nothing and cannot be written into."""

WALK = 1_000
"""Containers of more items than this weigh their own size only."""


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
    """Make a value safe to give to several nodes, and weigh it.

    Args:
        value: What a node returned; arrays of any shape and type, containers, anything.
    Returns:
        The value, arrays in it replaced by read-only views (no data is copied); and its weight.
    """
    kind = type(value)
    if kind in PLAIN:
        return value, WEIGHTLESS
    if isinstance(value, np.ndarray):
        return _view(value), Weight(0, (_owner(value),))
    if kind in (list, tuple, dict) and len(value) <= WALK:
        return _share_items(value)
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


def _share_items(value: Any) -> tuple[Any, Weight]:
    own, changed = _own_size(value), False
    buffers: list[Any] = []
    items: list[Any] = []
    for item in value.values() if isinstance(value, dict) else value:
        shared, weight = share(item)
        own += weight.own
        buffers.extend(weight.buffers)
        changed = changed or shared is not item
        items.append(shared)
    if changed:
        value = dict(zip(value, items, strict=True)) if isinstance(value, dict) else type(value)(items)
    return value, Weight(own, tuple(buffers))


def _own_size(value: Any) -> int:
    try:
        return max(1, sys.getsizeof(value))
    except Exception:  # noqa: BLE001 - `__sizeof__` is foreign code; a value without a size still has to be carried.
        return 1


def buffer_bytes(owner: Any) -> int:
    """Bytes of the memory that `owner` holds; at least 1."""
    size = getattr(owner, "nbytes", None)
    return max(1, size if isinstance(size, int) else _own_size(owner))
