"""The graph on screen as a tree of words, for keyboards and screen readers: nodes, under each what is wired to it."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from ..canvas.look import NO_ICON
from ..editor import Editor
from ..icons import icon
from ..theme import Theme

DELAY_MS = 120
"""Between a change and the tree that shows it."""

MOST = 20_000
"""Nodes that are listed."""

_NODE = QtCore.Qt.ItemDataRole.UserRole


class Outline(QtWidgets.QTreeWidget):
    """The tree. What is selected here is selected on the canvas, and the other way round; hidden, it costs nothing.

    Attributes:
        reveal: A node that is to be brought into view.
    """

    reveal = QtCore.Signal(str)

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")
        self.setAccessibleName("Outline of the graph")
        self.setHeaderHidden(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self._editor, self._theme = editor, theme
        self._items: dict[str, QtWidgets.QTreeWidgetItem] = {}
        self._is_syncing = False
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.refresh)
        editor.history_changed.connect(self._note)
        editor.shown_changed.connect(self._note)
        theme.changed.connect(self._note)
        editor.selection_changed.connect(self._take_selection)
        self.itemSelectionChanged.connect(self._give_selection)
        self.itemActivated.connect(self._on_activated)
        self.itemExpanded.connect(self._fill)

    def refresh(self) -> None:
        """List the nodes that there are now; those that were open stay open."""
        opened = {node for node, item in self._items.items() if item.isExpanded()}
        self._is_syncing = True
        self.clear()
        self._items = {}
        registry, rows = self._editor.registry, []
        for node in list(self._editor.graph.nodes.values())[:MOST]:
            node_type, vessel_name = registry.node_type(node.type), node.type.partition(".")[0]
            title = node_type.title if node_type is not None else node.type
            item = QtWidgets.QTreeWidgetItem([f"{node.id} · {title}" if node.id != title.lower() else node.id])
            item.setData(0, _NODE, node.id)
            vessel = registry.vessel(vessel_name)
            name = (node_type.icon if node_type is not None else "") or (vessel.icon if vessel else "") or NO_ICON
            item.setIcon(0, icon(name, self._theme.vessel_colour(vessel_name, vessel.colour if vessel else "")))
            indicator = QtWidgets.QTreeWidgetItem.ChildIndicatorPolicy
            item.setChildIndicatorPolicy(
                indicator.ShowIndicator if self._editor.graph.wires_of(node) else indicator.DontShowIndicator
            )
            self._items[node.id] = item
            rows.append(item)
        self.addTopLevelItems(rows)
        for node_id in opened & self._items.keys():
            self._items[node_id].setExpanded(True)
        self._is_syncing = False
        self._take_selection()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """List them now that they are seen."""
        super().showEvent(event)
        self.refresh()

    def _note(self) -> None:
        if self.isVisible():
            self._timer.start()

    def _fill(self, item: QtWidgets.QTreeWidgetItem) -> None:
        """Say what is wired to a node, when that is looked at; the entries lead to the other end."""
        node = item.data(0, _NODE)
        if item.childCount() or node not in self._editor.graph.nodes:
            return
        for wire in self._editor.graph.wires_of(node):
            is_into = wire.target.node == node
            own, other = (wire.target, wire.source) if is_into else (wire.source, wire.target)
            port = own.port if own.index is None else f"{own.port}[{own.index}]"
            muted = " (muted)" if wire.muted else ""
            child = QtWidgets.QTreeWidgetItem([f"{port} {'←' if is_into else '→'} {other}{muted}"])
            child.setData(0, QtCore.Qt.ItemDataRole.AccessibleTextRole, f"{port} {'from' if is_into else 'to'} {other}")
            child.setData(0, _NODE, other.node)
            item.addChild(child)

    def _take_selection(self) -> None:
        """Select here what is selected on the canvas."""
        if self._is_syncing or not self.isVisible():
            return
        self._is_syncing = True
        self.clearSelection()
        for node in self._editor.selection:
            if node in self._items:
                self._items[node].setSelected(True)
                self.scrollToItem(self._items[node])
        self._is_syncing = False

    def _give_selection(self) -> None:
        """Select on the canvas what is selected here."""
        if not self._is_syncing:
            self._is_syncing = True
            nodes = [item.data(0, _NODE) for item in self.selectedItems() if item.parent() is None]
            if nodes:
                self._editor.select(nodes)
            self._is_syncing = False

    def _on_activated(self, item: QtWidgets.QTreeWidgetItem) -> None:
        """Go to a node, or to the other end of a wire."""
        node = item.data(0, _NODE)
        if node in self._editor.graph.nodes:
            self._editor.select([node])
            self.reveal.emit(node)
