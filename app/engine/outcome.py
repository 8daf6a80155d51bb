"""What becomes of a node, and what its outputs give then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..authoring.control import Signal
from ..authoring.error_info import ErrorInfo
from .bus.weight import WEIGHTLESS, Weight, share
from .compiler.plan import Absence, NodePlan
from .epoch import Ending
from .placement.failure import info_of

Item = tuple[Any, Weight]


class Given(NamedTuple):
    """What a source gave for an epoch, before that began.

    Attributes:
        value: The value, or what was raised instead.
        began_ns: When it was asked, by `time.perf_counter_ns`.
        ended_ns: When it gave it.
    """

    value: Any
    began_ns: int
    ended_ns: int


ENDED = frozenset({"failed", "skipped", "cancelled"})
"""States of nodes that did not simply complete."""


class Outcome(NamedTuple):
    """What became of a node.

    Attributes:
        items: One value and weight for each output that its function returns.
        ending: How it ended, if it did not simply complete.
        done: What its `done` output gives.
        error: What its `error` output gives, if anything.
        had_turn: Whether the node's actor was taken for it.
        ran: Whether its function was called.
    """

    items: tuple[Item, ...]
    ending: Ending | None = None
    done: Any = Signal.ACTIVE
    error: ErrorInfo | None = None
    had_turn: bool = True
    ran: bool = True


def success(node: NodePlan, result: Any) -> Outcome:
    """A node that returned; a control output given None is inactive.

    Raises:
        Exception: The result has another form than the node declares.
    """
    if not node.returned:
        return Outcome(())
    values = (result,) if node.spread is None else node.spread(result)
    return Outcome(
        tuple(
            share(_signal(value) if output.port.control else value)
            for output, value in zip(node.returned, values, strict=True)
        )
    )


def _signal(value: Any) -> Any:
    """What a control output gives: a signal, or the absence of one."""
    return value if isinstance(value, Signal | Absence) else Signal.when(value)


def skip(node: NodePlan, absence: Absence) -> Outcome:
    """A node that cannot fire; those behind it learn whether a failure is at the root of it."""
    if node.skip is not None and absence.failed:
        passed_on = Absence(f"upstream `{node.id}` has an error", failed=True)
    elif node.role == "group" and node.returned:
        passed_on = Absence(absence.reason)  # As with `error` of any node that did not run: it did not fail.
    elif absence.failed or node.is_converter:
        passed_on = absence  # What people do not know by its id is not to blame.
    else:
        passed_on = Absence(f"`{node.id}` was skipped")
    return _without(node, Ending("skipped", absence.reason), passed_on)


def cancel(node: NodePlan, reason: str, *, had_turn: bool = True) -> Outcome:
    """A node of a run that was cancelled."""
    return _without(node, Ending("cancelled", reason), Absence(reason))._replace(had_turn=had_turn)


def failure(node: NodePlan, problem: BaseException) -> Outcome:
    """A node that raised; its outputs give default values where there are some."""
    error = getattr(problem, "error", None)  # Of a node inside, whose name and traceback say more.
    if not isinstance(error, ErrorInfo):
        error = info_of(node.id, problem)
    absence = Absence(f"upstream `{node.id}` failed", failed=True)
    if not isinstance(node.on_error, Mapping):
        return _without(node, Ending("failed", error=error), absence)._replace(error=error)
    defaults = node.on_error
    items = tuple(share(defaults.get(output.port.name, absence)) for output in node.returned)
    is_handled = not node.returned or any(output.port.name in defaults for output in node.returned)
    return Outcome(items, Ending("failed", error=error, is_handled=is_handled), absence, error)


def _without(node: NodePlan, ending: Ending, absence: Absence) -> Outcome:
    items = tuple((absence, WEIGHTLESS) for _ in node.returned)
    return Outcome(items, ending, absence, ran=ending.state == "failed")
