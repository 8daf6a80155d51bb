"""Actors that share threads.

`PooledActor` is pykka's actor over a scheduler: it is put on the queue when it starts and whenever its empty mailbox
gets a message; a thread then drains the mailbox, one message at a time, so an actor never runs twice at once. All of
pykka's interface works on it: `tell`, `ask`, proxies, `ActorRegistry`, `stop`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import uuid
import weakref
from collections.abc import Callable, Collection
from typing import Any, Self, TypeVar

from pykka import Actor, ActorDeadError, ActorRef, ActorRegistry, Future, ThreadingFuture

from .mailbox import Mailbox, TurnOver
from .scheduler import Scheduler

_logger = logging.getLogger("pykka")
_default = Scheduler(os.cpu_count() or 1)
_late = threading.Lock()  # Guards what references make late.
_over = threading.Event()
_over.set()

A = TypeVar("A", bound="PooledActor")


class PooledFuture(ThreadingFuture[Any]):
    """A reply that may be waited for on a scheduler's own thread: another thread stands in meanwhile."""

    def get(self, *, timeout: float | None = None) -> Any:
        """The reply; raises what the actor raised, or `pykka.Timeout`."""
        scheduler = Scheduler.current()
        if scheduler is None:
            return super().get(timeout=timeout)
        with scheduler.stand_in():
            return super().get(timeout=timeout)


class PooledRef(ActorRef[A]):
    """pykka's reference to an actor, whose URN and event are made when somebody first asks for them.

    They would take longer than all else there is to do for an actor, and of thousands hardly one is asked.
    """

    actor_inbox: Mailbox

    def __init__(self, actor: A) -> None:  # Instead of pykka's, which makes both.
        self._actor_weakref = weakref.ref(actor)
        self.actor_class = actor.__class__
        self.actor_inbox = actor.actor_inbox
        self._urn = ""
        self._stopped: threading.Event | None = None

    @property
    def actor_urn(self) -> str:  # type: ignore[override]
        """See `pykka.Actor.actor_urn`."""
        with _late:
            self._urn = self._urn or uuid.uuid4().urn
        return self._urn

    @property
    def actor_stopped(self) -> threading.Event:  # type: ignore[override]
        """See `pykka.Actor.actor_stopped`."""
        with _late:
            self._stopped = self._stopped or threading.Event()
        return self._stopped

    def end(self) -> None:
        """Set `actor_stopped`."""
        with _late:
            self._stopped = self._stopped or _over  # One event does for all whose own nobody has asked for.
        self._stopped.set()


class PooledActor(Actor):
    """An actor that borrows a thread for each turn.

    `on_start`, `on_receive`, `on_stop` and `on_failure` run on a thread of the scheduler, never two at once.
    """

    _scheduler: Scheduler = _default
    _actor_ref: PooledRef[Any]
    actor_inbox: Mailbox

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:  # Instead of pykka's: see `PooledRef`.
        self.actor_inbox = self._create_actor_inbox()
        self.actor_inbox.wake = self._wake
        self._actor_ref = PooledRef(self)
        self._turn_taken = threading.Lock()
        self._is_set_up = False

    @property
    def actor_ref(self) -> PooledRef[Self]:
        """See `pykka.Actor.actor_ref`."""
        return self._actor_ref

    @property
    def actor_urn(self) -> str:  # type: ignore[override]
        """See `pykka.Actor.actor_urn`."""
        return self._actor_ref.actor_urn

    @property
    def actor_stopped(self) -> threading.Event:  # type: ignore[override]
        """See `pykka.Actor.actor_stopped`."""
        return self._actor_ref.actor_stopped

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        return Mailbox()

    @staticmethod
    def _create_future() -> Future[Any]:
        return PooledFuture()

    def _start_actor_loop(self) -> None:
        self._wake()

    def _wake(self) -> None:
        """Queue up for a turn, unless one is queued or under way already."""
        if self._turn_taken.acquire(blocking=False):
            self._scheduler.submit(self._turn)

    def _rest(self) -> None:
        """End the turn; begin another if a message came meanwhile."""
        self._turn_taken.release()
        if not self.actor_inbox.empty():
            self._wake()

    def _turn(self) -> None:
        try:
            if not self._is_set_up:
                self._is_set_up = True
                self._actor_loop_setup()
            self._read(self._actor_loop_running)
        except BaseException as problem:  # noqa: BLE001 - a hook's; on a thread of its own it would end the program.
            self._end_all(problem)
        if self.actor_stopped.is_set():
            # Whoever asked too late is told so, now and whenever another message comes.
            self._read(self._actor_loop_teardown)
        self.actor_inbox.current = None
        self._rest()

    def _read(self, loop: Callable[[], None]) -> None:
        """Run one of pykka's loops until its turn is over."""
        self.actor_inbox.begin_turn()
        with contextlib.suppress(TurnOver):
            loop()

    def _handle_receive(self, message: Any) -> Any:
        try:
            return super()._handle_receive(message)
        except Exception:
            raise
        except BaseException as problem:
            self._end_all(problem)
            envelope = self.actor_inbox.current
            if envelope is not None and envelope.reply_to is not None:
                raise ActorDeadError(f"{self} was ended by {problem!r}") from problem
            return None

    def _end_all(self, problem: BaseException) -> None:
        """Stop this actor and those of its scheduler; pykka would stop every one of the process and wait for it."""
        _logger.debug("%r in %s. Stopping all actors.", problem, self)
        if not self.actor_stopped.is_set():
            try:
                self._stop()
            except BaseException:  # `on_stop` is no better than what came before it.
                _logger.exception("%s did not stop in good order.", self)
        for ref in ActorRegistry.get_all():
            actor = ref._actor_weakref()
            if isinstance(actor, PooledActor) and actor._scheduler is self._scheduler:
                ref.stop(block=False)


def register(refs: Collection[ActorRef[Any]]) -> None:
    """Have pykka's registry find actors, thousands at once."""
    with ActorRegistry._actor_refs_lock:
        ActorRegistry._actor_refs.extend(refs)


def unregister(refs: Collection[ActorRef[Any]]) -> None:
    """Have pykka's registry forget actors, thousands at once: one by one it would search for each."""
    gone = set(refs)
    with ActorRegistry._actor_refs_lock:
        ActorRegistry._actor_refs[:] = [ref for ref in ActorRegistry._actor_refs if ref not in gone]
