"""Failures: what they take along, what they leave alone, and what can be done about them."""

import itertools
import random
import threading
import time
from typing import Any

import numpy as np
import pytest

from animaweave.authoring import Cancelled, Context
from animaweave.engine.recovery import delay_s, is_worth_another
from animaweave.graph.run_settings import Retry
from tests.engine.lab import PATIENCE_S, Gate, Lab, Pair, assert_nothing_left, states, stay_until_cancelled


def test_every_branch_that_does_not_depend_on_a_failure_completes(lab: Lab) -> None:
    graph = lab.graph(
        "bad:fail behind:need beside:one after:need both:gather",
        *("bad.result behind.value", "beside.result after.value", "bad.result both.items[0]"),
        "after.result both.items[1]",
    )

    result = lab.run(graph)

    assert states(result) == {
        "bad": "failed", "behind": "skipped", "beside": "completed", "after": "completed", "both": "skipped",
    }  # fmt: skip
    assert result.status == "failed", "its only outputs lie behind the failure"


def test_a_run_with_a_failure_and_some_outputs_is_partial(lab: Lab) -> None:
    result = lab.run(lab.graph("bad:fail good:one"))

    assert result.status == "partial"
    assert result.outputs == {"good.result": 1}


def test_the_error_names_type_message_and_the_vessels_lines_alone(lab: Lab) -> None:
    result = lab.run(lab.graph("bad:fail"))

    error = result.errors["bad"]
    assert error == result.nodes["bad"].error
    assert (error.node, error.type, error.message, str(error)) == (
        "bad",
        "ValueError",
        "no good",
        "ValueError: no good",
    )
    assert "raise ValueError" in error.traceback
    assert "executor.py" not in error.traceback
    assert "recovery.py" not in error.traceback


@pytest.mark.parametrize("retry", [None, {"attempts": 2}], ids=["short way", "full way"])
def test_an_error_whose_text_cannot_be_had_is_a_failure_all_the_same(lab: Lab, retry: Any) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even a word")

    @lab.node
    def mute() -> int:
        raise Mute

    graph = lab.graph("bad:mute good:one behind:need", "bad.result behind.value", bad={"retry": retry})

    result = lab.run(graph)

    assert states(result) == {"bad": "failed", "good": "completed", "behind": "skipped"}
    assert result.errors["bad"].type == "Mute"


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, AssertionError, RecursionError, StopIteration])
def test_whatever_a_node_raises_fails_it_alone(lab: Lab, kind: type[BaseException]) -> None:
    @lab.node
    def bad() -> int:
        raise kind("enough")

    result = lab.run(lab.graph("a:bad b:one"))

    assert states(result) == {"a": "failed", "b": "completed"}
    assert str(result.errors["a"]) == f"{kind.__name__}: enough"


def test_a_deep_recursion_in_a_node_fails_it_alone(lab: Lab) -> None:
    @lab.node
    def deep() -> int:
        def fall(depth: int) -> int:
            return fall(depth + 1)

        return fall(0)

    assert states(lab.run(lab.graph("a:deep b:one"))) == {"a": "failed", "b": "completed"}


def test_a_result_of_another_form_than_declared_fails_the_node(lab: Lab) -> None:
    @lab.node
    def lie() -> Pair:
        return (1, 2)  # type: ignore[return-value]

    result = lab.run(lab.graph("a:lie end:echo", "a.left end.value"))

    assert states(result) == {"a": "failed", "end": "skipped"}
    assert result.errors["a"].message == "returned a tuple; declared Pair"


def test_a_failure_whose_error_is_read_is_handled(lab: Lab) -> None:
    graph = lab.graph("bad:fail say:read_error end:echo", "bad.error say.error", "bad.result end.value")

    result = lab.run(graph)

    assert states(result) == {"bad": "failed", "say": "completed", "end": "skipped"}
    assert result.outputs == {"say.result": "bad: ValueError: no good"}
    assert result.status == "success"
    assert "bad" in result.errors


def test_a_failure_is_not_handled_by_a_reader_that_fails(lab: Lab) -> None:
    graph = lab.graph("bad:fail worse:fail", "bad.error worse.value")

    result = lab.run(graph)

    assert states(result) == {"bad": "failed", "worse": "failed"}
    assert result.status == "failed"


def test_a_failure_is_handled_by_one_reader_of_several(lab: Lab) -> None:
    graph = lab.graph("bad:fail worse:fail_twice say:read_error w:read_error")
    for wire in ("bad.error worse.value", "bad.error say.error", "worse.error w.error"):
        graph.connect(*wire.split())

    assert lab.run(graph).status == "success"


def test_the_error_of_a_node_that_did_not_fail_is_absent(lab: Lab) -> None:
    graph = lab.graph("good:one say:read_error also:echo", "good.error say.error", "good.error also.value")

    result = lab.run(graph)

    assert states(result) == {"good": "completed", "say": "skipped", "also": "completed"}
    assert result.nodes["say"].reason == "`good` did not fail"
    assert result.outputs["also.result"] is None


def test_the_error_of_a_node_that_was_skipped_is_absent(lab: Lab) -> None:
    graph = lab.graph("s:switch off:one say:echo", "off.error say.value", controls=("s.no off.trigger",))

    result = lab.run(graph)

    assert states(result)["say"] == "completed"
    assert result.outputs["say.result"] is None


def test_default_values_stand_in_for_a_failed_nodes_outputs(lab: Lab) -> None:
    graph = lab.graph(
        "bad:fail_twice left:need right:echo",
        "bad.left left.value", "bad.right right.value",
        bad={"on_error": {"default": {"left": 7}}},
    )  # fmt: skip

    result = lab.run(graph)

    assert states(result) == {"bad": "failed", "left": "completed", "right": "skipped"}
    assert result.outputs == {"left.result": 7}
    assert result.status == "success", "the failure is taken care of"
    assert result.nodes["right"].reason == "upstream `bad` failed"


def test_a_failed_node_is_not_done_although_default_values_stand_in(lab: Lab) -> None:
    graph = lab.graph(
        "bad:fail end:one", controls=("bad.done end.trigger",), bad={"on_error": {"default": {"result": 0}}}
    )

    assert states(lab.run(graph))["end"] == "skipped"


def test_a_failure_may_stop_the_run(lab: Lab) -> None:
    graph = lab.graph("bad:fail a:one", bad={"on_error": "stop"})
    for number in range(20):
        graph.add("lab.need", id=f"n{number}")
        graph.connect(f"n{number - 1}.result" if number else "a.result", f"n{number}.value")
    graph.connect_control("bad.done", "n0.trigger")

    result = lab.run(graph)

    assert result.status == "failed"
    assert result.reason == "`bad` failed"
    assert {result.nodes[f"n{number}"].state for number in range(20)} == {"cancelled"}
    assert result.nodes["n5"].reason == "`bad` failed"


def test_a_run_that_was_stopped_keeps_the_outputs_it_had(lab: Lab) -> None:
    graph = lab.graph("a:one bad:fail", controls=("a.done bad.trigger",), bad={"on_error": "stop"})

    result = lab.run(graph, workers=1)

    assert result.outputs == {"a.result": 1}
    assert result.status == "partial"


# ---------------------------------------------------------------- retry


def test_a_node_is_tried_again_until_it_works(lab: Lab) -> None:
    @lab.node
    def third_time() -> int:
        lab.calls.append("try")
        if len(lab.calls) < 3:
            raise OSError("busy")
        return len(lab.calls)

    result = lab.run(lab.graph("a:third_time", a={"retry": {"attempts": 5}}))

    assert result.outputs == {"a.result": 3}
    assert states(result) == {"a": "completed"}


def test_a_node_whose_attempts_are_used_up_fails_with_the_last_error(lab: Lab) -> None:
    @lab.node
    def never() -> int:
        lab.calls.append("try")
        raise OSError(f"attempt {len(lab.calls)}")

    result = lab.run(lab.graph("a:never", a={"retry": {"attempts": 3}}))

    assert result.errors["a"].message == "attempt 3"
    assert len(lab.calls) == 3


def test_inputs_are_there_until_the_last_attempt(lab: Lab) -> None:
    @lab.node
    def make() -> Any:
        return np.arange(4)

    @lab.node
    def second_time(value: Any) -> int:
        lab.calls.append("try")
        if len(lab.calls) < 2:
            raise OSError("busy")
        return int(value.sum())

    graph = lab.graph("m:make a:second_time", "m.result a.value", a={"retry": {"attempts": 2}})

    assert lab.run(graph).outputs == {"a.result": 6}


@pytest.mark.parametrize(
    ("settings", "attempt", "problem", "again"),
    [
        ({"attempts": 1}, 1, ValueError(), False),
        ({"attempts": 2}, 1, ValueError(), True),
        ({"attempts": 2}, 2, ValueError(), False),
        ({"attempts": 2, "on": ("OSError",)}, 1, ValueError(), False),
        ({"attempts": 2, "on": ("OSError",)}, 1, FileNotFoundError(), True),
        ({"attempts": 2, "on": ("Exception",)}, 1, ValueError(), True),
        ({"attempts": 2, "on": ("KeyError", "ValueError")}, 1, UnicodeDecodeError("x", b"", 0, 1, ""), True),
        ({"attempts": 9}, 1, Cancelled(), False),
        ({"attempts": 9}, 1, KeyboardInterrupt(), False),
        ({"attempts": 9}, 1, SystemExit(), False),
    ],
)
def test_which_failures_are_worth_another_attempt(
    settings: dict[str, Any], attempt: int, problem: BaseException, again: bool
) -> None:
    assert is_worth_another(Retry(**settings), attempt, problem) is again


def test_delays_grow_by_the_factor() -> None:
    retry = Retry(attempts=5, delay=0.5, factor=3)

    assert [delay_s(retry, attempt) for attempt in (1, 2, 3)] == [0.5, 1.5, 4.5]


def test_jitter_adds_a_random_part_to_each_delay() -> None:
    retry = Retry(attempts=5, delay=1, jitter=0.25)
    random.seed(3)

    delays = [delay_s(retry, 1) for _ in range(200)]

    assert all(1 <= delay <= 1.25 for delay in delays)
    assert max(delays) - min(delays) > 0.2


def test_attempts_are_as_far_apart_as_the_delays_say(lab: Lab) -> None:
    times: list[float] = []

    @lab.node
    def never() -> int:
        times.append(time.monotonic())
        raise OSError("busy")

    lab.run(lab.graph("a:never", a={"retry": {"attempts": 4, "delay": 0.02, "factor": 2}}))

    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(pauses) == 3
    assert all(pause >= at_least for pause, at_least in zip(pauses, (0.02, 0.04, 0.08), strict=True))


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_a_run_that_is_cancelled_makes_no_further_attempt(lab: Lab, placement: str) -> None:
    failed = threading.Event()

    @lab.node
    def fail_once() -> int:
        lab.calls.append("try")
        failed.set()
        raise OSError("busy")

    settings = {"placement": placement, "retry": {"attempts": 4, "delay": 1000}}
    with lab.engine(lab.graph("a:fail_once", a=settings)) as engine:
        run = engine.submit()
        assert failed.wait(PATIENCE_S)
        run.cancel()

        assert states(run.result(PATIENCE_S)) == {"a": "cancelled"}
        assert lab.calls == ["try"]
        assert_nothing_left(engine)


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_a_node_that_fails_after_the_cancel_is_cancelled_if_it_would_have_been_tried_again(
    lab: Lab, placement: str
) -> None:
    gate = Gate()

    @lab.node
    def fail_once() -> int:
        lab.calls.append("try")
        gate()
        raise OSError("busy")

    settings = {"placement": placement, "retry": {"attempts": 2}}
    with lab.engine(lab.graph("a:fail_once", a=settings)) as engine:
        run = engine.submit()
        gate.await_arrival()
        run.cancel()
        gate.open()

        result = run.result(PATIENCE_S)
        assert (result.status, result.reason, states(result)) == ("cancelled", "cancelled", {"a": "cancelled"})
        assert lab.calls == ["try"]
        assert_nothing_left(engine)


# ---------------------------------------------------------------- cancelled by itself


def test_a_node_that_gives_up_although_nobody_cancelled_has_failed(lab: Lab) -> None:
    @lab.node
    def give_up() -> int:
        raise Cancelled

    result = lab.run(lab.graph("a:give_up b:need", "a.result b.value"))

    assert states(result) == {"a": "failed", "b": "skipped"}
    assert result.status == "failed"


def test_a_node_that_runs_is_told_of_a_stop(lab: Lab) -> None:
    gate = Gate()

    @lab.node
    def stay(ctx: Context) -> int:
        gate.open()
        stay_until_cancelled(ctx)
        return 1

    @lab.node
    def fail_late() -> int:
        gate()
        raise ValueError("no good")

    result = lab.run(lab.graph("a:stay b:fail_late", b={"on_error": "stop"}))

    assert states(result) == {"a": "cancelled", "b": "failed"}
    assert result.status == "failed"
