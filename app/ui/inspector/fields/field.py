"""What all fields have in common: they show a value and say what it was changed to."""

from __future__ import annotations

from typing import Any

from qtpy import QtCore, QtWidgets


class ValueField(QtWidgets.QWidget):
    """Edits one value.

    Attributes:
        edited: The value that the user gave, and whether more will follow at once, as while a slider is dragged.
        refused: Why what the user typed is no value.
    """

    edited = QtCore.Signal(object, bool)
    refused = QtCore.Signal(str)

    def set_value(self, value: Any) -> None:
        """Show a value; nothing is told."""
        raise NotImplementedError

    def set_wrong(self, is_wrong: bool) -> None:
        """Mark what is shown as no value."""
        for child in (self, *self.findChildren(QtWidgets.QWidget)):
            if bool(child.property("wrong")) != is_wrong:
                child.setProperty("wrong", is_wrong)
                child.style().unpolish(child)
                child.style().polish(child)
