"""All that is known of a node type, as plain JSON: what `nodes` lists and other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..authoring.nodetype import NodeType
from ..errors import ValueMismatch
from ..ports.codec import encode
from ..ports.port import MISSING, Port
from ..ports.text import to_text
from ..ports.words import shown


def as_plain(node_type: NodeType) -> dict[str, Any]:
    """All that is known of a node type, as plain JSON."""
    signature, about = node_type.signature, node_type.help
    return {
        "id": node_type.id,
        "title": node_type.title,
        "summary": about.summary,
        "help": about.text,
        "vessel": node_type.vessel,
        "version": node_type.version,
        "inputs": [_port(port, about.ports) for port in (*signature.inputs, *signature.settings)],
        "outputs": [_port(port, about.ports) for port in signature.outputs],
        "pure": node_type.pure,
        "placement": node_type.placement,
        "effects": sorted(node_type.effects),
        "aliases": list(node_type.aliases),
        "deprecated": node_type.deprecated,
    }


def _port(port: Port, docs: Mapping[str, str]) -> dict[str, Any]:
    field = port.field
    facts = {
        "doc": docs.get(port.name, ""),
        "min": field.min,
        "max": field.max,
        "unit": field.unit,
        "choices": [plain_value(choice, port) for choice in field.choices],
    }
    return {
        "name": port.name,
        "type": type_text(port),
        **({"default": plain_value(port.default, port)} if port.default is not MISSING else {}),
        **({"variadic": True} if port.variadic else {}),
        **{name: fact for name, fact in facts.items() if fact not in (None, "", [])},
    }


def plain_value(value: Any, port: Port) -> Any:
    """A port's value as JSON has it; in words where it has no form for it."""
    try:
        return encode(value, port.hint)
    except ValueMismatch:
        return shown(value)


def type_text(port: Port) -> str:
    """A port's type as graph files write it."""
    return "Signal" if port.control else to_text(port.hint)
