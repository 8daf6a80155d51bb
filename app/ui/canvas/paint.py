"""How nodes, ports and wires are drawn: strokes and colours of the theme, nothing of the document.

A node is drawn in its own coordinates, from its look and shape; whoever calls keeps the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPainterPath, QPen

from ..icons import pixmap
from ..preview import Preview
from ..theme import Theme
from .geometry import Box, Measures, NodeShape, Point, reach
from .look import EditorLook, NodeLook, PortLook

MARGIN = 22.0
"""Room around a node's body for its ports, ring and badge."""

FOOT = 20.0
"""Room below for the line that gives a reason."""


MOST_WIDTHS = 5_000
"""Texts whose widths are remembered."""


class Fade:
    """How strongly ports are drawn while a wire is being drawn: by key, None for the usual way."""

    __slots__ = ("lit", "node", "others", "refused")

    def __init__(self, node: float, others: float, lit: Mapping[str, str], refused: frozenset[str]) -> None:
        self.node, self.others, self.lit, self.refused = node, others, lit, refused


class NodePainter:
    """Draws nodes in the colours of a theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        number = theme.number
        self.measures = Measures(
            width=number("node", "width"),
            max_width=number("node", "maxWidth"),
            width_step=number("node", "widthStep"),
            header=number("node", "header"),
            row=number("node", "row"),
            pad_top=number("node", "padTop"),
            pad_bottom=number("node", "padBottom"),
            inset=number("node", "inset"),
            editor=number("node", "editor"),
            preview=number("node", "preview"),
        )
        self._opacities = {
            "skipped": number("colorNotes", "skippedNode"),
            "disabled": number("colorNotes", "disabledNode"),
        }
        self._metrics: dict[str, QFontMetricsF] = {}
        self._widths: dict[tuple[str, str], float] = {}
        self._blocks: dict[tuple[str, str], QColor] = {}

    def text_width(self, font: str, text: str) -> float:
        """Width of a text in a font of the theme."""
        width = self._widths.get((font, text))
        if width is None:
            metrics = self._metrics.get(font)
            if metrics is None:
                metrics = self._metrics[font] = QFontMetricsF(self.theme.font(font))
            if len(self._widths) >= MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[font, text] = float(metrics.horizontalAdvance(text))
        return width

    def elided(self, font: str, text: str, width: float, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> str:
        """A text cut to a width with an ellipsis."""
        if font not in self._metrics:
            self._metrics[font] = QFontMetricsF(self.theme.font(font))
        return str(self._metrics[font].elidedText(text, mode, width))

    def paint(
        self, painter: QPainter, look: NodeLook, shape: NodeShape, *, selected: bool, hovered: bool, fade: Fade | None
    ) -> None:
        """Draw a node with its upper left corner at the origin."""
        theme = self.theme
        opacity = fade.node if fade is not None else self._opacities.get(look.state, 1.0)
        painter.setOpacity(opacity)
        self._body(painter, look, shape, selected=selected, hovered=hovered)
        self._header(painter, look, shape)
        for port in look.inputs if not shape.is_collapsed else ():
            self._label(painter, port, shape.inputs[port.key], shape.width, is_output=False)
        for port in look.outputs if not shape.is_collapsed else ():
            self._label(painter, port, shape.outputs[port.key], shape.width, is_output=True)
        for editor in look.editors if not shape.is_collapsed else ():
            self._editor(painter, editor, shape.editors[editor.port.key])
        if look.preview is not None and shape.preview is not None:
            self._preview(painter, look, shape.preview)
        if look.badge:
            colour = theme.state_colour("failed") if look.state == "failed" else theme.colour("text2")
            self._text(painter, "badge", look.badge, QRectF(0, -18, shape.width - 2, 16), colour, right=True)
        if look.reason:
            self._reason(painter, look, shape)
        for port, at in self._ports(look, shape):
            self._port(painter, port, at, opacity, fade)
        painter.setOpacity(1.0)

    def paint_far(self, painter: QPainter, look: NodeLook, shape: NodeShape, *, selected: bool) -> None:
        """Draw a node with its title, state and port dots alone."""
        theme = self.theme
        self._body(painter, look, shape, selected=selected, hovered=False)
        path = _header_path(shape.width, self.measures.header, theme.number("radius", "node"))
        painter.fillPath(path, self._tint(look))
        room = shape.width - (40 if look.state != "idle" else 16)
        title = self.elided("title", look.title, room)
        self._text(painter, "title", title, QRectF(8, 0, room + 2, self.measures.header), theme.colour("text1"))
        if look.state != "idle":
            mark = QRectF(shape.width - 26, 4, 20, 20)
            _icon(painter, theme.state_icon(look.state), mark, theme.state_colour(look.state))
        if look.preview is not None and shape.preview is not None:
            self._preview(painter, look, shape.preview)
        for port, (x, y) in self._ports(look, shape):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.port_colour(port))
            painter.drawEllipse(QPointF(x, y), 5, 5)

    def state_of_block(self, look: NodeLook) -> QColor:
        """Colour of the block that stands for a node from far away."""
        key = (look.state, look.vessel + look.colour if look.state == "idle" else "")
        colour = self._blocks.get(key)
        if colour is None:
            theme = self.theme
            if look.state == "idle":
                colour = theme.mix(theme.colour("node"), self._vessel_colour(look), 0.45)
            else:
                colour = theme.mix(theme.colour("node"), theme.state_colour(look.state), 0.6)
            self._blocks[key] = colour
        return colour

    def port_colour(self, port: PortLook) -> QColor:
        """Colour of a port, by its type."""
        return self.theme.state_colour("missing") if port.ghost else self.theme.type_colour(port.hint)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _ports(self, look: NodeLook, shape: NodeShape) -> list[tuple[PortLook, Point]]:
        if shape.is_collapsed:  # One mark a side stands for all.
            ends = [(port, shape.inputs[port.key]) for port in look.inputs[:1]]
            return ends + [(port, shape.outputs[port.key]) for port in look.outputs[:1]]
        ports = [(port, shape.inputs[port.key]) for port in look.inputs]
        ports += [(port, shape.outputs[port.key]) for port in look.outputs]
        editors = [editor.port for editor in look.editors if not editor.is_setting]
        return ports + [(port, shape.inputs[port.key]) for port in editors]

    def _tint(self, look: NodeLook) -> QColor:
        theme = self.theme
        is_missing = look.state == "missing"
        return theme.header_colour(theme.state_colour("missing") if is_missing else self._vessel_colour(look))

    def _vessel_colour(self, look: NodeLook) -> QColor:
        return self.theme.vessel_colour(look.vessel, look.colour)

    def _body(self, painter: QPainter, look: NodeLook, shape: NodeShape, *, selected: bool, hovered: bool) -> None:
        theme = self.theme
        radius = theme.number("radius", "node")
        body = QRectF(0, 0, shape.width, shape.height)
        painter.setPen(Qt.PenStyle.NoPen)
        shadow = theme.colour("shadow")
        for step in range(4):
            colour = QColor(shadow)
            colour.setAlphaF(shadow.alphaF() * 0.22)
            painter.setBrush(colour)
            painter.drawRoundedRect(body.adjusted(-step, 2 - step, step, 2 + step), radius + step, radius + step)
        painter.setBrush(theme.colour("node"))
        border = {"failed": "s-failed", "missing": "s-missing", "stale": "s-stale"}.get(look.state)
        colour = theme.colour(border) if border else theme.colour("text3" if hovered else "border2")
        pen = QPen(colour, 1.0)
        if look.state in ("skipped", "missing"):
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(body.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("sel"), 2.0))
            painter.drawRoundedRect(body.adjusted(-1, -1, 1, 1), radius + 1, radius + 1)

    def _header(self, painter: QPainter, look: NodeLook, shape: NodeShape) -> None:
        theme, header = self.theme, self.measures.header
        inner = _header_path(shape.width - 2, header - 1, theme.number("radius", "node") - 1)
        painter.save()
        painter.translate(1, 1)
        painter.fillPath(inner, self._tint(look))
        painter.restore()
        painter.setPen(QPen(theme.colour("border"), 1.0))
        painter.drawLine(QPointF(1, header + 0.5), QPointF(shape.width - 1, header + 0.5))
        vessel = theme.state_colour("missing") if look.state == "missing" else self._vessel_colour(look)
        _icon(painter, look.icon, QRectF(9, 8, 13, 13), vessel)
        room = shape.width - 30 - (26 if look.state != "idle" else 8)
        title = self.elided("nodeTitle", look.title, room)
        self._text(painter, "nodeTitle", title, QRectF(28, 0, room + 2, header), theme.colour("text1"))
        if look.state != "idle":
            mark = QRectF(shape.width - 21, 8, 12, 12)
            _icon(painter, theme.state_icon(look.state), mark, theme.state_colour(look.state))
        if look.state == "running":
            painter.fillRect(QRectF(1, header - 1, shape.width - 2, 2), theme.colour("border2"))
            share = 0.3 if look.progress is None else look.progress
            painter.fillRect(QRectF(1, header - 1, (shape.width - 2) * share, 2), theme.state_colour("running"))

    def _label(self, painter: QPainter, port: PortLook, at: Point, width: float, *, is_output: bool) -> None:
        colour = self.theme.state_colour("missing") if port.ghost else self.theme.colour("text2")
        box = QRectF(12, at[1] - 12, width - 24, 24)
        self._text(painter, "nodeLabel", port.text, box, colour, right=is_output)

    def _editor(self, painter: QPainter, editor: EditorLook, box: Box) -> None:
        theme = self.theme
        rect, radius = QRectF(*box), theme.number("radius", "field")
        path = QPainterPath()
        path.addRoundedRect(rect, radius, radius)
        painter.fillPath(path, theme.colour("field"))
        if editor.share:
            painter.save()
            painter.setClipPath(path)
            painter.fillRect(
                QRectF(rect.x(), rect.y(), rect.width() * editor.share, rect.height()), theme.colour("accentSoft")
            )
            painter.restore()
        if theme.mode == "light":
            painter.setPen(QPen(theme.colour("border"), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        name = self.text_width("nodeLabel", editor.port.text)
        self._text(painter, "nodeLabel", editor.port.text, rect.adjusted(8, 0, -4, 0), theme.colour("text2"))
        right = rect.adjusted(name + 16, 0, -7, 0)
        if editor.choices:
            caret = QRectF(right.right() - 8, right.center().y() - 5, 10, 10)
            _icon(painter, "ph.caret-down", caret, theme.colour("text3"))
            right.adjust(0, 0, -13, 0)
        if editor.unit:
            self._text(painter, "mono", editor.unit, right, theme.colour("text3"), right=True)
            right.adjust(0, 0, -self.text_width("mono", editor.unit) - 4, 0)
        mode = Qt.TextElideMode.ElideMiddle
        value = self.elided("mono", editor.value, right.width(), mode)
        self._text(painter, "mono", value, right, theme.colour("text1"), right=True)

    def _preview(self, painter: QPainter, look: NodeLook, box: Box) -> None:
        theme, rect, preview = self.theme, QRectF(*box), look.preview
        if preview is None:
            return
        path = QPainterPath()
        path.addRoundedRect(rect, 4, 4)
        painter.fillPath(path, theme.colour("field"))
        if preview.kind == "picture":
            self._picture(painter, picture_of(preview), rect, path)
        elif preview.kind == "number":
            small = rect.height() < 44 or len(preview.text) > 8
            self._text(
                painter,
                "title" if small else "bigNumber",
                preview.text,
                rect.adjusted(10, 0, -10, 0),
                theme.colour("text1"),
            )
        else:
            painter.setFont(theme.font("mono"))
            painter.setPen(theme.colour("text2"))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(rect.adjusted(8, 3, -8, -3), int(flags), preview.text)

    def _picture(self, painter: QPainter, image: QImage, rect: QRectF, path: QPainterPath) -> None:
        scale = min(rect.width() / max(1, image.width()), rect.height() / max(1, image.height()))
        width, height = image.width() * scale, image.height() * scale
        target = QRectF(rect.center().x() - width / 2, rect.center().y() - height / 2, width, height)
        painter.save()
        painter.setClipPath(path)
        painter.drawImage(target, image)
        painter.restore()

    def _reason(self, painter: QPainter, look: NodeLook, shape: NodeShape) -> None:
        name = {"failed": "s-failed", "missing": "s-missing"}.get(look.state)
        colour = self.theme.colour(name) if name else self.theme.colour("text3")
        painter.fillRect(QRectF(4, shape.height + 6, 2, 12), colour)
        text = self.elided("small", look.reason, max(shape.width, 220.0) - 12)
        self._text(painter, "small", text, QRectF(12, shape.height + 4, max(shape.width, 220.0), 16), colour)

    def _port(self, painter: QPainter, port: PortLook, at: Point, opacity: float, fade: Fade | None) -> None:
        theme, centre = self.theme, QPointF(*at)
        lit = fade is not None and port.key in fade.lit
        refused = fade is not None and port.key in fade.refused
        painter.setOpacity(1.0 if lit or refused else opacity if fade is None else fade.others)
        colour = self.port_colour(port)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("node"))
        ring = theme.number("port", "gapRing")
        painter.drawEllipse(centre, ring / 2, ring / 2)
        if lit or refused:
            mark = theme.state_colour("failed") if refused else colour
            halo = QColor(mark)
            halo.setAlphaF(0.28)
            painter.setBrush(halo)
            painter.drawEllipse(centre, 11, 11)
            painter.setBrush(theme.colour("node"))
            painter.setPen(QPen(theme.state_colour("failed") if refused else theme.colour("text1"), 1.5))
            painter.drawEllipse(centre, 8.5, 8.5)
        self.port_mark(painter, port, centre, colour)
        painter.setOpacity(opacity)

    def port_mark(self, painter: QPainter, port: PortLook, centre: QPointF, colour: QColor) -> None:
        """Draw a port's mark: circle, square, two by two, arrow; hollow where optional and unwired."""
        x, y = centre.x(), centre.y()
        if port.hollow:
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(self.theme.colour("node"))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
        if port.kind == "data":
            r = 4.25 if port.hollow else 5.0
            painter.drawEllipse(centre, r, r)
        elif port.kind == "list":
            painter.drawRoundedRect(QRectF(x - 4.5, y - 4.5, 9, 9), 1, 1)
        elif port.kind == "control":
            painter.drawPolygon([QPointF(x - 4, y - 5), QPointF(x + 5, y), QPointF(x - 4, y + 5)])
        else:
            size = 4.0 if port.hollow else 5.0
            for dx in (-5.5, 0.5):
                for dy in (-5.5, 0.5):
                    painter.drawRoundedRect(QRectF(x + dx, y + dy, size, size), 1, 1)

    def _text(
        self, painter: QPainter, font: str, text: str, box: QRectF, colour: QColor, *, right: bool = False
    ) -> None:
        painter.setFont(self.theme.font(font))
        painter.setPen(colour)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), text)


def _icon(painter: QPainter, name: str, box: QRectF, colour: QColor) -> None:
    """Draw an icon, made for the scale at which it is drawn, since small pictures bear no stretching."""
    ratio = painter.worldTransform().m11() * painter.device().devicePixelRatioF()
    picture = pixmap(name, round(box.width()), colour, ratio)
    painter.drawPixmap(box, picture, QRectF(picture.rect()))


def picture_of(preview: Preview) -> QImage:
    """The thumbnail of a preview."""
    pixels = preview.pixels
    if pixels is None:
        return QImage()
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _header_path(width: float, height: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.moveTo(0, height)
    path.lineTo(0, radius)
    path.quadTo(0, 0, radius, 0)
    path.lineTo(width - radius, 0)
    path.quadTo(width, 0, width, radius)
    path.lineTo(width, height)
    path.closeSubpath()
    return path


def wire_path(begin: Point, end: Point, points: Sequence[Point] = ()) -> QPainterPath:
    """The curve of a wire, through points that it is led through."""
    path = QPainterPath(QPointF(*begin))
    last = begin
    for point in (*points, end):
        r = reach(point[0] - last[0])
        path.cubicTo(QPointF(last[0] + r, last[1]), QPointF(point[0] - r, point[1]), QPointF(*point))
        last = point
    return path


def wire_brush(begin: Point, end: Point, source: QColor, target: QColor) -> QBrush:
    """The colour of a wire; where its value is converted it changes from source to target."""
    if source == target:
        return QBrush(source)
    gradient = QLinearGradient(QPointF(*begin), QPointF(*end))
    gradient.setColorAt(0.35, source)
    gradient.setColorAt(0.65, target)
    return QBrush(gradient)
