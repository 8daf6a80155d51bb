"""`animaweave run`: run a graph once.

The main thread only waits and draws, so that Ctrl-C always arrives; nodes run on the engine's threads.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, get_args

import typer

from ..authoring.nodetype import ERROR, Effect
from ..engine.compiler.compile import compile as compile_graph
from ..engine.compiler.plan import Plan
from ..engine.engine import GRACE_S, Engine, Run
from ..engine.result import Result
from ..errors import AnimaWeaveError, GraphError, InputError, NotAllowed, ValueMismatch
from ..graph.document import Graph
from ..ports.port import MISSING
from ..ports.value import read_text
from ..ports.words import listed
from . import report
from .console import complain, say, set_up, sole_document
from .exits import Code, UsageError
from .interrupts import Interrupts
from .options import AsJson, Quiet, Verbose, Vessels, load, registry_of, verbosity, warn_of_problems
from .outputs import Outputs, make_folder
from .progress import Watch, watch

app = typer.Typer(add_completion=False)

EFFECTS: tuple[str, ...] = get_args(Effect)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The graph file.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give an input of the graph, or NODE.PARAMETER, a value."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for pictures, arrays and what nodes write; made if need be."),
    ] = None,
    as_json: AsJson = False,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Threads that run nodes.", show_default="one a core")
    ] = None,
    targets: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="NODE[.PORT]", help="Run only what this output needs. May be given again."),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out nodes with errors and what needs them; run the rest.")
    ] = False,
    vessels: Vessels = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Cancel the run when it takes longer.")
    ] = None,
    on_error: Annotated[
        Literal["continue", "stop"],
        typer.Option(help="What a node's failure does to the nodes that do not need it."),
    ] = "continue",
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="EFFECT", help="Allow write-files, network or run-code. May be given again."),
    ] = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Run a graph once.

    Exit codes: 0 success, 1 the graph has errors, 2 usage, 3 a node failed,
    4 not allowed, 130 cancelled.
    """
    level = verbosity(verbose, quiet=quiet)
    set_up(level)
    request = Request(
        file=file,
        settings=tuple(settings or ()),
        out=out,
        workers=workers,
        targets=tuple(targets or ()),
        partial=partial,
        vessels=tuple(vessels or ()),
        timeout_s=timeout,
        stops=on_error == "stop",
        allow=tuple(allow or ()),
        tracebacks=level > 0,
    )
    if as_json:
        with sole_document() as write:
            try:
                done = carry_out(request, Watch())
            except (AnimaWeaveError, KeyboardInterrupt) as problem:
                write(report.as_text(report.refusal(problem)))
                raise
            write(report.as_text(done.document))
    else:
        done = carry_out(request, watch(quiet=quiet, level="debug" if level > 0 else "info"))
        say(report.table(done.document))
    if done.abandoned:
        _leave(done.code)
    return done.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed.

    Attributes:
        file: The graph file.
        settings: `name=value`, as typed.
        out: Folder for what is written, or None.
        workers: Threads that run nodes; None for one a core.
        targets: What to compute; all outputs if empty.
        partial: Whether nodes in error are left out instead of refused.
        vessels: Vessel files, or folders of them.
        timeout_s: Seconds that the run may take, or None.
        stops: Whether a node's failure stops the run.
        allow: Effects that are allowed besides those that always are.
        tracebacks: Whether failures are shown with the vessels' tracebacks.
    """

    file: Path
    settings: Sequence[str] = ()
    out: Path | None = None
    workers: int | None = None
    targets: Sequence[str] = ()
    partial: bool = False
    vessels: Sequence[Path] = ()
    timeout_s: float | None = None
    stops: bool = False
    allow: Sequence[str] = ()
    tracebacks: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A run that is over.

    Attributes:
        document: Its report, as plain JSON.
        code: The exit code.
        abandoned: Whether a node goes on that does not look at its context; only the end of the process ends it.
    """

    document: dict[str, Any]
    code: Code
    abandoned: bool


def carry_out(request: Request, looks: Watch) -> Done:
    """Run the graph, write what becomes a file, complain of what failed.

    Args:
        request: What was typed.
        looks: Shows the run while it goes on.
    Raises:
        AnimaWeaveError: The run cannot begin; nothing has been written.
    """
    pairs = [_pair(text) for text in request.settings]
    if request.timeout_s is not None and not 0 < request.timeout_s < float("inf"):
        raise UsageError(f"--timeout {request.timeout_s:g}: expected a number of seconds above 0")
    for effect in request.allow:
        if effect not in EFFECTS:
            raise UsageError(f"--allow {effect}: expected {listed(EFFECTS)}")
    plan = _plan(request)
    inputs = {name: _value(plan, name, text) for name, text in pairs}
    for setting in plan.settings.values():
        if plan.values[setting.slot] is MISSING and setting.name not in inputs:
            raise InputError(f"input `{setting.name}` has no value; give it one with --set {setting.name}=VALUE")
    _refuse_effects(plan, request)
    if request.out is not None:
        make_folder(request.out)
    result, abandoned = _run(plan, inputs, request, looks)
    outputs = Outputs(request.out)
    document = report.document(plan, result, outputs, tracebacks=request.tracebacks)
    for line in (*report.complaints(result, tracebacks=request.tracebacks), *outputs.problems):
        complain(line)
    return Done(document, report.code(result, outputs), abandoned)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"--set {text}: expected NAME=VALUE, such as --set photo.path=other.png")
    return name.strip(), value


def _plan(request: Request) -> Plan:
    graph = load(request.file)
    registry = registry_of(request.vessels)
    told = warn_of_problems(registry)
    if request.stops:
        for part in (graph, *graph.subgraphs.values()):
            _stop_at_failures(part)
    try:
        return compile_graph(
            graph,
            registry=registry,
            targets=request.targets or None,
            partial=request.partial,
            out=request.out,
        )
    except GraphError as problem:
        sentence, *_ = str(problem).splitlines()
        raise GraphError(f"{request.file}: {sentence}", problem.diagnostics) from None
    finally:
        warn_of_problems(registry, told)


def _stop_at_failures(graph: Graph) -> None:
    """Let every failure that the graph does not handle itself stop the run."""
    handled = {wire.source.node for wire in graph.wires if wire.source.port == ERROR.name}
    for node in graph.nodes.values():
        if node.run.on_error == "skip" and node.id not in handled:
            graph.set_run(node, on_error="stop")


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


def _run(plan: Plan, inputs: Mapping[str, Any], request: Request, looks: Watch) -> tuple[Result, bool]:
    """Run the plan; tell whether a node had to be abandoned."""
    engine = Engine(plan, request.workers)
    abandoned = False
    try:
        with Interrupts() as interrupts:
            running = engine.submit(inputs)
            try:
                abandoned = not _wait(running, interrupts, request.timeout_s, looks)
            finally:
                looks.close(running)
        return running.result(), abandoned
    finally:
        if not abandoned:  # Else its threads end with the process.
            engine.close()


def _wait(running: Run, interrupts: Interrupts, timeout_s: float | None, looks: Watch) -> bool:
    """Wait for the run and show it; cancel it when asked to. Tells whether all of it has ended."""
    deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
    while not running.wait(max(0.0, min(looks.pause_s, deadline - time.monotonic()))):
        looks.look(running)
        if interrupts.asked:
            looks.tell("cancelling; Ctrl-C again ends at once what does not stop")
            running.cancel("interrupted")
            break
        if time.monotonic() >= deadline:
            running.cancel(f"it took longer than {timeout_s:g} s")
            break
    has_ended = running.wait(GRACE_S)
    running.give_up_after(0)
    return has_ended


def _leave(code: Code) -> NoReturn:
    """End the process without waiting for the threads of nodes."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
