"""A small picture of an array: grey, colour, mask or numbered objects, at most 256 pixels a side.

Pictures are averaged down from a sample; numbers of objects are picked, since an average of two numbers is a third.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SIDE = 256
"""Pixels of the longer side."""

OVERSAMPLED = 2
"""At least so many pixels a side are averaged into one; of a larger picture the others are not read."""

SMALLEST = 8
"""An array without a label that is smaller on one side is a matrix, no picture."""

MANY = 500_000
"""Values that are read to tell how an array is."""

GOLDEN = 0.618034
"""Share of the colour circle between one object's hue and the next's: near numbers look different."""


def is_picture(array: Array, *, is_labelled: bool) -> bool:
    """Whether an array can be shown as a picture: (height, width), or with 1, 3 or 4 channels behind."""
    if array.dtype.kind not in "biuf" or not array.size:
        return False
    is_flat = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    return is_flat and (is_labelled or min(array.shape[:2]) >= SMALLEST)


def numbers_objects(array: Array, *, is_labelled: bool) -> bool:
    """Whether each value of a picture is the number of an object: wide whole numbers under a label are."""
    return is_labelled and array.ndim == 2 and array.dtype.kind in "iu" and not _is_narrow(array)


def thumbnail(array: Array, *, is_labelled: bool) -> npt.NDArray[np.uint8]:
    """Make the thumbnail of what `is_picture`.

    Args:
        array: The values. With a label floats are brightness from 0 to 1 and whole numbers number objects; without,
            both go from the darkest to the brightest that there is. 8 and 16 bits are brightness in either case.
        is_labelled: Whether the port bears a label.

    Returns:
        Red, green, blue of shape (height, width, 3), in memory of its own.
    """
    if numbers_objects(array, is_labelled=is_labelled):
        return _coloured(_picked(array))
    small = _averaged(array, ground=0 if is_labelled else None)
    if _is_narrow(array):
        small /= np.float32(np.iinfo(array.dtype).max)
    elif not is_labelled and array.dtype.kind != "b":
        small = _stretched(small)
    channels = small[:, :, np.newaxis] if small.ndim == 2 else small
    if channels.shape[2] == 4:  # What is transparent shows the ground: black.
        channels = channels[:, :, :3] * np.clip(channels[:, :, 3:], 0, 1)
    bright = np.clip(channels, 0, 1)
    return np.ascontiguousarray(np.broadcast_to(np.rint(bright * 255).astype(np.uint8), (*small.shape[:2], 3)))


def sampled(array: Array) -> Array:
    """At most so many values of an array, evenly spread over its longest sides; a view."""
    while array.size > MANY:
        longest = int(np.argmax(array.shape))
        array = np.moveaxis(np.moveaxis(array, longest, 0)[::2], 0, longest)
    return array


def _is_narrow(array: Array) -> bool:
    """Whether its values are brightness in 8 or 16 bits."""
    return array.dtype.kind == "u" and array.dtype.itemsize <= 2


def _picked(array: Array) -> Array:
    """Single values, evenly spread, at most 256 a side."""
    scale = min(1.0, SIDE / max(array.shape))
    rows, columns = (_middles(side, max(1, round(side * scale))) for side in array.shape)
    return array[np.ix_(rows, columns)]


def _middles(side: int, count: int) -> Array:
    """The indices in the middle of so many equal parts."""
    return ((np.arange(count) + 0.5) * side / count).astype(np.intp)


def _averaged(array: Array, ground: float | None) -> npt.NDArray[np.float32]:
    """A picture of at most 256 a side; what is not finite becomes `ground`, or the least value if that is None."""
    stride = max(1, max(array.shape[:2]) // (SIDE * OVERSAMPLED))
    with np.errstate(all="ignore"):
        sample = array[::stride, ::stride].astype(np.float32)
    is_finite = np.isfinite(sample)
    if not is_finite.all():
        least = sample[is_finite].min(initial=np.inf) if ground is None else ground
        sample[~is_finite] = least if np.isfinite(least) else 0
    scale = SIDE / max(sample.shape[:2])
    for axis in (0, 1) if scale < 1 else ():
        weights = _weights(sample.shape[axis], max(1, round(sample.shape[axis] * scale)))
        sample = np.moveaxis(np.tensordot(weights, sample, (1, axis)), 0, axis)
    return sample


def _weights(side: int, count: int) -> npt.NDArray[np.float32]:
    """How much of each of so many pixels goes into each of fewer: by the share that it covers."""
    edges = np.linspace(0, side, count + 1)[:, np.newaxis]
    pixels = np.arange(side)
    covered = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return (np.clip(covered, 0, None) * (count / side)).astype(np.float32)


def _stretched(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    least, most = picture.min(), picture.max()
    if least >= 0 and most <= 1:
        return picture
    return (picture - least) / max(most - least, np.finfo(np.float32).tiny)


def _coloured(labels: Array) -> npt.NDArray[np.uint8]:
    """Each number in a hue of its own, 0 black."""
    hue = (labels.astype(np.int64) % 997) * GOLDEN % 1 * 6
    steps = (np.array([5, 3, 1]) + hue[:, :, np.newaxis]) % 6
    bright = 0.95 - 0.6 * np.clip(np.minimum(steps, 4 - steps), 0, 1)
    return np.rint(np.where(labels[:, :, np.newaxis] > 0, bright, 0) * 255).astype(np.uint8)
