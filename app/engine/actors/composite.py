"""Nodes that run a sub-graph: once, for every item of a list, or pass after pass.

Each item or pass is an epoch of the sub-graph's own plan, on the agenda of the run that it is part of. Nothing waits
here and nothing nests on the stack, however deep sub-graphs use themselves: an epoch that has ended says what is next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from ...authoring.context import Cancelled
from ...authoring.error_info import ErrorInfo
from ...errors import EngineError
from ...ports.port import MISSING
from ..bus.weight import share
from ..compiler.plan import Absence, CallPlan, InnerPlan, NodePlan
from ..epoch import Epoch
from ..outcome import Outcome
from ..result import faults

if TYPE_CHECKING:
    from ..launches import Launch, Launches

DEPTH = 1000
"""How deep calls may lie within each other."""

AHEAD = 2
"""Items under way for each node that may run at once."""


class InnerFailure(Exception):
    """A node inside failed.

    Attributes:
        error: Its error.
        kinds: Names of its class, for those who try again after some errors only.
    """

    def __init__(self, error: ErrorInfo) -> None:
        super().__init__(str(error))
        self.error, self.kinds = error, (error.type,)


def compose(
    launches: Launches, launch: Launch, node: NodePlan, positional: list[Any], keywords: Mapping[str, Any]
) -> None:
    """Run the sub-graph of a composite node; `launches.deliver` is told of the end.

    Args:
        launches: Takes what becomes of it.
        launch: The node.
        node: Its plan.
        positional: Values of its inputs in order, but those given by name.
        keywords: The others.
    """
    if node.call is None:
        raise EngineError(f"`{node.id}` runs no sub-graph")
    names = [source.port.name for source in node.inputs if not source.port.keyword]
    inputs = {**dict(zip(names, positional, strict=True)), **keywords}
    frame = _FRAMES[node.call.kind](launches, launch, node, node.call, inputs)
    launch.stop = frame.stop
    frame.go_on(frame.begin)


class Frame:
    """One firing of a composite node.

    Attributes:
        call: What it runs.
        inputs: Values of its inputs, by name.
        workers: How many nodes may run at once.
    """

    def __init__(
        self, launches: Launches, launch: Launch, node: NodePlan, call: CallPlan, inputs: dict[str, Any]
    ) -> None:
        self.call, self.inputs = call, inputs
        self._launches, self._launch, self._node = launches, launch, node
        self._shared = launch.epoch.executor.shared
        self.workers = self._shared.workers
        self._started_ns = perf_counter_ns()

    def begin(self) -> None:
        """Begin the first epochs."""
        raise NotImplementedError

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        """An epoch has ended: begin the next one, or deliver.

        Args:
            key: Which item or pass it was.
            values: What its outputs gave.
            error: The first failure inside that nobody handled, or None.
        """
        raise NotImplementedError

    def cancelled(self, key: int) -> None:
        """An epoch was cancelled, and has ended."""
        raise Cancelled

    def stop(self) -> None:
        """Cancel what is under way. May be called from any thread."""
        for epoch in tuple(self._launch.epoch.inside):
            if isinstance(epoch.on_end, partial) and epoch.on_end.args[0] is self:
                epoch.executor.cancel(epoch, self._launch.epoch.cancelled or f"`{self._node.id}` was stopped")

    def run(self, inner: InnerPlan, inputs: Mapping[str, Any], key: int, place: str = "", lane: int = 0) -> None:
        """Begin an epoch of a sub-graph.

        Args:
            inner: Its plan.
            inputs: Values by name; those that it does not know are left out.
            key: Which item or pass it is.
            place: How people call that: `item 3`; empty for the only one.
            lane: Which of several actors of each node it has; others run beside it.
        """
        outer, plan = self._launch.epoch, inner.plan
        if outer.depth + 1 > DEPTH:
            raise EngineError(f"calls lie more than {DEPTH:,} deep within each other: {_chain(outer, self._node.id)}")
        settings = {plan.settings[name].slot: value for name, value in inputs.items() if name in plan.settings}
        for setting in plan.settings.values():
            if plan.values[setting.slot] is MISSING and setting.slot not in settings:
                raise EngineError(f"input `{setting.name}` of sub-graph `{self.call.name}` has no value")
        executor = self._shared.executor(plan, lane)
        path = self._node.id + (f"[{key}]" if place else "")
        epoch = Epoch(executor, outer.agenda, settings, self._shared.bus, next(self._shared.numbers), outer, path)
        epoch.on_end = partial(_ended, self, key, place)
        outer.inside.add(epoch)
        executor.begin(epoch)
        if outer.cancelled or self._launch.is_expired:  # It may not have been among those that were told.
            executor.cancel(epoch, outer.cancelled or "its time is over")

    def deliver(self, values: Mapping[str, Any], absent: str = "the sub-graph gave nothing here") -> None:
        """The node has completed.

        Args:
            values: Of its outputs, by name.
            absent: Why others bring nothing.
        """
        nothing = Absence(absent)
        items = tuple(share(values.get(output.port.name, nothing)) for output in self._node.returned)
        self._launches.deliver(self._launch, self._started_ns, Outcome(items), None)

    def fail(self, problem: BaseException) -> None:
        """The node has failed."""
        self._launches.deliver(self._launch, self._started_ns, None, problem)

    def go_on(self, step: Callable[[], None]) -> None:
        """Take a step; what it raises fails the node."""
        try:
            step()
        except Exception as problem:  # noqa: BLE001 - values of the graph may be anything: it becomes a report
            self.fail(problem)


def _ended(frame: Frame, key: int, place: str, epoch: Epoch) -> None:
    """An epoch of a frame is over. No lock is held."""
    launch = frame._launch
    launch.epoch.inside.discard(epoch)
    values = epoch.executor.end(epoch)
    error = next((ending.error for ending in faults(epoch) if ending.error is not None), None)
    if error is not None and place:
        error = ErrorInfo(error.node, error.type, f"{place}: {error.message}", error.traceback)
    was_cut_short = any(ending.state == "cancelled" for ending in epoch.endings.values())
    if error is None and was_cut_short:
        frame.go_on(partial(frame.cancelled, key))
    else:
        frame.go_on(partial(frame.ended, key, values, error))


class Once(Frame):
    """Runs the sub-graph once."""

    def begin(self) -> None:
        self.run(self.call.body, self.inputs, 0)

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if error is not None:
            raise InnerFailure(error)
        self.deliver(values)


class Catch(Once):
    """Runs the sub-graph once, and completes with the error if it fails."""

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if error is None:
            self.deliver(values)
        else:
            self.deliver({"error": error}, absent=f"`{error.node}` failed")


class ForEach(Frame):
    """Runs the sub-graph for every item, several at once."""

    def begin(self) -> None:
        self._lists = {name: _items(self.inputs[name], name) for name in self.call.over}
        lengths = {name: len(items) for name, items in self._lists.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"its lists differ in length: {', '.join(f'`{n}` has {k}' for n, k in lengths.items())}")
        count = next(iter(lengths.values()), 0)
        self._given: list[Mapping[str, Any]] = [{}] * count
        self._items = self._inputs_of_items(count)
        self._under_way = 0
        self._failure: Exception | None = None
        for _ in range(AHEAD * self.workers):
            self._begin_next()
        self._finish_if_over()

    def _inputs_of_items(self, count: int) -> Iterator[tuple[int, dict[str, Any]]]:
        for key in range(count):
            yield key, {**self.inputs, **{name: items[key] for name, items in self._lists.items()}}

    def _begin_next(self) -> None:
        for key, inputs in self._items if self._failure is None else ():
            self._under_way += 1
            self.run(self.call.body, inputs, key, f"item {key}", lane=key)
            return

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        self._under_way -= 1
        if error is None:
            self._given[key] = values
        elif not self.call.leaves_out:
            self._fail_with(InnerFailure(error))
        self._begin_next()
        self._finish_if_over()

    def cancelled(self, key: int) -> None:
        self._under_way -= 1
        self._fail_with(Cancelled())
        self._finish_if_over()

    def _fail_with(self, failure: Exception) -> None:
        """Begin no further item, and end those under way."""
        if self._failure is None:
            self._failure = failure
            self.stop()

    def _finish_if_over(self) -> None:
        if self._under_way:
            return
        if self._failure is not None:
            raise self._failure
        self.deliver({name: [given[name] for given in self._given if name in given] for name in self.call.outputs})


class Passes(Frame):
    """Runs the sub-graph pass after pass, each with what the last one gave."""

    TEST, BODY = 0, 1

    def begin(self) -> None:
        self._passes = 0
        self._values: Mapping[str, Any] = {name: self.inputs[name] for name in self.call.state}
        self._next()

    def _next(self) -> None:
        if self.call.test is not None:
            self.run(self.call.test, self.inputs, self.TEST, f"test of pass {self._passes + 1}")
        else:
            self._pass()

    def _pass(self) -> None:
        self._passes += 1
        if self._passes > self.call.limit:
            raise EngineError(
                f"it has not come to an end within {self.call.limit:,} passes; raise `limit` if it needs more"
            )
        self.run(self.call.body, self.inputs, self.BODY, f"pass {self._passes}")

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if error is not None:
            raise InnerFailure(error)
        if key == self.TEST:
            self._decide(next(iter(values.values()), False), self._pass)
            return
        self._values = values
        self.inputs |= {name: values[name] for name in self.call.state if name in values}
        if self.call.test is not None:
            self._next()
        else:
            self._decide(values.get("again", False), self._pass)

    def _decide(self, again: Any, go_on: Callable[[], None]) -> None:
        if again:
            go_on()
        else:
            self.deliver(self._values)


class Fold(Frame):
    """Runs the sub-graph for one item after another, and carries a state along."""

    def begin(self) -> None:
        (self._over,) = self.call.over
        self._items = iter(list(enumerate(_items(self.inputs[self._over], self._over))))
        self._values: Mapping[str, Any] = {name: self.inputs[name] for name in self.call.state}
        self._next()

    def _next(self) -> None:
        for key, item in self._items:
            self.run(self.call.body, {**self.inputs, self._over: item}, key, f"item {key}")
            return
        self.deliver(self._values)

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if error is not None:
            raise InnerFailure(error)
        self._values = values
        self.inputs |= {name: values[name] for name in self.call.state if name in values}
        self._next()


_FRAMES: Mapping[str, type[Frame]] = {
    "call": Once,
    "catch": Catch,
    "for_each": ForEach,
    "while": Passes,
    "fold": Fold,
}


def _items(value: Any, name: str) -> Any:
    """The items of a list, tuple or array.

    Raises:
        TypeError: The value has none.
    """
    try:
        len(value)
        value[:0]
    except TypeError:
        raise TypeError(f"`{name}` takes a list; found a {type(value).__name__}") from None
    return value


def _chain(epoch: Epoch, last: str) -> str:
    """The calls that lie within each other, the first and the last few of them."""
    calls = [last]
    at: Epoch | None = epoch
    while at is not None and at.path:
        calls.append(at.path)
        at = at.within
    calls.reverse()
    return " > ".join([*calls[:3], "…", *calls[-2:]] if len(calls) > 6 else calls)
