"""The transcendental functions: their exact cases and limits as the standards print them, and identities between them."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsim.spec import enclosures, functions
from refsim.spec.catalogue import get_format
from refsim.spec.exact import power_of_two
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.functions import FAR
from refsim.spec.operations import get_operation
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection
from refsim.spec.reals import LARGEST, Real

NAMES = (
    *("exp", "exp2", "expm1", "log", "log2", "log1p", "sin", "cos", "tanh", "erf", "sigmoid", "softplus"),
    *("silu", "gelu", "gelu_tanh"),
)
BINARY16 = get_format("binary16")
CODES = {
    "0": 0x0000,
    "-0": 0x8000,
    "1": 0x3C00,
    "-1": 0xBC00,
    "2": 0x4000,
    "4": 0x4400,
    "-2": 0xC000,
    "-10": 0xC900,
    "0.5": 0x3800,
    "0.25": 0x3400,
    "-1.5": 0xBE00,
    "inf": 0x7C00,
    "-inf": 0xFC00,
    "nan": 0x7E00,
    "snan": 0x7D00,
    "8": 0x4800,
    "2**-10": 0x1400,
    "2**-24": 0x0001,
    "3": 0x4200,
    "-24": 0xCE00,
    "10": 0x4900,
}
NONE, INFINITE, INVALID = Flags.NONE, Flags.INFINITE, Flags.INVALID
EXACT = {
    "exp": [("0", "1", NONE), ("-0", "1", NONE), ("-inf", "0", NONE), ("inf", "inf", NONE)],
    "exp2": [
        *[("0", "1", NONE), ("-0", "1", NONE), ("-inf", "0", NONE), ("inf", "inf", NONE), ("1", "2", NONE), ("3", "8", NONE)],
        *[("-1", "0.5", NONE), ("-10", "2**-10", NONE), ("-24", "2**-24", NONE)],
    ],
    "expm1": [("0", "0", NONE), ("-0", "-0", NONE), ("-inf", "-1", NONE), ("inf", "inf", NONE)],
    "log": [
        *[("0", "-inf", INFINITE), ("-0", "-inf", INFINITE), ("1", "0", NONE), ("inf", "inf", NONE)],
        *[("-1", "nan", INVALID), ("-inf", "nan", INVALID)],
    ],
    "log2": [
        *[("0", "-inf", INFINITE), ("-0", "-inf", INFINITE), ("1", "0", NONE), ("inf", "inf", NONE), ("0.25", "-2", NONE)],
        *[("-1", "nan", INVALID), ("-inf", "nan", INVALID), ("8", "3", NONE), ("2**-24", "-24", NONE), ("2**-10", "-10", NONE)],
    ],
    "log1p": [
        *[("0", "0", NONE), ("-0", "-0", NONE), ("-1", "-inf", INFINITE), ("inf", "inf", NONE)],
        *[("-1.5", "nan", INVALID), ("-inf", "nan", INVALID)],
    ],
    "sin": [("0", "0", NONE), ("-0", "-0", NONE), ("inf", "nan", INVALID), ("-inf", "nan", INVALID)],
    "cos": [("0", "1", NONE), ("-0", "1", NONE), ("inf", "nan", INVALID), ("-inf", "nan", INVALID)],
    "tanh": [("0", "0", NONE), ("-0", "-0", NONE), ("inf", "1", NONE), ("-inf", "-1", NONE)],
    "erf": [("0", "0", NONE), ("-0", "-0", NONE), ("inf", "1", NONE), ("-inf", "-1", NONE)],
    "sigmoid": [("0", "0.5", NONE), ("-0", "0.5", NONE), ("inf", "1", NONE), ("-inf", "0", NONE)],
    "softplus": [("inf", "inf", NONE), ("-inf", "0", NONE)],
    "silu": [("0", "0", NONE), ("-0", "-0", NONE), ("inf", "inf", NONE), ("-inf", "-0", NONE)],
    "gelu": [("0", "0", NONE), ("-0", "-0", NONE), ("inf", "inf", NONE), ("-inf", "-0", NONE)],
    "gelu_tanh": [("0", "0", NONE), ("-0", "-0", NONE), ("inf", "inf", NONE), ("-inf", "-0", NONE)],
}
"""IEEE 754-2019 9.2.1 and table 9.1, C17 annex F.10; of the activation functions, the limits with the sign that is near."""


def outcome(name, x, rounding="ties_to_even"):
    """A function of binary16: the name of its result and the flags."""
    to = Projection(BINARY16, rounding, "infinity")
    code, flags = getattr(functions, name)(Number(CODES[x], BINARY16), to)
    return next((text for text, known in CODES.items() if known == code), hex(code)), flags


@pytest.mark.clause(
    *("function/exp-cases", "function/exp2-cases", "function/expm1-cases", "function/log-cases", "function/log2-cases"),
    *("function/log1p-cases", "function/wave-cases", "function/tanh-cases", "function/erf-cases", "function/sigmoid-cases"),
    *("function/softplus-cases", "function/gate-cases"),
)
@pytest.mark.parametrize(("name", "x", "expected", "flags"), [(name, *case) for name in NAMES for case in EXACT[name]])
def test_exact_cases(name, x, expected, flags):
    """At zeros, infinities and where a value is rational the result is exact under every rule, with the exception it has."""
    for rounding in ("ties_to_even", "toward_negative", "toward_positive", "away_from_zero", "to_odd"):
        assert outcome(name, x, rounding) == (expected, flags)


@pytest.mark.clause("arithmetic/nan")
@pytest.mark.parametrize("name", NAMES)
def test_nan(name):
    """A NaN stays one, and a signaling one is invalid."""
    assert outcome(name, "nan") == ("nan", NONE)
    assert outcome(name, "snan") == ("nan", INVALID)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_has_the_function(name):
    """The operation of the name carries out the function."""
    to, x = Projection(BINARY16, "ties_to_even", "infinity"), Number(CODES["-0" if name == "exp" else "0.25"], BINARY16)
    assert get_operation(name)(x, to=to) == getattr(functions, name)(x, to)


@pytest.mark.clause("function/softplus-cases", "function/softplus")
@pytest.mark.parametrize("zero", ["0", "-0"])
def test_softplus_of_zero(zero):
    """Softplus of a zero is log(2), 0.69314718, between two neighbours of binary16."""
    below, above = outcome("softplus", zero, "toward_zero"), outcome("softplus", zero, "away_from_zero")
    assert (below, above) == (("0x398b", Flags.INEXACT), ("0x398c", Flags.INEXACT))
    assert BINARY16.decode(0x398B) < Fraction(69314718, 10**8) < BINARY16.decode(0x398C)


def between(name, x, bits=200):
    """Rational bounds of the magnitude of a function's value."""
    low, high, exponent = Real(name, Fraction(x), getattr(enclosures, name)).bounds(bits)
    return low * power_of_two(exponent), high * power_of_two(exponent)


dyadics = st.builds(
    lambda n, e: n * power_of_two(e), st.integers(1, 4095).filter(bool), st.one_of(st.integers(-14, -6), st.integers(-60, -6))
)


def assert_between(low, value, high):
    """The value lies within close bounds, which are not close by accident."""
    assert low <= value <= high
    assert high - low < max(1, abs(value)) * power_of_two(-150)


@given(dyadics)
def test_products(x):
    """exp(x) exp(-x) is 1, and 2**x 2**-x."""
    for name in ("exp", "exp2"):
        assume(name == "exp" or x.denominator > 1)
        (low, high), (least, most) = between(name, x), between(name, -x)
        assert_between(low * least, 1, high * most)


@given(dyadics)
def test_differences(x):
    """softplus(x) - softplus(-x), silu(x) - silu(-x), gelu(x) - gelu(-x) and the same of its tanh form are x."""
    for name, sign in (("softplus", -1), ("silu", 1), ("gelu", 1), ("gelu_tanh", 1)):
        low, high = between(name, x)
        least, most = between(name, -x) if sign == 1 else [-y for y in between(name, -x)][::-1]
        assert_between(low + least, x, high + most)


@given(dyadics)
def test_complements(x):
    """sigmoid(x) + sigmoid(-x), sin(x)**2 + cos(x)**2 and exp(x) - expm1(x) are 1, and so is 2 sigmoid(2 x) - tanh(x)."""
    (low, high), (least, most) = between("sigmoid", x), between("sigmoid", -x)
    assert_between(low + least, 1, high + most)
    (low, high), (least, most) = between("sin", x), between("cos", x)
    assert_between(low**2 + least**2, 1, high**2 + most**2)
    (low, high), (least, most) = between("exp", x, 400), between("expm1", x, 400)
    assert_between(low - most, 1, high - least)
    (low, high), (least, most) = between("sigmoid", 2 * x), between("tanh", x)
    assert_between(2 * low - most, 1, 2 * high - least)


@given(dyadics)
def test_logarithms(x):
    """log(1 + x) is log1p(x), and log2(x) log(2) is log(x)."""
    low, high = between("log", 1 + x)
    least, most = between("log1p", x)
    assert max(low, least) <= min(high, most)
    assume(x.numerator & x.numerator - 1 or x.numerator > 1)
    (low, high), (least, most), (below, above) = between("log", x), between("log2", x), between("log", 2)
    assert low <= most * above
    assert least * below <= high


@given(dyadics, dyadics)
def test_addition_theorem(x, y):
    """sin(x + y) sin(x - y) is sin(x)**2 - sin(y)**2, as far as the signs that bounds do not know allow."""
    assume(x > y)
    products = [between("sin", x + y), between("sin", x - y)]
    (low, high), (least, most) = between("sin", x), between("sin", y)
    squares = low**2 - most**2, high**2 - least**2
    size = sorted(map(abs, squares)) if squares[0] * squares[1] > 0 else [0, max(map(abs, squares))]
    assert products[0][0] * products[1][0] <= size[1]
    assert size[0] <= products[0][1] * products[1][1]


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("exponent", [20, 128, 1023])
def test_the_signs_of_waves(name, exponent):
    """The sign of a sine and a cosine of numbers up to binary64's last binade is mpmath's."""
    format, to = get_format("binary64"), Projection("binary64", "ties_to_even", "infinity")
    for i in range(1, 60):
        x = Number((exponent + 1023 << 52) + i * 0x420C4_1B5E_93A7 % (1 << 52), format)
        with mpmath.workprec(1400):
            value = getattr(mpmath, name)(mpmath.mpf(x.exact.numerator) / x.exact.denominator)
        for number, sign in ((x, 1), (Number(x.code | 1 << 63, format), -1 if name == "sin" else 1)):
            assert (to.format.decode(getattr(functions, name)(number, to).code) > 0) == (sign * value > 0)


FAR_AWAY = [(0x447A, "1000"), (0x4800, "131072"), (0x7F7F, "the last number")]
BFLOAT16 = get_format("bfloat16")


@pytest.mark.clause("function/beyond")
@pytest.mark.parametrize("name", ["exp", "exp2", "expm1"])
@pytest.mark.parametrize("overflow", ["saturate", "saturate_propagate", "infinity", "saturate_symmetric", "saturate_zero"])
@pytest.mark.parametrize("target", ["float8_e4m3fn", "float8_e5m2", "int8", "uq4.4", "q-290.300", "e1m6", "binary8p3se"])
def test_far_beyond_the_end(name, overflow, target):
    """However far past the end a value is, its code and flags are those of four times the last number under every rule."""
    for rounding in ("ties_to_even", "toward_zero", "toward_positive", "toward_negative", "to_odd", "stochastic_c:3"):
        to = Projection(target, rounding, overflow)
        draw = 5 if to.rounding.bits else None
        if overflow == "infinity" and target in {"int8", "uq4.4", "q-290.300"}:
            to = Projection(target, rounding, "saturate")
        near = to(4 * to.format.grid.magnitude(to.format.top) + 4, draw)
        for code, _ in FAR_AWAY:
            assert getattr(functions, name)(Number(code, BFLOAT16), to, draw) == near


@pytest.mark.clause("function/beyond", "overflow/error")
def test_far_beyond_raises():
    """The rule that allows no number outside the range refuses the farthest too."""
    for code, _ in FAR_AWAY:
        with pytest.raises(OverflowRaised, match="is outside the range of int8"):
            functions.exp(Number(code, BFLOAT16), Projection("int8", "ties_to_even", "error"))


@pytest.mark.clause("function/beyond")
def test_far_below_zero():
    """A negative value far past the end is beyond it on its side: log(2**-1000) in a format of steps of 2**-308."""
    x = Number(23 << 52, get_format("binary64"))
    assert x.exact == power_of_two(-1000)
    to = Projection("q-300.308", "ties_to_even", "saturate")
    assert power_of_two(FAR - 301) < 693
    assert to.format.decode(functions.log(x, to).code) == -power_of_two(-300)


@pytest.mark.clause("function/beyond", "overflow/wrap", "overflow/integer-modular")
@pytest.mark.parametrize("name", ["exp", "expm1", "exp2"])
@pytest.mark.parametrize("overflow", ["wrap", "integer_modular"])
@pytest.mark.parametrize("x", ["20.25", "100.5", "1000"])
def test_wrapping_sees_the_number(name, overflow, x):
    """A rule that wraps gives the low bits of the true number, here mpmath's to 2000 bits."""
    format = get_format("binary32")
    source = Projection(format, "ties_to_even", "infinity")
    number = Number(source(Fraction(x)).code, format)
    assert number.exact == Fraction(x)
    with mpmath.workprec(2000):
        value = int(mpmath.floor({"exp": mpmath.exp, "expm1": mpmath.expm1, "exp2": lambda y: 2**y}[name](mpmath.mpf(x))))
    for target in ("int8", "uint16", "int4"):
        to = Projection(target, "toward_zero", overflow)
        assert getattr(functions, name)(number, to).code == value % (1 << to.format.width)


def test_too_far_to_wrap():
    """A number of so many bits that nobody can count them has no low bits: the error says so in one line."""
    with pytest.raises(
        ValueError, match=rf"exp\(0x1\.fep\+127\) has more than {LARGEST} bits in units of 1, too many to count"
    ):
        functions.exp(Number(0x7F7F, BFLOAT16), Projection("int8", "ties_to_even", "wrap"))
    with pytest.raises(ValueError, match=rf"exp\(131072\) has more than {LARGEST} bits"):
        functions.exp(Number(0x4800, BFLOAT16), Projection("int8", "ties_to_even", "wrap"))


@pytest.mark.clause("function/exp2-cases")
@pytest.mark.parametrize(("code", "bits"), [(0x7F7F, 0), (0x4800, 0), (0x4040, 8)])
def test_powers_of_two_wrap_exactly(code, bits):
    """2**x of an integer has zeros for low bits, however large it is."""
    assert functions.exp2(Number(code, BFLOAT16), Projection("int8", "ties_to_even", "wrap")).code == bits


@pytest.mark.clause("function/exp", "project/irrational")
@pytest.mark.parametrize("name", ["exp", "exp2", "sigmoid", "softplus", "silu", "gelu", "gelu_tanh"])
def test_far_below_the_least(name):
    """The value at the most negative number is tiny, not zero: inexact, and the least number where rules say so."""
    x = Number(0xFF7F, BFLOAT16)
    negative = name in {"silu", "gelu", "gelu_tanh"}
    down, up = ("toward_negative", "toward_positive") if negative else ("toward_positive", "toward_negative")
    tiny = Flags.INEXACT | Flags.UNDERFLOW
    if name != "exp2":
        assert getattr(functions, name)(x, Projection("bfloat16", down, "infinity")) == (0x8001 if negative else 1, tiny)
        assert getattr(functions, name)(x, Projection("bfloat16", up, "infinity")) == (0x8000 if negative else 0, tiny)
    assert getattr(functions, name)(x, Projection("bfloat16", "stochastic_b:8", "infinity"), 254).code == negative << 15
