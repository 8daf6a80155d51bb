"""Dragging along an inline editor's range, or clicking it to type."""

from __future__ import annotations

from qtpy.QtCore import QPointF, Qt

from .gesture import Gesture


class DragValue(Gesture):
    """A value follows the pointer through its range; a click without a drag opens the editor."""

    def __init__(self, canvas: object, at: QPointF, node: str, port: str) -> None:
        super().__init__(canvas)  # type: ignore[arg-type]
        self._begin, self._node, self._port = at, node, port
        editor = self.canvas.editor
        self._params = dict(editor.graph.nodes[node].params)
        signature = editor.signatures.get(node)
        found = signature.parameter(port) if signature is not None else None
        self._field = found.field if found is not None else None
        self._is_whole = found is not None and (found.hint is int or isinstance(found.default, int))
        self._has_moved = False

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if not self._has_moved and (at - self._begin).manhattanLength() * self.canvas.scale_ < 4:
            return
        field = self._field
        if field is None or field.min is None or field.max is None:
            return
        self._has_moved = True
        node = self.canvas.scene_.nodes[self._node]
        box = node.shape.editors[self._port]
        share = min(1.0, max(0.0, (at.x() - node.x - box[0]) / box[2]))
        value: float = field.min + share * (field.max - field.min)
        step = field.step or (1.0 if self._is_whole else (field.max - field.min) / 200)
        value = min(field.max, field.min + round((value - field.min) / step) * step)
        value = int(value) if self._is_whole else float(f"{value:.6g}")
        self.canvas.editor.set_param(self._node, self._port, value, merge=True)

    def end(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if not self._has_moved:
            self.canvas.open_value_editor(self._node, self._port)

    def cancel(self) -> None:
        if self._has_moved:
            self.canvas.editor.undo()
