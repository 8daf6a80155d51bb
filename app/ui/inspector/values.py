"""What last went through the selected node: pictures side by side, everything else a line each.

Values come up to 30 times a second while a stream runs; they are shown four times a second, so that they can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy import QtCore, QtGui, QtWidgets

from ...graph.node import Node
from ...graph.wire import PortRef
from ...ports.hint import Hint
from ...ports.text import to_text
from ..editor import Editor
from ..figures import count
from ..preview import Preview
from ..theme import Theme
from .section import Section, clear

PERIOD_MS = 250
COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A port whose value is shown.

    Attributes:
        name: Of the port.
        side: `in` or `out`.
        hint: Its type.
        ref: The output that holds the value: an input's is at the other end of its wire.
    """

    name: str
    side: str
    hint: Hint
    ref: PortRef


class LastValues(Section):
    """Shows previews of one node's inputs and outputs."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__("Last values", theme)
        self.setObjectName("last_values")
        self._editor = editor
        self._node: Node | None = None
        self._kinds: list[tuple[Shown, str]] = []
        self._cards: list[tuple[Shown, Card | Line]] = []
        self._epoch = QtWidgets.QLabel()
        self._epoch.setObjectName("epoch")
        self._epoch.setProperty("role", "quiet")
        self._epoch.setFont(theme.font("small"))
        self.aside.addWidget(self._epoch)
        self._pause = QtCore.QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PERIOD_MS)
        self._pause.timeout.connect(self.refresh)
        editor.values_changed.connect(self._on_values)

    def show_node(self, node: Node) -> None:
        """Show another node's."""
        self._node = node
        self._kinds = []
        self.refresh()

    def refresh(self) -> None:
        """Show the values as they are now."""
        if self._node is None or self._editor.graph.nodes.get(self._node.id) is not self._node:
            return
        values = self._editor.values
        ports = [shown for shown in self._ports(self._node) if shown.ref in values]
        kinds: list[tuple[Shown, str]] = [(shown, values[shown.ref].kind) for shown in ports]
        if kinds != self._kinds or not kinds:
            self._kinds = kinds
            self._rebuild(kinds)
        for shown, card in self._cards:
            card.set_preview(values[shown.ref])
        last = self._editor.live.last
        self._epoch.setText(f"epoch {count(last.epochs)}" if last is not None and last.epochs > 1 and kinds else "")

    def _on_values(self, changed: object) -> None:
        if self._node is None or self._pause.isActive():
            return
        refs = changed if isinstance(changed, frozenset) else frozenset()
        if any(shown.ref in refs for shown in self._ports(self._node)) or not refs:
            self._pause.start()

    def _ports(self, node: Node) -> list[Shown]:
        signature = self._editor.signatures.get(node.id)
        if signature is None or self._editor.graph.nodes.get(node.id) is not node:
            return []
        wires = [wire for wire in self._editor.graph.wires_of(node) if wire.target.node == node.id and not wire.control]
        by_port = {port.name: port.hint for port in signature.inputs}
        sources = [
            Shown(str(wire.target).partition(".")[2], "in", by_port[wire.target.port], wire.source)
            for wire in wires
            if wire.target.port in by_port
        ]
        outputs = [
            Shown(port.name, "out", port.hint, node[port.name]) for port in signature.outputs if not port.control
        ]
        return [*sources, *outputs]

    def _rebuild(self, kinds: Sequence[tuple[Shown, str]]) -> None:
        clear(self.body)
        self._cards = []
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 0, 0, 8)
        grid.setSpacing(8)
        pictures = [shown for shown, kind in kinds if kind == "picture"]
        for place, shown in enumerate(pictures):
            card = Card(shown, self._theme)
            self._cards.append((shown, card))
            grid.addWidget(card, place // COLUMNS, place % COLUMNS, QtCore.Qt.AlignmentFlag.AlignTop)
        if pictures:
            for column in range(COLUMNS):
                grid.setColumnStretch(column, 1)
            self.body.addLayout(grid)
        for shown, kind in kinds:
            line = Line(shown, self._theme, has_picture=kind == "picture")
            self._cards.append((shown, line))
            self.body.addWidget(line)
        if not kinds:
            nothing = QtWidgets.QLabel("Values appear here once the node has run.")
            nothing.setProperty("role", "quiet")
            nothing.setWordWrap(True)
            self.body.addWidget(nothing)


class Card(QtWidgets.QWidget):
    """A picture with the port's name."""

    def __init__(self, shown: Shown, theme: Theme) -> None:
        super().__init__()
        self._shown, self._theme = shown, theme
        self._preview: Preview | None = None
        self._image: QtGui.QImage | None = None
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_preview(self, preview: Preview) -> None:
        """Show another value."""
        if preview is self._preview:
            return
        self._preview, pixels = preview, preview.pixels
        if pixels is not None:
            height, width, _ = pixels.shape
            image = QtGui.QImage(pixels.tobytes(), width, height, 3 * width, QtGui.QImage.Format.Format_RGB888)
            self._image = image.copy()  # The bytes above go with this line.
        name = f"{self._shown.name} {self._shown.side}"
        self.setToolTip(f"{name}: {preview.text}\n{preview.detail}".strip())
        self.setAccessibleName(f"{name}: {preview.text}")
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """The picture keeps its shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as the picture and its name are."""
        return self._picture_height(width) + 20

    def sizeHint(self) -> QtCore.QSize:
        """Half of the inspector."""
        return QtCore.QSize(120, self.heightForWidth(120))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw picture and name."""
        painter, theme = QtGui.QPainter(self), self._theme
        painter.setRenderHints(QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        height = self._picture_height(self.width())
        box = QtCore.QRectF(0.5, 0.5, self.width() - 1, height - 1)
        radius = theme.number("radius", "field")
        clip = QtGui.QPainterPath()
        clip.addRoundedRect(box, radius, radius)
        painter.setClipPath(clip)
        painter.fillRect(box, theme.colour("picture"))
        if self._image is not None:
            painter.drawImage(_inside(box, self._image.size()), self._image)
        painter.setClipping(False)
        painter.setPen(theme.colour("border"))
        painter.drawPath(clip)
        words = QtCore.QRect(0, height + 4, self.width(), 16)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("text1"))
        painter.drawText(words, QtCore.Qt.AlignmentFlag.AlignVCenter, self._shown.name)
        taken = painter.fontMetrics().horizontalAdvance(f"{self._shown.name} ")
        painter.setPen(theme.colour("text3"))
        painter.drawText(words.adjusted(taken, 0, 0, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, self._shown.side)

    def _picture_height(self, width: int) -> int:
        if self._image is None or not self._image.width():
            return width * 3 // 4
        return max(min(round(width * self._image.height() / self._image.width()), width), 24)


class Line(QtWidgets.QWidget):
    """A value in words: name, type, and what it is."""

    def __init__(self, shown: Shown, theme: Theme, *, has_picture: bool) -> None:
        super().__init__()
        self._shown, self._theme, self._has_picture = shown, theme, has_picture
        self._preview: Preview | None = None
        self.setFixedHeight(40)
        theme.changed.connect(self.update)

    def set_preview(self, preview: Preview) -> None:
        """Show another value."""
        if preview is self._preview:
            return
        self._preview = preview
        self.setToolTip("\n".join(part for part in (preview.text, preview.detail) if part))
        self.setAccessibleName(f"{self._shown.name} {self._shown.side}: {preview.text}, {self._type()}")
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw name and value, and below them type and detail."""
        if self._preview is None:
            return
        painter, theme, right = QtGui.QPainter(self), self._theme, self.width()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        above, below = QtCore.QRect(0, 2, right, 18), QtCore.QRect(0, 20, right, 16)
        left, align = QtCore.Qt.AlignmentFlag.AlignVCenter, QtCore.Qt.AlignmentFlag
        painter.setFont(theme.font("ui"))
        painter.setPen(theme.colour("text2"))
        name = f"{self._shown.name} {self._shown.side}"
        painter.drawText(above, left, name)
        taken = painter.fontMetrics().horizontalAdvance(name) + 12
        is_number = self._preview.kind == "number"
        painter.setFont(theme.font("mono" if is_number or self._preview.kind == "text" else "ui"))
        painter.setPen(theme.colour("text1"))
        room = above.adjusted(taken, 0, 0, 0)
        text = self._preview.text.partition("\n")[0]
        text = painter.fontMetrics().elidedText(text, QtCore.Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, align.AlignRight | align.AlignVCenter, text)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(theme.type_colour(self._shown.hint))
        painter.drawRoundedRect(QtCore.QRectF(0, 24, 8, 8), 2, 2)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("text3"))
        painter.drawText(below.adjusted(14, 0, 0, 0), left, self._type())
        taken = 14 + painter.fontMetrics().horizontalAdvance(self._type()) + 12
        room = below.adjusted(taken, 0, 0, 0)
        detail = painter.fontMetrics().elidedText(
            self._preview.detail, QtCore.Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, align.AlignRight | align.AlignVCenter, detail)

    def _type(self) -> str:
        return to_text(self._shown.hint)


def _inside(box: QtCore.QRectF, size: QtCore.QSize) -> QtCore.QRectF:
    """The largest place in a box for something of this shape."""
    fitted = QtCore.QSizeF(size).scaled(box.size(), QtCore.Qt.AspectRatioMode.KeepAspectRatio)
    place = QtCore.QRectF(QtCore.QPointF(0, 0), fitted)
    place.moveCenter(box.center())
    return place
