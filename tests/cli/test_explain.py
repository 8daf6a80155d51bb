"""The text, and the diagrams as a reader of their languages finds them."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli import diagram
from animaweave.cli.exits import Code
from animaweave.engine.compiler.explain import Explanation, NodeView, Route
from animaweave.graph.wire import PortRef
from tests.cli.conftest import Write

ADD = {"type": "math.add", "params": {"a": 1.0, "b": 2.0}}

NASTY = 'a"b\\n<b>|#x;`{}[]\\" -->end\n\x1b[31m'


# -- readers -----------------------------------------------------------------------------------------------------------


def read_dot(text: str) -> tuple[dict[str, list[str]], list[tuple[str, str, str]]]:
    """Boxes (lines of their labels) and arrows (with their labels) of a DOT file; fails on what is no DOT."""
    token = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(->|[{}\[\]=,;])|(\w+))', re.DOTALL)
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = token.match(text, at)
        assert match, f"no DOT: {text[at : at + 40]!r}"
        string, sign, word = match.groups()
        tokens.append(("string", string) if string is not None else ("sign", sign) if sign else ("word", word))
        at = match.end()
    assert tokens[0] == ("word", "digraph")
    assert tokens[1][0] == "string"
    assert (tokens[2], tokens[-1]) == (("sign", "{"), ("sign", "}"))
    boxes, arrows = {}, []
    statement: list[tuple[str, str]] = []
    for one in tokens[3:-1]:
        if one != ("sign", ";"):
            statement.append(one)
            continue
        facts = {
            statement[place][1]: statement[place + 2]
            for place in range(len(statement) - 2)
            if statement[place + 1] == ("sign", "=")
        }
        if ("sign", "->") in statement:
            arrows.append((statement[0][1], statement[2][1], undo(facts["label"][1])))
        elif "label" in facts:
            boxes[statement[0][1]] = [undo(line) for line in re.split(r"(?<!\\)(?:\\\\)*\\n", facts["label"][1])]
        statement = []
    assert not statement
    return boxes, arrows


def undo(string: str) -> str:
    return re.sub(r"\\(.)", r"\1", string)


def read_mermaid(text: str) -> tuple[dict[str, list[str]], list[tuple[str, str, str]]]:
    """Boxes and arrows of a flowchart; fails on a line that is no Mermaid."""
    first, *lines = text.splitlines()
    assert first == "flowchart LR"
    boxes, arrows = {}, []
    for line in lines:
        box = re.fullmatch(r'  (n\d+)(?:\[|\(\[)"([^"]*)"(?:\]|\]\))', line)
        arrow = re.fullmatch(r'  (n\d+) (?:-->|==>|-\.->)\|"([^"]*)"\| (n\d+)', line)
        assert box or arrow or re.match(r"  class(Def)? ", line), f"no Mermaid: {line!r}"
        if box:
            boxes[box[1]] = [plain(part) for part in box[2].split("<br/>")]
        elif arrow:
            arrows.append((arrow[1], arrow[3], plain(arrow[2])))
    return boxes, arrows


def plain(label: str) -> str:
    assert not re.search(r"[<>\"`\[\]{}|]", label)
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", label))


# -- text --------------------------------------------------------------------------------------------------------------


def test_the_text_tells_order_levels_routes_counts_and_the_longest_way(cli: Any, root: Path) -> None:
    done = cli("explain", root / "examples/coins.weave.json")

    lines = done.out.splitlines()
    assert done.code == Code.SUCCESS
    assert lines[0] == "count coins: 9 nodes, 9 wires, 7 levels; at most 2 at once, 1.3 on average"
    level, node, kind, runs, port, references, arrow, *to = lines[3].split()
    assert (level, node, kind, port, references, arrow) == ("0", "photo", "image.load", "image", "(2)", "→")
    assert "outlines.image" in to
    assert any(line.startswith("longest way: 7 nodes: photo → ") for line in lines)
    assert "converters: photo.image>image.colour_to_grey" in lines
    assert "result coins" in done.out
    assert runs in {"inline", "thread", "process"}


def test_what_must_be_given_is_told_with_the_option_that_gives_it(cli: Any, write: Write) -> None:
    graph = write({"x": {"type": "graph.input", "params": {"type": "float"}}, "sum": ADD}, ("x.value", "sum.a"))

    assert "needs: x; give each with --set NAME=VALUE" in cli("explain", graph).out


def test_targets_keep_to_what_they_need(cli: Any, write: Write) -> None:
    done = cli("explain", write({"sum": ADD, "off": "math.nothing_such"}), "--target", "sum.result", "--json")

    assert done.code == Code.SUCCESS
    assert [node["id"] for node in done.json["nodes"]] == ["sum"]


def test_json_is_one_document_with_all_of_it(cli: Any, root: Path) -> None:
    plan = cli("explain", root / "examples/coins.weave.json", "--json").json

    assert plan["levels"] == [1, 1, 1, 1, 2, 2, 1]
    assert plan["critical_path"][0] == "photo"
    assert plan["nodes"][0]["outputs"][0]["references"] == 2
    assert {"name": "photo.path", "type": "Path", "required": False} in plan["inputs"]
    assert plan["effects"] == {"read-files": ["photo"]}


def test_of_a_large_graph_the_text_shows_the_beginning_and_the_whole_in_figures(cli: Any, write: Write) -> None:
    count = 3000
    nodes = {f"n{number}": {"type": "math.add", "params": {"a": 1.0, "b": 1.0}} for number in range(count)}
    graph = write(nodes, *((f"n{number}.result", f"n{number + 1}.a") for number in range(count - 1)))

    done = cli("explain", graph)

    assert len(done.out.splitlines()) < 150
    assert "… and 2,900 more nodes: --json lists all, --target NODE.PORT keeps to what one output needs" in done.out
    assert "longest way: 3,000 nodes: n0 → n1 → " in done.out
    assert "types: math.add 3,000" in done.out
    assert all(len(line) < 1000 for line in done.out.splitlines())


def test_a_graph_with_errors_is_refused_as_run_does(cli: Any, write: Write) -> None:
    graph = write({"sum": "math.ad"})

    plain_, as_json = cli("explain", graph), cli("explain", graph, "--json")

    assert plain_.code == as_json.code == Code.GRAPH
    assert "did you mean `math.add`?" in plain_.err
    assert as_json.json["error"] == f"{graph}: the graph has an error"
    assert as_json.json["diagnostics"][0]["node"] == "sum"


def test_only_one_form_at_a_time(cli: Any, root: Path) -> None:
    done = cli("explain", root / "examples/coins.weave.json", "--dot", "--json")

    assert (done.code, done.out) == (Code.USAGE, "")
    assert "--dot, --mermaid and --json exclude each other" in done.err


def test_help_shows_examples(cli: Any) -> None:
    assert "animaweave explain coins.weave.json --dot | dot -Tsvg -o coins.svg" in cli("explain", "--help").out


# -- diagrams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("option", "read"), [("--dot", read_dot), ("--mermaid", read_mermaid)])
def test_a_diagram_has_every_node_and_every_wire(cli: Any, root: Path, option: str, read: Any) -> None:
    boxes, arrows = read(cli("explain", root / "examples/coins.weave.json", option).out)

    names = {place: lines[0] for place, lines in boxes.items()}
    wires = {(names[source], names[target], label) for source, target, label in arrows}
    assert len(boxes) == 9
    assert len(arrows) == 9
    assert ["mask", "image.threshold_otsu"] in boxes.values()
    assert ("mask", "large", "mask → mask") in wires
    assert ("photo", "image.colour_to_grey", "image → value") in wires


def test_a_sub_graph_that_a_node_runs_is_shown_below(cli: Any, tmp_path: Path) -> None:
    inner = {
        "nodes": {
            "x": {"type": "graph.input", "params": {"name": "x", "type": "float"}},
            "sum": {"type": "math.add", "params": {"b": 1.0}},
            "y": {"type": "graph.output", "params": {"name": "y"}},
        },
        "wires": [["x.value", "sum.a"], ["sum.result", "y.value"]],
    }
    each = {"type": "control.for_each", "params": {"graph": "step", "x": [1.0, 2.0]}}
    path = tmp_path / "graph.weave.json"
    path.write_text(
        json.dumps({"format": "animaweave/graph", "version": 1, "nodes": {"each": each}, "subgraphs": {"step": inner}})
    )

    text, plan = cli("explain", path), cli("explain", path, "--json")

    assert "what runs in epochs of its own as `step`:" in text.out
    assert plan.json["nodes"][0]["runs"] == "step"
    assert len(plan.json["inner"]["step"]["nodes"]) == 3


@pytest.mark.parametrize(("write_", "read"), [(diagram.dot, read_dot), (diagram.mermaid, read_mermaid)])
def test_no_name_can_be_taken_for_syntax(write_: Any, read: Any) -> None:
    explanation = _nasty()

    boxes, arrows = read(write_(explanation))

    shown = NASTY.replace("\x1b", "\\x1b")
    shown = shown.replace("\n", " ") if read is read_dot else shown
    assert boxes["n0"] == [shown, shown]
    assert ("n0", "n1", f"{shown} → {shown}") in arrows
    assert ("n1", "n0", "back → value") in arrows


def _nasty() -> Explanation:
    route = Route(NASTY, (PortRef("end", NASTY),), (), 1)
    nodes = (
        NodeView(NASTY, NASTY, 0, "inline", 0, (route,)),
        NodeView("end", "end", 1, "process", 1, (), skip="it is disabled"),
    )
    return Explanation(NASTY, nodes, (1, 1), (NASTY, "end"), (), (("end.back", f"{NASTY}.value"),), {}, ())
