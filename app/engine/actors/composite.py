"""Nodes that run a sub-graph: once, for every item of a list, or pass after pass.

Each item or pass is an epoch of the sub-graph's own plan, on the agenda of the run that it is part of. Nothing waits
here and nothing nests on the stack, however deep sub-graphs use themselves: an epoch that has ended says what is next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from ...authoring.context import Cancelled
from ...authoring.error_info import ErrorInfo
from ...errors import EngineError
from ...ports.port import MISSING
from ...ports.value import verify
from ..bus.weight import PLAIN, WEIGHTLESS, Weight, share
from ..compiler.plan import Absence, CallPlan, InnerPlan, NodePlan
from ..epoch import Epoch
from ..outcome import Outcome
from ..result import faults
from ..shared import Routing

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
    # A signal that is not wired comes to nothing inside either: the input there takes its default.
    inputs = {name: value for name, value in inputs.items() if value is not MISSING}
    frame = _FRAMES[node.call.kind](launches, launch, node, node.call, inputs)
    launch.stop, launch.abandon = frame.stop, frame.abandon
    frame.go_on(frame.begin)


class Frame:
    """One firing of a composite node.

    Attributes:
        call: What it runs.
        inputs: Values of its inputs, by name; those that are not needed any more are taken out.
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
        self._weighed: dict[str, tuple[Any, Weight]] = {}

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

    @property
    def is_called_off(self) -> bool:
        """Whether the node was cancelled, other than by a failure that is to stop the whole run.

        Nobody can tell then whether something inside would have failed anyway.
        """
        epoch: Epoch | None = self._launch.epoch
        if not self._launch.epoch.cancelled:
            return False
        while epoch is not None and not epoch.stopped_by:
            epoch = epoch.within
        return epoch is None

    def cancelled(self, key: int) -> None:
        """An epoch was cancelled, and has ended."""
        raise Cancelled

    def stop(self) -> None:
        """Cancel what is under way. May be called from any thread."""
        for epoch in self._under_way():
            epoch.executor.cancel(epoch, self._launch.epoch.cancelled or f"`{self._node.id}` was stopped")

    def abandon(self) -> None:
        """End what is under way, although nodes of it still run. May be called from any thread."""
        for epoch in self._under_way():
            epoch.executor.abandon(epoch, f"`{self._node.id}` was given up")

    def _under_way(self) -> list[Epoch]:
        inside = tuple(self._launch.epoch.inside)
        return [e for e in inside if isinstance(e.on_end, partial) and e.on_end.args[0] is self]

    def run(self, inner: InnerPlan, inputs: Mapping[str, Any], key: int, place: str = "") -> None:
        """Begin an epoch of a sub-graph.

        Args:
            inner: Its plan.
            inputs: Values by name; those that it does not know are left out.
            key: Which item or pass it is.
            place: How people call that: `item 3`; empty for the only one.
        """
        outer, plan = self._launch.epoch, inner.plan
        if outer.depth + 1 > DEPTH:
            raise EngineError(f"calls lie more than {DEPTH:,} deep within each other: {_chain(outer, self._node.id)}")
        settings = {plan.settings[name].slot: value for name, value in inputs.items() if name in plan.settings}
        for setting in plan.settings.values():
            if plan.values[setting.slot] is MISSING and setting.slot not in settings:
                raise EngineError(f"input `{setting.name}` of sub-graph `{self.call.name}` has no value")
        shared = self._shared
        executor = shared.executor(plan)
        path = self._node.id + (f"[{key}]" if place else "")
        epoch = Epoch(executor, outer.agenda, settings, shared.bus, next(shared.numbers), outer, path)
        epoch.on_end = partial(_ended, self, key, place)
        heavy = [(setting, self._weight(setting, inputs[setting])) for setting in inputs if setting in plan.settings]
        with Routing(shared):
            for name, weight in heavy:
                if weight is not WEIGHTLESS:
                    epoch.slots.put(plan.settings[name].slot, inputs[name], weight)
        executor.begin(epoch)
        # It may not have been among those that were told.
        if outer.cancelled or self._launch.is_expired:
            executor.cancel(epoch, outer.cancelled or "its time is over")
        if not outer.left or self._launch.is_over:
            executor.abandon(epoch, outer.cancelled or "its time is over")

    def _weight(self, name: str, value: Any) -> Weight:
        """What a value weighs; for one that comes again and again, this is found out once."""
        if type(value) in PLAIN:
            return WEIGHTLESS
        if name not in self.inputs:
            return share(value)[1]
        known = self._weighed.get(name)
        if known is None or known[0] is not value:
            known = self._weighed[name] = (value, share(value)[1])
        return known[1]

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

    def items(self, name: str) -> Sequence[Any]:
        """Take the items of a list, tuple or array out of the inputs; numbers in an array become plain ones.

        Raises:
            TypeError: The value has none.
            ValueMismatch: They are of another type than the sub-graph takes.
        """
        items = _items(self.inputs.pop(name), name)
        for port in self.call.verified:
            if port.name == name:
                verify(list(items), port)
        return items

    def go_on(self, step: Callable[[], None]) -> None:
        """Take a step; what it raises fails the node."""
        try:
            step()
        except Exception as problem:  # noqa: BLE001 - values of the graph may be anything: it becomes a report
            self.fail(problem)


def _ended(frame: Frame, key: int, place: str, epoch: Epoch) -> None:
    """An epoch of a frame is over. No lock is held."""
    with Routing(frame._shared):
        if epoch.on_end is None:  # It was abandoned.
            return
        epoch.on_end = None
        frame._launch.epoch.inside.discard(epoch)
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
        inputs, self.inputs = self.inputs, {}
        self.run(self.call.body, inputs, 0)

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if error is not None:
            raise InnerFailure(error)
        self.deliver(values)


class Catch(Once):
    """Runs the sub-graph once, and completes with the error if it fails, unless that is to stop the whole run."""

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if self.is_called_off and error is not None:
            raise Cancelled
        if error is None or self._launch.epoch.cancelled:
            super().ended(key, values, error)
        else:
            self.deliver({"error": error}, absent=f"`{error.node}` failed")


class ForEach(Frame):
    """Runs the sub-graph for every item, several at once."""

    def begin(self) -> None:
        lists = {name: self.items(name) for name in self.call.over}
        lengths = {name: len(items) for name, items in lists.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"its lists differ in length: {', '.join(f'`{n}` has {k}' for n, k in lengths.items())}")
        count = next(iter(lengths.values()), 0)
        self._given: list[Mapping[str, Any]] = [{}] * count
        self._items = enumerate(zip(*lists.values(), strict=True))
        self._failure: Exception | None = None
        # Two threads may end items at the same time.
        self._counting = threading.Lock()
        # One more than there are: what ends meanwhile does not find that all is over.
        self._busy = 1
        for _ in range(AHEAD * self.workers):
            self._begin_next()
        self._one_less()

    def _begin_next(self) -> None:
        with self._counting:
            following = next(self._items, None) if self._failure is None else None
            self._busy += following is not None
        if following is None:
            return
        key, items = following
        inputs = {**self.inputs, **dict(zip(self.call.over, items, strict=True))}
        try:
            self.run(self.call.body, inputs, key, f"item {key}")
        except Exception as problem:  # noqa: BLE001 - as in `go_on`, but others are under way
            self._fail_with(problem)
            self._one_less()

    def ended(self, key: int, values: Mapping[str, Any], error: ErrorInfo | None) -> None:
        if error is None:
            self._given[key] = values
        elif self.call.leaves_out and self.is_called_off:
            self._fail_with(Cancelled())
        elif not self.call.leaves_out or self._launch.epoch.cancelled:
            self._fail_with(InnerFailure(error))
        self._begin_next()
        self._one_less()

    def cancelled(self, key: int) -> None:
        self._fail_with(Cancelled())
        self._one_less()

    def _fail_with(self, failure: Exception) -> None:
        """Begin no further item, and end those under way."""
        with self._counting:
            is_first, self._failure = self._failure is None, self._failure or failure
        if is_first:
            self.stop()

    def _one_less(self) -> None:
        with self._counting:
            self._busy -= 1
            if self._busy:
                return
        failure, self._failure = self._failure, None
        if failure is not None:
            self.fail(failure)  # Not raised: its traceback would hold what holds it.
            return
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
        self.inputs |= {name: values[name] for name in self.call.state if name in values}
        self._values = {**values, **{name: self.inputs[name] for name in self.call.state}}
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
        self._items = enumerate(self.items(self._over))
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
        self.inputs |= {name: values[name] for name in self.call.state if name in values}
        self._values = {**values, **{name: self.inputs[name] for name in self.call.state}}
        self._next()


_FRAMES: Mapping[str, type[Frame]] = {
    "call": Once,
    "catch": Catch,
    "for_each": ForEach,
    "while": Passes,
    "fold": Fold,
}


def _items(value: Any, name: str) -> Sequence[Any]:
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return list(value.tolist())
    if isinstance(value, list | tuple | range) or (isinstance(value, np.ndarray) and value.ndim):
        return value  # type: ignore[return-value]
    if isinstance(value, str | bytes | Mapping | np.ndarray) or not (
        hasattr(value, "__len__") and hasattr(value, "__iter__")
    ):
        raise TypeError(f"`{name}` takes a list; found a {type(value).__name__}")
    return list(value)


def _chain(epoch: Epoch, last: str) -> str:
    """The calls that lie within each other, the first and the last few of them."""
    calls = [last]
    at: Epoch | None = epoch
    while at is not None and at.path:
        calls.append(at.path)
        at = at.within
    calls.reverse()
    return " > ".join([*calls[:3], "…", *calls[-2:]] if len(calls) > 6 else calls)
