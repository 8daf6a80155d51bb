"""The palette: a search field over the tree of node types; drag, double-click or Enter adds one."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..editor import Editor
from ..preferences import Preferences
from ..theme import Theme
from .delegate import INDENTATION, PaletteDelegate
from .model import COUNT, TYPE, PaletteFilter, PaletteModel


class Palette(QtWidgets.QWidget):
    """The node types that there are.

    Attributes:
        wanted: Id of a node type that was chosen to be added.
    """

    wanted = QtCore.Signal(str)

    def __init__(
        self, editor: Editor, theme: Theme, preferences: Preferences, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._editor, self._theme, self._preferences = editor, theme, preferences
        self._model = PaletteModel(editor.registry, preferences, theme, self)
        self._filter = PaletteFilter(self._model, self)
        self._opened: dict[str, bool] = {}
        self.field = SearchField(theme)
        self.field.setObjectName("palette_search")
        self.tree = QtWidgets.QTreeView()
        self.tree.setObjectName("palette_tree")
        self.tree.setAccessibleName("Node types")
        self.tree.setModel(self._filter)
        self.tree.setItemDelegate(PaletteDelegate(theme, self.tree))
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(INDENTATION)
        self.tree.setUniformRowHeights(False)
        self.tree.setDragEnabled(True)
        self.tree.setDragDropMode(QtWidgets.QAbstractItemView.DragDropMode.DragOnly)
        self.tree.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setExpandsOnDoubleClick(False)
        self.tree.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self._nothing = QtWidgets.QLabel("Nothing of this name")
        self._nothing.setProperty("role", "quiet")
        self._nothing.setAlignment(QtCore.Qt.AlignmentFlag.AlignHCenter | QtCore.Qt.AlignmentFlag.AlignTop)
        self._broken = QtWidgets.QLabel()
        self._broken.setObjectName("vessel_problems")
        self._broken.setProperty("role", "failed")
        self._broken.setWordWrap(True)
        self._broken.setContentsMargins(12, 8, 12, 8)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QtWidgets.QVBoxLayout()
        head.setContentsMargins(8, 8, 8, 4)
        head.addWidget(self.field)
        layout.addLayout(head)
        trunk = QtWidgets.QHBoxLayout()
        trunk.setContentsMargins(4, 0, 0, 0)
        trunk.addWidget(self.tree)
        layout.addLayout(trunk, 1)
        layout.addWidget(self._nothing, 1)
        layout.addWidget(self._broken)
        editor.vessels_changed.connect(self._model.rebuild)
        self.field.textChanged.connect(self._search)
        self.field.chosen.connect(self._choose_current)
        self.field.moved.connect(self._move)
        self.tree.activated.connect(self._activate)
        self.tree.clicked.connect(self._turn)
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self._model.rebuilding.connect(self._remember)
        self._model.rebuilt.connect(self._restore)
        self._restore()

    def _add(self, node_type: str) -> None:
        # Shown from the next start on: rows that move under the pointer would be chosen by mistake.
        self._preferences.add_recent_type(node_type)
        self.wanted.emit(node_type)

    # ---------------------------------------------------------------- searching

    def _search(self, text: str) -> None:
        self._remember()
        self._filter.search(text)
        if self._filter.is_searching:
            self.tree.expandAll()
            self._select_first()
        else:
            self._restore()
        found = self._filter.rowCount() > 0
        self.tree.setVisible(found)
        self._nothing.setVisible(not found)

    def _select_first(self) -> None:
        group = self._filter.index(0, 0)
        if group.isValid():
            self.tree.setCurrentIndex(self._filter.index(0, 0, group))

    def _move(self, step: int) -> None:
        index = self.tree.currentIndex()
        following = self.tree.indexBelow(index) if step > 0 else self.tree.indexAbove(index)
        while following.isValid() and following.data(TYPE) is None:
            following = self.tree.indexBelow(following) if step > 0 else self.tree.indexAbove(following)
        if following.isValid():
            self.tree.setCurrentIndex(following)

    def _choose_current(self) -> None:
        if self.tree.currentIndex().data(TYPE):
            self._add(self.tree.currentIndex().data(TYPE))

    # ---------------------------------------------------------------- the tree

    def _activate(self, index: QtCore.QModelIndex) -> None:
        if index.data(TYPE):
            self._add(index.data(TYPE))

    def _turn(self, index: QtCore.QModelIndex) -> None:
        """A click on a group's words folds it, as one on its arrow does."""
        if not index.data(TYPE):
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _remember(self) -> None:
        """Keep which groups are open; a search opens all, which is nobody's choice."""
        if not self._filter.is_searching:
            groups = (self._filter.index(row, 0) for row in range(self._filter.rowCount()))
            self._opened = {group.data(): self.tree.isExpanded(group) for group in groups}

    def _restore(self) -> None:
        is_first = True
        for row in range(self._filter.rowCount()):
            group = self._filter.index(row, 0)
            is_vessel = group.data(COUNT) is not None
            is_open = self._opened.get(group.data(), is_first or not is_vessel)
            self.tree.setExpanded(group, is_open or self._filter.is_searching)
            is_first = is_first and not is_vessel
        total = sum(1 for _ in self._editor.registry.node_types())
        self.field.setPlaceholderText(f"Search {total} nodes")
        self._nothing.setVisible(not self._filter.rowCount())
        problems = self._editor.registry.problems
        self._broken.setText("\n".join(map(str, problems)))
        self._broken.setVisible(bool(problems))

    def _show_menu(self, at: QtCore.QPoint) -> None:
        node_type = self.tree.indexAt(at).data(TYPE)
        if not node_type:
            return
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        add = menu.addAction("Add to the graph")
        add.triggered.connect(lambda: self._add(node_type))
        is_marked = node_type in self._preferences.favourites
        mark = menu.addAction("Remove from favourites" if is_marked else "Add to favourites")
        mark.triggered.connect(lambda: self._mark(node_type, not is_marked))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def _mark(self, node_type: str, wanted: bool) -> None:
        others = [other for other in self._preferences.favourites if other != node_type]
        self._preferences.favourites = [*others, node_type] if wanted else others
        self._model.rebuild()


class SearchField(QtWidgets.QLineEdit):
    """A field to search in; arrows and Enter are for what is found.

    Attributes:
        moved: An arrow key was pressed: 1 for down, -1 for up.
        chosen: Enter was pressed.
    """

    moved = QtCore.Signal(int)
    chosen = QtCore.Signal()

    def __init__(self, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("role", "search")
        self.setAccessibleName("Search nodes")
        self._glass = self.addAction(QtGui.QIcon(), QtWidgets.QLineEdit.ActionPosition.LeadingPosition)
        self._key = QtWidgets.QLabel("Tab", self)
        self._key.setProperty("role", "key")
        self._key.setFont(theme.font("keyMedium"))
        self._key.setToolTip("Tab on the canvas searches there")
        self.textChanged.connect(self._on_text)
        theme.changed.connect(self._dress)
        self._dress()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows and Enter go to what is found; Esc empties the field."""
        key = event.key()
        if key in (QtCore.Qt.Key.Key_Down, QtCore.Qt.Key.Key_Up):
            self.moved.emit(1 if key == QtCore.Qt.Key.Key_Down else -1)
        elif key in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter):
            self.chosen.emit()
        elif key == QtCore.Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Keep the key at the right end."""
        super().resizeEvent(event)
        self._key.adjustSize()
        self._key.move(self.width() - self._key.width() - 6, (self.height() - self._key.height()) // 2)

    def _on_text(self, text: str) -> None:
        self._key.setVisible(not text)
        self.setClearButtonEnabled(bool(text))

    def _dress(self) -> None:
        self._glass.setIcon(icons.icon("ph.magnifying-glass", self._theme.colour("text3")))
