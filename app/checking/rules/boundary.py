"""`graph.input` and `graph.output`: their names and types."""

from __future__ import annotations

from ...errors import ValueMismatch
from ...graph.node import Node
from ...ports.hint import Hint, Unknown, arguments
from ...registry.boundary import INPUT, OUTPUT, hint_of, named
from ..scope import Scope


def names_are_unique(scope: Scope) -> None:
    """No two inputs of a graph have one name, nor two outputs."""
    first: dict[tuple[str, str], str] = {}
    for node in _boundary(scope):
        name = named(node.id, node.params)
        other = first.setdefault((node.type, name), node.id)
        if other != node.id:
            kind = "input" if node.type == INPUT else "output"
            scope.report(
                "AW114",
                f"the graph has another {kind} called `{name}`, the node `{other}`",
                node.id,
                "name",
                hint="give one of them another name",
            )


def types_are_known(scope: Scope) -> None:
    """What `type` says is a type, of which every name is known."""
    for node in _boundary(scope):
        if "type" not in node.params:
            continue
        try:
            unknown = _unknown_in(hint_of(node.params, scope.registry.label))
        except ValueMismatch as problem:
            scope.report("AW115", str(problem), node.id, "type")
            continue
        if unknown is not None:
            scope.report(
                "AW115",
                f"nobody knows the type `{unknown}`",
                node.id,
                "type",
                hint="write a type such as `float` or `image.Grey`, or leave it out to take anything",
            )


def _boundary(scope: Scope) -> list[Node]:
    return [*scope.by_type.get(INPUT, ()), *scope.by_type.get(OUTPUT, ())]


def _unknown_in(hint: Hint) -> Unknown | None:
    if isinstance(hint, Unknown):
        return hint
    parts = hint if isinstance(hint, list) else arguments(hint)  # The parameters of a `Callable` are a list.
    return next((found for part in parts if (found := _unknown_in(part)) is not None), None)
