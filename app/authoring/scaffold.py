"""What an author begins with: a vessel of two nodes, as a file or as a package that others can install."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from ..errors import VesselError

_MODULE = '''"""{title}: what these nodes are for, in a sentence."""

from __future__ import annotations

from typing import Annotated, Literal

from animaweave import Field, Vessel

{variable} = Vessel("{name}", title="{title}", version="1")

Celsius = Annotated[float, {variable}.label("Celsius", doc="A temperature in degrees Celsius.", accepts_base=True)]


@{variable}.node
def mean(*temperatures: Celsius) -> Celsius:
    """Give the mean of some temperatures.

    Args:
        temperatures: As many as are wired.
    """
    if not temperatures:
        raise ValueError("there is no mean of nothing; wire a temperature")
    return sum(temperatures) / len(temperatures)


@{variable}.node
def describe(
    temperature: Celsius,
    warm_from: Annotated[float, Field(min=-50, max=50, unit="°C")] = 20.0,
    style: Literal["short", "long"] = "short",
) -> str:
    """Say whether it is warm.

    Args:
        temperature: What was measured.
        warm_from: From where on it is warm.
        style: How much is said.
    """
    word = "warm" if temperature >= warm_from else "cold"
    return word if style == "short" else f"It is {{word}}: {{temperature:.1f}} °C."
'''

_TEST = '''"""The nodes are plain functions: they are called as such."""

import animaweave as aw
import pytest

from {module} import {imported}


def test_the_mean_is_between_the_temperatures() -> None:
    assert mean(10.0, 20.0) == 15.0
    with pytest.raises(ValueError, match="no mean of nothing"):
        mean()


def test_it_is_warm_from_a_temperature_on() -> None:
    assert describe(25.0) == "warm"
    assert describe(5.0, style="long") == "It is cold: 5.0 °C."


def test_they_are_nodes_of_a_graph() -> None:
    graph = aw.Graph("warmth")
    graph.add("math.constant", id="reading", value=25.0)
    graph.add("{name}.mean", id="mean")
    graph.add("{name}.describe", id="word")
    graph.connect("reading.result", "mean.temperatures")
    graph.connect("mean.celsius", "word.temperature")
    assert aw.run(graph).outputs == {{"word.result": "warm"}}
    assert {variable}.version == "1"
'''

_PROJECT = """[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[project]
name = "{package}"
version = "1.0"
description = "Nodes for AnimaWeave Studio."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["animaweave"]

[project.entry-points."animaweave.vessels"]
{name} = "{module}"

[tool.setuptools.packages.find]
include = ["{module}*"]

[tool.setuptools.package-data]
{module} = ["py.typed"]
"""

_README = """# {title}

Nodes for AnimaWeave Studio.

```sh
pip install -e .
animaweave nodes {name}
python -m pytest
```

`{module}/__init__.py` has the nodes, a plain typed function each; `pyproject.toml` has the entry point by which they
are found.
"""


def files_of(name: str, *, package: bool = False) -> dict[Path, str]:
    """The files of a new vessel, by their paths.

    Args:
        name: The vessel's: the `lab` of `lab.mean`.
        package: Whether it is to be a package, with a test, that others can install; else one file.

    Raises:
        VesselError: The name is none.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name) or name in ("graph", "control"):
        raise VesselError(
            f"found the name `{name}`; a vessel's name is a lower-case word that is not taken, such as `lab`"
        )
    module = f"animaweave_{name}"
    variable = f"{name}_vessel" if name in ("mean", "describe", "aw", "pytest") else name
    facts = {
        "name": name,
        "variable": variable,
        "title": name.replace("_", " ").capitalize(),
        "module": module,
        "imported": ", ".join(sorted(["describe", "mean", variable])),
        "package": module.replace("_", "-"),
    }
    if not package:
        return {Path(f"{name}.py"): _MODULE.format(**facts)}
    root = Path(facts["package"])
    return {
        root / module / "__init__.py": _MODULE.format(**facts),
        root / module / "py.typed": "",
        root / "tests" / f"test_{name}.py": _TEST.format(**facts),
        root / "pyproject.toml": _PROJECT.format(**facts),
        root / "README.md": _README.format(**facts),
    }


def write(folder: Path, files: dict[Path, str]) -> list[Path]:
    """Write new files into a folder; none of them is there afterwards if one cannot be written.

    Raises:
        VesselError: One of them is there already, or the system does not let us.
    """
    paths = {folder / path: text for path, text in files.items()}
    for path in paths:
        if path.exists():
            raise VesselError(f"{path}: expected no such file, found one; choose another name, or another folder")
    written: list[Path] = []
    try:
        for path, text in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except OSError as problem:
        for path in written:
            path.unlink(missing_ok=True)
        raise VesselError(f"{folder}: expected to write there, found: {problem.strerror or problem}") from None
    return written
