"""Each node by itself: its type, its parameters, its required inputs."""

from __future__ import annotations

from typing import Any

from ...errors import ValueMismatch
from ...graph.node import Node
from ...graph.run_settings import PLAIN_RUN, Instead
from ...graph.wire import PortRef
from ...ports.codec import encode
from ...ports.port import Port, Signature
from ...ports.text import to_text
from ...ports.value import from_json
from ...registry.boundary import INPUT
from ...registry.catalogue import RegistryCatalogue
from ..diagnostic import Fix
from ..scope import IMPLICIT_INPUTS, Scope, nearest
from .evolution import successor, was_saved_with

MOST_GUESSES = 20
"""Unknown node types for which a known one is looked for: all vessels are loaded for it."""


def node_types_are_known(scope: Scope) -> None:
    """Every node's type is there, and is meant to be used."""
    guessed: dict[str, str | None] = {}
    for name, nodes in scope.by_type.items():
        subgraph, node_type = scope.subgraph_of(nodes[0]), scope.node_types.get(name)
        if subgraph is None and node_type is not None and not node_type.deprecated:
            continue
        for node in nodes:
            if subgraph is not None:
                subgraph_is_there(scope, node.id, subgraph)
            elif node_type is not None:
                scope.report("AW203", f"`{node_type.id}` is deprecated", node.id, hint=node_type.deprecated)
            else:
                if name not in guessed and len(guessed) < MOST_GUESSES:
                    guessed[name] = scope.registry.nearest(name)
                _unknown_type(scope, node, guessed.get(name))


def subgraph_is_there(scope: Scope, node_id: str, name: str, param: str | None = None) -> None:
    """Report a sub-graph that a node uses and the graph does not have.

    Args:
        scope: The graph under check.
        node_id: The node.
        name: The sub-graph's name.
        param: The parameter that names it; None where the node's type does.
    """
    names = scope.outer.subgraphs
    if name in names:
        return
    near = nearest(name, names)
    meant = near if param else f"graph.{near}"
    hint = f"did you mean `{meant}`?" if near else "add a sub-graph of this name, or remove the node"
    fix = Fix("type", f"graph.{near}") if near and not param else None
    message = f"the graph has no sub-graph `{name}`"
    scope.report("AW102", message, node_id, param, hint=hint, fix=fix, found=name, candidates=list(names))


def _unknown_type(scope: Scope, node: Node, near: str | None) -> None:
    vessel_name = node.type.partition(".")[0]
    fix = Fix("type", near) if near else None
    problem = next((text for text in map(str, scope.registry.problems) if f"vessel `{vessel_name}`" in text), None)
    package = RegistryCatalogue(scope.registry).provider(node.type)
    version = scope.outer.requires.get(vessel_name)
    if scope.registry.vessel(vessel_name) is not None:
        message = f"the vessel `{vessel_name}` has no node type `{node.type}`"
        hint = "look for another with `animaweave nodes`"
    elif problem:
        message, hint = f"`{node.type}` cannot be loaded", problem
    elif package:
        message = f"the vessel `{vessel_name}`, which has `{node.type}`, is not installed"
        hint = f"install it with pip install {package}"
    else:
        asked = f" (version {version} when the graph was saved)" if version else ""
        message = f"nobody knows `{node.type}`: there is no vessel `{vessel_name}`{asked}"
        hint = "install the package that has it, or name its file with --vessels PATH"
    hint = f"did you mean `{near}`?" if near else hint
    scope.report("AW101", message, node.id, hint=hint, fix=fix, found=node.type, candidates=[near] if near else [])


def parameters_fit(scope: Scope) -> None:
    """Every parameter is one of its node's, and its value may stand there."""
    for node_id, node in scope.graph.nodes.items():
        if not node.params and node.run is PLAIN_RUN:
            continue
        signature = scope.signatures[node_id]
        if signature is None:
            continue
        for name, value in node.params.items():
            port = signature.parameter(name)
            if port is None:
                if not scope.lacks_subgraph(node):
                    _unknown_parameter(scope, node, name, signature)
                continue
            try:
                from_json(value, port)
            except ValueMismatch as problem:
                scope.report("AW106", str(problem), node_id, name, expected=_wanted(port), found=value)
        _run_settings_fit(scope, node, signature)


def _unknown_parameter(scope: Scope, node: Node, name: str, signature: Signature) -> None:
    names = [port.name for port in (*signature.inputs, *signature.settings) if signature.parameter(port.name)]
    port = signature.input(name)
    if port is not None:
        scope.report("AW105", f"`{name}` takes wires and cannot be set", node.id, name, hint="wire it instead")
        return
    ref = PortRef(node.id, name)
    is_gone = was_saved_with(scope, ref, "inputs")
    able = [port for port in signature.inputs if port.name in names]
    near = successor(scope, ref, "inputs", able) or nearest(name, [one for one in names if one not in node.params])
    if near:
        hint = f"call it `{near}`" if is_gone else f"did you mean `{near}`?"
    else:
        hint = "nothing has come in its place" if is_gone else f"it has {', '.join(names) or 'none'}"
    message = f"`{node.type}` has no parameter `{name}`{' any more' if is_gone else ''}"
    fix = Fix("parameter", near) if near else Fix("unset")
    code = "AW123" if is_gone else "AW105"
    scope.report(code, message, node.id, name, hint=hint, fix=fix, candidates=names, found=node.params[name])


def _wanted(port: Port) -> dict[str, Any]:
    """What may stand at a port, for programs."""
    field = port.field
    limits = {
        "min": field.min,
        "max": field.max,
        "choices": [encode(choice, port.hint) for choice in field.choices] or None,
    }
    return {"type": to_text(port.hint), **{name: limit for name, limit in limits.items() if limit is not None}}


def _run_settings_fit(scope: Scope, node: Node, signature: Signature) -> None:
    """What `run` says of ports is about ports that the node has."""
    for name in node.run.activation:
        controls = {port.name for port in signature.inputs if port.control} | {*IMPLICIT_INPUTS, "*"}
        if name not in controls:
            hint = f"it has {', '.join(sorted(controls - {'*'}))}; `*` is the node's own"
            scope.report("AW103", f"`run.activation` names no control input with `{name}`", node.id, name, hint=hint)
    if not isinstance(node.run.on_error, Instead):
        return
    for name, value in node.run.on_error.default.items():
        port = signature.output(name)
        if port is None:
            hint = f"it has {', '.join(port.name for port in signature.outputs) or 'none'}"
            scope.report("AW103", f"`run.on_error` names no output with `{name}`", node.id, name, hint=hint)
            continue
        try:
            from_json(value, port)
        except ValueMismatch as problem:
            scope.report("AW106", f"`run.on_error`: {problem}", node.id, name)


def required_inputs_are_fed(scope: Scope) -> None:
    """Every input without a default has a wire or a value."""
    for node_id, node in scope.looked_at.items():
        signature = scope.signatures[node_id]
        # A graph's own input is fed by whoever runs it.
        if signature is None or not signature.required or node.type == INPUT or node.run.disabled:
            continue
        fed = {wire.target.port for wire in scope.into.get(node_id, ())}
        for port in signature.required:
            if port.name not in fed and port.name not in node.params:
                scope.report(
                    "AW107",
                    f"nothing is wired to `{port.name}`, which `{node.type}` needs",
                    node_id,
                    port.name,
                    hint="wire it, or set its value",
                    expected=_wanted(port),
                )
