"""A port: where a wire may end on a node, with its type and what is known about its values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from .field import Field


class _Missing(enum.Enum):
    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing.MISSING
"""Stands for "no default" and "no value", where None is a value."""

PLAIN = Field()
"""The facts of an input that declares none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output of a node type.

    Attributes:
        name: Name in wires, `params` and messages.
        hint: Type hint of its values, a `Label` still inside `Annotated`, the `Field` taken out; `Signal` for control.
        control: Whether it carries a `Signal` instead of data.
        default: For an input: the value while nothing is wired; MISSING makes the input required.
        field: For an input: range, unit, widget.
        variadic: For an input: takes any number of wires, which end at `name[0]`, `name[1]` …
        keyword: For an input: passed to the function by keyword.
    """

    name: str
    hint: Any
    control: bool = False
    default: Any = MISSING
    field: Field = PLAIN
    variadic: bool = False
    keyword: bool = False

    @property
    def is_required(self) -> bool:
        """Whether the node needs a wire here."""
        return self.default is MISSING and not self.variadic and not self.control

    def called(self, name: str) -> Port:
        """The same port under another name."""
        return Port(
            name=name, hint=self.hint, control=self.control, default=self.default, field=self.field,
            variadic=self.variadic, keyword=self.keyword,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """The ports of a node.

    Attributes:
        inputs: Declared inputs, in order.
        outputs: Declared outputs, in order.
        settings: What is set in `params` and never wired, such as the name of a `graph.input`.
        required: Those of the inputs that need a wire.
    """

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    settings: tuple[Port, ...] = ()
    required: tuple[Port, ...] = field(init=False, repr=False, compare=False)
    _inputs: dict[str, Port] = field(init=False, repr=False, compare=False)
    _outputs: dict[str, Port] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked for every node and every end of every wire. Of two ports that share a name the first counts.
        object.__setattr__(self, "required", tuple(port for port in self.inputs if port.is_required))
        object.__setattr__(self, "_inputs", {port.name: port for port in reversed(self.inputs)})
        object.__setattr__(self, "_outputs", {port.name: port for port in reversed(self.outputs)})

    def input(self, name: str) -> Port | None:
        """The input called `name`, or None."""
        return self._inputs.get(name)

    def output(self, name: str) -> Port | None:
        """The output called `name`, or None."""
        return self._outputs.get(name)

    def parameter(self, name: str) -> Port | None:
        """What `params` may hold under this name: an input that takes one value, or a setting; None for nothing."""
        port = next((port for port in (*self.inputs, *self.settings) if port.name == name), None)
        return None if port is None or port.control or port.variadic else port
