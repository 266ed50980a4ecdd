"""Posits: numbers against a reading of bit strings, published values, and the rounding of longer posits."""

import operator
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import convert, divide, dot_product, fma, sqrt
from refsim.spec.catalogue import get_format
from refsim.spec.codes import absolute, negate, next_down, next_up, posit_next, posit_prior
from refsim.spec.comparison import posit_compare
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY
from refsim.spec.families import posit_format, quire_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.posits import PositGrid
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC

POSIT8 = get_format("posit8")
SHAPES = [(2, 2), (3, 0), (3, 2), (4, 1), (5, 0), (6, 1), (8, 0), (8, 2), (10, 3), (12, 2)]


def read(bits, es):
    """The number of a bit string, read as the standard's figure draws it; None for NaR."""
    if "1" not in bits:
        return Fraction(0)
    if "1" not in bits[1:]:
        return None
    if bits[0] == "1":
        return -read(format((1 << len(bits)) - int(bits, 2), f"0{len(bits)}b"), es)
    body = bits[1:]
    run = len(body) - len(body.lstrip(body[0]))
    rest = body[run + 1 :]
    r = run - 1 if body[0] == "1" else -run
    exponent = int(rest[:es].ljust(es, "0") or "0", 2)
    fraction = sum(Fraction(int(bit), 2**i) for i, bit in enumerate(rest[es:], 1))
    return (1 + fraction) * Fraction(2) ** (r * 2**es + exponent)


@pytest.mark.clause("posit/number", "family/posit")
@pytest.mark.parametrize(("width", "es"), SHAPES)
def test_every_code(width, es):
    """Every code is the number of its bits; the codes are ordered as their numbers are."""
    posit = posit_format("it", width, es)
    for code in range(1 << width):
        expected = read(format(code, f"0{width}b"), es)
        assert posit.decode(code) == (NAN if expected is None else expected)
        if expected is not None:
            assert posit.code(expected < 0, posit.grid.floor(abs(expected))) == code
    signed = sorted(code - (1 << width) * (code >> width - 1) for code in range(1 << width))
    numbers = [posit.decode(code % (1 << width)) for code in signed[1:]]
    assert numbers == sorted(set(numbers))


@pytest.mark.clause("posit/number")
@pytest.mark.parametrize("width", [8, 16, 32])
def test_the_ends_of_the_standard(width):
    """The greatest posit is 2**(4n - 8), the least its reciprocal; the standard's table 1 has them and the greatest
    consecutive integer."""
    posit = get_format(f"posit{width}")
    assert posit.decode(posit.top) == Fraction(2) ** (4 * width - 8)
    assert posit.decode(1) == Fraction(2) ** (8 - 4 * width)
    pintmax = {8: 16, 16: 1024, 32: 8388608}[width]
    to = Projection(posit, "toward_zero", "saturate_finite")
    held = [to(Fraction(n)).flags == Flags.NONE for n in range(pintmax - 8, pintmax + 2)]
    assert held == [True] * 9 + [False]


@pytest.mark.clause("posit/fields")
def test_fields():
    """The fields are those of the raw bits, as many as there is room for."""
    for code, expected in (
        (0b0_10_01_101, (0, 0b10, 0b01, 0b101)),
        (0b0_0001_10_1, (0, 0b0001, 0b10, 0b1)),
        (0b0_111110_1, (0, 0b111110, 0b1, 0)),
        (0b1_110_11_00, (1, 0b110, 0b11, 0)),
        (0b0_1111111, (0, 0b1111111, 0, 0)),
    ):
        assert tuple(POSIT8.fields(code).values()) == expected
    assert [bits for _, bits in POSIT8.grid.layout(0b0_10_01_101)] == [1, 2, 2, 3]
    for width, es in SHAPES:
        assert all(sum(bits for _, bits in PositGrid(width, es).layout(code)) == width for code in range(1 << width))


@pytest.mark.clause("posit/place", "project/place")
@pytest.mark.parametrize(("width", "es"), [(3, 2), (5, 0), (6, 1), (8, 2)])
def test_the_middle_is_the_longer_posit(width, es):
    """Rounding to nearest goes by the posit of one more bit, as the standard says; eighths by three more bits."""
    posit, longer, longest = (posit_format("it", width + more, es) for more in (0, 1, 3))
    to = Projection(posit, "ties_to_even", "saturate_finite")
    for n in range(1, posit.top):
        middle, step = longer.grid.magnitude(2 * n + 1), Fraction(1, 10**9)
        low, high = n, n + 1
        assert to(middle).code == (high if n % 2 else low)
        assert to(middle * (1 - step)).code == low
        assert to(middle * (1 + step)).code == high
        assert [to.place_above(n, longest.grid.magnitude(8 * n + j)) for j in range(8)] == [Fraction(j, 8) for j in range(8)]


@pytest.mark.clause("project/round", "family/posit")
@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_no_number_becomes_zero(rule):
    """Below the least posit every rule gives the least posit, past the greatest the greatest."""
    to = Projection(POSIT8, rule, "saturate_finite")
    for x, code in ((Fraction(1, 10**30), 1), (Fraction(2) ** -25, 1), (Fraction(10) ** 30, 0x7F), (Fraction(2) ** 25, 0x7F)):
        assert to(x).code == code
        assert to(-x).code == 256 - code
    assert to(Fraction(0)) == (0, Flags.NONE)


@pytest.mark.clause("overflow/saturate-finite")
def test_infinities_become_nar():
    """An infinity is NaR, as is NaN; in a float with NaN it is NaN; without one there is no result."""
    for format, nan in (("posit8", 0x80), ("float8_e4m3fn", 0x7F)):
        to = Projection(format, "ties_to_even", "saturate_finite")
        assert {to(x).code for x in (POSITIVE_INFINITY, NEGATIVE_INFINITY, NAN)} == {nan}
        assert to(Fraction(10) ** 40).code == to.format.top
    with pytest.raises(Unrepresentable, match="float4_e2m1fn has no code for NaN, which -infinity becomes"):
        Projection("float4_e2m1fn", "ties_to_even", "saturate_finite")(NEGATIVE_INFINITY)


@pytest.mark.clause("family/posit")
def test_operations_without_a_number():
    """A division by zero, a root of a negative number and what has a NaR operand are NaR."""
    to = Projection(POSIT8, "ties_to_even", "saturate_finite")
    zero, one, minus, nar = (Number(code, POSIT8) for code in (0, 0x40, 0xC0, 0x80))
    assert divide(one, zero, to).code == divide(zero, zero, to).code == sqrt(minus, to).code == 0x80
    assert all(divide(*pair, to).code == 0x80 for pair in ((nar, one), (one, nar)))


@pytest.mark.clause("family/posit")
def test_codes_are_integers():
    """Negation is that of two's complement, zero and NaR being their own negatives; neighbours are neighbouring codes."""
    for code in range(256):
        x = Number(code, POSIT8)
        assert negate(x).code == -code % 256
        assert absolute(x).code == (code if code <= 0x80 else 256 - code)
        if code not in (0x7F, 0x80):
            assert next_up(x).code == (code + 1) % 256
        if code not in (0x80, 0x81):
            assert next_down(x).code == (code - 1) % 256


@pytest.mark.clause("family/quire")
def test_quires():
    """The standard's quire has 16n bits, the last of them the square of the least posit; old drafts had others."""
    for width in (8, 16, 32):
        quire, posit = get_format(f"quire{width}"), get_format(f"posit{width}")
        assert quire.width == 16 * width
        assert quire.decode(1) == posit.decode(1) ** 2
        assert quire.decode(1 << quire.width - 1) is NAN
        # 31 carry bits: 2**31 - 1 products of the greatest posit fit.
        assert posit.decode(posit.top) ** 2 * (2**31 - 1) < quire.decode(quire.top) < posit.decode(posit.top) ** 2 * 2**31
    old = quire_format("old", 32, posit_format("posit8es0", 8, 0))
    assert old.decode(1) == Fraction(1, 2**12)
    with pytest.raises(ValueError, match="few: a quire of posit8 needs more than 96 bits"):
        quire_format("few", 96, POSIT8)


@pytest.mark.clause("family/quire")
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=6))
def test_a_quire_sums_exactly(pairs):
    """Products added to a quire one by one, then converted, are the exact dot product rounded once."""
    quire = get_format("quire8")
    to_quire, to_posit = (Projection(f, "ties_to_even", "saturate_finite") for f in (quire, POSIT8))
    total = Number(0, quire)
    numbers = [[Number(code, POSIT8) for code in pair] for pair in pairs]
    for x, y in numbers:
        total = Number(fma(x, y, total, to_quire).code, quire)
    result = convert(total, to_posit)
    if numbers:
        xs, ys = zip(*numbers, strict=True)
        assert result.code == dot_product(xs, ys, to_posit).code
    else:
        assert result.code == 0


def test_shapes_that_are_none():
    """A posit has 2 to 64 bits and at most 6 exponent bits."""
    for width, es in ((1, 2), (65, 2), (8, 7), (8, -1)):
        with pytest.raises(ValueError, match=f"a posit has 2 to 64 bits and 0 to 6 exponent bits, not {width} and {es}"):
            posit_format("it", width, es)


@pytest.mark.clause("posit/place")
def test_cuts_cut_the_gap():
    """The cuts go up from point to point, by binades where exponent bits have no room, past the end too."""
    for width, es in SHAPES[:8]:
        grid = PositGrid(width, es)
        for n in range(min(grid.top, 40) + 4):
            cuts = grid.cuts(n)
            assert (cuts[0], cuts[-1]) == (grid.magnitude(n), grid.magnitude(n + 1))
            assert len(cuts) == 2 or {high / low for low, high in pairwise(cuts)} == {2}


@pytest.mark.clause("posit/place")
@pytest.mark.parametrize(("width", "es"), SHAPES)
def test_places_are_those_of_more_exponent_bits(width, es):
    """The posit with es more bits, in which every exponent bit has room, cuts every gap into the same places."""
    to = Projection(posit_format("it", width, es), "ties_to_even", "saturate")
    longer = PositGrid(width + es, es)
    for n in range(1, to.format.top):
        parts = [to.place_above(n, longer.magnitude((n << es) + j)) for j in range(1 << es)]
        assert parts == [Fraction(j, 1 << es) for j in range(1 << es)]


@pytest.mark.clause("posit/fields", "posit/number")
@pytest.mark.parametrize(("width", "es"), SHAPES)
def test_the_formula_of_the_standard(width, es):
    """The Posit Standard, section 3, reads the fields as they stand, of negative numbers too:
    ((1 - 3s) + f) * 2**((1 - 2s) * (2**es * r + e + s))."""
    posit = posit_format("it", width, es)
    for code in range(1 << width):
        if code % (1 << width - 1) == 0:
            continue
        bits = dict(posit.grid.layout(code))
        s, regime, exponent, fraction = posit.fields(code).values()
        text = format(regime, f"0{bits['regime']}b")
        k = len(text) - len(text.lstrip(text[0]))
        r = k - 1 if text[0] == "1" else -k
        f = Fraction(fraction, 1 << bits["fraction"])
        e = exponent << es - bits["exponent"]
        assert posit.decode(code) == ((1 - 3 * s) + f) * Fraction(2) ** ((1 - 2 * s) * ((r << es) + e + s)), hex(code)


@pytest.mark.clause("codes/posit-next", "codes/posit-prior")
def test_neighbours_by_code():
    """Codes follow each other in a ring: from the greatest number to NaR to the least number."""
    ring = {0x7F: 0x80, 0x80: 0x81, 0x81: 0x82, 0xFF: 0x00, 0x00: 0x01, 0x40: 0x41}
    for code, following in ring.items():
        assert posit_next(Number(code, POSIT8)) == (following, Flags.NONE)
        assert posit_prior(Number(following, POSIT8)) == (code, Flags.NONE)


@pytest.mark.clause("comparison/posit")
@pytest.mark.parametrize("relation", ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"])
def test_comparison_is_that_of_integers(relation):
    """Posits compare as integers in two's complement, NaR included, which is the least of them."""
    compare = {
        "equal": operator.eq,
        "not_equal": operator.ne,
        "greater": operator.gt,
        "greater_equal": operator.ge,
        "less": operator.lt,
        "less_equal": operator.le,
    }[relation]
    posit = get_format("posit6")
    signed = [code - 64 * (code >= 32) for code in range(64)]
    for x, y in product(range(64), repeat=2):
        found = posit_compare(f"posit_compare_{relation}", Number(x, posit), Number(y, posit))
        assert found == (int(compare(signed[x], signed[y])), Flags.NONE)


@pytest.mark.clause("comparison/posit")
def test_comparison_of_mixed_formats():
    """Posits of other formats and floats compare by their numbers; NaNs are equal to each other and the least."""
    wide, half = get_format("posit16"), get_format("binary16")
    one, one_too, nar, nan, low = (
        *(Number(0x40, POSIT8), Number(0x4000, wide), Number(0x80, POSIT8)),
        *(Number(0x7D00, half), Number(0xFC00, half)),
    )
    assert posit_compare("posit_compare_equal", one, one_too).code == 1
    assert posit_compare("posit_compare_equal", nar, nan) == (1, Flags.NONE)
    assert posit_compare("posit_compare_less", nan, low).code == 1
    assert posit_compare("posit_compare_greater", low, nar).code == 1
    with pytest.raises(ValueError, match=r"^unknown predicate 'less'; the predicates are posit_compare_equal, "):
        posit_compare("less", one, one)
