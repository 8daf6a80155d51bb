"""What `check` finds, rule by rule; the messages themselves are those of docs/codes.md."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.checking.checker import check
from animaweave.checking.cycles import cycles
from animaweave.checking.diagnostic import Diagnostic, Fix, Severity
from animaweave.checking.scope import places
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry
from animaweave.registry.sources import Problem
from tests.checking.lab import graph, registry

REGISTRY = registry()


def found(checked: Graph) -> list[str]:
    """Code and place of each finding."""
    return [f"{one.code} {one.place}" for one in check(checked, REGISTRY)]


def only(checked: Graph) -> Diagnostic:
    (finding,) = check(checked, REGISTRY)
    return finding


def loaded(types: dict[str, str], wires: list[list[str]]) -> Graph:
    """A graph as a file may have it, with wires that `connect` would refuse."""
    nodes = {node_id: {"type": node_type} for node_id, node_type in types.items()}
    return Graph.loads(json.dumps({"format": "animaweave/graph", "version": 1, "nodes": nodes, "wires": wires}))


# ---------------------------------------------------------------- graphs in which nothing is wrong


@pytest.mark.parametrize(
    "sound",
    [
        graph(""),
        graph("a:number b:add", "a.result b.a"),
        graph("a:number b:total", "a.result b.items[0]", "a.result b.items[1]"),
        graph("m:draw b:blur", "m.mask b.image"),
        graph("l:measure r:room a:number", "a.result l.value", "l.length r.area"),
        graph("l:measure b:add a:number", "a.result l.value", "l.length b.a"),
        graph("x:anything b:add", "x.result b.a"),
        graph("a:number q:ask g:gate", "a.result q.value", "a.result g.value", controls=("q.yes g.go",)),
        graph("a:number b:add", "a.result b.a", controls=("a.done b.trigger",)),
        graph("a:number t:text.format", "a.error t.values[0]"),
        graph("up:add down:add a:number", "a.result up.a", "up.result down.a", "down.result up.b"),
        graph("o:graph.output i:graph.input", "i.value o.value"),
    ],
    ids=lambda sound: " ".join(str(wire) for wire in (*sound.wires, *sound.controls)) or "empty",
)
def test_a_sound_graph_has_no_findings(sound: Graph) -> None:
    assert found(sound) == []


def test_the_example_of_the_project_has_no_findings(root: Any) -> None:
    assert check(Graph.load(root / "examples" / "coins.weave.json")) == []


def test_a_value_in_params_feeds_an_input_that_has_no_default() -> None:
    sound = Graph()
    sound.add("lab.add", id="b", params={"a": 1})
    assert found(sound) == []


# ---------------------------------------------------------------- nodes


def test_an_unknown_type_is_guessed_and_can_be_mended_at_one_click() -> None:
    finding = only(graph("a:nubmer"))
    assert (finding.code, finding.node, finding.hint) == ("AW101", "a", "did you mean `lab.number`?")
    assert finding.fix == Fix("type", "lab.number")


@pytest.mark.parametrize(
    ("node_type", "message", "hint"),
    [
        ("lab.zzzz", "the vessel `lab` has no node type `lab.zzzz`", "look for another with `animaweave nodes`"),
        (
            "zzzz.qqqq",
            "nobody knows `zzzz.qqqq`: there is no vessel `zzzz` (version 7 when the graph was saved)",
            "install the package that has it, or name its file with --vessels PATH",
        ),
    ],
)
def test_an_unknown_type_that_is_like_none_says_where_to_look(node_type: str, message: str, hint: str) -> None:
    broken = graph(f"a:{node_type}")
    broken.requires["zzzz"] = "7"
    finding = only(broken)
    assert (finding.message, finding.hint) == (message, hint)


def test_a_vessel_that_cannot_be_loaded_is_named_with_its_problem(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text("raise RuntimeError('no licence')", "utf-8")
    broken = Registry([file])
    broken.problems.append(Problem("vessel `mine` needs `nothing`, which is not installed"))
    finding = check(graph("a:mine.qqqq"), broken)[0]
    assert finding.message == "`mine.qqqq` cannot be loaded"
    assert finding.hint == "vessel `mine` needs `nothing`, which is not installed"


def test_a_vessel_whose_package_is_known_is_offered_for_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = "animaweave.checking.rules.nodes.RegistryCatalogue.provider"
    monkeypatch.setattr(catalogue, lambda self, node_type: "animaweave-stars")
    finding = only(graph("a:stars.qqqq"))
    assert finding.message == "the vessel `stars`, which has `stars.qqqq`, is not installed"
    assert finding.hint == "install it with pip install animaweave-stars"


def test_only_so_many_unknown_types_are_guessed() -> None:
    many = graph(" ".join(f"n{index}:numbe{index}" for index in range(30)))
    hints = [finding.hint for finding in check(many, REGISTRY)]
    assert sum("did you mean" in hint for hint in hints) == 20


def test_a_parameter_that_only_wires_give_says_so() -> None:
    broken = graph("a:number t:total", "a.result t.items[0]")
    broken.set_params("t", {"items": 3})
    finding = only(broken)
    assert str(finding) == "error AW105 at t.items: `items` takes wires and cannot be set; wire it instead"


def test_a_parameter_is_guessed_or_all_are_named() -> None:
    broken = graph("a:number")
    broken.set_params("a", {"vlaue": 3, "other": 4})
    guess, rest = check(broken, REGISTRY)
    assert (guess.hint, guess.fix) == ("did you mean `value`?", Fix("parameter", "value"))
    assert (rest.hint, rest.fix) == ("it has value", Fix("unset"))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (10, "expected a whole number from 0 to 9, found 10"),
        ("3", 'expected a whole number from 0 to 9, found "3"'),
        (3.0, "expected a whole number from 0 to 9, found 3.0; write 3"),
    ],
)
def test_a_wrong_value_is_told_with_the_way_out(value: Any, message: str) -> None:
    broken = graph("a:number")
    broken.set_params("a", {"value": value})
    assert only(broken).message.startswith(message)


def test_run_settings_about_ports_that_are_not_there_are_found() -> None:
    broken = graph("a:number")
    broken.set_run("a", activation={"go": "OR", "trigger": "OR", "*": "AND"}, on_error={"default": {"sum": 1}})
    assert [str(one) for one in check(broken, REGISTRY)] == [
        "error AW103 at a.go: `run.activation` names no control input with `go`; it has trigger; `*` is the node's own",
        "error AW103 at a.sum: `run.on_error` names no output with `sum`; it has result",
    ]


def test_a_value_to_go_on_with_after_a_failure_is_one_of_the_output() -> None:
    broken = graph("a:number")
    broken.set_run("a", on_error={"default": {"result": "x"}})
    assert only(broken).message == '`run.on_error`: expected a whole number, found "x"'


def test_a_disabled_node_needs_no_wires() -> None:
    sound = graph("b:add")
    sound.set_run("b", disabled=True)
    assert found(sound) == []


# ---------------------------------------------------------------- wires


def test_a_port_that_has_gone_keeps_its_wire_and_is_named_with_its_likely_heir() -> None:
    wires = [["a.value", "b.a"], ["a.result", "b.c[1]"], ["a.result", "b.b[2]"]]
    broken = loaded({"a": "lab.number", "b": "lab.add"}, wires)
    assert [str(one) for one in check(broken, REGISTRY)] == [
        "error AW103 at a.value: `lab.number` has no output `value`; did you mean `result`?",
        "error AW103 at b.c[1]: `lab.add` has no input `c`; it has a, b, trigger",
        "error AW103 at b.b[2]: `b` takes one wire and has no place [2]; wire it to `b`",
    ]


def test_wires_of_a_node_whose_type_is_unknown_are_not_judged() -> None:
    assert found(graph("a:nubmer b:add", "a.whatever b.a")) == ["AW101 a", "AW201 a"]


def test_a_node_between_is_offered_where_the_vessels_have_one() -> None:
    finding = check(graph("n:numbers b:number c:add", "n.result c.a"), REGISTRY)[0]
    assert (finding.code, finding.hint, finding.fix) == (
        "AW110",
        "wire `lab.largest` between them",
        Fix("insert", "lab.largest"),
    )
    finding = only(graph("a:number r:weigh", "a.result r.mass"))
    assert finding.message == (
        "a.result does not fit: takes lab.Mass; gets whole numbers (int), which carry no label, "
        "and no converter makes lab.Mass"
    )
    assert finding.fix is None


def test_a_label_is_made_by_a_node_that_the_hint_names() -> None:
    labelled = graph("t:text.constant m:lab.blur", "t.text m.image")
    assert only(labelled).message == (
        "t.text does not fit: takes lab.Grey; gets text (str), which carry no label; "
        "lab.Grey is made by lab.to_grey (from lab.Mask)"
    )


def test_signals_and_data_do_not_mix_in_any_direction() -> None:
    assert [one.message for one in check(graph("q:ask b:add a:number", "a.result q.value", "q.yes b.a"), REGISTRY)] == [
        "`a` takes data; q.yes gives a signal"
    ]
    assert [one.message for one in check(graph("a:number b:number", controls=("a.result b.value",)), REGISTRY)] == [
        "a wire between data ports stands among the control wires"
    ]
    misplaced = loaded({"a": "lab.number", "b": "lab.number"}, [["a.done", "b.trigger"]])
    assert only(misplaced).hint == "move it to `controls`"


def test_a_muted_wire_is_not_judged_by_its_types() -> None:
    muted = graph("t:text.constant b:add")
    muted.connect("t.text", "b.b", muted=True)
    muted.set_param("b", "a", 1)
    assert found(muted) == []


# ---------------------------------------------------------------- flow


def test_a_cycle_is_told_from_its_first_node_on() -> None:
    finding = check(graph("c:add a:add b:add", "a.result b.a", "b.result c.a", "c.result a.a"), REGISTRY)[0]
    assert (finding.code, finding.node) == ("AW112", "c")
    assert "`c` → `a` → `b` → `c`" in finding.message


def test_a_node_wired_to_itself_is_a_cycle_and_so_are_control_wires() -> None:
    assert found(graph("a:add", "a.result a.a")) == ["AW112 a"]
    loop = graph("a:number b:number", controls=("a.done b.trigger", "b.done a.trigger"))
    assert "AW112 a" in found(loop)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_a_cycle_is_found_exactly_where_there_is_one(edges: list[tuple[int, int]]) -> None:
    follow: dict[int, list[int]] = {vertex: [] for vertex in range(8)}
    for source, target in edges:
        follow[source].append(target)
    seen: set[int] = set()
    for cycle in cycles(follow):
        assert not seen & set(cycle)
        seen |= set(cycle)
        assert all(after in follow[vertex] for vertex, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    left = {vertex: [after for after in follow[vertex] if after not in seen] for vertex in follow if vertex not in seen}
    while left:
        ends = [vertex for vertex, after in left.items() if not any(other in left for other in after)]
        assert ends, "a cycle is left"
        for vertex in ends:
            del left[vertex]


def test_what_depends_on_an_error_is_told_once() -> None:
    broken = graph(
        "a:nubmer b:add c:add d:add e:add f:add",
        "a.x b.a",
        "b.result c.a",
        "c.result d.a",
        "d.result e.a",
        "e.result f.a",
    )
    warning = check(broken, REGISTRY)[1]
    assert warning.message == "as long as it has an error, `b`, `c`, `d` and 2 more can never run"
    assert (warning.code, warning.node, warning.severity) == ("AW201", "a", Severity.WARNING)


def test_an_optional_input_lets_its_node_run_behind_an_error() -> None:
    assert found(graph("a:nubmer n:number b:add", "n.result b.a", "a.x b.b")) == ["AW101 a"]


@pytest.mark.parametrize(
    ("activation", "stops"),
    [({}, True), ({"trigger": "OR"}, False), ({"*": "DECIDED"}, False), ({"*": "OR"}, False)],
    ids=str,
)
def test_a_signal_that_never_comes_stops_a_node_by_its_activation(activation: dict[str, str], stops: bool) -> None:
    broken = graph("a:nubmer n:number b:number", controls=("a.done b.trigger", "n.done b.trigger"))
    broken.set_run("b", activation=activation)
    assert ("AW201 a" in found(broken)) is stops


def test_an_unwired_control_port_of_its_own_stops_a_node_and_those_behind_it() -> None:
    broken = graph("n:number g:gate b:add c:add", "n.result g.value", "g.result b.a", "g.result c.a")
    assert str(only(broken)) == (
        "warning AW201 at g.go: nothing is wired to the control port `go`, so the node can never run, "
        "nor can `b` and `c`; wire a signal to it"
    )


def test_a_muted_wire_to_an_input_that_is_needed_stops_its_node() -> None:
    muted = graph("n:number b:add")
    muted.connect("n.result", "b.a", muted=True)
    assert only(muted).message == "the wire to `a` is muted, so the node can never run"


def test_an_output_is_a_result_where_the_graph_names_none() -> None:
    assert found(graph("n:number b:number")) == []
    named = graph("n:number b:number q:ask r:report o:graph.output", "n.result o.value", "n.result r.value")
    named.set_param("q", "value", 1)
    assert found(named) == ["AW301 b.result", "AW301 q"]


# ---------------------------------------------------------------- sub-graphs


def with_subgraph(inner: Graph, outer: str, *wires: str) -> Graph:
    made = Graph()
    made.add_subgraph("calc", inner)
    for word in outer.split():
        node_id, _, node_type = word.partition(":")
        made.add(node_type if "." in node_type else f"lab.{node_type}", id=node_id)
    for wire in wires:
        made.connect(*wire.split())
    return made


def crossing() -> Graph:
    """Two inputs, `x` and `y`, that go to two outputs, `of_x` and `of_y`, without meeting."""
    return graph(
        "x:graph.input y:graph.input add_x:add add_y:add of_x:graph.output of_y:graph.output",
        "x.value add_x.a",
        "y.value add_y.a",
        "add_x.result of_x.value",
        "add_y.result of_y.value",
    )


def test_a_subgraph_is_checked_once_under_its_own_name() -> None:
    twice = with_subgraph(graph("a:nubmer"), "one:graph.calc two:graph.calc")
    assert found(twice) == ["AW101 calc/a"]
    assert places(twice, "one/a") == ["one", "calc/a"]
    assert places(twice, "two/a") == ["two", "calc/a"]


def test_ports_of_a_subgraphs_node_are_those_of_its_boundary() -> None:
    broken = with_subgraph(crossing(), "n:number c:graph.calc", "n.result c.x", "n.result c.z")
    assert found(broken) == ["AW103 c.z", "AW107 c.y"]


def test_the_type_that_an_output_gives_is_found_inside() -> None:
    inner = graph("t:text.constant o:graph.output", "t.text o.value")
    assert found(with_subgraph(inner, "c:graph.calc b:add", "c.o b.a")) == ["AW104 b.a"]


def test_a_wire_back_to_an_input_that_has_nothing_to_do_with_it_is_no_cycle() -> None:
    assert found(with_subgraph(crossing(), "n:number c:graph.calc", "n.result c.x", "c.of_x c.y")) == []
    assert "AW112 c" in found(with_subgraph(crossing(), "n:number c:graph.calc", "n.result c.y", "c.of_x c.x"))


def test_a_signal_to_a_subgraph_holds_up_all_of_it() -> None:
    held = with_subgraph(crossing(), "n:number c:graph.calc d:add", "n.result c.x", "n.result c.y", "c.of_x d.a")
    held.connect_control("d.done", "c.trigger")
    assert "AW112 c" in found(held)


def test_a_subgraph_that_uses_itself_behind_a_signal_can_end() -> None:
    inner = graph("i:graph.input q:ask o:graph.output", "i.value q.value", "i.value o.value")
    inner.add("graph.calc", id="again", params={"i": 1})
    endless = with_subgraph(inner.copy(), "n:number c:graph.calc", "n.result c.i")
    assert "AW113 calc/again" in found(endless)
    inner.connect_control("q.yes", "again.trigger")
    stopped = with_subgraph(inner, "n:number c:graph.calc", "n.result c.i")
    assert "AW113 calc/again" not in found(stopped)


def test_sub_graphs_that_use_one_another_are_told_as_one_circle() -> None:
    made = Graph()
    for name, other in (("ping", "pong"), ("pong", "ping")):
        inner = Graph()
        inner.add(f"graph.{other}", id="next")
        made.add_subgraph(name, inner)
    finding = only(made)
    assert (finding.code, finding.node) == ("AW113", "ping/next")
    assert "`ping` → `pong` → `ping`" in finding.message


# ---------------------------------------------------------------- the list as a whole


def test_errors_come_first_then_warnings_then_hints_each_in_the_order_of_the_nodes() -> None:
    mixed = graph(
        "z:number o:graph.output old:plus b:add a:nubmer n:number", "n.result o.value", "n.result old.a", "a.x b.a"
    )
    assert found(mixed) == ["AW101 a", "AW203 old", "AW201 a", "AW301 z.result", "AW301 old.result", "AW301 b.result"]
    assert found(mixed) == found(mixed)


def test_a_finding_is_plain_json_too() -> None:
    finding = only(graph("t:text.constant b:add", "t.text b.a"))
    assert finding.as_json() == {
        "code": "AW104",
        "severity": "error",
        "message": "t.text does not fit: takes numbers (float); gets text (str)",
        "node": "b",
        "port": "a",
        "wire": ["t.text", "b.a"],
        "hint": "",
    }
    assert finding.wire is not None
    assert finding.is_error
