"""What the theme does with colours beyond looking them up: mixing, contrast, and lightness as eyes see it (OKLCH).

Contrast is WCAG 2's: (L1 + 0.05) / (L2 + 0.05) of relative luminances. OKLCH is Björn Ottosson's OKLab in polar form:
its lightness can change while hue stays what it was, which HSL's cannot.
"""

from __future__ import annotations

import math
import zlib

from qtpy import QtGui

HUES = 12
"""Hues that names without a colour are spread over."""

LIGHTNESS_STEP = 0.01

Triple = tuple[float, float, float]


def mix(one: QtGui.QColor, other: QtGui.QColor, share: float) -> QtGui.QColor:
    """The colour between two, with this share (0 to 1) of the second, as if it lay over the first."""
    parts = zip(_parts(one), _parts(other), strict=True)
    return QtGui.QColor.fromRgbF(*(a + (b - a) * share for a, b in parts))


def contrast(one: QtGui.QColor, other: QtGui.QColor) -> float:
    """How well one colour can be told from another: 1 for the same, 21 for black and white."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legible(colour: QtGui.QColor, ground: QtGui.QColor, ratio: float) -> QtGui.QColor:
    """The colour, lightened on a dark ground or darkened on a light one until its contrast suffices; hue stays."""
    lightness, chroma, hue = oklch(colour)
    step = LIGHTNESS_STEP if _luminance(ground) < 0.18 else -LIGHTNESS_STEP
    while contrast(colour, ground) < ratio and 0 <= lightness + step <= 1:
        lightness += step
        colour = from_oklch(lightness, chroma, hue)
    return colour


def named(name: str, like: QtGui.QColor) -> QtGui.QColor:
    """A colour for a name, the same each time: as light and strong as `like`, one of twelve hues."""
    lightness, chroma, _ = oklch(like)
    return from_oklch(lightness, chroma, math.tau * (zlib.crc32(name.encode()) % HUES) / HUES)


def oklch(colour: QtGui.QColor) -> Triple:
    """Lightness (0 to 1), chroma and hue (radians) of a colour."""
    r, g, b = (_to_linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    l = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)  # noqa: E741
    m = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    return lightness, math.hypot(a, b), math.atan2(b, a)


def from_oklch(lightness: float, chroma: float, hue: float) -> QtGui.QColor:
    """The colour of these three; chroma gives way where a screen cannot show so much."""
    parts = _linear(lightness, chroma, hue)
    while chroma > 0 and not all(-1e-4 <= part <= 1 + 1e-4 for part in parts):
        chroma = max(chroma - 0.004, 0.0)
        parts = _linear(lightness, chroma, hue)
    return QtGui.QColor.fromRgbF(*(_from_linear(min(max(part, 0.0), 1.0)) for part in parts))


def _parts(colour: QtGui.QColor) -> tuple[float, float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF(), colour.alphaF()


def _linear(lightness: float, chroma: float, hue: float) -> Triple:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3  # noqa: E741
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )


def _luminance(colour: QtGui.QColor) -> float:
    r, g, b = (_to_linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _to_linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _from_linear(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
