"""The selected node's parameters: a row for each input that takes a value, and for each setting.

A wired input shows where its value comes from instead. What is changed is an edit at once; changes by others, such as
undo, show at once too.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy import QtWidgets

from ...errors import AnimaWeaveError, ValueMismatch
from ...graph.edits import UnsetParam
from ...graph.node import Node
from ...graph.wire import Wire
from ...ports.hint import label_of
from ...ports.port import MISSING, Port, Signature
from ...ports.value import from_json
from ..editor import Editor
from ..theme import Theme
from .fields.field import ValueField
from .fields.make import field_for
from .section import Row, Section, clear
from .source import SourceField


class Parameters(Section):
    """Edits the parameters of one node."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__("Parameters", theme)
        self.setObjectName("parameters")
        self._editor = editor
        self._node: Node | None = None
        self._signature: Signature | None = None
        self._fields: dict[str, tuple[Port, ValueField, Row]] = {}
        self._reset = QtWidgets.QPushButton("Reset")
        self._reset.setObjectName("reset_parameters")
        self._reset.setProperty("role", "link")
        self._reset.setFont(theme.font("small"))
        self._reset.setToolTip("All parameters back to their defaults")
        self._reset.clicked.connect(self._reset_all)
        self.aside.addWidget(self._reset)

    def show_node(self, node: Node) -> None:
        """Make rows for a node."""
        self._node, self._signature = node, self._editor.signatures.get(node.id)
        self._fields = {}
        clear(self.body)
        wired = {wire.target.port: wire for wire in self._editor.graph.wires_of(node) if wire.target.node == node.id}
        shown = [port for port in self._parameters() if port.name in wired or _is_editable(port, node)]
        for port in shown:
            if port.name in wired:
                self._add_wired(node, port, wired[port.name])
            else:
                self._add_field(node, port)
        self.setVisible(bool(shown))
        self.refresh()

    def refresh(self) -> None:
        """Show the values as they are now; make other rows if the node has other ports now."""
        node = self._node
        if node is None:
            return
        if self._editor.signatures.get(node.id) != self._signature:
            self.show_node(node)
            return
        for port, field, row in self._fields.values():
            is_given = port.name in node.params
            row.set_default(not is_given or self._is_default(node, port))
            try:
                value = from_json(node.params[port.name], port) if is_given else port.default
            except ValueMismatch as mismatch:  # A file may hold anything.
                field.set_value(node.params[port.name])
                field.set_wrong(True)
                row.refuse(str(mismatch))
                continue
            field.set_value(value)
            field.set_wrong(False)
            row.refuse("")
        self._reset.setEnabled(bool(self._given(node)))

    def field(self, name: str) -> ValueField:
        """The field that edits a parameter."""
        return self._fields[name][1]

    def _parameters(self) -> tuple[Port, ...]:
        if self._signature is None:
            return ()
        ports = (*self._signature.inputs, *self._signature.settings)
        return tuple(port for port in ports if not port.control and not port.variadic)

    def _is_default(self, node: Node, port: Port) -> bool:
        catalogue = self._editor.graph.catalogue
        return catalogue is not None and catalogue.is_default(node.type, port.name, node.params[port.name])

    def _add_field(self, node: Node, port: Port) -> None:
        path = self._editor.path
        field = field_for(port, self._theme, path.parent if path is not None else None)
        field.setObjectName(f"param_{port.name}")
        row = Row(title_of(port), field, self._theme, self._tip(node, port))
        field.edited.connect(partial(self._set, node, port))
        field.refused.connect(partial(self._refuse, port))
        row.reset_wanted.connect(partial(self._unset, node, port))
        self._fields[port.name] = port, field, row
        self.body.addWidget(row)

    def _add_wired(self, node: Node, port: Port, wire: Wire) -> None:
        source = SourceField(self._editor, self._theme, wire)
        source.setObjectName(f"source_{port.name}")
        self.body.addWidget(Row(title_of(port), source, self._theme, self._tip(node, port)))

    def _tip(self, node: Node, port: Port) -> str:
        node_type = self._editor.registry.node_type(node.type)
        doc = node_type.help.ports.get(port.name, "") if node_type is not None else ""
        return "\n".join(part for part in (port.name, doc, port.field.range_text) if part)

    # ---------------------------------------------------------------- edits

    def _set(self, node: Node, port: Port, value: Any, goes_on: bool) -> None:
        if self._editor.graph.nodes.get(node.id) is not node:  # It went while a field was being typed in.
            return
        try:
            self._editor.set_param(node.id, port.name, value, merge=goes_on)
        except AnimaWeaveError as refusal:
            self._refuse(port, str(refusal))

    def _refuse(self, port: Port, sentence: str) -> None:
        _, field, row = self._fields[port.name]
        field.set_wrong(bool(sentence))
        row.refuse(sentence)

    def _unset(self, node: Node, port: Port) -> None:
        self._editor.unset_param(node.id, port.name)

    def _given(self, node: Node) -> list[str]:
        ports = [port for port, _, _ in self._fields.values() if port.name in node.params]
        return [port.name for port in ports if not self._is_default(node, port)]

    def _reset_all(self) -> None:
        node = self._node
        if node is not None and (given := self._given(node)):
            self._editor.do([UnsetParam(node.id, name) for name in given])


def title_of(port: Port) -> str:
    """The name of a port as rows show it."""
    return port.field.label or port.name.replace("_", " ")


def _is_editable(port: Port, node: Node) -> bool:
    """Whether a value can be typed: there is one already, or the type has no label that only a wire brings."""
    return port.name in node.params or port.default is not MISSING or label_of(port.hint) is None
