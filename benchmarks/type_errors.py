"""How many wiring mistakes `check` finds before running, and whether it complains of graphs that run.

Valid graphs get one seeded mistake each, of the published kinds; those that then fail, or bring a wrongly typed value
to a port, in a plain interpreter that knows nothing of the checker, are what has to be found.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import animaweave as aw
from animaweave.errors import GraphFileError
from animaweave.graph.document import Graph

from .row import Row
from .wiring.corpus import graphs, registry
from .wiring.interpreter import Interpreter, Wrong
from .wiring.mutations import MUTATIONS, mutate

NAME = "type_errors"
TRIES = {"example": 1, "by hand": 12, "random": 4}
"""Mistakes of a kind in each graph; our own examples are alike, and few of them have types of all kinds."""

LEAST = 0.95


@dataclass
class Tally:
    """Mistakes of one kind.

    Attributes:
        broken: Those that break the graph.
        found: Those of them that `check` finds.
        harmless: Those that break nothing.
        refused: Those of them that `check` refuses all the same.
    """

    broken: int = 0
    found: int = 0
    harmless: int = 0
    refused: int = 0


def rows() -> Iterator[Row]:
    """Shares of what is found, by kind; and false alarms."""
    valid = graphs()
    alarms = sum(is_refused(graph) for graph in valid.values())
    tallies = {name: tally(name, valid) for name in MUTATIONS}
    for name, one in tallies.items():
        if one.broken:
            yield _found(name, one.found, one.broken, against=f"{one.broken} break it, {one.harmless} do not")
    yield _found("all", *(sum(getattr(one, what) for one in tallies.values()) for what in ("found", "broken")))
    yield Row(NAME, f"false alarms on {len(valid)} valid graphs", alarms, "", bar="<= 0", ok=not alarms)
    harmless, refused = (sum(getattr(one, what) for one in tallies.values()) for what in ("harmless", "refused"))
    yield Row(NAME, f"refused of {harmless:,} changes that break nothing", refused, "")


def _found(case: str, found: int, broken: int, against: str = "") -> Row:
    share = found / broken
    bar = f">= {100 * LEAST:g} % found"
    return Row(
        NAME, case, 100 * share, "% found", against=against or f"{broken:,} break it", bar=bar, ok=share >= LEAST
    )


def tally(name: str, valid: dict[str, Graph]) -> Tally:
    """Make mistakes of one kind in all graphs."""
    made = Tally()
    for graph_name, graph in valid.items():
        for number in range(TRIES[graph_name.partition(":")[0]]):
            try:
                mutant = mutate(graph, name, random.Random(f"{name} {graph_name} {number}"))
            except GraphFileError:  # It is not even loaded.
                made.broken += 1
                made.found += 1
                continue
            if mutant is None:
                continue
            is_found = is_refused(mutant)
            if problem(mutant):
                made.broken += 1
                made.found += is_found
            else:
                made.harmless += 1
                made.refused += is_found
    return made


def problem(graph: Graph) -> str:
    """What goes wrong when the graph is run; empty if nothing does."""
    try:
        Interpreter(registry()).run(graph)
    except Wrong as wrong:
        return str(wrong)
    return ""


def is_refused(graph: Graph) -> bool:
    """Whether `check` finds something that keeps a part of the graph from running."""
    return any(finding.is_error or finding.code == "AW201" for finding in aw.check(graph, registry()))
