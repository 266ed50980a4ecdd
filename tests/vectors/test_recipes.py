"""The choice of operands: every situation that can occur occurs, and the choice is the same everywhere."""

import hashlib
import math
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise, product

import ml_dtypes
import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special
from refsim.vectors.candidates.conversions import conversion_sources
from refsim.vectors.candidates.pools import pool
from refsim.vectors.catalogue_of_mutants import MUTANTS
from refsim.vectors.cells import CLASSES, cell
from refsim.vectors.mutants import killed
from refsim.vectors.recipes import edge, exhaustive
from refsim.vectors.smoke import SIZE, smoke
from refsim.vectors.suites import matching

from .made import chosen, configuration, published

ADD_E4M3, ADD_E5M2 = (f"add/{name}/ties_to_even.saturate.edge" for name in ("float8_e4m3fn", "float8_e5m2"))
ADD_BINARY16, MULTIPLY_E4M3 = "add/binary16/ties_to_even.infinity.edge", "multiply/float8_e4m3fn/ties_to_even.saturate.edge"
TO_E4M3 = "convert/binary32-to-float8_e4m3fn/ties_to_even.saturate.edge"

CANNOT_OCCUR = {
    ADD_E4M3: {
        # The format has neither infinities nor signaling NaNs, and a sum is a multiple of the least number.
        *("infinity", "invalid", "signaling nan"),
        *("subnormal tie", "vanished below the least"),
    },
    MULTIPLY_E4M3: {
        # Likewise; the product of two numbers of 4 bits has 8, so a normal one lies at a sixteenth of its gap at the nearest.
        *("infinity", "invalid", "signaling nan"),
        *("just above a point", "just beside a tie", "just below a point"),
        "vanished sum",
    },
    TO_E4M3: {"vanished sum", "invalid"},
}
"""Classes that no operands of a configuration lie in, with the reason."""


OF_OTHERS = {"pole", "less", "equal", "greater", "number"}
"""Classes of divisions, comparisons and operations on codes."""


@pytest.mark.parametrize("name", CANNOT_OCCUR)
def test_every_class_that_can_occur_occurs(name):
    """An edge suite has vectors of every class but those that a reason rules out."""
    assert {found for found, _ in chosen(name)} == set(CLASSES) - CANNOT_OCCUR[name] - OF_OTHERS


@pytest.mark.parametrize("operation", ["add", "subtract", "multiply"])
@pytest.mark.parametrize("format", ["float6_e3m2fn", "e3m2"])
def test_no_class_of_all_pairs_is_left_out(operation, format):
    """The edge tier has every class that some pair of codes lies in, and every cell of every one."""
    c = configuration(operation, f"{format} {format}", format)
    found, every = edge(c), list(exhaustive(c))
    assert len(found) < len(every) == 64 * 64
    assert {name for name, _ in found} == {cell(c, codes)[0] for codes in every}
    assert {key for _, codes in found for key in cell(c, codes)[1]} == {key for codes in every for key in cell(c, codes)[1]}


def numbers(name):
    """The numbers of all codes of a format, by NumPy and ml_dtypes alone."""
    dtype = np.dtype(np.float16 if name == "binary16" else getattr(ml_dtypes, name))
    with np.errstate(invalid="ignore"):
        return np.arange(1 << get_format(name).width).astype(f"u{dtype.itemsize}").view(dtype).astype(np.float64).tolist()


def finite_pairs(name, format):
    """The pairs of finite numbers other than zero in an edge suite of two operands, as binary64."""
    value = numbers(format)
    pairs = [(value[a], value[b]) for _, (a, b) in chosen(name)]
    return [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y) and x and y]


@pytest.mark.parametrize(("name", "format", "precision"), [(ADD_E5M2, "float8_e5m2", 3), (ADD_BINARY16, "binary16", 11)])
def test_distances_of_addends(name, format, precision):
    """Exponents of addends differ by every number from -(p + 4) to p + 4, with equal signs and with opposite ones."""
    pairs = finite_pairs(name, format)
    found = {(math.frexp(x)[1] - math.frexp(y)[1], (x < 0) == (y < 0)) for x, y in pairs}
    assert set(product(range(-precision - 4, precision + 5), (True, False))) <= found


@pytest.mark.parametrize(("name", "format", "precision"), [(ADD_E5M2, "float8_e5m2", 3), (ADD_BINARY16, "binary16", 11)])
def test_depths_of_cancellation(name, format, precision):
    """Sums cancel by every number of bits from none to p, and vanish, with the greater addend on either side."""
    found = Counter()
    for x, y in finite_pairs(name, format):
        if (x < 0) != (y < 0):
            depth = max(math.frexp(x)[1], math.frexp(y)[1]) - math.frexp(x + y)[1] if x + y else "all"
            found[depth, abs(x) > abs(y)] += 1
    assert {(depth, side) for depth in range(precision + 1) for side in (True, False)} <= set(found)
    assert found["all", False]


@pytest.mark.parametrize(
    ("name", "format"), [(ADD_E5M2, "float8_e5m2"), (ADD_BINARY16, "binary16"), (ADD_E4M3, "float8_e4m3fn")]
)
def test_ties_of_sums(name, format):
    """There are sums in the middle between two numbers of the format, of either sign, with the even one below and above."""
    ends = sorted({abs(x) for x in numbers(format) if math.isfinite(x)})
    middles = {(low + high) / 2: n % 2 for n, (low, high) in enumerate(pairwise(ends))}
    found = Counter((middles[abs(x + y)], x + y < 0) for x, y in finite_pairs(name, format) if abs(x + y) in middles)
    assert all(found[parity, negative] >= 4 for parity in (0, 1) for negative in (False, True))


@pytest.mark.parametrize("format", ["float8_e4m3fn", "float8_e5m2", "float6_e2m3fn", "float4_e2m1fn"])
def test_conversions_stand_at_and_beside_every_point_and_middle(format):
    """Every number of the result's format, every middle between two, and the first middle past the end are among the source
    codes, of both signs, each with its neighbours in binary32."""
    ends = np.array(sorted({abs(x) for x in numbers(format) if math.isfinite(x)}), np.float32)
    past = ends[-1] + (ends[-1] - ends[-2]) / 2
    places = np.concatenate([ends, (ends[:-1] + ends[1:]) / 2, [past]]).astype(np.float32)
    around = np.concatenate([places, np.nextafter(places, np.float32(np.inf)), np.nextafter(places, np.float32(-np.inf))])
    wanted = np.concatenate([around, -around]).view(np.uint32)
    c = configuration("convert", "binary32", format)
    assert set(wanted.tolist()) <= set(conversion_sources(c.operands[0], c.to))


def test_conversions_have_the_ends_of_the_source():
    """The source's zeros, its least and greatest numbers, infinities and NaNs of every kind are converted too."""
    codes = {operands[0] for _, operands in chosen(TO_E4M3)}
    info = np.finfo(np.float32)
    ends = np.array([0, info.smallest_subnormal, info.max, np.inf], np.float32)
    assert set(np.concatenate([ends, -ends]).view(np.uint32).tolist()) <= codes
    assert {0x7FC00000, 0x7FFFFFFF, 0x7F800001, 0x7FBFFFFF, 0xFFC00000, 0xFF800001} <= codes


def test_stochastic_conversions_have_the_random_bits_that_matter():
    """Every source is drawn with the least and the greatest bits and with those where the magnitude begins to go up."""
    name = "convert/bfloat16-to-float6_e2m3fn/stochastic_a-3.saturate.edge"
    c, draws = published(name).configuration, {}
    for _, (code, draw) in chosen(name):
        draws.setdefault(code, set()).add(draw)
    for code, bits in draws.items():
        assert bits >= ({0} if isinstance(c.exact((code,)), Special) else {0, 7})
        results = [c.results((code, draw))[0] for draw in range(8)]
        turn = next((draw for draw in range(1, 8) if results[draw] != results[draw - 1]), None)
        assert turn is None or {turn - 1, turn} <= bits


def test_modes_can_be_compared_row_by_row():
    """An operation on two operands has the same rows in every mode."""
    rows = [
        sorted(codes for _, codes in chosen(f"multiply/float8_e4m3fn/{mode}.edge"))
        for mode in ("ties_to_even.saturate", "ties_to_even.infinity", "toward_negative.infinity")
    ]
    assert rows[0] == rows[1] == rows[2]


def test_rows_are_sorted_and_stand_once():
    """Rows are in the order of their classes, and of their operands in each class."""
    for name in (ADD_E4M3, TO_E4M3):
        keys = [(CLASSES.index(found), operands) for found, operands in chosen(name)]
        assert keys == sorted(set(keys))


def test_refusals_are_no_vectors():
    """Operands without a result, a NaN for a format that has none, are left out."""
    c = published("convert/binary32-to-float4_e2m1fn/ties_to_even.saturate.edge").configuration
    assert any(code & 0x7FFFFFFF > 0x7F800000 for code in conversion_sources(c.operands[0], c.to))
    assert not any(code & 0x7FFFFFFF > 0x7F800000 for _, (code,) in edge(c))


@pytest.mark.parametrize("name", ["binary16", "bfloat16", "tf32", "int16", "q7.8"])
def test_a_pool_has_the_ends(name):
    """The pool of a wide format holds zero, the least and greatest numbers of both signs, and every special datum."""
    format = get_format(name)
    wanted = {format.code(sign, n) for sign in (False, True) for n in (0, 1, format.limit(sign) - 1, format.limit(sign))}
    wanted |= {block.first for block in format.specials} | {block.last for block in format.specials}
    assert wanted <= set(pool(format))
    assert pool(format) == sorted(set(pool(format)))


SMOKE = [
    ("multiply", "float4_e2m1fn float4_e2m1fn", "float4_e2m1fn"),
    ("multiply", "float6_e2m3fn float6_e2m3fn", "float6_e2m3fn"),
    ("add", "float6_e3m2fn float6_e3m2fn", "float6_e3m2fn"),
    ("add", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity"),
    ("convert", "binary32", "float8_e5m2fnuz"),
    ("convert", "e4m3", "float4_e2m1fn", "stochastic_c:3"),
    ("convert", "binary32", "int8", "toward_negative", "wrap"),
]


@pytest.mark.parametrize("names", SMOKE, ids="/".join)
def test_smoke_notices_what_edge_notices(names):
    """At most 16 vectors of the edge tier notice every mutant that the whole tier notices."""
    c = configuration(*names)
    few, many = smoke(c), edge(c)
    assert 0 < len(few) <= SIZE == 16
    assert len(set(few)) == len(few)
    assert set(few) <= set(many)

    def noticed(rows):
        relevant = {mutant.name: mutant for mutant in MUTANTS if mutant.applies(c)}
        for _, operands in rows:
            expected = c.results(operands)
            hits = [name for name, m in relevant.items() if killed(m, c, operands, expected, flags=True)]
            yield from hits
            for name in hits:
                del relevant[name]

    assert set(noticed(few)) == set(noticed(many)) != set()


MAKE = (
    "import hashlib, sys; from refsim.vectors.suites import matching;"
    "print(hashlib.sha256(''.join(s.text() for s in matching(tuple(sys.argv[1:]))).encode()).hexdigest())"
)


def test_the_choice_does_not_depend_on_the_process():
    """Processes with different hash seeds make the same bytes, those that this process makes."""
    names = [
        "multiply/float6_e2m3fn/*.smoke",
        "add/float4_e2m1fn/*",
        "convert/bfloat16-to-float6*a-3*",
        "convert/*-to-int8/*zero*",
    ]
    text = "".join(suite.text() for suite in matching(tuple(names)))
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", MAKE, *names], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == hashlib.sha256(text.encode()).hexdigest()
