"""Where rules differ: numbers on, between and past the points of a format, and how the two implementations are compared."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from refsim.engine.array import code_dtype
from refsim.engine.projection import project
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.formats import Unrepresentable
from refsim.spec.naming import get_overflow, overflow_names
from refsim.spec.rounding import DETERMINISTIC, STOCHASTIC

QUARTERS = [Fraction(k, 4) for k in range(4)]
FEW_BITS = [*DETERMINISTIC, *(f"{rule}:3" for rule in STOCHASTIC)]
MANY_BITS = [f"{rule}:10" for rule in STOCHASTIC]
RULES = [*FEW_BITS, *MANY_BITS]
"""All deterministic rules, and the stochastic ones with few and with many random bits."""
SPECIALS = [
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    2.0**-1022,
    1e-310,
    -1e-310,
    1e300,
    -1e300,
    np.finfo(float).max,
]


class Places(NamedTuple):
    """Binary64 numbers, and roughly how far each lies in its gap."""

    x: np.ndarray
    t: np.ndarray


def places(format, points, *, neighbours=True):
    """The quarters of the gaps above some points on both sides of zero, with the binary64 number on either side of each."""
    x, t = [], []
    for n in sorted({n for n in points if n >= 0}):
        low, high = format.grid.magnitude(n), format.grid.magnitude(n + 1)
        for quarter in QUARTERS:
            exact = low + (high - low) * quarter
            value = float(exact)
            assert Fraction(value) == exact
            around = [np.nextafter(value, -np.inf), np.nextafter(value, np.inf)] if neighbours else []
            for near in [value, *around]:
                x += [near, -near]
                t += [float(quarter)] * 2
    return Places(np.array(x + SPECIALS), np.array(t + [0.0] * len(SPECIALS)))


def all_places(format, *, neighbours=True):
    """The places in every gap up to two points past the last; on the side of zero without numbers, in the first gaps."""
    found = places(format, range(max(format.top, format.top_negative) + 3), neighbours=neighbours)
    if format.signed:
        return found
    kept = ~(found.x < -float(format.grid.magnitude(3)))
    return Places(found.x[kept], found.t[kept])


def end_places(format):
    """The places about both ends of the range, and about zero."""
    ends = {limit + k for limit in (format.top, format.top_negative) for k in (-2, -1, 0, 1)}
    return places(format, {0, 1, *ends}, neighbours=False)


def tiny_places(format):
    """The places about the least normal number and about zero; none on a uniform grid."""
    least = format.least_normal
    return places(format, () if least is None else {0, 1, least - 2, least - 1, least})


def draws_for(rule, t):
    """Random bits about those from which each place is rounded up: the rule's answer hangs on one more or less."""
    if not rule.bits:
        return None
    whole = 1 << rule.bits
    return (whole - np.floor(t * whole).astype(np.int64) + np.resize([-1, 0, 1, 0, whole // 3], t.shape)) % whole


def legal_overflows(format):
    """The names of the overflow rules that have a meaning for the format."""
    legal, names = [], [name.replace(":N", f":{bits}") for name in overflow_names() for bits in (1, 2, 3)]
    for name in dict.fromkeys(names):
        try:
            get_overflow(name).check_format(format)
        except ValueError:
            continue
        legal.append(name)
    return legal


def exact(x):
    """A binary64 number as a datum of the specification."""
    if x != x:  # noqa: PLR0124
        return NAN
    if x in (np.inf, -np.inf):
        return POSITIVE_INFINITY if x > 0 else NEGATIVE_INFINITY
    return NEGATIVE_ZERO if x == 0 and np.signbit(x) else Fraction(float(x))


class Answers(NamedTuple):
    """What the specification says: codes, flags, and the error where it refuses."""

    codes: np.ndarray
    flags: np.ndarray
    errors: dict[int, Unrepresentable]

    @property
    def refused(self):
        """Where the specification refuses."""
        found = np.zeros(self.codes.shape, dtype=bool)
        found[list(self.errors)] = True
        return found


def answers(function, count, to):
    """The results of ``function(i)`` for each element of a projection's format."""
    codes, flags, errors = np.zeros(count, code_dtype(to.format)), np.zeros(count, np.uint8), {}
    for i in range(count):
        try:
            codes[i], flags[i] = function(i)
        except Unrepresentable as error:
            errors[i] = error
    return Answers(codes, flags, errors)


def specified(to, data, draws):
    """The specification's answers to numbers as data, with their random bits."""
    return answers(lambda i: to(data[i], None if draws is None else int(draws[i])), len(data), to)


def assert_same(found, expected, label):
    """Codes and flags agree; a difference is reported by its first element."""
    codes, flags = found
    different = (codes != expected.codes) | (flags != expected.flags)
    assert not different.any(), (
        label,
        (i := int(np.argmax(different))),
        codes[i],
        flags[i],
        expected.codes[i],
        expected.flags[i],
    )


def assert_projects(to, at, data, draws):
    """The array form of a projection gives the specification's answers, and hands back exactly what that refuses."""
    expected = specified(to, data, draws)
    found = project(at.x, to, draws, flags=True)
    assert (found.hard == expected.refused).all(), (to, at.x[found.hard != expected.refused])
    kept = ~found.hard
    label = (str(to), to.tininess)
    assert_same((found.codes[kept], found.flags[kept]), Answers(expected.codes[kept], expected.flags[kept], {}), label)
    return expected
