"""Each wire: do its ports exist, do signals go to signals, does the value fit."""

from __future__ import annotations

from ...graph.wire import Wire
from ...ports.fit import Fit, compatible
from ...ports.hint import Hint, Strength, alternatives, label_of
from ...ports.port import Port, Signature
from ...ports.subtype import fits
from ...ports.text import to_text
from ..diagnostic import Fix
from ..lifting import can_be_lifted
from ..scope import IMPLICIT_INPUTS, IMPLICIT_OUTPUTS, Scope, nearest
from .evolution import successor, was_saved_with

CODE_OF = {"lifted": "AW110", "refused": "AW104"}


def ports_are_there(scope: Scope) -> None:
    """Every wire starts and ends at a port of its node."""
    for wire, source, target in scope.ends:
        if source is None:
            _unknown_port(scope, wire, "output")
        if target is None:
            _unknown_port(scope, wire, "input")


def inputs_take_one_wire(scope: Scope) -> None:
    """No data input has two wires, unless it takes any number."""
    for node_id in scope.looked_at:
        first: dict[str, Wire] = {}
        for wire in scope.into.get(node_id, ()):
            if wire.control:
                continue
            ref = wire.target
            other = first.setdefault(ref.port, wire)
            if other is wire and ref.index is None:
                continue
            target = scope.input(ref)
            if target is not None and not target.variadic and not target.control:
                _one_ends_here(scope, wire, other, target)


def _one_ends_here(scope: Scope, wire: Wire, other: Wire, target: Port) -> None:
    if other is not wire:
        scope.report(
            "AW108",
            f"two wires end here, from {other.source} and from {wire.source}",
            wire.target.node,
            target.name,
            wire=wire,
            hint="disconnect one of them",
            fix=Fix("disconnect"),
        )
    else:
        scope.report(
            "AW103",
            f"`{target.name}` takes one wire and has no place [{wire.target.index}]",
            wire.target.node,
            target.name,
            wire=wire,
            hint=f"wire it to `{target.name}`",
            fix=Fix("port", target.name),
        )


def _unknown_port(scope: Scope, wire: Wire, side: str) -> None:
    ref = wire.source if side == "output" else wire.target
    signature = scope.signatures[ref.node]
    if signature is None or scope.lacks_subgraph(scope.graph.nodes[ref.node]):
        return  # Nobody knows the node's ports, which another rule has said.
    names, declared = _names(signature, side), _declared(signature, side)
    is_gone = was_saved_with(scope, ref, f"{side}s")
    near = successor(scope, ref, f"{side}s", declared) or nearest(ref.port, names)
    if near is None and len(declared) == 1:
        near = declared[0].name
    if near:
        hint = f"move the wire to `{near}`" if is_gone else f"did you mean `{near}`?"
    else:
        hint = f"it has {', '.join(names)}"
    scope.report(
        "AW122" if is_gone else "AW103",
        f"`{scope.graph.nodes[ref.node].type}` has no {side} `{ref.port}`{' any more' if is_gone else ''}",
        ref.node,
        ref.port,
        wire=wire,
        hint=hint,
        fix=Fix("port", near) if near else None,
        candidates=names,
    )


def _declared(signature: Signature, side: str) -> tuple[Port, ...]:
    return signature.outputs if side == "output" else signature.inputs


def _names(signature: Signature, side: str) -> list[str]:
    implicit = IMPLICIT_OUTPUTS if side == "output" else IMPLICIT_INPUTS
    return [port.name for port in _declared(signature, side)] + list(implicit)


def wires_fit(scope: Scope) -> None:
    """Signals go to signals, and data to where it fits."""
    inference, converters = scope.inference, scope.registry.converters
    for wire, source, target in scope.ends:
        if source is None or target is None or wire.muted:
            continue
        if source.control or target.control or wire.control:
            _signals_meet(scope, wire, source, target)
            continue
        if source.hint is target.hint and not inference.has_variables:
            continue
        fit = inference.fit(wire.source, wire.target) if inference.concerns(wire.source, wire.target) else None
        if fit is None:
            fit = compatible(source.hint, target.hint, converters)
        if not fit.is_allowed:
            _refuse(scope, wire, source, target, fit)


def _signals_meet(scope: Scope, wire: Wire, source: Port, target: Port) -> None:
    if source.control and target.control and wire.control:
        return
    if source.control and target.control:
        message, hint = "a wire between control ports stands among the data wires", "move it to `controls`"
    elif not source.control and not target.control:
        message, hint = "a wire between data ports stands among the control wires", "move it to `wires`"
    elif source.control:
        message = f"`{target.name}` takes data; {wire.source} gives a signal"
        hint = "wire it to `trigger`, if the node is to wait for it"
    else:
        message = f"`{target.name}` takes a signal; {wire.source} gives data"
        hint = f"wire {wire.source.node}.done, if it is to wait for that node"
    kinds = ["a signal" if port.control else "data" for port in (target, source)]
    place = wire.target.node, target.name
    scope.report("AW111", message, *place, wire=wire, hint=hint, expected=kinds[0], found=kinds[1])


def _refuse(scope: Scope, wire: Wire, source: Port, target: Port, fit: Fit) -> None:
    code = "AW109" if fit.is_tie else CODE_OF[fit.verdict]
    between = None if fit.is_tie else _node_between(scope, wire, source.hint, target.hint)
    hint = f"wire `{between}` between them" if between else ""
    fix = Fix("insert", between) if between else None
    if code == "AW110" and not between:
        hint = "take one item of the list first, or run it for each with `control.for_each`"
        fix = Fix("each") if _can_be_lifted(scope, wire.target.node) else None
    scope.report(
        code,
        fit.reason if fit.is_tie else f"{wire.source} does not fit: {fit.reason}",
        wire.target.node,
        target.name,
        wire=wire,
        hint=hint,
        fix=fix,
        expected=to_text(target.hint),
        found=to_text(source.hint),
    )


def _can_be_lifted(scope: Scope, node_id: str) -> bool:
    node = scope.graph.nodes[node_id]
    return not scope.name and can_be_lifted(node, scope.node_types.get(node.type), scope.graph.wires_of(node_id))


def _node_between(scope: Scope, wire: Wire, source: Hint, target: Hint) -> str | None:
    """A node type that makes one of the other: it needs nothing but the source, and gives what the target takes.

    Only vessels that the wire has to do with are asked; loading all of them would take long.
    """
    nodes = scope.graph.nodes
    vessels = [nodes[wire.target.node].type, nodes[wire.source.node].type]
    vessels += [label.vessel for hint in (target, source) for part in alternatives(hint) if (label := label_of(part))]
    found: list[tuple[int, str]] = []
    for name in dict.fromkeys(vessel.partition(".")[0] for vessel in vessels):
        vessel = scope.registry.vessel(name)
        for node_type in vessel.node_types.values() if vessel is not None else ():
            inputs = node_type.signature.inputs
            needed = [port for port in inputs if port.is_required]
            if (
                len(needed) == 1
                and not node_type.deprecated
                and fits(source, needed[0].hint) is Strength.ALWAYS
                and any(fits(port.hint, target) is Strength.ALWAYS for port in node_type.signature.outputs)
            ):
                found.append((len(inputs), node_type.id))
    return min(found)[1] if found else None
