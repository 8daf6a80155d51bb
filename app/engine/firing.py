"""Whether a node fires or is skipped, once all that it waits for has arrived. Pure: looks at values, changes nothing.

An input is *present*, *absent* (its producer was skipped, or its branch closed) or *failed* (its producer failed, or
was skipped because of a failure). A failed input skips the node, optional or not: a failure never turns silently into
a default value. A required input must be present; an absent optional one takes its default. Signals of the wires into
`trigger` are joined by the node's activation. A node that cannot fire is skipped: its data outputs become absent, its
control outputs inactive, so that every run ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..authoring.control import Signal
from ..ports.port import MISSING
from ..ports.value import verify
from .compiler.paths import below
from .compiler.plan import Absence, NodePlan


def why_not(node: NodePlan, values: Sequence[Any]) -> Absence | None:
    """Why a node cannot fire; None when it can.

    Args:
        node: The node; all that it waits for has arrived.
        values: The slots of the epoch.
    """
    if node.skip is not None:
        return node.skip
    absent = None
    for source in node.inputs:
        if not source.wired:
            continue
        for slot in source.slots:
            value = values[slot]
            if isinstance(value, Absence):
                if value.failed:
                    return value
                if source.default is MISSING and not source.port.variadic:
                    absent = absent or value
    return absent or _gate(node, values)


def _gate(node: NodePlan, values: Sequence[Any]) -> Absence | None:
    if not node.trigger:
        return None
    signals = [values[slot] for slot in node.trigger]
    active = sum(signal is Signal.ACTIVE for signal in signals)
    opens = {"AND": active == len(signals), "OR": active > 0, "XOR": active == 1, "DECIDED": True}
    if opens[node.activation]:
        return None
    closed = next((signal for signal in signals if isinstance(signal, Absence)), None)
    return closed or Absence(f"its `trigger` got {active} active of {len(signals)} signals ({node.activation})")


def arguments(node: NodePlan, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """What to call a node's function with.

    Raises:
        ValueMismatch: A value that has to be checked at run time does not fit its port.
        NotAllowed: A path to write leads out of the run's output folder.
    """
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for source in node.inputs:
        got = [value for value in (values[slot] for slot in source.slots) if not isinstance(value, Absence)]
        if source.verify:
            for value in got:
                verify(value, source.port)
        if source.out is not None:
            got = [below(source.out, value, f"{node.id}.{source.port.name}") for value in got]
        if source.port.variadic:
            positional.extend(got)
        else:
            value = got[0] if got else source.default
            if source.port.keyword:
                keywords[source.port.name] = value
            else:
                positional.append(value)
    return positional, keywords
