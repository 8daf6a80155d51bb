"""Faults in streams: whatever breaks in some epochs, the others give what they should, and nothing is left over."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NewType

import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.engine.epoch import Epoch
from animaweave.engine.executor import Executor
from animaweave.engine.order import Order
from animaweave.engine.router import Router
from animaweave.engine.run import Run
from animaweave.errors import EngineError
from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, Pair, assert_nothing_left, fill, until

Metres = NewType("Metres", float)
EPOCHS = 30


class Sour(Pair):
    """Two values that cannot be taken apart."""

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("sour")

    def __getitem__(self, key: Any) -> Any:
        raise RuntimeError("sour")


def is_bad(value: int) -> bool:
    return value % 5 == 3


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.calls.clear()

    @lab.node
    def raises(value: int) -> int:
        if is_bad(value):
            raise ValueError("no good")
        return value

    @lab.node(placement="thread")
    def raises_on_a_thread(value: int) -> int:
        return raises(value)

    @lab.node
    async def raises_on_the_loop(value: int) -> int:
        await asyncio.sleep(0)
        return raises(value)

    @lab.node
    def turns_sour(value: int) -> Pair:
        return Sour(value, value) if is_bad(value) else Pair(value, value)

    @lab.node(placement="thread")
    def hangs(ctx: Context, value: int) -> int:
        if is_bad(value):
            ctx.sleep(PATIENCE_S)
        return value

    @lab.node
    class CannotAlwaysBeMade:
        """Its instance comes into being with the third attempt."""

        def __init__(self) -> None:
            lab.calls.append("make")
            if len(lab.calls) < 3:
                raise OSError("no licence")

        def __call__(self, value: int) -> int:
            return value

    @lab.node
    class Strict:
        """Fails unless values come in order."""

        def __init__(self) -> None:
            self.last = -1

        def __call__(self, value: int) -> int:
            assert value > self.last, (value, self.last)
            self.last = value
            return value

    return lab


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "inline": ("raises", {}),
    "thread": ("raises_on_a_thread", {}),
    "loop": ("raises_on_the_loop", {}),
    "tried again": ("raises", {"retry": {"attempts": 2}}),
    "tried again later": ("raises_on_a_thread", {"retry": {"attempts": 2, "delay": 0.001}}),
    "spread": ("turns_sour", {}),
    "timeout": ("hangs", {"timeout": 0.01}),
}


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_epochs_in_which_a_node_breaks_harm_no_other(lab: Lab, case: str, workers: int, in_flight: int) -> None:
    type_, run = CASES[case]
    port = "left" if type_ == "turns_sour" else "result"
    graph = lab.graph(
        f"n:echo bad:{type_} behind:strict beside:strict",
        *("n.result bad.value", f"bad.{port} behind.value", "n.result beside.value"),
        bad=run,
    )
    with lab.engine(graph, workers) as engine:
        results = list(engine.stream(({"n.value": number} for number in range(EPOCHS)), in_flight=in_flight))
        assert_nothing_left(engine)

    assert [result.outputs["beside.result"] for result in results] == list(range(EPOCHS))
    assert [result.outputs.get("behind.result") for result in results] == [
        None if is_bad(number) else number for number in range(EPOCHS)
    ]
    assert [list(result.errors) for result in results] == [
        ["bad"] if is_bad(number) else [] for number in range(EPOCHS)
    ]


def test_a_class_that_cannot_be_made_at_first_is_made_in_a_later_epoch(lab: Lab) -> None:
    graph = lab.graph("n:echo a:cannot_always_be_made", "n.result a.value")
    with lab.engine(graph, 2) as engine:
        results = list(engine.stream(({"n.value": number} for number in range(6)), in_flight=3))
        assert_nothing_left(engine)

    assert [result.outputs.get("a.result") for result in results] == [None, None, 2, 3, 4, 5]


def test_a_converter_that_breaks_fails_its_wire_alone() -> None:
    lab = Lab()

    @lab.node
    def measure(value: int = 0) -> Metres:
        return Metres(value)

    @lab.node
    def tell(words: str) -> str:
        return words

    @lab.vessel.converter
    def in_words(value: Metres) -> str:
        if is_bad(int(value)):
            raise ValueError("no words for it")
        return f"{value:g} m"

    graph = lab.graph("m:measure t:tell e:echo", "m.result t.words", "m.result e.value")
    with lab.engine(graph, 2) as engine:
        results = list(engine.stream(({"m.value": number} for number in range(EPOCHS)), in_flight=4))
        assert_nothing_left(engine)

    assert [result.outputs.get("t.result") for result in results] == [
        None if is_bad(number) else f"{number} m" for number in range(EPOCHS)
    ]
    assert [result.outputs["e.result"] for result in results] == list(range(EPOCHS))


def all_kinds(lab: Lab) -> Graph:
    """A graph with nodes of every placement but processes, attempts, a state, a branch, items."""
    graph = Graph()
    body = graph.add_subgraph("body")
    body.add("graph.input", id="value", params={"name": "value"})
    body.add("graph.output", id="out", params={"name": "result"})
    fill(body, "e:raises_on_a_thread", "value.value e.value", "e.result out.value")
    graph.add("control.for_each", id="loop", params={"graph": "body", "on_item_error": "leave_out"})
    fill(
        graph,
        "n:echo t:raises_on_a_thread l:raises_on_the_loop s:strict w:switch off:one items:gather",
        *("n.result t.value", "n.result l.value", "n.result s.value", "n.result items.items[0]"),
        *("s.result items.items[1]", "items.result loop.value"),
        controls=("w.no off.trigger",),
        t={"retry": {"attempts": 2, "delay": 0.0005}},
    )
    return graph


def expected(number: int) -> dict[str, Any]:
    outputs = {} if is_bad(number) else {"t.result": number, "l.result": number}
    return {**outputs, "loop.result": [] if is_bad(number) else [number, number]}


def follow(engine: Engine, in_flight: int) -> list[tuple[str, dict[str, Any]]]:
    results = engine.stream(({"n.value": number} for number in range(6)), in_flight=in_flight)
    return [(result.status, dict(result.outputs)) for result in results]


def cancel(engine: Engine, run: Run) -> None:
    run.cancel("at some message")


def abandon(engine: Engine, run: Run) -> None:
    engine._executor.abandon(run.epoch, "given up")


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("harm", "which"), [(cancel, 0), (cancel, -1), (abandon, 0), (abandon, -1)])
def test_epochs_that_are_ended_at_any_message_harm_no_other(
    lab: Lab, harm: Callable[..., None], which: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread comes at the n-th arrival or end of a node, as soon as it is let to the books."""
    at, came, arrived = [0], [0], threading.Event()

    def counting(real: Callable[..., None]) -> Callable[..., None]:
        def count(*args: Any) -> None:
            came[0] += 1
            if came[0] == at[0]:
                arrived.set()
            real(*args)

        return count

    for name in ("_arrive", "settle"):
        monkeypatch.setattr(Router, name, counting(getattr(Router, name)))
    with lab.engine(all_kinds(lab), workers) as engine:
        for _ in range(1000):
            at[0] += 1
            came[0] = 0
            arrived.clear()

            def come() -> None:
                if arrived.wait(PATIENCE_S):
                    for run in [tuple(engine.runs)[which]] if engine.runs else []:
                        harm(engine, run)

            thread = threading.Thread(target=come)
            thread.start()
            results = follow(engine, in_flight=3)
            total = came[0]
            arrived.set()
            thread.join(PATIENCE_S)
            assert len(results) == 6
            spoilt = 0
            for number, (status, outputs) in enumerate(results):
                right = expected(number)
                assert outputs.items() <= right.items()
                assert status != "success" or outputs == right
                spoilt += status == "cancelled" or outputs != right
            assert spoilt <= 1
            assert_nothing_left(engine)
            if at[0] >= total:
                break
    assert at[0] > 50


@pytest.mark.parametrize("workers", [1, 2])
def test_an_engine_that_is_closed_at_any_result_leaves_no_thread(lab: Lab, workers: int) -> None:
    threads = threading.active_count()
    for number in range(7):
        engine = lab.engine(all_kinds(lab), workers)
        closer = threading.Thread(target=engine.close)
        results = engine.stream(({"n.value": value} for value in itertools.count()), in_flight=3)
        for _ in range(number):
            next(results)
        closer.start()
        closer.join(0 if number % 2 else PATIENCE_S)
        with pytest.raises(EngineError, match="closed"):
            list(results)
        closer.join(PATIENCE_S)
        until(lambda: threading.active_count() == threads)
        assert_nothing_left(engine)


def test_clocks_that_jump_change_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in a run goes by the wall clock."""
    jumps = iter(range(10**9))

    def jump() -> float:
        return float((-1) ** next(jumps) * 10**9)

    monkeypatch.setattr(time, "time", jump)
    graph = lab.graph(
        "n:echo h:hangs t:raises_on_a_thread",
        *("n.result h.value", "n.result t.value"),
        h={"timeout": 0.02},
        t={"retry": {"attempts": 2, "delay": 0.001}},
    )
    with lab.engine(graph, 2) as engine:
        for number, result in enumerate(engine.stream(({"n.value": number} for number in range(10)), in_flight=2)):
            assert set(result.errors) == ({"h", "t"} if is_bad(number) else set())
        assert_nothing_left(engine)


# ---------------------------------------------------------------- given up at moments that hardly ever come


LAST = 3
"""Number of the epoch that is given up."""


def is_last(epoch: Epoch) -> bool:
    """Whether an epoch is the last one of the stream itself."""
    return epoch.within is None and epoch.number == LAST


def is_in_last(epoch: Epoch) -> bool:
    """Whether an epoch is the work of a node of the last one."""
    return epoch.within is not None and is_last(epoch.within)


@pytest.mark.parametrize(("workers", "in_flight"), [(1, 1), (1, 4), (2, 4)])
@pytest.mark.parametrize("is_before", [True, False], ids=["before it begins", "when it has just begun"])
@pytest.mark.parametrize("is_meant", [is_last, is_in_last], ids=["an epoch", "one inside"])
def test_an_epoch_that_is_given_up_while_one_begins_leaves_its_actors_free(
    lab: Lab,
    is_meant: Callable[[Epoch], bool],
    is_before: bool,
    workers: int,
    in_flight: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, came = Executor.begin_here, [0]

    def begin_here(executor: Executor, epoch: Epoch, *args: Any) -> Any:
        if not is_meant(epoch):
            return real(executor, epoch, *args)
        came[0] += 1
        found = None if is_before else real(executor, epoch, *args)
        outer = epoch.within or epoch
        thread = threading.Thread(target=outer.executor.abandon, args=(outer, "given up"))
        thread.start()
        thread.join(PATIENCE_S)
        return real(executor, epoch, *args) if is_before else found

    monkeypatch.setattr(Executor, "begin_here", begin_here)
    with lab.engine(all_kinds(lab), workers) as engine:
        rows = ({"n.value": number} for number in range(LAST + 1))
        statuses = [result.status for result in engine.stream(rows, in_flight=in_flight)]

        assert statuses == ["success", "success", "success", "cancelled"]
        assert came[0]
        assert_nothing_left(engine)
        assert follow(engine, in_flight=2)[0] == ("success", expected(0))
        assert_nothing_left(engine)


def test_a_node_that_asks_to_run_when_its_epoch_was_given_up_leaves_its_actor_free(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, real = Gate(), Order.enter

    @lab.node(placement="thread")
    def stay(value: int) -> int:
        gate()
        return value

    def enter(order: Order, epoch: Epoch, node: int, *, alone: bool) -> bool:
        if epoch.number != 1:
            return real(order, epoch, node, alone=alone)
        gate.await_arrival()  # The epoch before is at its node `b`, so this one will not be let in.
        epoch.executor.abandon(epoch, "given up")
        try:
            return real(order, epoch, node, alone=alone)
        finally:
            gate.open()

    monkeypatch.setattr(Order, "enter", enter)
    with lab.engine(lab.graph("a:echo b:stay", "a.result b.value", a={"mode": "sequential"}), 1) as engine:
        rows = ({"a.value": number} for number in range(2))
        assert [result.status for result in engine.stream(rows, in_flight=2)] == ["success", "cancelled"]
        assert_nothing_left(engine)
        assert engine.submit({"a.value": 5}).result(PATIENCE_S).outputs == {"b.result": 5}
