import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from animaweave.cli.exits import Code

COINS = Path(__file__).parents[2] / "examples" / "coins.weave.json"


def test_version_is_that_of_the_package(cli: Any) -> None:
    done = cli("--version")

    assert (done.code, done.out) == (0, f"animaweave {version('animaweave')}\n")


def test_help_lists_the_commands(cli: Any) -> None:
    done = cli("--help")

    assert done.code == 0
    assert all(name in done.out for name in ("run", "check", "explain", "nodes", "schema"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rn"], "there is no command `rn`, nor such a file; did you mean `run`?"),
        (
            ["frobnicate"],
            "there is no command `frobnicate`, nor such a file; there are run, check, update,",
        ),
        (["--frobnicate"], "No such option: --frobnicate"),
        (["run"], "Missing argument 'FILE'"),
        (["run", "x", "--workers", "0"], "Invalid value for '--workers'"),
        (["run", "x", "--on-error", "perhaps"], "Invalid value for '--on-error'"),
        (["run", "x", "-v", "-q"], "--verbose and --quiet exclude each other"),
        (["check"], "Missing argument 'FILE…'"),
    ],
)
def test_a_command_line_that_makes_no_sense_gets_one_sentence(cli: Any, words: list[str], sentence: str) -> None:
    done = cli(*words)

    assert done.code == Code.USAGE
    assert sentence in done.err
    assert "Traceback" not in done.err
    assert not done.out


def test_the_package_runs_as_a_module_and_asks_for_nothing_heavy_until_it_is_needed(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from animaweave.cli.main import main\n"
        "code = main(['--version'])\n"
        "print(*{name.partition('.')[0] for name in sys.modules})\n"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60
    ).stdout.split()

    assert "typer" in loaded
    assert not {"numpy", "beartype", "msgspec", "skimage"} & set(loaded)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["run", str(COINS)], ["check", str(COINS)], ["nodes"], ["schema"]])
def test_output_that_cannot_be_written_is_said_in_a_sentence(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "animaweave", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == Code.USAGE
    assert "Traceback" not in done.stderr
    assert "error: the output cannot be written: No space left on device" in done.stderr
