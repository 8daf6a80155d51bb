"""Array types: which data types and shapes an annotation allows.

`Float32[np.ndarray, "h w"]`, `NDArray[np.float32]` and plain `np.ndarray` are read into one form. A data type fits one
that includes it (`Float32` fits `Float`); of shapes, the number of dimensions, constant ones and equal names within one
annotation are compared here. What a name stands for in other ports is not this module's.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import jaxtyping
import numpy as np

from .hint import Hint, Strength, cached, head_of, is_opaque, normal, origin_of

CONCRETE = tuple(dict.fromkeys(np.dtype(code).name for code in "?bhilqBHILQefdFD"))
"""The numeric data types of NumPy that all machines have."""


@dataclass(frozen=True, slots=True)
class Dim:
    """One dimension of a shape.

    Attributes:
        text: As written.
        size: Its size where that is constant.
        name: Its name; dimensions of one name have one size. Empty for one that may have any size.
        variadic: Whether it stands for any number of dimensions.
        special: Whether it has a condition of its own, such as `h+1` or `#h`.
    """

    text: str
    size: int | None = None
    name: str = ""
    variadic: bool = False
    special: bool = False


ANY_SHAPE = (Dim("...", variadic=True),)


@dataclass(frozen=True, slots=True)
class ArrayType:
    """What an annotation allows of an array.

    Attributes:
        container: Class of the array; `object` for any.
        dtypes: Names of the data types; None for any.
        dims: The shape.
        text: Name of the data types: `Float32`; `Shaped` for any.
    """

    container: type
    dtypes: frozenset[str] | None
    dims: tuple[Dim, ...]
    text: str

    @property
    def dim_text(self) -> str:
        """The shape as an annotation has it: `h w 3`."""
        return " ".join(dim.text for dim in self.dims)

    def accepts(self, value: Any, sizes: dict[str, int] | None = None) -> bool:
        """Whether a value is an array of these data types and this shape.

        Args:
            value: The value.
            sizes: Of dimensions by name, as far as they are known; takes those that are new.
        """
        if not isinstance(value, self.container):
            return False
        dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
        if dtype is None or shape is None:
            return False
        is_of_type = self.dtypes is None or dtype_name(dtype) in self.dtypes
        return is_of_type and self._accepts_shape(shape, {} if sizes is None else sizes)

    def _accepts_shape(self, shape: tuple[int, ...], sizes: dict[str, int]) -> bool:
        source = tuple(Dim(str(size), size=size) for size in shape)
        if not ranks_meet(source, self.dims):
            return False
        for have, want in aligned(source, self.dims):
            if have is None or have.size is None or want.special:
                continue
            if want.size not in (None, have.size):
                return False
            if want.name and sizes.setdefault(want.name, have.size) != have.size:
                return False
        return True


@cached
def array_of(hint: Hint) -> ArrayType | None:
    """What an annotation allows of an array; None if it is no array's."""
    hint = normal(hint)
    if is_opaque(hint):
        return None
    if _is_jaxtyping(hint):
        container = normal(hint.array_type)
        container = container if isinstance(container, type) else object
        return ArrayType(container, _dtypes(hint.dtypes), parse_dims(hint.dim_str), hint.dtype.__name__)
    origin = origin_of(hint)
    if not (isinstance(origin, type) and issubclass(origin, np.ndarray)):
        return None
    shape, dtype = (*typing.get_args(hint), Any, Any)[:2]
    dtypes = _numpy_dtypes(dtype)
    return ArrayType(origin, dtypes, _numpy_dims(shape), _family(dtypes))


def fits_array(source: ArrayType, target: ArrayType) -> Strength:
    """How surely an array of the one type is one of the other."""
    return min(
        _fits_container(source.container, target.container),
        _fits_dtypes(source.dtypes, target.dtypes),
        _fits_shape(source.dims, target.dims),
    )


def shape_mismatch(source: ArrayType, target: ArrayType) -> str:
    """Why no array of the one shape has the other, as the end of a sentence; empty when one may."""
    if not ranks_meet(source.dims, target.dims):
        return f"takes {rank_text(target.dims)}; gets {rank_text(source.dims)}"
    for have, want in aligned(source.dims, target.dims):
        if have is not None and _sizes_differ(have, want):
            return (
                f'takes arrays of shape "{target.dim_text}"; gets "{source.dim_text}", '
                f"where a dimension of size {want.size} has {have.size}"
            )
    return ""


def dtypes_differ(source: ArrayType, target: ArrayType) -> bool:
    """Whether no data type is allowed by both."""
    return _fits_dtypes(source.dtypes, target.dtypes) is Strength.NEVER


def parse_dims(text: str) -> tuple[Dim, ...]:
    """Read a shape in jaxtyping's notation; nothing in it is evaluated."""
    return tuple(_dim(word) for word in text.split())


def dtype_name(dtype: np.dtype[Any]) -> str:
    """A data type's name as jaxtyping has it; without size for text and dates."""
    return dtype.name if dtype.kind in "biufc" else str(dtype.type.__name__).rstrip("_")


def _dim(text: str) -> Dim:
    word = text.rpartition("=")[2]
    bare = word.lstrip("#*?")
    if word == "..." or "*" in word[: len(word) - len(bare)]:
        return Dim(text, variadic=True)
    if "#" in word[: len(word) - len(bare)]:
        return Dim(text, special=True)
    if bare.isdecimal():
        return Dim(text, size=int(bare))
    if bare.startswith("_"):
        return Dim(text)
    return Dim(text, name=bare) if bare.isidentifier() else Dim(text, special=True)


def _is_jaxtyping(hint: Hint) -> bool:
    return isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray) and hasattr(hint, "dim_str")


def _dtypes(dtypes: Any) -> frozenset[str] | None:
    return frozenset(map(str, dtypes)) if isinstance(dtypes, list | tuple) else None  # `Shaped` has a mark for any.


def _numpy_dtypes(dtype: Hint) -> frozenset[str] | None:
    scalar = (*typing.get_args(dtype), Any)[0]
    if not (isinstance(scalar, type) and issubclass(scalar, np.generic)) or scalar is np.generic:
        return None
    below = frozenset(name for name in CONCRETE if issubclass(np.dtype(name).type, scalar))
    return below or frozenset([dtype_name(np.dtype(scalar))])


def _numpy_dims(shape: Hint) -> tuple[Dim, ...]:
    sizes = typing.get_args(shape)
    if head_of(shape) is not tuple or ... in sizes:
        return ANY_SHAPE
    return tuple(Dim("_") for _ in sizes)


def _family(dtypes: frozenset[str] | None) -> str:
    """The narrowest name of jaxtyping that has all these data types."""
    if dtypes is None:
        return "Shaped"
    including = [(len(have), name) for name, have in _FAMILIES if dtypes <= have]
    return min(including)[1] if including else "Shaped"


def _fits_container(source: type, target: type) -> Strength:
    if issubclass(source, target):
        return Strength.ALWAYS
    return Strength.PERHAPS if issubclass(target, source) else Strength.NEVER


def _fits_dtypes(source: frozenset[str] | None, target: frozenset[str] | None) -> Strength:
    if target is None or (source is not None and source <= target):
        return Strength.ALWAYS
    return Strength.PERHAPS if source is None or source & target else Strength.NEVER


def _fits_shape(source: tuple[Dim, ...], target: tuple[Dim, ...]) -> Strength:
    pairs = list(aligned(source, target))
    if not ranks_meet(source, target) or any(have is not None and _sizes_differ(have, want) for have, want in pairs):
        return Strength.NEVER
    if not _rank_included(source, target):
        return Strength.PERHAPS
    bound: dict[str, Dim] = {}
    for have, want in pairs:
        if want.special:
            sure = have is not None and have.text == want.text
        elif want.size is not None:
            sure = have is not None and have.size == want.size
        elif want.name in bound:
            sure = have is not None and _same_size(have, bound[want.name])
        else:
            sure = True
        if not sure:
            return Strength.PERHAPS
        if want.name:
            bound[want.name] = have or want
    return Strength.ALWAYS


def _same_size(one: Dim, other: Dim) -> bool:
    if one.size is not None:
        return one.size == other.size
    return bool(one.name) and one.name == other.name


def _sizes_differ(have: Dim, want: Dim) -> bool:
    return have.size is not None and want.size is not None and have.size != want.size


class Dimensional(Protocol):
    """A dimension, with whatever else is known of it."""

    @property
    def variadic(self) -> bool:
        """Whether it stands for any number of dimensions."""


D = TypeVar("D", bound=Dimensional)
E = TypeVar("E", bound=Dimensional)


def ends(dims: tuple[D, ...]) -> tuple[tuple[D, ...], tuple[D, ...], bool]:
    """The dimensions before and after the one that stands for any number, and whether there is such a one."""
    for index, dim in enumerate(dims):
        if dim.variadic:
            return dims[:index], dims[index + 1 :], True
    return dims, (), False


def aligned(source: tuple[D, ...], target: tuple[E, ...]) -> Iterator[tuple[D | None, E]]:
    """Each single dimension of the target with the source's in its place; None where the source does not say."""
    head, tail, open_target = ends(target)
    from_left, from_right, open_source = ends(source)
    if not open_source:
        from_right = from_left
    for index, want in enumerate(head):
        yield (from_left[index] if index < len(from_left) else None), want
    if not open_target and open_source:
        # "a b c" against "... 3": the target's dimensions count from the right too.
        for back in range(1, min(len(head), len(from_right)) + 1):
            yield from_right[-back], head[-back]
    for back in range(len(tail), 0, -1):
        yield (from_right[-back] if back <= len(from_right) else None), tail[-back]


def ranks_meet(source: tuple[D, ...], target: tuple[E, ...]) -> bool:
    """Whether an array may have as many dimensions as both say."""
    (have, open_source), (want, open_target) = _rank(source), _rank(target)
    if open_source:
        return open_target or have <= want
    return have >= want if open_target else have == want


def _rank_included(source: tuple[Dim, ...], target: tuple[Dim, ...]) -> bool:
    (have, open_source), (want, open_target) = _rank(source), _rank(target)
    return have >= want if open_target else not open_source and have == want


def _rank(dims: tuple[D, ...]) -> tuple[int, bool]:
    """How many dimensions there are at least, and whether there may be more."""
    head, tail, more = ends(dims)
    return len(head) + len(tail), more


def rank_text(dims: tuple[Dim, ...]) -> str:
    """How many dimensions an array has, in words."""
    count, more = _rank(dims)
    text = " ".join(dim.text for dim in dims)
    plural = "dimension" if count == 1 else "dimensions"
    return f'arrays of {"at least " if more else ""}{count} {plural} ("{text}")'


def _families() -> Iterator[tuple[str, frozenset[str]]]:
    for name in dir(jaxtyping):
        dtypes = getattr(getattr(jaxtyping, name), "dtypes", None)
        if isinstance(dtypes, list | tuple) and name != "Key":
            yield name, frozenset(dtypes)


_FAMILIES = tuple(_families())
