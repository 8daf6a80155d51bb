"""Options that several commands share, and what they name."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exits import UsageError

if TYPE_CHECKING:  # A list of nodes needs neither.
    from ..graph.document import Graph
    from ..registry.lookup import Registry
    from ..registry.sources import Problem

AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]
Vessels = Annotated[
    list[Path] | None,
    typer.Option("--vessels", metavar="PATH", help="A vessel file, or a folder of them. May be given again."),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, metavar="", show_default=False, help="Say more; -vv says all. Shows tracebacks."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no warnings.")]

_logger = logging.getLogger("animaweave.cli")


def verbosity(verbose: int, *, quiet: bool) -> int:
    """How much is said, as `console.set_up` takes it.

    Raises:
        UsageError: Both more and less are asked for.
    """
    if verbose and quiet:
        raise UsageError("--verbose and --quiet exclude each other")
    return -1 if quiet else verbose


def vessel_paths(vessels: Iterable[Path] | None) -> list[Path]:
    """What `--vessels` names.

    Raises:
        UsageError: There is no such file or folder.
    """
    paths = list(vessels or ())
    for path in paths:
        if not path.exists():
            raise UsageError(f"--vessels {path}: expected a vessel file or a folder of them, found nothing there")
    return paths


def registry_of(vessels: Iterable[Path] | None) -> Registry:
    """A registry of what is there without being named and of what `--vessels` names.

    Raises:
        UsageError: There is no such file or folder.
    """
    from ..registry.lookup import Registry  # noqa: PLC0415

    return Registry(vessel_paths(vessels))


def warn_of(problems: Sequence[Problem], told: int = 0) -> int:
    """Warn of vessels that could not be loaded; they disable nothing else.

    Args:
        problems: What is wrong with them.
        told: How many were told already.
    Returns:
        How many have been told now.
    """
    for problem in problems[told:]:
        _logger.warning("%s", problem)
        if problem.traceback:
            _logger.info("%s", problem.traceback.rstrip())
    return len(problems)


def load(file: Path, registry: Registry) -> Graph:
    """Read a graph file, and bring its nodes up to date.

    Args:
        file: Its path.
        registry: Knows the node types.
    Raises:
        UsageError: There is no such file, or it is a folder.
        GraphFileError: It cannot be read, or something in it does not fit.
    """
    from ..graph.document import Graph  # noqa: PLC0415
    from ..registry.catalogue import RegistryCatalogue  # noqa: PLC0415

    if file.is_dir():
        raise UsageError(f"{file}: expected a graph file, found a folder")
    if not file.exists():
        raise UsageError(f"{file}: expected a graph file, found no such file")
    return Graph.load(file, catalogue=RegistryCatalogue(registry))
