"""Text of one line or several, paths, yes and no, and anything else as it is typed on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qtpy import QtCore, QtGui, QtWidgets

from ....errors import ValueMismatch
from ....ports.codec import encode
from ....ports.port import MISSING, Port
from ....ports.value import read_text
from ... import icons
from ...theme import Theme
from .field import ValueField

LINES = 4
"""Lines of a box for text of several."""

SETTLE_MS = 400
"""After so long without a key, what was typed in such a box counts."""


class CheckField(ValueField):
    """Yes or no."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.box = QtWidgets.QCheckBox()
        self.box.setAccessibleName(name)
        self.box.clicked.connect(lambda is_on: self.edited.emit(is_on, False))
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addStretch(1)
        self.setFocusProxy(self.box)

    def set_value(self, value: Any) -> None:
        """Show it."""
        self.box.setChecked(value is True)


class TextField(ValueField):
    """A line: text as it is, any other value as the command line has it (lists and tables as JSON)."""

    def __init__(self, port: Port, *, is_text: bool) -> None:
        super().__init__()
        self._port, self._is_text = port, is_text
        self._shown = ""
        self.line = QtWidgets.QLineEdit()
        self.line.setAccessibleName(port.name.replace("_", " "))
        self.line.editingFinished.connect(self._accept)
        self._layout = QtWidgets.QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addWidget(self.line, 1)
        self.setFocusProxy(self.line)

    def set_value(self, value: Any) -> None:
        """Show it."""
        self._shown = self._text(value)
        self.line.setText(self._shown)
        self.line.setCursorPosition(0)

    def _accept(self) -> None:
        text = self.line.text()
        if text == self._shown:
            self.refused.emit("")
            return
        try:
            value = text if self._is_text else read_text(text, self._port)
        except ValueMismatch as mismatch:
            self.refused.emit(str(mismatch))
            return
        self._shown = text
        self.refused.emit("")
        self.edited.emit(value, False)

    def _text(self, value: Any) -> str:
        if value is MISSING:
            return ""
        if isinstance(value, str | Path):
            return str(value)
        try:
            return json.dumps(encode(value, self._port.hint), ensure_ascii=False)
        except (ValueMismatch, TypeError, ValueError):
            return str(value)


class PathField(TextField):
    """A path, with a button to look for the file."""

    def __init__(self, port: Port, theme: Theme, folder: Path | None) -> None:
        super().__init__(port, is_text=False)
        self._theme, self._folder = theme, folder
        self._browse = QtWidgets.QToolButton()
        self._browse.setObjectName("browse")
        self._browse.setToolTip("Choose a file")
        self._browse.setAccessibleName(f"Choose a file for {port.name}")
        self._browse.setFixedSize(24, 24)
        self._browse.clicked.connect(self._ask)
        self._layout.addWidget(self._browse)
        theme.changed.connect(self._dress)
        self._dress()

    def _ask(self) -> None:
        field, shown = self._port.field, self.line.text()
        start = str((self._folder or Path()) / shown) if shown else str(self._folder or "")
        pattern = f"{field.file_filter};;All files (*)" if "(" in field.file_filter else ""
        if field.file_filter and not pattern:
            pattern = f"Files ({field.file_filter});;All files (*)"
        ask = QtWidgets.QFileDialog.getSaveFileName if field.save else QtWidgets.QFileDialog.getOpenFileName
        found, _ = ask(self, "Choose a file", start, pattern)
        if found:
            self.take(Path(found))

    def take(self, path: Path) -> None:
        """Take a file that was chosen; inside the document's folder its path is relative, so that both can move."""
        if self._folder is not None and path.is_relative_to(self._folder):
            path = path.relative_to(self._folder)
        self.line.setText(str(path))
        self._accept()

    def _dress(self) -> None:
        self._browse.setIcon(icons.icon("ph.folder-open", self._theme.colour("text2")))


class LinesField(ValueField):
    """Text of several lines."""

    def __init__(self, port: Port, theme: Theme) -> None:
        super().__init__()
        self.box = QtWidgets.QPlainTextEdit()
        self.box.setAccessibleName(port.name.replace("_", " "))
        self.box.setTabChangesFocus(True)
        self.box.setFont(theme.font("mono"))
        height = QtGui.QFontMetrics(theme.font("mono")).lineSpacing() * LINES + 18
        self.box.setFixedHeight(height)
        self._settled = QtCore.QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLE_MS)
        self._settled.timeout.connect(self._tell)
        self.box.textChanged.connect(self._on_text)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.addWidget(self.box)
        self.setFocusProxy(self.box)
        self._is_told = True
        self.box.installEventFilter(self)

    def set_value(self, value: Any) -> None:
        """Show it; while it is being typed in, what is typed stays."""
        text = value if isinstance(value, str) else ""
        if self._is_told and text != self.box.toPlainText():
            with QtCore.QSignalBlocker(self.box):
                self.box.setPlainText(text)

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Leaving the box is the end of typing."""
        if event.type() == QtCore.QEvent.Type.FocusOut:
            self._tell()
        return False

    def _on_text(self) -> None:
        self._is_told = False
        self._settled.start()

    def _tell(self) -> None:
        self._settled.stop()
        if not self._is_told:
            self._is_told = True
            self.edited.emit(self.box.toPlainText(), True)
