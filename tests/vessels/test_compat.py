"""AnimaWeave's own vessels: ports, results and conversions, as graphs made with it expect them."""

import ast
import io
import time
import tokenize
import uuid
from pathlib import Path
from typing import Any

import pytest

from animaweave.checking.checker import check
from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.engine import Engine
from animaweave.engine.result import Result
from animaweave.graph.document import Graph
from animaweave.library import compatible
from animaweave.ports.hint import label_of
from animaweave.registry.lookup import Registry
from animaweave.vessels.compat.basic import PromptValue
from animaweave.vessels.compat.math import number_to_text

TABLE = {
    "basic.Start": ("", "signal:Signal execution_id:UUID"),
    "basic.GetTimestamp": ("trigger:Signal", "timestamp:Int"),
    "basic.IsEven": ("number:Int trigger:Signal", "result:Bool"),
    "basic.FormatNumber": ("number:Int trigger:Signal", "formatted:String"),
    "basic.CreatePrompt": ("name:String content:String trigger:Signal", "prompt:Prompt"),
    "basic.StringFormatter": ("input:String trigger:Signal", "formatted:String"),
    "basic.DataProcessor": ("execute:Signal", "result:String"),
    "basic.CompletionMarker": ("trigger:Signal", "completed:Signal timestamp:Int"),
    "math.Constant": ("value:Number", "output:Number"),
    "math.Add": ("a:Number b:Number", "result:Number"),
    "math.Input": ("value:Number", "value:Number"),
    "math.Output": ("input:Number", "result:Number"),
    "openrouter.EnhancePrompt": ("prompt:Prompt trigger:Signal", "prompts:Prompts"),
    "openrouter.MockOpenRouterCall": ("prompts:Prompts trigger:Signal", "response:String"),
}
IMPURE = {
    "basic.Start",
    "basic.GetTimestamp",
    "basic.CreatePrompt",
    "basic.CompletionMarker",
    "openrouter.EnhancePrompt",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


def run(nodes: dict[str, tuple[str, dict[str, Any]]], *wires: str) -> Result:
    graph = Graph()
    for node, (node_type, params) in nodes.items():
        graph.add(node_type, id=node, params=params)
    for wire in wires:
        source, target = wire.split()
        is_signal = target.endswith((".trigger", ".execute"))
        (graph.connect_control if is_signal else graph.connect)(source, target)
    assert [one for one in check(graph) if one.is_error] == []
    with Engine(compile_graph(graph), strict=True) as engine:
        return engine.run()


def words(ports: Any) -> str:
    return " ".join(
        f"{port.name}:{'Signal' if port.control else getattr(label_of(port.hint), 'name', port.hint)}" for port in ports
    )


@pytest.mark.parametrize("name", TABLE)
def test_ports_are_those_of_old(registry: Registry, name: str) -> None:
    node_type = registry.node_type(name)
    assert node_type is not None
    assert (words(node_type.signature.inputs), words(node_type.signature.outputs)) == TABLE[name]
    assert node_type.pure is (name not in IMPURE)


def test_the_new_nodes_of_a_vessel_stand_beside_the_old(registry: Registry) -> None:
    vessel = registry.vessel("math")
    assert vessel is not None
    assert {"add", "Add"} <= set(vessel.node_types)


def test_a_graph_of_old_runs() -> None:
    result = run(
        {
            "s": ("basic.Start", {}),
            "even": ("basic.IsEven", {"number": 42}),
            "text": ("basic.FormatNumber", {"number": 42}),
            "again": ("basic.StringFormatter", {}),
            "id": ("basic.StringFormatter", {}),
            "data": ("basic.DataProcessor", {}),
            "end": ("basic.CompletionMarker", {}),
            "now": ("basic.GetTimestamp", {}),
        },
        *("s.signal even.trigger", "s.signal text.trigger", "text.done again.trigger", "text.formatted again.input"),
        *("s.signal id.trigger", "s.execution_id id.input", "s.signal data.execute", "data.done end.trigger"),
        "end.completed now.trigger",
    )
    outputs = result.outputs
    assert result.status == "success"
    assert outputs["even.result"] is True
    assert outputs["again.formatted"] == "Formatted: Number: 42"
    assert uuid.UUID(outputs["id.formatted"].removeprefix("Formatted: ")).version == 4
    assert outputs["data.result"] == "Processing completed"
    assert abs(outputs["now.timestamp"] - time.time() * 1000) < 60_000


def test_numbers_add_and_pass() -> None:
    nodes = {
        "c": ("math.Constant", {"value": 2}),
        "i": ("math.Input", {}),
        "a": ("math.Add", {}),
        "o": ("math.Output", {}),
    }
    result = run(nodes, "c.output a.a", "i.value a.b", "a.result o.input")
    assert result.outputs == {"o.result": 7}


def test_prompts_are_made_enhanced_and_joined() -> None:
    result = run(
        {
            "s": ("basic.Start", {}),
            "p": ("basic.CreatePrompt", {"name": "poem", "content": "Write."}),
            "e": ("openrouter.EnhancePrompt", {}),
            "m": ("openrouter.MockOpenRouterCall", {}),
            "again": ("openrouter.EnhancePrompt", {}),
            "text": ("basic.StringFormatter", {}),
        },
        *("s.signal p.trigger", "p.done e.trigger", "p.prompt e.prompt", "e.done m.trigger", "e.prompts m.prompts"),
        *("e.done again.trigger", "e.prompts again.prompt", "e.done text.trigger", "e.prompts text.input"),
    )
    assert result.outputs["m.response"] == "Mock OpenRouter Response: Processed 2 prompts"
    first, second = result.outputs["again.prompts"]
    assert (first.name, first.content) == ("poem + Enhanced: poem", "Write.\nSystem Enhancement: Write.")
    assert second.name == "Enhanced: poem + Enhanced: poem"
    assert result.outputs["text.formatted"] == "Formatted: Write.\nSystem Enhancement: Write."


def test_no_prompts_make_none(registry: Registry) -> None:
    graph = Graph()
    graph.add("basic.Start", id="s")
    graph.add("openrouter.EnhancePrompt", id="e")
    graph.add("graph.input", id="in", params={"type": "openrouter.Prompts"})
    graph.connect("in.value", "e.prompt")
    graph.connect_control("s.signal", "e.trigger")
    with Engine(compile_graph(graph)) as engine:
        result = engine.run({"in": []})
    assert "there is no prompt in the list" in str(next(iter(result.errors.values())))


@pytest.mark.parametrize(
    ("value", "text"),
    {
        7.0: "7", 0.1: "0.1", 1e21: "1e+21", 1.5e21: "1.5e+21", 1e20: "100000000000000000000", 1e-6: "0.000001",
        1e-7: "1e-7", 1.25e-9: "1.25e-9", -0.0: "0", -3.5: "-3.5", 123456.789: "123456.789",
        float("inf"): "Infinity", float("-inf"): "-Infinity", 12: "12",
    }.items(),
)  # fmt: skip
def test_a_number_becomes_the_text_that_javascript_writes(value: float, text: str) -> None:
    assert number_to_text(value) == text


def test_no_number_is_nan() -> None:
    assert number_to_text(float("nan")) == "NaN"


@pytest.mark.parametrize(
    ("source", "target", "names"),
    [
        ("basic.UUID", "basic.String", ["basic.id_to_text"]),
        ("math.Number", "basic.String", ["math.number_to_text"]),
        ("basic.Prompt", "basic.String", ["basic.prompt_to_text"]),
        ("openrouter.Prompts", "basic.Prompt", ["openrouter.prompts_to_prompt"]),
        ("openrouter.Prompts", "basic.String", ["openrouter.prompts_to_prompt", "basic.prompt_to_text"]),
        ("basic.Int", "math.Number", None),
        ("basic.Bool", "basic.String", None),
        ("basic.String", "basic.UUID", None),
        ("basic.Prompt", "openrouter.Prompts", None),
    ],
)
def test_what_converts_and_what_does_not(registry: Registry, source: str, target: str, names: list[str] | None) -> None:
    list(registry.node_types())  # All converters are known then.
    fit = compatible(registry.label(source), registry.label(target), registry=registry)
    assert ([step.name for step in fit.converters] if fit.verdict == "converted" else None) == names


def test_a_prompt_can_be_set_in_a_graph() -> None:
    prompt = PromptValue("1", "n", "c")
    graph = Graph()
    graph.add("openrouter.EnhancePrompt", id="e", params={"prompt": {"id": "1", "name": "n", "content": "c"}})
    graph.add("basic.Start", id="s")
    graph.connect_control("s.signal", "e.trigger")
    with Engine(compile_graph(graph)) as engine:
        assert engine.run().outputs["e.prompts"][0] == prompt


def test_basic_and_math_take_a_fifth_of_the_lines_that_they_took() -> None:
    folder = Path(__file__).parents[2] / "app/vessels/compat"
    assert sum(_lines((folder / f"{name}.py").read_text()) for name in ("basic", "math")) <= 85


def _lines(source: str) -> int:
    """Lines without blanks, comments and docstrings."""
    docs: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docs.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in skipped
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - docs)
