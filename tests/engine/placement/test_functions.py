"""Functions are told by name, and found by the loader that vessels are found by."""

import functools
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from animaweave.engine.placement.functions import FunctionRef, Functions, reference
from animaweave.errors import EngineError
from animaweave.registry.discovery import load_file, module_name
from animaweave.vessels import math as shipped
from tests.engine.placement.crew import FILE

VESSEL = "from animaweave import Vessel\nv = Vessel('v')\n"


@pytest.fixture
def chores() -> Any:
    """The vessel file, loaded as `--vessels` loads it."""
    load_file(FILE)
    yield sys.modules[module_name(FILE)]
    del sys.modules[module_name(FILE)]


def load(ref: FunctionRef, functions: Functions | None = None) -> Any:
    functions = functions or Functions()
    functions.load(0, ref)
    return functions.by_number[0]


def test_a_node_of_a_users_file_is_told_by_module_name_and_file(chores: Any) -> None:
    ref = reference(chores.plus)

    assert ref == FunctionRef(module_name(FILE), "plus", str(FILE), FILE.stat().st_mtime_ns)
    assert load(ref) is chores.plus
    del sys.modules[module_name(FILE)]
    assert load(ref)(1, 2) == 3
    assert load(ref) is not chores.plus


def test_nodes_that_ship_and_functions_of_libraries_are_imported() -> None:
    assert load(reference(shipped.add)) is shipped.add
    assert load(reference(math.hypot)) is math.hypot
    assert load(reference(functools.reduce)) is functools.reduce


def outer() -> Any:
    """Give what cannot be found by name."""

    def inner() -> None: ...

    return inner


@pytest.mark.parametrize(
    "function", [outer(), lambda: None, functools.partial(outer)], ids=["inner", "lambda", "partial"]
)
def test_what_cannot_be_found_by_name_is_refused_with_a_way_out(function: Any) -> None:
    with pytest.raises(EngineError, match=r"cannot run in a worker process: it is not at the top.*place it inline"):
        reference(function)


def test_what_the_program_itself_declares_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outer, "__module__", "__main__")

    with pytest.raises(EngineError, match=r"`outer` cannot run.*in the program itself.*put it into a file of its own"):
        reference(outer)


def test_a_module_is_loaded_again_when_its_file_has_changed_and_not_before(tmp_path: Path) -> None:
    file, functions = tmp_path / "fresh.py", Functions()
    name = module_name(file)
    file.write_text(f"{VESSEL}def f(): return 1\n")
    assert load(FunctionRef(name, "f", str(file), 1), functions)() == 1
    module = sys.modules[name]
    file.write_text(f"{VESSEL}def f(): return 22\n")

    assert load(FunctionRef(name, "f", str(file), 1), functions)() == 1
    assert load(FunctionRef(name, "f", str(file), 2), functions)() == 22
    assert sys.modules.pop(name) is not module


def test_a_file_that_is_mended_is_loaded(tmp_path: Path) -> None:
    file, functions = tmp_path / "mended.py", Functions()
    ref = FunctionRef(module_name(file), "f", str(file))
    file.write_text("1 / 0")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        load(ref, functions)
    file.write_text(f"{VESSEL}def f(): return 1\n")

    assert load(ref, functions)() == 1
    del sys.modules[ref.module]


def test_a_missing_module_that_a_vessel_needs_is_named(tmp_path: Path) -> None:
    file = tmp_path / "needy.py"
    file.write_text("import no_such_module\n")

    with pytest.raises(Exception, match="no_such_module"):
        load(FunctionRef(module_name(file), "f", str(file)))
    with pytest.raises(ModuleNotFoundError, match="gone_for_good"):
        load(FunctionRef("gone_for_good", "f"))


def test_a_file_that_is_gone_has_no_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("vanished")
    module.__file__ = "/no/such/file.py"
    monkeypatch.setitem(sys.modules, "vanished", module)
    monkeypatch.setattr(outer, "__module__", "vanished")

    assert reference(outer) == FunctionRef("vanished", "outer", "/no/such/file.py", 0)
