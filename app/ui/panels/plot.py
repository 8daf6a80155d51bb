"""A plot as the theme has it: a title row with its legend, horizontal gridlines, no lines of axes, words at few marks.

Every series is drawn in a box of its own scale from 0 to 1, so two of them may have axes of their own, left and right,
and pyqtgraph works out no range. Its own axes are kept for their words alone.
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
        self._theme, self._series, self._left, self._right = theme, tuple(series), left, right
        self._span = 0
        self.title_row = TitleRow(theme, title, note, series)
        self._view = pyqtgraph.PlotWidget()
        self._view.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._view.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._item = self._view.getPlotItem()
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._item.setMouseEnabled(False, False)
        self._item.setContentsMargins(0, 0, 0, 0)
        self._axes = {name: self._item.getAxis(name) for name in ("left", "bottom", "right")}
        for name, axis in self._axes.items():
            axis.setStyle(tickLength=0, tickTextOffset=6, hideOverlappingLabels=False)
            axis.setTicks([[]])
            self._item.showAxis(name, name != "right" or right is not None)
        self._axes["left"].setWidth(54)
        self._axes["right"].setWidth(54)
        self._axes["bottom"].setHeight(18)
        self._axes["left"].setGrid(255)
        box = self._item.getViewBox()
        box.disableAutoRange()
        box.setDefaultPadding(0)
        box.setYRange(0, 1, padding=0.02)
        self.curves = [pyqtgraph.PlotCurveItem(antialias=True, connect="finite") for _ in self._series]
        for curve in reversed(self.curves):  # The first one on top.
            self._item.addItem(curve)
        self._empty = QtWidgets.QLabel(empty, self._view)
        self._empty.setProperty("role", "quiet")
        self._empty.setFont(theme.font("small"))
        self._empty.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title_row)
        layout.addWidget(self._view, 1)
        theme.changed.connect(self._dress)
        self._dress()
        self.clear()

    def draw(self, times: Floats, values: Sequence[Floats], now_s: float) -> None:
        """Draw other curves.

        Args:
            times: Seconds of one clock, rising.
            values: Of each series at these times; NaN where it has none.
            now_s: The end of the plot, of the same clock.
        """
        if not len(times):
            self.clear()
            return
        self._empty.hide()
        ages = times - now_s
        self._fit_span(-float(ages[0]))
        shown = ages >= -self._span
        ages = ages[shown]
        shown_values = [column[shown] for column in values]
        for scale, axis, is_right in ((self._left, "left", False), (self._right, "right", True)):
            mine = [column for one, column in zip(self._series, shown_values, strict=True) if one.is_right == is_right]
            if scale is not None and mine:
                self._fit(scale, axis, mine, now_s)
        for one, curve, column in zip(self._series, self.curves, shown_values, strict=True):
            scale = self._right if one.is_right and self._right is not None else self._left
            curve.setData(ages, (column - scale.bottom) / scale.length)

    def clear(self) -> None:
        """Draw nothing and say why."""
        self._empty.show()
        self._span = 0
        for axis in self._axes.values():
            axis.setTicks([[]])
        for scale in (self._left, self._right):
            if scale is not None:
                scale.forget()
        for curve in self.curves:
            curve.clear()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Keep the words in the middle."""
        super().resizeEvent(event)
        self._empty.setGeometry(0, 0, self._view.width(), self._view.height())

    def _fit(self, scale: Scale, axis: str, columns: list[Floats], now_s: float) -> None:
        least = min((float(np.nanmin(column)) for column in columns if np.isfinite(column).any()), default=0.0)
        most = max((float(np.nanmax(column)) for column in columns if np.isfinite(column).any()), default=1.0)
        if scale.fit(least, most, now_s):
            places = ((mark - scale.bottom) / scale.length for mark in scale.marks)
            self._axes[axis].setTicks([list(zip(places, scale.labels, strict=True))])

    def _fit_span(self, wanted_s: float) -> None:
        span = next((span for span in SPANS_S if wanted_s <= span), SPANS_S[-1])
        if span != self._span:
            self._span = span
            half = span // 2 if span % 2 == 0 else span / 2
            words = [(-span, f"{MINUS}{span}{SPACE}s"), (-half, f"{MINUS}{half:g}"), (0, "now")]
            self._axes["bottom"].setTicks([words])
            self._item.getViewBox().setXRange(-span, 0, padding=0)

    def _dress(self) -> None:
        theme = self._theme
        self._view.setBackground(theme.colour("panel"))
        for axis in self._axes.values():
            axis.setPen(QtGui.QPen(QtCore.Qt.PenStyle.NoPen))
            axis.setTickFont(theme.font("axis"))
            axis.setTextPen(theme.colour("text3"))
        self._axes["left"].setTickPen(theme.colour("gridline"))
        for one, curve in zip(self._series, self.curves, strict=True):
            curve.setPen(pyqtgraph.mkPen(theme.colour(one.colour), width=LINE))
            if one.is_filled:
                curve.setBrush(theme.faded(one.colour, FILL))
                curve.setFillLevel(0.0)
            if one.is_right:
                self._axes["right"].setTextPen(theme.colour(one.colour))


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
