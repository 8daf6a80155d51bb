"""The rules, each a function over one scope, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable

from ..scope import Scope
from .boundary import names_are_unique, types_are_known
from .composites import subgraphs_suit
from .flow import cycles_can_run, nodes_can_run, outputs_are_used
from .nodes import node_types_are_known, parameters_fit, required_inputs_are_fed
from .placement import placements_are_possible, sources_are_free
from .recursion import recursion_can_end
from .wires import ports_are_there, wires_fit

RULES: tuple[Callable[[Scope], None], ...] = (
    node_types_are_known,
    types_are_known,
    names_are_unique,
    subgraphs_suit,
    parameters_fit,
    ports_are_there,
    wires_fit,
    required_inputs_are_fed,
    placements_are_possible,
    sources_are_free,
    cycles_can_run,
    recursion_can_end,
    outputs_are_used,
    nodes_can_run,  # Last: it looks at what the others found.
)
