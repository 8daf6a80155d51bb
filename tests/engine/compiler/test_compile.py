"""What is compiled: all of a graph, what targets need, or what is sound."""

import pytest

from animaweave.errors import GraphError, InputError
from animaweave.graph.document import Graph
from tests.engine.lab import Lab, fill, states


def test_a_graph_with_errors_does_not_run(lab: Lab) -> None:
    graph = lab.graph("a:one b:need c:unheard_of")

    with pytest.raises(GraphError) as caught:
        lab.compile(graph)

    assert str(caught.value).startswith("the graph has 2 errors:\n  error AW1")
    assert [str(found).partition(":")[0] for found in caught.value.diagnostics] == [
        "error AW107 at b.value", "error AW101 at c",
    ]  # fmt: skip


def test_warnings_stop_nothing(lab: Lab) -> None:
    @lab.node(deprecated="use `lab.one`")
    def old() -> int:
        return 1

    assert lab.run(lab.graph("a:old")).outputs == {"a.result": 1}


def test_targets_need_only_what_is_before_them(lab: Lab) -> None:
    graph = lab.graph(
        "a:one b:plus c:need d:nothing e:one", "a.result b.a", "b.result c.value", controls=("e.done b.trigger",)
    )

    result = lab.run(graph, targets=["b.result"])

    assert states(result) == {"a": "completed", "e": "completed", "b": "completed"}
    assert result.outputs == {"b.result": 11}
    assert lab.calls == []


@pytest.mark.parametrize("targets", ["p", ["p"], ["p.left", "p.right"], ("p.right", "p")])
def test_a_node_as_target_means_all_its_outputs(lab: Lab, targets: object) -> None:
    graph = lab.graph("a:one p:pair c:need", "a.result p.value", "p.left c.value")

    assert lab.run(graph, targets=targets).outputs == {"p.left": 1, "p.right": -1}


def test_a_declared_output_as_target_has_its_name(lab: Lab) -> None:
    graph = lab.graph("a:one out:graph.output", "a.result out.value")
    graph.set_param("out", "name", "number")

    assert lab.run(graph, targets=["out"]).outputs == {"number": 1}


def test_errors_off_what_the_targets_need_do_not_matter(lab: Lab) -> None:
    graph = lab.graph("a:one b:need c:need d:unheard_of", "a.result b.value")

    assert lab.run(graph, targets=["b"]).outputs == {"b.result": 1}
    with pytest.raises(GraphError, match="AW107"):
        lab.compile(graph, targets=["b", "c"])


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([], "the list of targets is empty; name a node or a port, such as `mask.mask`"),
        (["frist"], "target `frist`: the graph has no such node; did you mean `first`?"),
        (["zzz.result"], "target `zzz.result`: the graph has no such node"),
        (["a b c"], "target `a b c`: the graph has no such node"),
        (["first.rsult"], "target `first.rsult`: `first` has no such output; it has result"),
        (["first.done"], "target `first.done`: `first` has no such output; it has result"),
        (["quiet"], "target `quiet`: the node has no output to give back"),
        (["quiet.x"], "target `quiet.x`: `quiet` has no such output; it has none"),
    ],
)
def test_unknown_targets_are_refused(lab: Lab, targets: list[str], message: str) -> None:
    graph = lab.graph("first:one quiet:nothing")

    with pytest.raises(InputError) as caught:
        lab.compile(graph, targets=targets)

    assert str(caught.value).startswith(message)


def test_partial_runs_what_is_sound(lab: Lab) -> None:
    graph = lab.graph(
        "a:one b:need lost:need behind:echo c:unheard_of after:echo d:plus",
        *("a.result b.value", "lost.result behind.value", "c.out after.value"),
    )
    graph.set_param("d", "a", "no number")

    result = lab.run(graph, partial=True)

    assert states(result) == {
        "a": "completed", "b": "completed", "lost": "skipped", "behind": "skipped", "c": "skipped", "after": "skipped",
        "d": "skipped",
    }  # fmt: skip
    assert result.status == "partial"
    assert result.outputs == {"b.result": 1}
    assert result.nodes["lost"].reason == "it has an error: nothing is wired to `value`, which `lab.need` needs"
    assert result.nodes["behind"].reason == "upstream `lost` has an error"
    assert result.errors == {}


def test_partial_of_a_graph_without_anything_sound_has_failed(lab: Lab) -> None:
    assert lab.run(lab.graph("a:need"), partial=True).status == "failed"


def test_partial_of_a_sound_graph_is_a_success(lab: Lab) -> None:
    assert lab.run(lab.graph("a:one"), partial=True).status == "success"


def test_partial_leaves_out_a_wire_that_does_not_fit(lab: Lab) -> None:
    @lab.node
    def text() -> str:
        return "x"

    result = lab.run(lab.graph("t:text a:plus b:one", "t.result a.a"), partial=True)

    assert states(result) == {"t": "completed", "a": "skipped", "b": "completed"}


def test_partial_leaves_out_each_use_of_a_sub_graph_with_an_error(lab: Lab) -> None:
    graph = Graph()
    inner = graph.add_subgraph("calc")
    fill(inner, "lost:need fine:one y:graph.output z:graph.output", "lost.result y.value", "fine.result z.value")
    fill(graph, "one:graph.calc other:graph.calc")

    with pytest.raises(GraphError, match="AW107"):
        lab.compile(graph)
    result = lab.run(graph, partial=True)

    assert {node: state for node, state in states(result).items() if state != "completed"} == {
        "one/lost": "skipped", "one/y": "skipped", "other/lost": "skipped", "other/y": "skipped",
    }  # fmt: skip
    assert result.outputs == {"one.z": 1, "other.z": 1}


def test_an_error_in_a_sub_graph_matters_for_targets_behind_it(lab: Lab) -> None:
    graph = Graph()
    fill(graph.add_subgraph("calc"), "lost:need y:graph.output", "lost.result y.value")
    fill(graph, "c:graph.calc end:need other:one", "c.y end.value")

    assert lab.run(graph, targets=["other"]).outputs == {"other.result": 1}
    with pytest.raises(GraphError, match="AW107"):
        lab.compile(graph, targets=["end"])


def test_a_plan_does_not_change_with_the_graph(lab: Lab) -> None:
    graph = lab.graph("a:plus")
    plan = lab.compile(graph)
    graph.set_param("a", "a", 5)
    graph.remove("a")

    assert [node.id for node in plan.nodes] == ["a"]
    assert plan.values[plan.setting("a.a").slot] == 0


def test_compiling_does_not_change_the_graph(lab: Lab) -> None:
    graph = lab.graph("a:one b:need", "a.result b.value")
    before = graph.dumps()
    lab.compile(graph)
    lab.run(graph)

    assert graph.dumps() == before
