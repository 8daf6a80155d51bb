"""All node types, as plain JSON, without importing a vessel: kept in the user's cache folder.

What is kept holds as long as the sources are the same and their files too, by time and size. A list in which a vessel
could not be loaded is not kept: what it lacks may be there the next time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..settings import cache_folder
from .sources import Problem, Source, file_sources, further_sources, shipped_sources

FORMAT = 1
"""Of what is kept; raised with each change of what is said of a node type."""

KEPT = 20
"""Lists that are kept: one for each set of sources, such as those of `--vessels`."""


def listed(vessel_paths: Iterable[Path] = ()) -> tuple[list[dict[str, Any]], Sequence[Problem]]:
    """All node types as `description.as_plain` gives them, and the vessels that could not be loaded.

    Args:
        vessel_paths: Files of vessels, or folders of them, besides what is there without being named.
    """
    paths = list(vessel_paths)
    folder = cache_folder()
    if folder is None:
        return _found(paths)
    sources = [*shipped_sources(), *file_sources(paths), *further_sources()]
    file, stamp = folder / "nodes" / f"{_digest(paths)}.json", _stamp(sources)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(file.read_text("utf-8"))
        if kept["stamp"] == stamp:
            rows: list[dict[str, Any]] = kept["nodes"]
            return rows, ()
    rows, problems = _found(paths)
    if not problems:
        _keep(file, {"stamp": stamp, "nodes": rows})
    return rows, problems


def _found(paths: Iterable[Path]) -> tuple[list[dict[str, Any]], Sequence[Problem]]:
    # They import all that types need, which takes longer than to read what is kept.
    from .description import as_plain  # noqa: PLC0415
    from .lookup import Registry  # noqa: PLC0415

    registry = Registry(paths)
    return [as_plain(node_type) for node_type in registry.node_types()], registry.problems


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256("\0".join(str(path.resolve()) for path in paths).encode()).hexdigest()[:16]


def _stamp(sources: Iterable[Source]) -> list[Any]:
    return [FORMAT, version("animaweave"), sys.version, *([source.place, *source.stamp] for source in sources)]


def _keep(file: Path, document: dict[str, Any]) -> None:
    """Write what is kept, as a whole or not at all, and forget the oldest beyond the limit."""
    part = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError, ValueError, TypeError):  # Whoever cannot keep it makes it again.
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(document), "utf-8")
        part.replace(file)
        oldest = sorted(file.parent.glob("*.json"), key=lambda other: other.stat().st_mtime_ns)[:-KEPT]
        for other in oldest:
            other.unlink()
