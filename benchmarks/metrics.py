"""What the figures cost: trivial nodes with metrics on against the same engine without, and what a look costs."""

from __future__ import annotations

import ast
import inspect
import statistics
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import animaweave as aw
from animaweave.engine import executor
from animaweave.engine.observe.events import Events

from .row import Row, within
from .timing import medians_s
from .work import Work, chain, fan, layers, registry

NAME = "metrics"
ROUNDS = 151
LOOKS = 30
EVENTS = 1000


def rows() -> Iterator[Row]:
    """Microseconds a node for each shape; milliseconds a look, microseconds an event."""
    for work in (chain(1000), fan(1000), layers(100, 10)):
        yield _shape(work)
    for nodes in (1000, 20_000):
        yield _look(nodes)
    events = Events()
    us = medians_s({"emit": lambda _: _emit(events)}, rounds=LOOKS)["emit"] / EVENTS * 1e6
    yield Row(NAME, "an event", us, "µs")


def _shape(work: Work) -> Row:
    plan = aw.compile(work.graph(), registry=registry())
    # One thread and its CPU time: the figure is too small to be seen beside what other programs do to the clock.
    with aw.Engine(plan, workers=1) as on, aw.Engine(plan, workers=1) as off:
        switch_off(off)
        times: dict[aw.Engine, list[int]] = {on: [], off: []}
        for turn in range(ROUNDS):
            answers = []
            for engine, taken in times.items():
                begin = time.thread_time_ns()
                answers.append(engine.run({"n0.x": turn}).outputs)
                taken.append(time.thread_time_ns() - begin)
            if answers[0] != answers[1]:
                raise AssertionError("metrics change what a run gives")
    us = {engine: statistics.median(taken) / len(work.before) / 1e3 for engine, taken in times.items()}
    return within(NAME, f"{work.name}: on, {us[on]:.2f}, less off", us[on] - us[off], "µs a node", at_most=0.3)


def _look(nodes: int) -> Row:
    with aw.Engine(aw.compile(chain(nodes).graph(), registry=registry())) as engine:
        run = engine.run
        run({"n0.x": 1})
        ms = medians_s({"look": lambda _: len(engine.metrics())}, rounds=LOOKS)["look"] * 1e3
    return Row(NAME, f"a look at {nodes:,} nodes", ms, "ms")


def _emit(events: Events) -> None:
    for node in range(EVENTS):
        events.started(1, node)


def switch_off(engine: aw.Engine) -> None:
    """Have an engine run without figures: its loop, with what reads the clock or writes to the journal taken out."""
    drive: Callable[..., Any] = _without_figures(executor.Executor._drive)
    engine._executor._drive = drive.__get__(engine._executor)  # type: ignore[method-assign]


def _without_figures(function: Callable[..., Any]) -> Callable[..., Any]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    cut = _Cut()
    tree = ast.fix_missing_locations(cut.visit(tree))
    if cut.notes < 2 or cut.readings < 2:
        raise AssertionError(f"{function.__qualname__} neither notes nor reads the clock by these names any more")
    made: dict[str, Any] = {}
    exec(compile(tree, "<without figures>", "exec"), vars(executor), made)
    return made[function.__name__]  # type: ignore[no-any-return]


class _Cut(ast.NodeTransformer):
    """Takes out statements `note(…)`, and puts a constant for `now()`."""

    def __init__(self) -> None:
        self.notes = self.readings = 0

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop a note."""
        if isinstance(node.value, ast.Call) and _calls(node.value, "note"):
            self.notes += 1
            return None
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Stop the clock."""
        if _calls(node, "now"):
            self.readings += 1
            return ast.Constant(0)
        return self.generic_visit(node)


def _calls(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name
