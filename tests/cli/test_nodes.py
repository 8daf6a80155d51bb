from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS


def test_all_node_types_are_listed_with_their_first_line(cli: Any) -> None:
    done = cli("nodes")

    lines = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert done.code == Code.SUCCESS
    assert lines["image.gaussian"] == "Smooth a picture with a Gaussian kernel."
    assert {"math.add", "text.join", "graph.input"} <= lines.keys()


@pytest.mark.parametrize(
    ("pattern", "some"), [("image.*", "image.load"), ("GAUSS", "image.gaussian"), ("two numbers", "math.add")]
)
def test_a_pattern_is_looked_for_in_names_and_first_lines(cli: Any, pattern: str, some: str) -> None:
    found = [node["id"] for node in cli("nodes", pattern, "--json").json]

    assert some in found
    assert "graph.output" not in found


def test_a_pattern_that_fits_nothing_is_said_to(cli: Any) -> None:
    done = cli("nodes", "zzz")

    assert (done.code, done.out) == (Code.SUCCESS, "")
    assert "no node type has `zzz` in its name or first line" in done.err
    assert cli("nodes", "zzz", "--json").json == []


def test_show_tells_ports_types_defaults_and_ranges(cli: Any) -> None:
    done = cli("nodes", "show", "image.gaussian")

    assert "image.gaussian  Gaussian blur" in done.out
    sigma = next(line for line in done.out.splitlines() if "sigma" in line)
    assert "float = 1.0 from 0 to 50 (px)" in sigma
    assert "Standard deviation of the kernel." in sigma
    assert "out  grey" in done.out


def test_show_tells_effects_and_joins_the_lines_of_a_paragraph(cli: Any) -> None:
    done = cli("nodes", "show", "image.load")

    assert "does  read-files" in done.out
    assert "what is transparent is laid on white" in done.out


def test_json_has_all_of_a_node_type(cli: Any) -> None:
    node = cli("nodes", "show", "image.gaussian", "--json").json

    assert node["summary"] == "Smooth a picture with a Gaussian kernel."
    assert node["inputs"][1] == {
        "name": "sigma", "type": "float", "default": 1.0, "min": 0, "max": 50, "unit": "px",
        "doc": "Standard deviation of the kernel.",
    }  # fmt: skip
    assert node["outputs"] == [{"name": "grey", "type": "image.Grey"}]


def test_variadic_inputs_are_marked(cli: Any) -> None:
    items = cli("nodes", "show", "text.join", "--json").json["inputs"][0]

    assert items["variadic"] is True
    assert f"*{items['name']}" in cli("nodes", "show", "text.join").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show"], "nodes show: expected the name of a node type after it, such as image.gaussian"),
        (["show", "image.gausian"], "there is no node type `image.gausian`; did you mean `image.gaussian`?"),
        (["show", "qqq"], "there is no node type `qqq`; animaweave nodes lists all"),
        (["a", "b"], "nodes a b: expected one pattern, or `show` and the name of one node type"),
        (["--vessels", "nowhere"], "--vessels nowhere: expected a vessel file"),
    ],
)
def test_what_cannot_be_shown_gets_a_sentence_also_as_json(cli: Any, words: list[str], sentence: str) -> None:
    plain, as_json = cli("nodes", *words), cli("nodes", *words, "--json")

    assert plain.code == as_json.code == Code.USAGE
    assert sentence in plain.err
    assert sentence in (as_json.json["error"] if as_json.out else as_json.err)


def test_own_vessels_are_listed_and_a_broken_one_is_a_warning(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("print('noise')\nnonsense(")

    done = cli("nodes", "trouble", "--vessels", VESSELS, "--vessels", "broken.py", "--json")

    assert {node["id"].partition(".")[0] for node in done.json} == {"trouble"}
    assert "warning: broken.py:2: the vessel cannot be loaded: SyntaxError" in done.err
