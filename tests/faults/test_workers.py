"""Workers that are killed, crash or hang cost their node alone, and an application that is killed leaves none."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from animaweave.engine.placement.process import WorkerProcess
from animaweave.engine.placement.workers import Workers
from animaweave.errors import EngineError, TimedOut, WorkerDied
from tests.engine.lab import until
from tests.engine.placement.crew import MB, await_file, chore, crew, is_gone

BIG = np.arange(100_000.0)
DEATHS = [signal.SIGKILL, signal.SIGSEGV]


@pytest.fixture
def workers() -> Iterator[Workers]:
    """One worker, to be started by its first call."""
    with crew() as made:
        yield made


def test_a_worker_that_dies_between_nodes_is_replaced_unnoticed(workers: Workers) -> None:
    kept = workers.call(chore("plus"), [BIG])
    for death in DEATHS:
        before = workers.pids
        os.kill(before[0], death)
        until(lambda: not workers._idle[0].is_alive())

        assert (workers.call(chore("plus"), [kept]) == BIG + 2).all()
        assert workers.pids != before
        assert len(workers.pids) == 1


def test_a_worker_that_dies_before_it_has_read_of_the_node_is_replaced_unnoticed(workers: Workers) -> None:
    workers.call(chore("plus"), [1])
    pid = workers.pids[0]
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(workers.call, chore("plus"), [1])
        until(lambda: not workers._idle)
        os.kill(pid, signal.SIGKILL)

        assert waiting.result() == 2


def test_a_worker_that_dies_in_a_node_fails_that_node_alone(workers: Workers, tmp_path: Path) -> None:
    for death in DEATHS:
        folder = tmp_path / death.name
        folder.mkdir()
        with ThreadPoolExecutor(1) as threads:
            busy = threads.submit(workers.call, chore("wait"), [str(folder), 60.0])
            os.kill(await_file(folder), death)
            problem = busy.exception()

        assert isinstance(problem, WorkerDied)
        assert f"`wait`: its worker process was killed by {death.name}" in str(problem)
        assert workers.pids == []


def test_what_ended_the_worker_is_told_and_no_descriptor_is_left(workers: Workers) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    with pytest.raises(WorkerDied, match=r"`crash`: its worker process was killed by SIGSEGV$"):
        workers.call(chore("crash"))
    with pytest.raises(WorkerDied, match=r"`end`: its worker process ended with exit code 3$"):
        workers.call(chore("end"))
    assert descriptors() == before


def test_the_segments_of_a_worker_that_died_are_free_again(workers: Workers) -> None:
    workers.call(chore("keep"), [BIG])
    os.kill(workers.pids[0], signal.SIGKILL)
    assert workers.pool.live_bytes >= BIG.nbytes, "nobody has looked yet"

    workers.call(chore("plus"), [1])

    assert workers.pool.live_bytes == 0


def test_what_a_dying_worker_leaves_does_not_keep_it_from_being_noticed(workers: Workers, tmp_path: Path) -> None:
    """A process that a node forked holds the worker's end of the socket open."""
    with pytest.raises(WorkerDied, match="exit code 3"):
        workers.call(chore("fork_and_end"), [str(tmp_path)])
    left = await_file(tmp_path)
    until(lambda: is_gone(left))


def test_a_worker_that_hangs_in_c_code_is_killed_in_time(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(TimedOut):
        workers.call(chore("hang"), [str(tmp_path)], timeout_s=0.05)
    assert is_gone(await_file(tmp_path))


def test_a_stopped_worker_is_killed_in_time_while_a_call_is_being_sent(workers: Workers) -> None:
    workers.call(chore("plus"), [1])
    os.kill(workers.pids[0], signal.SIGSTOP)
    cancelled = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        # Far more than a socket takes at once.
        stuck = threads.submit(workers.call, chore("plus"), [b"x" * (8 * MB)], is_cancelled=cancelled.is_set)
        until(lambda: not workers._idle)
        cancelled.set()
        assert stuck.exception() is not None
    assert workers.pids == []


def test_whatever_happens_at_random_values_stay_right_and_no_segment_is_left() -> None:
    """Threads keep results, nodes keep inputs, workers crash and are killed, the pool is too small."""

    def work(workers: Workers, seed: int) -> None:
        choose, mine = random.Random(seed), [(BIG, BIG)]
        for _ in range(40):
            what = choose.choice(["plus", "echo", "keep", "tie", "forget", "grow"] * 8 + ["end", "crash", "kill"])
            given = choose.choice(mine)[0][choose.randrange(9) :: choose.choice([1, 1, 7])]
            expected = given.copy()
            try:
                if what == "kill":
                    for pid in workers.pids[:1]:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                elif what == "plus":
                    mine.append((workers.call(chore("plus"), [given]), expected + 1))
                elif what == "echo":
                    mine.append((workers.call(chore("echo"), [{"a": [given]}])["a"][0], expected))
                else:
                    workers.call(chore(what), [given] if what in {"keep", "tie"} else [5] if what == "grow" else [])
            except WorkerDied:
                pass
            assert all((value == wanted).all() for value, wanted in mine), "a segment was used again too early"
            del mine[1:-3]

    with crew(limit=2, budget_bytes=6 * MB) as workers, ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(work, workers, seed) for seed in range(3)]:
            done.result()


def test_a_worker_that_cannot_start_says_so(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("animaweave.engine.placement.process._PROGRAM", "raise SystemExit(7)")
        with pytest.raises(WorkerDied, match="a worker process ended with exit code 7 before it was ready"):
            workers.call(chore("plus"), [1])
        patch.setattr(sys, "executable", "/no/such/python")
        with pytest.raises(EngineError, match=r"no worker process can be started: .*/no/such/python"):
            workers.call(chore("plus"), [1])
    assert workers.pids == []


def test_a_frozen_application_starts_workers_through_its_own_door(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "application"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/said\nexec {sys.executable} -m animaweave "$@"\n')
    program.chmod(0o755)
    with monkeypatch.context() as patch, crew() as workers:
        patch.setattr(sys, "frozen", True, raising=False)
        patch.setattr(sys, "executable", str(program))

        assert workers.call(chore("plus"), [1]) == 2
    assert (tmp_path / "said").read_text() == "--worker\n"


def test_a_node_that_holds_pythons_lock_ends_with_the_application(root: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.engine.placement.crew import *\n"
        "with crew() as workers: workers.call(chore('hang'), [sys.argv[1]])"
    )
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], env=environment) as application:
        pid = await_file(tmp_path)
        application.kill()
    until(lambda: is_gone(pid))


def test_an_application_that_is_killed_leaves_no_process_and_no_memory(root: Path, tmp_path: Path) -> None:
    program = Path(__file__).with_name("killed_program.py")
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, str(program), str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as application:
        assert application.stdout is not None
        *pids, child = map(int, application.stdout.readline().split())
        assert len(pids) == 2
        assert not any(is_gone(pid) for pid in pids)
        maps = [Path(f"/proc/{pid}/maps").read_text() for pid in (application.pid, *pids)]
        assert all("memfd:animaweave" in text for text in maps)
        assert not any("/dev/shm" in text for text in maps), "memory without a name goes with the last process"
        application.kill()
        try:
            for pid in pids:
                until(lambda pid=pid: is_gone(pid))  # type: ignore[misc]
            assert not is_gone(child), "it had the workers' sockets open all the time"
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_worker_whose_connection_is_cut_ends(workers: Workers) -> None:
    process = WorkerProcess(workers.pool)
    process.channel.receive(None)
    process._control.close()
    until(lambda: not process.is_alive())
    process.end()
