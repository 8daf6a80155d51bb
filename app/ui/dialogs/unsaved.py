"""The question before unsaved edits are lost."""

from __future__ import annotations

from qtpy import QtWidgets

from ..files import Answer


def ask_unsaved(parent: QtWidgets.QWidget, title: str) -> Answer:
    """Ask whether to save a document before it goes; closing the question is to cancel."""
    buttons = QtWidgets.QMessageBox.StandardButton
    box = QtWidgets.QMessageBox(parent)
    box.setObjectName("unsaved")
    box.setWindowTitle("Unsaved edits")
    box.setText(f"Save the edits to {title}?")
    box.setInformativeText("They are lost if they are discarded.")
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    box.button(buttons.Discard).setText("Discard")
    answer = box.exec()
    if answer == buttons.Save:
        return "save"
    return "discard" if answer == buttons.Discard else "cancel"


def ask_discard(parent: QtWidgets.QWidget, title: str) -> bool:
    """Ask whether edits that a crash has left may be thrown away; closing the question keeps them."""
    buttons = QtWidgets.QMessageBox.StandardButton
    box = QtWidgets.QMessageBox(parent)
    box.setObjectName("discard_unsaved")
    box.setWindowTitle("Unsaved edits")
    box.setText(f"Throw the unsaved edits of {title} away?")
    box.setInformativeText("They cannot be brought back.")
    box.setStandardButtons(buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Cancel)
    box.button(buttons.Discard).setText("Throw away")
    return bool(box.exec() == buttons.Discard)
