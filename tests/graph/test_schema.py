"""The JSON Schema of graph files says what the reader accepts, and the shipped one is the code's."""

import json
import re
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from animaweave.graph.document import Graph
from animaweave.graph.schema import schema, schema_text
from tests.graph.test_bad_input import CASES
from tests.strategies import Raw, files

SCHEMA = schema()
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}


def fits(rule: dict[str, Any], value: Any) -> bool:
    """Whether a value satisfies a JSON Schema; of its keywords it knows those that ours uses, and no others."""
    checks = {
        "$schema": lambda _: True,
        "$defs": lambda _: True,
        "title": lambda _: True,
        "description": lambda _: True,
        "default": lambda _: True,
        "$ref": lambda ref: fits(SCHEMA["$defs"][ref.removeprefix("#/$defs/")], value),
        "anyOf": lambda rules: any(fits(each, value) for each in rules),
        "not": lambda rule: not fits(rule, value),
        "const": lambda expected: value == expected,
        "enum": lambda choices: value in choices,
        "type": lambda name: isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)),
    }
    of_type: dict[type, dict[str, Any]] = {
        dict: {
            "required": lambda keys: all(key in value for key in keys),
            "properties": lambda rules: all(fits(rules[key], value[key]) for key in rules if key in value),
            "additionalProperties": lambda rule: all(fits(rule, item) for item in value.values()),
            "propertyNames": lambda rule: all(fits(rule, key) for key in value),
            "maxProperties": lambda most: len(value) <= most,
        },
        list: {
            "items": lambda rule: rule is False or all(fits(rule, item) for item in value),
            "prefixItems": lambda rules: all(fits(rule, item) for rule, item in zip(rules, value, strict=False)),
            "minItems": lambda least: len(value) >= least,
            "maxItems": lambda most: len(value) <= most,
        },
        str: {
            "pattern": lambda pattern: re.search(pattern, value) is not None,
            "minLength": lambda least: len(value) >= least,
        },
    }
    of_type[int] = of_type[float] = {
        "minimum": lambda least: value >= least,
        "maximum": lambda most: value <= most,
        "exclusiveMinimum": lambda limit: value > limit,
    }
    known = {*checks, *(keyword for rules in of_type.values() for keyword in rules)}
    assert set(rule) <= known, f"the test does not know {set(rule) - known}"
    checks.update(of_type.get(type(value), {}))
    return all(checks[keyword](rule[keyword]) for keyword in rule if keyword in checks)


def test_the_shipped_schema_is_made_of_todays_code() -> None:
    shipped = resources("animaweave.resources").joinpath("graph.schema.json").read_text(encoding="utf-8")
    assert shipped == schema_text(), "run `animaweave schema > resources/graph.schema.json`"


@hypothesis.given(files())
def test_every_file_that_can_be_read_fits_the_schema_also_when_saved(raw: Raw) -> None:
    assert fits(SCHEMA, raw)
    assert fits(SCHEMA, json.loads(Graph.loads(json.dumps(raw)).dumps()))


def test_the_formats_example_fits_the_schema(root: Path) -> None:
    assert fits(SCHEMA, json.loads((root / "tests/data/graphs/coins.weave.json").read_text(encoding="utf-8")))


BEYOND_A_SCHEMA = re.compile(
    r"JSON|at line|empty file|expected a key once|finite|±1.8e308|digits, found one|there is no node|found a second one"
)


@pytest.mark.parametrize("text", [text for text, problem in CASES if not BEYOND_A_SCHEMA.search(problem)])
def test_what_the_reader_refuses_for_its_form_does_not_fit_the_schema(text: str) -> None:
    assert not fits(SCHEMA, json.loads(text))


def test_every_property_of_the_schema_is_described() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"].endswith("."), name
    for name in ("RunSettings", "Retry", "NodeView", "Frame", "Note", "Bookmark", "View"):
        for key, described in SCHEMA["$defs"][name]["properties"].items():
            assert described["description"].endswith("."), f"{name}.{key}"
            assert key != "extra"
