"""Values as bytes that are safe to read."""

import io
import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from animaweave.authoring import Signal
from animaweave.engine.cache.digest import digest
from animaweave.engine.cache.packing import Corrupt, Unsafe, pack, unpack
from animaweave.engine.compiler.plan import Absence

atoms = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)  # JSON knows one NaN of many.
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.sampled_from(Signal)
    | st.builds(Absence, st.text(), st.booleans())
    | st.text("abc/").map(Path)
)
kinds = hnp.scalar_dtypes() | hnp.array_dtypes(max_size=3)
arrays = hnp.arrays(kinds.filter(lambda kind: kind.itemsize > 0), hnp.array_shapes(min_dims=0, max_side=4))
values = st.recursive(
    atoms | arrays,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(st.integers())
        | st.frozensets(st.text())
    ),
    max_leaves=8,
)


def packed(*things: Any) -> bytes:
    return b"".join(pack(things))


@given(st.lists(values, max_size=3).map(tuple))
def test_what_is_read_is_what_was_written(things: tuple[Any, ...]) -> None:
    assert digest(unpack(packed(*things))) == digest(things) is not None


def test_what_is_no_number_stays_none() -> None:
    first, second = unpack(packed(float("nan"), [float("inf")]))
    assert math.isnan(first)
    assert second == [float("inf")]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4)[:, ::2],
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.broadcast_to(np.float32(2), (3, 3)),
        np.zeros((0, 5)),
        np.array(["2020-01-01"], "M8[ns]"),
        np.array([(1, "a", [1, 2])], [("x", "f4"), ("name", "U3"), ("inner", "i2", (2,))]),
        np.array([1, 2], ">i4"),
    ],
)
def test_arrays_of_every_kind_come_back_read_only(array: Any) -> None:
    (read,) = unpack(packed(array))
    np.testing.assert_array_equal(read, array)
    assert (read.dtype, read.shape, read.flags.aligned) == (array.dtype, array.shape, True)
    with pytest.raises(ValueError, match="read-only"):
        read[...] = read


def test_numpy_s_numbers_stay_what_they_are() -> None:
    read = unpack(packed(np.float32(1.5), np.int64(3), np.datetime64("2020-01-01")))
    assert [type(value) for value in read] == [np.float32, np.int64, np.datetime64]


def test_the_order_in_memory_is_kept() -> None:
    (read,) = unpack(packed(np.asfortranarray(np.arange(12.0).reshape(3, 4))))
    assert read.flags.f_contiguous


def test_an_array_that_is_there_twice_is_written_once() -> None:
    array = np.zeros(10_000)
    assert len(packed(array, [array])) < 1.1 * array.nbytes
    first, (second,) = unpack(packed(array, [array]))
    assert first is second


class Thing:
    pass


class Fields(dict[str, Any]):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Thing(),
        Fields(a=1),
        np.array([Thing()]),
        np.ma.masked_array([1, 2], [True, False]),
        np.zeros(2, [("x", "O")]),
        np.zeros(2, "V0"),
        len,
        [1, {"a": Thing()}],
        pytest.param(10**5000, id="a very large number"),
        io.BytesIO(),
        "\ud800\udc00",
    ],
)
def test_what_has_no_safe_form_is_refused(value: Any) -> None:
    with pytest.raises(Unsafe):
        pack((1, value))


def test_what_contains_itself_is_refused() -> None:
    within: list[Any] = []
    within.append(within)
    with pytest.raises(Unsafe):
        pack((within,))


@given(st.lists(values, max_size=2).map(tuple), st.data())
def test_damaged_bytes_are_refused_or_read_as_plain_values(things: tuple[Any, ...], data: st.DataObject) -> None:
    damaged = bytearray(packed(*things))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        unpack(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    except Corrupt:
        pass


@given(st.binary())
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Corrupt):
        unpack(data)


class Trap:
    """What un-pickling this would run."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("code was run",)


@pytest.mark.parametrize(
    "tree",
    [
        [[{"array": 0}], [["|O", [1], False]]],
        [[{"array": 0}], [[[["x", "|O"]], [1], False]]],
        [[{"array": 0}], [["<f8", [-1, -5], False]]],
        [[{"array": 0}], [["<f8", [10**12], False]]],
        [[{"array": 0}], [["|V0", [10**12], False]]],
        [[{"array": 1}], []],
        [[{"object": "os.system"}], []],
        [[{"path": "a", "list": []}], []],
        [[{"signal": "mro"}], []],
        [[{"set": [[1]]}], []],
        [[{"complex": "ab"}], []],
        {"a": 1},
        7,
    ],
)
def test_trees_that_nothing_wrote_are_refused(tree: Any) -> None:
    with pytest.raises(Corrupt):
        unpack(json.dumps(tree).encode() + b"\n" + pickle.dumps(Trap()) * 10)


def test_a_tree_of_any_depth_is_refused() -> None:
    with pytest.raises(Corrupt):
        unpack(b"[" + b"[" * 100_000 + b"]" * 100_000 + b", []]\n")
