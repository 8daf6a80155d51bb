"""Ctrl-C at every place of the engine's own code: the engine is as usable afterwards as before."""

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from animaweave.authoring import Context
from animaweave.engine.engine import Engine
from animaweave.engine.interrupts import Deferred
from tests.engine.lab import PATIENCE_S, Gate, Lab, assert_nothing_left, stay_until_cancelled
from tests.faults.interrupts import InterruptAt

pytestmark = pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) is not signal.default_int_handler, reason="SIGINT is somebody else's here"
)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def every_kind_of_node(lab: Lab, workers: int) -> Engine:
    """An engine for a graph with quick and slow ways, arrays, a failure that is handled, a skip and a retry."""

    @lab.node
    def array(value: int = 1) -> np.ndarray:
        return np.full(10, value)

    @lab.node
    def add_one(value: np.ndarray) -> np.ndarray:
        return value + 1

    graph = lab.graph(
        "a:array b:add_one s:switch off:one bad:fail e:read_error",
        *("a.result b.value", "bad.error e.error"),
        controls=("s.no off.trigger", "s.yes bad.trigger"),
        bad={"retry": {"attempts": 2}},
    )
    return lab.engine(graph, workers)


def interrupt(engine: Engine, number: int) -> str | None:
    """Run with Ctrl-C at the n-th point; the engine must be as good as new. Tell where it came."""
    raised = False
    with InterruptAt(number) as at:
        try:
            engine.run()
        except KeyboardInterrupt:
            raised = True
    if at.place is not None:
        assert raised, f"Ctrl-C was lost at {at.place}"
        assert_nothing_left(engine)
        # On another thread: what this one still held would stop it.
        statuses: list[str] = []
        other = threading.Thread(target=lambda: statuses.append(engine.run().status), daemon=True)
        other.start()
        other.join(PATIENCE_S)
        assert statuses == ["success"], f"the engine is not usable after Ctrl-C at {at.place}"
        assert_nothing_left(engine)
    return at.place


def test_ctrl_c_at_every_point_leaves_the_engine_usable(lab: Lab) -> None:
    with every_kind_of_node(lab, workers=1) as engine:
        number = 1
        while interrupt(engine, number) is not None:
            number += 1

    assert number > 500


def test_ctrl_c_at_any_point_leaves_an_engine_with_helpers_usable(lab: Lab) -> None:
    choose = random.Random(20)
    with every_kind_of_node(lab, workers=3) as engine:
        for _ in range(60):
            interrupt(engine, choose.randrange(1, 600))


def test_ctrl_c_at_every_point_of_a_submit_leaves_the_engine_usable(lab: Lab) -> None:
    with every_kind_of_node(lab, workers=2) as engine:
        number = 1
        while True:
            run = None
            with InterruptAt(number) as at:
                try:
                    run = engine.submit()
                except KeyboardInterrupt:
                    pass
            if run is not None:
                run.result(PATIENCE_S)
            for left in tuple(engine.runs):
                left.result(PATIENCE_S)
            assert engine.run().status == "success", at.place
            if at.place is None:
                break
            number += 1

    assert number > 20


def test_python_has_its_own_handler_back_when_all_engines_are_closed(lab: Lab) -> None:
    first, second = every_kind_of_node(lab, 1), lab.engine(lab.graph("a:one"))
    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    first.close()
    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    second.close()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_engine_made_on_another_thread_leaves_the_handler_alone(lab: Lab) -> None:
    def work() -> None:
        with every_kind_of_node(lab, 1) as engine:
            statuses.append(engine.run().status)
            handlers.append(signal.getsignal(signal.SIGINT))

    statuses: list[str] = []
    handlers: list[object] = []
    other = threading.Thread(target=work)
    other.start()
    other.join()

    assert statuses == ["success"]
    assert handlers == [signal.default_int_handler]


def test_ctrl_c_between_runs_is_raised_at_once(lab: Lab) -> None:
    with every_kind_of_node(lab, 1) as engine:
        engine.run()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert engine.run().status == "success"


def test_a_handler_of_the_programs_own_is_left_alone(lab: Lab) -> None:
    came: list[int] = []

    def handler(number: int, frame: object) -> None:
        came.append(number)

    before = signal.signal(signal.SIGINT, handler)
    try:

        @lab.node
        def press() -> int:
            signal.raise_signal(signal.SIGINT)
            return 1

        result = lab.run(lab.graph("a:press b:need", "a.result b.value"))
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)

    assert came == [signal.SIGINT]
    assert result.outputs == {"b.result": 1}


def test_a_node_that_swallows_ctrl_c_does_not_swallow_the_cancel(lab: Lab) -> None:
    @lab.node
    def stubborn() -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            lab.calls.append("swallowed")
        return 1

    @lab.node
    def never(value: int) -> int:
        lab.calls.append("never")
        return value

    with lab.engine(lab.graph("a:stubborn b:never", "a.result b.value"), 1) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run()
        assert lab.calls == ["swallowed"]
        assert_nothing_left(engine)


def test_ctrl_c_while_a_node_waits_for_its_next_attempt_ends_the_wait(lab: Lab) -> None:
    @lab.node
    def fail_and_press() -> int:
        threading.Timer(0.0, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
        raise ValueError("no good")

    graph = lab.graph("a:fail_and_press", a={"retry": {"attempts": 2, "delay": PATIENCE_S}})
    with lab.engine(graph, 1) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run()
        assert_nothing_left(engine)


@pytest.mark.parametrize("co_operates", [True, False])
def test_ctrl_c_while_nodes_run_on_other_threads_ends_the_run(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, co_operates: bool
) -> None:
    monkeypatch.setattr("animaweave.engine.engine.GRACE_S", PATIENCE_S if co_operates else 0.01)
    gate, first = Gate(), threading.Lock()

    @lab.node
    def stay(ctx: Context) -> int:
        if threading.current_thread() is threading.main_thread():
            gate.await_arrival()
            signal.raise_signal(signal.SIGINT)
        with first:
            gate.reached.set()
            if co_operates:
                stay_until_cancelled(ctx)
            gate()
        return 1

    with lab.engine(lab.graph("a:stay b:stay"), 2) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run()
        gate.open()
        assert_nothing_left(engine)


def test_ctrl_c_while_the_caller_only_waits_ends_the_run(lab: Lab) -> None:
    @lab.node
    def press(ctx: Context) -> int:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        stay_until_cancelled(ctx)
        return 1

    with lab.engine(lab.graph("a:press"), 1) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run(timeout=PATIENCE_S)
        assert_nothing_left(engine)


def test_within_a_deferral_on_another_thread_nothing_is_deferred() -> None:
    def work() -> None:
        with Deferred():
            signal_free.set()
            assert go_on.wait(PATIENCE_S)

    signal_free, go_on = threading.Event(), threading.Event()
    other = threading.Thread(target=work)
    other.start()
    assert signal_free.wait(PATIENCE_S)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    go_on.set()
    other.join()


SCRIPT = Path(__file__).with_name("interrupted_program.py")


def test_a_real_sigint_at_any_moment_leaves_the_engine_usable() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "30"], capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr == ""
    assert done.stdout == "30 interrupts, 0 lost; usable\n"
    assert done.returncode == 0
