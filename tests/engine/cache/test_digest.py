"""Digests: equal for equal values and equal code, and for nothing else."""

import functools
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Signal
from animaweave.engine.cache.digest import _package, digest, of_code

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def copied(value: Any) -> Any:
    """The same value, made of other objects."""
    if isinstance(value, list | tuple):
        return type(value)(map(copied, value))
    if isinstance(value, dict):
        return {copied(key): copied(item) for key, item in value.items()}
    if isinstance(value, str):
        return "".join(list(value))
    return value


@given(plain)
def test_a_copy_has_the_same_digest(value: Any) -> None:
    assert digest(value) == digest(copied(value)) is not None


@given(plain, plain)
def test_values_that_are_written_otherwise_have_other_digests(first: Any, second: Any) -> None:
    if repr(first) != repr(second):
        assert digest(first) != digest(second)


@pytest.mark.parametrize(
    "values",
    [
        [1, 1.0, True, "1", b"1", (1,), [1], {1}, frozenset({1}), 1 + 0j, np.int64(1), np.float64(1), np.array(1)],
        [0.0, -0.0, 0, False, None, "", (), [], {}, set(), Ellipsis],
        [Path("a"), "a", Path("b")],
        [Signal.ACTIVE, Signal.INACTIVE, "ACTIVE"],
        [["a", ["b"]], [["a"], "b"], ["a", "b"], ["ab"]],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        [np.zeros(4), np.zeros((2, 2)), np.zeros(4, np.float32), np.zeros(4, int), np.zeros(4, ">f8"), np.zeros(5)],
        [len, max, int, Path],
    ],
)
def test_values_of_different_kinds_are_told_apart(values: list[Any]) -> None:
    digests = [digest(value) for value in values]
    assert None not in digests
    assert len(set(digests)) == len(values)


def test_an_array_counts_by_its_content_however_it_lies_in_memory() -> None:
    array = np.arange(24.0).reshape(4, 6)
    assert digest(array) == digest(np.asfortranarray(array)) == digest(np.repeat(array, 2, axis=1)[:, ::2])
    assert digest(array[::2]) == digest(array[::2].copy()) != digest(array[1::2])


def test_arrays_of_dates_text_and_records_count() -> None:
    record = np.dtype([("x", "f4"), ("name", "U3")])
    for array in (np.array(["2020-01-01"], "M8[D]"), np.array(["a", "b"]), np.zeros(3, record), np.zeros((0, 4))):
        assert digest(array) == digest(array.copy()) is not None


class Thing:
    """An object of a class of one's own."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts


class Refuses:
    """An object that will not be pickled."""

    def __reduce__(self) -> Any:
        raise RuntimeError("no")


def test_an_object_counts_by_what_is_in_it_not_by_which_parts_are_the_same_object() -> None:
    part = [1, 2]
    assert digest(Thing(part, part)) == digest(Thing([1, 2], [1, 2])) != digest(Thing([1, 2], [1, 3]))


def test_what_cannot_be_told_from_another_one_has_no_digest(tmp_path: Path) -> None:
    within: list[Any] = []
    within.append(within)
    with (tmp_path / "open").open("w") as file:
        for value in (
            file,
            Refuses(),
            [Refuses()],
            within,
            threading.Lock(),
            {"a": file},
            functools.partial(print, file),
        ):
            assert digest(value) is None


def test_digests_are_the_same_in_every_process() -> None:
    program = """
        from animaweave.engine.cache.digest import _package, digest, of_code
        from animaweave.vessels import image
        print(digest({"blue", "red", "green", 1, None}).hex(), of_code(image.gaussian).hex())
    """
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (run.communicate()[0] for run in runs)
    assert first == second
    assert len(first.split()) == 2


# ---------------------------------------------------------------- code

MODULE = '''
FACTOR = 2
TABLE = (1, 2)

def helper(x):
    """Help."""
    return x * FACTOR

class Base:
    def size(self):
        return 1

class Shape(Base):
    sides = 3
    def area(self):
        return self.sides

def node(value: float, *, shape=None):
    """Doc."""
    def inner(x):
        return helper(x) + len(TABLE)
    return inner(value) + Shape().area()
'''


def loaded(text: str) -> Callable[..., Any]:
    """The function `node` of a module with this text."""
    module: dict[str, Any] = {"__name__": "vessel"}
    exec(compile(text, "vessel.py", "exec"), module)  # As a vessel's file is loaded.
    return module["node"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("helper(x) + len", "helper(x) - len"),
        ("FACTOR = 2", "FACTOR = 3"),
        ("TABLE = (1, 2)", "TABLE = (1, 2, 3)"),
        ("return x * FACTOR", "return x / FACTOR"),
        ("sides = 3", "sides = 4"),
        ("return self.sides", "return -self.sides"),
        ("        return 1", "        return 2"),
        ("shape=None", "shape=1"),
        ("Shape(Base)", "Shape"),
    ],
)
def test_an_edit_of_the_code_or_of_what_it_uses_is_noticed(old: str, new: str) -> None:
    assert MODULE.count(old) == 1
    assert of_code(loaded(MODULE)) != of_code(loaded(MODULE.replace(old, new))) is not None


def test_the_same_code_elsewhere_in_the_file_is_the_same() -> None:
    assert of_code(loaded(MODULE)) == of_code(loaded("# A comment.\n\nOTHER = 5\n" + MODULE)) is not None


def test_functions_count_by_what_they_carry() -> None:
    def adder(number: Any) -> Callable[[int], int]:
        return lambda value: value + number

    def shown(value: Any, number: int = 1) -> Any:
        return value, number

    assert of_code(adder(1)) == of_code(adder(1)) != of_code(adder(2))
    assert of_code(functools.partial(shown, number=1)) != of_code(functools.partial(shown, number=2))
    assert of_code(Thing(1).__init__) != of_code(Thing(2).__init__)  # type: ignore[misc]
    assert of_code(adder(Refuses())) is None


def test_a_function_that_calls_itself_or_what_calls_it_has_a_digest() -> None:
    text = "def node(x):\n    return other(x - 1) if x else node(0)\ndef other(x):\n    return node(x)\n"
    assert of_code(loaded(text)) == of_code(loaded(text)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "import painting\ndef node(x): return painting.paint(x)",
        "from painting import paint\ndef node(x): return paint(x)",
        "def node(x):\n    import painting.colours\n    return painting.paint(x)",
        "def node(x):\n    def inner():\n        from painting import paint\n        paint(x)\n    return inner()",
    ],
    ids=["the module", "a function of it", "when it runs", "deep inside"],
)
def test_another_version_of_a_package_that_the_code_uses_is_noticed(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "painting" / "__init__.py"
    package.parent.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    try:
        package.write_text("def paint(x): return x\n")
        before = of_code(loaded(text))
        assert of_code(loaded(text)) == before is not None
        package.write_text("__version__ = '2'\ndef paint(x): return x\n")
        _package.cache_clear()  # Another program finds it.
        assert of_code(loaded(text)) != before
    finally:
        sys.modules.pop("painting", None)
        _package.cache_clear()


def test_what_is_written_in_c_counts_by_name() -> None:
    assert None not in (of_code(np.sin), of_code(len), of_code(str.upper), of_code(float))
    assert of_code(np.sin) != of_code(np.cos)
