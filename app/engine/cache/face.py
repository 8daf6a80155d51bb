"""A node as its plan has it: all that its outputs depend on and that no epoch changes, and what epochs will change."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from ...authoring.control import Signal
from ...ports import hint as hints
from ...ports.port import MISSING
from ...ports.words import shown
from ...registry.boundary import INPUT, OUTPUT
from ..compiler.plan import NodePlan, Plan
from . import digest

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(Path()), Signal, type(MISSING)})
"""Types whose values never change: the same object has the same digest."""


_LONGEST_PATH = 40


class Part(NamedTuple):
    """One thing that a node's outputs depend on.

    Attributes:
        label: What it is: the name of an input, of a file, or of a fact.
        kind: `fact`, `value`, `wire` or `file`.
        digest: Equal for equal things.
        told: It in words; a wire as the output that it comes from.
    """

    label: str
    kind: str
    digest: bytes
    told: str


Wire = tuple[str, int, str]
"""The input at which a wire ends, the producer, the producer's port."""


class Face:
    """What there is to know of a node before any epoch.

    Attributes:
        id: The node's id.
        facts: What its outputs depend on besides its inputs.
        wiring: How it is wired, and what it takes where a wire brings nothing.
        fault: Why it cannot have a key, whatever the epoch; empty if it can.
        constants: Name and slot of each input that is set.
        wires: For each wire: the input, the producer, the producer's port.
        consumers: The nodes that its wires lead to.
        reads_files: Whether files count.
        paths: Slots of the constants that name its files.
        files: As they were when they were last looked at.
    """

    __slots__ = ("constants", "consumers", "facts", "fault", "files", "id", "paths", "reads_files", "wires", "wiring")

    def __init__(self, plan: Plan, node: NodePlan, signals: Sequence[Wire]) -> None:
        self.id = node.id
        self.consumers = tuple(set(node.readers()))
        self.constants: tuple[tuple[str, int], ...] = ()
        self.wires: tuple[Wire, ...] = ()
        self.paths: tuple[int, ...] = ()
        self.files: tuple[tuple[Path, bytes | None], ...] = ()
        self.facts: tuple[Part, ...] = ()
        self.wiring: tuple[Part, ...] = ()
        self.reads_files = False
        self.fault = ""
        if node.skip is not None:  # It gives nothing, whatever comes in; why is no matter.
            self.facts = (_fact("skipped", node.skip.failed),)
            return
        self.fault = _fault(node)
        if not self.fault:
            self._look(plan, node, signals)

    def _look(self, plan: Plan, node: NodePlan, signals: Sequence[Wire]) -> None:
        self.constants = tuple(
            ("value" if node.type == INPUT else source.port.name, slot)
            for source in node.inputs
            if not source.wired
            for slot in source.slots
        )
        wires = [
            (f"{source.port.name}[{number}]" if source.port.variadic else source.port.name, slot)
            for source in node.inputs
            if source.wired
            for number, slot in enumerate(source.slots)
        ]
        producers = [(label, plan.producers[slot]) for label, slot in wires]
        self.wires = (*((label, *producer) for label, producer in producers if producer is not None), *signals)
        code = digest.of_code(node.function)
        if code is None:
            self.fault = "has code that carries values which cannot be compared"
            return
        facts = [
            _text("type", node.type),
            _text("version", node.version),
            Part("code", "fact", code, ""),
            _text("how its signals are joined", f"{node.activation} {node.controls}" if node.controls else ""),
            _fact("what it gives when it fails", None if isinstance(node.on_error, str) else dict(node.on_error)),
        ]
        inputs = [f"{source.port.name} {source.wired} {len(source.slots)}" for source in node.inputs]
        wired = [f"{label} {port}" for label, _, port in self.wires]
        outputs = [output.port.name for output in node.returned]
        wiring = [
            _text("its wires", "\n".join([*inputs, "", *wired, "", *outputs])),
            *(_default(f"the default of `{s.port.name}`", s.default) for s in node.inputs if s.wired),
        ]
        missing = next((part for part in (*facts, *wiring) if not part.digest), None)
        if missing is not None:
            self.fault = f"has values that cannot be compared: {missing.label}"
            return
        self.facts, self.wiring = tuple(facts), tuple(wiring)
        if "read-files" in node.effects:
            self._look_at_paths(plan, node)

    def _look_at_paths(self, plan: Plan, node: NodePlan) -> None:
        self.reads_files = True
        paths: list[int] = []
        for source in node.inputs:
            if source.port.field.save or not _may_name_files(source.port.hint, bool(source.port.field.file_filter)):
                continue
            for slot in source.slots:
                constant = _constant_behind(plan, slot)
                if constant is None:
                    self.fault = f"reads files that `{source.port.name}` names only while it runs"
                    return
                paths.append(constant)
        self.paths = tuple(paths)


def told(value: Any) -> str:
    """A constant in words, short."""
    if not isinstance(value, PurePath):
        return shown(value)
    text = str(value)
    return shown(text if len(text) <= _LONGEST_PATH else f"…{text[-_LONGEST_PATH:]}")  # The end tells the most.


def _fact(label: str, value: Any) -> Part:
    if value is None:
        return _text(label, "")
    return Part(label, "fact", digest.digest(value) or b"", shown(value))


@lru_cache(maxsize=10_000)
def _text(label: str, text: str) -> Part:
    return Part(label, "fact", digest.of_bytes(text.encode("utf-8", "surrogatepass")), text)


def _default(label: str, value: Any) -> Part:
    # `repr` tells numbers apart that are equal, such as 0.0 and -0.0.
    return _text(label, f"{type(value)} {value!r}") if type(value) in ATOMS else _fact(label, value)


def _fault(node: NodePlan) -> str:
    """Why a node's outputs depend on more than what goes into it; empty if they do not."""
    if node.call is not None:
        return "runs a graph, of which the nodes inside are kept one by one"
    if not node.pure:
        return "is not pure"
    if node.kind == "class":
        return "keeps a state from one epoch to the next"
    if node.kind == "generator":
        return "gives another value in each epoch"
    others = sorted(node.effects - {"read-files"})
    return f"does more than compute (`{others[0]}`)" if others else ""


def _constant_behind(plan: Plan, slot: int) -> int | None:
    """The constant that reaches a slot, through inputs and outputs of graphs; None if it is computed."""
    while (producer := plan.producers[slot]) is not None:
        node = plan.nodes[producer[0]]
        if node.type not in (INPUT, OUTPUT) or len(node.inputs) != 1 or len(node.inputs[0].slots) != 1:
            return None
        slot = node.inputs[0].slots[0]
    return slot


def _may_name_files(hint: Any, has_filter: bool) -> bool:
    for part in hints.alternatives(hints.plain(hint)):
        kind = hints.class_of(part)
        if kind is None or kind is object or issubclass(kind, PurePath) or (has_filter and issubclass(kind, str)):
            return True
        if any(_may_name_files(inner, has_filter) for inner in hints.arguments(hints.plain(part)) if inner is not ...):
            return True
    return False


def paths_in(value: Any) -> list[Path]:
    """The paths in a constant."""
    if isinstance(value, list | tuple | set | frozenset):
        return [path for item in value for path in paths_in(item)]
    if isinstance(value, dict):
        return paths_in([*(key for key in value if isinstance(key, PurePath)), *value.values()])  # Text names an item.
    return [Path(value)] if isinstance(value, str | PurePath) else []
