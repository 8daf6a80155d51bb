import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code

SHOWN = """
import sys
from qtpy import QtCore, QtWidgets
from animaweave.cli.main import main

def look():
    window = next(widget for widget in QtWidgets.QApplication.topLevelWidgets() if widget.objectName() == "window")
    if sys.argv[1:] and not window.editor.graph.nodes:
        return QtCore.QTimer.singleShot(10, look)
    print(window.windowTitle(), *window.editor.graph.nodes, window.editor.registry.vessel("mine") is not None)
    window.close()

QtCore.QTimer.singleShot(0, lambda: None)
start = QtWidgets.QApplication.exec
QtWidgets.QApplication.exec = lambda *_: (QtCore.QTimer.singleShot(0, look), start())[1]
raise SystemExit(main(sys.argv[1:]))
"""
"""Runs the command, prints what the window shows, and closes it."""


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Starts the command with a display that nobody sees and folders of its own; gives what the window showed."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    def show(*words: object) -> str:
        done = subprocess.run(
            [sys.executable, "-c", SHOWN, *map(str, words)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return show


@pytest.fixture
def _no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def coins(tmp_path: Path) -> Path:
    path = tmp_path / "coins.weave.json"
    path.write_text('{"format": "animaweave/graph", "version": 1, "nodes": {"total": {"type": "math.add"}}}')
    return path


def test_the_command_alone_opens_an_empty_window(shown: Any) -> None:
    assert shown() == "untitled[*] — AnimaWeave Studio False"


@pytest.mark.parametrize("words", [(), ("edit",)])
def test_a_graph_file_opens_in_the_window(shown: Any, coins: Path, words: tuple[str, ...]) -> None:
    assert shown(*words, coins) == "coins.weave.json[*] — AnimaWeave Studio total False"


def test_vessels_of_ones_own_are_there(shown: Any, coins: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from animaweave.authoring import Vessel\nmine = Vessel('mine')\n")
    assert shown("edit", coins, "--vessels", tmp_path / "mine.py").endswith("total True")


def test_what_the_window_kept_is_in_the_users_folder(shown: Any, tmp_path: Path) -> None:
    shown()
    assert (tmp_path / "animaweave" / "window.json").is_file()


@pytest.mark.usefixtures("_no_display")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
@pytest.mark.parametrize("is_named", [True, False])
def test_without_a_display_it_says_how_to_run_the_file(cli: Any, coins: Path, *, is_named: bool) -> None:
    done = cli(*([coins] if is_named else []))
    assert done.code == Code.USAGE
    name = coins if is_named else "FILE"
    assert done.err == (
        f"error: there is no display to open a window on; without a window, run a graph with: animaweave run {name}\n"
    )


def test_a_file_that_is_not_there_is_said_before_a_window_opens(cli: Any, tmp_path: Path) -> None:
    done = cli("edit", tmp_path / "none.weave.json")
    assert done.code == Code.USAGE
    assert "none.weave.json: expected a graph file, found nothing there" in done.err


def test_without_qt_it_says_what_to_install(coins: Path) -> None:
    hide = "import sys; sys.modules['qtpy'] = None; from animaweave.cli.main import main"
    done = subprocess.run(
        [sys.executable, "-c", f"{hide}; raise SystemExit(main(['edit', {str(coins)!r}]))"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == Code.USAGE
    assert "pip install 'animaweave[editor]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_running_a_graph_imports_no_qt(coins: Path) -> None:
    code = (
        "import sys; from animaweave.cli.main import main; "
        f"main(['check', {str(coins)!r}]); "
        "assert not {'qtpy', 'PySide6', 'animaweave.ui'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
