"""`animaweave nodes`: which node types there are, and what each takes and gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..authoring.nodetype import NodeType
from ..errors import AnimaWeaveError, ValueMismatch
from ..ports.codec import encode
from ..ports.port import MISSING, Port
from ..ports.text import to_text
from ..ports.words import shown
from ..registry.lookup import Registry
from .console import complain, rendered, say, set_up, sole_document
from .exits import Code, UsageError
from .options import AsJson, Quiet, Verbose, Vessels, registry_of, verbosity, warn_of_problems

app = typer.Typer(add_completion=False)

_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
"""One inside a paragraph, which each terminal breaks elsewhere."""


@app.command()
def nodes(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATTERN | show TYPE]",
            help="Part of a name or of what the first line says, or a pattern such as image.*; show tells all of one.",
        ),
    ] = None,
    as_json: AsJson = False,
    vessels: Vessels = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """List node types, or show one with its ports and its help."""
    set_up(verbosity(verbose, quiet=quiet))
    shows, pattern = _meant(words or ())
    if as_json:
        with sole_document() as write:
            try:
                found = find(pattern, vessels or (), exactly=shows)
            except AnimaWeaveError as problem:
                write(json.dumps({"error": str(problem)}, indent=2))
                raise
            rows = [as_plain(node_type) for node_type in found]
            write(json.dumps(rows[0] if shows else rows, indent=2))
    else:
        found = find(pattern, vessels or (), exactly=shows)
        if not found:
            complain(f"no node type has `{pattern}` in its name or first line; animaweave nodes lists all")
        elif shows:
            say(_help(found[0]))
        else:
            say(_list(found))
    return Code.SUCCESS


def find(pattern: str, vessels: Iterable[Path], *, exactly: bool = False) -> list[NodeType]:
    """Node types by name.

    Args:
        pattern: Part of an id, title or summary; or a pattern for the id, with `*` or `?`; all if empty.
        vessels: Vessel files, or folders of them, besides the vessels that ship.
        exactly: Whether the pattern is the id, or a former name, of one node type.
    Raises:
        UsageError: A vessel path is not there, or there is no node type of exactly this name.
    """
    registry = registry_of(vessels)
    try:
        if exactly:
            return [_named(pattern, registry)]
        return [node_type for node_type in registry.node_types() if _matches(node_type, pattern.casefold())]
    finally:
        warn_of_problems(registry)


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


def _meant(words: Sequence[str]) -> tuple[bool, str]:
    """Whether one node type is to be shown, and the name or pattern."""
    match list(words):
        case []:
            return False, ""
        case ["show"]:
            raise UsageError("nodes show: expected the name of a node type after it, such as image.gaussian")
        case ["show", name]:
            return True, name
        case [pattern]:
            return False, pattern
    raise UsageError(f"nodes {' '.join(words)}: expected one pattern, or `show` and the name of one node type")


def _named(name: str, registry: Registry) -> NodeType:
    found = registry.node_type(name)
    if found is None:
        near = registry.nearest(name)
        way_out = f"did you mean `{near}`?" if near else "animaweave nodes lists all"
        raise UsageError(f"nodes show: there is no node type `{name}`; {way_out}")
    return found


def _matches(node_type: NodeType, pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return fnmatchcase(node_type.id, pattern)
    texts = (node_type.id, node_type.title, node_type.help.summary)
    return any(pattern in text.casefold() for text in texts)


def _port(port: Port, docs: Any) -> dict[str, Any]:
    field = port.field
    facts = {
        "doc": docs.get(port.name, ""),
        "min": field.min,
        "max": field.max,
        "unit": field.unit,
        "choices": [_plain(choice, port) for choice in field.choices],
    }
    return {
        "name": port.name,
        "type": _type(port),
        **({"default": _plain(port.default, port)} if port.default is not MISSING else {}),
        **({"variadic": True} if port.variadic else {}),
        **{name: fact for name, fact in facts.items() if fact not in (None, "", [])},
    }


def _plain(value: Any, port: Port) -> Any:
    try:
        return encode(value, port.hint)
    except ValueMismatch:
        return shown(value)


def _type(port: Port) -> str:
    return "Signal" if port.control else to_text(port.hint)


def _list(found: Iterable[NodeType]) -> str:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for node_type in found:
        table.add_row(Text(node_type.id), Text(node_type.help.summary))
    return rendered(table)


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
    default = "" if port.default is MISSING else f" = {shown(_plain(port.default, port))}"
    unit = f"({port.field.unit})" if port.field.unit else ""
    return f"{_type(port)}{default} {port.field.range_text or unit}".rstrip()
