"""`check`: all that can be found wrong with a graph without running it; and the same, kept up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from ..graph.document import Graph
from ..graph.wire import Wire
from ..registry.lookup import Registry, shipped
from ..registry.resolve import Resolver
from .dependencies import Dependencies, Vertex, edge_of, reached
from .diagnostic import Diagnostic
from .rules import ABOUT_FLOW, ABOUT_WIRES, RULES
from .rules.flow import cycles_can_run
from .scope import Scope, is_needed

REFUSED = ("AW104", "AW110")
"""Findings on wires whose types do not fit."""

Rule = Callable[[Scope], None]


def check(graph: Graph, registry: Registry | None = None) -> list[Diagnostic]:
    """Find what is wrong with a graph and its sub-graphs; the time grows with their size alone.

    Args:
        graph: The outermost graph.
        registry: Knows the node types; the vessels that ship if not given.

    Returns:
        Errors first, then warnings, then hints; each in the order of the nodes. A sub-graph is checked once, under its
        own name: `calc/add` is the node `add` of the sub-graph `calc`.
    """
    checker = Checker(graph, registry)
    checker.close()
    return checker.found


class Checker:
    """What is wrong with a graph, kept up to date as wires of the outermost graph come and go.

    Only what has to do with these wires is looked at again. After any other change, make a new one.

    Args:
        graph: The outermost graph.
        registry: Knows the node types; the vessels that ship if not given.

    Attributes:
        found: As `check` gives it.
    """

    def __init__(self, graph: Graph, registry: Registry | None = None) -> None:
        registry = shipped() if registry is None else registry
        self._look(graph, registry)
        if any(one.code in REFUSED for one in self.found) and registry.load_rest():
            self._look(graph, registry)  # A vessel that the graph does not name may have the converter.

    def _look(self, graph: Graph, registry: Registry) -> None:
        """Check all of it."""
        resolver = Resolver(graph, registry)
        self._scopes = {"": Scope(graph, graph, registry, resolver)}
        self._scopes |= {name: Scope(inner, graph, registry, resolver, name) for name, inner in graph.subgraphs.items()}
        dependencies = Dependencies(self._scopes)
        for scope in self._scopes.values():
            scope.dependencies = dependencies
        # By rule: what it found in the outermost graph; and what all found inside.
        self._of: dict[Rule, list[Diagnostic]] = {}
        self._inside: list[Diagnostic] = []
        self._follow: dict[Vertex, list[Vertex]] | None = None
        for name, scope in self._scopes.items():
            for rule in RULES:
                before = len(scope.found)
                rule(scope)
                if not name:
                    self._of[rule] = scope.found[before:]
            if name:
                self._inside += _by_node(scope)
        self.found = self._sorted()

    def close(self) -> None:
        """Let go of what is needed to go on; it goes without the garbage collector then."""
        self._scopes.clear()

    def prepare(self) -> None:
        """Work out now what the first `rewired` would have to."""
        if not self._of[cycles_can_run]:
            scope = self._scopes[""]
            self._follow = scope.dependencies.network(scope)

    def rewired(self, graph: Graph, added: Iterable[Wire], removed: Iterable[Wire]) -> list[Diagnostic]:
        """Take changes of wires of the outermost graph.

        Args:
            graph: The graph as it is now; but for its wires, it is as it was.
            added: Wires that have come.
            removed: Wires that have gone.

        Returns:
            `found`, as it is now.
        """
        scope, come, gone = self._scopes[""], Counter(added), Counter(removed)
        added, removed = tuple(come - gone), tuple(gone - come)  # One may have come and gone several times.
        is_acyclic = self._stays_acyclic(scope, added, removed)
        scope.rewire(graph, added, removed)
        is_local = self._infer(scope, added, removed)
        nodes = {wire.target.node for wire in (*added, *removed)}
        here = [wire for node in nodes for wire in scope.into.get(node, ())] if is_local else scope.all_wires
        anew = {*here, *removed}
        part = scope.part(here, {node: graph.nodes[node] for node in {wire.target.node for wire in anew}})
        for rule in ABOUT_WIRES:
            kept = [one for one in self._of[rule] if _stays(one, anew, part.looked_at)]
            part.found = []
            rule(part)
            self._of[rule] = _by_wire(kept + part.found, scope)
        flow = ABOUT_FLOW if is_acyclic else (cycles_can_run, *ABOUT_FLOW)
        scope.found = [one for rule in RULES if rule not in flow for one in self._of[rule]]
        for rule in flow:
            before = len(scope.found)
            rule(scope)
            self._of[rule] = scope.found[before:]
        self.found = self._sorted()
        return self.found

    def _infer(self, scope: Scope, added: tuple[Wire, ...], removed: tuple[Wire, ...]) -> bool:
        """Keep the inference up to date; tell whether all other wires fit as they did."""
        inference = scope.inference
        came, went = (
            [(wire.source, wire.target) for wire in wires if not wire.muted and not wire.control]
            for wires in (added, removed)
        )
        came, went = ([ends for ends in wires if inference.concerns(*ends)] for wires in (came, went))
        tells = any(scope.tells(target.node) for _, target in (*came, *went))
        if not tells and all(inference.remove(*ends) for ends in went):
            if inference.is_stale:
                scope.infer_anew()
                return not came or not scope.inference.is_refusing
            if all(inference.add(*ends) for ends in came):
                return True
        scope.infer_anew()
        return False

    def _stays_acyclic(self, scope: Scope, added: tuple[Wire, ...], removed: tuple[Wire, ...]) -> bool:
        """Whether there is no cycle, neither before nor now."""
        if self._of[cycles_can_run]:
            return False
        if self._follow is None:
            self._follow = scope.dependencies.network(scope)
        follow = self._follow
        for wires, is_there in ((removed, False), (added, True)):
            for wire in wires:
                edge = edge_of(wire, follow) if is_needed(wire, scope.input(wire.target)) else None
                if edge is None:
                    continue
                if not is_there:
                    follow[edge[0]].remove(edge[1])
                    continue
                follow[edge[0]].append(edge[1])
                if edge[0] in reached(follow, edge[1]):
                    self._follow = None
                    return False
        return True

    def _sorted(self) -> list[Diagnostic]:
        scope = self._scopes[""]
        scope.found = [one for found in self._of.values() for one in found]
        return sorted([*_by_node(scope), *self._inside], key=lambda one: one.severity.rank)


def _stays(found: Diagnostic, anew: Collection[Wire], looked_at: Collection[str]) -> bool:
    """Whether a finding about a wire, or about an input without one, is not looked for anew."""
    return found.node not in looked_at if found.wire is None else found.wire not in anew


def _by_node(scope: Scope) -> list[Diagnostic]:
    if not scope.found:
        return []
    prefix = f"{scope.name}/" if scope.name else ""
    order = {f"{prefix}{node_id}": place for place, node_id in enumerate(scope.graph.nodes)}
    return sorted(scope.found, key=lambda one: order.get(one.node or "", -1))


def _by_wire(found: list[Diagnostic], scope: Scope) -> list[Diagnostic]:
    if len(found) < 2:
        return found
    order = {wire: place for place, wire in enumerate(scope.all_wires)}
    return sorted(found, key=lambda one: -1 if one.wire is None else order[one.wire])
