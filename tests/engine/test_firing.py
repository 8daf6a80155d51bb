"""When a node fires and when it is skipped, row by row."""

import inspect
import sys
from typing import Annotated, Any, NamedTuple

import pytest
from msgspec import structs

from animaweave.authoring import Signal
from animaweave.engine.compiler.plan import Absence, ControlPlan, InputPlan, NodePlan
from animaweave.engine.firing import Arrivals, arguments, why_not
from animaweave.ports.port import MISSING, Port
from tests.engine.lab import Lab, states

PRESENT, ABSENT, FAILED = 1, Absence("`x` was skipped"), Absence("upstream `x` failed", failed=True)
NEED, OPTIONAL, ITEMS = "need", "optional", "items"


def node(*inputs: str, trigger: int = 0, activation: str = "AND", skip: Absence | None = None) -> NodePlan:
    """A node with an input in each slot, and so many wires into its trigger."""
    plans = [
        InputPlan(
            Port(name=f"{kind}{slot}", hint=Any, variadic=kind == ITEMS),
            (slot,),
            wired=True,
            default="default" if kind == OPTIONAL else MISSING,
        )
        for slot, kind in enumerate(inputs)
    ]
    controls = (ControlPlan("trigger", activation, trigger),) if trigger else ()
    return NodePlan("n", "lab.n", lambda *_: None, None, None, tuple(plans), (), controls=controls, skip=skip)


def arrived(made: NodePlan, *signals: Any) -> list[Arrivals]:
    """What the node's trigger got."""
    got = Arrivals()
    for signal in signals:
        got.take(signal, made.controls[0])
    return [got] if made.controls else []


@pytest.mark.parametrize(
    ("inputs", "values", "expected"),
    [
        ((), (), None),
        ((NEED,), (PRESENT,), None),
        ((NEED,), (None,), None),
        ((NEED,), (ABSENT,), ABSENT),
        ((NEED,), (FAILED,), FAILED),
        ((OPTIONAL,), (PRESENT,), None),
        ((OPTIONAL,), (ABSENT,), None),
        ((OPTIONAL,), (FAILED,), FAILED),
        ((ITEMS,), (PRESENT,), None),
        ((ITEMS,), (ABSENT,), None),
        ((ITEMS,), (FAILED,), FAILED),
        ((NEED, OPTIONAL), (PRESENT, ABSENT), None),
        ((NEED, OPTIONAL), (ABSENT, PRESENT), ABSENT),
        ((NEED, OPTIONAL), (ABSENT, FAILED), FAILED),
        ((OPTIONAL, NEED), (FAILED, ABSENT), FAILED),
        ((NEED, NEED), (ABSENT, FAILED), FAILED),
        ((NEED, ITEMS), (PRESENT, FAILED), FAILED),
    ],
)
def test_data_inputs_decide_whether_a_node_fires(
    inputs: tuple[str, ...], values: tuple[Any, ...], expected: Absence | None
) -> None:
    assert why_not(node(*inputs), values) == expected


PLUS, MINUS = Signal.ACTIVE, Signal.INACTIVE


@pytest.mark.parametrize(
    ("activation", "signals", "fires"),
    [
        ("AND", (PLUS,), True),
        ("AND", (MINUS,), False),
        ("AND", (PLUS, PLUS), True),
        ("AND", (PLUS, MINUS), False),
        ("AND", (MINUS, MINUS), False),
        ("AND", (PLUS, ABSENT), False),
        ("OR", (PLUS, MINUS), True),
        ("OR", (MINUS, PLUS), True),
        ("OR", (PLUS, FAILED), True),
        ("OR", (PLUS, PLUS), True),
        ("OR", (MINUS, MINUS), False),
        ("XOR", (PLUS, MINUS), True),
        ("XOR", (PLUS, ABSENT), True),
        ("XOR", (PLUS, PLUS), False),
        ("XOR", (MINUS, MINUS), False),
        ("XOR", (PLUS, PLUS, PLUS), False),
        ("XOR", (MINUS, PLUS, MINUS), True),
        ("DECIDED", (MINUS, ABSENT), True),
        ("DECIDED", (FAILED,), True),
    ],
)
def test_signals_into_trigger_are_joined_by_the_activation(
    activation: str, signals: tuple[Any, ...], fires: bool
) -> None:
    made = node(trigger=len(signals), activation=activation)

    assert (why_not(made, (), arrived(made, *signals)) is None) is fires


def test_an_unwired_trigger_asks_for_nothing() -> None:
    assert why_not(node(NEED), [PRESENT]) is None


@pytest.mark.parametrize(
    ("activation", "signals", "decided"),
    [
        ("AND", (PLUS,), None),
        ("AND", (MINUS,), MINUS),
        ("AND", (PLUS, MINUS), MINUS),
        ("AND", (PLUS, PLUS, PLUS), PLUS),
        ("OR", (MINUS,), None),
        ("OR", (PLUS,), PLUS),
        ("OR", (MINUS, ABSENT, FAILED), MINUS),
        ("XOR", (PLUS,), None),
        ("XOR", (PLUS, PLUS), None),
        ("XOR", (PLUS, MINUS, MINUS), PLUS),
        ("DECIDED", (MINUS, MINUS), None),
        ("DECIDED", (MINUS, MINUS, MINUS), PLUS),
        ("SETTLED", (PLUS, ABSENT, PLUS), PLUS),
        ("SETTLED", (PLUS, FAILED, PLUS), MINUS),
        ("SETTLED", (ABSENT, ABSENT, ABSENT), MINUS),
    ],
)
def test_three_signals_decide_a_control_input_as_early_as_its_mode_can(
    activation: str, signals: tuple[Any, ...], decided: Signal | None
) -> None:
    (got,) = arrived(node(trigger=3, activation=activation), *signals)

    assert got.value is decided


def test_a_control_input_is_decided_once() -> None:
    made, got = node(trigger=3, activation="OR"), Arrivals()

    assert [got.take(signal, made.controls[0]) for signal in (MINUS, PLUS, PLUS)] == [False, True, False]
    assert got.value is PLUS


def test_an_input_that_closes_waits_for_all_signals_to_know_whether_one_failed() -> None:
    made, got = node(trigger=3), Arrivals()

    assert [got.take(signal, made.controls[0]) for signal in (MINUS, FAILED, PLUS)] == [False, False, True]
    assert why_not(made, (), [got]) == FAILED


def test_a_closed_trigger_says_which_node_closed_it_or_how_it_was_joined() -> None:
    made = node(trigger=2)
    closed = why_not(made, (), arrived(made, PLUS, FAILED))
    assert closed == FAILED
    made = node(trigger=3)
    closed = why_not(made, (), arrived(made, PLUS, MINUS, PLUS))
    assert closed == Absence("its `trigger` is inactive (AND of 3 signals)")


def test_a_failure_that_closes_the_trigger_counts_more_than_an_input_that_is_absent() -> None:
    made = node(NEED, trigger=2)

    assert why_not(made, [ABSENT], arrived(made, FAILED, PLUS)) == FAILED
    assert why_not(made, [ABSENT], arrived(made, MINUS, PLUS)) == ABSENT


@pytest.mark.parametrize(
    ("gate", "value", "expected"),
    [
        (PLUS, PRESENT, None),
        (PLUS, ABSENT, ABSENT),
        (MINUS, PRESENT, Absence("`trigger` of `use` is inactive")),
        (MINUS, ABSENT, Absence("`trigger` of `use` is inactive")),
        (MINUS, FAILED, FAILED),
        (FAILED, PRESENT, FAILED),
        (FAILED, ABSENT, FAILED),
    ],
)
def test_the_gate_of_a_sub_graph_around_closes_a_node_and_a_failure_counts_most(
    gate: Any, value: Any, expected: Absence | None
) -> None:
    made = structs.replace(node(NEED), controls=(ControlPlan("use", "AND", 1, is_gate=True),))

    assert why_not(made, [value], arrived(made, gate)) == expected


def test_a_failed_input_counts_more_than_a_closed_trigger() -> None:
    made = node(OPTIONAL, trigger=1)

    assert why_not(made, [FAILED], arrived(made, MINUS)) == FAILED


def test_a_node_left_out_is_skipped_whatever_arrives() -> None:
    assert why_not(node(NEED, skip=ABSENT), [PRESENT]) is ABSENT


def test_arguments_come_by_position_items_and_keyword() -> None:
    def function(a: int, b: int = 2, *items: int, key: int = 4) -> None: ...

    ports = [
        Port(name=name, hint=int, default=MISSING if p.default is p.empty else p.default,
             variadic=p.kind is p.VAR_POSITIONAL, keyword=p.kind is p.KEYWORD_ONLY)
        for name, p in inspect.signature(function).parameters.items()
    ]  # fmt: skip
    slots = [(0,), (1,), (2, 3, 4), (5,)]
    inputs = tuple(
        InputPlan(port, slot, wired=True, default=port.default) for port, slot in zip(ports, slots, strict=True)
    )
    plan = NodePlan("n", "lab.n", function, None, None, inputs, ())

    assert arguments(plan, [1, 20, 30, ABSENT, 50, 60]) == ([1, 20, 30, 50], {"key": 60})
    assert arguments(plan, [1, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT]) == ([1, 2], {"key": 4})


# ---------------------------------------------------------------- the same, run


@pytest.mark.parametrize("mode", ["AND", "OR", "XOR", "DECIDED"])
@pytest.mark.parametrize("signs", ["++", "+-", "-+", "--"])
def test_a_run_joins_signals_by_the_nodes_activation(lab: Lab, mode: str, signs: str) -> None:
    graph = lab.graph(
        "a:switch b:switch end:one",
        controls=("a.yes end.trigger", "b.yes end.trigger"),
        end={"activation": {"trigger": mode}},
    )
    for node_id, sign in zip("ab", signs, strict=True):
        graph.set_param(node_id, "value", sign == "+")

    result = lab.run(graph)

    active = signs.count("+")
    fires = {"AND": active == 2, "OR": active > 0, "XOR": active == 1, "DECIDED": True}[mode]
    assert states(result)["end"] == ("completed" if fires else "skipped")
    assert result.status == "success"
    assert result.outputs == ({"end.result": 1} if fires else {})


def test_a_nodes_own_activation_may_ask_only_that_its_signals_are_there(lab: Lab) -> None:
    graph = lab.graph("a:fail end:one", controls=("a.done end.trigger",), end={"activation": {"*": "DECIDED"}})

    assert states(lab.run(graph)) == {"a": "failed", "end": "completed"}


@pytest.mark.parametrize(
    ("first", "done"), [("one", True), ("fail", False), ("need_absent", False)], ids=["success", "failure", "skip"]
)
def test_done_is_active_on_success_alone(lab: Lab, first: str, done: bool) -> None:
    graph = lab.graph("s:switch", controls=())
    graph.add("lab.one" if first == "need_absent" else f"lab.{first}", id="first")
    graph.add("lab.one", id="then")
    if first == "need_absent":
        graph.connect_control("s.no", "first.trigger")
    graph.connect_control("first.done", "then.trigger")

    assert states(lab.run(graph))["then"] == ("completed" if done else "skipped")


def test_a_wired_optional_input_that_stays_absent_takes_its_default(lab: Lab) -> None:
    graph = lab.graph(
        "s:switch off:one a:one end:plus", "a.result end.a", "off.result end.b", controls=("s.no off.trigger",)
    )

    result = lab.run(graph)

    assert states(result) == {"s": "completed", "off": "skipped", "a": "completed", "end": "completed"}
    assert result.outputs["end.result"] == 11


def test_a_parameter_set_on_a_wired_input_is_its_default(lab: Lab) -> None:
    graph = lab.graph(
        "s:switch off:one a:one end:plus", "a.result end.a", "off.result end.b", controls=("s.no off.trigger",)
    )
    graph.set_param("end", "b", 100)

    assert lab.run(graph).outputs["end.result"] == 101


def test_an_optional_input_is_waited_for(lab: Lab) -> None:
    graph = lab.graph(
        "far:one x:echo y:echo a:one end:plus",
        "far.result x.value",
        "x.result y.value",
        "y.result end.b",
        "a.result end.a",
    )

    assert lab.run(graph).outputs == {"end.result": 2}


def test_a_required_input_that_stays_absent_skips_the_node_and_what_needs_it(lab: Lab) -> None:
    graph = lab.graph(
        "s:switch off:one a:need b:need", "off.result a.value", "a.result b.value", controls=("s.no off.trigger",)
    )

    result = lab.run(graph)

    assert states(result) == {"s": "completed", "off": "skipped", "a": "skipped", "b": "skipped"}
    assert [result.nodes[name].reason for name in ("off", "a", "b")] == [
        "its `trigger` is inactive (its signal is −)",
        "`off` was skipped",
        "`a` was skipped",
    ]
    assert result.status == "success"


def test_a_failure_never_becomes_a_default(lab: Lab) -> None:
    graph = lab.graph("bad:fail end:echo", "bad.result end.value")

    result = lab.run(graph)

    assert states(result) == {"bad": "failed", "end": "skipped"}
    assert result.nodes["end"].reason == "upstream `bad` failed"


def test_a_failure_never_becomes_a_default_further_down_either(lab: Lab) -> None:
    graph = lab.graph("bad:fail a:need b:echo c:echo", "bad.result a.value", "a.result b.value", "b.result c.value")

    result = lab.run(graph)

    assert [result.nodes[name].reason for name in "abc"] == ["upstream `bad` failed"] * 3
    assert result.outputs == {}
    assert result.status == "failed"


def test_a_failure_that_closes_a_trigger_never_becomes_a_default(lab: Lab) -> None:
    graph = lab.graph("bad:fail a:one b:echo", "a.result b.value", controls=("bad.done a.trigger",))

    assert states(lab.run(graph)) == {"bad": "failed", "a": "skipped", "b": "skipped"}


def test_items_of_a_variadic_input_that_stay_absent_are_left_out(lab: Lab) -> None:
    graph = lab.graph(
        "s:switch a:one off:one c:one end:gather",
        "a.result end.items[0]", "off.result end.items[1]", "c.result end.items[2]",
        controls=("s.no off.trigger",),
    )  # fmt: skip

    assert lab.run(graph).outputs["end.result"] == [1, 1]


def test_items_arrive_in_the_order_of_their_places(lab: Lab) -> None:
    graph = lab.graph("end:gather")
    for number in range(12):
        graph.add("lab.echo", id=f"n{number}", value=number)
    for number in reversed(range(12)):
        graph.connect(f"n{number}.result", f"end.items[{number}]")

    assert lab.run(graph).outputs["end.result"] == list(range(12))


def test_a_branch_that_is_closed_skips_its_nodes_and_the_other_one_runs(lab: Lab) -> None:
    graph = lab.graph("s:switch left:one right:one", controls=("s.yes left.trigger", "s.no right.trigger"))

    opened = lab.run(graph)
    graph.set_params("s", {"value": False})
    closed = lab.run(graph)

    assert states(opened) == {"s": "completed", "left": "completed", "right": "skipped"}
    assert states(closed) == {"s": "completed", "left": "skipped", "right": "completed"}


def test_branches_join_again(lab: Lab) -> None:
    graph = lab.graph(
        "s:switch left:one right:one end:one",
        controls=("s.yes left.trigger", "s.no right.trigger", "left.done end.trigger", "right.done end.trigger"),
        end={"activation": {"trigger": "OR"}},
    )

    assert states(lab.run(graph))["end"] == "completed"


def test_an_undecided_control_output_is_inactive(lab: Lab) -> None:
    @lab.node
    def undecided() -> Signal:
        return None  # type: ignore[return-value]

    graph = lab.graph("s:undecided end:one", controls=("s.result end.trigger",))

    assert states(lab.run(graph)) == {"s": "completed", "end": "skipped"}


def test_a_node_without_outputs_runs(lab: Lab) -> None:
    assert states(lab.run(lab.graph("a:nothing"))) == {"a": "completed"}
    assert lab.calls == ["nothing None"]


def test_a_disabled_node_is_skipped_and_its_consumers_take_their_defaults(lab: Lab) -> None:
    graph = lab.graph("a:one b:need end:echo", "a.result b.value", "b.result end.value", b={"disabled": True})

    result = lab.run(graph)

    assert states(result) == {"a": "completed", "b": "skipped", "end": "completed"}
    assert result.nodes["b"].reason == "it is disabled"
    assert result.status == "success"


def test_a_disabled_node_needs_no_input(lab: Lab) -> None:
    assert states(lab.run(lab.graph("b:need", b={"disabled": True}))) == {"b": "skipped"}


def test_a_muted_wire_brings_nothing(lab: Lab) -> None:
    graph = lab.graph("a:one end:echo gated:one s:switch")
    graph.connect("a.result", "end.value", muted=True)
    graph.connect_control("s.no", "gated.trigger", muted=True)

    result = lab.run(graph)

    assert result.outputs == {"a.result": 1, "end.result": None, "gated.result": 1}


# ---------------------------------------------------------------- bypass


def test_a_bypassed_node_passes_its_input_through(lab: Lab) -> None:
    graph = lab.graph("a:one b:plus", "a.result b.a", b={"bypass": True})

    assert lab.run(graph).outputs == {"b.result": 1}


def test_a_bypassed_node_is_not_called(lab: Lab) -> None:
    graph = lab.graph("a:one bad:fail end:echo", "a.result bad.value", "bad.result end.value", bad={"bypass": True})

    assert lab.run(graph).outputs == {"end.result": 1}


def test_each_output_of_a_bypassed_node_takes_the_first_unused_input_that_fits(lab: Lab) -> None:
    class Three(NamedTuple):
        text: str
        number: int
        another: int
        none_fits: bytes

    @lab.node
    def mix(a: int, words: str, b: int, c: int) -> Three:
        raise AssertionError("it is bypassed")

    @lab.node
    def say(words: str = "hello") -> str:
        return words

    graph = lab.graph("t:say m:mix", "t.result m.words")
    for name, value in (("a", 1), ("b", 2), ("c", 3)):
        graph.add("lab.plus", id=name, a=value, b=0)
        graph.connect(f"{name}.result", f"m.{name}")
    graph.set_run("m", bypass=True)

    result = lab.run(graph)

    assert result.outputs == {"m.text": "hello", "m.number": 1, "m.another": 2}
    assert result.peak_bytes == 2 * sys.getsizeof("hello"), "what is absent weighs nothing"


def test_what_a_bypassed_node_cannot_give_is_absent(lab: Lab) -> None:
    @lab.node
    def length(words: str) -> int:
        raise AssertionError("it is bypassed")

    @lab.node
    def say() -> str:
        return "hello"

    graph = lab.graph(
        "t:say n:length end:plus far:need",
        "t.result n.words",
        "n.result end.b",
        "n.result far.value",
        n={"bypass": True},
    )
    graph.set_param("end", "a", 1)

    result = lab.run(graph)

    assert result.outputs == {"end.result": 11}
    assert states(result) == {"t": "completed", "n": "completed", "end": "completed", "far": "skipped"}


def test_bypass_looks_past_items(lab: Lab) -> None:
    @lab.node
    def first(*items: int, other: str) -> str:
        raise AssertionError("it is bypassed")

    @lab.node
    def second(a: int, *items: int, other: str) -> int:
        raise AssertionError("it is bypassed")

    @lab.node
    def say() -> str:
        return "hello"

    graph = lab.graph("a:plus b:plus t:say f:first s:second", "t.result f.other", "t.result s.other", "a.result s.a")
    for index, name in enumerate("ab"):
        graph.set_param(name, "a", 5)
        graph.connect(f"{name}.result", f"f.items[{index}]")
        graph.connect(f"{name}.result", f"s.items[{index}]")
    graph.set_run("f", bypass=True)
    graph.set_run("s", bypass=True)

    assert lab.run(graph).outputs == {"f.result": "hello", "s.result": 15}


# ---------------------------------------------------------------- feedback


def test_a_wire_that_feeds_back_brings_nothing_in_its_epoch(lab: Lab) -> None:
    graph = lab.graph("a:plus b:need", "a.result b.value", "b.result a.b")
    graph.set_param("a", "a", 1)

    result = lab.run(graph)

    assert states(result) == {"a": "completed", "b": "completed"}
    assert result.nodes["b"].state == "completed"


def test_nobody_waits_for_feedback_through_a_converter(lab: Lab) -> None:
    length = Annotated[float, lab.vessel.label("Length")]
    area = Annotated[float, lab.vessel.label("Area")]

    @lab.vessel.converter
    def square(value: length) -> area:
        return value**2

    @lab.node
    def make(value: area = 3.0) -> length:
        return value

    graph = lab.graph("a:make b:make", "a.length b.value", "b.length a.value")

    assert states(lab.run(graph)) == {"a": "completed", "b": "completed"}
