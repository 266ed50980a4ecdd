"""Comparison of a peer's numbers with ours: what differs must be explained by the ledger."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

from refsim import Projection, Unrepresentable, decode, encode, get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, Exact
from refsim.spec.formats import Format
from refsim.spec.operands import Setting
from refsim.spec.operations import OPERATIONS

SHOWN = 8
SAMPLE = 40
"""The specification confirms so many of the engine's results in each trial."""
SPECIAL = {"nan": NAN, "inf": POSITIVE_INFINITY, "-inf": NEGATIVE_INFINITY, "-0": NEGATIVE_ZERO}


class Trial(NamedTuple):
    """What a peer is asked to do: an operation on operands of a type or format, projected unless it decodes."""

    peer: str
    operation: str
    source: str
    to: Projection | None = None

    @property
    def format(self) -> Format:
        """The format of the answer; of the codes where they are decoded."""
        return self.to.format if self.to else get_format(self.source)


class Case(NamedTuple):
    """One answer: the exact number that was to be projected or decoded, what the peer made of it, and what we did. An error
    is given by its name."""

    trial: Trial
    x: Exact
    got: Exact | str
    want: Exact | str
    draw: int | None = None


def exact(value):
    """The exact number that a Python or NumPy number is; a NaN is quiet."""
    if isinstance(value, int | np.integer):
        return Fraction(int(value))
    if np.isnan(value):
        return NAN
    if np.isinf(value):
        return POSITIVE_INFINITY if value > 0 else NEGATIVE_INFINITY
    if value == 0:
        return NEGATIVE_ZERO if np.signbit(value) else Fraction(0)
    return Fraction(*value.as_integer_ratio())


def quiet(x):
    """The datum, with a signaling NaN as a quiet one: no peer's number tells them apart."""
    return NAN if x is SIGNALING_NAN else x


def to_float(x):
    """The binary64 number that an exact one is."""
    value = next((float(name) for name, datum in SPECIAL.items() if datum is x), None)
    if value is None:
        value = float(x)
        assert Fraction(value) == x, f"{x} is not a binary64 number"
    return value


def same(got, want):
    """Where two arrays of binary64 hold the same datum: equal numbers with equal signs, or a NaN in both."""
    equal = (got == want) & (np.signbit(got) == np.signbit(want))
    return equal | (np.isnan(got) & np.isnan(want))


def unprojected(operation, x, y, format):
    """The exact sum, difference or product of two codes of a format; a sum that vanishes is +0."""
    setting = Setting((format, format), Projection(format, "ties_to_even", "saturate"))
    return OPERATIONS[operation].exact(setting, format.decode(int(x)), format.decode(int(y)))[0]


def assert_explained(cases: Iterable[Case]):
    """Every case must agree, or be covered by an entry of the ledger."""
    from .ledger import LEDGER  # noqa: PLC0415 the ledger's conditions are written in terms of cases

    strange = [case for case in cases if case.got != case.want and not any(entry.explains(case) for entry in LEDGER)]
    lines = [f"{c.trial.operation} {c.trial.source} {c.trial.to}: {c.x} gave {c.got}, not {c.want}" for c in strange[:SHOWN]]
    assert not strange, f"{len(strange)} unexplained differences from {strange[0].trial.peer}\n" + "\n".join(lines)


def assert_same(trial: Trial, x: Callable[[int], Exact], got, want, draw=None):
    """The arrays must agree element by element; ``x`` gives the exact number behind an element that differs."""
    assert got.shape == want.shape
    different = np.flatnonzero(~same(got, want))
    assert_explained(
        Case(trial, x(i), exact(got[i]), exact(want[i]), None if draw is None else int(draw[i])) for i in different
    )


def assert_encodes(trial: Trial, values, got, draw=None):
    """The peer's numbers must be those that the engine makes of the values, and on a sample the specification.

    In a format without a NaN there is no code for one, and we refuse it.
    """
    to = trial.to
    refused = np.isnan(values) if to.format.canonical(NAN) is None else np.zeros(len(values), bool)
    if refused.any():
        with pytest.raises(Unrepresentable):
            to(NAN)
        assert_explained(Case(trial, NAN, exact(number), "Unrepresentable") for number in got[refused])
        values, got = values[~refused], got[~refused]
    ours = encode(values, to, draw)
    for i in range(0, len(values), max(1, len(values) // SAMPLE)):
        assert to(exact(values[i]), None if draw is None else int(draw[i])).code == ours.codes[i]
    assert_same(trial, lambda i: exact(values[i]), got, decode(ours), draw)
