"""Bursts: against a memory array that is laid out cell by cell, against single flips, and with their closed forms."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.bursts import Burst, Cluster, along_row, cells_of, flipped, in_pattern, length, thresholds
from refsim.spec.catalogue import get_format
from refsim.spec.faults import Event, flip
from refsim.spec.gaps import gap_table, hits
from refsim.spec.layouts import Layout
from refsim.spec.randomness import stream, word32, word64
from refsim.spec.samplers import Rate
from refsim.spec.sites import Site, Target

INT8, INT4, POSIT8 = get_format("int8"), get_format("int4"), get_format("posit8")
HALF = Fraction(1, 2)
LAYOUTS = [Layout(8), Layout(16, 2), Layout(12, 4, 3), Layout(5, 3, 2), Layout(64, 8, 2), Layout(7, 1, 4), Layout(256)]


def target(count, layout, format=INT8, selection=(), number=0, codes=None):
    """A site of so many elements."""
    return Target(number, Site("w", "weight", format, count, layout), codes, selection)


def arrays(count, layout, width):
    """The rows of each bank, each a list of its cells: an element and a bit, or ``None``; filled group by group as one who
    solders the cells would.
    """
    line = []
    for first in range(0, count, layout.interleave):
        group = range(first, first + layout.interleave)
        line += [(element, bit) if element < count else None for bit in range(width) for element in group]
    rows = [line[i : i + layout.columns] for i in range(0, len(line), layout.columns)]
    rows[-1:] = [row + [None] * (layout.columns - len(row)) for row in rows[-1:]]
    return [rows[bank :: layout.banks] for bank in range(layout.banks)]


def flips_of(number, cells):
    """The events that invert bits."""
    return [Event(number, element, flip(bit)) for element, bit in sorted({cell for cell in cells if cell is not None})]


@pytest.mark.clause("burst/cells")
@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 13])
def test_cells_are_whole_rows(layout, count):
    """As many as the rows of the array have."""
    banks = arrays(count, layout, 8)
    assert cells_of(target(count, layout)) == sum(len(row) for bank in banks for row in bank)


@pytest.mark.clause("burst/row", "burst/union")
@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
@pytest.mark.parametrize("end", ["clip", "wrap"])
def test_every_anchor(layout, end):
    """A burst from any cell, of lengths up to more than a row, is what the array of cells says."""
    site = target(9, layout)
    banks = arrays(9, layout, 8)
    for start, count in product(range(cells_of(site)), (1, 2, 3, layout.columns, 64)):
        row, column = divmod(start, layout.columns)
        cells = banks[row % layout.banks][row // layout.banks]
        reached = [cells[(column + i) % len(cells)] for i in range(count)] if end == "wrap" else cells[column : column + count]
        assert flipped(site, along_row(layout, start, count, end)) == flips_of(0, reached)


@pytest.mark.clause("burst/row", "burst/union")
@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_interleaving_keeps_bursts_apart(layout):
    """A burst no longer than the interleaving flips no two bits of one element, wherever it starts."""
    site = target(17, layout)
    for start in range(cells_of(site)):
        events = flipped(site, along_row(layout, start, layout.interleave, "clip"))
        assert len({event.element for event in events}) == len(events)
        assert all(event.mask.inverted.bit_count() == 1 for event in events)


@pytest.mark.clause("burst/row")
def test_a_longer_burst_meets_an_element_twice():
    """One more than the interleaving does where bits of a group follow each other."""
    layout = Layout(16, 2)
    events = flipped(target(2, layout), along_row(layout, 0, 3, "clip"))
    assert events == [Event(0, 0, flip(0)), Event(0, 0, flip(1)), Event(0, 1, flip(0))]


@pytest.mark.clause("burst/thresholds", "burst/length")
def test_lengths_have_their_probabilities():
    """Of all words of 32 bits as many give a length as its probability says, up to one at each threshold."""
    lengths = (Fraction(1, 2), Fraction(0), Fraction(1, 3), Fraction(1, 6))
    limits = thresholds(lengths)
    assert limits[-1] == 1 << 32
    for n, (low, high, p) in enumerate(zip((0, *limits), limits, lengths, strict=False), 1):
        assert abs(high - low - p * 2**32) <= 1
        if high > low:
            assert length(low, limits) == length(high - 1, limits) == n
    assert thresholds((Fraction(1, 1 << 33), Fraction(3, 1 << 33), 1 - Fraction(4, 1 << 33))) == (0, 2, 1 << 32)


@pytest.mark.clause("burst/pattern")
def test_patterns():
    """Both ends always; between them bit i of the word."""
    assert [in_pattern(i, 6, "random", 0b010100) for i in range(6)] == [True, False, True, False, True, True]
    assert [in_pattern(i, 6, "random", 0) for i in range(6)] == [True, False, False, False, False, True]
    assert all(in_pattern(i, 6, "all", 0) for i in range(6))
    assert in_pattern(0, 1, "random", 0)


@pytest.mark.clause("burst/start")
def test_single_flips():
    """Bursts of one cell and clusters of one are the flips of a rate, of the same words, where all cells hold bits."""
    sites = [target(16, Layout(32), number=3), target(40, Layout(8), number=1, selection=("sign",))]
    for trial in range(5):
        whole = Rate(Fraction(1, 20)).events(9, trial, sites[:1])
        for model in (Burst(Fraction(1, 20), (Fraction(1),), "all", "clip"), Cluster(Fraction(1, 20), ((0, 0),))):
            assert model.events(9, trial, sites[:1]) == whole
            both = model.events(9, trial, sites)
            assert [event for event in both if event.site == 3] == whole
            assert all(event.mask == flip(7) for event in both if event.site == 1)
    assert both == sorted(both)


@pytest.mark.clause("burst/burst", "burst/start", "burst/pattern")
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.sampled_from(LAYOUTS), st.sampled_from(["all", "random"]))
def test_bursts_of_a_trial(seed, trial, layout, pattern):
    """All of a trial, from the words of the streams and the array of cells."""
    model = Burst(Fraction(1, 12), (HALF, Fraction(0), Fraction(1, 4), Fraction(0), Fraction(1, 4)), pattern, "clip")
    site, banks = target(11, layout, INT4, number=6), arrays(11, layout, 4)
    streams = [stream(seed, trial, 6, purpose) for purpose in ("positions", "shapes", "values")]
    reached = []
    for j, start in enumerate(hits(gap_table(Fraction(1, 12)), streams[0], cells_of(site))):
        word, inner = word32(streams[1], j), word64(streams[2], j)
        count = 1 if word < 1 << 31 else 3 if word < 3 << 30 else 5
        row, column = divmod(start, layout.columns)
        cells = banks[row % layout.banks][row // layout.banks]
        inverted = [i for i in range(count) if pattern == "all" or i in {0, count - 1} or inner & 1 << i]
        reached += [cells[column + i] for i in inverted if column + i < layout.columns]
    assert model.events(seed, trial, [site]) == flips_of(6, reached)


@pytest.mark.clause("burst/union")
def test_a_bit_is_flipped_once():
    """Where every cell starts a burst of three, every selected bit is flipped, and once."""
    model = Burst(Fraction(1), (Fraction(0), Fraction(0), Fraction(1)), "all", "wrap")
    site = target(6, Layout(16, 2), selection=(0, "sign"))
    assert model.events(1, 1, [site]) == [Event(0, element, flip(bit)) for element in range(6) for bit in (0, 7)]
    assert Cluster(Fraction(1), ((0, 0), (0, 1))).events(1, 1, [target(3, Layout(8))]) == [
        Event(0, element, flip(bit)) for element in range(3) for bit in range(8)
    ]


@pytest.mark.clause("burst/union")
def test_fields_of_codes():
    """Of a posit the bits that its own code says."""
    codes = [0x40, 0x7F, 0x01, 0xB3]
    site = target(4, Layout(8), POSIT8, ("regime",), codes=codes)
    for start, place in enumerate((element, bit) for element in range(4) for bit in range(8)):
        hit = place in site.candidates()
        assert len(flipped(site, [start])) == hit


@pytest.mark.clause("burst/cluster")
@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_clusters_stay_in_their_bank(layout):
    """The cells of a footprint around those that are hit are those of the bank's rows and columns."""
    footprint = ((0, 0), (1, 0), (0, -1), (-1, 2), (2, 1), (10**12, 0), (0, 10**12))
    site, banks = target(21, layout), arrays(21, layout, 8)
    for trial in range(4):
        reached = []
        for start in hits(gap_table(Fraction(1, 30)), stream(5, trial, 0, "positions"), cells_of(site)):
            row, column = divmod(start, layout.columns)
            cells = {(r, c): cell for r, line in enumerate(banks[row % layout.banks]) for c, cell in enumerate(line)}
            reached += [cells.get((row // layout.banks + r, column + c)) for r, c in footprint]
        assert Cluster(Fraction(1, 30), footprint).events(5, trial, [site]) == flips_of(0, reached)


@pytest.mark.clause("burst/burst", "burst/cluster")
def test_errors():
    """What is no burst is refused in a line."""
    for arguments, message in (
        ((HALF, (HALF,), "all", "clip"), "the probabilities of lengths are 0 or more and add up to 1, not to 1/2"),
        ((HALF, (-HALF, 3 * HALF), "all", "clip"), "the probabilities of lengths are 0 or more"),
        ((HALF, (), "all", "clip"), "bursts have 1 to 64 lengths, not 0"),
        ((HALF, (Fraction(1, 65),) * 65, "all", "clip"), "bursts have 1 to 64 lengths, not 65"),
        ((HALF, (Fraction(1),), "most", "clip"), "unknown pattern 'most' of bursts; known are all, random"),
        ((HALF, (Fraction(1),), "all", "stop"), "unknown end 'stop' of bursts; known are clip, wrap"),
        ((Fraction(2), (Fraction(1),), "all", "clip"), "a rate is in 0..1, not 2"),
    ):
        with pytest.raises(ValueError, match=message):
            Burst(*arguments)
    for footprint in ((), ((0, 1), (0, 1))):
        with pytest.raises(ValueError, match="a footprint has one pair or more of a row and a column, each once, not"):
            Cluster(HALF, footprint)
    with pytest.raises(ValueError, match=r"a rate is in 0\.\.1, not -1"):
        Cluster(Fraction(-1), ((0, 0),))
