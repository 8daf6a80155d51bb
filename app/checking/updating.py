"""Update all: move what ports and parameters that have gone have left behind, as far as it is clear whereto.

What the node types themselves say how to bring up to date has been, when the graph was loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..graph.document import Graph
from ..graph.edits import Edit, RetypeNode, Rewire, SetParams, Together, Within
from ..graph.evolution import bring_up_to_date
from ..graph.wire import Wire
from ..registry.lookup import Registry
from .checker import check
from .diagnostic import Diagnostic
from .fixes import edit_of, effect_of

GONE = ("AW122", "AW123")
"""Findings about what has gone from a node type since the graph was saved."""

TOLD = ("AW205", "AW302")
"""Findings about what became of nodes when the graph was loaded."""

UNKNOWN = ("AW103", "AW105")
"""Findings about what a node type lacks, and lacked when the graph was saved: only a person knows what is meant."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that has gone from a node's type, and what is done about it.

    Attributes:
        finding: What is found.
        effect: What the step does, as a part of a sentence; empty if nobody knows what to do.
    """

    finding: Diagnostic
    effect: str = ""

    @property
    def loses(self) -> bool:
        """Whether it takes out a parameter, with what was set."""
        return self.finding.fix is not None and self.finding.fix.action == "unset"


def steps_of(graph: Graph, registry: Registry) -> list[Step]:
    """What there is to update, in the order of the nodes.

    Of two that would take the same place only the first does.
    """
    steps: list[Step] = []
    taken: set[tuple[str, str]] = set()
    for found in check(graph, registry):
        if found.code not in (*GONE, *UNKNOWN):
            continue
        place = _taken_by(found)
        if found.fix is None or found.code in UNKNOWN or place in taken:
            steps.append(Step(found))
            continue
        if place is not None:
            taken.add(place)
        steps.append(Step(found, effect_of(graph, found)))
    return steps


def update_of(graph: Graph, registry: Registry, steps: Iterable[Step]) -> Together:
    """The edit that does all these steps, each of which has an effect; the graph stays as it is.

    Raises:
        EditError: The graph is another by now.
    """
    work = graph.copy()
    moved: dict[Wire | None, Wire] = {}  # A wire both of whose ends have gone moves twice.
    edits: list[Edit] = []
    for found in (step.finding for step in steps):
        place = replace(found.place, wire=moved.get(found.wire, found.wire))
        edits.append(edit_of(work, registry, replace(found, place=place)))
        inverse = edits[-1].apply(work)
        inverse = inverse.edit if isinstance(inverse, Within) else inverse
        if isinstance(inverse, Rewire) and found.wire is not None:
            moved[found.wire] = inverse.wire
    return Together(tuple(edits), "update all")


def migration_of(graph: Graph) -> list[Edit]:
    """What node types that have changed since they were noted say is to become of their nodes, as edits.

    What they say is noted, too, and told by `check`; the nodes stay as they are until the edits are done.

    Args:
        graph: The outermost graph.
    """
    work = graph.copy()
    updates = bring_up_to_date(work)
    graph.signatures = work.signatures
    graph.updates += updates
    edits: list[Edit] = []
    for name, part in (("", work), *work.subgraphs.items()) if updates else ():
        before = (graph.subgraphs[name] if name else graph).nodes
        for node in part.nodes.values():
            old = before[node.id]
            changes: list[Edit] = [RetypeNode(node.id, node.type)] if old.type != node.type else []
            changes += [SetParams(node.id, node.params)] if dict(old.params) != dict(node.params) else []
            edits += [Within(name, change) for change in changes] if name else changes
    return edits


def _taken_by(found: Diagnostic) -> tuple[str, str] | None:
    """The input or parameter that a fix takes; None if it takes none: any number of wires may leave an output."""
    fix, node = found.fix, found.node or ""
    if fix is None or fix.action not in ("port", "parameter"):
        return None
    source = None if found.wire is None else found.wire.source
    is_output = source is not None and (source.node, source.port) == (node.rpartition("/")[2], found.port)
    return None if is_output else (node, fix.value)
