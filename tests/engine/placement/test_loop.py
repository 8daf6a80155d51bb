"""The asyncio loop of async nodes: results, errors, cancel, its end."""

import asyncio
import contextvars
import gc
import threading
from typing import Any

import pytest

from animaweave.engine.placement.loop import Loop
from animaweave.errors import EngineError

PATIENCE_S = 20.0
colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


class Ends:
    """Takes what becomes of a coroutine."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self.result: Any = None
        self.problem: BaseException | None = None

    def __call__(self, result: Any, problem: BaseException | None) -> None:
        self.result, self.problem = result, problem
        self.came.set()


async def stay() -> None:
    await asyncio.sleep(PATIENCE_S)


def test_results_and_errors_come_back_and_variables_are_seen() -> None:
    async def paint(*, fails: bool) -> str:
        await asyncio.sleep(0)
        if fails:
            raise ValueError(colour.get())
        return colour.get()

    loop, variables = Loop(), contextvars.copy_context()
    variables.run(colour.set, "red")
    good, bad = Ends(), Ends()
    loop.run(paint(fails=False), variables, good)
    loop.run(paint(fails=True), variables.copy(), bad)

    assert good.came.wait(PATIENCE_S)
    assert bad.came.wait(PATIENCE_S)
    assert (good.result, good.problem) == ("red", None)
    assert repr(bad.problem) == "ValueError('red')"
    assert loop.close(PATIENCE_S)


def test_a_cancel_comes_also_before_the_coroutine_has_begun_and_after_it_is_over() -> None:
    loop, ends = Loop(), Ends()
    cancel = loop.run(stay(), contextvars.copy_context(), ends)
    cancel()
    assert ends.came.wait(PATIENCE_S)
    assert isinstance(ends.problem, asyncio.CancelledError)
    cancel()
    assert loop.close(PATIENCE_S)
    cancel()


def test_closing_cancels_what_runs_and_ends_the_thread() -> None:
    threads = threading.active_count()
    loop, ends = Loop(), [Ends() for _ in range(20)]
    for end in ends:
        loop.run(stay(), contextvars.copy_context(), end)

    assert loop.close(PATIENCE_S)
    assert all(isinstance(end.problem, asyncio.CancelledError) for end in ends)
    assert threading.active_count() == threads


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_whatever_a_coroutine_raises_does_not_end_the_loop(kind: type[BaseException]) -> None:
    async def bad() -> None:
        await asyncio.sleep(0)
        raise kind("no good")

    async def good() -> int:
        await asyncio.sleep(0.001)
        return 1

    loop, ends = Loop(), [Ends() for _ in range(3)]
    for coroutine, end in zip((good(), bad(), good()), ends, strict=True):
        loop.run(coroutine, contextvars.copy_context(), end)

    assert all(end.came.wait(PATIENCE_S) for end in ends)
    assert [end.result for end in ends] == [1, None, 1]
    assert isinstance(ends[1].problem, kind)
    assert loop.close(PATIENCE_S)


@pytest.mark.parametrize("when", ["at once", "at the end"])
def test_a_task_that_a_coroutine_leaves_behind_cannot_end_the_loop(when: str, caplog: pytest.LogCaptureFixture) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def leave() -> None:
        async def exits() -> None:
            if when == "at once":
                raise SystemExit(3)
            try:
                await stay()
            finally:
                raise SystemExit(3)

        tasks.append(asyncio.create_task(exits()))
        await asyncio.sleep(0)

    async def good() -> int:
        return 1

    threads = threading.active_count()
    loop, first, second = Loop(), Ends(), Ends()
    loop.run(leave(), contextvars.copy_context(), first)
    assert first.came.wait(PATIENCE_S)
    loop.run(good(), contextvars.copy_context(), second)
    assert second.came.wait(PATIENCE_S)
    assert second.result == 1
    assert loop.close(PATIENCE_S)
    assert "wanted to end it" in caplog.text
    assert isinstance(tasks.pop().exception(), SystemExit)
    assert threading.active_count() == threads


def test_a_closed_loop_takes_nothing_more_and_starts_no_thread() -> None:
    loop = Loop()
    assert loop.close(PATIENCE_S)
    threads = threading.active_count()

    with pytest.raises(EngineError, match="closed"):
        loop.run(stay(), contextvars.copy_context(), Ends())
    gc.collect()  # A coroutine that was never closed would warn.
    assert threading.active_count() == threads


def test_a_coroutine_that_blocks_is_told_of_by_close() -> None:
    begun, gate = threading.Event(), threading.Event()

    async def block() -> None:
        begun.set()
        gate.wait(PATIENCE_S)

    loop, ends = Loop(), Ends()
    loop.run(block(), contextvars.copy_context(), ends)
    assert begun.wait(PATIENCE_S)
    assert not loop.close(0.01)
    gate.set()
    assert ends.came.wait(PATIENCE_S)
