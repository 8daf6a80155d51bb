"""`animaweave new vessel`: what it writes runs, is typed, and is found."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import animaweave
from animaweave.cli.exits import Code
from animaweave.settings import VESSELS


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's vessel folder, which is not there yet."""
    folder = tmp_path / "data" / "vessels"
    monkeypatch.setenv(VESSELS, str(folder))
    return folder


def test_a_vessel_is_written_where_it_is_found_and_runs(cli: Any, own: Path, tmp_path: Path) -> None:
    done = cli("new", "vessel", "lab")
    assert done.code == Code.SUCCESS
    assert done.out.splitlines() == [
        f"wrote {own}/lab.py",
        "next: animaweave nodes lab; the editor has it at once",
    ]
    assert "lab.describe" in cli("nodes", "lab.").out
    graph = '{"format": "animaweave/graph", "version": 1, "nodes": {"w": {"type": "lab.describe"}, '
    graph += '"m": {"type": "lab.mean"}, "c": {"type": "math.constant", "params": {"value": 25.0}}}, '
    graph += '"wires": [["c.result", "m.temperatures[0]"], ["m.celsius", "w.temperature"]]}'
    (tmp_path / "graph.weave.json").write_text(graph)
    assert cli("check", "graph.weave.json").out == "graph.weave.json: nothing to complain of\n"
    assert cli("run", "graph.weave.json", "--json").json["outputs"] == {"w.result": "warm"}


@pytest.mark.parametrize("name", ["lab", "mean"])
def test_a_package_passes_its_test_is_typed_and_is_found_once_it_is_installed(
    cli: Any, own: Path, tmp_path: Path, name: str
) -> None:
    done = cli("new", "vessel", name, "--package")
    package = tmp_path / f"animaweave-{name}"
    assert done.code == Code.SUCCESS
    assert done.out.splitlines()[-1] == f"next: pip install -e animaweave-{name}, then animaweave nodes {name}"
    module = package / f"animaweave_{name}"

    # What an installation leaves: the package on the path, and word of its entry points.
    word = package / f"animaweave_{name}-1.0.dist-info"
    word.mkdir()
    (word / "METADATA").write_text(f"Metadata-Version: 2.1\nName: animaweave-{name}\nVersion: 1.0\n")
    (word / "entry_points.txt").write_text(f"[animaweave.vessels]\n{name} = animaweave_{name}\n")
    path = os.pathsep.join([str(package), *filter(None, sys.path)])
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "animaweave").symlink_to(Path(animaweave.__file__).parent)
    typed = {"MYPYPATH": str(tmp_path / "types")}  # Mypy does not follow what is installed to be worked on.
    environment = {**os.environ, **typed, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    mypy = ["mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(module)]
    for words in (
        ["pytest", "-q", "-p", "no:cacheprovider", str(package / "tests")],
        *([mypy] if name == "lab" else []),  # It takes long.
        ["ruff", "check", "--no-cache", "--isolated", "."],
    ):
        tried = subprocess.run(
            [sys.executable, "-m", *words], cwd=package, env=environment, capture_output=True, text=True, check=False
        )
        assert tried.returncode == 0, tried.stdout + tried.stderr
    listed = subprocess.run(
        [sys.executable, "-m", "animaweave", "nodes", name],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{name}.describe" in listed.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["Big One"],
            "found the name `Big One`; a vessel's name is a lower-case word that is not taken, such as `lab`",
        ),
        (["graph"], "found the name `graph`"),
        (["class"], "found the name `class`"),
        (["image"], "there is a vessel `image` already; give yours another name"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(cli: Any, own: Path, words: list[str], said: str) -> None:
    done = cli("new", "vessel", *words)
    assert done.code == Code.USAGE
    assert said in done.err
    assert not own.exists()


def test_nothing_is_ever_overwritten(cli: Any, own: Path, tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text("mine")
    done = cli("new", "vessel", "lab", "--folder", ".")
    assert done.code == Code.USAGE
    assert "lab.py: expected no such file, found one; choose another name, or another folder" in done.err
    assert (tmp_path / "lab.py").read_text() == "mine"
    (tmp_path / "animaweave-lab").write_text("a file where the folder would be")
    assert "expected to write there" in cli("new", "vessel", "lab", "--package").err


def test_without_a_vessel_folder_one_is_asked_for(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VESSELS, "")
    done = cli("new", "vessel", "lab")
    assert done.code == Code.USAGE
    assert "name one with --folder DIR" in done.err
