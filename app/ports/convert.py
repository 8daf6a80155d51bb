"""Converters: registered functions from one label to another, and the chains that they make.

A label converts exactly where converters lead, over any number of steps; the shortest chain wins. Two shortest ones are
an error, for then what flows would depend on the order in which vessels were loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import ConverterTie
from . import hint as hints
from .hint import Hint, Strength, label_of
from .subtype import fits
from .text import to_text

Chain = tuple["Converter", ...]


@dataclass(frozen=True, slots=True, repr=False)
class Converter:
    """A function that makes a value of one type from one of another.

    Attributes:
        source: What it takes.
        target: What it gives.
        fn: Called with the value.
        name: Full name, such as `image.mask_to_grey`.
        doc: One sentence for tooltips.
    """

    source: Hint
    target: Hint
    fn: Callable[[Any], Any]
    name: str
    doc: str = ""

    def __repr__(self) -> str:
        return f"<Converter {self.name}>"


class Converters:
    """All converters that are registered."""

    def __init__(self) -> None:
        self._all: list[Converter] = []
        self._chains: dict[tuple[Hint, Hint], Chain | ConverterTie | None] = {}

    def add(self, converter: Converter) -> None:
        """Register a converter."""
        self._all.append(converter)
        self._chains.clear()

    def __iter__(self) -> Iterator[Converter]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def path(self, source: Hint, target: Hint) -> Chain | None:
        """The shortest chain from one type to another.

        Returns:
            The converters in the order in which they are applied; empty where the source leads to the target without;
            None where nothing leads there.
        Raises:
            ConverterTie: Two shortest chains lead there.
        """
        try:
            found = self._chains[source, target]
        except KeyError:
            found = self._chains[source, target] = self._search(source, target)
        except TypeError:  # A hint that cannot be hashed.
            found = self._search(source, target)
        if isinstance(found, ConverterTie):
            raise ConverterTie(*found.args)
        return found

    def into(self, target: Hint) -> list[Converter]:
        """The converters whose values the target takes."""
        return [converter for converter in self._all if _leads(converter.target, target)]

    def _search(self, source: Hint, target: Hint) -> Chain | ConverterTie | None:
        if _leads(source, target):
            return ()
        chains: list[Chain] = [()]
        used: set[int] = set()
        while chains:
            longer = [
                (*chain, step)
                for chain in chains
                for index, step in enumerate(self._all)
                if index not in used and _leads(chain[-1].target if chain else source, step.source)
            ]
            arrived = [chain for chain in longer if _leads(chain[-1].target, target)]
            if len(arrived) > 1:
                return _tie(source, target, arrived[0], arrived[1])
            if arrived:
                return arrived[0]
            used.update(index for index, step in enumerate(self._all) if any(chain[-1] is step for chain in longer))
            chains = _two_an_end(longer)
        return None


def _leads(source: Hint, target: Hint) -> bool:
    """Whether a value goes on without a converter: the same label, or without labels whatever fits directly."""
    have = label_of(source)
    for part in hints.alternatives(target):
        want = label_of(part)
        if have == want if have or want else fits(source, part) is Strength.ALWAYS:
            return True
    return False


def _two_an_end(chains: list[Chain]) -> list[Chain]:
    """Two chains to one end are enough to know that there is a tie."""
    kept: dict[str, list[Chain]] = {}
    for chain in chains:
        same = kept.setdefault(to_text(chain[-1].target), [])
        if len(same) < 2:
            same.append(chain)
    return [chain for same in kept.values() for chain in same]


def _tie(source: Hint, target: Hint, one: Chain, other: Chain) -> ConverterTie:
    ways = [" then ".join(step.name for step in chain) for chain in (one, other)]
    return ConverterTie(
        f"two equally short ways lead from {to_text(source)} to {to_text(target)}: {ways[0]}, and {ways[1]}; "
        f"put a node that does one of them in between"
    )
