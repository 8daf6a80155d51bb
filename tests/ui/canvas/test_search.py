"""The box that finds a node: what matches, and in which order."""

import pytest
from qtpy.QtCore import QPoint, Qt

from animaweave.ui.canvas.search import Entry, SearchBox, rank
from animaweave.ui.theme import Theme

NAMES = {
    "Threshold": "image.threshold",
    "Threshold (Otsu)": "image.threshold_otsu",
    "Gaussian blur": "image.gaussian",
    "Remove small": "image.remove_small",
    "Add": "math.add",
}


def entry(text: str, chosen: list[str] | None = None) -> Entry:
    chosen = [] if chosen is None else chosen
    return Entry(text, NAMES[text], "drop", "image", lambda: chosen.append(text))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("thr", "Threshold"),
        ("otsu", "Threshold (Otsu)"),
        ("blur", "Gaussian blur"),
        ("small rem", "Remove small"),
        ("gsb", "Gaussian blur"),
        ("math", "Add"),
    ],
)
def test_what_is_typed_finds_the_node_that_is_meant(words, first):
    ranked = sorted((rank(words, entry(name)) or (99, 0, name), name) for name in NAMES)
    assert ranked[0][1] == first


def test_what_matches_nothing_is_left_out():
    assert all(rank("xyz", entry(name)) is None for name in NAMES)


@pytest.fixture
def box(qtbot, qapp):
    theme = Theme("dark")
    made = SearchBox(theme)
    qtbot.addWidget(made)
    return made


def test_letters_arrows_and_enter_choose(qtbot, box):
    chosen: list[str] = []
    box.open([entry(name, chosen) for name in NAMES], QPoint(10, 10))
    qtbot.keyClicks(box.field, "thr")
    assert box.list.count() == 2
    qtbot.keyClick(box.field, Qt.Key.Key_Down)
    qtbot.keyClick(box.field, Qt.Key.Key_Return)
    assert chosen == ["Threshold (Otsu)"]
    assert not box.isVisible()


def test_escape_closes_and_chooses_nothing(qtbot, box):
    chosen: list[str] = []
    box.open([entry(name, chosen) for name in NAMES], QPoint(10, 10))
    with qtbot.waitSignal(box.closed):
        qtbot.keyClick(box.field, Qt.Key.Key_Escape)
    assert not chosen


def test_it_says_so_when_nothing_is_found(qtbot, box):
    box.open([entry(name) for name in NAMES], QPoint(10, 10))
    qtbot.keyClicks(box.field, "xyz")
    assert not box.list.isVisible()
    assert box.list.count() == 0
