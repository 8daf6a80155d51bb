"""`animaweave [FILE]`: open the editor, which is not part of this version."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from .exits import UsageError

app = typer.Typer(add_completion=False)


@app.command()
def edit(file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The graph file.")] = None) -> int:
    """Open a graph in the editor.

    Raises:
        UsageError: Always: there is no editor yet.
    """
    name = "FILE" if file is None else shlex.quote(str(file))
    raise UsageError(f"the editor is not part of this version; run a graph with: animaweave run {name}")
