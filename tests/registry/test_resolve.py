"""Ports of nodes whose type alone does not tell them, and the document's questions."""

from typing import Any

import pytest

from animaweave.authoring import Signal
from animaweave.errors import ValueMismatch
from animaweave.library import Graph
from animaweave.ports.port import MISSING
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry
from animaweave.registry.resolve import Resolver, signatures


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def outer():
    """A graph that uses `half`, which uses `double`."""
    graph = Graph("outer")
    double = graph.add_subgraph("double")
    double.add("graph.input", id="x", type="float")
    double.add("math.add", id="add")
    double.add("graph.output", id="out", name="twice")
    double.connect("x.value", "add.a")
    double.connect("x.value", "add.b")
    double.connect("add.result", "out.value")
    half = graph.add_subgraph("half")
    half.add("graph.input", id="amount", params={"name": "y", "type": "float", "default": 2.0})
    half.add("graph.double", id="twice")
    half.add("graph.output", id="out")
    half.connect("amount.value", "twice.x")
    half.connect("twice.twice", "out.value")
    graph.add("graph.half", id="use")
    return graph


def test_the_boundary_of_a_subgraph_becomes_the_ports_of_its_use(outer, registry):
    signature = signatures(outer, registry)["use"]
    assert signature is not None
    (given,), (out,) = signature.inputs, signature.outputs
    assert (given.name, given.hint, given.default) == ("y", float, 2.0)
    assert (out.name, out.hint) == ("out", float), (
        "the type of an output is that of what is wired into it, at any depth"
    )


def test_a_subgraph_that_uses_itself_still_has_ports(registry):
    graph = Graph("circle")
    inner = graph.add_subgraph("inner")
    inner.add("graph.inner", id="again")
    inner.add("graph.output", id="out")
    inner.connect("again.out", "out.value")
    graph.add("graph.inner", id="use")
    signature = signatures(graph, registry)["use"]
    assert signature is not None
    assert [(port.name, port.hint) for port in signature.outputs] == [("out", Any)]


@pytest.mark.parametrize(("text", "hint"), [("", Any), ("int", int), ("list[str]", list[str]), ("Signal", Signal)])
def test_an_input_of_the_graph_has_the_type_that_it_says(registry, text, hint):
    graph = Graph("typed")
    node = graph.add("graph.input", id="x", params={"type": text} if text else {})
    signature = Resolver(graph, registry).signature(node)
    assert signature is not None
    (port,) = signature.outputs
    assert port.hint == hint
    assert port.control == (hint is Signal)


@pytest.mark.parametrize("text", ['"list["', "3"])
def test_a_type_that_is_none_gives_no_ports(registry, text):
    file = (
        '{"format": "animaweave/graph", "version": 1, "nodes": {"x": {"type": "graph.input", "params": {"type": %s}}}}'
    )
    graph = Graph.loads(file % text)
    assert Resolver(graph, registry).signature(graph.nodes["x"]) is None
    assert RegistryCatalogue(registry).signature("graph.input", graph.nodes["x"].params) is None


def test_an_unknown_type_and_an_unknown_subgraph_have_no_ports(registry):
    graph = Graph("unknown")
    graph.add("astro.stack", id="a")
    graph.add("graph.nowhere", id="b")
    assert signatures(graph, registry) == {"a": None, "b": None}


def test_the_catalogue_answers_as_graph_files_keep_it(registry):
    catalogue = RegistryCatalogue(registry)
    saved = catalogue.signature("image.remove_small", {})
    assert saved is not None
    assert saved["inputs"]["mask"] == "image.Mask"
    assert saved["inputs"]["smallest"].endswith("?")
    join = catalogue.signature("text.join", {})
    assert join is not None
    assert join["inputs"]["texts"] == "*str"
    assert catalogue.signature("astro.stack", {}) is None
    assert catalogue.requirement("image.load") == ("image", "1")
    assert catalogue.requirement("graph.input") is None
    assert catalogue.provider("image.load") == "animaweave[image]"
    assert catalogue.provider("astro.stack") is None


def test_a_default_is_told_from_a_value_of_another_type(registry):
    catalogue = RegistryCatalogue(registry)
    node_type = registry.node_type("image.gaussian")
    assert node_type is not None
    default = node_type.signature.input("sigma").default
    assert default is not MISSING
    assert catalogue.is_default("image.gaussian", "sigma", default)
    assert not catalogue.is_default("image.gaussian", "sigma", default + 1)
    assert not catalogue.is_default("image.gaussian", "nothing", 1)
    with pytest.raises(ValueMismatch, match="expected a number"):
        catalogue.encode("image.gaussian", "sigma", "wide")
