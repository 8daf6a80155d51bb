"""`animaweave explain`: the plan of a graph, without running it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..engine.compiler.explain import Explanation, NodeView, Route
from ..engine.compiler.explain import explain as explained
from ..errors import AnimaWeaveError
from . import diagram, report
from .compiled import compiled
from .console import printable, rendered, say, set_up, sole_document
from .exits import Code, UsageError
from .options import AsJson, Quiet, Verbose, Vessels, verbosity

app = typer.Typer(add_completion=False)

MOST_NODES = 100
"""Nodes that the text lists."""

MOST_NAMED = 12
"""Names of a line of text, before the rest is counted."""

EXAMPLES = """
Examples:

  animaweave explain coins.weave.json

  animaweave explain coins.weave.json --target coins.value

  animaweave explain coins.weave.json --dot | dot -Tsvg -o coins.svg

  animaweave explain coins.weave.json --json | jq .critical_path
"""


@app.command(epilog=EXAMPLES)
def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The graph file.")],
    as_dot: Annotated[bool, typer.Option("--dot", help="Write a diagram for Graphviz.")] = False,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="Write a Mermaid diagram, for Markdown.")] = False,
    as_json: AsJson = False,
    targets: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="NODE[.PORT]", help="Only what this output needs. May be given again."),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out nodes with errors and what needs them.")
    ] = False,
    vessels: Vessels = None,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> int:
    """Show how a graph would run: order, levels, where values go, the longest way.

    Exit codes: 0 success, 1 the graph has errors, 2 usage.
    """
    set_up(verbosity(verbose, quiet=quiet))
    if sum((as_dot, as_mermaid, as_json)) > 1:
        raise UsageError("--dot, --mermaid and --json exclude each other; give one of them")

    def look() -> Explanation:
        return explained(compiled(file, vessels=vessels or (), targets=targets or (), partial=partial))

    if as_json:
        with sole_document() as write:
            try:
                explanation = look()
            except AnimaWeaveError as problem:
                write(json.dumps(report.why(problem), indent=2))
                raise
            write(json.dumps(explanation.as_json(), indent=2))
        return Code.SUCCESS
    explanation = look()
    if as_dot:
        say(diagram.dot(explanation))
    elif as_mermaid:
        say(diagram.mermaid(explanation))
    else:
        say(as_text(explanation))
    return Code.SUCCESS


def as_text(explanation: Explanation) -> str:
    """The plan for people: a line a node, and what is worth knowing of the whole; of large plans the beginning."""
    listed = explanation.nodes[:MOST_NODES]
    left = len(explanation.nodes) - len(listed)
    parts: list[Any] = [_head(explanation)]
    if listed:
        parts += ["", _table(listed)]
    if left:
        parts.append(
            f"… and {left:,} more nodes: --json lists all, --target NODE.PORT keeps to what one output needs, "
            f"--dot draws them"
        )
    parts += ["", *(_fact(word, text) for word, text in _facts(explanation, is_cut=bool(left)))]
    text = rendered(*parts)
    for name, inner in explanation.inner.items():
        text += f"\n\nwhat runs in epochs of its own as `{printable(name)}`:\n{as_text(inner)}"
    return text


def _head(explanation: Explanation) -> Any:
    from rich.text import Text  # noqa: PLC0415 - diagrams and JSON do without

    name = explanation.name or "the graph"
    nodes, levels = len(explanation.nodes), len(explanation.levels)
    counts = f"{_count(nodes, 'node')}, {_count(explanation.wires, 'wire')}, {_count(levels, 'level')}"
    at_once = f"; at most {explanation.width:,} at once, {explanation.parallelism:,.1f} on average" if nodes else ""
    return Text.assemble((printable(name), "bold"), f": {counts}{at_once}")


def _table(nodes: Iterable[NodeView]) -> Any:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("level", justify="right")
    table.add_column("node", style="bold", no_wrap=True)
    for name in ("type", "runs", "gives (references) → to"):
        table.add_column(name)
    for node in nodes:
        gives = "; ".join(_gives(route) for route in node.routes)
        runs = "skipped" if node.skip else node.runs or node.placement
        table.add_row(str(node.level), Text(node.id), Text(node.type), Text(runs), Text(printable(gives)))
    return table


def _gives(route: Route) -> str:
    readers = [str(consumer) for consumer in route.consumers]
    readers += [f"result {name}" for name in route.results]
    return f"{route.port} ({route.references})" + (f" → {report.named(readers)}" if readers else "")


def _facts(explanation: Explanation, *, is_cut: bool) -> Iterable[tuple[str, str]]:
    """What is worth knowing of the whole plan, by a word that says what it is."""
    way = explanation.critical_path
    if len(way) > 1:
        yield "longest way", f"{_count(len(way), 'node')}: {_cut(way, ' → ')}"
    if is_cut:
        yield "a level has", _cut([f"{count:,}" for count in explanation.levels])
        yield "types", _counted(node.type for node in explanation.nodes)
        read = sorted(
            ((route.references, f"{node.id}.{route.port}") for node in explanation.nodes for route in node.routes),
            key=lambda one: -one[0],
        )
        yield "most read", ", ".join(f"{name} ({references:,})" for references, name in read[:3])
    if any(node.placement != "inline" for node in explanation.nodes):
        yield "runs", _counted(node.placement for node in explanation.nodes)
    if explanation.converters:
        yield "converters", _cut([node.id for node in explanation.converters])
    if explanation.feedback:
        yield "feedback", _cut([f"{source} → {target}" for source, target in explanation.feedback])
    for node in [node for node in explanation.nodes if node.skip][:MOST_NAMED]:
        yield "skipped", f"{node.id}, since {node.skip}"
    needed = [one.name for one in explanation.inputs if one.is_required]
    if needed:
        yield "needs", f"{_cut(needed)}; give each with --set NAME=VALUE"
    given = [f"{one.name} ({one.type})" for one in explanation.inputs if not one.is_required]
    if given:
        yield "may be set", _cut(given)
    for effect, ids in explanation.effects.items():
        yield effect, _cut(ids)
    for note in explanation.notes:
        yield "note", note


def _fact(word: str, text: str) -> Any:
    from rich.text import Text  # noqa: PLC0415

    return Text.assemble((f"{word}: ", "dim"), printable(text))


def _counted(words: Iterable[str]) -> str:
    counts = Counter(words).most_common()
    return _cut([f"{word} {count:,}" for word, count in counts])


def _cut(names: Sequence[str], joint: str = ", ") -> str:
    """The names, or the first and the last few of very many."""
    if len(names) <= MOST_NAMED:
        return joint.join(names)
    return joint.join([*names[: MOST_NAMED - 2], f"… {len(names) - MOST_NAMED + 1:,} more …", names[-1]])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
