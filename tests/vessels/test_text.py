"""The `text` vessel: templates that read nothing but their values, and cutting that undoes joining."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.vessels import text as vessel


def test_a_constant_gives_its_text() -> None:
    assert vessel.constant("one\ntwo") == "one\ntwo"


@pytest.mark.parametrize(
    ("template", "values", "result"),
    # Those with numbers are from the examples of Python's documentation of str.format.
    [
        ("{}, {}, {}", "abc", "a, b, c"),
        ("{2}, {1}, {0}", "abc", "c, b, a"),
        ("{0}{1}{0}", ["abra", "cad"], "abracadabra"),
        ("{:<30}", ["left aligned"], "left aligned                  "),
        ("{:,}", [1234567890], "1,234,567,890"),
        ("Correct answers: {:.2%}", [19 / 22], "Correct answers: 86.36%"),
        ("{0:{1}}|{{}}", [7, 3], "  7|{}"),
        ("{!r}", ["a"], "'a'"),
        ("nothing", [1], "nothing"),
    ],
)
def test_values_are_put_into_a_template(template: str, values: list[object], result: str) -> None:
    assert vessel.format_(*values, template=template) == result


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{} and {}", '"{} and {}": `{1}` asks for one more value; there are 1, counted from 0'),
        ("{name}", '"{name}": `{name}` names no value; write {} or {0}, {1} …, and {{ for a brace'),
        ("{0.real}", '"{0.real}": `{0.real}` names no value; write {} or {0}, {1} …, and {{ for a brace'),
        ("{0[0]}", '"{0[0]}": `{0[0]}` names no value; write {} or {0}, {1} …, and {{ for a brace'),
        ("{:.2f}", "\"{:.2f}\": Unknown format code 'f' for object of type 'str'"),
        ("{", "\"{\": Single '{' encountered in format string"),
    ],
)
def test_a_template_that_cannot_be_filled_says_why(template: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^template ") as caught:
        vessel.format_("value", template=template)

    assert str(caught.value) == f"template {sentence}"


@given(st.lists(st.text(alphabet="ab c\n"), min_size=1), st.text(alphabet="-;", min_size=1))
def test_cutting_undoes_joining(parts: list[str], separator: str) -> None:
    assert vessel.split(vessel.join(*parts, separator=separator), separator) == parts


def test_without_a_separator_texts_are_joined_directly_and_cut_at_white_space() -> None:
    assert vessel.join("a", "b ", "c") == "ab c"
    assert vessel.join() == ""
    assert vessel.split("  one\ttwo \n three ") == ["one", "two", "three"]


def test_every_occurrence_is_replaced() -> None:
    assert vessel.replace("banana", "an", "AN") == "bANANa"
    assert vessel.replace("banana", "a") == "bnn"


def test_an_empty_passage_replaces_nothing() -> None:
    assert vessel.replace("banana", "", "x") == "banana"
