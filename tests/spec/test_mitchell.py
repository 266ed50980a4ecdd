"""Multipliers of approximate logarithms: the tables and bounds of their papers, and bit-level models written anew."""

import math
from fractions import Fraction
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import multiply
from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.mitchell import STEPS, Mitchell, approximate_product, split
from refsim.spec.projection import Projection
from refsim.spec.terms import NO_PORT, Term

INT8, WIDE = get_format("int8"), Projection("int32", "toward_zero", "error")
wide = st.integers(1, (1 << 24) - 1)


def found(a, b, way, corrections=0, bits=None):
    """The product of two integers."""
    return approximate_product(Fraction(a), Fraction(b), way, corrections, bits)


def by_bits(a, b, bits=None):
    """Mitchell's product as registers hold it: logarithms of 32 fraction bits are added, and the sum is taken apart."""
    if a == 0 or b == 0:
        return 0
    logs = 0
    for n in (a, b):
        k = n.bit_length() - 1
        x = n - (1 << k) << 32 - k
        logs += (k << 32) + (x if bits is None else x >> 32 - bits << 32 - bits)
    k, x = logs >> 32, logs & (1 << 32) - 1
    return ((1 << 32) + x << k) >> 32


def babic(a, b, corrections):
    """The iterative product of integers, by leading ones and what is left without them."""
    total = 0
    for _ in range(corrections + 1):
        if a == 0 or b == 0:
            break
        k, j = a.bit_length() - 1, b.bit_length() - 1
        a, b = a - (1 << k), b - (1 << j)
        total += (1 << k + j) + (a << j) + (b << k)
    return total


def corrected(a, b, corrections):
    """Mitchell's product of integers and the products of what is missing."""
    total = 0
    for _ in range(corrections + 1):
        if a == 0 or b == 0:
            break
        total += by_bits(a, b)
        k, j = a.bit_length() - 1, b.bit_length() - 1
        carry = (a << j) + (b << k) - (2 << k + j) >= 1 << k + j
        a, b = ((2 << k) - a, (2 << j) - b) if carry else (a - (1 << k), b - (1 << j))
    return total


MODELS = {"mitchell": corrected, "iterative": babic}
PAIRS = [(a, b) for a in range(1, 256) for b in range(a, 256)]
"""All pairs of 8-bit numbers that are not zero; the products are those of the operands in the other order too."""


@cache
def errors(way, corrections):
    """The worst relative error of all products of two 8-bit numbers, the least one, and the mean in percent."""
    of = [(a * b - MODELS[way](a, b, corrections), a * b, 1 if a == b else 2) for a, b in PAIRS]
    worst = max(Fraction(wrong, right) for wrong, right, _ in of)
    return worst, min(wrong for wrong, _, _ in of), 100 * math.fsum(n * wrong / right for wrong, right, n in of) / 255**2


@pytest.mark.clause("mitchell/step", "mitchell/iterative-step", "mitchell/corrections")
@pytest.mark.parametrize("way", sorted(STEPS))
@pytest.mark.parametrize("corrections", [0, 2])
def test_all_products_of_8_bits(way, corrections):
    """The models of integers and the specification give the same products."""
    assert all(found(a, b, way, corrections) == MODELS[way](a, b, corrections) for a, b in PAIRS)


@pytest.mark.clause("mitchell/split")
def test_splitting():
    """13 is 2**3 * 1.625; with two bits of the fraction it is taken for 12."""
    assert split(Fraction(13), None) == (3, Fraction(5, 8))
    assert split(Fraction(13), 2) == (3, Fraction(1, 2))
    assert split(Fraction(13), 0) == (3, 0)
    assert split(Fraction(13, 1 << 10), None) == (-7, Fraction(5, 8))


@pytest.mark.clause("mitchell/step", "mitchell/corrections")
def test_known_products():
    """Powers of two are exact; 3 * 3 carries and is the worst, 8; 15 * 15 is 2**7 * 14/8; 5 * 5 has no carry; zero absorbs."""
    known = {(4, 8): 32, (3, 3): 8, (15, 15): 224, (5, 5): 24, (1, 7): 7, (0, 7): 0, (7, 0): 0, (0, 0): 0}
    for (a, b), value in known.items():
        assert found(a, b, "mitchell") == value


@pytest.mark.clause("mitchell/step", "mitchell/split")
def test_cut_fractions_that_add_up_to_one_carry():
    """With one bit 7 * 6 is 2**2 * 2**2 * 2; what is missing is then made of 8 - 7 and 8 - 6, with all their bits."""
    assert found(7, 6, "mitchell", 0, 1) == 32
    assert found(7, 6, "mitchell", 1, 1) == 34
    assert found(7, 6, "iterative", 1, 1) == 38


@pytest.mark.clause("mitchell/step")
def test_mitchells_bound():
    """Never above the exact product, and at most a ninth of it below, which 3 * 3 is. Mitchell, 1962, 11.1 percent."""
    assert errors("mitchell", 0)[:2] == (Fraction(1, 9), 0)
    assert found(3, 3, "mitchell") == 8


@pytest.mark.clause("mitchell/step", "mitchell/split")
@given(wide, wide, st.none() | st.integers(0, 12))
def test_mitchell_against_registers(a, b, bits):
    """The sum of two fixed-point logarithms, taken apart: the carry of the fractions goes into the place."""
    assert int(found(a, b, "mitchell", 0, bits)) == by_bits(a, b, bits)


@pytest.mark.clause("mitchell/iterative-step", "mitchell/corrections")
@pytest.mark.parametrize(
    ("corrections", "worst", "average"),
    [
        (0, Fraction(1, 4), "8.9131"),
        (1, Fraction(1, 16), "0.8337"),
        (2, Fraction(1, 64), "0.0708"),
        (3, Fraction(1, 256), "0.0048"),
    ],
)
def test_the_iterative_multipliers_published_errors(corrections, worst, average):
    """Babić et al., 2011: the bounds 25, 6.25, 1.56 and 0.39 percent, and the average errors over all 8-bit operands."""
    greatest, least, mean = errors("iterative", corrections)
    assert least == 0
    assert worst * Fraction(7, 8) < greatest < worst
    assert f"{mean:.4f}" == average


@pytest.mark.clause("mitchell/iterative-step", "mitchell/corrections")
@given(wide, wide, st.integers(0, 6))
def test_iterative_against_leading_ones(a, b, corrections):
    """As many steps as the operand with fewer ones has are exact."""
    assert found(a, b, "iterative", corrections) == babic(a, b, corrections) <= a * b
    assert found(a, b, "iterative", min(a.bit_count(), b.bit_count()) - 1) == a * b


@pytest.mark.clause("mitchell/corrections", "mitchell/step")
def test_mitchells_corrections():
    """Each correction of Mitchell's steps is closer, the first one within 1 in 121, and five steps of 8 bits are exact."""
    worst = [errors("mitchell", n)[0] for n in range(5)]
    assert worst == sorted(worst, reverse=True)
    assert worst[1] == Fraction(1, 121)
    assert worst[4] == 0
    assert errors("mitchell", 1)[1] == 0


@pytest.mark.clause("mitchell/corrections")
@given(wide, wide, st.sampled_from(sorted(STEPS)), st.none() | st.integers(0, 10), st.integers(0, 4))
def test_laws(a, b, way, bits, corrections):
    """The order of operands does not matter, nor do powers of two; no product is too large; a further step adds."""
    value = found(a, b, way, corrections, bits)
    assert value == found(b, a, way, corrections, bits) <= a * b
    assert found(8 * a, b, way, corrections, bits) == 8 * value
    assert found(a, Fraction(b, 32), way, corrections, bits) == value / 32
    assert found(a, b, way, corrections + 1, bits) >= value


@pytest.mark.clause("mitchell/product")
def test_signs_zeros_and_terms():
    """Magnitudes are multiplied, signs are compared; a term is held where its factors are."""
    multiplier = Mitchell("mitchell", 0, None, None)
    for x, y in product((-128, -3, -1, 0, 1, 3, 127), repeat=2):
        term, flags = multiplier.product(Number(x % 256, INT8), Number(y % 256, INT8), NO_PORT, 0)
        sign = -1 if (x < 0) != (y < 0) else 1
        held = None if 0 in {x, y} else x.bit_length() + y.bit_length() - 2
        if x == -128 or y == -128:
            held = None if 0 in {x, y} else sum(abs(z).bit_length() - 1 for z in (x, y))
        magnitude = by_bits(abs(x), abs(y))
        assert flags is Flags.NONE
        if magnitude:
            assert term == Term(Fraction(sign * magnitude), held)
        else:
            assert term.exponent is None


@pytest.mark.clause("mitchell/product")
def test_the_register_behind():
    """The register takes the product with its rules: 3/4 * 3/4 = 1/2 into quarters, and -128 * -128 past the end of 8 bits."""
    q = get_format("q1.2")
    to = Projection(INT8, "toward_zero", "saturate")
    product_, flags = Mitchell("mitchell", 0, None, to).product(Number(128, INT8), Number(128, INT8), NO_PORT, 0)
    assert product_.value == 127
    assert flags == Flags.OVERFLOW | Flags.INEXACT
    exact = Mitchell("iterative", 8, None, Projection(q, "toward_negative", "wrap"))
    for a, b in product(range(8), repeat=2):
        assert exact.product(Number(a, q), Number(b, q), NO_PORT, 0).term.value == q.decode(
            multiply(Number(a, q), Number(b, q), Projection(q, "toward_negative", "wrap")).code
        )


@pytest.mark.clause("mitchell/product")
def test_special_data():
    """Infinities and NaNs multiply as they do."""
    half = get_format("binary16")
    inf, zero, three = Number(0x7C00, half), Number(0x8000, half), Number(0x4200, half)
    multiplier = Mitchell("mitchell", 0, None, Projection(half, "ties_to_even", "infinity"))
    assert multiplier.product(inf, zero, NO_PORT, 0).flags == Flags.INVALID
    assert half.special(multiplier.product(inf, three, NO_PORT, 0).term.value) == 0x7C00
    assert multiplier.product(three, three, NO_PORT, 0).term.value == 8
    flushed = Mitchell("mitchell", 0, None, Projection(half, "ties_to_even", "infinity", subnormals="flush_inputs"))
    assert flushed.product(three, Number(1, half), NO_PORT, 0).term.value == 0
    assert multiplier.product(three, Number(1, half), NO_PORT, 0).term.value == Fraction(3, 1 << 24)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Mitchell("booth", 0, None, None),
            "the way 'booth' of a logarithmic multiplier is none of mitchell, iterative",
        ),
        (lambda: Mitchell("mitchell", -1, None, None), "a logarithmic multiplier has no negative number of corrections, -1"),
        (lambda: Mitchell("mitchell", 0, -2, None), "a logarithmic multiplier has no negative number of fraction bits, -2"),
        (
            lambda: Mitchell("mitchell", 0, None, WIDE).product(
                Number(1, get_format("log3_fsr1_sqrt2")), Number(2, INT8), NO_PORT, 0
            ),
            "a logarithmic multiplier needs rational operands, not 2**(-5/2)",
        ),
    ],
)
def test_what_is_refused(build, message):
    """One line says what was wanted."""
    with pytest.raises(ValueError) as error:
        build()
    assert str(error.value) == message
