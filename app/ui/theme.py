"""The theme: every colour, font and length of the window, from `resources/theme/tokens.json` and nowhere else.

One `Theme` an application, passed to all that draw. It follows the system, or stays light or dark as told. Colours and
fonts that it hands out are shared: read them, never change them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal, cast

from qtpy import QtCore, QtGui, QtWidgets

from ..ports.hint import Hint, label_of
from . import colours
from .style import StyleSheet
from .type_tokens import content_of, token_of

Mode = Literal["dark", "light"]
Choice = Literal["dark", "light", "system"]

PORT_CONTRAST = 3.0
"""Of ports and icons to what they lie on."""

_STATES: dict[str, tuple[str, str]] = {
    # State of the engine or the editor: token, icon.
    "idle": ("s-waiting", ""),
    "waiting": ("s-waiting", "ph.hourglass-medium"),
    "ready": ("s-ready", "ph.circle-dashed"),
    "running": ("s-running", "ph.spinner-gap"),
    "completed": ("s-done", "ph.check"),
    "done": ("s-done", "ph.check"),
    "cached": ("s-cached", "ph.archive"),
    "frozen": ("s-frozen", "ph.snowflake"),
    "stale": ("s-stale", "ph.clock-counter-clockwise"),
    "skipped": ("s-skipped", "ph.skip-forward"),
    "cancelled": ("s-skipped", "ph.prohibit"),
    "failed": ("s-failed", "ph.x-circle"),
    "paused": ("s-paused", "ph.pause-fill"),
    "missing": ("s-missing", "ph.puzzle-piece"),
    "bypassed": ("s-bypassed", "ph.arrows-left-right"),
    "disabled": ("s-disabled", "ph.power"),
}
_UNKNOWN_STATE = "s-waiting", "ph.circle-dashed"

_FONTS: dict[str, tuple[str, str, str]] = {
    # Use: family, size, weight.
    "ui": ("ui", "ui", "regular"),
    "uiMedium": ("ui", "ui", "medium"),
    "uiStrong": ("ui", "ui", "semibold"),
    "body": ("ui", "body", "regular"),
    "small": ("ui", "small", "regular"),
    "title": ("ui", "title", "semibold"),
    "display": ("ui", "display", "semibold"),
    "bigNumber": ("ui", "bigNumber", "semibold"),
    "nodeTitle": ("ui", "nodeTitle", "semibold"),
    "nodeLabel": ("ui", "nodeLabel", "regular"),
    "axis": ("ui", "axis", "regular"),
    "keyMedium": ("ui", "badge", "medium"),
    "mono": ("mono", "small", "regular"),
    "monoMedium": ("mono", "small", "medium"),
    "badge": ("mono", "badge", "medium"),
}


class Theme(QtCore.QObject):
    """Colours, fonts and lengths, for the mode that is in force."""

    changed = QtCore.Signal()
    """Another mode is in force: colours are others. Icons are to be made anew."""

    def __init__(self, choice: Choice = "system", parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens()
        self._choice: Choice = choice
        self._mode: Mode = _effective(choice)
        self._colours: dict[Mode, dict[str, QtGui.QColor]] = {
            mode: {name: _colour(text) for name, text in self._tokens["color"][mode].items()} for mode in MODES
        }
        self._twins = {
            colour.rgba(): name for name, colour in self._colours["dark"].items() if name.startswith(("t-", "v-"))
        }
        self._fonts: dict[str, QtGui.QFont] = {}
        self._types: dict[Mode, dict[Hint, QtGui.QColor]] = {mode: {} for mode in MODES}
        hints = QtGui.QGuiApplication.styleHints()
        if hasattr(hints, "colorSchemeChanged"):
            hints.colorSchemeChanged.connect(self._on_system_changed)

    # ---------------------------------------------------------------- mode

    @property
    def mode(self) -> Mode:
        """What is in force."""
        return self._mode

    @property
    def choice(self) -> Choice:
        """What was asked for."""
        return self._choice

    def set_mode(self, choice: Choice) -> None:
        """Be dark, light, or what the system is."""
        self._choice = choice
        self._become(_effective(choice))

    def apply(self, application: QtWidgets.QApplication) -> None:
        """Give an application this theme: fonts now, palette and style sheet now and at every change."""
        load_fonts()
        application.setStyle("Fusion")
        application.setFont(self.font("ui"))
        sheet = StyleSheet(self)

        def dress() -> None:
            application.setPalette(self.palette())
            application.setStyleSheet(sheet.text())

        dress()
        # Before all others: they may ask the application for its palette.
        self.changed.connect(dress)

    def _become(self, mode: Mode) -> None:
        if mode != self._mode:
            self._mode = mode
            self.changed.emit()

    def _on_system_changed(self, *_: object) -> None:
        self._become(_effective(self._choice))

    # ---------------------------------------------------------------- colours

    def colour(self, name: str) -> QtGui.QColor:
        """The colour of a token, such as `accent`."""
        return self._colours[self._mode][name]

    def mix(self, one: str | QtGui.QColor, other: str | QtGui.QColor, share: float) -> QtGui.QColor:
        """A colour between two, tokens or colours, with this share (0 to 1) of the second."""
        return colours.mix(self._given(one), self._given(other), share)

    def faded(self, name: str | QtGui.QColor, opacity: float) -> QtGui.QColor:
        """A token's colour, or a colour, of which only so much (0 to 1) is seen."""
        colour = QtGui.QColor(self._given(name))
        colour.setAlphaF(colour.alphaF() * opacity)
        return colour

    def vessel_colour(self, name: str, declared: str = "") -> QtGui.QColor:
        """The colour of a vessel: the one it declares, ours for its name, or one of its name's own."""
        if declared:
            return self._declared(declared)
        token = self._colours[self._mode].get(f"v-{name}")
        return token if token is not None else self._legible(colours.named(name, self.colour("t-grey")))

    def header_colour(self, vessel_colour: QtGui.QColor) -> QtGui.QColor:
        """The header of a node of a vessel of this colour."""
        share = self.number("colorNotes", "headerTint" if self._mode == "dark" else "headerTintLight")
        return self.mix("node", vessel_colour, share)

    def type_colour(self, hint: Hint) -> QtGui.QColor:
        """The colour of ports and wires that carry this type: its label's, made legible, or its kind's."""
        known = self._types[self._mode]
        try:
            colour = known.get(hint)
        except TypeError:  # `Annotated[int, []]` cannot be hashed.
            return self._type_colour(hint)
        if colour is None:
            colour = known[hint] = self._type_colour(hint)
        return colour

    def state_colour(self, state: str) -> QtGui.QColor:
        """The colour of a node's state."""
        return self.colour(_STATES.get(state, _UNKNOWN_STATE)[0])

    def state_icon(self, state: str) -> str:
        """The name of the icon of a node's state; empty for what has not run."""
        return _STATES.get(state, _UNKNOWN_STATE)[1]

    def _type_colour(self, hint: Hint) -> QtGui.QColor:
        if (label := label_of(hint)) is not None:
            return self._declared(label.colour) if label.colour else self.vessel_colour(label.vessel)
        inner = content_of(hint)
        return self.colour(token_of(hint)) if inner is hint else self._type_colour(inner)

    def _declared(self, text: str) -> QtGui.QColor:
        colour = QtGui.QColor(text)
        if not colour.isValid():
            return self.colour("t-any")
        twin = self._twins.get(colour.rgba())
        return self.colour(twin) if twin else self._legible(colour)

    def _legible(self, colour: QtGui.QColor) -> QtGui.QColor:
        return colours.legible(colour, self.colour("node"), PORT_CONTRAST)

    def _given(self, name: str | QtGui.QColor) -> QtGui.QColor:
        return self.colour(name) if isinstance(name, str) else name

    def palette(self) -> QtGui.QPalette:
        """The palette of the mode in force, for what the style sheet does not reach."""
        role, group = QtGui.QPalette.ColorRole, QtGui.QPalette.ColorGroup
        palette = QtGui.QPalette()
        for target, name in {
            role.Window: "panel",
            role.WindowText: "text1",
            role.Base: "field",
            role.AlternateBase: "panel",
            role.ToolTipBase: "raised",
            role.ToolTipText: "text1",
            role.PlaceholderText: "text3",
            role.Text: "text1",
            role.Button: "raised",
            role.ButtonText: "text1",
            role.BrightText: "text1",
            role.Link: "link",
            role.LinkVisited: "link",
            role.Highlight: "accentSoft",
            role.HighlightedText: "text1",
            role.Light: "border2",
            role.Midlight: "border2",
            role.Mid: "border",
            role.Dark: "border",
            role.Shadow: "canvas",
        }.items():
            palette.setColor(target, self.colour(name))
        if hasattr(role, "Accent"):
            palette.setColor(role.Accent, self.colour("accent"))
        for target in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(group.Disabled, target, self.faded("text3", 0.6))
        return palette

    # ---------------------------------------------------------------- fonts and lengths

    def font(self, use: str) -> QtGui.QFont:
        """The font of a use: `ui`, `uiStrong`, `title`, `small`, `nodeTitle`, `nodeLabel`, `badge`, `mono`."""
        font = self._fonts.get(use)
        if font is None:
            family, size, weight = _FONTS[use]
            font = self._fonts[use] = self._make_font(family, self.number("font", "size", size), weight)
        return font

    def number(self, *path: str) -> float:
        """A length, share or time, by its place in the tokens: `theme.number("node", "header")`."""
        found: Any = self._tokens
        for name in path:
            found = found[name]
        return cast(float, found)

    def numbers(self, *path: str) -> tuple[float, ...]:
        """Several of them, such as a dash pattern: `theme.numbers("wire", "dash", "control")`."""
        return tuple(cast(list[float], self.number(*path)))

    def _make_font(self, family: str, pixels: float, weight: str) -> QtGui.QFont:
        font = QtGui.QFont()
        font.setFamilies(self._tokens["font"][family])
        if pixels == int(pixels):
            font.setPixelSize(int(pixels))
        else:  # Pixel sizes are whole numbers, points are not.
            font.setPointSizeF(pixels * 72 / _dots_per_inch())
        font.setWeight(QtGui.QFont.Weight(int(self.number("font", "weight", weight))))
        font.setHintingPreference(QtGui.QFont.HintingPreference.PreferNoHinting)
        if hasattr(font, "setFeature"):
            # Figures of one width; in code no ligatures and a plain zero.
            for feature, value in {"ui": {"tnum": 1}, "mono": {"calt": 0, "zero": 0}}[family].items():
                font.setFeature(QtGui.QFont.Tag(feature), value)
        return font


MODES: tuple[Mode, Mode] = ("dark", "light")


@functools.cache
def tokens() -> Mapping[str, Any]:
    """The tokens as the file has them."""
    file = resources.files("animaweave.resources").joinpath("theme/tokens.json")
    return cast(Mapping[str, Any], json.loads(file.read_text("utf-8")))


@functools.cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt, once; gives their families."""
    families: dict[str, None] = {}
    for file in sorted(resources.files("animaweave.resources").joinpath("fonts").iterdir(), key=lambda file: file.name):
        if file.name.endswith((".otf", ".ttf")):
            number = QtGui.QFontDatabase.addApplicationFontFromData(QtCore.QByteArray(file.read_bytes()))
            families.update(dict.fromkeys(QtGui.QFontDatabase.applicationFontFamilies(number)))
    return tuple(families)


def _effective(choice: Choice) -> Mode:
    if choice != "system":
        return choice
    hints = QtGui.QGuiApplication.styleHints()
    is_light = hasattr(hints, "colorScheme") and hints.colorScheme() == QtCore.Qt.ColorScheme.Light
    return "light" if is_light else "dark"


def _dots_per_inch() -> float:
    return QtGui.QGuiApplication.primaryScreen().logicalDotsPerInch()


def _colour(text: str) -> QtGui.QColor:
    """A colour as the tokens write it: `#rrggbb` or `rgba(r,g,b,a)`."""
    if match := re.fullmatch(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)", text):
        colour = QtGui.QColor(*(int(part) for part in match.groups()[:3]))
        colour.setAlphaF(float(match[4]))
        return colour
    return QtGui.QColor(text)
