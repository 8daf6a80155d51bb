"""How the epochs of a stream ended, and what people see of it while it goes on.

The thread that drives the stream counts and leaves lines to be said; the one that waits says them and draws, so that
drawing holds up nobody.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

from .console import complain, duration, is_terminal, printable, rendered
from .progress import EVERY_S, PAUSE_S, QUIET_S, SHARE, Level, live, rank
from .report import COLOURS

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from ..engine.result import Result

FAILURES = 20
"""Epochs whose failures are told one by one, unless more is asked for."""


class Tally:
    """Counts epochs, tells of failures.

    Args:
        says_all: Whether every failure is told.
        level: Least level of a node's log that is told; None for nothing.

    Attributes:
        statuses: Epochs by status.
        share: How much of the rows has been read, from 0 to 1; None where nobody knows.
        pause_s: Seconds to wait until the next look.
    """

    def __init__(self, *, says_all: bool = False, level: Level | None = None) -> None:
        self.statuses: Counter[str] = Counter()
        self.share: float | None = None
        self.pause_s = PAUSE_S
        self._said: deque[str] = deque()
        self._says_all, self._told = says_all, 0
        self._level = None if level is None else rank(level)
        self._began = time.monotonic()

    @property
    def epochs(self) -> int:
        """Epochs that are over."""
        return self.statuses.total()

    @property
    def done(self) -> int:
        """Epochs that came to an end of their own."""
        return self.epochs - self.statuses["cancelled"]

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def add(self, status: str, complaints: list[str], result: Result | None = None) -> None:
        """Count an epoch.

        Args:
            status: How it ended.
            complaints: What went wrong, a line each.
            result: What came of it, if it ran.
        """
        epoch = self.epochs
        self.statuses[status] += 1
        if result is not None and self._level is not None:
            for line in result.log:
                if rank(line.level) >= self._level:
                    level = "" if line.level == "info" else f"{line.level}: "
                    self._said.append(f"epoch {epoch}: {line.node}: {level}{line.text}")
        if not complaints:
            return
        self._told += 1
        if self._says_all or self._told <= FAILURES:
            self._said += (f"epoch {epoch}: {line}" for line in complaints)
        elif self._told == FAILURES + 1:
            self._said.append("further failures are only counted; -v tells all, --json has each epoch's")

    def tell(self, text: str) -> None:
        """Say something about the stream."""
        self._said.append(text)

    def look(self) -> None:
        """Say and draw what is new; takes a small share of the time."""
        began = time.perf_counter()
        self._show()
        self.pause_s = max(PAUSE_S, SHARE * (time.perf_counter() - began))

    def close(self) -> None:
        """Say what is left to be said, and take away what was drawn."""
        self._show()

    def table(self) -> str:
        """How many epochs ended how, for people."""
        from rich.table import Table  # noqa: PLC0415 - streams for programs need no table
        from rich.text import Text  # noqa: PLC0415

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(style="bold")
        table.add_column(justify="right")
        for status, colour in COLOURS.items():
            if self.statuses[status]:
                table.add_row(Text(status, f"bold {colour}"), f"{self.statuses[status]:,}")
        epochs = f"{self.epochs:,} epoch{'' if self.epochs == 1 else 's'}"
        line = Text(f"{epochs} in {duration(self.elapsed_s)}, {self._rate()}")
        return rendered(*([table] if table.row_count else []), line)

    def _show(self) -> None:
        while self._said:
            complain(printable(self._said.popleft()))

    def _rate(self) -> str:
        rate = self.epochs / max(self.elapsed_s, 1e-9)
        return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.2g}/s"

    def _counts(self) -> str:
        failed = self.statuses["failed"] + self.statuses["partial"]
        return f"{self.epochs:,} epochs" + (f", {failed:,} failed" if failed else "")


class Lines(Tally):
    """Says now and then on a plain line how far it is."""

    def __init__(self, *, says_all: bool = False, level: Level | None = "info") -> None:
        super().__init__(says_all=says_all, level=level)
        self._next = time.monotonic() + EVERY_S

    def _show(self) -> None:
        super()._show()
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_S
            share = "" if self.share is None else f", {self.share:.0%} of the rows"
            complain(f"{self._counts()}{share}, {self._rate()}")


class Display(Tally):
    """A bar on a terminal that redraws itself, below the lines that are said."""

    _live: Live | None = None

    def close(self) -> None:
        """Say what is left to be said, and take the bar away."""
        Tally._show(self)
        if self._live is not None:
            self._live.stop()

    def _show(self) -> None:
        super()._show()
        if self.elapsed_s < QUIET_S:
            return
        if self._live is None:
            self._live = live()
            self._live.start()
        self._live.update(self._bar(), refresh=True)

    def _bar(self) -> Table:
        from rich.progress_bar import ProgressBar  # noqa: PLC0415 - a quick stream does without
        from rich.table import Table  # noqa: PLC0415

        table = Table.grid(padding=(0, 1))
        pulse = self.share is None
        bar = ProgressBar(1.0, self.share or 0.0, width=24, pulse=pulse, animation_time=time.monotonic())
        share = "" if self.share is None else f"{self.share:.0%}"
        table.add_row("[bold]epochs[/bold]", bar, share, self._counts(), self._rate(), duration(self.elapsed_s))
        return table


def tally(*, quiet: bool = False, is_verbose: bool = False) -> Tally:
    """What fits to where stderr goes.

    Args:
        quiet: Show nothing but failures.
        is_verbose: Tell every failure, and all that nodes log.
    """
    level: Level = "debug" if is_verbose else "info"
    if quiet:
        return Tally(says_all=is_verbose)
    kind = Display if is_terminal(sys.stderr) else Lines
    return kind(says_all=is_verbose, level=level)
