"""Nodes that run a sub-graph in a way of their own: what their settings say suits the sub-graph."""

from __future__ import annotations

from ...authoring.nodetype import ERROR, NodeType
from ...graph.node import Node
from ...graph.subgraphs import NAMED_BY, named_by
from ...ports.fit import compatible
from ...ports.hint import class_of
from ...ports.port import Signature
from ...registry.composite import AGAIN, carried, data, named_over, over
from ..scope import Scope, nearest
from .nodes import subgraph_is_there


def subgraphs_suit(scope: Scope) -> None:
    """Every such node names a sub-graph, and one that can be run as the node does it."""
    for node in (node for name in NAMED_BY for node in scope.by_type.get(name, ())):
        node_type = scope.composite_of(node)
        if node_type is None:
            continue
        named = named_by(node)
        for param, name in named.items():
            subgraph_is_there(scope, node.id, name, param)
        inner = scope.resolver.subgraph(named["graph"]) if "graph" in named else None
        if "graph" not in named:
            hint = "write the name of a sub-graph of this file into `graph`"
            scope.report("AW102", f"`{node.type}` names no sub-graph", node.id, "graph", hint=hint)
        if inner is None:
            continue
        _names_are_apart(scope, node, node_type, inner)
        _items_are_inputs(scope, node, node_type, inner)
        _state_fits(scope, node, node_type, inner)
        _signals_pass(scope, node, node_type, inner)
        if node_type.composite == "while":
            _loop_can_end(scope, node, inner)


def _names_are_apart(scope: Scope, node: Node, node_type: NodeType, inner: Signature) -> None:
    settings = {port.name for port in node_type.signature.settings}
    taken = [(port.name, "input", "a setting") for port in inner.inputs if port.name in settings]
    if node_type.composite == "catch":
        taken += [(port.name, "output", "the failure's") for port in inner.outputs if port.name == ERROR.name]
    for name, side, other in taken:
        scope.report(
            "AW114",
            f"the sub-graph has an {side} called `{name}`, as is {other} of `{node.type}`",
            node.id,
            name,
            hint=f"give the {side} another name",
        )


def _items_are_inputs(scope: Scope, node: Node, node_type: NodeType, inner: Signature) -> None:
    if node_type.composite not in ("for_each", "fold"):
        return
    names = [port.name for port in data(inner.inputs)]
    written = named_over(node.params)
    has = f"it has {', '.join(names) or 'none'}"
    if node_type.composite == "fold" and len(written) > 1:
        message = f"a fold takes items of one list, and `over` names {len(written)} inputs"
        scope.report("AW116", message, node.id, "over", hint="name one of them")
    for name in written:
        if name not in names:
            near = nearest(name, names)
            message = f"the sub-graph has no data input `{name}` to take items"
            scope.report("AW116", message, node.id, "over", hint=f"did you mean `{near}`?" if near else has)
    if not written and not over(node_type, node.params, inner):
        wanted = "a second data input" if node_type.composite == "fold" else "a data input"
        hint = "add a `graph.input` to it, or name another input with `over`"
        scope.report("AW116", f"the sub-graph has not {wanted} to take items", node.id, "over", hint=hint)


def _state_fits(scope: Scope, node: Node, node_type: NodeType, inner: Signature) -> None:
    """What is carried from pass to pass fits where it goes; no converter stands in between."""
    state = carried(node_type, node.params, inner)
    if node_type.composite == "fold" and not state:
        scope.report(
            "AW118",
            "no output of the sub-graph is called like an input that keeps its value from pass to pass",
            node.id,
            "graph",
            hint="give an output the name of the input that the next pass takes it from",
        )
    for name in state:
        source, target = inner.output(name), inner.input(name)
        if source is None or target is None:
            continue
        fit = compatible(source.hint, target.hint)
        if not fit.is_allowed:
            scope.report(
                "AW104",
                f"what the output `{name}` gives does not fit the input `{name}` of the next pass: {fit.reason}",
                node.id,
                name,
                hint="make it of the input's type inside the sub-graph, or give one of them another name",
            )


def _signals_pass(scope: Scope, node: Node, node_type: NodeType, inner: Signature) -> None:
    if node_type.composite == "catch":
        return
    for port in inner.inputs:
        if port.control:
            message = f"`{node.type}` hands on no signals, so that `{port.name}` of the sub-graph is never settled"
            scope.report("AW202", message, node.id, hint="decide inside the sub-graph, from a value")


def _loop_can_end(scope: Scope, node: Node, inner: Signature) -> None:
    name = named_by(node).get("test")
    if name is None:
        again = inner.output(AGAIN)
        if again is None or again.control or not _says_yes_or_no(again.hint):
            found = "has no output `again`" if again is None else "has an output `again` that is not true or false"
            hint = "add one of type bool, or name a sub-graph that decides with `test`"
            scope.report("AW117", f"the sub-graph {found} to say whether there is another pass", node.id, hint=hint)
        return
    test = scope.resolver.subgraph(name)
    if test is None:
        return
    outputs = data(test.outputs)
    if len(outputs) != 1 or not _says_yes_or_no(outputs[0].hint):
        found = f"the output `{outputs[0].name}`" if len(outputs) == 1 else f"{len(outputs) or 'no'} outputs"
        message = f"`{name}` decides whether there is another pass, but has {found} instead of one of type bool"
        hint = "give it a single `graph.output`, of type bool"
        scope.report("AW117", message, node.id, "test", hint=hint)
    state = [port.name for port in data(inner.inputs)]
    for port in data(test.inputs):
        if port.name not in state and port.is_required:
            message = f"`{name}` has an input `{port.name}`, which the sub-graph has not"
            hint = f"call it like one of these: {', '.join(state)}" if state else "take the input out"
            scope.report("AW116", message, node.id, "test", hint=hint)


def _says_yes_or_no(hint: object) -> bool:
    """Whether a value may be true or false; what anything may come from is looked at while running."""
    return class_of(hint) in (bool, object)
