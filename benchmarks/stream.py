"""What an epoch costs in a long stream, and that memory stays flat however long it is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import animaweave as aw

from .row import Row, unmeasured, within
from .work import chain, registry

NAME = "stream"
EPOCHS, NODES = 100_000, 10
IN_FLIGHT = (1, 8)
MOST_US = 2.5
FLAT = 1.02
LOOK_EVERY = 1000
"""Epochs."""


def rows() -> Iterator[Row]:
    """Microseconds a node and epoch; the most memory since the first tenth against that at its end."""
    work = chain(NODES)
    with aw.Engine(aw.compile(work.graph(), registry=registry())) as engine:
        for in_flight in IN_FLIGHT:
            yield from _stream(engine, in_flight, work.loop(7)[0])


def _stream(engine: aw.Engine, in_flight: int, answer_to_7: int) -> Iterator[Row]:
    case = f"{EPOCHS:,} epochs x {NODES} nodes, {in_flight} in flight"
    output = f"n{NODES - 1}.result"
    sizes: list[int] = []
    epoch = 0
    begin = time.perf_counter()
    inputs = ({"n0.x": x} for x in range(EPOCHS))
    for epoch, result in enumerate(engine.stream(inputs, in_flight=in_flight), 1):
        if epoch == 8 and result.outputs[output] != answer_to_7:
            raise AssertionError(f"epoch 8: expected {answer_to_7}, found {result.outputs[output]}")
        if epoch % LOOK_EVERY == 0 and epoch >= EPOCHS / 10:
            sizes.append(resident_bytes())
    us = (time.perf_counter() - begin) / EPOCHS / NODES * 1e6
    if epoch != EPOCHS:
        raise AssertionError(f"expected {EPOCHS} results, found {epoch}")
    yield within(NAME, case, us, "µs a node and epoch", at_most=MOST_US)
    if sizes and sizes[0]:
        yield within(NAME, f"{case}: memory", max(sizes) / sizes[0], "x", at_most=FLAT)
    else:
        yield unmeasured(NAME, f"{case}: memory", "this system does not tell")


def resident_bytes() -> int:
    """Bytes of memory that this process has; 0 where the system does not tell."""
    facts = Path("/proc/self/statm")
    if not facts.exists():
        return 0
    return int(facts.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
