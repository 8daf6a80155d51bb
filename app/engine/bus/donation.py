"""Donation: the last consumer of an array may work in it, in place, if it declares that it wants to.

An array is donated only when nobody else can see its memory: one reference is left on its slot, no other slot lies in
the same buffer, nothing holds it, and no Python object but those that the bus itself has refers to its owner. Whoever
calls holds the routing lock.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from .slots import Bus, Slots

_OWN_REFERENCES = 4
"""To a buffer's owner: the read-only view's `base`, the weight's tuple, one variable here and one of `getrefcount`."""

_SLOTS_REFERENCES = 3
"""To the view: the slot, one variable here and one of `getrefcount`."""


def donated(slots: Slots, bus: Bus, slot: int) -> npt.NDArray[Any] | None:
    """The array in a slot, to be written into; None if others need it as it is.

    Args:
        slots: Of the epoch.
        bus: Of the engine.
        slot: Where the array lies.
    """
    value, weight = slots.values[slot], slots.weights.get(slot)
    if type(value) is not np.ndarray or weight is None or len(weight.buffers) != 1 or slots.references[slot] != 1:
        return None
    (owner,) = weight.buffers
    if not isinstance(owner, np.ndarray) or not owner.flags.writeable or not bus.is_alone(owner):
        return None
    if value is owner or value.base is not owner or sys.getrefcount(owner) > _OWN_REFERENCES:
        return None
    if sys.getrefcount(value) > _SLOTS_REFERENCES:
        return None
    free = value.view()
    free.flags.writeable = True
    return free
