"""Vessels that a graph does not name, but needs: what the editor accepts, which knows all of them, runs without it."""

from __future__ import annotations

from pathlib import Path

import pytest

import animaweave as aw
from animaweave.engine.engine import run
from animaweave.registry.lookup import Registry

HEAD = """
from typing import Annotated
from animaweave import Vessel
from animaweave.ports.label import Label

{name} = Vessel("{name}")
Metres = Annotated[float, {metres}]
Feet = Annotated[float, {feet}]
"""
METRES, FEET = 'Label("one", "Metres")', 'Label("two", "Feet")'


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Three vessels, of which the third knows how to get from the first to the second."""
    vessels = {
        "one": ('one.label("Metres")', FEET, "@one.node\ndef ruler() -> Metres:\n    return 2.0\n"),
        "two": (METRES, 'two.label("Feet")', "@two.node\ndef say(x: Feet) -> str:\n    return f'{x:.2f} ft'\n"),
        "three": (METRES, FEET, "@three.converter\ndef feet(value: Metres) -> Feet:\n    return value / 0.3048\n"),
    }
    for name, (metres, feet, code) in vessels.items():
        (tmp_path / f"{name}.py").write_text(HEAD.format(name=name, metres=metres, feet=feet) + code)
    return Registry([tmp_path])


def test_a_converter_of_a_vessel_that_the_graph_does_not_name_is_found(registry: Registry) -> None:
    graph = aw.Graph()
    graph.add("one.ruler", id="a")
    graph.add("two.say", id="b")
    graph.connect("a.metres", "b.x")
    assert len(registry.converters) == 0
    assert run(graph, registry=registry).outputs == {"b.result": "6.56 ft"}


def test_a_graph_without_refused_wires_loads_no_other_vessel(registry: Registry) -> None:
    graph = aw.Graph()
    graph.add("one.ruler", id="a")
    assert aw.check(graph, registry) == []
    assert len(registry.converters) == 0
