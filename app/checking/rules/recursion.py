"""Sub-graphs that use themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ...graph.node import Node
from ...graph.subgraphs import named_by
from ..cycles import cycles
from ..scope import Scope


def recursion_can_end(scope: Scope) -> None:
    """A sub-graph that uses itself, by way of others too, does so where something may stop it.

    That is behind a control wire, behind a lazy input, or for each item of a list, which may be empty.
    """
    if scope.name:
        return  # Looked at once, from outside.
    scopes = scope.dependencies.scopes
    used = {name: _unstoppable(inner) for name, inner in scopes.items() if name}
    for cycle in cycles({name: [other for other in inner if other in used] for name, inner in used.items()}):
        way = " → ".join(f"`{name}`" for name in (*cycle, cycle[0]))
        inner = scopes[cycle[0]]
        inner.report(
            "AW113",
            f"sub-graphs use themselves without an end: {way}",
            used[cycle[0]][(*cycle, cycle[0])[1]],
            hint="wire a signal to `trigger` of one of these nodes, or use what it gives behind a lazy input, "
            "such as `then` of `control.if`, so that it can stop",
        )


def _unstoppable(scope: Scope) -> dict[str, str]:
    """The sub-graphs that a graph uses whatever happens, each with a node that does."""
    stoppable = _behind_signals(scope) | _on_demand(scope)
    found: dict[str, str] = {}
    for node_id, node in scope.graph.nodes.items():
        if node_id not in stoppable:
            for name in _surely_used(scope, node):
                found.setdefault(name, node_id)
    return found


def _surely_used(scope: Scope, node: Node) -> Iterable[str]:
    """The sub-graphs that run whenever the node does."""
    name = scope.subgraph_of(node)
    if name is not None:
        return [name]
    node_type, named = scope.composite_of(node), named_by(node)
    if node_type is None or node_type.composite in ("for_each", "fold"):
        return []
    if "test" in named:  # Asked before the first pass, of which there may be none.
        return [named["test"]]
    return named.values()


def _behind_signals(scope: Scope) -> set[str]:
    """Nodes that a signal may keep from running, and those that need what they give."""
    gated = {wire.target.node for wire in scope.controls}
    waiting = list(gated)
    follow: dict[str, list[str]] = {}
    for wire in scope.needed:
        if not wire.control:
            follow.setdefault(wire.source.node, []).append(wire.target.node)
    while waiting:
        for node_id in follow.get(waiting.pop(), []):
            if node_id not in gated:
                gated.add(node_id)
                waiting.append(node_id)
    return gated


def _on_demand(scope: Scope) -> set[str]:
    """Nodes that nothing but lazy inputs needs, directly or by way of others: they run only if one is asked for."""
    needing: dict[str, int] = {}
    before: dict[str, list[str]] = {}
    for wire in (*scope.wires, *scope.controls):
        port = scope.input(wire.target)
        is_lazy = port is not None and port.field.lazy
        needing[wire.source.node] = needing.get(wire.source.node, 0) + (not is_lazy)
        if not is_lazy:
            before.setdefault(wire.target.node, []).append(wire.source.node)
    waiting = [node_id for node_id, count in needing.items() if not count]
    found = set(waiting)
    while waiting:
        for node_id in before.get(waiting.pop(), ()):
            needing[node_id] -= 1
            if not needing[node_id]:
                found.add(node_id)
                waiting.append(node_id)
    return found
