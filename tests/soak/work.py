"""Work whose faults are decided by the number that flows through it, and what must become of each number.

The nodes stand at the top of a module, so that worker processes find them.
"""

import asyncio
import os
import signal
import zlib
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from animaweave.authoring import Context, ErrorInfo, Signal, Vessel
from animaweave.graph.document import Graph

vessel = Vessel("soak")

EVERY = {"take": 97, "once": 31, "twice": 211, "later": 53, "item": 41, "hang": 701, "kill": 41}
"""Each fault strikes about one number in so many; of those that come so far."""

SELDOM = 16
"""One number in so many goes to a worker process, which takes longer than all else together."""

TIMEOUT_S = 0.05
PATIENCE_S = 60.0
LENGTH = 2000
"""Items of the arrays: 16 kB."""

tries: Counter[tuple[str, int]] = Counter()
"""How often a number has been tried by nodes that are tried again; forgotten once it is known how that ends."""


class Fault(Exception):
    """One that was put in."""


class Ways(NamedTuple):
    """Branches, of which some are open."""

    odd: Signal
    seldom: Signal


def strikes(fault: str, number: int) -> bool:
    """Whether a fault strikes this number."""
    return zlib.crc32(f"{fault} {number}".encode()) % EVERY[fault] == 0


@vessel.node
def take(number: int) -> int:
    if strikes("take", number):
        raise Fault("take")
    return number


@vessel.node
def ways(number: int) -> Ways:
    return Ways(Signal.when(number % 2 == 1), Signal.when(number % SELDOM == 0))


@vessel.node
def negate(number: int) -> int:
    return -number


@vessel.node(placement="thread")
def flaky(number: int) -> int:
    """Fails once with some numbers, twice with others; is tried twice."""
    tries["flaky", number] += 1
    if strikes("twice", number) or (strikes("once", number) and tries["flaky", number] == 1):
        raise Fault("flaky")
    return number + 1


@vessel.node
async def later(number: int) -> int:
    await asyncio.sleep(0)
    if strikes("later", number):
        raise Fault("later")
    return 2 * number


@vessel.node(placement="thread")
def hang(ctx: Context, number: int) -> int:
    """Stays until it is told to end, with some numbers."""
    if strikes("hang", number):
        ctx.sleep(PATIENCE_S)
    return number


@vessel.node
def told(error: ErrorInfo) -> str:
    return error.type


@vessel.node(placement="process")
def crash(number: int) -> int:
    """Kills its worker process with some numbers."""
    if strikes("kill", number):
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@vessel.node
def grow(number: int) -> np.ndarray:
    return np.full(LENGTH, number, dtype=float)


@vessel.node
def mean(array: np.ndarray) -> float:
    return float(array.mean())


@vessel.node
class InOrder:
    """Fails unless every number is greater than the last one."""

    def __init__(self) -> None:
        self.last = -1

    def __call__(self, number: int) -> int:
        assert number > self.last, f"{number} came after {self.last}"
        self.last = number
        return number


@vessel.node
def items(number: int) -> list[int]:
    return [number, number + 1, number + 2]


@vessel.node
def item(value: int) -> int:
    if strikes("item", value):
        raise Fault("item")
    return value


def graph() -> Graph:
    """All of it."""
    made = Graph()
    made.add("graph.input", id="number", params={"name": "number", "type": "int"})
    inner = made.add_subgraph("each")
    inner.add("graph.input", id="value", params={"name": "value", "type": "int"})
    inner.add("soak.item", id="item")
    inner.add("graph.output", id="out", params={"name": "result"})
    inner.connect("value.value", "item.value")
    inner.connect("item.result", "out.value")
    for name in ("take", "ways", "negate", "flaky", "later", "hang", "told", "crash", "grow", "mean", "items"):
        made.add(f"soak.{name}", id=name)
    made.add("soak.in_order", id="order")
    made.add("control.for_each", id="loop", params={"graph": "each", "on_item_error": "leave_out"})
    made.connect("number.value", "take.number")
    for name in ("ways", "negate", "flaky", "later", "hang", "crash", "grow", "items", "order"):
        made.connect("take.result", f"{name}.number")
    made.connect("grow.result", "mean.array")
    made.connect("items.result", "loop.value")
    made.connect("hang.error", "told.error")
    made.connect_control("ways.odd", "negate.trigger")
    made.connect_control("ways.seldom", "crash.trigger")
    made.set_run("flaky", retry={"attempts": 2, "delay": 0.001})
    made.set_run("later", on_error={"default": {"result": -1}})
    made.set_run("hang", timeout=TIMEOUT_S)
    return made


def struck(number: int) -> list[str]:
    """The faults that strike a number on its way."""
    if strikes("take", number):
        return ["take"]
    found = [fault for fault in ("once", "twice", "later", "hang") if strikes(fault, number)]
    found += ["item"] * sum(strikes("item", value) for value in range(number, number + 3))
    return [*found, "kill"] if number % SELDOM == 0 and strikes("kill", number) else found


def expected(number: int) -> tuple[str, dict[str, Any]]:
    """Status and outputs of an epoch that nobody cancels."""
    if strikes("take", number):
        return "failed", {}
    outputs: dict[str, Any] = {
        "later.result": -1 if strikes("later", number) else 2 * number,
        "mean.result": float(number),
        "order.result": number,
        "loop.result": [value for value in (number, number + 1, number + 2) if not strikes("item", value)],
    }
    if number % 2:
        outputs["negate.result"] = -number
    if not strikes("twice", number):
        outputs["flaky.result"] = number + 1
    if strikes("hang", number):
        outputs["told.result"] = "TimedOut"
    else:
        outputs["hang.result"] = number
    is_killed = number % SELDOM == 0 and strikes("kill", number)
    if number % SELDOM == 0 and not is_killed:
        outputs["crash.result"] = number
    return ("partial" if strikes("twice", number) or is_killed else "success"), outputs
