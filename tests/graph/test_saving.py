"""Saving is atomic: whatever happens on the way, the file holds the graph of before or the one of after, whole."""

import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from animaweave.errors import GraphFileError
from animaweave.graph.document import Graph


def graph_of(nodes: int) -> Graph:
    graph = Graph(f"{nodes} nodes")
    for number in range(nodes):
        graph.move(graph.add("math.add", id=f"add_{number}", a=number), number, number)
    return graph


def run_child(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python code that has `graph_of` and `Path`."""
    prelude = "import os, sys\nfrom pathlib import Path\nfrom tests.graph.test_saving import graph_of\n"
    command = [sys.executable, "-c", prelude + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])


# ---------------------------------------------------------------- full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a real disk of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a disk can be mounted by root alone; the test with a limited file size runs everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_file_that_was_there(small_disk: Path) -> None:
    path = small_disk / "graph.weave.json"
    graph_of(10).save(path)
    before = path.read_bytes()

    with pytest.raises(GraphFileError) as caught:
        graph_of(10_000).save(path)
    reason = "no space left on device; what was there before is untouched"
    assert str(caught.value) == f"{path}: $: expected to write the file, found: {reason}"
    assert path.read_bytes() == before
    assert list(small_disk.iterdir()) == [path]

    graph_of(20).save(path)
    assert len(Graph.load(path).nodes) == 20


def test_a_disk_without_room_for_a_single_byte_leaves_the_file_that_was_there(small_disk: Path) -> None:
    path = small_disk / "graph.weave.json"
    graph_of(10).save(path)
    with (small_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)
    with pytest.raises(GraphFileError, match="no space left on device"):
        graph_of(1).save(path)
    assert len(Graph.load(path).nodes) == 10
    assert sorted(left.name for left in small_disk.iterdir()) == ["filler", path.name]


def test_a_limit_of_the_files_size_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "graph.weave.json"
    graph_of(10).save(path)
    before = path.read_bytes()
    child = run_child(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try:\n"
        "    graph_of(10_000).save(Path(sys.argv[1]))\n"
        "except Exception as error:\n"
        "    print(f'{type(error).__name__}: {error}')\n",
        path,
    )
    reason = f"{os.strerror(errno.EFBIG).lower()}; what was there before is untouched"
    assert child.stdout == f"GraphFileError: {path}: $: expected to write the file, found: {reason}\n", child.stderr
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def read_only(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """A folder with a graph that cannot be written to, and the reason; root writes wherever the disk lets it."""
    folder, reason = tmp_path / "folder", "permission denied"
    if os.geteuid() == 0:
        folder, reason = request.getfixturevalue("small_disk"), "read-only file system"
    folder.mkdir(exist_ok=True)
    graph_of(10).save(folder / "graph.weave.json")
    if os.geteuid() == 0:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    else:
        folder.chmod(0o500)
    yield folder, reason
    if os.geteuid() != 0:
        folder.chmod(0o700)


def test_a_read_only_folder_is_told_and_left_alone(read_only: tuple[Path, str]) -> None:
    folder, reason = read_only
    path = folder / "graph.weave.json"
    with pytest.raises(GraphFileError) as caught:
        graph_of(20).save(path)
    message = f"expected to write the file, found: {reason}; what was there before is untouched"
    assert str(caught.value) == f"{path}: $: {message}"
    assert len(Graph.load(path).nodes) == 10


# ---------------------------------------------------------------- kill -9

KILLED_BEFORE = {"the new file is made": "open", "its permissions are set": "os.chmod", "it is renamed": "os.rename"}


@pytest.mark.parametrize("step", KILLED_BEFORE)
def test_a_kill_on_the_way_leaves_the_file_that_was_there(tmp_path: Path, step: str) -> None:
    path = tmp_path / "graph.weave.json"
    graph_of(10).save(path)
    before = path.read_bytes()
    child = run_child(
        "import signal\n"
        "graph = graph_of(2000)\n"
        "def kill(event, arguments):\n"
        "    if event == sys.argv[2] and '.saving' in str(arguments[0]):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(kill)\n"
        "graph.save(Path(sys.argv[1]))\n",
        path,
        KILLED_BEFORE[step],
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert path.read_bytes() == before
    graph_of(20).save(path)
    assert len(Graph.load(path).nodes) == 20


def test_a_kill_at_any_moment_leaves_one_of_the_two_graphs_whole(tmp_path: Path) -> None:
    path = tmp_path / "graph.weave.json"
    sizes = {3000: graph_of(3000).dumps(), 3001: graph_of(3001).dumps()}
    graph_of(3000).save(path)
    code = (
        "graphs = [graph_of(3000), graph_of(3001)]\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for graph in graphs:\n"
        "        graph.save(Path(sys.argv[1]))\n"
    )
    prelude = "import sys\nfrom pathlib import Path\nfrom tests.graph.test_saving import graph_of\n"
    command = [sys.executable, "-c", prelude + code, str(path)]
    caught_in_the_act = rounds = 0
    while caught_in_the_act < 2 and rounds < 10:
        rounds += 1
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            until = time.monotonic() + 10
            while not list(tmp_path.glob(".*.saving")) and time.monotonic() < until:
                pass
            child.kill()
        caught_in_the_act += bool(list(tmp_path.glob(".*.saving")))
        for left in tmp_path.glob(".*.saving"):
            left.unlink()
        assert path.read_text(encoding="utf-8") in sizes.values()
    assert caught_in_the_act


def test_the_next_save_sweeps_what_a_killed_one_left_but_not_what_another_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "graph.weave.json"
    old, fresh = tmp_path / ".graph.weave.json.old.saving", tmp_path / ".graph.weave.json.fresh.saving"
    others = tmp_path / ".other.weave.json.old.saving"
    for left in (old, fresh, others):
        left.touch()
    for left in (old, others):
        os.utime(left, (0, 0))
    graph_of(1).save(path)
    assert set(tmp_path.iterdir()) == {path, fresh, others}


@pytest.mark.parametrize("name", ["a[1]*.weave.json", "ü" * 115 + ".weave.json"])
def test_odd_and_long_names_are_saved_and_swept_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    graph_of(1).save(path)
    child = run_child(
        "import signal\n"
        "def kill(event, arguments):\n"
        "    if event == 'os.rename':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(kill)\n"
        "graph_of(2).save(Path(sys.argv[1]))\n",
        path,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    (left,) = set(tmp_path.iterdir()) - {path}
    os.utime(left, (0, 0))
    graph_of(3).save(path)
    assert list(tmp_path.iterdir()) == [path]
    assert len(Graph.load(path).nodes) == 3


def test_an_interrupt_while_saving_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.weave.json"
    graph_of(10).save(path)

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        graph_of(20).save(path)
    monkeypatch.undo()
    assert len(Graph.load(path).nodes) == 10
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_written_is_on_the_disk_before_it_is_renamed_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.weave.json"
    calls: list[tuple[bool, bool]] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        calls.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    graph_of(1).save(path)
    assert calls == [(False, False), (True, True)]
