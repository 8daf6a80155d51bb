"""The list of node types is read from what is kept, as long as that holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from animaweave.registry.description import as_plain
from animaweave.registry.listing import KEPT, listed
from animaweave.registry.lookup import Registry

WORDS = "from animaweave import Vessel\n{name} = Vessel('{name}')\n@{name}.node\ndef say() -> str:\n    return ''\n"


@pytest.fixture
def kept(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ANIMAWEAVE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nodes"


def ids(*paths: Path) -> set[str]:
    return {row["id"] for row in listed(paths)[0]}


def write(folder: Path, name: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(WORDS.format(name=name))
    return file


def test_what_is_kept_is_what_the_registry_has(kept):
    wanted = [as_plain(node_type) for node_type in Registry().node_types()]
    assert listed()[0] == wanted
    assert [file.suffix for file in kept.iterdir()] == [".json"]
    assert listed()[0] == wanted


def test_a_list_that_is_kept_imports_no_vessel_and_no_array_library(kept, tmp_path):
    words = write(tmp_path, "words")
    listed([words])
    program = (
        "import sys\n"
        "from animaweave.cli.main import main\n"
        "assert main(['nodes', 'words.*', '--vessels', sys.argv[1]]) == 0\n"
        "heavy = {'numpy', 'beartype', 'animaweave.vessels.math', 'animaweave.authoring.vessel'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run([sys.executable, "-c", program, words], check=True, capture_output=True, text=True)
    assert run.stdout.startswith("words.say")


def test_a_file_that_has_changed_is_read_again(kept, tmp_path):
    words = write(tmp_path, "words")
    assert "words.say" in ids(words)
    before = words.stat()
    words.write_text(words.read_text().replace("def say", "def cry"))
    os.utime(words, ns=(before.st_atime_ns, before.st_mtime_ns + 1))  # Of the same size, a moment later.
    assert "words.cry" in ids(words)


def test_a_file_that_is_new_in_the_users_folder_is_listed(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("ANIMAWEAVE_VESSELS", str(tmp_path))
    assert "words.say" not in ids()
    write(tmp_path, "words")
    assert "words.say" in ids()


def test_a_list_that_lacks_a_broken_vessel_is_not_kept(kept, tmp_path):
    broken = write(tmp_path, "broken")
    broken.write_text("import nowhere\n")
    for _ in range(2):
        rows, problems = listed([broken])
        assert "math.add" in {row["id"] for row in rows}
        assert len(problems) == 1
    assert not kept.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stamp": null}'])
def test_what_is_kept_but_cannot_be_read_is_made_again(kept, text):
    wanted = listed()
    (file,) = kept.iterdir()
    file.write_text(text)
    assert listed()[0] == wanted[0]


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANIMAWEAVE_CACHE", str(tmp_path / "file"))
    assert "math.add" in ids()


def test_no_more_lists_are_kept_than_the_limit(kept, tmp_path):
    listed()
    (only,) = kept.iterdir()
    for number in range(KEPT + 3):
        (kept / f"{number}.json").write_text("{}")
    os.utime(only, (1, 1))
    ids(write(tmp_path, "words"))
    assert len(list(kept.iterdir())) == KEPT
    assert not only.exists()
