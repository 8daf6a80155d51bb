"""Runs a plan's epochs: lets nodes run when what they wait for has arrived, and routes what they give.

A producer counts down what its consumers still wait for; the consumer that reaches zero is ready, and the thread that
made it ready keeps it in its own queue (a *strand*), from which idle threads may steal. Slots, counts and the actors'
states are changed under one routing lock, which no thread ever waits for after a node: if it is taken, the completion
is left to its holder. Foreign code (nodes, `__del__` of values) never runs under it, and Ctrl-C never comes between
(`interrupts`).

All of it shares that lock, hence one file. `_drive` has the short way written out, since its length is what the engine
costs; everything that a plain node does not need goes the full way, through `_run_full` and `_settle`.
"""

from __future__ import annotations

import contextlib
import gc
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import monotonic, perf_counter_ns
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
from pykka import ActorRef

from ..authoring.context import Cancelled, Context
from ..errors import EngineError
from . import interrupts
from . import outcome as outcome_of
from .actors.mailbox import Mailbox
from .actors.node import NodeActor
from .actors.scheduler import POLL_S, Scheduler
from .bus.slots import Bus
from .bus.weight import PLAIN, WEIGHTLESS, share
from .compiler.plan import FULL, QUICK, SETTLED, Absence, NodePlan, OutputPlan, Plan
from .epoch import Ending, Epoch
from .firing import arguments, why_not
from .observe.metrics import BEGIN, Metrics
from .observe.standing import Onlooker
from .outcome import Item, Outcome
from .recovery import attempt

LONG_NS = 50_000
"""A node that takes longer is worth waking a thread for what became ready meanwhile."""

INTERRUPT_S = 0.05
"""How long Ctrl-C waits for the routing lock."""

FREE, BUSY, WANTED, STOPPED = 0, 1, 2, 3
"""What an actor does: nothing; has a turn; has one, and more waits in its mailbox; was stopped for good."""

Push = Callable[[int], None]


class Executor:
    """The actors of a plan, and the epochs that run through them.

    Attributes:
        plan: What is run.
        scheduler: Whose threads help.
        metrics: Figures of each node.
        bus: Bytes that lie between nodes.
        actors: One a node, in the order of the plan.
        epochs: Those under way.
    """

    def __init__(self, plan: Plan, scheduler: Scheduler) -> None:
        self.plan, self.scheduler = plan, scheduler
        self.metrics, self.bus = Metrics(len(plan.nodes)), Bus()
        self._onlooker = Onlooker(plan)
        self.epochs: list[Epoch] = []
        self._lock = threading.RLock()  # Never taken twice; unlike a plain lock it knows whose it is.
        self._busy = bytearray(len(plan.nodes))
        self._completions: deque[tuple[Epoch, int, Outcome]] = deque()
        self.actors: list[ActorRef[NodeActor]] = []
        with _no_collection():
            for index, node in enumerate(plan.nodes):
                self.actors.append(NodeActor.start(node.id, index, self))
        self._mailboxes: list[Mailbox] = [ref.actor_inbox for ref in self.actors]  # type: ignore[misc]

    # -- epochs ---------------------------------------------------------------------------------------------------

    def begin(self, epoch: Epoch) -> None:
        """Make the epoch's first nodes ready; somebody still has to `complete` it or offer `help`."""
        with _Routing(self):
            self.epochs.append(epoch)
            for node in self.plan.start:
                self._make_ready(epoch, node, epoch.inbox.append)
            if not epoch.left:
                epoch.finished.set()

    def complete(self, epoch: Epoch, grace_s: float) -> None:
        """Run nodes of the epoch on this thread until all are over.

        Args:
            epoch: A run that has begun.
            grace_s: Seconds that nodes on other threads have after Ctrl-C; then they are abandoned.
        """
        inbox = epoch.inbox
        give_up = math.inf
        while epoch.left:
            if inbox:
                self._begin_drive(epoch, inbox)
            elif not self.help(epoch):
                epoch.finished.wait(POLL_S)
            if epoch.interrupt is not None:
                if give_up == math.inf:
                    self.cancel(epoch, "interrupted")
                    give_up = monotonic() + grace_s
                elif monotonic() >= give_up:
                    self.abandon(epoch, "interrupted")

    def help(self, epoch: Epoch) -> bool:
        """Take a ready node of the epoch and go on from there; tell whether there was one."""
        for queue in epoch.queues():
            try:
                node = queue.popleft()
            except IndexError:
                continue
            if any(epoch.queues()):
                self.scheduler.watch()
            self._begin_drive(epoch, deque((node,)))
            return True
        return False

    def interrupt(self, epoch: Epoch) -> None:
        """Let no further node start since Ctrl-C came; `complete` does the rest. May come between any two lines."""
        epoch.interrupt = epoch.interrupt or KeyboardInterrupt()
        epoch.announce_cancel("interrupted")
        # This thread may be the one that has the lock. If another has it, and waits for what this one has in turn,
        # nodes go on for a while.
        if self._lock.acquire(timeout=INTERRUPT_S):
            epoch.leave_short_way()
            self._lock.release()

    def _begin_drive(self, epoch: Epoch, strand: deque[int]) -> None:
        # A context cannot be entered twice, so each thread that works on a run has a copy of the submitter's.
        epoch.strands[id(strand)] = strand
        try:
            epoch.variables.copy().run(self._drive, epoch, strand)
        except BaseException:
            # A defect of ours: what this thread had begun, nobody would ever finish.
            self.abandon(epoch, "the engine failed")
            raise
        finally:
            del epoch.strands[id(strand)]

    def cancel(self, epoch: Epoch, reason: str) -> None:
        """Let no further node of the epoch start; those that run are told through their context."""
        with _Routing(self):
            epoch.cancel(reason)
            for node in sorted(epoch.waiting):
                self._stop_waiting(epoch, node)
                self._cancel_unrun(epoch, node)

    def abandon(self, epoch: Epoch, reason: str) -> list[str]:
        """End a cancelled epoch although nodes of it still run; what they return is thrown away, what came is kept.

        Returns:
            Ids of those nodes.
        """
        dropped: list[Any] = []
        with _Routing(self):
            epoch.cancel(reason)
            running = [node.id for index, node in enumerate(self.plan.nodes) if epoch.state(index) == "running"]
            for node in tuple(epoch.waiting):
                self._stop_waiting(epoch, node)
            for queue in epoch.queues():
                while queue:
                    self._free_actor(queue.popleft())
            open_ = {node for node, stage in enumerate(epoch.stages) if stage != SETTLED}
            for node in open_:
                epoch.stages[node] = SETTLED
                epoch.endings[node] = Ending("cancelled", reason)
            producers = self.plan.producers
            came = {slot for slot in self.plan.outputs.values() if (producers[slot] or (-1,))[0] not in open_}
            epoch.slots.clear(came, dropped)
            epoch.left = 0
            epoch.finished.set()
        dropped.clear()
        return running

    def end(self, epoch: Epoch) -> Mapping[str, Any]:
        """Take the results of a finished epoch out of the bus.

        Returns:
            The values that came, by name of the output.
        """
        with _Routing(self):
            if epoch in self.epochs:
                self.epochs.remove(epoch)
                self.metrics.note_end(epoch.stages, epoch.endings)
            slots = {slot for slot in self.plan.outputs.values() if epoch.slots.references[slot]}  # Else abandoned.
            values = {slot: epoch.slots.hand_over(slot) for slot in slots}
        return {
            name: values[slot]
            for name, slot in self.plan.outputs.items()
            if slot in values and not isinstance(values[slot], Absence)
        }

    def table(self) -> npt.NDArray[np.void]:
        """Figures of every node as they are now: one row of `observe.metrics.ROW` a node."""
        return self.metrics.table(self._onlooker.look(self.epochs))

    def stop_actors(self) -> None:
        """Stop all actors, oldest first, which pykka's registry takes in constant time each."""
        for ref in self.actors:
            if ref.is_alive():
                ref.stop(block=False)

    # -- the short way --------------------------------------------------------------------------------------------

    @interrupts.border
    def _drive(self, epoch: Epoch, ready: deque[int]) -> None:
        """Run what is ready, and what becomes so, until this strand is empty."""
        steps, stages, pending, slots = self.plan.steps, epoch.stages, epoch.pending, epoch.slots
        values, references, weights = slots.values, slots.references, slots.weights
        busy, completions = self._busy, self._completions
        try_lock, release = partial(self._lock.acquire, blocking=False), self._lock.release
        journal = self.metrics.take_journal()
        note, now, plain = journal.entries.append, perf_counter_ns, PLAIN
        pop, push = ready.pop, ready.append
        dropped: list[Any] = []
        settled = 0
        node = -1
        value: Any
        note(BEGIN)
        last = now()
        note(last)
        try:
            while ready:
                try:
                    node = pop()
                except IndexError:  # An idle thread took the last one.
                    break
                step = steps[node]
                if stages[node] or step is None:
                    outcome = self._run_full(epoch, node)
                    end = now()
                else:
                    function, fetch, argument, sources, slot, consumers = step
                    try:
                        value = function(values[argument]) if fetch is None else function(*fetch(values))
                    except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes a report
                        outcome = self._failure(epoch, self.plan.nodes[node], problem)
                        end = now()
                    else:
                        end = now()
                        weight = WEIGHTLESS
                        if type(value) not in plain:
                            value, weight = share(value)
                        if try_lock():
                            if weight is WEIGHTLESS:
                                values[slot] = value
                            elif stages[node] != SETTLED:  # Else the epoch was abandoned meanwhile.
                                self.metrics.bytes_out[node] += slots.put(slot, value, weight)
                            for consumer in consumers:
                                left = pending[consumer] - 1
                                pending[consumer] = left
                                if not left:
                                    if busy[consumer]:
                                        self._make_ready(epoch, consumer, push)
                                    else:
                                        busy[consumer] = BUSY
                                        push(consumer)
                            for source in sources:
                                left = references[source] - 1
                                references[source] = left
                                if not left:
                                    if source in weights:
                                        self._count_freed(source, slots.free(source, dropped))
                                    else:
                                        values[source] = None
                            if busy[node] == BUSY:
                                busy[node] = FREE
                            else:
                                self._free_actor(node)
                            stages[node] = SETTLED
                            settled += 1
                            release()
                            value = None
                            note(node)
                            note(end)
                            if dropped:
                                dropped.clear()
                            if completions:
                                self._catch_up(epoch, push)
                            if end - last > LONG_NS and ready:
                                self.scheduler.nudge()
                            last = end
                            continue
                        outcome = Outcome(((value, weight),))
                        value = None
                ran = outcome.ending is None or outcome.ending.state == "failed"
                note(node if ran else BEGIN)
                note(end)
                last = end
                completions.append((epoch, node, outcome))
                del outcome
                self._catch_up(epoch, push)
        except BaseException:
            if self._lock._is_owned():  # type: ignore[attr-defined]
                release()
            with _Routing(self):
                if node >= 0 and stages[node] != SETTLED:
                    self._free_actor(node)
            raise
        if settled:
            with _Routing(self):
                self._count_down(epoch, settled)
        self.metrics.give_journal(journal)

    # -- the full way ---------------------------------------------------------------------------------------------

    def _run_full(self, epoch: Epoch, index: int) -> Outcome:
        """Decide whether a node fires; run it if it does. Nothing is locked."""
        node = self.plan.nodes[index]
        if epoch.cancelled:
            return outcome_of.cancel(node, epoch.cancelled)
        try:
            if self._busy[index] == STOPPED:
                raise EngineError(f"the actor of `{node.id}` was stopped from outside")  # noqa: TRY301 - told as others
            values = epoch.slots.values
            absence = why_not(node, values)
            if absence is not None:
                return outcome_of.skip(node, absence)
            positional, keywords = arguments(node, values)
            if node.context is not None:
                keywords[node.context] = Context(node.id, epoch)
            result = attempt(partial(node.function, *positional, **keywords), node.retry, epoch.wait_cancelled)
            return outcome_of.success(node, result)
        except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes a report
            return self._failure(epoch, node, problem)
        finally:
            epoch.progress.pop(node.id, None)

    def _failure(self, epoch: Epoch, node: NodePlan, problem: BaseException) -> Outcome:
        """What becomes of a node that raised."""
        if isinstance(problem, KeyboardInterrupt):
            epoch.interrupt = epoch.interrupt or problem
            self.cancel(epoch, "interrupted")
        if isinstance(problem, KeyboardInterrupt) or (isinstance(problem, Cancelled) and epoch.cancelled):
            return outcome_of.cancel(node, epoch.cancelled)
        if node.on_error == "stop":
            self.cancel(epoch, f"`{node.id}` failed")
            epoch.stopped_by = node.id
        return outcome_of.failure(node, problem)

    def _catch_up(self, epoch: Epoch | None, push: Push) -> None:
        """Settle what others left, unless somebody is at it."""
        completions, lock = self._completions, self._lock
        dropped: list[Any] = []
        while completions and lock.acquire(blocking=False):
            try:
                while completions:
                    owner, node, outcome = completions.popleft()
                    self._settle(owner, node, outcome, dropped, push if owner is epoch else owner.inbox.append)
                    del outcome
            finally:
                lock.release()
            dropped.clear()

    def _settle(self, epoch: Epoch, index: int, outcome: Outcome, dropped: list[Any], push: Push) -> None:
        """Route what a node gave and give back what it read. Under the routing lock."""
        if epoch.stages[index] == SETTLED:  # The epoch was abandoned while the node ran.
            if outcome.had_turn:
                self._free_actor(index)
            return
        node = self.plan.nodes[index]
        if outcome.ending is not None:
            epoch.endings[index] = outcome.ending
            self.metrics.failures[index] += outcome.ending.state == "failed"
            self.metrics.skips[index] += outcome.ending.state == "skipped"
        for output, item in zip(node.returned, outcome.items, strict=True):
            self._route(epoch, index, output, item, dropped, push)
        if node.done is not None:
            self._route(epoch, index, node.done, (outcome.done, WEIGHTLESS), dropped, push)
        if node.error is not None:
            error = outcome.error or Absence(f"`{node.id}` did not fail")
            self._route(epoch, index, node.error, (error, WEIGHTLESS), dropped, push)
        for slot in node.sources:
            self._count_freed(slot, epoch.slots.release(slot, dropped))
        epoch.stages[index] = SETTLED
        if outcome.had_turn:
            self._free_actor(index)
        self._count_down(epoch, 1)

    def _route(self, epoch: Epoch, index: int, output: OutputPlan, item: Item, dropped: list[Any], push: Push) -> None:
        slots, slot = epoch.slots, output.slot
        value, weight = item
        if weight is WEIGHTLESS:
            slots.values[slot] = value
        else:
            self.metrics.bytes_out[index] += slots.put(slot, value, weight)
        if not slots.references[slot]:
            self._count_freed(slot, slots.free(slot, dropped))
        takes_full_way = isinstance(value, Absence)
        for consumer in output.consumers:
            if takes_full_way and epoch.stages[consumer] == QUICK:
                epoch.stages[consumer] = FULL
            epoch.pending[consumer] -= 1
            if not epoch.pending[consumer]:
                self._make_ready(epoch, consumer, push)

    # -- actors' turns, under the routing lock but for `visit` and `leave` -------------------------------------------

    def visit(self, node: int) -> None:
        """A message came for the node's actor: give it a turn as soon as it has none."""
        with _Routing(self):
            state = self._busy[node]
            if state == STOPPED:
                self._drain(node)
            elif state == BUSY:
                self._busy[node] = WANTED
            elif state == FREE:
                self._busy[node] = WANTED
                self._submit_turn(node)

    def leave(self, node: int) -> None:
        """The actor's turn for messages is over."""
        with _Routing(self):
            if not self.actors[node].actor_stopped.is_set():
                self._busy[node] = WANTED
                self._free_actor(node)
                return
            self._busy[node] = STOPPED
            for epoch in self._mailboxes[node].take_out(Epoch):
                epoch.waiting.discard(node)
                self._make_ready(epoch, node, epoch.inbox.append)
            if not self._mailboxes[node].empty():
                self._drain(node)

    def _make_ready(self, epoch: Epoch, node: int, push: Push) -> None:
        """Everything that the node waits for has arrived: run it, or have it wait until its actor is free."""
        state = self._busy[node]
        if state == FREE:
            self._busy[node] = BUSY
            push(node)
        elif state == STOPPED:
            epoch.stages[node] = FULL
            push(node)
        elif epoch.cancelled:
            self._cancel_unrun(epoch, node)
        else:
            self._busy[node] = WANTED
            epoch.waiting.add(node)
            self._mailboxes[node].items.append(epoch)

    def _cancel_unrun(self, epoch: Epoch, node: int) -> None:
        """Have a node of a cancelled run end that has not got its actor's turn."""
        outcome = outcome_of.cancel(self.plan.nodes[node], epoch.cancelled, had_turn=False)
        self._completions.append((epoch, node, outcome))

    def _stop_waiting(self, epoch: Epoch, node: int) -> None:
        epoch.waiting.discard(node)
        self._mailboxes[node].items.remove(epoch)

    def _free_actor(self, node: int) -> None:
        """An actor's turn is over: begin the next one that waits."""
        if self._busy[node] == STOPPED:
            return
        items = self._mailboxes[node].items
        if not items:
            self._busy[node] = FREE
        elif isinstance(items[0], Epoch):
            epoch = items.popleft()
            epoch.waiting.discard(node)
            self._busy[node] = WANTED if items else BUSY
            epoch.inbox.append(node)
        else:
            self._busy[node] = WANTED
            self._submit_turn(node)

    def _submit_turn(self, node: int) -> None:
        actor = self.actors[node]._actor_weakref()
        if actor is not None:
            self.scheduler.submit(actor._turn)

    def _drain(self, node: int) -> None:
        """Have a stopped actor tell those who sent it messages."""
        actor = self.actors[node]._actor_weakref()
        if actor is not None:
            actor.drain()

    # -- counting, under the routing lock ---------------------------------------------------------------------------

    def _count_freed(self, slot: int, freed_bytes: int) -> None:
        producer = self.plan.producers[slot]
        if freed_bytes and producer is not None:
            self.metrics.bytes_freed[producer[0]] += freed_bytes

    def _count_down(self, epoch: Epoch, nodes: int) -> None:
        epoch.left = max(0, epoch.left - nodes)
        if not epoch.left:
            epoch.finished.set()


class _Routing(interrupts.Deferred):
    """Holds the routing lock; afterwards settles what others had to leave."""

    __slots__ = ("_executor",)

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self._executor = executor

    def __enter__(self) -> None:
        super().__enter__()
        self._executor._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor._lock.release()
        if self._executor._completions:
            self._executor._catch_up(None, _no_strand)
        super().__exit__(kind, problem, trace)


def _no_strand(node: int) -> None:
    raise AssertionError(f"node {node} has no strand to go to")


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Build many objects that live on without the collector looking at them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
