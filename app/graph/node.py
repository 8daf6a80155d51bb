"""A node of a graph, and the names that nodes get."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from types import MappingProxyType

from .plain import Json
from .run_settings import PLAIN_RUN, RunSettings
from .wire import LONGEST_ID, PortRef, is_id


class Node:
    """An instance of a node type. Read it; its graph changes it.

    `node["image"]` is its port `image`, to be wired.
    """

    __slots__ = ("_extra", "_id", "_params", "_run", "_type")

    def __init__(
        self,
        id: str,  # noqa: A002
        node_type: str,
        params: dict[str, Json] | None = None,
        run: RunSettings = PLAIN_RUN,
        extra: dict[str, Json] | None = None,
    ) -> None:
        self._id, self._type, self._run = id, node_type, run
        self._params: dict[str, Json] = {} if params is None else params
        self._extra: dict[str, Json] = {} if extra is None else extra

    @property
    def id(self) -> str:
        """Its name, unique in its graph."""
        return self._id

    @property
    def type(self) -> str:
        """Name of its node type, such as `image.gaussian`; `graph.NAME` for a sub-graph."""
        return self._type

    @property
    def params(self) -> Mapping[str, Json]:
        """Parameters that differ from their defaults, as plain JSON."""
        return MappingProxyType(self._params)

    @property
    def run(self) -> RunSettings:
        """How it is run."""
        return self._run

    @property
    def extra(self) -> Mapping[str, Json]:
        """Keys of the file that this version does not know."""
        return MappingProxyType(self._extra)

    def __getitem__(self, port: str) -> PortRef:
        return PortRef.parse(f"{self._id}.{port}")

    def __repr__(self) -> str:
        return f"<Node {self._id}: {self._type}>"

    def copy(self) -> Node:
        """An equal node of another graph; what it holds is never changed in place, so both share it."""
        return Node(self._id, self._type, self._params, self._run, self._extra)


class FreshIds:
    """Makes ids that no node has: `blur`, `blur_2`, `blur_3` …, always the first that is free.

    Args:
        taken: Ids of nodes that there are.
    """

    def __init__(self, taken: Container[str]) -> None:
        self._taken = taken
        # Below these numbers nothing is free: a thousand nodes of one type would else be half a million looks.
        self._first: dict[str, int] = {}

    def next(self, wanted: str) -> str:
        """`wanted`, or with a number where it is taken; characters that ids lack become `_`."""
        if is_id(wanted) and wanted not in self._taken:
            return wanted
        slug = re.sub(r"[^\w-]+", "_", wanted).strip("_")[: LONGEST_ID - 10] or "node"
        if slug not in self._taken:
            return slug
        stem = re.sub(r"_[0-9]{1,6}$", "", slug) or slug
        number = self._first.get(stem, 2)
        while f"{stem}_{number}" in self._taken:
            number += 1
        self._first[stem] = number
        return f"{stem}_{number}"

    def forget(self) -> None:
        """Count from the beginning again, as an id has become free."""
        self._first.clear()
