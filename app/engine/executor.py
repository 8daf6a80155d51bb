"""Runs a plan's epochs: lets nodes run when what they wait for has arrived, and routes what they give.

A producer counts down what its consumers still wait for; the consumer that reaches zero is ready, and the thread that
made it ready keeps it in its own queue (a *strand*), from which idle threads may steal. Slots, counts and the actors'
states are changed under one routing lock, which no thread ever waits for after a node: if it is taken, the completion
is left to its holder. Foreign code (nodes, `__del__` of values) never runs under it, and Ctrl-C never comes between
(`interrupts`).

`_drive` has the short way written out, since its length is what the engine costs; everything that a plain node does not
need goes the full way (`full_way`), and what it gives through the `router`. A node that runs elsewhere is *launched*
(`launches`): its completion comes later.
"""

from __future__ import annotations

import math
from _thread import get_ident
from collections import deque
from collections.abc import Iterator, Mapping
from time import monotonic, perf_counter_ns
from typing import Any

import numpy as np
import numpy.typing as npt

from . import interrupts
from .actors.scheduler import POLL_S
from .actors.turns import BUSY, FREE, Turns
from .agenda import Agenda, Strand
from .bus.weight import PLAIN, WEIGHTLESS, share
from .compiler.plan import FULL, SETTLED, Absence, Plan
from .epoch import Ending, Epoch
from .full_way import FullWay
from .launches import Launches
from .listeners import Listeners
from .observe.metrics import BEGIN, Figures, Metrics
from .observe.standing import Onlooker
from .outcome import Outcome
from .router import Router
from .shared import Routing, Shared

LONG_NS = 50_000
"""A node that takes longer is worth waking a thread for what became ready meanwhile."""

IDLE_S = 0.02
"""How long a thread waits for news when nothing can be stolen."""

INTERRUPT_S = 0.05
"""How long Ctrl-C waits for the routing lock."""


class Executor:
    """The actors of a plan, and the epochs that run through them.

    Whoever calls `begin`, `complete`, `drive` or `end` has deferred Ctrl-C.

    Attributes:
        plan: What is run.
        shared: What it shares with the executors of plans inside.
        metrics: Figures of each node.
        turns: The actors.
        listeners: Who follows each node; None where nobody does.
        router: Routes what nodes give.
        full_way: Runs nodes that are not plain.
        epochs: Those under way.
    """

    def __init__(self, plan: Plan, shared: Shared) -> None:
        self.plan, self.shared = plan, shared
        self.metrics = Metrics(len(plan.nodes))
        self._onlooker = Onlooker(plan)
        self.epochs: list[Epoch] = []
        self.turns = turns = Turns(plan, shared, self.metrics)
        is_followed = shared.events is not None or shared.cache is not None or shared.strict
        self.listeners = Listeners(plan, shared.events, shared.cache, strict=shared.strict) if is_followed else None
        self._launches = Launches(self)
        self.router = Router(plan, shared, self.metrics, turns, self.listeners)
        self.full_way = FullWay(plan, shared, self.metrics, turns, self.router, self._launches, self.listeners)

    # -- epochs ---------------------------------------------------------------------------------------------------

    def begin(self, epoch: Epoch, before: Epoch | None = None) -> None:
        """Make the epoch's first nodes ready; somebody still has to `complete` it or work on its agenda.

        Args:
            epoch: The epoch.
            before: The one before it in its stream.
        """
        strand = self.begin_here(epoch, before)
        if strand:
            epoch.agenda.inbox.append((epoch, strand))
            epoch.agenda.wake()
            if not epoch.left:  # Perhaps it was abandoned meanwhile, and nobody works on its agenda any more.
                with Routing(self.shared):
                    for node in epoch.agenda.take_out(epoch):
                        self.turns.free(node)

    def begin_here(self, epoch: Epoch, before: Epoch | None = None) -> Strand:
        """The same, where the caller at once works on the nodes that are ready, which it is given."""
        if self.shared.relief is not None:
            epoch.leave_short_way()
        if self.listeners is not None:
            self.listeners.begin(epoch)
        for node in self.metrics.long_nodes:  # So that their CPU time is measured.
            epoch.stages[node] = FULL
        strand: Strand = deque()
        shared = self.shared
        shared.lock.acquire()
        try:
            self.epochs.append(epoch)
            if epoch.within is not None:
                epoch.within.inside.add(epoch)
            if before is not None and before.left:
                before.following = epoch
                for node in self.plan.stateful:
                    epoch.pending[node] += before.stages[node] != SETTLED
            for node in self.plan.start if epoch.left else ():  # It may have been abandoned before it began.
                if not epoch.pending[node]:
                    self.turns.make_ready(epoch, node, strand.append)
            if not epoch.left and not epoch.finished.is_set():
                self.router.conclude(epoch)
        finally:
            shared.unlock()
        return strand

    def complete(self, epoch: Epoch, grace_s: float) -> None:
        """Work on the epoch's agenda, on this thread, until the epoch is over.

        Args:
            epoch: A run that has begun.
            grace_s: Seconds that nodes on other threads have after Ctrl-C; then they are abandoned.
        """
        agenda = epoch.agenda
        give_up = math.inf
        while epoch.left:
            if not self.work(agenda) and not self.work_for_others():
                agenda.wait(POLL_S if agenda.strands else IDLE_S)
            if agenda.interrupt is not None:
                if give_up == math.inf:
                    self.cancel(epoch, "interrupted")
                    give_up = monotonic() + grace_s
                elif monotonic() >= give_up:
                    self.abandon(epoch, "interrupted")

    def work(self, agenda: Agenda) -> bool:
        """Take something that is ready and go on from there; tell whether there was anything."""
        taken = agenda.take()
        if taken is None:
            return False
        epoch, strand = taken
        if agenda.is_busy:
            self.shared.scheduler.watch()
        if strand is not None:
            epoch.executor.drive(epoch, strand)
        elif epoch.on_end is not None:
            epoch.on_end(epoch)
        return True

    def work_for_others(self) -> bool:
        """Work on a stream to which its own thread does not attend just now; tell whether there was anything.

        For who has nothing else to do but wait: an actor that is waited for may have its turn there.
        """
        return any(self.work(agenda) for agenda in tuple(self.shared.unattended))

    def interrupt(self, agenda: Agenda) -> None:
        """Let no further node start since Ctrl-C came; `complete` does the rest. May come between any two lines."""
        agenda.interrupt = agenda.interrupt or KeyboardInterrupt()
        epochs = list(_family(tuple(agenda.epochs)))
        for epoch in epochs:
            epoch.announce_cancel("interrupted")
        # This thread may be the one that has the lock. If another has it, and waits for what this one has in turn,
        # nodes go on for a while.
        if self.shared.lock.acquire(timeout=INTERRUPT_S):
            for epoch in epochs:
                epoch.leave_short_way()
            self.shared.lock.release()

    def drive(self, epoch: Epoch, strand: Strand) -> None:
        """Run the nodes of a strand, and what becomes ready behind them."""
        agenda = epoch.agenda
        thread = get_ident()
        agenda.strands[thread] = (epoch, strand)
        try:
            # A context cannot be entered twice, so each thread that works on a run has a copy of the submitter's.
            agenda.variables.copy().run(self._drive, epoch, strand)
        except BaseException:
            # A defect of ours: what this thread had begun, nobody would ever finish.
            self.abandon(epoch, "the engine failed")
            raise
        finally:
            del agenda.strands[thread]

    def let_go(self) -> None:
        """Have its parts let go of each other: all actors have stopped, and nothing runs here any more."""
        self._launches.let_go()

    def cancel(self, epoch: Epoch, reason: str) -> None:
        """Let no further node of the epoch start; those that run are told through their context."""
        for one in _family((epoch,)):
            one.executor._cancel(one, reason)

    def _cancel(self, epoch: Epoch, reason: str) -> None:
        with Routing(self.shared):
            epoch.cancel(reason)
            for node in sorted(epoch.waiting):
                self.turns.stop_waiting(epoch, node)
                self.turns.cancel_unrun(epoch, node)
            for node in epoch.agenda.order.take_out(epoch):
                epoch.agenda.push(epoch, node)
        self._launches.cancel(epoch)

    def abandon(self, epoch: Epoch, reason: str) -> list[str]:
        """End a cancelled epoch although nodes of it still run; what they return is thrown away, what came is kept.

        Returns:
            Ids of those nodes.
        """
        running: list[str] = []
        for one in _family((epoch,)):
            running += one.executor._abandon(one, reason)
        self.shared.has_given_up |= bool(running)
        return running

    def _abandon(self, epoch: Epoch, reason: str) -> list[str]:
        dropped: list[Any] = []
        nodes = self.plan.nodes
        with Routing(self.shared):
            epoch.cancel(reason)
            running = [
                node.id for index, node in enumerate(nodes) if node.call is None and epoch.state(index) == "running"
            ]
            for node in tuple(epoch.waiting):
                self.turns.stop_waiting(epoch, node)
            for node in (*epoch.agenda.take_out(epoch), *epoch.agenda.order.take_out(epoch)):
                self.turns.free(node)
            for node in tuple(epoch.admitted):  # Who waits to run alone does not wait for what was given up.
                self.router.leave(epoch, node)
            open_ = {node for node, stage in enumerate(epoch.stages) if stage != SETTLED}
            for node in open_:
                epoch.stages[node] = SETTLED
                epoch.endings[node] = Ending("cancelled", reason)
                self.router.let_follow(epoch, node)
            producers = self.plan.producers
            came = {slot for slot in self.plan.outputs.values() if (producers[slot] or (-1,))[0] not in open_}
            if epoch.within is not None:  # Nobody will ask for what came.
                came.clear()
                if epoch.on_end is not None:  # Else somebody is just putting it away.
                    epoch.on_end = None
                    epoch.within.inside.discard(epoch)
                    self.epochs.remove(epoch)
            epoch.slots.clear(came, dropped)
            if epoch.left:
                self.router.conclude(epoch)
        dropped.clear()
        self._launches.cancel(epoch)
        return running

    def end(self, epoch: Epoch) -> Mapping[str, Any]:
        """Take the results of a finished epoch out of the bus.

        Returns:
            The values that came, by name of the output.
        """
        shared = self.shared
        shared.lock.acquire()
        try:
            self.epochs.remove(epoch)
            self.metrics.note_end(epoch.stages, epoch.endings)
            slots = epoch.slots
            taken: dict[int, Any] = {}
            outputs: dict[str, Any] = {}
            for name, slot in self.plan.outputs.items():
                if slots.references[slot]:  # Else it was abandoned, or goes by another name too.
                    taken[slot] = slots.hand_over(slot)
                if slot in taken and type(taken[slot]) is not Absence:
                    outputs[name] = taken[slot]
        finally:
            shared.unlock()
        return outputs

    def table(self) -> npt.NDArray[np.void]:
        """Figures of every node as they are now: one row of `observe.metrics.ROW` a node."""
        return self.metrics.table(self._onlooker.look(self.epochs))

    def figures(self) -> Figures:
        """The same, in a form that can be put together with that of other executors of the plan."""
        return self.metrics.figures(self._onlooker.look(self.epochs))

    # -- the short way --------------------------------------------------------------------------------------------

    @interrupts.border
    def _drive(self, epoch: Epoch, ready: deque[int]) -> None:
        """Run what is ready, and what becomes so, until this strand is empty."""
        steps, stages, pending, slots = self.plan.steps, epoch.stages, epoch.pending, epoch.slots
        values, references, weights = slots.values, slots.references, slots.weights
        turns, shared, router, full_way = self.turns, self.shared, self.router, self.full_way
        busy, completions = turns.busy, shared.completions
        try_lock, release = shared.try_lock, shared.lock.release
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
                    outcome = full_way.run(epoch, node)
                    end = now()
                    if outcome is None:  # It runs elsewhere, or not yet.
                        note(BEGIN)
                        note(end)
                        last = end
                        if completions:
                            shared.catch_up(epoch, push)
                        continue
                else:
                    function, fetch, argument, sources, slot, consumers = step
                    try:
                        value = function(values[argument]) if fetch is None else function(*fetch(values))
                    except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes a report
                        outcome = full_way.failure(epoch, node, problem)
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
                                        turns.make_ready(epoch, consumer, push)
                                    else:
                                        busy[consumer] = BUSY
                                        push(consumer)
                            for source in sources:
                                left = references[source] - 1
                                references[source] = left
                                if not left:
                                    if source in weights:
                                        router.count_freed(source, slots.free(source, dropped))
                                    else:
                                        values[source] = None
                            if busy[node] == BUSY:
                                busy[node] = FREE
                            else:
                                turns.free(node)
                            stages[node] = SETTLED
                            settled += 1
                            release()
                            value, weight = None, WEIGHTLESS  # Whoever donates looks whether anybody refers to it.
                            note(node)
                            note(end)
                            if dropped:
                                dropped.clear()
                            if completions:
                                shared.catch_up(epoch, push)
                            if end - last > LONG_NS and ready:
                                shared.scheduler.nudge()
                            last = end
                            continue
                        outcome = Outcome(((value, weight),))
                        value, weight = None, WEIGHTLESS
                note(node if outcome.ran else BEGIN)
                note(end)
                took, last = end - last, end
                completions.append((epoch, node, outcome))
                del outcome
                shared.catch_up(epoch, push)
                if took > LONG_NS and ready:
                    shared.scheduler.nudge()
        except BaseException:
            if shared.lock._is_owned():  # type: ignore[attr-defined]
                release()
            with Routing(shared):
                if node >= 0 and stages[node] != SETTLED:
                    turns.free(node)
            raise
        if settled:
            shared.lock.acquire()
            try:
                router.count_down(epoch, settled)
            finally:
                shared.unlock()
        self.metrics.give_journal(journal)


def _family(epochs: tuple[Epoch, ...]) -> Iterator[Epoch]:
    """Epochs and all that are inside of them, outermost first.

    What is inside of one is looked up only after something was done with it: whoever begins one later sees that.
    """
    found = list(epochs)
    for epoch in found:
        yield epoch
        found.extend(tuple(epoch.inside))
