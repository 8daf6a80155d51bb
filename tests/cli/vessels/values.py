"""Nodes that give values of every kind."""

import datetime
import enum
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from animaweave import Export, Vessel

values = Vessel("values")


def _write_text(value: "Poem", path: Path) -> None:
    if not value.text:
        raise ValueError("an empty page")
    path.write_text(value.text, encoding="utf-8")


@dataclass(frozen=True)
class Poem:
    """Some text with an export of its own."""

    text: str


Verse = Annotated[Poem, values.label("Verse", export=Export(".txt", _write_text))]


class Fruit(enum.Enum):
    """Something to choose."""

    PEAR = 1


@values.node
def numbers() -> dict[str, Any]:
    """Numbers, among them those that JSON lacks."""
    return {
        "nan": math.nan, "inf": math.inf, "minus": -math.inf, "complex": 1 - 2j, "huge": 10**6000,
        "numpy": np.float32(0.5), "count": np.int64(7), "truth": np.bool_(1),
    }  # fmt: skip


@values.node
def things() -> dict[str, Any]:
    """What is no number."""
    return {
        "path": Path("a/b.txt"), "date": datetime.date(2024, 2, 29), "fruit": Fruit.PEAR, "set": {"b", "a"},
        "poem": Poem("line"), "bytes": b"12345", "none": None, "object": object(), "text": "a\x1b[2Jb",
    }  # fmt: skip


@values.node
def keys() -> dict[Any, int]:
    """Keys that are no text."""
    return {1: 10, (2, 3): 20}


@values.node
def twins() -> dict[Any, int]:
    """Two keys of one text."""
    return {1: 10, "1": 20}


@values.node
def array(size: int = 3) -> np.ndarray[Any, Any]:
    """A plain array."""
    return np.arange(size, dtype=np.float64)


@values.node
def arrays() -> list[np.ndarray[Any, Any]]:
    """Two arrays."""
    return [np.zeros(2), np.ones((2, 2))]


@values.node(name="verse")
def verse(text: str = "roses are red") -> Verse:
    """What has an export of its own."""
    return Poem(text)


@values.node
def lines() -> list[int]:
    """More than fits into a line."""
    return list(range(1000))
