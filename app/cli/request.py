"""What was typed after `run`, and the plan and values that it comes to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ..authoring.nodetype import Effect
from ..engine.compiler.plan import Plan
from ..errors import InputError, NotAllowed, ValueMismatch
from ..ports.port import MISSING
from ..ports.value import read_text
from ..ports.words import listed
from . import report
from .compiled import compiled
from .exits import UsageError
from .outputs import make_folder

EFFECTS: tuple[str, ...] = get_args(Effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed.

    Attributes:
        file: The graph file.
        settings: `name=value`, as typed.
        inputs: File of rows, an epoch each; `-` for standard input, None for no rows.
        epochs: Epochs after which a stream ends, or None.
        in_flight: Epochs of a stream that may be under way at once; None for what the engine takes.
        out: Folder for what is written, or None.
        workers: Threads that run nodes; None for one a core.
        targets: What to compute; all outputs if empty.
        partial: Whether nodes in error are left out instead of refused.
        vessels: Vessel files, or folders of them.
        timeout_s: Seconds that the run may take, or None.
        stops: Whether a node's failure stops the run, and a failed epoch the stream.
        allow: Effects that are allowed besides those that always are.
        cache: Folder in which results are kept for later runs, or None.
        trace: File for what happens when and where, or None.
        strict: Whether every value is held against the type of its port.
        seed: What random numbers come from; None for a fresh one.
        tracebacks: Whether failures are shown with the vessels' tracebacks.
    """

    file: Path
    settings: Sequence[str] = ()
    inputs: str | None = None
    epochs: int | None = None
    in_flight: int | None = None
    out: Path | None = None
    workers: int | None = None
    targets: Sequence[str] = ()
    partial: bool = False
    vessels: Sequence[Path] = ()
    timeout_s: float | None = None
    stops: bool = False
    allow: Sequence[str] = ()
    cache: Path | None = None
    trace: Path | None = None
    strict: bool = False
    seed: int | None = None
    tracebacks: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be run.

    Attributes:
        request: What was typed.
        plan: The plan; all that it does is allowed, and there is a folder for what it writes.
        values: Values of `--set`, by name.
    """

    request: Request
    plan: Plan
    values: dict[str, Any]


def prepare(request: Request) -> Prepared:
    """Make the plan, read the values, look whether all is allowed; nothing runs yet.

    Raises:
        AnimaWeaveError: The run cannot begin; nothing has been written.
    """
    pairs = [_pair(text) for text in request.settings]
    if request.timeout_s is not None and not 0 < request.timeout_s < math.inf:
        raise UsageError(f"--timeout {request.timeout_s:g}: expected a number of seconds above 0")
    for effect in request.allow:
        if effect not in EFFECTS:
            raise UsageError(f"--allow {effect}: expected {listed(EFFECTS)}")
    plan = compiled(
        request.file,
        vessels=request.vessels,
        targets=request.targets,
        partial=request.partial,
        out=request.out,
        stops=request.stops,
    )
    values = {name: _value(plan, name, text) for name, text in pairs}
    _refuse_effects(plan, request)
    if request.out is not None:
        make_folder(request.out)
    if request.cache is not None:
        make_folder(request.cache, "--cache")
    return Prepared(request, plan, values)


def refuse_missing(prepared: Prepared) -> None:
    """Look whether every input has a value.

    Raises:
        InputError: One has none.
    """
    plan = prepared.plan
    for setting in plan.settings.values():
        if plan.values[setting.slot] is MISSING and setting.name not in prepared.values:
            raise InputError(f"input `{setting.name}` has no value; give it one with --set {setting.name}=VALUE")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"--set {text}: expected NAME=VALUE, such as --set photo.path=other.png")
    return name.strip(), value


def _value(plan: Plan, name: str, text: str) -> Any:
    port = plan.setting(name).port
    try:
        value = read_text(text, port)
    except ValueMismatch as mismatch:
        raise InputError(f"--set {name}: {mismatch}") from None
    if isinstance(value, Path) and not text.strip():
        raise InputError(f"--set {name}: expected a path, found nothing after the =")
    return value


def _refuse_effects(plan: Plan, request: Request) -> None:
    allowed = {"read-files", *request.allow}
    refused: dict[str, Sequence[str]] = {
        effect: nodes for effect, nodes in plan.effects.items() if effect not in allowed
    }
    free = _free_to_write(plan)
    if request.out is not None and "write-files" in refused:
        refused["write-files"] = [node for node in refused["write-files"] if node in free]
    refused = {effect: nodes for effect, nodes in refused.items() if nodes}
    if not refused:
        return
    wishes = "; ".join(f"{effect} by {report.named(nodes)}" for effect, nodes in refused.items())
    ways = " ".join(f"--allow {effect}" for effect in refused)
    if list(refused) == ["write-files"] and not free.intersection(refused["write-files"]):
        ways = f"--out DIR to let them write below a folder, or {ways}"
    raise NotAllowed(f"{request.file}: the graph wants what this run does not allow: {wishes}; add {ways}")


def _free_to_write(plan: Plan) -> set[str]:
    """Nodes that `--out` does not bind: where they write is no path to write among their inputs."""
    return {node.id for node in plan.nodes if not any(source.port.field.save for source in node.inputs)}
