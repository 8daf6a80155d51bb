"""Reading and writing graph files: layout, what survives, size."""

import json
import os
import stat
import time
from pathlib import Path

import hypothesis
import pytest

from animaweave.errors import EditError, GraphFileError
from animaweave.graph.document import Graph
from tests.strategies import Raw, exact, files


@pytest.fixture
def coins(root: Path) -> str:
    """The example of the format's description, byte for byte."""
    return (root / "tests/data/graphs/coins.weave.json").read_text(encoding="utf-8")


# ---------------------------------------------------------------- layout


def test_a_saved_graph_has_the_layout_of_the_formats_example(coins: str) -> None:
    assert Graph.loads(coins).dumps() == coins


def test_a_graph_built_by_calls_has_the_bytes_of_the_example(coins: str) -> None:
    graph = Graph("count coins")
    graph.description = "Counts the coins in a photograph."
    photo = graph.add("image.load", id="photo", path="coins.png")
    mask = graph.add("image.threshold_otsu", id="mask")
    coin = graph.add("image.remove_small", id="coins", smallest=100)
    count = graph.add("image.count_objects", id="count")
    graph.set_run(count, placement="process", timeout=30, retry={"attempts": 3})
    total = graph.add("graph.output", id="total", name="coins")
    graph.connect(photo["image"], mask["image"])
    graph.connect(mask["mask"], coin["mask"])
    graph.connect("coins.mask", "count.mask")
    graph.connect(count["number"], total["value"])
    graph.connect_control("photo.done", "count.trigger")
    graph.requires = {"image": "1"}
    ports = {"version": 1, "inputs": {"image": "image.Grey"}, "outputs": {"mask": "image.Mask"}}
    graph.signatures = {"image.threshold_otsu": ports}
    graph.move(photo, 0, 0)
    graph.move(mask, 260.0, 0.0)

    assert graph.dumps() == coins


def test_an_empty_graph_is_short() -> None:
    assert Graph("nothing").dumps() == (
        "{\n"
        '  "format": "animaweave/graph",\n'
        '  "version": 1,\n'
        '  "name": "nothing",\n'
        '  "description": "",\n'
        '  "nodes": {},\n'
        '  "wires": [],\n'
        '  "controls": [],\n'
        '  "subgraphs": {},\n'
        '  "requires": {},\n'
        '  "signatures": {},\n'
        '  "view": {\n'
        '    "nodes": {}, "frames": [], "camera": [0, 0, 1.0]\n'
        "  }\n"
        "}\n"
    )


def test_every_node_wire_and_signature_has_a_line_also_in_sub_graphs() -> None:
    graph = Graph()
    inner = graph.add_subgraph("calc")
    for part in (graph, inner):
        for number in range(3):
            part.add("math.add", id=f"node_{number}", a=number)
            part.move(f"node_{number}", 1000 * number, 123456)
        part.connect("node_0.result", "node_1.a")
        part.connect("node_1.result", "node_2.a")
    graph.signatures = {"math.add": {"version": 1}, "math.subtract": {"version": 1}}
    lines = graph.dumps().splitlines()

    for number in range(3):
        assert sum(line.strip().startswith(f'"node_{number}": {{"type"') for line in lines) == 2
    assert [line.strip(" ,") for line in lines].count('["node_0.result", "node_1.a"]') == 2
    assert sum('{"version": 1}' in line for line in lines) == 2
    assert max(map(len, lines)) <= 120


def test_looks_of_many_nodes_have_a_line_each() -> None:
    graph = Graph()
    for number in range(20):
        graph.move(graph.add("math.add"), number, number)
    assert '      "add_7": {"pos": [6, 6]},\n' in graph.dumps()


def test_moving_a_node_touches_the_view_alone(coins: str) -> None:
    graph = Graph.loads(coins)
    graph.move("mask", 1, 2)
    changed = [new for old, new in zip(coins.splitlines(), graph.dumps().splitlines(), strict=True) if old != new]
    assert changed == ['    "nodes": {"photo": {"pos": [0, 0]}, "mask": {"pos": [1, 2]}},']


def test_adding_a_node_touches_its_own_line_and_the_comma_before_it(coins: str) -> None:
    graph = Graph.loads(coins)
    graph.add("image.count_objects", id="a_node_with_a_long_name")
    assert len(set(graph.dumps().splitlines()) - set(coins.splitlines())) == 2


# ---------------------------------------------------------------- what survives


@hypothesis.given(files())
def test_the_same_graph_gives_the_same_bytes_loaded_again_or_copied(raw: Raw) -> None:
    graph = Graph.loads(json.dumps(raw))
    saved = graph.dumps()
    assert graph.dumps() == saved
    assert Graph.loads(saved).dumps() == saved
    assert graph.copy().dumps() == saved


@hypothesis.given(files())
def test_nothing_that_a_file_says_is_lost(raw: Raw) -> None:
    saved = json.loads(Graph.loads(json.dumps(raw)).dumps())
    pairs = [(raw, saved), *((raw["subgraphs"][name], saved["subgraphs"][name]) for name in raw["subgraphs"])]
    for before, after in pairs:
        assert list(before["nodes"]) == list(after["nodes"])
        for node_id, node in before["nodes"].items():
            kept = after["nodes"][node_id]
            assert exact(node.get("params", {})) == exact(kept.get("params", {}))
            _same_unknown_keys(node, kept)
            _same_unknown_keys(node.get("run", {}), kept.get("run", {}))
        for kind in ("wires", "controls"):
            assert [wire[:2] for wire in before[kind]] == [wire[:2] for wire in after[kind]]
        _same_unknown_keys(before, after)
        _same_unknown_keys(before["view"], after["view"])
        looks = before["view"].get("nodes", {})
        assert {key: exact(look) for key, look in looks.items() if look} == {
            key: exact(look) for key, look in after["view"]["nodes"].items() if look
        }
    assert exact(raw["signatures"]) == exact(saved["signatures"])
    assert exact(raw["requires"]) == exact(saved["requires"])


def _same_unknown_keys(before: Raw, after: Raw) -> None:
    assert exact([item for item in before.items() if item[0].startswith("x-")]) == exact(
        [item for item in after.items() if item[0].startswith("x-")]
    )


def test_params_of_an_unknown_node_type_keep_their_values_and_order() -> None:
    params = '{"z": 1, "a": 1.0, "n": null, "deep": {"b": [true, 1e-07, -0.0], "a": ""}, "big": 123456789012345678901}'
    text = (
        f'{{"format": "animaweave/graph", "version": 1, "nodes": {{"x": {{"type": "lost.type", "params": {params}}}}}}}'
    )
    assert f'"params": {params}' in Graph.loads(text).dumps()


def test_keys_of_a_later_version_are_written_back_wherever_they_were() -> None:
    text = """{"format": "animaweave/graph", "version": 1, "later": [1, 1.0],
      "nodes": {"a": {"type": "x.y", "later": {"b": 1}, "run": {"later": 2, "retry": {"attempts": 2, "later": 3}}}},
      "wires": [["a.x", "a.y", {"later": 4}]],
      "subgraphs": {"calc": {"later": 5}},
      "view": {"later": 6, "nodes": {"a": {"pos": [1, 2], "later": 7}}, "frames": [{"later": 8}]}}"""
    saved = json.loads(Graph.loads(text).dumps())

    assert saved["later"] == [1, 1.0]
    assert saved["nodes"]["a"]["later"] == {"b": 1}
    assert saved["nodes"]["a"]["run"] == {"retry": {"attempts": 2, "later": 3}, "later": 2}
    assert saved["wires"] == [["a.x", "a.y", {"later": 4}]]
    assert saved["subgraphs"]["calc"]["later"] == 5
    assert saved["view"]["later"] == 6
    assert saved["view"]["nodes"]["a"] == {"pos": [1, 2], "later": 7}
    assert saved["view"]["frames"] == [{"later": 8}]


def test_half_a_surrogate_pair_survives_as_its_escape(tmp_path: Path) -> None:
    text = r'{"format": "animaweave/graph", "version": 1, "name": "\ud800 \ud83d\ude00"}'
    graph = Graph.loads(text)
    graph.save(tmp_path / "odd.weave.json")
    assert r'"name": "\ud800 😀"' in (tmp_path / "odd.weave.json").read_text(encoding="utf-8")
    assert Graph.load(tmp_path / "odd.weave.json").name == graph.name


def test_a_byte_order_mark_is_no_error(tmp_path: Path, coins: str) -> None:
    path = tmp_path / "coins.weave.json"
    path.write_text(coins, encoding="utf-8-sig")
    assert Graph.load(path).dumps() == coins


# ---------------------------------------------------------------- files


def test_a_graph_knows_the_file_that_it_came_from_and_saves_there(tmp_path: Path, coins: str) -> None:
    path = tmp_path / "coins.weave.json"
    path.write_text(coins, encoding="utf-8")
    graph = Graph.load(path)
    graph.add_subgraph("calc")
    graph.name = "other"
    graph.save()

    assert graph.path == path
    assert graph.subgraphs["calc"].path == path
    assert graph.copy().path == path
    assert Graph.load(path).name == "other"


def test_a_graph_without_a_file_asks_for_a_path() -> None:
    with pytest.raises(EditError) as caught:
        Graph().save()
    assert str(caught.value) == "expected a path to save to, found none, and this graph came from no file; pass one"


def test_saving_through_a_link_replaces_what_it_points_to(tmp_path: Path) -> None:
    target, link = tmp_path / "real.weave.json", tmp_path / "link.weave.json"
    Graph("before").save(target)
    link.symlink_to(target)
    Graph("after").save(link)

    assert link.is_symlink()
    assert Graph.load(target).name == "after"


def test_a_saved_file_keeps_its_permissions_and_a_new_one_gets_the_usual_ones(tmp_path: Path) -> None:
    path = tmp_path / "graph.weave.json"
    before = os.umask(0o027)
    try:
        Graph().save(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    Graph().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.weave.json", "expected a graph file, found no such file"),
        (".", "expected a graph file, found a folder"),
        ("file/below.weave.json", "expected a file that can be read, found: not a directory"),
        ("a\0b", "expected a file that can be read, found: embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GraphFileError) as caught:
        Graph.load(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: $: {problem}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/graph.weave.json", "no such file or directory"),
        (".", "a folder of that name"),
        ("file/below.weave.json", "not a directory"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GraphFileError) as caught:
        Graph().save(tmp_path / name)
    message = f"expected to write the file, found: {reason}; what was there before is untouched"
    assert str(caught.value) == f"{tmp_path / name}: $: {message}"


def test_ten_thousand_nodes_load_quickly() -> None:
    graph = Graph()
    for number in range(10_000):
        graph.move(graph.add("math.add", id=f"add_{number}", a=number, b=0.5), number, -number)
    for number in range(9_999):
        graph.connect(f"add_{number}.result", f"add_{number + 1}.a")
    text = graph.dumps()
    start = time.process_time()
    loaded = Graph.loads(text)
    took = time.process_time() - start

    assert loaded.dumps() == text
    # Measured 0.27 s, and four times that under coverage; what is quadratic takes far longer.
    assert took < 5
