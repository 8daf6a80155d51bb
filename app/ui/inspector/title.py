"""Who the selected node is: icon, name, id and type. The id is the node's name: it can be changed there."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from ...errors import AnimaWeaveError
from ...graph.node import Node
from ...graph.subgraphs import PREFIX
from .. import icons
from ..canvas.look import NO_ICON
from ..editor import Editor
from ..theme import Theme

ICON = 20


class Title(QtWidgets.QWidget):
    """The head of the inspector."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__()
        self._editor, self._theme = editor, theme
        self._node: Node | None = None
        self._icon = QtWidgets.QLabel()
        self._icon.setFixedSize(ICON, ICON)
        self._title = QtWidgets.QLabel()
        self._title.setObjectName("node_title")
        self._title.setFont(theme.font("title"))
        self.name = _NameField()
        self.name.setObjectName("node_name")
        self.name.setAccessibleName("Name of the node")
        self.name.setToolTip("The node's name; click to change it")
        self.name.editingFinished.connect(self._rename)
        self._type = QtWidgets.QLabel()
        self._type.setObjectName("node_type")
        self._type.setProperty("role", "quiet")
        self._refusal = QtWidgets.QLabel()
        self._refusal.setProperty("role", "failed")
        self._refusal.setFont(theme.font("small"))
        self._refusal.setWordWrap(True)
        self._refusal.hide()
        line = QtWidgets.QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.name)
        line.addWidget(self._type, 1)
        words = QtWidgets.QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addLayout(line)
        words.addWidget(self._refusal)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addLayout(words, 1)
        theme.changed.connect(self.refresh)

    def show_node(self, node: Node) -> None:
        """Show another node."""
        self._node = node
        self.refresh()

    def refresh(self) -> None:
        """Look again at the node's name."""
        if self._node is None:
            return
        registry, node = self._editor.registry, self._node
        node_type = registry.node_type(node.type)
        vessel_name = node.type.partition(".")[0]
        vessel = registry.vessel(vessel_name)
        used = node.type.removeprefix(PREFIX) if node.type.startswith(PREFIX) else ""
        is_use = used in self._editor.root.subgraphs
        self._title.setText(node_type.title if node_type is not None else used if is_use else node.type)
        self.name.setText(node.id)
        self._type.setText(f"· {node.type}")
        self._refusal.hide()
        colour = self._theme.vessel_colour(vessel_name, vessel.colour if vessel is not None else "")
        unknown = NO_ICON if is_use else "ph.puzzle-piece"
        name = (node_type.icon if node_type is not None else unknown) or (vessel.icon if vessel else "")
        self._icon.setPixmap(icons.pixmap(name, ICON, colour, self.devicePixelRatioF()))

    def _rename(self) -> None:
        wanted = self.name.text().strip()
        if self._node is None or wanted == self._node.id:
            return
        try:
            self._editor.rename(self._node.id, wanted)
        except AnimaWeaveError as refusal:
            self.name.setText(self._node.id)
            self._refusal.setText(str(refusal))
            self._refusal.show()


class _NameField(QtWidgets.QLineEdit):
    """A field that looks like a label until the pointer or the keyboard is on it, and is as wide as its text."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "inline")
        self.setFrame(False)
        self.setTextMargins(-2, 0, -2, 0)  # Qt's own: the name stands under the title.
        self.textChanged.connect(self.updateGeometry)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Maximum, QtWidgets.QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QtCore.QSize:
        """As wide as the text, with room for the cursor."""
        width = self.fontMetrics().horizontalAdvance(self.text() or " ") + 4
        return QtCore.QSize(min(max(width, 16), 160), 18)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Enter is done with it, Esc takes it back."""
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self.undo()
            self.clearFocus()
        else:
            super().keyPressEvent(event)
            if event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
                self.clearFocus()
