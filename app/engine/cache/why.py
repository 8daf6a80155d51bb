"""Why a node was run again, or was not: what it depended on in the last two epochs, compared."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from .face import Part
from .provenance import Provenance, Record


class Answer(NamedTuple):
    """What came of looking for a node's result.

    Attributes:
        found: Whether there was a result.
        why_not: Why there was none, if that is known: "its result had been dropped …".
    """

    found: bool
    why_not: str = ""


class History:
    """What the nodes that ran through a cache depended on. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: dict[str, Record] = {}
        self._before: dict[str, Record | None] = {}
        self._answers: dict[str, Answer] = {}
        self._distrusted: dict[str, str] = {}

    def begin(self, provenance: Provenance, records: Sequence[Record]) -> None:
        """Note what an epoch's nodes depend on."""
        ids = provenance.ids
        with self._lock:
            self._before.update(zip(ids, map(self._now.get, ids), strict=True))
            self._now.update(zip(ids, records, strict=True))
            if self._answers or self._distrusted:
                for node in ids:
                    self._answers.pop(node, None)
                    self._distrusted.pop(node, None)

    def note(self, node: str, answer: Answer) -> None:
        """Note what came of looking for a node's result."""
        with self._lock:
            self._answers[node] = answer

    def note_distrust(self, node: str, why: str) -> None:
        """Note that a node's result holds for this epoch alone; `why` goes on from "ran again:"."""
        with self._lock:
            self._distrusted[node] = why

    def explain(self, node: str) -> str:
        """Why a node was run again in its last epoch, or was not: a sentence that goes on from its name."""
        with self._lock:
            now = self._now.get(node)
            if now is None:
                return "has not been run yet"
            before, answer = self._before.get(node), self._answers.get(node)
            distrusted = self._distrusted.get(node)
            if before is None:
                return _first(answer, has_run=now.key is None or answer is not None or distrusted is not None)
            if distrusted is not None:
                return f"ran again: {distrusted}"
            if now.key is None:
                return f"ran again: {_blamed(now, node)}"
            change = self._change(node)
            if answer is None:
                return "did not run"
            if answer.found:
                if not change:
                    return "was not run again: nothing that it depends on has changed"
                return f"was not run again: {change}, and its result for that was still there"
            return f"ran again: {change or answer.why_not or 'its last run left no result to keep'}"

    # -- under the lock -------------------------------------------------------------------------------------------

    def _change(self, node: str) -> str:
        """The first thing that is otherwise than in the epoch before; empty if nothing is. The node has a key."""
        now, before = self._now[node], self._before.get(node)
        if before is not None and before.key is None:
            return f"until now {_blamed(before, node, 'was always run')}"
        if before is None or _is_same(now, before):
            return ""
        part, was = _difference(now, before)
        if part.kind == "wire":
            return self._change_of_wire(part, was)
        if part.kind == "value":
            return _change_of_value(part, was)
        if part.kind == "file":
            return f"it reads another file, `{part.label}`" if was is None else f"its file `{part.label}` changed"
        return _change_of_fact(part, was, before)

    def _change_of_wire(self, part: Part, was: Part | None) -> str:
        if was is None:
            return f"`{part.label}` is wired to `{part.told}` now"
        if was.told != part.told:
            return f"`{part.label}` is wired to `{part.told}` instead of `{was.told}`"
        root = self._root(part.told.rpartition(".")[0])
        answer = self._answers.get(root)
        deed = "has another result" if answer is not None and answer.found else "ran again"
        return f"`{root}` upstream {deed} ({self._change(root) or 'it changed in another run'})"

    def _root(self, node: str) -> str:
        """The node, itself or one before it, with which a change began."""
        while True:
            now, before = self._now[node], self._before.get(node)
            if before is None or before.key is None or _is_same(now, before):
                return node
            part, was = _difference(now, before)
            if part.kind != "wire" or was is None or was.told != part.told:
                return node
            node = part.told.rpartition(".")[0]


def _is_same(now: Record, before: Record) -> bool:
    return now is before or (now.key is not None and before.key is not None and now.key.digest == before.key.digest)


def _difference(now: Record, before: Record) -> tuple[Part, Part | None]:
    """The first part that is otherwise in two records with different keys, and what it was."""
    old = {(part.kind, part.label): part for part in before.parts}
    for part in now.parts:
        was = old.get((part.kind, part.label))
        if was is None or was.digest != part.digest:
            return part, was
    raise AssertionError("keys are made of parts, so other keys have other parts")


def _change_of_value(part: Part, was: Part | None) -> str:
    if was is None:
        return f"`{part.label}` is set to {part.told} now"
    if was.told == part.told:
        return f"`{part.label}` has other contents"
    return f"`{part.label}` changed from {was.told} to {part.told}"


def _change_of_fact(part: Part, was: Part | None, before: Record) -> str:
    if was is None:
        known = ("frozen", "skipped")
        return f"it is {part.label} now" if part.label in known else f"it is not {before.parts[0].label} any more"
    if part.label in ("type", "version"):
        return f"its {part.label} changed from {was.told} to {part.told}"
    return {"code": "its code was edited", "frozen": "its frozen values changed"}.get(
        part.label, f"{part.label} changed"
    )


def _first(answer: Answer | None, *, has_run: bool) -> str:
    if answer is not None and answer.found:
        return "was not run: its result was there already"
    return "ran for the first time" if has_run else "did not run"


def _blamed(record: Record, node: str, fault: str = "") -> str:
    if record.blame is None:
        raise AssertionError(f"`{node}` has neither a key nor a reason to have none")
    fault = fault or record.blame.fault
    return f"it {fault}" if record.blame.node == node else f"`{record.blame.node}` before it {fault}"
