"""The specification against GNU MPFR, through gmpy2: operations that SoftFloat has not, small and odd formats, rounding away.

MPFR's numbers get the precision and the exponent range of the format, subnormal numbers included, so that it rounds once, as
the specification does. It has no signaling NaN, raises underflow in its own way, and its reciprocal square root of the negative
zero is plus infinity, where IEEE 754 says minus: these are not compared.
"""

from fractions import Fraction
from functools import lru_cache
from itertools import islice, product

import gmpy2
import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, is_nan
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS
from refsim.spec.projection import Projection

from . import aimed

ROUNDING = {
    "ties_to_even": gmpy2.RoundToNearest,
    "toward_zero": gmpy2.RoundToZero,
    "toward_positive": gmpy2.RoundUp,
    "toward_negative": gmpy2.RoundDown,
    "away_from_zero": gmpy2.RoundAwayZero,
}
FORMATS = ("binary16", "bfloat16", "float8_e5m2", "float8_e4m3", "float8_e3m4", "e6m5", "e7m3", "e4m9")
COMPARED = Flags.INEXACT | Flags.OVERFLOW | Flags.INFINITE | Flags.INVALID
FEW, MANY = 300, 6_000
SPECIAL = {POSITIVE_INFINITY: "inf", NEGATIVE_INFINITY: "-inf", NEGATIVE_ZERO: "-0"}


def sides(aim):
    """Sides of right triangles: of any length, of whole hypotenuse, and of lengths far apart."""
    sums = aimed.sums(aim)
    while True:
        m, n, scale = aim.chance(2, 12), aim.chance(1, 11), aimed.two(aim.chance(-4, 2))
        yield aim.near(abs(m * m - n * n) * scale or 1), aim.near(2 * m * n * scale)
        yield next(sums)


def inverse_squares(aim):
    """Numbers whose reciprocal square root lies at a number or at a tie, or next to one; and any."""
    while True:
        tie = Fraction(2 * aim.significand() + aim.chance(0, 1)) * aimed.two(aim.chance(-3, 3) - aim.precision)
        yield (aim.near(1 / tie**2),)
        yield (aim.code_of(aim.number()),)
        yield (aim.edge(),)


OPERATORS = {
    "rsqrt": (gmpy2.rec_sqrt, inverse_squares, ["arithmetic/rsqrt", "arithmetic/reciprocal-square-root"]),
    "hypot": (gmpy2.hypot, sides, ["arithmetic/hypot", "arithmetic/hypotenuse"]),
    "reciprocal": (lambda x: gmpy2.div(1, x), aimed.singles, ["arithmetic/reciprocal", "arithmetic/pole"]),
    "sqrt": (gmpy2.sqrt, aimed.squares, ["arithmetic/sqrt", "arithmetic/square-root"]),
    "divide": (gmpy2.div, aimed.quotients, ["arithmetic/divide", "arithmetic/quotient", "arithmetic/pole"]),
    "fma": (gmpy2.fma, aimed.fused, ["arithmetic/fma", "arithmetic/fused"]),
    "remainder": (gmpy2.remainder, aimed.rests, ["integral/remainder"]),
    "fmod": (gmpy2.fmod, aimed.rests, ["integral/fmod"]),
    "add": (gmpy2.add, aimed.sums, ["arithmetic/add", "arithmetic/sum", "arithmetic/zero-sign"]),
    "multiply": (gmpy2.mul, aimed.products, ["arithmetic/multiply", "arithmetic/product"]),
}
NAMES = [pytest.param(name, marks=pytest.mark.clause(*tags), id=name) for name, (_, _, tags) in OPERATORS.items()]


def context(format, rounding):
    """MPFR's precision and exponents for a format; its significands lie between a half and one."""
    grid, emax = format.grid, 1 - format.grid.emin
    return gmpy2.context(
        precision=grid.precision, emax=emax + 1, emin=grid.quantum + 1, subnormalize=True, round=ROUNDING[rounding]
    )


def to_mpfr(datum):
    """The MPFR number of a datum; any NaN is one."""
    if is_nan(datum):
        return gmpy2.mpfr("nan")
    return gmpy2.mpfr(SPECIAL[datum]) if datum in SPECIAL else gmpy2.mpfr(gmpy2.mpq(datum.numerator, datum.denominator))


@lru_cache
def codes(format):
    """The code of every datum of a format."""
    return {format.decode(code): code for code in range(1 << format.width)}


def from_mpfr(number):
    """The datum that an MPFR number is; NaN is none of them."""
    if gmpy2.is_infinite(number):
        return NEGATIVE_INFINITY if number < 0 else POSITIVE_INFINITY
    if number == 0:
        return NEGATIVE_ZERO if gmpy2.is_signed(number) else Fraction(0)
    return Fraction(*map(int, number.as_integer_ratio()))


def raised(found):
    """The flags of a context that are compared."""
    flags = Flags.INEXACT * found.inexact | Flags.OVERFLOW * found.overflow
    return flags | Flags.INFINITE * found.divzero | Flags.INVALID * found.invalid


def skipped(name, data):
    """Whether MPFR says something else on purpose."""
    return SIGNALING_NAN in data or (name == "rsqrt" and data[0] is NEGATIVE_ZERO)


def compared(name, source, rounding, count):
    """So many cases compared; how many were."""
    function, stream, _ = OPERATORS[name]
    format = get_format(source)
    to, done = Projection(format, rounding, "infinity"), 0
    for row in islice(stream(aimed.Aim(format, f"{name} {rounding}")), count):
        numbers = [Number(code, format) for code in row]
        data = [x.exact for x in numbers]
        if skipped(name, data):
            continue
        with context(format, rounding) as current:
            arguments = [to_mpfr(datum) for datum in data]
            current.clear_flags()
            result = function(*arguments)
            flags = raised(current)
        code, ours = OPERATIONS[name](*numbers, to=to)
        if gmpy2.is_nan(result):
            assert is_nan(format.decode(code))
            assert any(map(is_nan, data)) or ours == Flags.INVALID
        else:
            assert (code, ours & COMPARED) == (codes(format)[from_mpfr(result)], flags), (source, rounding, *map(hex, row))
        done += 1
    return done


@pytest.mark.parametrize("name", NAMES)
def test_operations(name):
    """Some hundred aimed cases of each operation, format and rule have MPFR's bits, and the flags that can be compared."""
    for source, rounding in product(FORMATS, ROUNDING):
        assert compared(name, source, rounding, FEW) > FEW // 2


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_operations_at_length(name):
    """Thousands of aimed cases of each operation, format and rule have MPFR's bits and flags."""
    for source, rounding in product(FORMATS, ROUNDING):
        assert compared(name, source, rounding, MANY) > MANY // 2


@pytest.mark.slow
@pytest.mark.clause("arithmetic/rsqrt", "arithmetic/sqrt", "project/irrational")
@pytest.mark.parametrize("name", ["rsqrt", "sqrt"])
@pytest.mark.parametrize("source", ["binary16", "bfloat16"])
@pytest.mark.parametrize("rounding", ROUNDING)
def test_all_roots(name, source, rounding, monkeypatch):
    """The roots and reciprocal roots of all positive numbers of sixteen bits have MPFR's bits and flags."""
    count = get_format(source).top
    function, _, tags = OPERATORS[name]
    monkeypatch.setitem(OPERATORS, name, (function, lambda _: ((code,) for code in range(1, count + 1)), tags))
    assert compared(name, source, rounding, count) == count
