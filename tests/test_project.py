"""The project's frame: what the wheel holds, what is imported when, what the tests themselves refuse."""

import ast
import importlib.metadata
import importlib.util
import json
import pkgutil
import re
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import animaweave
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry

SOURCES = ["app", "resources", "pyproject.toml", "setup.py", "README.md", "LICENSE"]
QT = {"PySide6", "magicgui", "pyqtgraph", "qtawesome", "qtpy", "shiboken6", "superqt"}
EXTRAS = {"vessels": "image", "ui": "editor"}
"""The extra that a part of the package may import from; the others make do with the core's dependencies."""

COMMAND = Path(sysconfig.get_path("scripts"), "animaweave")


def run(*command: object, cwd: Path) -> str:
    """Run a command that must succeed; its output."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build in place would take in what earlier ones left in `build/`."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, folder / name)
    run(sys.executable, "-W", "error", "-m", "build", "--wheel", "--no-isolation", folder, cwd=folder)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.mark.xdist_group("wheel")
def test_the_wheel_holds_exactly_the_modules_of_the_tree_and_the_resources(root: Path, wheel: Path) -> None:
    expected = {
        f"{package}/{path.relative_to(root / folder)}"
        for folder, package in [("app", "animaweave"), ("resources", "animaweave/resources")]
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held == {name.replace("\\", "/") for name in expected}


@pytest.mark.xdist_group("wheel")
def test_the_wheel_in_a_clean_environment_counts_the_coins(root: Path, wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, symlinks=True)
    # The dependencies are borrowed from this environment; its editable install stays unseen, being a .pth file itself.
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    Path(paths["purelib"], "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    python, command = (Path(paths["scripts"], name) for name in ("python", "animaweave"))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    shutil.copytree(root / "examples", tmp_path / "examples")

    where = run(python, "-c", "import animaweave; print(animaweave.__file__)", cwd=tmp_path)
    result = json.loads(run(command, "run", "examples/coins.weave.json", "--out", "out", "--json", cwd=tmp_path))

    assert Path(where.strip()).is_relative_to(home)
    assert result["status"] == "success"
    assert result["outputs"]["coins"] == 24
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".png"]


def test_a_run_without_a_window_loads_no_qt(root: Path, tmp_path: Path) -> None:
    assert importlib.util.find_spec("PySide6"), "without Qt installed this test shows nothing"
    program = (
        "import sys\n"
        "from animaweave.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program, "run", str(root / "examples/coins.weave.json"), "--json"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert "skimage" in loaded
    assert not loaded & QT


def test_no_sub_package_bears_the_name_of_a_public_function() -> None:
    public = {name for name in animaweave.__all__ if not isinstance(getattr(animaweave, name), type)}

    assert {"check", "compatible", "compile", "run"} <= public
    assert not public & {module.name for module in pkgutil.iter_modules(animaweave.__path__)}


@pytest.mark.parametrize("line", ["import app", "from app import errors", "import app.errors as errors"])
def test_importing_the_folder_instead_of_the_package_is_refused(root: Path, line: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename=tests/it.py", "-"]

    done = subprocess.run(command, cwd=root, input=line + "\n", capture_output=True, text=True, check=False, timeout=60)

    assert "TID251" in done.stdout


def blocks(text: str, language: str) -> list[str]:
    """The code of a Markdown text that is in a language, without its indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(code) for _, code in found]


def test_the_first_graph_of_the_readme_counts_the_coins_and_runs_from_its_file(root: Path, tmp_path: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    shutil.copytree(root / "examples", tmp_path / "examples")
    (tmp_path / "first.py").write_text("".join(blocks(readme, "python")[:-1]), encoding="utf-8")
    commands = [line for block in blocks(readme, "sh") for line in block.splitlines() if "my_coins" in line]

    assert run(sys.executable, "first.py", cwd=tmp_path) == "24\n"
    outputs = [run(COMMAND, *line.split()[1:], cwd=tmp_path) for line in commands]

    assert len(outputs) == 2
    assert re.search(r"\bcoins\b.*\b24\b", outputs[0])
    assert json.loads(outputs[1])["outputs"]["coins"] < 24


def test_the_first_vessel_of_the_readme_has_twelve_lines_and_runs(root: Path, tmp_path: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    vessel = blocks(readme, "python")[-1]
    (tmp_path / "words.py").write_text(vessel, encoding="utf-8")
    (tmp_path / "hello.weave.json").write_text(blocks(readme, "json")[0], encoding="utf-8")
    commands = [line for block in blocks(readme, "sh") for line in block.splitlines() if "words.py" in line]

    shown, result = (run(COMMAND, *line.split()[1:], "--json", cwd=tmp_path) for line in commands)

    assert len([line for line in vessel.splitlines() if line.strip()]) == 12
    assert "Exclamation marks to end with." in shown
    assert list(json.loads(result)["outputs"].values()) == ["HELLO!!!"]


def test_the_code_of_the_engines_guide_runs_and_what_it_asserts_holds(root: Path, tmp_path: Path) -> None:
    guide = (root / "docs" / "engine.md").read_text(encoding="utf-8")
    (tmp_path / "guide.py").write_text("".join(blocks(guide, "python")), encoding="utf-8")

    assert run(sys.executable, "guide.py", cwd=tmp_path) == ""


def test_the_examples_are_as_the_library_saves_them_and_nothing_is_wrong_with_them(root: Path) -> None:
    paths = list((root / "examples").glob("*.weave.json"))

    graphs = [animaweave.Graph.load(path) for path in paths]

    assert [graph.dumps() for graph in graphs] == [path.read_text(encoding="utf-8") for path in paths]
    assert [animaweave.check(graph) for graph in graphs] == [[] for _ in paths]
    assert paths


def imports(path: Path) -> set[str]:
    """The packages that a module imports by their full name, at its top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def declared(extra: str) -> set[str]:
    """The distributions that `pip install animaweave[extra]` asks for."""
    requirements = [Requirement(text) for text in importlib.metadata.requires("animaweave") or ()]
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if not requirement.marker or any(requirement.marker.evaluate({"extra": name}) for name in ("", extra))
    }


def test_whatever_is_imported_is_a_declared_dependency(root: Path) -> None:
    distributions = importlib.metadata.packages_distributions()
    modules = list((root / "app").rglob("*.py"))

    undeclared = [
        f"{path.relative_to(root)}: {name}"
        for path in modules
        for name in imports(path) - sys.stdlib_module_names
        if declared(EXTRAS.get(path.relative_to(root).parts[1], "")).isdisjoint(
            map(canonicalize_name, distributions.get(name, [name]))
        )
    ]

    assert modules
    assert not undeclared


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("threading.Thread(target=threading.Event().wait, args=(9,), name='lost', daemon=True).start()", "thread lost"),
        ("kept.append(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE))", r"process \d+"),
        ("warnings.warn('surprise')", "UserWarning: surprise"),
        ("threading.Thread(target=lambda: 1 / 0).start()", "ZeroDivisionError"),
    ],
    ids=["thread", "process", "warning", "exception in a thread"],
)
def test_a_test_that_leaves_something_behind_fails(root: Path, tmp_path: Path, body: str, complaint: str) -> None:
    shutil.copy(root / "tests/conftest.py", tmp_path)
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tmp_path / "test_it.py").write_text(
        f"import subprocess, sys, threading, warnings\n\nkept = []\n\ndef test_it():\n    {body}\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cov", "-p", "no:pytest-qt", "test_it.py"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(complaint, done.stdout)


def test_the_vessel_of_the_authors_guide_loads_and_its_nodes_run(root: Path, tmp_path: Path) -> None:
    guide = (root / "docs" / "vessels.md").read_text(encoding="utf-8")
    file = tmp_path / "lab.py"
    file.write_text("\n\n".join(blocks(guide, "python")), encoding="utf-8")
    registry = Registry([file])
    assert registry.problems == []
    lab = registry.vessel("lab")
    assert lab is not None

    graph = animaweave.Graph("guide", catalogue=RegistryCatalogue(registry))
    for node_type in ("thermometer", "radiate", "zeros", "smooth", "split", "simulate", "scale", "answer", "decide"):
        graph.add(f"lab.{node_type}", id=node_type)
    wires = {"thermometer.celsius": "radiate.temperature", "zeros.result": "smooth.picture"}
    wires |= {"smooth.result": "split.picture", "radiate.result": "scale.value"}
    for source, target in wires.items():
        graph.connect(source, target)
    graph.connect("thermometer.celsius", "decide.temperature")
    assert [found for found in animaweave.check(graph, registry) if found.is_error] == []
    with animaweave.Engine(animaweave.compile(graph, registry=registry)) as engine:
        result = engine.run(seed=1)
    assert result.status == "success", result.errors
    assert result.outputs["simulate.result"].sum() == 10
    assert len(lab.node_types) == 13
