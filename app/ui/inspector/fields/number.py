"""Numbers: a box with the unit, and a slider where there is a range.

Whole numbers may be as long as they like, and floats keep their digits: Qt's own boxes do neither.
"""

from __future__ import annotations

import math
from typing import Any

from qtpy import QtCore, QtGui, QtWidgets

from ....errors import ValueMismatch
from ....ports.hint import alternatives
from ....ports.port import MISSING, Port
from ....ports.value import read_text, verify
from ...theme import Theme
from .field import ValueField

TICKS = 1000
"""Places of a slider of floats."""

MOST_TICKS = 10_000
"""Whole numbers of a wider range have no slider: nobody could hit one."""

BOX_WIDTH = 72


class NumberBox(QtWidgets.QLineEdit):
    """A number with its unit; arrows and wheel step.

    Args:
        port: What the number is for.
        is_whole: Whether it is a whole number.

    Attributes:
        edited: The number, or None where nothing may stand, and whether more will follow at once.
        refused: Why what was typed is no number for the port.
    """

    edited = QtCore.Signal(object, bool)
    refused = QtCore.Signal(str)

    def __init__(self, port: Port, *, is_whole: bool) -> None:
        super().__init__()
        self._port, self._is_whole = port, is_whole
        self._may_be_none = type(None) in alternatives(port.hint)
        self._value: Any = MISSING
        self.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(port.name.replace("_", " "))
        self.editingFinished.connect(self._accept)

    def set_value(self, value: Any) -> None:
        """Show a number."""
        self._value = value
        self.setText(self._text(value))

    def step(self, steps: int) -> None:
        """Go so many steps on, no further than the range goes."""
        field = self._port.field
        value = self._value if isinstance(self._value, int | float) else 0
        step = field.step or (1 if self._is_whole else step_of(value))
        value = value + steps * (int(step) if self._is_whole else step)
        if not self._is_whole:
            value = float(f"{value:.12g}")  # Sums of tenths shall look like tenths.
        if field.min is not None:
            value = max(value, math.ceil(field.min) if self._is_whole else field.min)
        if field.max is not None:
            value = min(value, math.floor(field.max) if self._is_whole else field.max)
        self._tell(value if self._is_whole else float(value), goes_on=True)
        self.selectAll()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows step by one, the page keys by ten."""
        key = QtCore.Qt.Key
        steps = {key.Key_Up: 1, key.Key_Down: -1, key.Key_PageUp: 10, key.Key_PageDown: -10}
        if event.key() in steps:
            self.step(steps[key(event.key())])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Step only where the keyboard is, so that scrolling past changes nothing."""
        if self.hasFocus() and event.angleDelta().y():
            self.step(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        """Whoever comes by key types another number."""
        super().focusInEvent(event)
        if event.reason() in (QtCore.Qt.FocusReason.TabFocusReason, QtCore.Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def _accept(self) -> None:
        text = self.text().removesuffix(self._port.field.unit).strip()
        if text == self._text(self._value).removesuffix(self._port.field.unit).strip():
            self.refused.emit("")
            return
        try:
            value = None if not text and self._may_be_none else read_text(text, self._port)
        except ValueMismatch as mismatch:
            self.refused.emit(str(mismatch))
            return
        self._tell(value, goes_on=False)

    def _tell(self, value: Any, *, goes_on: bool) -> None:
        try:
            verify(value, self._port)
        except ValueMismatch as mismatch:
            self.refused.emit(str(mismatch))
            return
        self.set_value(value)
        self.refused.emit("")
        self.edited.emit(value, goes_on)

    def _text(self, value: Any) -> str:
        if value is MISSING or value is None:
            return ""
        if not isinstance(value, int | float):
            return str(value)
        return f"{number_text(value)} {self._port.field.unit}".rstrip()


class NumberField(ValueField):
    """A number's box, behind a slider if the port has a range."""

    def __init__(self, port: Port, theme: Theme, *, is_whole: bool) -> None:
        super().__init__()
        self._port, self._is_whole = port, is_whole
        self._low, self._high = _range_of(port, is_whole=is_whole)
        self.box = NumberBox(port, is_whole=is_whole)
        self.box.setFont(theme.font("mono"))
        self.box.edited.connect(self._on_box)
        self.box.refused.connect(self.refused)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.slider: QtWidgets.QSlider | None = None
        if self._low < self._high:
            self.slider = self._make_slider()
            layout.addWidget(self.slider, 1)
            self.box.setFixedWidth(BOX_WIDTH)
            layout.addWidget(self.box)
        else:
            layout.addWidget(self.box, 1)
        self.setFocusProxy(self.box)

    def set_value(self, value: Any) -> None:
        """Show a number."""
        self.box.set_value(value)
        self._place(value)

    def _make_slider(self) -> QtWidgets.QSlider:
        slider = _Slider(QtCore.Qt.Orientation.Horizontal)
        slider.setAccessibleName(self.box.accessibleName())
        self._ticks = int(self._high - self._low) if self._is_whole else TICKS
        slider.setRange(0, self._ticks)
        slider.setPageStep(max(self._ticks // 10, 1))
        slider.valueChanged.connect(self._on_slider)
        return slider

    def _on_slider(self, tick: int) -> None:
        value = self._value_at(tick)
        self.box.set_value(value)
        self.refused.emit("")
        self.edited.emit(value, True)

    def _value_at(self, tick: int) -> float:
        value = self._low + (self._high - self._low) * tick / self._ticks
        if self._is_whole:
            return round(value)
        if tick in (0, self._ticks):
            return float(self._high if tick else self._low)
        if step := self._port.field.step:
            value = self._low + round((value - self._low) / step) * step
        # No more digits than a hand can choose; rounded, it may have left the range.
        return min(max(float(f"{value:.4g}"), self._low), self._high)

    def _on_box(self, value: object, goes_on: bool) -> None:
        self._place(value)
        self.edited.emit(value, goes_on)

    def _place(self, value: Any) -> None:
        if self.slider is None:
            return
        with QtCore.QSignalBlocker(self.slider):
            share = 0.0
            if isinstance(value, int | float) and math.isfinite(value):
                share = (value - self._low) / (self._high - self._low)
            self.slider.setValue(round(min(max(share, 0.0), 1.0) * self._ticks))


def _range_of(port: Port, *, is_whole: bool) -> tuple[float, float]:
    """From where to where a slider goes; twice the same where there is none."""
    low, high = port.field.min, port.field.max
    if low is None or high is None or (is_whole and high - low > MOST_TICKS):
        return 0.0, 0.0
    return (math.ceil(low), math.floor(high)) if is_whole else (low, high)


class _Slider(QtWidgets.QSlider):
    """A slider that a scroll past does not move, and that a click sends where it fell."""

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Step only where the keyboard is."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Go to the place of the click, then be dragged from there."""
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QtWidgets.QStyle.PixelMetric.PM_SliderLength, None, self)
            place, room = round(event.position().x()) - handle // 2, self.width() - handle
            self.setValue(QtWidgets.QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, room))
        super().mousePressEvent(event)


def step_of(value: float) -> float:
    """A step that suits a float: a tenth of its magnitude, so that a step is always seen."""
    if value == 0 or not math.isfinite(value):
        return 0.1
    smallest = math.ulp(0.0)  # Below it a float is 0, and a step would do nothing.
    return max(10.0 ** (math.floor(math.log10(abs(value)) + 1e-9) - 1), smallest)


def number_text(value: float) -> str:
    """A number as it is typed, with all the digits that it has: `0.1`, `12`, `1e-07`."""
    return repr(value).removesuffix(".0")
