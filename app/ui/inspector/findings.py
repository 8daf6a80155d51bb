"""What is wrong with the selected node, what to do about it, and a button where the editor can do it."""

from __future__ import annotations

import html
import re
from functools import partial

from qtpy import QtCore, QtWidgets

from ...checking.diagnostic import Diagnostic, Fix, Severity
from ...errors import AnimaWeaveError
from ...graph.node import Node
from .. import icons
from ..editor import Editor
from ..theme import Theme
from .section import Section, clear

LOOKS = {
    Severity.ERROR: ("ph.x-circle", "s-failed"),
    Severity.WARNING: ("ph.warning", "s-paused"),
    Severity.HINT: ("ph.info", "text3"),
}


class Findings(Section):
    """Shows the diagnostics of one node, and why it failed or was skipped."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__("Problems", theme)
        self.setObjectName("node_problems")
        self._editor = editor
        self._node: Node | None = None
        self._shown: list[Diagnostic] | None = None
        theme.changed.connect(self._redraw)

    def show_node(self, node: Node) -> None:
        """Show another node's."""
        self._node, self._shown = node, None
        self.refresh()

    def refresh(self) -> None:
        """Show the findings as they are now."""
        if self._node is None:
            return
        way, node = self._editor.way, self._node.id
        place = f"{way[-1].name}/{node}" if way else node
        found = [one for one in (*self._editor.diagnostics, *self._editor.failures) if one.node == place]
        if found == self._shown:
            return
        self._shown = found
        clear(self.body)
        for finding in found:
            self.body.addWidget(self._card(finding))
        self.setVisible(bool(found))

    def _redraw(self) -> None:
        self._shown = None
        self.refresh()

    def _card(self, finding: Diagnostic) -> QtWidgets.QWidget:
        card = QtWidgets.QWidget()
        name, token = LOOKS[finding.severity]
        mark = QtWidgets.QLabel()
        mark.setPixmap(icons.pixmap(name, 16, self._theme.colour(token), self.devicePixelRatioF()))
        mark.setToolTip(f"{finding.severity} {finding.code}".strip())
        words = QtWidgets.QVBoxLayout()
        words.setSpacing(2)
        mono = self._theme.font("mono").family()
        at = f"`{finding.port}`: " if finding.port else ""
        words.addWidget(_words(at + _sentence(finding.message), "problem", "", mono))
        if finding.hint:
            words.addWidget(_words(_sentence(finding.hint), "hint", "secondary", mono))
        if finding.fix is not None:
            fix = QtWidgets.QPushButton(fix_text(finding.fix))
            fix.setObjectName("fix")
            fix.setProperty("role", "link")
            fix.clicked.connect(partial(self._fix, finding))
            words.addWidget(fix)
        layout = QtWidgets.QHBoxLayout(card)
        layout.setContentsMargins(0, 2, 0, 6)
        layout.setSpacing(8)
        layout.addWidget(mark, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        return card

    def _fix(self, finding: Diagnostic) -> None:
        try:
            self._editor.apply_fix(finding)
        except AnimaWeaveError as refusal:
            self._editor.trouble.emit(str(refusal))


def fix_text(fix: Fix) -> str:
    """What a fix does, for its button."""
    texts = {
        "insert": f"Put {fix.value} between",
        "type": f"Take {fix.value}",
        "port": f"Take {fix.value}",
        "parameter": f"Take {fix.value}",
        "disconnect": "Remove the wire",
        "unset": "Take it out",
        "each": "Run it for each item",
    }
    return texts[fix.action]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(text: str, name: str, role: str, mono: str) -> QtWidgets.QLabel:
    """A sentence; what stands in marks, as names do in terminals, is set in the font of that family."""
    span = f"<span style=\"font-family:'{mono}'\">"
    label = QtWidgets.QLabel(re.sub(r"`([^`]+)`", rf"{span}\1</span>", html.escape(text, quote=False)))
    label.setObjectName(name)
    label.setTextFormat(QtCore.Qt.TextFormat.RichText)
    label.setAccessibleName(text.replace("`", ""))
    label.setWordWrap(True)
    label.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
