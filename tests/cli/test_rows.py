"""What stands in files of rows, and what is said when it is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli import rows
from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Done, Write


@pytest.fixture
def graph(write: Write) -> Path:
    """A graph of two inputs: `x`, which must be given, and `sum.b`; it gives their sum."""
    return write(
        {"x": {"type": "graph.input", "params": {"name": "x", "type": "float"}},
         "sum": {"type": "math.add", "params": {"b": 1.0}}},
        ("x.value", "sum.a"),
    )  # fmt: skip


def documents(done: Done) -> list[Any]:
    """The JSON lines on stdout."""
    return [json.loads(line) for line in done.out.splitlines()]


def sums(done: Done) -> list[Any]:
    return [document["outputs"].get("sum.result") for document in documents(done)]


# -- sound rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("r.csv", "x,sum.b\n1,2\n3,4\n", [3, 7]),
        ("r.csv", "x,sum.b\r\n1,2\r\n3,4", [3, 7]),
        ("r.csv", "\ufeffx\n1\n", [2]),
        ("r.CSV", '\n"x", sum.b \n\n"1","2"\n\n3,4\n', [3, 7]),
        ("r.csv", "x\n", []),
        ("r.jsonl", '{"x": 1, "sum.b": 2}\n{"x": 3}\n', [3, 4]),
        ("r.jsonl", '\ufeff{"x": 1}\r\n\r\n  {"x": 2}  ', [2, 3]),
        ("r.ndjson", '{"x": 1}\n', [2]),
        ("r.jsonl", "", []),
        ("r.jsonl", "\n \n", []),
    ],
)
def test_each_row_is_an_epoch(cli: Any, graph: Path, tmp_path: Path, name: str, content: str, found: list[int]) -> None:
    (tmp_path / name).write_bytes(content.encode())

    done = cli("run", graph, "--inputs", name, "--json")

    assert (done.code, done.err) == (Code.SUCCESS, "")
    assert sums(done) == found


def test_values_are_read_by_the_types_of_their_ports(cli: Any, write: Write, tmp_path: Path) -> None:
    graph = write({"say": "text.constant"})
    (tmp_path / "r.csv").write_text('say.value\n12\n"two\nlines, ""quoted"""\ntrue\n')
    (tmp_path / "r.jsonl").write_text('{"say.value": 12}\n{"say.value": "12"}\n')

    by_csv = cli("run", graph, "--inputs", "r.csv", "--json")
    by_json = cli("run", graph, "--inputs", "r.jsonl", "--json")

    texts = [text for document in documents(by_csv) for text in document["outputs"].values()]
    assert texts == ["12", 'two\nlines, "quoted"', "true"]
    assert [document["line"] for document in documents(by_csv)] == [2, 3, 5]
    refused, read = documents(by_json)
    assert refused["error"] == "r.jsonl:1: column `say.value`: expected text, found 12"
    assert list(read["outputs"].values()) == ["12"]


def test_a_set_value_is_for_rows_that_do_not_give_their_own(cli: Any, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"x": 1}\n{}\n')

    assert sums(cli("run", graph, "--inputs", "r.jsonl", "--set", "x=10", "--json")) == [2, 11]


# -- rows that are not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bad", "error"),
    [
        ("r.csv", b"foo,1", ':2: column `x`: expected a number, found "foo"'),
        ("r.csv", b'"2,0",1', ':2: column `x`: expected a number, found "2,0"; write 2.0'),
        ("r.csv", b",1", ':2: column `x`: expected a number, found ""'),
        ("r.csv", b"1", ":2: expected 2 cells, found 1"),
        ("r.csv", b"1,2,3", ":2: expected 2 cells, found 3"),
        ("r.csv", b'"a"b,2', ":2: ',' expected after '\"'"),
        ("r.csv", b"\xff,2", ":2: expected UTF-8 text, found the byte 0xff at 1"),
        ("r.jsonl", b'{"x": "foo"}', ':1: column `x`: expected a number, found "foo"'),
        ("r.jsonl", b'{"x": [1]}', ":1: column `x`: expected a number, found [1]"),
        ("r.jsonl", b'{"x": 1', ":1:8: expected an object as JSON: Expecting ',' delimiter"),
        ("r.jsonl", b"x = 1", ":1:1: expected an object as JSON: Expecting value"),
        ("r.jsonl", b"[1, 2]", ":1: expected an object of values by name, found [1, 2]"),
        ("r.jsonl", b"[" * 100_000, ":1: expected an object as JSON, found one that is too large"),
        ("r.jsonl", b'{"x": ' + b"1" * 10_000 + b"}", ":1: expected an object as JSON, found one that is too large"),
        ("r.jsonl", b'{"x": 1, "y\xe4": 2}', ":1: expected UTF-8 text, found the byte 0xe4 at 12"),
        ("r.jsonl", b"{}", ":1: input `x` has no value"),
    ],
)
def test_a_bad_row_is_told_with_its_place_and_the_others_go_on(
    cli: Any, graph: Path, tmp_path: Path, name: str, bad: bytes, error: str
) -> None:
    head, good = (b"x,sum.b\n", b"5,6\n") if name == "r.csv" else (b"", b'{"x": 5, "sum.b": 6}\n')
    (tmp_path / name).write_bytes(head + bad + b"\n" + good)

    done = cli("run", graph, "--inputs", name, "--json")

    assert done.code == Code.NODE
    first, second = documents(done)
    assert (first["epoch"], first["status"], first["outputs"]) == (0, "failed", {})
    assert first["error"] == f"{name}{error}"
    assert f"epoch 0: {name}{error}" in done.err
    assert (second["epoch"], second["status"], second["outputs"]) == (1, "success", {"sum.result": 11})


def test_a_name_that_only_a_later_row_has_is_told_with_the_nearest(cli: Any, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"x": 1}\n{"x": 1, "sum.bb": 2}\n')

    _, second = documents(cli("run", graph, "--inputs", "r.jsonl", "--json"))

    assert second["error"] == (
        "r.jsonl:2: column `sum.bb`: the graph has no input `sum.bb`; did you mean `sum.b`?"
    )  # fmt: skip


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl"])
def test_a_line_that_is_too_long_is_left_out_and_never_held(
    cli: Any, graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(rows, "LONGEST", 1000)
    lines = ["x", "9" * 5000, "5"] if name == "r.csv" else [f'{{"x": {"9" * 5000}}}', '{"x": 5}']
    (tmp_path / name).write_text("\n".join(lines))

    done = cli("run", graph, "--inputs", name, "--json")

    assert sums(done) == [None, 6]
    assert "expected a line of at most 0 MB, found a longer one" in documents(done)[0]["error"]


def test_a_quote_that_is_never_closed_spoils_what_follows_and_is_told(cli: Any, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text('x\n1\n"2\n3\n')

    done = cli("run", graph, "--inputs", "r.csv", "--json")

    assert sums(done) == [2, None]
    assert documents(done)[1]["error"] == "r.csv:3: unexpected end of data"


def test_a_path_that_leads_out_of_the_output_folder_is_a_bad_row(cli: Any, write: Write, root: Path) -> None:
    graph = write(
        {
            "photo": {"type": "image.load", "params": {"path": str(root / "examples/coins.png")}},
            "save": {"type": "image.save", "params": {"path": "copy.png"}},
        },
        ("photo.image", "save.image"),
    )
    Path("r.csv").write_text("save.path\n../far.png\n \nnear.png\n")

    done = cli("run", graph, "--inputs", "r.csv", "--out", "out", "--json")

    far, nothing, near = documents(done)
    assert "../far.png lies outside of the output folder out" in far["error"]
    assert nothing["error"] == "r.csv:3: column `save.path`: expected a path, found nothing"
    assert near["status"] == "success"
    assert Path("out/near.png").is_file()
    assert not Path("far.png").exists()


# -- files that are none -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("r.csv", b"", "r.csv: expected a first line with the names of inputs, found an empty file"),
        ("r.csv", b"x,y\n1,2\n", "r.csv:1: column `y`: the graph has no input `y`"),
        ("r.csv", b"x,sum.bb\n", "did you mean `sum.b`?"),
        ("r.csv", b"x,x\n1,2\n", "r.csv:1: expected each column once, found `x` twice"),
        ("r.csv", b"sum.b\n1\n", "input `x` has no value; give it a column of r.csv, or one value for all rows with"),
        ("r.csv", b"x,\n1,\n", "r.csv:1: column ``: the graph has no input ``"),
        ("r.csv", b"\xff\xfex\0\n\0", "r.csv: expected UTF-8 text, found UTF-16; save it as UTF-8"),
        ("r.csv", b"\xe4\n1\n", "r.csv:1: expected UTF-8 text, found the byte 0xe4 at 1"),
        ("r.jsonl", b'{"y": 1}\n', "r.jsonl:1: column `y`: the graph has no input `y`"),
        ("r.parquet", b"PAR1", "--inputs r.parquet: Parquet cannot be read yet; write the rows as .jsonl or .csv"),
        ("r.txt", b"x\n1\n", "--inputs r.txt: expected a file called .jsonl or .csv, or - for standard input"),
        ("far.csv", None, "--inputs far.csv: expected a file of rows, found: No such file or directory"),
        ("folder.csv", None, "--inputs folder.csv: expected a file of rows, found: Is a directory"),
    ],
)
def test_what_is_wrong_with_all_rows_is_found_before_anything_runs(
    cli: Any, write: Write, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    graph = write(
        {"x": {"type": "graph.input", "params": {"name": "x", "type": "float"}},
         "sum": {"type": "math.add", "params": {"b": 1.0}}, "it": "trouble.prints"},
        ("x.value", "sum.a"),
    )  # fmt: skip
    (tmp_path / "folder.csv").mkdir()
    if content is not None:
        (tmp_path / name).write_bytes(content)

    plain, as_json = (cli("run", graph, "--vessels", VESSELS, "--inputs", name, *more) for more in ((), ("--json",)))

    assert plain.code == as_json.code == Code.USAGE
    assert sentence in plain.err
    assert "Traceback" not in plain.err
    (document,) = documents(as_json)
    assert document["status"] == "failed"
    assert sentence in document["error"]
    assert "noise" not in plain.out + plain.err + as_json.err
