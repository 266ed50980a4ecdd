"""Faults of a code as a procedure: inverted, cleared and set bits."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.faults import Mask, apply
from ..fields import Field
from .packing_bugs import number
from .procedure import Parameter, Parameters, Procedure, Values, bug

WIDTH = Parameter("width", "the bits of a code")
OPERANDS = ("code", "inverted", "cleared", "set")


def run(_: Parameters, values: Values) -> Values:
    """What the specification says."""
    code, inverted, cleared, set_ = values
    return (apply(code, Mask(inverted, cleared, set_)),)


def _inverted_last(_: Parameters, values: Values) -> Values:
    code, inverted, cleared, set_ = values
    return ((code & ~cleared | set_) ^ inverted,)


def _cleared_last(_: Parameters, values: Values) -> Values:
    code, inverted, cleared, set_ = values
    return (((code ^ inverted) | set_) & ~cleared,)


def _kept(parameters: Parameters, values: Values) -> Values:
    """The mask of cleared bits is taken for that of bits that are kept."""
    code, inverted, cleared, set_ = values
    return (((code ^ inverted) & cleared | set_) & (1 << number(parameters, "width")) - 1,)


def _set_for_inverted(parameters: Parameters, values: Values) -> Values:
    code, inverted, cleared, set_ = values
    return run(parameters, (code, 0, cleared, set_ | inverted))


def _not_inverted(parameters: Parameters, values: Values) -> Values:
    return run(parameters, (values[0], 0, *values[2:]))


MUTANTS = (
    bug("apply_mask.inverted-last", "inverts bits after the others are cleared and set", _inverted_last),
    bug("apply_mask.cleared-last", "clears bits after the others are set", _cleared_last),
    bug("apply_mask.kept", "keeps the bits that should be cleared, and clears the others", _kept),
    bug("apply_mask.set-for-inverted", "sets the bits that should be inverted", _set_for_inverted),
    bug("apply_mask.not-inverted", "inverts no bits", _not_inverted),
)


def fields(parameters: Parameters) -> Iterator[Field]:
    """The code and its three masks."""
    return (Field(name, number(parameters, "width")) for name in OPERANDS)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """All that can happen to a bit, at each place; every pair of masks full or empty; scattered bits."""
    width = number(parameters, "width")
    full = (1 << width) - 1
    for bit in range(width):
        for choice in range(16):
            yield "one bit", tuple((choice >> i & 1) << bit for i in range(4))
            yield "one bit of a full code", (full, *((choice >> i & 1) << bit for i in range(1, 4)))
    for choice in range(16):
        yield "all bits", tuple(full if choice >> i & 1 else 0 for i in range(4))
    for i in range(64):
        yield "scattered bits", tuple(pow(3 + part, 7 * i + 5, (1 << 61) - 1) & full for part in range(4))


def explain(parameters: Parameters, values: Values, results: Values) -> str:
    """In binary, where that is short."""
    width = number(parameters, "width")
    code, inverted, cleared, set_, found = (f"{n:0{width}b}" if width <= 16 else f"{n:x}" for n in (*values, *results))
    return f"{code} inverted {inverted} cleared {cleared} set {set_} -> {found}"


APPLY_MASK = Procedure(
    "apply_mask",
    "a code with inverted, cleared and set bits",
    (WIDTH,),
    fields,
    lambda parameters: (Field("faulty", number(parameters, "width")),),
    run,
    lambda _: ("fault/apply",),
    candidates,
    MUTANTS,
    tuple({"width": width} for width in ("1", "4", "8", "16", "32")),
    explain,
)
