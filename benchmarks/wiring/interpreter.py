"""Runs a graph in the plainest way, and says whether a value came to a port that is not of its type.

It shares nothing with the checker: values are looked at by beartype and jaxtyping, labels by a search of its own.
"""

from __future__ import annotations

import inspect
from collections import deque
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
from beartype.door import is_bearable
from jaxtyping import AbstractArray, jaxtyped

from animaweave.authoring.control import Signal
from animaweave.authoring.nodetype import NodeType
from animaweave.graph.document import Graph
from animaweave.graph.node import Node
from animaweave.graph.wire import Wire
from animaweave.ports.codec import decode
from animaweave.ports.convert import Converter
from animaweave.ports.field import Field
from animaweave.ports.label import Label
from animaweave.ports.text import parse
from animaweave.registry.lookup import Registry

TOWER = {float: (int, float, np.integer, np.floating), int: (int, np.integer), complex: (int, float, complex)}


class Wrong(Exception):
    """The graph fails, or gives a wrongly typed value."""


class Interpreter:
    """Runs graphs.

    Args:
        registry: Its node types and converters.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[str, NodeType] = {node_type.id: node_type for node_type in registry.node_types()}

    def run(self, graph: Graph, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """The values of the `graph.output` nodes, by name; each with its type.

        Raises:
            Wrong: A node raised, a value is not of its port's type, or something that is wired is not there.
        """
        outputs: dict[tuple[str, str], Any] = {}
        results: dict[str, Any] = {}
        for node in self._order(graph):
            results |= self._node(graph, node, outputs, given or {})
        return results

    def _order(self, graph: Graph) -> list[Node]:
        left = dict(graph.nodes)
        order: list[Node] = []
        wires = [
            wire for wire in (*graph.wires, *graph.controls) if not wire.muted and not self._is_feedback(graph, wire)
        ]
        while left:
            free = [id_ for id_ in left if not any(w.target.node == id_ and w.source.node in left for w in wires)]
            if not free:
                raise Wrong(f"a circle among {', '.join(left)}")
            order += [left.pop(id_) for id_ in free]
        return order

    def _is_feedback(self, graph: Graph, wire: Wire) -> bool:
        """Whether an input that need not be fed is, from behind its own node: nothing comes there."""
        node_type = self._known.get(graph.nodes[wire.target.node].type)
        port = None if node_type is None else node_type.signature.input(wire.target.port)
        if wire.control or port is None or port.is_required:
            return False
        reached, ahead = {wire.target.node}, [wire.target.node]
        while ahead:
            at = ahead.pop()
            for other in (*graph.wires, *graph.controls):
                if other.source.node == at and not other.muted and other.target.node not in reached:
                    reached.add(other.target.node)
                    ahead.append(other.target.node)
        return wire.source.node in reached

    def _node(
        self, graph: Graph, node: Node, outputs: dict[tuple[str, str], Any], given: dict[str, Any]
    ) -> dict[str, Any]:
        arrived: dict[str, list[Any]] = {}
        for wire in sorted(graph.wires, key=lambda wire: wire.target.index or 0):
            if wire.target.node == node.id and not wire.muted and not self._is_feedback(graph, wire):
                if (wire.source.node, wire.source.port) not in outputs:
                    raise Wrong(f"{wire.source} gives nothing")
                arrived.setdefault(wire.target.port, []).append(outputs[wire.source.node, wire.source.port])
        signals = {
            wire.target.port: outputs.get((wire.source.node, wire.source.port))
            for wire in graph.controls
            if wire.target.node == node.id and not wire.muted
        }
        if any(not isinstance(signal, Signal) for signal in signals.values()):
            raise Wrong(f"data into a control port of {node.id}")
        if node.type == "graph.input":
            name = node.params.get("name") or node.id
            found = given.get(name, (node.params.get("default"), Any))
            hint = self._declared(node)
            value = self._deliver(found, hint, node, name)
            outputs[node.id, "value"] = value, found[1] if hint is Any else hint
            return {}
        if node.type == "graph.output":
            (given_value,) = arrived.get("value") or [None]
            if given_value is None:
                raise Wrong(f"nothing comes to {node.id}")
            hint = self._declared(node)
            value = self._deliver(given_value, hint, node, "value")
            return {str(node.params.get("name") or node.id): (value, given_value[1] if hint is Any else hint)}
        if node.type.startswith("graph."):
            self._use(graph, node, arrived, outputs)
        else:
            self._call(graph, node, arrived, signals, outputs)
        outputs[node.id, "done"] = Signal.ACTIVE
        return {}

    def _declared(self, node: Node) -> Any:
        """The type that a boundary node declares."""
        text = node.params.get("type")
        return parse(str(text), self._registry.label) if text else Any

    def _use(
        self, graph: Graph, node: Node, arrived: dict[str, list[Any]], outputs: dict[tuple[str, str], Any]
    ) -> None:
        inner = graph.subgraphs.get(node.type.removeprefix("graph."))
        if inner is None:
            raise Wrong(f"no such graph: {node.type}")
        names = {str(one.params.get("name") or one.id) for one in inner.nodes.values() if one.type == "graph.input"}
        if set(arrived) - names - {"trigger"}:
            raise Wrong(f"{node.type} has no such input")
        needed = {
            str(one.params.get("name") or one.id)
            for one in inner.nodes.values()
            if one.type == "graph.input" and "default" not in one.params
        }
        if needed - set(arrived) - set(node.params):
            raise Wrong(f"{node.type} lacks an input")
        for name, value in self.run(inner, {name: values[0] for name, values in arrived.items()}).items():
            outputs[node.id, name] = value

    @staticmethod
    def _into(graph: Graph, node: Node, port: str) -> list[Wire]:
        return [wire for wire in graph.wires if (wire.target.node, wire.target.port) == (node.id, port)]

    def _call(
        self,
        graph: Graph,
        node: Node,
        arrived: dict[str, list[Any]],
        signals: dict[str, Any],
        outputs: dict[tuple[str, str], Any],
    ) -> None:
        node_type = self._known.get(node.type)
        if node_type is None:
            raise Wrong(f"no such node: {node.type}")
        hints = get_type_hints(node_type.function, include_extras=True)
        positional: list[Any] = []
        parameters = inspect.signature(node_type.function).parameters
        if (set(arrived) | set(node.params)) - set(parameters) or set(signals) - set(parameters) - {"trigger"}:
            raise Wrong(f"{node.type} has no such input")
        variables: dict[Any, Any] = {}  # What type variables stand for, as far as labels go.
        with jaxtyped("context"):  # A named dimension has one size in here.
            for name, parameter in parameters.items():
                hint = hints[name]
                if hint is Signal:
                    if name not in signals:
                        raise Wrong(f"{node.id} never runs")
                    positional.append(signals[name])
                elif parameter.kind is not parameter.VAR_POSITIONAL and any(
                    wire.target.index is not None for wire in self._into(graph, node, name)
                ):
                    raise Wrong(f"{node.id}.{name} has no places")
                elif parameter.kind is parameter.VAR_POSITIONAL:
                    positional += [self._deliver(value, hint, node, name) for value in arrived.get(name, ())]
                elif name in arrived:
                    if len(arrived[name]) > 1:
                        raise Wrong(f"two values for {node.id}.{name}")
                    positional.append(self._deliver(arrived[name][0], hint, node, name))
                    _note_variables(hint, arrived[name][0][1], variables)
                elif name in node.params:
                    positional.append(self._param(node.params[name], hint, node, name))
                elif parameter.default is parameter.empty:
                    raise Wrong(f"nothing for {node.id}.{name}")
                else:
                    positional.append(parameter.default)
            try:
                result = node_type.function(*positional)
            except Exception as problem:
                raise Wrong(f"{node.id} raised {problem!r}") from problem
            values = (result,) if node_type.spread is None else node_type.spread(result)
            for port, value in zip(node_type.signature.outputs, values, strict=True):
                if port.control:
                    outputs[node.id, port.name] = value
                elif not is_of(value, port.hint):
                    raise Wrong(f"{node.id}.{port.name} gave a {type(value).__name__}")
                else:
                    outputs[node.id, port.name] = value, variables.get(port.hint, port.hint)

    def _param(self, value: Any, hint: Any, node: Node, name: str) -> Any:
        """A parameter's value, which stands in its range."""
        field = next((note for note in getattr(hint, "__metadata__", ()) if isinstance(note, Field)), Field())
        try:
            value = decode(value, hint)
        except Exception as problem:
            raise Wrong(f"{node.id}.{name}: {problem}") from problem
        if not is_of(value, hint):
            raise Wrong(f"{node.id}.{name} is a {type(value).__name__}")
        if (field.min is not None and value < field.min) or (field.max is not None and value > field.max):
            raise Wrong(f"{node.id}.{name} is out of range")
        return value

    def _deliver(self, given: Any, hint: Any, node: Node, name: str) -> Any:
        """A value that came by a wire, converted where its label is another one than the port's."""
        if not isinstance(given, tuple) or isinstance(given[0], Signal):
            raise Wrong(f"a signal into {node.id}.{name}")
        value, have = given
        ours, theirs = _label(hint), _label(have)
        if ours is not None and ours != theirs:
            if theirs is None and have is not Any and not _is_variable(have) and not ours.accepts_base:
                raise Wrong(f"{node.id}.{name} takes {ours}")
            if theirs is not None:
                for converter in self._way(theirs, ours, node, name):
                    value = converter.fn(value)
        if not is_of(value, hint):
            raise Wrong(f"{node.id}.{name} takes {hint}, found a {type(value).__name__}")
        return value

    def _way(self, source: Label, target: Label, node: Node, name: str) -> list[Converter]:
        ways: deque[tuple[Label, list[Converter]]] = deque([(source, [])])
        seen = {source}
        while ways:
            at, way = ways.popleft()
            if at == target:
                return way
            for converter in self._registry.converters:
                end = _label(converter.target)
                if _label(converter.source) == at and end is not None and end not in seen:
                    seen.add(end)
                    ways.append((end, [*way, converter]))
        raise Wrong(f"{node.id}.{name} takes {target}, found {source}")


def _note_variables(hint: Any, have: Any, variables: dict[Any, Any]) -> None:
    """What a type variable of an input stands for: of `T` and `list[T]`, which is what labels need."""
    if _is_variable(hint):
        variables.setdefault(hint, have)
    elif get_origin(hint) is list is get_origin(have) and _is_variable(get_args(hint)[0]):
        variables.setdefault(get_args(hint)[0], get_args(have)[0])


def _label(hint: Any) -> Label | None:
    return next((note for note in getattr(hint, "__metadata__", ()) if isinstance(note, Label)), None)


def _is_variable(hint: Any) -> bool:
    return type(hint).__name__ == "TypeVar"


def is_of(value: Any, hint: Any) -> bool:
    """Whether a value is of a type; in a jaxtyped context, named dimensions have one size."""
    if get_origin(hint) is Annotated:
        return is_of(value, get_args(hint)[0])
    if hint is Any or _is_variable(hint):
        return True
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return isinstance(value, hint)
    if hint in TOWER:
        return isinstance(value, TOWER[hint])
    if get_origin(hint) is list:
        return isinstance(value, list) and all(is_of(item, get_args(hint)[0]) for item in value)
    if get_origin(hint) is dict:
        key, item = get_args(hint)
        return isinstance(value, dict) and all(is_of(k, key) and is_of(v, item) for k, v in value.items())
    if "Callable" in str(hint):
        return callable(value)
    return bool(is_bearable(value, hint))
