"""What a document may hold: plain JSON, and how to say in a message what was found instead.

JSON of a document is never changed in place: an edit puts new values where the old ones were. So a copy of a document,
and what an edit gave back for undo, may share values with it.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""None, bool, int, float, str, or a list or dict of these."""

DEEPEST_VALUE = 90
"""Nesting of one value; the levels of the file around it make up the rest to 100."""
LONGEST_NUMBER = 1000
"""Digits of a whole number."""
LONGEST_SHOWN = 60
"""Characters of a value in a message."""


class BadValue(ValueError):
    """A value that a document cannot hold.

    Attributes:
        path: Place inside the document, such as `$.nodes.coins.params`; empty when only the caller knows it.
        problem: What was expected and what was found.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.path, self.problem = path, problem


def plain(value: Any, depth: int = 0) -> Json:
    """Bring a Python value to plain JSON that shares no list or dict with it.

    Tuples become lists and paths text; subclasses of the plain types (an `IntEnum`, NumPy's `float64`) their base.

    Raises:
        BadValue: It holds something that JSON lacks.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        if abs(value) >= 10**LONGEST_NUMBER:
            raise BadValue(f"expected a number of at most {LONGEST_NUMBER} digits, found a longer one")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadValue(f"expected a finite number, found {float(value)!r}, which JSON lacks")
        return float(value)
    if isinstance(value, PurePath):
        return value.as_posix()
    if depth >= DEEPEST_VALUE:
        raise BadValue(f"expected at most {DEEPEST_VALUE} levels of lists and objects, found more")
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise BadValue(f"expected text as the key of an object, found {key!r}")
        return {str.__str__(key): plain(item, depth + 1) for key, item in value.items()}
    kind = type(value)
    raise BadValue(f"expected a value that JSON can hold, found one of type {kind.__module__}.{kind.__qualname__}")


def shown(value: Json) -> str:
    """A JSON value as a message shows it: in JSON's own spelling while that is short, else in words."""
    text = _printable(json.dumps(value, ensure_ascii=False))
    if len(text) <= LONGEST_SHOWN:
        return text
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return text[: LONGEST_SHOWN - 2] + ('…"' if isinstance(value, str) else "…")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "mask"?`, or nothing when no known name is close."""
    if len(name) > 100:
        return ""
    close = difflib.get_close_matches(name, list(known)[:5000], n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def below(path: str, key: str) -> str:
    """The JSON path of `key` in the object at `path`: `$.nodes` and `blur` give `$.nodes.blur`."""
    return f"{path}.{key}" if key.replace("-", "_").isidentifier() else f"{path}[{shown(key)}]"


def _printable(text: str) -> str:
    """Text that any terminal takes: a lone surrogate, which is no character, shows as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
