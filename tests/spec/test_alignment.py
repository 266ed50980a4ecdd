"""Alignment against a second model: an adder on signs, exponents and integer significands, shifted as wires are."""

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refsim.spec.accumulators import Sequential, Total
from refsim.spec.alignment import Alignment
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct
from refsim.spec.terms import NO_PORT, Term

from .sums import floating, nearest, term, terms, total

E4M3 = get_format("float8_e4m3fn")
SINGLE = floating("binary32")
ROUNDINGS = ("toward_zero", "toward_negative", "toward_positive", "ties_to_even", "ties_to_away", "to_odd")


class Wires(NamedTuple):
    """A number in an adder: its sign, its significand, the weight of its last bit, and the exponent it carries."""

    minus: bool
    significand: int
    last: int
    carried: int

    def value(self):
        """The number."""
        return (-1) ** self.minus * self.significand * Fraction(2) ** self.last

    def exponent(self, kind):
        """The exponent by which it is aligned."""
        return self.carried if kind == "factors" else self.last + self.significand.bit_length() - 1


def shifted(wires, last, rounding):
    """The significand in units of another weight, and whether bits were lost."""
    if wires.last >= last:
        return wires.significand << wires.last - last, False
    places = last - wires.last
    kept, lost = wires.significand >> places, wires.significand & (1 << places) - 1
    half = 1 << places - 1
    up = {
        "toward_zero": False,
        "toward_negative": wires.minus and lost,
        "toward_positive": not wires.minus and lost,
        "ties_to_even": lost > half or (lost == half and kept & 1),
        "ties_to_away": lost >= half,
        "to_odd": lost and not kept & 1,
    }[rounding]
    return kept + bool(up), lost != 0


def adder(group, bits, rounding, kind):
    """The sum of a group as an integer and its weight, and whether bits were lost."""
    inputs = [wires for wires in group if wires.significand]
    if not inputs:
        return 0, 0, False
    last = max(wires.exponent(kind) for wires in inputs) - bits
    total, inexact = 0, False
    for wires in inputs:
        significand, lost = shifted(wires, last, rounding)
        total += -significand if wires.minus else significand
        inexact |= lost
    return total, last, inexact


def multiplied(a, b):
    """The product of two finite codes of e4m3fn."""
    parts = [(max(code >> 3 & 15, 1) - 7, (code & 7) + (8 if code & 0x78 else 0)) for code in (a, b)]
    (e, m), (f, n) = parts
    return Wires(bool((a ^ b) >> 7), m * n, e + f - 6, e + f)


finite = st.integers(0, 255).filter(lambda code: code & 0x7F != 0x7F)
pairs = st.tuples(finite, finite)


@pytest.mark.clause("align/cut", "align/largest", "align/running-sum", "product/exact")
@given(
    st.lists(pairs, min_size=1, max_size=8),
    st.integers(0, 30),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(["value", "factors"]),
)
@example([(0x38, 0x38), (0xB0, 0x01)], 3, "toward_negative", "value")
@example([(0x7E, 0x7E), (0x01, 0x01), (0x81, 0x01)], 13, "toward_zero", "factors")
def test_groups_of_products(codes, bits, rounding, kind):
    """One group of products of e4m3fn in binary32, apart from any running sum: the integer adder, then nearest even."""
    group = [multiplied(a, b) for a, b in codes]
    significand, last, lost = adder(group, bits, rounding, kind)
    alignment = Alignment(bits, rounding, kind, with_sum=False)
    path = Datapath(ExactProduct(), Sequential(SINGLE, group=8, alignment=alignment), "first", "sum", None)
    xs, ys = ([Number(pair[i], E4M3) for pair in codes] for i in (0, 1))
    code, flags = dot(xs, ys, path)
    exact = significand * Fraction(2) ** last
    held = nearest(exact, 24, -126)
    found = SINGLE.format.decode(code)
    assert found == held or (found is NEGATIVE_ZERO and not held)
    assert bool(flags & Flags.INEXACT) == (lost or held != exact)


@pytest.mark.clause("align/running-sum", "align/cut", "accumulate/sequential")
@given(
    st.lists(pairs, min_size=1, max_size=12),
    st.integers(0, 40),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(["value", "factors"]),
    st.booleans(),
)
def test_running_sums(codes, bits, rounding, kind, with_sum):
    """Groups of four after each other: the running sum added to what the group's adder gives, or one of the adder's inputs."""
    held, lost = None, False
    products = [multiplied(a, b) for a, b in codes]
    for i in range(0, len(products), 4):
        group, extra = products[i : i + 4], Fraction(0)
        if held is not None and with_sum and held:
            _, denominator = held.as_integer_ratio()
            exponent = abs(held.numerator).bit_length() - denominator.bit_length()
            assert exponent >= -126
            last = 1 - denominator.bit_length()
            group.append(Wires(held < 0, abs(held.numerator), last, exponent))
        elif held is not None:
            extra = held
        significand, last, cut = adder(group, bits, rounding, kind)
        exact = significand * Fraction(2) ** last + extra
        held = nearest(exact, 24, -126)
        lost |= cut or held != exact
    accumulator = Sequential(SINGLE, 4, Alignment(bits, rounding, kind, with_sum=with_sum))
    made = [Term(wires.value(), wires.carried if wires.significand else None) for wires in products]
    code, flags = accumulator.total(made, None, NO_PORT)
    found = SINGLE.format.decode(code)
    assert found == held or (found is NEGATIVE_ZERO and not held)
    assert bool(flags & Flags.INEXACT) == lost


tiny = [0x00, 0x01, 0x03, 0x07, 0x08, 0x0F, 0x81, 0x85, 0x8A, 0x38, 0xBF]


@pytest.mark.clause("align/cut", "align/largest")
@pytest.mark.parametrize("kind", ["value", "factors"])
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_every_pair_of_a_few(rounding, kind):
    """All groups of two products of some codes, subnormal ones among them, with few bits."""
    products = [multiplied(a, b) for a, b in product(tiny, repeat=2)]
    for bits in (0, 1, 4):
        alignment = Alignment(bits, rounding, kind, with_sum=True)
        for group in product(products[::3], products[::5]):
            found, flags = alignment.aligned([Term(w.value(), w.carried if w.significand else None) for w in group])
            significand, last, lost = adder(group, bits, rounding, kind)
            assert sum(0 if x is NEGATIVE_ZERO else x for x in found) == significand * Fraction(2) ** last
            assert flags == (Flags.INEXACT if lost else Flags.NONE)


@pytest.mark.clause("align/cut")
@given(st.lists(pairs, min_size=1, max_size=8), st.sampled_from(ROUNDINGS), st.sampled_from(["value", "factors"]))
def test_enough_bits_lose_nothing(codes, rounding, kind):
    """Products of e4m3fn reach from 2**-18 to 2**17: with 36 bits below the leading one the sum of a group is exact."""
    made = [Term(w.value(), w.carried if w.significand else None) for w in (multiplied(a, b) for a, b in codes)]
    alignment = Alignment(36, rounding, kind, with_sum=False)
    assert Sequential(SINGLE, 8, alignment).total(made, None, NO_PORT) == Total(SINGLE).total(made, None, NO_PORT)


def aligned(values, bits, rounding, kind="value"):
    """What becomes of rational numbers, and the flags."""
    return Alignment(bits, rounding, kind, with_sum=True).aligned(terms(values))


@pytest.mark.clause("align/cut")
def test_a_small_negative_term():
    """-1/64 beside 1 with three bits: cut off it is a zero with its sign, and under the floor of two's complement -1/8."""
    tiny = Fraction(-1, 64)
    assert aligned([1, tiny], 3, "toward_zero") == ((1, NEGATIVE_ZERO), Flags.INEXACT)
    assert aligned([1, tiny], 3, "toward_negative") == ((1, Fraction(-1, 8)), Flags.INEXACT)
    assert aligned([1, tiny], 6, "toward_zero") == ((1, tiny), Flags.NONE)
    assert aligned([1, -tiny], 5, "ties_to_even") == ((1, Fraction(0)), Flags.INEXACT)
    assert aligned([1, -3 * tiny], 5, "ties_to_even") == ((1, Fraction(1, 16)), Flags.INEXACT)


@pytest.mark.clause("align/largest")
def test_zeros_do_not_count():
    """A zero has no exponent: neither alone nor as the product of a large factor."""
    alignment = Alignment(1, "toward_zero", "factors", with_sum=True)
    assert alignment.largest([Term(Fraction(0), None), term(Fraction(3, 4))]) == -1
    assert alignment.largest([Term(Fraction(0), None), Term(NEGATIVE_ZERO, None), Term(NAN, None)]) is None
    assert alignment.aligned([Term(NEGATIVE_ZERO, None)]) == ((NEGATIVE_ZERO,), Flags.NONE)
    path = Datapath(ExactProduct(), Sequential(SINGLE, 2, alignment), "first", "sum", None)
    big, zero, one, half3 = (Number(code, E4M3) for code in (0x7E, 0x00, 0x38, 0x3C))
    assert SINGLE.format.decode(dot([big, half3], [zero, one], path).code) == Fraction(3, 2)


@pytest.mark.clause("align/largest")
def test_the_exponent_of_a_product():
    """1.5 * 1.5 is 2.25: its leading bit stands one above the sum of its factors' exponents, and a bit more is lost."""
    product, small = Term(Fraction(9, 4), 0), Term(Fraction(1, 8), -3)
    by_value, by_factors = (Alignment(3, "toward_zero", kind, with_sum=True) for kind in ("value", "factors"))
    assert by_value.aligned([product, small]) == ((Fraction(9, 4), 0), Flags.INEXACT)
    assert by_factors.aligned([product, small]) == ((Fraction(9, 4), Fraction(1, 8)), Flags.NONE)
    subnormal = Term(Fraction(1, 512), -6)
    assert by_value.largest([subnormal]) == -9
    assert by_factors.largest([subnormal]) == -6


@pytest.mark.clause("align/running-sum", "accumulate/sequential")
def test_the_sum_beside_the_group():
    """A running sum of 64 pushes a term of 1/4 out of an adder of 6 bits only where it goes through the adder."""
    values, quarter = (64, 0, Fraction(1, 4), Fraction(1, 4)), Fraction(1, 4)
    together, apart = (Sequential(SINGLE, 2, Alignment(6, "toward_zero", "value", with_sum=flag)) for flag in (True, False))
    assert total(together, values) == (64, Flags.INEXACT)
    assert total(apart, values) == (64 + 2 * quarter, Flags.NONE)
    assert total(together, values[2:], 64) == (64, Flags.INEXACT)
    assert total(apart, values[2:], 64) == (64 + 2 * quarter, Flags.NONE)


@pytest.mark.clause("align/cut")
def test_special_data_pass():
    """Infinities and NaNs pass an alignment as they are, and the others are aligned beside them."""
    group = [Term(POSITIVE_INFINITY, None), term(1), term(Fraction(1, 64))]
    alignment = Alignment(2, "toward_zero", "value", with_sum=True)
    assert alignment.aligned(group) == ((POSITIVE_INFINITY, 1, 0), Flags.INEXACT)
    both = [Term(NEGATIVE_INFINITY, None), Term(POSITIVE_INFINITY, None)]
    assert Sequential(SINGLE, 2, alignment).total(both, None, NO_PORT) == (0x7FC00000, Flags.INVALID)


@pytest.mark.clause("align/cut")
def test_alignments_that_are_none():
    """Another kind of exponent, and a rule that takes random bits, are refused."""
    with pytest.raises(ValueError, match=r"^the exponent 'product' of an alignment is none of value, factors$"):
        Alignment(4, "toward_zero", "product", with_sum=True)
    with pytest.raises(ValueError, match=r"^an alignment takes no random bits, but stochastic_a:4 does$"):
        Alignment(4, "stochastic_a:4", "value", with_sum=True)
