"""What an input's annotation may say beside its type: range, unit, choices, how it is edited, when it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Mode = Literal["AND", "OR", "XOR"]
"""How the signals of several wires into one control port are joined."""

MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Facts about one input, written as `Annotated[float, Field(min=0, unit="px")]`.

    Attributes:
        min: Smallest value allowed.
        max: Largest value allowed.
        step: Step of the editor's widget.
        unit: Unit shown behind the value and in messages, such as `px`.
        choices: The only values allowed.
        file_filter: For a path: pattern of the file dialog, such as `*.png *.jpg`.
        save: For a path: the file is written, not read. It is resolved under the run's output folder.
        multiline: For text: edit in a box of several lines.
        hidden: Whether the port is not shown on the node until it is wired.
        label: Name shown instead of the parameter's.
        lazy: Whether the input is computed only when the node asks for it, by returning an `Ask`.
        mode: For a `Signal`: how the wires that end here are joined, unless the graph says otherwise.
    """

    min: float | None = None
    max: float | None = None
    step: float | None = None
    unit: str = ""
    choices: Sequence[Any] = ()
    file_filter: str = ""
    save: bool = False
    multiline: bool = False
    hidden: bool = False
    label: str = ""
    lazy: bool = False
    mode: Mode = "AND"

    @property
    def range_text(self) -> str:
        """The range in words, such as `from 0 to 50 (px)`; empty when there is none."""
        unit = f" ({self.unit})" if self.unit else ""
        if self.min is not None and self.max is not None:
            return f"from {self.min:g} to {self.max:g}{unit}"
        if self.min is not None:
            return f"of at least {self.min:g}{unit}"
        if self.max is not None:
            return f"of at most {self.max:g}{unit}"
        return ""
