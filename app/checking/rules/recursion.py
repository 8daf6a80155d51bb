"""Sub-graphs that use themselves."""

from __future__ import annotations

from ..cycles import cycles
from ..scope import Scope


def recursion_can_end(scope: Scope) -> None:
    """A sub-graph that uses itself, by way of others too, does so behind a control wire, which may stop it."""
    if scope.name:
        return  # Looked at once, from outside.
    scopes = scope.dependencies.scopes
    uses = {name: _unstoppable(inner) for name, inner in scopes.items() if name}
    for cycle in cycles({name: [used for used in inner if used in uses] for name, inner in uses.items()}):
        way = " → ".join(f"`{name}`" for name in (*cycle, cycle[0]))
        inner = scopes[cycle[0]]
        inner.report(
            "AW113",
            f"sub-graphs use themselves without an end: {way}",
            uses[cycle[0]][(*cycle, cycle[0])[1]],
            hint="wire a signal to `trigger` of one of these nodes, so that it can stop",
        )


def _unstoppable(scope: Scope) -> dict[str, str]:
    """The sub-graphs that a graph uses whatever happens, each with a node that does."""
    gated = {wire.target.node for wire in scope.controls}
    waiting = list(gated)
    follow: dict[str, list[str]] = {}
    for wire in scope.wires:
        if not scope.is_optional(wire):
            follow.setdefault(wire.source.node, []).append(wire.target.node)
    while waiting:
        for node_id in follow.get(waiting.pop(), []):
            if node_id not in gated:
                gated.add(node_id)
                waiting.append(node_id)
    found: dict[str, str] = {}
    for node_id, node in scope.graph.nodes.items():
        name = scope.subgraph_of(node)
        if name is not None and node_id not in gated:
            found.setdefault(name, node_id)
    return found
