"""Everything that a graph file may have wrong: refused with file, place, what was expected and what was found."""

import time
from pathlib import Path

import pytest

from animaweave.errors import GraphFileError
from animaweave.graph.document import Graph

START = '{"format": "animaweave/graph", "version": 1, '
NODES = START + '"nodes": {"mask": {"type": "image.otsu"}, "coins": {"type": "image.small"}}, '


def problem_of(text: str) -> str:
    """The message without the file's name."""
    with pytest.raises(GraphFileError) as caught:
        Graph.loads(text, "coins.weave.json")
    message = str(caught.value)
    assert message.startswith("coins.weave.json: $")
    assert "\n" not in message
    return message.removeprefix("coins.weave.json: ")


def node(text: str) -> str:
    return f'{START}"nodes": {{"coins": {text}}}}}'


def param(text: str) -> str:
    return node(f'{{"type": "x.y", "params": {{"smallest": {text}}}}}')


def run(text: str) -> str:
    return node(f'{{"type": "x.y", "run": {text}}}')


def wires(text: str) -> str:
    return f'{NODES}"wires": {text}}}'


CASES = [
    # No JSON.
    ("", "$: expected a graph, found an empty file"),
    (" \n", "$: expected a graph, found an empty file"),
    ("{", "$: expected a key in double quotes at line 1, column 2, found the end of the file"),
    ('{"a": }', '$: expected a value at line 1, column 7, found "}"'),
    ("{\n 'a'", '$: expected a key in double quotes at line 2, column 2, found "\'"'),
    ('{"a" 1}', '$: expected a colon at line 1, column 6, found "1"'),
    ('{"a": 1 "b"}', '$: expected a comma or a closing bracket at line 1, column 9, found "\\""'),
    (
        '{"a": "coins',
        "$: expected a closing quote for the text that begins there at line 1, column 7, found the end of the file",
    ),
    (
        '{"a": "\t"}',
        '$: expected an escape such as \\n in place of the character that is there at line 1, column 8, found "\\t"',
    ),
    ('{"a": "\\q"}', '$: expected an escape that JSON knows, such as \\n, at line 1, column 8, found "\\\\"'),
    ('{"a": "\\u12"}', '$: expected four hexadecimal digits after \\u at line 1, column 9, found "u"'),
    ("{} {}", '$: expected the end of the file at line 1, column 4, found "{"'),
    # JSON, but no graph.
    ("[]", "$: expected an object, found []"),
    ("{}", '$.format: expected "animaweave/graph", found none; is this a graph file?'),
    ('{"format": "x"}', '$.format: expected "animaweave/graph", found "x"; is this a graph file?'),
    (START + '"name": 5}', "$.name: expected text, found 5"),
    (START + '"description": ["a"]}', '$.description: expected text, found ["a"]'),
    (START + '"nodes": []}', "$.nodes: expected an object, found []"),
    (START + '"wires": {}}', "$.wires: expected a list, found {}"),
    (START + '"controls": "x"}', '$.controls: expected a list, found "x"'),
    (START + '"requires": {"image": 1}}', "$.requires.image: expected text, found 1"),
    # Keys twice.
    (
        param('1, "smallest": 2'),
        "$.nodes.coins.params.smallest: expected a key once, found it twice; rename or remove one",
    ),
    (
        START + '"nodes": {"a": {"type": "x.y"}, "a": {"type": "x.z"}}}',
        "$.nodes.a: expected a key once, found it twice; rename or remove one",
    ),
    ('{"two words": 1, "two words": 2}', '$["two words"]: expected a key once, found it twice; rename or remove one'),
    # Numbers that are none.
    (param("NaN"), "$.nodes.coins.params.smallest: expected a finite number, found NaN, which JSON lacks"),
    (param("-Infinity"), "$.nodes.coins.params.smallest: expected a finite number, found -Infinity, which JSON lacks"),
    (param("[1, 1e999]"), "$.nodes.coins.params.smallest[1]: expected a number within ±1.8e308, found 1e999"),
    (
        param("9" * 2000),
        "$.nodes.coins.params.smallest: expected a number of at most 1000 digits, found one of 2000",
    ),
    # Nodes.
    (node("5"), '$.nodes.coins: expected a node, such as {"type": "image.load"}, found 5'),
    (node("{}"), '$.nodes.coins.type: expected the name of a node type, such as "image.load", found none'),
    (node('{"type": ""}'), '$.nodes.coins.type: expected the name of a node type, such as "image.load", found ""'),
    (node('{"type": 5}'), '$.nodes.coins.type: expected the name of a node type, such as "image.load", found 5'),
    (node('{"type": "x.y", "params": [1]}'), "$.nodes.coins.params: expected an object, found [1]"),
    (
        START + '"nodes": {"a.b": {"type": "x.y"}}}',
        '$.nodes["a.b"]: expected an id of letters, digits, _ and -, found "a.b"; rename the node',
    ),
    (
        START + '"nodes": {"": {"type": "x.y"}}}',
        '$.nodes[""]: expected an id of letters, digits, _ and -, found ""; rename the node',
    ),
    # How nodes are run.
    (run("[]"), "$.nodes.coins.run: expected an object, found []"),
    (
        run('{"placement": "gpu"}'),
        '$.nodes.coins.run.placement: expected "inline", "thread", "async" or "process", found "gpu"',
    ),
    (run('{"mode": 1}'), '$.nodes.coins.run.mode: expected "concurrent" or "sequential", found 1'),
    (
        run('{"activation": {"go": "NAND"}}'),
        '$.nodes.coins.run.activation.go: expected "AND", "OR", "XOR" or "DECIDED", found "NAND"',
    ),
    (
        run('{"activation": []}'),
        "$.nodes.coins.run.activation: expected an object of activation modes by port, found []",
    ),
    (
        run('{"timeout": "30"}'),
        '$.nodes.coins.run.timeout: expected a number of seconds above 0, up to 1e9, found "30"',
    ),
    (run('{"timeout": 0}'), "$.nodes.coins.run.timeout: expected a number of seconds above 0, up to 1e9, found 0"),
    (
        run('{"timeout": true}'),
        "$.nodes.coins.run.timeout: expected a number of seconds above 0, up to 1e9, found true",
    ),
    (
        run('{"retry": {"attempts": 0}}'),
        "$.nodes.coins.run.retry.attempts: expected a whole number from 1 to 1e9, found 0",
    ),
    (
        run('{"retry": {"delay": -1}}'),
        "$.nodes.coins.run.retry.delay: expected a number of seconds from 0 to 1e9, found -1",
    ),
    (
        run('{"retry": {"on": ["OSError", 5]}}'),
        "$.nodes.coins.run.retry.on[1]: expected the name of an exception, found 5",
    ),
    (run('{"retry": 3}'), "$.nodes.coins.run.retry: expected an object, found 3"),
    (
        run('{"on_error": "ignore"}'),
        '$.nodes.coins.run.on_error: expected "skip", "stop" or {"default": {port: value}}, found "ignore"',
    ),
    (run('{"on_error": {}}'), '$.nodes.coins.run.on_error: expected the key "default", found none'),
    (
        run('{"on_error": {"default": 5}}'),
        "$.nodes.coins.run.on_error.default: expected an object of values by port, found 5",
    ),
    (run('{"disabled": "no"}'), '$.nodes.coins.run.disabled: expected true or false, found "no"'),
    (
        run('{"timeout": 1' + "0" * 400 + "}"),
        "$.nodes.coins.run.timeout: expected a number of seconds above 0, up to 1e9, found 1" + "0" * 57 + "…",
    ),
    # Wires.
    (wires('["mask.mask"]'), '$.wires[0]: expected a wire, such as ["a.image", "b.image"], found "mask.mask"'),
    (wires('[["mask.mask"]]'), '$.wires[0]: expected a wire, such as ["a.image", "b.image"], found ["mask.mask"]'),
    (
        wires('[["mask", "coins.mask"]]'),
        '$.wires[0][0]: expected a port, such as "blur.image" or "sum.items[2]", found "mask"',
    ),
    (
        wires('[["mask.mask", "coins.mask[x]"]]'),
        '$.wires[0][1]: expected a port, such as "blur.image" or "sum.items[2]", found "coins.mask[x]"',
    ),
    (wires('[["mask.mask", 5]]'), "$.wires[0][1]: expected text, found 5"),
    (
        wires('[["maks.mask", "coins.mask"]]'),
        (
            '$.wires[0][0]: expected a port of a node in this graph, found "maks.mask"; there is no node "maks"; '
            'did you mean "mask"?'
        ),
    ),
    (
        wires('[["mask.mask", "total.value"]]'),
        '$.wires[0][1]: expected a port of a node in this graph, found "total.value"; there is no node "total"',
    ),
    (
        wires('[["mask.mask", "coins.mask"], ["mask.image", "coins.mask"]]'),
        "$.wires[1]: expected one wire into coins.mask, found a second one; the first is $.wires[0]",
    ),
    (
        wires('[["mask.a", "coins.items[0]"], ["mask.b", "coins.items[1]"], ["mask.c", "coins.items[0]"]]'),
        "$.wires[2]: expected one wire into coins.items[0], found a second one; the first is $.wires[0]",
    ),
    (
        NODES + '"controls": [["mask.done", "coins.go"], ["mask.done", "coins.go"]]}',
        "$.controls[1]: expected one wire from mask.done to coins.go, found a second one; the first is $.controls[0]",
    ),
    (wires('[["mask.a", "coins.b", true]]'), "$.wires[0][2]: expected an object, found true"),
    (wires('[["mask.a", "coins.b", {"muted": 1}]]'), "$.wires[0][2].muted: expected true or false, found 1"),
    # Signatures.
    (START + '"signatures": {"a.b": 5}}', '$.signatures["a.b"]: expected an object, found 5'),
    (
        START + '"signatures": {"a.b": {"version": 1.5}}}',
        '$.signatures["a.b"].version: expected a version, such as 1, found 1.5',
    ),
    (
        START + '"signatures": {"a.b": {"inputs": {"x": 5}}}}',
        '$.signatures["a.b"].inputs.x: expected text, found 5',
    ),
    # Sub-graphs.
    (START + '"subgraphs": {"calc": 5}}', "$.subgraphs.calc: expected an object, found 5"),
    (
        START + '"subgraphs": {"output": {}}}',
        (
            "$.subgraphs.output: expected a sub-graph's name of letters, digits, _ and -, other than input and output, "
            'found "output"'
        ),
    ),
    (
        START + '"subgraphs": {"calc": {"subgraphs": {"inner": {}}}}}',
        "$.subgraphs.calc.subgraphs: expected none inside a sub-graph; move them to $.subgraphs",
    ),
    (
        START + '"subgraphs": {"calc": {"nodes": {"a": {"type": "x.y"}}, "wires": [["a.x", "b.y"]]}}}',
        '$.subgraphs.calc.wires[0][1]: expected a port of a node in this graph, found "b.y"; there is no node "b"',
    ),
    # Looks.
    (START + '"view": []}', "$.view: expected an object, found []"),
    (
        START + '"view": {"nodes": {"a": {"pos": [1]}}}}',
        "$.view.nodes.a.pos: expected a list of two numbers within ±1e9, found [1]",
    ),
    (
        START + '"view": {"nodes": {"a": {"pos": [0, -1e10]}}}}',
        "$.view.nodes.a.pos: expected a list of two numbers within ±1e9, found [0, -10000000000.0]",
    ),
    (START + '"view": {"frames": {}}}', "$.view.frames: expected a list, found {}"),
    (START + '"view": {"frames": [{"title": 5}]}}', "$.view.frames[0].title: expected text, found 5"),
    (
        START + '"view": {"notes": [{"size": ["a", 1]}]}}',
        '$.view.notes[0].size: expected a list of two numbers within ±1e9, found ["a", 1]',
    ),
    (START + '"view": {"collapsed": [1]}}', "$.view.collapsed[0]: expected text, found 1"),
    (
        START + '"view": {"camera": [0, 0]}}',
        "$.view.camera: expected a list of x, y and zoom, numbers within ±1e9, found [0, 0]",
    ),
    (
        START + '"view": {"wires": [["a.x", "b.y"]]}}',
        '$.view.wires[0]: expected a wire and its points, such as ["a.x", "b.y", [[120, 40]]], found ["a.x", "b.y"]',
    ),
    (
        START + '"view": {"wires": [["a.x", "b.y", [5]]]}}',
        "$.view.wires[0][2][0]: expected a list of two numbers within ±1e9, found 5",
    ),
]


@pytest.mark.parametrize(("text", "problem"), CASES, ids=range(len(CASES)))
def test_what_does_not_fit_is_refused_with_its_place(text: str, problem: str) -> None:
    assert problem_of(text) == problem


def test_a_large_value_is_not_shown_in_full() -> None:
    assert problem_of(node('{"type": "x.y", "params": "' + "x" * 10**6 + '"}')) == (
        '$.nodes.coins.params: expected an object, found "' + "x" * 57 + '…"'
    )
    assert problem_of(node(str(list(range(1000))))).endswith("found a list of 1000")
    assert problem_of(wires(str({str(n): n for n in range(1000)}).replace("'", '"'))).endswith(
        "found an object of 1000"
    )


def test_half_a_surrogate_pair_in_a_message_can_be_printed() -> None:
    problem = problem_of(node('{"type": "x.y", "params": "\\ud800"}'))
    assert problem == '$.nodes.coins.params: expected an object, found "\\ud800"'
    problem.encode()


def test_half_a_surrogate_pair_is_no_choice() -> None:
    assert problem_of(run('{"mode": "\\ud800"}')) == (
        '$.nodes.coins.run.mode: expected "concurrent" or "sequential", found "\\ud800"'
    )


def test_bytes_that_are_no_text_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "graph.weave.json"
    path.write_bytes(b'{\n"name": "gr\xfc\xdf"}')
    with pytest.raises(GraphFileError) as caught:
        Graph.load(path)
    assert str(caught.value) == f"{path}: $: expected UTF-8 text, found the byte 0xfc at line 2, column 12"


def test_a_newer_file_is_refused_naming_both_versions() -> None:
    assert problem_of('{"format": "animaweave/graph", "version": 7, "nodes": 5}') == (
        "$.version: found a file of version 7, but this AnimaWeave reads versions up to 1; "
        "open it with a newer AnimaWeave"
    )


@pytest.mark.parametrize(("version", "found"), [('"1"', '"1"'), ("1.0", "1.0"), ("true", "true"), ("null", "null")])
def test_a_version_that_is_no_number_is_refused(version: str, found: str) -> None:
    assert problem_of(f'{{"format": "animaweave/graph", "version": {version}}}') == (
        f"$.version: expected the number of the file's version, such as 1, found {found}"
    )


def test_a_missing_version_is_refused() -> None:
    assert problem_of('{"format": "animaweave/graph"}') == (
        "$.version: expected the number of the file's version, such as 1, found none"
    )


def test_a_refused_file_leaves_the_graph_that_was_open_alone() -> None:
    graph = Graph.loads(NODES + '"name": "open"}')
    before = graph.dumps()
    problem_of(wires('[["mask.a", "coins.b"], 5]'))
    assert graph.dumps() == before


# ---------------------------------------------------------------- a wire to a port that is not there is no error


def test_a_wire_to_a_port_that_its_type_does_not_have_loads() -> None:
    text = wires('[["mask.gone", "coins.lost"]]').replace(
        '"wires"', '"signatures": {"image.small": {"version": 1, "inputs": {"mask": "image.Mask"}}}, "wires"'
    )
    assert [str(wire) for wire in Graph.loads(text).wires] == ["mask.gone -> coins.lost"]


# ---------------------------------------------------------------- limits


def test_a_file_over_64_mib_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.weave.json"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(GraphFileError) as caught:
        Graph.load(path)
    assert str(caught.value) == f"{path}: $: expected at most 64 MiB, found more; split the graph"


def test_a_graph_that_would_be_over_64_mib_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "graph.weave.json"
    graph = Graph("before")
    graph.save(path)
    before = path.read_bytes()
    graph.description = "x" * (64 * 2**20)
    with pytest.raises(GraphFileError) as caught:
        graph.save(path)
    assert str(caught.value) == f"{path}: $: expected at most 64 MiB, found 64.0; split the graph"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_more_than_200_000_nodes_are_refused_sub_graphs_counted() -> None:
    many = ", ".join(f'"n{number}": {{"type": "x.y"}}' for number in range(100_000))
    text = f'{START}"nodes": {{{many}}}, "subgraphs": {{"calc": {{"nodes": {{{many}, "last": {{"type": "x.y"}}}}}}}}}}'
    assert problem_of(text) == "$.nodes: expected at most 200,000 nodes in a file, found 200,001; split the graph"


def nested(levels: int) -> str:
    """A file whose innermost list lies this deep."""
    inside = levels - 4
    return param("[" * inside + "]" * inside)


def test_nesting_up_to_100_is_read_and_written() -> None:
    text = nested(100)
    assert Graph.loads(Graph.loads(text).dumps()).dumps() == Graph.loads(text).dumps()


def test_nesting_beyond_100_is_refused() -> None:
    text = nested(101)
    column = text.index("[") + 101 - 4
    assert problem_of(text) == (
        f"$: expected at most 100 levels of lists and objects, found more at line 1, column {column}"
    )


def test_brackets_inside_text_are_no_nesting() -> None:
    text = param('"' + '[{\\"' * 500 + '"')
    assert Graph.loads(text).nodes["coins"].params["smallest"] == '[{"' * 500


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5_000_000,
        "[" * 2_500_000 + "]" * 2_500_000,
        '{"a":' * 1_000_000,
        '[{"a":' * 1_000_000,
        "[]" * 2_500_000,
        '"' * 5_000_000,
        '"\\' * 2_500_000,
        "]" * 5_000_000,
    ],
    ids=["open", "balanced", "objects", "both", "flat", "quotes", "backslashes", "closing"],
)
def test_hostile_nesting_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    problem_of(text)
    assert time.process_time() - start < 3


def chain(length: int, last: str = "x.y") -> str:
    """A file of sub-graphs each of which uses the next."""
    types = [f"graph.s{number}" for number in range(1, length)] + [last]
    inner = ", ".join(f'"s{number}": {{"nodes": {{"a": {{"type": "{used}"}}}}}}' for number, used in enumerate(types))
    return f'{START}"subgraphs": {{{inner}}}}}'


def test_sub_graphs_lie_in_one_another_up_to_64_deep() -> None:
    assert len(Graph.loads(chain(64)).subgraphs) == 64


def test_sub_graphs_that_lie_deeper_are_refused_with_the_way_down() -> None:
    assert problem_of(chain(65)) == (
        "$.subgraphs: expected sub-graphs at most 64 deep, found 65: s0 > s1 > s2 > … > s64; put some into others"
    )


def test_a_circle_of_sub_graphs_loads_and_counts_as_one_level() -> None:
    assert len(Graph.loads(chain(100, "graph.s0")).subgraphs) == 100
    assert problem_of(chain(66, "graph.s64")).startswith("$.subgraphs: expected sub-graphs at most 64 deep, found 65:")


def test_ten_thousand_sub_graphs_in_a_chain_are_refused_at_once() -> None:
    start = time.process_time()
    problem_of(chain(10_000))
    assert time.process_time() - start < 5
