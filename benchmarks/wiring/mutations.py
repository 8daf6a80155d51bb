"""What goes wrong when people wire: each kind of mistake makes one change to a valid graph (docs/type-errors.md)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from animaweave.graph.document import Graph
from animaweave.ports.text import to_text

from .corpus import registry

Raw = dict[str, Any]
Mutation = Callable[[Raw, random.Random], bool]
"""Changes a graph as its file has it; tells whether it found something to change."""

MUTATIONS: dict[str, Mutation] = {}


def mutate(graph: Graph, name: str, rng: random.Random) -> Graph | None:
    """A copy with one mistake; None where there is nothing of that kind to get wrong."""
    raw: Raw = json.loads(graph.dumps())
    before = json.dumps(raw, sort_keys=True)
    if not MUTATIONS[name](raw, rng) or json.dumps(raw, sort_keys=True) == before:
        return None
    raw.pop("signatures", None)
    raw.pop("requires", None)
    return Graph.loads(json.dumps(raw))


def _kind(function: Mutation) -> Mutation:
    MUTATIONS[function.__name__.replace("_", " ")] = function
    return function


def _part(raw: Raw, rng: random.Random) -> Raw:
    """The graph or one of its sub-graphs."""
    return rng.choice([raw, *raw.get("subgraphs", {}).values()])


def _outputs(part: Raw) -> list[str]:
    found: list[str] = []
    for node, facts in part["nodes"].items():
        node_type = registry().node_type(facts["type"])
        if node_type is not None:
            found += [f"{node}.{port.name}" for port in node_type.signature.outputs if not port.control]
    return found


@_kind
def two_wires_swap_their_sources(raw: Raw, rng: random.Random) -> bool:
    """Each end is right, but not with the other."""
    wires = _part(raw, rng)["wires"]
    if len(wires) < 2:
        return False
    one, other = rng.sample(wires, 2)
    one[0], other[0] = other[0], one[0]
    return True


@_kind
def a_wire_comes_from_another_output(raw: Raw, rng: random.Random) -> bool:
    """The pointer let go at the wrong port."""
    part = _part(raw, rng)
    outputs = _outputs(part)
    if not part["wires"] or not outputs:
        return False
    rng.choice(part["wires"])[0] = rng.choice(outputs)
    return True


@_kind
def a_wire_is_forgotten(raw: Raw, rng: random.Random) -> bool:
    """Something needed is not wired."""
    part = _part(raw, rng)
    if not part["wires"]:
        return False
    part["wires"].remove(rng.choice(part["wires"]))
    return True


@_kind
def a_node_in_between_is_left_out(raw: Raw, rng: random.Random) -> bool:
    """As when somebody forgets to convert, or to take one item of a list."""
    part = _part(raw, rng)
    through = [
        (come, go)
        for come in part["wires"]
        for go in part["wires"]
        if come[1].partition(".")[0] == go[0].partition(".")[0]
    ]
    if not through:
        return False
    come, go = rng.choice(through)
    go[0] = come[0]
    return True


@_kind
def a_parameter_has_a_value_of_another_type(raw: Raw, rng: random.Random) -> bool:
    """Or one out of its range, or none of the choices."""
    part = _part(raw, rng)
    inputs = [
        (facts, port.name)
        for facts in part["nodes"].values()
        if (node_type := registry().node_type(facts["type"])) is not None and not facts["type"].startswith("graph.")
        for port in node_type.signature.inputs
        if not port.is_required and not port.control and not port.variadic
    ]
    if not inputs:
        return False
    facts, name = rng.choice(inputs)
    facts.setdefault("params", {})[name] = rng.choice(["text", 2.5, 7, True, None, [1], {"a": 1}, -5, 1000, "sideways"])
    return True


@_kind
def a_size_is_another(raw: Raw, rng: random.Random) -> bool:
    """A matrix is made with other rows or columns."""
    part = _part(raw, rng)
    sized = [facts for facts in part["nodes"].values() if facts["type"] == "lab.zeros"]
    if not sized:
        return False
    rng.choice(sized).setdefault("params", {})[rng.choice(["rows", "columns"])] = rng.choice([1, 4, 5])
    return True


@_kind
def a_node_is_another(raw: Raw, rng: random.Random) -> bool:
    """Of another type that has ports of the same names."""
    part = _part(raw, rng)
    kinds = [node_type for node_type in registry().node_types() if node_type.vessel in ("lab", "other")]
    node = rng.choice(list(part["nodes"].values()))
    old = registry().node_type(node["type"])
    if old is None or node["type"].startswith("graph."):
        return False

    def names(ports: Any) -> set[str]:
        return {port.name for port in ports}

    like = [
        kind.id
        for kind in kinds
        if kind.id != old.id
        and names(kind.signature.inputs) == names(old.signature.inputs)
        and names(kind.signature.outputs) & names(old.signature.outputs)
    ]
    if not like:
        return False
    node["type"] = rng.choice(like)
    return True


@_kind
def a_boundary_has_another_type(raw: Raw, rng: random.Random) -> bool:
    """A sub-graph declares what its nodes do not take."""
    inputs = [
        facts
        for part in raw.get("subgraphs", {}).values()
        for facts in part["nodes"].values()
        if facts["type"] == "graph.input"
    ]
    if not inputs:
        return False
    rng.choice(inputs).setdefault("params", {})["type"] = rng.choice(
        ["int", "str", 'Float["r c 3"]', 'Float["n"]', 'Int["r c"]', "list[float]", "lab.Kelvin"]
    )
    return True


@_kind
def a_name_is_misspelt(raw: Raw, rng: random.Random) -> bool:
    """A port is called by a name that it does not have, as in a file written by hand."""
    part = _part(raw, rng)
    if not part["wires"]:
        return False
    wire = rng.choice(part["wires"])
    end = rng.choice([0, 1])
    wire[end] = wire[end].partition("[")[0] + "s"
    return True


@_kind
def a_signal_goes_to_data(raw: Raw, rng: random.Random) -> bool:
    """`done` of a node is wired where its result belongs."""
    part = _part(raw, rng)
    if not part["wires"]:
        return False
    wire = rng.choice(part["wires"])
    wire[0] = f"{wire[0].partition('.')[0]}.done"
    return True


@_kind
def data_goes_to_a_signal(raw: Raw, rng: random.Random) -> bool:
    """A result is wired where a signal belongs."""
    part = _part(raw, rng)
    if not part.get("controls"):
        return False
    wire = rng.choice(part["controls"])
    outputs = _outputs(part)
    wire[0] = rng.choice(outputs)
    return True


@_kind
def two_wires_end_at_one_input(raw: Raw, rng: random.Random) -> bool:
    """As after a merge of two versions."""
    part = _part(raw, rng)
    outputs = _outputs(part)
    if not part["wires"] or not outputs:
        return False
    part["wires"].append([rng.choice(outputs), rng.choice(part["wires"])[1]])
    return True


@_kind
def a_wire_goes_back(raw: Raw, rng: random.Random) -> bool:
    """Nodes wait for each other."""
    part = _part(raw, rng)
    if len(part["wires"]) < 2:
        return False
    one, other = rng.sample(part["wires"], 2)
    one[0] = f"{other[1].partition('.')[0]}.{other[0].partition('.')[2]}"
    return True


@_kind
def an_item_is_wired_where_a_list_belongs(raw: Raw, rng: random.Random) -> bool:
    """One value, where several are wanted."""
    return _rewire(raw, rng, _is_list, lambda type_: not _is_list(type_))


@_kind
def a_list_is_wired_where_an_item_belongs(raw: Raw, rng: random.Random) -> bool:
    """Several values, where one is wanted."""
    return _rewire(raw, rng, lambda type_: not _is_list(type_), _is_list)


@_kind
def an_array_of_another_shape_is_wired(raw: Raw, rng: random.Random) -> bool:
    """A colour picture for a grey one, a matrix for a vector, a picture for its mask."""
    return _rewire(raw, rng, lambda type_: '["' in type_)


@_kind
def a_value_in_another_unit_is_wired(raw: Raw, rng: random.Random) -> bool:
    """A number, but not of the kind that is asked for."""
    return _rewire(raw, rng, lambda type_: type_ == "float" or "." in type_.partition("[")[0])


@_kind
def a_type_of_node_is_gone(raw: Raw, rng: random.Random) -> bool:
    """A vessel was renamed, or is not installed."""
    node = rng.choice(list(_part(raw, rng)["nodes"].values()))
    node["type"] = f"old_{node['type']}"
    return True


@_kind
def a_wire_goes_to_its_own_node(raw: Raw, rng: random.Random) -> bool:
    """A node waits for itself."""
    part = _part(raw, rng)
    if not part["wires"]:
        return False
    wire = rng.choice(part["wires"])
    own = [ref for ref in _outputs(part) if ref.partition(".")[0] == wire[1].partition(".")[0]]
    if not own:
        return False
    wire[0] = rng.choice(own)
    return True


def _rewire(
    raw: Raw, rng: random.Random, is_wanted: Callable[[str], bool], is_given: Callable[[str], bool] | None = None
) -> bool:
    """Wire an output to an input, of types that are like these; the second is like the first if it is not named."""
    part = _part(raw, rng)
    outputs = {
        ref: type_ for ref in _outputs(part) if (is_given or is_wanted)(type_ := _type(part, ref, is_output=True))
    }
    pairs = [
        (wire, ref)
        for wire in part["wires"]
        if is_wanted(wanted := _type(part, wire[1]))
        for ref, type_ in outputs.items()
        if type_ != wanted
    ]
    if not pairs:
        return False
    wire, ref = rng.choice(pairs)
    wire[0] = ref
    return True


def _is_list(type_: str) -> bool:
    return type_.startswith("list")


def _type(part: Raw, ref: str, *, is_output: bool = False) -> str:
    """The declared type of a port, as text; empty if it has none."""
    node, _, port = ref.partition("[")[0].partition(".")
    facts = part["nodes"].get(node)
    node_type = None if facts is None else registry().node_type(facts["type"])
    if node_type is None:
        return ""
    found = node_type.signature.output(port) if is_output else node_type.signature.input(port)
    return "" if found is None else to_text(found.hint)
