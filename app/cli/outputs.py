"""What comes out of a run, as JSON and as files.

Scalars, texts, lists and tables are JSON. An array is `{"kind", "shape", "dtype", "path"}`: it goes to a file below
the output folder, in its label's own form (a picture is a `.png`), else as `.npy`; without a folder there is no `path`.
What JSON cannot say: a number that is not finite is the text "NaN", "Infinity" or "-Infinity"; a complex number is
`[re, im]`; a date is ISO 8601; a set is a list; what has no form at all is `{"kind": "object", "type", "text"}`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import math
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from json import dumps
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from ..ports.hint import Hint, alternatives, arguments, label_of, plain
from ..ports.holds import holds
from ..ports.label import Export, Label
from .exits import UsageError

Json = Any

DEEPEST = 50
"""Levels of lists and tables that are written; beyond, and so in one that holds itself, stands its text."""

LONGEST_WORDS = 100
"""Characters of a list or table that people are shown."""

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")

_NPY = Export(".npy", lambda value, path: np.save(path, value, allow_pickle=False))
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_LONGEST_NAME = 100
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Outputs:
    """Turns the outputs of one run into JSON, and writes those that are files.

    Args:
        folder: Where files go; None to write none.

    Attributes:
        problems: A sentence for each output that could not be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self.problems: list[str] = []
        self._folder = folder
        self._taken: set[str] = set()

    def json(self, name: str, value: Any, hint: Hint) -> Json:
        """An output as JSON; what is a file is written.

        Args:
            name: Name of the output, which becomes that of its file.
            value: Its value.
            hint: Type of its port.
        """
        return self._json(name, value, hint, 0)

    def _json(self, name: str, value: Any, hint: Hint, depth: int) -> Json:
        if len(parts := alternatives(hint)) > 1:
            hint = next((part for part in parts if holds(value, part)), Any)
        label = label_of(hint)
        if isinstance(value, np.generic) and value.dtype.kind in "biufcUSMm":
            value = value.item()
        if value is None or type(value) in (bool, str):
            return value
        if isinstance(value, np.ndarray) and value.dtype != object:
            kind = "picture" if label is not None and label.export and label.export.suffix in PICTURES else "array"
            about = {"kind": kind, "shape": list(value.shape), "dtype": str(value.dtype)}
            return self._filed(name, value, label, about)
        if label is not None and label.export is not None:
            return self._filed(name, value, label, {"kind": "file"})
        if label is not None and label.codec is not None:
            with contextlib.suppress(ValueError, TypeError):  # Then it is written as what it is without its label.
                return label.codec.encode(value)
        if depth >= DEEPEST:
            return _opaque(value)
        for kinds, write in _SCALARS:
            if isinstance(value, kinds):
                return write(value)
        return self._container(name, value, plain(hint), depth + 1)

    def _container(self, name: str, value: Any, hint: Hint, depth: int) -> Json:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        elif isinstance(value, tuple) and hasattr(value, "_asdict"):
            value = value._asdict()
        if isinstance(value, Mapping):
            return self._table(name, value, arguments(hint)[-1:], depth)
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, AbstractSet):
            value = sorted(value, key=repr)
        if not isinstance(value, list | tuple):
            return _opaque(value)
        hints = arguments(hint) or (Any,)
        items = [hint for hint in hints if hint is not Ellipsis]
        return [
            self._json(f"{name}-{place}", item, items[min(place, len(items) - 1)], depth)
            for place, item in enumerate(value)
        ]

    def _table(self, name: str, table: Mapping[Any, Any], hint: tuple[Hint, ...], depth: int) -> Json:
        of = hint[0] if hint else Any
        keys = [key if isinstance(key, str) else str(key) for key in table]
        if len(set(keys)) == len(keys):
            pairs = zip(keys, table.values(), strict=True)
            return {key: self._json(f"{name}-{key}", item, of, depth) for key, item in pairs}
        return [
            [self._json(name, key, Any, depth), self._json(f"{name}-{key}", item, of, depth)]
            for key, item in table.items()
        ]

    # -- files ------------------------------------------------------------------------------------------------------

    def _filed(self, name: str, value: Any, label: Label | None, about: dict[str, Json]) -> Json:
        if self._folder is None:
            return about
        export = (label.export if label is not None else None) or _NPY
        path = self._folder / self._free_name(name, export.suffix)
        try:
            _write(path, lambda beside: export.write(value, beside))
        except Exception as problem:  # noqa: BLE001 - an export is a vessel's code, and disks are full
            self.problems.append(f"output `{name}`: {path} cannot be written: {problem}")
            return {**about, "error": str(problem)}
        return {**about, "path": str(path)}

    def _free_name(self, name: str, suffix: str) -> str:
        """A file name that stays in the folder, that every system takes, and that no other output has."""
        safe = re.sub(r"[^\w. -]", "_", unicodedata.normalize("NFC", name)).strip(". ") or "output"
        safe = safe.removesuffix(suffix) or "output"
        if _RESERVED.fullmatch(safe):
            safe = f"_{safe}"
        stem = candidate = safe.encode()[:_LONGEST_NAME].decode(errors="ignore")
        number = 2
        while f"{candidate}{suffix}".casefold() in self._taken:
            candidate, number = f"{stem}_{number}", number + 1
        self._taken.add(f"{candidate}{suffix}".casefold())
        return f"{candidate}{suffix}"


def make_folder(folder: Path, option: str = "--out") -> None:
    """Make a folder, and see whether it can be written.

    Args:
        folder: The folder.
        option: The option that named it.
    Raises:
        UsageError: It cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise UsageError(
            f"{option} {folder}: expected a folder that can be written, found: {problem.strerror}"
        ) from None


def words(json: Json) -> str:
    """An output in a few words, for people; from its JSON."""
    if isinstance(json, str):
        return json
    if isinstance(json, dict) and isinstance(kind := json.get("kind"), str):
        if isinstance(shape := json.get("shape"), list):
            sizes = " × ".join(map(str, shape[:2] if kind == "picture" else shape)) or "of no dimension"
            found = f"{kind} {sizes}" if kind == "picture" else f"{kind} {sizes}, {json.get('dtype')}"
        else:
            found = str(json.get("text", kind))
        if "error" in json:
            return f"{found}, not written"
        return f"{found} → {json['path']}" if "path" in json else found
    return _short(json)


def _short(json: Json) -> str:
    text = dumps(json, ensure_ascii=False)
    if len(text) <= LONGEST_WORDS or not isinstance(json, list | dict):
        return text
    return f"{'list' if isinstance(json, list) else 'table'} of {len(json)}: {text[: LONGEST_WORDS - 20]}…"


def _write(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside the file, then put it in place: whoever looks finds the old file or the new one."""
    path.parent.mkdir(exist_ok=True)  # A stream has a folder an epoch, made for the first file.
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(beside)
        beside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _opaque(value: Any) -> Json:
    try:
        text = repr(value)
    except Exception as problem:  # noqa: BLE001 - `__repr__` is foreign code
        text = f"(its repr raised {type(problem).__name__})"
    return {"kind": "object", "type": f"{type(value).__module__}.{type(value).__qualname__}", "text": text[:1000]}


def _float(value: float) -> Json:
    return float(value) if math.isfinite(value) else _NOT_FINITE[str(float(value))]


def _int(value: int) -> Json:
    # Python refuses to write integers of more than 4,300 digits in decimal.
    return int(value) if value.bit_length() < 10_000 else hex(value)


_SCALARS: tuple[tuple[Any, Callable[[Any], Json]], ...] = (
    (enum.Enum, lambda value: value.name),
    (str, str),
    (int, _int),
    (float, _float),
    (complex, lambda value: [_float(value.real), _float(value.imag)]),
    (PurePath, str),
    ((datetime.date, datetime.time), lambda value: value.isoformat()),
    (datetime.timedelta, lambda value: value.total_seconds()),
    ((bytes, bytearray, memoryview), lambda value: {"kind": "bytes", "size": len(bytes(value))}),
)
"""How what is no container is written; the first class that fits counts."""
