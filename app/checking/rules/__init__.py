"""The rules, each a function over one scope, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable

from ..scope import Scope
from .boundary import names_are_unique, types_are_known
from .composites import subgraphs_suit
from .evolution import updates_are_told
from .flow import cycles_can_run, nodes_can_run, outputs_are_used
from .nodes import node_types_are_known, parameters_fit, required_inputs_are_fed
from .placement import nothing_begins_inside, placements_are_possible, sources_are_free
from .recursion import recursion_can_end
from .wires import inputs_take_one_wire, ports_are_there, wires_fit

RULES: tuple[Callable[[Scope], None], ...] = (
    node_types_are_known,
    types_are_known,
    names_are_unique,
    subgraphs_suit,
    parameters_fit,
    ports_are_there,
    inputs_take_one_wire,
    wires_fit,
    required_inputs_are_fed,
    placements_are_possible,
    sources_are_free,
    nothing_begins_inside,
    cycles_can_run,
    recursion_can_end,
    outputs_are_used,
    updates_are_told,
    nodes_can_run,  # Last: it looks at what the others found.
)

ABOUT_WIRES = (ports_are_there, inputs_take_one_wire, wires_fit, required_inputs_are_fed, sources_are_free)
"""Those that look at each wire, or at each input, by itself."""

ABOUT_FLOW = (outputs_are_used, nodes_can_run)
"""Those that look at all wires together, but for `cycles_can_run`."""
