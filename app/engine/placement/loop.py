"""The asyncio loop of an engine, for its async nodes. It has a thread, started when it is first needed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context as Variables
from functools import partial
from typing import Any

from ...errors import EngineError

_logger = logging.getLogger("animaweave.engine")


class Loop:
    """A thread that runs coroutines."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def run(
        self,
        coroutine: Coroutine[Any, Any, Any],
        variables: Variables,
        on_end: Callable[[Any, BaseException | None], None],
    ) -> Callable[[], None]:
        """Run a coroutine.

        Args:
            coroutine: What to run.
            variables: The context variables that it sees.
            on_end: Called on the loop's thread with its result, or what it raised; must not block.
        Returns:
            What cancels it; may be called from any thread, also when it is over.
        Raises:
            EngineError: The loop is closed.
        """
        loop = self._started()
        if loop is None:
            coroutine.close()
            raise EngineError("the engine is closed; make a new one")
        task: asyncio.Task[tuple[Any, BaseException | None]] | None = None
        is_cancelled = False

        def begin() -> None:
            nonlocal task
            task = loop.create_task(_settled(coroutine), context=variables)
            task.add_done_callback(end)
            if is_cancelled:
                task.cancel()

        def end(done: asyncio.Task[tuple[Any, BaseException | None]]) -> None:
            if done.cancelled():  # Before it had begun.
                coroutine.close()
                on_end(None, asyncio.CancelledError())
            else:
                on_end(*done.result())

        def cancel() -> None:
            nonlocal is_cancelled
            is_cancelled = True
            if task is not None:
                task.cancel()

        loop.call_soon_threadsafe(begin)
        return lambda: self._call(cancel)

    def close(self, timeout: float) -> bool:
        """Cancel what runs and end the thread; tell whether it has ended."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
            self._is_closed = True
        if loop is None or thread is None:
            return True
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(timeout)
        return not thread.is_alive()

    def _call(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(call)

    def _started(self) -> asyncio.AbstractEventLoop | None:
        with self._lock:
            if self._loop is None and not self._is_closed:
                self._loop = asyncio.new_event_loop()
                self._loop.set_exception_handler(_report)
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="animaweave-loop", daemon=True)
                self._thread.start()
            return self._loop


async def _settled(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, BaseException | None]:
    """The result of a coroutine, or what it raised; a `SystemExit` would end the loop if its task raised it."""
    try:
        return await coroutine, None
    except BaseException as problem:  # noqa: BLE001 - the border to the vessel: it becomes a report
        return None, problem


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        _keep_on(loop.run_forever)
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            _keep_on(partial(loop.run_until_complete, asyncio.gather(*left, return_exceptions=True)))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _keep_on(run: Callable[[], object]) -> None:
    """Run the loop; go on with it when a task that a node has begun wants to end it."""
    while True:
        try:
            run()
        except (SystemExit, KeyboardInterrupt):
            _logger.exception("A task on the loop of async nodes wanted to end it.")
        else:
            return


def _report(_: asyncio.AbstractEventLoop, about: dict[str, Any]) -> None:
    _logger.error("%s", about.get("message", "The loop of async nodes failed."), exc_info=about.get("exception"))
