"""What a node may ask of the run that it is part of.

A node that declares a parameter `ctx: Context` is given one. All methods may be called from any thread.
"""

from __future__ import annotations

from typing import Literal, Protocol, get_args

Level = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)


class Cancelled(Exception):
    """Raised inside a node by `Context.check_cancelled`: the node ends, and does not count as failed."""


class RunPort(Protocol):
    """The engine's side of a context."""

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        """Take a node's progress."""

    def on_log(self, node: str, level: Level, text: str) -> None:
        """Take a line of a node's log."""

    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the run is cancelled, at most so long; tell whether it is."""


class Context:
    """A node's view of its run.

    Attributes:
        node: Id of the node.
    """

    __slots__ = ("_run", "node")

    def __init__(self, node: str, run: RunPort) -> None:
        self.node, self._run = node, run

    def progress(self, fraction: float, text: str = "") -> None:
        """Say how far the node is.

        Args:
            fraction: From 0 to 1; values outside are clamped.
            text: A word or two, such as `fitting`.
        """
        self._run.on_progress(self.node, min(1.0, max(0.0, float(fraction))), text)

    def log(self, text: str, level: Level = "info") -> None:
        """Write a line to the run's log, under the node's name.

        Raises:
            ValueError: There is no such level.
        """
        if level not in LEVELS:
            raise ValueError(f"a line's level is one of {', '.join(LEVELS)}; found {level!r}")
        self._run.on_log(self.node, level, text)

    @property
    def is_cancelled(self) -> bool:
        """Whether the run was cancelled; a node that takes long should look now and then and return early."""
        return self._run.is_cancelled()

    def check_cancelled(self) -> None:
        """End the node here if the run was cancelled.

        Raises:
            Cancelled: The run was cancelled.
        """
        if self._run.is_cancelled():
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the run is cancelled.

        Raises:
            Cancelled: The run was cancelled.
        """
        if self._run.wait_cancelled(seconds):
            raise Cancelled
