"""What a run of a random graph must give, worked out slowly: one node after another, no plan, no threads.

It goes by the rules as they are written for people: look through all nodes again and again, and let one fire or be
skipped as soon as all is known that it waits for; until nothing changes any more.
"""

import asyncio
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from animaweave.authoring import NOT_ASKED, Ask, Signal
from tests.engine.graphs import BORDERS, FUNCTIONS, KINDS, Kind, Spec, weigh


@dataclass(frozen=True)
class Gone:
    """Nothing came; `blame` has the nodes whose failures are at the root of it."""

    blame: frozenset[str] = frozenset()


@dataclass
class Expected:
    """What becomes of a graph.

    Attributes:
        states: By node.
        outputs: Weight of each output that no wire reads, where it comes.
        status: Of the run.
        blame: By node that was skipped since others failed: those others.
        unasked: Nodes that nobody asked for.
    """

    states: dict[str, str]
    outputs: dict[str, float]
    status: str
    blame: dict[str, frozenset[str]]
    unasked: set[str]


def interpret(
    specs: list[Spec], inputs: Mapping[str, float] | None = None, targets: list[str] | None = None
) -> Expected:
    """Run the specs.

    Args:
        specs: The nodes.
        inputs: Values of the nodes of kind `number`, by node.
        targets: Outputs that are wanted; by default all that no wire reads.
    """
    world = World(specs, inputs or {}, targets)
    world.run()
    outputs = {
        world.name_of(output): weigh(world.values[output])
        for output in world.results
        if not isinstance(world.values[output], Gone)
    }
    unhandled = [
        spec.id
        for spec in world.specs
        if world.states[spec.id] == "failed" and "on_error" not in spec.run and not world.is_read(f"{spec.id}.error")
    ]
    return Expected(
        {node: state for node, state in world.states.items() if ">" not in node},
        outputs,
        "success" if not unhandled else "partial" if outputs else "failed",
        {node: gone.blame for node, gone in world.reasons.items() if gone.blame and ">" not in node},
        {node for node in world.unasked if ">" not in node},
    )


GROUPS = {
    ">trigger": Kind(gives=()),
    ">done": Kind(gives=()),
    ">error": Kind(items=True, gives=("error",)),
}
"""What stands for `trigger`, `done` and `error` of what uses a sub-graph."""


@dataclass
class Node(Spec):
    """A node, with what a sub-graph around it asks for.

    Attributes:
        gates: Signals that must be active, of all sub-graphs around.
        listens: For `done` of a sub-graph: the nodes inside.
    """

    gates: list[str] = field(default_factory=list)
    listens: list[str] = field(default_factory=list)

    @property
    def what(self) -> Kind:
        """What goes in and out of it."""
        return GROUPS.get(self.kind) or KINDS[self.kind]


class World:
    """One run.

    Attributes:
        specs: All nodes.
        values: Of each output that is known.
        states: Of each node that is over.
        reasons: Why nodes were skipped.
        unasked: Nodes that were skipped since nobody asked for them.
        results: Outputs that the run gives.
    """

    def __init__(self, specs: list[Spec], inputs: Mapping[str, float], targets: list[str] | None) -> None:
        self.specs = _flat(specs)
        self.values: dict[str, Any] = {}
        self.states: dict[str, str] = {}
        self.reasons: dict[str, Gone] = {}
        self.unasked: set[str] = set()
        self._inputs = inputs
        self._by_id = {spec.id: spec for spec in self.specs}
        self._feedback: set[tuple[str, str | int]] = set()
        self._feedback = {
            (spec.id, port)
            for spec in self.specs
            for port, output in spec.data.items()
            if _is_optional(spec, port) and self._leads(spec.id, _node(output))
        }
        read = {output for spec in self.specs for output in spec.data.values()}
        outputs = [f"{spec.id}.{port}" for spec in self.specs if spec.kind not in GROUPS for port in spec.what.gives]
        self.results = targets or [output for output in outputs if output not in read]
        self._asked: set[tuple[str, str | int]] = set()
        self._needed = self._find_needed()

    def run(self) -> None:
        """Let every node come to its end."""
        while len(self.states) < len(self.specs):
            ready = [spec for spec in self.specs if spec.id not in self.states and self._is_ready(spec)]
            for spec in ready:
                self._fire(spec)
            if not ready and not self._skip_unasked():
                raise AssertionError(f"nothing moves; over are {self.states}")

    def name_of(self, output: str) -> str:
        """How a result is called: those of sub-graphs' outputs belong to what uses them."""
        node, _, port = output.rpartition(".")
        if self._by_id[node].kind == "exit":
            use, _, port = node.rpartition("/")
            return f"{use}.{port}"
        return output

    def is_read(self, error: str) -> bool:
        """Whether a node that reads an error completed, through those that gather errors too."""
        return any(
            self.states[spec.id] == "completed" and (spec.kind != ">error" or self.is_read(f"{spec.id}.error"))
            for spec in self.specs
            for port, output in spec.data.items()
            if output == error and (spec.id, port) not in self._feedback
        )

    # -- what waits for what ----------------------------------------------------------------------------------------

    def _leads(self, start: str, end: str) -> bool:
        """Whether there is a way along wires, but those known to be fed back."""
        found = {start}
        while end not in found:
            wires = ((s, o) for s in self.specs for o in (*self._data(s), *_tells(s)))
            more = {spec.id for spec, output in wires if _node(output) in found} - found
            if not more:
                return False
            found |= more
        return True

    def _data(self, spec: Node) -> list[str]:
        """The outputs that feed it, but those that are fed back."""
        return [output for port, output in spec.data.items() if (spec.id, port) not in self._feedback]

    def _is_lazy(self, spec: Node, port: str | int) -> bool:
        name = "items" if isinstance(port, int) else port
        is_declared = name in spec.what.lazy and not spec.run.get("bypass")
        return is_declared and (spec.id, port) not in self._feedback

    def _waits_for(self, spec: Node) -> list[str]:
        """The outputs that it waits for as far as they are data."""
        return [
            output
            for port, output in spec.data.items()
            if (spec.id, port) not in self._feedback
            and (not self._is_lazy(spec, port) or (spec.id, port) in self._asked)
        ]

    def _is_ready(self, spec: Node) -> bool:
        if spec.id not in self._needed:
            return False
        return all(output in self.values for output in (*self._waits_for(spec), *_tells(spec)))

    def _needs(self, *, lazy: bool) -> Iterator[tuple[str, str]]:
        """Which node needs which: those whose outputs it waits for.

        What gathers the ends or errors of a sub-graph does not need the nodes inside, unless a node that asks waits for
        it in turn.
        """
        askers = [spec.id for spec in self.specs if any(self._is_lazy(spec, port) for port in spec.data)]
        for spec in self.specs:
            if spec.kind in (">done", ">error") and not any(self._leads(spec.id, asker) for asker in askers):
                inside = set(spec.listens) | {_node(output) for output in spec.data.values()}
            else:
                inside = set()
            for port, output in spec.data.items():
                is_waited_for = (spec.id, port) not in self._feedback and (lazy or not self._is_lazy(spec, port))
                if is_waited_for and _node(output) not in inside:
                    yield spec.id, _node(output)
            for output in (*(s for port in _signals(spec).values() for s in port), *spec.gates):
                yield spec.id, _node(output)
            for node in spec.listens:
                if node not in inside:
                    yield spec.id, node

    def _find_needed(self) -> set[str]:
        """The nodes that are needed whoever asks for what."""
        wanted = {node for _, node in self._needs(lazy=True)}
        fed_back = {_node(self._by_id[node].data[port]) for node, port in self._feedback}
        held = {_node(output) for output in self.results}
        return self._with_all_that_they_need({s.id for s in self.specs if s.id not in wanted} | fed_back | held)

    def _with_all_that_they_need(self, nodes: set[str]) -> set[str]:
        pairs = list(self._needs(lazy=False))
        found = set(nodes)
        while True:
            more = {needed for node, needed in pairs if node in found} - found
            if not more:
                return found
            found |= more

    def _skip_unasked(self) -> bool:
        """Skip what only lazy inputs need of nodes that are over; tell whether there was something."""
        skipped = False
        for spec in [spec for spec in self.specs if spec.id not in self.states and spec.id not in self._needed]:
            askers = [
                other.id
                for other in self.specs
                for port, output in other.data.items()
                if self._is_lazy(other, port) and spec.id in self._with_all_that_they_need({_node(output)})
            ]
            if all(asker in self.states for asker in askers):
                self.unasked.add(spec.id)
                self._end(spec, "skipped", _nothing(spec, Gone()))
                skipped = True
        return skipped

    # -- one node -----------------------------------------------------------------------------------------------------

    def _fire(self, spec: Node) -> None:
        gone = self._why_not(spec)
        if gone is not None:
            self.reasons[spec.id] = gone
            self._end(spec, "skipped", _nothing(spec, gone))
            return
        arguments = {
            port: self.values[spec.data[port]]
            for port in spec.data
            if spec.data[port] in self._waits_for(spec) and (spec.id, port) not in self._feedback
            if not self._is_lazy(spec, port) or (spec.id, port) in self._asked
        }
        arguments = {port: value for port, value in arguments.items() if not isinstance(value, Gone)}
        if spec.run.get("bypass"):
            self._end(spec, "completed", {**self._pass_through(spec, arguments), **_ended()})
            return
        try:
            result = self._call(spec, arguments)
        except ValueError:
            default = spec.run.get("on_error", {}).get("default", {})
            gone = Gone(frozenset({spec.id}))
            given = {port: default.get(port, gone) for port in (*spec.what.gives, *spec.what.signals)}
            self._end(spec, "failed", {**given, "done": gone, "error": 0.0})
            return
        if isinstance(result, Ask):
            self._ask(spec, result)
            return
        ports = (*spec.what.gives, *spec.what.signals)
        parts = result if len(ports) > 1 else (result,)
        given = dict(zip(ports, parts, strict=False))
        self._end(spec, "completed", {**given, **_ended(), **({"error": result} if spec.kind == ">error" else {})})

    def _end(self, spec: Node, state: str, given: Mapping[str, Any]) -> None:
        self.states[spec.id] = state
        self.values.update({f"{spec.id}.{port}": value for port, value in given.items()})

    def _ask(self, spec: Node, ask: Ask) -> None:
        places = {self._place(spec, port): port for port in spec.data if self._is_lazy(spec, port)}
        for name in ask.inputs:
            port = places[name]
            self._asked.add((spec.id, port))
            self._needed |= self._with_all_that_they_need({_node(spec.data[port])})

    def _place(self, spec: Node, port: str | int) -> str:
        """How a node asks for an input; items that are fed back do not count."""
        if not isinstance(port, int):
            return port
        before = [p for p in spec.data if isinstance(p, int) and p < port and (spec.id, p) not in self._feedback]
        return f"items[{len(before)}]"

    def _call(self, spec: Node, arguments: dict[str | int, Any]) -> Any:
        for port in spec.data:
            if self._is_lazy(spec, port) and (spec.id, port) not in self._asked:
                arguments[port] = NOT_ASKED
        items = [arguments[port] for port in sorted(port for port in arguments if isinstance(port, int))]
        named = {port: value for port, value in arguments.items() if not isinstance(port, int)}
        if spec.kind in (">trigger", ">done"):
            return ()
        if spec.kind == ">error":
            return items[0] if items else Gone()
        if spec.kind in BORDERS:
            signal = Signal.ACTIVE if spec.kind in ("signal_in", "signal_out") else None
            return signal or named.get("default", named.get("value", 50.0))
        if spec.kind == "number" and spec.id in self._inputs:
            named["value"] = self._inputs[spec.id]
        for port, (sign, _) in self._controls(spec).items():
            if port != "trigger":
                named[port] = Signal.when(sign)
        first = [named.pop("index", 0.0)] if spec.kind == "choose" else []
        result = FUNCTIONS[spec.kind](*first, *items, **named)
        result = asyncio.run(result) if spec.kind == "later" else result
        if spec.kind == "tell":
            return result.result, result.told or Signal.INACTIVE
        return result

    def _controls(self, spec: Node) -> dict[str, tuple[bool, frozenset[str]]]:
        """For each wired control input, whether it is active, and which failures are behind what came there."""
        modes = {"trigger": "AND", **dict(spec.what.controls), **spec.run.get("activation", {})}
        found: dict[str, tuple[bool, frozenset[str]]] = {}
        for port, signals in _signals(spec).items():
            came = [self.values[signal] for signal in signals]
            found[port] = (_joined(modes[port], [value is Signal.ACTIVE for value in came]), _blame(came))
        return found

    def _why_not(self, spec: Node) -> Gone | None:
        """Why a node cannot fire; None if it does."""
        if spec.run.get("disabled"):
            return Gone()
        if spec.kind != "signal_in" and any(port not in spec.signals for port, _ in spec.what.controls):
            return Gone()
        waits_for = self._waits_for(spec)
        came = [self.values[output] for output in waits_for]
        blame = set(_blame(came))
        is_closed = bool(blame)
        for port, output in spec.data.items():
            must_come = port in spec.what.needs or (isinstance(port, int) and self._is_lazy(spec, port))
            is_absent = output in waits_for and isinstance(self.values[output], Gone)
            if must_come and is_absent and (not self._is_lazy(spec, port) or (spec.id, port) in self._asked):
                is_closed = True
        for gate in spec.gates:
            if self.values[gate] is not Signal.ACTIVE:
                is_closed = True
                blame |= _blame([self.values[gate]])
        controls = self._controls(spec)
        mode = spec.run.get("activation", {}).get("*", "AND")
        if controls and not _joined(mode, [sign for sign, _ in controls.values()]):
            is_closed = True
            blame |= {node for sign, nodes in controls.values() if not sign for node in nodes}
        if spec.kind == ">done":
            ends = [self.values[f"{node}.done"] for node in spec.listens]
            if ends and (_blame(ends) or Signal.ACTIVE not in ends):
                is_closed = True
                blame |= _blame(ends)
        return Gone(frozenset(blame)) if is_closed else None

    def _pass_through(self, spec: Node, named: dict[str | int, Any]) -> dict[str, Any]:
        """Each output of a bypassed node takes the first wired input that is left; an absent one its default."""
        defaults = {"b": 100.0, "value": 1.0}
        waited = [port for port in spec.data if (spec.id, port) not in self._feedback]
        unused = [port for port in (*spec.what.needs, *spec.what.may_have) if port in waited]
        given: dict[str, Any] = {}
        for port in spec.what.gives:
            source = unused.pop(0) if unused else None
            given[port] = Gone() if source is None else named.get(source, defaults.get(source))
        return given


_JOINS: dict[str, Callable[[list[bool]], bool]] = {
    "AND": all,
    "OR": any,
    "XOR": lambda signs: sum(signs) == 1,
    "DECIDED": lambda _: True,
}


def _joined(mode: str, signs: list[bool]) -> bool:
    return _JOINS[mode](signs)


def _blame(came: list[Any]) -> frozenset[str]:
    return frozenset(node for value in came if isinstance(value, Gone) for node in value.blame)


def _nothing(spec: Node, gone: Gone) -> dict[str, Any]:
    return {**dict.fromkeys((*spec.what.gives, *spec.what.signals, "done"), gone), "error": Gone()}


def _ended() -> dict[str, Any]:
    return {"done": Signal.ACTIVE, "error": Gone()}


def _node(output: str) -> str:
    return output.rpartition(".")[0]


def _signals(spec: Node) -> dict[str, list[str]]:
    return {**({"trigger": spec.triggers} if spec.triggers else {}), **spec.signals}


def _tells(spec: Node) -> list[str]:
    """All control outputs to which it is wired."""
    signals = [signal for port in _signals(spec).values() for signal in port]
    return [*signals, *spec.gates, *(f"{node}.done" for node in spec.listens)]


def _is_optional(spec: Node, port: str | int) -> bool:
    return spec.kind != ">error" and (isinstance(port, int) or port in spec.what.may_have)


def _flat(specs: list[Spec]) -> list[Node]:
    """The nodes without sub-graphs: what stands for one becomes its `trigger`, `done` and `error`."""
    uses = [spec for spec in specs if spec.kind == "use"]
    names = {f"{use.id}.{port}": f"{use.id}>{port}.{port}" for use in uses for port in ("done", "error")}
    nodes = [
        Node(
            spec.id,
            spec.kind,
            {port: names.get(output, output) for port, output in spec.data.items()},
            [names.get(signal, signal) for signal in spec.triggers],
            copy.deepcopy(spec.run),
            {port: [names.get(signal, signal) for signal in signals] for port, signals in spec.signals.items()},
        )
        for spec in specs
        if spec.kind != "use"
    ]
    read = {output for node in nodes for output in (*node.data.values(), *_tells(node))}
    read |= {names.get(signal, signal) for use in uses for signal in use.triggers}
    for use in uses:
        inside = [node for node in nodes if node.id.startswith(f"{use.id}/") and node.kind not in GROUPS]
        for node in inside:
            if use.run.get("disabled"):
                node.run["disabled"] = True
            mode = use.run.get("activation", {}).get("go")
            if node.id == f"{use.id}/go" and mode is not None:
                node.run.setdefault("activation", {})["value"] = mode
        groups: list[Node] = []
        run = {key: value for key, value in use.run.items() if key == "disabled"}
        if f"{use.id}>done.done" in read:
            groups.append(Node(f"{use.id}>done", ">done", run=dict(run), listens=[node.id for node in inside]))
        if f"{use.id}>error.error" in read:
            errors: dict[str | int, str] = {index: f"{node.id}.error" for index, node in enumerate(inside)}
            groups.append(Node(f"{use.id}>error", ">error", errors, run=dict(run)))
        if use.triggers:
            triggers = [names.get(signal, signal) for signal in use.triggers]
            groups.append(Node(f"{use.id}>trigger", ">trigger", triggers=triggers, run=copy.deepcopy(use.run)))
        nodes += groups
    for use in uses:
        for node in nodes if use.triggers else ():
            if node.id.startswith(f"{use.id}/") or node.id in (f"{use.id}>done", f"{use.id}>error"):
                node.gates.append(f"{use.id}>trigger.done")
    return nodes
