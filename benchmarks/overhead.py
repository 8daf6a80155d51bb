"""What the engine costs a node: 1000 trivial nodes, metrics on, beside floors and dask's synchronous scheduler."""

from __future__ import annotations

from collections.abc import Iterator

from dask._task_spec import DataNode
from dask.local import get_sync

import animaweave as aw

from .row import Row, compared
from .timing import medians_s
from .work import Work, chain, fan, layers, registry

NAME = "overhead"
ROUNDS = 25


def rows() -> Iterator[Row]:
    """Microseconds a node, for each shape."""
    for work in (chain(1000), fan(1000), layers(100, 10)):
        yield from _shape(work)


def _shape(work: Work) -> Iterator[Row]:
    nodes = len(work.before)
    plan = aw.compile(work.graph(), registry=registry())
    wanted, dask_graph = list(work.last), work.dask_graph()
    with aw.Engine(plan) as engine:
        medians = medians_s(
            {
                "plain loop": work.loop,
                "graphlib loop": work.graphlib_loop,
                "dask, synchronous": lambda x: list(get_sync({**dask_graph, "x": DataNode("x", x)}, wanted)),
                "animaweave": lambda x: list(engine.run({"n0.x": x}).outputs.values()),
            },
            rounds=ROUNDS,
        )
    us = {name: median / nodes * 1e6 for name, median in medians.items()}
    ours = us["animaweave"]
    yield compared(NAME, work.name, ours, "µs a node", "plain loop", us["plain loop"])
    yield compared(NAME, work.name, ours, "µs a node", "graphlib loop", us["graphlib loop"], at_most=1.5)
    yield compared(NAME, work.name, ours, "µs a node", "dask, synchronous", us["dask, synchronous"], at_least=5)
