"""What `animaweave nodes show` tells of one node type; its vessel is imported, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..authoring.nodetype import NodeType
from ..ports.port import MISSING, Port
from ..ports.words import shown
from ..registry.description import as_plain, plain_value, type_text
from .console import rendered
from .exits import UsageError
from .options import registry_of, warn_of

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
"""One inside a paragraph, which each terminal breaks elsewhere."""


def plain(name: str, vessels: Iterable[Path]) -> dict[str, Any]:
    """All that is known of a node type.

    Args:
        name: Its id, or a former name of it.
        vessels: Vessel files, or folders of them, besides what is there without being named.
    Raises:
        UsageError: A vessel path is not there, or there is no node type of exactly this name.
    """
    return as_plain(_named(name, vessels))


def text(name: str, vessels: Iterable[Path]) -> str:
    """Its help page: what it does, its ports, what has to be known of it.

    Args:
        name: As for `plain`.
        vessels: As for `plain`.
    Raises:
        UsageError: As `plain`.
    """
    return _help(_named(name, vessels))


def _named(name: str, vessels: Iterable[Path]) -> NodeType:
    registry = registry_of(vessels)
    try:
        found = registry.node_type(name)
        if found is None:
            near = registry.nearest(name)
            way_out = f"did you mean `{near}`?" if near else "animaweave nodes lists all"
            raise UsageError(f"nodes show: there is no node type `{name}`; {way_out}")
        return found
    finally:
        warn_of(registry.problems)


def _help(node_type: NodeType) -> str:
    about, signature = node_type.help, node_type.signature
    head = Text.assemble((node_type.id, "bold"), "  ", (node_type.title, "dim"))
    parts: list[Any] = [head, Text(about.summary)]
    if about.text:
        parts.append(Padding(Text(_LINE_END.sub(" ", about.text)), (1, 0, 0, 0)))
    ports = Table.grid(padding=(0, 2, 0, 0))
    for word, group in (("in", (*signature.inputs, *signature.settings)), ("out", signature.outputs)):
        for place, port in enumerate(group):
            name = f"*{port.name}" if port.variadic else port.name
            doc = about.ports.get(port.name, "")
            ports.add_row(Text("" if place else word, "dim"), Text(name, "bold"), Text(_takes(port)), Text(doc, "dim"))
    parts.append(Padding(ports, (1, 0, 0, 0)))
    facts = {
        "does": ", ".join(sorted(node_type.effects)),
        "runs": node_type.placement if node_type.placement != "inline" else "",
        "before": ", ".join(node_type.aliases),
        "deprecated": node_type.deprecated,
    }
    told = [Text.assemble((f"{word}  ", "dim"), fact) for word, fact in facts.items() if fact]
    return rendered(*parts, *([Text(), *told] if told else []))


def _takes(port: Port) -> str:
    """A port's type, default and range in short: `float = 1.0 from 0 to 50 (px)`."""
    default = "" if port.default is MISSING else f" = {shown(plain_value(port.default, port))}"
    unit = f"({port.field.unit})" if port.field.unit else ""
    return f"{type_text(port)}{default} {port.field.range_text or unit}".rstrip()
