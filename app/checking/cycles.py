"""Cycles of a directed graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


def cycles(follow: Mapping[V, Iterable[V]]) -> Iterator[list[V]]:
    """Cycles that have no vertex in common, at least one wherever there is any; in linear time.

    What waits for nothing is taken away first, again and again (Kahn 1962): mostly nothing is left then. A walk in
    depth through the rest that goes back to a vertex of its own way has found a cycle, which is then taken out.

    Args:
        follow: The vertices that come after each.
    """
    done = _free(follow)
    for root in follow if len(done) < len(follow) else ():
        if root in done:
            continue
        way, place, rest = [root], {root: 0}, [iter(follow[root])]
        while way:
            for after in rest[-1]:
                if after in done:
                    continue
                if after in place:
                    cycle = way[place[after] :]
                    del rest[place[after] :], way[place[after] :]
                    for vertex in cycle:
                        done.add(vertex)
                        del place[vertex]
                    yield cycle
                else:
                    place[after] = len(way)
                    way.append(after)
                    rest.append(iter(follow.get(after, ())))
                break
            else:
                rest.pop()
                done.add(way[-1])
                del place[way.pop()]


def _free(follow: Mapping[V, Iterable[V]]) -> set[V]:
    """The vertices that neither lie on a cycle nor come after one."""
    waits = dict.fromkeys(follow, 0)
    for after in follow.values():
        for vertex in after:
            if vertex in waits:
                waits[vertex] += 1
    free = [vertex for vertex, count in waits.items() if not count]
    for vertex in free:  # It grows meanwhile.
        for other in follow[vertex]:
            if other in waits:
                waits[other] -= 1
                if not waits[other]:
                    free.append(other)
    return set(free)
