"""The window: assembles bars, docks and canvas around one editor, and decides nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qtpy import QtCore, QtGui, QtWidgets

from ..graph.view import Bookmark
from .actions.action import SEPARATOR
from .actions.catalogue import ACTIONS, ON_CANVAS
from .actions.qt import Actions
from .canvas.arranging import Arranging
from .canvas.search import Entry
from .canvas.view import CanvasView
from .chrome.breadcrumbs import Breadcrumbs
from .chrome.comparison_bar import ComparisonBar
from .chrome.dock import Dock
from .chrome.document_bar import DocumentBar
from .chrome.menubar import APPLICATION, MenuBar
from .chrome.message_bar import MessageBar
from .chrome.outdated_bar import OutdatedBar
from .chrome.status import StatusBar
from .chrome.toolbar import ToolBar
from .chrome.unsaved_bar import UnsavedBar
from .comparison import Comparison
from .dialogs.export import ExportDialog
from .dialogs.help import AboutDialog, KeysDialog
from .dialogs.unsaved import ask_discard, ask_unsaved
from .dialogs.update import UpdateDialog
from .editor import Editor
from .files import SUFFIX, Files
from .finder import actions_of, bookmarks_of, nodes_of
from .inspector.inspector import Inspector
from .journal import Journal
from .palette.palette import Palette
from .panels.history import HistoryPanel
from .panels.log import Log
from .panels.nodes import Nodes
from .panels.outline import Outline
from .panels.problems import Problems
from .preferences import Preferences
from .recent import RecentFiles
from .theme import Choice, Theme

SIZE = QtCore.QSize(1600, 1000)
"""Of the window at its first start, as far as the screen has room."""

BOTTOM_SHARE = 0.32
"""Most of the window's height that the bottom docks take at its first start."""

SHIFT = 40
"""How far a node is put from one that lies where it would go."""

_AREA = QtCore.Qt.DockWidgetArea


class MainWindow(QtWidgets.QMainWindow):
    """The editor's window.

    Args:
        editor: The open document; the window's from now on, and closed with it.
        theme: Colours and fonts.
        preferences: Where the window's shape is kept.
        recent: The list of files that were open.

    Attributes:
        files: What the File menu does.
        canvas: The graph.
        arranging: Puts its nodes in order.
        actions_: Everything that can be done.
        docks: The panels' docks by name.
    """

    editor: Editor
    theme: Theme
    files: Files
    canvas: CanvasView
    arranging: Arranging

    def __init__(
        self,
        editor: Editor,
        theme: Theme,
        preferences: Preferences,
        recent: RecentFiles,
        journal: Journal | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        editor.setParent(self)
        self.editor, self.theme, self.preferences, self.recent = editor, theme, preferences, recent
        self.journal = journal
        editor.strict = preferences.strict
        self.files = Files(editor, recent, ask_unsaved=partial(ask_unsaved, self), ask_path=self._ask_path)
        self.canvas = CanvasView(editor, theme)
        self.arranging = Arranging(editor, self.canvas.scene_)
        self.actions_ = Actions(self, theme)
        self.palette_ = Palette(editor, theme, preferences)
        self.palette_.wanted.connect(self._add_in_view)
        self.inspector = Inspector(editor, theme)
        self.problems = Problems(editor, theme)
        self.nodes = Nodes(editor, theme)
        self.log = Log(editor, theme)
        self.history = HistoryPanel(editor, theme)
        self.outline = Outline(editor, theme)
        self.canvas.minimap.setVisible(preferences.minimap)
        self.comparison = Comparison(editor, self)
        for signal in (self.comparison.changed, editor.shown_changed):
            signal.connect(self._show_marks)
        self.docks = self._make_docks()
        self._recent_menu = QtWidgets.QMenu("Open recent", self)
        self._recent_menu.setObjectName("menu_recent")
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        menus = {"recent": self._recent_menu, "panels": self._panels_menu()}
        self._menubar = MenuBar(self.actions_, theme, menus)
        self.setMenuBar(self._menubar)
        self.addToolBar(ToolBar(self.actions_, theme))
        self.setStatusBar(self._make_status())
        self.setCentralWidget(self._make_middle())
        self.setDockNestingEnabled(True)
        for panel in (self.problems, self.nodes, self.outline):
            panel.reveal.connect(self.canvas.reveal)
        self.canvas.graph_dropped.connect(self.files.open)
        self.canvas.menu_wanted.connect(self._show_canvas_menu)
        for action in ACTIONS:
            if action.on_canvas:
                self.canvas.addAction(self.actions_[action.name])
        editor.document_replaced.connect(self._on_document)
        editor.modified_changed.connect(self._on_document)
        self._on_document()
        self.actions_.listen()
        if not preferences.restore(self):
            self._arrange()
        self.canvas.setFocus()

    # ---------------------------------------------------------------- what actions call

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        folder = str(self.editor.path.parent) if self.editor.path else ""
        found, _ = QtWidgets.QFileDialog.getOpenFileName(self, "Open a graph", folder, f"Graphs (*{SUFFIX} *.json)")
        if found:
            self.files.open(Path(found))

    def search_actions(self) -> None:
        """Search all that can be done, and do it."""
        self._search(actions_of(self), "Search actions")

    def search_nodes(self) -> None:
        """Search the nodes of the graph, and go there."""
        self._search(nodes_of(self.editor, self._go_to), "Go to a node")

    def rename_selected(self) -> None:
        """Let the selected node's name be typed."""
        self.docks["inspector"].show()
        self.docks["inspector"].raise_()
        self.inspector.title.name.setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)
        self.inspector.title.name.selectAll()

    def set_minimap(self, is_shown: bool) -> None:
        """Show the map, or not, now and at the next start."""
        self.preferences.minimap = is_shown
        self.canvas.minimap.setVisible(is_shown)

    def add_bookmark(self) -> None:
        """Ask for a name, and remember what is in view under it; another one of that name is forgotten."""
        name, is_meant = QtWidgets.QInputDialog.getText(self, "Bookmark", "Name of this place")
        if is_meant and name.strip():
            self.bookmark(name.strip())

    def bookmark(self, name: str) -> None:
        """Remember what is in view."""
        x, y, scale = self.canvas.camera
        kept = [one for one in self.editor.graph.view.bookmarks if one.name != name]
        self.editor.set_bookmarks([*kept, Bookmark(name=name, camera=(round(x), round(y), round(scale, 3)))])

    def search_bookmarks(self) -> None:
        """Search the places that were bookmarked, and go there."""
        self._search(bookmarks_of(self.editor, self.canvas.look_at), "Go to a bookmark")

    def keep_subgraph(self) -> None:
        """Keep the sub-graph that the selected node uses, unless the user wants to keep an older one of that name."""
        node = self.editor.selection[0]
        name, library = self.editor.subgraphs_of(node)[0], self.canvas.library
        if name in library.names():
            question = f"Your library has a sub-graph called {name} already. Put this one in its place?"
            answers = QtWidgets.QMessageBox.StandardButton
            if QtWidgets.QMessageBox.question(self, "Keep in your library", question) != answers.Yes:
                return
        self.editor.message.emit(f"Kept {library.keep(self.editor.graph, node)}; the search box offers it everywhere")

    def ask_compare(self) -> None:
        """Ask for a graph file, and show what has changed from there to here."""
        folder = str(self.editor.path.parent) if self.editor.path else ""
        found, _ = QtWidgets.QFileDialog.getOpenFileName(self, "Compare with", folder, f"Graphs (*{SUFFIX} *.json)")
        if found:
            self.compare(Path(found))

    def compare(self, path: Path | None) -> None:
        """Show what has changed from a file, if there is one, to the open document."""
        if path is None:
            return
        graph = self.editor.read(path)
        if graph is not None:
            self.comparison.start(graph, "the saved file" if path == self.editor.path else path.name)

    def _show_marks(self) -> None:
        marks = self.canvas.marks
        marks.nodes, marks.ghosts = self.comparison.marks(), self.comparison.ghosts()
        self.canvas.viewport().update()

    def ask_colour(self) -> None:
        """Ask for the colour of the chosen frame or note."""
        chosen = QtWidgets.QColorDialog.getColor(self.theme.colour("accent"), self, "Colour")
        if chosen.isValid():
            self.canvas.pieces.colour(chosen.name())

    def show_export(self) -> None:
        """Show how the graph is run without a window; it has to lie in a file first."""
        if (self.editor.path is None or self.editor.is_modified) and not self.files.save():
            return
        self._show(ExportDialog(self.editor, self.theme, self))

    def show_update(self) -> None:
        """Show what there is to bring up to date."""
        self._show(UpdateDialog(self.editor, self.theme, self))

    def show_keys(self) -> None:
        """Show every shortcut."""
        self._show(KeysDialog(self.theme, self))

    def show_about(self) -> None:
        """Show version and licences."""
        self._show(AboutDialog(self.theme, self))

    def set_theme(self, choice: Choice) -> None:
        """Be dark, light, or as the system is, now and at the next start."""
        self.preferences.theme = choice
        self.theme.set_mode(choice)

    def set_strict(self, is_strict: bool) -> None:
        """Hold every value against the type of its port, or not, now and at the next start."""
        self.preferences.strict = self.editor.strict = is_strict

    def show_problems(self) -> None:
        """Bring the problems to the front."""
        self.docks["problems"].show()
        self.docks["problems"].raise_()

    # ---------------------------------------------------------------- Qt's hooks

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        """Ask about unsaved edits; keep the window's shape; end the run."""
        if not self.files.may_leave():
            event.ignore()
            return
        self.preferences.keep(self)
        if self.journal is not None:
            self.journal.close()
        self.editor.close()
        super().closeEvent(event)

    def createPopupMenu(self) -> QtWidgets.QMenu:
        """The menu of panels, without the toolbar, which stays."""
        return self._panels_menu()

    # ---------------------------------------------------------------- assembling

    def _make_docks(self) -> dict[str, Dock]:
        docks = {
            "palette": Dock("Palette", "dock_palette", self.palette_, self.theme),
            "inspector": Dock("Inspector", "dock_inspector", self.inspector, self.theme),
            "problems": Dock("Problems", "dock_problems", self.problems, self.theme),
            "nodes": Dock("Nodes", "dock_nodes", self.nodes, self.theme),
            "log": Dock("Log", "dock_log", self.log, self.theme),
            "history": Dock("History", "dock_history", self.history, self.theme),
            "outline": Dock("Outline", "dock_outline", self.outline, self.theme),
        }
        self.setCorner(QtCore.Qt.Corner.BottomRightCorner, _AREA.RightDockWidgetArea)
        self.setCorner(QtCore.Qt.Corner.TopRightCorner, _AREA.RightDockWidgetArea)
        self.setTabPosition(_AREA.AllDockWidgetAreas, QtWidgets.QTabWidget.TabPosition.North)
        self.setDocumentMode(True)
        self._lay_out(docks)
        return docks

    def _lay_out(self, docks: dict[str, Dock]) -> None:
        self.addDockWidget(_AREA.LeftDockWidgetArea, docks["palette"])
        self.addDockWidget(_AREA.RightDockWidgetArea, docks["inspector"])
        for name in ("problems", "nodes", "log", "history", "outline"):
            self.addDockWidget(_AREA.BottomDockWidgetArea, docks[name])
        self.tabifyDockWidget(docks["problems"], docks["nodes"])
        self.tabifyDockWidget(docks["nodes"], docks["log"])
        self.tabifyDockWidget(docks["log"], docks["history"])
        self.tabifyDockWidget(docks["history"], docks["outline"])
        docks["nodes"].raise_()

    def _arrange(self) -> None:
        """The window's first shape."""
        room = self.screen().availableSize()
        self.resize(SIZE.boundedTo(room))
        number = self.theme.number
        across = QtCore.Qt.Orientation.Horizontal
        left, right = int(number("size", "dockLeft")), int(number("size", "dockRight"))
        self.resizeDocks([self.docks["palette"], self.docks["inspector"]], [left, right], across)
        height = int(min(number("size", "dockBottom"), BOTTOM_SHARE * self.height()))
        self.resizeDocks([self.docks["nodes"]], [height], QtCore.Qt.Orientation.Vertical)

    def _make_middle(self) -> QtWidgets.QWidget:
        middle = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._document_bar = DocumentBar(self.editor, self.files, self.theme)
        self.message_bar = MessageBar(self.editor, self.theme)
        layout.addWidget(self._document_bar)
        layout.addWidget(self.message_bar)
        if self.journal is not None:
            self.unsaved_bar = UnsavedBar(
                self.editor,
                self.journal,
                self.theme,
                may_leave=self.files.may_leave,
                may_discard=partial(ask_discard, self),
            )
            layout.addWidget(self.unsaved_bar)
        self.outdated_bar = OutdatedBar(self.editor, self.theme)
        self.outdated_bar.update_wanted.connect(self.show_update)
        layout.addWidget(self.outdated_bar)
        comparison_bar = ComparisonBar(self.comparison, self.theme)
        comparison_bar.reveal.connect(self.canvas.reveal)
        layout.addWidget(comparison_bar)
        layout.addWidget(Breadcrumbs(self.editor, self.files, self.theme))
        layout.addWidget(self.canvas, 1)
        return middle

    def _make_status(self) -> StatusBar:
        status = StatusBar(self.editor, self.files, self.theme)
        status.problems_wanted.connect(self.show_problems)
        return status

    def _panels_menu(self) -> QtWidgets.QMenu:
        menu = QtWidgets.QMenu("Panels", self)
        for dock in self.docks.values():
            menu.addAction(dock.toggleViewAction())
        return menu

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self.recent.paths:
            self._recent_menu.addAction(str(path), partial(self.files.open, path))
        if self._recent_menu.isEmpty():
            self._recent_menu.addAction("No files yet").setEnabled(False)
            return
        self._recent_menu.addSeparator()
        self._recent_menu.addAction("Clear the list", self.recent.clear)

    def _show_canvas_menu(self, at: QtCore.QPoint) -> None:
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in ON_CANVAS:
            menu.addSeparator() if name == SEPARATOR else menu.addAction(self.actions_[name])
        menu.popup(at)

    # ---------------------------------------------------------------- the document

    def _on_document(self) -> None:
        title = self.files.title
        self._menubar.set_document(title)
        self.setWindowTitle(f"{title}[*] — {APPLICATION}")
        self.setWindowModified(self.editor.is_modified)

    def _search(self, entries: list[Entry], hint: str) -> None:
        """Open the search box at the top of the canvas, in its middle."""
        box = self.canvas.search
        corner = self.canvas.mapToGlobal(QtCore.QPoint((self.canvas.width() - box.width()) // 2, 24))
        box.open(entries, corner, hint=hint)

    def _go_to(self, node: str) -> None:
        self.editor.select([node])
        self.canvas.reveal(node)

    def _add_in_view(self, node_type: str) -> None:
        """Add a node in the middle of what is in view, beside what lies there."""
        at = self.canvas.mapToScene(self.canvas.viewport().rect().center())
        taken = {self.editor.graph.view.position(node) for node in self.editor.graph.nodes}
        while any(p is not None and abs(p[0] - at.x()) < SHIFT and abs(p[1] - at.y()) < SHIFT for p in taken):
            at += QtCore.QPointF(SHIFT, SHIFT)
        self.canvas.add(node_type, at)

    def _ask_path(self, proposal: Path) -> Path | None:
        found, _ = QtWidgets.QFileDialog.getSaveFileName(self, "Save the graph", str(proposal), f"Graphs (*{SUFFIX})")
        if not found:
            return None
        path = Path(found)
        return path if path.suffix else path.with_name(path.name + SUFFIX)

    def _show(self, dialog: QtWidgets.QDialog) -> None:
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setModal(True)
        dialog.show()
