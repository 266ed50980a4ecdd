"""Sums against loops that run on the host: NumPy's float types and its own summation, ml_dtypes' types, and a C program."""

import operator
import shutil
import subprocess
from functools import reduce
from pathlib import Path

import numpy as np
import pytest

from refsim.spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Tree
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection

from . import peer_ml_dtypes
from .compare import exact, quiet

TYPES = {"binary16": np.float16, "binary32": np.float32, "binary64": np.float64}
COUNT = 60
SOURCE = Path(__file__).with_name("host_sums.c")


def sum_of(xs, ys, name, accumulator, multiplier, start=None):
    """The specification's result, as a datum."""
    format = get_format(name)
    numbers = [[Number(int(code), format) for code in codes] for codes in (xs, ys)]
    initial = None if start is None else Number(int(start), accumulator.to.format)
    return accumulator.to.format.decode(dot(*numbers, Datapath(multiplier, accumulator, "first", "sum", None), initial).code)


def halves(terms):
    """The sum of halves, the second one with the odd term."""
    half = len(terms) // 2
    return terms[0] if half == 0 else halves(terms[:half]) + halves(terms[half:])


def neighbours(terms):
    """The sum of neighbours, level by level."""
    while len(terms) > 1:
        odd = terms[len(terms) // 2 * 2 :]
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


def compensated(terms):
    """Kahan's four lines."""
    held, lost = terms[0], type(terms[0])(0)
    for term in terms[1:]:
        y = term - lost
        new = held + y
        lost = (new - held) - y
        held = new
    return held


LOOPS = {
    "sequential": (lambda terms: reduce(operator.add, terms), Sequential),
    "pairwise": (halves, Pairwise),
    "tree": (neighbours, lambda to: Tree((to,))),
    "kahan": (compensated, Kahan),
    "lanes": (
        lambda terms: reduce(operator.add, [reduce(operator.add, terms[lane::3]) for lane in range(min(3, len(terms)))]),
        lambda to: Interleaved(3, Sequential(to), Sequential(to)),
    ),
    "blocks": (
        lambda terms: reduce(operator.add, [reduce(operator.add, terms[i : i + 3]) for i in range(0, len(terms), 3)]),
        lambda to: Blocked(3, Sequential(to), Sequential(to)),
    ),
}
CLAUSES = {
    "sequential": "accumulate/sequential",
    "pairwise": "accumulate/pairwise",
    "tree": "accumulate/tree",
    "kahan": "accumulate/kahan",
    "lanes": "accumulate/interleaved",
    "blocks": "accumulate/blocked",
}
KINDS = [pytest.param(kind, marks=pytest.mark.clause(CLAUSES[kind], "product/rounded"), id=kind) for kind in LOOPS]


def codes_of(rng, format, count):
    """Codes anywhere, and half of them near one, with a value that comes back negated."""
    anywhere = rng.integers(0, 1 << min(format.width, 63), count, dtype=np.uint64)
    if format.width > 8:
        values = rng.standard_normal(count) * 2.0 ** rng.integers(-4, 5, count)
        near = values.astype(TYPES.get(format.name, np.float32)).view(f"u{format.width // 8}" if format.name in TYPES else "u4")
        near = near.astype(np.uint64) >> np.uint64(0 if format.name in TYPES else 32 - format.width)
        anywhere = np.where(rng.random(count) < 0.9, near, anywhere)
    if count > 2:
        anywhere[-1] = anywhere[0] ^ np.uint64(1 << format.width - 1)
    return anywhere


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_loops_of_numpy(kind, name):
    """Products and sums in one of NumPy's types, over and under its range too."""
    loop, make = LOOPS[kind]
    format, rng = get_format(name), np.random.default_rng(5)
    to = Projection(format, "ties_to_even", "infinity")
    for _ in range(COUNT):
        count = int(rng.integers(3, 14))
        xs, ys = codes_of(rng, format, count), codes_of(rng, format, count)
        ys[-1] = ys[0]
        with np.errstate(all="ignore"):
            a, b = (codes.astype(f"u{format.width // 8}").view(TYPES[name]) for codes in (xs, ys))
            expected = loop(list(a * b))
        assert sum_of(xs, ys, name, make(to), RoundedProduct(to)) == quiet(exact(expected))


@pytest.mark.parametrize("name", [name for name in peer_ml_dtypes.OVERFLOW if name != "float8_e8m0fnu"])
@pytest.mark.parametrize("kind", KINDS)
def test_loops_of_ml_dtypes(kind, name):
    """Products and sums in a type of ml_dtypes, each computed in binary32 and cast back, which is right for so few bits."""
    loop, make = LOOPS[kind]
    format, rng = get_format(name), np.random.default_rng(8)
    to = Projection(format, "ties_to_even", peer_ml_dtypes.OVERFLOW[name])
    for _ in range(COUNT):
        count = int(rng.integers(3, 14))
        xs, ys = codes_of(rng, format, count), codes_of(rng, format, count)
        with np.errstate(all="ignore"):
            a, b = (peer_ml_dtypes.from_codes(codes, name) for codes in (xs, ys))
            expected = loop(list(a * b))
            expected = peer_ml_dtypes.to_float64(np.array([expected]))[0]
        assert sum_of(xs, ys, name, make(to), RoundedProduct(to)) == quiet(exact(expected))


@pytest.mark.clause("accumulate/interleaved", "accumulate/tree", "accumulate/sequential")
@pytest.mark.parametrize("name", ["binary32", "binary64"])
def test_the_sum_of_numpy(name):
    """What NumPy does with up to 128 neighbours in memory: eight lanes, added up as a tree, then the terms that are left."""
    to, rng = Projection(name, "ties_to_even", "infinity"), np.random.default_rng(11)
    lanes = Interleaved(8, Sequential(to), Tree((to,)))
    for count in (8, 9, 16, 23, 64, 100, 127):
        terms, whole = rng.standard_normal(count).astype(TYPES[name]), count // 8 * 8
        xs, ones = (array.view(f"u{array.itemsize}") for array in (terms, np.ones_like(terms)))
        start = to(sum_of(xs[:whole], ones[:whole], name, lanes, ExactProduct())).code
        found = sum_of(xs[whole:], ones[whole:], name, Sequential(to), ExactProduct(), start)
        assert found == exact(np.add.reduce(terms))


SINGLE = Projection("binary32", "ties_to_even", "infinity")
ADDED = {
    "plain": (RoundedProduct(SINGLE), "binary32"),
    "fused": (ExactProduct(), "binary32"),
    "double": (ExactProduct(), "binary64"),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The C program, compiled without contraction of products and sums."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.skip("no C compiler is installed")
    built = tmp_path_factory.mktemp("sums") / "host_sums"
    subprocess.run([compiler, "-O1", "-ffp-contract=off", "-o", built, SOURCE, "-lm"], check=True)
    return built


def in_c(program, kind, rows):
    """What the program gives for rows of initial value and products: codes in hexadecimal, one a line."""
    lines = "".join(" ".join(f"{int(code):x}" for code in row) + "\n" for row in rows)
    done = subprocess.run([program, kind], input=lines, capture_output=True, text=True, check=True)
    return [int(word, 16) for word in done.stdout.split()]


@pytest.mark.clause("accumulate/sequential", "product/exact", "product/rounded", "datapath/dot")
@pytest.mark.parametrize("kind", ADDED)
def test_loops_of_c(program, kind):
    """float with a product and a sum, float with fmaf, and products of floats in double, on data of all kinds."""
    multiplier, target = ADDED[kind]
    single, to, rng = get_format("binary32"), Projection(target, "ties_to_even", "infinity"), np.random.default_rng(3)
    rows, cases = [], []
    for _ in range(COUNT * 5):
        count = int(rng.integers(1, 10))
        xs, ys = codes_of(rng, single, count), codes_of(rng, single, count)
        ys[-1] = ys[0]
        start = codes_of(rng, to.format, 1)[0]
        rows.append([start, *(code for pair in zip(xs, ys, strict=True) for code in pair)])
        cases.append((xs, ys, start))
    for (xs, ys, start), code in zip(cases, in_c(program, kind, rows), strict=True):
        expected = sum_of(xs, ys, "binary32", Sequential(to), multiplier, start)
        assert expected == quiet(to.format.decode(code))


@pytest.mark.clause("accumulate/sequential", "overflow/saturate", "overflow/wrap")
@pytest.mark.parametrize(("kind", "overflow"), [("saturating", "saturate"), ("wrapping", "wrap")])
def test_integer_loops_of_c(program, kind, overflow):
    """int8 times int8 into int16: by a comparison before each addition, and by a conversion after it."""
    to, rng = Projection("int16", "toward_zero", overflow), np.random.default_rng(4)
    rows, cases = [], []
    for _ in range(COUNT * 5):
        count = int(rng.integers(1, 10))
        xs, ys = (rng.choice([0, 1, 127, 128, 129, 255, int(rng.integers(256))], count) for _ in "xy")
        start = int(rng.integers(1 << 16))
        rows.append([start, *(code for pair in zip(xs, ys, strict=True) for code in pair)])
        cases.append((xs, ys, start))
    for (xs, ys, start), code in zip(cases, in_c(program, kind, rows), strict=True):
        assert sum_of(xs, ys, "int8", Sequential(to), ExactProduct(), start) == to.format.decode(code)
