"""Accumulators against APyTypes' accumulator contexts: products of vectors and of matrices.

Its sum starts from +0, and every product is brought into the accumulator before it is added. Where it deviates is in
``ledger_of_sums.toml``: its saturating fixed-point sums do not saturate, so they are compared with what they do instead.
"""

import random
import tomllib
from fractions import Fraction
from importlib.metadata import version
from itertools import product
from pathlib import Path

import pytest
from apytypes import APyFixedAccumulatorContext, APyFixedArray, APyFloatAccumulatorContext

from refsim.spec.accumulators import Sequential
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.exact import floor_log2, is_nan, magnitude
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.products import RoundedProduct
from refsim.spec.projection import Projection

from .peer_apytypes import MODES, OVERFLOW, fixed_bits, float_array, float_bits

LEDGER = tomllib.loads(Path(__file__).with_name("ledger_of_sums.toml").read_text("utf-8"))["deviation"]
ENTRIES = [
    pytest.param(entry, marks=pytest.mark.clause(entry["clause"]), id=entry["name"])
    for entry in LEDGER
    if entry["name"].startswith("apytypes/")
]
COUNT = 30
FLOATS = [
    ("e4m3", "e5m10"),
    ("e5m2", "e5m10"),
    ("e4m3", "e4m10"),
    ("e5m10", "e5m10"),
    ("e5m10", "e8m23"),
    ("e8m7", "e8m23"),
    ("e5m10", "e4m3"),
    ("e8m23", "e8m7"),
    ("e4m3", "e4m3"),
]
FIXED = ["q7.0", "q15.0", "q3.4", "q0.7", "q31.0", "q39.0"]


def bits_of(result):
    """The only code of a result, a scalar or a matrix of one element."""
    found = result.to_bits()
    while isinstance(found, list):
        (found,) = found
    return found


def asked(xs, ys):
    """The product of two vectors, and of a row and a column."""
    return bits_of(xs @ ys), bits_of(xs.reshape((1, len(xs))) @ ys.reshape((len(ys), 1)))


def of_floats(xs, ys, source, to):
    """What a floating-point accumulator gives, in both ways."""
    with APyFloatAccumulatorContext(**float_bits(to.format.name), quantization=MODES[to.rounding.name]):
        return asked(float_array(xs, source), float_array(ys, source))


def fixed_point(name):
    """The integer bits and fraction bits of an integer or fixed-point format."""
    return {"int_bits": int(name[3:]), "frac_bits": 0} if name.startswith("int") else fixed_bits(name)


def of_fixed(xs, ys, source, to):
    """What a fixed-point accumulator gives, in both ways."""
    arrays = [APyFixedArray(codes, **fixed_point(source)) for codes in (xs, ys)]
    rules = {"quantization": MODES[to.rounding.name], "overflow": OVERFLOW[to.overflow.name]}
    with APyFixedAccumulatorContext(**fixed_point(to.format.name), **rules):
        return asked(*arrays)


def ours(xs, ys, source, to, products, start=0):
    """The specification's sum, from a code or from nothing, of products rounded by a projection."""
    format = get_format(source)
    path = Datapath(RoundedProduct(products), Sequential(to), "first", "sum", None)
    numbers = [[Number(code, format) for code in codes] for codes in (xs, ys)]
    return dot(*numbers, path, None if start is None else Number(start, to.format))


def float_codes(format, draw, count):
    """Codes of floats: many near one, some anywhere."""
    fraction = format.grid.precision - 1
    bias = (1 << format.width - 2 - fraction) - 1
    found = []
    for _ in range(count):
        exponent = min(max(bias + draw.randint(-4, 4), 0), 2 * bias)
        near = (exponent << fraction) + draw.getrandbits(fraction) + (draw.getrandbits(1) << format.width - 1)
        found.append(draw.getrandbits(format.width) if draw.random() < 0.3 else near)
    return found


def vectors(draw, codes, sign):
    """Two vectors, of which the last product often cancels the first."""
    count = draw.randint(1, 9)
    xs, ys = codes(count), codes(count)
    if count > 1 and draw.random() < 0.5:
        xs[-1], ys[-1] = sign(xs[0]), ys[0]
    return xs, ys


def is_widened(source, to):
    """Whether all bits of a product fit the register, whose exponent has as many bits."""
    (a, b), (c, d) = ((float_bits(name)["exp_bits"], float_bits(name)["man_bits"]) for name in (source, to))
    return a == c and d >= 2 * b + 1


def leaves_the_range(xs, ys, source, to):
    """Whether a finite product lies below the register's normal numbers or past all of them."""
    grid, top = to.format.grid, floor_log2(to.format.grid.magnitude(to.format.top))
    data = [[get_format(source).decode(code) for code in codes] for codes in (xs, ys)]
    pairs = [(x, y) for x, y in zip(*data, strict=True) if all(isinstance(z, Fraction) and z for z in (x, y))]
    exponents = [floor_log2(magnitude(x)) + floor_log2(magnitude(y)) for x, y in pairs]
    return any(e < grid.emin or e >= top for e in exponents)


def same(a, b, format):
    """Whether two codes are the same, or both of NaNs."""
    return a == b or (is_nan(format.decode(a)) and is_nan(format.decode(b)))


@pytest.mark.clause("accumulate/sequential", "product/rounded", "datapath/dot")
@pytest.mark.parametrize(("source", "target"), FLOATS)
def test_floating_point_sums(source, target):
    """Under every deterministic rule, with special data; but for what the ledger says of widened products."""
    format, draw, excused = get_format(source), random.Random(f"{source} {target}"), 0
    modes = [mode for mode in MODES if not mode.startswith("stochastic")]
    for rounding, _ in product(modes, range(COUNT // 2)):
        to = Projection(target, rounding, "infinity")
        xs, ys = vectors(draw, lambda n: float_codes(format, draw, n), lambda x: x ^ 1 << format.width - 1)
        if is_widened(source, target) and leaves_the_range(xs, ys, source, to):
            excused += 1
            continue
        expected = ours(xs, ys, source, to, to).code
        for found in of_floats(xs, ys, source, to):
            assert same(found, expected, to.format), (rounding, xs, ys, hex(found), hex(expected))
    assert (excused > 0) == is_widened(source, target)
    assert excused < COUNT // 3 * len(modes)


def fixed_cases(source, widths):
    """Codes that are at their ends, small, or anywhere, and registers of several widths and fractions."""
    format, draw = get_format(source), random.Random(source)
    integer, fraction = fixed_bits(source).values()
    ends = [0, 1, (1 << format.width) - 1, 1 << format.width - 1, (1 << format.width - 1) - 1]

    def codes(n):
        return [draw.choice(ends) if draw.random() < 0.6 else draw.getrandbits(format.width) for _ in range(n)]

    for extra, places, _ in product(widths, (0, 1, fraction), range(COUNT)):
        to = f"q{max(integer + extra, 1)}.{fraction + places}" if places else f"q{max(integer + extra, 1)}.0"
        yield *vectors(draw, codes, lambda x: -x % (1 << format.width)), to, draw


@pytest.mark.clause("accumulate/sequential", "product/rounded", "overflow/wrap")
@pytest.mark.parametrize("source", FIXED)
def test_wrapping_fixed_point_sums(source):
    """Registers of all widths, with as many fraction bits as the product or fewer, under every deterministic rule."""
    modes = [mode for mode in MODES if not mode.startswith("stochastic")]
    for xs, ys, target, draw in fixed_cases(source, (-2, 0, 3, 9)):
        to = Projection(target, draw.choice(modes), "wrap")
        expected = ours(xs, ys, source, to, to).code
        assert of_fixed(xs, ys, source, to) == (expected, expected)


@pytest.mark.clause("product/rounded", "overflow/saturate", "accumulate/sequential")
@pytest.mark.parametrize("source", FIXED)
def test_saturating_fixed_point_sums(source):
    """Products that saturate and sums that wrap, as the ledger says; where no sum passes an end, saturating ones too."""
    modes, within = [mode for mode in MODES if not mode.startswith("stochastic")], 0
    for xs, ys, target, draw in fixed_cases(source, (0, 3, 9)):
        rounding = draw.choice(modes)
        saturating, wrapping = (Projection(target, rounding, overflow) for overflow in ("saturate", "wrap"))
        expected = ours(xs, ys, source, wrapping, saturating)
        assert of_fixed(xs, ys, source, saturating) == (expected.code, expected.code)
        if not expected.flags & Flags.OVERFLOW:
            within += 1
            assert ours(xs, ys, source, saturating, saturating).code == expected.code
    assert within > COUNT


@pytest.mark.parametrize("entry", ENTRIES)
def test_ledger(entry):
    """The recorded version still deviates as recorded, and the specification gives what it says."""
    assert version("apytypes") == entry["version"]
    integers = entry["operands"].startswith("int")
    to = Projection(entry["register"], "ties_to_even", entry.get("overflow", "infinity"))
    peer = (of_fixed if integers else of_floats)(entry["x"], entry["y"], entry["operands"], to)
    assert {hex(code) for code in peer} == {entry["peer_gives"]}
    assert hex(ours(entry["x"], entry["y"], entry["operands"], to, to, start=None).code) == entry["specification_gives"]
