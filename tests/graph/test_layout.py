"""Automatic layout: forwards, apart, short, and through circles."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animaweave.graph.layout import GAP_X, GAP_Y, Layout, Link, layered

SIZE = (160.0, 100.0)


def lay(*wires: str, **sizes: tuple[float, float]) -> Layout:
    ends = [wire.split(">") for wire in wires]
    names = dict.fromkeys(name for pair in ends for name in pair)
    return layered({name: sizes.get(name, SIZE) for name in names}, [Link(a, 40, b, 40) for a, b in ends])


def test_a_chain_runs_from_left_to_right_on_one_level() -> None:
    places = lay("a>b", "b>c").positions
    assert [places[node] for node in "abc"] == [(0, 0), (160 + GAP_X, 0), (2 * (160 + GAP_X), 0)]


def test_what_is_only_needed_late_lies_right_before_it() -> None:
    places = lay("a>b", "b>c", "late>c").positions
    assert places["late"][0] == places["b"][0]


def test_wires_that_need_not_cross_do_not() -> None:
    places = lay("a>x", "b>y", "c>z", "top>a", "top>b", "top>c").positions
    order = sorted("abc", key=lambda node: places[node][1])
    assert [sorted("xyz", key=lambda node: places[node][1])[i] for i in range(3)] == [
        {"a": "x", "b": "y", "c": "z"}[node] for node in order
    ]


def test_a_wire_over_a_layer_gets_a_way_past_the_nodes_there() -> None:
    found = lay("a>b", "b>c", "a>c")
    (way,) = found.ways.values()
    (x, y) = way[0]
    top = found.positions["b"][1]
    assert x == found.positions["b"][0]
    assert not top - 10 < y < top + SIZE[1] + 10


def test_parts_that_do_not_hang_together_lie_below_each_other() -> None:
    places = lay("a>b", "c>d", "d>e").positions
    assert min(places[node][1] for node in "ab") >= max(places[node][1] for node in "cde") + SIZE[1]


def test_circles_are_laid_out_too() -> None:
    places = lay("a>b", "b>c", "c>a").positions
    assert sorted(places, key=lambda node: places[node][0]) == ["a", "b", "c"]


def test_nothing_is_laid_out_as_nothing() -> None:
    assert layered({}, []).positions == {}


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 25), st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=50), st.randoms())
def test_no_two_nodes_overlap_and_wires_run_forwards(
    count: int, pairs: list[tuple[int, int]], rng: random.Random
) -> None:
    sizes = {str(number): (rng.uniform(100, 300), rng.uniform(40, 300)) for number in range(count)}
    links = [Link(str(min(p)), 10, str(max(p)), 10) for p in pairs if max(p) < count and p[0] != p[1]]
    places = layered(sizes, links).positions
    assert places.keys() == sizes.keys()
    for link in links:
        assert places[link.source][0] + sizes[link.source][0] < places[link.target][0]
    names = list(sizes)
    for one in range(count):
        for other in range(one):
            (x1, y1), (w1, h1) = places[names[one]], sizes[names[one]]
            (x2, y2), (w2, h2) = places[names[other]], sizes[names[other]]
            apart_x = x1 + w1 <= x2 or x2 + w2 <= x1
            assert apart_x or y1 + h1 + GAP_Y / 2 <= y2 or y2 + h2 + GAP_Y / 2 <= y1


@pytest.mark.parametrize("count", [1000])
def test_a_large_graph_is_laid_out(count: int) -> None:
    rng = random.Random(1)
    links = [Link(str(rng.randrange(max(0, n - 60), n)), 10, str(n), 10) for n in range(1, count) for _ in range(2)]
    assert len(layered({str(n): SIZE for n in range(count)}, links).positions) == count
