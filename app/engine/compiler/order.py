"""In which order the nodes of a network can run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

N = TypeVar("N")


def topological(nodes: Iterable[N], follow: Mapping[N, Sequence[N]]) -> list[tuple[N, int]]:
    """Order nodes so that each comes after all that it waits for (Kahn 1962), each with its level from 0.

    Nodes on a circle, and those behind it, are left out.
    """
    waits: dict[N, int] = dict.fromkeys(nodes, 0)
    for after in follow.values():
        for node in after:
            waits[node] += 1
    level = {node: 0 for node, left in waits.items() if not left}
    ready = deque(level)
    order: list[tuple[N, int]] = []
    while ready:
        node = ready.popleft()
        order.append((node, level[node]))
        for other in follow.get(node, ()):
            level[other] = max(level.get(other, 0), level[node] + 1)
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    return order
