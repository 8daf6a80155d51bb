"""Node types that have changed since the graph was saved: what became of the nodes, and where what is left may go."""

from __future__ import annotations

from collections.abc import Iterable

from ...graph.plain import Json
from ...graph.wire import PortRef
from ...ports.port import Port, Signature
from ...registry.catalogue import saved_form
from ..scope import Scope


def updates_are_told(scope: Scope) -> None:
    """What was brought up to date on loading is said, and what could not be."""
    for update in scope.outer.updates:
        prefix, _, node_id = update.node.rpartition("/")
        if prefix != scope.name or node_id not in scope.graph.nodes:
            continue
        if update.failed:
            hint = "set them anew, or ask the vessel's author to mend what migrates them"
            scope.report("AW205", update.sentence, node_id, hint=hint)
        else:
            hint = "save the graph to keep it so"
            scope.report("AW302", f"brought up to date: {update.sentence}", node_id, hint=hint)


def was_saved_with(scope: Scope, ref: PortRef, side: str) -> bool:
    """Whether the graph was saved when the node still had this port; `side` is `inputs` or `outputs`."""
    return ref.port in _saved(scope, ref.node, side)


def successor(scope: Scope, ref: PortRef, side: str, ports: Iterable[Port]) -> str | None:
    """The port that seems to have come in place of one that has gone: the only new one of its type, if it is free.

    Args:
        scope: The graph under check.
        ref: The port that has gone, or the parameter.
        side: `inputs` or `outputs`.
        ports: Those that the node has now and that could take what the old one took.
    """
    saved = _saved(scope, ref.node, side)
    if ref.port not in saved:
        return None
    node = scope.graph.nodes[ref.node]
    now: dict[str, Json] = saved_form(scope.signatures[ref.node] or Signature(), "")[side]
    taken = {wire.target.port for wire in scope.into.get(ref.node, ())} | node.params.keys()
    new = [
        port.name
        for port in ports
        if port.name not in saved
        and _bare(now.get(port.name)) == _bare(saved[ref.port])
        and (side == "outputs" or port.name not in taken)
    ]
    return new[0] if len(new) == 1 else None


def _saved(scope: Scope, node_id: str, side: str) -> dict[str, Json]:
    """The ports that the node had when the graph was saved, as the file has them."""
    found: dict[str, Json] = scope.outer.signatures.get(scope.graph.nodes[node_id].type, {}).get(side, {})
    return found


def _bare(text: Json) -> str:
    """A type as files have it, whether optional or not."""
    return str(text).removesuffix("?")
