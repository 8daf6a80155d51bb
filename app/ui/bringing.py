"""What comes from elsewhere becomes nodes: a file gets the node that reads it, a number or text its constant."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import Any, NamedTuple

from ..ports.hint import plain
from ..ports.port import Port
from ..registry.lookup import Registry


class Brought(NamedTuple):
    """A node to add: its type, and what is set."""

    node_type: str
    params: dict[str, Any]


def reader_of(registry: Registry, path: Path, folder: Path | None = None) -> Brought | None:
    """The first node type that reads files of this kind; None if there is none.

    Args:
        registry: Knows the node types.
        path: The file.
        folder: Of the graph's file: what lies in it is written relative to it, so that both can be moved together.
    """
    where = path
    if folder is not None and path.is_relative_to(folder):
        where = path.relative_to(folder)
    for node_type in registry.node_types():
        if node_type.deprecated:
            continue
        for port in (*node_type.signature.inputs, *node_type.signature.settings):
            if _reads(port, path.name):
                return Brought(node_type.id, {port.name: str(where)})
    return None


def constant_of(registry: Registry, text: str) -> Brought | None:
    """The constant that a number, or a text in quotes, stands for; None if it is neither."""
    text = text.strip()
    quoted = re.fullmatch(r"""(["'])(.*)\1""", text, re.DOTALL)
    found: Brought | None = None
    if quoted is not None:
        found = Brought("text.constant", {"value": quoted[2]})
    elif re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text):
        found = Brought("math.constant", {"value": float(text)})
    return found if found is not None and registry.node_type(found.node_type) is not None else None


def path_of_text(text: str) -> Path | None:
    """The file that a text names, alone on its line, if it is there."""
    text = text.strip().removeprefix("file://")
    if not text or "\n" in text or len(text) > 4_000:
        return None
    try:
        path = Path(text).expanduser()
        return path if path.is_absolute() and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # No path, or that of somebody's who is not there.
        return None


def _reads(port: Port, name: str) -> bool:
    """Whether a port takes the path of a file of this name, to read it."""
    patterns = re.findall(r"\*[^\s()]*", port.field.file_filter)
    is_read = plain(port.hint) is Path and not port.field.save and not port.control
    return is_read and any(fnmatch.fnmatch(name.lower(), pattern.lower()) for pattern in patterns if pattern != "*")
