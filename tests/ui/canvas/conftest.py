"""A canvas over a real editor, in a real window."""

import pytest
from qtpy.QtCore import QPoint, QPointF

from animaweave.graph.wire import PortRef
from animaweave.ui.canvas.view import CanvasView


class Hand:
    """Points at things of a canvas as a person does: in pixels of its viewport."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas

    def at(self, x: float, y: float) -> QPoint:
        """A point of the scene."""
        return self.canvas.mapFromScene(QPointF(x, y))

    def port(self, text: str, *, is_output: bool = False) -> QPoint:
        """The middle of a port."""
        self.canvas.scene_.sync()
        ref = PortRef.parse(text)
        place = self.canvas.scene_.nodes[ref.node].port(ref, is_output=is_output)
        assert place is not None, f"{text} is not shown"
        return self.at(*place)

    def header(self, node: str) -> QPoint:
        """The middle of a node's header."""
        self.canvas.scene_.sync()
        shown = self.canvas.scene_.nodes[node]
        return self.at(shown.x + shown.shape.width / 2, shown.y + 14)

    def value(self, node: str, port: str, share: float = 0.5) -> QPoint:
        """A point of an inline editor."""
        self.canvas.scene_.sync()
        shown = self.canvas.scene_.nodes[node]
        x, y, width, height = shown.shape.editors[port]
        return self.at(shown.x + x + share * width, shown.y + y + height / 2)


@pytest.fixture
def canvas(qtbot, editor, theme) -> CanvasView:
    view = CanvasView(editor, theme)
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    qtbot.waitExposed(view)
    view.reset_zoom()
    view.centerOn(400, 250)
    return view


@pytest.fixture
def hand(canvas) -> Hand:
    return Hand(canvas)
