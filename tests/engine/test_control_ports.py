"""Control inputs and outputs of nodes and of sub-graphs, as graphs that run."""

from typing import Annotated, Any, NamedTuple

import pytest

import animaweave as aw
from animaweave.authoring import NOT_ASKED, Ask, Field, Signal
from animaweave.graph.document import Graph
from tests.engine.lab import Gate, Lab, fill, states

PLUS, MINUS = Signal.ACTIVE, Signal.INACTIVE


class Told(NamedTuple):
    """A value and a signal."""

    value: Any
    told: Signal


@pytest.fixture
def lab(lab: Lab) -> Lab:
    @lab.node
    def plus_signal() -> Signal:
        return PLUS

    @lab.node
    def minus_signal() -> Signal:
        return MINUS

    @lab.node
    def gate(value: Any, go: Signal, after: Any = "after") -> Any:
        return value, go, after

    @lab.node
    def any_of(go: Annotated[Signal, Field(mode="OR")]) -> str:
        return str(go)

    @lab.node
    def two(a: Signal, b: Signal) -> str:
        return f"{a.value}{b.value}"

    @lab.node
    def tell(value: Any = 1, signal: Any = PLUS) -> Told:
        return Told(value, signal)

    return lab


def signals(*signs: str) -> str:
    """Nodes that give signals, one for each sign."""
    return " ".join(
        f"s{number}:{'plus_signal' if sign == '+' else 'minus_signal'}" for number, sign in enumerate(signs)
    )


def test_a_node_takes_the_values_of_its_control_inputs_in_their_places(lab: Lab) -> None:
    graph = lab.graph("v:one s:plus_signal g:gate", "v.result g.value", controls=("s.result g.go",))

    assert lab.run(graph).outputs == {"g.result": (1, PLUS, "after")}


@pytest.mark.parametrize(
    ("mode", "signs", "fires"),
    [
        ("AND", "++", True), ("AND", "+-", False), ("AND", "--", False),
        ("OR", "++", True), ("OR", "-+", True), ("OR", "--", False),
        ("XOR", "+-", True), ("XOR", "++", False), ("XOR", "--", False), ("XOR", "+++", False), ("XOR", "-+-", True),
        ("DECIDED", "--", True),
    ],
)  # fmt: skip
def test_signals_into_one_port_are_joined_by_its_mode(lab: Lab, mode: str, signs: str, fires: bool) -> None:
    wires = [f"s{number}.result g.go" for number in range(len(signs))]
    graph = lab.graph(f"v:one {signals(*signs)} g:gate", "v.result g.value", controls=tuple(wires))
    graph.set_run("g", activation={"go": mode})

    assert states(lab.run(graph))["g"] == ("completed" if fires else "skipped")


def test_a_port_has_the_mode_that_its_type_declares_unless_the_graph_says_otherwise(lab: Lab) -> None:
    graph = lab.graph(f"{signals('+', '-')} g:any_of", controls=("s0.result g.go", "s1.result g.go"))
    assert states(lab.run(graph))["g"] == "completed"

    graph.set_run("g", activation={"go": "AND"})
    assert states(lab.run(graph))["g"] == "skipped"


@pytest.mark.parametrize(
    ("own", "signs", "fires"),
    [
        ("AND", "++", True), ("AND", "+-", False), ("OR", "+-", True), ("OR", "--", False), ("XOR", "+-", True),
        ("XOR", "++", False), ("DECIDED", "--", True), ("DECIDED", "+-", True),
    ],
)  # fmt: skip
def test_a_nodes_own_activation_joins_its_control_inputs(lab: Lab, own: str, signs: str, fires: bool) -> None:
    graph = lab.graph(f"{signals(*signs)} n:two", controls=("s0.result n.a", "s1.result n.b"))
    graph.set_run("n", activation={"*": own})
    result = lab.run(graph)

    assert states(result)["n"] == ("completed" if fires else "skipped")
    if fires:
        assert result.outputs["n.result"] == signs.replace("-", "−")


def test_trigger_counts_as_one_of_them(lab: Lab) -> None:
    graph = lab.graph(f"{signals('+', '+', '-')} n:two",
                      controls=("s0.result n.a", "s1.result n.b", "s2.result n.trigger"))  # fmt: skip
    assert states(lab.run(graph))["n"] == "skipped"

    graph.set_run("n", activation={"*": "OR"})
    assert states(lab.run(graph))["n"] == "completed"


def test_a_control_input_of_a_nodes_own_that_is_not_wired_lets_it_never_run(lab: Lab) -> None:
    result = lab.run(lab.graph("s:plus_signal n:two", controls=("s.result n.a",)))

    assert states(result)["n"] == "skipped"
    assert result.nodes["n"].reason == "nothing is wired to its control input `b`"


@pytest.mark.parametrize(("given", "state"), [(PLUS, "completed"), (MINUS, "skipped"), (None, "skipped")])
def test_what_a_control_output_is_given_opens_or_closes_a_branch(lab: Lab, given: Any, state: str) -> None:
    graph = lab.graph("t:tell n:one", controls=("t.told n.trigger",))
    with lab.engine(graph) as engine:
        assert states(engine.run({"t.signal": given}))["n"] == state


def test_all_control_outputs_of_a_node_that_failed_are_inactive(lab: Lab) -> None:
    @lab.node
    def bad() -> Told:
        raise ValueError("no good")

    graph = lab.graph("b:bad n:one m:one k:one", controls=("b.told n.trigger", "b.done m.trigger", "b.done k.trigger"))
    graph.set_run("k", activation={"trigger": "DECIDED"})

    assert states(lab.run(graph)) == {"b": "failed", "n": "skipped", "m": "skipped", "k": "completed"}


def test_branches_close_and_joins_open_again(lab: Lab) -> None:
    graph = lab.graph(
        "s:switch yes:one no:one end:total", "yes.result end.items[0]", "no.result end.items[1]",
        controls=("s.yes yes.trigger", "s.no no.trigger"),
    )  # fmt: skip
    result = lab.run(graph)

    assert states(result) == {"s": "completed", "yes": "completed", "no": "skipped", "end": "completed"}
    assert result.outputs == {"end.result": 1}


def test_a_vessels_own_trigger_and_done_take_the_place_of_those_that_every_node_has(lab: Lab) -> None:
    class Ends(NamedTuple):
        value: int
        done: Signal

    @lab.node
    def own(trigger: Signal, number: int = 1) -> Ends:
        return Ends(number, MINUS)

    graph = lab.graph("s:plus_signal o:own n:one", controls=("s.result o.trigger", "o.done n.trigger"))

    assert states(lab.run(graph)) == {"s": "completed", "o": "completed", "n": "skipped"}


def test_a_node_that_fires_whatever_its_signals_are_does_not_wait_once_they_are_decided(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    def late() -> Signal:
        gate()
        return PLUS

    @lab.node
    def opens(go: Signal) -> Signal:
        gate.open()
        return go

    graph = lab.graph("s:minus_signal l:late n:opens", controls=("s.result n.go", "l.result n.go"),
                      l={"placement": "thread"}, n={"activation": {"*": "DECIDED"}})  # fmt: skip

    assert set(states(lab.run(graph)).values()) == {"completed"}, "an AND is − by its first −"


def test_an_error_is_handled_only_if_who_reads_it_completes_whatever_lies_between(lab: Lab) -> None:
    @lab.node
    def look(error: Annotated[Any, Field(lazy=True)]) -> Any:
        if error is NOT_ASKED:
            return Ask("error")
        raise RuntimeError("worse")

    graph = lab.graph("bad:fail look:look fine:one", "bad.error look.error")

    graph.set_run("look", on_error={"default": {"result": 0}})
    result = lab.run(graph)

    assert states(result) == {"bad": "failed", "look": "failed", "fine": "completed"}
    assert result.status == "partial", "`look` took care of its own failure alone"


# ---------------------------------------------------------------- signals in and out of graphs


@pytest.mark.parametrize(
    ("given", "state"), [({}, "completed"), ({"go": True}, "completed"), ({"go": False}, "skipped")]
)
def test_an_input_of_type_signal_is_given_as_true_or_false(lab: Lab, given: dict[str, bool], state: str) -> None:
    graph = lab.graph("n:one")
    graph.add("graph.input", id="go", params={"name": "go", "type": "Signal"})
    graph.connect_control("go.value", "n.trigger")
    with lab.engine(graph) as engine:
        assert states(engine.run(given))["n"] == state


def test_an_output_of_type_signal_gives_the_signal(lab: Lab) -> None:
    graph = lab.graph("s:switch")
    graph.add("graph.output", id="yes", params={"type": "Signal"})
    graph.add("graph.output", id="no", params={"type": "Signal"})
    graph.connect_control("s.yes", "yes.value")
    graph.connect_control("s.no", "no.value")

    assert lab.run(graph).outputs == {"yes": PLUS}


@pytest.mark.parametrize("opened", [True, False])
def test_signals_go_through_sub_graphs(lab: Lab, opened: bool) -> None:
    graph = Graph()
    inner = graph.add_subgraph("inner")
    fill(inner, "work:one")
    inner.add("graph.input", id="go", params={"type": "Signal"})
    inner.add("graph.output", id="ran", params={"type": "Signal"})
    inner.connect_control("go.value", "work.trigger")
    inner.connect_control("work.done", "ran.value")
    fill(graph, "s:switch use:graph.inner end:one", controls=("s.yes use.go", "use.ran end.trigger"))
    with lab.engine(graph) as engine:
        result = engine.run({"s.value": opened})

    ran = "completed" if opened else "skipped"
    assert states(result) == {"s": "completed", "use/go": ran, "use/work": ran, "use/ran": ran, "end": ran}


# ---------------------------------------------------------------- a sub-graph as a whole


def using(lab: Lab, *controls: str, bad: bool = False, **run: Any) -> Graph:
    """A switch, a use of a sub-graph with two nodes, and a node behind it."""
    graph = Graph()
    inner = graph.add_subgraph("inner")
    fill(inner, f"a:{'fail' if bad else 'one'} b:one", **({"b": run.pop("b")} if "b" in run else {}))
    fill(graph, "s:switch use:graph.inner end:one", controls=controls, **run)
    return graph


@pytest.mark.parametrize(("controls", "inside"), [("s.yes use.trigger", "completed"), ("s.no use.trigger", "skipped")])
def test_a_wire_into_trigger_of_a_sub_graph_gates_every_node_inside(lab: Lab, controls: str, inside: str) -> None:
    result = lab.run(using(lab, controls))

    assert {states(result)[f"use/{node}"] for node in "ab"} == {inside}
    reason = "" if inside == "completed" else "`trigger` of `use` is inactive"
    assert {result.nodes[f"use/{node}"].reason for node in "ab"} == {reason}


def test_the_gate_holds_whatever_the_activation_of_a_node_inside(lab: Lab) -> None:
    graph = using(lab, "s.no use.trigger", b={"activation": {"*": "DECIDED"}})

    assert states(lab.run(graph))["use/b"] == "skipped"


def test_the_use_says_how_signals_into_its_trigger_are_joined(lab: Lab) -> None:
    graph = using(lab, "s.yes use.trigger", "s.no use.trigger", use={"activation": {"trigger": "OR"}})

    assert states(lab.run(graph))["use/a"] == "completed"


@pytest.mark.parametrize(
    ("bad", "controls", "end"),
    [
        (False, ("use.done end.trigger",), "completed"),
        (True, ("use.done end.trigger",), "skipped"),
        (False, ("s.no use.trigger", "use.done end.trigger"), "skipped"),
        (False, ("s.yes use.trigger", "use.done end.trigger"), "completed"),
    ],
)
def test_done_of_a_sub_graph_tells_that_all_inside_is_over_and_nothing_failed(
    lab: Lab, bad: bool, controls: tuple[str, ...], end: str
) -> None:
    assert states(lab.run(using(lab, *controls, bad=bad)))["end"] == end


def test_done_is_active_although_a_branch_inside_was_closed(lab: Lab) -> None:
    graph = Graph()
    inner = graph.add_subgraph("inner")
    fill(inner, "s:switch a:one b:one", controls=("s.yes a.trigger", "s.no b.trigger"))
    fill(graph, "use:graph.inner end:one", controls=("use.done end.trigger",))

    assert states(lab.run(graph))["end"] == "completed"


def test_done_of_a_disabled_sub_graph_is_inactive(lab: Lab) -> None:
    assert states(lab.run(using(lab, "use.done end.trigger", use={"disabled": True})))["end"] == "skipped"


def test_error_of_a_sub_graph_is_that_of_the_node_inside_and_handles_it(lab: Lab) -> None:
    graph = using(lab, bad=True)
    fill(graph, "say:read_error", "use.error say.error")
    result = lab.run(graph)

    assert result.outputs["say.result"] == "use/a: ValueError: no good"
    assert result.status == "success"
    assert set(result.nodes) == {"s", "use/a", "use/b", "end", "say"}


def test_a_failure_inside_is_not_handled_if_nobody_read_it_to_the_end(lab: Lab) -> None:
    graph = using(lab, bad=True)
    fill(graph, "worse:fail", "use.error worse.value")

    assert lab.run(graph).status == "partial"


def test_gates_of_nested_sub_graphs_add_up(lab: Lab) -> None:
    graph = Graph()
    fill(graph.add_subgraph("deep"), "n:one")
    fill(graph.add_subgraph("mid"), "s:switch use:graph.deep", controls=("s.yes use.trigger",))
    fill(graph, "s:switch use:graph.mid end:one", controls=("s.no use.trigger", "use.done end.trigger"))

    assert states(lab.run(graph)) == {
        "s": "completed", "use/s": "skipped", "use/use/n": "skipped", "end": "skipped",
    }  # fmt: skip


def test_the_graph_is_the_same_after_a_file(lab: Lab) -> None:
    graph = using(lab, "s.yes use.trigger", "use.done end.trigger")
    loaded = aw.Graph.loads(graph.dumps())

    assert states(lab.run(loaded)) == states(lab.run(graph))


def test_the_use_says_how_signals_into_inputs_of_its_own_are_joined(lab: Lab) -> None:
    graph = Graph()
    inner = graph.add_subgraph("inner")
    inner.add("graph.input", id="in", params={"name": "go", "type": "Signal"})
    fill(inner, "work:one", controls=("in.value work.trigger",))
    fill(graph, "s:switch use:graph.inner", controls=("s.yes use.go", "s.no use.go"))
    assert states(lab.run(graph))["use/work"] == "skipped"

    graph.set_run("use", activation={"go": "OR"})
    assert states(lab.run(graph))["use/work"] == "completed"


@pytest.mark.parametrize("bad", [False, True])
def test_a_sub_graph_tells_how_its_nodes_ended_whatever_they_declare_as_done_and_error(lab: Lab, bad: bool) -> None:
    class Ends(NamedTuple):
        done: Signal
        error: str

    @lab.node
    def own(bad: bool = False) -> Ends:
        if bad:
            raise ValueError("no good")
        return Ends(MINUS, "my own")

    graph = Graph()
    fill(graph.add_subgraph("inner"), "a:own")
    graph.subgraphs["inner"].set_param("a", "bad", bad)
    fill(graph, "use:graph.inner end:one say:read_error", "use.error say.error", controls=("use.done end.trigger",))
    result = lab.run(graph)

    assert states(result)["end"] == ("skipped" if bad else "completed")
    assert result.outputs.get("say.result") == ("use/a: ValueError: no good" if bad else None)
    assert result.status == "success"


def test_error_of_a_sub_graph_is_told_although_it_leads_back_into_it(lab: Lab) -> None:
    graph = Graph()
    inner = graph.add_subgraph("inner")
    inner.add("graph.input", id="x", params={"default": 1})
    fill(inner, "a:fail", "x.value a.value")
    fill(graph, "use:graph.inner say:read_error", "use.error say.error", "say.result use.x")

    assert states(lab.run(graph)) == {"use/x": "completed", "use/a": "failed", "say": "completed"}


def test_error_of_a_sub_graph_is_that_of_a_converter_inside_too(lab: Lab) -> None:
    length = Annotated[float, lab.vessel.label("Length")]
    area = Annotated[float, lab.vessel.label("Area")]

    @lab.vessel.converter
    def square(value: length) -> area:
        raise ValueError("too long")

    @lab.node
    def measure() -> length:
        return 1.0

    @lab.node
    def paint(value: area) -> area:
        return value

    graph = Graph()
    fill(graph.add_subgraph("inner"), "a:measure b:paint", "a.length b.value")
    fill(graph, "use:graph.inner say:read_error end:one", "use.error say.error", controls=("use.done end.trigger",))
    result = lab.run(graph)

    assert result.outputs["say.result"].endswith("ValueError: too long")
    assert states(result)["end"] == "skipped"
    assert result.status == "success"


@pytest.mark.parametrize("gate", ["use.trigger", "use/a.trigger"])
def test_a_failure_upstream_counts_more_than_a_closed_branch(lab: Lab, gate: str) -> None:
    graph = Graph()
    inner = graph.add_subgraph("inner")
    inner.add("graph.input", id="x", params={"default": 1})
    fill(inner, "a:need out:graph.output s:switch", "x.value a.value", "a.result out.value")
    fill(graph, "s:switch bad:fail use:graph.inner end:echo", "bad.result use.x", "use.out end.value")
    if gate == "use.trigger":
        graph.connect_control("s.no", gate)
    else:
        inner.connect_control("s.no", "a.trigger")
    result = lab.run(graph)

    assert states(result)["end"] == "skipped", "a failure never turns into a default"
    assert result.nodes["use/a"].reason == result.nodes["end"].reason == "upstream `bad` failed"


def test_error_of_a_sub_graph_that_did_not_run_is_absent_as_that_of_a_node(lab: Lab) -> None:
    graph = Graph()
    fill(graph.add_subgraph("inner"), "a:one")
    fill(graph, "bad:fail use:graph.inner say:echo", "use.error say.value", controls=("bad.done use.trigger",))

    assert states(lab.run(graph)) == {"bad": "failed", "use/a": "skipped", "say": "completed"}


def test_a_called_sub_graph_that_is_placed_elsewhere_is_told_that_its_nodes_are(lab: Lab) -> None:
    plan = lab.compile(using(lab, use={"retry": {"attempts": 2}, "placement": "thread"}))

    assert plan.notes == ("`placement` belongs to the nodes inside a sub-graph; not kept on `use`, which runs one",)
