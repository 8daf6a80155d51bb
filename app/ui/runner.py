"""Runs copies of a document off the GUI thread: compiles, runs epoch after epoch, looks on. No Qt.

Two threads live as long as a run: one drives the engine, one makes a `Look` thirty times a second. The engine stays
for the next run of the same plan; `close` ends everything. A node that does not look at its context when it is told to
stop is given up after a while, and its engine with it.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from ..authoring.context import Shown
from ..engine.bus.pool import BufferPool
from ..engine.compiler.compile import compile as compile_graph
from ..engine.compiler.plan import Plan
from ..engine.engine import POOL_BYTES, Engine
from ..engine.epoch import Epoch, LogLine
from ..engine.observe.taps import Taps
from ..engine.placement.workers import Workers
from ..engine.result import Result
from ..engine.run import GRACE_S, Run
from ..errors import AnimaWeaveError, EngineError
from ..graph.document import Graph
from ..registry.lookup import Registry
from .watch import Look, Progress, Watcher

PERIOD_S = 1 / 30
"""Between two looks."""

SAMPLE_S = 0.25
"""Between two previews of one output."""

POLL_S = 0.05
"""How often a run that was told to stop is looked at."""

CLOSING_S = 0.3
"""Seconds that nodes have to end when the window closes."""

_logger = logging.getLogger("animaweave.ui")


class Version(NamedTuple):
    """What was run: plans of equal versions are equal.

    Attributes:
        document: Which document of the editor.
        revision: Which state of it.
        path: The file that relative paths start from.
        strict: Whether every value is held against the type of its port.
    """

    document: int
    revision: int
    path: Path | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """What a plan is run with.

    Attributes:
        version: Of what was compiled.
        engine: Runs it.
        taps: Where its values pass.
        watcher: Looks at both.
    """

    version: Version
    engine: Engine
    taps: Taps
    watcher: Watcher


@dataclass(eq=False, slots=True)
class Job:
    """One run or stream.

    Attributes:
        graph: A copy of the document, for this run alone.
        version: Of the document.
        count: Epochs to run; None for until it is stopped.
        run: The epoch under way.
        past: The one before it.
        epochs: Epochs that are over.
        result: Of the last epoch that is over.
        problem: Why it did not begin, or broke off.
        is_abandoned: Whether a node had to be given up.
        started: When it began, in seconds of the monotonic clock.
        stopped: When it was told to stop; None if it was not.
        grace_s: Seconds that nodes then have.
    """

    graph: Graph
    version: Version
    count: int | None = 1
    run: Run | None = None
    past: Epoch | None = None
    epochs: int = 0
    result: Result | None = None
    problem: AnimaWeaveError | None = None
    is_abandoned: bool = False
    started: float = field(default_factory=time.monotonic)
    stopped: float | None = None
    grace_s: float = GRACE_S

    def must_stop(self) -> bool:
        """Whether it was told to stop."""
        return self.stopped is not None


class Runner:
    """Runs one job at a time.

    Args:
        registry: Knows the node types.
        on_end: Called with a job that is over, on the thread that ran it.
    """

    def __init__(self, registry: Registry, on_end: Callable[[Job], None]) -> None:
        self._registry, self._on_end = registry, on_end
        self._job: Job | None = None
        self._thread: threading.Thread | None = None
        self._bench: Bench | None = None
        self._processes: Workers | None = None
        self._lock = threading.Lock()  # Guards the look that was not taken yet.
        self._look: Look | None = None
        self._is_closed = False

    @property
    def run(self) -> Run | None:
        """The epoch under way."""
        return None if self._job is None else self._job.run

    def start(self, graph: Graph, version: Version, count: int | None = 1) -> Job:
        """Begin a job; the one before must be over.

        Args:
            graph: A copy that nobody changes.
            version: Equal to that of the job before if the plan would be the same.
            count: Epochs to run; None for until it is stopped.
        """
        self._job = job = Job(graph, version, count)
        self._thread = threading.Thread(target=self._work, args=(job,), name="animaweave-run", daemon=True)
        self._thread.start()
        return job

    def stop(self) -> None:
        """Let no further node start; those that run are told, and given up after a while. Returns at once."""
        job = self._job
        if job is not None and job.stopped is None:
            job.stopped = time.monotonic()
            self._cancel(job)

    def look(self) -> Look | None:
        """What is new since the last call; None if nothing is."""
        with self._lock:
            look, self._look = self._look, None
        return look

    def reset_figures(self) -> None:
        """Count runs, times and bytes from nothing."""
        bench = self._bench
        if bench is not None:
            bench.engine.reset_metrics()

    def close(self) -> None:
        """Stop the job, close the engine, end the threads."""
        self._is_closed = True
        job = self._job
        if job is not None:
            job.grace_s = CLOSING_S
        self.stop()
        if self._thread is not None:
            self._thread.join(CLOSING_S + GRACE_S)
            if self._thread.is_alive():
                _logger.warning("The run is still being ended, in the background.")
                return  # It closes the engine itself.
        self._close_engine()

    # ------------------------------------------------------------ on the job's thread

    def _work(self, job: Job) -> None:
        try:
            bench = self._bench_for(job)
            over = threading.Event()
            watch = threading.Thread(target=self._watch, args=(job, bench, over), name="animaweave-watch", daemon=True)
            watch.start()
            try:
                self._run_epochs(job, bench)
            finally:
                over.set()
                watch.join()
        except AnimaWeaveError as problem:
            job.problem = problem
        except Exception as problem:  # A defect of ours or of a vessel's types: the window must hear that it is over.
            _logger.exception("The run broke off.")
            job.problem = EngineError(f"the run broke off: {type(problem).__name__}: {problem}")
        finally:
            if job.is_abandoned or self._is_closed:
                self._close_engine()
            self._job = None
            self._on_end(job)

    def _bench_for(self, job: Job) -> Bench:
        if self._bench is None or self._bench.version != job.version:
            self._close_engine()
            taps = Taps(compile_graph(job.graph, registry=self._registry, partial=True))
            shown: dict[str, Shown] = {}
            processes = self._warm_processes(taps.plan)
            strict = job.version.strict
            engine = Engine(taps.plan, processes=processes, strict=strict, on_preview=shown.__setitem__)
            self._bench = Bench(job.version, engine, taps, Watcher(engine, taps, job.graph, shown))
        return self._bench

    def _warm_processes(self, plan: Plan) -> Workers | None:
        """Worker processes for a plan that needs some; they outlive its engine, since starting them takes long."""
        if self._processes is None and any(node.placement == "process" for node in plan.nodes):
            self._processes = Workers(os.cpu_count() or 1, BufferPool(POOL_BYTES))
        return self._processes

    def _close_engine(self) -> None:
        bench, self._bench = self._bench, None
        if bench is not None:
            bench.engine.close(CLOSING_S)
        if self._is_closed and self._processes is not None:
            self._processes.close(CLOSING_S)
            self._processes.pool.close()
            self._processes = None

    def _run_epochs(self, job: Job, bench: Bench) -> None:
        bench.taps.ask()
        if bench.engine.plan.sources:
            self._run_stream(job, bench)
            return
        for number in itertools.count(1) if job.count is None else range(1, job.count + 1):
            if job.must_stop():
                return
            if number == job.count:
                bench.taps.ask()  # What is shown afterwards is what the last epoch gave.
            job.past, job.run = None if job.run is None else job.run.epoch, bench.engine.submit()
            if job.must_stop():
                self._cancel(job)
            self._wait(job, job.run)
            job.result = job.run.result()
            job.epochs = number
            if job.is_abandoned:
                return

    def _run_stream(self, job: Job, bench: Bench) -> None:
        """Run the epochs that sources begin, until they end."""
        results = bench.engine.stream(in_flight=1)
        try:
            for job.epochs, job.result in enumerate(results, 1):
                if job.must_stop():
                    return
                bench.taps.ask()
        finally:
            results.close()

    def _wait(self, job: Job, run: Run) -> None:
        while not run.wait(POLL_S):
            if job.stopped is not None and time.monotonic() - job.stopped > job.grace_s:
                run.give_up_after(0.0)
                job.is_abandoned = True
                return

    def _cancel(self, job: Job) -> None:
        bench = self._bench
        runs = tuple(bench.engine.runs) if bench is not None else () if job.run is None else (job.run,)
        for run in runs:
            if not run.is_done:
                run.cancel("stopped")

    # ------------------------------------------------------------ on the thread that looks on

    def _watch(self, job: Job, bench: Bench, over: threading.Event) -> None:
        asked, told = time.monotonic(), _Told()
        is_over = False
        while not is_over:
            is_over = over.wait(PERIOD_S)
            if time.monotonic() - asked > SAMPLE_S and not is_over:
                bench.taps.ask()
                asked = time.monotonic()
            try:
                self._offer(bench.watcher.look(_progress(job, is_over=is_over), told.news(job.run)))
            except Exception:
                # What is shown must never end a run.
                _logger.exception("A look at the run failed.")

    def _offer(self, look: Look) -> None:
        with self._lock:
            self._look = look if self._look is None else _joined(self._look, look)


def _progress(job: Job, *, is_over: bool) -> Progress:
    run = job.run
    return Progress(
        epoch=None if run is None else run.epoch,
        past=job.past,
        epochs=job.epochs,
        elapsed_s=time.monotonic() - job.started,
        is_stream=job.count != 1,
        is_over=is_over,
    )


class _Told:
    """Which lines of the nodes' logs were told already."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._count = 0

    def news(self, run: Run | None) -> list[LogLine]:
        """Lines that are new; of epochs that were over between two looks only the last one's."""
        if run is None:
            return []
        if run is not self._run:
            self._run, self._count = run, 0
        lines = list(run.epoch.log)[self._count :]
        self._count += len(lines)
        return lines


def _joined(first: Look, second: Look) -> Look:
    """Both looks as one: what is, from the second; what is new, from both."""
    return replace(
        second,
        snapshot=replace(second.snapshot, log=(*first.snapshot.log, *second.snapshot.log)[-10_000:]),
        previews={**first.previews, **second.previews},
    )
