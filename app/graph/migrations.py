"""Versions of the file format: an older file is brought up to date step by step, a newer one is refused.

A step is a pure function from the whole file of version n to that of n + 1, both as JSON. Version 1 is the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .plain import BadValue, Json, shown

VERSION = 1
"""The version that this AnimaWeave writes."""

Step: TypeAlias = Callable[[dict[str, Json]], dict[str, Json]]

STEPS: Mapping[int, Step] = {}
"""From version n to n + 1, by n."""


def migrate(
    raw: dict[str, Json], *, steps: Mapping[int, Step] | None = None, version: int = VERSION
) -> dict[str, Json]:
    """Bring a file's JSON to `version` by `steps`; None for those there are.

    Raises:
        BadValue: The file is newer, older than the oldest step, or of a form that a step cannot read.
    """
    steps = STEPS if steps is None else steps
    found = raw.get("version")
    if type(found) is not int:
        what = shown(found) if "version" in raw else "none"
        raise BadValue(f"expected the number of the file's version, such as {version}, found {what}", "$.version")
    if found > version:
        raise BadValue(
            f"found a file of version {found}, but this AnimaWeave reads versions up to {version}; "
            f"open it with a newer AnimaWeave",
            "$.version",
        )
    oldest = version
    while oldest - 1 in steps:
        oldest -= 1
    if found < oldest:
        expected = f"a version from {oldest} to {version}" if oldest < version else f"version {version}"
        raise BadValue(f"expected {expected}, found {found}", "$.version")
    for step in range(found, version):
        try:
            raw = {**steps[step](raw), "version": step + 1}
        except (AttributeError, LookupError, TypeError, ValueError):
            # Nothing has been checked yet: a step meets whatever the file holds.
            problem = (
                f"expected a file that can be brought from version {step} to {step + 1}, found one with other parts"
            )
            raise BadValue(problem, "$") from None
    return raw
