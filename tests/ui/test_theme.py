"""Colours, fonts and icons come from one file, can be read, and follow the mode."""

import pathlib
import re
from itertools import product
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot
from qtpy import QtGui, QtWidgets

from animaweave.authoring import ErrorInfo, Signal, Vessel
from animaweave.ports.hint import Unknown
from animaweave.registry.lookup import shipped
from animaweave.ui import icons
from animaweave.ui.colours import contrast, from_oklch, legible, mix, oklch
from animaweave.ui.theme import MODES, Mode, Theme, load_fonts, tokens

GROUNDS = "canvas", "chrome", "panel", "raised", "node", "field", "hover", "accentSoft"
COLOURS = st.builds(QtGui.QColor, *[st.integers(0, 255)] * 3)


def parts(colour: QtGui.QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    found: Mode = request.param
    return found


@pytest.fixture
def theme(qtbot: QtBot, mode: Mode) -> Theme:
    return Theme(mode)


def test_both_modes_have_the_same_tokens() -> None:
    dark, light = (tokens()["color"][mode] for mode in MODES)
    assert list(dark) == list(light)


def test_text_can_be_read_on_every_ground(theme: Theme) -> None:
    for text, ground in product(("text1", "text2", "text3"), GROUNDS):
        assert contrast(theme.colour(text), theme.colour(ground)) >= 4.5, (text, ground)
    for text, ground in (("accentText", "accent"), ("pausedText", "s-paused"), ("link", "panel")):
        assert contrast(theme.colour(text), theme.colour(ground)) >= 4.5, (text, ground)


def test_icons_and_ports_stand_out(theme: Theme) -> None:
    names = [name for name in tokens()["color"][theme.mode] if name.startswith(("t-", "v-", "s-"))]
    for name, ground in product(names, ("node", "panel")):
        assert contrast(theme.colour(name), theme.colour(ground)) >= 3, (name, ground)
    assert contrast(theme.colour("focus"), theme.colour("panel")) >= 3


def test_titles_can_be_read_on_the_header_of_every_vessel(theme: Theme) -> None:
    for vessel in shipped().vessels():
        header = theme.header_colour(theme.vessel_colour(vessel.name, vessel.colour))
        assert contrast(theme.colour("text1"), header) >= 4.5, vessel.name


def test_no_colour_is_written_down_anywhere_but_in_the_tokens(root: pathlib.Path) -> None:
    hexadecimal, named = r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?\b", r"""GlobalColor\.(?!transparent)|QColor\(["']"""
    literal = re.compile(rf"{hexadecimal}|{named}|rgba?\(\s*\d")
    for file in (root / "app" / "ui").rglob("*.py"):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            assert not literal.search(line), f"{file}:{number}: {line.strip()}"


@given(colour=COLOURS, dark=st.booleans())
def test_a_foreign_colour_is_made_legible_and_keeps_its_hue(colour: QtGui.QColor, dark: bool) -> None:
    ground = QtGui.QColor(tokens()["color"]["dark" if dark else "light"]["node"])
    seen = legible(colour, ground, 3)
    assert contrast(seen, ground) >= 3
    if contrast(colour, ground) >= 3:
        assert seen == colour
    (_, chroma, hue), (_, seen_chroma, seen_hue) = oklch(colour), oklch(seen)
    if min(chroma, seen_chroma) > 0.05:
        assert abs((hue - seen_hue + 3.1416) % 6.2832 - 3.1416) < 0.15


@given(colour=COLOURS)
def test_oklch_and_back_is_the_same_colour(colour: QtGui.QColor) -> None:
    back = from_oklch(*oklch(colour))
    assert max(abs(a - b) for a, b in zip(parts(colour), parts(back), strict=True)) <= 1 / 255


@given(one=COLOURS, other=COLOURS, share=st.floats(0, 1))
def test_mixing_stays_between_the_two(one: QtGui.QColor, other: QtGui.QColor, share: float) -> None:
    for a, b, mixed in zip(parts(one), parts(other), parts(mix(one, other, share)), strict=True):
        assert min(a, b) - 1e-4 <= mixed <= max(a, b) + 1e-4


@pytest.mark.parametrize(
    ("hint", "token"),
    [
        (shipped().label("image.Grey"), "t-grey"),
        (list[shipped().label("image.Mask")], "t-mask"),  # type: ignore[misc]
        (int, "t-int"),
        (bool, "t-bool"),
        (float | None, "t-float"),
        (list[float], "t-float"),
        (str, "t-text"),
        (Literal[4, 8], "t-int"),
        (Literal["a", 1], "t-any"),
        (pathlib.Path, "t-path"),
        (dict[str, int], "t-table"),
        (list[dict[str, int]], "t-table"),
        (Signal, "t-control"),
        (ErrorInfo, "t-error"),
        (Any, "t-any"),
        (int | str, "t-any"),
        (Unknown("astro.Star"), "t-any"),
        (Annotated[int, []], "t-int"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_type_has_the_colour_of_its_label_or_kind(theme: Theme, hint: Any, token: str) -> None:
    assert theme.type_colour(hint) == theme.colour(token)


def test_labels_of_strangers_are_legible_whatever_they_declare(theme: Theme) -> None:
    astro = Vessel("astro")
    for number, declared in enumerate(("#000000", "#ffffff", "navy", "nocolour", None)):
        label = astro.label(f"Star{number}", colour=declared)
        assert contrast(theme.type_colour(Annotated[int, label]), theme.colour("node")) >= 3


def test_a_vessel_without_a_colour_always_has_the_same(theme: Theme) -> None:
    assert theme.vessel_colour("astro") == Theme(theme.mode).vessel_colour("astro")
    assert theme.vessel_colour("math") == theme.colour("v-math")


def test_the_bundled_fonts_are_used(qtbot: QtBot, qapp: QtWidgets.QApplication) -> None:
    assert {"Inter", "JetBrains Mono"} <= set(load_fonts())
    theme = Theme("dark")
    for use, family, weight in (("ui", "Inter", 400), ("title", "Inter", 600), ("badge", "JetBrains Mono", 500)):
        found = QtGui.QFontInfo(theme.font(use))
        assert (found.family(), found.weight()) == (family, weight)


def test_figures_are_of_one_width(qtbot: QtBot) -> None:
    load_fonts()
    for use in ("ui", "small", "nodeLabel", "bigNumber", "mono"):
        metrics = QtGui.QFontMetricsF(Theme("dark").font(use))
        widths = [metrics.horizontalAdvance(figure * 10) for figure in "0123456789"]
        assert max(widths) - min(widths) < 0.5, use


def test_a_mode_is_changed_once_and_told(qtbot: QtBot) -> None:
    theme = Theme("dark")
    before = theme.colour("canvas")
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("light")
    assert (theme.mode, theme.choice) == ("light", "light")
    assert theme.colour("canvas") != before
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_mode("light")


def test_every_colour_of_the_style_sheet_is_known(theme: Theme, qapp: QtWidgets.QApplication) -> None:
    theme.apply(qapp)
    sheet = qapp.styleSheet()
    assert "@" not in re.sub(r"@2x", "", sheet)
    for picture in re.findall(r"url\(([^)]*)\)", sheet):
        assert pathlib.Path(picture).exists()
    qapp.setStyleSheet("")


def test_every_state_has_an_icon_of_the_font_and_a_colour(theme: Theme) -> None:
    for state in ("waiting", "running", "completed", "failed", "skipped", "cancelled", "missing", "disabled"):
        assert icons.known(theme.state_icon(state)) == theme.state_icon(state)
        assert theme.state_colour(state).isValid()


def test_shipped_nodes_have_icons_of_the_font(qapp: QtWidgets.QApplication) -> None:
    wanted = {f"ph.{node_type.icon}" for node_type in shipped().node_types() if node_type.icon}
    assert {name for name in wanted if icons.known(name) != name} == set()


def test_an_icon_is_drawn_in_its_colour_and_an_unknown_name_still_shows_one(theme: Theme) -> None:
    for name in ("ph.play-fill", "play-fill", "no such icon"):
        picture = icons.pixmap(name, 16, theme.colour("accent"), 2.0).toImage()
        assert (picture.width(), picture.devicePixelRatio()) == (32, 2.0)
        strongest = max((picture.pixelColor(x, y) for x in range(32) for y in range(32)), key=QtGui.QColor.alpha)
        assert strongest.name() == theme.colour("accent").name()
