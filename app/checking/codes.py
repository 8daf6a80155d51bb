"""Every code that a finding may have. A code is never given another meaning; `docs/codes.md` explains each."""

from __future__ import annotations

from typing import NamedTuple

from .diagnostic import Severity


class Code(NamedTuple):
    """A kind of finding.

    Attributes:
        title: What is wrong, in a few words.
        severity: How bad it is.
    """

    title: str
    severity: Severity


ERROR, WARNING, HINT = Severity

CODES: dict[str, Code] = {
    "AW101": Code("Unknown node type", ERROR),
    "AW102": Code("Unknown sub-graph", ERROR),
    "AW103": Code("Unknown port", ERROR),
    "AW104": Code("Types do not fit", ERROR),
    "AW105": Code("Unknown parameter", ERROR),
    "AW106": Code("Wrong value of a parameter", ERROR),
    "AW107": Code("Input without a wire", ERROR),
    "AW108": Code("Two wires into one input", ERROR),
    "AW109": Code("Two ways to convert", ERROR),
    "AW110": Code("List into a port for one item", ERROR),
    "AW111": Code("Signal and data wired together", ERROR),
    "AW112": Code("Cycle", ERROR),
    "AW113": Code("Recursion without an end", ERROR),
    "AW114": Code("Two inputs or outputs of one name", ERROR),
    "AW115": Code("Unknown type of an input or output", ERROR),
    "AW116": Code("Unknown input of a sub-graph", ERROR),
    "AW117": Code("Loop that nothing tells to end", ERROR),
    "AW118": Code("Fold without a state", ERROR),
    "AW119": Code("Source that cannot begin an epoch", ERROR),
    "AW120": Code("Placement that the node cannot have", ERROR),
    "AW121": Code("Node that no process can find", ERROR),
    "AW122": Code("Port that has gone", ERROR),
    "AW123": Code("Parameter that has gone", ERROR),
    "AW201": Code("Node that can never run", WARNING),
    "AW202": Code("Control port that is never settled", WARNING),
    "AW203": Code("Deprecated node type", WARNING),
    "AW204": Code("Value that may not reach a process", WARNING),
    "AW205": Code("Node that could not be brought up to date", WARNING),
    "AW301": Code("Output that is never used", HINT),
    "AW302": Code("Node that was brought up to date", HINT),
}
"""By code: 1xx are errors, 2xx warnings, 3xx hints."""
