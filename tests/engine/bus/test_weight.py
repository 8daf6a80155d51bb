"""What values weigh, and how they are made safe to share."""

import mmap
import sys
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.authoring import Signal
from animaweave.engine.bus.weight import WALK, WEIGHTLESS, buffer_bytes, share

arrays = st.builds(np.zeros, st.integers(0, 5))


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Containers of what there is so far."""
    keys = st.text(max_size=2)
    return st.one_of(st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(keys, inner, max_size=3))


values = st.recursive(st.one_of(st.none(), st.integers(), st.text(max_size=3), arrays), containers, max_leaves=12)


def arrays_in(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [array for item in value for array in arrays_in(item)] if isinstance(value, list | tuple) else []


def plain(value: Any) -> Any:
    """The value with arrays as lists, to be compared."""
    if isinstance(value, np.ndarray):
        return ["array", *value.tolist()]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return type(value)(map(plain, value)) if isinstance(value, list | tuple) else value


@given(values)
def test_sharing_changes_no_value_and_lets_nobody_write(value: Any) -> None:
    before = plain(value)

    shared, weight = share(value)

    assert plain(shared) == before
    assert type(shared) is type(value)
    assert not any(array.flags.writeable for array in arrays_in(shared))
    assert all(array.flags.writeable for array in arrays_in(value)), "the producer's own arrays stay as they were"
    assert len(weight.buffers) == len(arrays_in(value))
    assert (weight is WEIGHTLESS) == isinstance(value, int | None)


@pytest.mark.parametrize("value", [None, True, 3, 2.5, 1j, Signal.ACTIVE])
def test_numbers_and_signals_weigh_nothing(value: Any) -> None:
    assert share(value) == (value, WEIGHTLESS)


def test_text_weighs_its_size() -> None:
    assert share("hello")[1] == (sys.getsizeof("hello"), ())


def test_what_is_safe_already_is_not_copied() -> None:
    array = np.zeros(3)
    array.flags.writeable = False
    value = [array, {"a": (1, array)}]

    assert share(value)[0] is value
    assert share(array)[0] is array


def test_a_view_weighs_as_what_owns_its_memory() -> None:
    base = np.zeros(1000, np.uint8)

    (owner,) = share(base[10:20].reshape(2, 5).T)[1].buffers

    assert owner is base
    assert buffer_bytes(owner) == 1000


def test_memory_that_is_no_arrays_own_is_weighed_by_its_owner() -> None:
    text = bytes(500)
    with mmap.mmap(-1, 4096) as memory:
        mapped = np.frombuffer(memory, np.uint8)

        assert buffer_bytes(share(np.frombuffer(text, np.uint8))[1].buffers[0]) == sys.getsizeof(text)
        assert buffer_bytes(share(mapped)[1].buffers[0]) >= 1
        del mapped


def test_an_empty_array_weighs_something() -> None:
    assert buffer_bytes(np.zeros(0)) == 1


def test_a_container_that_holds_itself_is_shared() -> None:
    circle: list[Any] = [np.zeros(3)]
    circle.append(circle)

    shared, weight = share(circle)

    assert not shared[0].flags.writeable
    assert weight.own == sys.getsizeof(circle)


def test_what_lies_in_a_container_twice_is_walked_and_weighed_once() -> None:
    value: list[Any] = [1]
    for _ in range(200):
        value = [value, value]

    shared, weight = share(value)

    assert shared is value
    assert weight.own == 201 * sys.getsizeof(value) - sys.getsizeof(value) + sys.getsizeof([1])


def test_a_container_as_deep_as_python_goes_is_weighed_as_it_is() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    assert share(value) == (value, (sys.getsizeof(value), ()))
    while value:  # Taken apart by hand: Python's own way of dropping it is deep too.
        value = value[0]


def test_of_many_items_only_so_many_are_looked_at() -> None:
    many = [np.zeros(3) for _ in range(WALK + 1)]

    assert share(many) == (many, (sys.getsizeof(many), ()))
    assert len(share(many[:-1])[1].buffers) == WALK
    nested = [many[: WALK // 2], many[: WALK // 2], many[: WALK // 2]]
    assert len(share(nested)[1].buffers) < 2 * WALK


def test_sub_classes_of_containers_are_taken_as_they_are() -> None:
    value = OrderedDict(a=np.zeros(3))

    assert share(value)[0] is value


def test_an_object_without_a_size_weighs_something() -> None:
    class Odd:
        def __sizeof__(self) -> int:
            raise RuntimeError("no size")

    assert share(Odd())[1].own == 1


def test_an_array_of_a_class_that_refuses_views_is_carried_as_it_is() -> None:
    class Stubborn(np.ndarray):
        def view(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("no view")

    value = np.ndarray.view(np.zeros(3), Stubborn)
    shared, weight = share(value)

    assert shared is value
    assert weight.buffers == ()
    assert weight.own > 0
