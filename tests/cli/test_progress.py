import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest

from animaweave.cli import progress
from animaweave.cli.exits import Code
from tests.cli.conftest import VESSELS, Done, Write

Watched = Callable[..., tuple[Done, str]]


class Screen(io.StringIO):
    """A terminal as far as programs can tell."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, cli: Any) -> Callable[..., tuple[Done, str]]:
    """Call the command with a terminal in place of stderr, on which drawing begins at once."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "QUIET_S", 0)

    def call(*words: object) -> tuple[Done, str]:
        screen = Screen()
        with contextlib.redirect_stderr(screen):
            done = cli(*words)
        return done, screen.getvalue()

    return call


def test_a_pipe_gets_plain_lines_of_what_nodes_log_and_how_many_completed(cli: Any, write: Write) -> None:
    done = cli("run", write({"chat": "trouble.chat", "boom": "trouble.boom"}), "--vessels", VESSELS)

    assert done.err.splitlines() == [
        "chat: hello",
        "chat: warning: take care",
        "completed 1 of 2",
        "failed: boom: ValueError: the kettle boiled over",
    ]


@pytest.mark.parametrize(
    ("option", "said", "unsaid"),
    [("-v", "chat: debug: hush", "nothing"), ("-q", "", "chat"), ("--json", "", "chat"), ("", "chat: hello", "hush")],
)
def test_how_much_nodes_are_let_say_depends_on_the_options(
    cli: Any, write: Write, option: str, said: str, unsaid: str
) -> None:
    done = cli("run", write({"chat": "trouble.chat"}), "--vessels", VESSELS, *filter(None, [option]))

    assert said in done.err
    assert unsaid not in done.err


def test_a_long_run_counts_now_and_then(cli: Any, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0)

    done = cli("run", write({"nap": {"type": "slow.nap", "params": {"seconds": 0.2}}}), "--vessels", VESSELS)

    assert done.err.splitlines() == ["napping", "completed 0 of 1", "completed 1 of 1"]


def test_a_terminal_shows_running_nodes_with_their_progress_and_how_many_are_over(
    watched: Watched, write: Write
) -> None:
    sum_ = {"type": "math.add", "params": {"a": 0.1, "b": 0.1}}
    graph = write({"sum": sum_, "nap": "slow.nap"}, ("sum.result", "nap.seconds"))

    done, shown = watched("run", graph, "--vessels", VESSELS)

    assert done.code == Code.SUCCESS
    assert "nap" in shown
    assert "50%" in shown
    assert "dozing" in shown
    assert "1 of 2" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor stays hidden"
    assert "dozing" not in shown[shown.rindex("\x1b[2K") :], "the display stays"


def test_many_running_nodes_are_counted_instead_of_listed(
    watched: Watched, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "MOST", 0)

    graph = write({"nap": {"type": "slow.nap", "params": {"seconds": 0.2}}})

    _, shown = watched("run", graph, "--vessels", VESSELS)

    assert "and 1 more" in shown
    assert "dozing" not in shown


def test_a_quick_run_draws_nothing(watched: Watched, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_S", 60)

    graph = write({"nap": {"type": "slow.nap", "params": {"seconds": 0.1}}})

    _, shown = watched("run", graph, "--vessels", VESSELS)

    assert shown == "napping\n"


def test_with_json_a_terminal_shows_nothing(watched: Watched, write: Write) -> None:
    done, shown = watched("run", write({"chat": "trouble.chat"}), "--vessels", VESSELS, "--json")

    assert done.json["status"] == "success"
    assert not shown
