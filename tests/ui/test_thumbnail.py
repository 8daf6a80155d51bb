"""Small pictures of arrays."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.ui.thumbnail import SIDE, is_picture, sampled, thumbnail


def grey(array: Any, *, is_labelled: bool = True) -> Any:
    """The thumbnail, which must be without colour, as one channel."""
    made = thumbnail(np.asarray(array), is_labelled=is_labelled)
    assert (made[..., 0] == made[..., 1]).all()
    assert (made[..., 0] == made[..., 2]).all()
    return made[..., 0]


@given(
    st.integers(1, 1_500),
    st.integers(1, 1_500),
    st.sampled_from(["bool", "uint8", "uint16", "int32", "int64", "float16", "float32", "float64"]),
    st.sampled_from([(), (1,), (3,), (4,)]),
    st.booleans(),
)
def test_a_thumbnail_is_small_and_keeps_the_proportions(
    height: int, width: int, dtype: str, channels: tuple[int, ...], is_labelled: bool
) -> None:
    made = thumbnail(np.ones((height, width, *channels), dtype), is_labelled=is_labelled)
    assert (made.dtype.name, made.ndim, made.shape[2]) == ("uint8", 3, 3)
    assert max(made.shape[:2]) == min(SIDE, max(height, width))
    scale = min(1, SIDE / max(height, width))
    assert abs(made.shape[0] - height * scale) <= 1
    assert abs(made.shape[1] - width * scale) <= 1


def test_brightness_is_as_it_is_under_a_label_and_clipped() -> None:
    assert grey([[0, 0.5, 1], [-3, 7, np.nan]]).tolist() == [[0, 128, 255], [0, 255, 0]]


def test_without_a_label_values_go_from_the_least_to_the_greatest_unless_they_are_brightness() -> None:
    assert grey([[-10, 0, 10]], is_labelled=False).tolist() == [[0, 128, 255]]
    assert grey([[1_000, np.nan, 3_000]], is_labelled=False).tolist() == [[0, 0, 255]]
    assert grey([[0.25, 0.5]], is_labelled=False).tolist() == [[64, 128]]
    assert grey([[5, 5]], is_labelled=False).tolist() == [[0, 0]]
    assert grey([[np.inf, np.nan]], is_labelled=False).tolist() == [[0, 0]]


def test_eight_and_sixteen_bits_are_brightness() -> None:
    assert grey(np.array([[0, 128, 255]], np.uint8)).tolist() == [[0, 128, 255]]
    assert grey(np.array([[0, 32_896, 65_535]], np.uint16), is_labelled=False).tolist() == [[0, 128, 255]]


def test_a_mask_is_white_where_it_holds_and_grey_where_half_of_it_does() -> None:
    mask = np.zeros((512, 512), bool)
    mask[:, 1::2] = True
    assert set(grey(mask).ravel().tolist()) == {128}
    assert grey([[True, False]]).tolist() == [[255, 0]]


def test_objects_have_colours_of_their_own_on_black() -> None:
    labels = np.arange(30).reshape(5, 6).repeat(100, 0).repeat(100, 1)
    made = thumbnail(labels, is_labelled=True)
    colours = {tuple(pixel) for row in made.tolist() for pixel in row}
    assert len(colours) == 30  # Nothing is averaged.
    assert (0, 0, 0) in colours
    assert min(max(colour) for colour in colours - {(0, 0, 0)}) > 200


def test_colours_stay_and_what_is_transparent_is_black() -> None:
    assert thumbnail(np.array([[[1.0, 0.5, 0]]]), is_labelled=True).tolist() == [[[255, 128, 0]]]
    assert thumbnail(np.array([[[1.0, 1, 1, 0.5]]]), is_labelled=True).tolist() == [[[128, 128, 128]]]


@pytest.mark.parametrize("side", [257, 300, 384, 511, 513, 1_000])
def test_a_large_picture_is_averaged_evenly(side: int) -> None:
    rng = np.random.default_rng(1)
    small = grey(0.5 + 0.5 * rng.choice([-1.0, 1.0], (side, side)))
    assert abs(float(small.mean()) - 127.5) < 4
    flat = grey(np.full((side, side), 0.5, np.float32))
    assert set(flat.ravel().tolist()) <= {127, 128}
    ramp = grey(np.linspace(0, 1, side)[np.newaxis, :].repeat(side, 0))
    assert (np.diff(ramp[0].astype(int)) >= 0).all()


def test_one_value_that_is_no_number_blackens_nothing_else() -> None:
    picture = np.ones((600, 600), np.float32)
    picture[300, 300] = np.nan
    picture[310, 310] = np.inf
    assert (grey(picture) == 255).mean() > 0.999


@pytest.mark.parametrize(
    ("shape", "dtype", "is_labelled", "expected"),
    [
        ((20, 20), "f4", False, True),
        ((20, 20, 3), "u1", False, True),
        ((20, 20, 2), "f4", True, False),
        ((7, 20), "f4", False, False),
        ((7, 20), "f4", True, True),
        ((20,), "f4", True, False),
        ((20, 20, 3, 3), "f4", True, False),
        ((20, 20), "U3", True, False),
        ((20, 20), "c8", True, False),
        ((0, 20), "f4", True, False),
    ],
)
def test_what_is_a_picture(shape: tuple[int, ...], dtype: str, *, is_labelled: bool, expected: bool) -> None:
    assert is_picture(np.zeros(shape, dtype), is_labelled=is_labelled) is expected


def test_of_a_huge_array_a_view_of_some_values_is_read() -> None:
    array = np.broadcast_to(np.float32(1), (100_000, 100_000, 3))
    some = sampled(array)
    assert 100_000 < some.size <= 500_000
    assert some.shape[2] == 3
    assert sampled(np.ones(5)).size == 5
