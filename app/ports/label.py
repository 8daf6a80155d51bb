"""A label: a named port type (AnimaWeave's semantic label), such as `image.Grey`.

A label sits in an `Annotated` hint beside its base type, so that type checkers see the base and AnimaWeave the name.
Two labels are the same when their vessel and name are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Export:
    """How a value of a label is written to a file of its own, when it leaves a run.

    Attributes:
        suffix: File name ending, such as `.png`.
        write: Called with the value and the path to write.
    """

    suffix: str
    write: Callable[[Any, Path], None]


@dataclass(frozen=True, slots=True)
class Codec:
    """How a value that JSON lacks is kept in `params`.

    Attributes:
        encode: Value to plain JSON.
        decode: Plain JSON to value; raises ValueError with what was expected.
    """

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Label:
    """A named port type.

    Attributes:
        vessel: Name of the vessel that declares it.
        name: Its own name; `qualified` is `vessel.name`.
        colour: CSS colour of its ports and wires, or None for the vessel's.
        accepts_base: Whether a plain value of the base type fits without a converter.
        doc: One sentence for tooltips.
    """

    vessel: str
    name: str
    colour: str | None = field(default=None, compare=False)
    accepts_base: bool = field(default=False, compare=False)
    doc: str = field(default="", compare=False)
    codec: Codec | None = field(default=None, compare=False)
    export: Export | None = field(default=None, compare=False)

    @property
    def qualified(self) -> str:
        """The name by which graph files and messages know it."""
        return f"{self.vessel}.{self.name}"

    def __str__(self) -> str:
        return self.qualified
