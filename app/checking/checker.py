"""`check`: all that can be found wrong with a graph without running it."""

from __future__ import annotations

from ..graph.document import Graph
from ..registry.lookup import Registry, shipped
from ..registry.resolve import Resolver
from .dependencies import Dependencies
from .diagnostic import Diagnostic
from .rules import RULES
from .scope import Scope


def check(graph: Graph, registry: Registry | None = None) -> list[Diagnostic]:
    """Find what is wrong with a graph and its sub-graphs; the time grows with their size alone.

    Args:
        graph: The outermost graph.
        registry: Knows the node types; the vessels that ship if not given.

    Returns:
        Errors first, then warnings, then hints; each in the order of the nodes. A sub-graph is checked once, under its
        own name: `calc/add` is the node `add` of the sub-graph `calc`.
    """
    registry = shipped() if registry is None else registry
    resolver = Resolver(graph, registry)
    scopes = {"": Scope(graph, graph, registry, resolver)}
    scopes |= {name: Scope(inner, graph, registry, resolver, name) for name, inner in graph.subgraphs.items()}
    dependencies = Dependencies(scopes)
    found: list[Diagnostic] = []
    for scope in scopes.values():
        scope.dependencies = dependencies
    for scope in scopes.values():
        for rule in RULES:
            rule(scope)
        if scope.found:
            prefix = f"{scope.name}/" if scope.name else ""
            order = {f"{prefix}{node_id}": place for place, node_id in enumerate(scope.graph.nodes)}
            found += sorted(scope.found, key=lambda one: order.get(one.node or "", -1))
    scopes.clear()  # They and their dependencies know each other; now they go without the garbage collector.
    return sorted(found, key=lambda one: one.severity.rank)
