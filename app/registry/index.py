"""What the vessels that are loaded give, by name."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from ..authoring.nodetype import NodeType
from ..authoring.vessel import Vessel
from ..ports.convert import Converters
from ..ports.hint import label_of


class Index:
    """Vessels and what they declare; nothing is ever taken out: a registry makes another one.

    Attributes:
        vessels: By name.
        origins: Where each comes from, by name; empty for one that was declared in this process.
        aliases: Node types by the names that they had before.
        labels: Hints of labels, `Annotated` and all, by qualified name.
        converters: Of all vessels.
    """

    def __init__(self) -> None:
        self.vessels: dict[str, Vessel] = {}
        self.origins: dict[str, str] = {}
        self.aliases: dict[str, NodeType] = {}
        self.labels: dict[str, Any] = {}
        self.converters = Converters()

    def add(self, vessel: Vessel, origin: str) -> None:
        """Take a vessel in."""
        self.vessels[vessel.name], self.origins[vessel.name] = vessel, origin
        for converter in vessel.converters:
            self.converters.add(converter)
            self._learn(converter.source, converter.target)
        for node_type in vessel.node_types.values():
            for alias in node_type.aliases:
                self.aliases[alias] = node_type
            self._learn(*(port.hint for port in (*node_type.signature.inputs, *node_type.signature.outputs)))

    def _learn(self, *hints: Any) -> None:
        """Remember the labels that stand in these hints, at any depth."""
        for hint in hints:
            label = label_of(hint)
            if label is not None:
                self.labels.setdefault(label.qualified, hint)
            elif get_origin(hint) is not None:
                self._learn(*(part for part in get_args(hint) if not isinstance(part, str | bytes | int)))
