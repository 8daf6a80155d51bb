"""Whatever bytes a graph file holds, loading gives a graph that can be saved, or a `GraphFileError` with a place."""

import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from animaweave.errors import GraphFileError
from animaweave.graph.document import Graph
from animaweave.graph.exchange import copy, paste
from tests.strategies import Raw, files, values

EXAMPLE = (Path(__file__).parents[1] / "data/graphs/coins.weave.json").read_bytes()
PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b'"', b",", b":", b"NaN", b"1e999", b"null", b"\\ud800", b"\xff", b"9" * 5000]
    ),
    st.sampled_from([b"[" * 200, b'"\\', b"-", b"0.", b"\x00", b'"a": 1, "a": 2', b"true", b'{"muted": 0}']),
)


def load_or_refuse(data: bytes, folder: Path) -> None:
    path = folder / "fuzzed.weave.json"
    path.write_bytes(data)
    try:
        graph = Graph.load(path)
    except GraphFileError as refusal:
        message, place, problem = str(refusal), refusal.path, refusal.problem
    else:
        check_usable(graph)
        return
    assert message == f"{path}: {place}: {problem}"
    assert place.startswith("$")
    assert "\n" not in problem
    message.encode()


def check_usable(graph: Graph) -> None:
    text = graph.dumps()
    assert Graph.loads(text).dumps() == text
    graph.copy().remove(*graph.nodes)
    paste(graph, copy(graph, graph.nodes))
    assert len(Graph.loads(graph.dumps()).nodes) == len(graph.nodes)


def unshared(raw: Raw) -> Raw:
    """A copy to change: parts of what was drawn stand in several places, and come again in other examples."""
    copied: Raw = json.loads(json.dumps(raw))
    return copied


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@hypothesis.settings(max_examples=300)
@hypothesis.given(st.lists(st.tuples(st.integers(0, len(EXAMPLE)), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_the_example_with_bytes_cut_out_and_put_in(folder: Path, cuts: list[tuple[int, int, bytes]]) -> None:
    data = EXAMPLE
    for place, length, piece in cuts:
        data = data[:place] + piece + data[place + length :]
    load_or_refuse(data, folder)


@hypothesis.given(st.integers(0, len(EXAMPLE)))
def test_the_example_cut_off(folder: Path, length: int) -> None:
    load_or_refuse(EXAMPLE[:length], folder)


@hypothesis.given(st.binary(max_size=200))
def test_any_bytes(folder: Path, data: bytes) -> None:
    load_or_refuse(data, folder)


@hypothesis.settings(max_examples=80)
@hypothesis.given(files(), st.data())
def test_a_valid_file_with_one_value_replaced(folder: Path, raw: Raw, data: st.DataObject) -> None:
    raw = unshared(raw)
    places: list[tuple[Any, Any]] = []
    waiting: list[Any] = [raw]
    while waiting:
        value = waiting.pop()
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
        places += [(value, key) for key in keys]
        waiting += [value[key] for key in keys]
    holder, key = data.draw(st.sampled_from(places))
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [[], {}, "", "input", "a.b", 0, -1, 2**70, True, None, [[]], {"default": 1}, [1, 2], "\ud800"]
    )
    holder[key] = data.draw(st.one_of(odd, values))
    load_or_refuse(json.dumps(raw).encode(), folder)


@hypothesis.given(files(), st.data())
def test_a_valid_file_with_one_key_renamed(folder: Path, raw: Raw, data: st.DataObject) -> None:
    raw = unshared(raw)
    holders: list[dict[str, Any]] = []
    waiting: list[Any] = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and value:
            holders.append(value)
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    holder = data.draw(st.sampled_from(holders))
    key = data.draw(st.sampled_from(list(holder)))
    new = data.draw(
        st.one_of(st.sampled_from(["", "a b", "input", "default", "extra", "type", "\ud800", "a.b"]), st.text())
    )
    holder[new] = holder.pop(key)
    load_or_refuse(json.dumps(raw).encode(), folder)
