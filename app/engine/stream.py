"""A stream: epochs of one plan, several under way at once, their results in order.

The thread that asks for a result works until the oldest epoch is over, and takes the next inputs only when there is
room; so memory stays bounded however long the stream is. Idle threads help, also between two results.
"""

from __future__ import annotations

import contextvars
import itertools
import math
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import partial
from time import monotonic, perf_counter_ns
from typing import TYPE_CHECKING, Any

from ..authoring.context import Context
from ..errors import InputError
from .actors.scheduler import POLL_S
from .agenda import Agenda
from .executor import IDLE_S, Executor
from .firing import arguments
from .interrupts import Deferred
from .result import Result

if TYPE_CHECKING:
    from .engine import Engine, Run

GRACE_S = 1.0
"""Seconds that nodes have to end once nobody wants further results."""


class Stream:
    """Epochs under way.

    Args:
        engine: Whose plan they go through.
        executor: Runs it.
        inputs: Sets of inputs; None where sources alone decide.
        at_once: The most epochs under way.
        stops: Whether a failure ends the stream.
    """

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        inputs: Iterable[Mapping[str, Any]] | None,
        at_once: int,
        *,
        stops: bool,
    ) -> None:
        self._engine, self._executor = engine, executor
        self._inputs: Iterator[Mapping[str, Any]] = itertools.repeat({}) if inputs is None else iter(inputs)
        self._at_once, self._stops = at_once, stops
        self._agenda = Agenda(contextvars.copy_context())
        self._flight: deque[Run] = deque()
        self._sources: list[tuple[int, Iterator[Any]]] | None = None
        self._is_over = False
        self._problem: InputError | None = None

    def results(self) -> Generator[Result, None, None]:
        """Work, and give the results in order."""
        helpers = self._engine.offer(self._agenda) if self._at_once > 1 and self._engine.workers > 1 else None
        try:
            while True:
                while self._has_room():
                    self._begin_next()
                    if self._engine.memory_budget is not None:  # What it weighs, only running it tells.
                        with Deferred(partial(self._executor.interrupt, self._agenda)):
                            self._executor.work(self._agenda)
                if not self._flight:
                    break
                result = self._complete(self._flight[0])
                self._flight.popleft()
                yield result
                if self._stops and result.status != "success":
                    return
            if self._problem is not None:
                raise self._problem
        finally:
            self._close()
            if helpers is not None:
                self._engine.withdraw(helpers)

    def _has_room(self) -> bool:
        if self._is_over or len(self._flight) >= self._at_once:
            return False
        budget = self._engine.memory_budget
        return budget is None or not self._flight or self._engine.live_bytes <= budget

    def _begin_next(self) -> None:
        """Begin an epoch with the next inputs, if there are any."""
        try:
            run = self._engine.prepare(next(self._inputs), self._agenda)
        except StopIteration:
            self._is_over = True
            return
        except InputError as problem:
            self._is_over, self._problem = True, problem
            return
        if self._engine.plan.sources and not self._advance(run):
            self._agenda.epochs.remove(run.epoch)
            self._is_over = True
            return
        with Deferred():
            before = self._flight[-1].epoch if self._flight else None
            self._flight.append(run)
            self._engine.runs.append(run)
            self._executor.begin(run.epoch, before)

    def _advance(self, run: Run) -> bool:
        """Take a value of every source; tell whether all had one. What a source raises fails its node, and ends it."""
        epoch = run.epoch
        if self._sources is None:
            self._sources = [(index, _source(run, index)) for index in self._engine.plan.sources]
        for index, source in self._sources:
            metrics, started_ns = self._executor.metrics, perf_counter_ns()
            clocks = metrics.start_cpu(index)
            try:
                epoch.given[index] = next(source)
            except StopIteration:
                return False
            except Exception as problem:  # noqa: BLE001 - the border to the vessel: it becomes the node's failure
                epoch.given[index] = problem
                self._is_over = True
            metrics.stop_cpu(index, clocks)
            metrics.note_run(index, started_ns, perf_counter_ns())
        return True

    def _complete(self, run: Run) -> Result:
        """Work until an epoch is over."""
        executor, agenda, epoch = self._executor, self._agenda, run.epoch
        give_up = math.inf
        with Deferred(partial(executor.interrupt, agenda)):
            while epoch.left:
                if not executor.work(agenda):
                    agenda.wait(POLL_S if agenda.strands else IDLE_S)
                if agenda.interrupt is not None:
                    if give_up == math.inf:
                        self._cancel("interrupted")
                        give_up = monotonic() + GRACE_S
                    elif monotonic() >= give_up:
                        executor.abandon(epoch, "interrupted")
            agenda.epochs.remove(epoch)
            self._engine.runs.remove(run)
            result = run.take_deferred()
        if agenda.interrupt is not None:
            raise agenda.interrupt
        return result

    def _cancel(self, reason: str) -> None:
        for run in self._flight:
            run.cancel(reason)

    def _close(self) -> None:
        """Nobody wants further results: end what is under way."""
        for _, source in self._sources or ():
            close = getattr(source, "close", None)
            if close is not None:
                close()
        with Deferred():
            self._cancel("the stream was left")
            until = monotonic() + GRACE_S
            while self._flight:
                run = self._flight.popleft()
                while run.epoch.left and monotonic() < until:
                    if not self._executor.work(self._agenda):
                        self._agenda.wait(POLL_S)
                run.give_up_after(0)
                self._engine.runs.remove(run)
                run.take()


def _source(run: Run, index: int) -> Iterator[Any]:
    """Begin a source; what it raises at once, it raises when it is asked for its first value."""
    node = run.epoch.plan.nodes[index]
    try:
        positional, keywords = arguments(node, run.epoch.slots.values)
        if node.context is not None:
            keywords[node.context] = Context(node.id, run.epoch)
        return iter(node.function(*positional, **keywords))
    except Exception as problem:  # noqa: BLE001 - the border to the vessel: it becomes the node's failure
        return _Raising(problem)


class _Raising(Iterator[Any]):
    """A source that could not begin."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    def __next__(self) -> Any:
        raise self._problem
