import json
import math
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Codec, Export, Vessel
from animaweave.cli.exits import Code
from animaweave.cli.outputs import Outputs, words
from tests.cli.conftest import VESSELS, Write


def outputs_of(cli: Any, write: Write, node_type: str, *more: str) -> Any:
    """What one node of the test vessels gives, as JSON."""
    done = cli("run", write({"it": node_type}), "--vessels", VESSELS, "--json", *more)
    assert done.code == Code.SUCCESS, done.err
    (value,) = done.json["outputs"].values()
    return value


def test_numbers_that_json_lacks_are_told_in_words(cli: Any, write: Write) -> None:
    assert outputs_of(cli, write, "values.numbers") == {
        "nan": "NaN", "inf": "Infinity", "minus": "-Infinity", "complex": [1, -2], "huge": hex(10**6000),
        "numpy": 0.5, "count": 7, "truth": True,
    }  # fmt: skip


def test_things_that_are_no_numbers_are_told_in_their_plainest_form(cli: Any, write: Write) -> None:
    value = outputs_of(cli, write, "values.things")

    assert value.pop("object").keys() == {"kind", "type", "text"}
    assert value == {
        "path": "a/b.txt", "date": "2024-02-29", "fruit": "PEAR", "set": ["a", "b"], "poem": {"text": "line"},
        "bytes": {"kind": "bytes", "size": 5}, "none": None, "text": "a\x1b[2Jb",
    }  # fmt: skip


def test_keys_become_texts_unless_two_would_be_the_same(cli: Any, write: Write) -> None:
    assert outputs_of(cli, write, "values.keys") == {"1": 10, "(2, 3)": 20}
    assert outputs_of(cli, write, "values.twins") == [[1, 10], ["1", 20]]


def test_an_array_is_told_by_shape_and_type_and_written_where_there_is_a_folder(cli: Any, write: Write) -> None:
    about = {"kind": "array", "shape": [3], "dtype": "float64"}

    assert outputs_of(cli, write, "values.array") == about
    assert outputs_of(cli, write, "values.array", "--out", "out") == {**about, "path": "out/it.result.npy"}
    assert np.load("out/it.result.npy").tolist() == [0, 1, 2]
    assert [path.name for path in Path("out").iterdir()] == ["it.result.npy"]


def test_arrays_inside_of_lists_are_files_too(cli: Any, write: Write) -> None:
    first, second = outputs_of(cli, write, "values.arrays", "--out", "out")

    assert np.load(first["path"]).shape == (2,)
    assert np.load(second["path"]).shape == (2, 2)


def test_a_labels_own_export_is_used(cli: Any, write: Write) -> None:
    assert outputs_of(cli, write, "values.verse") == {"kind": "file"}
    assert outputs_of(cli, write, "values.verse", "--out", "out") == {"kind": "file", "path": "out/it.verse.txt"}
    assert Path("out/it.verse.txt").read_text() == "roses are red"


def test_an_output_that_cannot_be_written_is_told_and_leaves_no_half_file(cli: Any, write: Write) -> None:
    graph = write({"it": {"type": "values.verse", "params": {"text": ""}}})

    done = cli("run", graph, "--vessels", VESSELS, "--out", "out", "--json")

    assert done.code == Code.NODE
    assert done.json["outputs"]["it.verse"] == {"kind": "file", "error": "an empty page"}
    assert done.json["problems"] == ["output `it.verse`: out/it.verse.txt cannot be written: an empty page"]
    assert done.json["problems"][0] in done.err
    assert not list(Path("out").iterdir())


def test_a_former_file_is_replaced_whole_and_through_no_link(cli: Any, write: Write, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "out/it.result.npy").symlink_to(tmp_path / "precious")

    outputs_of(cli, write, "values.array", "--out", "out")

    assert (tmp_path / "precious").read_text() == "precious"
    assert np.load("out/it.result.npy").shape == (3,)


def test_people_see_control_characters_as_escapes_and_long_lists_shortened(cli: Any, write: Write) -> None:
    done = cli("run", write({"things": "values.things", "lines": "values.lines"}), "--vessels", VESSELS)

    assert "\x1b" not in done.out
    assert "list of 1000: [0, 1, 2" in done.out
    assert max(map(len, done.out.splitlines())) < 140


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True))
def test_files_stay_in_the_folder_whatever_outputs_are_called(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("out")
    outputs = Outputs(folder / "deep")
    (folder / "deep").mkdir()

    paths = [outputs.json(name, np.zeros(1), Any)["path"] for name in names]

    assert not outputs.problems
    assert len({path.casefold() for path in paths}) == len(names)
    assert {Path(path).parent for path in paths} == {folder / "deep"}
    assert {str(path) for path in folder.rglob("*") if path.is_file()} == set(paths)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../evil", "_.._evil.npy"),
        ("/etc/passwd", "_etc_passwd.npy"),
        ("..", "output.npy"),
        ("NUL", "_NUL.npy"),
        ("Überblick 2", "Überblick 2.npy"),
        ("coins.npy", "coins.npy"),
        ("x" * 300, "x" * 100 + ".npy"),
    ],
)
def test_file_names_are_such_that_every_system_takes_them(tmp_path: Path, name: str, file: str) -> None:
    assert Path(Outputs(tmp_path).json(name, np.zeros(1), Any)["path"]).name == file


def test_a_list_that_holds_itself_comes_to_an_end() -> None:
    items: list[Any] = [1]
    items.append(items)

    json.dumps(Outputs(None).json("it", items, Any), allow_nan=False)


def test_named_tuples_and_arrays_of_objects_are_tables_and_lists() -> None:
    class Point(NamedTuple):
        x: float
        y: float

    points = np.array([Point(1, 2), None], dtype=object)

    assert Outputs(None).json("it", points, Any) == [{"x": 1, "y": 2}, None]
    assert Outputs(None).json("it", Point(1, math.inf), Point) == {"x": 1, "y": "Infinity"}


def test_a_repr_that_raises_is_no_failure() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError

    assert Outputs(None).json("it", Shy(), Any)["text"] == "(its repr raised RuntimeError)"


def test_labels_are_found_inside_of_lists_and_optional_types(tmp_path: Path) -> None:
    vessel = Vessel("sample")
    picture = Annotated[np.ndarray, vessel.label("Picture", export=Export(".png", lambda _, path: path.touch()))]
    percent = Annotated[float, vessel.label("Percent", codec=Codec(lambda value: f"{value:.0%}", float))]
    outputs = Outputs(tmp_path)

    listed = outputs.json("many", [np.zeros(1)], list[picture])
    maybe = outputs.json("one", np.zeros(1), picture | None)
    by_name = outputs.json("all", {"a": np.zeros(1)}, dict[str, picture])

    assert [listed[0]["kind"], maybe["kind"], by_name["a"]["kind"]] == ["picture"] * 3
    assert outputs.json("share", 0.25, percent) == "25%"
    assert outputs.json("shares", (0.25, math.nan), tuple[percent, float]) == ["25%", "NaN"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (24, "24"),
        (0.5, "0.5"),
        ("Infinity", "Infinity"),
        (True, "true"),
        ([1, 2], "[1, 2]"),
        ({"kind": "array", "shape": [], "dtype": "int8"}, "array of no dimension, int8"),
        ({"kind": "picture", "shape": [3, 4, 3], "dtype": "float32", "error": "full"}, "picture 3 × 4, not written"),
        ({"kind": "object", "type": "a.B", "text": "<B>"}, "<B>"),
    ],
)
def test_outputs_are_short_for_people(value: Any, text: str) -> None:
    assert words(value) == text
