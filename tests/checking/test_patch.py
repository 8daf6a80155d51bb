"""What a program is told of a finding is enough to mend the graph's file, and does what the editor's one click does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from animaweave.checking.checker import check
from animaweave.checking.fixes import edit_of
from animaweave.checking.patch import as_json
from animaweave.graph.document import Graph
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry
from tests.checking.test_codes import SECTIONS
from tests.checking.test_codes import registry as registry  # noqa: PLC0414 - the fixture, under its name

START = {"format": "animaweave/graph", "version": 1}
MORE: dict[str, dict[str, Any]] = {
    "insert": {
        "nodes": {"p": {"type": "image.load"}, "g": {"type": "image.grey"}, "l": {"type": "image.label"}},
        "wires": [["p.image", "g.image"], ["g.grey", "l.mask"]],
    },
    "inside": {
        "nodes": {"use": {"type": "graph.a"}},
        "subgraphs": {
            "a": {
                "nodes": {"one": {"type": "math.constant", "params": {"vlaue": 2}}, "two": {"type": "math.ad"}},
                "wires": [["one.resul", "two.a"]],
            }
        },
    },
    "two wires": {
        "nodes": {"a": {"type": "math.constant"}, "b": {"type": "math.constant"}, "sum": {"type": "math.add"}},
        "wires": [["a.result", "sum.a"], ["b.result", "sum.a[0]"]],
    },
}


def example(title: str) -> dict[str, Any]:
    if title in MORE:
        return {**START, **MORE[title]}
    found = re.search(r"```json\n(.*?)```", SECTIONS[title], re.DOTALL)
    assert found is not None
    return {**START, **json.loads(found[1])}


def at(document: Any, pointer: str) -> Any:
    """What a JSON Pointer names."""
    for part in pointer.split("/")[1:]:
        document = document[int(part) if isinstance(document, list) else part.replace("~1", "/").replace("~0", "~")]
    return document


def patched(document: dict[str, Any], patch: list[dict[str, Any]]) -> dict[str, Any]:
    """The document with a JSON Patch applied, as far as ours go."""
    changed = json.loads(json.dumps(document))
    for operation in patch:
        where, _, key = operation["path"].rpartition("/")
        parent = at(changed, where)
        if operation["op"] == "move":
            source, _, old = operation["from"].rpartition("/")
            parent[key] = at(changed, source).pop(old)
        elif isinstance(parent, list) and key == "-":
            parent.append(operation["value"])
        elif operation["op"] == "remove":
            del parent[int(key) if isinstance(parent, list) else key]
        else:
            parent[int(key) if isinstance(parent, list) else key] = operation["value"]
    return changed


def contents(graph: Graph) -> list[tuple[dict[str, Any], set[str]]]:
    parts = [graph, *graph.subgraphs.values()]
    return [
        (
            {node.id: (node.type, dict(node.params)) for node in part.nodes.values()},
            {f"{wire.source} {wire.target}" for wire in (*part.wires, *part.controls)},
        )
        for part in parts
    ]


@pytest.mark.parametrize("title", [*SECTIONS, *MORE])
def test_a_patch_mends_the_file_as_the_editor_does(title: str, registry: Registry) -> None:
    raw, catalogue = example(title), RegistryCatalogue(registry)
    graph = Graph.loads(json.dumps(raw), catalogue=catalogue)
    for found in check(graph, registry):
        told = as_json(graph, registry, found)
        assert json.loads(json.dumps(told)) == told, "it is plain JSON"
        at(raw, told["path"])  # It is there.
        if "fix" not in told:
            assert found.fix is None
            continue
        mended = Graph.loads(json.dumps(patched(raw, told["fix"]["patch"])), catalogue=catalogue)
        left = [(one.code, one.place) for one in check(mended, registry)]
        assert (found.code, found.place) not in left
        edited = graph.copy()
        edit_of(edited, registry, found).apply(edited)
        assert contents(edited) == contents(mended)
        assert told["fix"]["does"]


def test_every_kind_of_fix_is_tried(registry: Registry) -> None:
    catalogue = RegistryCatalogue(registry)
    graphs = [Graph.loads(json.dumps(example(title)), catalogue=catalogue) for title in (*SECTIONS, *MORE)]
    found = {one.fix.action for graph in graphs for one in check(graph, registry) if one.fix is not None}
    assert found == {"insert", "type", "port", "parameter", "disconnect", "unset", "each"}


@pytest.mark.parametrize(
    ("title", "code", "facts"),
    [
        ("AW104 Types do not fit", "AW104", {"expected", "found"}),
        ("AW106 Wrong value of a parameter", "AW106", {"expected", "found"}),
        ("AW103 Unknown port", "AW103", {"candidates"}),
        ("AW101 Unknown node type", "AW101", {"candidates", "found"}),
        ("AW107 Input without a wire", "AW107", {"expected"}),
    ],
)
def test_a_program_is_told_what_was_expected_and_what_found(
    title: str, code: str, facts: set[str], registry: Registry
) -> None:
    graph = Graph.loads(json.dumps(example(title)), catalogue=RegistryCatalogue(registry))
    told = next(as_json(graph, registry, found) for found in check(graph, registry) if found.code == code)
    assert facts <= told.keys()
