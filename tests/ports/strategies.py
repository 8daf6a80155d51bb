"""Type hints of every kind, drawn so that they are often related, and values that go with them."""

import collections
import datetime
import enum
import pathlib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Bool, Float, Float32, Float64, Int, Num, Shaped, UInt8
from numpy.typing import NDArray

from animaweave.ports.hint import Unknown
from animaweave.ports.label import Label

T = TypeVar("T")
Number = TypeVar("Number", bound=float)
Either = TypeVar("Either", int, str)
Metres = NewType("Metres", float)
UserId = NewType("UserId", int)


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Closable(Protocol):
    name: str

    def close(self) -> None: ...


class Base:
    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Door(Base):
    name = "door"

    def close(self) -> None: ...


class Box(Generic[T]):
    pass


class IntBox(Box[int]):
    pass


class Words(list[str]):
    pass


@dataclass(frozen=True)
class Region:
    label: int
    centre: tuple[float, float]
    name: str = ""


class Pair(NamedTuple):
    left: int
    right: str


class Options(TypedDict):
    size: int
    title: NotRequired[str]


class MoreOptions(TypedDict):
    size: int
    title: str
    path: pathlib.Path


class Tree(TypedDict):
    children: "list[Tree]"


class Bush(TypedDict):
    children: "list[Bush]"


GREY = Label("image", "Grey")
MASK = Label("image", "Mask")
Grey = Annotated[Float32[np.ndarray, "h w"], GREY]
Mask = Annotated[Bool[np.ndarray, "h w"], MASK]
Uuid = Annotated[str, Label("basic", "UUID")]
Name = Annotated[str, Label("basic", "Name")]
Bright = Annotated[Grey, Label("image", "Bright")]  # A label on a label.

LEAVES: list[Any] = [
    *(bool, int, float, complex, str, bytes, None, object, Any),
    *(Literal[1], Literal[True], Literal["a"], Literal["a", "b"], Literal[1, "a", None], Colour, Level),  # noqa: PYI061
    *(pathlib.Path, pathlib.PurePath, datetime.date, datetime.datetime),
    *(np.float32, np.int64, np.ndarray, NDArray[np.float32], NDArray[np.floating[Any]], NDArray[Any]),
    *(Float32[np.ndarray, "h w"], Float32[np.ndarray, "a b"], Float32[np.ndarray, "n n"], Float32[np.ndarray, "3 3"]),
    *(Float[np.ndarray, "h w"], Float[np.ndarray, "h w 3"], Float[np.ndarray, "... 3"], Float[np.ndarray, "..."]),
    *(Float64[np.ndarray, ""], Bool[np.ndarray, "h w"], Int[np.ndarray, "*rest n"], Num[np.ndarray, "#h h+1"]),
    *(Shaped[np.ndarray, "..."], UInt8[np.ndarray, "h w 4"], Float32[Any, "h w"], Num[np.ndarray, "h w"]),
    *(Grey, Mask, Uuid, Name, Bright, Annotated[int, "a note"], Metres, UserId, Unknown("lost.Type")),
    *(Base, Door, Closable, Box, IntBox, Box[int], Box[float], Words, Region, Pair, Options, MoreOptions, Tree, Bush),
    *(list, dict, tuple, set, type, Callable, Hashable, collections.Counter, range, T, Number, Either),
]

CONTAINED: list[Any] = [
    *(list[int], list[float], list[str], list[Any], list[int | str], list[Grey], list[Mask], list[T]),  # type: ignore[valid-type]
    *(Sequence[int], Sequence[float], Sequence[str], Iterable[int], Collection[float]),
    *(AbstractSet[int], set[int], set[bool]),
    *(tuple[()], tuple[int, ...], tuple[float, ...], tuple[int, int], tuple[int, float], tuple[bool, str]),
    *(dict[str, int], dict[str, float], dict[str, Any], Mapping[str, int], Mapping[str, object], dict[int, int]),
    *(collections.OrderedDict[str, int], collections.defaultdict[str, int], collections.Counter[str]),
    *(Callable[[int], str], Callable[[float], str], Callable[..., str], Callable[..., Any], Callable[[], int]),
    *(type[int], type[bool], type[Base]),
    *(int | str, int | None, float | None, Grey | None, int | float | str, Literal["a"] | int),
]

HINTS = LEAVES + CONTAINED

hints = st.recursive(
    st.sampled_from(HINTS),
    lambda inner: st.one_of(
        inner.map(lambda hint: list[hint]),  # type: ignore[valid-type]
        inner.map(lambda hint: Sequence[hint]),  # type: ignore[valid-type]
        inner.map(lambda hint: tuple[hint, ...]),  # type: ignore[valid-type]
        inner.map(lambda hint: Optional[hint]),  # noqa: UP045
        st.tuples(inner, inner).map(lambda two: Union[two]),  # noqa: UP007
        st.tuples(inner, inner).map(lambda two: tuple[two]),  # type: ignore[valid-type]
        inner.map(lambda hint: dict[str, hint]),  # type: ignore[valid-type]
        st.tuples(inner, inner).map(lambda two: Callable[[two[0]], two[1]]),
    ),
    max_leaves=4,
)

VALUES: list[Any] = [
    *(True, False, 0, 1, -3, 2.5, float("nan"), float("-inf"), 1 + 2j, "", "a", "äöü\n", b"\x00\xff", None),
    *(Colour.RED, Level.HIGH, pathlib.Path("a/b.png"), datetime.date(2024, 2, 29), datetime.time(1, 2, 3, 4)),
    *(datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC), datetime.datetime(2024, 1, 1)),  # noqa: DTZ001
    *([], [1], [1, 2.5], ["a"], [[1], []], (), (1,), (1, 2), (1, "a"), (True, "x"), {1, 2}, frozenset({"a"}), range(3)),
    *({}, {"a": 1}, {"a": None}, {1: 2}, {"size": 3}, {"size": 3, "title": "t"}, {"is": "Path", "value": "a"}),
    *(
        {(1, 2): {"a": [b"x"]}},
        {"children": [{"children": []}]},
        collections.OrderedDict(a=1),
        collections.Counter("ab"),
    ),
    *(Region(1, (0.5, 1.0)), Pair(1, "a"), Door(), Base(), int, bool, len),
    *(np.zeros((2, 3), np.float32), np.ones((2, 2)), np.array(2.0), np.zeros((0, 3), np.uint8), np.eye(2, dtype=bool)),
    *(np.zeros((2, 3, 4), np.uint8), np.array([1 + 2j, np.nan]), np.array(["a", "bc"]), np.float32(0.1), np.int64(7)),
]
