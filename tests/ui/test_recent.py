"""The list of recent files survives whatever lies in its place."""

import json
import logging
from pathlib import Path

import platformdirs
import pytest

from animaweave.ui.recent import MOST, RecentFiles


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "recent.json"


def graphs(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.weave.json" for number in range(count)]
    for path in paths:
        path.write_text("{}")
    return paths


def test_the_newest_comes_first_and_none_twice_also_after_a_restart(file: Path, tmp_path: Path) -> None:
    a, b, c = graphs(tmp_path, 3)
    recent = RecentFiles(file)
    told: list[tuple[Path, ...]] = []
    recent.changed.connect(lambda: told.append(recent.paths))
    for path in (a, b, c, a):
        recent.add(path)
    assert recent.paths == RecentFiles(file).paths == (a, c, b)
    assert told == [(a,), (b, a), (c, b, a), (a, c, b)]
    assert [entry.name for entry in file.parent.iterdir()] == ["recent.json"]
    recent.clear()
    assert recent.paths == RecentFiles(file).paths == ()


def test_files_that_have_gone_are_not_shown_but_come_back_with_them(file: Path, tmp_path: Path) -> None:
    a, b = graphs(tmp_path, 2)
    recent = RecentFiles(file)
    recent.add(a)
    recent.add(b)
    a.unlink()
    assert list(recent.paths) == [b]
    a.write_text("{}")
    assert list(recent.paths) == [b, a]


def test_windows_share_the_list(file: Path, tmp_path: Path) -> None:
    a, b = graphs(tmp_path, 2)
    one, other = RecentFiles(file), RecentFiles(file)
    one.add(a)
    other.add(b)
    assert list(other.paths) == [b, a]


def test_only_so_many_are_kept(file: Path, tmp_path: Path) -> None:
    recent = RecentFiles(file)
    paths = graphs(tmp_path, MOST + 5)
    for path in paths:
        recent.add(path)
    assert recent.paths == tuple(reversed(paths[5:]))
    assert len(json.loads(file.read_text("utf-8"))) == MOST


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1}', b"[1, 2]", b"\xff\xfe\x00", b"[" * 100_000, b"null"])
def test_a_list_that_cannot_be_read_begins_anew_and_says_so(
    file: Path, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        recent = RecentFiles(file)
    assert recent.paths == ()
    assert caplog.text.count("The list of recent files begins anew") == 1
    (path,) = graphs(tmp_path, 1)
    recent.add(path)
    assert RecentFiles(file).paths == (path,)


def test_a_list_that_cannot_be_written_is_kept_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    recent = RecentFiles(tmp_path / "data" / "recent.json")
    (path,) = graphs(tmp_path, 1)
    recent.add(path)
    assert recent.paths == (path,)
    assert "cannot be kept" in caplog.text


def test_a_name_that_no_file_can_have_is_passed_over(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps(["a\0b", "x" * 10_000]))
    assert RecentFiles(file).paths == ()


def test_it_lies_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "user"))
    (path,) = graphs(tmp_path, 1)
    RecentFiles().add(path)
    assert (tmp_path / "user" / "recent.json").exists()
