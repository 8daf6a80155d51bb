"""Cycles of a directed graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


def cycles(follow: Mapping[V, Iterable[V]]) -> Iterator[list[V]]:
    """Cycles that have no vertex in common, at least one wherever there is any; in linear time.

    A walk in depth that goes back to a vertex of its own way has found one, which is then taken out.

    Args:
        follow: The vertices that come after each.
    """
    done: set[V] = set()
    for root in follow:
        if root in done:
            continue
        way, place, rest = [root], {root: 0}, {root: iter(follow[root])}
        while way:
            after = next((vertex for vertex in rest[way[-1]] if vertex not in done), None)
            if after is None:
                done.add(way[-1])
                del place[way.pop()]
            elif after in place:
                cycle = way[place[after] :]
                del way[place[after] :]
                for vertex in cycle:
                    done.add(vertex)
                    del place[vertex]
                yield cycle
            else:
                place[after] = len(way)
                way.append(after)
                rest[after] = iter(follow.get(after, ()))
