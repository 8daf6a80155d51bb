"""The type of control ports."""

from __future__ import annotations

import enum


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
