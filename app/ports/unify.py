"""What the variables in port types stand for: named dimensions of arrays, and type variables.

The variables of a node's ports are its own: `h` of one node is `h` of another only where wires say so. Each wire says
that its target takes what its source gives, and all else follows from that, forwards and backwards: dimensions are
equal (union-find), and each type below a variable is held against each type above it (Parreaux, *The Simple Essence of
Algebraic Subtyping*, ICFP 2020). What was said can be taken back, so that a wire can be judged while it is drawn.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from . import hint as hints
from .array import ArrayType, Dim, aligned, array_of, ends, rank_text, ranks_meet
from .fit import Fit
from .hint import Hint, Strength, arguments, head_of, normal, origin_of
from .subtype import as_tuple, fits, seen_as

Judge = Callable[[Hint, Hint], Fit]
"""Says how one type fits another, as `compatible` does."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A type at a port.

    Attributes:
        hint: The type.
        scope: Whose variables are in it: a node.
        where: The port, for messages: `load.image`.
    """

    hint: Hint
    scope: Hashable
    where: str = ""


DimText = Callable[[Hashable, Dim], str]
"""Says how a dimension of a scope is written."""

Variable = tuple[Hashable, Any]
"""A scope, and a type variable or the name of a dimension."""


@dataclass(frozen=True, slots=True)
class _Dim:
    """A dimension, and where it stands."""

    dim: Dim
    typed: Typed
    array: ArrayType

    @property
    def variadic(self) -> bool:
        return self.dim.variadic


class Conflict(Exception):
    """Two things were said that cannot both hold; the message is the end of a sentence: `takes …; gets …`."""


class Variables:
    """What is known of variables so far.

    Args:
        judge: Says how types without variables fit.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._parents: dict[Variable, Variable] = {}
        self._sizes: dict[Variable, tuple[int, str]] = {}  # By root: its size, and the port that has it so.
        self._runs: dict[Variable, tuple[_Dim, ...]] = {}  # By `*name`: the dimensions that it stands for.
        self._below: dict[Variable, list[Typed]] = {}
        self._above: dict[Variable, list[Typed]] = {}
        self._several: set[Variable] = set()  # Those that stand for one of several things, of which one is known.
        self._trail: list[Callable[[], Any]] = []

    # -- saying things ----------------------------------------------------------------------------------------------

    def say(self, source: Typed, target: Typed) -> None:
        """Say that the target takes what the source gives.

        Raises:
            Conflict: It cannot; nothing was said then.
        """
        mark = len(self._trail)
        try:
            self._flow(source, target, is_sure=True)
        except Conflict:
            self.take_back(mark)
            raise

    @property
    def is_decided(self) -> bool:
        """Whether there is a size or a type that a variable has to have."""
        return bool(self._sizes or self._runs) or any(self._below.values()) or any(self._above.values())

    def mark(self) -> int:
        """A point to which `take_back` returns."""
        return len(self._trail)

    def take_back(self, mark: int) -> None:
        """Forget what was said since a mark."""
        while len(self._trail) > mark:
            self._trail.pop()()

    def _flow(self, source: Typed, target: Typed, *, is_sure: bool) -> None:
        have, want = _peeled(source.hint), _peeled(target.hint)
        if not has_variables(have) and not has_variables(want):
            return
        one, other = self._only_one(source.hint, want), self._only_one(target.hint, have)
        if one is None or other is None:
            return
        source, target = Typed(one, source.scope, source.where), Typed(other, target.scope, target.where)
        have, want = _peeled(one), _peeled(other)
        if isinstance(want, TypeVar) or isinstance(have, TypeVar):
            self._bound(source, target, is_sure=is_sure)
            return
        arrays = array_of(have), array_of(want)
        if arrays[0] and arrays[1]:
            if is_sure:
                self._same_shape(source, arrays[0], target, arrays[1])
            return
        for inner, taken, is_swapped in _parts(have, want):
            ends_ = Typed(inner, source.scope, source.where), Typed(taken, target.scope, target.where)
            self._flow(*(reversed(ends_) if is_swapped else ends_), is_sure=is_sure)

    def _only_one(self, hint: Hint, other: Hint) -> Hint | None:
        """The one alternative that may meet the other type; None where it is not known which."""
        if isinstance(hint, TypeVar) or not hints.is_union(hint):
            return hint
        likely = [part for part in hints.alternatives(hint) if fits(part, other) or fits(other, part)]
        return likely[0] if len(likely) == 1 else None

    # -- type variables -----------------------------------------------------------------------------------------------

    def _bound(self, source: Typed, target: Typed, *, is_sure: bool) -> None:
        """Either is a type variable: the one lies below the other.

        What may be one of several things has to meet nothing as each of them; whoever takes it looks at all together.
        """
        if not isinstance(source.hint, TypeVar):
            if self._add(self._below, target, source, is_sure=is_sure):
                is_one = self._is_one(target)
                for above in tuple(self._above.get((target.scope, target.hint), ())):
                    self._meet(source, above, is_sure=is_one)
        elif self._add(self._above, source, target):
            is_one = self._is_one(source)
            for below in tuple(self._below.get((source.scope, source.hint), ())):
                self._meet(below, target, is_sure=is_one and is_sure)

    def _is_one(self, variable: Typed) -> bool:
        """Whether a variable stands for one thing, not for one of several."""
        key = (variable.scope, variable.hint)
        return len(self._below.get(key, ())) == 1 and key not in self._several

    def _add(self, bounds: dict[Variable, list[Typed]], variable: Typed, bound: Typed, *, is_sure: bool = True) -> bool:
        key = (variable.scope, variable.hint)
        known = bounds.setdefault(key, [])
        if (bound.hint, bound.scope) in ((one.hint, one.scope) for one in known):
            return False
        known.append(bound)
        self._trail.append(known.pop)
        if not is_sure and key not in self._several:
            self._several.add(key)
            self._trail.append(lambda: self._several.discard(key))
        return True

    def _meet(self, below: Typed, above: Typed, *, is_sure: bool) -> None:
        if is_sure and not isinstance(above.hint, TypeVar):
            fit = self._judge(self.resolved(below), self.resolved(above))
            if not fit.is_allowed:
                raise Conflict(f"what is given there goes on to {above.where}, which {fit.reason}")
        self._flow(below, above, is_sure=is_sure)

    def resolved(self, typed: Typed) -> Hint:
        """A type with its type variables replaced by what they stand for, as far as that is known."""
        return self._resolved(typed.hint, typed.scope, None, frozenset())

    def _resolved(self, hint: Hint, scope: Hashable, text_of: DimText | None, under_way: frozenset[Variable]) -> Hint:
        if not has_type_variables(hint):
            return hint if text_of is None else with_dims(hint, lambda dim: text_of(scope, dim))
        if not isinstance(hint, TypeVar):
            return _with_arguments(hint, lambda part: self._resolved(part, scope, text_of, under_way))
        key = (scope, hint)
        if key in under_way:
            return hint
        for bounds, put_together in ((self._below, joined), (self._above, _agreed)):
            parts = [
                self._resolved(one.hint, one.scope, text_of, under_way | {key}) for one in tuple(bounds.get(key, ()))
            ]
            if known := [part for part in parts if not isinstance(part, TypeVar)]:
                return _constrained(hint, put_together(known)) if put_together(known) is not None else hint
        return hint

    # -- dimensions -----------------------------------------------------------------------------------------------

    def _same_shape(self, source: Typed, have: ArrayType, target: Typed, want: ArrayType) -> None:
        left, right = self._spelt_out(source, have), self._spelt_out(target, want)
        if not ranks_meet(left, right):
            ours, theirs = (rank_text(tuple(one.dim for one in dims)) for dims in (right, left))
            raise Conflict(f"takes {ours}; gets {theirs}")
        for one, other in aligned(left, right):
            if one is not None:
                self._same_size(one, other)
        self._same_run(left, right)

    def _spelt_out(self, typed: Typed, array: ArrayType) -> tuple[_Dim, ...]:
        """The dimensions, those among them for which a `*name` stands, as far as it is known."""
        found: list[_Dim] = []
        for dim in array.dims:
            run = self._runs.get((typed.scope, dim.text)) if dim.variadic else None
            found += [_Dim(dim, typed, array)] if run is None else run
        return tuple(found)

    def _same_size(self, one: _Dim, other: _Dim) -> None:
        left, right = self._size_at(one), self._size_at(other)
        if left is not None and right is not None:
            if left[0] != right[0]:
                raise Conflict(f"takes {_shape_text(other, right)}; gets {_shape_text(one, left)}")
        elif one.dim.name and other.dim.name:
            self._unite((one.typed.scope, one.dim.name), (other.typed.scope, other.dim.name))
        elif left is not None and other.dim.name:
            self._fix((other.typed.scope, other.dim.name), left)
        elif right is not None and one.dim.name:
            self._fix((one.typed.scope, one.dim.name), right)

    def _same_run(self, left: tuple[_Dim, ...], right: tuple[_Dim, ...]) -> None:
        """A `*name` of the target stands for those dimensions of the source that are left over."""
        head, tail, is_open = ends(right)
        before, _, is_unknown = ends(left)
        if is_unknown or not is_open:
            return
        run = right[len(head)]
        if run.dim.text.lstrip("*").isidentifier():
            key = (run.typed.scope, run.dim.text)
            self._runs[key] = before[len(head) : len(before) - len(tail)]
            self._trail.append(lambda: self._runs.pop(key))

    def _size_at(self, place: _Dim) -> tuple[int, str] | None:
        return self._size(place.typed.scope, place.dim, place.typed.where)

    def _size(self, scope: Hashable, dim: Dim, where: str) -> tuple[int, str] | None:
        """The size of a dimension, and the port that has it so."""
        if dim.size is not None:
            return dim.size, where
        if dim.name:
            return self._sizes.get(self._root((scope, dim.name)))
        return self._computed(scope, dim.text) if dim.special else None

    def _computed(self, scope: Hashable, text: str) -> tuple[int, str] | None:
        """The size of a dimension such as `2*h+1`, where `h` is known."""
        terms = re.findall(r"([+-]?)([^+-]+)", text)
        if "".join(sign + term for sign, term in terms) != text:
            return None
        total, where = 0, ""
        for sign, term in terms:
            product = 1
            for factor in term.split("*"):
                known = (int(factor), "") if factor.isdecimal() else self._sizes.get(self._root((scope, factor)))
                if known is None:
                    return None
                product, where = product * known[0], known[1] or where
            total += -product if sign == "-" else product
        return total, where

    def _root(self, key: Variable) -> Variable:
        while key in self._parents:
            key = self._parents[key]
        return key

    def _unite(self, one: Variable, other: Variable) -> None:
        below, above = self._root(one), self._root(other)
        if below == above:
            return
        size = self._sizes.get(below)
        self._parents[below] = above
        self._trail.append(lambda: self._parents.pop(below))
        if size is not None:
            self._fix(above, size)

    def _fix(self, key: Variable, size: tuple[int, str]) -> None:
        root = self._root(key)
        if root not in self._sizes:
            self._sizes[root] = size
            self._trail.append(lambda: self._sizes.pop(root))

    # -- what goes out --------------------------------------------------------------------------------------------

    def shown(self, typed: Typed, names: Mapping[Variable, str] | None = None) -> Hint:
        """The resolved type, its dimensions replaced by their sizes where these are known.

        Args:
            typed: The type.
            names: For roots of dimensions: what they are called; their own names by default.
        """

        def dim_text(scope: Hashable, dim: Dim) -> str:
            size = None if dim.variadic else self._size(scope, dim, "")
            if size is not None:
                return str(size[0])
            return (names or {}).get(self._root((scope, dim.name)), dim.text) if dim.name else dim.text

        return self._resolved(typed.hint, typed.scope, dim_text, frozenset())

    def roots(self, typed: Typed) -> dict[Variable, str]:
        """The roots of the named dimensions in the resolved type that have no known size, with their names."""
        found: dict[Variable, str] = {}

        def take(scope: Hashable, dim: Dim) -> str:
            root = self._root((scope, dim.name))
            if dim.name and root not in self._sizes:
                found.setdefault(root, dim.name)
            return dim.text

        self._resolved(typed.hint, typed.scope, take, frozenset())
        return found


# ---------------------------------------------------------------- hints


@hints.cached
def has_variables(hint: Hint) -> bool:
    """Whether a type has variables: type variables, or dimensions with names."""
    return has_type_variables(hint) or any(
        dim.name or dim.special or dim.text.lstrip("#*?").isidentifier() for dim in dims_in(hint)
    )


@hints.cached
def has_type_variables(hint: Hint) -> bool:
    """Whether a type has type variables."""
    if isinstance(hint, TypeVar):
        return True
    return any(has_type_variables(part) for part in _inside(hint))


@hints.cached
def dims_in(hint: Hint) -> tuple[Dim, ...]:
    """The dimensions of all arrays in a type."""
    array = None if isinstance(hint, TypeVar) else array_of(hints.plain(hint))
    if array is not None:
        return array.dims
    return tuple(dim for part in _inside(hint) for dim in dims_in(part))


def with_dims(hint: Hint, text_of: Callable[[Dim], str]) -> Hint:
    """A type with other dimensions in its arrays."""
    if isinstance(hint, TypeVar) or not dims_in(hint):
        return hint
    if head_of(hint) is Annotated:
        return Annotated[(with_dims(hint.__origin__, text_of), *hint.__metadata__)]
    array = array_of(hint)
    if array is None:
        return _with_arguments(hint, lambda part: with_dims(part, text_of))
    text = " ".join(text_of(dim) for dim in array.dims)
    bare = normal(hint)
    return hint if text == array.dim_text or not hasattr(bare, "dtype") else _array(bare.dtype, bare.array_type, text)


@hints.cached
def _array(dtype: Any, container: Any, dims: str) -> Hint:
    return dtype[container, dims]


def joined(found: Iterable[Hint]) -> Hint:
    """The narrowest type that has all these values."""
    kept: list[Hint] = []
    for hint in found:
        if not any(fits(hint, other) is Strength.ALWAYS for other in kept):
            kept = [other for other in kept if fits(other, hint) is not Strength.ALWAYS]
            kept.append(hint)
    return hints.union(kept)


def _agreed(found: list[Hint]) -> Hint | None:
    """The type on which all agree, or None."""
    return found[0] if all(one == found[0] for one in found) else None


def _constrained(variable: TypeVar, hint: Hint) -> Hint:
    """What a variable is that may be one of few types only."""
    fitting = (one for one in variable.__constraints__ if fits(hint, one) is Strength.ALWAYS)
    return next(fitting, hint)


def _inside(hint: Hint) -> tuple[Hint, ...]:
    """The types in the brackets of one."""
    if isinstance(hint, typing.NewType):
        return (hint.__supertype__,)
    if head_of(hint) is Annotated:
        return (hint.__origin__,)
    if head_of(hint) is typing.Literal:
        return ()
    found: list[Hint] = []
    for part in arguments(hint):
        found += part if isinstance(part, list) else [] if part is ... else [part]
    return tuple(found)


def _with_arguments(hint: Hint, replaced: Callable[[Hint], Hint]) -> Hint:
    """A type with other types in its brackets."""
    if head_of(hint) is Annotated:
        return Annotated[(replaced(hint.__origin__), *hint.__metadata__)]
    if isinstance(hint, typing.NewType) or not arguments(hint):
        return hint
    if hints.is_union(hint):
        return hints.union(map(replaced, arguments(hint)))
    parts = tuple(
        [replaced(one) for one in part] if isinstance(part, list) else part if part is ... else replaced(part)
        for part in arguments(hint)
    )
    if hints.is_callable(hint):
        return typing.Callable[parts[0], parts[1]]
    return origin_of(hint)[parts if len(parts) != 1 else parts[0]]


@hints.cached
def _peeled(hint: Hint) -> Hint:
    """A type without labels and other names around it; a type variable stays."""
    while not isinstance(hint, TypeVar):
        inner = normal(hint)
        if head_of(inner) is Annotated:
            inner = inner.__origin__
        elif isinstance(inner, typing.NewType):
            inner = inner.__supertype__
        if inner is hint:
            return hint
        hint = inner
    return hint


def _parts(have: Hint, want: Hint) -> Iterable[tuple[Hint, Hint, bool]]:
    """The types in the brackets of two that belong together; and whether the first takes what the second gives."""
    if hints.is_callable(have) and hints.is_callable(want):
        (taken, given), (wanted_taken, wanted_given) = hints.signature_of(have), hints.signature_of(want)
        for one, other in zip(taken or (), wanted_taken or (), strict=False):
            yield one, other, True
        yield given, wanted_given, False
        return
    left, right = as_tuple(have), as_tuple(want)
    if left is not None and right is not None:
        (items, is_open), (wanted, wanted_open) = left, right
        length = max(len(items), len(wanted))
        yield from (
            (one, other, False)
            for one, other in zip(
                items * length if is_open else items, wanted * length if wanted_open else wanted, strict=False
            )
        )
        return
    cls, parts = origin_of(want), arguments(want)
    if isinstance(cls, type) and parts and isinstance(origin_of(have), type) and head_of(want) is not typing.Literal:
        yield from ((one, other, False) for one, other in zip(seen_as(have, cls, len(parts)), parts, strict=False))


def _shape_text(dim: _Dim, size: tuple[int, str]) -> str:
    text = f'arrays of shape "{dim.array.dim_text}"'
    if dim.dim.size is not None:
        return text
    where = f" ({size[1]})" if size[1] and size[1] != dim.typed.where else ""
    return f"{text}, where {dim.dim.text} is {size[0]}{where}"
