"""What `check` finds about nodes that run a sub-graph, sources, placements and recursion."""

from typing import Any

import pytest

from animaweave.authoring import Vessel
from animaweave.checking.checker import check
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry
from tests.checking.lab import graph, registry

REGISTRY = registry()


def found(checked: Graph) -> list[str]:
    """Code and place of each finding."""
    return [f"{one.code} {one.place}" for one in check(checked, REGISTRY)]


def messages(checked: Graph) -> list[str]:
    """The findings as they are printed, without severity."""
    return [str(one).partition(" ")[2] for one in check(checked, REGISTRY)]


def typed(inputs: str, outputs: str, *, inner: str = "", wires: str = "") -> Graph:
    """A sub-graph with inputs and outputs such as `x:float`, nodes inside, and wires such as `x:add.a` in between."""
    made = graph(inner)
    for word in inputs.split():
        name, _, text = word.partition(":")
        made.add("graph.input", id=name, params={"type": text} if text else {})
    for word in outputs.split():
        name, _, text = word.partition(":")
        made.add("graph.output", id=f"of_{name}", params={"name": name, **({"type": text} if text else {})})
    for word in wires.split():
        source, _, target = word.partition(">")
        made.connect(source, target)
    return made


def running(node_type: str, params: dict[str, Any], *subgraphs: tuple[str, Graph]) -> Graph:
    """A graph with one node, `node`, that runs sub-graphs."""
    made = Graph()
    for name, inner in subgraphs:
        made.add_subgraph(name, inner)
    made.add(node_type, id="node", params=params)
    return made


STEP = "x.value>of_x.value"
TOTAL = typed(
    "total:float item:float",
    "total:float",
    inner="sum:add",
    wires="total.value>sum.a item.value>sum.b sum.result>of_total.value",
)
TEST = typed("x:float", "more:bool")


# ---------------------------------------------------------------- what is sound


@pytest.mark.parametrize(
    ("node_type", "params", "subgraphs"),
    [
        ("control.for_each", {"graph": "calc", "x": [1.0]}, [("calc", typed("x:float", "x", wires=STEP))]),
        ("control.fold", {"graph": "calc", "total": 0.0, "item": [1.0, 2.0]}, [("calc", TOTAL)]),
        ("control.fold", {"graph": "calc", "total": [0.0], "item": 1.0, "over": "total"}, []),
        (
            "control.while",
            {"graph": "calc", "test": "test", "x": 1.0},
            [("calc", typed("x:float", "x", wires=STEP)), ("test", TEST)],
        ),
        ("control.while", {"graph": "calc", "x": 1.0}, [("calc", typed("x:float", "x again:bool", wires=STEP))]),
        ("control.while", {"graph": "calc", "x": 1.0}, [("calc", typed("x:float", "x again", wires=STEP))]),
        ("control.catch", {"graph": "calc", "x": 1.0}, [("calc", typed("x:float", "x", wires=STEP))]),
    ],
)
def test_a_node_whose_settings_suit_its_subgraph_has_no_findings(
    node_type: str, params: dict[str, Any], subgraphs: list[tuple[str, Graph]]
) -> None:
    subgraphs = subgraphs or [("calc", typed("total:float item:float", "item", wires="item.value>of_item.value"))]
    wanted = running(node_type, params, *((name, inner.copy()) for name, inner in subgraphs))

    # What lies unused or unwired inside the sub-graphs is no matter of this test.
    assert [one for one in found(wanted) if "/" not in one] == []


def test_wires_to_a_node_that_runs_a_subgraph_are_checked_by_its_ports() -> None:
    made = running("control.for_each", {"graph": "calc"}, ("calc", typed("x:float", "x", wires=STEP)))
    made.add("lab.numbers", id="list")
    made.add("lab.largest", id="largest")
    made.add("lab.number", id="one")
    made.connect("list.result", "node.x")
    made.connect("node.x", "largest.of")

    assert messages(made) == [
        (
            "AW104 at largest.of: node.x does not fit: "
            "takes lists of whole numbers (list[int]); gets lists of numbers (list[float])"
        )
    ]
    made.disconnect(made.wires[0])
    assert "AW107 node.x" in found(made)
    made.connect("one.result", "node.x")
    assert "AW104 node.x" in found(made)


# ---------------------------------------------------------------- which sub-graph


def test_a_missing_subgraph_is_told_once_and_its_ports_are_not_judged() -> None:
    made = running("control.for_each", {"graph": "clac", "x": 3}, ("calc", typed("x:float", "x", wires=STEP)))
    made.add("lab.numbers", id="list")
    made.add("lab.add", id="sum")
    made.connect("list.result", "node.x")
    made.connect("node.x", "sum.a")

    assert messages(made)[0] == "AW102 at node.graph: the graph has no sub-graph `clac`; did you mean `calc`?"
    assert found(made) == ["AW102 node.graph", "AW201 node"]


def test_a_node_that_names_no_subgraph_is_told_what_to_write() -> None:
    assert messages(running("control.catch", {})) == [
        (
            "AW102 at node.graph: `control.catch` names no sub-graph; "
            "write the name of a sub-graph of this file into `graph`"
        )
    ]


def test_a_test_that_is_not_there_is_unknown_too() -> None:
    made = running(
        "control.while", {"graph": "calc", "test": "nothing", "x": 1.0}, ("calc", typed("x:float", "x", wires=STEP))
    )
    assert found(made) == ["AW102 node.test"]


# ---------------------------------------------------------------- what the settings say


def test_items_are_taken_by_inputs_that_are_there() -> None:
    params = {"graph": "calc", "over": "total, itme", "total": [0.0], "item": 1.0}
    assert messages(running("control.for_each", params, ("calc", TOTAL.copy()))) == [
        "AW116 at node.over: the sub-graph has no data input `itme` to take items; did you mean `item`?"
    ]
    assert messages(running("control.for_each", {"graph": "calc"}, ("calc", typed("", "")))) == [
        (
            "AW116 at node.over: the sub-graph has not a data input to take items; "
            "add a `graph.input` to it, or name another input with `over`"
        )
    ]


def test_a_fold_takes_items_of_one_list_and_needs_a_state() -> None:
    params = {"graph": "calc", "over": "item, total", "total": 0.0, "item": [1.0]}
    assert "AW116 at node.over: a fold takes items of one list, and `over` names 2 inputs; name one of them" in (
        messages(running("control.fold", params, ("calc", TOTAL.copy())))
    )
    alone = running("control.fold", {"graph": "calc", "x": 1.0}, ("calc", typed("x:float", "x", wires=STEP)))
    assert found(alone) == ["AW116 node.over"]
    stateless = typed("a:float b:float", "c", wires="b.value>of_c.value")
    assert found(running("control.fold", {"graph": "calc", "a": 1.0, "b": [1.0]}, ("calc", stateless))) == [
        "AW118 node.graph",
        "AW301 calc/a.value",
    ]


@pytest.mark.parametrize("outputs", ["x again:int", "x again:Signal"])
def test_again_is_true_or_false(outputs: str) -> None:
    made = running("control.while", {"graph": "calc", "x": 1.0}, ("calc", typed("x:float", outputs, wires=STEP)))
    assert "AW117 at node: the sub-graph has an output `again` that is not true or false" in messages(made)[0]


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        (typed("x:float", ""), "but has no outputs instead of one of type bool"),
        (typed("x:float", "a:bool b:bool"), "but has 2 outputs instead of one of type bool"),
        (typed("x:float", "a:int"), "but has the output `a` instead of one of type bool"),
        (typed("y:float", "a:bool"), "`test` has an input `y`, which the sub-graph has not; call it like one of"),
    ],
)
def test_a_test_says_true_or_false_from_the_same_inputs(test: Graph, problem: str) -> None:
    subgraphs = ("calc", typed("x:float", "x", wires=STEP)), ("test", test.copy())
    made = running("control.while", {"graph": "calc", "test": "test", "x": 1.0}, *subgraphs)
    assert any(" at node.test: " in message and problem in message for message in messages(made))


@pytest.mark.parametrize("node_type", ["control.while", "control.fold"])
def test_what_is_carried_fits_the_next_pass(node_type: str) -> None:
    inner = typed("x:float y:float", "x:str again:bool")
    made = running(node_type, {"graph": "calc", "x": 1.0, "y": [1.0] if "fold" in node_type else 1.0}, ("calc", inner))
    assert (
        "AW104 at node.x: what the output `x` gives does not fit the input `x` of the next pass: "
        "takes numbers (float); gets text (str); "
        "make it of the input's type inside the sub-graph, or give one of them another name"
    ) in messages(made)


def test_ports_of_a_subgraph_are_not_called_like_the_nodes_own() -> None:
    hidden = running("control.while", {"graph": "calc", "limit": 1}, ("calc", typed("limit:int", "again:bool")))
    assert "AW114 node.limit" in found(hidden)
    doubled = running("control.catch", {"graph": "calc", "x": 1.0}, ("calc", typed("x:float", "error")))
    assert (
        "AW114 at node.error: the sub-graph has an output called `error`, as is the failure's of `control.catch`; "
        "give the output another name"
    ) in messages(doubled)


def test_a_signal_into_a_subgraph_that_runs_many_times_is_never_settled() -> None:
    inner = typed("x:float go:Signal", "x", wires=STEP)
    assert "AW202 node" in found(running("control.for_each", {"graph": "calc", "x": [1.0]}, ("calc", inner)))


# ---------------------------------------------------------------- recursion


def recursive(inner: Graph) -> list[str]:
    """Where the sub-graph `calc` is found to use itself without an end."""
    made = Graph()
    made.add_subgraph("calc", inner)
    return [one for one in found(made) if one.startswith("AW113")]


@pytest.fixture
def body() -> Graph:
    """Of a sub-graph: a condition, and a node that uses the sub-graph."""
    inner = typed("x:float", "out")
    inner.add("math.compare", id="small", params={"b": 1.0})
    inner.add("lab.add", id="less")
    inner.add("graph.calc", id="again")
    inner.connect("x.value", "small.a")
    inner.connect("x.value", "less.a")
    inner.connect("less.result", "again.x")
    return inner


def test_a_subgraph_that_uses_itself_behind_a_lazy_input_can_end(body: Graph) -> None:
    body.add("control.if", id="if")
    body.connect("small.result", "if.condition")
    body.connect("x.value", "if.then")
    body.connect("again.out", "if.otherwise")
    body.connect("if.result", "of_out.value")

    assert recursive(body) == []


def test_what_leads_to_a_lazy_input_by_way_of_others_can_end_too(body: Graph) -> None:
    body.add("lab.add", id="sum")
    body.add("control.select", id="select", params={"index": 1})
    body.connect("again.out", "sum.a")
    body.connect("x.value", "select.items[0]")
    body.connect("sum.result", "select.items[1]")
    body.connect("select.result", "of_out.value")

    assert recursive(body) == []


def test_what_is_needed_elsewhere_than_behind_a_lazy_input_has_no_end(body: Graph) -> None:
    body.add("control.if", id="if")
    body.add("lab.add", id="sum")
    body.connect("small.result", "if.condition")
    body.connect("again.out", "if.otherwise")
    body.connect("again.out", "sum.a")
    body.connect("if.result", "of_out.value")

    assert recursive(body) == ["AW113 calc/again"]


def test_a_condition_is_no_lazy_input(body: Graph) -> None:
    body.add("control.if", id="if")
    body.connect("again.out", "if.condition")
    body.connect("if.result", "of_out.value")

    assert recursive(body) == ["AW113 calc/again"]


@pytest.mark.parametrize(
    ("node_type", "params", "ends"),
    [
        ("control.catch", {"graph": "calc"}, False),
        ("control.while", {"graph": "calc"}, False),
        ("control.while", {"graph": "other", "test": "calc"}, False),
        ("control.while", {"graph": "calc", "test": "other"}, True),
        ("control.for_each", {"graph": "calc"}, True),
        ("control.fold", {"graph": "calc"}, True),
    ],
)
def test_a_subgraph_that_runs_itself_ends_where_there_may_be_no_pass(
    node_type: str, params: dict[str, str], ends: bool
) -> None:
    inner = typed("x:list[float]", "again:bool")
    inner.add(node_type, id="deeper", params=params)
    made = Graph()
    made.add_subgraph("calc", inner)
    made.add_subgraph("other", typed("x:list[float]", "again:bool"))

    assert ("AW113 calc/deeper" in found(made)) is not ends


def test_a_node_behind_a_lazy_input_may_be_in_error_without_keeping_others_from_running() -> None:
    made = graph("wrong:nubmer if:control.if sum:add", "wrong.result if.then", "if.result sum.a")
    made.set_params("if", {"condition": True})

    assert found(made) == ["AW101 wrong"]


def test_what_a_subgraph_does_beside_computing_is_a_use_of_it() -> None:
    inner = typed("x:float", "x", inner="report:report", wires="x.value>report.value report.result>of_x.value")
    for node_type, params in (("control.for_each", {"graph": "calc", "x": [1.0]}), ("graph.calc", {"x": 1.0})):
        made = running(node_type, params, ("calc", inner.copy()))
        made.add("lab.number", id="one")
        made.add("graph.output", id="out")
        made.connect("one.result", "out.value")
        assert found(made) == []


# ---------------------------------------------------------------- sources


def test_no_wire_of_any_kind_leads_to_a_source() -> None:
    made = graph("one:add source:readings sum:add", "one.result source.step", "source.result sum.a")
    made.set_params("one", {"a": 1.0})
    made.connect_control("one.done", "source.trigger")

    assert found(made) == ["AW119 source.step", "AW119 source.trigger", "AW201 source"]


def test_a_source_lies_in_no_subgraph_that_runs_within_an_epoch() -> None:
    deep = graph("source:readings")
    shallow = typed("x:float", "x", wires=STEP)
    shallow.add("graph.deep", id="use")
    made = running("control.for_each", {"graph": "calc", "x": [1.0]}, ("calc", shallow), ("deep", deep))
    made.add("graph.deep", id="fine")

    assert messages(made) == [
        (
            "AW119 at node: `control.for_each` runs its sub-graph within an epoch, but `deep/source` in there begins "
            "the epochs; move that node out, and wire what it gives to an input of the sub-graph"
        )
    ]


# ---------------------------------------------------------------- placements


@pytest.mark.parametrize(
    ("node", "placement"),
    [
        ("mean", "process"),
        ("mean", "thread"),
        ("readings", "thread"),
        ("later", "inline"),
        ("add", "async"),
        ("heavy", "async"),
    ],
)
def test_a_node_is_placed_only_where_its_kind_can_run(node: str, placement: Any) -> None:
    made = graph(f"node:{node}")
    made.set_params("node", {"mean": {"value": 1.0}, "add": {"a": 1.0}}.get(node, {}))
    assert found(made) == []
    made.set_run("node", placement=placement)
    assert found(made) == ["AW120 node"]
    made.set_run("node", placement=placement, disabled=True)
    assert found(made) == []


def test_a_node_that_runs_a_subgraph_is_placed_nowhere() -> None:
    made = running("control.catch", {"graph": "calc", "x": 1.0}, ("calc", typed("x:float", "x", wires=STEP)))
    made.set_run("node", placement="process")
    assert messages(made) == [
        (
            "AW120 at node: `control.catch` cannot be placed in `process`: "
            "the nodes of its sub-graph run where each of them asks; leave `run.placement` out"
        )
    ]


def test_a_process_finds_what_stands_at_the_top_of_a_module() -> None:
    vessel = Vessel("own")

    @vessel.node
    def inside(value: float = 1.0) -> float:
        return value

    def program(value: float = 1.0) -> float:
        return value

    program.__module__ = "__main__"
    vessel.node(placement="process")(program)
    own = Registry()
    own.add(vessel)
    made = graph("a:own.inside b:own.program")
    assert [f"{one.code} {one.place}" for one in check(made, own)] == ["AW121 b"]
    made.set_run("a", placement="process")
    made.set_run("b", placement="inline")
    assert [f"{one.code} {one.place}" for one in check(made, own)] == ["AW121 a"]


def test_values_that_cannot_be_pickled_are_told_where_they_would_have_to_be() -> None:
    made = graph("node:lines")
    assert found(made) == ["AW204 node.file"]
    made.set_run("node", placement="thread")
    assert found(made) == []
