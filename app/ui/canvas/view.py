"""The canvas: a view over the scene that turns pointer, wheel and keys into gestures and edits."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from qtpy.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from qtpy.QtWidgets import QApplication, QFrame, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from ...graph.way import Way
from ...graph.wire import PortRef, Wire
from ...ports.text import to_text
from ..bringing import constant_of, path_of_text, reader_of
from ..editor import Editor
from ..subgraph_library import SubgraphLibrary
from ..theme import Theme
from .arranging import pushed
from .asking import Asking
from .callout import Callout
from .decor import Decor
from .geometry import Box, distance_to_wire
from .gestures.decor import MoveDecor
from .gestures.drag_value import DragValue
from .gestures.gesture import Gesture
from .gestures.knife import Knife
from .gestures.lead import LeadWire
from .gestures.move import MoveNodes
from .gestures.pan import Pan
from .gestures.select import SelectBox
from .gestures.wire import DrawWire
from .layers import NodeLayer, WireLayer, paint_grid
from .marks import Marks
from .minimap import Minimap
from .paint import NodePainter
from .pieces import Pieces
from .scene import Hit, Scene, ShownNode, around, nearest
from .search import SearchBox
from .value_editor import ValueField, choose_value
from .zoom_bar import ZoomBar

NODE_TYPE_MIME = "application/x-animaweave-node-type"
FURTHEST, NEAREST = 0.05, 4.0
"""Smallest and largest scale."""

MOST_FILES = 50
"""That are taken at one drop."""

LOOKS_S = 0.003
"""What working out the looks of nodes may take of a frame."""

CATCH_UP_MS = 12
"""After so long, nodes whose pictures are not up to date yet are drawn in another frame."""


class CanvasView(QGraphicsView):
    """The graph on its canvas.

    Attributes:
        editor: The open document.
        theme: Colours and measures.
        scene_: What is shown.
        scale_: Pixels a scene unit.
        asking: Opens the search box for what is asked.
        library: Sub-graphs that the user keeps for other graphs.
        pieces: Makes and writes frames and notes.
    """

    scale_changed = Signal(float)
    menu_wanted = Signal(QPoint)
    wire_chosen = Signal()
    graph_dropped = Signal(object)

    def __init__(self, editor: Editor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.editor, self.theme = editor, theme
        self.painter_ = NodePainter(theme)
        self.scene_ = Scene(editor, self.painter_, self)
        self.nodes_, self.wires_ = NodeLayer(self.scene_, self.painter_), WireLayer(self.scene_, self.painter_)
        self.decor = Decor(editor.graph.view, theme)
        self.pieces, self.asking = Pieces(self), Asking(self)
        self.marks = Marks(self.scene_, theme)
        self.library = SubgraphLibrary()
        self.scale_ = 1.0
        self.pointer_global = QPoint()
        self._gesture: Gesture | None = None
        self._is_space_held = False
        self._paste_count = 0
        ground = QGraphicsScene(self)
        ground.setSceneRect(-200_000, -200_000, 400_000, 400_000)
        self.setScene(ground)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.callout = Callout(theme, self)
        self.search = SearchBox(theme, self)
        self.zoom_bar = ZoomBar(self)
        self.minimap = Minimap(self)
        self.minimap.hide()
        self._catch_up = QTimer(self)
        self._catch_up.setSingleShot(True)
        self._catch_up.setInterval(CATCH_UP_MS)
        self._catch_up.timeout.connect(self.viewport().update)
        self.scene_.changed.connect(self.viewport().update)
        self.scene_.moved.connect(self._on_moved)
        theme.changed.connect(self._on_theme)
        self._cameras: dict[Way, tuple[float, QPointF]] = {}  # Where one looked, by the graph that was on screen.
        self._way: Way = ()
        editor.document_replaced.connect(self._cameras.clear)
        editor.shown_changed.connect(self._on_shown)

    # -- drawing ---------------------------------------------------------------------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw everything that lies in a part of the scene."""
        box = (rect.x(), rect.y(), rect.width(), rect.height())
        number = self.theme.number
        is_far = self.scale_ < number("lod", "titles")
        is_right = self.scene_.sync(box, states_alone=is_far, within_s=LOOKS_S)
        painter.fillRect(rect, self.theme.colour("canvas"))
        paint_grid(
            painter, box, self.scale_, self.theme.colour("grid"),
            step=number("grid", "minor"), hide_below=number("grid", "hideMinorBelowZoom"),
        )  # fmt: skip
        self.decor.paint(painter, self.scale_)
        self.wires_.paint(painter, box, self.scale_)
        self.nodes_.paint(painter, box, self.scale_, ratio=self.devicePixelRatioF())
        self.marks.paint(painter, self.scale_)
        if self.nodes_.is_behind or not is_right:
            self._catch_up.start()
        if self._gesture is not None:
            self._gesture.paint(painter)
        if not self.scene_.nodes and not self.decor.pieces():
            self._paint_empty(painter)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.save()
        painter.resetTransform()
        room = QRectF(self.viewport().rect())
        painter.setFont(self.theme.font("title"))
        painter.setPen(self.theme.colour("text2"))
        middle = room.center().y()
        painter.drawText(QRectF(0, middle - 34, room.width(), 24), Qt.AlignmentFlag.AlignCenter, "An empty graph")
        painter.setFont(self.theme.font("body"))
        painter.setPen(self.theme.colour("text3"))
        text = "Press Tab to add a node, or drag one from the palette"
        painter.drawText(QRectF(0, middle - 6, room.width(), 24), Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _on_moved(self, box: Box) -> None:
        self.viewport().update(self.mapFromScene(QRectF(*box)).boundingRect().adjusted(-2, -2, 2, 2))

    def _on_theme(self) -> None:
        self.painter_ = NodePainter(self.theme)
        self.scene_.painter = self.painter_
        self.nodes_, self.wires_ = NodeLayer(self.scene_, self.painter_), WireLayer(self.scene_, self.painter_)
        self.scene_.restyle()

    def _on_shown(self) -> None:
        """Another graph is on screen: look where one looked when one was there last, else at all of it."""
        self.end_gesture(cancel=True)
        self.search.close()
        self.decor.view, self.decor.chosen, self.decor.shifted = self.editor.graph.view, None, None
        self._cameras[self._way] = self.scale_, self.mapToScene(self.viewport().rect().center())
        self._way = self.editor.way
        if (camera := self._cameras.get(self._way)) is None:
            QTimer.singleShot(0, self.fit_all)
        else:
            self.zoom_to(camera[0])
            self.centerOn(camera[1])

    # -- the view --------------------------------------------------------------------------------------------

    def visible_box(self) -> Box:
        """The part of the scene that is in view."""
        rect = self.mapToScene(self.viewport().rect()).boundingRect()
        return rect.x(), rect.y(), rect.width(), rect.height()

    def pan_by(self, delta: QPoint) -> None:
        """Move what is shown by so many pixels."""
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        horizontal.setValue(horizontal.value() - delta.x())
        vertical.setValue(vertical.value() - delta.y())
        self.viewport().update()

    def zoom_to(self, scale: float, anchor: QPoint | None = None) -> None:
        """Show at another scale; the point under the anchor, the middle by default, stays where it is."""
        scale = min(NEAREST, max(FURTHEST, scale))
        anchor = self.viewport().rect().center() if anchor is None else anchor
        before = self.mapToScene(anchor)
        self.scale_ = scale
        self.resetTransform()
        self.scale(scale, scale)
        moved = self.mapFromScene(before) - anchor
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + moved.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + moved.y())
        self.viewport().update()
        self.scale_changed.emit(scale)

    def zoom_in(self) -> None:
        """One step nearer."""
        self.zoom_to(self.scale_ * 1.25)

    def zoom_out(self) -> None:
        """One step further away."""
        self.zoom_to(self.scale_ / 1.25)

    def reset_zoom(self) -> None:
        """Show at 100 %."""
        self.zoom_to(1.0)

    def fit_all(self) -> None:
        """Show the whole graph."""
        boxes = [box for box in (self.scene_.bounds(), self.decor.bounds()) if box is not None]
        self._fit(functools.reduce(around, boxes) if boxes else None)

    def fit_selection(self) -> None:
        """Show the selected nodes; all if none is."""
        self._fit(self.scene_.bounds(self.editor.selection or None))

    def reveal(self, node_id: str) -> None:
        """Bring a node into the middle, at a scale at which it can be read."""
        box = self.scene_.bounds([node_id])
        if box is not None:
            if self.scale_ < 0.6:
                self.zoom_to(1.0)
            self.centerOn(box[0] + box[2] / 2, box[1] + box[3] / 2)
            self.viewport().update()

    def _fit(self, box: Box | None) -> None:
        if box is None:
            self.zoom_to(1.0)
            self.centerOn(0, 0)
            return
        room = self.viewport().size()
        margin = 56
        scale = min(
            (room.width() - 2 * margin) / max(1.0, box[2]), (room.height() - 2 * margin) / max(1.0, box[3]), 1.0
        )
        self.zoom_to(max(FURTHEST, scale))
        self.centerOn(box[0] + box[2] / 2, box[1] + box[3] / 2)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what floats over the canvas in its corner."""
        super().resizeEvent(event)
        self.zoom_bar.move(12, self.height() - self.zoom_bar.height() - 12)
        corner = self.width() - self.minimap.width() - 12, self.height() - self.minimap.height() - 12
        self.minimap.move(*corner)

    @property
    def camera(self) -> tuple[float, float, float]:
        """The middle of what is in view, and the scale."""
        middle = self.mapToScene(self.viewport().rect().center())
        return middle.x(), middle.y(), self.scale_

    def look_at(self, x: float, y: float, scale: float) -> None:
        """Look at a point of the scene."""
        self.zoom_to(scale)
        self.centerOn(x, y)
        self.viewport().update()

    # -- pointer ---------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture by what lies under the pointer."""
        self.pointer_global = event.globalPosition().toPoint()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        at = self.mapToScene(event.position().toPoint())
        if self._gesture is not None:
            if event.button() == Qt.MouseButton.RightButton:
                self.end_gesture(cancel=True)
            return
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._is_space_held
        ):
            self._gesture = Pan(self)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._gesture = self._gesture_at(at, event.modifiers())

    def _gesture_at(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        hit = self.scene_.hit(at.x(), at.y())
        self.choose_wire(None)
        self.decor.chosen = None
        if hit.port is not None:
            return self._wire_gesture(hit.port, is_output=hit.is_output)
        if hit.node is None and modifiers & Qt.KeyboardModifier.ControlModifier:
            return Knife(self, at)
        if hit.node is None:
            return self._gesture_beside_nodes(at, hit)
        if hit.editor is not None and hit.node is not None:
            self._select(hit.node, modifiers)
            return DragValue(self, at, hit.node, hit.editor)
        self._select(hit.node, modifiers)
        pulls_out = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        return MoveNodes(self, at, hit.node, pulls_out=pulls_out) if hit.node in self.editor.selection else None

    def _gesture_beside_nodes(self, at: QPointF, hit: Hit) -> Gesture:
        joint = self.scene_.joint_at(at.x(), at.y())
        if joint is not None:
            return LeadWire(self, *joint)
        grip = None if hit.wire is not None else self.decor.grip(at.x(), at.y())
        if grip is None:
            return SelectBox(self, at)
        self.editor.select([])
        self.decor.chosen = grip.piece
        self.wire_chosen.emit()
        self.viewport().update()
        return MoveDecor(self, at, grip)

    def choose_wire(self, wire: Wire | None) -> None:
        """Select a wire, or none."""
        if wire != self.wires_.chosen:
            self.wires_.chosen = wire
            self.wire_chosen.emit()
            self.viewport().update()

    @property
    def chosen_wire(self) -> Wire | None:
        """The wire that is selected and still there, else the one under the pointer."""
        for wire in (self.wires_.chosen, self.wires_.hovered):
            if wire is not None and wire in (*self.editor.graph.wires, *self.editor.graph.controls):
                return wire
        return None

    def go_on_from(self, node: str, *, is_output: bool) -> None:
        """Let a wire hang from a node's first port, at the pointer, until the next click."""
        shown = self.scene_.nodes[node]
        ports = shown.look.outputs if is_output else shown.look.inputs
        if ports:
            self._gesture = self._wire_gesture(PortRef.parse(f"{node}.{ports[0].key}"), is_output=is_output)

    def _wire_gesture(self, port: PortRef, *, is_output: bool) -> Gesture:
        """A wire from the port; from a wired input, the wire's end comes off and moves on."""
        if not is_output:
            taken = [wire for wire in self.editor.graph.wires_of(port.node) if wire.target == port]
            if taken and not taken[0].control:
                return DrawWire(self, taken[0].source, is_output=True, taken=taken[0])
        return DrawWire(self, port, is_output=is_output)

    def _select(self, node: str, modifiers: Qt.KeyboardModifier) -> None:
        selection = self.editor.selection
        if modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            rest = [i for i in selection if i != node]
            self.editor.select(rest if node in selection else [*selection, node])
        elif node not in selection:
            self.editor.select([node])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the gesture go on; without one, show what lies under the pointer."""
        before, self.pointer_global = self.pointer_global, event.globalPosition().toPoint()
        if self._gesture is not None and self._is_space_held and not isinstance(self._gesture, Pan):
            self.pan_by(self.pointer_global - before)  # What hangs at the pointer goes along.
        at = self.mapToScene(event.position().toPoint())
        if self._gesture is not None:
            self._gesture.move(at, event.modifiers())
            return
        hit = self.scene_.hit(at.x(), at.y())
        if hit.node != self.nodes_.hovered or hit.wire != self.wires_.hovered:
            self.nodes_.hovered, self.wires_.hovered = hit.node, hit.wire
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self._gesture is not None and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            gesture, self._gesture = self._gesture, None
            gesture.end(self.mapToScene(event.position().toPoint()), event.modifiers())
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On empty canvas: search for a node to add; on a wire: lead it through there; on a sub-graph: enter it."""
        at = self.mapToScene(event.position().toPoint())
        hit = self.scene_.hit(at.x(), at.y())
        is_left = event.button() == Qt.MouseButton.LeftButton
        grip = self.decor.grip(at.x(), at.y()) if hit == Hit() else None
        if is_left and grip is not None:
            self.end_gesture(cancel=True)
            self.pieces.write(grip.piece)
        elif is_left and hit == Hit():
            self.asking.node(at)
        elif is_left and hit.wire is not None:
            self._turn_wire(hit.wire, at)
        elif not (is_left and hit.node is not None and hit == Hit(hit.node) and self.editor.enter(hit.node)):
            self.mousePressEvent(event)

    def _turn_wire(self, wire: Wire, at: QPointF) -> None:
        """Lead a wire through a point more, or through the one there no longer."""
        self.end_gesture(cancel=True)
        points = list(self.editor.graph.view.reroutes.get(wire.key, ()))
        joint = self.scene_.joint_at(at.x(), at.y())
        if joint is not None:
            del points[joint[1]]
        else:
            shown = self.scene_.wire_at(at.x(), at.y())
            place = 0 if shown is None else distance_to_wire(shown.stations, (at.x(), at.y()))[1]
            points.insert(place, self.snapped(at))
        self.editor.lead(wire, points)

    def end_gesture(self, *, cancel: bool) -> None:
        """End what the pointer is doing."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and cancel:
            gesture.cancel()
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer; with Shift or a touchpad's sideways move, pan."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.pan_by(QPoint(delta.x() or delta.y(), 0) / 2)
        elif delta.y():
            self.zoom_to(self.scale_ * 1.0015 ** delta.y(), event.position().toPoint())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show tooltips of ports."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.mapToScene(event.pos())
            hit = self.scene_.hit(at.x(), at.y())
            text = self._tip(hit)
            QToolTip.showText(event.globalPos(), text, self) if text else QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def _tip(self, hit: Hit) -> str:
        if hit.wire is not None:
            value = self.editor.values.get(hit.wire.source)
            last = "it has brought nothing yet" if value is None else f"last: {value.text or value.kind}"
            return f"{hit.wire}\n{'muted; ' if hit.wire.muted else ''}{'a signal' if hit.wire.control else last}"
        if hit.port is None:
            return ""
        side = "out" if hit.is_output else "in"
        port = self.editor.port(hit.port, side)
        if port is None:
            return f"{hit.port}: its type no longer has this port"
        node_type = self.editor.registry.node_type(self.editor.graph.nodes[hit.port.node].type)
        doc = node_type.help.ports.get(port.name, "") if node_type is not None else ""
        declared = "Signal" if port.control else to_text(port.hint)
        known = self.editor.known(hit.port, side)
        here = "" if known is None or to_text(known) == declared else f"here {to_text(known)}"
        return "\n".join(part for part in (f"{hit.port}", declared, here, doc) if part)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Actions of the window show in a menu where the pointer is."""
        self.menu_wanted.emit(event.globalPos())

    # -- keys ------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tab belongs to the canvas, not to the walk through the widgets."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            self.asking.node_at_cursor()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc drops what is under way; Space pans while held; arrows walk, with Shift they move; Enter wires on."""
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        if key == Qt.Key.Key_Escape:
            if self._gesture is not None:
                self.end_gesture(cancel=True)
            else:
                self.editor.select([])
                self.choose_wire(None)
                self.decor.chosen = None
                self.viewport().update()
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_held = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.asking.wire()
        elif key in steps and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._walk(*steps[key])
        elif key in steps and self.editor.selection:
            grid = self.theme.number("grid", "minor")
            dx, dy = steps[key]
            position = self.editor.graph.view.position
            places = {node: position(node) or (0.0, 0.0) for node in self.editor.selection}
            self.editor.move({node: (x + dx * grid, y + dy * grid) for node, (x, y) in places.items()}, merge=True)
        else:
            super().keyPressEvent(event)

    def _walk(self, dx: int, dy: int) -> None:
        """Select the nearest node that way; the first one if none is selected."""
        self.scene_.sync()
        nodes = self.scene_.nodes
        here = nodes.get(self.editor.selection[-1]) if self.editor.selection else None
        if here is None:
            found = min(nodes.values(), key=lambda node: (node.x, node.y), default=None)
        else:
            found = nearest(here, nodes.values(), dx, dy)
        if found is not None:
            self.editor.select([found.id])
            self.show_node(found)

    def show_node(self, node: ShownNode) -> None:
        """Scroll so far that a node is in view."""
        x, y, width, height = self.visible_box()
        if not (x <= node.x and node.x + node.shape.width <= x + width and y <= node.y <= y + height - 40):
            self.centerOn(node.x + node.shape.width / 2, node.y + node.shape.height / 2)
            self.viewport().update()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_held = False
            self.viewport().unsetCursor()
        super().keyReleaseEvent(event)

    # -- adding and editing ----------------------------------------------------------------------------------

    def add(self, type_id: str, at: QPointF, params: Mapping[str, Any] | None = None) -> str:
        """Add a node at a point of the scene and select it; into the wire there, where it fits. Gives its id."""
        self.scene_.sync()
        hit = self.scene_.hit(at.x(), at.y())
        id_ = self.editor.add_node(type_id, self.snapped(at), params)
        if hit.node is None and hit.wire is not None:
            self.editor.put_into_wire(id_, hit.wire, is_new=True)
        self.make_room(id_)
        self.editor.select([id_])
        return id_

    def make_room(self, node: str) -> None:
        """Push aside what a new node would cover."""
        self.scene_.sync()
        if node in self.scene_.nodes:
            self.editor.make_room(node, pushed(self.scene_, node))

    def bring(self, path: Path, at: QPointF) -> bool:
        """Add the node that reads a file, or say that none does."""
        folder = None if self.editor.path is None else self.editor.path.parent.resolve()
        found = reader_of(self.editor.registry, path.resolve(), folder)
        if found is None:
            kind = path.suffix or path.name
            self.editor.trouble.emit(f"{path.name}: expected a file that some node reads, found {kind}; add its vessel")
            return False
        self.add(found.node_type, at, found.params)
        return True

    def snapped(self, at: QPointF) -> tuple[float, float]:
        """The point of the grid nearest to a point of the scene."""
        grid = self.theme.number("grid", "minor")
        return round(at.x() / grid) * grid, round(at.y() / grid) * grid

    def to_global(self, at: QPointF) -> QPoint:
        """Where a point of the scene lies on the screen."""
        return self.viewport().mapToGlobal(self.mapFromScene(at))

    def open_value_editor(self, node: str, port_name: str) -> None:
        """Edit a value on the node: a menu of its choices, or a field to type in."""
        shown = self.scene_.nodes[node]
        look = next(editor for editor in shown.look.editors if editor.port.key == port_name)
        signature = self.editor.signatures.get(node)
        port = signature.parameter(port_name) if signature is not None else None
        if port is None:
            return
        x, y, width, height = shown.shape.editors[port_name]
        corner = self.mapFromScene(QPointF(shown.x + x, shown.y + y))
        size = QRectF(0, 0, width * self.scale_, height * self.scale_).toRect()
        if look.choices:
            menu = choose_value(self.editor, node, port, look, self)
            menu.popup(self.viewport().mapToGlobal(corner + QPoint(0, size.height())))
        else:
            size.moveTo(corner)
            ValueField(self.editor, node, port, look.value, size, self.viewport())

    def select_all(self) -> None:
        """Select every node."""
        self.editor.select(list(self.editor.graph.nodes))

    def copy(self) -> None:
        """Copy the selected nodes to the clipboard, as JSON."""
        if self.editor.selection:
            QApplication.clipboard().setText(self.editor.copy(self.editor.selection))
            self._paste_count = 0

    def cut(self) -> None:
        """Copy and delete."""
        self.copy()
        self.delete_selection()

    def paste(self) -> None:
        """Paste from the clipboard, beside what was pasted last: nodes, a file's reader, a number."""
        at = self.mapToScene(self.viewport().mapFromGlobal(QCursor.pos()))
        if not self.viewport().underMouse():
            at = self.mapToScene(self.viewport().rect().center())
        x, y = self.snapped(at)
        shift = 20.0 * self._paste_count
        self._paste_count += 1
        at = QPointF(x + shift, y + shift)
        mime = QApplication.clipboard().mimeData()
        files = _files(mime)
        text = QApplication.clipboard().text()
        if not files and (named := path_of_text(text)) is not None:
            files = [named]
        found = constant_of(self.editor.registry, text)
        if files:
            for number, path in enumerate(files):
                self.bring(path, at + QPointF(0, 200 * number))
        elif found is not None:
            self.add(found.node_type, at, found.params)
        else:
            self.editor.paste(text, (at.x(), at.y()))

    def duplicate(self) -> None:
        """Put a copy of the selected nodes beside them."""
        if self.editor.selection:
            self.editor.duplicate(self.editor.selection)

    def delete_selection(self) -> None:
        """Delete the selected nodes, or else the wire that is selected or under the pointer."""
        if self.editor.selection:
            self.editor.delete(self.editor.selection)
        elif (wire := self.chosen_wire) is not None:
            self.editor.unwire([wire])
            self.wires_.hovered = None
            self.choose_wire(None)
        else:
            self.pieces.remove_chosen()

    # -- dropping --------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take node types from the palette, and files."""
        if event.mimeData().hasFormat(NODE_TYPE_MIME) or _files(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """As on entering; the wire that a node would go into lights up."""
        if event.mimeData().hasFormat(NODE_TYPE_MIME):
            at = self.mapToScene(event.position().toPoint())
            wire = self.scene_.hit(at.x(), at.y()).wire
            if wire != self.wires_.hovered:
                self.wires_.hovered = wire
                self.viewport().update()
            event.acceptProposedAction()
        elif _files(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the node type that was dragged here; open a graph, or add the node that reads another file."""
        at = self.mapToScene(event.position().toPoint())
        files = _files(event.mimeData())
        graphs = [path for path in files if path.name.endswith(".json")]
        if event.mimeData().hasFormat(NODE_TYPE_MIME):
            data: Sequence[int] | bytes = event.mimeData().data(NODE_TYPE_MIME).data()
            self.add(bytes(data).decode(errors="replace"), at)
        elif graphs:
            self.graph_dropped.emit(graphs[0])
        else:
            for number, path in enumerate(files[:MOST_FILES]):
                self.bring(path, at + QPointF(0, 200 * number))
        event.acceptProposedAction()
        self.setFocus(Qt.FocusReason.OtherFocusReason)


def _files(mime: QMimeData) -> list[Path]:
    """The files of what is dragged."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()] if mime.hasUrls() else []
