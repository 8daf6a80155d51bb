"""The verdicts of `compatible`, and the sentences that go with them."""

from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from jaxtyping import Bool, Float, Float32, UInt8

from animaweave.errors import ConverterTie
from animaweave.ports.convert import Converter, Converters
from animaweave.ports.fit import compatible
from animaweave.ports.label import Label
from tests.ports.strategies import Grey, Mask, Name, Uuid, hints

Area = Annotated[Float32[np.ndarray, "n _"], Label("image", "Area")]
Regions = Annotated[list[int], Label("image", "Regions")]


def same(value: Any) -> Any:
    return value


def converters(*pairs: tuple[Any, Any, str]) -> Converters:
    made = Converters()
    for source, target, name in pairs:
        made.add(Converter(source, target, same, name))
    return made


@given(hints, hints)
def test_every_verdict_but_a_direct_one_is_explained(source: Any, target: Any) -> None:
    fit = compatible(source, target)
    assert (fit.reason == "") == (fit.verdict == "direct")
    assert fit.is_allowed == (fit.verdict in ("direct", "checked"))


@pytest.mark.parametrize(
    ("source", "target", "verdict", "reason"),
    [
        (list[int], list[float], "direct", ""),
        (str, int, "refused", "takes whole numbers (int); gets text (str)"),
        (
            dict[str, int],
            dict[str, str],
            "refused",
            (
                "takes dictionaries from text to text (dict[str, str]); "
                "gets dictionaries from text to whole numbers (dict[str, int])"
            ),
        ),
        (
            Any,
            int,
            "checked",
            "takes whole numbers (int); gets values of any type (Any): each value is looked at while running",
        ),
        (
            int | str,
            int,
            "checked",
            "takes whole numbers (int); gets whole numbers or text (int | str): each value is looked at while running",
        ),
        (list[int], int, "lifted", "takes one at a time (int); gets lists of whole numbers (list[int])"),
        (list[str], int, "refused", "takes whole numbers (int); gets lists of text (list[str])"),
        (Uuid, Name, "refused", "takes basic.Name; gets basic.UUID"),
        (str, Uuid, "refused", "takes basic.UUID; gets text (str), which carry no label"),
    ],
    ids=repr,
)
def test_a_verdict_has_a_reason_that_a_person_understands(source: Any, target: Any, verdict: str, reason: str) -> None:
    fit = compatible(source, target)
    assert (fit.verdict, fit.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("source", "target", "verdict", "reason"),
    [
        (Float32[np.ndarray, "h w"], Float[np.ndarray, "a b"], "direct", ""),
        (Float32[np.ndarray, "h w"], np.ndarray, "direct", ""),
        (
            Bool[np.ndarray, "h w"],
            Float32[np.ndarray, "h w"],
            "refused",
            "takes 32-bit floats (Float32); gets true/false values (Bool)",
        ),
        (Mask, Float32[np.ndarray, "h w"], "refused", "takes 32-bit floats (Float32); gets true/false values (Bool)"),
        (
            UInt8[np.ndarray, "h w 3"],
            UInt8[np.ndarray, "h w"],
            "refused",
            'takes arrays of 2 dimensions ("h w"); gets arrays of 3 dimensions ("h w 3")',
        ),
        (
            UInt8[np.ndarray, "h"],
            UInt8[np.ndarray, "... h 3"],
            "refused",
            'takes arrays of at least 2 dimensions ("... h 3"); gets arrays of 1 dimension ("h")',
        ),
        (
            UInt8[np.ndarray, "h w 3"],
            UInt8[np.ndarray, "h w 4"],
            "refused",
            'takes arrays of shape "h w 4"; gets "h w 3", where a dimension of size 4 has 3',
        ),
    ],
    ids=repr,
)
def test_arrays_are_told_apart_by_data_type_and_shape(source: Any, target: Any, verdict: str, reason: str) -> None:
    fit = compatible(source, target)
    assert (fit.verdict, fit.reason) == (verdict, reason)


def test_a_wider_data_type_is_checked_while_running() -> None:
    assert compatible(Float[np.ndarray, "h w"], Float32[np.ndarray, "h w"]).verdict == "checked"
    assert compatible(np.ndarray, Float32[np.ndarray, "h w"]).verdict == "checked"


def test_a_label_converts_where_a_converter_leads() -> None:
    known = converters((Mask, Grey, "image.mask_to_grey"))
    fit = compatible(Mask, Grey, known)
    assert fit.verdict == "converted"
    assert [step.name for step in fit.converters] == ["image.mask_to_grey"]
    assert compatible(Mask, Grey | None, known).verdict == "converted"
    assert (
        compatible(Grey, Mask, known).reason == "takes image.Mask; gets image.Grey, and no converter makes image.Mask"
    )
    assert compatible(Mask, Grey).verdict == "refused"


def test_a_plain_value_into_a_label_is_told_what_makes_one() -> None:
    fit = compatible(Float32[np.ndarray, "h w"], Grey, converters((Mask, Grey, "image.mask_to_grey")))
    assert fit.reason == (
        'takes image.Grey; gets arrays of 32-bit floats of shape "h w" (Float32["h w"]), which carry no label; '
        "image.Grey is made by image.mask_to_grey (from image.Mask)"
    )


def test_each_item_of_a_list_is_converted_when_it_is_lifted() -> None:
    fit = compatible(list[Mask], Grey, converters((Mask, Grey, "image.mask_to_grey")))
    assert fit.verdict == "lifted"
    assert [step.name for step in fit.converters] == ["image.mask_to_grey"]


def test_two_ways_of_one_length_are_refused_and_both_named() -> None:
    known = converters((Mask, Area, "a.one"), (Area, Regions, "a.two"), (Mask, Grey, "b.one"), (Grey, Regions, "b.two"))
    fit = compatible(Mask, Regions, known)
    assert (fit.verdict, fit.is_tie) == ("refused", True)
    assert fit.reason == (
        "two equally short ways lead from image.Mask to image.Regions: a.one then a.two, and b.one then b.two; "
        "put a node that does one of them in between"
    )
    with pytest.raises(ConverterTie, match=r"a\.one then a\.two, and b\.one then b\.two"):
        known.path(Mask, Regions)
