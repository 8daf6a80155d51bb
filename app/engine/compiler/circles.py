"""Circles in a network: which wires feed back, and in which order nodes can run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

N = TypeVar("N")


def components(follow: Mapping[N, Sequence[N]]) -> dict[N, int]:
    """Number the strongly connected components (Tarjan 1972, without recursion): nodes of one circle share a number."""
    number: dict[N, int] = {}
    low: dict[N, int] = {}
    component: dict[N, int] = {}
    path: list[N] = []
    for root in follow:
        if root in number:
            continue
        work = [(root, 0)]
        while work:
            node, place = work.pop()
            if place == 0:
                number[node] = low[node] = len(number)
                path.append(node)
            after = follow.get(node, ())
            for position in range(place, len(after)):
                other = after[position]
                if other not in number:
                    work += [(node, position + 1), (other, 0)]
                    break
                if other not in component:
                    low[node] = min(low[node], number[other])
            else:
                if low[node] == number[node]:
                    while True:
                        member = path.pop()
                        component[member] = number[node]
                        if member == node:
                            break
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
    return component


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
