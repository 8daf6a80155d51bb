"""Every bad declaration of a vessel's file gives one sentence with file, line, node and parameter, and no traceback."""
# ruff: noqa: E501 - sentences are told in one line

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from animaweave.authoring import Context, Vessel
from animaweave.errors import VesselError
from animaweave.registry.lookup import Registry
from tests.cli.conftest import cli as cli  # noqa: PLC0414 - the fixture, under its name

HEAD = """import dataclasses, functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, NoReturn, TypedDict
import numpy as np
from animaweave import Context, Field, Signal, Vessel
lab = Vessel("lab")
"""
FIRST = HEAD.count("\n")


def case(code: str, line: int, sentence: str) -> Any:
    """Lines of a file behind `HEAD`, which of them is to blame, and what is said of it."""
    return pytest.param(code, line, sentence, id=code.replace("\n", " ")[:60])


CASES = [
    case("@lab.node\ndef f(a) -> int: ...", 1, "node `lab.f`: parameter `a` has no type; write `a: float`, say"),
    case(
        "@lab.node\ndef f(a: int): ...",
        1,
        "node `lab.f`: the return type is missing; write `-> float`, say, or `-> None`",
    ),
    case(
        "@lab.node\ndef f(a: 'Missing') -> int: ...",
        1,
        "node `lab.f`: its annotations cannot be read: name 'Missing' is not defined",
    ),
    case(
        "class Out(NamedTuple):\n    a: 'Missing'\n@lab.node\ndef f() -> Out: ...",
        3,
        "node `lab.f`: the annotations of `Out` cannot be read: name 'Missing' is not defined",
    ),
    case(
        "class Out(TypedDict):\n    a: 'Missing'\n@lab.node\ndef f() -> Out: ...",
        3,
        "node `lab.f`: the annotations of `Out` cannot be read: name 'Missing' is not defined",
    ),
    case(
        "class Out(NamedTuple):\n    pass\n@lab.node\ndef f() -> Out: ...",
        3,
        "node `lab.f`: the return type `Out` has no fields; return None instead",
    ),
    case(
        "@lab.node\ndef f(a: list[int] = []) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has a default that can change ([]), which all nodes would share; use a tuple, or None",
    ),
    case(
        "@lab.node\ndef f(a: int = 'x') -> int: ...",
        1,
        'node `lab.f`: the default of parameter `a` does not fit it: expected a whole number, found "x"',
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(min=0)] = -1) -> int: ...",
        1,
        "node `lab.f`: the default of parameter `a` does not fit it: expected a whole number of at least 0, found -1",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(min=3, max=1)] = 2) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has min=3 above max=1, so that no value fits",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(min=3, max=1)]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has min=3 above max=1, so that no value fits",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(min='a')]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has min='a'; it must be a number",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[str, Field(min=0)]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has a `min`, but takes no numbers",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(step=0)] = 1) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has step=0; it must be above 0",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(choices=('x',))]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has the choice 'x', which does not fit it: expected a whole number, found \"x\"",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(choices=(1, 9), max=5)]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has the choice 9, which does not fit it: expected a whole number of at most 5, found 9",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(choices=(1, 1))] = 1) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has the choice 1 twice",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[str, Field(choices=('x',))] = 'y') -> int: ...",
        1,
        'node `lab.f`: the default of parameter `a` does not fit it: expected one of "x", found "y"',
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(multiline=True)] = 1) -> int: ...",
        1,
        "node `lab.f`: parameter `a` is `multiline`, but takes no text",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(save=True)] = 1) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has `save`, but takes no path",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(min=1), Field(max=3)] = 1) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has two `Field`s; one is enough",
    ),
    case(
        "@lab.node\ndef g() -> int: ...\n@lab.node(aliases=['g'])\ndef f() -> int: ...",
        3,
        "node `lab.f`: its old name `lab.g` is the name of `lab.g` ({file}:@+1)",
    ),
    case(
        "@lab.node(aliases=['old'])\ndef g() -> int: ...\n@lab.node(aliases=['old'])\ndef f() -> int: ...",
        3,
        "node `lab.f`: its old name `lab.old` is an old name, too, of `lab.g` ({file}:@+1)",
    ),
    case(
        "@lab.node(aliases=['g'])\ndef f() -> int: ...\n@lab.node\ndef g() -> int: ...",
        3,
        "node `lab.g`: `lab.g` is an old name of `lab.f` ({file}:@+1)",
    ),
    case(
        "@lab.node(aliases='old')\ndef f() -> int: ...",
        1,
        'node `lab.f`: `aliases` is a list of names; write `aliases=["old"]`',
    ),
    case("@lab.node(aliases=['f'])\ndef f() -> int: ...", 1, "node `lab.f`: its old name `f` is its own name"),
    case(
        "@lab.node(aliases=[''])\ndef f() -> int: ...",
        1,
        "node `lab.f`: an old name is a word such as `blur`, or with its vessel's, `image.blur`; found ''",
    ),
    case(
        "@lab.node(name='x')\ndef f() -> None: ...", 1, "node `lab.f`: `name='x'` names an output, but it returns None"
    ),
    case(
        "class O(NamedTuple):\n    a: int\n    b: int\n@lab.node(name='x')\ndef f() -> O: ...",
        4,
        "node `lab.f`: `name='x'` names one output, but the return type has 2",
    ),
    case(
        "@lab.node(name='a b')\ndef f() -> int: ...",
        1,
        "node `lab.f`: an output cannot be called 'a b'; choose a word such as `result`",
    ),
    case(
        "@lab.node\ndef f(trigger: int) -> int: ...",
        1,
        "node `lab.f`: parameter `trigger`: every node has a port `trigger` already; choose another name",
    ),
    case(
        "@lab.node(name='done')\ndef f() -> int: ...",
        1,
        "node `lab.f`: output `done`: every node has a port `done` already; choose another name",
    ),
    case("lab.node(lambda a: a)", 1, "a node is a function with a name, or a class with `__call__`; found <lambda>"),
    case(
        "import functools\nlab.node(functools.partial(print, 1))",
        2,
        "a node is a function with a name, or a class with `__call__`; found a partial",
    ),
    case("lab.node(len)", 1, "a node is a function with a name, or a class with `__call__`; found len"),
    case(
        "class C:\n    def __call__(self, a: int) -> int: ...\nlab.node(C())",
        3,
        "a node is a function with a name, or a class with `__call__`; found a C",
    ),
    case("@lab.node\nclass C:\n    pass", 1, "a node is a function with a name, or a class with `__call__`; found C"),
    case(
        "@lab.node\nclass C:\n    def __init__(self, a): ...\n    def __call__(self) -> int: ...",
        4,
        "node `lab.c`: each run makes its instance without arguments, but `__init__` needs `a`; make it a parameter of `__call__`, or give it a default",
    ),
    case(
        "@lab.node\nclass C:\n    async def __call__(self) -> int: ...",
        3,
        "node `lab.c`: `__call__` of a class returns one value an epoch; it can be neither `async` nor yield",
    ),
    case(
        "A = Annotated[int, lab.label('A')]\nB = Annotated[int, lab.label('A')]",
        2,
        "vessel `lab` has a label `A` already; choose another name",
    ),
    case(
        "A = Annotated[int, lab.label('a b')]",
        1,
        "label of vessel `lab`: a label's name is a word such as `Grey`; found 'a b'",
    ),
    case(
        "A = Annotated[int, lab.label('')]",
        1,
        "label of vessel `lab`: a label's name is a word such as `Grey`; found ''",
    ),
    case(
        "A = Annotated[int, lab.label('A', colour='pale blue')]",
        1,
        "label of vessel `lab`: found colour='pale blue'; a colour is written as \"#7fb2e5\", or by its CSS name",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, lab.label('A'), lab.label('B')]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has two labels; one is enough",
    ),
    case(
        "other = Vessel('Other Name')", 1, "vessel `Other Name`: a vessel's name is a lower-case word such as `image`"
    ),
    case("other = Vessel('class')", 1, "vessel `class`: a vessel's name is a lower-case word such as `image`"),
    case(
        "other = Vessel('other', colour='pale blue')",
        1,
        "vessel `other`: found colour='pale blue'; a colour is written as \"#7fb2e5\", or by its CSS name",
    ),
    case("other = Vessel('other', version='')", 1, "vessel `other`: found version=''; a version is text such as \"2\""),
    case("other = Vessel('other', version=2)", 1, 'vessel `other`: found version=2; a version is text such as "2"'),
    case("other = Vessel('graph')", 1, "vessel `graph`: the name `graph` is part of every graph; choose another"),
    case(
        "@lab.converter\ndef c(a: int, b: int) -> str: ...",
        1,
        "node `lab.c`: a converter takes one value and returns one",
    ),
    case("@lab.converter\ndef c() -> str: ...", 1, "node `lab.c`: a converter takes one value and returns one"),
    case(
        "@lab.converter\ndef c(a: int) -> int: ...",
        1,
        "node `lab.c`: a converter gives another type than it takes; this one does not",
    ),
    case(
        "@lab.converter\ndef c(a: int): ...",
        1,
        "node `lab.c`: the return type is missing; write `-> float`, say, or `-> None`",
    ),
    case(
        "import functools\nlab.converter(functools.partial(print))",
        2,
        "a node is a function with a name, or a class with `__call__`; found a partial",
    ),
    case(
        "@lab.converter\ndef c(a: int) -> str: ...\n@lab.converter\ndef c(a: float) -> str: ...",
        3,
        "node `lab.c`: the vessel has another converter of this name",
    ),
    case(
        "@lab.converter\ndef c(a: int, ctx: Context) -> str: ...",
        1,
        "node `lab.c`: a converter takes one value and returns one",
    ),
    case(
        "@lab.converter\nasync def c(a: int) -> str: ...",
        1,
        "node `lab.c`: a converter takes one value and returns one",
    ),
    case("@lab.converter\ndef c(*a: int) -> str: ...", 1, "node `lab.c`: a converter takes one value and returns one"),
    case(
        "@lab.converter\ndef c(a: Signal) -> str: ...", 1, "node `lab.c`: a converter takes one value and returns one"
    ),
    case(
        "@lab.node\ndef f(**a: int) -> int: ...",
        1,
        "node `lab.f`: `**a` cannot be a port; name each input, or use `*items: T`",
    ),
    case(
        "@lab.node\ndef f(ctx: Context, /) -> int: ...",
        1,
        "node `lab.f`: parameter `ctx` takes the context by name; put it behind the `/`",
    ),
    case(
        "@lab.node\ndef f(c: Context, d: Context) -> int: ...",
        1,
        "node `lab.f`: both `c` and `d` take the context; one is enough",
    ),
    case(
        "@lab.node\ndef f(*c: Context) -> int: ...",
        1,
        "node `lab.f`: parameter `c` takes the context by name; write it without stars",
    ),
    case(
        "@lab.node\ndef f(*go: Signal) -> int: ...",
        1,
        "node `lab.f`: parameter `go` takes signals with a star; without one it takes any number of wires, too",
    ),
    case(
        "@lab.node(placement='moon')\ndef f() -> int: ...",
        1,
        "node `lab.f`: there is no placement `moon`; it is one of inline, thread, async, process",
    ),
    case(
        "@lab.node(placement='process')\ndef f() -> Iterator[int]:\n    yield 1",
        1,
        "node `lab.f`: a node that yields begins the epochs, so it runs `inline`; found placement `process`",
    ),
    case(
        "@lab.node(placement='process')\nasync def f() -> int: ...",
        1,
        "node `lab.f`: what is declared with `async def` runs `async`, on the engine's loop; found placement `process`",
    ),
    case(
        "@lab.node\ndef f() -> int:\n    yield 1",
        1,
        "node `lab.f`: a node that yields returns what it yields one by one; write `-> Iterator[float]`, say",
    ),
    case(
        "@lab.node\nasync def f() -> AsyncIterator[int]:\n    yield 1",
        1,
        "node `lab.f`: an `async def` that yields cannot run; write a source as a plain generator",
    ),
    case(
        "@lab.node\ndef f(go: Signal) -> Iterator[int]:\n    yield 1",
        1,
        "node `lab.f`: parameter `go` is a `Signal`, but no wire can lead to a node that yields; take a plain value",
    ),
    case(
        "@lab.node(effects={'fly'})\ndef f() -> int: ...",
        1,
        "node `lab.f`: there is no effect `fly`; it is one of read-files, write-files, network, run-code",
    ),
    case(
        "@lab.node(effects='network')\ndef f() -> int: ...",
        1,
        'node `lab.f`: `effects` is a set of words; write `effects={"network"}`',
    ),
    case(
        "@lab.node(donates='x')\ndef f(a: int) -> int: ...",
        1,
        "node `lab.f`: `donates` names no input with `x`; it has a",
    ),
    case(
        "@lab.node(donates='a')\ndef f(a: int) -> int: ...",
        1,
        "node `lab.f`: `donates` names `a`, whose values nobody can overwrite; name an array",
    ),
    case(
        "@lab.node(memory_factor=-1)\ndef f(a: int) -> int: ...",
        1,
        "node `lab.f`: `memory_factor` is a number of at least 0; found -1",
    ),
    case(
        "@lab.node(memory_factor='x')\ndef f(a: int) -> int: ...",
        1,
        "node `lab.f`: `memory_factor` is a number of at least 0; found 'x'",
    ),
    case(
        "@lab.node(deprecated=True)\ndef f() -> int: ...",
        1,
        'node `lab.f`: found deprecated=True; say what to use instead, such as "use `image.load`"',
    ),
    case(
        "@lab.node\ndef f() -> int: ...\n@lab.node\ndef f() -> int: ...",
        3,
        "node `lab.f`: the vessel has another node of this name ({file}:@+1)",
    ),
    case(
        "def g() -> int: ...\n@lab.infer(g)\ndef _() -> Any: ...",
        1,
        "`infer(g)`: vessel `lab` has no such node; declare that first",
    ),
    case(
        "@lab.node\ndef f(a: int) -> int: ...\n@lab.infer(f)\ndef _(b): ...",
        3,
        "node `lab.f`: it has no input `b` to tell from; it has a",
    ),
    case(
        "@lab.node\ndef f(a: int) -> int: ...\n@lab.infer\ndef _(a): ...",
        3,
        "`infer(_)`: vessel `lab` has no such node; declare that first",
    ),
    case(
        "@lab.node\ndef f(a: int) -> int: ...\n@lab.infer(f)\ndef _(a): ...\n@lab.infer(f)\ndef _(a): ...",
        5,
        "node `lab.f`: it is told twice what it will give",
    ),
    case(
        "@lab.node\ndef f(a: int) -> int: ...\n@lab.migrate(f)\ndef _(params): ...",
        3,
        "node `lab.f`: what migrates takes two: the parameters, and the version that they were saved with",
    ),
    case(
        "@lab.node\ndef f(go: Annotated[Signal, Field(lazy=True)]) -> int: ...",
        1,
        "node `lab.f`: parameter `go` takes a signal, which cannot be `lazy`; only data can",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(mode='OR')]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` takes data, which has no `mode`; only a `Signal` has one",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[Signal, Field(mode='NOT')]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has no mode `NOT`; it is one of AND, OR, XOR",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field(1)]) -> int: ...",
        1,
        "node `lab.f`: its annotations cannot be read: Field.__init__() takes 1 positional argument but 2 were given",
    ),
    case(
        "@lab.node\ndef f(a: Annotated[int, Field]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` has the class `Field` in its annotation; write `Field()`, with what is to be said",
    ),
    case(
        "@lab.node\ndef f(a: lab.label('A')) -> int: ...",
        1,
        'node `lab.f`: parameter `a` is of a label, which is no type; write `Annotated[str, vessel.label("A")]`, say',
    ),
    case(
        "@lab.node\ndef f(a: 3) -> int: ...",
        1,
        "node `lab.f`: parameter `a` is of 3, which is no type; write `float`, say",
    ),
    case(
        "@lab.node\ndef f(a: [int]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` is of [<class 'int'>], which is no type; write `float`, say",
    ),
    case(
        "@lab.node\ndef f(a: np) -> int: ...",
        1,
        "node `lab.f`: parameter `a` is of <module 'numpy'…>, which is no type; write `float`, say",
    ),
    case(
        "@lab.node\ndef f(a: Literal[()]) -> int: ...",
        1,
        "node `lab.f`: parameter `a` is a `Literal` without values; write those that it may have",
    ),
    case(
        "from typing import NoReturn\n@lab.node\ndef f(a: int) -> NoReturn: ...",
        2,
        "node `lab.f`: the return type is of a type that no value has",
    ),
    case(
        "@lab.node\ndef f(a: int = None) -> int: ...",
        1,
        "node `lab.f`: the default of parameter `a` does not fit it: expected a whole number, found null",
    ),
    case("@lab.node\ndef _() -> int: ...", 1, "node `lab.`: a node has a name, such as `def blur(…)`"),
    case(
        "class C:\n    @lab.node\n    def f(self, a: int) -> int: ...",
        2,
        "node `lab.f`: parameter `self` has no type; write `self: float`, say",
    ),
    case(
        "@lab.composite()\ndef f(graph: str) -> None: ...",
        1,
        "node `lab.f`: there is no such way to run a sub-graph; it is one of control.for_each, control.while, control.fold, control.catch",
    ),
    case(
        "class C:\n    @lab.node\n    @property\n    def f(self) -> int: ...",
        2,
        "a node is a function with a name, or a class with `__call__`; found a property",
    ),
]


def write(folder: Path, code: str) -> Path:
    file = folder / "lab.py"
    file.write_text(f"{HEAD}{code}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(("code", "line", "sentence"), CASES)
def test_what_is_declared_wrongly_is_told_in_one_sentence_with_its_place(
    code: str, line: int, sentence: str, tmp_path: Path
) -> None:
    file = write(tmp_path, code)
    registry = Registry([file])
    (problem,) = registry.problems
    where = str(file)
    placed = re.sub(r"\{file\}:@\+(\d+)", lambda found: f"{where}:{FIRST + int(found[1])}", sentence)
    assert re.sub(r"<module 'numpy'[^>]*>", "<module 'numpy'…>", str(problem)) == f"{where}:{FIRST + line}: {placed}"
    assert registry.vessel("lab") is None or code.startswith("other")


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


def test_all_that_is_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    code = """
@lab.node
def one(a) -> int: ...

@lab.node(placement="moon")
def two() -> int: ...

@lab.infer(two)
def _(a): ...

@lab.converter
def three(a: int) -> int: ...

@lab.node
def sound() -> int: ...

four = nothing
"""
    problems = [str(problem) for problem in Registry([write(tmp_path, code)]).problems]
    rest = [problem.removeprefix(f"{tmp_path}/lab.py:") for problem in problems]
    assert rest == [
        f"{FIRST + 2}: node `lab.one`: parameter `a` has no type; write `a: float`, say",
        f"{FIRST + 5}: node `lab.two`: there is no placement `moon`; it is one of inline, thread, async, process",
        f"{FIRST + 11}: node `lab.three`: a converter gives another type than it takes; this one does not",
        f"{FIRST + 17}: the vessel cannot be loaded: NameError: name 'nothing' is not defined",
    ]


def test_a_file_that_is_no_vessel_says_so(tmp_path: Path) -> None:
    for text, sentence in {
        "x = 1\n": 'lab.py: declares no vessel; begin with `nodes = Vessel("nodes")`',
        "def f(:\n": "lab.py:1: the vessel cannot be loaded: SyntaxError: invalid syntax",
        "x = 1\n1 / 0\n": "lab.py:2: the vessel cannot be loaded: ZeroDivisionError: division by zero",
        "raise SystemExit(3)\n": "lab.py:1: the vessel cannot be loaded: SystemExit: 3",
    }.items():
        (tmp_path / "lab.py").write_text(text)
        (problem,) = Registry([tmp_path / "lab.py"]).problems
        assert str(problem) == f"{tmp_path}/{sentence}"


def test_the_command_line_warns_of_each_and_shows_no_traceback(cli: Any, tmp_path: Path) -> None:
    write(tmp_path, "@lab.node\ndef one(a) -> int: ...\n@lab.node\ndef two(b) -> int: ...")
    done = cli("nodes", "lab", "--vessels", "lab.py")
    assert f"lab.py:{FIRST + 1}: node `lab.one`: parameter `a` has no type" in done.err
    assert f"lab.py:{FIRST + 3}: node `lab.two`: parameter `b` has no type" in done.err
    assert "Traceback" not in done.err


def test_in_a_session_it_is_raised_at_once() -> None:
    lab = Vessel("lab")
    with pytest.raises(VesselError, match=r"test_bad_declarations\.py:\d+: node `lab\.two`: both `a` and `b`"):

        @lab.node
        def two(a: Context, b: Context) -> int:
            return 1

    assert lab.node_types == {}
