"""Places for nodes: in layers from left to right, so that wires run forwards, cross little and pass beside nodes.

The layered method of Sugiyama, Tagawa and Toda (1981): break circles, put nodes into layers, order each layer by the
mean height of what it is wired to, then find heights; here these are the least squares of all wires at once under the
order of the layer (isotonic regression, as by Ayer and others, 1955). A wire over several layers has a joint in each,
so that there is room for it. Parts that hang together are laid out apart, one below the other. It knows no document.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Point = tuple[float, float]

GAP_X, GAP_Y = 80.0, 48.0
"""Canvas units between layers, and between nodes of one layer."""

JOINT_GAP = 18.0
"""Canvas units around a wire that passes through a layer."""

SWEEPS = 12
"""Passes over all layers, there and back, in which they are ordered."""


class Link(NamedTuple):
    """A wire: its nodes, and how far below their upper edges it begins and ends."""

    source: str
    source_y: float
    target: str
    target_y: float


@dataclass(slots=True)
class Layout:
    """Where things go.

    Attributes:
        positions: Upper left corner of each node.
        ways: For each link over several layers, by its place, a point in each layer on its way.
    """

    positions: dict[str, Point] = field(default_factory=dict)
    ways: dict[int, list[Point]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Item:
    """A node, or the joint of a wire, in its layer."""

    height: float
    width: float = 0.0
    layer: int = 0
    y: float = 0.0
    before: list[tuple[_Item, float]] = field(default_factory=list)  # Those to the left: difference of the tops.
    after: list[tuple[_Item, float]] = field(default_factory=list)
    is_joint: bool = False


def layered(sizes: Mapping[str, tuple[float, float]], links: Sequence[Link]) -> Layout:
    """Lay nodes out.

    Args:
        sizes: Width and height of each node; the order settles what the wires leave open.
        links: Wires among them; those with an end elsewhere are passed over.
    """
    result = Layout()
    inner = [
        (place, link)
        for place, link in enumerate(links)
        if link.source in sizes and link.target in sizes and link.source != link.target
    ]
    top = 0.0
    for nodes in _parts(sizes, [link for _, link in inner]):
        known = set(nodes)
        part = _Part({node: sizes[node] for node in nodes}, [one for one in inner if one[1].source in known])
        bottom = part.place(result, top)
        top = bottom + 2 * GAP_Y
    return result


def _parts(sizes: Mapping[str, object], links: Iterable[Link]) -> list[list[str]]:
    """Nodes that hang together, the largest part first."""
    beside: dict[str, list[str]] = {node: [] for node in sizes}
    for link in links:
        beside[link.source].append(link.target)
        beside[link.target].append(link.source)
    parts: list[list[str]] = []
    seen: set[str] = set()
    for start in sizes:
        if start in seen:
            continue
        seen.add(start)
        rest, found = [start], {start}
        while rest:
            for other in beside[rest.pop()]:
                if other not in seen:
                    seen.add(other)
                    found.add(other)
                    rest.append(other)
        parts.append([node for node in sizes if node in found] if len(found) > 1 else [start])
    return sorted(parts, key=len, reverse=True)


class _Part:
    """Nodes that hang together."""

    def __init__(self, sizes: Mapping[str, tuple[float, float]], links: Sequence[tuple[int, Link]]) -> None:
        self._items = {node: _Item(height, width) for node, (width, height) in sizes.items()}
        forwards = _forwards(list(sizes), [link for _, link in links])
        ahead = [
            (place, link, *((link.source, link.target) if is_forward else (link.target, link.source)))
            for (place, link), is_forward in zip(links, forwards, strict=True)
        ]
        self._put_into_layers([(begin, end) for _, _, begin, end in ahead])
        self._joints: dict[int, list[_Item]] = {}
        for (place, link, begin, end), is_forward in zip(ahead, forwards, strict=True):
            begin_y, end_y = (link.source_y, link.target_y) if is_forward else (link.target_y, link.source_y)
            self._lead(place, self._items[begin], begin_y, self._items[end], end_y)
            if not is_forward and place in self._joints:
                self._joints[place].reverse()
        count = 1 + max(item.layer for item in self._items.values())
        self._layers: list[list[_Item]] = [[] for _ in range(count)]
        for item in self._items.values():
            self._layers[item.layer].append(item)
        for joints in self._joints.values():
            for joint in joints:
                self._layers[joint.layer].append(joint)

    def place(self, result: Layout, top: float) -> float:
        """Work it out below a height; gives where it ends."""
        self._order()
        self._find_heights()
        every = [item for layer in self._layers for item in layer]
        shift = top - min(item.y for item in every)
        lefts, x = [], 0.0
        for layer in self._layers:
            lefts.append(x)
            x += max(item.width for item in layer) + GAP_X
        for node, item in self._items.items():
            result.positions[node] = (round(lefts[item.layer]), round(item.y + shift))
        for place, joints in self._joints.items():
            # At the left edge of its layer: from there on it runs level to where the next layer begins.
            result.ways[place] = [(round(lefts[joint.layer]), round(joint.y + shift)) for joint in joints]
        return max(item.y + item.height for item in every) + shift

    def _put_into_layers(self, edges: Sequence[tuple[str, str]]) -> None:
        """As far left as what comes before allows; then what has nothing before it as far right as it may."""
        after: dict[str, list[str]] = {node: [] for node in self._items}
        count = dict.fromkeys(self._items, 0)
        for begin, end in edges:
            after[begin].append(end)
            count[end] += 1
        ready = [node for node, number in count.items() if not number]
        starts = list(ready)
        while ready:
            node = ready.pop()
            for end in after[node]:
                self._items[end].layer = max(self._items[end].layer, self._items[node].layer + 1)
                count[end] -= 1
                if not count[end]:
                    ready.append(end)
        for node in starts:
            if after[node]:
                self._items[node].layer = min(self._items[end].layer for end in after[node]) - 1

    def _lead(self, place: int, begin: _Item, begin_y: float, end: _Item, end_y: float) -> None:
        last, last_y = begin, begin_y
        joints = [_Item(0.0, layer=layer, is_joint=True) for layer in range(begin.layer + 1, end.layer)]
        for joint in joints:
            _join(last, last_y, joint, 0.0)
            last, last_y = joint, 0.0
        _join(last, last_y, end, end_y)
        if joints:
            self._joints[place] = joints

    def _order(self) -> None:
        """Order each layer by the mean height of what lies before, then behind, until no sweep crosses fewer."""
        for layer in self._layers:
            _stack(layer)
        best, fewest = [list(layer) for layer in self._layers], _crossings(self._layers)
        for sweep in range(SWEEPS):
            is_forward = sweep % 2 == 0
            for layer in self._layers if is_forward else reversed(self._layers):
                wanted = {id(item): _mean(item.before if is_forward else item.after, item.y) for item in layer}
                layer.sort(key=lambda item: wanted[id(item)])
                _stack(layer)
            crossings = _crossings(self._layers)
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self._layers], crossings
        self._layers = best
        for layer in self._layers:
            _stack(layer)

    def _find_heights(self) -> None:
        for sweep in range(2 * SWEEPS):
            is_forward = sweep % 2 == 0
            for layer in self._layers if is_forward else reversed(self._layers):
                _settle(layer, is_forward=None if sweep >= SWEEPS else is_forward)


def _forwards(nodes: Sequence[str], links: Sequence[Link]) -> list[bool]:
    """Whether each link runs forwards once circles are broken, where a walk in the nodes' order closes them."""
    after: dict[str, list[tuple[int, str]]] = {node: [] for node in nodes}
    has_before = {link.target for link in links}
    for place, link in enumerate(links):
        after[link.source].append((place, link.target))
    forwards = [True] * len(links)
    state = dict.fromkeys(nodes, 0)  # 1 while it is walked through, 2 afterwards.
    for start in sorted(nodes, key=lambda node: node in has_before):
        if state[start]:
            continue
        state[start] = 1
        walk = [(start, iter(after[start]))]
        while walk:
            node, rest = walk[-1]
            for place, end in rest:
                if state[end] == 1:
                    forwards[place] = False
                elif not state[end]:
                    state[end] = 1
                    walk.append((end, iter(after[end])))
                    break
            else:
                state[node] = 2
                walk.pop()
    return forwards


def _join(begin: _Item, begin_y: float, end: _Item, end_y: float) -> None:
    begin.after.append((end, end_y - begin_y))
    end.before.append((begin, begin_y - end_y))


def _gap(above: _Item, below: _Item) -> float:
    return JOINT_GAP if above.is_joint or below.is_joint else GAP_Y


def _stack(layer: Sequence[_Item]) -> None:
    y = 0.0
    last: _Item | None = None
    for item in layer:
        y += 0.0 if last is None else last.height + _gap(last, item)
        item.y, last = y, item
    middle = (y + (last.height if last is not None else 0.0)) / 2
    for item in layer:
        item.y -= middle


def _mean(ends: Sequence[tuple[_Item, float]], otherwise: float) -> float:
    """The height at which an item's wires to one side would be level, on the whole."""
    return sum(other.y + offset for other, offset in ends) / len(ends) if ends else otherwise


def _settle(layer: Sequence[_Item], *, is_forward: bool | None) -> None:
    """Give the items of a layer the heights nearest to those they want, in their order and with gaps between."""
    offset, offsets = 0.0, []
    for place, item in enumerate(layer):
        if place:
            offset += layer[place - 1].height + _gap(layer[place - 1], item)
        offsets.append(offset)
    blocks: list[list[float]] = []  # Sum of what is wanted, weight, how many items.
    for item, down in zip(layer, offsets, strict=True):
        ends = (*item.before, *item.after) if is_forward is None else item.before if is_forward else item.after
        weight = (4.0 if item.is_joint else 1.0) * max(1, len(ends))
        blocks.append([(_mean(ends, item.y) - down) * weight, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            total, heavy, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += heavy
            blocks[-1][2] += count
    rest = iter(zip(layer, offsets, strict=True))
    for total, heavy, count in blocks:
        for _ in range(int(count)):
            item, down = next(rest)
            item.y = total / heavy + down


def _crossings(layers: Sequence[Sequence[_Item]]) -> int:
    """How often links between neighbouring layers cross: inversions, counted with a tree of sums."""
    crossings = 0
    for left, right in itertools.pairwise(layers):
        places = {id(item): place for place, item in enumerate(right)}
        ends = [
            place
            for item in left
            for place in sorted(places[id(other)] for other, _ in item.after if id(other) in places)
        ]
        tree = [0] * (len(right) + 1)
        for number, end in enumerate(ends):
            place, before = end + 1, 0
            while place:
                before += tree[place]
                place &= place - 1
            crossings += number - before
            place = end + 1
            while place <= len(right):
                tree[place] += 1
                place += place & -place
    return crossings
