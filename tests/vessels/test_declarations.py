"""What every node, label and converter that ships must say of itself."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from animaweave.authoring import NodeType, Vessel
from animaweave.ports.convert import Converters
from animaweave.ports.port import MISSING, Port
from animaweave.ports.value import verify
from animaweave.registry.discovery import load_shipped
from animaweave.registry.sources import shipped_modules, shipped_sources
from animaweave.vessels import image

NODE_BODY = {"dark": "#262a31", "light": "#ffffff"}
HEAVY = {"PIL", "imageio", "scipy", "skimage"}


def vessels() -> Iterator[Vessel]:
    """The vessels that ship."""
    for source in shipped_sources():
        yield from load_shipped(source.place)


VESSELS = {vessel.name: vessel for vessel in vessels()}
NODES = {node.id: node for vessel in VESSELS.values() for node in vessel.node_types.values()}
INPUTS = {
    f"{node.id}.{port.name}": (node, port)
    for node in NODES.values()
    for port in (*node.signature.inputs, *node.signature.settings)
}


def test_the_vessels_ship_the_nodes_that_graphs_name() -> None:
    assert {name: list(vessel.node_types) for name, vessel in VESSELS.items()} == {
        "control": ["if", "select", "switch", "gate", "first", "for_each", "while", "fold", "catch"],
        "image": [
            *("load", "grey", "gaussian", "threshold", "threshold_otsu", "remove_small", "morphology", "label"),
            *("count_objects", "measure", "annotate", "save"),
        ],
        "basic": [
            *("Start", "GetTimestamp", "IsEven", "FormatNumber", "CreatePrompt", "StringFormatter", "DataProcessor"),
            "CompletionMarker",
        ],
        "math": [
            *("constant", "add", "subtract", "multiply", "divide", "power", "compare", "clamp", "round"),
            *("Constant", "Add", "Input", "Output"),
        ],
        "openrouter": ["EnhancePrompt", "MockOpenRouterCall"],
        "text": ["constant", "format", "join", "split", "replace"],
    }


def test_the_ports_that_the_printed_example_wires_are_there() -> None:
    ends = ["load.image", "threshold_otsu.mask", "remove_small.mask", "count_objects.number", "annotate.picture"]
    starts = ["load.path", "threshold_otsu.image", "remove_small.mask", "remove_small.smallest", "count_objects.mask"]

    for node, port in (end.split(".") for end in ends):
        assert NODES[f"image.{node}"].output(port), (node, port)
    for node, port in (start.split(".") for start in starts):
        assert NODES[f"image.{node}"].input(port), (node, port)


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_a_node_says_in_one_line_what_it_does(node: NodeType) -> None:
    assert node.help.summary.endswith(".")
    assert 10 < len(node.help.summary) <= 90
    assert "\n" not in node.help.summary


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_a_node_explains_each_input_and_no_other(node: NodeType) -> None:
    assert list(node.help.ports) == [port.name for port in (*node.signature.inputs, *node.signature.settings)]
    for port, text in node.help.ports.items():
        assert text.endswith("."), port
        assert text[0].isupper(), port


@pytest.mark.parametrize(("node", "port"), INPUTS.values(), ids=INPUTS)
def test_a_default_is_a_value_that_its_own_port_takes(node: NodeType, port: Port) -> None:
    if port.default is not MISSING:
        verify(port.default, port)


@pytest.mark.parametrize("vessel", VESSELS.values(), ids=VESSELS)
def test_titles_tell_the_nodes_of_a_vessel_apart(vessel: Vessel) -> None:
    titles = [node.title for node in vessel.node_types.values()]

    assert len(set(titles)) == len(titles)
    assert all(title[0].isupper() for title in titles)


@pytest.mark.parametrize("vessel", VESSELS.values(), ids=VESSELS)
def test_labels_and_converters_are_described(vessel: Vessel) -> None:
    assert all(label.doc.endswith(".") for label in vessel.labels.values())
    assert all(converter.doc.endswith(".") for converter in vessel.converters)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vessel", VESSELS.values(), ids=VESSELS)
def test_colours_are_legible_on_a_node(vessel: Vessel) -> None:
    """As dark nodes show them; light ones darken a colour as they need."""
    colours = [vessel.colour, *(label.colour or vessel.colour for label in vessel.labels.values())]

    assert all(contrast(colour, NODE_BODY["dark"]) >= 4.5 for colour in colours)
    assert len(set(colours)) == len(colours)


def test_between_two_labels_leads_at_most_one_shortest_chain_of_converters() -> None:
    converters = Converters()
    for vessel in VESSELS.values():
        for converter in vessel.converters:
            converters.add(converter)
    labels = {name: getattr(image, name) for name in VESSELS["image"].labels}

    paths = {
        f"{source} to {target}": [step.name for step in converters.path(labels[source], labels[target]) or ()]
        for source, target in itertools.permutations(labels, 2)
    }

    assert paths["Colour to Grey"] == ["image.colour_to_grey"]
    assert paths["Mask to Colour"] == ["image.mask_to_grey", "image.grey_to_colour"]
    assert paths["Labels to Grey"] == ["image.labels_to_mask", "image.mask_to_grey"]
    assert paths["Labels to Mask"] == ["image.labels_to_mask"]
    assert paths["Grey to Mask"] == paths["Mask to Labels"] == []


@pytest.mark.parametrize("name", VESSELS)
def test_a_vessel_is_imported_without_the_libraries_that_its_nodes_run_on(name: str) -> None:
    modules = ", ".join(shipped_modules(name))
    code = f"import json, sys, {modules}; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)

    loaded: list[Any] = json.loads(done.stdout)
    assert not HEAVY & set(loaded)
