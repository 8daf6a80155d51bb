"""`animaweave update`: bring graphs up to date with the node types that there are now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..checking.updating import Step, steps_of, update_of
from ..errors import AnimaWeaveError
from ..graph.evolution import Update
from ..registry.lookup import Registry
from .console import complain, printable, say, set_up, sole_document
from .exits import Code, code_of
from .options import AsJson, Quiet, Verbose, Vessels, load, registry_of, verbosity, warn_of

app = typer.Typer(add_completion=False)


@app.command()
def update(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Graph files.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; leave the files alone.")] = False,
    take_out: Annotated[
        bool, typer.Option("--take-out", help="Take out parameters that have gone and that nothing took the place of.")
    ] = False,
    as_json: AsJson = False,
    vessels: Vessels = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Bring graphs that were saved with older node types up to date.

    Nodes take the names and parameters that their types have now; wires and parameters of ports that have gone move to
    what took their place. Each change is said. What nobody knows a place for stays as it is.

    Exit codes: 0 nothing is left to do, 1 something is left for you, 2 usage.
    """
    set_up(verbosity(verbose, quiet=quiet))
    registry = registry_of(vessels)
    told = warn_of(registry.problems)
    updated: list[Updated] = []
    for file in files:
        updated.append(_update(file, registry, write=not dry_run, take_out=take_out))
        told = warn_of(registry.problems, told)
        if not as_json:
            _show(updated[-1], quiet=quiet)
    if as_json:
        with sole_document() as write:
            write(json.dumps({"files": [one.as_json() for one in updated]}, indent=2))
    return max(one.code for one in updated)


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of one file.

    Attributes:
        file: The file, as typed.
        is_written: Whether it was written anew.
        updates: What the node types themselves did.
        steps: What was moved or taken out.
        undone: What was not.
        problem: Why it could not be read or written, or None.
    """

    file: Path
    is_written: bool = False
    updates: Sequence[Update] = ()
    steps: Sequence[Step] = ()
    undone: Sequence[Step] = ()
    problem: AnimaWeaveError | None = None

    @property
    def code(self) -> Code:
        """The exit code, if this were the only file."""
        if self.problem is not None:
            return code_of(self.problem)
        return Code.GRAPH if any(self.left()) else Code.SUCCESS

    def changes(self) -> Iterator[tuple[str, str]]:
        """Nodes, and what is done to them."""
        yield from ((update.node, update.sentence) for update in self.updates if not update.failed)
        yield from ((step.finding.node or "", step.effect) for step in self.steps)

    def left(self) -> Iterator[tuple[str, str]]:
        """Nodes, and what is left to do by hand."""
        yield from ((update.node, update.sentence) for update in self.updates if update.failed)
        for found in (step.finding for step in self.undone):
            yield str(found.place), f"{found.message}; {found.hint}" if found.hint else found.message

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "file": str(self.file),
            "written": self.is_written,
            "changes": [{"node": node, "change": sentence} for node, sentence in self.changes()],
            "left": [{"place": place, "problem": sentence} for place, sentence in self.left()],
            **({"error": str(self.problem)} if self.problem is not None else {}),
        }


def _update(file: Path, registry: Registry, *, write: bool, take_out: bool) -> Updated:
    try:
        graph = load(file, registry)
        updates, steps = graph.updates, steps_of(graph, registry)
        done = [step for step in steps if step.effect and (take_out or not step.loses)]
        is_written = write and bool(done or any(not update.failed for update in updates))
        if is_written:
            update_of(graph, registry, done).apply(graph)
            graph.save()
        return Updated(file, is_written, updates, done, [step for step in steps if step not in done])
    except AnimaWeaveError as problem:
        return Updated(file, problem=problem)


def _show(one: Updated, *, quiet: bool) -> None:
    if one.problem is not None:
        complain(printable(f"error: {one.problem}"))
        return
    lines = [] if quiet else [f"{one.file}: {node}: {sentence}" for node, sentence in one.changes()]
    lines += [f"{one.file}: left for you: {place}: {sentence}" for place, sentence in one.left()]
    if not quiet:
        count = len(list(one.changes()))
        did = f"{count} change{'s' if count != 1 else ''}" if count else "nothing changed"
        lines.append(f"{one.file}: {did}{', not written' if count and not one.is_written else ''}")
    for line in lines:
        say(printable(line))
