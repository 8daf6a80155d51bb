"""Nodes that steer the flow, called as plain functions."""

import pytest

from animaweave.authoring import NOT_ASKED, Ask, Signal
from animaweave.vessels.control import control, first, for_each, gate, if_, select, switch


@pytest.mark.parametrize(("condition", "asks", "gives"), [(True, "then", "a"), (False, "otherwise", "b")])
def test_if_asks_for_one_value_alone_and_gives_it(condition: bool, asks: str, gives: str) -> None:
    assert if_(condition, NOT_ASKED, NOT_ASKED) == Ask(asks)
    values = {"then": "a", "otherwise": "b", **{name: NOT_ASKED for name in ("then", "otherwise") if name != asks}}
    assert if_(condition, **values) == gives


def test_if_gives_nothing_where_nothing_is_wired_to_the_branch() -> None:
    taken = True
    assert if_(not taken, "a") is None


def test_select_asks_for_the_item_that_it_gives() -> None:
    assert select(1, NOT_ASKED, NOT_ASKED, NOT_ASKED) == Ask("items[1]")
    assert select(1, NOT_ASKED, "b", NOT_ASKED) == "b"
    assert select(0, None) is None


@pytest.mark.parametrize("index", [-1, 2])
def test_select_says_how_many_items_there_are(index: int) -> None:
    with pytest.raises(IndexError, match=f"index {index}: there are 2 items, counted from 0"):
        select(index, "a", "b")


@pytest.mark.parametrize("condition", [True, False])
def test_switch_opens_one_branch_and_closes_the_other(condition: bool) -> None:
    assert switch(condition) == (Signal.when(condition), Signal.when(not condition))


def test_a_gate_gives_the_value_that_it_lets_pass() -> None:
    assert gate([1], Signal.ACTIVE) == [1]
    ports = control.node_types["gate"].signature
    assert [port.control for port in ports.inputs] == [False, True]


def test_first_gives_the_first_value_that_came() -> None:
    assert first(0, 1) == 0
    with pytest.raises(ValueError, match="none of the items came"):
        first()


def test_the_branches_of_if_and_select_are_lazy_and_need_no_wire() -> None:
    inputs = {
        f"{name}.{port.name}": (port.field.lazy, port.is_required)
        for name in ("if", "select")
        for port in control.node_types[name].signature.inputs
    }
    assert inputs == {
        "if.condition": (False, True),
        "if.then": (True, False),
        "if.otherwise": (True, False),
        "select.index": (False, True),
        "select.items": (True, False),
    }


def test_nodes_that_run_a_subgraph_say_so_and_are_called_by_nobody() -> None:
    composites = {name: node_type.composite for name, node_type in control.node_types.items() if node_type.composite}
    assert composites == {"for_each": "for_each", "while": "while", "fold": "fold", "catch": "catch"}
    assert for_each(graph="calc") is None
    assert control.node_types["for_each"].help.summary == "Run a sub-graph for every item of a list, several at once."


def test_nodes_are_told_apart_by_their_icons() -> None:
    icons = [node_type.icon for node_type in control.node_types.values()]
    assert len(set(icons)) == len(icons)
    assert "" not in icons
