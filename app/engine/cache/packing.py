"""Values as bytes that are safe to read: whatever the bytes, reading them runs no code and looks up no name.

Packed values are a line of JSON and the data of the arrays that it refers to. What JSON lacks is an object with one
key: `{"tuple": [...]}`. Only values whose form says all have one, and only exact types: an instance of a class of
somebody's own would need that class to be found again, which is running code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...authoring.control import Signal
from ..compiler.plan import Absence

Parts = list[bytes | memoryview]
"""Bytes to be written one after another."""

_ALIGNMENT = 64
_OWN_PATH = type(Path())


class Unsafe(Exception):
    """A value has no form that is safe to read."""


class Corrupt(Exception):
    """Bytes are none that `pack` wrote."""


def pack(values: tuple[Any, ...]) -> Parts:
    """Write values as bytes; the data of arrays is not copied where it lies in one piece.

    Raises:
        Unsafe: One of them has no safe form.
    """
    packer = _Packer()
    try:
        tree = [packer.plain(value) for value in values]
        head = json.dumps([tree, [_facts(array) for array in packer.arrays]]).encode("ascii") + b"\n"
    except (ValueError, RecursionError) as problem:  # A number of too many digits; half a character; a list in itself.
        raise Unsafe(str(problem)) from None
    parts: Parts = [head]
    written = len(head)
    for array in packer.arrays:
        for part in (bytes(-written % _ALIGNMENT), _data(array)):
            parts.append(part)
            written += len(part)
    return parts


def unpack(data: bytes, start: int = 0) -> tuple[Any, ...]:
    """Read values; arrays are views of `data`, and read-only.

    Args:
        data: What `pack` wrote, from `start` on, which is a multiple of 64.
        start: Where it begins.
    Raises:
        Corrupt: `pack` did not write this.
    """
    try:
        end = data.index(b"\n", start) + 1
        tree, facts = json.loads(data[start:end])
        arrays: list[Any] = []
        for descr, shape, in_fortran_order in facts:
            begin = end + -end % _ALIGNMENT
            dtype = np.lib.format.descr_to_dtype(_with_tuples(descr))
            end = begin + math.prod(shape) * dtype.itemsize
            # `frombuffer` makes no array without items.
            flat = np.frombuffer(data, dtype, math.prod(shape), begin) if math.prod(shape) else np.empty(0, dtype)
            flat.flags.writeable = False
            arrays.append(flat.reshape(shape, order="F" if in_fortran_order else "C"))
        return tuple(_value(item, arrays) for item in tree)
    except Exception as problem:  # noqa: BLE001 - bytes from anywhere: whatever is wrong with them, `pack` did not write them
        raise Corrupt(str(problem) or type(problem).__name__) from None


# ---------------------------------------------------------------- writing


class _Packer:
    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self._numbers: dict[int, int] = {}  # By id of the array.

    def plain(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, float):
            return value
        if kind is str:
            return _text(value)
        if kind is list:
            return [self.plain(item) for item in value]
        if kind in _SEQUENCES:
            return {kind.__name__: [self.plain(item) for item in value]}
        if kind is dict:
            return {"dict": [[self.plain(key), self.plain(item)] for key, item in value.items()]}
        if kind is np.ndarray:
            return {"array": self._number(value)}
        if isinstance(value, np.generic):
            return {"scalar": self._number(np.asarray(value))}
        if kind is bytes:
            return {"bytes": self._number(np.frombuffer(value, np.uint8))}
        if kind is complex:
            return {"complex": [value.real, value.imag]}
        if kind is _OWN_PATH:
            return {"path": _text(str(value))}
        if kind is Signal:
            return {"signal": value.name}
        if kind is Absence:
            return {"absent": [_text(value.reason), value.failed]}
        raise Unsafe(f"a {kind.__name__}")

    def _number(self, array: np.ndarray[Any, Any]) -> int:
        if array.dtype.hasobject or array.dtype.metadata or not array.dtype.itemsize or not _has_form(array.dtype):
            raise Unsafe(f"an array of {array.dtype}")
        if id(array) not in self._numbers:
            self._numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._numbers[id(array)]


def _text(text: str) -> str:
    text.encode()  # Raises for halves of characters: JSON would join them.
    return text


def _facts(array: np.ndarray[Any, Any]) -> list[Any]:
    return [np.lib.format.dtype_to_descr(array.dtype), array.shape, _is_in_fortran_order(array)]


def _is_in_fortran_order(array: np.ndarray[Any, Any]) -> bool:
    return bool(array.flags.f_contiguous and not array.flags.c_contiguous)


def _data(array: np.ndarray[Any, Any]) -> memoryview:
    return array.ravel(order="F" if _is_in_fortran_order(array) else "C").view(np.uint8).data


# ---------------------------------------------------------------- reading

_SEQUENCES: dict[type, Callable[[list[Any]], Any]] = {tuple: tuple, set: set, frozenset: frozenset}


def _has_form(dtype: np.dtype[Any]) -> bool:
    """Whether JSON says all about the items of an array; of the fields of records it may not."""
    if dtype.names is None:
        return True
    descr = json.loads(json.dumps(np.lib.format.dtype_to_descr(dtype)))
    return bool(np.lib.format.descr_to_dtype(_with_tuples(descr)) == dtype)


def _with_tuples(descr: Any) -> Any:
    """The fields of a record: JSON made lists of the tuples in which NumPy has them."""
    if isinstance(descr, str):
        return descr
    return [
        (name if isinstance(name, str) else tuple(name), _with_tuples(inner), *map(tuple, shape))
        for name, inner, *shape in descr
    ]


def _value(tree: Any, arrays: Sequence[Any]) -> Any:
    if isinstance(tree, list):
        return [_value(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    ((tag, content),) = tree.items()
    if tag in _READERS:
        return _READERS[tag](content, arrays)
    return _SEQUENCE_NAMES[tag]([_value(item, arrays) for item in content])


_SEQUENCE_NAMES = {kind.__name__: make for kind, make in _SEQUENCES.items()}
_READERS: dict[str, Callable[[Any, Sequence[Any]], Any]] = {
    "dict": lambda pairs, arrays: {_value(key, arrays): _value(item, arrays) for key, item in pairs},
    "array": lambda number, arrays: arrays[number],
    "scalar": lambda number, arrays: arrays[number][()],
    "bytes": lambda number, arrays: arrays[number].tobytes(),
    "complex": lambda parts, _: complex(*parts),
    "path": lambda text, _: Path(text),
    "signal": lambda name, _: Signal[name],
    "absent": lambda content, _: Absence(*content),
}
