"""Graphs saved with older node types are brought up to date on loading; nothing is lost without being said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

import animaweave as aw
from animaweave import Vessel
from animaweave.authoring.vessel import Migrate
from animaweave.checking.diagnostic import Fix
from animaweave.checking.updating import steps_of, update_of
from animaweave.errors import VesselError
from animaweave.graph import exchange
from animaweave.graph.document import Graph
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry

PORTS = {"inputs": {"picture": "str?", "radius": "float?", "old": "int?"}, "outputs": {"image": "str"}}


class Now:
    """Version 2 of a vessel, whose `smooth` was called `blur` once."""

    def __init__(self, migrate: Migrate | None = None, version: str = "2") -> None:
        lab = Vessel("lab", version=version)

        @lab.node(aliases=["blur", "gone.blur"])
        def smooth(text: str = "", width: float = 1.0, edge: str = "wrap") -> str:
            """Smooth."""
            return f"{text}{width}{edge}"

        if migrate is not None:
            lab.migrate(smooth)(migrate)
        self.lab, self.smooth = lab, smooth
        self.registry = Registry()
        self.registry.add(lab)

    def load(self, nodes: dict[str, Any], wires: list[list[str]] | None = None, **more: Any) -> Graph:
        signatures = {name: {"version": 1, **PORTS} for name in ("lab.blur", "lab.smooth")}
        raw = {"format": "animaweave/graph", "version": 1, "nodes": nodes, "wires": wires or []}
        text = json.dumps({**raw, "signatures": signatures, **more})
        return Graph.loads(text, catalogue=RegistryCatalogue(self.registry))


def halve(params: dict[str, Any], version: str) -> dict[str, Any]:
    assert version == "1"
    if "radius" in params:
        params["width"] = params.pop("radius") / 2
    return params


def test_a_node_takes_the_name_and_the_parameters_that_its_type_has_now() -> None:
    graph = Now(halve).load({"a": {"type": "lab.blur", "params": {"radius": 3, "edge": "cut"}}})
    assert graph.nodes["a"].type == "lab.smooth"
    assert graph.nodes["a"].params == {"edge": "cut", "width": 1.5}
    said = "it was a `lab.blur`, `radius` (it was 3) has gone, `width` is 1.5"
    assert [(update.node, update.sentence) for update in graph.updates] == [("a", said)]


def test_a_run_of_an_old_file_gives_what_it_gave() -> None:
    now = Now(halve)
    graph = now.load({"a": {"type": "lab.blur", "params": {"radius": 3}}})
    with aw.Engine(aw.compile(graph, registry=now.registry)) as engine:
        assert engine.run().outputs == {"a.result": "1.5wrap"}


def test_a_name_of_a_vessel_that_has_gone_is_an_old_name_too() -> None:
    graph = Now().load({"a": {"type": "gone.blur"}})
    assert graph.nodes["a"].type == "lab.smooth"


def test_nodes_of_sub_graphs_are_brought_up_to_date_and_named_by_their_path() -> None:
    inner = {"nodes": {"b": {"type": "lab.blur", "params": {"radius": 4}}}}
    now = Now(halve)
    graph = now.load({"a": {"type": "graph.inner"}}, subgraphs={"inner": inner})
    assert graph.subgraphs["inner"].nodes["b"].params == {"width": 2.0}
    assert [update.node for update in graph.updates] == ["inner/b"]
    assert ("AW302", "inner/b") in [(found.code, found.node) for found in aw.check(graph, now.registry)]


def test_what_is_as_it_was_saved_is_left_alone() -> None:
    now = Now(halve, version="1")
    graph = now.load({"a": {"type": "lab.smooth", "params": {"radius": 3}}})
    assert (graph.nodes["a"].params, graph.updates) == ({"radius": 3}, ())
    without = now.load({"a": {"type": "lab.smooth", "params": {"radius": 3}}}, signatures={})
    assert without.nodes["a"].params == {"radius": 3}


def test_a_version_that_is_no_number_is_kept_and_told() -> None:
    told: list[str] = []

    def migrate(params: dict[str, Any], version: str) -> dict[str, Any]:
        told.append(version)
        return params

    ports = {"lab.smooth": {"version": "1.2", **PORTS}}
    graph = Now(migrate, version="1.10").load({"a": {"type": "lab.smooth"}}, signatures=ports)
    assert told == ["1.2"]
    assert json.loads(graph.dumps())["signatures"]["lab.smooth"]["version"] == "1.10"


def test_it_is_said_until_the_graph_is_saved_and_is_not_done_again(tmp_path: Path) -> None:
    now = Now(halve)
    graph = now.load({"a": {"type": "lab.blur", "params": {"radius": 3}}})
    (told,) = aw.check(graph, now.registry)
    assert (told.code, told.node) == ("AW302", "a")
    assert graph.copy().updates == graph.updates
    graph.save(tmp_path / "new.weave.json")
    assert (graph.updates, aw.check(graph, now.registry)) == ((), [])
    again = Graph.load(tmp_path / "new.weave.json", catalogue=graph.catalogue)
    assert (again.nodes["a"].params, again.updates) == ({"width": 1.5}, ())


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (ZeroDivisionError("no"), "ZeroDivisionError: no"),
        (["radius"], "expected a dict of parameters, found list"),
        ({"width": object()}, "expected a number, found a object"),
    ],
)
def test_a_node_whose_type_cannot_say_stays_as_it_was_saved(answer: Any, problem: str) -> None:
    def migrate(params: dict[str, Any], version: str) -> dict[str, Any]:
        params.clear()
        if isinstance(answer, Exception):
            raise answer
        return answer

    now = Now(migrate)
    graph = now.load({"a": {"type": "lab.smooth", "params": {"radius": 3}}})
    assert graph.nodes["a"].params == {"radius": 3}
    found = {one.code: one for one in aw.check(graph, now.registry)}
    assert "its parameters are still those of version 1" in found["AW205"].message
    assert problem in found["AW205"].message


def test_a_wire_whose_port_has_gone_stays_and_may_be_moved_to_what_took_its_place() -> None:
    now = Now()
    graph = now.load({"a": {"type": "lab.smooth"}, "b": {"type": "lab.smooth"}}, [["a.image", "b.picturr"]])
    assert [str(wire.target) for wire in graph.wires] == ["b.picturr"]
    (output,) = (one for one in aw.check(graph, now.registry) if one.code == "AW122" and one.port == "image")
    assert output.message == "`lab.smooth` has no output `image` any more"
    assert (output.hint, output.fix) == ("move the wire to `result`", Fix("port", "result"))


def test_the_only_new_port_of_the_same_type_takes_the_place_of_one_that_has_gone() -> None:
    lab = Vessel("lab", version="2")

    @lab.node
    def smooth(subject: str = "", width: float = 1.0, edge: str = "wrap") -> str:
        """Smooth."""
        return subject

    registry = Registry()
    registry.add(lab)
    saved = {"inputs": {"picture": "str?", "edge": "str?", "sigma": "float?"}, "outputs": {"result": "str"}}
    raw = {
        "format": "animaweave/graph",
        "version": 1,
        "nodes": {"a": {"type": "lab.smooth", "params": {"sigma": 2.0}}, "b": {"type": "lab.smooth"}},
        "wires": [["a.result", "b.picture"]],
        "signatures": {"lab.smooth": {"version": 1, **saved}},
    }
    graph = Graph.loads(json.dumps(raw), catalogue=RegistryCatalogue(registry))
    fixes = {(one.node, one.port): (one.hint, one.fix) for one in aw.check(graph, registry)}
    assert fixes["b", "picture"] == ("move the wire to `subject`", Fix("port", "subject"))
    assert fixes["a", "sigma"] == ("call it `width`", Fix("parameter", "width"))


def test_a_parameter_that_has_gone_stays_and_may_be_taken_out() -> None:
    now = Now()
    graph = now.load({"a": {"type": "lab.smooth", "params": {"old": 7}}})
    (found,) = aw.check(graph, now.registry)
    assert graph.nodes["a"].params == {"old": 7}
    assert found.message == "`lab.smooth` has no parameter `old` any more"
    assert (found.hint, found.fix) == ("nothing has come in its place", Fix("unset"))


def test_what_is_pasted_from_another_version_is_brought_up_to_date_and_said() -> None:
    now = Now(halve)
    graph = now.load({"smooth": {"type": "lab.smooth", "params": {"width": 1.0}}}, signatures={})
    ports = {"lab.blur": {"version": 1, **PORTS}}
    raw = {"format": "animaweave/graph", "version": 1, "nodes": {"smooth": {"type": "lab.blur"}}, "signatures": ports}
    raw["nodes"]["smooth"]["params"] = {"radius": 8}  # type: ignore[index]
    (pasted,) = exchange.paste(graph, json.dumps(raw))
    assert (pasted.id, pasted.type, pasted.params) == ("smooth_2", "lab.smooth", {"width": 4.0})
    assert [update.node for update in graph.updates] == ["smooth_2"]
    graph.remove(pasted)
    assert "AW302" not in [found.code for found in aw.check(graph, now.registry)]


def test_a_migration_is_declared_once_of_a_node_of_the_vessel_and_takes_two() -> None:
    now, other = Now(halve), Now()
    with pytest.raises(VesselError, match=r"test_evolution\.py:\d+: node `lab\.smooth`: it is told twice"):
        now.lab.migrate(now.smooth)(halve)
    with pytest.raises(VesselError, match="vessel `lab` has no such node; declare that first"):
        now.lab.migrate(halve)(halve)
    with pytest.raises(VesselError, match="what migrates takes two"):
        other.lab.migrate(other.smooth)(lambda params: params)  # type: ignore[type-var]


VALUES = st.one_of(
    st.integers(-3, 3), st.booleans(), st.sampled_from(["", "a", 0.0, 1.0]), st.lists(st.integers(), max_size=2)
)
NAMES = st.sampled_from(["radius", "width", "old", "edge", "text", "more"])
PARAMS = st.dictionaries(NAMES, VALUES, max_size=4)


@hypothesis.given(
    nodes=st.lists(st.tuples(st.sampled_from(["lab.blur", "lab.smooth", "lab.none"]), PARAMS), min_size=1, max_size=4),
    ends=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4),
    renames=st.dictionaries(NAMES, NAMES, max_size=3),
    drops=st.sets(NAMES, max_size=2),
    sets=st.dictionaries(NAMES, VALUES, max_size=2),
    fails=st.booleans(),
)
def test_no_wire_or_parameter_is_lost_without_being_said(
    nodes: list[tuple[str, dict[str, Any]]],
    ends: list[tuple[int, int]],
    renames: dict[str, str],
    drops: set[str],
    sets: dict[str, Any],
    fails: bool,
) -> None:
    def migrate(params: dict[str, Any], version: str) -> dict[str, Any]:
        if fails and sets:
            raise RuntimeError("no")
        kept = {renames.get(name, name): value for name, value in params.items() if name not in drops}
        return {**kept, **sets}

    raw: dict[str, dict[str, Any]] = {
        f"n{at}": {"type": kind, "params": params} for at, (kind, params) in enumerate(nodes)
    }
    ports = ["radius", "picture", "text"]
    wires = {f"n{b % len(nodes)}.{ports[b % 3]}": f"n{a % len(nodes)}.image" for a, b in ends}
    graph = Now(migrate).load(raw, [[source, target] for target, source in wires.items()])
    assert [(str(w.source), str(w.target)) for w in graph.wires] == [(s, t) for t, s in wires.items()]
    said = {name: " ".join(update.sentence for update in graph.updates if update.node == name) for name in raw}
    for name, facts in raw.items():
        node = graph.nodes[name]
        assert node.type == facts["type"] or str(facts["type"]) in said[name]
        for param, value in facts["params"].items():
            kept = node.params.get(param)
            assert (type(kept), kept) == (type(value), value) or f"`{param}`" in said[name]
        for param in node.params.keys() - facts["params"].keys():
            assert f"`{param}`" in said[name]


@hypothesis.given(
    ends=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)), max_size=6),
    params=st.lists(st.dictionaries(st.sampled_from(["old", "sigma", "picture", "edge"]), st.just("x")), min_size=3),
)
def test_update_all_says_of_every_wire_and_parameter_what_it_does(
    ends: list[tuple[int, int, int]], params: list[dict[str, Any]]
) -> None:
    nodes = {f"n{at}": {"type": "lab.smooth", "params": given} for at, given in enumerate(params[:3])}
    ports = ["picture", "radius", "text", "width"]
    wires = {f"n{b}.{ports[port]}": f"n{a}.{['result', 'image'][(a + b) % 2]}" for a, b, port in ends}
    now = Now()
    graph = now.load(nodes, [[source, target] for target, source in wires.items()])
    steps = [step for step in steps_of(graph, now.registry) if step.effect]
    said: dict[str | None, list[str]] = {step.finding.node: [] for step in steps}
    for step in steps:
        said[step.finding.node].append(step.effect)
    before = graph.dumps()
    undo = update_of(graph, now.registry, steps).apply(graph)
    assert len(graph.wires) == len(wires)
    for wire, (target, source) in zip(graph.wires, wires.items(), strict=True):
        for end, was in ((wire.source, source), (wire.target, target)):
            assert str(end) == was or any(f"`{end.port}`" in effect for effect in said[end.node])
    for name, given in zip(nodes, params, strict=False):
        for param in given:
            kept = graph.nodes[name].params.get(param)
            assert kept == "x" or any(f"`{param}`" in effect for effect in said.get(name, []))
    undo.apply(graph)
    assert graph.dumps() == before


def test_an_old_name_of_two_vessels_is_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        text = f"from animaweave import Vessel\n{name} = Vessel('{name}')\n@{name}.node(aliases=['old.blur'])\n"
        (tmp_path / f"{name}.py").write_text(f"{text}def blur() -> int:\n    return 1\n")
    registry = Registry([tmp_path / "one.py", tmp_path / "two.py"])
    (problem,) = registry.problems
    assert str(problem).endswith(
        "two.py: node `two.blur`: its old name `old.blur` is one of `one.blur`, too; one of them has to give it up"
    )
    assert registry.vessel("two") is not None
