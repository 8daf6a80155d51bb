"""Runs that are looked at: nodes of every placement, graphs with sub-graphs in them, and what events must obey."""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import animaweave as aw
from animaweave.authoring import NOT_ASKED, Ask
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from animaweave.engine.observe.events import Event, Events, Reader
from animaweave.graph.document import Graph
from animaweave.vessels.control import Lazy
from tests.engine.lab import Lab, assert_nothing_left, fill


def own_thread(value: Any = None) -> str:
    """Name of the thread that runs the node."""
    return threading.current_thread().name


def own_process(value: Any = None) -> int:
    """Id of the process that runs the node; at the top of a module, so that a worker finds it."""
    return os.getpid()


def unsteady_process(folder: str) -> int:
    """Fails in the first of its processes' calls."""
    try:
        os.mkdir(f"{folder}/tried")  # noqa: PTH102 - a worker imports little
    except FileExistsError:
        return os.getpid()
    raise ValueError("not yet")


async def own_loop(value: Any = None) -> str:
    """The same as `own_thread`, for an async node."""
    await asyncio.sleep(0)
    return threading.current_thread().name


def bump(value: Any) -> Any:
    """One more."""
    return value + 1


def less(value: Any, than: int = 3) -> bool:
    """Whether a loop goes on."""
    return bool(value < than)


def numbers(count: int = 3) -> list[int]:
    """A list to go through."""
    return list(range(count))


def choose(then: Lazy = NOT_ASKED, otherwise: Lazy = NOT_ASKED) -> Any:
    """Asks for one of two inputs."""
    return Ask("then") if then is NOT_ASKED else then


def given(count: int = 5) -> Iterator[int]:
    """A source."""
    yield from range(count)


def declare(lab: Lab) -> Lab:
    """Put all nodes into the lab."""
    for function in (own_thread, own_process, unsteady_process, own_loop, bump, less, numbers, choose, given):
        lab.node(function)
    return lab


def inside(graph: Graph, name: str, nodes: str, *wires: str, port: str = "n", out: str = "") -> Graph:
    """Add a sub-graph with an input and an output."""
    inner = graph.add_subgraph(name)
    inner.add("graph.input", id="from", params={"name": port})
    inner.add("graph.output", id="to", params={"name": out or port})
    fill(inner, nodes, *wires)
    return inner


def for_each(lab: Lab, **run: Any) -> Graph:
    """`each` sends three numbers through `deep` and `deeper`, one by one."""
    graph = lab.graph("list:numbers")
    inner = inside(graph, "body", "deep:bump deeper:bump", "from.value deep.value", "deep.result deeper.value",
                   "deeper.result to.value")  # fmt: skip
    for node, settings in run.items():
        inner.set_run(node, **settings)
    graph.add("control.for_each", id="each", params={"graph": "body"})
    graph.connect("list.result", "each.n")
    return graph


def while_(lab: Lab) -> Graph:
    """`loop` counts to three; its test and its body have different nodes in the same places."""
    graph = lab.graph("zero:plus")
    graph.set_param("zero", "b", 0)
    inside(graph, "step", "add:bump", "from.value add.value", "add.result to.value")
    inside(graph, "test", "ask:less", "from.value ask.value", "ask.result to.value", out="go")
    graph.add("control.while", id="loop", params={"graph": "step", "test": "test"})
    graph.connect("zero.result", "loop.n")
    return graph


def recursion(lab: Lab) -> Graph:
    """`down` calls itself until its number is 3; what it calls again is `down/again`."""
    graph = lab.graph("zero:plus")
    graph.set_param("zero", "b", 0)
    inner = inside(graph, "down", "add:bump if:control.if go:less", "from.value add.value", "add.result go.value",
                   "go.result if.condition", "add.result if.otherwise", "if.result to.value")  # fmt: skip
    inner.add("graph.down", id="again")
    inner.connect("add.result", "again.n")
    inner.connect("again.n", "if.then")
    graph.add("graph.down", id="down")
    graph.connect("zero.result", "down.n")
    return graph


class Watched(NamedTuple):
    """An engine, and who looks on."""

    engine: Engine
    events: Events
    reader: Reader

    def take(self) -> list[Event]:
        """What happened since the last time."""
        found, missed = self.reader.take()
        assert missed == 0
        return found


@contextmanager
def watched(plan: Plan, workers: int = 2, events: Events | None = None, **how: Any) -> Iterator[Watched]:
    """An engine that is looked at; nothing is left of its runs."""
    events = events or Events(100_000)
    reader = events.reader()
    with aw.Engine(plan, workers, events=events, **how) as engine:
        yield Watched(engine, events, reader)
        assert_nothing_left(engine)


def told(events: list[Event], *kinds: str) -> list[tuple[str, str]]:
    """Kinds and nodes of events, of some kinds alone."""
    return [(event.kind, event.node) for event in events if event.kind in kinds]


def assert_sound(events: list[Event]) -> None:
    """What holds for the events of epochs that all ended, none of them abandoned."""
    epochs: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        if event.kind != "bytes":
            epochs.setdefault((event.within, event.epoch), []).append(event)
    for found in epochs.values():
        kinds = [event.kind for event in found]
        assert (kinds[0], kinds[-1]) == ("epoch_begun", "epoch_ended")
        assert (kinds.count("epoch_begun"), kinds.count("epoch_ended")) == (1, 1)
        plan = found[0].plan
        assert plan is not None
        for event in found:
            assert event.plan is plan, "all events of an epoch are of one plan"
            assert event.node == (plan.nodes[event.row].id if event.row >= 0 else "")
            assert event.node.startswith(event.within) or not event.node
        assert Counter(event.row for event in found if event.kind == "finished") == Counter(range(len(plan.nodes)))
        _assert_calls_are_sound(found)


def _assert_calls_are_sound(events: list[Event]) -> None:
    """Each node's function is started, and ends, in turns; a node that failed says so before it is over."""
    running: set[int] = set()
    over: set[int] = set()
    failed: set[int] = set()
    for event in events:
        if event.row < 0:
            continue
        assert event.row not in over or event.kind == "signal", f"{event.kind} of {event.node} came after its end"
        if event.kind == "started":
            assert event.row not in running
            running.add(event.row)
        elif event.kind == "suspended":
            running.remove(event.row)
        elif event.kind == "error":
            failed.add(event.row)
        elif event.kind == "finished":
            running.discard(event.row)
            over.add(event.row)
            assert (event.payload[0] == "failed") == (event.row in failed)
    assert not running
