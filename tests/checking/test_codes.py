"""The page about the codes says what is so: it lists every code, and each example gives the finding that it shows."""

import json
import re
from pathlib import Path

import pytest

from animaweave.checking.checker import check
from animaweave.checking.codes import CODES
from animaweave.checking.diagnostic import Severity
from animaweave.graph.document import Graph
from animaweave.registry.catalogue import RegistryCatalogue
from animaweave.registry.lookup import Registry

PAGE = (Path(__file__).parents[2] / "docs" / "codes.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (AW\d+ [^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    block = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    file = tmp_path_factory.mktemp("codes") / "lab.py"
    file.write_text(block[1], "utf-8")
    registry = Registry([file])
    assert not registry.problems
    return registry


def test_the_page_has_every_code_under_its_title() -> None:
    assert list(SECTIONS) == [f"{code} {kind.title}" for code, kind in CODES.items()]


def test_a_codes_first_digit_says_how_bad_it_is() -> None:
    digits = {Severity.ERROR: "1", Severity.WARNING: "2", Severity.HINT: "3"}
    assert all(code[2] == digits[kind.severity] for code, kind in CODES.items())


@pytest.mark.parametrize("title", SECTIONS)
def test_the_example_of_a_code_gives_the_finding_that_the_page_shows(title: str, registry: Registry) -> None:
    section = SECTIONS[title]
    example = re.search(r"```json\n(.*?)```", section, re.DOTALL)
    shown = re.search(r"^> (.*)$", section, re.MULTILINE)
    assert example is not None
    assert shown is not None
    assert "**Fix**: " in section
    text = json.dumps({"format": "animaweave/graph", "version": 1, **json.loads(example[1])})
    found = check(Graph.loads(text, catalogue=RegistryCatalogue(registry)), registry)
    assert shown[1] in [str(finding) for finding in found]
    assert {finding.code for finding in found if finding.severity is CODES[title[:5]].severity} == {title[:5]}
