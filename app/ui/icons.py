"""Icons: Phosphor, as qtawesome ships it, drawn in any colour and kept once drawn.

Of qtawesome's fonts this one alone is loaded: all of them would cost a fifth of a second at every start.
"""

from __future__ import annotations

from functools import cache, lru_cache

from qtawesome.iconic_font import IconicFont
from qtpy import QtCore, QtGui

PREFIX = "ph."
UNKNOWN = "ph.cube"
"""Stands for a name that the font lacks: vessels choose names, and may err."""

_FONT = "ph", "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"


def icon(name: str, colour: QtGui.QColor, disabled: QtGui.QColor | None = None) -> QtGui.QIcon:
    """An icon in one colour.

    Args:
        name: Such as `ph.play-fill`; the prefix may be left out.
        colour: Of what can be used.
        disabled: Of what cannot be used now; `colour` at 40 % if not given.
    """
    if disabled is None:
        disabled = QtGui.QColor(colour)
        disabled.setAlphaF(0.4 * colour.alphaF())
    return _icon(known(name), colour.rgba(), disabled.rgba())


def pixmap(name: str, size: int, colour: QtGui.QColor, ratio: float = 1.0) -> QtGui.QPixmap:
    """An icon as a picture of `size` logical pixels, for screens of this ratio. Shared: do not paint on it."""
    return _pixmap(known(name), size, colour.rgba(), ratio)


def known(name: str) -> str:
    """The full name of an icon that the font has: this one, or the one that stands for all others."""
    full = PREFIX + name.removeprefix(PREFIX)
    return full if full.removeprefix(PREFIX) in _phosphor().charmap["ph"] else UNKNOWN


@cache
def _phosphor() -> IconicFont:
    return IconicFont(_FONT)


@lru_cache(maxsize=1024)
def _icon(name: str, colour: int, disabled: int) -> QtGui.QIcon:
    shades = {"color": QtGui.QColor.fromRgba(colour), "color_disabled": QtGui.QColor.fromRgba(disabled)}
    return _phosphor().icon(name, **shades)


@lru_cache(maxsize=2048)
def _pixmap(name: str, size: int, colour: int, ratio: float) -> QtGui.QPixmap:
    pixels = max(round(size * ratio), 1)
    picture = QtGui.QPixmap(pixels, pixels)
    picture.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(picture)
    _icon(name, colour, colour).paint(painter, 0, 0, pixels, pixels)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
