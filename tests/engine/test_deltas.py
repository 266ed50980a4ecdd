"""Sums that are kept: which are, and that differences of terms and the writing of sums are those of whole dot products."""

from fractions import Fraction

import numpy as np
import pytest

from refsim import Array, get_format
from refsim.engine.datapaths import matmul
from refsim.engine.deltas import Written, all_written, kept
from refsim.spec.datapath_names import get_datapath

INT8, INT16 = get_format("int8"), get_format("int16")
OUT = "output=int8/ties_to_even/saturate"
KEPT = {
    "total": f"datapath(exact,total(int16/toward_zero/saturate),first,sum,{OUT})",
    "wrapping": f"datapath(exact,sequential(int9/toward_zero/wrap),first,sum,{OUT})",
    "wide": "datapath(exact,sequential(int32/toward_zero/saturate),first,sum)",
    "rounding-once": f"datapath(exact,total(q12.-3/ties_to_even/saturate),last,sum,{OUT})",
    "pairwise": f"datapath(exact,pairwise(int10/toward_zero/wrap),output,sum,{OUT})",
}
NOT_KEPT = {
    "saturating-in-order": f"datapath(exact,sequential(int16/toward_zero/saturate),first,sum,{OUT})",
    "rounding-in-order": f"datapath(exact,sequential(q12.-3/ties_to_even/wrap),first,sum,{OUT})",
    "floating-point": f"datapath(exact,sequential(binary32/ties_to_even/infinity),first,sum,{OUT})",
    "refusing": f"datapath(exact,total(int16/toward_zero/error),first,sum,{OUT})",
    "random": "datapath(exact,total(int32/toward_zero/saturate),first,sum,output=int8/stochastic_a:8/saturate)",
}


def how(path, scaled=False, length=6, formats=(INT8, INT8, None)):  # noqa: FBT002 a test's word
    """How sums are kept."""
    return kept(get_datapath(path), formats, length, 12, scaled=scaled)


def codes(shape, seed, format=INT8):
    """Any codes."""
    return Array(np.random.default_rng(seed).integers(0, 1 << format.width, shape), format)


@pytest.mark.parametrize("name", NOT_KEPT)
def test_sums_that_are_not_kept(name):
    """Order matters, something is rounded on the way, refused, or no integer."""
    assert how(NOT_KEPT[name]) is None


def test_what_else_is_not_kept():
    """No terms; scales of terms; operands that may be NaN; more bits than 62."""
    assert how(KEPT["total"]) is not None
    assert how(KEPT["total"], length=0) is None
    scaled = "datapath(exact,total(int16/toward_zero/saturate),first,terms)"
    assert how(scaled) is not None
    assert how(scaled, scaled=True) is None
    small = "datapath(exact,total(q60.20/toward_zero/saturate),first,sum)"
    e3m4, e4m3 = get_format("float8_e3m4"), get_format("float6_e2m3fn")
    assert how(small, formats=(e3m4, e3m4, None)) is None
    assert how(small, formats=(e4m3, e4m3, None)) is not None
    q = get_format("q7.24")
    wide = "datapath(exact,total(q60.60/toward_zero/saturate),first,sum)"
    assert how(wide, formats=(q, q, None), length=1) is None


@pytest.mark.parametrize("name", KEPT)
def test_differences_and_writing(name):
    """Sums of other inputs, then of other weights, are the old ones and differences; written, they are the matrix product."""
    path = get_datapath(KEPT[name])
    bias, scale = codes((3,), 4, INT16), Array(codes((3,), 5).codes & 3, INT8)
    x, w = codes((4, 6), 1), codes((3, 6), 2)
    y, v = x.codes.copy(), w.codes.copy()
    y[1:, 2] ^= 0x91
    v[2, [0, 5]] ^= 0x84
    found = kept(path, (INT8, INT8, INT16 if path.bias == "first" else None), 6, 12, scaled=True)
    total = found.sums(x.codes, w.codes)
    numbers = (x.values().astype(int), w.values().astype(int))
    unit = Fraction(2) ** found.plan.source.quantum
    np.testing.assert_array_equal(total * int(unit), numbers[0] @ numbers[1].T)
    more = found.by_inputs(lambda z, pad: z[:, [2]], x.codes, y, 0, w.codes[:, [2]])  # noqa: ARG005 there is no pad
    more = more + found.by_weights(y[:, [0, 5]], w.codes[:, [0, 5]], v[:, [0, 5]])
    wanted = matmul(Array(y, INT8), Array(v.T, INT8), path, bias, [scale])
    np.testing.assert_array_equal(total + more, found.sums(y, v))
    got = found.written(found.units(total + more, bias), bias, [scale])
    np.testing.assert_array_equal(got.codes, wanted.codes)


@pytest.mark.parametrize(
    "multiplier", ["mitchell(mitchell,0)", "rounded(int5/toward_zero/saturate)"], ids=["mitchell", "rounded"]
)
def test_products_of_a_table(multiplier):
    """Where products are no plain ones, terms are taken off and others put on."""
    formats = (get_format("int4"), get_format("int4"), None)
    path = f"datapath({multiplier},total(int12/toward_zero/saturate),first,sum)"
    found = kept(get_datapath(path), formats, 6, 400, scaled=False)
    assert found.operands is None
    x, y, w, v = (codes((n, 6), seed, formats[0]).codes for seed, n in enumerate((5, 5, 4, 4)))
    more = found.by_inputs(lambda z, pad: z, x, y, 0, w) + found.by_weights(y, w, v)  # noqa: ARG005 there is no pad
    np.testing.assert_array_equal(found.sums(x, w) + more, found.sums(y, v))


def test_looking_up_and_beyond():
    """Sums below, in and above a table."""
    table = Written(-3, np.arange(10, dtype=np.uint8))
    units = np.array([[-4, -3, 0], [6, 7, 100]], np.int32)
    assert table.of(units, lambda some: some.astype(np.uint8) + 50).tolist() == [[46, 0, 3], [9, 57, 150]]
    assert table.of(units[:0], lambda some: some).shape == (0, 3)


def test_all_that_is_written():
    """A table has every sum between the least and the greatest, and a quarter of that more on both sides."""
    found = how(KEPT["total"])
    units = np.array([-100, 300], np.int32)
    table = all_written(found, units, [])
    assert (table.low, len(table.codes)) == (-200, 601)
    every = np.arange(-200, 401, dtype=np.int32)
    np.testing.assert_array_equal(table.codes, found.written(every, None, []).codes)
    assert all_written(found, np.array([0, 1 << 20], np.int32), []) is None
