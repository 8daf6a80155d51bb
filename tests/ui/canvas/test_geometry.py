"""Where the parts of a node lie, and how wires run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.ui.canvas.geometry import Measures, distance_to_wire, point_on_wire, reach, shape
from animaweave.ui.canvas.look import EditorLook, NodeLook, PortLook
from animaweave.ui.preview import Preview

MEASURES = Measures(160, 360, 4, 28, 24, 6, 6, 8, 20, 114)


def text_width(_font: str, text: str) -> float:
    return 7.0 * len(text)


def port(key: str) -> PortLook:
    return PortLook(key, key, "data", int)


def look(title="Blur", inputs=("image",), outputs=("grey",), editors=(), preview=None) -> NodeLook:
    return NodeLook(
        title,
        "drop",
        "image",
        inputs=tuple(map(port, inputs)),
        outputs=tuple(map(port, outputs)),
        editors=tuple(EditorLook(port(key), "1.0") for key in editors),
        preview=preview,
    )


def test_an_input_and_the_output_of_its_row_lie_on_one_line_at_the_edges():
    made = shape(look(), MEASURES, text_width)
    assert made.inputs["image"] == pytest.approx((0, 28 + 6 + 12))
    assert made.outputs["grey"] == pytest.approx((made.width, 28 + 6 + 12))


def test_editors_follow_the_ports_and_the_preview_follows_them():
    made = shape(look(editors=("sigma",), preview=Preview(kind="picture", text="")), MEASURES, text_width)
    assert made.editors["sigma"][1] > made.inputs["image"][1]
    assert made.preview is not None
    assert made.preview[1] >= made.editors["sigma"][1] + 20
    assert made.preview[1] + made.preview[3] < made.height


def test_a_setting_has_no_port():
    plain = EditorLook(port("name"), "coins", is_setting=True)
    made = shape(NodeLook("Output", "sign-out", "graph", editors=(plain,)), MEASURES, text_width)
    assert "name" in made.editors
    assert "name" not in made.inputs


@given(st.text("abc ", max_size=80), st.integers(0, 5), st.integers(0, 5))
def test_a_node_is_as_wide_as_its_texts_need_in_steps_and_within_bounds(title, inputs, outputs):
    names_in, names_out = [f"in_{k}" for k in range(inputs)], [f"out_{k}" for k in range(outputs)]
    made = shape(look(title, names_in, names_out), MEASURES, text_width)
    assert made.width % 4 == 0
    assert 160 <= made.width <= 360
    assert made.width >= min(360, text_width("", title) + 60)


@pytest.mark.parametrize(("dx", "expected"), [(10, 24), (100, 50), (1000, 160), (0, 48), (-100, 83), (-1000, 200)])
def test_handles_reach_as_far_as_the_rule_says(dx, expected):
    assert reach(dx) == pytest.approx(expected)


points = st.tuples(st.floats(-500, 500), st.floats(-500, 500))


@given(points, points, st.floats(0, 1))
def test_a_point_of_the_wire_lies_on_the_wire(begin, end, t):
    assert distance_to_wire((begin, end), point_on_wire(begin, end, t))[0] < 12
    assert point_on_wire(begin, end, 0) == pytest.approx(begin)
    assert point_on_wire(begin, end, 1) == pytest.approx(end)
