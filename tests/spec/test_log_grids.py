"""Logarithmic grids: the levels of LogQuant worked out by hand, NumPy-free integer powers, and mpmath's logarithms."""

import random
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import add, convert, divide, fma, multiply, reciprocal, rsqrt, sqrt
from refsim.spec.catalogue import get_format
from refsim.spec.codes import negate, next_up
from refsim.spec.comparison import compare, total_order
from refsim.spec.exact import NEGATIVE_ZERO, root
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.functions import exp
from refsim.spec.operations import OPERATIONS
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC
from refsim.spec.surds import power
from refsim.spec.text import exact_text

HALF = Fraction(1, 2)
SMALL = ("log3_fsr2", "log4_fsr3_sqrt2", "slog5_fsr1", "slog5_fsrm2_sqrt2", "log4_fsr1_steps4", "lns2.1", "lns1.2", "lns0.3")


@pytest.fixture(autouse=True, scope="module")
def _many_digits():
    """mpmath with more digits than any of these tests looks at."""
    with mpmath.workdps(80):
        yield


def through(x, name, rounding="ties_to_away", draw=None):
    """The number that x becomes in a format, saturating."""
    to = Projection(name, rounding, "saturate")
    return to.format.decode(to(x, draw).code)


@pytest.mark.clause("log/grid", "family/log")
def test_levels_of_three_bits():
    """Three bits with a full scale of 2**2 are zero and 2**-5 to 2**1; with base sqrt(2) the steps are half as large."""
    format = get_format("log3_fsr2")
    assert [format.decode(code) for code in range(8)] == [0, *(Fraction(2) ** e for e in range(-5, 2))]
    half = get_format("log3_fsr2_sqrt2")
    assert [half.decode(code) for code in range(8)] == [0, *(power(Fraction(e, 2)) for e in range(-3, 4))]
    assert [half.decode(code) for code in range(1, 8)] == [
        power(Fraction(-3, 2)),
        HALF,
        power(-HALF),
        1,
        power(HALF),
        2,
        power(Fraction(3, 2)),
    ]


@pytest.mark.clause("family/log")
def test_signed_levels():
    """A sign bit before the magnitude; the zero has both signs. A negative full scale is written with an m."""
    format = get_format("slog3_fsrm2")
    assert [exact_text(format.decode(code)) for code in range(8)] == [
        "0",
        "0.03125",
        "0.0625",
        "0.125",
        "-0",
        "-0.03125",
        "-0.0625",
        "-0.125",
    ]
    assert format.fields(0b101) == {"sign": 1, "logarithm": 1}
    assert get_format("log4_fsr3_steps4").decode(15) == power(Fraction(11, 4))


@pytest.mark.clause("log/place")
@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ("0.0221", "2**-5"),
        ("0.05", "2**-4"),
        ("0.7", "1/2"),
        ("0.71", "1"),
        ("1.4", "1"),
        ("1.42", "2"),
        ("100", "2"),
        ("0.01", "0"),
        ("0", "0"),
    ],
)
def test_logquant_of_three_bits(x, expected):
    """LogQuant(x, 3, 2) by hand: the middle between 2**k and 2**(k + 1) is sqrt(2) * 2**k, and 2**-5.5 = 0.0220970869..."""
    value = Fraction(2) ** int(expected[3:]) if expected.startswith("2**") else Fraction(expected)
    assert through(Fraction(x), "log3_fsr2") == value


@pytest.mark.clause("log/place")
def test_the_clip_to_zero():
    """What is rounded to FSR - 2**bitwidth becomes zero: 0.0220970869 is above 2**-5.5, 0.0220970868 is not."""
    assert through(Fraction("0.0220970869121"), "log3_fsr2") == Fraction(1, 32)
    assert through(Fraction("0.0220970869120"), "log3_fsr2") == 0
    assert through(power(Fraction(-11, 2)), "log3_fsr2") == Fraction(1, 32)
    assert through(power(Fraction(-11, 2)), "log3_fsr2", "ties_toward_zero") == 0
    # The gap below the least number is no longer than one step: 2**-6 and all below it count as just above zero.
    for tiny in (Fraction(1, 64), Fraction(1, 10**9), power(Fraction(-99, 2))):
        assert through(tiny, "log3_fsr2", "ties_to_away") == 0
        assert through(tiny, "log3_fsr2", "toward_zero") == 0
        assert through(tiny, "log3_fsr2", "away_from_zero") == Fraction(1, 32)
        assert through(tiny, "log3_fsr2", "stochastic_a:4", 15) == 0


@pytest.mark.clause("log/place")
def test_toward_zero_is_the_leading_one():
    """The floor of the logarithm is the position of the leading one."""
    for n in range(1, 200):
        assert through(Fraction(n), "log5_fsr9", "toward_zero") == 1 << n.bit_length() - 1


@pytest.mark.clause("log/place")
@pytest.mark.parametrize("rounding", sorted(DETERMINISTIC))
def test_exact_ties(rounding):
    """Base sqrt(2) to base 2 has ties: sqrt(2) lies in the middle of 1 and 2 by its logarithm, whose exponents are 0 and 1.

    In log3_fsr2 the number 1 is the code 6 and 2 is the code 7, so that 1 is the even one.
    """
    expected = {
        "ties_to_even": 1,
        "ties_toward_zero": 1,
        "ties_toward_negative": 1,
        "toward_zero": 1,
        "toward_negative": 1,
    }.get(rounding, 2)
    assert through(power(HALF), "log3_fsr2", rounding) == expected
    assert through(root(2, 2), "log3_fsr2", rounding) == expected


@pytest.mark.clause("log/place")
def test_stochastic_places():
    """With four random bits the number at a quarter of a gap goes up for a quarter of them; the place is that of the
    logarithm."""
    to = Projection("log3_fsr2", "stochastic_a:4", "saturate")
    for quarters, m in ((1, power(Fraction(1, 4))), (2, power(HALF)), (3, power(Fraction(3, 4)))):
        assert sum(to.format.decode(to(m, draw).code) == 2 for draw in range(16)) == 4 * quarters
    # log2(1.2) is 0.263..., which four bits cut to 4/16.
    assert sum(to.format.decode(to(Fraction(6, 5), draw).code) == 2 for draw in range(16)) == 4


@pytest.mark.clause("log/place")
@pytest.mark.parametrize("name", ["log8_fsr3", "log8_fsr3_sqrt2", "slog9_fsr2_steps4", "lns4.3", "lns3.6"])
def test_nearest_against_mpmath(name):
    """The nearest level of random and of aimed numbers is that of mpmath's logarithm in 60 digits."""
    chance = random.Random(9)
    to = Projection(name, "ties_to_away", "saturate")
    grid, steps = to.format.grid, 1 << to.format.grid.fraction
    numbers = [Fraction(chance.getrandbits(53), 1 << chance.randrange(30, 70)) for _ in range(300)]
    for n in range(1, min(to.format.top, 80)):
        middle = power((grid.least + n - HALF) / steps)
        numbers += [
            middle // Fraction(1, 1 << 60) * Fraction(1, 1 << 60),
            (middle // Fraction(1, 1 << 60) + 1) * Fraction(1, 1 << 60),
        ]
    for m in numbers:
        if not m:
            continue
        k = int(mpmath.floor(mpmath.log(mpmath.mpf(m.numerator) / m.denominator, 2) * steps + mpmath.mpf("0.5")))
        n = min(max(k - grid.least + 1, 0), to.format.top)
        assert to.format.decode(to(m).code) == grid.magnitude(n)


@pytest.mark.clause("family/lns", "format/logarithmic")
def test_lns_codes():
    """lns1.1: a sign, a zero flag and a logarithm of q1.1, which is -2 to 1.5; code 0 is therefore 1."""
    format = get_format("lns1.1")
    positive = [format.decode(code) for code in range(8)]
    assert positive == [1, power(HALF), 2, power(Fraction(3, 2)), Fraction(1, 4), power(Fraction(-3, 2)), HALF, power(-HALF)]
    assert [format.decode(code) for code in range(8, 16)] == [0] * 8
    assert [format.decode(code) for code in range(16, 24)] == [-x for x in positive]
    assert [format.decode(code) for code in range(24, 32)] == [NEGATIVE_ZERO] * 8
    assert (format.code(False, 0), format.code(True, 0)) == (0b01000, 0b11000)
    assert format.fields(0b10111) == {"sign": 1, "zero": 0, "integer": 3, "fraction": 1}
    assert [format.is_odd(n) for n in range(4)] == [False, False, True, False]


@pytest.mark.parametrize("name", SMALL)
def test_codes_and_points(name):
    """Every code's point has a code that names the same number, and every number is projected to itself by every rule."""
    format = get_format(name)
    for code in range(1 << format.width):
        value = format.decode(code)
        assert format.decode(format.code(*format.point(code))) == value
        for rule in ("ties_to_even", "toward_zero", "away_from_zero"):
            assert format.decode(Projection(format, rule, "error")(value).code) == value


@pytest.mark.parametrize("name", SMALL)
def test_products_are_sums_of_logarithms(name):
    """The product of every pair of codes, by the exponents alone: added, and clipped at both ends."""
    format = get_format(name)
    to, grid = Projection(format, "ties_to_even", "saturate"), format.grid
    for a in range(1 << format.width):
        for b in range(1 << format.width):
            (s, m), (t, n) = format.point(a), format.point(b)
            exponent = 2 * grid.least + m + n - 2
            k = min(max(exponent - grid.least + 1, 0), format.top) if m and n else 0
            assert multiply(Number(a, format), Number(b, format), to).code == format.code(s != t, k)


@pytest.mark.parametrize("name", ["slog5_fsr1_sqrt2", "lns2.1"])
def test_quotients_roots_and_reciprocals(name):
    """Quotients subtract logarithms; a root halves one, which a format of twice the steps holds exactly."""
    format = get_format(name)
    grid = format.grid
    wide = get_format("lns6.4")
    to = Projection(wide, "ties_to_even", "error")
    for a in range(1 << format.width):
        s, m = format.point(a)
        x, e = Number(a, format), Fraction(grid.least + m - 1, 1 << grid.fraction)
        if not m:
            continue
        sign = -1 if s else 1
        assert wide.decode(reciprocal(x, to).code) == sign * power(-e)
        if not s:
            assert wide.decode(sqrt(x, to).code) == power(e / 2)
            assert wide.decode(rsqrt(x, to).code) == power(-e / 2)
        for b in range(0, 1 << format.width, 3):
            t, n = format.point(b)
            if n:
                f = Fraction(grid.least + n - 1, 1 << grid.fraction)
                assert wide.decode(divide(x, Number(b, format), to).code) == sign * (-1 if t else 1) * power(e - f)


@given(st.integers(0, 1023), st.integers(0, 1023), st.integers(0, 1023))
def test_sums_against_mpmath(a, b, c):
    """Sums and fused sums of LNS numbers, projected once, are the binary64 numbers nearest to mpmath's sums."""
    format, to = get_format("lns4.3"), Projection("binary64", "ties_to_even", "infinity")
    x, y, z = (Number(code, format) for code in (a, b, c))

    def real(n):
        negative, k = format.point(n.code)
        m = mpmath.mpf(2) ** (mpmath.mpf(format.grid.least + k - 1) / 8) if k else mpmath.mpf(0)
        return -m if negative else m

    for result, expected in ((add(x, y, to), real(x) + real(y)), (fma(x, y, z, to), real(x) * real(y) + real(z))):
        found = to.format.decode(result.code)
        value = 0.0 if found is NEGATIVE_ZERO else float(found)
        assert value == (0.0 if abs(expected) < mpmath.mpf(10) ** -40 else float(expected))


def test_comparisons():
    """Irrational numbers compare with each other and with rational ones."""
    format, binary = get_format("lns1.1"), get_format("binary16")
    root_two = Number(0b00001, format)
    sevens, more = Number(0x3D9A, binary), Number(0x3DA9, binary)  # 1.400390625 and 1.4150390625
    assert compare("compare_quiet_less", sevens, root_two).code == 1
    assert compare("compare_quiet_less", root_two, more).code == 1
    assert compare("compare_quiet_equal", root_two, Number(0b00001, format)).code == 1
    assert total_order(sevens, root_two).code == 1
    assert total_order(more, root_two).code == 0
    assert negate(root_two).code == 0b10001
    assert negate(Number(0b01101, format)).code == 0b11101
    assert next_up(root_two).code == 0b00010
    assert next_up(Number(0b11000, format)).code == 0b00100


@pytest.mark.parametrize("name", ["scale_b", "relu", "clamp", "hypot", "round_to_integral", "faa", "maximum", "hard_swish"])
def test_other_operations(name):
    """Operations that sums and products make up take irrational data too, and agree with binary64's to its precision."""
    format, wide, to = get_format("lns2.2"), get_format("int8"), Projection("binary64", "ties_to_even", "infinity")
    operation = OPERATIONS[name]
    codes = [0b0000110, 0b0011101, 0b0001001][: len(operation.roles)]
    operands = [
        Number(3, wide) if role in operation.exponents else Number(c, format)
        for role, c in zip(operation.roles, codes, strict=True)
    ]
    near = [convert(x, to) for x in operands]
    plain = [x if x.format is wide else Number(y.code, to.format) for x, y in zip(operands, near, strict=True)]
    a, b = (to.format.decode(operation(*given, to=to).code) for given in (operands, plain))
    assert abs(a - b) <= abs(b) * Fraction(1, 1 << 50)


def test_functions_of_irrational_data_are_refused():
    """A function of a number that is not rational is refused in one line."""
    to = Projection("binary64", "ties_to_even", "infinity")
    with pytest.raises(TypeError, match=r"^2\*\*\(1/4\) is not a rational number$"):
        OPERATIONS["exp"](Number(1, get_format("lns2.2")), to=to)


@pytest.mark.clause("overflow/wrap-logarithm")
def test_wrapping_logarithms():
    """2**15 times 2**15 has the logarithm 30, which eight bits of q4.3 hold as -2; a product that is too small is zero."""
    format = get_format("lns4.3")
    wraps, stays = (Projection(format, "ties_to_even", overflow) for overflow in ("wrap", "saturate"))
    large, least = Number(15 * 8, format), Number(0x80, format)
    assert format.decode(multiply(large, large, wraps).code) == Fraction(1, 4)
    assert format.decode(multiply(Number(large.code | 1 << 9, format), large, wraps).code) == Fraction(-1, 4)
    assert multiply(large, large, wraps).flags == Flags.OVERFLOW | Flags.INEXACT
    assert format.decode(multiply(large, large, stays).code) == power(Fraction(127, 8))
    assert multiply(least, least, wraps).code == format.code(False, 0)
    with pytest.raises(OverflowRaised, match=r"^1073741824 is outside the range of lns4.3$|^0x1p\+30 is outside"):
        multiply(large, large, Projection(format, "ties_to_even", "error"))
    with pytest.raises(ValueError, match=r"^wrap needs an integer or fixed-point format, which log3_fsr2 is not$"):
        Projection("log3_fsr2", "ties_to_even", "wrap")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("log17_fsr0", "a logarithmic format has 1 to 16 magnitude bits"),
        ("slog1_fsr0", "a logarithmic format has 1 to 16 magnitude bits"),
        ("log4_fsr99999", "a full scale of"),
        ("log4_fsr0_steps2", "two of them are called sqrt2"),
        ("log4_fsr0_steps6", "the steps to the octave are a power of two from 4"),
        ("log4_fsr0_steps33554432", r"at most 2\*\*24 steps"),
        ("lns0.0", "an LNS format has integer bits"),
        ("lns20.20", "at most 34 bits in all"),
    ],
)
def test_formats_that_are_refused(name, message):
    """Too many bits, too few, and bases with another spelling."""
    with pytest.raises(ValueError, match=message):
        get_format(name)


def test_large_formats():
    """An LNS format of 23 fraction bits is no slower than another: nothing is raised to the power 2**23."""
    format = get_format("lns8.23")
    to = Projection(format, "ties_to_even", "saturate")
    x = Number(to(Fraction(3)).code, format)
    assert format.width == 34
    steps = 13295629  # round(log2(3) * 2**23)
    assert format.decode(x.code) == power(Fraction(steps, 1 << 23))
    assert multiply(x, x, to).code == 2 * steps
    assert to(Fraction(9)).code == int(mpmath.nint(mpmath.log(9, 2) * (1 << 23)))


@pytest.mark.clause("log/grid", "log/place")
@pytest.mark.parametrize("x", [-1000, -(10**20), -(2**100)], ids=str)
def test_numbers_far_below_the_first_point(x):
    """An exponential of which no computer has the digits is just above zero."""
    to = Projection("lns4.3", "ties_to_even", "saturate")
    up = Projection("lns4.3", "toward_positive", "saturate")
    number = Number(Projection("binary64", "ties_to_even", "infinity")(x).code, get_format("binary64"))
    assert to.format.decode(exp(number, to).code) == 0
    assert up.format.decode(exp(number, up).code) == up.format.grid.magnitude(1)
