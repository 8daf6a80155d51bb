"""Which node types there are, and what becomes of vessels that cannot be loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from animaweave.authoring import NodeType, Vessel
from animaweave.errors import VesselError
from animaweave.registry.discovery import load, module_name
from animaweave.registry.lookup import Registry
from animaweave.registry.sources import file_source

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


def known(registry: Registry, type_id: str) -> NodeType:
    found = registry.node_type(type_id)
    assert found is not None
    return found


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
        (GOOD.format(name="math"), "bad.py: vessel `math` is there already, from math; give this one another name"),
    ],
)
def test_a_broken_vessel_is_told_with_its_place_and_disables_nothing_else(tmp_path, text, problem):
    bad = write(tmp_path, "bad", text)
    good = write(tmp_path, "words", GOOD.format(name="words"))
    registry = Registry([bad, good])
    assert [str(found).removeprefix(f"{tmp_path}/") for found in registry.problems] == [problem]
    assert registry.node_type("words.shout") is not None
    assert registry.node_type("math.add") is not None


@pytest.mark.parametrize(
    ("name", "problem"),
    [("nowhere.py", "no such vessel file"), ("notes.txt", "a vessel is a Python file, its name ends in .py")],
)
def test_a_path_that_is_no_vessel_is_told(tmp_path, name, problem):
    (tmp_path / "notes.txt").write_text("")
    assert list(map(str, Registry([tmp_path / name]).problems)) == [f"{tmp_path / name}: {problem}"]


def test_an_empty_folder_is_told(tmp_path):
    (found,) = Registry([tmp_path]).problems
    assert str(found) == f"{tmp_path}: no vessel in this folder; a vessel is a file such as `my_nodes.py`"


def test_a_bad_declaration_is_told_as_its_author_would_read_it(tmp_path):
    text = "from animaweave.authoring import Vessel\nbad = Vessel('bad')\n\n@bad.node\ndef f(x) -> int:\n    return x\n"
    (found,) = Registry([write(tmp_path, "bad", text)]).problems
    assert "bad.py:4: node `bad.f`: parameter `x` has no type" in str(found)


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


def test_two_files_of_one_name_are_two_modules(tmp_path):
    files = []
    for name in ("words", "sounds"):
        (tmp_path / name).mkdir()
        files.append(write(tmp_path / name, "nodes", GOOD.format(name=name)))
    registry = Registry(files)
    modules = [known(registry, f"{name}.shout").function.__module__ for name in ("words", "sounds")]
    assert modules == [module_name(file) for file in files]
    assert modules[0] != modules[1]


def test_of_a_folder_only_the_vessel_that_is_asked_for_is_imported(tmp_path):
    write(tmp_path, "words", GOOD.format(name="words"))
    write(tmp_path, "broken", "from animaweave import Vessel\nbroken = Vessel('broken')\nraise RuntimeError\n")
    registry = Registry([tmp_path])
    assert registry.node_type("words.shout") is not None
    assert registry.problems == []
    registry.vessels()
    assert [problem.sentence for problem in registry.problems] == [
        f"{tmp_path}/broken.py:3: the vessel cannot be loaded: RuntimeError"
    ]


def test_the_files_in_the_users_vessel_folder_are_found_when_a_name_is_not_known_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("ANIMAWEAVE_VESSELS", str(tmp_path))
    write(tmp_path, "words", GOOD.format(name="words"))
    registry = Registry()
    assert registry.node_type("math.add") is not None
    assert module_name(tmp_path / "words.py") not in sys.modules
    assert registry.node_type("words.shout") is not None
    assert "words" in [vessel.name for vessel in Registry().vessels()]


def test_a_file_that_is_named_goes_before_one_of_the_users_folder(tmp_path, monkeypatch):
    mine, named = tmp_path / "mine", tmp_path / "named"
    mine.mkdir()
    named.mkdir()
    monkeypatch.setenv("ANIMAWEAVE_VESSELS", str(mine))
    write(mine, "words", GOOD.format(name="words"))
    registry = Registry([write(named, "words", GOOD.format(name="words").replace('"3"', '"4"'))])
    assert {vessel.name: vessel.version for vessel in registry.vessels()}["words"] == "4"
    assert [problem.sentence for problem in registry.problems] == [
        f"{mine}/words.py: vessel `words` is there already, from {named}/words.py; give this one another name"
    ]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Has a package be installed whose entry points are given."""

    def install(entry_points: str, **modules: str) -> None:
        for name, text in modules.items():
            write(tmp_path, name, text)
        info = tmp_path / "weaver-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weaver\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text(f"[animaweave.vessels]\n{entry_points}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    before = set(sys.modules)
    yield install
    for name in set(sys.modules) - before:
        if name.startswith("weaver_"):
            del sys.modules[name]


@pytest.mark.parametrize("value", ["weaver_words", "weaver_words:words"])
def test_installed_packages_announce_vessels_by_entry_points(installed, value):
    installed(f"words = {value}", weaver_words=GOOD.format(name="words"))
    registry = Registry()
    registry.node_type("math.add")
    assert "weaver_words" not in sys.modules
    assert registry.node_type("words.shout") is not None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("weaver_bad", "weaver_bad cannot be loaded: RuntimeError: out of ink"),
        ("weaver_none", "weaver_none cannot be loaded: ModuleNotFoundError: No module named 'weaver_none'"),
        ("sys:maxsize", "sys:maxsize is no vessel but int; the entry point names a `Vessel`, or a module that has one"),
    ],
)
def test_an_installed_vessel_that_fails_is_told_with_its_package(installed, value, problem):
    installed(f"words = {value}", weaver_bad="raise RuntimeError('out of ink')\n")
    registry = Registry()
    assert registry.node_type("words.shout") is None
    assert [found.sentence for found in registry.problems] == [f"vessel `words` of weaver 1.5: {problem}"]
    assert registry.node_type("math.add") is not None


def test_the_traceback_of_a_vessel_that_fails_begins_in_its_file(tmp_path):
    text = "def deep():\n    raise RuntimeError('out of ink')\n\ndeep()\n"
    (problem,) = Registry([write(tmp_path, "bad", text)]).problems
    lines = problem.traceback.splitlines()
    assert lines[1] == f'  File "{tmp_path}/bad.py", line 4, in <module>'
    assert lines[-1] == "RuntimeError: out of ink"


def test_a_vessel_may_use_labels_of_another_one(tmp_path):
    text = GOOD.format(name="words") + "\nfrom animaweave.vessels.image import image, Grey\n"
    registry = Registry([write(tmp_path, "words", text)])
    assert registry.problems == []
    assert registry.node_type("words.shout") is not None


def test_a_former_name_in_another_vessel_is_found(tmp_path):
    text = GOOD.format(name="words").replace("@words.node", "@words.node(aliases=['speech.shout'])")
    write(tmp_path, "words", text)
    registry = Registry([tmp_path])
    assert registry.node_type("speech.shout") is registry.node_type("words.shout")


def test_what_a_file_gives_now_takes_the_place_of_what_it_gave_before(tmp_path):
    file = write(tmp_path, "words", GOOD.format(name="words"))
    registry = Registry([file])
    before = known(registry, "words.shout")
    write(tmp_path, "words", GOOD.format(name="words").replace("upper", "title").replace('"3"', '"4"'))
    registry.replace(load(file_source(file)))
    assert before.function("ab") == "AB"
    assert known(registry, "words.shout").function("ab") == "Ab"
    assert known(registry, "words.shout").version == "4"
    assert len(registry.converters) == 1
    write(tmp_path, "words", GOOD.format(name="sounds"))
    registry.replace(load(file_source(file)))
    assert registry.node_type("words.shout") is None
    assert registry.label("words.Word") is None
    assert registry.node_type("sounds.shout") is not None


def test_what_a_file_gave_before_stays_while_it_is_broken(tmp_path):
    file = write(tmp_path, "words", GOOD.format(name="words"))
    registry = Registry([file])
    before = known(registry, "words.shout")
    for text in ("x = (\n", "raise SystemExit\n", "x = 1\n"):
        file.write_text(text)
        registry.replace(load(file_source(file)))
        assert registry.node_type("words.shout") is before
        assert sys.modules[module_name(file)].shout is before.function
        assert len(registry.problems) == 1
    write(tmp_path, "words", GOOD.format(name="words"))
    registry.replace(load(file_source(file)))
    assert registry.problems == []
    assert registry.node_type("words.shout") is not before
