"""The ports of nodes that run a sub-graph in a way of their own."""

from typing import Any

import pytest

from animaweave.authoring import ErrorInfo, Signal
from animaweave.graph.subgraphs import NAMED_BY
from animaweave.library import Graph
from animaweave.ports.port import Port, Signature
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.composite import carried, over
from animaweave.registry.lookup import Registry
from animaweave.registry.resolve import Resolver, signatures


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


def with_subgraph(inputs: dict[str, dict[str, Any]], outputs: dict[str, str]) -> Graph:
    """A graph with a sub-graph `calc`: parameters of its inputs by name, types of its outputs by name."""
    graph = Graph("outer")
    calc = graph.add_subgraph("calc")
    for name, params in inputs.items():
        calc.add("graph.input", id=name, params=params)
    for name, text in outputs.items():
        calc.add("graph.output", id=f"{name}_out", params={"name": name, "type": text})
    return graph


@pytest.fixture
def outer() -> Graph:
    return with_subgraph(
        {
            "item": {"type": "int", "default": 3},
            "total": {"type": "float"},
            "go": {"type": "Signal"},
            "scale": {"type": "float", "default": 2.0},
        },
        {"total": "float", "again": "bool", "word": "str", "went": "Signal"},
    )


def ports_of(document: Graph, registry: Registry, node_type: str, **params: Any) -> Signature:
    node = document.add(node_type, params=params)
    signature = signatures(document, registry)[node.id]
    assert signature is not None
    return signature


def hints(ports: tuple[Port, ...]) -> dict[str, Any]:
    return {port.name: port.hint for port in ports}


def test_for_each_takes_a_list_for_its_first_input_and_gives_lists(outer: Graph, registry: Registry) -> None:
    signature = ports_of(outer, registry, "control.for_each", graph="calc")

    assert hints(signature.inputs) == {"item": list[int], "total": float, "scale": float}
    assert [port.name for port in signature.inputs if port.is_required] == ["item", "total"]
    assert signature.input("scale").default == 2.0  # type: ignore[union-attr]
    assert hints(signature.outputs) == {"total": list[float], "again": list[bool], "word": list[str]}
    assert [port.name for port in signature.settings] == ["graph", "over", "on_item_error"]


def test_for_each_takes_lists_for_the_inputs_that_over_names(outer: Graph, registry: Registry) -> None:
    signature = ports_of(outer, registry, "control.for_each", graph="calc", over="total, scale,nothing")

    assert hints(signature.inputs) == {"item": int, "total": list[float], "scale": list[float]}
    assert [port.name for port in signature.inputs if port.is_required] == ["total", "scale"]


def test_while_has_the_ports_of_its_subgraph_but_again(outer: Graph, registry: Registry) -> None:
    signature = ports_of(outer, registry, "control.while", graph="calc")

    assert hints(signature.inputs) == {"item": int, "total": float, "scale": float}
    assert [port.name for port in signature.inputs if port.is_required] == ["total"]
    assert hints(signature.outputs) == {"total": float, "word": str}


def test_fold_takes_a_list_for_its_second_input(outer: Graph, registry: Registry) -> None:
    second = ports_of(outer, registry, "control.fold", graph="calc")
    named = ports_of(outer, registry, "control.fold", graph="calc", over="item")

    assert hints(second.inputs) == {"item": int, "total": list[float], "scale": float}
    assert hints(named.inputs) == {"item": list[int], "total": float, "scale": float}
    assert hints(named.outputs) == {"total": float, "again": bool, "word": str}


def test_catch_has_all_ports_of_its_subgraph_and_an_error(outer: Graph, registry: Registry) -> None:
    signature = ports_of(outer, registry, "control.catch", graph="calc")

    assert hints(signature.inputs) == {"item": int, "total": float, "go": Signal, "scale": float}
    assert hints(signature.outputs) == {
        "total": float,
        "again": bool,
        "word": str,
        "went": Signal,
        "error": ErrorInfo,
    }
    assert signature.output("error") is not None
    assert not signature.output("error").control  # type: ignore[union-attr]


@pytest.mark.parametrize("params", [{}, {"graph": "nowhere"}, {"graph": 3}])
@pytest.mark.parametrize("name", ["for_each", "while", "fold"])
def test_without_a_subgraph_a_composite_has_its_settings_alone(
    outer: Graph, registry: Registry, name: str, params: dict[str, Any]
) -> None:
    node_type = registry.node_type(f"control.{name}")
    assert node_type is not None
    signature = Resolver(outer, registry).of_type(node_type, params)

    assert signature is not None
    assert (signature.inputs, signature.outputs) == ((), ())
    assert signature.parameter("graph") is not None


def test_what_is_carried_from_pass_to_pass_is_called_alike(outer: Graph, registry: Registry) -> None:
    inner = ports_of(outer, registry, "graph.calc")
    (fold, while_, for_each) = (registry.node_type(f"control.{name}") for name in ("fold", "while", "for_each"))
    assert fold is not None
    assert while_ is not None
    assert for_each is not None

    assert carried(while_, {}, inner) == ("total",)
    assert carried(for_each, {}, inner) == ()
    assert (carried(fold, {"over": "item"}, inner), over(fold, {"over": "item"}, inner)) == (("total",), ("item",))
    assert carried(fold, {"over": "total"}, inner) == ()


def test_a_fold_carries_only_the_first_of_several_states(registry: Registry) -> None:
    graph = with_subgraph({"a": {}, "item": {}, "b": {}}, {"b": "int", "a": "int"})
    inner = ports_of(graph, registry, "graph.calc")
    fold, while_ = registry.node_type("control.fold"), registry.node_type("control.while")
    assert fold is not None
    assert while_ is not None

    assert carried(fold, {}, inner) == ("a",)
    assert carried(while_, {}, inner) == ("a", "b")


def test_a_list_of_lists_comes_out_of_a_composite_in_a_composite(registry: Registry) -> None:
    graph = with_subgraph({"x": {"type": "int"}}, {"x": "int"})
    rows = graph.add_subgraph("rows")
    rows.add("graph.input", id="row", params={"type": "list[int]"})
    rows.add("control.for_each", id="each", params={"graph": "calc"})
    rows.add("graph.output", id="out")
    rows.connect("row.value", "each.x")
    rows.connect("each.x", "out.value")

    assert hints(ports_of(graph, registry, "control.for_each", graph="rows").outputs) == {"out": list[list[int]]}


def test_a_subgraph_that_runs_itself_by_a_composite_still_has_ports(registry: Registry) -> None:
    graph = Graph("circle")
    tree = graph.add_subgraph("tree")
    tree.add("graph.input", id="children", params={"type": "list[int]"})
    tree.add("control.for_each", id="each", params={"graph": "tree"})
    tree.add("graph.output", id="out")
    tree.connect("children.value", "each.children")
    tree.connect("each.out", "out.value")

    assert hints(ports_of(graph, registry, "graph.tree").outputs) == {"out": Any}
    assert hints(ports_of(graph, registry, "control.for_each", graph="tree").inputs) == {"children": list[list[int]]}


def test_the_document_knows_which_settings_name_subgraphs(registry: Registry) -> None:
    vessel = registry.vessel("control")
    assert vessel is not None
    composites = [node_type for node_type in vessel.node_types.values() if node_type.composite]

    assert {node_type.id for node_type in composites} == set(NAMED_BY)
    for node_type in composites:
        settings = [port.name for port in node_type.signature.settings]
        assert [name for name in settings if name in ("graph", "test")] == list(NAMED_BY[node_type.id])


def test_a_graph_with_a_composite_is_the_same_after_saving(outer: Graph, registry: Registry) -> None:
    outer.add("text.split", id="words", text="a b")
    outer.add("control.for_each", id="each", graph="calc", on_item_error="leave_out", over="")
    outer.connect("words.parts", "each.item")
    text = outer.dumps()
    again = Graph.loads(text)

    assert again.dumps() == text
    assert '{"type": "control.for_each", "params": {"graph": "calc", "on_item_error": "leave_out"}}' in text
    assert "control" in again.requires
    assert "control.for_each" not in again.signatures, "its ports are the sub-graph's, which lies in the same file"
    assert RegistryCatalogue(registry).signature("control.for_each", {"graph": "calc"}) is None
