"""A trace as Perfetto reads it."""

import json
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

FIELDS = {
    "M": {"pid", "tid", "name", "args"},
    "X": {"pid", "tid", "name", "cat", "ts", "dur", "args"},
    "s": {"pid", "tid", "name", "cat", "ts", "id"},
    "f": {"pid", "tid", "name", "cat", "ts", "id", "bp"},
    "b": {"pid", "tid", "name", "cat", "ts", "id2", "args"},
    "e": {"pid", "tid", "name", "cat", "ts", "id2", "args"},
    "C": {"pid", "tid", "name", "ts", "args"},
    "i": {"pid", "tid", "name", "ts", "s"},
}
"""What the format wants of each phase."""


class Seen:
    """A trace as Perfetto reads it: sorted by time, slices of a track within one another, arrows bound to slices."""

    def __init__(self, path: Path) -> None:
        self.entries: list[Entry] = json.loads(path.read_bytes())
        for entry in self.entries:
            assert set(entry) >= FIELDS[entry["ph"]] | {"ph"}, entry
            assert entry.get("ts", 0) >= 0
        self.slices = sorted(self.of("X"), key=lambda entry: (entry["ts"], -entry["dur"]))
        assert all(entry["dur"] > 0 for entry in self.slices)
        self._assert_nested()

    def of(self, phase: str) -> list[Entry]:
        return [entry for entry in self.entries if entry["ph"] == phase]

    def names(self, phase: str) -> list[str]:
        return [entry["name"] for entry in self.of(phase)]

    def slice(self, name: str) -> Entry:
        (found,) = (entry for entry in self.slices if entry["name"] == name)
        return found

    def track(self, entry: Entry) -> str:
        """Name of an entry's track."""
        (name,) = (
            other["args"]["name"]
            for other in self.of("M")
            if other["name"] == "thread_name" and other["tid"] == entry["tid"]
        )
        return str(name)

    def arrows(self) -> list[tuple[str, str]]:
        """Names of the slices that arrows lead from and to."""
        ends = {entry["id"]: entry for entry in self.of("f")}
        begins = self.of("s")
        assert sorted(ends) == sorted(entry["id"] for entry in begins)
        for entry in begins:
            assert entry["ts"] <= ends[entry["id"]]["ts"]
            assert ends[entry["id"]]["bp"] == "e"
        return sorted((self._open_at(entry), self._open_at(ends[entry["id"]])) for entry in begins)

    def _open_at(self, point: Entry) -> str:
        """The innermost slice that is open at a point of a track."""
        return str(
            [
                entry["name"]
                for entry in self.slices
                if entry["tid"] == point["tid"] and entry["ts"] <= point["ts"] < entry["ts"] + entry["dur"]
            ][-1]
        )

    def _assert_nested(self) -> None:
        opened: dict[int, list[float]] = {}
        for entry in self.slices:
            ends = opened.setdefault(entry["tid"], [])
            while ends and ends[-1] <= entry["ts"] + 5e-4:
                ends.pop()
            assert not ends or entry["ts"] + entry["dur"] <= ends[-1] + 5e-4, entry
            ends.append(entry["ts"] + entry["dur"])
