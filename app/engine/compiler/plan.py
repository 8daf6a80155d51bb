"""The plan: a graph as tuples indexed by integers, which a run only reads.

What there is one or more of for each node are `Struct`s, which are made in a fraction of the time that a `dataclass`
takes. Those that no circle of references can lead through (`gc=False`) cost the garbage collector nothing.

Every output port and every constant has a *slot*. The compiler counted, for each slot, the inputs that read it, and for
each node the wires that it waits for, so that a run is arithmetic: it counts down and never searches.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from ...authoring.nodetype import Effect, NodeType, Placement
from ...errors import InputError
from ...graph.run_settings import Retry
from ...ports.port import MISSING, Port

Function = Callable[..., Any]
Step = tuple[Function, Callable[[list[Any]], tuple[Any, ...]] | None, int, tuple[int, ...], int, tuple[int, ...]]
"""A node on the short way: function; how to fetch its arguments, or None to fetch the one at the slot that follows;
slots to release; slot of its output; nodes that read it, one entry a wire."""

Role = Literal["node", "converter", "gate", "group"]
"""Why a node is in the plan: the user put it there; a wire needed it; a lazy input did; or `trigger`, `done` or `error`
of a node that uses a sub-graph."""

QUICK, FULL, SETTLED = 0, 1, 2
"""Stages of a node in an epoch: it may take the short way; it takes the full one; it is over."""


class InputPlan(Struct, frozen=True, gc=False):
    """Where a node's input comes from.

    Attributes:
        port: The port.
        slots: One slot, or any number for a variadic input.
        wired: Whether wires end here; else the slots hold constants.
        default: For a wired input: taken when its wire brings nothing; MISSING makes the node skip.
        verify: Whether the value is checked against the port's type when it arrives.
        out: For a path to write that comes by wire: the folder below which it must lie; None where any will do.
        lazy: Whether the node has to ask for it.
        control: For a control input: its number among the node's wired ones; -1 for data.
        is_given: Whether a node that runs the graph gives the value, which is then freed once it is read.
    """

    port: Port
    slots: tuple[int, ...]
    wired: bool
    default: Any = MISSING
    verify: bool = False
    out: Path | None = None
    lazy: bool = False
    control: int = -1
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class ControlPlan:
    """A wired control input.

    Attributes:
        port: Its name; for a gate, the id of the node that uses the sub-graph.
        mode: How the signals of its wires are joined: `AND`, `OR`, `XOR`; `DECIDED` for + whatever they are; `SETTLED`
            for + when none of the nodes that they come from failed and one completed.
        wires: How many there are.
        is_declared: Whether the function takes its value.
        is_gate: Whether it is `trigger` of a sub-graph around the node, which opens or closes all that is inside.
        is_early: Whether the node waits no longer once the input is inactive, since it fires all the same.
    """

    port: str
    mode: str
    wires: int
    is_declared: bool = False
    is_gate: bool = False
    is_early: bool = False


@dataclass(frozen=True, slots=True)
class LazyPlan:
    """A wire into an input that is computed only when its node asks for it.

    Attributes:
        place: How the node asks for it: `then`, `items[2]`.
        gate: The node in between, which waits to be asked for.
        before: Nodes that only lazy inputs need, this one among them.
    """

    place: str
    gate: int
    before: tuple[int, ...]


@dataclass(eq=False, slots=True)
class InnerPlan:
    """The plan of a sub-graph that runs in epochs of its own. A sub-graph that uses itself has itself inside.

    Attributes:
        plan: The plan; set once it is made.
    """

    plan: Plan = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a node runs that has a sub-graph instead of a function.

    Attributes:
        kind: `call`, `for_each`, `while`, `fold` or `catch`.
        name: Of the sub-graph.
        body: The sub-graph's plan.
        outputs: Outputs of the sub-graph that the node gives, in the order of `NodePlan.returned`.
        over: Inputs that take an item each of a list.
        state: For `while` and `fold`: outputs whose values are the next pass's inputs of the same names.
        test: For `while`: the plan that decides on another pass; None where the body's output `again` does.
        limit: For `while`: the most passes.
        leaves_out: For `for_each`: whether an item that fails is left out.
        verified: Those of `over` whose items are checked against their types when the node runs.
    """

    kind: str
    name: str
    body: InnerPlan
    outputs: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    test: InnerPlan | None = None
    limit: int = 1000
    leaves_out: bool = False
    verified: tuple[Port, ...] = ()


class OutputPlan(Struct, frozen=True, gc=False):
    """Where a node's output goes.

    Attributes:
        port: The port.
        slot: Where its value lies.
        consumers: Nodes that read it, one entry a wire.
        signals: For a control output: nodes and the numbers of their control inputs, one entry a wire.
    """

    port: Port
    slot: int
    consumers: tuple[int, ...]
    signals: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """Lies in a slot in place of a value that never came.

    Attributes:
        reason: Why, as a clause that names the node: "upstream `load` failed".
        failed: Whether a failure is at its root.
    """

    reason: str
    failed: bool = False


class NodePlan(Struct):
    """One node, ready to run; only the compiler, while it makes the plan, changes one.

    Attributes:
        id: The id that the user knows; a path such as `calc/add` inside sub-graphs.
        type: Id of the node type.
        function: What it runs.
        spread: Takes its result apart into `returned` values; None when there is at most one.
        context: Name of the parameter that takes the `Context`, or None.
        inputs: In the order of the parameters.
        returned: The outputs that the function gives.
        done: The `done` output, if it is wired.
        error: The `error` output, if it is wired.
        controls: Its wired control inputs.
        activation: How their values decide whether it fires: `AND`, `OR`, `XOR`, or `DECIDED` for whatever they are.
        sources: Slots to give back once the node is over, one entry a wire; in a sub-graph's plan that of each of its
            inputs, too.
        skip: Why it is not run in this plan; None when it is.
        role: Why it is in the plan.
        retry: How often it is run again; None for never.
        on_error: `skip`, `stop`, or default values by port.
        placement: Where it runs.
        timeout_s: Seconds after which it fails; None for never.
        is_sequential: Whether it runs alone.
        is_bypassed: Whether its inputs only pass through.
        is_frozen: Whether its last outputs are used instead of running it.
        lazy: Its lazy inputs that are wired, a wire each.
        asked_by: How many lazy inputs, of whatever nodes, it is there for; 0 if it is run in any case.
        call: What it runs instead of a function.
        donates: Slots whose arrays it may overwrite, if nobody else needs them any more.
        pure: Whether equal inputs give equal outputs, and nothing else happens.
        version: Of the vessel.
        effects: What it does beside computing.
        tap: Told of each of its results, on the full way.
        source: Its node type; None for what the compiler put in.
    """

    id: str
    type: str
    function: Function
    spread: Callable[[Any], tuple[Any, ...]] | None
    context: str | None
    inputs: tuple[InputPlan, ...]
    returned: tuple[OutputPlan, ...]
    done: OutputPlan | None = None
    error: OutputPlan | None = None
    controls: tuple[ControlPlan, ...] = ()
    activation: str = "AND"
    sources: tuple[int, ...] = ()
    skip: Absence | None = None
    role: Role = "node"
    retry: Retry | None = None
    on_error: str | Mapping[str, Any] = "skip"
    placement: Placement = "inline"
    timeout_s: float | None = None
    is_sequential: bool = False
    is_bypassed: bool = False
    is_frozen: bool = False
    lazy: tuple[LazyPlan, ...] = ()
    asked_by: int = 0
    call: CallPlan | None = None
    donates: tuple[int, ...] = ()
    pure: bool = True
    version: str = ""
    effects: frozenset[Effect] = frozenset()
    tap: Callable[[Any], object] | None = None
    source: NodeType | None = None

    @property
    def is_converter(self) -> bool:
        """Whether the compiler put it in, so that people do not know it by its id."""
        return self.role != "node"

    def outputs(self) -> Iterator[OutputPlan]:
        """All outputs that are wired or given back."""
        yield from self.returned
        if self.done is not None:
            yield self.done
        if self.error is not None:
            yield self.error

    def readers(self) -> Iterator[int]:
        """The nodes at which its wires end, of data and of control, one entry a wire."""
        for output in self.outputs():
            yield from output.consumers
            for consumer, _ in output.signals:
                yield consumer

    @property
    def kind(self) -> str:
        """`function`, `class`, `generator` or `async`."""
        return "function" if self.source is None or self.is_bypassed else self.source.kind


class Setting(Struct, frozen=True, gc=False):
    """An input of the whole plan: a constant that a run may replace.

    Attributes:
        name: `photo.path`, or the name of a `graph.input`.
        slot: Where the constant lies; MISSING there means that each run must give it.
        port: The port that it feeds, by whose type values are checked.
        out: For a path that is written: the folder below which it must lie; None where any will do.
        plain: Type of values that need no look, since all of that type may stand there.
    """

    name: str
    slot: int
    port: Port
    out: Path | None = None
    plain: type | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the compiler makes of a graph; immutable, shared by all runs.

    Attributes:
        name: Of the graph.
        nodes: In topological order.
        steps: For each node its short way, or None.
        start: Nodes that wait for nothing.
        pending: For each node, the wires that it waits for.
        stages: For each node, `QUICK` or `FULL`.
        values: For each slot, its constant, or None.
        references: For each slot, how many inputs and holds there are.
        settings: What a run may set, by name.
        outputs: Slot of each result, by name; each is held to the end of the run.
        producers: For each slot, the node and port that fill it; None for constants.
        levels: Number of steps of the longest way through the graph.
        width: Nodes of the widest level: how many may run at once.
        effects: What the nodes do beside computing, with the ids of those that do.
        notes: Sentences on what the graph asks for and this engine does not do.
        feedback: Wires that nobody waits for, since they lie on a circle: `node.port` of both ends.
        changeable: Slots of constants that a node could write into; each run gets copies.
        sources: Generators, of which each epoch takes a value.
        stateful: Nodes that see epochs one after another.
        is_ordered: Whether some node runs alone, so that each has to ask before it starts.
        is_plain: Whether every node may take the short way.
        path: For a sub-graph's plan: id of the node that runs it; empty for the outermost.
        origin: What tells the graph from all others: its file, or its name.
        has_calls: Whether there are nodes that run a sub-graph in epochs of its own.
    """

    name: str
    nodes: tuple[NodePlan, ...]
    steps: tuple[Step | None, ...]
    start: tuple[int, ...]
    pending: tuple[int, ...]
    stages: bytes
    values: tuple[Any, ...]
    references: tuple[int, ...]
    settings: Mapping[str, Setting]
    outputs: Mapping[str, int]
    producers: tuple[tuple[int, str] | None, ...]
    levels: int
    width: int
    effects: Mapping[Effect, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    feedback: tuple[tuple[str, str], ...] = ()
    changeable: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    stateful: tuple[int, ...] = ()
    is_ordered: bool = False
    has_calls: bool = False
    is_plain: bool = False
    path: str = ""
    origin: str = ""

    def signal_wires(self) -> Iterator[tuple[int, str, int, int]]:
        """Wires between control ports.

        Yields:
            The node and port that a signal comes from; the node and the number of the control input that it goes to.
        """
        for index, node in enumerate(self.nodes):
            for output in node.outputs():
                for consumer, number in output.signals:
                    yield index, output.port.name, consumer, number

    def ordered(self) -> Plan:
        """The same plan, but each node asks before it starts whether one runs that runs alone."""
        nodes = len(self.nodes)
        return replace(self, steps=(None,) * nodes, stages=bytes((FULL,)) * nodes, is_ordered=True, is_plain=False)

    def setting(self, name: str) -> Setting:
        """What a run may set under this name.

        Raises:
            InputError: There is no such input; names the nearest ones.
        """
        setting = self.settings.get(name)
        if setting is None:
            near = difflib.get_close_matches(name, self.settings, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(map(repr, self.settings)) or 'none'}"
            raise InputError(f"the graph has no input `{name}`; {hint}")
        return setting
