"""The traceback behind a sentence, to be read and copied."""

from __future__ import annotations

from qtpy import QtWidgets

from ..theme import Theme


class TracebackDialog(QtWidgets.QDialog):
    """Shows what Python has to say about an error.

    Args:
        sentence: What went wrong.
        text: The traceback.
    """

    def __init__(self, sentence: str, text: str, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("traceback_dialog")
        self.setWindowTitle("Traceback")
        said = QtWidgets.QLabel(sentence.replace("`", ""))
        said.setWordWrap(True)
        said.setFont(theme.font("uiStrong"))
        box = QtWidgets.QPlainTextEdit(text)
        box.setObjectName("traceback")
        box.setAccessibleName("Traceback")
        box.setReadOnly(True)
        box.setTabChangesFocus(True)
        box.setFont(theme.font("mono"))
        box.setLineWrapMode(QtWidgets.QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy", QtWidgets.QDialogButtonBox.ButtonRole.ActionRole)
        copy.setObjectName("copy_traceback")
        copy.clicked.connect(lambda: QtWidgets.QApplication.clipboard().setText(f"{sentence}\n\n{text}"))
        buttons.rejected.connect(self.reject)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        for widget in (said, box, buttons):
            layout.addWidget(widget)
        self.resize(760, 440)
