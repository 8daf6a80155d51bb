"""The compiler's face: check, flatten, keep what is needed, lower."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...checking.checker import check
from ...checking.diagnostic import Diagnostic, Severity
from ...checking.scope import places
from ...errors import EditError, GraphError, InputError
from ...graph.document import Graph
from ...graph.wire import PortRef
from ...registry.lookup import Registry, shipped
from ..garbage import no_collection
from .flatten import Flattener, Inside
from .inputs import Folders
from .lower import lower
from .network import Network
from .plan import InnerPlan, Plan


def compile(  # noqa: A001 - the library's name; the built-in is not used here
    graph: Graph,
    *,
    registry: Registry | None = None,
    targets: Iterable[str] | None = None,
    partial: bool = False,
    out: str | Path | None = None,
) -> Plan:
    """Make the plan of a graph.

    Args:
        graph: The graph; it is read, not changed.
        registry: Node types; those that ship by default.
        targets: Outputs to compute, as `node` or `node.port`; nothing else is run. By default all outputs of the graph.
        partial: Run what is sound, and skip nodes in error and what depends on them.
        out: Folder below which everything that nodes write must lie; anywhere by default.
    Raises:
        GraphError: The graph has errors that matter for the targets.
        InputError: A target is unknown.
        NotAllowed: A path to write leads out of `out`.
    """
    with no_collection():
        return _compile(graph, registry or shipped(), targets, out, partial=partial)


def _compile(
    graph: Graph, registry: Registry, targets: Iterable[str] | None, out: str | Path | None, *, partial: bool
) -> Plan:
    found = errors = [finding for finding in check(graph, registry) if finding.severity is Severity.ERROR]
    if not partial and targets is None:
        _refuse(errors)
    flattener = Flattener(graph, registry)
    network = flattener.flatten(graph, Inside())
    concerned = _concerned(graph, network) if errors else {}
    wanted = None if targets is None else _targets(targets, network)
    if wanted is not None:
        network = network.only(network.ancestors({ref.node for ref in wanted}))
        concerned = {place: [node for node in nodes if node in network.nodes] for place, nodes in concerned.items()}
        errors = [error for error in errors if error.node is None or concerned.get(error.node)]
    if not partial:
        _refuse(errors)
    _refuse([error for error in errors if error.node is None])
    file = graph.path.resolve() if graph.path is not None else None
    folders = Folders(
        None if file is None else file.parent, None if out is None else Path(out), str(file) if file else graph.name
    )
    plan = lower(network, registry, folders, name=graph.name, targets=wanted, left_out=_left_out(errors, concerned))
    made: list[InnerPlan] = []
    while flattener.wanted:
        inner = flattener.wanted.pop()
        made.append(inner.plan)
        network = flattener.flatten(inner.graph, inner.inside)
        concerned = _concerned(graph, network, inner.inside.name) if found else {}
        if not partial:
            _refuse([error for error in found if concerned.get(error.node or "")])
        inner.plan.plan = lower(
            network,
            registry,
            folders,
            name=inner.inside.name,
            path=inner.inside.path,
            left_out=_left_out(found, concerned),
        )
    if not any(part.is_ordered for part in (plan, *(inner.plan for inner in made))):
        return plan
    for inner_plan in made:
        inner_plan.plan = inner_plan.plan.ordered()
    return plan.ordered()


def _refuse(errors: Sequence[Diagnostic]) -> None:
    if errors:
        count = "an error" if len(errors) == 1 else f"{len(errors)} errors"
        raise GraphError(f"the graph has {count}:", errors)


def _left_out(errors: Sequence[Diagnostic], concerned: Mapping[str, list[str]]) -> dict[str, str]:
    """Why nodes in error are not run, by id."""
    return {node: error.message for error in reversed(errors) for node in concerned.get(error.node or "", ())}


def _concerned(graph: Graph, network: Network, within: str = "") -> dict[str, list[str]]:
    """The nodes of the network by the places where findings about them, or about what they lie in, stand."""
    concerned: dict[str, list[str]] = {}
    for node in network.nodes:
        for place in places(graph, node.partition(">")[0], within):
            concerned.setdefault(place, []).append(node)
    return concerned


def _targets(texts: Iterable[str], network: Network) -> list[PortRef]:
    if isinstance(texts, str):
        texts = [texts]
    refs = [ref for text in texts for ref in _target(text, network)]
    if not refs:
        raise InputError("the list of targets is empty; name a node or a port, such as `mask.mask`")
    return refs


def _target(text: str, network: Network) -> list[PortRef]:
    inside = [
        ref for ref, name in network.outer.items() if ref.port == "value" and text in (name, name.rpartition(".")[0])
    ]
    if inside:
        return inside
    if text in network.nodes:
        outputs = [port for port in network.nodes[text].signature.outputs if not port.control]
        if not outputs:
            raise InputError(f"target `{text}`: the node has no output to give back")
        return [PortRef(text, port.name) for port in outputs]
    try:
        ref = PortRef.parse(text)
    except EditError:
        ref = None
    if ref is None or ref.node not in network.nodes:
        near = difflib.get_close_matches(text.partition(".")[0], network.nodes, n=1)
        raise InputError(
            f"target `{text}`: the graph has no such node" + (f"; did you mean `{near[0]}`?" if near else "")
        )
    names = [port.name for port in network.nodes[ref.node].signature.outputs if not port.control]
    if ref.port not in names:
        raise InputError(f"target `{text}`: `{ref.node}` has no such output; it has {', '.join(names) or 'none'}")
    return [ref]
