"""Which node types there are, and what becomes of vessels that cannot be loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from animaweave.authoring import Vessel
from animaweave.errors import VesselError
from animaweave.registry.lookup import Registry

CANNOT = "the vessel cannot be loaded"
GOOD = '''
from typing import Annotated
from animaweave.authoring import Vessel

{name} = Vessel("{name}", version="3")
Word = Annotated[str, {name}.label("Word")]

@{name}.node
def shout(text: Word) -> Word:
    """Loudly."""
    return text.upper()

@{name}.converter
def as_word(text: str) -> Word:
    """Any text."""
    return text
'''


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.py"
    file.write_text(text)
    return file


def test_a_vessel_that_ships_is_imported_when_it_is_first_asked_for():
    program = (
        "import sys\n"
        "from animaweave.registry.lookup import Registry\n"
        "registry = Registry()\n"
        "assert 'animaweave.vessels.math' not in sys.modules\n"
        "assert registry.node_type('math.add').title == 'Add'\n"
        "assert 'animaweave.vessels.math' in sys.modules\n"
        "assert 'animaweave.vessels.image' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_file_of_the_users_gives_node_types_labels_and_converters(tmp_path):
    registry = Registry([write(tmp_path, "words", GOOD.format(name="words"))])
    assert registry.problems == []
    node_type = registry.node_type("words.shout")
    assert node_type is not None
    assert node_type.version == "3"
    assert registry.label("words.Word") == node_type.signature.inputs[0].hint
    assert [converter.name for converter in registry.converters] == ["words.as_word"]


def test_a_folder_gives_all_its_files(tmp_path):
    for name in ("words", "sounds"):
        write(tmp_path, name, GOOD.format(name=name))
    registry = Registry([tmp_path])
    assert registry.node_type("words.shout") is not None
    assert registry.node_type("sounds.shout") is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "x = 1\nraise RuntimeError('out of ink')\n",
            "bad.py:2: the vessel cannot be loaded: RuntimeError: out of ink",
        ),
        (
            "x = 1\nimport nowhere\n",
            "bad.py:2: the vessel cannot be loaded: ModuleNotFoundError: No module named 'nowhere'",
        ),
        ("x = (\n", "bad.py:1: the vessel cannot be loaded: SyntaxError: '(' was never closed"),
        ("import sys\nsys.exit(3)\n", "bad.py:2: the vessel cannot be loaded: SystemExit: 3"),
        ("x = 1\n", 'bad.py: declares no vessel; begin with `nodes = Vessel("nodes")`'),
        (GOOD.format(name="math"), "vessel `math` is there already; give yours another name"),
    ],
)
def test_a_broken_vessel_is_told_with_its_place_and_disables_nothing_else(tmp_path, text, problem):
    bad = write(tmp_path, "bad", text)
    good = write(tmp_path, "words", GOOD.format(name="words"))
    registry = Registry([bad, good])
    assert [found.removeprefix(f"{tmp_path}/") for found in registry.problems] == [problem]
    assert registry.node_type("words.shout") is not None
    assert registry.node_type("math.add") is not None


@pytest.mark.parametrize(
    ("name", "problem"),
    [("nowhere.py", "no such vessel file"), ("notes.txt", "a vessel is a Python file, its name ends in .py")],
)
def test_a_path_that_is_no_vessel_is_told(tmp_path, name, problem):
    (tmp_path / "notes.txt").write_text("")
    assert Registry([tmp_path / name]).problems == [f"{tmp_path / name}: {problem}"]


def test_an_empty_folder_is_told(tmp_path):
    (found,) = Registry([tmp_path]).problems
    assert found == f"{tmp_path}: no vessel in this folder; a vessel is a file such as `my_nodes.py`"


def test_a_bad_declaration_is_told_as_its_author_would_read_it(tmp_path):
    text = "from animaweave.authoring import Vessel\nbad = Vessel('bad')\n\n@bad.node\ndef f(x) -> int:\n    return x\n"
    (found,) = Registry([write(tmp_path, "bad", text)]).problems
    assert "bad.py:4: node `bad.f`: parameter `x` has no type" in found


def test_old_names_lead_to_the_node_type():
    nodes = Vessel("renamed")

    @nodes.node(aliases=["renamed.old"])
    def new() -> int:
        return 1

    registry = Registry()
    registry.add(nodes)
    assert registry.node_type("renamed.old") is registry.node_type("renamed.new")
    with pytest.raises(VesselError, match="vessel `renamed` is there already"):
        registry.add(nodes)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("image.gausian", "image.gaussian"), ("math.count_objects", "image.count_objects"), ("zzz.qqqqq", None)],
)
def test_the_nearest_name_is_found(typed, meant):
    assert Registry().nearest(typed) == meant


def test_all_node_types_are_listed_with_the_boundary():
    ids = {node_type.id for node_type in Registry().node_types()}
    assert {"image.load", "math.add", "text.join", "graph.input", "graph.output"} <= ids
