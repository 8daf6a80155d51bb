"""The ports of nodes that run a sub-graph in a way of their own: for each item of a list, again and again.

The sub-graph's own ports and the node's settings tell all. Only data passes: signals stay outside, but for a `catch`,
which runs its sub-graph as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import GenericAlias
from typing import Any

from ..authoring.nodetype import ERROR, NodeType
from ..ports.port import MISSING, Port, Signature

AGAIN = "again"
"""The output by which a sub-graph says, after each pass, whether there is another; no port of the node."""


def composite_ports(node_type: NodeType, params: Mapping[str, Any], inner: Signature) -> Signature:
    """The ports of a composite node.

    Args:
        node_type: The node's type.
        params: The node's parameters.
        inner: The ports of the sub-graph that it runs.
    """
    settings = node_type.signature.settings
    if node_type.composite == "catch":
        outputs = tuple(port for port in inner.outputs if port.name != ERROR.name)
        return Signature(inner.inputs, (*outputs, ERROR), settings)
    lists = over(node_type, params, inner)
    # A default is one item; where a list is wanted it would be of the wrong type.
    inputs = tuple(
        replace(port, hint=_list_of(port.hint), default=MISSING) if port.name in lists else port
        for port in data(inner.inputs)
    )
    outputs = data(inner.outputs)
    if node_type.composite == "for_each":
        outputs = tuple(replace(port, hint=_list_of(port.hint)) for port in outputs)
    elif node_type.composite == "while":
        outputs = tuple(port for port in outputs if port.name != AGAIN)
    return Signature(inputs, outputs, settings)


def over(node_type: NodeType, params: Mapping[str, Any], inner: Signature) -> tuple[str, ...]:
    """Names of the sub-graph's inputs that take one item of a list at a time; none for other composites.

    Args:
        node_type: The node's type.
        params: The node's parameters; of what `over` names, inputs that are not there are left out.
        inner: The ports of the sub-graph.
    """
    inputs = [port.name for port in data(inner.inputs)]
    written = named_over(params)
    match node_type.composite:
        case "for_each":
            return tuple(name for name in written if name in inputs) if written else tuple(inputs[:1])
        case "fold":
            return tuple(name for name in written[:1] if name in inputs) if written else tuple(inputs[1:2])
    return ()


def named_over(params: Mapping[str, Any]) -> list[str]:
    """The names that the setting `over` has, whether there are such inputs or not."""
    text = params.get("over")
    return [name.strip() for name in text.split(",") if name.strip()] if isinstance(text, str) else []


def carried(node_type: NodeType, params: Mapping[str, Any], inner: Signature) -> tuple[str, ...]:
    """Names of the sub-graph's inputs to which the output of the same name hands its value for the next pass.

    Args:
        node_type: The node's type.
        params: The node's parameters.
        inner: The ports of the sub-graph.
    """
    items = over(node_type, params, inner)
    outputs = {port.name for port in data(inner.outputs)}
    names = [port.name for port in data(inner.inputs) if port.name in outputs and port.name not in items]
    match node_type.composite:
        case "while":
            return tuple(names)
        case "fold":
            return tuple(names[:1])
    return ()


def data(ports: tuple[Port, ...]) -> tuple[Port, ...]:
    """The ports that carry values."""
    return tuple(port for port in ports if not port.control)


def _list_of(hint: Any) -> Any:
    return GenericAlias(list, hint)
