"""How the cost of a node grows with the graph, beside a loop that the standard library's sorter drives."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator

from .peers import Run, animaweave
from .row import Row, within
from .timing import exponent, medians_s
from .work import Work, chain, chance

NAME = "growth"
SIZES = 1_000, 10_000, 100_000
"""Nodes."""

ROUNDS = 3
REPEATS = 10
"""How often, at most, a small graph is run in a round: so many as the largest has nodes."""

MOST_US = 4.0
STEEPER = 0.05


def rows() -> Iterator[Row]:
    """Microseconds a node for each size, and the exponent."""
    for shape in (chain, chance):
        yield from _shape(shape)


def _shape(shape: Callable[[int], Work]) -> Iterator[Row]:
    calls: dict[tuple[str, int], Callable[[int], None]] = {}
    name = ""
    with contextlib.ExitStack() as stack:
        for nodes in SIZES:
            work = shape(nodes)
            name, ours = work.name, stack.enter_context(animaweave(work))
            if ours(5) != work.graphlib_loop(5):
                raise AssertionError(f"{name}, {nodes} nodes: the engine and the loop answer differently")
            repeats = min(REPEATS, max(SIZES) // nodes)
            calls["ours", nodes] = _again(ours, repeats)
            calls["loop", nodes] = _again(work.graphlib_loop, repeats)
        with _nothing_old_collected():
            # All sizes in turns: a busy moment of the machine would otherwise look like growth.
            medians = medians_s(calls, rounds=ROUNDS)
    ours_s, loop_s = (
        {nodes: medians[who, nodes] / min(REPEATS, max(SIZES) // nodes) for nodes in SIZES} for who in ("ours", "loop")
    )
    for nodes in SIZES:
        us, against = ours_s[nodes] / nodes * 1e6, f"graphlib loop {loop_s[nodes] / nodes * 1e6:.2f}"
        if nodes == max(SIZES):
            yield within(NAME, f"{name}, {nodes:,} nodes", us, "µs a node", at_most=MOST_US, against=against)
        else:
            yield Row(NAME, f"{name}, {nodes:,} nodes", us, "µs a node", against)
    least = exponent(loop_s)
    case = f"{name}, exponent"
    yield within(NAME, case, exponent(ours_s), "", at_most=least + STEEPER, against=f"graphlib loop {least:.2f}")


def _again(run: Run, repeats: int) -> Callable[[int], None]:
    def call(turn: int) -> None:
        for _ in range(repeats):
            run(turn)

    return call


@contextlib.contextmanager
def _nothing_old_collected() -> Iterator[None]:
    """Let the garbage collector look at what a run makes only, not at all that lies ready for other runs."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
