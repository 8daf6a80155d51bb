"""What a run leaves behind, as one JSON document or for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..authoring.error_info import ErrorInfo
from ..checking.diagnostic import Diagnostic
from ..engine.compiler.plan import Plan
from ..engine.result import NodeResult, Result
from ..errors import AnimaWeaveError, GraphError
from ..ports.hint import Hint
from ..registry.boundary import OUTPUT
from .console import duration, printable, rendered
from .exits import Code
from .outputs import Json, Outputs, words

COLOURS = {"success": "green", "partial": "yellow", "failed": "red", "cancelled": "yellow"}

NAMED = 5
"""Nodes that are named before the rest is counted."""


def document(plan: Plan, result: Result, outputs: Outputs, *, tracebacks: bool = False) -> dict[str, Json]:
    """A run as plain JSON; writes what becomes a file.

    Args:
        plan: What was run.
        result: What came of it.
        outputs: Turns values into JSON and files.
        tracebacks: Whether errors come with the vessels' tracebacks.
    """
    hints = {name: hint_of(plan, slot) for name, slot in plan.outputs.items()}
    return {
        "status": result.status,
        **({"reason": result.reason} if result.reason else {}),
        "outputs": {name: outputs.json(name, value, hints[name]) for name, value in result.outputs.items()},
        "nodes": {name: _node(node, tracebacks=tracebacks) for name, node in result.nodes.items()},
        "bytes_freed": result.bytes_freed,
        "peak_bytes": result.peak_bytes,
        "epochs": 1,
        "seconds": round(result.elapsed_s, 6),
        **({} if result.seed is None else {"seed": result.seed}),
        **({"problems": outputs.problems} if outputs.problems else {}),
    }


def epoch(
    number: int,
    result: Result,
    hints: Mapping[str, Hint],
    outputs: Outputs,
    *,
    line: int | None = None,
    tracebacks: bool = False,
) -> dict[str, Json]:
    """One epoch of a stream as plain JSON; writes what becomes a file.

    Args:
        number: Which epoch, from 0.
        result: What came of it.
        hints: Types of the outputs by name, as `hint_of` gives them.
        outputs: Turns values into JSON and files.
        line: Where its row begins in the file, from 1; None if it has none.
        tracebacks: Whether errors come with the vessels' tracebacks.
    """
    errors = {name: _error(error, tracebacks=tracebacks) for name, error in result.errors.items()}
    return {
        "epoch": number,
        **({} if line is None else {"line": line}),
        "status": result.status,
        **({"reason": result.reason} if result.reason else {}),
        "outputs": {name: outputs.json(name, value, hints[name]) for name, value in result.outputs.items()},
        **({"errors": errors} if errors else {}),
        "bytes_freed": result.bytes_freed,
        "peak_bytes": result.peak_bytes,
        "seconds": round(result.elapsed_s, 6),
        **({} if result.seed is None else {"seed": result.seed}),
        **({"problems": outputs.problems} if outputs.problems else {}),
    }


def refusal(problem: BaseException) -> dict[str, Json]:
    """A run that did not begin, in the same form: `error` says why, `diagnostics` what is wrong with the graph."""
    return {**end(problem), "outputs": {}, "nodes": {}, "bytes_freed": 0, "peak_bytes": 0, "epochs": 0}


def end(problem: BaseException) -> dict[str, Json]:
    """What ended a stream before its time, or before it began."""
    if isinstance(problem, AnimaWeaveError):
        return {"status": "failed", **why(problem)}
    return {"status": "cancelled", "reason": "interrupted"}


def why(problem: AnimaWeaveError) -> dict[str, Json]:
    """An error as plain JSON: the sentence, and what is wrong with the graph."""
    findings = problem.diagnostics if isinstance(problem, GraphError) else ()
    sentence = str(problem).splitlines()[0].rstrip(":") if findings else str(problem)
    diagnostics = [finding.as_json() for finding in findings if isinstance(finding, Diagnostic)]
    return {"error": sentence, **({"diagnostics": diagnostics} if diagnostics else {})}


def as_text(document: Mapping[str, Json]) -> str:
    """The document's text, a line for each output and node; ASCII, so that no locale can spoil it."""

    def lines(table: Mapping[str, Json], indent: str) -> str:
        deeper = indent + "  "
        rows = [f"{deeper}{json.dumps(key)}: {text(key, value, deeper)}" for key, value in table.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"

    def text(key: str, value: Json, indent: str) -> str:
        if key in ("outputs", "nodes") and indent == "  " and value:
            return lines(value, indent)
        return json.dumps(value, allow_nan=False)

    return lines(document, "")


def code(result: Result, outputs: Outputs) -> Code:
    """The exit code of a run that began."""
    if result.status == "cancelled":
        return Code.CANCELLED
    if result.status != "success":
        return Code.NODE if result.errors else Code.GRAPH
    return Code.NODE if outputs.problems else Code.SUCCESS


def complaints(result: Result, *, tracebacks: bool = False) -> list[str]:
    """What went wrong, a line each: failures, and nodes that were skipped because of them."""
    lines = [_failure(name, error, tracebacks=tracebacks) for name, error in result.errors.items()]
    reasons: dict[str, list[str]] = {}
    if result.status != "success":
        for name, node in result.nodes.items():
            if node.state == "skipped":
                reasons.setdefault(node.reason, []).append(name)
    lines += [f"skipped: {named(names)}, since {reason}" for reason, names in reasons.items()]
    return [printable(line) for line in lines]


def summary(document: Mapping[str, Json]) -> str:
    """A run in one line."""
    status, took = document["status"], duration(document["seconds"])
    reason = f" ({document['reason']})" if document.get("reason") else ""
    freed, peak = size(document["bytes_freed"]), size(document["peak_bytes"])
    return f"{status}{reason} in {took}, {freed} freed, {peak} at the peak"


def table(document: Mapping[str, Json]) -> str:
    """The outputs of a run and its summary, for people."""
    # Most runs are for programs, which need no table.
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    outputs = Table.grid(padding=(0, 2, 0, 0))
    outputs.add_column(style="bold", no_wrap=True)
    outputs.add_column(overflow="fold")
    for name, value in document["outputs"].items():
        outputs.add_row(Text(printable(name)), Text(printable(words(value))))
    status = document["status"]
    line = Text(printable(summary(document)))
    line.stylize(f"bold {COLOURS[status]}", 0, len(status))
    return rendered(*([outputs] if outputs.row_count else []), line)


def size(count: int) -> str:
    """A number of bytes with three digits, in SI units: `4.27 MB`."""
    value, (unit, *larger) = float(count), ("B", "kB", "MB", "GB", "TB")
    while value >= 1000 and larger:
        value, unit, *larger = value / 1000, *larger
    return f"{count} B" if unit == "B" else f"{value:.{2 - (value >= 10) - (value >= 100)}f} {unit}"


def hint_of(plan: Plan, slot: int) -> Hint:
    """Type of an output; a `graph.output` that declares none has that of what is wired into it."""
    while (producer := plan.producers[slot]) is not None:
        node = plan.nodes[producer[0]]
        outputs = (*node.returned, node.done, node.error)
        hint = next(output.port.hint for output in outputs if output is not None and output.port.name == producer[1])
        if node.type != OUTPUT or hint is not Any or not node.inputs[0].slots:
            return hint
        slot = node.inputs[0].slots[0]
    return Any


def _node(node: NodeResult, *, tracebacks: bool) -> dict[str, Json]:
    about: dict[str, Json] = {"state": node.state, "ms": None if node.ms is None else round(node.ms, 6)}
    if node.reason:
        about["reason"] = node.reason
    if node.error is not None:
        about["error"] = _error(node.error, tracebacks=tracebacks)
    return about


def _error(error: ErrorInfo, *, tracebacks: bool) -> dict[str, Json]:
    about = {"type": error.type, "message": error.message}
    return {**about, "traceback": error.traceback} if tracebacks else about


def _failure(name: str, error: ErrorInfo, *, tracebacks: bool) -> str:
    return f"failed: {name}: {error}" + (f"\n{error.traceback.rstrip()}" if tracebacks and error.traceback else "")


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    first, rest = list(names)[:NAMED], list(names)[NAMED:]
    return ", ".join(first) + (f" and {len(rest)} more" if rest else "")
