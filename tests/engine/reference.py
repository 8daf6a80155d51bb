"""What a run of a random graph must give, worked out slowly: one node after another, no plan, no threads."""

from dataclasses import dataclass
from typing import Any

from animaweave.authoring import Signal
from tests.engine.graphs import FUNCTIONS, KINDS, Spec, weigh


@dataclass(frozen=True)
class Gone:
    """Nothing came; `failed` if a failure is at the root of it."""

    failed: bool = False


@dataclass
class Expected:
    """What becomes of a graph.

    Attributes:
        states: By node.
        outputs: Weight of each output that no wire reads, where it comes.
        status: Of the run.
    """

    states: dict[str, str]
    outputs: dict[str, float]
    status: str


def interpret(specs: list[Spec]) -> Expected:
    """Run the specs in their order."""
    values: dict[str, Any] = {}
    states: dict[str, str] = {}
    for spec in specs:
        states[spec.id], given = _run(spec, values)
        values.update({f"{spec.id}.{port}": value for port, value in given.items()})
    read = {output for spec in specs for output in spec.data.values()}
    outputs = {
        name: weigh(values[name])
        for spec in specs
        for name in (f"{spec.id}.{port}" for port in KINDS[spec.kind].gives)
        if name not in read and not isinstance(values[name], Gone)
    }
    unhandled = [
        spec.id
        for spec in specs
        if states[spec.id] == "failed" and "on_error" not in spec.run and not _is_read(spec.id, specs, states)
    ]
    status = "success" if not unhandled else "partial" if outputs else "failed"
    return Expected(states, outputs, status)


def _is_read(node: str, specs: list[Spec], states: dict[str, str]) -> bool:
    return any(f"{node}.error" in spec.data.values() and states[spec.id] == "completed" for spec in specs)


def _run(spec: Spec, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = KINDS[spec.kind]
    gone = _why_gone(spec, values)
    if gone is not None:
        return "skipped", {**dict.fromkeys((*kind.gives, *kind.signals, "done"), gone), "error": Gone()}
    arguments = {port: values[output] for port, output in spec.data.items() if not isinstance(values[output], Gone)}
    items = [value for port, value in sorted(arguments.items(), key=str) if isinstance(port, int)]
    named = {str(port): value for port, value in arguments.items() if not isinstance(port, int)}
    if spec.run.get("bypass"):
        return "completed", {**_pass_through(spec, named), "done": Signal.ACTIVE, "error": Gone()}
    try:
        result: Any = FUNCTIONS[spec.kind](*items, **named)
    except ValueError:
        default = spec.run.get("on_error", {}).get("default", {})
        gone = Gone(failed=True)
        given = {port: default.get(port, gone) for port in (*kind.gives, *kind.signals)}
        return "failed", {**given, "done": gone, "error": 0.0}
    parts = result if len(kind.gives + kind.signals) > 1 else (result,)
    given = dict(zip((*kind.gives, *kind.signals), parts, strict=False))
    return "completed", {**given, "done": Signal.ACTIVE, "error": Gone()}


def _why_gone(spec: Spec, values: dict[str, Any]) -> Gone | None:
    if spec.run.get("disabled"):
        return Gone()
    arrived = {port: values[output] for port, output in spec.data.items()}
    if any(isinstance(value, Gone) and value.failed for value in arrived.values()):
        return Gone(failed=True)
    if any(isinstance(arrived[port], Gone) for port in KINDS[spec.kind].needs):
        return Gone()
    signals = [values[signal] for signal in spec.triggers]
    active = signals.count(Signal.ACTIVE)
    modes = {"AND": active == len(signals), "OR": active > 0, "XOR": active == 1, "DECIDED": True}
    if not signals or modes[spec.run["activation"]["trigger"]]:
        return None
    return Gone(failed=any(signal.failed for signal in signals if isinstance(signal, Gone)))


def _pass_through(spec: Spec, named: dict[str, Any]) -> dict[str, Any]:
    """Each output of a bypassed node takes the first wired input that is left; an absent one its default."""
    defaults = {"b": 100.0, "value": 1.0}
    kind = KINDS[spec.kind]
    unused = [port for port in (*kind.needs, *kind.may_have) if port in spec.data]
    given: dict[str, Any] = {}
    for port in kind.gives:
        source = unused.pop(0) if unused else None
        given[port] = Gone() if source is None else named.get(source, defaults.get(source))
    return given
