"""`animaweave check`: what is wrong with graphs, and with vessels, without running them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ..checking.checker import check as check_graph
from ..checking.diagnostic import Diagnostic, Severity
from ..checking.patch import as_json
from ..errors import AnimaWeaveError
from ..registry.discovery import load as load_vessels
from ..registry.lookup import Registry
from ..registry.sources import Problem, file_source
from .console import complain, printable, rendered, say, set_up, sole_document
from .exits import Code, code_of
from .options import AsJson, Quiet, Verbose, Vessels, load, registry_of, verbosity, warn_of

app = typer.Typer(add_completion=False)

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.HINT: "blue"}


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Graph files, and files of vessels.")],
    as_json: AsJson = False,
    vessels: Vessels = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Check graphs, and files of vessels, without running them.

    Exit codes: 0 no errors, 1 a graph has errors, 2 usage.
    """
    set_up(verbosity(verbose, quiet=quiet))
    if as_json:
        with sole_document() as write:
            try:
                looked = look_at(files, vessels or ())
            except AnimaWeaveError as problem:
                write(_as_json((), str(problem)))
                raise
            write(_as_json(looked))
    else:
        looked = look_at(files, vessels or ())
        for one in looked:
            _show(one, quiet=quiet)
    return max(one.code for one in looked)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in one file.

    Attributes:
        file: The file, as typed.
        findings: What is wrong with the graph.
        told: The same for programs.
        declared: What is wrong with a vessel's file.
        is_updated: Whether the findings, and their fixes, are about the graph as `animaweave update` writes it.
        problem: Why it could not be read, or None.
    """

    file: Path
    findings: Sequence[Diagnostic] = ()
    told: Sequence[Mapping[str, Any]] = ()
    declared: Sequence[Problem] = ()
    is_updated: bool = False
    problem: AnimaWeaveError | None = None

    @property
    def code(self) -> Code:
        """The exit code, if this were the only file."""
        if self.problem is not None:
            return code_of(self.problem)
        return Code.GRAPH if self.declared or any(finding.is_error for finding in self.findings) else Code.SUCCESS


def look_at(files: Iterable[Path], vessels: Iterable[Path]) -> list[Looked]:
    """Check each file; one that cannot be read keeps no other from being checked.

    Raises:
        UsageError: A vessel path is not there.
    """
    registry = registry_of(vessels)
    told = warn_of(registry.problems)
    looked = [_look_at(file, registry) for file in files]
    warn_of(registry.problems, told)
    return looked


def _look_at(file: Path, registry: Registry) -> Looked:
    try:
        if file.suffix == ".py" and file.is_file():
            return Looked(file, declared=_as_typed(load_vessels(file_source(file)).problems, file))
        graph = load(file, registry)
        findings = check_graph(graph, registry)
        told = [as_json(graph, registry, finding) for finding in findings]
        return Looked(file, findings, told, is_updated=bool(graph.updates))
    except AnimaWeaveError as problem:
        return Looked(file, problem=problem)


def _show(looked: Looked, *, quiet: bool) -> None:
    if looked.problem is not None:
        complain(printable(f"error: {looked.problem}"))
        return
    for problem in looked.declared:
        say(printable(f"error: {problem}"))
    lines = [_line(looked.file, finding) for finding in looked.findings if finding.is_error or not quiet]
    if not quiet:
        severities = [Severity.ERROR] * len(looked.declared) + [finding.severity for finding in looked.findings]
        lines.append(Text(f"{looked.file}: {_counted(severities)}"))
    if lines:
        say(rendered(*lines))


def _line(file: Path, finding: Diagnostic) -> Text:
    severity = str(finding.severity)
    line = Text(printable(f"{file}: {finding}"))
    line.highlight_words([f"{severity} {finding.code}"], f"bold {COLOURS[finding.severity]}")
    return line


def _counted(severities: Iterable[Severity]) -> str:
    counts = Counter(severities)
    counted = [f"{counts[kind]} {kind}{'s' if counts[kind] > 1 else ''}" for kind in Severity if counts[kind]]
    return ", ".join(counted) or "nothing to complain of"


def _as_json(looked: Sequence[Looked], error: str = "") -> str:
    files: list[dict[str, Any]] = [
        {
            "file": str(one.file),
            "diagnostics": [*one.told, *map(_declared, one.declared)],
            **({"updated": True} if one.is_updated else {}),
            **({"error": str(one.problem)} if one.problem is not None else {}),
        }
        for one in looked
    ]
    sound = not error and all(one.code == Code.SUCCESS for one in looked)
    document = {"status": "success" if sound else "failed", **({"error": error} if error else {}), "files": files}
    return json.dumps(document, indent=2)


def _as_typed(problems: Iterable[Problem], file: Path) -> list[Problem]:
    """What is wrong with a file, called as it was typed."""
    return [replace(one, sentence=one.sentence.replace(str(file.resolve()), str(file))) for one in problems]


_WHERE = re.compile(r"(?P<file>.+?):(?P<line>\d+): (?:node `(?P<node>[^`]+)`: )?")
_PARAMETER = re.compile(r"parameter `(?P<port>[^`]+)`")


def _declared(problem: Problem) -> dict[str, Any]:
    """What is wrong with a vessel's file, in the form of a finding; its sentence begins with the place."""
    sentence = str(problem)
    where = _WHERE.match(sentence)
    message = sentence if where is None else sentence[where.end() :]
    port = _PARAMETER.search(message)
    return {
        "code": None,
        "severity": "error",
        "message": message,
        "node": None if where is None else where["node"],
        "port": None if port is None else port["port"],
        "line": None if where is None else int(where["line"]),
    }
