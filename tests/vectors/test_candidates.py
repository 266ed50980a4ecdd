"""Operands that are built so that the result lies where it matters: that they do, told by integers and by NumPy alone."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.operations import OPERATIONS, Kind
from refsim.vectors.candidates.pools import precision
from refsim.vectors.candidates.roots import _roots_modulo
from refsim.vectors.cells import CLASSES
from refsim.vectors.operations import Configuration
from refsim.vectors.recipes import edge

from .made import configuration

HALF = np.arange(1 << 16).astype(np.uint16).view(np.float16).astype(np.float64).tolist()
"""The numbers of binary16."""


@cache
def rows(operation, result="binary16", overflow="infinity"):
    """The operands of an edge tier in binary16."""
    formats = " ".join(["binary16"] * len(OPERATIONS[operation].roles))
    return tuple(operands for _, operands in edge(configuration(operation, formats, result, "ties_to_even", overflow)))


def finite(operation):
    """The rows of numbers alone, as fractions."""
    for operands in rows(operation):
        values = [HALF[code] for code in operands]
        if all(math.isfinite(x) for x in values):
            yield [Fraction(x) for x in values], [math.copysign(1, x) < 0 for x in values]


def significand_place(m, bits=11):
    """The place of a positive number in the gap of so many significant bits, as a fraction, exactly."""
    exponent = math.floor(math.log2(m))
    exponent += (m >= Fraction(2) ** (exponent + 1)) - (m < Fraction(2) ** exponent)
    scaled = m / Fraction(2) ** (exponent - bits + 1)
    return scaled - scaled.__floor__()


def test_quotients_lie_beside_points_and_middles():
    """There are quotients that are exact, and others that lie above and below a middle and a point by less than a 512th part
    of the gap, which one in 256 does by chance."""
    places = [
        significand_place(abs(x / y)) for (x, y), _ in finite("divide") if x and y and Fraction(1, 1000) < abs(x / y) < 1000
    ]
    near = Fraction(1, 512)
    assert sum(t == 0 for t in places) >= 8
    for middle in (Fraction(0), Fraction(1, 2), Fraction(1)):
        sides = {t > middle for t in places if 0 < abs(t - middle) < near}
        assert sides == ({True, False} if middle == Fraction(1, 2) else {middle == 0})


@pytest.mark.parametrize(("name", "bits"), [("binary32", 24), ("binary64", 53)])
def test_quotients_of_wide_formats_are_as_near_as_can_be(name, bits):
    """In formats that nobody can search, quotients lie beside a middle by a few units of the divisor's last place: no quotient
    of two numbers of p bits comes nearer to one than 2**-p of the gap."""
    c = configuration("divide", f"{name} {name}", name, "ties_to_even", "infinity")
    best = {"above": 1, "below": 1}
    for _, codes in edge(c):
        x, y = (format.decode(code) for format, code in zip(c.operands, codes, strict=True))
        if not (isinstance(x, Fraction) and isinstance(y, Fraction) and x and y and Fraction(1, 4) < abs(x / y) < 4):
            continue
        t = significand_place(abs(x / y), bits) - Fraction(1, 2)
        if t:
            side = "above" if t > 0 else "below"
            best[side] = min(best[side], abs(t))
    for distance in best.values():
        assert Fraction(1, 2 ** (bits + 1)) <= distance < Fraction(16, 2**bits)


@pytest.mark.parametrize("k", [3, 4, 8, 26, 55])
def test_lifted_square_roots(k):
    """The square roots modulo a power of two are square roots, and all of them where they can be counted."""
    for n in (1, 9, 17, -7, 33):
        found = _roots_modulo(n, k)
        assert all((r * r - n) % 2**k == 0 for r in found)
        if k <= 8:
            assert found == [r for r in range(2**k) if (r * r - n) % 2**k == 0]


@pytest.mark.parametrize("operation", ["sqrt", "rsqrt", "reciprocal"])
def test_the_hardest_arguments_of_binary16_are_there(operation):
    """The significands at which a function comes nearest to a middle, found by trying all of them in integers, are among the
    operands: three of the first four, because each cell takes some only."""
    distances = {}
    for n in range(1 << 10, 1 << 11):
        for odd in (0, 1):
            x = Fraction(n, 1 << 10) * (1 + odd)
            value = {"sqrt": x, "rsqrt": 1 / x, "reciprocal": 1 / x**2}[operation]
            # The square of the root's significand as an integer of 11 bits and a fraction.
            square = value * 4 ** (10 if value >= 1 else 11)
            root = math.isqrt(square.numerator * 2**80 // square.denominator)
            t = Fraction(root % 2**40, 2**40)
            if t:
                distances[x] = abs(t - Fraction(1, 2))
    nearest = sorted(distances, key=distances.get)[:4]
    arguments = {Fraction(HALF[code]) for (code,) in rows(operation) if math.isfinite(HALF[code])}
    step = Fraction(2 if operation == "reciprocal" else 4)
    there = [x for x in nearest if any(sign * x * step**e in arguments for e in range(-14, 15) for sign in (1, -1))]
    assert len(there) >= 3


def test_fused_distances_and_cancellation():
    """The addend lies at every distance from the product from that at which it is past its last bit to beyond its first, and
    cancels every number of its leading bits."""
    distances, depths = set(), set()
    for (x, y, z), _ in finite("fma"):
        if x * y and z:
            distances.add(math.frexp(float(z))[1] - math.frexp(float(abs(x * y)))[1])
            total = x * y + z
            if total and (x * y < 0) != (z < 0):
                depths.add(math.frexp(float(max(abs(x * y), abs(z))))[1] - math.frexp(float(abs(total)))[1])
    assert set(range(-23, 13)) <= distances
    assert set(range(21)) <= depths


def test_fused_sums_that_differ_from_unfused_ones():
    """Many sums come out otherwise where the product is rounded first, under NumPy's own binary16 arithmetic."""
    different = 0
    for (x, y, z), _ in finite("fma"):
        with np.errstate(all="ignore"):
            unfused = np.float16(np.float16(float(x)) * np.float16(float(y))) + np.float16(float(z))
            fused = np.float16(float(x) * float(y) + float(z))
        different += bool(np.isfinite(fused) and fused != unfused)
    assert different > 40


def test_signs_of_zero_of_fused_sums():
    """Zero products of both signs meet zero addends of both signs, and products that an addend cancels exactly."""
    signs = {tuple(negative) for (x, y, z), negative in finite("fma") if x * y == 0 and z == 0}
    assert {(a != b, c) for a, b, c in signs} == {(a, b) for a in (True, False) for b in (True, False)}
    assert any(x * y + z == 0 and x * y for (x, y, z), _ in finite("fma"))


@pytest.mark.parametrize("operation", ["remainder", "fmod"])
def test_quotients_of_remainders(operation):
    """Quotients are halfway between odd and even integers, small, and far greater than a significand holds, with all signs."""
    ties, sizes, signs = set(), set(), set()
    for (x, y), _ in finite(operation):
        if y and x:
            quotient = abs(x / y)
            signs.add((x < 0, y < 0))
            sizes.add(math.floor(math.log2(quotient)) if quotient >= 1 else -1)
            if (2 * quotient).denominator == 1 and (2 * quotient) % 2:
                ties.add(int(quotient) % 2)
    assert (ties, len(signs)) == ({0, 1}, 4)
    assert set(range(-1, 12)) <= sizes
    assert max(sizes) > 24


@pytest.mark.parametrize("operation", ["round_to_integral", "to_integer"])
def test_numbers_to_be_rounded_to_integers(operation):
    """Every exponent from that of an eighth to that of the last fraction, ties with odd and even integers below, of both
    signs, and the neighbours of ties."""
    found = {
        Fraction(x)
        for (code,) in rows(operation, *((), ("int8", "integer_saturate"))[operation == "to_integer"])
        if math.isfinite(x := HALF[code])
    }
    assert {math.frexp(abs(float(x)))[1] - 1 for x in found if x} >= set(range(-3, 12))
    halves = {x for x in found if (2 * x).denominator == 1 and (2 * x).numerator % 2}
    assert {(int(abs(x)) % 2, x < 0) for x in halves} == {(a, b) for a in (0, 1) for b in (True, False)}
    assert {Fraction(1, 2), Fraction(3, 2), Fraction(5, 2), Fraction(-1, 2)} <= found
    assert {Fraction(float(np.nextafter(np.float16(0.5), np.float16(to)))) for to in (0, 1)} <= found


@pytest.mark.parametrize("operation", ["minimum", "maximum_number", "minimum_magnitude", "compare_quiet_less", "total_order"])
def test_pairs_of_all_kinds(operation):
    """Zeros of both signs, equal magnitudes of opposite signs, infinities, and NaNs of both kinds stand on either side."""
    c = configuration(operation, "binary16 binary16", *(["binary16"] if OPERATIONS[operation].kind is Kind.NUMBER else []))
    pairs = {operands for _, operands in edge(c)}
    for codes in ({0x0000, 0x8000}, {0x7C00, 0xFC00}):
        assert {(a, b) for a in codes for b in codes} <= pairs
    assert any(a ^ b == 0x8000 and 0 < a & 0x7FFF < 0x7C00 for a, b in pairs)

    def kind(code):
        return "number" if code & 0x7C00 != 0x7C00 or not code & 0x3FF else "quiet" if code & 0x200 else "signaling"

    assert {(kind(a), kind(b)) for a, b in pairs} == {
        (a, b) for a in ("number", "quiet", "signaling") for b in ("number", "quiet", "signaling")
    }
    assert {code >> 15 for pair in pairs for code in pair if kind(code) == "signaling"} == {0, 1}


def test_dot_products_that_pass_the_end_and_come_back():
    """Some finite sums have a partial sum past the greatest number, for every place where it passes it."""
    c = configuration("dot_product", " ".join(["binary16"] * 8), "binary16", "ties_to_even", "infinity")
    passed = set()
    for _, codes in edge(c):
        values = [Fraction(HALF[code]) for code in codes if math.isfinite(HALF[code])]
        if len(values) == 8:
            products = [a * b for a, b in zip(values[:4], values[4:], strict=True)]
            partial = [abs(sum(products[: n + 1])) for n in range(4)]
            if partial[-1] < 65504:
                passed |= {n for n, total in enumerate(partial) if total > 65520}
    assert passed >= {0, 1, 2}


def test_functions_have_their_hard_cases():
    """Of all binary16 arguments of exp, those whose result NumPy finds nearest to a middle are among the operands, with the
    neighbours of the last one that does not overflow."""
    codes = np.array([code for code in range(1 << 16) if math.isfinite(HALF[code])])
    with np.errstate(over="ignore"):
        y = np.exp(np.array([HALF[code] for code in codes]))
    normal = (y > 2.0**-14) & (y < 65504)
    place = np.where(normal, y, 1.5) / np.exp2(np.floor(np.log2(np.where(normal, y, 1.5))) - 10)
    distance = np.where(normal, np.abs(place - np.floor(place) - 0.5), 1)
    found = {operands[0] for operands in rows("exp")}
    hardest = codes[np.argsort(distance)[:5]].tolist()
    assert len(found & set(hardest)) >= 3
    last = max((HALF[code], code) for code in codes.tolist() if math.exp(min(HALF[code], 700)) < 65520)[1]
    assert {last, last + 1} <= found


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_a_recipe(name):
    """Operations of all kinds, functions among them, have an edge tier by name alone, of known classes, of operands that stand
    once."""
    operation = OPERATIONS[name]
    number, exponent = get_format("e3m2"), get_format("int4")
    formats = tuple(exponent if role in operation.exponents else number for role in operation.roles) or (number,) * 4
    result, overflow = ("int4", "integer_saturate") if name == "to_integer" else ("e3m2", "infinity")
    to = configuration("convert", "e3m2", result, "ties_to_even", overflow).to if operation.kind is Kind.NUMBER else None
    found = edge(Configuration(name, formats, to))
    assert len({operands for _, operands in found}) == len(found) >= 16
    assert {row_class for row_class, _ in found} <= set(CLASSES)
    assert {row_class for row_class, _ in found} >= {"nan", "signaling nan"}
    if len(formats) == 1:
        assert len(found) == 64


def test_the_bits_of_formats():
    """Significant bits are IEEE 754's p, and the width of an integer."""
    assert [precision(get_format(name)) for name in ("binary16", "bfloat16", "binary64", "float8_e4m3fn", "int8")] == [
        11,
        8,
        53,
        4,
        8,
    ]
