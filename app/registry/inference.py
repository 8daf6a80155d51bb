"""What flows along the wires of a graph: port types, with their variables as the wires determine them.

A node of `def first(items: list[T]) -> T` gives what it is given items of; a picture of shape "h w" and its mask have
one `h`, as far as wires lead. Each wire is judged as what comes before it in the graph makes its source. One that says
something new of sizes or types that does not go with what others say is refused, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from ..graph.wire import PortRef
from ..ports.convert import Converters
from ..ports.fit import Fit, compatible
from ..ports.hint import Hint
from ..ports.port import Port, Signature
from ..ports.unify import Conflict, Typed, Variable, Variables, has_type_variables, has_variables
from .boundary import INPUT, OUTPUT
from .foretold import Told

Ends = tuple[PortRef, PortRef]

MOST_SAID_AGAIN = 100
"""Wires that are said again when one before them goes."""

_VALUE = TypeVar("_VALUE")
"""What a boundary node hands on that declares no type."""


class Noded(Protocol):
    """A node, of whatever form."""

    @property
    def type(self) -> str:
        """Id of its node type."""


class Inference:
    """The types of one network of nodes and wires.

    Args:
        nodes: The nodes by id; ids may be paths through sub-graphs.
        signatures: The ports of each; None where its type is not known.
        wires: Data wires that take part in a run.
        converters: Those that may be put in between.
        told: What nodes say of their outputs before they run.

    Attributes:
        is_stale: Whether it still knows what a wire said that was removed, so that another one has to be made.
    """

    def __init__(
        self,
        nodes: Mapping[str, Noded],
        signatures: Mapping[str, Signature | None],
        wires: Iterable[Ends],
        converters: Converters,
        told: Told = MappingProxyType({}),
    ) -> None:
        self._nodes, self._signatures, self._converters, self._told = nodes, signatures, converters, told
        self._variables = Variables(lambda source, target: compatible(source, target, converters))
        general: dict[int, tuple[bool, bool]] = {}
        self._open: set[str] = set()  # Nodes with variables in their types.
        self._generic: set[str] = set()  # Those among them with type variables.
        shared = {id(signature): signature for signature in signatures.values()}  # Most nodes are alike.
        has_boundary = not {INPUT, OUTPUT}.isdisjoint({node.type for node in nodes.values()})
        is_plain = not has_boundary and not any(one and _has(has_variables, one) for one in shared.values())
        for node, signature in () if is_plain else signatures.items():
            if signature is None:
                continue
            if id(signature) not in general:
                general[id(signature)] = _has(has_variables, signature), _has(has_type_variables, signature)
            is_open, is_generic = general[id(signature)]
            if nodes[node].type in (INPUT, OUTPUT):
                is_open = is_generic = True
            if is_open:
                self._open.add(node)
            if is_generic:
                self._generic.add(node)
        self._fits: dict[Ends, Fit | None] = {}
        self._marks: dict[Ends, int] = {}  # Where what each wire says begins.
        self.is_stale = False
        concerned = [wire for wire in wires if self.concerns(*wire)] if self._open else []
        for wire in _in_order(concerned):
            self._take(wire)

    @property
    def has_variables(self) -> bool:
        """Whether any node has variables in its types."""
        return bool(self._open)

    def concerns(self, source: PortRef, target: PortRef) -> bool:
        """Whether a wire has to do with variables; how others fit, their types alone say."""
        return source.node in self._open or target.node in self._open

    def fit(self, source: PortRef, target: PortRef) -> Fit | None:
        """How what an output gives fits an input; None where one of them is not known.

        A wire that is not there is judged as if it came last, and nothing is changed.
        """
        if (source, target) in self._fits:
            return self._fits[source, target]
        mark = self._variables.mark()
        try:
            return self._said(source, target)
        finally:
            self._variables.take_back(mark)

    @property
    def is_decided(self) -> bool:
        """Whether anything is known of any variable, so that a wire may be refused for what others say."""
        return self._variables.is_decided

    def add(self, source: PortRef, target: PortRef) -> bool:
        """Take one more wire; tell whether all others stay as they were judged.

        They do where none is refused and neither node has type variables: in which order dimensions are found equal
        changes nothing.
        """
        if not self._may_change(source, target):
            return False
        fit = self._take((source, target))
        return fit is None or fit.is_allowed

    def remove(self, source: PortRef, target: PortRef) -> bool:
        """Forget a wire; tell whether all others stay as they were judged.

        What was said after it has to be said again; where that is much, it `is_stale` afterwards.
        """
        if not self._may_change(source, target):
            return False
        self._fits.pop((source, target), None)
        mark = self._marks.pop((source, target), None)
        later = [] if mark is None else [wire for wire, at in self._marks.items() if at >= mark]
        self.is_stale |= len(later) > MOST_SAID_AGAIN
        if mark is not None and not self.is_stale:
            self._variables.take_back(mark)
            for wire in later:
                self._take(wire)
        return True

    def _take(self, wire: Ends) -> Fit | None:
        self._marks[wire] = self._variables.mark()
        fit = self._fits[wire] = self._said(*wire)
        return fit

    def _may_change(self, source: PortRef, target: PortRef) -> bool:
        """Whether a wire that comes or goes has to do with itself alone."""
        nodes = {source.node, target.node}
        if nodes & self._generic or any(ref.node in nodes for ref in self._told):
            return False
        return not self.is_refusing

    @property
    def is_refusing(self) -> bool:
        """Whether a wire that has to do with variables is refused."""
        return any(fit is not None and not fit.is_allowed for fit in self._fits.values())

    def output(self, ref: PortRef) -> Hint:
        """What an output gives, as far as it is known; `Any` for an unknown port."""
        typed = self._source(ref)
        return Any if typed is None else _known(self._variables.shown(typed))

    def input(self, ref: PortRef) -> Hint:
        """What an input takes, as far as it is known; `Any` for an unknown port."""
        typed = self._target(ref)
        return Any if typed is None else _known(self._variables.shown(typed))

    def outer(self, refs: Iterable[PortRef]) -> list[Hint]:
        """The types of outputs, as ports of a node that uses this graph: equal dimensions have equal names."""
        names: dict[Variable, str] = {}
        found: list[Hint] = []
        for ref in refs:
            typed = self._source(ref)
            if typed is None:
                found.append(Any)
                continue
            for root, name in self._variables.roots(typed).items():
                if root not in names:
                    names[root] = _free(name, names.values())
            found.append(_known(self._variables.shown(typed, names)))
        return found

    def _said(self, source: PortRef, target: PortRef) -> Fit | None:
        """Judge a wire, and take it for given if it may be there."""
        have, want = self._source(source), self._target(target)
        if have is None or want is None:
            return None
        given = self._variables.resolved(have)
        fit = compatible(given, want.hint, self._converters)
        if not fit.is_allowed or not self.concerns(source, target):
            return fit
        mark = self._variables.mark()
        try:
            for number, converter in enumerate(fit.converters):
                scope = (source, target, number)
                self._variables.say(have, Typed(converter.source, scope, converter.name))
                have = Typed(converter.target, scope, converter.name)
            self._variables.say(have, want)
        except Conflict as conflict:
            self._variables.take_back(mark)
            return Fit("refused", str(conflict))
        return fit

    def _source(self, ref: PortRef) -> Typed | None:
        if ref in self._told:
            return Typed(self._told[ref], ref.node, str(ref))
        signature = self._signatures.get(ref.node)
        return self._typed(ref, None if signature is None else signature.output(ref.port))

    def _target(self, ref: PortRef) -> Typed | None:
        signature = self._signatures.get(ref.node)
        if signature is None:
            return None
        # A wire from the graph around gives a boundary node its default.
        is_boundary = self._nodes[ref.node].type == INPUT
        return self._typed(ref, signature.parameter(ref.port) if is_boundary else signature.input(ref.port))

    def _typed(self, ref: PortRef, port: Port | None) -> Typed | None:
        if port is None or port.control:
            return None
        if self._nodes[ref.node].type in (INPUT, OUTPUT):
            if port.hint is Any:
                return Typed(_VALUE, ref.node, str(ref))
            # The boundary's types speak of the graph around it.
            return Typed(port.hint, ref.node.rpartition("/")[0] + "/", str(ref))
        return Typed(port.hint, ref.node, str(ref))


def _has(what: Callable[[Hint], bool], signature: Signature) -> bool:
    return any(what(port.hint) for port in (*signature.inputs, *signature.outputs) if not port.control)


def _known(hint: Hint) -> Hint:
    """The type, unless it is the mark for a value of which nothing is known."""
    return Any if hint is _VALUE else hint


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it if another dimension has it."""
    names, number = set(taken), 2
    free = name
    while free in names:
        free, number = f"{name}{number}", number + 1
    return free


def _in_order(wires: list[Ends]) -> list[Ends]:
    """Wires so that those into a node come before those out of it, where there is no circle."""
    out: dict[str, list[Ends]] = {}
    waits: dict[str, int] = {}
    for wire in wires:
        out.setdefault(wire[0].node, []).append(wire)
        waits[wire[1].node] = waits.get(wire[1].node, 0) + 1
    ready = [node for node in out if not waits.get(node)]
    order: list[Ends] = []
    for node in ready:  # It grows meanwhile.
        for wire in out.pop(node, ()):
            order.append(wire)
            waits[wire[1].node] -= 1
            if not waits[wire[1].node]:
                ready.append(wire[1].node)
    order += [wire for left in out.values() for wire in left]
    return order
