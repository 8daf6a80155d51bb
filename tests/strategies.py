"""Random graph files: everything that the format allows, keys of later versions included."""

import json
from typing import Any

from hypothesis import strategies as st

Raw = dict[str, Any]

ids = st.from_regex(r"\A[\w-]{1,6}\Z")
port_names = st.sampled_from(["image", "mask", "a", "b", "größe", "two words"])
texts = st.text(max_size=12)
numbers = st.one_of(
    st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0, 1, 1.0, -0.0])
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
unknown_keys: st.SearchStrategy[Raw] = st.sampled_from(
    [{}, {}, {"x-2": 1, "x-1": 1.0}, {"x-ü ": {"b": [None, True], "a": -0.0}}]
)
"""A few are enough: each of the many parts of a file has its own choice."""
seconds = st.one_of(st.integers(1, 10**6), st.floats(0.001, 1e6))
points = st.lists(st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6)), min_size=2, max_size=2)


def part(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    """An object with some of these keys, in any order, and some that nobody knows."""
    chosen = st.fixed_dictionaries({}, optional=fields)
    return st.builds(lambda known, extra: {**known, **extra}, chosen, unknown_keys)


run_settings = part(
    placement=st.sampled_from(["inline", "thread", "async", "process"]),
    mode=st.sampled_from(["concurrent", "sequential"]),
    activation=st.dictionaries(texts, st.sampled_from(["AND", "OR", "XOR", "DECIDED"]), max_size=2),
    timeout=seconds,
    retry=part(
        attempts=st.integers(1, 9), delay=seconds, factor=seconds, jitter=seconds, on=st.lists(texts, max_size=2)
    ),
    on_error=st.one_of(
        st.sampled_from(["skip", "stop"]),
        st.fixed_dictionaries({"default": st.dictionaries(texts, values, max_size=2)}),
    ),
    frozen=st.booleans(),
    bypass=st.booleans(),
    disabled=st.booleans(),
)
node_types = st.sampled_from(["image.load", "math.add", "graph.input", "no such type", "graph.calc", "größe.x"])
nodes = st.builds(
    lambda node_type, rest: {"type": node_type, **rest},
    node_types,
    part(params=st.dictionaries(texts, values, max_size=4), run=run_settings),
)
frames = part(title=texts, pos=points, size=points, colour=texts)
signatures = st.fixed_dictionaries(
    {"version": st.integers(0, 9), "inputs": st.dictionaries(texts, texts), "outputs": st.dictionaries(texts, texts)}
)


@st.composite
def contents(draw: st.DrawFn) -> Raw:
    """What the file and each of its sub-graphs hold."""
    found = draw(st.dictionaries(ids, nodes, max_size=5))
    raw: Raw = {"name": draw(texts), "description": draw(texts), "nodes": found, "wires": [], "controls": []}
    if found:
        ends = st.builds(
            "{}.{}{}".format, st.sampled_from(list(found)), port_names, st.sampled_from(["", "[0]", "[3]"])
        )
        options = st.lists(part(muted=st.booleans()), max_size=1)
        wires: st.SearchStrategy[list[Any]] = st.tuples(ends, ends, options).map(
            lambda wire: [wire[0], wire[1], *wire[2]]
        )
        raw["wires"] = draw(st.lists(wires, max_size=5, unique_by=lambda wire: str(wire[1])))
        raw["controls"] = draw(st.lists(wires, max_size=3, unique_by=lambda wire: str(wire[:2])))
    looks = part(pos=points)
    raw["view"] = draw(
        part(
            nodes=st.dictionaries(st.sampled_from([*found, "gone"]), looks, max_size=4),
            wires=st.lists(st.sampled_from(raw["wires"]), max_size=2, unique_by=str).map(
                lambda led: [[wire[0], wire[1], [[1, 2.5]]] for wire in led]
            )
            if raw["wires"]
            else st.just([]),
            frames=st.lists(frames, max_size=2),
            notes=st.lists(part(text=texts, pos=points, size=points, colour=texts), max_size=2),
            bookmarks=st.lists(part(name=texts, camera=st.just([0, 1.5, 2])), max_size=2),
            collapsed=st.lists(st.sampled_from([*found, "gone"]), max_size=2, unique=True),
            camera=st.just([0.5, 1, 2.0]),
        )
    )
    return {**raw, **draw(unknown_keys)}


@st.composite
def files(draw: st.DrawFn) -> Raw:
    """A whole graph file as JSON."""
    inner = draw(st.dictionaries(ids.filter(lambda name: name not in ("input", "output")), contents(), max_size=2))
    return {
        "format": "animaweave/graph",
        "version": 1,
        **draw(contents()),
        "subgraphs": inner,
        "requires": draw(st.dictionaries(texts, texts, max_size=2)),
        "signatures": draw(st.dictionaries(node_types, signatures, max_size=3)),
    }


def exact(value: Any) -> str:
    """JSON by which values compare exactly: 1 and 1.0 apart, keys in order."""
    return json.dumps(value, ensure_ascii=True)
