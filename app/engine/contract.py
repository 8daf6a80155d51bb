"""What a node declares, held against what it takes and gives (`strict`).

Whoever breaks a declaration is to blame: an output that is not of its type fails the node that gave it, not one behind
it. Named dimensions have one size in a call, over all inputs and outputs of a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import ValueMismatch
from ..ports import hint as hints
from ..ports import words
from ..ports.array import ArrayType, array_of
from ..ports.port import Port
from ..ports.value import verify
from .compiler.plan import Absence, NodePlan

Sizes = dict[str, tuple[int, str]]
"""By name of a dimension: its size, and the input or output that has it so."""


class Contract:
    """What one node declares.

    Args:
        node: The node.
    """

    def __init__(self, node: NodePlan) -> None:
        is_real = node.role in ("node", "converter")
        self._inputs = [source for source in node.inputs if is_real and not source.port.control]
        self._outputs = [output.port for output in node.returned] if is_real else []

    def takes(self, values: Sequence[Any]) -> None:
        """Hold the inputs against what is declared.

        Args:
            values: The slots of the epoch.
        Raises:
            ValueMismatch: One is not of its type, or of another size than another.
        """
        sizes: Sizes = {}
        for port, value in self._given(values):
            try:
                verify(value, port)
            except ValueMismatch as problem:
                raise ValueMismatch(f"input `{port.name}`: {problem}") from None
            if text := _other_size(value, port, sizes):
                raise ValueMismatch(f"input `{port.name}`: {text}")

    def gives(self, values: Sequence[Any], items: Sequence[Any]) -> None:
        """Hold the outputs against what is declared.

        Args:
            values: The slots of the epoch, in which the inputs still lie.
            items: The outputs.
        Raises:
            ValueMismatch: One is not of its type, or of another size than an input or another output.
        """
        sizes: Sizes = {}
        for port, value in self._given(values):
            _other_size(value, port, sizes)
        for port, value in zip(self._outputs, items, strict=False):
            if port.control or isinstance(value, Absence):
                continue
            try:
                verify(value, port)
            except ValueMismatch as problem:
                raise ValueMismatch(f"output `{port.name}` is not as the node declares it: {problem}") from None
            if text := _other_size(value, port, sizes):
                raise ValueMismatch(f"output `{port.name}` is not as the node declares it: {text}")

    def _given(self, values: Sequence[Any]) -> Iterator[tuple[Port, Any]]:
        for source in self._inputs:
            for slot in source.slots:
                if source.wired and not isinstance(values[slot], Absence):
                    yield source.port, values[slot]


def _other_size(value: Any, port: Port, sizes: Sizes) -> str:
    """Why an array does not go with the others, as a sentence; empty when it does. Takes the sizes that are new."""
    array = _array_among(port, value)
    if array is None:
        return ""
    known = {name: size for name, (size, _) in sizes.items()}
    if not array.accepts(value, known):
        said = words.listed(
            (f"{dim.name} is {sizes[dim.name][0]} (`{sizes[dim.name][1]}`)" for dim in _known(array, sizes)), "and"
        )
        return f"expected {words.one(port.hint)}, where {said}; found {words.shown(value)}"
    for name, size in known.items():
        sizes.setdefault(name, (size, port.name))
    return ""


def _array_among(port: Port, value: Any) -> ArrayType | None:
    """The one alternative of a port's type of which an array is."""
    for part in hints.alternatives(port.hint):
        array = array_of(hints.plain(part))
        if array is not None and array.accepts(value):
            return array
    return None


def _known(array: ArrayType, sizes: Mapping[str, Any]) -> Iterator[Any]:
    seen: set[str] = set()
    for dim in array.dims:
        if dim.name in sizes and dim.name not in seen:
            seen.add(dim.name)
            yield dim
