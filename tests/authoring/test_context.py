"""What a node may ask of its run, and how failures and signals read."""

from pathlib import Path

import numpy as np
import pytest

from animaweave.authoring import Cancelled, Context, ErrorInfo, Signal
from animaweave.authoring.context import PREVIEW_LENGTH, Level, Shown


class Run:
    """The engine's side, written down."""

    def __init__(self, *, cancelled: bool = False, looks: bool = True) -> None:
        self.cancelled, self.looks = cancelled, looks
        self.told: list[tuple[object, ...]] = []

    def on_progress(self, node: str, fraction: float, text: str) -> None:
        self.told.append((node, fraction, text))

    def on_log(self, node: str, level: Level, text: str) -> None:
        self.told.append((node, level, text))

    @property
    def wants_previews(self) -> bool:
        return self.looks

    def on_preview(self, node: str, shown: Shown) -> None:
        self.told.append((node, shown))

    def seed(self, node: str) -> bytes:
        self.told.append(("seed", node))
        return node.encode()

    def scratch(self, node: str) -> Path:
        self.told.append(("scratch", node))
        return Path(node)

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


def test_random_numbers_and_the_folder_are_asked_for_once_and_only_if_they_are_wanted() -> None:
    run = Run()
    ctx, other = Context("blur", run), Context("blur", Run())
    assert run.told == []
    assert ctx.random is ctx.random
    assert ctx.scratch is ctx.scratch
    assert run.told == [("seed", "blur"), ("scratch", "blur")]
    assert ctx.random.random() == other.random.random() != ctx.random.random()


def test_a_preview_is_a_small_copy_and_not_one_of_many() -> None:
    run, nobody = Run(), Run(looks=False)
    picture = np.zeros((1000, 600, 3))
    ctx = Context("blur", run)
    ctx.preview(picture)
    ctx.preview(picture)
    Context("blur", nobody).preview(picture)
    picture[:] = 1
    Context("blur", run).preview("x" * 10_000)
    Context("blur", run).preview(7)
    (_, first), (_, second), (_, third) = run.told
    assert isinstance(first, Shown)
    assert (first.value.shape, first.shape, first.value.max()) == ((250, 200, 3), (1000, 600, 3), 0)
    assert (second, third) == (Shown("x" * PREVIEW_LENGTH), Shown(7))
    assert nobody.told == []


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
