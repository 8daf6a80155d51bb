"""The actor of one node.

Its data takes a short way: the executor counts down what the node waits for and lets a thread run it, without a
message. Everything else (`tell`, `ask`, proxies, `stop`) takes the long one, through the mailbox. The executor keeps
one byte an actor that says which of the two is under way, so that it never runs twice at once; epochs that come while
it is busy wait in the same mailbox.
"""

from __future__ import annotations

from typing import Any, Protocol

from . import PooledActor
from .scheduler import Scheduler


class Turns(Protocol):
    """Who says when an actor may have a turn."""

    scheduler: Scheduler

    def visit(self, node: int) -> None:
        """A message came for the node's actor."""

    def leave(self, node: int) -> None:
        """The turn that `visit` led to is over."""


class NodeActor(PooledActor):
    """The actor of one node of a running plan.

    Attributes:
        node: Id of the node.
    """

    def __init__(self, node: str, index: int, turns: Turns) -> None:
        self._index, self._turns = index, turns
        self._scheduler = turns.scheduler
        super().__init__()
        self.node = node

    def _start_actor_loop(self) -> None:
        """Nothing to set up: the first turn comes with the first message."""

    def _wake(self) -> None:
        self._turns.visit(self._index)

    def _rest(self) -> None:
        if self._turn_taken.locked():
            super()._rest()
        else:
            self._turns.leave(self._index)

    def on_receive(self, message: Any) -> Any:
        """Answer `{"ask": "node"}` with the node's id; other messages are logged, as pykka does."""
        if message == {"ask": "node"}:
            return self.node
        return super().on_receive(message)

    def __str__(self) -> str:
        return f"NodeActor {self.node}" if hasattr(self, "node") else super().__str__()
