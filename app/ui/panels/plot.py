"""A plot as the theme has it: a title row with its legend, horizontal gridlines, no lines of axes, words at few marks.

pyqtgraph draws the curves and nothing else. Every series goes from 0 to 1 of a scale, so two of them may have scales of
their own, left and right, and no range is worked out anew; the words beside the box are drawn when a scale changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph  # type: ignore[import-untyped]
from qtpy import QtCore, QtGui, QtWidgets

from ..figures import MINUS, SPACE
from ..theme import Theme
from .scale import Scale

Floats = npt.NDArray[np.float64]

TITLE, KEY, GAP = 24, 12, 12
"""Height of the title row; length of a legend's line; between two of them."""

LEFT, RIGHT, ABOVE, BELOW = 56, 12, 6, 18
"""Room for words beside the curves."""

LINE, FILL = 1.6, 0.14
SPANS_S = (2, 5, 10, 20, 30, 60)
"""How far back a plot may look: as far as there are samples."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve.

    Attributes:
        name: In the legend.
        colour: Token of its colour.
        is_filled: Whether what lies below it is tinted.
        is_right: Whether its scale is the right one.
    """

    name: str
    colour: str
    is_filled: bool = False
    is_right: bool = False


class Plot(QtWidgets.QWidget):
    """Curves over the last seconds.

    Args:
        theme: Colours and fonts.
        title: In the title row.
        note: At its right end.
        series: The curves.
        left: The scale of most of them.
        right: The scale of those that say so.
        empty: What is said while there is nothing to draw.
    """

    def __init__(
        self,
        theme: Theme,
        title: str,
        note: str,
        series: Sequence[Series],
        left: Scale,
        right: Scale | None = None,
        empty: str = "",
    ) -> None:
        super().__init__()
        self._theme, self._series, self._left, self._right, self._empty = theme, tuple(series), left, right, empty
        self._span = 0
        self.title_row = TitleRow(theme, title, note, series)
        self._box = pyqtgraph.GraphicsView()
        self._box.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._box.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        kept = self._box.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # So that plots beside this one do not move when it begins.
        self._box.setSizePolicy(kept)
        self._box.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._range = pyqtgraph.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self._range.disableAutoRange()
        self._range.setYRange(0, 1)
        self._box.setCentralItem(self._range)
        self._grid = pyqtgraph.PlotCurveItem(connect="pairs", antialias=False)
        self.curves = [pyqtgraph.PlotCurveItem(antialias=True, connect="finite") for _ in self._series]
        for item in (self._grid, *reversed(self.curves)):  # The first curve on top.
            self._range.addItem(item)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, BELOW)
        layout.setSpacing(ABOVE)
        layout.addWidget(self.title_row)
        beside = QtWidgets.QHBoxLayout()
        beside.setContentsMargins(LEFT, 0, RIGHT if right is None else LEFT, 0)
        beside.addWidget(self._box)
        layout.addLayout(beside, 1)
        theme.changed.connect(self._dress)
        self._dress()
        self.clear()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return self._span == 0

    def draw(self, times: Floats, values: Sequence[Floats], now_s: float) -> None:
        """Draw other curves.

        Args:
            times: Seconds of one clock, rising.
            values: Of each series at these times; NaN where it has none.
            now_s: The end of the plot, of the same clock.
        """
        ages = times - now_s
        begin = int(np.searchsorted(ages, -SPANS_S[-1]))
        ages, values = ages[begin:], [column[begin:] for column in values]
        if not len(ages):
            self.clear()
            return
        has_changed = self._fit_span(-float(ages[0]))
        for scale, is_right in ((self._left, False), (self._right, True)):
            if scale is not None:
                mine = [column for one, column in zip(self._series, values, strict=True) if one.is_right == is_right]
                has_changed |= _fit(scale, mine, now_s)
        if has_changed:
            self._draw_grid()
            self.update()
        for one, curve, column in zip(self._series, self.curves, values, strict=True):
            scale = self._right if one.is_right and self._right is not None else self._left
            curve.setData(ages, (column - scale.bottom) / scale.length)

    def clear(self) -> None:
        """Draw nothing and say why."""
        self._span = 0
        for scale in (self._left, self._right):
            if scale is not None:
                scale.forget()
        for curve in (self._grid, *self.curves):
            curve.setData([], [])
        self._box.hide()
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Write at the marks, or why there is nothing."""
        painter, theme = QtGui.QPainter(self), self._theme
        flags = QtCore.Qt.AlignmentFlag
        if self.is_empty:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.colour("text3"))
            place = self.rect().adjusted(0, TITLE, 0, 0)
            painter.drawText(place, flags.AlignCenter | QtCore.Qt.TextFlag.TextWordWrap, self._empty)
            return
        painter.setFont(theme.font("axis"))
        painter.setPen(theme.colour("text3"))
        box = self._box.geometry()
        high = painter.fontMetrics().height()
        below = QtCore.QRect(box.left(), box.bottom() + 3, box.width(), high)
        half = self._span / 2
        painter.drawText(below, flags.AlignLeft, f"{MINUS}{self._span}{SPACE}s")
        painter.drawText(below, flags.AlignHCenter, f"{MINUS}{half:g}")
        painter.drawText(below, flags.AlignRight, "now")
        self._write_scale(painter, self._left, QtCore.QRect(0, 0, box.left() - 8, high), flags.AlignRight)
        if self._right is not None:
            own = next((one.colour for one in self._series if one.is_right), "text3")
            painter.setPen(theme.colour(own))
            place = QtCore.QRect(box.right() + 8, 0, self.width() - box.right() - 8, high)
            self._write_scale(painter, self._right, place, flags.AlignLeft)

    def _write_scale(
        self, painter: QtGui.QPainter, scale: Scale, place: QtCore.QRect, side: QtCore.Qt.AlignmentFlag
    ) -> None:
        box = self._box.geometry()
        for mark, words in zip(scale.marks, scale.labels, strict=True):
            y = box.bottom() - (mark - scale.bottom) / scale.length * (box.height() - 1)
            place.moveTop(round(y) - place.height() // 2)
            painter.drawText(place, side | QtCore.Qt.AlignmentFlag.AlignVCenter, words)

    def _draw_grid(self) -> None:
        heights = [(mark - self._left.bottom) / self._left.length for mark in self._left.marks]
        # A line at the very edge would be half outside.
        inset = 0.5 / max(self._box.height(), 1)
        y = np.repeat(np.clip(heights, inset, 1 - inset), 2)
        self._grid.setData(np.tile([-self._span, 0.0], len(heights)), y)

    def _fit_span(self, wanted_s: float) -> bool:
        """Look back as far as there are samples. Tell whether that has changed."""
        span = next((span for span in SPANS_S if wanted_s <= span), SPANS_S[-1])
        if span == self._span:
            return False
        self._span = span
        self._range.setXRange(-span, 0)
        self._box.show()
        return True

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Keep the lines of the grid inside."""
        super().resizeEvent(event)
        if not self.is_empty:
            self._draw_grid()

    def _dress(self) -> None:
        theme = self._theme
        self._box.setBackground(theme.colour("panel"))
        self._grid.setPen(pyqtgraph.mkPen(theme.colour("gridline"), width=1))
        for one, curve in zip(self._series, self.curves, strict=True):
            curve.setPen(pyqtgraph.mkPen(theme.colour(one.colour), width=LINE))
            if one.is_filled:
                curve.setBrush(theme.faded(one.colour, FILL))
                curve.setFillLevel(0.0)
        self.update()


def _fit(scale: Scale, columns: Sequence[Floats], now_s: float) -> bool:
    numbers = [column[np.isfinite(column)] for column in columns]
    numbers = [column for column in numbers if len(column)]
    if not numbers:
        return scale.fit(0.0, 1.0, now_s)
    least = min(float(column.min()) for column in numbers)
    return scale.fit(least, max(float(column.max()) for column in numbers), now_s)


class TitleRow(QtWidgets.QWidget):
    """What is plotted, the legend, and a note at the right."""

    def __init__(self, theme: Theme, title: str, note: str, series: Sequence[Series]) -> None:
        super().__init__()
        self._theme, self._title, self._note, self._series = theme, title, note, tuple(series)
        self.setFixedHeight(TITLE)
        theme.changed.connect(self.update)

    @property
    def title(self) -> str:
        """What is plotted."""
        return self._title

    def set_title(self, title: str) -> None:
        """Plot something else."""
        if title != self._title:
            self._title = title
            self.setAccessibleName(f"{title}: {', '.join(one.name for one in self._series)}")
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the words and the lines of the legend."""
        painter, theme, left = QtGui.QPainter(self), self._theme, 0
        middle = QtCore.Qt.AlignmentFlag.AlignVCenter
        small = QtGui.QFontMetrics(theme.font("small"))
        legend = sum(GAP + KEY + 5 + small.horizontalAdvance(one.name) for one in self._series)
        painter.setFont(theme.font("uiStrong"))
        painter.setPen(theme.colour("text1"))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(self._title, QtCore.Qt.TextElideMode.ElideRight, max(self.width() - legend, 40))
        painter.drawText(self.rect(), middle, title)
        left = metrics.horizontalAdvance(title)
        painter.setFont(theme.font("small"))
        for one in self._series:
            left += GAP
            painter.fillRect(left, self.height() // 2 - 1, KEY, 2, theme.colour(one.colour))
            left += KEY + 5
            painter.setPen(theme.colour("text2"))
            painter.drawText(self.rect().adjusted(left, 0, 0, 0), middle, one.name)
            left += small.horizontalAdvance(one.name)
        if left + GAP + small.horizontalAdvance(self._note) <= self.width():
            painter.setPen(theme.colour("text3"))
            painter.drawText(self.rect(), middle | QtCore.Qt.AlignmentFlag.AlignRight, self._note)
