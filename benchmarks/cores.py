"""What two cores give: interpreted nodes in worker processes, NumPy's in threads, beside two bare processes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

import animaweave as aw

from .bare import two_processes
from .row import Row, compared, unmeasured
from .timing import medians_s
from .work import registry

NAME = "cores"
ROUNDS = 5
NODES = 8
ROUNDS_OF: dict[str, int] = {"burn": 2_500_000, "stir": 200}
"""What keeps a core busy for some 0.15 s."""

ENOUGH = 0.93
CROWDED = 1.1


def rows() -> Iterator[Row]:
    """Seconds for 8 nodes with 2 workers; and with 8 on as many cores."""
    for function, placement in zip(ROUNDS_OF, ("process", "inline"), strict=True):
        yield from _nodes(function, placement)


def _nodes(function: str, placement: str) -> Iterator[Row]:
    where = "processes" if placement == "process" else "threads"
    case = f"{NODES} x `{function}` in {where}"
    plan = aw.compile(eight(function, placement), registry=registry())
    if (os.cpu_count() or 1) < 2:
        yield unmeasured(NAME, case, "there is one core only")
        return
    with contextlib.ExitStack() as stack:
        share = stack.enter_context(two_processes())
        calls: dict[str, Callable[[int], list[float]]] = {
            "bare": lambda x: share(function, [x + node for node in range(NODES)], ROUNDS_OF[function]),
            "2": _running(stack.enter_context(aw.Engine(plan, 2))),
            "8": _running(stack.enter_context(aw.Engine(plan, 8))),
        }
        seconds = medians_s(calls, rounds=ROUNDS)
    bare, two, crowded = seconds["bare"], seconds["2"], seconds["8"]
    yield compared(NAME, f"{case}, 2 workers", two, "s", "two bare processes", bare, at_least=ENOUGH)
    yield compared(NAME, f"{case}, 8 workers", crowded, "s", "2 workers", two, at_most=CROWDED)


def eight(function: str, placement: str) -> aw.Graph:
    """Nodes that wait for nothing."""
    graph = aw.Graph(function)
    for node in range(NODES):
        graph.add(f"bench.{function}", id=f"n{node}", params={"x": 0, "rounds": ROUNDS_OF[function]})
        graph.set_run(f"n{node}", placement=placement)
    return graph


def _running(engine: aw.Engine) -> Callable[[int], list[float]]:
    def run(x: int) -> list[float]:
        outputs = engine.run({f"n{node}.x": x + node for node in range(NODES)}).outputs
        return [outputs[f"n{node}.result"] for node in range(NODES)]

    return run
