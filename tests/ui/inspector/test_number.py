"""Numbers keep their digits and step sensibly."""

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot
from qtpy import QtCore

from animaweave.ports.field import Field
from animaweave.ports.port import Port
from animaweave.ui.inspector.fields.number import NumberBox, NumberField, number_text, step_of
from animaweave.ui.theme import Theme

KEY = QtCore.Qt.Key


@given(value=st.one_of(st.integers(), st.floats(allow_nan=False)))
def test_what_is_shown_reads_back_as_the_same_number(value: float) -> None:
    text = number_text(value)
    assert (int(text) if isinstance(value, int) else float(text)) == value


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@example(value=5e-324)
def test_a_step_is_a_tenth_of_the_magnitude(value: float) -> None:
    step = step_of(value)
    assert step > 0
    if value and abs(value) > 1e-300:
        assert abs(value) / 100.1 <= step <= abs(value) / 9.9


@pytest.mark.parametrize(
    ("hint", "field", "value", "steps", "wanted"),
    [
        (int, Field(), 5, 3, 8),
        (int, Field(min=0, max=6), 5, 3, 6),
        (int, Field(min=0.5), 1, -9, 1),
        (int, Field(step=4), 0, 2, 8),
        (float, Field(), 0.1, 2, 0.12),
        (float, Field(min=0), 0.0, -1, 0.0),
        (float, Field(step=0.25), 1.0, 3, 1.75),
        (int, Field(), 10**30, 1, 10**30 + 1),
    ],
)
def test_steps_stay_in_the_range(qtbot: QtBot, hint: Any, field: Field, value: Any, steps: int, wanted: Any) -> None:
    box = NumberBox(Port(name="x", hint=hint, field=field), is_whole=hint is int)
    qtbot.addWidget(box)
    box.set_value(value)
    told = []
    box.edited.connect(lambda *how: told.append(how))
    box.step(steps)
    assert told == [(wanted, True)]
    assert type(told[0][0]) is hint


@pytest.mark.parametrize(
    ("field", "has_slider"),
    [
        (Field(min=0, max=1), True),
        (Field(min=0), False),
        (Field(max=1), False),
        (Field(), False),
        (Field(min=2, max=2), False),
    ],
)
def test_a_slider_needs_a_range(qtbot: QtBot, theme: Theme, field: Field, *, has_slider: bool) -> None:
    made = NumberField(Port(name="x", hint=float, field=field), theme, is_whole=False)
    qtbot.addWidget(made)
    assert (made.slider is not None) is has_slider


def test_a_range_too_wide_to_hit_has_no_slider(qtbot: QtBot, theme: Theme) -> None:
    made = NumberField(Port(name="x", hint=int, field=Field(min=0, max=10**9)), theme, is_whole=True)
    qtbot.addWidget(made)
    assert made.slider is None


def test_a_slider_reaches_both_ends_exactly(qtbot: QtBot, theme: Theme) -> None:
    made = NumberField(Port(name="x", hint=float, field=Field(min=-1 / 3, max=math.pi)), theme, is_whole=False)
    qtbot.addWidget(made)
    assert made.slider is not None
    told = []
    made.edited.connect(lambda value, _: told.append(value))
    made.slider.setValue(made.slider.maximum())
    made.slider.setValue(0)
    assert told == [math.pi, -1 / 3]
    made.set_value(99.0)
    assert made.slider.value() == made.slider.maximum()


def test_the_unit_may_be_typed_or_left_out(qtbot: QtBot) -> None:
    box = NumberBox(Port(name="x", hint=float, field=Field(unit="px")), is_whole=False)
    qtbot.addWidget(box)
    box.set_value(1.0)
    told = []
    box.edited.connect(lambda value, _: told.append(value))
    for text in ("2 px", "3px", "4"):
        box.setText(text)
        qtbot.keyClick(box, KEY.Key_Return)
    assert told == [2.0, 3.0, 4.0]
    assert box.text() == "4 px"


def test_a_number_out_of_range_is_refused_in_words(qtbot: QtBot) -> None:
    box = NumberBox(Port(name="x", hint=float, field=Field(min=0, max=50, unit="px")), is_whole=False)
    qtbot.addWidget(box)
    box.set_value(1.0)
    told: list[str] = []
    box.refused.connect(told.append)
    box.setText("60")
    qtbot.keyClick(box, KEY.Key_Return)
    assert told == ["expected a number from 0 to 50 (px), found 60"]
