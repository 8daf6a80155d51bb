"""Where vessels come from: modules that ship, files, entry points of installed packages; found without importing any.

A source knows the names of its vessels beforehand, as far as its text or its entry point tells them, so that a run
imports only what its graph names.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from .. import vessels
from ..settings import vessel_folder
from ..vessels import compat

GROUP = "animaweave.vessels"
"""The entry points that packages announce their vessels by."""

_DECLARED = re.compile(r"""\bVessel\(\s*(?:name\s*=\s*)?["']([a-z][a-z0-9_]*)["']""")


@dataclass(frozen=True, slots=True)
class Source:
    """One module or file of vessels.

    Attributes:
        kind: `shipped`, `file` or `installed`.
        place: The vessel's name, the file's path, or the entry point's value.
        names: Names of its vessels, as far as they can be told without importing it.
        file: The file, as far as it is known.
        version: Of the package that it came with; empty for a file of the user's.
    """

    kind: Literal["shipped", "file", "installed"]
    place: str
    names: tuple[str, ...]
    file: Path | None
    version: str = ""

    def __str__(self) -> str:
        return f"vessel `{self.names[0]}` ({self.place})" if self.kind == "installed" else self.place

    @property
    def stamp(self) -> tuple[str, int, int]:
        """What is another one as soon as its vessels may be others: version, and the file's time in ns and size."""
        with contextlib.suppress(OSError):
            if self.file is not None:
                status = self.file.stat()
                return self.version, status.st_mtime_ns, status.st_size
        return self.version, 0, 0


@dataclass(frozen=True, slots=True)
class Problem:
    """A vessel that could not be loaded.

    Attributes:
        sentence: What is wrong, in one sentence that begins with the place.
        traceback: The traceback from the vessel's code on; empty where there is none.
        place: `Source.place` of where it comes from.
    """

    sentence: str
    traceback: str = ""
    place: str = ""

    def __str__(self) -> str:
        return self.sentence


def shipped_sources() -> list[Source]:
    """The vessels that ship: one module each, or one that adds to it; see `shipped_modules`."""
    found: list[Source] = []
    for name in sorted({module.rpartition(".")[2] for module in _modules()}):
        first = shipped_modules(name)[0].removeprefix(f"{vessels.__name__}.")
        file = Path(vessels.__path__[0], *first.split(".")).with_suffix(".py")
        found.append(Source("shipped", name, (name,), file))
    return found


def shipped_modules(name: str) -> list[str]:
    """The modules that declare a vessel that ships, the one that makes it first."""
    return [module for module in _modules() if module.rpartition(".")[2] == name]


@cache
def _modules() -> list[str]:
    found: list[str] = []
    for package in (vessels, compat):
        names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)
        found += [f"{package.__name__}.{name}" for name in names if name[0] != "_"]
    return found


def file_source(file: Path) -> Source:
    """A file of the user's; it need not be there, nor be a vessel: loading it says so."""
    names: list[str] = []
    with contextlib.suppress(OSError):
        names = _DECLARED.findall(file.read_text("utf-8", errors="replace"))
    return Source("file", str(file), tuple(dict.fromkeys(names)), file)


def file_sources(paths: Iterable[Path]) -> list[Source]:
    """Files of the user's, and all those in folders of the user's."""
    return [file_source(file) for path in paths for file in (sorted(path.glob("*.py")) if path.is_dir() else [path])]


def further_sources() -> Iterator[Source]:
    """What is there without being named: the files in the user's vessel folder, then installed packages."""
    folder = vessel_folder()
    if folder is not None and folder.is_dir():
        yield from file_sources([folder])
    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        version = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else ""
        yield Source("installed", entry.value, (entry.name,), _module_file(entry.module), version)


def _module_file(module: str) -> Path | None:
    """A module's file, found without importing its packages."""
    top, *inner = module.split(".")
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(top)
        if spec is not None and spec.origin is not None:
            if not inner:
                return Path(spec.origin)
            stem = Path(spec.origin).parent.joinpath(*inner)
            return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()), None)
    return None
