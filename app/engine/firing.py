"""Whether a node fires or is skipped, once all that it waits for has arrived. Pure: looks at values, changes nothing.

An input is *present*, *absent* (its producer was skipped, or its branch closed) or *failed* (its producer failed, or
was skipped because of a failure). A failed input skips the node, optional or not: a failure never turns silently into
a default value. A required input must be present; an absent optional one takes its default. Where a node has several
reasons not to fire, one with a failure at its root counts.

A control input is decided from the signals of its wires by its mode, an `AND` by its first − and an `OR` by its first
+; the node waits until all of them are, and fires if their values satisfy its activation. A node that cannot fire is
skipped: its data outputs become absent, its control outputs inactive, so that every run ends. A branch that a failure
closed counts as failed.
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
        has_failed: Whether a failure is at the root of one of them.
    """

    __slots__ = ("active", "cause", "has_failed", "inactive", "value")

    def __init__(self) -> None:
        self.active = self.inactive = 0
        self.value: Signal | None = None
        self.cause = ""
        self.has_failed = False

    def take(self, signal: Any, control: ControlPlan) -> bool:
        """Count a signal; tell whether the node has no further one to wait for.

        That is when the input is active, or has all its signals: one that is inactive mostly closes the node, and those
        behind it must learn whether a failure is at the root, whichever signal comes first.

        Args:
            signal: A `Signal`, or the `Absence` of one, which is inactive.
            control: The input.
        """
        if signal is Signal.ACTIVE:
            self.active += 1
        else:
            self.inactive += 1
            if isinstance(signal, Absence):
                if not self.cause or (signal.failed and not self.has_failed):
                    self.cause = signal.reason
                self.has_failed = self.has_failed or signal.failed
        before = self.value
        if before is None:
            self.value = _decided(control, self)
        if before is Signal.ACTIVE or (control.is_early and before is not None):
            return False
        is_enough = self.value is Signal.ACTIVE or (control.is_early and self.value is not None)
        return is_enough or self.active + self.inactive == control.wires


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
        return Signal.when(got.active and not got.has_failed)
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
    absent = None
    for control, got in zip(node.controls, arrivals, strict=True):
        if control.is_gate and not got.value and (absent is None or got.has_failed):
            reason = got.cause if got.has_failed else f"`trigger` of `{control.port}` is inactive"
            absent = Absence(reason, failed=got.has_failed)
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
    closed = _closed(node, arrivals) if node.controls else None
    return closed if closed is not None and closed.failed else absent or closed


def _closed(node: NodePlan, arrivals: Sequence[Arrivals]) -> Absence | None:
    """Why a node's control inputs do not let it fire, if so."""
    got = {
        control: had
        for control, had in zip(node.controls, arrivals, strict=True)
        # What a sub-graph takes only goes inside.
        if not control.is_gate and (node.call is None or not control.is_declared)
    }
    active = sum(had.value is Signal.ACTIVE for had in got.values())
    opens = {"AND": active == len(got), "OR": active > 0, "XOR": active == 1, "DECIDED": True}
    if not got or opens[node.activation]:
        return None
    closed = [had for had in got.values() if had.value is not Signal.ACTIVE]
    blamed = next((had for had in closed if had.has_failed), None) or next((had for had in closed if had.cause), None)
    if blamed is not None:
        return Absence(blamed.cause, failed=blamed.has_failed)
    if len(got) > 1:
        return Absence(f"{active} of its {len(got)} control inputs are active ({node.activation})")
    (control,) = got
    wires = f"{control.mode} of {control.wires} signals" if control.wires > 1 else "its signal is −"
    return Absence(f"its `{control.port}` is inactive ({wires})")


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
