"""What the engine costs a node: 1000 trivial nodes, metrics on, beside floors and others that run graphs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .peers import Run, animaweave, dask_synchronous, dask_threaded, pykka_actors, thread_pool
from .row import Row, compared
from .timing import medians_s
from .work import Work, chain, fan, layers

NAME = "overhead"
ROUNDS = 25
SLOW_ROUNDS = 5
"""For those that take a hundred times as long."""


def rows() -> Iterator[Row]:
    """Microseconds a node, for each shape."""
    for work in (chain(1000), fan(1000), layers(100, 10)):
        yield from _shape(work)


def _shape(work: Work) -> Iterator[Row]:
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(animaweave(work))
        quick = {
            "plain loop": work.loop,
            "graphlib loop": work.graphlib_loop,
            "dask, synchronous": stack.enter_context(dask_synchronous(work)),
        }
        us = _us(work, {**quick, "animaweave": ours}, ROUNDS)
        yield _row(work, us, "plain loop")
        yield _row(work, us, "graphlib loop", at_most=1.0)
        yield _row(work, us, "dask, synchronous", at_least=8)
        slow = {
            "ThreadPoolExecutor": stack.enter_context(thread_pool(work)),
            "dask, threaded": stack.enter_context(dask_threaded(work)),
            "pykka, a thread a node": stack.enter_context(pykka_actors(work)),
        }
        us = _us(work, {**slow, "animaweave": ours}, SLOW_ROUNDS)
        for name in slow:
            yield _row(work, us, name, at_least=1)


def _us(work: Work, calls: dict[str, Run], rounds: int) -> dict[str, float]:
    """Median microseconds a node."""
    return {name: median / len(work.before) * 1e6 for name, median in medians_s(calls, rounds=rounds).items()}


def _row(work: Work, us: dict[str, float], name: str, **bar: float) -> Row:
    return compared(NAME, work.name, us["animaweave"], "µs a node", name, us[name], **bar)
