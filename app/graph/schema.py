"""The JSON Schema of graph files, made from the types that read them; editors and other programs check with it.

It says what a file may look like. What one part says of another (a wire's nodes, one wire into an input) only reading
finds out.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import msgspec

from .migrations import VERSION
from .reading import FORMAT, MOST_NODES
from .run_settings import Instead, Retry, RunSettings
from .subgraphs import RESERVED
from .view import Bookmark, Camera, Frame, NodeView, Note, Point, View
from .wire import LONGEST_ID

_ID = rf"^[^\s.\[\]]{{1,{LONGEST_ID}}}$"
_PORT = r"^[^\s.\[\]]+\.[^.\[\]]+(\[(0|[1-9][0-9]{0,6})\])?$"


def schema() -> dict[str, Any]:
    """The schema, by JSON Schema 2020-12."""
    parts = {part.__name__: part for part in (RunSettings, Retry, Instead, NodeView, Frame, Note, Bookmark)}
    (*_, point, camera), part_schemas = msgspec.json.schema_components(
        (*parts.values(), Point, Camera), ref_template="#/$defs/{name}"
    )
    for name, part_schema in part_schemas.items():
        _describe(part_schema, parts[name])
    text = {"type": "string"}
    contents = {
        "name": {**text, "description": "Its title."},
        "description": {**text, "description": "What it does, in a few sentences."},
        "nodes": {
            "description": "The nodes by id.",
            "type": "object",
            "maxProperties": MOST_NODES,
            "propertyNames": {"pattern": _ID},
            "additionalProperties": _ref("Node"),
        },
        "wires": {"description": "Wires between data ports.", "type": "array", "items": _ref("Wire")},
        "controls": {"description": "Wires between control ports.", "type": "array", "items": _ref("Wire")},
        "requires": {
            "description": "Versions of the vessels that the file was saved with.",
            "type": "object",
            "additionalProperties": text,
        },
        "signatures": {
            "description": "Ports of the node types that the file was saved with.",
            "type": "object",
            "additionalProperties": _ref("Signature"),
        },
        "view": _ref("View"),
    }
    ports = {"type": "object", "additionalProperties": text}
    definitions = {
        "Node": {
            "description": "An instance of a node type.",
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {**text, "description": "Name of its node type, such as image.gaussian.", "minLength": 1},
                "params": {"description": "Parameters that differ from their defaults.", "type": "object"},
                "run": _ref("RunSettings"),
            },
        },
        "Port": {"description": "A port, such as blur.image or sum.items[2].", "type": "string", "pattern": _PORT},
        "Wire": {
            "description": "Source, target, and options if there are any.",
            "type": "array",
            "minItems": 2,
            "maxItems": 3,
            "prefixItems": [
                _ref("Port"),
                _ref("Port"),
                {"type": "object", "properties": {"muted": {"type": "boolean", "default": False}}},
            ],
        },
        "Signature": {
            "description": "A node type's version and ports, with their types as text; *T is variadic, T? optional.",
            "type": "object",
            "properties": {"version": {"anyOf": [{"type": "integer"}, text]}, "inputs": ports, "outputs": ports},
        },
        "Subgraph": {
            "description": "A graph that serves as the node type graph.NAME.",
            "type": "object",
            "properties": {**contents, "subgraphs": {"type": "object", "maxProperties": 0}},
        },
        "View": _view_schema(point, camera),
        **part_schemas,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "AnimaWeave graph",
        "description": f"A graph file (.weave.json) of version {VERSION}. Keys that are not named here are kept.",
        "type": "object",
        "required": ["format", "version"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            **contents,
            "subgraphs": {
                "description": "Graphs that serve as node types.",
                "type": "object",
                "propertyNames": {"pattern": _ID, "not": {"enum": list(RESERVED)}},
                "additionalProperties": _ref("Subgraph"),
            },
        },
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """The schema as it is shipped in `resources/graph.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _view_schema(point: dict[str, Any], camera: dict[str, Any]) -> dict[str, Any]:
    docs = _attributes(View)
    reroute = {"type": "array", "minItems": 3, "maxItems": 3}
    reroute["prefixItems"] = [_ref("Port"), _ref("Port"), {"type": "array", "items": point}]
    properties: dict[str, dict[str, Any]] = {
        "nodes": {"description": docs["nodes"], "type": "object", "additionalProperties": _ref("NodeView")},
        "wires": {"description": docs["reroutes"], "type": "array", "items": reroute},
        "frames": {"description": docs["frames"], "type": "array", "items": _ref("Frame")},
        "notes": {"description": docs["notes"], "type": "array", "items": _ref("Note")},
        "bookmarks": {"description": docs["bookmarks"], "type": "array", "items": _ref("Bookmark")},
        "collapsed": {"description": docs["collapsed"], "type": "array", "items": {"type": "string"}},
        "camera": {**camera, "description": docs["camera"]},
    }
    return {"description": "How the graph looks; no run depends on it.", "type": "object", "properties": properties}


def _describe(part_schema: dict[str, Any], part: type) -> None:
    """Take descriptions from the docstring; `extra` is ours, not the file's."""
    docs = _attributes(part)
    part_schema["description"] = inspect.cleandoc(part.__doc__ or "").partition("\n")[0]
    part_schema["properties"].pop("extra")
    for name, described in part_schema["properties"].items():
        described["description"] = docs[name]
    if not part_schema["required"]:
        del part_schema["required"]


def _attributes(documented: type) -> dict[str, str]:
    """What a docstring says about each attribute."""
    return dict(re.findall(r"^    (\w+): (.*)$", inspect.cleandoc(documented.__doc__ or ""), re.MULTILINE))


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}
