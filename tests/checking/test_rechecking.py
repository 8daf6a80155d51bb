"""A check that is kept up to date as wires change says what a check of the whole would."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.checking.checker import Checker, check
from animaweave.checking.rules import wires
from animaweave.errors import EditError
from animaweave.graph.document import Graph
from animaweave.graph.wire import PortRef, Wire
from animaweave.ports.fit import Fit, compatible
from tests.registry.test_inference import LAB

NODES = (
    *("names", "numbers", "readings", "length", "five_by_three", "three_by_two", "any_size", "first", "either", "pack"),
    *(
        "apply",
        "number",
        "warm",
        "matmul",
        "add",
        "turn",
        "relu",
        "square",
        "split",
        "plus",
        "need",
        "gather",
        "switch",
    ),
)


def ports(graph: Graph) -> tuple[list[PortRef], list[PortRef]]:
    """All outputs and inputs, and some that are not there."""
    outputs: list[PortRef] = []
    inputs: list[PortRef] = []
    for node_id, node in graph.nodes.items():
        if node.type == "graph.output":
            inputs.append(PortRef(node_id, "value"))
            continue
        node_type = LAB.registry.node_type(node.type)
        assert node_type is not None
        signature = node_type.signature
        outputs += [PortRef(node_id, name) for name in (*(port.name for port in signature.outputs), "done", "gone")]
        inputs += [PortRef(node_id, port.name, 0 if port.variadic else None) for port in signature.inputs]
        inputs += [PortRef(node_id, "trigger"), PortRef(node_id, "gone")]
    return outputs, inputs


def connect(graph: Graph, source: PortRef, target: PortRef) -> None:
    is_control = target.port == "trigger" and source.port in ("done", "yes", "no")
    with contextlib.suppress(EditError):
        (graph.connect_control if is_control else graph.connect)(source, target)


def listening(graph: Graph) -> list[tuple[list[Wire], list[Wire]]]:
    """Takes what comes and goes."""
    changes: list[tuple[list[Wire], list[Wire]]] = []
    graph.events.wire_added.connect(lambda wire: changes.append(([wire], [])), check_nargs=False)
    graph.events.wire_removed.connect(lambda wire: changes.append(([], [wire])), check_nargs=False)
    graph.events.wire_changed.connect(lambda old, new: changes.append(([new], [old])), check_nargs=False)
    return changes


@given(st.data())
def test_it_is_the_same_as_checking_anew(data: st.DataObject) -> None:
    graph = Graph()  # Without a catalogue, so that wires may lead to ports that are not there.
    for number, kind in enumerate(data.draw(st.lists(st.sampled_from(NODES), min_size=2, max_size=8))):
        graph.add(f"lab.{kind}", id=f"n{number}")
    if data.draw(st.booleans()):
        graph.add("graph.output", id="out")
    outputs, inputs = map(st.sampled_from, ports(graph))
    for source, target in data.draw(st.lists(st.tuples(outputs, inputs), max_size=8)):
        connect(graph, source, target)
    checker = Checker(graph.copy(), LAB.registry)
    assert checker.found == check(graph, LAB.registry)
    if data.draw(st.booleans()):
        checker.prepare()
    changes = listening(graph)
    for _ in range(data.draw(st.integers(1, 5))):
        changes.clear()
        for _ in range(data.draw(st.integers(1, 2))):
            change(graph, data, outputs, inputs)
        added = [wire for come, _ in changes for wire in come]
        removed = [wire for _, gone in changes for wire in gone]
        assert checker.rewired(graph, added, removed) == check(graph, LAB.registry)


def change(
    graph: Graph, data: st.DataObject, outputs: st.SearchStrategy[PortRef], inputs: st.SearchStrategy[PortRef]
) -> None:
    """Change a wire."""
    wires = [*graph.wires, *graph.controls]
    match data.draw(st.sampled_from(["connect", "connect", "remove", "mute"])):
        case "remove" if wires:
            graph.disconnect(data.draw(st.sampled_from(wires)))
        case "mute" if wires:
            wire = data.draw(st.sampled_from(wires))
            (graph.unmute if wire.muted else graph.mute)(wire)
        case _:
            connect(graph, data.draw(outputs), data.draw(inputs))


def test_a_wire_that_comes_back_to_its_place_is_judged_as_before() -> None:
    graph = LAB.graph("x:five_by_three y:four_by_two m:matmul", "x.result m.a", "y.result m.b")
    checker = Checker(graph, LAB.registry)
    before = checker.found
    (first, _) = graph.wires
    removed = graph.disconnect(first)
    assert checker.rewired(graph, [], [first]) == check(graph, LAB.registry) != before
    graph.restore(removed)
    assert checker.rewired(graph, [first], []) == before


def test_a_wire_that_has_come_and_gone_several_times_counts_as_it_is_now() -> None:
    graph = LAB.graph("x:five_by_three y:four_by_two m:matmul", "x.result m.gone")
    checker = Checker(graph, LAB.registry)
    (first,) = graph.wires
    moved = graph.rewire(first, first.source, PortRef("m", "a"))
    again = [graph.rewire(moved, *first.key), graph.rewire(first, *moved.key)]
    assert checker.rewired(graph, [moved, *again], [first, moved, first]) == check(graph, LAB.registry)


def test_only_what_a_wire_has_to_do_with_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph()
    graph.add("math.constant", id="n0")
    for number in range(1, 100):
        graph.add("math.add", id=f"n{number}")
        graph.connect(f"n{number - 1}.result", f"n{number}.a")
    checker = Checker(graph, LAB.registry)
    looked_at: list[Any] = []

    def looking(*ends: Any) -> Fit:
        looked_at.append(ends)
        return compatible(*ends)

    monkeypatch.setattr(wires, "compatible", looking)
    wire = graph.connect("n3.result", "n50.b")

    assert checker.rewired(graph, [wire], []) == check(graph, LAB.registry)[:0]
    checker.rewired(graph, [], [wire])
    assert len(looked_at) <= 2
