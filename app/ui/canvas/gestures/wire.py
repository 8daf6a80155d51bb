"""Drawing a wire: what fits lights up, the rest steps back, and a port that refuses says why."""

from __future__ import annotations

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QPainter, QPen

from ....graph.wire import PortRef, Wire
from ....ports.fit import Fit
from ..layers import paint_loose_wire
from ..paint import Fade
from .gesture import Gesture


class DrawWire(Gesture):
    """A wire from a port to wherever it is dropped: on a port that fits, or on the canvas, which offers what fits."""

    def __init__(self, canvas: object, port: PortRef, *, is_output: bool, taken: Wire | None = None) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._port, self._is_output, self._taken = port, is_output, taken
        scene = self.canvas.scene_
        node = scene.nodes[port.node]
        self._anchor = QPointF(*(node.port(port, is_output=is_output) or (node.x, node.y)))
        self._now = self._anchor
        self._target: PortRef | None = None
        self._fits: dict[PortRef, Fit] = self.canvas.editor.fits_for(port, is_output)
        look = node.look.outputs if is_output else (*node.look.inputs, *(e.port for e in node.look.editors))
        key = _key(port)
        self._colour = self.canvas.painter_.port_colour(next(p for p in look if p.key == key))
        self.canvas.wires_.hidden, self.canvas.wires_.is_faded = taken, True
        self._fade(None)

    def _fade(self, refused: PortRef | None) -> None:
        lit: dict[str, dict[str, str]] = {}
        for ref, fit in self._fits.items():
            if fit.is_allowed:
                name = fit.converters[-1].name.partition(".")[2] if fit.converters else ""
                lit.setdefault(ref.node, {})[_key(ref)] = name
        lit.setdefault(self._port.node, {})[_key(self._port)] = ""
        fades, others = {}, self.canvas.theme.number("colorNotes", "fadeNotFitting")
        for node_id in self.canvas.scene_.nodes:
            bad = frozenset({_key(refused)}) if refused is not None and refused.node == node_id else frozenset()
            fades[node_id] = Fade(1.0 if node_id in lit or bad else 0.34, others, lit.get(node_id, {}), bad)
        self.canvas.nodes_.fades = fades

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        within = self.canvas.theme.number("port", "snapDistance") / max(0.5, self.canvas.scale_)
        hit = self.canvas.scene_.port_near(at.x(), at.y(), within)
        target = hit.port if hit is not None and hit.is_output != self._is_output and hit.port != self._port else None
        self._now = at
        if target is not None:
            node = self.canvas.scene_.nodes[target.node]
            place = node.port(target, is_output=not self._is_output)
            if place is not None:
                self._now = QPointF(*place)
        if target != self._target:
            self._target = target
            fit = self._fit(target)
            self._fade(target if fit is not None and not fit.is_allowed else None)
            if fit is None or fit.is_allowed:
                self.canvas.callout.hide()
            else:
                self.canvas.callout.explain(str(target), fit.reason, at, self.canvas)
        self.canvas.viewport().update()

    def _fit(self, target: PortRef | None) -> Fit | None:
        if target is None:
            return None
        if target not in self._fits:
            source, end = (self._port, target) if self._is_output else (target, self._port)
            self._fits[target] = self.canvas.editor.fit(source, end)
        return self._fits[target]

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._clear()
        target, fit = self._target, self._fit(self._target)
        editor = self.canvas.editor
        if target is not None and fit is not None:
            if fit.is_allowed:
                self._join(target)
                if modifiers & Qt.KeyboardModifier.ControlModifier:
                    self.canvas.go_on_from(target.node, is_output=self._is_output)
        elif self._taken is not None:
            editor.unwire([self._taken])
        elif (at - self._anchor).manhattanLength() * self.canvas.scale_ > 24:
            self.canvas.asking.fitting_node(at, self._port, is_output=self._is_output)

    def _join(self, target: PortRef) -> None:
        """Draw the wire; of several selected nodes, to the port of this name of each that it fits."""
        editor, taken = self.canvas.editor, self._taken
        if taken is not None:
            editor.rewire(taken, *self._ends(target))
            return
        targets = [target]
        if self._is_output and target.node in editor.selection:
            targets += [PortRef(node, target.port) for node in editor.selection if node != target.node]
        pairs = [self._ends(one) for one in targets]
        editor.wire_all([pair for pair in pairs if pair == pairs[0] or editor.fit(*pair).is_allowed])

    def _ends(self, target: PortRef) -> tuple[PortRef, PortRef]:
        return (self._port, target) if self._is_output else (target, self._port)

    def cancel(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.canvas.callout.hide()
        self.canvas.nodes_.fades = None
        self.canvas.wires_.hidden, self.canvas.wires_.is_faded = None, False
        self.canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        begin, end = (self._anchor, self._now) if self._is_output else (self._now, self._anchor)
        paint_loose_wire(painter, (begin.x(), begin.y()), (end.x(), end.y()), self._colour)
        self._paint_converters(painter)

    def _paint_converters(self, painter: QPainter) -> None:
        """The name of the converter beside each port that fits by one."""
        theme, scene = self.canvas.theme, self.canvas.scene_
        painter.setFont(theme.font("mono"))
        for ref, fit in self._fits.items():
            node = scene.nodes.get(ref.node)
            if not fit.is_allowed or not fit.converters or node is None:
                continue
            at = node.port(ref, is_output=not self._is_output)
            if at is None:
                continue
            text = "⇆ " + fit.converters[-1].name.partition(".")[2]
            width = self.canvas.painter_.text_width("mono", text) + 18
            left = at[0] - width - 14 if self._is_output else at[0] + 14
            box = QRectF(left, at[1] - 10, width, 20)
            painter.setPen(QPen(theme.colour("accent"), 1.0))
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(box, 10, 10)
            painter.setPen(theme.colour("text1"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def _key(ref: PortRef) -> str:
    return ref.port if ref.index is None else f"{ref.port}[{ref.index}]"
