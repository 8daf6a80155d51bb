"""What each node's outputs depend on, as a key: nodes with equal keys give equal values.

A key is a Merkle hash: over the node's type, version, code and settings, the constants at its inputs, the files that
they name, and the keys of the nodes that its wires come from. So a key says all about what lies before its node, and a
change changes the keys of exactly what lies behind it. A node has no key if its outputs depend on more than that.

All that cannot change is worked out once a plan; in an epoch only what changed is hashed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from operator import is_not
from typing import Any, NamedTuple

from ..compiler.plan import Plan
from . import digest
from .face import ATOMS, Face, Part, Wire, paths_in, told
from .files import stamp


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
            into = signals.setdefault(consumer, [])
            into.append((f"{plan.nodes[consumer].controls[number].port}[{len(into)}]", producer, port))
        self._faces = [Face(plan, node, signals.get(index, ())) for index, node in enumerate(plan.nodes)]
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
                self._constants[slot] = Part(label, "value", known, told(value))
                self._dirty[reader] = 1
            if type(value) in ATOMS:
                self._seen[position] = value

    def _look_at_files(self, values: Sequence[Any]) -> None:
        for index in self._file_readers:
            face = self._faces[index]
            files = tuple(stamp(path) for slot in face.paths for path in paths_in(values[slot]))
            if files != face.files:
                face.files = files
                self._dirty[index] = 1

    def _record(self, face: Face, index: int) -> Record:
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
