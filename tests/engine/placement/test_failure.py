"""Exceptions that are brought over from a worker."""

import sys
from types import ModuleType

import pytest

from animaweave.engine.placement.failure import InWorker, describe, info_of, revive


class Changed(Exception):
    """Comes back as something else."""

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, ("no exception",)


def raised(exception: BaseException) -> BaseException:
    try:
        raise exception
    except BaseException as problem:  # noqa: BLE001 - any may be given.
        return problem


def test_what_survives_is_the_same_and_tells_where_it_comes_from() -> None:
    problem = revive(*describe(raised(OSError(2, "not there", "file"))))

    assert type(problem) is FileNotFoundError
    assert (problem.errno, problem.filename) == (2, "file")
    assert isinstance(problem.__cause__, InWorker)
    assert "in raised" in info_of("n", problem).traceback


def test_the_causes_are_told_in_the_text() -> None:
    first = raised(KeyError("first"))
    second = ValueError("second")
    second.__cause__ = first

    text = info_of("n", revive(*describe(raised(second)))).traceback

    assert "KeyError: 'first'" in text
    assert text.rstrip().endswith("ValueError: second")


def test_what_comes_back_as_something_else_is_described() -> None:
    problem = revive(*describe(raised(Changed("text"))))

    assert isinstance(problem, InWorker)
    assert info_of("n", problem).type == "Changed"
    assert "Changed: text" in str(problem)


def test_an_exception_whose_class_is_not_there_on_this_side_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("only_there")
    module.Rare = type("Rare", (Exception,), {"__module__": "only_there"})  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "only_there", module)
        data, info = describe(raised(module.Rare("text")))
    assert data is not None

    problem = revive(data, info)

    assert isinstance(problem, InWorker)
    assert (problem.info.type, problem.info.message) == ("Rare", "text")


def test_a_failure_of_this_process_is_described_as_ever() -> None:
    info = info_of("n", raised(ValueError("text")))

    assert (info.node, info.type, info.message) == ("n", "ValueError", "text")
    assert "in raised" in info.traceback
