"""Sums by other means than the specification's: loops over plain integers and over the host's floats."""

import struct
from fractions import Fraction

import numpy as np

from refsim.spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.projection import Projection
from refsim.spec.terms import NO_PORT, Port, Term

PAST = Flags.OVERFLOW | Flags.INEXACT
HOST = {"binary16": np.float16, "binary32": np.float32, "binary64": np.float64}
BITS = {"binary16": "<e", "binary32": "<f", "binary64": "<d"}


def register(width, overflow, rounding="toward_zero"):
    """The projection of an integer register."""
    return Projection(f"int{width}", rounding, overflow)


def floating(name, rounding="ties_to_even"):
    """The projection of a register of IEEE 754."""
    return Projection(name, rounding, "infinity")


def term(x):
    """A rational number as a term, at the exponent of its leading bit."""
    x = Fraction(x)
    exponent = None
    if x:
        exponent = 0
        while abs(x) >= Fraction(2) ** (exponent + 1):
            exponent += 1
        while abs(x) < Fraction(2) ** exponent:
            exponent -= 1
    return Term(x, exponent)


def terms(values):
    """Rational numbers as terms."""
    return [term(x) for x in values]


def total(accumulator, values, initial=None, port=NO_PORT):
    """The sum of rational numbers: its value, or its special datum, and its flags."""
    start = None if initial is None else Fraction(initial)
    code, flags = accumulator.total(terms(values), start, port)
    return accumulator.to.format.decode(code), flags


def integer(n, name="int8"):
    """The integer as a number of a two's-complement or unsigned format."""
    format = get_format(name)
    return Number(n % (1 << format.width), format)


def host(x, name):
    """The number that a float of the host's is."""
    return Number(int.from_bytes(struct.pack(BITS[name], x), "little"), get_format(name))


def float_terms(values, name):
    """Floats of the host's as terms, the negative zero too; the exponent of a subnormal number is the least one."""
    least = get_format(name).grid.emin
    made = []
    for x in map(float, values):
        exact = NEGATIVE_ZERO if x == 0 and np.signbit(x) else Fraction(x)
        made.append(Term(exact, max(int(np.frexp(x)[1]) - 1, least) if x else None))
    return made


def code_of(x, name):
    """The code of a float of the host's, as NumPy rounds it to the type."""
    return int(HOST[name](x).view(f"u{HOST[name]().itemsize}"))


def wrapped(n, width):
    """The integer modulo 2**width, in two's complement."""
    half = 1 << width - 1
    return (n + half) % (2 * half) - half


def clamped(n, low, high):
    """The nearest integer of a range."""
    return min(max(n, low), high)


def step_by_step(values, initial, width, overflow):
    """A register of an integer loop: what is left in it, and whether a sum ever was out of its range."""
    half = 1 << width - 1
    low = -half + (overflow == "saturate_symmetric")
    held, over = None, False
    for x in ([] if initial is None else [initial]) + list(values):
        new = x if held is None else held + x
        over |= not low <= new <= half - 1
        held = wrapped(new, width) if overflow == "wrap" else clamped(new, low, half - 1)
    return held or 0, over


def watched(accumulator, values, initial=None):
    """The sum, and every write as register, step and code, in order."""
    writes = []

    def hold(register, step, result):
        writes.append((register, step, result.code))
        return result.code

    start = None if initial is None else Fraction(initial)
    return accumulator.total(terms(values), start, Port(hold=hold)), writes


def nearest(x, precision, emin):
    """The number of so many significant bits, and an exponent of at least ``emin``, that is nearest, ties to even."""
    if not x:
        return Fraction(0)
    exponent = max(term(x).exponent, emin)
    step = Fraction(2) ** (exponent - precision + 1)
    return round(x / step) * step


def every_accumulator(to):
    """One of each kind, with all registers alike."""
    one = Sequential(to)
    return [
        one,
        Sequential(to, group=3),
        Total(to),
        Pairwise(to),
        Pairwise(to, base=3),
        Tree((to,)),
        Tree((to, to, to), radix=3),
        Blocked(2, one, Pairwise(to)),
        Blocked(3, Tree((to,)), Total(to)),
        Interleaved(3, one, one),
        Interleaved(2, Total(to), Pairwise(to)),
        Kahan(to),
    ]


KINDS = range(len(every_accumulator(floating("binary16"))))
"""One for each of them."""
