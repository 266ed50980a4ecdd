"""Fixed point against APyTypes and fxpmath: quantization, overflow, and the formats and numbers that results grow into.

Where fxpmath deviates is in ``ledger_of_fixed_point.toml``.
"""

import itertools
import operator
import tomllib
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from apytypes import APyFixedArray, OverflowMode, QuantizationMode

from refsim import Array, Number, Projection, encode, engine, get_format
from refsim.clauses import clauses
from refsim.spec import arithmetic
from refsim.spec.fixed import Fixed, fixed_of
from refsim.spec.growth import GROWTH
from refsim.spec.naming import OVERFLOW_ALIASES, ROUNDING_ALIASES

from . import peer_fxpmath

TABLES = tomllib.loads(Path(__file__).with_name("ledger_of_fixed_point.toml").read_text("utf-8"))
LEDGER = [SimpleNamespace(**table) for table in TABLES["deviation"]]
MODES, OVERFLOWS = ROUNDING_ALIASES["APyTypes"], OVERFLOW_ALIASES["APyTypes"]
CASTS = [
    *(("q4.5", "q2.1"), ("q3.6", "q1.2"), ("q4.2", "q0.4"), ("q2.3", "q4.-1"), ("q1.1", "q3.4"), ("q5.2", "q-1.3")),
    *(("q7.1", "q2.0"), ("q2.7", "q0.0"), ("q5.5", "q1.0")),
]
PAIRS = [("q1.2", "q1.2"), ("q1.2", "q2.0"), ("q0.3", "q2.-1"), ("q2.1", "q-1.4"), ("q3.0", "q0.2")]
OPERATORS = {
    "sum": ("add", operator.add),
    "difference": ("subtract", operator.sub),
    "product": ("multiply", operator.mul),
}


def apy(codes, format):
    """Codes of a signed format as an array of APyTypes."""
    integer, fraction, _ = fixed_of(format)
    return APyFixedArray([int(code) for code in codes], int_bits=integer, frac_bits=fraction)


def square(x, y):
    """All pairs of codes of two formats."""
    return (column.ravel() for column in np.meshgrid(np.arange(1 << x.width), np.arange(1 << y.width)))


def exact(codes, format):
    """The numbers of codes."""
    return [format.decode(int(code)) for code in codes]


@pytest.mark.clause("overflow/wrap", "overflow/saturate", "project/order", "project/round", "grid/uniform")
@pytest.mark.parametrize("overflow", OVERFLOWS)
@pytest.mark.parametrize("rounding", MODES)
def test_casts_of_apytypes(rounding, overflow):
    """Every code of a format casts alike, by every mode of APyTypes that is a rule of ours; NUMERIC_STD is one saturated
    bit."""
    quantization, mode = getattr(QuantizationMode, rounding), getattr(OverflowMode, overflow)
    for source, target in CASTS:
        format, to = get_format(source), Projection(target, rounding, overflow)
        codes = np.arange(1 << format.width)
        bits = fixed_of(to.format)
        cast = apy(codes, format).cast(int_bits=bits.integer, frac_bits=bits.fraction, quantization=quantization, overflow=mode)
        ours = engine.convert(Array(codes, format), to)
        assert [int(code) for code in cast.to_bits()] == ours.codes.tolist(), (source, target)
        assert [to(x).code for x in exact(codes[::9], format)] == ours.codes[::9].tolist()


@pytest.mark.clause("round/ties-to-away", "overflow/wrap")
@pytest.mark.parametrize("name", ["int8", "q2.5", "q7.8", "q15.16"])
def test_floats_to_apytypes(name):
    """Its way from floats rounds ties away from zero and wraps."""
    to = Projection(name, "ties_to_away", "wrap")
    integer, fraction, _ = fixed_of(to.format)
    x = np.concatenate([np.arange(-400, 401) / 8, np.array([0.49999999999999994, -0.49999999999999994, 1e6, -123456.5])])
    x = x * float(to.format.grid.magnitude(1))
    theirs = APyFixedArray.from_array(x, int_bits=integer, frac_bits=fraction)
    assert [int(code) for code in theirs.to_bits()] == encode(x, to).codes.tolist()


@pytest.mark.clause(
    "growth/apytypes-sum", "growth/hls-product", "growth/apytypes-negation", "arithmetic/add", "arithmetic/multiply"
)
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_growth_of_apytypes(left, right):
    """Sums, differences and products of all pairs of codes have the format of the rule, and its code in it."""
    x, y = get_format(left), get_format(right)
    a, b = square(x, y)
    for result, (name, apply) in OPERATORS.items():
        theirs, to = apply(apy(a, x), apy(b, y)), Projection(GROWTH["apytypes"][result](x, y), "toward_zero", "error")
        assert Fixed(theirs.int_bits, theirs.frac_bits, True) == fixed_of(to.format)
        ours = [getattr(arithmetic, name)(Number(int(p), x), Number(int(q), y), to).code for p, q in zip(a, b, strict=True)]
        assert [int(code) for code in theirs.to_bits()] == ours
    for result, apply in (("negation", operator.neg), ("absolute value", abs)):
        theirs, format = apply(apy(a, x)), GROWTH["apytypes"][result](x)
        assert Fixed(theirs.int_bits, theirs.frac_bits, True) == fixed_of(format)
        assert exact(theirs.to_bits(), format) == [apply(number) for number in exact(a, x)]


@pytest.mark.clause("growth/total", "growth/moved")
def test_totals_and_moved_points_of_apytypes():
    """The sum of an array grows by the bits that count its elements; a shift moves the point and no bit."""
    x = get_format("q2.3")
    for terms in range(1, 40):
        theirs = apy([0x1F] * terms, x).sum()
        format = GROWTH["apytypes"]["total"](x, terms)
        assert Fixed(theirs.int_bits, theirs.frac_bits, True) == fixed_of(format)
        assert format.decode(int(theirs.to_bits())) == terms * x.decode(0x1F)
    for places in range(-4, 5):
        theirs = apy([0x2B], x) << places
        format = GROWTH["apytypes"]["shift"](x, places)
        assert Fixed(theirs.int_bits, theirs.frac_bits, True) == fixed_of(format)
        assert exact(theirs.to_bits(), format) == [x.decode(0x2B) * Fraction(2) ** places]


@pytest.mark.clause("growth/apytypes-quotient", "arithmetic/divide", "round/toward-zero")
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_quotients_of_apytypes(left, right):
    """Quotients have the format of the rule, and are rounded toward zero."""
    x, y = get_format(left), get_format(right)
    a, b = (column[1 << x.width :] for column in square(x, y))
    theirs = apy(a, x) / apy(b, y)
    to = Projection(GROWTH["apytypes"]["quotient"](x, y), "toward_zero", "error")
    assert Fixed(theirs.int_bits, theirs.frac_bits, True) == fixed_of(to.format)
    ours = [to(p / q).code for p, q in zip(exact(a, x), exact(b, y), strict=True)]
    assert [int(code) for code in theirs.to_bits()] == ours


def floats(format):
    """Numbers at, between and next to points near zero, in the middle and about the ends; the number after them."""
    step, top = float(format.grid.magnitude(1)), format.top
    points = np.array([0, 1, 2, 5, top // 3, top // 2, top - 1, top, top + 1, top + 2, 3 * top], dtype=np.float64)
    x = (points[:, None] + np.arange(-8, 9) / 8).ravel()
    x = np.concatenate([x, -x])
    return np.unique(np.concatenate([x, np.nextafter(x, np.inf), np.nextafter(x, -np.inf)])) * step


@pytest.mark.clause(
    *("round/ties-to-even", "round/ties-to-away", "round/ties-toward-positive", "round/ties-toward-negative"),
    *("round/ties-toward-zero", "round/toward-zero", "round/toward-negative", "round/toward-positive"),
    *("overflow/wrap", "overflow/saturate", "family/fixed"),
)
@pytest.mark.parametrize("name", ["q2.5", "q7.8", "uq3.5", "int16", "q15.16", "q2.29", "q7.40", "uq8.8", "q-2.9", "q9.-2"])
def test_floats_to_fxpmath(name):
    """Every rounding method with either overflow gives our codes, but for the numbers of the ledger."""
    format = get_format(name)
    x, step = floats(format), float(format.grid.magnitude(1))
    known = {entry.mode: float.fromhex(entry.input) * step for entry in LEDGER}
    for (mode, rounding), overflow in itertools.product(peer_fxpmath.MODES.items(), ("saturate", "wrap")):
        to = Projection(format, rounding, overflow)
        ours, theirs = encode(x, to).codes.astype(object), peer_fxpmath.quantize(x, to, mode)
        assert set(x[ours != theirs]) <= {known.get(mode)}, (mode, overflow)
        assert [to(Fraction(value)).code for value in x[::29]] == ours[::29].tolist()


@pytest.mark.clause("growth/apytypes-sum", "growth/hls-product", "arithmetic/subtract")
@pytest.mark.parametrize(("left", "right"), [("q1.2", "q1.2"), ("q1.2", "q2.0"), ("q2.1", "q0.4"), ("q3.0", "q0.2")])
def test_growth_of_fxpmath(left, right):
    """Sums, differences and products of signed numbers grow as those of APyTypes do, and are as exact."""
    x, y = get_format(left), get_format(right)
    a, b = square(x, y)
    p, q = (peer_fxpmath.made([float(n) for n in exact(c, f)], f) for c, f in ((a, x), (b, y)))
    for result, (_, apply) in OPERATORS.items():
        theirs, format = apply(p, q), GROWTH["apytypes"][result](x, y)
        assert peer_fxpmath.fixed(theirs) == fixed_of(format)
        ours = [apply(m, n) for m, n in zip(exact(a, x), exact(b, y), strict=True)]
        assert exact(peer_fxpmath.codes(theirs, format), format) == ours


@pytest.mark.parametrize("entry", [pytest.param(e, marks=pytest.mark.clause(e.clause), id=e.name) for e in LEDGER])
def test_ledger(entry):
    """Each deviation is still there, in the version that it names, and the specification and the engine give what it says."""
    assert version(entry.peer) == entry.version
    assert entry.clause in clauses()
    x = float.fromhex(entry.input)
    to = Projection(entry.format, peer_fxpmath.MODES[entry.mode], entry.overflow)
    assert peer_fxpmath.quantize(np.array([x]), to, entry.mode).tolist() == [entry.peer_gives]
    assert to(Fraction(x)).code == encode([x], to).codes[0] == entry.specification_gives
