"""Those who follow every node: the event stream, the result cache, and who holds them to what they declare.

Where there are any, all nodes take the full way, on which they are told; where there are none, nothing is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..authoring.control import Signal
from ..errors import EngineError
from . import outcome as outcome_of
from .bus.weight import share
from .cache.cache import Cache, Frozen
from .compiler.plan import NodePlan, Plan
from .contract import Contract
from .interrupts import Deferred
from .observe.events import Events
from .outcome import Outcome

if TYPE_CHECKING:
    from .epoch import Epoch


class Listeners:
    """Who follows the nodes of one plan.

    Args:
        plan: The plan.
        events: The event stream of the engine, or None.
        cache: Its result cache, or None.
        strict: Whether every value at every port is held against the port's type.
    """

    def __init__(self, plan: Plan, events: Events | None, cache: Cache | None, *, strict: bool) -> None:
        self._plan, self._cache = plan, cache
        self._contracts = [Contract(node) for node in plan.nodes] if strict else []
        self._events = None if events is None else events.within(plan.path, plan)
        self._frozen_nodes = tuple(index for index, node in enumerate(plan.nodes) if node.is_frozen)

    # -- epochs ---------------------------------------------------------------------------------------------------

    def begin(self, epoch: Epoch) -> None:
        """An epoch begins. No lock is held."""
        epoch.leave_short_way()
        if self._events is not None:
            self._events.epoch_begun(epoch.number, epoch.path)
            for index, given in epoch.given.items():
                self._events.gave(epoch.number, index, given.began_ns, given.ended_ns)
        if self._cache is None:
            return
        with Deferred():
            for index in self._frozen_nodes:
                frozen = self._cache.frozen(self._plan.origin, self._plan.nodes[index].id)
                if frozen is not None:
                    epoch.frozen[index] = frozen
            epoch.keys = self._cache.keys(self._plan, epoch.slots.values, epoch.frozen)

    def end(self, epoch: Epoch, status: str) -> None:
        """All nodes of an epoch are over. Under the routing lock."""
        if self._events is not None:
            self._events.epoch_ended(epoch.number, status)

    # -- nodes ----------------------------------------------------------------------------------------------------

    def known(self, epoch: Epoch, index: int, node: NodePlan) -> Outcome | None:
        """What a node that fires gave before, if that holds; None if it has to run.

        Raises:
            EngineError: Its values are frozen, and nobody has them.
        """
        frozen: Frozen | None = epoch.frozen.get(index)
        values = None if frozen is None else frozen.values
        if node.is_frozen and self._cache is None:
            raise no_frozen_values()
        key = epoch.keys[index] if epoch.keys and self._cache is not None else None
        if values is None and key is not None and self._cache is not None and not node.is_frozen:
            with Deferred():
                values = self._cache.find(key)
        if values is None:
            return None
        epoch.from_cache.add(index)
        return Outcome(tuple(share(value) for value in values), ran=False)

    def takes(self, epoch: Epoch, index: int) -> None:
        """A node is about to be run.

        Raises:
            ValueMismatch: What it is given is not what it declares.
        """
        if self._contracts:
            self._contracts[index].takes(epoch.slots.values)

    def started(self, epoch: Epoch, index: int, thread: str = "") -> None:
        """A node's function is about to be called, on this thread or the one that is named."""
        if self._events is not None:
            self._events.started(epoch.number, index, thread)

    def suspended(self, epoch: Epoch, index: int, reason: str) -> None:
        """A node's function has ended, and will be called again."""
        if self._events is not None:
            self._events.suspended(epoch.number, index, reason)

    def succeeded(self, epoch: Epoch, index: int, node: NodePlan, outcome: Outcome) -> None:
        """A node has returned.

        Raises:
            ValueMismatch: What it gave is not what it declares.
        """
        values = tuple(value for value, _ in outcome.items)
        if self._contracts:
            self._contracts[index].gives(epoch.slots.values, values)
        if self._cache is None:
            return
        with Deferred():
            if node.id in epoch.drawn and epoch.keys:  # Another run would draw others.
                self._cache.forget(self._plan, epoch.keys, index)
            if node.is_frozen:  # From now on it gives these.
                self._cache.freeze(self._plan.origin, node.id, values)
            elif epoch.keys and (key := epoch.keys[index]) is not None:
                self._cache.keep(key, values)

    def failed(self, epoch: Epoch, index: int) -> None:
        """A node has failed."""
        if self._cache is not None and epoch.keys:
            with Deferred():
                self._cache.distrust(self._plan, epoch.keys, index)

    def finished(self, epoch: Epoch, index: int, outcome: Outcome) -> None:
        """A node is over; its outputs go on next."""
        if self._events is None:
            return
        ending = outcome.ending
        if ending is None:
            reason = "its result was kept" if index in epoch.from_cache else ""
            self._events.finished(epoch.number, index, "completed", reason)
            return
        if ending.error is not None:
            self._events.error(epoch.number, index, ending.error)
        if ending.state in outcome_of.ENDED:
            self._events.finished(epoch.number, index, ending.state, ending.reason)  # type: ignore[arg-type]

    def signal(self, epoch: Epoch, index: int, port: str, value: Any) -> None:
        """A control output gave something."""
        if self._events is not None:
            self._events.signal(epoch.number, index, port, value is Signal.ACTIVE)

    def live_bytes(self, count: int) -> None:
        """So many bytes lie on the bus."""
        if self._events is not None:
            self._events.bytes(count)

    def log(self, epoch: Epoch, node: str, level: Any, text: str) -> None:
        """A node wrote a line."""
        if self._events is not None:
            self._events.log(epoch.number, node, level, text)

    def progress(self, epoch: Epoch, node: str, fraction: float, text: str) -> None:
        """A node said how far it is."""
        if self._events is not None:
            self._events.progress(epoch.number, node, fraction, text)


def no_frozen_values() -> EngineError:
    """A node is frozen, and nobody has what it gives."""
    return EngineError("its values are frozen, and there are none here; give the folder that has them with --cache DIR")
