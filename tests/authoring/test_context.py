"""What a node may ask of its run, and how failures and signals read."""

import pytest

from animaweave.authoring import Cancelled, Context, ErrorInfo, Signal
from animaweave.authoring.context import Level


class Run:
    """The engine's side, written down."""

    def __init__(self, *, cancelled: bool = False) -> None:
        self.cancelled = cancelled
        self.told: list[tuple[object, ...]] = []

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        self.told.append((node, fraction, text))

    def on_log(self, node: str, level: Level, text: str) -> None:
        self.told.append((node, level, text))

    def is_cancelled(self) -> bool:
        return self.cancelled

    def wait_cancelled(self, seconds: float) -> bool:
        self.told.append((seconds,))
        return self.cancelled


@pytest.mark.parametrize(("fraction", "told"), [(0.4, 0.4), (-1, 0.0), (7, 1.0), (True, 1.0)])
def test_progress_is_clamped(fraction: float, told: float) -> None:
    run = Run()
    Context("blur", run).progress(fraction, "fitting")

    assert run.told == [("blur", told, "fitting")]


def test_a_line_of_the_log_has_the_nodes_name() -> None:
    run = Run()
    ctx = Context("blur", run)
    ctx.log("fine")
    ctx.log("not fine", "error")

    assert run.told == [("blur", "info", "fine"), ("blur", "error", "not fine")]
    with pytest.raises(ValueError, match="a line's level is one of debug, info, warning, error; found 'loud'"):
        ctx.log("x", "loud")  # type: ignore[arg-type]


def test_a_cancel_is_seen_raised_and_ends_a_sleep() -> None:
    calm, cancelled = Context("a", Run()), Context("a", Run(cancelled=True))

    calm.check_cancelled()
    calm.sleep(2)
    assert not calm.is_cancelled
    assert cancelled.is_cancelled
    for ask in (cancelled.check_cancelled, lambda: cancelled.sleep(2)):
        with pytest.raises(Cancelled):
            ask()


def test_a_signal_is_true_when_it_is_active() -> None:
    assert Signal.ACTIVE
    assert not Signal.INACTIVE
    assert Signal.when([1]) is Signal.ACTIVE
    assert Signal.when("") is Signal.INACTIVE


def test_an_error_reads_as_python_says_it() -> None:
    try:
        raise KeyError("coins")
    except KeyError as problem:
        error = ErrorInfo.of("count", problem)

    assert str(error) == "KeyError: 'coins'"
    assert error.traceback.startswith("Traceback (most recent call last):")
    assert error.traceback.endswith("KeyError: 'coins'\n")
    assert str(ErrorInfo.of("count", ValueError())) == "ValueError"


def test_the_engines_own_frames_are_cut_off_the_start() -> None:
    namespace: dict[str, object] = {"__name__": "animaweave.engine.somewhere"}
    exec("def call(function):\n    function()", namespace)

    def fail() -> None:
        raise ValueError("no good")

    try:
        namespace["call"](fail)  # type: ignore[operator]
    except ValueError as problem:
        whole = ErrorInfo.of("a", problem.with_traceback(problem.__traceback__ and problem.__traceback__.tb_next))

    assert "in fail" in whole.traceback
    assert "in call" not in whole.traceback
