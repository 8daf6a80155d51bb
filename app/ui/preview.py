"""What a value looks like on a node and in the inspector: made once, small, off the GUI thread.

A preview keeps no value: a picture becomes a thumbnail, anything else a few lines of text, so that showing the last
values of a thousand nodes costs no memory to speak of. Works on samples of what is large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Kind = Literal["picture", "number", "text", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is shown of a value.

    Attributes:
        kind: `picture`: see `pixels`; `number` and `text`: see `text`; `table`: see `columns` and `rows`.
        text: The value in one line: `24`, `384 × 303 picture`, `24 rows`.
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
        hint: Type of the port that gave it.
    """
    return Preview(kind="text", text=repr(value)[:200])
