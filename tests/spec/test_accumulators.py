"""Each order of summation by hand, against the host's floats, and against the others where they are the same."""

from fractions import Fraction
from itertools import product
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY, Special
from refsim.spec.flags import Flags
from refsim.spec.terms import NO_PORT, Term

from .sums import KINDS, code_of, every_accumulator, floating, nearest, register, term, terms, total, watched

HALF = floating("binary16")


@pytest.mark.clause("accumulate/sequential")
def test_only_overflow_sticks():
    """A sticky sum goes on after a write that was inexact."""
    sticky = Sequential(HALF, sticky=True)
    assert total(sticky, (2048, 1, 2)) == (2050, Flags.INEXACT)
    assert total(sticky, (65504, 16, -65504))[0] is POSITIVE_INFINITY


roundings = st.sampled_from(["ties_to_even", "toward_zero", "toward_negative", "to_odd", "away_from_zero"])
floats16 = st.floats(width=16, allow_nan=False, allow_infinity=False).map(Fraction)


@pytest.mark.clause("accumulate/sequential", "accumulate/total", "accumulate/tree", "accumulate/pairwise")
@given(st.lists(floats16, min_size=1, max_size=9), roundings, st.data())
def test_one_write_is_a_total(values, rounding, data):
    """A group, a node or a base of all terms leaves one sum: in any order, rounded once."""
    to = floating("binary16", rounding)
    expected = total(Total(to), values)
    assert total(Total(to), data.draw(st.permutations(values))) == expected
    count = data.draw(st.integers(len(values), 12))
    assert total(Sequential(to, group=count), values) == expected
    assert total(Tree((to,), radix=max(count, 2)), values) == expected or len(values) == 1
    assert total(Sequential(to), values) == total(Pairwise(to, base=count), values)
    exact = to(sum(values)) if sum(values) else None
    assert exact is None or expected == (to.format.decode(exact.code), exact.flags)


@pytest.mark.clause("accumulate/blocked", "accumulate/interleaved", "accumulate/tree", "accumulate/pairwise")
@given(st.lists(floats16, min_size=1, max_size=9), roundings)
def test_what_equals_what(values, rounding):
    """One block or lane is its inner sum; a lane or block for every term is the outer one; a tree of 2**n terms is pairwise."""
    to = floating("binary16", rounding)
    one, pairwise = Sequential(to), Pairwise(to)
    n = len(values)
    for inner in (one, pairwise, Tree((to,))):
        assert total(Blocked(n, inner, one), values) == total(Interleaved(1, inner, one), values) == total(inner, values)
        assert total(Blocked(1, one, inner), values) == total(Interleaved(n, one, inner), values) == total(inner, values)
    some = [*values, *[Fraction(0)] * (8 - n)][:8]
    assert total(Tree((to,)), some) == total(pairwise, some)
    assert total(Interleaved(2, one, one), values) == total(Blocked((n + 1) // 2, one, one), values[::2] + values[1::2])


@pytest.mark.clause("accumulate/sequential", "accumulate/pairwise", "accumulate/tree", "accumulate/total")
def test_every_short_sum_of_small_floats():
    """All vectors of three numbers of e2m1 in registers of e4m2, whose numbers have three significant bits: one after the
    other, the second and third first, and all at once, with inexact where a sum was rounded."""
    to = floating("e4m2")
    numbers = [sign * Fraction(n, 2) for n in (0, 1, 2, 3, 4, 6, 8, 12) for sign in (1, -1)]

    def added(*terms):
        held = nearest(sum(terms), 3, -6)
        return held, Flags.NONE if held == sum(terms) else Flags.INEXACT

    for a, b, c in product(numbers, repeat=3):
        first, lost = added(a, b)
        whole, last = added(first, c)
        assert total(Sequential(to), (a, b, c)) == total(Tree((to,)), (a, b, c)) == (whole, lost | last)
        second, lost = added(b, c)
        whole, last = added(a, second)
        assert total(Pairwise(to), (a, b, c)) == (whole, lost | last)
        assert total(Total(to), (a, b, c)) == added(a, b, c)


@pytest.mark.clause("accumulate/total", "arithmetic/total")
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_exact_sums_into_binary64(values):
    """Shewchuk's exact sum, which the host's library has; what overflows there is refused."""
    to = floating("binary64")
    code, _ = Total(to).total(terms(values), None, NO_PORT)
    try:
        expected = fsum(values)
    except OverflowError:
        assert to.format.decode(code) in {POSITIVE_INFINITY, Special.NEGATIVE_INFINITY}
    else:
        assert code == code_of(expected, "binary64") or (not expected and not code)


@pytest.mark.clause(
    "accumulate/sequential", "accumulate/pairwise", "accumulate/tree", "accumulate/interleaved", "accumulate/kahan"
)
def test_orders_differ():
    """In 11 bits 2048 + 1 is a tie: where the two ones meet first, or are not lost, the sum is 2050."""
    values = (2048, 1, 1)
    assert total(Sequential(HALF), values) == (2048, Flags.INEXACT)
    assert total(Pairwise(HALF), values) == (2050, Flags.NONE)
    assert total(Pairwise(HALF), (1, 1), 2048) == (2050, Flags.NONE)
    assert total(Tree((HALF,)), values) == (2048, Flags.INEXACT)
    assert total(Tree((HALF,)), (1, 1), 2048) == (2048, Flags.INEXACT)
    assert total(Tree((floating("binary32"), HALF)), values) == (2050, Flags.NONE)
    assert total(Interleaved(2, Sequential(HALF), Sequential(HALF)), values) == (2048, Flags.INEXACT)
    assert total(Interleaved(2, Sequential(HALF), Sequential(HALF)), (1, 2048, 1)) == (2050, Flags.NONE)
    assert total(Blocked(2, Sequential(HALF), Sequential(HALF)), (1, 1, 2048)) == (2050, Flags.NONE)
    assert total(Kahan(HALF), values) == (2050, Flags.INEXACT)
    assert total(Total(HALF), (2048, *[Fraction(1, 64)] * 65))[0] == 2050
    assert total(Sequential(HALF), (2048, *[Fraction(1, 64)] * 65))[0] == 2048


@pytest.mark.clause("accumulate/sequential", "accumulate/total", "accumulate/pairwise", "accumulate/tree", "accumulate/kahan")
@pytest.mark.parametrize("kind", KINDS)
def test_sums_of_nothing_and_of_negative_zeros(kind):
    """No terms make +0; negative zeros make -0, as the sum starts from the first of them, unless it starts from +0.

    An interleaved sum has a lane without terms, which is +0; a compensated one takes its compensation of +0 off a term.
    """
    accumulator = every_accumulator(HALF)[kind]
    minus = [Term(NEGATIVE_ZERO, None)]
    assert accumulator.total([], None, NO_PORT) == (0, Flags.NONE)
    assert accumulator.total(minus * 6, None, NO_PORT) == (0x8000, Flags.NONE)
    assert accumulator.total(minus * 6, Fraction(0), NO_PORT) == (0, Flags.NONE)
    empty_lane = isinstance(accumulator, Interleaved)
    assert accumulator.total(minus, None, NO_PORT) == (0 if empty_lane else 0x8000, Flags.NONE)
    downward = every_accumulator(floating("binary16", "toward_negative"))[kind]
    assert downward.total(terms([1, -1]), None, NO_PORT).code == 0x8000


@pytest.mark.clause("accumulate/pairwise")
@given(st.integers(0, 40), st.integers(1, 5))
def test_halves(n, base):
    """The second half takes the odd term: the registers' paths show how many are in a row where."""
    _, writes = watched(Pairwise(HALF, base), [1] * n)
    leaves = {}
    for name, step, _ in writes:
        leaves[name] = max(step, leaves.get(name, -1)) + 1

    def expected(count, path):
        if count <= base:
            return {path + "sum": max(count, 0)}
        low = expected(count // 2, f"{path}low/")
        return {**low, **expected(count - count // 2, f"{path}high/"), path + "sum": 1}

    assert leaves == expected(n, "")


@pytest.mark.clause("accumulate/tree")
@pytest.mark.parametrize("radix", [2, 3, 4, 8])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 9, 16, 17])
def test_levels_of_a_tree(n, radix):
    """Every level has a register for each group of the one below, and all levels that are given are passed."""
    for levels in (1, 3):
        to = tuple(register(16 + level, "saturate") for level in range(levels))
        (code, flags), writes = watched(Tree(to, radix), range(1, n + 1))
        assert (code, flags) == (n * (n + 1) // 2, Flags.NONE)
        expected, level, count = [], 0, n
        while count > 1 or level < levels:
            count = -(-count // radix)
            expected += [(f"level{level}", i) for i in range(count)]
            level += 1
        assert [write[:2] for write in writes] == expected


@pytest.mark.clause("accumulate/blocked", "accumulate/interleaved")
def test_promotion():
    """Blocks or lanes of binary16 promoted to binary32 lose what binary16 loses, and no more."""
    wide, values = Sequential(floating("binary32")), [2048, 1, 1, 1]
    assert total(Blocked(2, Sequential(HALF), wide), values) == (2050, Flags.INEXACT)
    assert total(Interleaved(2, Sequential(HALF), wide), values) == (2050, Flags.INEXACT)
    assert total(Interleaved(2, Sequential(HALF), wide), [1, 2048, 1, 1]) == (2050, Flags.INEXACT)
    assert total(Blocked(1, Sequential(HALF), wide), values) == (2051, Flags.NONE)
    assert total(Blocked(2, Sequential(HALF), wide), values, Fraction(1, 4)) == (Fraction(8201, 4), Flags.INEXACT)
    assert Blocked(2, Sequential(HALF), wide).to == Interleaved(2, Sequential(HALF), wide).to == wide.to


@pytest.mark.clause("accumulate/kahan")
@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=12), st.booleans())
def test_compensated_sums(values, started):
    """Kahan's four lines in the host's binary32."""
    to = floating("binary32")
    held, lost = np.float32(values[0]), np.float32(0)
    for x in values[1:]:
        y = np.float32(x) - lost
        new = held + y
        lost = (new - held) - y
        held = new
    initial, rest = (Fraction(values[0]), values[1:]) if started else (None, values)
    found = to.format.decode(Kahan(to).total(terms(rest), initial, NO_PORT).code)
    assert found == Fraction(float(held)) or (found is NEGATIVE_ZERO and not held)


@pytest.mark.clause("accumulate/sequential", "accumulate/total", "accumulate/pairwise", "accumulate/tree", "accumulate/kahan")
@pytest.mark.parametrize("kind", KINDS)
def test_special_data(kind):
    """NaN is carried on, infinities of both signs are invalid, and an infinity stays under what is added to it."""
    accumulator = every_accumulator(HALF)[kind]

    def found(*data):
        return accumulator.total([Term(x, None) if isinstance(x, Special) else term(x) for x in data], None, NO_PORT)

    assert found(1, NAN, 2, 1) == (0x7E00, Flags.NONE)
    assert found(Special.SIGNALING_NAN, 1) == (0x7E00, Flags.INVALID)
    assert found(POSITIVE_INFINITY, 1, Special.NEGATIVE_INFINITY, 1) == (0x7E00, Flags.INVALID)
    if not isinstance(accumulator, Kahan):
        assert found(1, POSITIVE_INFINITY, -60000, 1)[0] == 0x7C00


@pytest.mark.clause("accumulate/kahan")
def test_a_compensation_of_infinity_is_invalid():
    """The infinity is taken off itself: a compensated sum of an infinity is NaN, as the four lines make it."""
    infinite = [term(1), Term(POSITIVE_INFINITY, None), term(1)]
    assert Kahan(HALF).total(infinite, None, NO_PORT) == (0x7E00, Flags.INVALID)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda to: Sequential(to, group=0), "group must be at least 1, not 0"),
        (lambda to: Pairwise(to, base=0), "base must be at least 1, not 0"),
        (lambda to: Tree((to,), radix=1), "radix must be at least 2, not 1"),
        (lambda _: Tree(()), "levels of a tree must be at least 1, not 0"),
        (lambda to: Blocked(0, Total(to), Total(to)), "size of a block must be at least 1, not 0"),
        (lambda to: Interleaved(0, Total(to), Total(to)), "lanes must be at least 1, not 0"),
    ],
)
@pytest.mark.clause("accumulate/sequential", "accumulate/pairwise", "accumulate/tree", "accumulate/blocked")
def test_counts_of_nothing_are_refused(make, message):
    """A count below the least one is refused, by name."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        make(HALF)
