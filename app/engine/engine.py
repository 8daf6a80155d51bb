"""The engine: a plan's actors, kept from run to run.

    with Engine(plan, workers=4) as engine:
        result = engine.run({"photo.path": "other.png"})

`Engine.run` works on the calling thread, which other threads help; `submit` leaves the calling thread free. Each run is
an epoch; `stream` has several of them under way. Several threads may run at once.
"""

from __future__ import annotations

import contextvars
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from ..errors import EngineError, InputError, ValueMismatch
from ..graph.document import Graph
from ..ports.port import MISSING
from ..ports.value import accept
from ..registry.lookup import Registry
from .actors.scheduler import Scheduler
from .agenda import Agenda
from .bus.relief import Relief
from .bus.weight import share
from .cache.cache import Cache
from .compiler.compile import compile as compile_graph
from .compiler.paths import below
from .compiler.plan import Plan
from .epoch import Epoch
from .executor import Executor
from .interrupts import Deferred, stand_down, stand_in
from .observe.events import Events
from .observe.metrics import combine
from .offer import Helpers
from .placement.workers import Workers
from .result import Result
from .run import GRACE_S, Run
from .shared import OnPreview, Shared
from .stream import Stream

LEAVE_S = 0.1
"""Seconds that threads have to end when an engine is closed of which one runs a node that was given up."""

POOL_BYTES = 2 << 30
"""The most memory that is shared with worker processes, unless told otherwise. What is not used costs nothing."""

_logger = logging.getLogger("animaweave.engine")


class Engine:
    """Runs a plan, over and over, with the same actors.

    Args:
        plan: What `compile` made of a graph.
        workers: Threads that run nodes, the caller of `run` among them; as many as there are cores by default.
        in_flight: The most epochs of a stream that are under way at once; twice the workers by default.
        memory_budget: Bytes on the bus above which a stream begins no further epoch, and results that wait to be
            taken are moved to disk, from where they are read page by page; None for no limit.
        pool_bytes: The most memory that is shared with worker processes; more goes to them in messages.
        events: Told of all that happens; nodes cost some microseconds more then.
        cache: Asked whether a node has to run again; nodes cost some microseconds more then.
        processes: Worker processes to use, which go on when the engine is closed, so that they are warm for the next
            one; its own if None.
        strict: Hold every value at every port against the port's type, arrays with their shapes; what is not as a node
            declares it fails that node, which costs some microseconds a node more.
        on_preview: Called with a node's id and what it shows of its work (`Context.preview`), on the node's thread.

    Attributes:
        runs: Those under way.
    """

    def __init__(
        self,
        plan: Plan,
        workers: int | None = None,
        *,
        in_flight: int | None = None,
        memory_budget: int | None = None,
        pool_bytes: int = POOL_BYTES,
        events: Events | None = None,
        cache: Cache | None = None,
        processes: Workers | None = None,
        strict: bool = False,
        on_preview: OnPreview | None = None,
    ) -> None:
        self.plan = plan
        self.workers = _at_least_1("workers", workers) if workers is not None else os.cpu_count() or 1
        self.in_flight = _at_least_1("in_flight", in_flight) if in_flight is not None else 2 * self.workers
        self.memory_budget = memory_budget
        relief = Relief(memory_budget) if memory_budget is not None else None
        self._scheduler = Scheduler(self.workers)
        places = self._scheduler, self.workers, pool_bytes
        self._shared = Shared(*places, events, cache, relief, processes, strict=strict, on_preview=on_preview)
        if events is not None:
            events.bind(plan)
        self._executor = Executor(plan, self._shared)
        self._inner = self._shared.inner  # Kept for their figures.
        self._numbers = itertools.count()
        self._is_closed = False
        self._may_share = (plan.width > 1 or plan.has_calls) and self.workers > 1
        self.runs: list[Run] = []
        stand_in(self)
        self._must_give = [s for s in plan.settings.values() if plan.values[s.slot] is MISSING]
        for note in plan.notes:
            _logger.warning("%s", note)

    def run(
        self, inputs: Mapping[str, Any] | None = None, *, timeout: float | None = None, seed: int | None = None
    ) -> Result:
        """Run the plan once; the calling thread runs nodes too.

        Args:
            inputs: Values by input name or `node.parameter`.
            timeout: Seconds after which the run is cancelled; the calling thread then only waits.
            seed: What the nodes' random numbers (`Context.random`) come from, 0 or more; a fresh one by default.
        Returns:
            The result, also when nodes failed.
        Raises:
            InputError: An input is unknown, missing, or does not fit its port.
            EngineError: The engine is closed, or the plan has a source, of which a run could take only one value; or it
                is a node of a run of this engine that asks.
        """
        self._refuse_sources()
        if timeout is not None:
            return self._run_elsewhere(inputs, timeout, seed)
        run = self._prepare(inputs, seed)
        executor, epoch = self._executor, run.epoch
        with Deferred(partial(executor.interrupt, epoch.agenda)):
            try:
                if self._may_share:
                    self._begin(run)
                else:
                    self.enlist(run)
                    executor.drive(epoch, executor.begin_here(epoch))
                executor.complete(epoch, GRACE_S)
            except BaseException:
                executor.abandon(epoch, "interrupted")
                raise
            finally:
                self._finish(run)
        if epoch.agenda.interrupt is not None:
            raise epoch.agenda.interrupt
        return run.take()

    def submit(self, inputs: Mapping[str, Any] | None = None, *, seed: int | None = None) -> Run:
        """Begin a run on the engine's own threads and return at once; arguments and errors as for `run`."""
        self._refuse_sources()
        run = self._prepare(inputs, seed)

        def work() -> None:
            try:
                self._executor.complete(run.epoch, GRACE_S)
            finally:
                self._finish(run)

        with Deferred():
            self._begin(run)
            self._scheduler.submit(work)
        return run

    def _run_elsewhere(self, inputs: Mapping[str, Any] | None, timeout: float, seed: int | None) -> Result:
        """Run the plan on the engine's own threads, which this one only watches."""
        run = self.submit(inputs, seed=seed)
        try:
            result = run.result(timeout)
        except BaseException:
            run.cancel("interrupted")
            run.give_up_after(GRACE_S)
            raise
        if run.epoch.agenda.interrupt is not None:
            raise run.epoch.agenda.interrupt
        return result

    def stream(
        self,
        inputs: Iterable[Mapping[str, Any]] | None = None,
        *,
        in_flight: int | None = None,
        on_error: Literal["continue", "stop"] = "continue",
        is_ready: Callable[[], bool] | None = None,
        seed: int | None = None,
    ) -> Generator[Result, None, None]:
        """Run the plan once for each set of inputs, several at once; the thread that asks for results runs nodes too.

        Each set begins an epoch, and so does each value of the plan's sources; whichever ends first ends the stream.
        Different epochs are in different nodes at once. Nodes with state see them in order.

        Args:
            inputs: Sets of inputs, each taken only when there is room for its epoch; without them the sources decide.
            in_flight: The most epochs under way at once; the engine's by default.
            on_error: Whether the stream goes on after an epoch in which something failed.
            is_ready: Whether the next set of inputs can be taken without waiting, where they are long in coming. It is
                asked again and again while epochs are under way; while it says no, results are given as they come.
            seed: What the nodes' random numbers come from, others in each epoch; a fresh one by default.
        Yields:
            Results, in the order of the inputs.
        Raises:
            InputError: A set of inputs does not fit; the results of those before it have been given.
            EngineError: The engine is closed, the same; or there are neither inputs nor sources; or it is a node of
                a run of this engine that asks.
            Exception: What the inputs raised, the same.
        """
        if inputs is None and not self.plan.sources:
            raise EngineError("a stream needs sets of inputs, or a node that is a source")
        if on_error not in ("continue", "stop"):
            raise EngineError(f"on_error is {on_error!r}; it must be 'continue' or 'stop'")
        at_once = self.in_flight if in_flight is None else _at_least_1("in_flight", in_flight)
        stops = on_error == "stop"
        return Stream(self, self._executor, inputs, at_once, is_ready, stops=stops, seed=_seed(seed)).results()

    def metrics(self) -> npt.NDArray[np.void]:
        """Figures of every node as they are now: one row of `observe.metrics.ROW` a node, in the plan's order."""
        return self._executor.table()

    def inner_metrics(self) -> Iterator[tuple[Plan, npt.NDArray[np.void]]]:
        """Plans that composite nodes run, each with figures of its nodes over all items and passes."""
        for plan, lanes in tuple(self._inner.values()):
            if lanes:  # Else the first one is just being made.
                yield plan, combine([lane.figures() for lane in tuple(lanes)]).rows

    def reset_metrics(self) -> None:
        """Start all figures of `metrics` from nothing; a run may be under way."""
        for executor in (self._executor, *self._shared.executors()):
            executor.metrics.reset()

    @property
    def live_bytes(self) -> int:
        """Bytes that lie on the bus now."""
        return self._shared.bus.live_bytes

    @property
    def freed_bytes(self) -> int:
        """Bytes freed so far at the end of their last consumer."""
        return self._shared.bus.freed_bytes

    def close(self, grace_s: float = GRACE_S) -> None:
        """Cancel what runs and end all actors and threads.

        Args:
            grace_s: Seconds that running nodes have to look at their context; then they are abandoned. Nobody waits
                for those that were given up before.
        """
        if self._is_closed:
            return
        self._is_closed = True
        with Deferred():
            self._end_all(grace_s)
        stand_down(self)

    def _end_all(self, grace_s: float) -> None:
        runs = tuple(self.runs)
        for run in runs:
            run.cancel("the engine was closed")
        self._shared.close_forgotten()
        while self._executor.work_for_others():  # Nobody may ask those streams for another result.
            pass
        until = time.monotonic() + grace_s
        for run in runs:
            run.give_up_after(max(0.0, until - time.monotonic()))
        executors = (self._executor, *self._shared.executors())
        for executor in executors:
            executor.turns.stop()
        # Every run is over: what still runs has had its time.
        patience_s = min(LEAVE_S, grace_s) if self._shared.has_given_up else grace_s
        for name in (*self._shared.places.close(grace_s, patience_s), *self._scheduler.close(patience_s)):
            _logger.warning("Thread %s still runs a node that does not look at its context.", name)
        if all(executor.turns.have_stopped for executor in executors):  # A closed engine is no circle.
            for executor in executors:
                executor.let_go()
            self._shared.inner = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_sources(self) -> None:
        if self.plan.sources:
            names = ", ".join(f"`{self.plan.nodes[index].id}`" for index in self.plan.sources)
            raise EngineError(f"{names} begins an epoch with each value that it gives; use `stream` instead of `run`")

    def _prepare(self, inputs: Mapping[str, Any] | None, seed: int | None) -> Run:
        return self.prepare(inputs, self.agenda(_seed(seed)))

    def agenda(self, seed: int | None = None) -> Agenda:
        """An agenda for a new run or stream, with the caller's context variables.

        Args:
            seed: What random numbers come from; None for a fresh one.
        Raises:
            EngineError: A node asks for it whose own run is under way here.
        """
        if self._shared.forgotten:
            self._shared.close_forgotten()
        if (self.runs and self._drives_one()) or self._shared.is_around():
            raise EngineError(
                "a node cannot run the engine that it runs on itself, since it would wait for its own end; "
                "make an engine of its own for it, or put a sub-graph there"
            )
        return Agenda(contextvars.copy_context(), seed)

    def _drives_one(self) -> bool:
        """Whether a run is under way on this very thread."""
        thread = threading.get_ident()
        return any(thread in run.epoch.agenda.strands for run in tuple(self.runs))

    def enlist(self, run: Run) -> None:
        """Have `close` end a run too that is about to begin."""
        self.runs.append(run)
        if self._is_closed:  # Meanwhile: either `close` has found the run in the list, or it is found out here.
            run.cancel("the engine was closed")

    def strike(self, run: Run) -> None:
        """Take a run of a stream off the books."""
        self.runs.remove(run)
        run.epoch.agenda.epochs.remove(run.epoch)

    def prepare(self, inputs: Mapping[str, Any] | None, agenda: Agenda) -> Run:
        """Make an epoch, for a run or a stream to begin.

        Args:
            inputs: Values by input name or `node.parameter`.
            agenda: Of the run or stream.
        Raises:
            InputError: An input is unknown, missing, or does not fit its port.
            EngineError: The engine is closed.
        """
        if self._is_closed:
            raise EngineError("the engine is closed; make a new one")
        epoch = Epoch(self._executor, agenda, self._read(inputs or {}), self._shared.bus, next(self._numbers))
        if agenda.begun:
            epoch.place = agenda.begun
        agenda.begun += 1
        run = Run(self._executor, epoch)
        agenda.epochs.append(epoch)
        return run

    def _begin(self, run: Run) -> None:
        """Make the run's first nodes ready; offer it to idle threads, if it has more to do than one thread can."""
        self.enlist(run)
        self._executor.begin(run.epoch)
        if self._may_share:
            run.helpers = self.offer(run.epoch.agenda)

    def offer(self, agenda: Agenda) -> Helpers:
        """Have idle threads work on an agenda, until the offer is withdrawn."""
        helpers = Helpers(partial(self._executor.work, agenda), self.workers - 1)
        self._scheduler.offer(helpers)
        return helpers

    def withdraw(self, helpers: Helpers) -> None:
        """Take an offer back."""
        self._scheduler.withdraw(helpers)

    def _finish(self, run: Run) -> None:
        """Take the results of a run that is over out of the bus."""
        if run.helpers is not None:
            self._scheduler.withdraw(run.helpers)
        run.take_deferred()
        run.epoch.agenda.epochs.clear()
        self.runs.remove(run)

    def _read(self, inputs: Mapping[str, Any]) -> dict[int, Any]:
        """Values by slot, checked against their ports."""
        values: dict[int, Any] = {}
        for name, value in inputs.items():
            setting = self.plan.settings.get(name) or self.plan.setting(name)
            if type(value) is setting.plain:
                values[setting.slot] = value
                continue
            try:
                given = accept(value, setting.port)
            except ValueMismatch as mismatch:
                raise InputError(f"input `{name}`: {mismatch}") from None
            given, _ = share(given)  # No node writes into what is the caller's.
            values[setting.slot] = given if setting.out is None else below(setting.out, given, setting.name)
        for setting in self._must_give:
            if setting.slot not in values:
                raise InputError(f"input `{setting.name}` has no value; give one, such as run({{{setting.name!r}: …}})")
        return values


def run(
    graph: Graph,
    inputs: Mapping[str, Any] | None = None,
    *,
    registry: Registry | None = None,
    targets: Iterable[str] | None = None,
    partial: bool = False,
    out: str | Path | None = None,
    workers: int | None = None,
    timeout: float | None = None,
    seed: int | None = None,
) -> Result:
    """Compile a graph and run it once.

    Args:
        graph: The graph.
        inputs: Values by input name or `node.parameter`.
        registry: As for `compile`, and so are `targets`, `partial` and `out`.
        targets: Outputs to compute.
        partial: Run what is sound, although there are errors.
        out: Folder below which everything that nodes write must lie.
        workers: Threads that run nodes; as many as there are cores by default.
        timeout: Seconds after which the run is cancelled.
        seed: What the nodes' random numbers come from, as for `Engine.run`.
    Raises:
        GraphError: The graph has errors.
        InputError: An input is unknown, missing, or does not fit its port.
    """
    plan = compile_graph(graph, registry=registry, targets=targets, partial=partial, out=out)
    with Engine(plan, workers) as engine:
        return engine.run(inputs, timeout=timeout, seed=seed)


def _seed(seed: int | None) -> int | None:
    if seed is not None and (type(seed) is not int or seed < 0):
        raise EngineError(f"seed is {seed!r}; it must be a whole number, 0 or more")
    return seed


def _at_least_1(name: str, count: int) -> int:
    if count < 1 or count % 1:
        raise EngineError(f"{name} is {count}; it must be {'a whole number' if count > 1 else 'at least 1'}")
    return int(count)
