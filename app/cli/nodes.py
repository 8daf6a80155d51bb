"""`animaweave nodes`: which node types there are, and what each takes and gives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import AnimaWeaveError
from ..registry.listing import listed
from .console import complain, rendered, say, set_up, sole_document
from .exits import Code, UsageError
from .options import AsJson, Quiet, Verbose, Vessels, verbosity, vessel_paths, warn_of

app = typer.Typer(add_completion=False)


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
    if shows:
        from . import node_help as help_of  # noqa: PLC0415 - it needs the node types themselves, a list does not.
    if as_json:
        with sole_document() as write:
            try:
                found = help_of.plain(pattern, vessels or ()) if shows else find(pattern, vessels or ())
            except AnimaWeaveError as problem:
                write(json.dumps({"error": str(problem)}, indent=2))
                raise
            write(json.dumps(found, indent=2))
    elif shows:
        say(help_of.text(pattern, vessels or ()))
    elif found := find(pattern, vessels or ()):
        say(_list(found))
    else:
        complain(f"no node type has `{pattern}` in its name or first line; animaweave nodes lists all")
    return Code.SUCCESS


def find(pattern: str, vessels: Iterable[Path]) -> list[dict[str, Any]]:
    """Node types by name, as plain JSON, as far as possible without importing a vessel.

    Args:
        pattern: Part of an id, title or summary; or a pattern for the id, with `*` or `?`; all if empty.
        vessels: Vessel files, or folders of them, besides what is there without being named.
    Raises:
        UsageError: A vessel path is not there.
    """
    rows, problems = listed(vessel_paths(vessels))
    warn_of(problems)
    return [row for row in rows if _matches(row, pattern.casefold())]


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


def _matches(row: Mapping[str, Any], pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return fnmatchcase(row["id"], pattern)
    return any(pattern in row[text].casefold() for text in ("id", "title", "summary"))


def _list(found: Iterable[Mapping[str, Any]]) -> str:
    from rich.table import Table  # noqa: PLC0415 - for people alone.
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for row in found:
        table.add_row(Text(row["id"]), Text(row["summary"]))
    return rendered(table)
