"""Those that we are compared with, each as good as a competent user would write it, and our engine beside them.

A peer is made of a `Work`; it is called with the run's input, gives the values of the nodes that nobody reads, and is
closed when its block ends.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pykka
from dask import threaded
from dask._task_spec import DataNode, Task, TaskRef
from dask.local import get_sync

import animaweave as aw

from .work import Work, registry

Run = Callable[[int], list[Any]]


@contextlib.contextmanager
def animaweave(work: Work, *, workers: int | None = None) -> Iterator[Run]:
    """Our engine."""
    with aw.Engine(aw.compile(work.graph(), registry=registry()), workers) as engine:
        yield lambda x: list(engine.run({"n0.x": x}).outputs.values())


def dask_graph(work: Work) -> dict[Any, Any]:
    """The work as dask writes it; the run's input is the key `x`."""
    graph: dict[Any, Any] = {}
    for node, (function, before) in enumerate(zip(work.functions, work.before, strict=True)):
        graph[node] = Task(node, function, *(TaskRef(key) for key in before or ("x",)))
    return graph


@contextlib.contextmanager
def dask_synchronous(work: Work) -> Iterator[Run]:
    """The scheduler of dask on the calling thread."""
    graph, wanted = dask_graph(work), list(work.last)
    yield lambda x: list(get_sync({**graph, "x": DataNode("x", x)}, wanted))


@contextlib.contextmanager
def dask_threaded(work: Work, *, workers: int = 2) -> Iterator[Run]:
    """The scheduler of dask on threads."""
    graph, wanted = dask_graph(work), list(work.last)
    with ThreadPoolExecutor(workers) as pool:
        yield lambda x: list(threaded.get({**graph, "x": DataNode("x", x)}, wanted, pool=pool))


@contextlib.contextmanager
def thread_pool(work: Work, *, workers: int = 2) -> Iterator[Run]:
    """What is soon written with `concurrent.futures`: whoever ends a node submits those that waited for it alone."""
    readers: list[list[int]] = [[] for _ in work.before]
    for node, before in enumerate(work.before):
        for other in before:
            readers[other].append(node)

    with ThreadPoolExecutor(workers) as pool:

        def run(x: int) -> list[Any]:
            values: list[Any] = [None] * len(work.before)
            missing = [len(before) for before in work.before]
            left, lock, over = len(work.before), threading.Lock(), threading.Event()

            def fire(node: int) -> None:
                nonlocal left
                before = work.before[node]
                value = work.functions[node](*[values[other] for other in before]) if before else begin(x)
                ready = []
                with lock:
                    values[node] = value
                    left -= 1
                    for reader in readers[node]:
                        missing[reader] -= 1
                        if not missing[reader]:
                            ready.append(reader)
                    is_last = not left
                for reader in ready:
                    pool.submit(fire, reader)
                if is_last:
                    over.set()

            begin = work.functions[0]
            for node in [node for node, before in enumerate(work.before) if not before]:
                pool.submit(fire, node)
            over.wait()
            return [values[node] for node in work.last]

        yield run


class _Node(pykka.ThreadingActor):
    """A node as pykka's users would write it: a thread of its own, and values in messages."""

    use_daemon_thread = True

    def __init__(self, function: Callable[..., int], inputs: int) -> None:
        super().__init__()
        self._function, self._inputs = function, inputs
        self._came: dict[int, int] = {}
        self.readers: list[Callable[[tuple[int, int]], object]] = []
        self.places: list[int] = []

    def on_receive(self, message: tuple[int, int]) -> None:
        """Take one input; with the last one, run and tell those that read the result."""
        place, value = message
        self._came[place] = value
        if len(self._came) == self._inputs:
            result = self._function(*(self._came[place] for place in range(self._inputs)))
            self._came = {}
            for tell, other in zip(self.readers, self.places, strict=True):
                tell((other, result))


@contextlib.contextmanager
def pykka_actors(work: Work) -> Iterator[Run]:
    """Stock pykka, an actor and so a thread for each node."""
    answers: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    refs = [
        _Node.start(function, len(before) or 1)
        for function, before in zip(work.functions, work.before, strict=True)
    ]  # fmt: skip
    try:
        actors: list[Any] = [ref._actor_weakref() for ref in refs]
        for node, before in enumerate(work.before):
            for place, other in enumerate(before):
                actors[other].readers.append(refs[node].tell)
                actors[other].places.append(place)
        for node in work.last:
            actors[node].readers.append(answers.put)
            actors[node].places.append(node)
        del actors
        sources = [ref for ref, before in zip(refs, work.before, strict=True) if not before]

        def run(x: int) -> list[Any]:
            for ref in sources:
                ref.tell((0, x))
            came = dict(answers.get() for _ in work.last)
            return [came[node] for node in work.last]

        yield run
    finally:
        for ref in refs:
            ref.stop(block=False)
        for ref in refs:
            ref.stop()
