"""What a run or a stream offers to idle threads: to help, so many at once and no more."""

from __future__ import annotations

from collections.abc import Callable


class Helpers:
    """Threads that help with a run.

    Args:
        help_: Takes and does some work; tells whether there was any.
        most: Threads that may help at once.
    """

    def __init__(self, help_: Callable[[], bool], most: int) -> None:
        self._help, self._tokens = help_, [None] * most

    def __call__(self) -> bool:
        """Help, unless enough do; tell whether there was anything to do."""
        try:
            self._tokens.pop()
        except IndexError:
            return False
        try:
            return self._help()
        finally:
            self._tokens.append(None)
