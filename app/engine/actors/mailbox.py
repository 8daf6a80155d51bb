"""An actor's inbox, read a turn at a time instead of by a thread that waits.

pykka's receive loop asks its inbox for one envelope after another and would block for the next. This one ends the
loop instead: `get` raises `TurnOver` once nothing is there, or once the turn has handled its share so that
thousands of actors share few threads fairly. The loop itself stays pykka's.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from pykka import ActorDeadError
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

T = TypeVar("T")

TURN = 64
"""Envelopes that one turn handles at most."""


_nothing: deque[Any] = deque()
"""What waits where nothing ever did; nobody adds to it."""

_late = threading.Lock()
"""Held while a mailbox gets its first item."""


class TurnOver(Exception):
    """Nothing more to handle in this turn."""


def _nobody() -> None:
    """Stands in until the actor has said how it is woken."""


class Mailbox:
    """Envelopes that wait for one actor.

    Any thread may put; only the thread that holds the actor's turn gets.

    Attributes:
        wake: Called after each put.
        current: The envelope being handled.
    """

    __slots__ = ("_items", "_left", "current", "wake")

    def __init__(self) -> None:
        self._items = _nothing
        self.wake: Callable[[], None] = _nobody
        self.current: Envelope[Any] | None = None
        self._left = 0

    @property
    def items(self) -> deque[Any]:
        """What waits, oldest first: envelopes, and for a node's actor the epochs that it may run; `add` adds."""
        return self._items

    def add(self, item: Any) -> int:
        """Have something wait; tell how much does."""
        items = self._own()
        items.append(item)
        return len(items)

    def put(self, envelope: Envelope[Any], /) -> None:
        """Add an envelope and see to it that the actor gets a turn."""
        self.add(envelope)
        self.wake()

    def _own(self) -> deque[Any]:
        """A deque of its own: hardly any of thousands of actors is sent anything, and an empty one has 600 bytes."""
        if self._items is _nothing:
            with _late:
                if self._items is _nothing:
                    self._items = deque()
        return self._items

    def begin_turn(self) -> None:
        """Allow the next `TURN` envelopes."""
        self._left = TURN

    def get(self) -> Envelope[Any]:
        """The next envelope.

        Raises:
            TurnOver: None is left, the next item is an epoch, or the turn has had its share.
        """
        if not self._left or not self.items or not isinstance(self.items[0], Envelope):
            raise TurnOver
        self._left -= 1
        self.current = self.items.popleft()
        return self.current

    def empty(self) -> bool:
        """Whether no envelope waits."""
        return not self.items or not isinstance(self.items[0], Envelope)

    def close(self, actor: str) -> None:
        """Refuse what waits, now and whenever more comes, and let go of the actor, which has stopped.

        Args:
            actor: What it is called, for those who are refused.
        """
        self.wake = partial(_refuse, self._own(), actor)
        self.wake()

    def take_out(self, kind: type[T]) -> list[T]:
        """Remove all items of a kind, and give them in order; only while nobody puts or gets."""
        taken = [item for item in tuple(self.items) if isinstance(item, kind)]
        for item in taken:
            self.items.remove(item)
        return taken


def _refuse(items: deque[Any], actor: str) -> None:
    """Answer for an actor that has stopped."""
    while items:
        try:
            envelope = items.popleft()
        except IndexError:  # Another thread was faster.
            return
        if envelope.reply_to is None:
            continue
        if isinstance(envelope.message, _ActorStop):
            envelope.reply_to.set(None)
        else:
            late = ActorDeadError(f"{actor} stopped before handling the message")
            envelope.reply_to.set_exception(exc_info=(ActorDeadError, late, None))
