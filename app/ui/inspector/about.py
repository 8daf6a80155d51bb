"""What the selected node does, in its author's words."""

from __future__ import annotations

import html
import re

from qtpy import QtCore, QtWidgets

from ...authoring.nodetype import NodeType
from ...graph.node import Node
from ...graph.subgraphs import PREFIX
from ..editor import Editor
from ..theme import Theme
from .section import Section


class About(Section):
    """The docstring of one node's type, and its purity, vessel and version."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__("About this node", theme)
        self.setObjectName("about_node")
        self._editor = editor
        self._node: Node | None = None
        self._words = QtWidgets.QLabel()
        self._words.setObjectName("node_help")
        self._words.setProperty("role", "secondary")
        self._words.setWordWrap(True)
        self._words.setTextFormat(QtCore.Qt.TextFormat.RichText)
        self._words.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts = QtWidgets.QLabel()
        self._facts.setObjectName("node_facts")
        self._facts.setProperty("role", "quiet")
        self._facts.setWordWrap(True)
        self.body.setSpacing(6)
        self.body.addWidget(self._words)
        self.body.addWidget(self._facts)
        theme.changed.connect(self.refresh)

    def show_node(self, node: Node) -> None:
        """Show another node's."""
        self._node = node
        self.refresh()

    def refresh(self) -> None:
        """Show the words in the colours of now."""
        if self._node is None:
            return
        node_type = self._editor.registry.node_type(self._node.type)
        inner = self._editor.root.subgraphs.get(self._node.type.removeprefix(PREFIX))
        if node_type is None and inner is not None and self._node.type.startswith(PREFIX):
            self._words.setText(html.escape(inner.description) or "A sub-graph of this graph.")
            self._words.setVisible(True)
            self._facts.setText(f"{len(inner.nodes)} nodes · double-click or Ctrl+Down enters it")
            return
        if node_type is None:
            name = html.escape(self._node.type)
            self._words.setText(
                f"Nothing here knows {name}: its vessel is not installed, or has no such node any more."
            )
            self._facts.setText("")
            return
        ground = self._theme.colour("raised").name()
        paragraphs = [node_type.help.summary, *re.split(r"\n\s*\n", node_type.help.text)]
        shown = (_marked(text, ground) for text in paragraphs if text.strip())
        self._words.setText("".join(f"<p style='margin: 0 0 6px 0; line-height: 18px'>{text}</p>" for text in shown))
        self._words.setVisible(bool(node_type.help.summary))
        self._facts.setText(_facts(node_type))


def _marked(text: str, ground: str) -> str:
    words = html.escape(" ".join(text.split()), quote=False)
    code = rf"<span style='font-family: JetBrains Mono; background: {ground}'>&nbsp;\1&nbsp;</span>"
    return re.sub(r"`+([^`]+)`+", code, words)


def _facts(node_type: NodeType) -> str:
    facts = ["Pure" if node_type.pure else "Not pure", f"{node_type.vessel} {node_type.version}"]
    facts += sorted(effect.replace("-", " ") + "s" * effect.endswith("file") for effect in node_type.effects)
    if node_type.deprecated:
        facts.append(f"deprecated: {node_type.deprecated}")
    return " · ".join(facts)
