"""Whether a node fires or is skipped, once all that it waits for has arrived. Pure: looks at values, changes nothing.

An input is *present*, *absent* (its producer was skipped, or its branch closed) or *failed* (its producer failed, or
was skipped because of a failure). A failed input skips the node, optional or not: a failure never turns silently into
a default value. A required input must be present; an absent optional one takes its default.

A control input is decided from the signals of its wires by its mode, an `AND` by its first − and an `OR` by its first
+; the node waits until all of them are, and fires if their values satisfy its activation. A node that cannot fire is
skipped: its data outputs become absent, its control outputs inactive, so that every run ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..authoring.control import Signal
from ..ports.port import MISSING
from ..ports.value import verify
from .compiler.paths import below
from .compiler.plan import Absence, ControlPlan, NodePlan


class Arrivals:
    """The signals that have come to one control input in one epoch.

    Attributes:
        value: What they make of it; None while it is not decided.
        cause: Why it is inactive, where a node that did not complete is to blame.
    """

    __slots__ = ("active", "cause", "inactive", "value")

    def __init__(self) -> None:
        self.active = self.inactive = 0
        self.value: Signal | None = None
        self.cause: Absence | None = None

    def take(self, signal: Any, control: ControlPlan) -> bool:
        """Count a signal; tell whether it decides the input.

        Args:
            signal: A `Signal`, or the `Absence` of one, which is inactive.
            control: The input.
        """
        if signal is Signal.ACTIVE:
            self.active += 1
        else:
            self.inactive += 1
            if isinstance(signal, Absence):
                self.cause = self.cause or signal
        if self.value is not None:
            return False
        self.value = _decided(control, self)
        return self.value is not None


def _decided(control: ControlPlan, got: Arrivals) -> Signal | None:
    """The value of a control input, or None while it is open."""
    if control.mode == "OR" and got.active:
        return Signal.ACTIVE
    if control.mode == "AND" and got.inactive:
        return Signal.INACTIVE
    if got.active + got.inactive < control.wires:
        return None
    if control.mode == "XOR":
        return Signal.when(got.active == 1)
    if control.mode == "SETTLED":  # A skipped node inside is fine, a failed one is not.
        return Signal.when(got.active and not (got.cause is not None and got.cause.failed))
    return Signal.when(control.mode in ("AND", "DECIDED"))


def why_not(node: NodePlan, values: Sequence[Any], arrivals: Sequence[Arrivals] = ()) -> Absence | None:
    """Why a node cannot fire; None when it can.

    Args:
        node: The node; all that it waits for has arrived.
        values: The slots of the epoch.
        arrivals: What came to each of its control inputs.
    """
    if node.skip is not None:
        return node.skip
    for control, got in zip(node.controls, arrivals, strict=True):
        if control.is_gate and not got.value:
            return got.cause or Absence(f"`trigger` of `{control.port}` is inactive")
    absent = None
    for source in node.inputs:
        if not source.wired:
            continue
        for slot in source.slots:
            value = values[slot]
            if isinstance(value, Absence):
                if value.failed:
                    return value
                if source.default is MISSING and (source.lazy or not source.port.variadic):
                    absent = absent or value
    return absent or _closed(node, arrivals)


def _closed(node: NodePlan, arrivals: Sequence[Arrivals]) -> Absence | None:
    """Why a node's control inputs do not let it fire, if so."""
    got = {control: had for control, had in zip(node.controls, arrivals, strict=True) if not control.is_gate}
    active = sum(had.value is Signal.ACTIVE for had in got.values())
    opens = {"AND": active == len(got), "OR": active > 0, "XOR": active == 1, "DECIDED": True}
    if not got or opens[node.activation]:
        return None
    cause = next((had.cause for had in got.values() if had.value is not Signal.ACTIVE and had.cause), None)
    if cause is not None:
        return cause
    if len(got) > 1:
        return Absence(f"{active} of its {len(got)} control inputs are active ({node.activation})")
    ((control, had),) = got.items()
    return Absence(f"its `{control.port}` got {had.active} active of {control.wires} signals ({control.mode})")


def arguments(
    node: NodePlan, values: Sequence[Any], arrivals: Sequence[Arrivals] = ()
) -> tuple[list[Any], dict[str, Any]]:
    """What to call a node's function with.

    Raises:
        ValueMismatch: A value that has to be checked at run time does not fit its port.
        NotAllowed: A path to write leads out of the run's output folder.
    """
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for source in node.inputs:
        if source.port.control:
            got = [arrivals[source.control].value] if source.control >= 0 else []
        else:
            got = [value for value in map(values.__getitem__, source.slots) if not isinstance(value, Absence)]
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
