"""Whether a wire may run from an output of one type to an input of another, and if not, why.

`compatible(list[int], list[float]).verdict` is `direct`, `compatible(str, int).reason` is `takes whole numbers (int);
gets text (str)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import ConverterTie
from . import hint as hints
from . import words
from .array import array_of, dtypes_differ, shape_mismatch
from .convert import Chain, Converters
from .hint import Hint, Strength, label_of
from .subtype import element_of, fits
from .text import to_text

Verdict = Literal["direct", "converted", "checked", "lifted", "refused"]


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer of `compatible`.

    Attributes:
        verdict: `direct`: every value fits. `converted`: after the converters. `checked`: some values do, and each is
            looked at while running. `lifted`: a list into a port that takes one item. `refused`: none.
        reason: A sentence for all but `direct` and `converted`.
        converters: Applied to each value in this order.
        is_tie: Whether it is refused because two shortest chains of converters lead there.
    """

    verdict: Verdict
    reason: str = ""
    converters: Chain = ()
    is_tie: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether values may flow, one by one, as the wire stands."""
        return self.verdict in ("direct", "converted", "checked")


DIRECT = Fit("direct")


def compatible(source: Hint, target: Hint, converters: Converters | None = None) -> Fit:
    """Say how values of one type fit a port of another.

    Args:
        source: Type of the output.
        target: Type of the input.
        converters: Those that may be put in between; none if not given.
    """
    if source is target or fits(source, target) is Strength.ALWAYS:
        return DIRECT
    try:
        if converters and (chain := converters.path(source, target)):
            return Fit("converted", converters=chain)
    except ConverterTie as tie:
        return Fit("refused", str(tie), is_tie=True)
    if fits(source, target) is Strength.PERHAPS:
        return _checked(source, target)
    item = element_of(source)
    if item is not None and (one := compatible(item, target, converters)).is_allowed:
        reason = f"takes one at a time ({to_text(target)}); gets {words.many(source)} ({to_text(source)})"
        return Fit("lifted", reason, one.converters)
    refused = _refused(source, target)
    if converters is None or not _is_labelled(target):
        return refused
    made_by = converters.into(target)
    if not made_by:
        return Fit("refused", f"{refused.reason}, and no converter makes {to_text(target)}")
    ways = words.listed(f"{converter.name} (from {to_text(converter.source)})" for converter in made_by)
    return Fit("refused", f"{refused.reason}; {to_text(target)} is made by {ways}")


def _is_labelled(hint: Hint) -> bool:
    return any(map(label_of, hints.alternatives(hint)))


@hints.cached
def _checked(source: Hint, target: Hint) -> Fit:
    return Fit("checked", f"{_takes_and_gets(source, target)}: each value is looked at while running")


@hints.cached
def _refused(source: Hint, target: Hint) -> Fit:
    have, want = array_of(hints.plain(source)), array_of(hints.plain(target))
    if have and want and not _is_labelled(target):
        if not dtypes_differ(have, want):
            return Fit("refused", shape_mismatch(have, want) or _takes_and_gets(source, target))
        return Fit("refused", f"takes {words.dtypes(want)} ({want.text}); gets {words.dtypes(have)} ({have.text})")
    reason = _takes_and_gets(source, target)
    if _is_labelled(target) and not _is_labelled(source):
        reason += ", which carry no label"
    return Fit("refused", reason)


def _takes_and_gets(source: Hint, target: Hint) -> str:
    return f"takes {_called(target)}; gets {_called(source)}"


def _called(hint: Hint) -> str:
    """In words and as text: `whole numbers (int)`."""
    said, text = words.many(hint), to_text(hint)
    return said if said == text else f"{said} ({text})"
