"""Keys: what a node's outputs depend on."""

import os
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from animaweave.authoring import Field
from animaweave.engine.cache.cache import Cache
from animaweave.engine.compiler.plan import Absence, CallPlan, InnerPlan, Plan
from tests.engine.cache.runs import keys_of, plan_of, values_of
from tests.engine.graphs import Spec, build, declare, specs
from tests.engine.lab import Lab

few = settings(max_examples=30)  # Each is some graphs, compiled.


def behind(plan: Plan, node_id: str) -> set[str]:
    """A node and all that its wires lead to, searched for in the plain way."""
    found = {node_id}
    for index, node in enumerate(plan.nodes):
        producers = [producer[0] for producer in map(plan.producers.__getitem__, node.sources) if producer is not None]
        producers += [producer for producer, _, consumer, _ in plan.signal_wires() if consumer == index]
        if node.skip is None and any(plan.nodes[producer].id in found for producer in producers):
            found.add(node.id)
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {node_id for node_id in after if before.get(node_id) != after[node_id]}


@pytest.fixture(scope="module")
def graphs_lab() -> Lab:
    lab = Lab()
    declare(lab)
    return lab


def planned(lab: Lab, made: list[Spec]) -> Plan:
    return plan_of(lab, build(made))


@few
@given(made=specs())
def test_a_graph_compiled_again_has_the_same_keys(graphs_lab: Lab, made: list[Spec]) -> None:
    before, after = keys_of(planned(graphs_lab, made)), keys_of(planned(graphs_lab, made))
    assert before == after
    assert None not in before.values()


@few
@given(made=specs(), data=st.data())
def test_another_value_at_an_input_changes_the_keys_of_exactly_what_lies_behind_it(
    graphs_lab: Lab, made: list[Spec], data: st.DataObject
) -> None:
    plan = planned(graphs_lab, made)
    inputs = [
        (name, node.id)
        for name, setting in plan.settings.items()
        for node in plan.nodes
        if node.skip is None and any(setting.slot in source.slots for source in node.inputs)
    ]
    if inputs:
        name, node_id = data.draw(st.sampled_from(inputs))
        cache = Cache()
        before = keys_of(plan, {name: 1.0}, cache)
        after = keys_of(plan, {name: 2.0}, cache)
        assert changed(before, after) == behind(plan, node_id)
        assert after == keys_of(plan, {name: 2.0}), "the same as without an epoch before"
        assert keys_of(plan, {name: 1.0}, cache) == before


@few
@given(made=specs(), data=st.data())
def test_another_version_changes_the_keys_of_exactly_what_lies_behind_it(
    graphs_lab: Lab, made: list[Spec], data: st.DataObject
) -> None:
    plan = planned(graphs_lab, made)
    index = data.draw(st.integers(0, len(plan.nodes) - 1))
    if plan.nodes[index].skip is None:
        newer = with_node(plan, index, version="2")
        assert changed(keys_of(plan), keys_of(newer)) == behind(plan, plan.nodes[index].id)


@few
@given(made=specs(), data=st.data())
def test_a_node_that_is_not_pure_has_no_key_and_neither_has_exactly_what_lies_behind_it(
    graphs_lab: Lab, made: list[Spec], data: st.DataObject
) -> None:
    plan = planned(graphs_lab, made)
    index = data.draw(st.integers(0, len(plan.nodes) - 1))
    if plan.nodes[index].skip is None:
        keys = keys_of(with_node(plan, index, pure=False))
        assert {node_id for node_id, key in keys.items() if key is None} == behind(plan, plan.nodes[index].id)


@few
@given(made=specs(), data=st.data())
def test_a_wire_from_elsewhere_changes_the_keys_of_exactly_what_lies_behind_it(
    graphs_lab: Lab, made: list[Spec], data: st.DataObject
) -> None:
    wires = [(spec, port) for spec in made for port in spec.data if not spec.run.get("disabled")]
    if wires:
        spec, port = data.draw(st.sampled_from(wires))
        plan = planned(graphs_lab, [Spec("other", "number"), *made])
        kept = spec.data[port]
        spec.data[port] = "other.result"
        try:
            moved = planned(graphs_lab, [Spec("other", "number"), *made])
        finally:
            spec.data[port] = kept
        # What is wired to the output of another node of the same kind and inputs gets the same value.
        same = keys_of(plan)[kept.partition(".")[0]] == keys_of(plan)["other"]
        assert changed(keys_of(plan), keys_of(moved)) == (set() if same else behind(moved, spec.id))


def with_node(plan: Plan, index: int, **facts: Any) -> Plan:
    nodes = list(plan.nodes)
    nodes[index] = structs.replace(nodes[index], **facts)
    return replace(plan, nodes=tuple(nodes))


def test_nodes_of_the_same_type_with_the_same_inputs_have_the_same_digest(lab: Lab) -> None:
    keys = keys_of(plan_of(lab, lab.graph("a:one b:one c:plus d:plus", "a.result c.a", "b.result d.a")))
    assert keys["a"] == keys["b"]
    assert keys["c"] == keys["d"] != keys["a"]


def test_outputs_of_one_node_are_told_apart(lab: Lab) -> None:
    keys = keys_of(plan_of(lab, lab.graph("p:pair x:echo y:echo", "p.left x.value", "p.right y.value")))
    assert keys["x"] != keys["y"]


def test_the_order_of_items_counts(lab: Lab) -> None:
    words = "a:one b:plus x:gather y:gather"
    keys = keys_of(
        plan_of(
            lab,
            lab.graph(
                words, "a.result x.items[0]", "b.result x.items[1]", "b.result y.items[0]", "a.result y.items[1]"
            ),
        )
    )
    assert keys["x"] != keys["y"]


@pytest.mark.parametrize(
    ("first", "second"),
    [(1, 1.0), (1, True), (0.0, -0.0), ("1", 1), ([1, 2], (1, 2)), ([[1], 2], [[1, 2]]), (None, 0), ({1: 2}, {2: 1})],
)
def test_values_that_are_equal_but_not_the_same_have_different_keys(lab: Lab, first: Any, second: Any) -> None:
    plan = plan_of(lab, lab.graph("a:echo"))
    assert keys_of(plan, {"a.value": first}) != keys_of(plan, {"a.value": second})


def test_a_list_changed_in_place_is_noticed(lab: Lab) -> None:
    plan, cache, items = plan_of(lab, lab.graph("a:echo")), Cache(), [1, 2]
    before = keys_of(plan, {"a.value": items}, cache)
    assert keys_of(plan, {"a.value": list(items)}, cache) == before
    items.append(3)
    assert keys_of(plan, {"a.value": items}, cache) != before


def test_an_array_changed_in_place_is_noticed(lab: Lab) -> None:
    plan, cache, array = plan_of(lab, lab.graph("a:echo")), Cache(), np.zeros(8)
    before = keys_of(plan, {"a.value": array}, cache)
    array[3] = 1
    assert keys_of(plan, {"a.value": array}, cache) != before
    array[3] = 0
    assert keys_of(plan, {"a.value": array}, cache) == before


def test_a_value_that_cannot_be_compared_takes_the_keys_of_what_lies_behind_it(lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:echo b:echo c:echo", "a.result b.value"))
    keys = keys_of(plan, {"a.value": threading.Lock()})
    assert keys["a"] is keys["b"] is None
    assert keys["c"] is not None


def test_an_object_counts_by_what_it_holds_and_by_its_class(lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:echo"))
    assert keys_of(plan, {"a.value": Absence}) != keys_of(plan, {"a.value": Spec})
    first, same, other = (partial(keys_of, plan)({"a.value": Spec("x", kind)}) for kind in ("k", "k", "other"))
    assert first == same != other
    assert first["a"] is not None


@pytest.mark.parametrize("effect", ["write-files", "network", "run-code"])
def test_a_node_that_does_more_than_compute_has_no_key(lab: Lab, effect: Any) -> None:
    @lab.node(effects={effect})
    def act(value: int = 0) -> int:
        return value

    assert keys_of(plan_of(lab, lab.graph("a:act")))["a"] is None


def test_a_node_that_keeps_a_state_or_makes_epochs_or_runs_a_graph_has_no_key(lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:one"))
    told: Any = plan.nodes[0].source
    for kind, has_key in (("class", False), ("generator", False), ("async", True)):
        assert (keys_of(with_node(plan, 0, source=replace(told, kind=kind)))["a"] is not None) is has_key
    assert keys_of(with_node(plan, 0, call=CallPlan("call", "inner", InnerPlan())))["a"] is None


def test_code_and_defaults_that_cannot_be_compared_take_the_key(lab: Lab) -> None:
    lock = threading.Lock()

    @lab.node
    def carries() -> int:
        return int(lock.locked())

    @lab.node
    def defaults(value: Any = lock) -> int:
        return 0

    keys = keys_of(plan_of(lab, lab.graph("a:carries b:defaults c:one d:defaults", "c.result d.value")))
    assert keys["a"] is keys["b"] is keys["d"] is None
    plan = plan_of(lab, lab.graph("a:one"))
    assert keys_of(with_node(plan, 0, on_error={"result": lock}))["a"] is None


def test_what_a_node_gives_when_it_fails_counts(lab: Lab) -> None:
    def keys(**run: Any) -> Any:
        return keys_of(plan_of(lab, lab.graph("a:fail b:echo", "a.result b.value", a=run)))["b"]

    instead = keys(on_error={"default": {"result": 1}})
    assert len({keys(), instead, keys(on_error={"default": {"result": 2}})}) == 3
    assert keys(on_error="stop") == keys()


def test_how_signals_are_joined_counts(lab: Lab) -> None:
    def keys(mode: str) -> Any:
        graph = lab.graph(
            "a:one b:one c:one", controls=("a.done c.trigger", "b.done c.trigger"), c={"activation": {"trigger": mode}}
        )
        return keys_of(plan_of(lab, graph))["c"]

    assert keys("AND") != keys("OR")
    assert keys("OR") == keys("OR")


def test_a_node_that_is_bypassed_or_disabled_is_another_one(lab: Lab) -> None:
    def keys(**run: Any) -> Any:
        return keys_of(plan_of(lab, lab.graph("a:one b:need c:echo", "a.result b.value", "b.result c.value", b=run)))[
            "c"
        ]

    assert len({keys(), keys(bypass=True), keys(disabled=True)}) == 3


def test_what_does_not_change_the_result_does_not_count(lab: Lab) -> None:
    def keys(**run: Any) -> Any:
        return keys_of(plan_of(lab, lab.graph("a:one", a=run)))["a"]

    assert keys() == keys(retry={"attempts": 3})


class TestFiles:
    """Nodes that read files."""

    @pytest.fixture
    def lab(self, lab: Lab) -> Lab:
        @lab.node(effects={"read-files"})
        def load(path: Path = Path("none"), mode: str = "r") -> str:
            return path.read_text()

        @lab.node(effects={"read-files"})
        def load_all(paths: tuple[Path, ...] = ()) -> int:
            return len(paths)

        @lab.node(effects={"read-files"})
        def load_table(table: dict[str, Path] | None = None) -> int:
            return 0

        @lab.node(effects={"read-files"})
        def load_named(file: Annotated[str, Field(file_filter="*.txt")] = "none") -> str:
            return Path(file).read_text()

        @lab.node(effects={"read-files"})
        def read_home() -> str:
            return "something"

        @lab.node
        def name_it(text: str = "a.txt") -> Path:
            return Path(text)

        return lab

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "a.txt"
        file.write_text("one")
        return file

    @pytest.mark.parametrize(
        ("words", "wires", "name", "wrap"),
        [
            ("a:load", (), "a.path", lambda file: file),
            ("a:load_all", (), "a.paths", lambda file: (file,)),
            ("a:load_table", (), "a.table", lambda file: {"one": file}),
            ("a:load_named", (), "a.file", str),
            ("i:graph.input a:load", ("i.value a.path",), "i", lambda file: file),
        ],
    )
    def test_a_file_that_changed_changes_the_key(
        self, lab: Lab, file: Path, words: str, wires: tuple[str, ...], name: str, wrap: Any
    ) -> None:
        plan, cache = plan_of(lab, lab.graph(words, *wires)), Cache()
        before = keys_of(plan, {name: wrap(file)}, cache)
        assert before["a"] is not None
        assert keys_of(plan, {name: wrap(file)}, cache) == before
        file.write_text("other")
        after = keys_of(plan, {name: wrap(file)}, cache)
        assert changed(before, after) == {"a"}
        os.utime(file, ns=(0, 0))
        assert keys_of(plan, {name: wrap(file)}, cache) != after

    def test_a_folder_counts_by_what_is_in_it(self, lab: Lab, file: Path) -> None:
        plan, cache = plan_of(lab, lab.graph("a:load")), Cache()
        inner = file.parent / "inner"
        inner.mkdir()
        (inner / "b.txt").write_text("b")
        before = keys_of(plan, {"a.path": file.parent}, cache)
        assert keys_of(plan, {"a.path": file.parent}, cache) == before
        (inner / "b.txt").write_text("other")
        assert keys_of(plan, {"a.path": file.parent}, cache) != before

    def test_a_folder_of_too_many_files_is_not_compared(
        self, lab: Lab, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("animaweave.engine.cache.files.MOST_FILES", 0)
        assert keys_of(plan_of(lab, lab.graph("a:load")), {"a.path": file.parent})["a"] is None

    def test_a_file_that_is_not_there_gives_no_key(self, lab: Lab, tmp_path: Path) -> None:
        plan, cache = plan_of(lab, lab.graph("a:load")), Cache()
        assert keys_of(plan, {"a.path": tmp_path / "none"}, cache)["a"] is None
        (tmp_path / "none").write_text("now it is")
        assert keys_of(plan, {"a.path": tmp_path / "none"}, cache)["a"] is not None

    def test_files_that_are_named_while_the_graph_runs_give_no_key(self, lab: Lab) -> None:
        keys = keys_of(plan_of(lab, lab.graph("n:name_it a:load", "n.result a.path")))
        assert keys["n"] is not None
        assert keys["a"] is None

    def test_files_that_nothing_names_give_no_key(self, lab: Lab) -> None:
        assert keys_of(plan_of(lab, lab.graph("a:read_home")))["a"] is None


def test_an_epoch_in_which_little_changed_costs_little(lab: Lab) -> None:
    words = " ".join(f"n{i}:plus" for i in range(1000))
    plan = plan_of(lab, lab.graph(words, *(f"n{i}.result n{i + 1}.a" for i in range(999))))
    cache = Cache()
    cache.keys(plan, values_of(plan))
    took: list[float] = []
    for number in range(20):
        values = values_of(plan, {"n990.b": number})
        began = time.perf_counter()
        cache.keys(plan, values)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.005
