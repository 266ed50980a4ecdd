"""Faults: masks bit by bit, in any order, and what they do to numbers by closed forms."""

from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN
from refsim.spec.faults import NO_MASK, Effect, Event, Mask, apply, by_site, composed, effect, flip, injected

BYTES = st.integers(0, 255)
MASKS = st.builds(Mask, BYTES, BYTES, BYTES)


@pytest.mark.clause("fault/apply")
@given(BYTES, MASKS)
def test_bit_by_bit(code, mask):
    """A bit that is set is 1, else one that is cleared 0, else one that is inverted the other, else as it was."""
    found = apply(code, mask)
    for bit in range(8):
        was, inverted, cleared, set_ = (n >> bit & 1 for n in (code, *mask))
        assert found >> bit & 1 == (1 if set_ else 0 if cleared else 1 - was if inverted else was)


@pytest.mark.clause("fault/compose")
@given(BYTES, st.lists(MASKS, max_size=4))
def test_in_any_order(code, masks):
    """All orders give one mask, and it is inversions one after the other, then all that is cleared, then all that is set."""
    assert len({composed(order) for order in permutations(masks)}) == 1
    expected = code
    for mask in masks:
        expected ^= mask.inverted
    for mask in masks:
        expected &= ~mask.cleared
    for mask in masks:
        expected |= mask.set
    assert apply(code, composed(masks)) == expected
    assert composed([]) == NO_MASK


def test_events_by_site():
    """Sites and elements in order, the masks of an element composed."""
    events = [
        Event(1, 5, flip(0)),
        Event(0, 9, flip(3)),
        Event(1, 5, flip(0)),
        Event(1, 2, Mask(0, 1, 0)),
        Event(1, 2, flip(4)),
    ]
    found = by_site(events)
    assert found == {0: {9: Mask(8)}, 1: {2: Mask(16, 1, 0), 5: Mask()}}
    assert [list(masks) for masks in found.values()] == [[9], [2, 5]]
    assert injected([1, 1, 1, 1], {2: Mask(6), 0: Mask(0, 1, 0)}) == (0, 1, 7, 1)


@pytest.mark.clause("fault/effect")
def test_what_becomes_of_hit_codes():
    """A flip changes every code; a stuck bit not where it was so already; a payload of a NaN stands for the same datum."""
    binary16 = get_format("binary16")
    before = [0x7E00, 0x0000, 0x3C00, 0x3C00, 0x1234]
    masks = {0: flip(0), 1: flip(15), 2: Mask(0, 0, 1 << 12), 3: Mask(0, 0, 1)}
    after = injected(before, masks)
    assert after == (0x7E01, 0x8000, 0x3C00, 0x3C01, 0x1234)
    zeros_are_one = binary16.decode(0) == binary16.decode(0x8000)
    assert effect(before, after, masks, binary16) == Effect(4, 3, 1 + zeros_are_one)
    assert binary16.decode(0x7E00) == binary16.decode(0x7E01) == NAN


@pytest.mark.clause("fault/apply")
@pytest.mark.parametrize("name", ["q1.2", "q2.5", "int4", "int8"])
def test_the_error_of_a_flip_in_twos_complement(name):
    """Bit b is worth ``2**b`` steps, and over all bits and codes the mean square is ``(4**w - 1) / (3 * w)`` steps squared."""
    format = get_format(name)
    w, step = format.width, format.decode(1)
    squares = []
    for code, bit in product(range(1 << w), range(w)):
        error = format.decode(apply(code, flip(bit))) - format.decode(code)
        assert abs(error) == step << bit if isinstance(step, int) else abs(error) == step * 2**bit
        squares.append(error**2)
    assert Fraction(sum(squares), len(squares)) == Fraction(4**w - 1, 3 * w) * step**2


def finite(value):
    """Whether a datum is a number other than zero."""
    return isinstance(value, int | Fraction) and value != 0


@pytest.mark.clause("fault/apply")
@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2", "binary16"])
def test_the_factor_of_a_flip_in_an_exponent(name):
    """``2**(2**b)`` or its inverse for bit b, while both codes are normal; a flip of the sign negates."""
    format = get_format(name)
    fields = dict(format.layout_of(0))
    p, e = fields["fraction"], fields["exponent"]
    checked = 0
    for code, bit in product(range(0, 1 << format.width, 1 if format.width == 8 else 31), range(e)):
        other = apply(code, flip(p + bit))
        x, y = format.decode(code), format.decode(other)
        if all(one >> p & (1 << e) - 1 for one in (code, other)) and finite(x) and finite(y):
            up = code >> p + bit & 1 == 0
            assert Fraction(y) / Fraction(x) == Fraction(2) ** ((1 << bit) if up else -(1 << bit))
            assert format.decode(apply(code, flip(p + e))) == -x
            checked += 1
    assert checked > 100
