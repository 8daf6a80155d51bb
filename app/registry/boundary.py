"""`graph.input` and `graph.output`: where values enter and leave a graph.

Their ports depend on the node's parameters: `type` says what flows, as text; without it anything does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..authoring.control import Signal
from ..authoring.nodetype import NodeType
from ..errors import ValueMismatch
from ..ports.port import MISSING, Port, Signature
from ..ports.text import parse

Labels = Callable[[str], Any]

INPUT, OUTPUT = "graph.input", "graph.output"

_NAME = Port(name="name", hint=str, default="")
_TYPE = Port(name="type", hint=str, default="")


def hint_of(params: Mapping[str, Any], labels: Labels) -> Any:
    """The type that a boundary node carries.

    Args:
        params: The node's parameters.
        labels: Gives the hint of a label by name, or None.
    Raises:
        ValueMismatch: `type` is no type.
    """
    text = params.get("type", "")
    if not isinstance(text, str):
        raise ValueMismatch(f"expected a type as text, found {text!r}")
    if text == "Signal":
        return Signal
    return parse(text, labels) if text else Any


def _input_ports(params: Mapping[str, Any], labels: Labels) -> Signature:
    hint = hint_of(params, labels)
    return Signature((), (_port("value", hint),), (_NAME, _TYPE, _port("default", hint)))


def _output_ports(params: Mapping[str, Any], labels: Labels) -> Signature:
    hint = hint_of(params, labels)
    return Signature((_port("value", hint),), (_port("value", hint),), (_NAME, _TYPE))


def _port(name: str, hint: Any) -> Port:
    return Port(name=name, hint=hint, control=hint is Signal)


def _graph_input(default: Any) -> Any:
    """An input of the graph: a value that each run, or the node that uses the graph, may give.

    Args:
        default: Taken when no value is given.
    """
    return default


def _graph_output(value: Any) -> Any:
    """An output of the graph: what the run gives back under this name.

    Args:
        value: The value to give back.
    """
    return value


BOUNDARY = {
    INPUT: NodeType(
        "graph", "input", _graph_input, _input_ports({}, lambda _: None), title="Input", icon="sign-in",
        ports_of=_input_ports,
    ),
    OUTPUT: NodeType(
        "graph", "output", _graph_output, _output_ports({}, lambda _: None), title="Output", icon="sign-out",
        ports_of=_output_ports,
    ),
}  # fmt: skip
"""The node types of the `graph` vessel, by id."""


def named(node_id: str, params: Mapping[str, Any]) -> str:
    """The name under which a boundary node is known outside: its `name`, else its id."""
    name = params.get("name")
    return name if isinstance(name, str) and name else node_id


def as_input(port: Port, name: str, default: Any = MISSING) -> Port:
    """The port that a sub-graph's node shows for a `graph.input`."""
    return replace(port, name=name, default=default)
