"""`animaweave check`: what is wrong with graphs, without running them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ..checking.checker import check as check_graph
from ..checking.diagnostic import Diagnostic, Severity
from ..errors import AnimaWeaveError
from ..registry.lookup import Registry
from .console import complain, printable, rendered, say, set_up, sole_document
from .exits import Code, code_of
from .options import AsJson, Quiet, Verbose, Vessels, load, registry_of, verbosity, warn_of

app = typer.Typer(add_completion=False)

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.HINT: "blue"}


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Graph files.")],
    as_json: AsJson = False,
    vessels: Vessels = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Check graphs without running them.

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
        problem: Why it could not be read, or None.
    """

    file: Path
    findings: Sequence[Diagnostic] = ()
    problem: AnimaWeaveError | None = None

    @property
    def code(self) -> Code:
        """The exit code, if this were the only file."""
        if self.problem is not None:
            return code_of(self.problem)
        return Code.GRAPH if any(finding.is_error for finding in self.findings) else Code.SUCCESS


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
        return Looked(file, check_graph(load(file, registry), registry))
    except AnimaWeaveError as problem:
        return Looked(file, problem=problem)


def _show(looked: Looked, *, quiet: bool) -> None:
    if looked.problem is not None:
        complain(printable(f"error: {looked.problem}"))
        return
    lines = [_line(looked.file, finding) for finding in looked.findings if finding.is_error or not quiet]
    if not quiet:
        lines.append(Text(f"{looked.file}: {_counted(looked.findings)}"))
    if lines:
        say(rendered(*lines))


def _line(file: Path, finding: Diagnostic) -> Text:
    severity = str(finding.severity)
    line = Text(printable(f"{file}: {finding}"))
    line.highlight_words([f"{severity} {finding.code}"], f"bold {COLOURS[finding.severity]}")
    return line


def _counted(findings: Iterable[Diagnostic]) -> str:
    counts = Counter(finding.severity for finding in findings)
    counted = [f"{counts[kind]} {kind}{'s' if counts[kind] > 1 else ''}" for kind in Severity if counts[kind]]
    return ", ".join(counted) or "nothing to complain of"


def _as_json(looked: Sequence[Looked], error: str = "") -> str:
    files: list[dict[str, Any]] = [
        {
            "file": str(one.file),
            "diagnostics": [finding.as_json() for finding in one.findings],
            **({"error": str(one.problem)} if one.problem is not None else {}),
        }
        for one in looked
    ]
    sound = not error and all(one.code == Code.SUCCESS for one in looked)
    document = {"status": "success" if sound else "failed", **({"error": error} if error else {}), "files": files}
    return json.dumps(document, indent=2)
