"""Control: which branch runs, what is waited for, and sub-graphs that run many times."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from ..authoring import NOT_ASKED, Ask, Field, Signal, Vessel

control = Vessel("control", title="Control", icon="git-branch", colour="#9fb0c0")

Lazy = Annotated[Any, Field(lazy=True)]


class Branches(NamedTuple):
    """Two signals, of which one is active."""

    yes: Signal
    no: Signal


@control.node(icon="git-branch")
def if_(condition: bool, then: Lazy = None, otherwise: Lazy = None) -> Any:
    """Give one of two values, and compute only that one.

    Args:
        condition: Which of the two.
        then: Given if the condition holds.
        otherwise: Given if it does not.
    """
    name, value = ("then", then) if condition else ("otherwise", otherwise)
    return Ask(name) if value is NOT_ASKED else value


@control.node(icon="list-numbers")
def select(index: Annotated[int, Field(min=0)], *items: Lazy) -> Any:
    """Give one of several values, and compute only that one.

    Args:
        index: Which one, counted from 0.
        items: The values, in order.
    """
    if not 0 <= index < len(items):
        raise IndexError(f"index {index}: there are {len(items)} items, counted from 0")
    return Ask(f"items[{index}]") if items[index] is NOT_ASKED else items[index]


@control.node(icon="toggle-left")
def switch(condition: bool) -> Branches:
    """Open one of two branches by a condition.

    Args:
        condition: Makes `yes` active if it holds, else `no`.
    """
    return Branches(Signal.when(condition), Signal.when(not condition))


@control.node(name="value", icon="door")
def gate(value: Any, go: Signal) -> Any:  # noqa: ARG001 - the engine calls it only when `go` is active
    """Let a value pass when a signal is active.

    Args:
        value: The value.
        go: Lets it pass; inactive, it closes the branch behind the gate.
    """
    return value


@control.node(icon="medal")
def first(*items: Any) -> Any:
    """Give the first value that came, as where branches meet again.

    Args:
        items: The values, in order; those of closed branches are left out.
    """
    if not items:
        raise ValueError("none of the items came: all their branches are closed; wire one in that always comes")
    return items[0]


@control.composite(icon="repeat")
def for_each(graph: str = "", over: str = "", on_item_error: Literal["fail", "leave_out"] = "fail") -> None:
    """Run a sub-graph for every item of a list, several at once.

    Inputs that take a list hand one item at a time to the sub-graph, the others hand it the same value each time. Every
    output is a list, in the order of the items; of one that an item does not give, it is left out.

    Args:
        graph: Name of the sub-graph.
        over: Inputs of the sub-graph that take one item each, separated by commas; its first data input if empty.
        on_item_error: Whether an item that fails makes the whole fail, or is left out of the lists.
    """


@control.composite(icon="arrows-clockwise")
def while_(graph: str = "", test: str = "", limit: Annotated[int, Field(min=1)] = 1000) -> None:
    """Run a sub-graph again and again, as long as a condition holds.

    An output that is called like an input carries its value to that input in the next pass; one that a pass does not
    give keeps its value. The outputs are those of the last pass.

    Args:
        graph: Name of the sub-graph; without a test, its output `again` says after each pass whether there is another.
        test: Name of a sub-graph with one true-or-false output, asked before each pass; its inputs are among those of
            the other.
        limit: Most passes; the node fails if there would be more.
    """


@control.composite(icon="stack")
def fold(graph: str = "", over: str = "") -> None:
    """Run a sub-graph for one item of a list after another, and carry a state along.

    The state is the first other input that has an output of the same name. The outputs are those of the last pass.

    Args:
        graph: Name of the sub-graph.
        over: Input of the sub-graph that takes an item; its second data input if empty.
    """


@control.composite(icon="lifebuoy")
def catch(graph: str = "") -> None:
    """Run a sub-graph and go on when it fails.

    If a node inside fails, the output `error` says how, and the others bring nothing. A failure that is to stop the
    run stops it all the same.

    Args:
        graph: Name of the sub-graph.
    """
