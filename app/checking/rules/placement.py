"""Where nodes run: what cannot run there, and what cannot get there."""

from __future__ import annotations

import collections.abc
import io
import types

from ...authoring.nodetype import NOT_ELSEWHERE, PLACEMENTS, NodeType
from ...graph.node import Node
from ...ports.hint import alternatives, class_of
from ...ports.text import to_text
from ..scope import Scope

_STAYS = (
    collections.abc.Iterator,
    collections.abc.AsyncIterator,
    collections.abc.Awaitable,
    io.IOBase,
    types.ModuleType,
)
"""Classes whose values cannot be pickled, as a rule."""


def placements_are_possible(scope: Scope) -> None:
    """Every node runs where its kind can, and a process finds what it is to run and gets what it works on."""
    go_out = {name for name, node_type in scope.node_types.items() if node_type.placement == "process"}
    for node in scope.graph.nodes.values():
        wish, node_type = node.run.placement, scope.node_types.get(node.type)
        if node_type is None or (wish is None and node.type not in go_out) or node.run.disabled:
            continue
        if wish is not None and (wish not in PLACEMENTS[node_type.kind] or (node_type.composite and wish != "inline")):
            why = "the nodes of its sub-graph run where each of them asks" if node_type.composite else None
            message = f"`{node.type}` cannot be placed in `{wish}`: {why or NOT_ELSEWHERE[node_type.kind]}"
            scope.report("AW120", message, node.id, hint="leave `run.placement` out")
        elif (wish or node_type.placement) == "process":
            _process_finds(scope, node, node_type)


def _process_finds(scope: Scope, node: Node, node_type: NodeType) -> None:
    module, name = node_type.function.__module__, node_type.function.__qualname__
    if module == "__main__":
        message = f"no process can find `{node.type}`, which is declared in the program itself"
        hint = 'declare it in a vessel file of its own, or place it with `"placement": "inline"`'
        scope.report("AW121", message, node.id, hint=hint)
    elif "<" in name:
        message = f"no process can find `{node.type}`, which is declared inside of something else"
        hint = 'declare it at the top of its module, or place it with `"placement": "inline"`'
        scope.report("AW121", message, node.id, hint=hint)
    for port in (*node_type.signature.inputs, *node_type.signature.outputs):
        classes = [class_of(part) for part in alternatives(port.hint)]
        if any(isinstance(cls, type) and issubclass(cls, _STAYS) for cls in classes):
            message = f"`{port.name}` holds {to_text(port.hint)}, which hardly gets into another process and back"
            hint = 'use a list or another value that can be pickled, or place it with `"placement": "inline"`'
            scope.report("AW204", message, node.id, port.name, hint=hint)


def sources_are_free(scope: Scope) -> None:
    """What begins the epochs waits for nothing."""
    types = {name for name, node_type in scope.node_types.items() if node_type.kind == "generator"}
    sources = {node_id for node_id, node in scope.graph.nodes.items() if node.type in types} if types else set()
    for wire, _, target in scope.ends if sources else ():
        if wire.target.node in sources and target is not None and not wire.muted:
            scope.report(
                "AW119",
                f"`{scope.graph.nodes[wire.target.node].type}` begins the epochs, so that no wire can lead to it",
                wire.target.node,
                wire.target.port,
                wire=wire,
                hint="set its value instead, or remove the wire",
            )


def nothing_begins_inside(scope: Scope) -> None:
    """What begins the epochs lies in no sub-graph that runs within one."""
    for node in scope.graph.nodes.values() if scope.outer.subgraphs else ():
        is_whole = scope.subgraph_of(node) is not None and node.run.is_of_a_whole
        if is_whole or scope.composite_of(node) is not None:
            _nothing_begins_inside(scope, node)


def _nothing_begins_inside(scope: Scope, node: Node) -> None:
    for place, inner in scope.inside(node):
        node_type = scope.registry.node_type(inner.type)
        if node_type is not None and node_type.kind == "generator":
            message = f"`{node.type}` runs its sub-graph within an epoch, but `{place}` in there begins the epochs"
            hint = "move that node out, and wire what it gives to an input of the sub-graph"
            scope.report("AW119", message, node.id, hint=hint)
            return
