"""What a value looks like on a node and in the inspector: made once, small, off the GUI thread.

A preview keeps no value: a picture becomes a thumbnail, anything else a few lines of text, so that showing the last
values of a thousand nodes costs no memory to speak of. What is large is sampled, not read.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import numbers
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..authoring.control import Signal
from ..ports.hint import label_of
from .thumbnail import Array, is_picture, numbers_objects, sampled, thumbnail

Kind = Literal["picture", "number", "text", "table"]

ROWS, COLUMNS, CELL = 20, 8, 40
"""Of a table: rows, columns, and characters of a cell."""

LONGEST = 2_000
"""Characters of a text."""

_repr = reprlib.Repr()
_repr.maxlevel, _repr.maxstring, _repr.maxlong, _repr.maxother = 3, CELL, CELL, CELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is shown of a value.

    Attributes:
        kind: `picture`: see `pixels`; `number` and `text`: see `text`; `table`: see `columns` and `rows`.
        text: The value itself, at most 2,000 characters: `24`; of a picture or table its size: `384 × 303`, `24 rows`.
        detail: Further facts in one line, such as the data type and range; may be empty.
        pixels: Red, green, blue from 0 to 255, of shape (height, width, 3), at most 256 a side; None for other kinds.
        size: Width and height of the whole picture.
        columns: Names of the table's columns.
        rows: The first rows, cells as text.
    """

    kind: Kind
    text: str
    detail: str = ""
    pixels: npt.NDArray[np.uint8] | None = None
    size: tuple[int, int] = (0, 0)
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def preview(value: Any, hint: Any = Any) -> Preview:
    """Make the preview of a value; never raises.

    Args:
        value: Anything.
        hint: Type of the port that gave it; a label tells a picture from a matrix.
    """
    try:
        return _preview(value, hint)
    except Exception as problem:  # noqa: BLE001 - the border to foreign types: their methods may raise anything.
        return Preview(kind="text", text=f"{type(value).__name__}, which cannot be shown: {problem}")


def _preview(value: Any, hint: Any) -> Preview:
    if isinstance(value, np.ndarray) and value.ndim:
        return _of_array(value, is_labelled=label_of(hint) is not None)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":
        return dataclasses.replace(_preview(value.item(), hint), detail=value.dtype.name)
    if value is None:
        return Preview(kind="text", text="nothing", detail="None")
    if isinstance(value, Signal):
        return Preview(kind="text", text="active" if value else "inactive")
    if isinstance(value, bool):
        return Preview(kind="text", text="true" if value else "false")
    if isinstance(value, numbers.Number):
        return Preview(kind="number", text=number_text(value), detail=type(value).__name__)
    if isinstance(value, str):
        lines = value.count("\n") + 1
        detail = f"{len(value):,} characters" + (f", {lines:,} lines" if lines > 1 else "")
        return Preview(kind="text", text=value[:LONGEST], detail=detail)
    if isinstance(value, PurePath):
        return Preview(kind="text", text=str(value)[:LONGEST], detail="path")
    return _of_container(value) or Preview(kind="text", text=_line(value), detail=type(value).__name__)


def number_text(value: Any, digits: int = 6) -> str:
    """A number in at most about 12 characters: so many significant digits, whole numbers in full up to 12 digits."""
    if isinstance(value, numbers.Integral):
        text = str(value) if abs(int(value)) < 10**12 else _large(int(value), digits)
    elif isinstance(value, numbers.Real):
        text = f"{float(value):.{digits}g}"
    elif isinstance(value, complex):
        text = f"{value:.{digits}g}"
    else:
        text = str(value)[:CELL]
    return text.replace("-", "−")


def _large(whole: int, digits: int) -> str:
    # Python turns no number of more than 4,300 digits into text, and floats end at 10**308.
    exponent = int((abs(whole).bit_length() - 1) * math.log10(2))
    lead = abs(whole) / 10**exponent if exponent < 300 else abs(whole) // 10 ** (exponent - 15) / 10**15
    # Rounded, 9.9999999 is one power of ten more.
    lead_text, _, shift = f"{lead:.{digits - 1}e}".partition("e")
    return f"{'-' if whole < 0 else ''}{float(lead_text):g}e+{exponent + int(shift)}"


# ---------------------------------------------------------------- arrays


def _of_array(array: Array, *, is_labelled: bool) -> Preview:
    shape = " × ".join(map(str, array.shape))
    if not array.size:
        return Preview(kind="text", text="empty array", detail=f"{shape}, {array.dtype}")
    if is_picture(array, is_labelled=is_labelled):
        height, width = array.shape[:2]
        return Preview(
            kind="picture",
            text=f"{width} × {height}",
            detail=_facts(array, is_labelled=is_labelled),
            pixels=thumbnail(array, is_labelled=is_labelled),
            size=(width, height),
        )
    if array.dtype.names is not None and array.ndim == 1:
        names: Sequence[str] = array.dtype.names
        return _table(names, ([row[name] for name in names] for row in array[:ROWS]), len(array))
    detail = _facts(array, is_labelled=is_labelled)
    if array.ndim == 1:
        table = _table(("value",), ([item] for item in array[:ROWS]), len(array))
        return dataclasses.replace(table, text=f"{len(array):,} values", detail=detail)
    if array.ndim == 2:
        columns = [str(column) for column in range(array.shape[1])]
        return dataclasses.replace(_table(columns, array[:ROWS], len(array)), text=f"{shape} array", detail=detail)
    return Preview(kind="text", text=f"{shape} array", detail=detail)


def _facts(array: Array, *, is_labelled: bool) -> str:
    """Data type and what the values are like; of a large array, of a sample."""
    if array.dtype.kind not in "biuf":
        return str(array.dtype)
    some = sampled(array)
    if array.dtype.kind == "b":
        return f"{array.dtype}, {100 * float(np.mean(some)):.3g} % true"
    if numbers_objects(array, is_labelled=is_labelled):
        return f"{array.dtype}, {int(array.max()):,} objects"
    finite = some[np.isfinite(some)]
    if not finite.size:
        return f"{array.dtype}, no finite value"
    least, most = finite.min().item(), finite.max().item()
    nan = ", some not finite" if finite.size < some.size else ""
    return f"{array.dtype}, {number_text(least, 3)} to {number_text(most, 3)}{nan}"


# ---------------------------------------------------------------- containers


def _of_container(value: Any) -> Preview | None:
    """The table of a container or record; None for anything else."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return _record((name, getattr(value, name)) for name in names)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _record(zip(value._fields, value, strict=False))
    if isinstance(value, Mapping):
        items = itertools.islice(value.items(), ROWS)
        return _table(("key", "value"), items, len(value), "entries")
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview | range):
        head = list(itertools.islice(value, ROWS))
        records = [row for row in head if isinstance(row, Mapping)]
        if head and len(records) == len(head):
            names = list(dict.fromkeys(key for row in records for key in itertools.islice(row, COLUMNS + 1)))
            cells = ([row.get(name, "") for name in names] for row in records)
            return _table(list(map(str, names)), cells, len(value))
        if head and all(isinstance(row, list | tuple) for row in head):
            width = max(map(len, head))
            rows = ([*row[:width], *[""] * (width - len(row))] for row in head)
            return _table([str(column) for column in range(width)], rows, len(value))
        return _table(("value",), ([item] for item in head), len(value), "items")
    if isinstance(value, AbstractSet):
        return _table(("value",), ([item] for item in itertools.islice(value, ROWS)), len(value), "items")
    return None


def _record(items: Iterable[tuple[str, Any]]) -> Preview:
    rows = list(items)
    return _table(("field", "value"), rows[:ROWS], len(rows), "fields")


def _table(columns: Sequence[str], rows: Iterable[Iterable[Any]], count: int, noun: str = "rows") -> Preview:
    shown = tuple(tuple(_cell(cell) for cell in itertools.islice(row, COLUMNS)) for row in rows)
    more = f", {len(columns)} columns" if len(columns) > COLUMNS else ""
    text = f"1 {'entry' if noun == 'entries' else noun.removesuffix('s')}" if count == 1 else f"{count:,} {noun}"
    return Preview(kind="table", text=text + more, columns=tuple(columns[:COLUMNS]), rows=shown)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value[:CELL]
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, numbers.Number):
        return number_text(value)
    return _line(value)[:CELL]


def _line(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{' × '.join(map(str, value.shape))} array"
    text = _repr.repr(value) if isinstance(value, list | tuple | dict | set | frozenset | str | bytes) else str(value)
    return " ".join(text[:LONGEST].split())
