"""Functions are called in worker processes, and nothing about them is different."""

import contextlib
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from animaweave.authoring import Cancelled
from animaweave.engine.placement.failure import InWorker, info_of
from animaweave.engine.placement.functions import Asked, FunctionRef
from animaweave.engine.placement.workers import Workers
from animaweave.errors import EngineError, TimedOut
from animaweave.registry.discovery import module_name
from tests.engine.lab import PATIENCE_S, until
from tests.engine.placement.crew import MB, await_file, chore, crew, is_gone

BIG = np.arange(100_000.0)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One worker that is up."""
    with crew() as made:
        made.call(chore("forget"))
        yield made


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (one.shape, one.dtype) == (other.shape, other.dtype) and one.tobytes() == other.tobytes()
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


# ---------------------------------------------------------------- values


def test_a_function_runs_in_another_process(workers: Workers) -> None:
    assert workers.call(chore("whole")) in workers.pids
    assert os.getpid() not in workers.pids
    assert workers.call(chore("plus"), [3], {"b": 4}) == 7


def test_a_worker_is_kept_warm(workers: Workers) -> None:
    assert len({workers.call(chore("whole")) for _ in range(5)}) == 1


numbers = arrays.arrays(
    st.sampled_from(["u1", "f8", "c16", "U2", "M8[s]"]), arrays.array_shapes(max_dims=3, min_side=0, max_side=20)
)
large = st.builds(
    lambda shape, order: np.zeros(shape, order=order), st.tuples(*[st.integers(1, 90)] * 2), st.sampled_from("CF")
)
leaves = st.one_of(st.none(), st.integers(), st.text(max_size=3), st.binary(max_size=3), numbers, large)
values = st.recursive(leaves, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=2), x, max_size=3))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values)
def test_every_value_comes_back_as_it_went(workers: Workers, value: Any) -> None:
    assert same(workers.call(chore("echo"), [value]), value)


@pytest.mark.parametrize("size", [1, 4095, 4096, 65_535, 65_536, 65_537, 5 * MB])
def test_messages_of_any_size_pass(workers: Workers, size: int) -> None:
    text = "x" * size

    assert workers.call(chore("echo"), [text]) == text
    assert len(workers.call(chore("plus"), [bytes(size), b"1"])) == size + 1


def test_a_strided_array_arrives_as_it_is(workers: Workers) -> None:
    array = np.arange(90_000.0).reshape(300, 300)[::2, ::3]

    assert same(workers.call(chore("echo"), [array]), array)
    assert (workers.call(chore("plus"), [array]) == array + 1).all()


def test_objects_of_python_pass_in_arrays(workers: Workers) -> None:
    array = np.array([{"a": 1}] * 2000, object)

    assert workers.call(chore("echo"), [array]).tolist() == array.tolist()


def test_arrays_are_read_only_on_both_sides(workers: Workers) -> None:
    result = workers.call(chore("plus"), [BIG])

    assert not result.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        workers.call(chore("overwrite"), [BIG.copy()])


# ---------------------------------------------------------------- segments


def test_a_result_lies_in_the_pool_until_its_last_view_is_gone(workers: Workers) -> None:
    before = workers.pool.live_bytes
    result = workers.call(chore("plus"), [BIG])
    part = result[::2]
    del result

    assert workers.pool.live_bytes == before + BIG.nbytes // 4096 * 4096 + 4096
    assert part[5] == 11
    del part
    assert workers.pool.live_bytes == before


def test_what_lies_in_the_pool_goes_and_comes_without_a_copy(workers: Workers) -> None:
    array = workers.pool.put(BIG)
    assert array is not None
    live = workers.pool.live_bytes

    echoed = workers.call(chore("echo"), [array])
    low, high = workers.call(chore("halves"), [array])

    assert workers.pool.live_bytes == live
    assert echoed.ctypes.data == low.ctypes.data == array.ctypes.data
    assert high.ctypes.data == array.ctypes.data + array.nbytes // 2
    assert same(high, BIG[50_000:])
    del array, echoed, low
    assert high[0] == 50_000
    assert workers.pool.live_bytes == live, "a part of the input keeps it"


def test_two_hundred_calls_use_the_same_segments_and_no_more_memory(workers: Workers) -> None:
    def resident() -> int:
        return sum(
            int(line.split()[1])
            for pid in (os.getpid(), *workers.pids)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmRSS")
        )

    array = np.ones(1_000_000)

    def offsets() -> set[int]:
        result = workers.call(chore("plus"), [array])
        return {workers.pool.lease_behind(result).offset}  # type: ignore[union-attr]

    for _ in range(20):
        offsets()
    memory, used = resident(), workers.pool.live_bytes + workers.pool.warm_bytes
    seen = set[int]().union(*(offsets() for _ in range(200)))

    assert len(seen) <= 2
    assert workers.pool.live_bytes + workers.pool.warm_bytes == used
    assert resident() <= memory * 1.02


def test_a_worker_that_has_seen_a_result_need_not_ask_for_room_again(workers: Workers) -> None:
    asked: list[Any] = []
    acquire = workers.pool.acquire

    def note(size: int, **how: Any) -> Any:
        asked.append(how)
        return acquire(size, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers.pool, "acquire", note)
        workers.call(chore("grow"), [3, 50_000])
        assert asked == [{}] * 3
        asked.clear()
        workers.call(chore("grow"), [3, 50_000])
        assert asked == [{"warm_only": True}] * 3


def test_many_arrays_pass_in_one_call(workers: Workers) -> None:
    result = workers.call(chore("grow"), [2000])

    assert [array[0] for array in result] == [number % 256 for number in range(2000)]
    assert same(workers.call(chore("echo"), [result]), result)


def test_without_room_in_the_pool_arrays_go_in_messages_which_is_said_once() -> None:
    said: list[Any] = []
    with crew(budget_bytes=2 * MB) as workers:
        for _ in range(3):
            array = np.arange(300_000.0)
            result = workers.call(chore("plus"), [array], on_log=lambda *line: said.append(line))
            assert same(result, array + 1)
            assert not result.flags.writeable
        small = workers.call(chore("plus"), [BIG], on_log=lambda *line: said.append(line))
        assert workers.pool.lease_behind(small) is not None, "what has room goes through the pool all the same"
        del small
    assert [level for level, _ in said] == ["warning"]
    assert "2 MB" in said[0][1]


def test_what_a_node_keeps_is_not_overwritten(workers: Workers) -> None:
    before = workers.pool.live_bytes
    for number in range(5):
        assert workers.call(chore("keep"), [np.full(100_000, float(number))]) == number + 1
    assert workers.pool.live_bytes >= before + 5 * 800_000

    for _ in range(5):
        workers.call(chore("plus"), [np.full(100_000, -1.0)])
    assert workers.call(chore("look_at_kept")) == [0, 1, 2, 3, 4]

    workers.call(chore("forget"))
    assert workers.pool.live_bytes == before


def test_a_segment_that_an_idle_worker_gave_up_is_found_when_room_is_needed() -> None:
    said: list[Any] = []
    with crew(budget_bytes=BIG.nbytes * 3 // 2) as workers:
        workers.call(chore("plus"), [1])
        workers.call(chore("tie"), [BIG])
        (idle,) = workers._idle
        select.select([idle.channel.socket], [], [], PATIENCE_S)

        assert workers.call(chore("plus"), [BIG[:60_000]], on_log=lambda *line: said.append(line))[1] == 2
    assert said == [], "there was room for the input and for the result"


def test_the_segments_of_other_idle_workers_are_found_too(tmp_path: Path) -> None:
    said: list[Any] = []
    done = threading.Event()
    with crew(limit=2, budget_bytes=BIG.nbytes * 3 // 2) as workers, ThreadPoolExecutor(1) as threads:
        busy = threads.submit(
            workers.call, chore("wait"), [str(tmp_path)], context=Asked("ctx"), is_cancelled=done.is_set
        )
        await_file(tmp_path)
        workers.call(chore("tie"), [BIG])
        (other,) = workers._idle
        select.select([other.channel.socket], [], [], PATIENCE_S)
        done.set()
        assert isinstance(busy.exception(), Cancelled)
        assert workers._idle[0] is other, "the other one is taken first"

        assert workers.call(chore("plus"), [BIG[:60_000]], on_log=lambda *line: said.append(line))[1] == 2
    assert said == [], "there was room for the input and for the result"


def test_what_a_node_leaves_as_garbage_is_collected_and_used_again(workers: Workers) -> None:
    before = workers.pool.live_bytes
    workers.call(chore("tie"), [BIG])
    assert workers.pool.live_bytes >= before + BIG.nbytes

    def is_collected() -> bool:
        workers.call(chore("plus"), [1])
        return workers.pool.live_bytes == before

    until(is_collected)


# ---------------------------------------------------------------- what nodes say


def test_all_that_a_node_says_comes_back(workers: Workers) -> None:
    lines: list[tuple[str, str]] = []
    steps: list[tuple[float, str]] = []

    node = workers.call(
        chore("say"),
        context=Asked("ctx", "n1"),
        on_log=lambda *line: lines.append(line),
        on_progress=lambda *step: steps.append(step),
    )

    assert node == "n1"
    assert steps == [(0.5, "half")]
    assert lines[:3] == [("debug", "from the context"), ("info", "from print"), ("info", "from stderr")]
    level, text = lines[3]
    assert level == "warning"
    assert "chores.py" in text
    assert text.endswith("UserWarning: from a warning")
    assert lines[4:] == [("error", "chores: from logging"), ("info", "whole")]


def test_lines_that_no_run_takes_go_to_logging(workers: Workers, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "animaweave.worker"):
        workers.call(chore("say"), context=Asked("ctx"))

    assert ("animaweave.worker", logging.ERROR, "chores: from logging") in caplog.record_tuples


def test_what_a_thread_says_after_its_call_is_not_taken_for_the_next_nodes(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[Any] = []
    workers.call(chore("leave_a_thread"))
    select.select([workers._idle[0].channel.socket], [], [], PATIENCE_S)

    with caplog.at_level(logging.INFO, "animaweave.worker"):
        workers.call(chore("plus"), [1], on_log=lambda *line: lines.append(line))

    assert lines == []
    assert caplog.record_tuples == [("animaweave.worker", logging.INFO, "from a thread")]


# ---------------------------------------------------------------- what goes wrong


def test_an_exception_comes_back_with_its_class_arguments_and_traceback(workers: Workers) -> None:
    with pytest.raises(KeyError) as caught:
        workers.call(chore("fail"), ["KeyError", "that"])

    assert caught.value.args == ("that",)
    info = info_of("n1", caught.value)
    assert (info.node, info.type, info.message) == ("n1", "KeyError", "'that'")
    assert "chores.py" in info.traceback
    assert "in fail" in info.traceback
    assert "worker.py" not in info.traceback, "the engine's own frames are cut off"
    assert "in fail" in str(caught.value.__cause__)


def test_an_exception_that_cannot_be_pickled_is_described(workers: Workers) -> None:
    with pytest.raises(InWorker, match="Odd: 1 and 2") as caught:
        workers.call(chore("fail"), ["Odd"])

    info = info_of("n1", caught.value)
    assert (info.type, info.message) == ("Odd", "1 and 2")
    assert "in fail" in info.traceback


def test_a_node_that_wants_to_exit_ends_no_worker(workers: Workers) -> None:
    before = workers.pids
    with pytest.raises(SystemExit):
        workers.call(chore("fail"), ["SystemExit"])
    assert workers.pids == before


def test_an_exception_keeps_no_segment(workers: Workers) -> None:
    before = workers.pool.live_bytes
    with pytest.raises(TypeError) as caught:
        workers.call(chore("plus"), [BIG, "text"])

    assert workers.pool.live_bytes == before
    assert caught.value.__cause__ is not None


def test_a_result_that_cannot_leave_is_refused_with_a_way_out(workers: Workers) -> None:
    with pytest.raises(EngineError, match=r"of type `lock`, cannot leave a worker process.*place the node inline"):
        workers.call(chore("hold_lock"))


def test_an_input_that_cannot_go_is_refused_with_a_way_out(workers: Workers) -> None:
    with pytest.raises(EngineError, match=r"`echo`: an input cannot go.*place the node inline"):
        workers.call(chore("echo"), [lambda: None])


def test_a_result_that_cannot_be_read_here_is_refused(workers: Workers) -> None:
    ref = FunctionRef("tests.engine.placement.vessels.one_way", "answer")

    with pytest.raises(EngineError, match="cannot be read outside of its worker"):
        workers.call(ref)
    assert workers.call(chore("plus"), [1]) == 2


def test_a_function_that_is_gone_and_a_file_that_is_gone_are_errors_of_the_call(workers: Workers) -> None:
    with pytest.raises(EngineError, match=r"chores.py: there is no `gone` in it"):
        workers.call(chore("gone"))
    with pytest.raises(Exception, match=r"gone.py: no such vessel file"):
        workers.call(FunctionRef("animaweave_vessel_gone", "x", "gone.py"))
    assert workers.call(chore("plus"), [1]) == 2


def test_a_file_that_cannot_be_loaded_is_an_error_of_the_call(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("1 / 0\n")
    with pytest.raises(Exception, match=r"bad.py:1: the vessel cannot be loaded: ZeroDivisionError"):
        workers.call(FunctionRef(module_name(tmp_path / "bad.py"), "x", str(tmp_path / "bad.py")))


def test_a_file_that_has_changed_is_loaded_again(workers: Workers, tmp_path: Path) -> None:
    file = tmp_path / "shift.py"
    for stamp, answer in enumerate(["first", "second one"]):
        text = f"from animaweave import Vessel\nshift = Vessel('shift')\ndef say(): return {answer!r}\n"
        file.write_text(text)
        assert workers.call(FunctionRef(module_name(file), "say", str(file), stamp)) == answer


# ---------------------------------------------------------------- time, cancel, turns


def test_a_node_that_takes_too_long_is_stopped_and_its_worker_replaced(tmp_path: Path) -> None:
    with crew() as workers:
        with pytest.raises(TimedOut, match=r"`wait` took longer than its timeout of 0.01 s"):
            workers.call(chore("wait"), [str(tmp_path)], timeout_s=0.01)
        assert is_gone(await_file(tmp_path)) or not workers.pids
        assert workers.pids == []
        assert workers.call(chore("plus"), [1], timeout_s=20) == 2


def test_a_cancelled_node_that_looks_at_its_context_ends_by_itself(workers: Workers, tmp_path: Path) -> None:
    before = workers.pids
    with pytest.raises(Cancelled):
        workers.call(chore("wait"), [str(tmp_path)], context=Asked("ctx"), is_cancelled=lambda: any(tmp_path.iterdir()))

    assert workers.pids == before
    assert workers.call(chore("wait"), [str(tmp_path), 0.0], context=Asked("ctx")) == 0, (
        "the next call is not cancelled"
    )


def test_a_cancelled_node_that_does_not_is_killed(tmp_path: Path) -> None:
    with crew(grace_s=0.05) as workers:
        with pytest.raises(Cancelled):
            workers.call(chore("wait"), [str(tmp_path)], is_cancelled=lambda: any(tmp_path.iterdir()))
        assert is_gone(await_file(tmp_path))
        assert workers.pids == []


def test_a_node_that_talks_without_a_pause_is_stopped_in_time(tmp_path: Path) -> None:
    with crew() as workers, pytest.raises(TimedOut):
        workers.call(chore("chatter"), [str(tmp_path)], context=Asked("ctx"), timeout_s=0.1)


def test_loading_a_file_is_no_part_of_a_nodes_time(workers: Workers, tmp_path: Path) -> None:
    file = tmp_path / "slow.py"
    file.write_text("import time\nfrom animaweave import Vessel\nv = Vessel('v')\ntime.sleep(0.3)\ndef f(): return 1\n")

    assert workers.call(FunctionRef(module_name(file), "f", str(file)), timeout_s=0.25) == 1


def test_what_a_killed_node_has_started_ends_too(tmp_path: Path) -> None:
    with crew(grace_s=0.05) as workers, pytest.raises(Cancelled):
        workers.call(chore("call_a_program"), [str(tmp_path)], is_cancelled=lambda: any(tmp_path.iterdir()))
    program = await_file(tmp_path)
    until(lambda: is_gone(program))


def test_who_waits_longest_is_served_first(workers: Workers, tmp_path: Path) -> None:
    order: list[int] = []
    released = threading.Event()

    with ThreadPoolExecutor(4) as threads:
        busy = threads.submit(
            workers.call, chore("wait"), [str(tmp_path)], context=Asked("ctx"), is_cancelled=released.is_set
        )
        await_file(tmp_path)

        def queue(number: int) -> None:
            workers.call(chore("plus"), [number])
            order.append(number)

        waiting = []
        for number in range(3):
            waiting.append(threads.submit(queue, number))
            until(lambda: len(workers._turns) == len(waiting))
        released.set()
        for one in waiting:
            one.result()
        assert isinstance(busy.exception(), Cancelled)
    assert order == [0, 1, 2]


def test_one_who_waits_for_a_worker_can_be_cancelled(workers: Workers, tmp_path: Path) -> None:
    done = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(
            workers.call, chore("wait"), [str(tmp_path)], context=Asked("ctx"), is_cancelled=done.is_set
        )
        await_file(tmp_path)
        with pytest.raises(Cancelled):
            workers.call(chore("plus"), [1], is_cancelled=lambda: True)
        assert not workers._turns
        done.set()
        assert isinstance(busy.exception(), Cancelled)


def test_one_who_is_cancelled_while_a_worker_starts_leaves_none() -> None:
    with crew() as workers:
        with pytest.raises(Cancelled):
            workers.call(chore("plus"), [1], is_cancelled=lambda: True)
        assert workers.pids == []


# ---------------------------------------------------------------- the end


def test_callers_share_the_workers_and_closing_leaves_no_process() -> None:
    with crew(limit=2) as workers:
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(lambda number: workers.call(chore("plus"), [number]), range(100)))
        assert results == [number + 1 for number in range(100)]
        pids = workers.pids
        assert 1 <= len(pids) <= 2
        workers.close()

        assert workers.pids == []
        assert all(is_gone(pid) for pid in pids)
        with pytest.raises(EngineError, match="closed"):
            workers.call(chore("plus"), [1])
        workers.close()


def test_closing_ends_what_is_under_way(tmp_path: Path) -> None:
    with crew(limit=2) as workers, ThreadPoolExecutor(3) as threads:
        deaf = threads.submit(workers.call, chore("wait"), [str(tmp_path)])
        polite = threads.submit(workers.call, chore("wait"), [str(tmp_path)], context=Asked("ctx"))
        until(lambda: len(list(tmp_path.iterdir())) == 2)
        waiting = threads.submit(workers.call, chore("plus"), [1])
        until(lambda: bool(workers._turns))
        pids = workers.pids
        workers.close()

        assert workers.pids == []
        assert all(is_gone(pid) for pid in pids)
        for one in (deaf, waiting):
            assert isinstance(one.exception(), EngineError)
        assert isinstance(polite.exception(), Cancelled)


def test_a_worker_is_deaf_to_ctrl_c(workers: Workers) -> None:
    assert workers.call(chore("press")) == "went on"
    for pid in workers.pids:
        os.kill(pid, signal.SIGINT)
    assert workers.call(chore("plus"), [1]) == 2


def test_ctrl_c_in_the_caller_ends_the_call_and_its_worker(tmp_path: Path) -> None:
    def press() -> None:
        await_file(tmp_path)
        os.kill(os.getpid(), signal.SIGINT)

    with crew() as workers:
        presser = threading.Thread(target=press)
        presser.start()
        with pytest.raises(KeyboardInterrupt):
            workers.call(chore("wait"), [str(tmp_path)])
        presser.join()
        assert is_gone(await_file(tmp_path))
        assert workers.pids == []


def test_a_forked_process_has_no_part_in_the_workers(workers: Workers) -> None:
    pid = os.fork()
    if not pid:
        code = 1
        with contextlib.suppress(BaseException):
            try:
                workers.call(chore("plus"), [1])
            except EngineError:
                workers.close()
                code = 0
        os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    assert workers.call(chore("plus"), [1]) == 2


def test_the_programs_own_main_module_is_not_run_again(workers: Workers) -> None:
    with pytest.raises(EngineError, match="an input cannot be read in a worker process"):
        workers.call(chore("echo"), [_from_main()])


def _from_main() -> Any:
    main = sys.modules["__main__"]
    kind = type("Mine", (), {"__module__": "__main__"})
    main.Mine = kind  # type: ignore[attr-defined]
    return kind()
