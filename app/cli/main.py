"""The command `animaweave`.

Each command is a module of its own, imported when it is asked for. What is no command but a graph file, and no word at
all, opens the editor.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ..errors import AnimaWeaveError
from .console import complain, printable, say, set_up
from .exits import Code, UsageError, code_of

COMMANDS = ("run", "check", "update", "diff", "explain", "nodes", "new", "schema")
HIDDEN = ("edit",)


class Commands(TyperGroup):
    """Commands by name, which are modules beside this one."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Names of the commands that help lists."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """The command of this name, imported now; None if there is none."""
        if cmd_name not in (*COMMANDS, *HIDDEN):
            return None
        command = get_command(importlib.import_module(f".{cmd_name}", __package__).app)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """The command that the first word names, or `edit` for a graph file."""
        word = args[0]
        if word in (*COMMANDS, *HIDDEN):
            return super().resolve_command(ctx, args)
        if Path(word).suffix or Path(word).exists():
            return super().resolve_command(ctx, ["edit", *args])
        near = difflib.get_close_matches(word, COMMANDS, n=1)
        way_out = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(COMMANDS)}"
        raise UsageError(f"there is no command `{word}`, nor such a file; {way_out}")


app = typer.Typer(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})


def _version(wanted: bool) -> None:
    if wanted:
        say(f"animaweave {version('animaweave')}")
        raise typer.Exit


@app.callback()
def animaweave(
    ctx: typer.Context,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Wire typed nodes into a graph, check it, run it."""
    if ctx.invoked_subcommand is None:
        importlib.import_module(".edit", __package__).edit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line.

    Args:
        arguments: Words after the command's name; those of the process by default.
    Returns:
        The exit code, one of `exits.Code`.
    """
    set_up()
    command = get_command(app)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Typer turns a Ctrl-C that nobody else takes into the code 130.
        code = command.main(args=words, prog_name="animaweave", standalone_mode=False)
    except AnimaWeaveError as problem:
        complain(printable(f"error: {problem}"))
        return code_of(problem)
    except typer.TyperException as problem:
        path = getattr(getattr(problem, "ctx", None), "command_path", "animaweave")
        complain(printable(f"error: {path}: {problem.format_message()}\n{path} --help tells more"))
        return Code.USAGE
    return int(code or Code.SUCCESS)
