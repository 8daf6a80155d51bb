"""Paths in parameters: read relative to the graph file, written below the run's output folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import NotAllowed
from ...ports.port import Port


def resolve(value: Any, port: Port, folder: Path | None, out: Path | None, place: str) -> Any:
    """A parameter's value with its paths made whole; values that are no paths stay as they are.

    Args:
        value: The parameter's value.
        port: The port that it feeds.
        folder: Folder of the graph file.
        out: Folder for what the run writes, or None.
        place: The parameter's name, for messages.
    Raises:
        NotAllowed: A path to write leads out of `out`.
    """
    if not isinstance(value, Path):
        return value
    if port.field.save and out is not None:
        return below(out, value, place)
    return folder / value if folder is not None else value


def below(out: Path, value: Any, place: str) -> Any:
    """A path to write, below the output folder.

    Raises:
        NotAllowed: It leads out of the folder.
    """
    if not isinstance(value, Path):
        return value
    path = (out / value).resolve()
    if not path.is_relative_to(out.resolve()):
        raise NotAllowed(f"{place}: {value} lies outside of the output folder {out}; give a path below it")
    return path
