"""`animaweave diff`: what has changed from one graph to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..graph.comparing import Change, compare
from ..graph.document import Graph
from .console import printable, say, set_up, sole_document
from .exits import Code, UsageError
from .options import AsJson, Quiet, Verbose, verbosity

app = typer.Typer(add_completion=False)

EXAMPLES = """
Examples:

  animaweave diff old.weave.json new.weave.json

  animaweave diff old.weave.json new.weave.json --json | jq .changes
"""

MARKS = {"added": "+", "removed": "-", "changed": "~"}


@app.command(epilog=EXAMPLES)
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A graph file.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    as_json: AsJson = False,
    looks: Annotated[bool, typer.Option("--looks", help="Also say what only looks otherwise.")] = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Say what has changed from one graph to another: nodes, wires, parameters, how they run.

    Places on the canvas, frames and notes are counted, and listed with --looks. No node type is needed.

    Exit codes: 0 nothing has changed that a run would see, 5 something has, 2 usage.
    """
    set_up(verbosity(verbose, quiet=quiet))
    changes = compare(_read(before), _read(after))
    if as_json:
        with sole_document() as write:
            write(json.dumps({"changes": [change.as_json() for change in changes]}, indent=2))
    elif not quiet:
        _show(changes, looks=looks)
    return Code.DIFFERENT if any(not change.is_looks for change in changes) else Code.SUCCESS


def _read(file: Path) -> Graph:
    if not file.is_file():
        raise UsageError(f"{file}: expected a graph file, found {'a folder' if file.is_dir() else 'no such file'}")
    return Graph.load(file)


def _show(changes: list[Change], *, looks: bool) -> None:
    seen = [change for change in changes if looks or not change.is_looks]
    for change in seen:
        say(printable(f"{MARKS[change.what]} {change}"))
    hidden = len(changes) - len(seen)
    if hidden:
        say(f"{hidden} change{'s' if hidden > 1 else ''} of looks alone; --looks lists them")
    elif not changes:
        say("nothing has changed")
