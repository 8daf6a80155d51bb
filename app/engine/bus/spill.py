"""Spilling: big arrays of a value move to a file, and come back page by page when somebody looks at them.

The file has no name (where the system allows that), so that nothing is left behind whatever happens. It lives as long
as an array over it.
"""

from __future__ import annotations

import mmap
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .weight import CONTAINERS, WALK

FROM_BYTES = 1 << 16
"""Smaller arrays stay: they would not be worth a file each."""

AnyArray = npt.NDArray[Any]


def spill(value: Any, folder: Path | None = None) -> Any:
    """Move the big arrays of a value to disk.

    Args:
        value: An array, or lists, tuples and dicts with arrays in them, at any depth; anything else stays as it is, as
            do arrays of Python objects, sub-classes of arrays, and containers too big to be walked through.
        folder: Where the files are; the system's folder for temporary files by default.
    Returns:
        The value, with read-only arrays of the same shape and type that are mapped from files; the very same one if
        nothing in it could be moved.
    Raises:
        OSError: A file cannot be written, as when the disk is full. The value given is unchanged in any case.
    """
    try:
        return _Walk(folder).spilled(value)
    except RecursionError:
        return value


class _Walk:
    """One way through a value; what is met again on it is neither walked nor written again."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._left = folder, WALK
        self._walked: dict[int, Any] = {}  # By id of the container; while it is walked: itself.
        self._written: dict[Any, AnyArray] = {}  # By the memory that the array shows.

    def spilled(self, value: Any) -> Any:
        kind = type(value)
        if kind is np.ndarray:
            return self._moved(value) if _can_move(value) else value
        if kind not in CONTAINERS:
            return value
        if id(value) in self._walked:
            return self._walked[id(value)]
        if len(value) > self._left:
            return value
        self._left -= len(value)
        self._walked[id(value)] = value
        before = list(value.values()) if kind is dict else list(value)
        after = [self.spilled(item) for item in before]
        if any(new is not old for new, old in zip(after, before, strict=True)):
            self._walked[id(value)] = dict(zip(value, after, strict=True)) if kind is dict else kind(after)
        return self._walked[id(value)]

    def _moved(self, array: AnyArray) -> AnyArray:
        key = (array.ctypes.data, array.shape, array.strides, array.dtype)
        if key not in self._written:
            self._written[key] = _on_disk(array, self._folder)
        return self._written[key]


def _can_move(array: AnyArray) -> bool:
    if array.nbytes < FROM_BYTES or array.dtype.hasobject:
        return False
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return not isinstance(owner, mmap.mmap)  # It is on disk already.


def _on_disk(array: AnyArray, folder: Path | None) -> AnyArray:
    # An array whose columns lie in one piece is written as it lies, and turned back.
    is_turned = array.flags.fnc
    rows = np.ascontiguousarray(array.T if is_turned else array)
    with tempfile.TemporaryFile(prefix="animaweave-", dir=folder) as file:
        file.write(rows.reshape(-1).view(np.uint8).data)
        file.flush()
        mapped = np.asarray(np.memmap(file, rows.dtype, "r", shape=rows.shape))
    return mapped.T if is_turned else mapped
