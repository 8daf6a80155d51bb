"""Editing a document: what each change does, refuses, tells, and how it is undone."""

import enum
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from animaweave.errors import EditError, ValueMismatch
from animaweave.graph.document import Graph
from animaweave.graph.run_settings import RunSettings
from animaweave.graph.wire import PortRef, Wire
from tests.strategies import Raw, files, values


class Kinds:
    """A catalogue of three node types."""

    signatures = {
        "image.load": {"version": 2, "inputs": {"path": "Path?"}, "outputs": {"image": "image.Grey"}},
        "math.sum": {"version": 1, "inputs": {"items": "*float", "scale": "float?"}, "outputs": {"result": "float"}},
        "control.gate": {"version": 1, "inputs": {"go": "Signal"}, "outputs": {"open": "Signal"}},
    }

    def signature(self, node_type: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
        return self.signatures.get(node_type)

    def requirement(self, node_type: str) -> tuple[str, str] | None:
        return (node_type.partition(".")[0], "3") if node_type in self.signatures else None

    def is_default(self, node_type: str, param: str, value: Any) -> bool:
        return (node_type, param, value) == ("math.sum", "scale", 1.0)

    def encode(self, node_type: str, param: str, value: Any) -> Any:
        if param == "scale" and not isinstance(value, float):
            raise ValueMismatch(f'expected a number, found "{value}"')
        return {"complex": [value.real, value.imag]} if isinstance(value, complex) else value

    def provider(self, node_type: str) -> str | None:
        return None

    def current_name(self, node_type: str) -> str:
        return node_type

    def migrates(self, node_type: str) -> bool:
        return False

    def migrate(self, node_type: str, params: Mapping[str, Any], version: str) -> dict[str, Any]:
        return dict(params)


@pytest.fixture
def chain() -> Graph:
    """a -> b -> c, and done of a to trigger of c."""
    graph = Graph("chain")
    for name in "abc":
        graph.move(graph.add("math.add", id=name, a=1), 10, 20)
    graph.connect("a.result", "b.a")
    graph.connect("b.result", "c.a")
    graph.connect_control("a.done", "c.trigger")
    return graph


def refusal(edit: Callable[[], object]) -> str:
    with pytest.raises(EditError) as caught:
        edit()
    return str(caught.value)


# ---------------------------------------------------------------- nodes


def test_an_id_is_made_of_the_types_name_and_the_first_number_that_is_free() -> None:
    graph = Graph()
    assert [graph.add("image.threshold_otsu").id for _ in range(3)] == [
        "threshold_otsu",
        "threshold_otsu_2",
        "threshold_otsu_3",
    ]
    graph.remove("threshold_otsu_2")
    assert graph.add("image.threshold_otsu").id == "threshold_otsu_2"
    assert graph.add("image.threshold_otsu").id == "threshold_otsu_4"
    graph.rename("threshold_otsu_3", "other")
    assert graph.add("image.threshold_otsu").id == "threshold_otsu_3"
    assert graph.add("x.two words!").id == "two_words"
    assert graph.add("x.größe").id == "größe"
    assert graph.add("x.?").id == "node"


def test_parameters_are_given_by_keyword_or_as_a_mapping() -> None:
    graph = Graph()
    node = graph.add("x.y", params={"id": 1, "params": 2}, type=3, self=4, node_type=5)
    assert dict(node.params) == {"id": 1, "params": 2, "type": 3, "self": 4, "node_type": 5}
    assert (node.id, node.type, repr(node)) == ("y", "x.y", "<Node y: x.y>")


def test_parameters_become_plain_json_of_their_own() -> None:
    class Colour(enum.StrEnum):
        RED = "red"

    class Size(enum.IntEnum):
        BIG = 3

    given = [1, (2.5, None)]
    params = Graph().add("x.y", a=given, b=Path("in") / "a.png", c=Colour.RED, d=Size.BIG, e=np.float64(0.5)).params
    given.append(9)
    assert json.dumps(dict(params)) == '{"a": [1, [2.5, null]], "b": "in/a.png", "c": "red", "d": 3, "e": 0.5}'


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "expected a finite number, found nan, which JSON lacks"),
        (np.zeros(2), "expected a value that JSON can hold, found one of type numpy.ndarray"),
        ({1: 2}, "expected text as the key of an object, found 1"),
        (10**1000, "expected a number of at most 1000 digits, found a longer one"),
        ([[]], None),
        (1j, "expected a value that JSON can hold, found one of type builtins.complex"),
    ],
)
def test_what_json_cannot_hold_is_refused_where_it_is_set(value: Any, problem: str | None) -> None:
    graph = Graph()
    graph.add("x.y")
    if problem is None:
        graph.set_param("y", "a", value)
        return
    assert refusal(lambda: graph.add("x.y", a=value)) == f"y_2.a: {problem}"
    assert refusal(lambda: graph.set_param("y", "a", value)) == f"y.a: {problem}"
    assert refusal(lambda: graph.set_params("y", {"a": value})) == f"y.a: {problem}"
    assert list(graph.nodes) == ["y"]
    assert not graph.nodes["y"].params


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert refusal(lambda: Graph().add("x.y", a=circle)) == (
        "y.a: expected at most 90 levels of lists and objects, found more"
    )


def test_the_deepest_value_that_is_taken_can_be_saved_and_loaded_in_a_sub_graph_too() -> None:
    deep: list[Any] = []
    for _ in range(89):
        deep = [deep]
    graph = Graph()
    graph.add_subgraph("calc").add("x.y", a=deep)
    assert Graph.loads(graph.dumps()).dumps() == graph.dumps()


def test_ids_are_refused_that_are_none_or_taken() -> None:
    graph = Graph()
    graph.add("x.y", id="blur")
    rule = "expected an id of letters, digits, _ and -, such as blur_2, found"
    assert refusal(lambda: graph.add("x.y", id="a.b")) == f'{rule} "a.b"'
    assert refusal(lambda: graph.add("x.y", id="")) == f'{rule} ""'
    assert refusal(lambda: graph.add("x.y", id=5)) == f'{rule} "5"'  # type: ignore[arg-type]
    assert refusal(lambda: graph.add("x.y", id="blur")) == (
        "blur: expected an id that is free, found it taken; blur_2 is free"
    )
    assert refusal(lambda: graph.add("")) == (
        'expected the name of a node type, such as "image.gaussian", found an empty one'
    )
    assert list(graph.nodes) == ["blur"]


def test_a_graph_holds_200_000_nodes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animaweave.graph.document.MOST_NODES", 2)
    graph = Graph()
    graph.add("x.y")
    graph.add("x.y")
    assert refusal(lambda: graph.add("x.y")) == (
        "expected at most 2 nodes in a graph, found no room for one more; use another"
    )


def test_a_renamed_node_keeps_its_place_its_wires_and_its_looks(chain: Graph) -> None:
    chain.view.set_collapsed(["a"])
    chain.view.set_reroutes(chain.wires[0], [(1, 2)])
    chain.rename("a", "first")
    assert list(chain.nodes) == ["first", "b", "c"]
    assert [str(wire) for wire in (*chain.wires, *chain.controls)] == [
        "first.result -> b.a",
        "b.result -> c.a",
        "first.done -> c.trigger",
    ]
    assert chain.view.position("first") == (10, 20)
    assert chain.view.collapsed == {"first"}
    assert list(chain.view.reroutes.values()) == [((1, 2),)]
    assert list(chain.view.reroutes) == [chain.wires[0].key]
    chain.rename("first", "first")
    assert refusal(lambda: chain.rename("first", "b")).startswith("b: expected an id that is free")


def test_a_node_that_is_not_there_is_named_with_the_nearest(chain: Graph) -> None:
    chain.rename("a", "threshold")
    message = 'expected a node of this graph, found "treshold"; did you mean "threshold"?'
    assert refusal(lambda: chain.remove("treshold")) == message
    assert refusal(lambda: chain.connect("treshold.x", "b.b")) == message
    assert refusal(lambda: chain.set_run("treshold", timeout=1)) == message
    assert refusal(lambda: chain.remove("x" * 300)) == f'expected a node of this graph, found "{"x" * 300}"'
    other = Graph().add("x.y", id="b")
    assert refusal(lambda: chain.remove(other)) == (
        'expected a node of this graph, found "b" of another graph; pass its id as text'
    )


def test_parameters_are_set_and_unset_in_their_order(chain: Graph) -> None:
    assert dict(chain.set_param("a", "b", 2)) == {"a": 1}
    assert dict(chain.set_param("a", "a", 1.0)) == {"a": 1, "b": 2}
    assert list(chain.nodes["a"].params.items()) == [("a", 1.0), ("b", 2)]
    before = chain.unset_param("a", "a")
    assert dict(chain.nodes["a"].params) == {"b": 2}
    chain.set_params("a", before)
    assert list(chain.nodes["a"].params) == ["a", "b"]


def test_what_a_document_shows_cannot_be_changed_past_it(chain: Graph) -> None:
    for shown in (chain.nodes, chain.nodes["a"].params, chain.nodes["a"].extra, chain.subgraphs):
        with pytest.raises(TypeError):
            shown["x"] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        chain.nodes["a"].type = "other"  # type: ignore[misc]


def test_run_settings_change_by_name_and_unknown_keys_stay(chain: Graph) -> None:
    text = chain.dumps().replace('"params": {"a": 1}}', '"run": {"later": 1}}')
    graph = Graph.loads(text)
    assert graph.set_run("a", timeout=30, retry={"attempts": 3}) == RunSettings(extra={"later": 1})
    before = graph.set_run("a", timeout=None, placement="process")
    assert before.timeout == 30
    assert before.retry is not None
    assert before.retry.attempts == 3
    assert '"run": {"placement": "process", "retry": {"attempts": 3}, "later": 1}' in graph.dumps()
    graph.set_run("a", before)
    assert graph.nodes["a"].run == before


def test_run_settings_that_do_not_fit_are_refused(chain: Graph) -> None:
    before = chain.dumps()
    assert refusal(lambda: chain.set_run("a", timout=1)) == (
        "a.run: expected one of placement, mode, activation, timeout, retry, on_error, frozen, bypass, disabled, "
        'found "timout"; did you mean "timeout"?'
    )
    assert refusal(lambda: chain.set_run("a", retry={"attempts": 0})) == (
        "a.run.retry.attempts: expected a whole number from 1 to 1e9, found 0"
    )
    assert refusal(lambda: chain.set_run("a", timeout=float("inf"))) == (
        "a.run.timeout: expected a finite number, found inf, which JSON lacks"
    )
    assert chain.dumps() == before


# ---------------------------------------------------------------- wires


def test_wires_are_named_by_ports_or_by_text() -> None:
    graph = Graph()
    photo, mask = graph.add("image.load", id="photo"), graph.add("image.otsu", id="mask")
    wire = graph.connect(photo["image"], mask["image"])
    assert wire == Wire(PortRef("photo", "image"), PortRef("mask", "image"))
    assert graph.connect("mask.mask", "photo.items[2]").target == PortRef("photo", "items", 2) == photo["items[2]"]
    assert (str(wire), str(wire.source), repr(graph)) == (
        "photo.image -> mask.image",
        "photo.image",
        "<Graph '': 2 nodes, 2 wires>",
    )
    assert refusal(lambda: graph.connect("photo", "mask.image")) == (
        'expected a port such as "blur.image" or "sum.items[2]", found "photo"'
    )


def test_a_second_wire_into_a_data_input_is_refused(chain: Graph) -> None:
    assert refusal(lambda: chain.connect("c.result", "b.a")) == (
        "b.a: expected an input without a wire, found one from a.result; disconnect it first"
    )


def test_a_control_input_takes_many_wires_but_each_once(chain: Graph) -> None:
    chain.connect_control("b.done", "c.trigger")
    assert refusal(lambda: chain.connect_control("b.done", "c.trigger")) == (
        "c.trigger: expected a port that b.done is not wired to, found it wired"
    )
    assert [str(wire.source) for wire in chain.controls] == ["a.done", "b.done"]


def test_a_muted_wire_keeps_its_place(chain: Graph) -> None:
    muted = chain.mute(chain.wires[0])
    assert [wire.muted for wire in chain.wires] == [True, False]
    assert chain.wires[0] is muted
    assert chain.unmute(muted).key == muted.key
    assert refusal(lambda: chain.mute(Wire(PortRef("c", "x"), PortRef("a", "y")))) == (
        "expected a wire of this graph, found c.x -> a.y, which is not in it"
    )


def test_wires_of_a_node_are_found(chain: Graph) -> None:
    assert [str(wire) for wire in chain.wires_of("a")] == ["a.result -> b.a", "a.done -> c.trigger"]
    chain.connect("a.result", "a.b")
    assert [str(wire) for wire in chain.wires_of("a")].count("a.result -> a.b") == 1


def test_a_variadic_input_grows_and_closes_up() -> None:
    graph = Graph(catalogue=Kinds())
    total = graph.add("math.sum", id="sum")
    sources = [graph.add("image.load", id=f"p{number}") for number in range(4)]
    wires = [graph.connect(source["image"], total["items"]) for source in sources]
    graph.view.set_reroutes(wires[3], [(5, 5)])
    before = graph.dumps()

    removed = graph.disconnect(wires[1])
    assert [str(wire) for wire in graph.wires] == [
        "p0.image -> sum.items[0]",
        "p2.image -> sum.items[1]",
        "p3.image -> sum.items[2]",
    ]
    assert list(graph.view.reroutes) == [graph.wires[2].key]
    assert graph.connect("p1.image", "sum.items").target.index == 3
    graph.disconnect(graph.wires[-1])
    graph.restore(removed)
    assert graph.dumps() == before

    removed = graph.remove("p0", "p2")
    assert [str(wire) for wire in graph.wires] == ["p1.image -> sum.items[0]", "p3.image -> sum.items[1]"]
    graph.restore(removed)
    assert graph.dumps() == before


def test_a_wire_into_a_variadic_input_with_gaps_finds_a_free_place() -> None:
    graph = Graph(catalogue=Kinds())
    graph.add("math.sum", id="sum")
    graph.add("math.sum", id="other")
    graph.connect("other.result", "sum.items[1]")
    assert graph.connect("other.result", "sum.items").target.index == 2
    assert [str(after.target) for _, after in graph.close_up()] == ["sum.items[0]", "sum.items[1]"]
    assert graph.connect("other.result", "sum.items").target.index == 2


def test_a_place_of_an_input_that_takes_one_wire_is_refused() -> None:
    graph = Graph(catalogue=Kinds())
    graph.add("math.sum", id="sum")
    graph.add("math.sum", id="other")
    assert refusal(lambda: graph.connect("sum.result", "other.scale[0]")) == (
        "other.scale[0]: expected other.scale, since it takes one wire only, found a place in it"
    )


# ---------------------------------------------------------------- catalogue


def test_ports_are_checked_where_the_type_is_known() -> None:
    graph = Graph(catalogue=Kinds())
    graph.add("image.load", id="photo")
    graph.add("math.sum", id="sum")
    graph.add("lost.type", id="lost")
    assert refusal(lambda: graph.connect("photo.imag", "sum.items")) == (
        'photo.imag: expected an output of image.load, one of done, error, image, found "imag"; did you mean "image"?'
    )
    assert refusal(lambda: graph.connect("photo.image", "sum.item")) == (
        'sum.item: expected an input of math.sum, one of trigger, items, scale, found "item"; did you mean "items"?'
    )
    assert refusal(lambda: graph.connect_control("photo.don", "sum.trigger")).startswith(
        "photo.don: expected an output"
    )
    assert str(graph.connect("lost.anything", "sum.scale")) == "lost.anything -> sum.scale"


def test_ports_of_an_unknown_type_are_those_its_file_was_saved_with() -> None:
    graph = Graph()
    graph.signatures = dict(Kinds.signatures)
    graph.add("math.sum", id="sum")
    graph.add("math.sum", id="other")
    assert graph.connect("sum.result", "other.items").target.index == 0
    assert graph.signature_of("sum") == Kinds.signatures["math.sum"]
    assert refusal(lambda: graph.connect("sum.x", "other.items")).startswith("sum.x: expected an output of math.sum")


def test_two_control_ports_get_a_control_wire() -> None:
    graph = Graph(catalogue=Kinds())
    graph.add("control.gate", id="gate")
    graph.add("math.sum", id="sum")
    assert graph.connect("sum.done", "gate.go").control
    assert graph.connect("gate.open", "sum.trigger").control
    assert not graph.connect("gate.open", "sum.scale").control
    assert len(graph.controls) == 2


def test_values_are_encoded_by_their_type_and_defaults_left_out() -> None:
    graph = Graph(catalogue=Kinds())
    node = graph.add("math.sum", scale=1.0, offset=1 + 2j)
    assert dict(node.params) == {"offset": {"complex": [1.0, 2.0]}}
    graph.set_param(node, "scale", 2.0)
    assert node.params["scale"] == 2.0
    graph.set_param(node, "scale", 1.0)
    assert "scale" not in node.params
    assert refusal(lambda: graph.set_param(node, "scale", "2,0")) == 'sum.scale: expected a number, found "2,0"'


def test_saving_writes_the_signatures_and_vessels_of_the_types_in_use_also_in_sub_graphs() -> None:
    graph = Graph(catalogue=Kinds())
    graph.signatures = {"lost.type": {"version": 4}, "gone.type": {"version": 5}, "math.sum": {"version": 0}}
    graph.requires = {"lost": "7", "math": "1"}
    graph.add("lost.type")
    graph.add("math.sum")
    graph.add("graph.calc")
    graph.add_subgraph("calc").add("image.load")
    saved = json.loads(graph.dumps())

    assert saved["signatures"] == {
        "lost.type": {"version": 4},
        "math.sum": Kinds.signatures["math.sum"],
        "image.load": Kinds.signatures["image.load"],
    }
    assert saved["requires"] == {"lost": "7", "math": "3", "image": "3"}
    assert graph.signatures["math.sum"] == {"version": 0}
    assert graph.subgraphs["calc"].catalogue is graph.catalogue


def test_a_subclass_may_have_a_catalogue_that_is_asked_for_when_first_needed() -> None:
    asked = []

    class WithDefault(Graph):
        def default_catalogue(self) -> Kinds:
            asked.append(self.name)
            return Kinds()

    graph = WithDefault("mine")
    graph.add("math.sum")
    assert not asked
    graph.add("math.sum", offset=1j)
    graph.dumps()
    assert asked == ["mine"]
    assert isinstance(graph.copy(), WithDefault)
    assert isinstance(graph.add_subgraph("calc"), WithDefault)
    assert isinstance(WithDefault.loads(graph.dumps()), WithDefault)


# ---------------------------------------------------------------- sub-graphs and copies


def test_a_sub_graph_is_added_and_removed(chain: Graph) -> None:
    inner = chain.add_subgraph("calc")
    inner.add("math.add")
    before = chain.dumps()
    assert chain.remove_subgraph("calc") is inner
    assert chain.add_subgraph("calc", inner) is inner
    assert chain.dumps() == before
    rule = (
        "expected a name of letters, digits, _ and -, other than input and output, that no other sub-graph has, found"
    )
    assert refusal(lambda: chain.add_subgraph("input")) == f'{rule} "input"'
    assert refusal(lambda: chain.add_subgraph("calc")) == f'{rule} "calc"'
    assert refusal(lambda: inner.add_subgraph("more")) == (
        "more: expected no sub-graph inside another; add all of them to the outermost graph"
    )
    assert refusal(lambda: chain.remove_subgraph("clac")) == (
        'expected a sub-graph of this graph, found "clac"; did you mean "calc"?'
    )


def test_a_copy_is_changed_apart(chain: Graph) -> None:
    chain.add_subgraph("calc").add("math.add")
    before = chain.dumps()
    copy = chain.copy()
    copy.set_param("a", "a", 5)
    copy.rename("b", "middle")
    copy.remove("c")
    copy.move("a", 99, 99)
    copy.view.set_camera(1, 2, 3)
    copy.subgraphs["calc"].add("math.add")
    copy.name = "copy"
    copy.requires["x"] = "1"
    assert chain.dumps() == before


# ---------------------------------------------------------------- events and undo


def test_every_change_is_told_once_after_it_happened(chain: Graph) -> None:
    told: list[str] = []
    for name in ("node_added", "node_removed", "node_renamed", "node_changed", "wire_added", "wire_removed"):
        getattr(chain.events, name).connect(lambda *found, name=name: told.append(f"{name} {found}"))
    chain.events.wire_changed.connect(lambda before, after: told.append(f"wire_changed {before} to {after}"))
    for name in ("view_changed", "described", "subgraph_added", "subgraph_removed"):
        getattr(chain.events, name).connect(lambda *found, name=name: told.append(f"{name} {found}"))

    def happened(*expected: str) -> bool:
        found, told[:] = list(told), []
        return found == list(expected)

    node = chain.add("x.y", id="d")
    assert happened("node_added (<Node d: x.y>,)")
    chain.set_param(node, "a", 1)
    chain.set_run(node, timeout=1)
    assert happened("node_changed (<Node d: x.y>, 'params')", "node_changed (<Node d: x.y>, 'run')")
    wire = chain.connect("c.x", "d.y")
    assert happened(f"wire_added ({wire!r},)")
    chain.rename("d", "e")
    assert happened("wire_changed c.x -> d.y to c.x -> e.y", "node_renamed ('d', 'e')")
    muted = chain.mute(chain.wires[-1])
    assert happened("wire_changed c.x -> e.y to c.x -> e.y")
    removed = chain.remove("e")
    assert happened(f"wire_removed ({muted!r},)", "node_removed (<Node e: x.y>,)")
    chain.restore(removed)
    assert happened("node_added (<Node e: x.y>,)", f"wire_added ({muted!r},)")
    chain.disconnect(muted)
    assert happened(f"wire_removed ({muted!r},)")
    chain.move("a", 1, 2)
    chain.name = "other"
    chain.description = "what it does"
    assert happened("view_changed ('nodes',)", "described ()", "described ()")
    chain.add_subgraph("calc")
    chain.remove_subgraph("calc")
    assert happened("subgraph_added ('calc',)", "subgraph_removed ('calc',)")


def test_removed_nodes_come_back_at_their_places_with_wires_and_looks(chain: Graph) -> None:
    chain.view.set_reroutes(chain.wires[1], [(3, 4)])
    chain.view.set_collapsed(["b"])
    before = chain.dumps()
    removed = chain.remove("b", "a")
    assert list(chain.nodes) == ["c"]
    assert not chain.wires
    assert not chain.controls
    assert "10" not in json.dumps(json.loads(chain.dumps())["view"]["nodes"].get("b", {}))
    chain.restore(removed)
    assert chain.dumps() == before


def test_what_cannot_come_back_is_refused_and_nothing_changes(chain: Graph) -> None:
    removed = chain.remove("b")
    chain.add("x.y", id="b")
    wire = chain.disconnect(chain.controls[0])
    chain.remove("a")
    before = chain.dumps()
    assert refusal(lambda: chain.restore(removed)) == ("b: expected an id that is free, found it taken; b_2 is free")
    assert refusal(lambda: chain.restore(wire)) == 'expected a node of this graph, found "a"'
    assert chain.dumps() == before


def test_a_wire_does_not_come_back_where_another_stands(chain: Graph) -> None:
    removed = chain.disconnect(chain.wires[0])
    chain.connect("c.result", "b.a")
    before = chain.dumps()
    assert refusal(lambda: chain.restore(removed)) == (
        "b.a: expected an input without a wire, found one from c.result; disconnect it first"
    )
    assert chain.dumps() == before


@hypothesis.given(files(), st.data())
def test_any_edits_are_undone_to_the_byte(raw: Raw, data: st.DataObject) -> None:
    graph = Graph.loads(json.dumps(raw))
    graph.signatures = {}  # No port is known, so that any may be wired.
    states: list[str] = []
    inverses: list[Callable[[], object]] = []
    for number in range(data.draw(st.integers(1, 6))):
        states.append(graph.dumps())
        inverses.append(_edit(graph, data, number))
        assert Graph.loads(graph.dumps()).dumps() == graph.dumps()
    for state, inverse in zip(reversed(states), reversed(inverses), strict=True):
        inverse()
        assert graph.dumps() == state


def _edit(graph: Graph, data: st.DataObject, number: int) -> Callable[[], object]:
    """Make one random edit; gives its inverse."""
    new = f"new-{number}"
    node = data.draw(st.sampled_from([*graph.nodes, ""]))
    if not node:
        added = graph.add("x.y", id=new, a=data.draw(values))
        return lambda: graph.remove(added)
    wires = (*graph.wires, *graph.controls)
    edit = data.draw(
        st.sampled_from(["remove", "rename", "param", "unset", "run", "move", "collapse", "wire", "unwire"])
    )
    if edit == "remove":
        removed = graph.remove(*data.draw(st.sets(st.sampled_from(list(graph.nodes)), min_size=1)))
        return lambda: graph.restore(removed)
    if edit == "rename":
        graph.rename(node, new)
        return lambda: graph.rename(new, node)
    if edit in ("param", "unset"):
        name = data.draw(st.sampled_from([*graph.nodes[node].params, "other"]))
        params = graph.unset_param(node, name) if edit == "unset" else graph.set_param(node, name, data.draw(values))
        return lambda: graph.set_params(node, params)
    if edit == "run":
        run = graph.set_run(node, timeout=5, disabled=True)
        return lambda: graph.set_run(node, run)
    if edit == "move":
        before = graph.view.move({node: (1.5, 2)})
        return lambda: graph.view.move(before)
    if edit == "collapse":
        was = graph.view.set_collapsed([node])
        return lambda: graph.view.set_collapsed(was)
    if edit == "wire":
        wire = graph.connect(f"{node}.{new}", f"{node}.{new}")
        return lambda: graph.disconnect(wire)
    if not wires:
        return lambda: None
    gone = graph.disconnect(*data.draw(st.sets(st.sampled_from(wires), min_size=1)))
    return lambda: graph.restore(gone)
