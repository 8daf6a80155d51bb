"""What is kept survives, and a file that cannot be read or written ends nothing."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy import QtWidgets

from animaweave.ui.preferences import RECENT_TYPES, Preferences


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    kept = Preferences(tmp_path / "deep" / "window.json")
    kept.theme = "light"
    kept.favourites = ["image.grey"]
    again = Preferences(tmp_path / "deep" / "window.json")
    assert (again.theme, again.favourites) == ("light", ["image.grey"])
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["window.json"]


def test_the_types_used_last_are_few_and_newest_first(tmp_path: Path) -> None:
    kept = Preferences(tmp_path / "window.json")
    for number in (*range(8), 5):
        kept.add_recent_type(f"math.n{number}")
    assert kept.recent_types == ["math.n5", "math.n7", "math.n6", "math.n4", "math.n3"]
    assert len(kept.recent_types) == RECENT_TYPES


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", '{"theme": "pink", "favourites": [1], "geometry": "?", "docks": 3}', "[" * 100_000]
)
def test_a_file_that_makes_no_sense_is_as_if_there_were_none(qtbot: QtBot, tmp_path: Path, text: str) -> None:
    (tmp_path / "window.json").write_text(text)
    kept = Preferences(tmp_path / "window.json")
    assert (kept.theme, kept.favourites, kept.recent_types) == ("system", [], [])
    window = QtWidgets.QMainWindow()
    qtbot.addWidget(window)
    assert not kept.restore(window)
    kept.theme = "dark"
    assert Preferences(tmp_path / "window.json").theme == "dark"


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Preferences(tmp_path / "file" / "window.json")
    kept.theme = "dark"
    assert kept.theme == "dark"
