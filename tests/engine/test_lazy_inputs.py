"""Inputs that are computed only when their node asks for them."""

from typing import Annotated, Any

import numpy as np
import pytest

from animaweave.authoring import NOT_ASKED, Ask, Context, Field
from animaweave.graph.document import Graph
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, fill, states

Lazy = Annotated[Any, Field(lazy=True)]


@pytest.fixture
def lab(lab: Lab) -> Lab:
    @lab.node
    def pick(second: bool = False, a: Lazy = None, b: Lazy = None) -> Any:
        lab.calls.append("pick")
        wanted = b if second else a
        return Ask("b" if second else "a") if wanted is NOT_ASKED else wanted

    @lab.node
    def both(a: Lazy, b: Lazy) -> Any:
        if a is NOT_ASKED:
            return Ask("a")
        return Ask("b") if b is NOT_ASKED else (a, b)

    @lab.node
    def at_once(a: Lazy, b: Lazy) -> Any:
        return Ask("a", "b") if a is NOT_ASKED else (a, b)

    @lab.node
    def wrong(a: Lazy) -> Any:
        return Ask("c")

    @lab.node
    def again(a: Lazy) -> Any:
        return Ask("a")

    @lab.node
    def half_wrong(a: Lazy) -> Any:
        return Ask("a", "c") if a is NOT_ASKED else a

    @lab.node
    def noted(value: Any = "noted") -> Any:
        lab.calls.append("noted")
        return value

    return lab


PICK = ("x:one y:noted p:pick", "x.result p.a", "y.result p.b")


def test_only_what_is_asked_for_is_computed(lab: Lab) -> None:
    result = lab.run(lab.graph(*PICK))

    assert result.outputs == {"p.result": 1}
    assert states(result) == {"x": "completed", "y": "skipped", "p": "completed"}
    assert result.nodes["y"].reason == "no node asked for it"
    assert lab.calls == ["pick", "pick"], "asked, and called again"


@pytest.mark.parametrize("workers", [1, 4])
def test_another_answer_computes_the_other(lab: Lab, workers: int) -> None:
    with lab.engine(lab.graph(*PICK), workers) as engine:
        assert engine.run({"p.second": True}).outputs == {"p.result": "noted"}
        assert engine.run({"p.second": False}).outputs == {"p.result": 1}
        assert_nothing_left(engine)


@pytest.mark.parametrize("type_", ["both", "at_once"])
def test_a_node_may_ask_again_or_for_several_at_once(lab: Lab, type_: str) -> None:
    result = lab.run(lab.graph(f"x:one y:noted p:{type_}", "x.result p.a", "y.result p.b"))

    assert result.outputs == {"p.result": (1, "noted")}


def test_all_that_only_a_lazy_input_needs_waits_with_it(lab: Lab) -> None:
    graph = lab.graph("r:noted m:need n:need p:pick", "r.result m.value", "m.result n.value", "n.result p.b")

    assert states(lab.run(graph)) == {"r": "skipped", "m": "skipped", "n": "skipped", "p": "completed"}
    graph.set_param("p", "second", value=True)
    assert states(lab.run(graph)) == {"r": "completed", "m": "completed", "n": "completed", "p": "completed"}


def test_what_another_node_needs_too_is_computed_in_any_case(lab: Lab) -> None:
    graph = lab.graph("y:noted p:pick end:echo", "y.result p.b", "y.result end.value")
    result = lab.run(graph)

    assert states(result) == {"y": "completed", "p": "completed", "end": "completed"}


@pytest.mark.parametrize("second", [False, True])
def test_what_two_lazy_inputs_share_is_computed_for_either(lab: Lab, second: bool) -> None:
    graph = lab.graph("y:noted p:pick", "y.result p.a", "y.result p.b")
    graph.set_param("p", "second", second)

    assert lab.run(graph).outputs == {"p.result": "noted"}
    assert lab.calls.count("noted") == 1


def test_what_two_nodes_share_lazily_waits_for_the_first_to_ask_and_is_skipped_when_none_does(lab: Lab) -> None:
    graph = lab.graph("y:noted p:pick q:pick", "y.result p.b", "y.result q.b")
    with lab.engine(graph, 2) as engine:
        assert states(engine.run())["y"] == "skipped"
        assert states(engine.run({"q.second": True}))["y"] == "completed"
        assert states(engine.run({"p.second": True, "q.second": True}))["y"] == "completed"
        assert_nothing_left(engine)


def test_lazy_inputs_may_lie_behind_one_another(lab: Lab) -> None:
    graph = lab.graph("x:one y:noted p:pick q:pick", "x.result p.a", "y.result p.b", "p.result q.b")
    with lab.engine(graph) as engine:
        assert states(engine.run()) == {"x": "skipped", "y": "skipped", "p": "skipped", "q": "completed"}
        assert states(engine.run({"q.second": True})) == {
            "x": "completed", "y": "skipped", "p": "completed", "q": "completed",
        }  # fmt: skip
        assert_nothing_left(engine)


def test_a_node_with_a_signal_that_is_wired_is_computed_in_any_case(lab: Lab) -> None:
    graph = lab.graph("y:noted p:pick end:one", "y.result p.b", controls=("y.done end.trigger",))

    assert states(lab.run(graph)) == {"y": "completed", "p": "completed", "end": "completed"}


def test_an_input_that_is_set_needs_no_asking(lab: Lab) -> None:
    graph = lab.graph("p:pick")
    graph.set_param("p", "a", 5)

    assert lab.run(graph).outputs == {"p.result": 5}
    assert lab.calls == ["pick"]


def test_a_lazy_input_that_fails_skips_its_node(lab: Lab) -> None:
    result = lab.run(lab.graph("x:fail p:pick", "x.result p.a"))

    assert states(result) == {"x": "failed", "p": "skipped"}
    assert result.nodes["p"].reason == "upstream `x` failed"


def test_a_lazy_input_that_brings_nothing_gives_its_default(lab: Lab) -> None:
    graph = lab.graph("s:switch x:one p:pick", "x.result p.a", controls=("s.no x.trigger",))

    assert lab.run(graph).outputs == {"p.result": None}


def test_a_node_that_is_skipped_asks_for_nothing(lab: Lab) -> None:
    graph = lab.graph("s:switch y:noted p:pick", "y.result p.a", controls=("s.no p.trigger",))

    assert states(lab.run(graph)) == {"s": "completed", "y": "skipped", "p": "skipped"}


@pytest.mark.parametrize("type_", ["wrong", "again", "half_wrong"])
def test_asking_for_what_there_is_not_or_is_already_fails_the_node(lab: Lab, type_: str) -> None:
    result = lab.run(lab.graph(f"x:one p:{type_}", "x.result p.a"))

    assert states(result)["p"] == "failed"
    assert "it asked for" in result.errors["p"].message


@pytest.mark.parametrize("placement", ["thread", "inline"])
def test_asking_goes_with_retries_and_elsewhere(lab: Lab, placement: str) -> None:
    @lab.node
    def unsure(a: Lazy = None) -> Any:
        lab.calls.append("try")
        if len(lab.calls) in (1, 3):
            raise ValueError("not yet")
        return Ask("a") if a is NOT_ASKED else a

    settings = {"placement": placement, "retry": {"attempts": 3}}
    result = lab.run(lab.graph("x:one u:unsure", "x.result u.a", u=settings))

    assert result.outputs == {"u.result": 1}


def test_a_run_cancelled_while_a_lazy_input_is_computed_leaves_nothing(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    def slow(ctx: Context) -> int:
        gate.reached.set()
        ctx.sleep(PATIENCE_S)
        return 1

    with lab.engine(lab.graph("x:slow p:pick", "x.result p.a")) as engine:
        run = engine.submit()
        gate.await_arrival()
        run.cancel()
        assert states(run.result(PATIENCE_S)) == {"x": "cancelled", "p": "cancelled"}
        assert_nothing_left(engine)


def test_what_is_only_there_to_open_or_close_such_a_node_waits_with_it(lab: Lab) -> None:
    graph = lab.graph("s:switch y:noted p:pick", "y.result p.b", controls=("s.yes y.trigger",))
    assert states(lab.run(graph)) == {"s": "skipped", "y": "skipped", "p": "completed"}

    graph.set_params("p", {"second": True})
    assert states(lab.run(graph)) == {"s": "completed", "y": "completed", "p": "completed"}


def test_a_sub_graph_tells_that_it_is_done_although_a_branch_inside_was_not_asked_for(lab: Lab) -> None:
    graph = Graph()
    fill(graph.add_subgraph("inner"), *PICK)
    fill(graph, "use:graph.inner end:one say:echo", "use.error say.value", controls=("use.done end.trigger",))

    assert states(lab.run(graph)) == {
        "use/x": "completed", "use/y": "skipped", "use/p": "completed", "end": "completed", "say": "completed",
    }  # fmt: skip


def test_a_node_that_waits_for_a_sub_graph_to_be_done_does_not_wait_for_itself_to_ask(lab: Lab) -> None:
    graph = Graph()
    fill(graph.add_subgraph("inner"), "y:noted out:graph.output", "y.result out.value")
    fill(graph, "use:graph.inner p:pick", "use.out p.a", controls=("use.done p.trigger",))

    assert states(lab.run(graph)) == {"use/y": "completed", "use/out": "completed", "p": "completed"}


def test_a_bypassed_node_passes_a_lazy_input_on_as_any_other(lab: Lab) -> None:
    assert lab.run(lab.graph("x:one p:pick", "x.result p.a", p={"bypass": True})).outputs == {"p.result": 1}


def test_a_lazy_input_that_must_come_and_does_not_skips_its_node(lab: Lab) -> None:
    graph = lab.graph("s:switch x:one y:noted p:both", "x.result p.a", "y.result p.b", controls=("s.no x.trigger",))
    result = lab.run(graph)

    assert states(result) == {"s": "completed", "x": "skipped", "y": "skipped", "p": "skipped"}
    assert result.nodes["p"].reason == "`x` was skipped"
    assert result.nodes["y"].reason == "no node asked for it"


def test_a_node_in_a_worker_process_asks_too(lab: Lab) -> None:
    graph = lab.graph("x:one y:noted i:control.if", "x.result i.then", "y.result i.otherwise")
    graph.set_params("i", {"condition": True})
    graph.set_run("i", placement="process")

    assert lab.run(graph).outputs == {"i.result": 1}
    assert lab.calls == []


def test_what_is_not_asked_for_does_not_wait_for_what_it_would_have_asked_for(lab: Lab) -> None:
    # `p` needs `y` and could ask for it too. Then, of two such nodes, each needs what the other could ask for.
    graph = lab.graph("y:noted p:pick q:pick", "y.result p.second", "y.result p.a", "p.result q.b")
    assert states(lab.run(graph)) == {"y": "skipped", "p": "skipped", "q": "completed"}

    graph = lab.graph("x:noted y:noted p:pick q:pick end:pick other:pick",
                      "x.result p.a", "y.result p.second", "y.result q.a", "x.result q.second",
                      "p.result end.b", "q.result other.b")  # fmt: skip
    assert set(states(lab.run(graph)).values()) == {"skipped", "completed"}


def test_an_item_that_is_fed_back_does_not_count(lab: Lab) -> None:
    graph = lab.graph("s:control.select y:noted back:echo", "s.result back.value", "back.result s.items[0]",
                      "y.result s.items[1]")  # fmt: skip
    graph.set_param("s", "index", 0)

    assert states(lab.run(graph)) == {"s": "completed", "y": "completed", "back": "completed"}
    assert lab.calls == ["noted"], "the only item that comes is the first"


def test_what_is_needed_elsewhere_only_in_the_next_round_leaves_nothing_on_the_bus(lab: Lab) -> None:
    @lab.node
    def big(value: Any = None) -> Any:
        return np.zeros(1000)

    graph = lab.graph("y:big p:pick", "y.result p.b", "p.result y.value")
    with lab.engine(graph) as engine:
        assert states(engine.run())["y"] == "completed"
        assert_nothing_left(engine)


# ---------------------------------------------------------------- the nodes that ship


@pytest.mark.parametrize(("condition", "result", "other"), [(True, 1, "y"), (False, "noted", "x")])
def test_control_if_computes_one_branch(lab: Lab, condition: bool, result: Any, other: str) -> None:
    graph = lab.graph("x:one y:noted i:control.if", "x.result i.then", "y.result i.otherwise")
    graph.set_param("i", "condition", condition)
    found = lab.run(graph)

    assert found.outputs == {"i.result": result}
    assert states(found)[other] == "skipped"


@pytest.mark.parametrize("index", [0, 1, 2])
def test_control_select_computes_one_of_its_items(lab: Lab, index: int) -> None:
    graph = lab.graph("a:one b:noted c:pair s:control.select", "a.result s.items[0]", "b.result s.items[1]",
                      "c.right s.items[2]")  # fmt: skip
    graph.set_param("c", "value", 7)
    graph.set_param("s", "index", index)
    found = lab.run(graph)

    assert found.outputs["s.result"] == (1, "noted", -7)[index]
    assert [states(found)[node] for node in "ab"] == ["completed" if k == index else "skipped" for k in (0, 1)]


def test_an_index_that_no_item_has_fails_and_computes_none(lab: Lab) -> None:
    graph = lab.graph("a:noted s:control.select", "a.result s.items[0]")
    graph.set_param("s", "index", 3)
    found = lab.run(graph)

    assert states(found) == {"a": "skipped", "s": "failed"}
    assert found.errors["s"].message == "index 3: there are 1 items, counted from 0"


def test_control_gate_and_first_close_and_join_branches(lab: Lab) -> None:
    graph = lab.graph(
        "v:one c:control.switch a:control.gate b:control.gate f:control.first",
        *("v.result a.value", "v.result b.value", "a.value f.items[0]", "b.value f.items[1]"),
        controls=("c.yes a.go", "c.no b.go"),
    )
    graph.set_param("c", "condition", value=False)
    found = lab.run(graph)

    assert found.outputs == {"f.result": 1}
    assert states(found)["a"] == "skipped"


def test_lazy_inputs_work_in_every_epoch_of_a_stream(lab: Lab) -> None:
    with lab.engine(lab.graph(*PICK), 2) as engine:
        rows = [{"p.second": bool(number % 2)} for number in range(20)]
        found = [result.outputs["p.result"] for result in engine.stream(rows)]
        assert_nothing_left(engine)

    assert found == [1, "noted"] * 10


@pytest.mark.parametrize("workers", [1, 4])
def test_a_node_with_state_that_is_asked_for_now_and_then_still_sees_epochs_in_order(lab: Lab, workers: int) -> None:
    @lab.node
    class Diary:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def __call__(self, value: int = 0) -> list[int]:
            self.seen = [*self.seen, value]
            return self.seen

    with lab.engine(lab.graph("d:diary p:pick", "d.result p.b", p={"placement": "thread"}), workers) as engine:
        rows = [{"d.value": number, "p.second": number % 3 > 0} for number in range(30)]
        found = [result.outputs["p.result"] for result in engine.stream(rows, in_flight=6)]
        assert_nothing_left(engine)

    asked = [number for number in range(30) if number % 3]
    assert found == [asked[: asked.index(n) + 1] if n % 3 else None for n in range(30)]
