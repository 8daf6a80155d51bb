"""Types as text: there and back, and what a file may not make us do."""

import json
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Float32, Shaped
from numpy.typing import NDArray

from animaweave.authoring.control import Signal
from animaweave.authoring.error_info import ErrorInfo
from animaweave.errors import ValueMismatch
from animaweave.ports.hint import Strength, Unknown
from animaweave.ports.subtype import fits
from animaweave.ports.text import parse, to_text
from tests.ports import strategies as kinds
from tests.ports.strategies import hints

LABELS = {"image.Grey": kinds.Grey, "image.Mask": kinds.Mask, "basic.UUID": kinds.Uuid, "basic.Name": kinds.Name}
NAMES = {"image.Bright": kinds.Bright, "Signal": Signal, **LABELS}


def known(name: str) -> Any:
    return NAMES.get(name)


@given(hints)
def test_a_type_that_was_written_is_read_and_written_alike(hint: Any) -> None:
    text = to_text(hint)
    assert to_text(parse(text, known)) == text


@given(hints)
def test_a_type_that_was_read_is_the_one_that_was_written(hint: Any) -> None:
    text = to_text(hint)
    if any(word in text for word in ("strategies.", "numpy.", "pathlib.", "~")):
        return  # Classes of a module's stay unknown; what a variable is bound to is not written.
    again = parse(text, known)
    assert fits(hint, again) is Strength.ALWAYS
    assert fits(again, hint) is Strength.ALWAYS


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (int, "int"),
        (str | None, "str | None"),
        (None | str | int, "int | str | None"),
        (list[kinds.Grey], "list[image.Grey]"),
        (Float32[np.ndarray, "h w 3"], 'Float32["h w 3"]'),
        (Float32[Any, "h"], 'Float32[Any, "h"]'),
        (NDArray[np.uint8], 'UInt8["..."]'),
        (Shaped[np.ndarray, "..."], "ndarray"),
        (kinds.T, "T"),
        (list[kinds.Number], "list[~Number]"),  # type: ignore[valid-type]
        (Signal, "Signal"),
        (ErrorInfo, "ErrorInfo"),
        (Annotated[int, "a note"], "int"),
        (tuple[()], "tuple[()]"),
        (Unknown("lost.Type[int]"), "lost.Type[int]"),
        (kinds.Region, "tests.ports.strategies.Region"),
    ],
    ids=repr,
)
def test_a_type_is_written_as_people_write_it(hint: Any, text: str) -> None:
    assert to_text(hint) == text


def test_unions_that_python_takes_for_the_same_are_written_alike() -> None:
    assert to_text(int | str | None) == to_text(None | str | int) == "int | str | None"


def test_what_nobody_knows_is_kept_as_it_was() -> None:
    assert parse("lost.Box[ int,other.Thing ]", known) == Unknown("lost.Box[ int,other.Thing ]")
    assert to_text(parse("list[lost.Type] | None", known)) == "list[lost.Type] | None"


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('x')", "h**9**9", "{open('x')}", "h.real", "(h)", "h w/0", "h[0]", "print()"],
    ids=repr,
)
def test_a_shape_that_would_be_evaluated_is_kept_as_text_alone(text: str) -> None:
    written = f"Float32[{json.dumps(text)}]"
    assert parse(written, known) == Unknown(written)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a type's name is missing (character 1)"),
        ("int |", "a type's name is missing (character 6)"),
        ("list[", "a type's name is missing (character 6)"),
        ("list[int", "a `]` is missing (character 9)"),
        ("list[int]]", "nothing more may follow, but `]` does (character 10)"),
        ("list[int, str]", "`list` takes 1 type in its brackets (character 15)"),
        ("dict[int]", "`dict` takes 2 types in its brackets (character 10)"),
        ("int[str]", "`int` takes no brackets (character 9)"),
        ("list[...]", "`list` takes types in its brackets (character 10)"),
        ('list["a"]', "`list` takes types in its brackets (character 10)"),
        ("Callable[int, str]", "`Callable` is written `Callable[[int], str]` or `Callable[..., str]` (character 19)"),
        ("Float32", '`Float32` needs a shape, such as `Float32["h w"]` (character 8)'),
        ("Float32[3]", '`Float32` needs a shape, such as `Float32["h w"]` (character 11)'),
        ("Literal", '`Literal` needs values in brackets, such as `Literal["a", "b"]` (character 8)'),
        ("Literal[list[int]]", "`Literal` takes texts, whole numbers, True, False and None (character 19)"),
        ('Literal["\\q"]', "this is no text and no number (character 9)"),
        ("int; str", "`;` has no meaning here (character 4)"),
        ("list[" * 60 + "int" + "]" * 60, "brackets lie more than 50 deep (character 256)"),
        ("a" * 20_000, "it is longer than 10,000 characters (character 10001)"),
    ],
    ids=lambda text: text[:30],
)
def test_a_text_that_is_no_type_is_refused_with_the_place(text: str, problem: str) -> None:
    with pytest.raises(ValueMismatch) as refusal:
        parse(text, known)
    assert str(refusal.value).startswith("expected a type such as `list[image.Grey]`, found ")
    assert str(refusal.value).endswith(problem)


def test_a_shape_that_jaxtyping_refuses_is_no_type() -> None:
    with pytest.raises(ValueMismatch, match="is no shape: Cannot use variadic"):
        parse('Float32["... a ..."]', known)


@given(st.text(alphabet='intlist[]|,. ".()TFloat32Literal-0é\n', max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        hint = parse(text, known)
    except ValueMismatch:
        return
    assert to_text(parse(to_text(hint), known)) == to_text(hint)
