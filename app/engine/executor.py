"""Runs a plan's epochs: lets nodes run when what they wait for has arrived, and routes what they give.

A producer counts down what its consumers still wait for; the consumer that reaches zero is ready, and the thread that
made it ready keeps it in its own queue (a *strand*), from which idle threads may steal. Slots, counts and the actors'
states are changed under one routing lock, which no thread ever waits for after a node: if it is taken, the completion
is left to its holder. Foreign code (nodes, `__del__` of values) never runs under it, and Ctrl-C never comes between
(`interrupts`).

`_drive` has the short way written out, since its length is what the engine costs; everything that a plain node does not
need goes the full way, through `_run_full` and `settle`. A node that runs elsewhere is *launched* (`launches`): its
completion comes later.
"""

from __future__ import annotations

import math
from _thread import get_ident
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from time import monotonic, perf_counter_ns
from typing import Any

import numpy as np
import numpy.typing as npt

from ..authoring.context import Cancelled, Context
from ..authoring.control import Ask
from ..errors import EngineError
from . import interrupts
from . import outcome as outcome_of
from .actors.scheduler import POLL_S
from .actors.turns import BUSY, FREE, STOPPED, Turns
from .agenda import Agenda, Strand
from .bus.donation import donated
from .bus.weight import PLAIN, WEIGHTLESS, share
from .compiler.plan import FULL, QUICK, SETTLED, Absence, NodePlan, OutputPlan, Plan
from .epoch import Ending, Epoch
from .firing import Arrivals, arguments, why_not
from .launches import Launches
from .listeners import Listeners, no_frozen_values
from .observe.metrics import BEGIN, Figures, Metrics
from .observe.standing import Onlooker
from .outcome import Item, Outcome
from .placement.failure import info_of
from .recovery import delay_s, is_worth_another
from .result import faults
from .shared import Push, Routing, Shared

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
        epochs: Those under way.
    """

    def __init__(self, plan: Plan, shared: Shared) -> None:
        self.plan, self.shared = plan, shared
        self.metrics = Metrics(len(plan.nodes))
        self._onlooker = Onlooker(plan)
        self.epochs: list[Epoch] = []
        self.turns = Turns(plan, shared, self.metrics)
        self._stateful = frozenset(plan.stateful)
        self._launches = Launches(self)
        is_followed = shared.events is not None or shared.cache is not None
        self.listeners = Listeners(plan, shared.events, shared.cache) if is_followed else None

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
                for node in self._stateful:
                    epoch.pending[node] += before.stages[node] != SETTLED
            for node in self.plan.start if epoch.left else ():  # It may have been abandoned before it began.
                if not epoch.pending[node]:
                    self.turns.make_ready(epoch, node, strand.append)
            if not epoch.left and not epoch.finished.is_set():
                self._end(epoch)
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
                self._leave(epoch, node)
            open_ = {node for node, stage in enumerate(epoch.stages) if stage != SETTLED}
            for node in open_:
                epoch.stages[node] = SETTLED
                epoch.endings[node] = Ending("cancelled", reason)
                self._let_follow(epoch, node)
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
                self._end(epoch)
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
            references = epoch.slots.references
            values: dict[int, Any] = {}
            for slot in self.plan.outputs.values():
                if references[slot]:  # Else it was abandoned, or goes by another name too.
                    values[slot] = epoch.slots.hand_over(slot)
        finally:
            shared.unlock()
        return {
            name: values[slot]
            for name, slot in self.plan.outputs.items()
            if slot in values and type(values[slot]) is not Absence
        }

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
        turns, shared = self.turns, self.shared
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
                    outcome = self._run_full(epoch, node)
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
                        outcome = self.failure(epoch, node, problem)
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
                                        self._count_freed(source, slots.free(source, dropped))
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
                self._count_down(epoch, settled)
            finally:
                shared.unlock()
        self.metrics.give_journal(journal)

    # -- the full way ---------------------------------------------------------------------------------------------

    def _run_full(self, epoch: Epoch, index: int) -> Outcome | None:
        """Decide whether a node fires; run it if it does. Nothing is locked.

        Returns:
            What became of it; None if that is not known yet.
        """
        outcome = self._decide(epoch, index)
        if outcome is not None and index in epoch.given:
            outcome = outcome._replace(ran=False)  # Its value was taken, and that timed, before the epoch began.
        if self.listeners is not None and outcome is not None:
            self.listeners.finished(epoch, index, outcome)
        return outcome

    def _decide(self, epoch: Epoch, index: int) -> Outcome | None:
        node = self.plan.nodes[index]
        if epoch.cancelled:
            return outcome_of.cancel(node, epoch.cancelled)
        relief = self.shared.relief
        if relief is not None and relief.is_needed(self.shared.bus.live_bytes):
            relief.relieve(tuple(epoch.agenda.epochs), self.shared)
        try:
            if self.turns.busy[index] == STOPPED:
                raise EngineError(f"the actor of `{node.id}` was stopped from outside")  # noqa: TRY301 - told as others
            if index in epoch.unasked:  # Not all of its signals may have come.
                return outcome_of.skip(node, _UNASKED)
            values = epoch.slots.values
            arrivals = epoch.arrivals(index) if node.controls else ()
            absence = why_not(node, values, arrivals)
            if absence is not None:
                return outcome_of.skip(node, absence)
            if self._has_to_ask(node) and not self._enter(epoch, index, node):
                if epoch.is_cancelled() and epoch.agenda.order.withdraw(epoch, index):  # Nobody else would.
                    return outcome_of.cancel(node, epoch.cancelled)
                return None
            if self.listeners is not None and (known := self.listeners.known(epoch, index, node)) is not None:
                return known
            if node.is_frozen and self.listeners is None:
                raise no_frozen_values()  # noqa: TRY301 - told as others
            if node.donates:
                self._donate(epoch, node)
            positional, keywords = arguments(node, values, arrivals)
            if node.placement != "inline" or node.call is not None:
                self._launches.launch(epoch, index, node, positional, keywords)
                return None
            return self._run_here(epoch, index, node, positional, keywords)
        except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes a report
            return self.failure(epoch, index, problem)
        finally:
            epoch.progress.pop(node.id, None)

    @interrupts.border
    def _run_here(
        self, epoch: Epoch, index: int, node: NodePlan, positional: list[Any], keywords: dict[str, Any]
    ) -> Outcome | None:
        """Run a node on this thread."""
        if node.context is not None:
            keywords[node.context] = Context(node.id, epoch)
        while True:
            if self.listeners is not None:
                self.listeners.started(epoch, index)
            try:
                function = node.function if node.kind == "function" else self._function(epoch, index, node)
                clocks = self.metrics.start_cpu(index)
                result = function(*positional, **keywords)
                self.metrics.stop_cpu(index, clocks)
                if type(result) is Ask:
                    self.ask(epoch, index, node, result)
                    return None
                return self.success(epoch, index, result)
            except BaseException as problem:
                pause_s = self.retry_after(epoch, index, node, problem)
                if pause_s is None:
                    raise
                if pause_s:
                    self._launches.again_after(epoch, index, pause_s)
                    return None

    def _donate(self, epoch: Epoch, node: NodePlan) -> None:
        """Give the node arrays to write into that nobody else needs any more."""
        with Routing(self.shared):
            for slot in node.donates:
                given = donated(epoch.slots, self.shared.bus, slot)
                if given is not None:
                    epoch.slots.values[slot] = given

    def _function(self, epoch: Epoch, index: int, node: NodePlan) -> Any:
        """What a node of another kind than a plain function calls."""
        if node.kind == "class":
            instance = epoch.instances.get(index)
            if instance is None:
                instance = epoch.instances[index] = node.function()
            return instance
        if epoch.within is not None:  # Only streams take more than one value.
            return partial(_first_value, node.function)
        given = epoch.given[index]
        if isinstance(given, BaseException):
            raise given
        return lambda *_, **__: given

    def retry_after(self, epoch: Epoch, index: int, node: NodePlan, problem: BaseException) -> float | None:
        """After how many seconds a node that raised is tried again; None if it is not."""
        if node.retry is None or epoch.cancelled:
            return None
        number = epoch.attempts.get(index, 0) + 1
        epoch.attempts[index] = number
        if not is_worth_another(node.retry, number, problem):
            return None
        if self.listeners is not None:
            self.listeners.suspended(epoch, index, str(info_of(node.id, problem)))
        return delay_s(node.retry, number)

    def success(self, epoch: Epoch, index: int, result: Any) -> Outcome:
        """What becomes of a node that returned.

        Raises:
            Exception: The result has another form than the node declares.
        """
        node = self.plan.nodes[index]
        outcome = result if type(result) is Outcome else outcome_of.success(node, result)
        if node.tap is not None:
            node.tap(result)
        if self.listeners is not None:
            self.listeners.succeeded(epoch, index, node, outcome)
        return outcome

    def failure(self, epoch: Epoch, index: int, problem: BaseException) -> Outcome:
        """What becomes of a node that raised."""
        node = self.plan.nodes[index]
        if isinstance(problem, KeyboardInterrupt):
            agenda = epoch.agenda
            agenda.interrupt = agenda.interrupt or problem
            for root in tuple(agenda.epochs):
                self.cancel(root, "interrupted")
        if isinstance(problem, KeyboardInterrupt) or (isinstance(problem, Cancelled) and epoch.cancelled):
            return outcome_of.cancel(node, epoch.cancelled or "interrupted")
        if node.on_error == "stop":
            root = epoch
            while root.within is not None:
                root = root.within
            self.cancel(root, f"`{node.id}` failed")
            root.stopped_by = node.id
        if self.listeners is not None:
            self.listeners.failed(epoch, index)
        return outcome_of.failure(node, problem)

    def settle(self, epoch: Epoch, index: int, outcome: Outcome, dropped: list[Any], push: Push | None) -> None:
        """Route what a node gave and give back what it read. Under the routing lock.

        Args:
            epoch: The epoch.
            index: The node.
            outcome: What became of it.
            dropped: Takes values freed, to be dropped outside the lock.
            push: Takes nodes of the epoch that become ready; None for its agenda.
        """
        node = self.plan.nodes[index]
        if index in epoch.admitted:
            self._leave(epoch, index)
        if epoch.stages[index] == SETTLED:  # The epoch was abandoned while the node ran.
            if outcome.had_turn:
                self.turns.free(index)
            return
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
        for slot in node.sources if index not in epoch.given_back else ():
            self._count_freed(slot, epoch.slots.release(slot, dropped))
        epoch.stages[index] = SETTLED
        if self.listeners is not None:
            self.listeners.live_bytes(self.shared.bus.live_bytes)
        if node.lazy:
            self._close(epoch, node, push)
        if index in self._stateful:
            self._let_follow(epoch, index)
        if outcome.had_turn:
            self.turns.free(index)
        self._count_down(epoch, 1)

    def give_back(self, epoch: Epoch, index: int) -> None:
        """Give back what a node read before it is over, since an epoch inside has it now."""
        dropped: list[Any] = []
        with Routing(self.shared):
            if epoch.stages[index] != SETTLED:
                epoch.given_back.add(index)
                for slot in self.plan.nodes[index].sources:
                    self._count_freed(slot, epoch.slots.release(slot, dropped))
        dropped.clear()

    def _route(
        self, epoch: Epoch, index: int, output: OutputPlan, item: Item, dropped: list[Any], push: Push | None
    ) -> None:
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
            self._arrive(epoch, consumer, push)
        if self.listeners is not None and output.port.control:
            self.listeners.signal(epoch, index, output.port.name, value)
        for consumer, number in output.signals:
            arrivals = epoch.signals.setdefault((consumer, number), Arrivals())
            if arrivals.take(value, self.plan.nodes[consumer].controls[number]):
                self._arrive(epoch, consumer, push)

    def _arrive(self, epoch: Epoch, node: int, push: Push | None) -> None:
        """One of the things that a node waits for has come."""
        epoch.pending[node] -= 1
        if not epoch.pending[node]:
            self.turns.make_ready(epoch, node, push)

    # -- lazy inputs ------------------------------------------------------------------------------------------------

    def ask(self, epoch: Epoch, index: int, node: NodePlan, ask: Ask) -> None:
        """Have lazy inputs computed; the node runs again when they have come."""
        can = [source.port.name for source in node.inputs if source.port.field.lazy]
        if not all(name.partition("[")[0] in can for name in ask.inputs):
            has = ", ".join(f"`{name}`" for name in can) or "none"
            raise EngineError(f"it asked for {', '.join(ask.inputs)}; its lazy inputs: {has}")
        wanted = [lazy for lazy in node.lazy if {lazy.place, lazy.place.partition("[")[0]} & set(ask.inputs)]
        wanted = [lazy for lazy in wanted if lazy.gate not in epoch.asked]
        if not wanted:
            has = ", ".join(f"`{lazy.place}`" for lazy in node.lazy if lazy.gate not in epoch.asked) or "none"
            raise EngineError(f"it asked for {', '.join(ask.inputs)}; what it can ask for: {has}")
        if self.listeners is not None:
            self.listeners.suspended(epoch, index, f"it asks for {', '.join(ask.inputs)}")
        with Routing(self.shared):
            if epoch.stages[index] == SETTLED:
                self.turns.free(index)
                return
            if index in epoch.admitted:
                self._leave(epoch, index)
            epoch.pending[index] += len(wanted)
            self.turns.free(index)
            for other in (other for lazy in wanted for other in lazy.before):
                if other not in epoch.asked:
                    epoch.asked.add(other)
                    self._arrive(epoch, other, None)

    def _close(self, epoch: Epoch, node: NodePlan, push: Push | None) -> None:
        """A node is over: what only the lazy inputs need that it did not ask for is not needed any more."""
        for other in (other for lazy in node.lazy if lazy.gate not in epoch.asked for other in lazy.before):
            refusals = epoch.refusals[other] = epoch.refusals.get(other, 0) + 1
            if refusals == self.plan.nodes[other].asked_by and other not in epoch.asked:
                epoch.unasked.add(other)
                # It is skipped whatever its inputs bring. To wait for them could be for ever: they may be there only
                # for what it would have asked for. Only the order of epochs is kept.
                epoch.pending[other] = 1 + (other in self._stateful and self._is_behind(epoch, other))
                self._arrive(epoch, other, push)

    @staticmethod
    def _is_behind(epoch: Epoch, node: int) -> bool:
        """Whether the node still has to see the epoch before."""
        return any(one.following is epoch and one.stages[node] != SETTLED for one in epoch.agenda.epochs)

    # -- order ------------------------------------------------------------------------------------------------------

    def _enter(self, epoch: Epoch, index: int, node: NodePlan) -> bool:
        """Let a node start, unless one runs that runs alone."""
        if index in epoch.admitted:  # It is tried again.
            return True
        if not epoch.agenda.order.enter(epoch, index, alone=node.is_sequential):
            return False
        epoch.admitted.add(index)
        return True

    def _has_to_ask(self, node: NodePlan) -> bool:
        """Whether a node may start only if no other runs alone; one that runs a sub-graph only waits."""
        return self.plan.is_ordered and (node.call is None or node.is_sequential)

    def _leave(self, epoch: Epoch, index: int) -> None:
        epoch.admitted.discard(index)
        for other, node in epoch.agenda.order.leave(epoch, index):
            other.agenda.push(other, node)

    def _let_follow(self, epoch: Epoch, node: int) -> None:
        """A node with state is over: it may see the next epoch."""
        following = epoch.following
        if following is not None and node in self._stateful and following.stages[node] != SETTLED:
            self._arrive(following, node, None)

    # -- counting, under the routing lock ---------------------------------------------------------------------------

    def _count_freed(self, slot: int, freed_bytes: int) -> None:
        producer = self.plan.producers[slot]
        if freed_bytes and producer is not None:
            self.metrics.bytes_freed[producer[0]] += freed_bytes

    def _count_down(self, epoch: Epoch, nodes: int) -> None:
        epoch.left = max(0, epoch.left - nodes)
        if not epoch.left:
            self._end(epoch)

    def _end(self, epoch: Epoch) -> None:
        """Every node is over: tell those who wait."""
        epoch.left = 0
        if self.listeners is not None:
            self.listeners.end(epoch, "cancelled" if epoch.cancelled else "failed" if faults(epoch) else "success")
        epoch.finished.set()
        if epoch.on_end is not None:
            epoch.agenda.tell_end(epoch)
        else:
            epoch.agenda.wake()


def _first_value(function: Callable[..., Any], *positional: Any, **keywords: Any) -> Any:
    """The first value of a generator."""
    values = iter(function(*positional, **keywords))
    try:
        return next(values)
    except StopIteration:
        raise EngineError("it gave no value; inside a sub-graph that is called, a generator gives its first") from None
    finally:
        close = getattr(values, "close", None)
        if close is not None:
            close()


_UNASKED = Absence("no node asked for it")


def _family(epochs: tuple[Epoch, ...]) -> Iterator[Epoch]:
    """Epochs and all that are inside of them, outermost first.

    What is inside of one is looked up only after something was done with it: whoever begins one later sees that.
    """
    found = list(epochs)
    for epoch in found:
        yield epoch
        found.extend(tuple(epoch.inside))
