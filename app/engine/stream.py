"""A stream: epochs of one plan, several under way at once, their results in order.

The thread that asks for a result works until the oldest epoch is over, and takes the next inputs only when there is
room; so memory stays bounded however long the stream is. Idle threads help, also between two results.

Inputs and sources are foreign code, asked while nothing is deferred and nothing half-made: Ctrl-C may come in them.
"""

from __future__ import annotations

import itertools
import logging
import math
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter_ns
from typing import TYPE_CHECKING, Any

from ..authoring.context import Cancelled, Context
from ..errors import InputError, TimedOut
from .actors.scheduler import POLL_S
from .asking import OfEpoch
from .executor import IDLE_S, Executor
from .firing import arguments
from .interrupts import Deferred, border, is_open
from .outcome import Given
from .result import Result
from .scratch import Scratch, make_folder
from .shared import Routing

if TYPE_CHECKING:
    from .engine import Engine
    from .epoch import Epoch
    from .offer import Helpers
    from .run import Run

GRACE_S = 1.0
"""Seconds that nodes have to end once nobody wants further results: after Ctrl-C, or when the stream was left."""

_logger = logging.getLogger("animaweave.engine")


class Stream:
    """Epochs under way.

    Args:
        engine: Whose plan they go through.
        executor: Runs it.
        inputs: Sets of inputs; None where sources alone decide.
        at_once: The most epochs under way.
        is_ready: Whether the next inputs are there, if they may be long in coming.
        stops: Whether a failure ends the stream.
    Raises:
        EngineError: A node of a run of the engine asks for it.
    """

    def __init__(
        self,
        engine: Engine,
        executor: Executor,
        inputs: Iterable[Mapping[str, Any]] | None,
        at_once: int,
        is_ready: Callable[[], bool] | None = None,
        *,
        stops: bool,
        seed: int | None = None,
    ) -> None:
        self._engine, self._executor = engine, executor
        self._inputs: Iterator[Mapping[str, Any]] = itertools.repeat({}) if inputs is None else iter(inputs)
        self._at_once, self._is_ready, self._stops = at_once, is_ready, stops
        self._agenda = engine.agenda(seed)
        self._variables = executor.shared.variables_in(self._agenda)  # Of the sources, which may change them.
        self._flight: deque[Run] = deque()
        self._asking: Run | None = None  # For whose epoch the sources are asked.
        self._sources: list[_Source] | None = None
        self._helpers: Helpers | None = None
        self._has_begun = self._is_over = False
        self._give_up_at = math.inf  # Once what is under way was cancelled.
        self._problem: Exception | None = None

    def results(self) -> Generator[Result, None, None]:
        """Work, and give the results in order."""
        try:
            while (result := self._next()) is not None:
                yield result
                if self._stops and result.status != "success":
                    return
            if self._problem is not None:
                raise self._problem
        finally:
            self._problem = None  # It knows this frame, and so the stream.
            try:
                self._end()
            except KeyboardInterrupt:  # It came before anything was deferred, or in a source: the rest is to be done.
                self._end()
                raise

    def _end(self) -> None:
        """Close the stream as soon as that may be."""
        if is_open(sys._getframe(1).f_back):  # Who has asked for a result, or lets go of the stream.
            self.close()
        else:  # Python's collector has found a forgotten stream, while this thread was at the engine's books.
            self._executor.shared.forgotten.append(self)

    def _next(self) -> Result | None:
        """Fill what room there is and work until the oldest epoch is over; None when there is none."""
        if not self._has_begun:
            with Deferred():
                self._has_begun = True
                self._executor.shared.streams.add(self)
                if self._at_once > 1 and self._engine.workers > 1:
                    self._helpers = self._engine.offer(self._agenda)
        result = None
        while result is None:
            while self._may_begin():
                self._begin_next()
                if self._engine.memory_budget is not None:  # What it weighs, only running it tells.
                    with Deferred(partial(self._executor.interrupt, self._agenda)):
                        self._executor.work(self._agenda)
            if not self._flight:
                return None
            result = self._complete(self._flight[0])
        return result

    def _may_begin(self) -> bool:
        """Whether there is room for an epoch; inputs are waited for only where no result is due."""
        if self._is_over or len(self._flight) >= self._at_once or self._agenda.interrupt is not None:
            return False
        if not self._flight:
            return True
        budget = self._engine.memory_budget
        return (budget is None or self._engine.live_bytes <= budget) and (self._is_ready is None or self._is_ready())

    def _begin_next(self) -> None:
        """Begin an epoch with the next inputs, if there are any; what prevents it is told after the results before."""
        try:
            given = _checked(self._take_inputs())
            with Deferred():
                run = self._asking = self._engine.prepare(given, self._agenda)
                self._engine.enlist(run)
                if not self._engine.plan.sources:
                    self._begin(run)
        except StopIteration:
            self._is_over = True
        except Exception as problem:  # noqa: BLE001 - foreign code, or what it gave: the caller is told
            self._is_over, self._problem = True, problem
        else:
            if self._asking is not None:
                has_all = self._advance(run)
                with Deferred():
                    if has_all:
                        self._begin(run)
                    else:
                        self._is_over = True
                        self._drop_asking()

    @border
    def _take_inputs(self) -> Any:
        return next(self._inputs)

    def _begin(self, run: Run) -> None:
        before = self._flight[-1].epoch if self._flight else None
        self._flight.append(run)
        self._asking = None
        self._executor.begin(run.epoch, before)
        # Its first nodes have their actors' turns now: whoever waits for one may run them until this thread does.
        self._executor.shared.unattended.add(self._agenda)

    def _drop_asking(self) -> None:
        """Forget an epoch that never was."""
        if self._asking is not None:
            self._asking.epoch.finished.set()
            self._engine.strike(self._asking)
            self._asking = None

    def _advance(self, run: Run) -> bool:
        """Take a value of every source; tell whether all had one. What a source raises fails its node, and ends it."""
        epoch, metrics, plan = run.epoch, self._executor.metrics, self._engine.plan
        if self._sources is None:
            self._sources = [_Source(epoch, index) for index in plan.sources]
        for source in self._sources:
            source.epoch = epoch
            if plan.is_ordered:
                self._enter(source)
            clocks, started_ns = metrics.start_cpu(source.index), perf_counter_ns()
            try:
                value = self._variables.run(source.take)
            except StopIteration:
                return False
            except KeyboardInterrupt:
                raise
            except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes the node's failure
                value, self._is_over = source.blamed(problem), True
            finally:
                if plan.is_ordered:
                    with Routing(self._executor.shared):
                        self._executor.router.leave(epoch, source.index)
            metrics.stop_cpu(source.index, clocks)
            epoch.given[source.index] = given = Given(value, started_ns, perf_counter_ns())
            metrics.note_run(source.index, given.began_ns, given.ended_ns)
        return True

    def _enter(self, source: _Source) -> None:
        """Wait until a source may run beside the nodes that run, or that run alone; work meanwhile."""
        executor, agenda, epoch = self._executor, self._agenda, source.epoch
        alone = epoch.plan.nodes[source.index].is_sequential
        with Deferred(partial(executor.interrupt, agenda)):
            while not agenda.order.enter_now(epoch, source.index, alone=alone):
                if agenda.interrupt is not None:
                    raise agenda.interrupt
                if not executor.work(agenda) and not executor.work_for_others():
                    agenda.wait(POLL_S)

    def _complete(self, run: Run) -> Result | None:
        """Work until an epoch is over; None when another one can begin meanwhile, since its inputs have come."""
        executor, agenda, epoch = self._executor, self._agenda, run.epoch
        with Deferred(partial(executor.interrupt, agenda)):
            executor.shared.unattended.discard(agenda)
            while epoch.left:
                if not executor.work(agenda) and not executor.work_for_others():
                    agenda.wait(POLL_S if agenda.strands else IDLE_S)
                if agenda.interrupt is not None:
                    self._cancel("interrupted")
                    if monotonic() >= self._give_up_at:
                        executor.abandon(epoch, "interrupted")
                elif self._is_ready is not None and epoch.left and self._may_begin():
                    return None
            result = self._take(run)
            if self._flight:
                executor.shared.unattended.add(agenda)
        if agenda.interrupt is not None:
            raise agenda.interrupt
        return result

    def _take(self, run: Run) -> Result:
        """The result of the oldest epoch, which is over."""
        self._flight.popleft()
        self._engine.strike(run)
        return run.take_deferred()

    def _cancel(self, reason: str) -> None:
        """Cancel what is under way, once; its nodes have one time of grace, whatever comes afterwards."""
        if self._give_up_at == math.inf:
            self._give_up_at = monotonic() + GRACE_S
            for run in self._flight:
                run.cancel(reason)

    def close(self) -> None:
        """Nobody wants further results: end what is under way."""
        with Deferred():
            self._executor.shared.unattended.discard(self._agenda)
            self._executor.shared.streams.discard(self)
            self._drop_asking()
            self._cancel("the stream was left")
            while self._flight:
                run = self._flight[0]
                while run.epoch.left and monotonic() < self._give_up_at:
                    if not self._executor.work(self._agenda):
                        self._agenda.wait(POLL_S)
                run.give_up_after(0)
                self._take(run)
            if self._helpers is not None:
                self._engine.withdraw(self._helpers)
        for source in self._sources or ():
            self._variables.run(source.close)


def _checked(inputs: Any) -> Mapping[str, Any]:
    if type(inputs) is not dict and not isinstance(inputs, Mapping):
        raise InputError(f"a set of inputs is a {type(inputs).__name__}; expected values by name, such as a dict")
    return inputs


class _Source(OfEpoch):
    """A generator node under way; to the node, the run that it is part of: the epoch that its next value begins."""

    def __init__(self, epoch: Epoch, index: int) -> None:
        self.epoch, self.index = epoch, index
        self._values: Iterator[Any] | None = None
        self._timeout_s = epoch.plan.nodes[index].timeout_s
        self._deadline = math.inf
        self._folders = Scratch()

    @border
    def take(self) -> Any:
        """Its next value; begins it first.

        Raises:
            BaseException: What the node raises; StopIteration when it has ended.
        """
        if self._values is None:
            node = self.epoch.plan.nodes[self.index]
            positional, keywords = arguments(node, self.epoch.slots.values)
            if node.context is not None:
                keywords[node.context] = Context(node.id, self)
            self._values = iter(node.function(*positional, **keywords))
        if self._timeout_s is not None:
            self._deadline = monotonic() + self._timeout_s
        return next(self._values)

    def blamed(self, problem: BaseException) -> BaseException:
        """What it failed of: what it raised, unless that is only how it ended when it was told to."""
        if isinstance(problem, Cancelled) and monotonic() >= self._deadline:
            return TimedOut(f"it took longer than its timeout of {self._timeout_s:g} s")
        return problem

    @border
    def close(self) -> None:
        """Have it end."""
        close = getattr(self._values, "close", None)
        self._values = None
        try:
            if close is not None:
                close()
        except Exception:
            _logger.exception("`%s` failed when it was closed.", self.epoch.plan.nodes[self.index].id)
        finally:
            self._folders.remove()

    def scratch(self, node: str) -> Path:
        """Make a folder for the node, which outlives the epoch."""
        return make_folder(self._folders.base, node)

    def is_cancelled(self) -> bool:
        """Whether nobody wants the next value."""
        return self.epoch.is_cancelled() or monotonic() >= self._deadline

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until nobody wants the next value, at most so long; tell whether that is so."""
        self.epoch.wait_cancelled(min(seconds, max(0.0, self._deadline - monotonic())))
        return self.is_cancelled()
