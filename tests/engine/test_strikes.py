"""What rates hit, what marks keep, and bits as masks, against the specification and plain lists."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine.faults import Target
from refsim.engine.strikes import kept, masks_of_bits, struck
from refsim.spec import samplers
from refsim.spec.catalogue import get_format
from refsim.spec.cells import becoming
from refsim.spec.faults import Event, by_site
from refsim.spec.sites import Site


@given(st.fractions(0, 1, max_denominator=200), st.integers(0, 2**64 - 1), st.integers(0, 400))
def test_struck(p, seed, count):
    """The numbers of the specification."""
    assert struck(p, seed, 3, 1, count).tolist() == samplers.struck(p, seed, 3, 1, count)


def test_no_rate():
    """Refused as there."""
    with pytest.raises(ValueError, match=r"a rate is in 0\.\.1, not 2"):
        struck(Fraction(2), 1, 1, 1, 1)


def test_kept():
    """Marks below the limit, which can be one more than the greatest mark."""
    marks = np.array([0, 1, 2**63, 2**64 - 1], np.uint64)
    for limit, wanted in ((0, 0), (1, 1), (2, 2), (2**63, 2), (2**64 - 1, 3), (2**64, 4)):
        assert kept(marks, limit).tolist() == [True] * wanted + [False] * (4 - wanted)


WAYS = st.sampled_from([(True, True), (True, False), (False, True)])
BITS = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 127)), WAYS, max_size=20)


@given(BITS, st.sampled_from(["int4", "int8", "binary32", "binary64", "binary128"]))
def test_masks_of_bits(found, name):
    """One mask for each element, of the bits that rise, fall or do both."""
    format = get_format(name)
    places = sorted((place, ways) for place, ways in found.items() if place[1] < format.width)
    target = Target(2, Site("w", "weight", format, 6), None)
    elements, bits = (np.array([place[i] for place, _ in places], np.int64) for i in (0, 1))
    rises, falls = (np.array([ways[i] for _, ways in places], bool) for i in (0, 1))
    masks = masks_of_bits(target, elements, bits, rises, falls)
    wanted = by_site(Event(2, element, becoming(1 << bit, *ways)) for (element, bit), ways in places).get(2, {})
    assert masks.events(2) == [Event(2, element, mask) for element, mask in wanted.items()]
