"""The transcendental functions against MPFR: intervals of 400 bits around the truth, and its own correctly rounded binary16.

Between the two ends of such an interval lies no point of a format and no tie, so that every number inside is rounded alike.
"""

from fractions import Fraction
from functools import lru_cache
from itertools import product
from random import Random

import gmpy2
import pytest
from gmpy2 import mpfr, mpq

from refsim.spec import enclosures, functions
from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special, is_zero
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operands import Setting
from refsim.spec.operations import get_operation
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC

WIDE = {"precision": 400, "emax": 20_000, "emin": -20_000}
"""Exponents beyond every format's here, and small enough for rationals."""
DOWN = gmpy2.context(round=gmpy2.RoundDown, **WIDE)
UP = gmpy2.context(round=gmpy2.RoundUp, **WIDE)
EIGHT_BITS = (
    *("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e4m3b11fnuz"),
    *("float8_e4m3", "float8_e3m4", "float8_e8m0fnu"),
)
DIRECTED = ("ties_to_even", "toward_zero", "toward_positive", "toward_negative")
WITNESSES = {"toward_zero", "ties_to_even"}
PRIMITIVES = ("exp", "exp2", "expm1", "log", "log2", "log1p", "tanh", "erf", "sin", "cos")
CUBIC = mpq(44715, 10**6)


def primitive(name):
    """A function of MPFR, rounded downwards and upwards."""
    return lambda x: (getattr(DOWN, name)(x), getattr(UP, name)(x))


def sigmoid_between(low, high):
    """1 / (1 + exp(-y)) for y from low to high, each step rounded to the safe side."""
    return DOWN.div(1, UP.add(1, UP.exp(-low))), UP.div(1, DOWN.add(1, DOWN.exp(-high)))


def gate(x, share):
    """x times a share, which is an interval of positive numbers."""
    low, high = share if x > 0 else share[::-1]
    return DOWN.mul(x, low), UP.mul(x, high)


def softplus(x):
    """log(1 + exp(x)), for positive x as x + log(1 + exp(-x))."""
    low, high = (context.log1p(context.exp(-abs(x))) for context in (DOWN, UP))
    return (DOWN.add(x, low), UP.add(x, high)) if x > 0 else (low, high)


def gelu(x):
    """x erfc(-x / sqrt(2)) / 2; the complementary error function falls."""
    roots = DOWN.sqrt(2), UP.sqrt(2)
    low, high = min(DOWN.div(x, root) for root in roots), max(UP.div(x, root) for root in roots)
    return gate(x, (DOWN.div(DOWN.erfc(-low), 2), UP.div(UP.erfc(-high), 2)))


def gelu_tanh(x):
    """x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x**3)), which is x (1 + tanh) / 2."""
    exact = mpq(x)
    cubic = exact + CUBIC * exact**3
    roots = DOWN.sqrt(DOWN.div(8, UP.const_pi())), UP.sqrt(UP.div(8, DOWN.const_pi()))
    low, high = roots if x > 0 else roots[::-1]
    return gate(x, sigmoid_between(DOWN.mul(low, cubic), UP.mul(high, cubic)))


INTERVALS = {
    **{name: primitive(name) for name in PRIMITIVES},
    "sigmoid": lambda x: sigmoid_between(x, x),
    "silu": lambda x: gate(x, sigmoid_between(x, x)),
    "softplus": softplus,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
}


def rational(x):
    """A finite number of MPFR as a ``Fraction``."""
    return Fraction(*map(int, x.as_integer_ratio()))


@lru_cache(maxsize=1 << 14)
def inside(name, x):
    """Two numbers inside MPFR's interval around a function's value, twice the value where it is exact.

    Past the greatest exponent any number there is one inside. ``None`` outside a domain and at a pole.
    """
    with gmpy2.context(**WIDE):
        low, high = INTERVALS[name](mpfr(mpq(x.numerator, x.denominator)))
    if gmpy2.is_nan(low) or low == high == -gmpy2.inf():
        return None
    if gmpy2.is_infinite(high) or gmpy2.is_infinite(low):
        end = rational(low if gmpy2.is_infinite(high) else high)
        return end, end
    low, high = rational(low), rational(high)
    return low + (high - low) / 1000, high - (high - low) / 1000


def operands(name, codes=None):
    """The finite numbers other than zero of a format."""
    format = get_format(name)
    for code in range(1 << format.width) if codes is None else codes:
        number = Number(code, format)
        if not isinstance(number.exact, Special) and not is_zero(number.exact):
            yield number


def assert_right(function, number, rules):
    """The projections of the exact outcome are those of the numbers inside MPFR's interval, flags included."""
    exact = get_operation(function).exact
    found = inside(function, number.exact)
    value, flags = exact(Setting((number.format,), rules[0]), number.exact)
    if found is None:
        pole = function == "log1p" and number.exact == -1
        assert (value, flags) == ((Special.NEGATIVE_INFINITY, Flags.INFINITE) if pole else (Special.NAN, Flags.INVALID))
        assert function in {"log", "log2", "log1p"} and number.exact <= (-1 if function == "log1p" else 0)
        return
    for to in rules:
        expected = to(found[0])
        if to.rounding.name in WITNESSES:
            assert to(found[1]) == expected, "neither a point nor a tie is inside"
        assert to(value, None, flags) == expected, (function, number, str(to))
        assert Flags.INEXACT in expected.flags or isinstance(value, Fraction)
    assert getattr(functions, function)(number, rules[0]) == rules[0](found[0])


EVERY = pytest.mark.clause(
    *("function/exp", "function/exp2", "function/expm1", "function/log", "function/log2", "function/log1p"),
    *("function/sin", "function/cos", "function/tanh", "function/erf", "function/sigmoid", "function/softplus"),
    *("function/silu", "function/gelu", "function/gelu-tanh", "real/compare"),
)
FUNCTIONS = list(INTERVALS)


@EVERY
@pytest.mark.clause("project/irrational", "operation/perform")
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("format", EIGHT_BITS)
def test_eight_bits(format, function):
    """Every finite code of every 8-bit float gives MPFR's code and flags, of the OCP formats under every deterministic rule."""
    names = DETERMINISTIC if format in EIGHT_BITS[:2] else (*DIRECTED, "to_odd")
    rules = [Projection(format, rounding, "saturate") for rounding in names]
    for number in operands(format):
        assert_right(function, number, rules)


@EVERY
@pytest.mark.slow
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("format", ["binary16", "bfloat16"])
def test_sixteen_bits(format, function):
    """Every finite code of the 16-bit floats gives MPFR's code and flags, which shows that erf and the GELUs are decided."""
    rules = [Projection(format, rounding, "infinity") for rounding in DIRECTED]
    for number in operands(format):
        assert_right(function, number, rules)


@EVERY
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("format", ["binary16", "bfloat16", "binary32", "binary64"])
def test_wide(format, function):
    """Codes all over the wide formats give MPFR's code and flags, of sin and cos of the greatest numbers too."""
    width, step = get_format(format).width, 181
    rules = [Projection(format, rounding, "infinity") for rounding in DIRECTED]
    for number in operands(format, [(1 << width) * i // step for i in range(step)]):
        assert_right(function, number, rules)


@pytest.mark.clause("real/bounds")
@pytest.mark.parametrize("function", INTERVALS)
def test_bounds(function):
    """Bounds of every precision meet MPFR's interval, at arguments from 2**-200 to 2**5 with 1 to 53 bits."""
    random, enclose = Random(function), getattr(enclosures, function)
    for _ in range(300):
        exponent = random.choice((random.randint(-200, -9), random.randint(-8, 0), random.randint(-3, 5)))
        bits = random.choice((1, 3, 11, 53))
        x = Fraction(random.getrandbits(bits) | 1, 1 << bits) * Fraction(2) ** exponent * random.choice((1, -1))
        found = inside(function, x)
        if found is None or found[0] == found[1]:
            continue
        width = found[1] - found[0]
        least, most = sorted(map(abs, (found[0] - width, found[1] + width)))
        for w in (48, 80, 200):
            low, high, unit = enclose(x, w)
            assert low * Fraction(2) ** unit < most, (x, w)
            assert least < high * Fraction(2) ** unit, (x, w)


@pytest.mark.clause("round/stochastic-a", "round/stochastic-b", "round/stochastic-c")
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("target", ["q2.13", "uq4.12", "int8", "binary8p3se", "e3m2finite"])
def test_other_results(target, function):
    """Results of fixed point and of other formats, stochastic rounding with every draw among them, are those of MPFR's."""
    rules = [Projection(target, f"stochastic_{variant}:2", "saturate") for variant in "abc"]
    for number in operands("float8_e4m3fn", range(5, 256, 12)):
        found = inside(function, number.exact)
        for to, draw in product(rules, range(4)):
            result = getattr(functions, function)(number, to, draw) if found else None
            assert found is None or result == to(found[0], draw) == to(found[1], draw)


@pytest.mark.clause("round/ties-to-even", "round/toward-zero", "round/toward-positive", "round/toward-negative")
@pytest.mark.parametrize(
    ("rounding", "mode"),
    list(zip(DIRECTED, (gmpy2.RoundToNearest, gmpy2.RoundToZero, gmpy2.RoundUp, gmpy2.RoundDown), strict=True)),
)
@pytest.mark.parametrize("function", PRIMITIVES)
def test_binary16_by_mpfr(function, rounding, mode):
    """MPFR with the precision, the exponents and the subnormals of binary16 gives the same numbers, inexact where ours are."""
    context, to = gmpy2.ieee(16), Projection("binary16", rounding, "infinity")
    context.round = mode
    for number in operands("binary16", range(0, 1 << 16, 97)):
        context.clear_flags()
        theirs = getattr(context, function)(mpfr(mpq(number.exact.numerator, number.exact.denominator)))
        code, flags = getattr(functions, function)(number, to)
        ours = to.format.decode(code)
        if isinstance(ours, Special):
            assert ours.value == str(theirs).replace("-nan", "nan").replace("-0.0", "-0")
        else:
            assert ours == rational(theirs)
            assert not (ours == 0 and gmpy2.is_signed(theirs))
        assert (Flags.INEXACT in flags) == (context.inexact and gmpy2.is_finite(theirs)) or context.overflow
