"""The inspector: assembles its parts for the one node that is selected."""

from __future__ import annotations

from qtpy import QtCore, QtWidgets

from ...graph.node import Node
from ...graph.wire import Wire
from ..editor import Editor
from ..theme import Theme
from .about import About
from .findings import Findings
from .parameters import Parameters
from .run_settings import RunSettingsSection
from .title import Title
from .values import LastValues

NOTHING = "Select a node to see its parameters and last values."


class Inspector(QtWidgets.QWidget):
    """Shows and edits the selected node."""

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self._editor = editor
        self._node: Node | None = None
        self.title = Title(editor, theme)
        self.parameters = Parameters(editor, theme)
        self.findings = Findings(editor, theme)
        self.run_settings = RunSettingsSection(editor, theme)
        self.values = LastValues(editor, theme)
        self.about = About(editor, theme)
        self._sections = (self.parameters, self.findings, self.run_settings, self.values, self.about)
        page = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        for section in self._sections:
            column.addWidget(section)
        column.addStretch(1)
        self._page = QtWidgets.QScrollArea()
        self._page.setObjectName("inspector_page")
        self._page.setWidgetResizable(True)
        self._page.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self._page.setWidget(page)
        self._nothing = QtWidgets.QLabel(NOTHING)
        self._nothing.setObjectName("inspector_empty")
        self._nothing.setProperty("role", "quiet")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(16, 16, 16, 16)
        self._nothing.setAlignment(QtCore.Qt.AlignmentFlag.AlignTop | QtCore.Qt.AlignmentFlag.AlignLeft)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._page)
        layout.addWidget(self._nothing)
        editor.selection_changed.connect(self._on_selection)
        editor.shown_changed.connect(self._on_shown)
        editor.vessels_changed.connect(self._on_vessels)
        editor.diagnostics_changed.connect(self.findings.refresh)
        self._on_shown()

    def _on_shown(self) -> None:
        events = self._editor.graph.events
        events.node_changed.connect(self._on_node)
        events.node_renamed.connect(self._on_rename)
        events.node_removed.connect(self._on_removed)
        events.wire_added.connect(self._on_wire)
        events.wire_removed.connect(self._on_wire)
        self._node = None
        self._on_selection()

    def _on_vessels(self) -> None:
        self._node = None
        self._on_selection()

    def _on_selection(self) -> None:
        selection = self._editor.selection
        node = self._editor.graph.nodes.get(selection[0]) if len(selection) == 1 else None
        self._page.setVisible(node is not None)
        self._nothing.setVisible(node is None)
        self._nothing.setText(f"{len(selection)} nodes are selected." if len(selection) > 1 else NOTHING)
        if node is None or node is self._node:
            self._node = node
            return
        # A field that is being typed in says so to its own node, not to the one that comes.
        focused = self.focusWidget()
        if focused is not None:
            focused.clearFocus()
        self._node = node
        self._page.verticalScrollBar().setValue(0)
        self.title.show_node(node)
        for section in self._sections:
            section.show_node(node)

    def _on_node(self, node: Node, part: str) -> None:
        if node is self._node and part == "type":
            self._node = None
            self._on_selection()
        elif node is self._node:
            (self.parameters if part == "params" else self.run_settings).refresh()
            self.findings.refresh()

    def _on_rename(self, _old: str, _new: str) -> None:
        if self._node is not None:
            self.title.refresh()
            self.parameters.show_node(self._node)

    def _on_removed(self, node: Node) -> None:
        if node is self._node:
            self._on_selection()

    def _on_wire(self, wire: Wire) -> None:
        if self._node is not None and wire.target.node == self._node.id:
            self.parameters.show_node(self._node)
            self.values.refresh()
