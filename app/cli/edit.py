"""`animaweave [FILE]`: open the window. Qt is imported by nothing else that the command does."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from .exits import UsageError
from .options import Vessels, registry_of

app = typer.Typer(add_completion=False)

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""What tells Qt on Linux where to draw."""


@app.command()
def edit(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The graph file.")] = None,
    vessels: Vessels = None,
) -> int:
    """Open a graph in the editor.

    Raises:
        UsageError: There is no such file, no display, or no Qt.
    """
    if file is not None and not file.is_file():
        raise UsageError(f"{file}: expected a graph file, found nothing there; without a file, the editor begins anew")
    name = "FILE" if file is None else shlex.quote(str(file))
    way_out = f"without a window, run a graph with: animaweave run {name}"
    # Qt would end the process itself, with a core dump.
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        raise UsageError(f"there is no display to open a window on; {way_out}")
    registry = registry_of(vessels)
    try:
        from ..ui import application  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise UsageError(f"the editor needs {missing.name}: pip install 'animaweave[editor]'; {way_out}") from None
    except ImportError as problem:  # A library of the system's that Qt loads.
        raise UsageError(f"Qt cannot be loaded: {problem}; {way_out}") from None
    return application.start(file, registry)
