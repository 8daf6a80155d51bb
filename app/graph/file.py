"""Graph files: read whole or not at all, written whole or not at all.

Saving writes a new file beside the target, brings it to the disk and renames it over the target: whoever opens the
target, at any moment and after any failure, finds the old graph or the new one.
"""

from __future__ import annotations

import glob
import os
import secrets
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import GraphFileError
from .evolution import bring_up_to_date
from .json_text import parse
from .plain import BadValue
from .reading import read_graph
from .writing import text_of

if TYPE_CHECKING:
    from .document import Graph

G = TypeVar("G", bound="Graph")

LARGEST = 64 * 2**20
"""Bytes of a graph file."""

_UNFINISHED = ".saving"
_ABANDONED_S = 3600.0
"""Age at which an unfinished file cannot be another program's that is just saving."""


def load(graph: G, path: Path) -> G:
    """Fill an empty graph from a file.

    Raises:
        GraphFileError: The file cannot be read, or something in it does not fit.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise GraphFileError(name, "$", "expected a graph file, found no such file") from None
    except IsADirectoryError:
        raise GraphFileError(name, "$", "expected a graph file, found a folder") from None
    except (OSError, ValueError) as error:
        raise GraphFileError(name, "$", f"expected a file that can be read, found: {_reason(error)}") from None
    _fill(graph, data, name)
    graph._path = path
    return graph


def loads(graph: G, text: str, name: str) -> G:
    """Fill an empty graph from the text of a file.

    Raises:
        GraphFileError: Something in it does not fit.
    """
    _fill(graph, text.encode("utf-8", "surrogatepass"), name)
    return graph


def _fill(graph: Graph, data: bytes, name: str) -> None:
    if len(data) > LARGEST:
        raise GraphFileError(name, "$", f"expected at most {LARGEST // 2**20} MiB, found more; split the graph")
    try:
        read_graph(graph, parse(data))
    except BadValue as error:
        raise GraphFileError(name, error.path, error.problem) from None
    graph.updates = bring_up_to_date(graph)


def save(graph: Graph, path: Path) -> None:
    """Write a graph's file.

    Raises:
        GraphFileError: It cannot be written; the file that was there is as it was.
    """
    data = text_of(graph).encode()
    if len(data) > LARGEST:
        raise GraphFileError(
            str(path), "$", f"expected at most {LARGEST // 2**20} MiB, found {len(data) / 2**20:.1f}; split the graph"
        )
    try:
        # A link stays a link: what it points to is replaced.
        replace_file(path.resolve(), data)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle.
        raise GraphFileError(
            str(path), "$", f"expected to write the file, found: {_reason(error)}; what was there before is untouched"
        ) from None


def replace_file(target: Path, data: bytes) -> None:
    """Write a file beside a target, bring it to the disk, and rename it over the target.

    Raises:
        OSError: It cannot be written; the target is as it was.
    """
    mode = _mode(target)
    unfinished = target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}{_UNFINISHED}")
    try:
        with unfinished.open("xb") as file:
            if mode is not None:
                unfinished.chmod(mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    _sweep(target)


def _prefix(target: Path) -> str:
    """How the names of its unfinished files begin; cut, since a file system bounds names."""
    return f".{target.name.encode()[:150].decode(errors='ignore')}."


def _mode(target: Path) -> int | None:
    """Permissions of the file that is there, or None."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError("a folder of that name")
    return stat.S_IMODE(found.st_mode)


def _sync_folder(folder: Path) -> None:
    """Bring the renaming itself to the disk, where folders can be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(target: Path) -> None:
    """Remove what savers that were killed left beside the target."""
    for left in target.parent.glob(f"{glob.escape(_prefix(target))}*{_UNFINISHED}"):
        try:
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()
        except OSError:
            # Another program swept first, or it is not ours to remove: only litter.
            continue


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
