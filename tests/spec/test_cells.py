"""Cells that are not alike: by the definition that looks at codes, against each other, and from the words of the streams."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.cells import Asymmetric, Banked, PerBit, StuckAt, bank_of
from refsim.spec.faults import apply, by_site, injected
from refsim.spec.gaps import gap_table, hits
from refsim.spec.layouts import Layout
from refsim.spec.randomness import Stream, stream, word64
from refsim.spec.samplers import Rate, Thinned
from refsim.spec.sites import Place, Site, Target

INT8, POSIT8 = get_format("int8"), get_format("posit8")
ZERO, ONE, HALF, TENTH = Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 10)
SEEDS, TRIALS = st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)
RATES = st.sampled_from([ZERO, Fraction(1, 50), TENTH, HALF, ONE])


def target(codes, selection=(), layout=None, format=INT8, number=0):
    """A site that holds codes, or so many that are not known."""
    count = codes if isinstance(codes, int) else len(codes)
    site = Site("w", "weight", format, count, layout or Layout(16))
    return Target(number, site, None if isinstance(codes, int) else codes, selection)


@pytest.mark.clause("cells/asymmetric")
@given(SEEDS, TRIALS, RATES, RATES, st.lists(st.integers(0, 255), max_size=30))
def test_asymmetric_by_codes(seed, trial, up, down, codes):
    """The faulty codes are those of the definition by codes: a bit that is hit changes where its mark is less than the part of
    the greater rate that its own value has.
    """
    site, wanted = target(codes, ("sign", 0, 1, 2)), list(codes)
    greater = max(up, down)
    places, marks = site.candidates(), stream(seed, trial, 0, "marks")
    for j, event in enumerate(Rate(greater).events(seed, trial, [site])):
        place = Place(event.element, event.mask.inverted.bit_length() - 1)
        assert place in places
        rate = down if codes[place.element] >> place.bit & 1 else up
        if word64(marks, j) < rate * 2**64 / greater:
            wanted[place.element] ^= 1 << place.bit
    events = Asymmetric(up, down).events(seed, trial, [site])
    assert list(injected(codes, by_site(events).get(0, {}))) == wanted
    assert events == Asymmetric(up, down).events(seed, trial, [target(len(codes), site.selection)])


@pytest.mark.clause("cells/asymmetric")
def test_asymmetric_at_the_ends():
    """Of equal rates the flips of that rate; of one alone bits that are only set, or only cleared, in the same places."""
    site = target(400)
    both = Rate(TENTH).events(1, 2, [site])
    assert Asymmetric(TENTH, TENTH).events(1, 2, [site]) == both
    rising, falling = Asymmetric(TENTH, ZERO).events(1, 2, [site]), Asymmetric(ZERO, TENTH).events(1, 2, [site])
    assert [(e.element, e.mask.set) for e in rising] == [(e.element, e.mask.inverted) for e in both]
    assert [(e.element, e.mask.cleared) for e in falling] == [(e.element, e.mask.inverted) for e in both]
    assert {e.mask.inverted | e.mask.cleared for e in rising} == {e.mask.inverted | e.mask.set for e in falling} == {0}
    assert Asymmetric(ZERO, ZERO).events(1, 2, [site]) == []


@pytest.mark.clause("cells/stuck")
@given(SEEDS, TRIALS, RATES, RATES)
def test_stuck_cells(seed, trial, p, ones):
    """Where a rate hits, with the polarity of the mark; what a code is afterwards does not change when it is hit again."""
    site = target(20, number=4)
    events, marks = StuckAt(p, ones).events(seed, trial, [site]), stream(seed, trial, 4, "marks")
    wanted = [
        (e.element, (0, 0, e.mask.inverted) if word64(marks, j) < ones * 2**64 else (0, e.mask.inverted, 0))
        for j, e in enumerate(Rate(p).events(seed, trial, [site]))
    ]
    assert [(e.element, tuple(e.mask)) for e in events] == wanted
    for event in events:
        assert apply(apply(0x5A, event.mask), event.mask) == apply(0x5A, event.mask)


@pytest.mark.clause("cells/banks")
@given(SEEDS, TRIALS)
def test_banks_by_thinning(seed, trial):
    """In each bank the flips are those of the greatest rate thinned to the bank's own."""
    factors = (HALF, Fraction(2), ZERO)
    site = target(60, layout=Layout(16, 2, 3))
    events = Banked(TENTH, factors).events(seed, trial, [site])
    wanted = []
    for bank, factor in enumerate(factors):
        flips = Thinned(TENTH * factor, TENTH * 2).events(seed, trial, [site])
        wanted += [e for e in flips if row_of(e.element, e.mask.inverted.bit_length() - 1) % 3 == bank]
    assert events == sorted(wanted)
    assert all(bank_of(site, Place(e.element, e.mask.inverted.bit_length() - 1)) < 2 for e in events)


def row_of(element, bit):
    """The row of 16 cells in which a bit lies, of two interleaved elements of 8 bits: each pair fills one row."""
    assert 0 <= bit < 8
    return element // 2


@pytest.mark.clause("cells/banks")
def test_alike_banks():
    """Banks of one factor are hit as without banks, and those of the factor 0 never."""
    site = target(100, layout=Layout(16, 1, 2))
    assert Banked(TENTH, (ONE, ONE)).events(3, 1, [site]) == Rate(TENTH).events(3, 1, [site])
    assert Banked(TENTH, (ZERO, ZERO)).events(3, 1, [site]) == Banked(ZERO, (ONE, ONE)).events(3, 1, [site]) == []


@pytest.mark.clause("cells/per-bit")
@given(SEEDS, TRIALS, st.lists(RATES, min_size=8, max_size=8))
def test_each_bit_has_its_stream(seed, trial, rates):
    """The elements in which bit b is flipped are the hits of the stream of purpose 16 + b."""
    site = target(25, (0, 1, 5, 7), number=2)
    found = PerBit(tuple(rates)).events(seed, trial, [site])
    assert found == sorted(found)
    for bit, p in enumerate(rates):
        own = [e.element for e in found if e.mask.inverted == 1 << bit]
        if bit not in site.selection or p == 0:
            assert own == []
        else:
            assert own == (list(range(25)) if p == 1 else list(hits(gap_table(p), Stream(seed, trial, 2, 16 + bit), 25)))
    assert sum(e.mask.inverted.bit_count() for e in found) == len(found)


@pytest.mark.clause("cells/per-bit")
def test_bits_of_posits():
    """Elements are numbered among those whose bit is in the field: with a rate of 1 all of these, and with less their hits."""
    codes = [0x40, 0x7F, 0x01, 0xB3, 0x60, 0x20] * 8
    site = target(codes, ("exponent",), format=POSIT8)
    places = site.candidates()
    assert [(e.element, e.mask.inverted) for e in PerBit((ONE,) * 8).events(1, 1, [site])] == [(e, 1 << b) for e, b in places]
    own = [place.element for place in places if place.bit == 4]
    rates = tuple(HALF if bit == 4 else ZERO for bit in range(8))
    found = [event.element for event in PerBit(rates).events(1, 1, [site])]
    assert found == [own[i] for i in hits(gap_table(HALF), Stream(1, 1, 0, 20), len(own))]
    assert 0 < len(found) < len(own) < 48


MODELS = [
    Asymmetric(TENTH, HALF),
    StuckAt(TENTH, HALF),
    Banked(TENTH, (HALF,)),
    PerBit((TENTH,) * 8),
]


@pytest.mark.clause("site/numbers")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_sites_do_not_disturb_each_other(model):
    """The faults of a site are the same alone and beside others, in the order of the numbers of sites."""
    sites = [target(40, number=number) for number in (7, 2, 5)]
    found = model.events(11, 4, sites)
    assert found == [event for one in sorted(sites, key=lambda site: site.number) for event in model.events(11, 4, [one])]
    assert {event.site for event in found} == {2, 5, 7}
    with pytest.raises(ValueError, match="the site w is aimed at twice"):
        model.events(11, 4, [sites[0], sites[0]])


@pytest.mark.clause("cells/banks", "cells/per-bit")
def test_errors():
    """Rates that are none, and sites of another shape."""
    for make in (
        lambda p: Asymmetric(p, ZERO),
        lambda p: Asymmetric(ZERO, p),
        lambda p: StuckAt(p, ZERO),
        lambda p: StuckAt(ZERO, p),
        lambda p: Banked(p, (HALF,)),
        lambda p: Banked(ONE, (p,)),
        lambda p: PerBit((ZERO, p)),
    ):
        with pytest.raises(ValueError, match=r"a rate is in 0\.\.1, not 3/2"):
            make(Fraction(3, 2))
    for factors in ((), (ONE, -ONE)):
        with pytest.raises(ValueError, match="the factors of banks are one or more, and none is negative"):
            Banked(HALF, factors)
    with pytest.raises(ValueError, match="the site w has 1 banks, but 2 have a factor"):
        Banked(HALF, (ONE, ONE)).events(1, 1, [target(3)])
    with pytest.raises(ValueError, match="elements of the site w have 8 bits, but 7 have a rate"):
        PerBit((HALF,) * 7).events(1, 1, [target(3)])
