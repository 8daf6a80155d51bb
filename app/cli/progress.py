"""What people see while a graph runs: on a terminal a line for each running node and a bar, elsewhere plain lines.

The thread that waits for the run also draws, between two waits; nodes are never held up by it. Nothing is drawn in the
first moments, so that a quick run stays quiet and does not pay for rich.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Literal

from ..engine.compiler.plan import SETTLED
from ..engine.epoch import Epoch, LogLine
from ..engine.run import Run
from .console import complain, is_terminal, printable

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

PAUSE_S = 0.05
"""Between two looks at the run."""

SHARE = 20
"""A look may take one part in so many of the time."""

QUIET_S = 0.3
"""Nothing is drawn before."""

EVERY_S = 2.0
"""Between two plain lines that count."""

MOST = 8
"""Running nodes that have a line each."""

Level = Literal["debug", "info", "warning", "error"]


class Watch:
    """Looks on and says nothing; what the other two have in common.

    Attributes:
        pause_s: Seconds to wait until the next look.
    """

    def __init__(self) -> None:
        self.pause_s = PAUSE_S

    def look(self, run: Run) -> None:
        """Show what is going on now; takes a small share of the time, however big the graph is."""
        began = time.perf_counter()
        self._show(run)
        self.pause_s = max(PAUSE_S, SHARE * (time.perf_counter() - began))

    def tell(self, text: str) -> None:
        """Say something about the run."""

    def close(self, run: Run) -> None:
        """Show the end, and take away what was only for the time of the run."""

    def _show(self, run: Run) -> None:
        pass


class Lines(Watch):
    """Plain lines: what nodes log, and now and then how many have completed.

    Args:
        level: Least level of a node's log that is shown.
    """

    def __init__(self, level: Level = "info") -> None:
        super().__init__()
        self._level = rank(level)
        self._last_line: LogLine | None = None
        self._said = ""
        self._next = time.monotonic() + EVERY_S

    def tell(self, text: str) -> None:
        """Say something about the run, on a line of its own."""
        complain(text)

    def close(self, run: Run) -> None:
        """Show what nodes logged at last, and the count."""
        self._tell_log(run.epoch)
        self._tell_count(run.epoch)

    def _show(self, run: Run) -> None:
        self._tell_log(run.epoch)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_S
            self._tell_count(run.epoch)

    def _tell_count(self, epoch: Epoch) -> None:
        completed, _, nodes = counts(epoch)
        count = f"completed {completed} of {nodes}"
        if count != self._said:
            self._said = count
            complain(count)

    def _tell_log(self, epoch: Epoch) -> None:
        for line in self._new_lines(epoch):
            if rank(line.level) >= self._level:
                level = "" if line.level == "info" else f"{line.level}: "
                complain(printable(f"{line.node}: {level}{line.text}"))

    def _new_lines(self, epoch: Epoch) -> list[LogLine]:
        lines = list(epoch.log)
        new: list[LogLine] = []
        for line in reversed(lines):
            if line is self._last_line:
                break
            new.append(line)
        if lines:
            self._last_line = lines[-1]
        return new[::-1]


class Display(Lines):
    """A display on a terminal that redraws itself, below the lines that nodes log.

    Args:
        level: Least level of a node's log that is shown.
    """

    def __init__(self, level: Level = "info") -> None:
        super().__init__(level)
        self._began = time.monotonic()
        self._seen: dict[str, float] = {}
        self._live: Live | None = None
        self._spinner: Any = None  # One for all lines, so that they turn together.

    def close(self, run: Run) -> None:
        """Take the display away; the report that follows says how it ended."""
        self._tell_log(run.epoch)
        if self._live is not None:
            self._live.stop()

    def _show(self, run: Run) -> None:
        self._tell_log(run.epoch)
        now = time.monotonic()
        running = [name for name, state in run.states().items() if state == "running"]
        self._seen = {name: self._seen.get(name, now) for name in running}
        if now - self._began < QUIET_S:
            return
        if self._live is None:
            self._live = live()
            self._live.start()
        self._live.update(self._table(run.epoch, now), refresh=True)

    def _table(self, epoch: Epoch, now: float) -> Table:
        from rich.progress_bar import ProgressBar  # noqa: PLC0415 - a quick run does without
        from rich.spinner import Spinner  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        self._spinner = self._spinner or Spinner("dots")
        table = Table.grid(padding=(0, 1))
        for name, since in list(self._seen.items())[:MOST]:
            fraction, text = epoch.progress.get(name, (None, ""))
            bar = ProgressBar(1.0, fraction or 0.0, width=24, pulse=fraction is None, animation_time=now)
            share = "" if fraction is None else f"{fraction:.0%}"
            table.add_row(self._spinner, Text(name), bar, share, _took(now - since), Text(printable(text), "dim"))
        if len(self._seen) > MOST:
            table.add_row("", Text(f"and {len(self._seen) - MOST} more", "dim"))
        _, over, nodes = counts(epoch)
        bar = ProgressBar(nodes, over, width=24)
        table.add_row("", Text("nodes", "bold"), bar, f"{over} of {nodes}", _took(now - self._began))
        return table


def watch(*, quiet: bool = False, level: Level = "info") -> Watch:
    """What fits to where stderr goes.

    Args:
        quiet: Show nothing.
        level: Least level of a node's log that is shown.
    """
    if quiet:
        return Watch()
    return Display(level) if is_terminal(sys.stderr) else Lines(level)


def counts(epoch: Epoch) -> tuple[int, int, int]:
    """Nodes that have completed, that are over, and all; converters, which nobody drew, are not counted."""
    nodes = [index for index, node in enumerate(epoch.plan.nodes) if not node.is_converter]
    over = [index for index in nodes if epoch.stages[index] == SETTLED]
    return sum(index not in epoch.endings for index in over), len(over), len(nodes)


def _took(seconds: float) -> str:
    return f"[dim]{seconds:.1f} s[/dim]"


def live() -> Live:
    """A display on stderr that is drawn when it is told to, and gone at its end."""
    from rich.console import Console  # noqa: PLC0415 - a quick run does without
    from rich.live import Live  # noqa: PLC0415

    # A node's prints belong to stdout where that goes elsewhere, and above the display where it is the same terminal.
    return Live(
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=is_terminal(sys.stdout),
    )


def rank(level: Level) -> int:
    """A level as a number: the graver, the higher."""
    return logging.getLevelNamesMapping()[level.upper()]
