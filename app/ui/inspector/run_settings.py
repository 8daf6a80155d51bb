"""How the selected node is run: where, how long, how often, and what happens when it fails."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from ...errors import AnimaWeaveError
from ...graph.node import Node
from ...graph.run_settings import Instead, Retry
from ...ports.field import Field
from ...ports.port import Port
from ..editor import Editor
from ..theme import Theme
from .fields.choice import ChoiceField
from .fields.field import ValueField
from .fields.number import NumberField
from .fields.text import CheckField
from .section import Row, Section

PLACEMENTS = (None, "inline", "thread", "async", "process")
ON_ERROR = {"skip": "skip what follows", "stop": "stop the run"}

_TIMEOUT = Port(name="timeout", hint=Annotated[float | None, Field()], default=None, field=Field(min=0, unit="s"))
_ATTEMPTS = Port(name="attempts", hint=int, default=1, field=Field(min=1))


class RunSettingsSection(Section):
    """Edits the run settings of one node."""

    def __init__(self, editor: Editor, theme: Theme) -> None:
        super().__init__("Run settings", theme)
        self.setObjectName("run_settings")
        self._editor = editor
        self._node: Node | None = None
        self._placement = ChoiceField(PLACEMENTS, "placement")
        self._timeout = NumberField(_TIMEOUT, theme, is_whole=False)
        self._attempts = NumberField(_ATTEMPTS, theme, is_whole=True)
        self._on_error = ChoiceField(tuple(ON_ERROR), "on error")
        self._disabled, self._bypass = CheckField("disabled"), CheckField("bypass")
        self._timeout.box.setPlaceholderText("never")
        self._rows: dict[str, Row] = {}
        self._add("placement", self._placement, "Where the node's function runs")
        self._add("timeout", self._timeout, "Seconds after which it fails; empty for never")
        self._add("attempts", self._attempts, "How often it is tried in all when it fails")
        self._add("on error", self._on_error, "What happens when it fails for good")
        self._add("disabled", self._disabled, "It is skipped, and what depends on it too")
        self._add("bypass", self._bypass, "Its inputs pass through as its outputs")

    def show_node(self, node: Node) -> None:
        """Show another node."""
        self._node = node
        for row in self._rows.values():
            row.refuse("")
        self.refresh()

    def refresh(self) -> None:
        """Show the settings as they are now."""
        if self._node is None:
            return
        run = self._node.run
        node_type = self._editor.registry.node_type(self._node.type)
        own = f"default ({node_type.placement})" if node_type is not None else "default"
        self._placement.offer(PLACEMENTS, (own, *(place for place in PLACEMENTS if place)))
        self._placement.set_value(run.placement)
        self._timeout.set_value(run.timeout)
        self._attempts.set_value(run.retry.attempts if run.retry is not None else 1)
        # Values to go on with are written in the file; here they can be seen and left.
        given = (run.on_error,) if isinstance(run.on_error, Instead) else ()
        words = ("go on with values",) if given else ()
        self._on_error.offer((*ON_ERROR, *given), (*ON_ERROR.values(), *words))
        self._on_error.set_value(run.on_error)
        self._disabled.set_value(run.disabled)
        self._bypass.set_value(run.bypass)

    def _add(self, name: str, field: ValueField, tip: str) -> None:
        field.setObjectName(f"run_{name.replace(' ', '_')}")
        row = Row(name, field, self._theme, tip)
        field.edited.connect(partial(self._set, name))
        field.refused.connect(row.refuse)
        self._rows[name] = row
        self.body.addWidget(row)

    def _set(self, name: str, value: Any, _goes_on: bool = False) -> None:
        node = self._node
        if node is None or self._editor.graph.nodes.get(node.id) is not node:
            return
        try:
            self._editor.set_run(node.id, **_changes(node, name, value))
        except AnimaWeaveError as refusal:
            self._rows[name].refuse(str(refusal))
            return
        self._rows[name].refuse("")


def _changes(node: Node, name: str, value: Any) -> dict[str, Any]:
    """A setting as the file has it; None for a default."""
    if name == "attempts":
        retry = node.run.retry or Retry()
        kept = {"delay": retry.delay, "factor": retry.factor, "jitter": retry.jitter, "on": list(retry.on)}
        return {"retry": None if value == 1 else {"attempts": value, **kept}}
    return {name.replace(" ", "_"): value or None}
