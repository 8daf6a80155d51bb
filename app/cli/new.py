"""`animaweave new`: something to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..authoring.scaffold import files_of, write
from ..registry.lookup import Registry
from ..settings import VESSELS, vessel_folder
from .console import printable, say
from .exits import UsageError

app = typer.Typer(add_completion=False)


@app.callback()
def new() -> None:
    """Begin something new."""


@app.command()
def vessel(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: the lab of lab.mean.")],
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to write it.", show_default="your vessel folder; with --package here"),
    ] = None,
    package: Annotated[
        bool, typer.Option("--package", help="Write a package with a test, which others can install.")
    ] = False,
) -> None:
    """Write a vessel of two nodes, to be changed into yours."""
    place = folder if folder is not None else Path() if package else vessel_folder()
    if place is None:
        raise UsageError(f"${VESSELS} is empty, so that there is no vessel folder; name one with --folder DIR")
    files = files_of(name, package=package)
    if Registry().vessel(name) is not None:
        raise UsageError(f"there is a vessel `{name}` already; give yours another name")
    written = write(place, files)
    for path in written:
        say(printable(f"wrote {path}"))
    first = written[0]
    if package:
        say(printable(f"next: pip install -e {place / next(iter(files)).parts[0]}, then animaweave nodes {name}"))
    elif folder is None:
        say(f"next: animaweave nodes {name}; the editor has it at once")
    else:
        say(printable(f"next: animaweave nodes {name} --vessels {first}"))
