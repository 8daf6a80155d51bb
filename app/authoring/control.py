"""What steers the flow: the type of control ports, and how a node asks for a lazy input."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class Signal(enum.Enum):
    """What a control port holds once it is decided; undecided is the absence of a signal."""

    ACTIVE = "+"
    INACTIVE = "−"

    def __bool__(self) -> bool:
        return self is Signal.ACTIVE

    @classmethod
    def when(cls, condition: object) -> Signal:
        """ACTIVE if the condition holds, else INACTIVE."""
        return cls.ACTIVE if condition else cls.INACTIVE


class _NotAsked(enum.Enum):
    NOT_ASKED = "not asked"

    def __repr__(self) -> str:
        return "NOT_ASKED"


NOT_ASKED: Any = _NotAsked.NOT_ASKED
"""What the parameter of a lazy input holds until the node has asked for it. It is typed as `Any`, since a parameter is
declared by the type of the values that come."""


@dataclass(frozen=True, slots=True, init=False)
class Ask:
    """What a node returns to have lazy inputs computed: it is then called again, with them.

        @nodes.node
        def pick(second: bool, a: Annotated[int, Field(lazy=True)], b: Annotated[int, Field(lazy=True)]) -> int | Ask:
            wanted = b if second else a
            return Ask("b" if second else "a") if wanted is NOT_ASKED else wanted

    A lazy input that no wire ends at holds its value or default from the first call on.

    Attributes:
        inputs: Names of the inputs; an item of a variadic input is called `items[2]`.

    Raises:
        ValueError: It names no input.
    """

    inputs: tuple[str, ...]

    def __init__(self, *inputs: str) -> None:
        if not inputs:
            raise ValueError('an `Ask` names the inputs that the node needs, as in `Ask("then")`')
        object.__setattr__(self, "inputs", inputs)
