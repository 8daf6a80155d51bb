"""Results on the disk."""

import logging
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animaweave.engine.cache import disk
from animaweave.engine.cache.disk import Folder
from tests.engine.lab import until

KB = 1024


def name(number: int) -> bytes:
    return number.to_bytes(20, "big")


def result(number: int) -> tuple[Any, ...]:
    return number, np.full(10 * KB, number % 256, np.uint8)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def held(folder: Folder, *numbers: int) -> list[int]:
    return [number for number in numbers if folder.read(name(number)) is not None]


def same(first: tuple[Any, ...] | None, second: tuple[Any, ...]) -> bool:
    return first is not None and first[0] == second[0] and np.array_equal(first[1], second[1])


def test_what_was_written_is_read_by_another_program_s_folder(tmp_path: Path) -> None:
    assert Folder(tmp_path).write(name(1), result(1))
    assert same(Folder(tmp_path).read(name(1)), result(1))
    assert Folder(tmp_path).read(name(2)) is None


def test_what_has_no_safe_form_leaves_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not Folder(tmp_path).write(name(1), (object(),))
    assert files(tmp_path) == []
    assert caplog.records == []


def test_the_least_recently_used_are_removed_to_stay_within_the_budget(tmp_path: Path) -> None:
    folder = Folder(tmp_path, budget_bytes=55 * KB)
    for number in range(5):
        folder.write(name(number), result(number))
        # Their times are told apart, however fast it went.
        os.utime(files(tmp_path)[0].parent / f"{name(number).hex()}.result", (number, number))
    assert held(folder, 0) == [0]
    folder.write(name(5), result(5))
    assert held(folder, *range(6)) == [0, 3, 4, 5]
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 55 * KB


def test_what_is_larger_than_the_budget_is_not_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path, budget_bytes=5 * KB)
    assert not folder.write(name(1), result(1))
    assert files(tmp_path) == []


def test_what_replaces_is_read_from_then_on(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(name(1), result(1))
    folder.write(name(1), result(2))
    assert same(folder.read(name(1)), result(1))
    folder.write(name(1), result(2), replace=True)
    assert same(folder.read(name(1)), result(2))


class Trap:
    def __reduce__(self) -> Any:
        return pytest.fail, ("code was run",)


def damage_in_the_middle(data: bytes) -> bytes:
    return data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[:70],
        lambda data: data[:-1],
        lambda data: data + b"more",
        damage_in_the_middle,
        lambda data: b"\x00" * len(data),
        lambda data: pickle.dumps(Trap()),
        lambda data: data[:64] + pickle.dumps(Trap()),
    ],
    ids=["empty", "start", "head", "end cut off", "longer", "a bit", "zeros", "a pickle", "a pickle with our head"],
)
def test_a_damaged_file_is_no_result_and_is_removed_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Any
) -> None:
    folder = Folder(tmp_path)
    for number in (1, 2):
        folder.write(name(number), result(number))
    for path in files(tmp_path):
        path.write_bytes(damage(path.read_bytes()))
    assert held(folder, 1, 2) == []
    assert files(tmp_path) == []
    (line,) = caplog.messages
    assert "the cached result is damaged" in line
    assert folder.write(name(1), result(1))
    assert same(folder.read(name(1)), result(1))


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    others = [
        tmp_path / "00" / "letter.result",
        tmp_path / "notes.txt",
        tmp_path / "00" / "deep" / f"{'0' * 40}.result",
    ]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("dear")
    folder = Folder(tmp_path, budget_bytes=15 * KB)
    for number in range(4):
        folder.write(name(number), result(number))
    folder.clear()
    assert set(files(tmp_path)) == set(others)


def test_a_folder_in_the_place_of_a_result_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "00" / f"{name(1).hex()}.result").mkdir(parents=True)
    folder = Folder(tmp_path)
    assert folder.read(name(1)) is folder.read(name(1)) is None
    (line,) = caplog.messages
    assert "cannot be read: Is a directory" in line


def test_a_folder_that_cannot_be_written_is_said_once_and_the_run_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = Folder(tmp_path / "file")
    assert not folder.write(name(1), result(1))
    assert not folder.write(name(2), result(2))
    assert folder.read(name(1)) is None
    assert caplog.messages[0].endswith("results cannot be cached here: Not a directory; the run goes on without")
    assert len([line for line in caplog.messages if "cannot be cached here" in line]) == 1


FULL_DISK = """
    import logging, resource, signal, sys
    from pathlib import Path
    from tests.engine.cache.test_disk import Folder, files, name, result
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    folder = Folder(Path(sys.argv[1]))
    assert folder.write(name(1), result(1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # A disk that has no more room.
    logging.basicConfig(stream=sys.stdout, format="%(message)s")
    assert not folder.write(name(2), result(2))
    assert not folder.write(name(3), result(3))
    assert folder.read(name(1)) is not None
    print(len(files(Path(sys.argv[1]))))
"""

WRITER = """
    import sys
    from pathlib import Path
    from tests.engine.cache.test_disk import Folder, KB, name, result, same
    folder = Folder(Path(sys.argv[1]), budget_bytes=200 * KB)
    for turn in range(int(sys.argv[2])):
        number = turn % 40
        folder.write(name(number), result(number))
        found = folder.read(name((number * 7) % 40))
        assert found is None or same(found, result((number * 7) % 40))
    print("done")
"""

ENDLESS = """
    import sys
    import numpy as np
    from pathlib import Path
    from tests.engine.cache.test_disk import Folder, name
    folder, large = Folder(Path(sys.argv[1])), np.zeros(2**24, np.uint8)
    print("begun", flush=True)
    number = 0
    while True:
        number += 1
        folder.write(name(number % 10), (number, large), replace=True)
"""


def program(text: str, *arguments: Any) -> subprocess.Popen[str]:
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_full_disk_is_said_once_and_leaves_no_half_a_file(tmp_path: Path) -> None:
    said, _ = program(FULL_DISK, tmp_path).communicate()
    line, count = said.splitlines()
    assert line == f"{tmp_path}: results cannot be cached here: File too large; the run goes on without"
    assert count == "1"


def test_several_programs_share_a_folder(tmp_path: Path) -> None:
    programs = [program(WRITER, tmp_path, 150) for _ in range(2)]
    assert [each.communicate()[0] for each in programs] == ["done\n", "done\n"]
    assert all(path.suffix == ".result" for path in files(tmp_path))
    # Each counts what it wrote itself, and looks again when that is too much.
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 2 * 200 * KB


def test_a_program_killed_while_it_writes_leaves_whole_results_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def unfinished() -> list[Path]:
        return [path for path in files(tmp_path) if path.suffix != ".result"]

    writer = program(ENDLESS, tmp_path)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begun\n"
        until(lambda: bool(list(tmp_path.rglob("*.result")) and unfinished()))
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    folder = Folder(tmp_path, budget_bytes=2**40)
    for path in tmp_path.rglob("*.result"):
        found = folder.read(bytes.fromhex(path.stem))
        assert found is not None
        assert found[1].nbytes == 2**24
    assert caplog.records == []
    left = tmp_path / "00" / f"{name(1).hex()}.writing-{'0' * 16}"
    left.write_bytes(b"half")
    folder.write(name(100), result(100))
    assert left.exists(), "somebody may still be writing it"
    for path in unfinished():
        os.utime(path, (0, time.time() - 2 * disk._ABANDONED_S))
    Folder(tmp_path, budget_bytes=2**40).write(name(101), result(101))
    assert unfinished() == []


def test_ctrl_c_while_a_result_is_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(path: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        Folder(tmp_path).write(name(1), result(1))
    assert files(tmp_path) == []


def test_a_folder_that_may_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Folder(tmp_path).write(name(1), result(1))

    def utime(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", utime)  # Root may write everywhere.
    assert same(Folder(tmp_path).read(name(1)), result(1))


def test_a_file_that_another_program_has_just_removed_is_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path, budget_bytes=25 * KB)
    folder.write(name(1), result(1))
    true_lstat = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        path.unlink()  # At the worst moment.
        return true_lstat(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    folder.clear()
    assert files(tmp_path) == []
    assert caplog.records == []


def test_a_file_that_cannot_be_removed_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path, budget_bytes=15 * KB)

    def unlink(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", unlink)  # For root there is no folder that cannot be written.
    with caplog.at_level(logging.WARNING):
        for number in range(4):
            folder.write(name(number), result(number))
    (line,) = caplog.messages
    assert line.endswith("the file cannot be removed: Permission denied; remove it by hand")
