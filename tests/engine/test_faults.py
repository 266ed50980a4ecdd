"""Faults on arrays: masks act as those of the specification, and nothing else changes."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine.array import Array, width_dtype
from refsim.engine.faults import Masks, Target, apply, effect, masks_of, same_datum, struck
from refsim.spec import faults as spec
from refsim.spec.catalogue import get_format
from refsim.spec.faults import Event, Mask
from refsim.spec.sites import Site

BYTES = st.integers(0, 255)
EVENTS = st.lists(
    st.builds(Event, st.sampled_from([0, 2]), st.integers(0, 5), st.builds(Mask, BYTES, BYTES, BYTES)), max_size=9
)
CODES = [0, 1, 127, 128, 255, 90]


def target(number, codes=CODES, name="int8"):
    """A site of codes."""
    format = get_format(name)
    return Target(number, Site(f"s{number}", "weight", format, len(codes)), Array(codes, format))


@pytest.mark.clause("fault/apply", "fault/compose")
@given(EVENTS)
def test_masks(events):
    """The masks of each site, composed; the codes that they make; back to events."""
    aimed = [target(0), target(1), target(2)]
    found, expected = masks_of(events, aimed), spec.by_site(events)
    assert list(found) == sorted(expected)
    for number, masks in found.items():
        codes = aimed[number].codes.codes
        before = codes.copy()
        assert masks.events(number) == [Event(number, e, mask) for e, mask in expected[number].items()]
        assert apply(codes, masks).tolist() == list(spec.injected(CODES, expected[number]))
        assert struck(codes[masks.elements], masks).tolist() == apply(codes, masks)[masks.elements].tolist()
        assert (codes == before).all()
        assert {masks.inverted.dtype, apply(codes, masks).dtype} == {np.dtype("uint8")}
        assert len(masks) == len(expected[number])


@pytest.mark.clause("fault/effect")
@given(st.lists(st.integers(0, (1 << 16) - 1), min_size=1, max_size=9), st.lists(st.integers(0, 15), min_size=9, max_size=9))
def test_effect(codes, bits):
    """As the specification counts them, NaNs among them."""
    format = get_format("binary16")
    codes = [0x7E00, 0xFE00, 0x8000, *codes]
    masks = {e: Mask(0, 0, 1 << bit) for e, bit in enumerate(bits[: len(codes)])}
    after = spec.injected(codes, masks)
    hit = list(masks)
    found = effect(np.array(codes, np.uint16)[hit], np.array(after, np.uint16)[hit], format)
    assert found == spec.effect(codes, after, masks, format)


def test_wide_codes():
    """Codes above 64 bits are Python's integers."""
    dtype = width_dtype(128)
    masks = Masks(np.array([1]), *(np.array([n], dtype) for n in (1 << 127, 1, 2)))
    assert apply(np.array([5, 5], dtype), masks).tolist() == [5, (1 << 127) + 6]


def test_specified():
    """The same target in the specification, with codes or without."""
    one = target(4)
    assert one.specified.codes == tuple(CODES)
    assert one.specified.site == one.site
    assert Target(4, one.site, None, ("sign",)).specified.selection == ("sign",)


REFUSED = [
    (("int8", [[1, 2]], ()), "the site s has 2 elements in a row, not (1, 2)"),
    (("int8", [1], ()), "the site s has 2 elements in a row, not (1,)"),
    (("int8", [1, 2], ("exponent",)), "codes of int8 have no field 'exponent'"),
    (("posit8", None, ("regime",)), "which bits of s are regime depends on codes that are not known"),
]


@pytest.mark.parametrize(("case", "what"), REFUSED, ids=["matrix", "count", "field", "codes"])
def test_refused(case, what):
    """In the words of the specification where there are no arrays in question."""
    name, codes, selection = case
    format = get_format(name)
    with pytest.raises(ValueError, match=re.escape(what)):
        Target(0, Site("s", "weight", format, 2), None if codes is None else Array(codes, format), selection)


@pytest.mark.clause("fault/effect")
@pytest.mark.parametrize(
    "name", ["float8_e5m2", "float8_e4m3fnuz", "binary8p3se", "posit8", "q2.5", "ternary", "lns2.3", "e3m2"]
)
def test_codes_of_one_datum(name):
    """All pairs of codes: those that stand for the same datum, by decoding both."""
    format = get_format(name)
    codes = range(1 << format.width)
    data = [format.decode(code) for code in codes]
    a, b = (np.array(part) for part in zip(*((i, j) for i in codes for j in codes if i != j), strict=True))
    assert same_datum(a, b, format).tolist() == [data[i] == data[j] for i, j in zip(a.tolist(), b.tolist(), strict=True)]
