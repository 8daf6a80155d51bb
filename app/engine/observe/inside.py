"""Figures of nodes inside composites and sub-graphs, under the paths that users know; and what each sub-graph sums to.

A path is as in errors and logs: `loop/blur` is the node `blur` in the sub-graph that `loop` runs, for all items and
passes together; a sub-graph that uses itself has one path for a use, however deep that lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from ..compiler.plan import Plan
from .metrics import PEAKS, ROW, SUMS

Tables = Iterable[tuple[Plan, npt.NDArray[np.void]]]


def by_path(tables: Tables) -> dict[str, np.void]:
    """The row of each node that users know.

    Args:
        tables: Plans with a row of `ROW` a node: the engine's own, and those of `Engine.inner_metrics`.
    """
    return {
        node.id: row for plan, rows in tables for node, row in zip(plan.nodes, rows, strict=True) if node.role == "node"
    }


def totals(rows: Mapping[str, np.void]) -> dict[str, np.void]:
    """What the nodes inside of each sub-graph's use or composite sum to, however deep they lie, by its path.

    Nodes that run a sub-graph themselves are left out: what they take is the time of those inside. Counts, times and
    bytes add up, of peaks the highest is taken; latencies and percentiles belong to single nodes and are 0 here,
    progress is NaN. A composite's own row tells how long it took from end to end; the total, how much was computed for
    it, by several threads maybe.

    Args:
        rows: The row of each node by path, as `by_path` gives them.
    """
    found: dict[str, np.void] = {}
    for path in rows:
        around, _, _ = path.rpartition("/")
        while around and around not in found:
            total = found[around] = np.zeros(1, ROW)[0]
            total["progress"] = np.nan
            around, _, _ = around.rpartition("/")
    for path, row in rows.items():
        around, _, _ = path.rpartition("/")
        while around and path not in found:
            total = found[around]
            for column in SUMS:
                total[column] += row[column]
            for column in PEAKS:
                total[column] = max(total[column], row[column])
            around, _, _ = around.rpartition("/")
    return found
