"""Big arrays move to disk and stay what they were."""

import contextlib
import mmap
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.engine.bus.spill import FROM_BYTES, spill
from animaweave.engine.bus.weight import WALK, buffer_bytes, share

BIG = np.arange(FROM_BYTES, dtype=np.uint8).reshape(256, -1)


def is_on_disk(array: np.ndarray) -> bool:
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return isinstance(owner, mmap.mmap)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextlib.contextmanager
def disk_full_at(size_bytes: int) -> Iterator[None]:
    """No file may become larger."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize(
    "array",
    [
        BIG,
        np.asfortranarray(np.arange(90_000.0).reshape(300, 300)),
        np.arange(90_000.0).reshape(300, 300)[::2, ::2],
        np.arange(90_000.0).reshape(30, 30, 100).transpose(1, 2, 0),
        np.arange(20_000).astype("datetime64[s]"),
        np.ones(20_000, [("a", "i4"), ("b", "f8")]),
    ],
    ids=["rows", "columns", "strided", "turned", "dates", "records"],
)
def test_a_big_array_is_mapped_from_a_file_and_has_the_same_items(array: np.ndarray, tmp_path: Path) -> None:
    moved = spill(array, tmp_path)

    assert is_on_disk(moved)
    assert type(moved) is np.ndarray
    assert (moved.dtype, moved.shape) == (array.dtype, array.shape)
    assert (moved == array).all()
    assert not moved.flags.writeable
    assert moved.flags.fnc == array.flags.fnc
    assert not list(tmp_path.iterdir()), "the file has no name that could be left behind"


@pytest.mark.parametrize(
    "value",
    [
        BIG[:100],
        np.full(FROM_BYTES, None),
        np.ma.masked_array(np.zeros(FROM_BYTES)),
        [BIG[:1]] * (WALK + 1),
        "text",
        np.float64(3),
        {BIG.tobytes(): 1},
    ],
    ids=["small", "objects", "sub-class", "too many", "text", "number", "key"],
)
def test_what_cannot_move_stays_the_very_same(value: Any) -> None:
    assert spill(value) is value


def test_what_is_on_disk_is_not_written_again() -> None:
    moved = spill(BIG)

    assert spill(moved) is moved
    part = spill(np.tile(BIG, 3))[1:]
    assert spill(part) is part


def test_arrays_in_containers_move_and_the_rest_stays() -> None:
    small, other = np.zeros(3), object()
    value = {"a": [BIG, small], "b": (other, BIG)}

    moved = spill(value)

    assert is_on_disk(moved["a"][0])
    assert moved["b"][1] is moved["a"][0], "an array that lies in a value twice is written once"
    assert moved["a"][1] is small
    assert moved["b"][0] is other
    assert value["a"][0] is BIG
    assert [type(item) for item in (moved, moved["a"], moved["b"])] == [dict, list, tuple]


def test_views_of_the_same_memory_are_written_once() -> None:
    shared, _ = share([BIG, BIG.copy(), BIG])

    first, second, third = spill(shared)

    assert first is third
    assert first is not second


def test_a_container_that_holds_itself_is_walked_once() -> None:
    circle: list[Any] = [BIG]
    circle.append(circle)

    assert is_on_disk(spill(circle)[0])


def test_a_container_as_deep_as_python_goes_stays() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    assert spill(value) is value
    while value:
        value = value[0]


def test_a_full_disk_is_an_error_and_leaves_the_value_as_it_was(tmp_path: Path) -> None:
    value = [BIG, BIG * 2]
    before = open_files()

    with disk_full_at(FROM_BYTES // 2), pytest.raises(OSError, match="large"):
        spill(value, tmp_path)

    assert value[0] is BIG
    assert (value[1] == BIG * 2).all()
    assert open_files() == before
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        spill(BIG, tmp_path / "gone")


def test_a_spilled_array_weighs_next_to_nothing_on_the_bus() -> None:
    (owner,) = share(spill(BIG))[1].buffers

    assert buffer_bytes(owner) < 1000


@given(st.recursive(st.sampled_from([BIG, BIG[:3], 1, "a"]), lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_spilling_changes_no_value(value: Any) -> None:
    def plain(value: Any) -> Any:
        return (
            value.tolist() if isinstance(value, np.ndarray) else [*map(plain, value)] if type(value) is list else value
        )

    assert plain(spill(value)) == plain(value)
