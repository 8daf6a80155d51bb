"""`animaweave run`: run a graph once; `stream` does it for many rows.

The main thread only waits and draws, so that Ctrl-C always arrives; nodes run on the engine's threads.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from ..engine.result import Result
from ..engine.run import GRACE_S, Run
from ..errors import AnimaWeaveError
from . import report, stream
from .console import complain, say, set_up, sole_document
from .exits import Code, UsageError
from .interrupts import Interrupts
from .options import AsJson, Quiet, Verbose, Vessels, verbosity
from .outputs import Outputs
from .progress import Watch, watch
from .request import Prepared, Request, prepare, refuse_missing
from .session import Session
from .stream import Streamed
from .tally import Tally
from .tally import tally as tally_for

app = typer.Typer(add_completion=False)

EXAMPLES = """
Examples:

  animaweave run coins.weave.json --set photo.path=other.png --out results

  animaweave run coins.weave.json --inputs photos.csv --out results

  animaweave run coins.weave.json --cache kept --trace trace.json

  ls *.png | jq -R '{"photo.path": .}' -c | animaweave run coins.weave.json --inputs - --json
"""


@app.command(epilog=EXAMPLES)
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The graph file.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Give an input of the graph, or NODE.PARAMETER, a value."),
    ] = None,
    inputs: Annotated[
        str | None,
        typer.Option(
            "--inputs",
            metavar="FILE",
            help="Run once for each row of a .jsonl or .csv file, or of standard input with -. Columns are names as "
            "--set takes them.",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, metavar="N", help="Of a stream: the most epochs to run.")
    ] = None,
    in_flight: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Of a stream: epochs under way at once.",
            show_default="2 a worker",
        ),
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
        typer.Option(help="What a node's failure does to the nodes that do not need it, and to a stream."),
    ] = "continue",
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="EFFECT", help="Allow write-files, network or run-code. May be given again."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep results here, and take them from here; made if need be."),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write down what ran when and where; ui.perfetto.dev shows it."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Hold every value at every port against the port's type.")
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="What random numbers come from; the same again give the same run."),
    ] = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Run a graph once, or once for each row of a file.

    Exit codes: 0 success, 1 the graph has errors, 2 usage, 3 a node failed,
    4 not allowed, 130 cancelled.
    """
    level = verbosity(verbose, quiet=quiet)
    set_up(level)
    request = Request(
        file=file,
        settings=tuple(settings or ()),
        inputs=inputs,
        epochs=epochs,
        in_flight=in_flight,
        out=out,
        workers=workers,
        targets=tuple(targets or ()),
        partial=partial,
        vessels=tuple(vessels or ()),
        timeout_s=timeout,
        stops=on_error == "stop",
        allow=tuple(allow or ()),
        cache=cache,
        trace=trace,
        strict=strict,
        seed=seed,
        tracebacks=level > 0,
    )
    if as_json:
        with sole_document() as write:
            try:
                done = _for_programs(request, write)
            except (AnimaWeaveError, KeyboardInterrupt) as problem:
                is_lines = inputs is not None
                write(json.dumps(report.end(problem)) if is_lines else report.as_text(report.refusal(problem)))
                raise
    else:
        done = _for_people(request, quiet=quiet)
    if done.abandoned:
        _leave(done.code)
    return done.code


def _for_programs(request: Request, write: Callable[[str], bool]) -> Done | Streamed:
    prepared = prepare(request)
    if _is_stream(prepared):
        tally = Tally(says_all=request.tracebacks)
        return stream.carry_out(prepared, tally, lambda document: write(json.dumps(document, allow_nan=False)))
    done = carry_out(prepared, Watch())
    write(report.as_text(done.document))
    return done


def _for_people(request: Request, *, quiet: bool) -> Done | Streamed:
    prepared = prepare(request)
    if _is_stream(prepared):
        tally = tally_for(quiet=quiet, is_verbose=request.tracebacks)
        streamed = stream.carry_out(prepared, tally, None)
        say(tally.table())
        return streamed
    done = carry_out(prepared, watch(quiet=quiet, level="debug" if request.tracebacks else "info"))
    say(report.table(done.document))
    return done


def _is_stream(prepared: Prepared) -> bool:
    """Whether there will be many epochs: there are rows, or a node that gives one value after another."""
    request = prepared.request
    if request.inputs is not None or stream.has_sources(prepared.plan):
        return True
    for option, value in (("--epochs", request.epochs), ("--in-flight", request.in_flight)):
        if value is not None:
            raise UsageError(
                f"{option} {value}: expected a stream, of --inputs or of a generator node; this is one run"
            )
    return False


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


def carry_out(prepared: Prepared, looks: Watch) -> Done:
    """Run the graph once, write what becomes a file, complain of what failed.

    Args:
        prepared: What is to be run.
        looks: Shows the run while it goes on.
    Raises:
        AnimaWeaveError: The run cannot begin; nothing has been written.
    """
    request, plan = prepared.request, prepared.plan
    refuse_missing(prepared)
    result, abandoned = _run(prepared, looks)
    outputs = Outputs(request.out)
    document = report.document(plan, result, outputs, tracebacks=request.tracebacks)
    for line in (*report.complaints(result, tracebacks=request.tracebacks), *outputs.problems):
        complain(line)
    return Done(document, report.code(result, outputs), abandoned)


def _run(prepared: Prepared, looks: Watch) -> tuple[Result, bool]:
    """Run the plan; tell whether a node had to be abandoned."""
    session = Session(prepared)
    abandoned = False
    try:
        with Interrupts() as interrupts:
            running = session.engine.submit(prepared.values, seed=prepared.request.seed)
            try:
                abandoned = not _wait(running, interrupts, prepared.request.timeout_s, looks)
            finally:
                looks.close(running)
        return running.result(), abandoned
    finally:
        session.close(abandoned=abandoned)


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
    for output in (sys.stdout, sys.stderr):
        output.flush()
    os._exit(code)
