"""A finding: what is wrong, where, how bad it is, and what to do."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..graph.wire import Wire


class Severity(enum.StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The graph does not run, or a part of it does not."""
    WARNING = "warning"
    """It runs, but hardly as it was meant."""
    HINT = "hint"
    """It runs; something in it may be left over."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(type(self)).index(self)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a graph.

    Attributes:
        node: Id of the node; `calc/add` for the node `add` of the sub-graph `calc`. None for the whole graph.
        port: Name of the port or parameter, or None.
        wire: The wire, or None.
    """

    node: str | None = None
    port: str | None = None
    wire: Wire | None = None

    def __str__(self) -> str:
        if self.node is None or self.port is None:
            return self.node or ""
        index = self.wire.target.index if self.wire is not None and self.wire.target.port == self.port else None
        return f"{self.node}.{self.port}" if index is None else f"{self.node}.{self.port}[{index}]"


@dataclass(frozen=True, slots=True)
class Fix:
    """What an editor can do about it at one click.

    Attributes:
        action: `insert` a node of a type into the wire; take another `type`, `port` or `parameter`; `disconnect`;
            `unset` a parameter; run the node for `each` item.
        value: The name of what is inserted or taken; empty for `disconnect`, `unset` and `each`.
    """

    action: Literal["insert", "type", "port", "parameter", "disconnect", "unset", "each"]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: Stable name of its kind, such as `AW104`; `codes` lists all.
        severity: How bad it is.
        message: One sentence without the place.
        place: Where it is.
        hint: What to do; may be empty.
        fix: The same for an editor, where it can do it.
        detail: More, for who asks: a traceback.
        facts: The same for programs, as plain JSON: `expected` and `found` (types as text, values), `candidates` (names
            that are there in place of one that is not).
    """

    code: str
    severity: Severity
    message: str
    place: Place = Place()
    hint: str = ""
    fix: Fix | None = None
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def node(self) -> str | None:
        """Id of the node, as in `Place`."""
        return self.place.node

    @property
    def port(self) -> str | None:
        """Name of the port or parameter."""
        return self.place.port

    @property
    def wire(self) -> Wire | None:
        """The wire."""
        return self.place.wire

    @property
    def is_error(self) -> bool:
        """Whether it keeps the graph, or a part of it, from running."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        at = f" at {self.place}" if str(self.place) else ""
        return f"{self.severity} {self.code}{at}: {self.message}{f'; {self.hint}' if self.hint else ''}"

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "node": self.node,
            "port": self.port,
            "wire": None if self.wire is None else [str(self.wire.source), str(self.wire.target)],
            "hint": self.hint,
        }
