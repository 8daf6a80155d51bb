"""A plan as a diagram: DOT for Graphviz, or Mermaid for Markdown pages.

Nodes are called `n0`, `n1` …, and what people named stands in labels alone: no name can be taken for syntax there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..engine.compiler.explain import Explanation, NodeView
from .console import printable

Kind = Literal["data", "control", "feedback"]

_MERMAID_PLAIN = re.compile(r"[^\w .,:/()×→-]")
"""What is written as an entity: quotes, brackets, `#`, `;`, back-ticks and all else that Mermaid or HTML may read."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A wire of the diagram; nodes by place in the plan."""

    source: int
    target: int
    label: str
    kind: Kind
    is_critical: bool = False


def dot(explanation: Explanation) -> str:
    """The plan in Graphviz's language: levels from left to right, the critical path bold."""
    critical = set(explanation.critical_path)
    lines = [f"digraph {_quoted(explanation.name or 'plan')} {{", "  rankdir=LR;", "  node [shape=box];"]
    for place, node in enumerate(explanation.nodes):
        label = _quoted(*_words(node))
        style = ["dashed"] * bool(node.skip) + ["bold"] * (node.id in critical)
        shape = ", shape=ellipse" if node.role != "node" else ""
        styled = f', style="{",".join(style)}"' if style else ""
        lines.append(f"  n{place} [label={label}{shape}{styled}];")
    looks = {"data": "", "control": ", style=dashed", "feedback": ", style=dotted, constraint=false"}
    for arrow in _arrows(explanation):
        look = looks[arrow.kind] or (", style=bold" if arrow.is_critical else "")
        lines.append(f"  n{arrow.source} -> n{arrow.target} [label={_quoted(arrow.label)}{look}];")
    return "\n".join([*lines, "}"])


def mermaid(explanation: Explanation) -> str:
    """The plan as a Mermaid flowchart: levels from left to right, the critical path thick."""
    lines = ["flowchart LR"]
    for place, node in enumerate(explanation.nodes):
        label = "<br/>".join(_entities(word) for word in _words(node))
        before, after = ('(["', '"])') if node.role != "node" else ('["', '"]')
        lines.append(f"  n{place}{before}{label}{after}")
    looks = {"data": "-->", "control": "-.->", "feedback": "-.->"}
    for arrow in _arrows(explanation):
        look = "==>" if arrow.is_critical else looks[arrow.kind]
        lines.append(f'  n{arrow.source} {look}|"{_entities(arrow.label)}"| n{arrow.target}')
    skipped = [f"n{place}" for place, node in enumerate(explanation.nodes) if node.skip]
    if skipped:
        lines += ["  classDef skipped stroke-dasharray: 4", f"  class {','.join(skipped)} skipped"]
    return "\n".join(lines)


def _words(node: NodeView) -> tuple[str, ...]:
    """What a node's box says, a line each."""
    name = node.type if node.is_converter else node.id
    facts = [] if node.is_converter else [node.type]
    facts += [f"runs {node.runs}"] if node.runs else []
    return (name, *facts) if node.placement == "inline" else (name, *facts, node.placement)


def _arrows(explanation: Explanation) -> Iterator[Arrow]:
    places = {node.id: place for place, node in enumerate(explanation.nodes)}
    steps = set(zip(explanation.critical_path, explanation.critical_path[1:], strict=False))
    for place, node in enumerate(explanation.nodes):
        for route in node.routes:
            kind: Kind = "control" if route.is_control else "data"
            for consumer in route.consumers:
                port = str(consumer).removeprefix(f"{consumer.node}.")
                is_critical = (node.id, consumer.node) in steps
                yield Arrow(place, places[consumer.node], f"{route.port} → {port}", kind, is_critical)
    for source, target in explanation.feedback:
        (source_id, _, source_port), (target_id, _, target_port) = source.rpartition("."), target.rpartition(".")
        if source_id in places and target_id in places:
            yield Arrow(places[source_id], places[target_id], f"{source_port} → {target_port}", "feedback")


def _quoted(*lines: str) -> str:
    """Lines of text as one string of DOT."""
    escaped = (printable(line).replace("\n", " ").replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def _entities(text: str) -> str:
    """Text that Mermaid shows as it is, whatever is in it."""
    return _MERMAID_PLAIN.sub(lambda found: f"#{ord(found[0])};", printable(text))
