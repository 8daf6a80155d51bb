"""What each node's outputs depend on, as a key: nodes with equal keys give equal values.

A key is a Merkle hash: over the node's type, version, code and settings, the constants at its inputs, the files that
they name, and the keys of the nodes that its wires come from. So a key says all about what lies before its node, and a
change changes the keys of exactly what lies behind it. A node has no key if its outputs depend on more than that.

All that cannot change is worked out once a plan; in an epoch only what changed is hashed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress
from operator import is_not
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from ...authoring.control import Signal
from ...ports import hint as hints
from ...ports.port import MISSING
from ...ports.words import shown
from ...registry.boundary import INPUT, OUTPUT
from ..compiler.plan import NodePlan, Plan
from . import digest
from .files import stamp

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(Path()), Signal, type(MISSING)})
"""Types whose values never change: the same object has the same digest."""


_LONGEST_PATH = 40


class Key(NamedTuple):
    """What a node's outputs depend on.

    Attributes:
        digest: Of all of it.
        node: Id of the node.
    """

    digest: bytes
    node: str


class Blame(NamedTuple):
    """Why a node has no key.

    Attributes:
        node: Id of the node to blame: itself, or one before it.
        fault: What is the matter with that node: "is not pure".
    """

    node: str
    fault: str


class Part(NamedTuple):
    """One thing that a node's outputs depend on.

    Attributes:
        label: What it is: the name of an input; for a wire, the id of the node that it comes from.
        kind: `fact`, `value`, `wire` or `file`.
        digest: Equal for equal things.
        told: It in words.
    """

    label: str
    kind: str
    digest: bytes
    told: str


Wire = tuple[str, int, str]
"""The input at which a wire ends, the producer, the producer's port."""


class Record(NamedTuple):
    """What a node's outputs depended on in an epoch.

    Attributes:
        parts: One by one.
        key: All together; None where there is none.
        blame: Why there is none.
    """

    parts: tuple[Part, ...]
    key: Key | None
    blame: Blame | None = None


class Provenance:
    """Gives the keys of a plan's nodes, epoch after epoch. One thread at a time.

    Args:
        plan: The plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.ids = tuple(node.id for node in plan.nodes)
        signals: dict[int, list[Wire]] = {}
        for producer, port, consumer, number in plan.signal_wires():
            label = f"{plan.nodes[consumer].controls[number].port}[{number}]"
            signals.setdefault(consumer, []).append((label, producer, port))
        self._faces = [_Face(plan, node, signals.get(index, [])) for index, node in enumerate(plan.nodes)]
        self._dirty = bytearray(b"\1" * len(plan.nodes))
        self._records: list[Record] = [Record((), None)] * len(plan.nodes)
        self._keys: list[Key | None] = [None] * len(plan.nodes)
        # By slot: each constant is read at one input of one node.
        self._readers = {
            slot: (index, label) for index, face in enumerate(self._faces) for label, slot in face.constants
        }
        self._slots = tuple(self._readers)
        self._seen: list[Any] = [self] * len(self._slots)  # No constant is this object.
        self._constants: dict[int, Part] = {}
        self._frozen: dict[int, bytes] = {}
        self._file_readers = [index for index, face in enumerate(self._faces) if face.paths]

    def records(self, values: Sequence[Any], frozen: Mapping[int, bytes]) -> tuple[list[Key | None], list[Record]]:
        """Keys and what they are made of, a node each, for an epoch.

        Args:
            values: The epoch's slots at its begin: constants and inputs.
            frozen: For nodes that are not run but give frozen values: the digest of these.
        """
        self._look_at_constants(values)
        self._look_at_files(values)
        for index in {*self._frozen, *frozen}:
            if self._frozen.get(index) != frozen.get(index):
                self._dirty[index] = 1
        self._frozen = dict(frozen)
        dirty = self._dirty
        index = dirty.find(1)
        while index >= 0:
            face, old = self._faces[index], self._keys[index]
            record = self._record(face, index)
            self._records[index], self._keys[index] = record, record.key
            if old != record.key or record.key is None:
                for consumer in face.consumers:
                    dirty[consumer] = 1
            # Last, so that an interrupted look is made good by the next one.
            dirty[index] = 0
            index = dirty.find(1, index + 1)
        return self._keys.copy(), self._records.copy()

    def _look_at_constants(self, values: Sequence[Any]) -> None:
        got = [values[slot] for slot in self._slots]
        for position in compress(range(len(got)), map(is_not, got, self._seen)):
            slot, value = self._slots[position], got[position]
            known = digest.digest(value) or b""
            old = self._constants.get(slot)
            if old is None or not known or old.digest != known:
                reader, label = self._readers[slot]
                self._constants[slot] = Part(label, "value", known, _told(value))
                self._dirty[reader] = 1
            if type(value) in ATOMS:
                self._seen[position] = value

    def _look_at_files(self, values: Sequence[Any]) -> None:
        for index in self._file_readers:
            face = self._faces[index]
            files = tuple(stamp(path) for slot in face.paths for path in _paths(values[slot]))
            if files != face.files:
                face.files = files
                self._dirty[index] = 1

    def _record(self, face: _Face, index: int) -> Record:
        if index in self._frozen:
            return _recorded(face.id, [Part("frozen", "fact", self._frozen[index], "")])
        if face.fault:
            return Record((), None, Blame(face.id, face.fault))
        parts = list(face.facts)
        for label, slot in face.constants:
            part = self._constants[slot]
            if not part.digest:
                return Record((), None, Blame(face.id, f"has an input `{label}` that cannot be compared"))
            parts.append(part)
        for label, producer, port in face.wires:
            key = self._keys[producer]
            if key is None:
                return Record((), None, self._records[producer].blame)
            parts.append(Part(label, "wire", key.digest, f"{key.node}.{port}"))
        if face.reads_files and not face.files:
            return Record((), None, Blame(face.id, "reads files that none of its inputs names"))
        for path, known in face.files:
            if known is None:
                return Record((), None, Blame(face.id, f"reads `{path}`, which is not there or cannot be compared"))
            parts.append(Part(path.name, "file", known, str(path)))
        parts += face.wiring
        return _recorded(face.id, parts)


def _recorded(node: str, parts: list[Part]) -> Record:
    return Record(tuple(parts), Key(digest.of_bytes(b"".join([part.digest for part in parts])), node))


class _Face:
    """What there is to know of a node before any epoch.

    Attributes:
        id: The node's id.
        facts: What its outputs depend on that never changes within the plan.
        wiring: So does the way in which it is wired.
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
        outputs = (*node.returned, *(output for output in (node.done, node.error) if output is not None))
        readers = (output.consumers for output in outputs)
        listeners = ((consumer for consumer, _ in output.signals) for output in outputs)
        self.consumers = tuple({*chain.from_iterable(readers), *chain.from_iterable(listeners)})
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
        self.wires = tuple((label, *producer) for label, producer in producers if producer is not None) + tuple(signals)
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


def _told(value: Any) -> str:
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
    if not node.pure:
        return "is not pure"
    if node.kind == "class":
        return "keeps a state from one epoch to the next"
    if node.kind == "generator":
        return "gives another value in each epoch"
    if node.call is not None:
        return "runs a graph of its own"
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


def _paths(value: Any) -> list[Path]:
    """The paths in a constant."""
    if isinstance(value, list | tuple | set | frozenset):
        return [path for item in value for path in _paths(item)]
    if isinstance(value, dict):
        return _paths([*(key for key in value if isinstance(key, PurePath)), *value.values()])  # Text names an item.
    return [Path(value)] if isinstance(value, str | PurePath) else []
