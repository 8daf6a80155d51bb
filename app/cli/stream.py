"""`animaweave run --inputs`: a row an epoch, however many rows there are.

A thread drives the engine's stream: it reads rows, takes results in their order, writes them down. The main thread
only waits and draws, so that Ctrl-C always arrives. A row that is not sound never reaches the engine; it takes its
place among the results as an epoch that failed.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

from ..engine.compiler.plan import Plan
from ..engine.result import Result
from ..engine.run import GRACE_S
from ..errors import EngineError
from . import report
from .exits import Code, UsageError
from .interrupts import Interrupts
from .outputs import Outputs
from .request import Prepared, Request, refuse_missing
from .rows import Row, Rows
from .session import Session
from .tally import Tally

END_S = 0.3
"""Seconds to write down what came of cancelled epochs; the thread may also wait for a row that never comes."""

MOST_WAITING = 10_000
"""Rows that may wait for the results of rows before them; only those that are not sound can become so many."""

Write = Callable[[Mapping[str, Any]], bool]
"""Takes an epoch's document; tells whether there is still a reader."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A stream that is over.

    Attributes:
        code: The exit code.
        abandoned: Whether a thread goes on that only the end of the process ends.
    """

    code: Code
    abandoned: bool


def has_sources(plan: Plan) -> bool:
    """Whether a node of the plan is a generator, which begins an epoch with each value that it yields."""
    return bool(plan.sources)


def carry_out(prepared: Prepared, tally: Tally, write: Write | None) -> Streamed:
    """Run an epoch for each row, or for each value of a generator; tell of failures.

    Args:
        prepared: What is to be run.
        tally: Counts the epochs and shows how far it is.
        write: Takes each epoch's document, in order; None when nobody asks for them.
    Raises:
        AnimaWeaveError: The stream cannot begin, or the rows cannot be read to their end.
    """
    inputs = prepared.request.inputs
    if inputs is None:
        refuse_missing(prepared)
    rows = None if inputs is None else Rows(inputs, prepared.plan, prepared.values)
    try:
        driver = _Driver(prepared, rows, tally, write)
    except BaseException:
        if rows is not None:
            rows.close()
        raise
    abandoned = False
    try:
        with Interrupts() as interrupts:
            driver.start()
            try:
                abandoned = not _wait(driver, interrupts, prepared.request.timeout_s, tally)
            finally:
                tally.close()
    finally:
        driver.session.close(abandoned=abandoned)
    if driver.problem is not None:
        raise driver.problem
    return Streamed(driver.code, abandoned)


def _wait(driver: _Driver, interrupts: Interrupts, timeout_s: float | None, tally: Tally) -> bool:
    """Wait for the stream and show it; cancel it when asked to. Tells whether all of it has ended."""
    deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
    while not driver.wait(max(0.0, min(tally.pause_s, deadline - time.monotonic()))):
        tally.look()
        if interrupts.asked:
            tally.tell("cancelling; Ctrl-C again ends at once what does not stop")
            tally.look()
            driver.cancel("interrupted")
        elif time.monotonic() >= deadline:
            driver.cancel(f"it took longer than {timeout_s:g} s")
        else:
            continue
        break
    has_ended = driver.wait(END_S)
    driver.conclude()
    return has_ended


class _Feed:
    """Rows on their way into the engine.

    Args:
        rows: The rows.
        request: How many of them, and whether one that is not sound ends the stream.
        refuse: Takes a row that is not sound, when no row before it is still under way.

    Attributes:
        waiting: Rows that the engine has, and among them those that it never gets; in order.
        is_stopped: Whether no further row is wanted, or there is none.
        problem: Why the rows cannot be read to their end, if so.
    """

    def __init__(self, rows: Rows, request: Request, refuse: Callable[[Row], None]) -> None:
        self.waiting: deque[Row] = deque()
        self.is_stopped = False
        self.problem: UsageError | None = None
        self._rows, self._raw = rows, islice(rows, request.epochs)
        self._next: Row | None = None  # A sound one that the engine has not asked for yet.
        self._stops, self._refuse = request.stops, refuse

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Rows for one stream of the engine; where too many wait, it ends, and another one goes on."""
        while True:
            while self._wants_more:
                self._read()
            if self._next is None or self.is_stopped:
                return
            row, self._next = self._next, None
            self.waiting.append(row)
            yield row.values

    def is_ready(self) -> bool:
        """Whether the engine can have the next row, or be told the end, without waiting for who writes the rows."""
        while self._wants_more and self._rows.has_next:
            self._read()
        return not self._wants_more

    @property
    def _wants_more(self) -> bool:
        return self._next is None and not self.is_stopped and len(self.waiting) < MOST_WAITING

    def _read(self) -> None:
        """Read a row; one that is not sound is told of when those before it have been."""
        try:
            row = next(self._raw, None)
        except UsageError as problem:  # Told when the results of the rows before have come.
            self.problem, row = problem, None
        if row is None or self.is_stopped:
            self.is_stopped = True
        elif not row.problem:
            self._next = row
        else:
            if self.waiting:
                self.waiting.append(row)
            else:
                self._refuse(row)
            self.is_stopped |= self._stops

    def take(self) -> Row:
        """The row whose result has come; it stays until `drop`, so that none behind it can be told of before it."""
        return self.waiting[0]

    def drop(self) -> None:
        """That row has been told of; the unsound ones behind it are told of now."""
        self.waiting.popleft()
        while self.waiting and self.waiting[0].problem:
            self._refuse(self.waiting[0])
            self.waiting.popleft()


class _Driver:
    """A thread that takes results and writes them down.

    Attributes:
        session: Has the engine.
        code: The exit code, as things stand.
        problem: What ended the stream before its time, if something went wrong.
    """

    def __init__(self, prepared: Prepared, rows: Rows | None, tally: Tally, write: Write | None) -> None:
        self.code = Code.SUCCESS
        self.problem: BaseException | None = None
        self._request, self._values = prepared.request, prepared.values
        self._rows, self._tally, self._write = rows, tally, write
        self._feed = None if rows is None else _Feed(rows, prepared.request, self._refuse)
        self._hints = {name: report.hint_of(prepared.plan, slot) for name, slot in prepared.plan.outputs.items()}
        self._cancelled = self._stopped = ""
        self._has_reader, self._streams = True, 0
        self._thread = threading.Thread(target=self._drive, name="animaweave-stream", daemon=True)
        self.session = Session(prepared)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; tell whether it came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def cancel(self, reason: str) -> None:
        """Take no further row, and end the epochs that are under way."""
        self._cancelled = reason
        self.code = Code.CANCELLED
        if self._feed is not None:
            self._feed.is_stopped = True
        self.session.engine.close(GRACE_S)

    def conclude(self) -> None:
        """Say why it ended, if not because all was done."""
        count = self._tally.done
        done = f"{count:,} {'epoch' if self._rows is None else 'row'}{'' if count == 1 else 's'}"
        if self._cancelled:
            self._tally.tell(f"cancelled ({self._cancelled}) after {done}")
        elif self._stopped:
            self._tally.tell(f"stopped after {done}, since {self._stopped}")

    # -- on the thread ------------------------------------------------------------------------------------------------

    def _drive(self) -> None:
        try:
            self._take_results()
        except BaseException as problem:  # noqa: BLE001 - it is raised again where the command waits
            if not (self._cancelled and isinstance(problem, EngineError)):  # That the engine is closed is our doing.
                self.problem = problem
        finally:
            if self._rows is not None:
                self._rows.close()

    def _results(self) -> Any:
        """The engine's stream."""
        engine, in_flight, seed = self.session.engine, self._request.in_flight, self._request.seed
        if seed is not None:  # No two epochs of the command have the same.
            seed += self._streams
        self._streams += 1
        if self._feed is None or self._rows is None:
            return engine.stream(repeat(self._values), in_flight=in_flight, seed=seed)
        is_ready = self._feed.is_ready if self._rows.may_pause else None
        return engine.stream(self._feed, in_flight=in_flight, is_ready=is_ready, seed=seed)

    def _take_results(self) -> None:
        self._take_stream()
        while self._feed is not None and not self._feed.is_stopped and not self._is_ended:
            self._take_stream()
        if self._feed is not None and self._feed.problem is not None:
            raise self._feed.problem

    def _take_stream(self) -> None:
        results = self._results()
        try:
            for result in results:
                self._take(result)
                if self._is_ended:
                    break
        finally:
            results.close()

    @property
    def _is_ended(self) -> bool:
        """Whether nothing further is wanted."""
        return bool(self._stopped) or not self._has_reader or self._tally.epochs == self._request.epochs

    def _take(self, result: Result) -> None:
        """Write a result down."""
        epoch = self._tally.epochs
        outputs = Outputs(None if self._request.out is None else self._request.out / str(epoch))
        line = None if self._feed is None else self._feed.take().line
        document = report.epoch(epoch, result, self._hints, outputs, line=line, tracebacks=self._request.tracebacks)
        complaints: list[str] = []
        if result.status == "cancelled":
            document["reason"] = self._cancelled or result.reason
        else:
            complaints = [*report.complaints(result, tracebacks=self._request.tracebacks), *outputs.problems]
            self._note(report.code(result, outputs), failed=result.status != "success")
        self._tally.add(result.status, complaints, result)
        self._tell(document)
        if self._feed is not None:
            self._feed.drop()

    def _refuse(self, row: Row) -> None:
        """Write down that a row is not sound."""
        epoch = self._tally.epochs
        self._note(Code.NODE, failed=True)
        self._tally.add("failed", [row.problem])
        self._tell({"epoch": epoch, "line": row.line, "status": "failed", "error": row.problem, "outputs": {}})

    def _note(self, code: Code, *, failed: bool) -> None:
        self.code = max(self.code, code)
        if failed and self._request.stops and not self._stopped:
            self._stopped = f"epoch {self._tally.epochs} failed"

    def _tell(self, document: Mapping[str, Any]) -> None:
        if self._rows is not None:
            self._tally.share = self._rows.share
        if self._write is not None and self._has_reader:
            self._has_reader = self._write(document)
            if self._feed is not None and not self._has_reader:
                self._feed.is_stopped = True
