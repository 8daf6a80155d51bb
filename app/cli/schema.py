"""`animaweave schema`: the JSON Schema of graph files."""

from __future__ import annotations

import typer

from ..graph.schema import schema_text
from .console import say

app = typer.Typer(add_completion=False)


@app.command()
def schema() -> int:
    """Print the JSON Schema of graph files."""
    say(schema_text().rstrip("\n"))
    return 0
