"""Ports as wires name them (`blur.image`, `sum.items[2]`), and wires."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec import Struct

from ..errors import EditError
from .plain import Json

LONGEST_ID = 200
"""Characters of an id."""

_ID = re.compile(rf"[\w-]{{1,{LONGEST_ID}}}")
_PORT = re.compile(r"([\w-]+)\.([^.\[\]]+)(?:\[(0|[1-9][0-9]{0,6})\])?")


def is_id(text: object) -> bool:
    """Whether `text` may be the id of a node or the name of a sub-graph: letters, digits, `_` and `-`."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


class PortRef(Struct, frozen=True, cache_hash=True, gc=False):
    """A port of a node in a graph.

    Attributes:
        node: Id of the node.
        port: Name of the port.
        index: For a variadic input: which of its places, from 0.
    """

    node: str
    port: str
    index: int | None = None

    def __str__(self) -> str:
        return f"{self.node}.{self.port}" if self.index is None else f"{self.node}.{self.port}[{self.index}]"

    @classmethod
    def parse(cls, text: str) -> PortRef:
        """Read `node.port` or `node.port[2]`.

        Raises:
            EditError: The text has another form.
        """
        match = _PORT.fullmatch(text)
        if match is None:
            raise EditError(f'expected a port such as "blur.image" or "sum.items[2]", found "{text}"')
        node, port, index = match.groups()
        return cls(node, port, None if index is None else int(index))


WireKey: TypeAlias = tuple[PortRef, PortRef]
"""Source and target, by which a wire is known among those of its kind."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection from an output to an input. Equal ends make equal keys; an edit replaces the wire.

    Attributes:
        source: The output.
        target: The input.
        control: Whether it joins control ports.
        muted: Whether it is left out when the graph runs.
        extra: Keys of the file that this version does not know.
    """

    source: PortRef
    target: PortRef
    control: bool = False
    muted: bool = False
    extra: Mapping[str, Json] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> WireKey:
        """Source and target."""
        return self.source, self.target

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
