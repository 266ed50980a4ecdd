"""Sums in the logarithmic domain: the paper's vectors, the recursion on plain integers, bounds, and the two signs."""

from fractions import Fraction
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot, trace
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.log_accumulators import LogDomain, LogSum, log_sum, logarithm
from refsim.spec.power_tables import ExactPower, LinearPower, PowerTable, WholePower
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.spec.shift_multipliers import LogProduct
from refsim.spec.surds import power
from refsim.spec.terms import NO_PORT, Port, Term, flips

ONE = PowerTable(0, 0, "toward_zero")
EIGHTHS = Projection("q6.3", "toward_negative", "saturate")
REGISTER = LogSum(EIGHTHS, ONE)
WIDE = Projection("q15.16", "toward_zero", "error")
exponents = st.lists(st.integers(-20, 20), min_size=1, max_size=12)


def register(logarithms, of=REGISTER):
    """What the register holds in the end."""
    return of.number(log_sum([Fraction(p) for p in logarithms], of, NO_PORT))


def terms(*values):
    """Terms of an accumulator."""
    return [Term(Fraction(v), None) for v in values]


def by_integers(logarithms, fraction):
    """The recursion on integers in units of 2**-fraction, bits that are shifted out dropped."""
    s = None
    for p in logarithms:
        if s is None:
            s = p << fraction
            continue
        distance = abs((s >> fraction) - p)
        s = max(s, p << fraction) + ((1 << fraction) >> distance)
    return s


@pytest.mark.clause("log-sum/add", "log-sum/start")
@pytest.mark.parametrize(
    ("logarithms", "result"),
    [([3, 3], "4"), ([3, 1], "13/4"), ([0, 0, 0, 0], "2"), ([2, 0, -1, 1], "23/8"), ([5] * 8, "8"), ([7], "7"), ([-3], "-3")],
)
def test_known_sums(logarithms, result):
    """The recursion of Miyashita et al. by hand: 8 + 8 = 16 is exact, 8 + 2 is taken for 9.51."""
    assert register(logarithms) == Fraction(result)


@pytest.mark.clause("log-sum/add")
def test_the_order_matters():
    """The same terms, from the least and from the greatest; and the floor of the register is that of its own order."""
    assert register([2, 0, -1, 1]) == Fraction(23, 8)
    assert register([-1, 0, 1, 2]) == Fraction(5, 2)
    assert register([2, 1, 0, -1]) == Fraction(23, 8)
    assert register([0, 0, 0, 2]) == Fraction(5, 2)
    assert register([2, 0, 0, 0]) == Fraction(11, 4)


@pytest.mark.clause("log-sum/add")
@given(exponents, st.integers(0, 12))
def test_the_recursion_on_integers(logarithms, fraction):
    """Plain shifts give the register, bits that are shifted out being dropped."""
    of = LogSum(Projection(get_format(f"q8.{fraction}"), "toward_negative", "error"), ONE)
    assert register(logarithms, of) == Fraction(by_integers(logarithms, fraction), 1 << fraction)


@pytest.mark.clause("log-sum/add")
@given(exponents)
def test_the_sum_is_close(logarithms):
    """A step takes x for log2(1 + x) and rounds the place of the shift: the logarithm is never off by one for each step."""
    exact = log2(sum(2.0**p for p in logarithms))
    found = register(logarithms, LogSum(Projection("q8.40", "toward_negative", "error"), ONE))
    assert abs(float(found) - exact) < 0.5 * len(logarithms)


@pytest.mark.clause("log-sum/add")
def test_the_register_rounds_and_ends():
    """Bits shifted out are dropped or rounded; past the end the register saturates or wraps."""
    assert register([0, -4]) == 0
    assert register([0, -4], LogSum(Projection("q6.3", "ties_to_away", "saturate"), ONE)) == Fraction(1, 8)
    assert register([0, -4], LogSum(Projection("q6.4", "toward_negative", "saturate"), ONE)) == Fraction(1, 16)
    narrow = [3, 3]
    for overflow, result in (("saturate", Fraction(31, 8)), ("wrap", -4)):
        to = LogSum(Projection("q2.3", "toward_negative", overflow), ONE)
        held = log_sum([Fraction(p) for p in narrow], to, NO_PORT)
        assert to.number(held) == result
        assert held.flags == Flags.OVERFLOW | Flags.INEXACT


@pytest.mark.clause("log-sum/start")
def test_the_first_term_is_written():
    """The first logarithm goes through the register's projection, and raises what it raises."""
    to = LogSum(Projection("q2.3", "toward_negative", "saturate"), ONE)
    held = log_sum([Fraction(9)], to, NO_PORT)
    assert (to.number(held), held.flags) == (Fraction(31, 8), Flags.OVERFLOW | Flags.INEXACT)


@pytest.mark.clause("log-sum/add")
@pytest.mark.parametrize(
    ("powers", "added"),
    [(PowerTable(1, 3, "ties_to_even"), 11), (LinearPower(), 12), (WholePower(), 8), (ExactPower(), 11)],
)
def test_half_steps(powers, added):
    """Base sqrt(2): of 2**1 + 2**(-1/2) the distance is 3/2, of which a table, a line, a shift, or the power itself, 0.354,
    make so many 32nds."""
    of = LogSum(Projection("q6.5", "toward_negative", "error"), powers)
    assert register([1, Fraction(-1, 2)], of) == 1 + Fraction(added, 32)
    assert register([Fraction(-1, 2), 1], of) == 1 + Fraction(8, 32)  # floor(-1/2) is -1, and the distance 2


@pytest.mark.clause("log-sum/term")
def test_logarithms_of_terms():
    """Powers of roots of two, of either sign, and zeros; nothing else."""
    assert [logarithm(Fraction(x)) for x in ("1", "-8", "1/4", "0")] == [0, 3, -2, None]
    assert logarithm(NEGATIVE_ZERO) is None
    assert logarithm(power(Fraction(-5, 4))) == Fraction(-5, 4)
    for x in (Fraction(3), power(Fraction(1, 3)), power(Fraction(1, 2)) + 1, power(Fraction(1, 2)) * 3):
        with pytest.raises(ValueError, match=r"^a sum of logarithms needs powers of two, not .*$"):
            logarithm(x)
    for x, name in ((NAN, "nan"), (POSITIVE_INFINITY, "inf")):
        with pytest.raises(ValueError, match=rf"^a sum of logarithms needs powers of two, not {name}$"):
            logarithm(x)


@pytest.mark.clause("log-sum/total")
def test_signs_have_registers_of_their_own():
    """8 + 8 - 2 - 2 is 2**4 - 2**2; zeros change nothing; no terms at all are zero; the bias is a term of its sign."""
    sums = LogDomain(REGISTER, LinearPower(), WIDE)

    def total(values, initial=None):
        found = sums.total(terms(*values), initial, NO_PORT)
        return WIDE.format.decode(found.code)

    assert total([8, -2, 8, -2]) == 12
    assert total([8, 2]) == 8 * Fraction(5, 4)
    assert total([0, 8, 0, 0]) == 8
    assert total([-8]) == -8
    assert total([]) == total([0, 0]) == 0
    assert total([8], Fraction(8)) == 16
    assert total([8], Fraction(-8)) == 0
    assert total([8, 2], Fraction(0)) == 10
    assert total([2], Fraction(8)) == 10
    with pytest.raises(ValueError, match=r"^a sum of logarithms needs powers of two, not 3$"):
        total([8], Fraction(3))
    with pytest.raises(ValueError, match=r"^a sum of logarithms needs powers of two, not 6$"):
        total([8, 6])


@pytest.mark.clause("log-sum/total")
@given(st.lists(st.sampled_from([0, 1, -1, 2, -2, 8, -8, Fraction(1, 2), Fraction(-1, 4), 64, -64]), max_size=10))
def test_the_two_signs_are_two_sums(values):
    """The difference of what each sign's terms make by themselves, in their order."""
    sums = LogDomain(REGISTER, LinearPower(), WIDE)
    parts = [
        register([log2(abs(v)) for v in values if v * sign > 0]) if any(v * sign > 0 for v in values) else None
        for sign in (1, -1)
    ]
    ends = [Fraction(0) if s is None else LinearPower().power(s) for s in parts]
    assert WIDE.format.decode(sums.total(terms(*values), None, NO_PORT).code) == ends[0] - ends[1]


@pytest.mark.clause("log-sum/total", "power/linear", "power/table", "power/exact")
def test_the_way_back():
    """The register's 3.25 as a number: by a line 10, by a table of eighths 9.51, cut to a shift 8, or exactly, rounded once."""
    for powers, result in (
        (LinearPower(), "10"),
        (WholePower(), "8"),
        (PowerTable(3, 8, "ties_to_even"), Fraction(304 * 8, 256)),
        (ExactPower(), Fraction(2435, 256)),  # 9.5137
    ):
        to = Projection("q7.8", "ties_to_even", "error")
        found = LogDomain(REGISTER, powers, to).total(terms(8, 2), None, NO_PORT)
        assert to.format.decode(found.code) == Fraction(result)


@pytest.mark.clause("log-sum/total", "accumulate/flips")
def test_the_registers_are_seen():
    """Every write is told, by the register of its sign and the number of the term; a flipped bit is added to."""
    log4 = get_format("slog4_fsr3")
    path = Datapath(LogProduct(ExactPower(), None, None), LogDomain(REGISTER, LinearPower(), WIDE), "first", "sum", None)
    one, minus = Number(5, log4), Number(13, log4)
    assert log4.decode(5) == 1
    writes = trace([one, one, minus, one], [one, Number(0, log4), one, one], path, bias=Number(7, log4))
    assert [(w.register, w.step) for w in writes] == [
        ("positive", -1),
        ("positive", 0),
        ("negative", 2),
        ("positive", 3),
        ("sum", 0),
    ]
    sums = LogDomain(REGISTER, LinearPower(), WIDE)
    wrong = sums.total(terms(8, 8), None, flips({("positive", 0): 8}))
    assert WIDE.format.decode(wrong.code) == LinearPower().power(register([2, 3])) == 12
    assert sums.total(terms(8, 8), None, Port()) == sums.total(terms(8, 8), None, NO_PORT)


@pytest.mark.clause("log-sum/total", "log-sum/add")
def test_a_dot_product_of_method_2():
    """Exponents 2 + 1, 0 + 1, of base 2 and of half steps, through the datapath."""
    log4, root = get_format("log4_fsr3"), get_format("slog5_fsr3_sqrt2")
    path = Datapath(ExactProduct(), LogDomain(REGISTER, LinearPower(), WIDE), "first", "sum", None)
    xs, ys = ([Number(e + 13, log4) for e in es] for es in ((2, 0), (1, 1)))
    assert WIDE.format.decode(dot(xs, ys, path).code) == 10
    halves = LogDomain(LogSum(EIGHTHS, PowerTable(1, 8, "ties_to_even")), LinearPower(), WIDE)
    codes = [next(c for c in range(16) if root.decode(c) == power(Fraction(e, 2))) for e in (3, 1)]
    sides = [Number(c, root) for c in codes]
    found = dot(sides, [sides[1], sides[1]], Datapath(ExactProduct(), halves, "first", "sum", None))
    assert WIDE.format.decode(found.code) == LinearPower().power(Fraction(5, 2))  # 2**2 + 2**1


def test_flags_are_those_of_all_writes():
    """An overflow of a register of logarithms is in the result's flags."""
    sums = LogDomain(LogSum(Projection("q2.3", "toward_negative", "saturate"), ONE), LinearPower(), WIDE)
    assert sums.total(terms(64), None, NO_PORT).flags == Flags.OVERFLOW | Flags.INEXACT
    assert sums.total(terms(2), None, NO_PORT).flags == Flags.NONE


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: LogSum(Projection("binary16", "ties_to_even", "infinity"), ONE),
            "the logarithm of a sum needs a signed fixed-point register, not binary16",
        ),
        (
            lambda: LogSum(Projection("uq4.4", "toward_zero", "wrap"), ONE),
            "the logarithm of a sum needs a signed fixed-point register, not uq4.4",
        ),
        (
            lambda: LogSum(Projection("q17.4", "toward_zero", "wrap"), ONE),
            "a register of exponents has at most 16 integer bits, which q17.4 has not",
        ),
        (
            lambda: LogDomain(REGISTER, PowerTable(2, 8, "toward_zero"), WIDE),
            "q6.3 has finer steps than a table of powers with 2 fraction bits",
        ),
        (lambda: log_sum([], REGISTER, NO_PORT), "a sum of no terms has no logarithm"),
        (
            lambda: register([0, Fraction(1, 2)]),
            "a table of powers has steps of 1/1, and the exponent -1/2 is between two",
        ),
    ],
)
def test_what_is_refused(build, message):
    """One line says what was wanted."""
    with pytest.raises(ValueError) as error:
        build()
    assert str(error.value) == message
