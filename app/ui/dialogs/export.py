"""How the graph is run without a window: the line for a terminal, the same in Python, and buttons to copy them."""

from __future__ import annotations

from qtpy import QtCore, QtWidgets

from .. import icons
from ..editor import Editor
from ..export import export_command, export_python
from ..theme import Theme

COPIED_MS = 1500


class ExportDialog(QtWidgets.QDialog):
    """Shows the command line and the Python lines for a saved document."""

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self.setWindowTitle("Export")
        self._theme = theme
        path = editor.path
        said = QtWidgets.QLabel(f"{path.name if path else 'The graph'} runs without a window on any machine.")
        said.setProperty("role", "secondary")
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        title = QtWidgets.QLabel("Run it headless")
        title.setFont(theme.font("title"))
        layout.addWidget(title)
        layout.addWidget(said)
        layout.addSpacing(8)
        self._add(layout, "In a terminal", "command", export_command(editor), lines=2)
        layout.addSpacing(8)
        self._add(layout, "In Python", "python", export_python(editor), lines=6)
        layout.addSpacing(8)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setMinimumWidth(600)

    def _add(self, layout: QtWidgets.QVBoxLayout, title: str, name: str, text: str, lines: int) -> None:
        head = QtWidgets.QHBoxLayout()
        label = QtWidgets.QLabel(title)
        label.setFont(self._theme.font("uiStrong"))
        copy = QtWidgets.QPushButton("Copy")
        copy.setObjectName(f"copy_{name}")
        copy.setIcon(icons.icon("ph.copy", self._theme.colour("text2")))
        copy.setAutoDefault(False)
        head.addWidget(label)
        head.addStretch(1)
        head.addWidget(copy)
        box = QtWidgets.QPlainTextEdit(text)
        box.setObjectName(f"export_{name}")
        box.setAccessibleName(title)
        box.setReadOnly(True)
        box.setTabChangesFocus(True)
        box.setFont(self._theme.font("mono"))
        box.setFixedHeight(box.fontMetrics().lineSpacing() * lines + 18)
        layout.addLayout(head)
        layout.addWidget(box)
        back = QtCore.QTimer(copy)
        back.setSingleShot(True)
        back.timeout.connect(lambda: copy.setText("Copy"))

        def put() -> None:
            QtWidgets.QApplication.clipboard().setText(text)
            copy.setText("Copied")
            back.start(COPIED_MS)

        copy.clicked.connect(put)
