"""What a node may ask of the run that it is part of.

A node that declares a parameter `ctx: Context` is given one. All methods may be called from any thread.
"""

from __future__ import annotations

import math
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, get_args

if TYPE_CHECKING:  # Who asks for random numbers pays for it.
    import numpy as np

Level = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)


PREVIEW_PERIOD_S = 0.05
"""Seconds between two previews of a node; those in between are dropped."""

PREVIEW_SIDE = 256
"""The most rows and columns of an array that is previewed; of larger ones only every second is, or third, and so on."""

PREVIEW_LENGTH = 4_000
"""The most characters of a text that is previewed."""


class Shown(NamedTuple):
    """What a node shows of its work.

    Attributes:
        value: A copy, thinned.
        shape: The shape of the whole array; None for anything else.
    """

    value: Any
    shape: tuple[int, ...] | None = None


class Cancelled(Exception):
    """Raised inside a node by `Context.check_cancelled`: the node ends, and does not count as failed."""


class RunPort(Protocol):
    """The engine's side of a context."""

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        """Take a node's progress."""

    def on_log(self, node: str, level: Level, text: str) -> None:
        """Take a line of a node's log."""

    @property
    def wants_previews(self) -> bool:
        """Whether anybody looks at previews."""

    def on_preview(self, node: str, shown: Shown) -> None:
        """Take what a node shows of its work."""

    def seed(self, node: str) -> bytes:
        """What the node's random numbers come from: the same in every run with the same seed."""

    def scratch(self, node: str) -> Path:
        """Make a folder for the node that goes with the run."""

    def is_cancelled(self) -> bool:
        """Whether the run was cancelled."""

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the run is cancelled, at most so long; tell whether it is."""


class Context:
    """A node's view of its run.

    Attributes:
        node: Id of the node.
    """

    # All but the first two are set when they are first asked for.
    __slots__ = ("_preview_from", "_random", "_run", "_scratch", "node")
    _random: np.random.Generator
    _scratch: Path

    def __init__(self, node: str, run: RunPort) -> None:
        self.node, self._run = node, run

    @property
    def random(self) -> np.random.Generator:
        """Random numbers that are the same in every run with the same seed (`run(seed=…)`, `run --seed`).

        They depend on the node's id, on the epoch, and on the item or pass of a composite node around it, and on
        nothing else: not on the order in which nodes run, nor on where. An attempt after a failure gets the same again.
        Each call has its own; a generator node has one for all its values.
        """
        try:
            return self._random
        except AttributeError:
            import numpy as np  # noqa: PLC0415

            self._random = np.random.default_rng(int.from_bytes(self._run.seed(self.node), "big"))
            return self._random

    @property
    def scratch(self) -> Path:
        """A folder of this call's own, empty at first; it is deleted at the end of the run, of a stream's epoch.

        A generator node has one until the stream ends.
        """
        try:
            return self._scratch
        except AttributeError:
            self._scratch = self._run.scratch(self.node)
            return self._scratch

    def preview(self, value: Any) -> None:
        """Show how far the work is: a picture, an array, a number, a text, shown on the node while it runs.

        Costs next to nothing where nobody looks. Of many in a row some are left out.
        """
        if not self._run.wants_previews:
            return
        now = monotonic()
        if now >= getattr(self, "_preview_from", 0.0):
            self._preview_from = now + PREVIEW_PERIOD_S
            self._run.on_preview(self.node, _thinned(value))

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


def _thinned(value: Any) -> Shown:
    """A small copy: the node may go on writing into its array."""
    if isinstance(value, str):
        return Shown(value[:PREVIEW_LENGTH])
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or not shape:
        return Shown(value)
    steps = [slice(None, None, max(1, math.ceil(side / PREVIEW_SIDE))) for side in shape[:2]]
    return Shown(value[tuple(steps)].copy(), shape)
