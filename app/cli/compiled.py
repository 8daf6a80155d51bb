"""The plan of a graph file that was typed, with errors that name the file."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ..authoring.nodetype import ERROR
from ..engine.compiler.compile import compile as compile_graph
from ..engine.compiler.plan import Plan
from ..errors import GraphError
from ..graph.document import Graph
from .options import load, registry_of, warn_of

_logger = logging.getLogger("animaweave.cli")


def compiled(
    file: Path,
    *,
    vessels: Sequence[Path] = (),
    targets: Sequence[str] = (),
    partial: bool = False,
    out: Path | None = None,
    stops: bool = False,
) -> Plan:
    """Load a graph and make its plan; warns of vessels that could not be loaded.

    Args:
        file: The graph file.
        vessels: Vessel files, or folders of them.
        targets: What to compute; all outputs if empty.
        partial: Whether nodes in error are left out instead of refused.
        out: Folder below which everything that nodes write must lie.
        stops: Whether a node's failure stops the run.
    Raises:
        AnimaWeaveError: A file is not there or cannot be read, or the graph has errors.
    """
    registry = registry_of(vessels)
    told = warn_of(registry.problems)
    graph = load(file, registry)
    for update in graph.updates:
        _logger.log(
            logging.WARNING if update.failed else logging.INFO, "%s: %s: %s", file, update.node, update.sentence
        )
    if stops:
        for part in (graph, *graph.subgraphs.values()):
            _stop_at_failures(part)
    try:
        return compile_graph(graph, registry=registry, targets=targets or None, partial=partial, out=out)
    except GraphError as problem:
        sentence, *_ = str(problem).splitlines()
        raise GraphError(f"{file}: {sentence}", problem.diagnostics) from None
    finally:
        warn_of(registry.problems, told)


def _stop_at_failures(graph: Graph) -> None:
    """Let every failure that the graph does not handle itself stop the run."""
    handled = {wire.source.node for wire in graph.wires if wire.source.port == ERROR.name}
    for node in graph.nodes.values():
        if node.run.on_error == "skip" and node.id not in handled:
            graph.set_run(node, on_error="stop")
