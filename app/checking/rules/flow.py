"""What happens when the graph runs: cycles, what can never run, what nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...graph.node import Node
from ...graph.wire import Wire
from ...ports.port import MISSING
from ...registry.boundary import OUTPUT
from ..cycles import cycles
from ..scope import Scope

SHOWN = 3
"""Nodes that a message names before it counts the others."""


def cycles_can_run(scope: Scope) -> None:
    """Every cycle has an optional data wire, which brings nothing in its first turn."""
    if scope.is_in_order:
        return
    order = {node_id: place for place, node_id in enumerate(scope.graph.nodes)}
    for cycle in cycles(scope.dependencies.network(scope)):
        ids = list(dict.fromkeys(vertex if isinstance(vertex, str) else vertex.node for vertex in cycle))
        first = ids.index(min(ids, key=lambda node_id: order[node_id]))
        ids = ids[first:] + ids[:first]
        way = " → ".join(f"`{node_id}`" for node_id in (*ids, ids[0]))
        scope.report(
            "AW112",
            f"these nodes wait for one another: {way}",
            ids[0],
            hint="take out one of the wires, or let it end at an input that has a default",
        )


def outputs_are_used(scope: Scope) -> None:
    """Where a graph says what its outputs are, every node works for one of them or has an effect."""
    if OUTPUT not in scope.by_type:
        return  # Then all that is not wired on is a result.
    used = {wire.source.node for wire in (*scope.graph.wires, *scope.graph.controls)}
    for node_id, node in scope.graph.nodes.items():
        signature = scope.signatures[node_id]
        if node_id in used or node.type == OUTPUT or signature is None or not signature.outputs:
            continue
        if any(_has_effect(scope, each) for each in (node, *(inner for _, inner in scope.inside(node)))):
            continue
        names = [port.name for port in signature.outputs]
        scope.report(
            "AW301",
            f"nothing uses {' and '.join(f'`{name}`' for name in names)}",
            node_id,
            names[0] if len(names) == 1 else None,
            hint="wire it on, or remove the node",
        )


def _has_effect(scope: Scope, node: Node) -> bool:
    node_type = scope.resolver.node_type(node.type)
    return node_type is not None and bool(node_type.effects - {"read-files"})


# ---------------------------------------------------------------- what can never run


def nodes_can_run(scope: Scope) -> None:
    """Every node can run: nothing that it needs is in error, muted or never settled."""
    causes = dict(_causes(scope))
    if not causes and not scope.in_error:
        return
    behind = _behind(scope, [*causes, *(node_id for node_id in scope.graph.nodes if node_id in scope.in_error)])
    for node_id in scope.graph.nodes:
        others = _listed(behind.get(node_id, []))
        if node_id in causes:
            code, port, problem, hint = causes[node_id]
            nor = f", nor can {others}" if others else ""
            scope.report(code, f"{problem}, so the node can never run{nor}", node_id, port, hint=hint)
        elif others:
            problem = f"as long as it has an error, {others} can never run"
            scope.report("AW201", problem, node_id, hint="mend the error first")


def _causes(scope: Scope) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """Nodes that can never run, and not for an error: code, port, problem and hint by id."""
    muted = {(wire.target.node, wire.target.port) for wire in scope.graph.wires if wire.muted}
    for node_id, node in scope.graph.nodes.items():
        signature = scope.signatures[node_id]
        if signature is None or node.run.disabled or node_id in scope.in_error:
            continue
        for port in signature.inputs:
            if not port.control and (node_id, port.name) not in muted:
                continue
            wires = scope.wires_into(node_id, port.name)
            if any(not wire.muted for wire in wires):
                continue
            if port.control and not wires:
                problem = f"nothing is wired to the control port `{port.name}`"
                yield node_id, ("AW201", port.name, problem, "wire a signal to it")
            elif port.control:
                problem = f"all wires to the control port `{port.name}` are muted"
                yield node_id, ("AW202", port.name, problem, "let one of them take part again")
            elif wires and port.is_required and port.name not in node.params:
                problem = f"the wire to `{port.name}` is muted"
                yield node_id, ("AW201", port.name, problem, "let it take part again, or set a value")


def _behind(scope: Scope, roots: Iterable[str]) -> dict[str, list[str]]:
    """For each of these nodes the others that cannot run because of it, each under the first that is found."""
    first = {root: root for root in roots}
    waiting = list(first)
    wires_from: dict[str, list[Wire]] = {}
    signals: dict[str, int] = {}
    for wire in (*scope.wires, *scope.controls):
        wires_from.setdefault(wire.source.node, []).append(wire)
        if wire.control:
            signals[wire.target.node] = signals.get(wire.target.node, 0) + 1
    behind: dict[str, list[str]] = {}
    for source in waiting:
        for wire in wires_from.get(source, []):
            target = scope.graph.nodes[wire.target.node]
            if target.id in first:
                continue
            if wire.control:
                signals[target.id] -= 1
            if _is_needed(scope, wire, target, signals.get(target.id, 0)):
                first[target.id] = first[source]
                behind.setdefault(first[source], []).append(target.id)
                waiting.append(target.id)
    return behind


def _is_needed(scope: Scope, wire: Wire, target: Node, signals_left: int) -> bool:
    """Whether a node cannot run without what this wire brings."""
    if not wire.control:
        port = scope.input(wire.target)
        if port is None or port.field.lazy:
            return False  # It may well never ask.
        return port.default is MISSING and port.name not in target.params
    modes = target.run.activation
    own = modes.get("*", "AND")
    if own == "DECIDED":
        return False
    if own == modes.get(wire.target.port, "AND") == "AND":
        return True
    return signals_left == 0  # One of several signals would do.


def _listed(ids: list[str]) -> str:
    shown = [f"`{node_id}`" for node_id in ids[:SHOWN]]
    if len(ids) > SHOWN:
        return f"{', '.join(shown)} and {len(ids) - SHOWN} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
