"""What a node asks of its run, handed on to the epoch that it runs in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..authoring.context import Level, Shown

if TYPE_CHECKING:
    from .epoch import Epoch


class OfEpoch:
    """The engine's side of a context, but for when the node shall end.

    Attributes:
        epoch: The epoch.
    """

    __slots__ = ()
    epoch: Epoch

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        """Take the node's progress."""
        self.epoch.on_progress(node, fraction, text)

    def on_log(self, node: str, level: Level, text: str) -> None:
        """Take a line of the node's log."""
        self.epoch.on_log(node, level, text)

    @property
    def wants_previews(self) -> bool:
        """Whether anybody looks at previews."""
        return self.epoch.wants_previews

    def on_preview(self, node: str, shown: Shown) -> None:
        """Take what the node shows of its work."""
        self.epoch.on_preview(node, shown)

    def seed(self, node: str) -> bytes:
        """What the node's random numbers come from."""
        return self.epoch.seed(node)

    def scratch(self, node: str) -> Path:
        """Make a folder for the node that goes with the run."""
        return self.epoch.scratch(node)
