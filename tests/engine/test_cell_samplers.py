"""Samplers of cells on arrays: the same faults as the specification's, errors included."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine.array import Array, code_dtype
from refsim.engine.cell_samplers import SAMPLERS
from refsim.engine.faults import Target, masks_of
from refsim.engine.samplers import sample
from refsim.spec.bursts import Burst, Cluster
from refsim.spec.catalogue import get_format
from refsim.spec.cells import Asymmetric, Banked, PerBit, StuckAt
from refsim.spec.layouts import Layout
from refsim.spec.randomness import WORD32, WORD64, stream, word32, word64
from refsim.spec.sites import Site
from refsim.spec.value_faults import Constant, Moved, Negated, Random, Zeroed

ZERO, ONE, HALF, TENTH = Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 10)
PLAIN = Layout(16)
FORMATS = ["int4", "int8", "posit8", "float8_e5m2", "binary16", "binary32", "binary64", "posit64", "binary128"]
FIELDS = {"posit8": ("regime",), "posit64": ("exponent", 3), "int4": (0, 3), "int8": ("sign",)}


def target(name, count, layout=PLAIN, selection=(), number=0, *, known=True, seed=0):
    """A site of a format; its codes are at random or, where they are not known, none."""
    format = get_format(name)
    bits = np.random.default_rng(seed).bytes(count * 16)
    codes = [int.from_bytes(bits[16 * i : 16 * i + 16], "little") % (1 << format.width) for i in range(count)]
    array = Array(np.array(codes, code_dtype(format)), format) if known else None
    return Target(number, Site(f"site {number}", "weight", format, count, layout), array, selection)


def outcome(function, *arguments):
    """What a function gives, or which error it raises."""
    try:
        return function(*arguments)
    except (ValueError, OverflowError) as error:
        return type(error), str(error)


def compare(model, seed, trial, targets):
    """The masks on arrays are those of the events, of the same dtypes."""
    wanted = outcome(lambda: masks_of(model.events(seed, trial, [one.specified for one in targets]), targets))
    found = outcome(sample, model, seed, trial, targets)
    if isinstance(wanted, tuple) or isinstance(found, tuple):
        assert found == wanted
        return
    assert list(found) == sorted(wanted)
    for number, masks in found.items():
        assert masks.events(number) == wanted[number].events(number)
        for part in ("elements", "inverted", "cleared", "set"):
            assert getattr(masks, part).dtype == getattr(wanted[number], part).dtype
            assert getattr(masks, part).shape == getattr(wanted[number], part).shape


RATES = st.sampled_from([ZERO, Fraction(1, 100), TENTH, Fraction(1, 3), Fraction(99, 100), ONE, Fraction(1, 1 << 70)])
LENGTHS = st.sampled_from([(ONE,), (ZERO, ONE), (HALF, ZERO, HALF), (ZERO,) * 63 + (ONE,), (Fraction(1, 3),) * 3])
OFFSETS = st.tuples(st.integers(-3, 3), st.integers(-5, 5))
MODELS = st.one_of(
    st.builds(Burst, RATES, LENGTHS, st.sampled_from(["all", "random"]), st.sampled_from(["clip", "wrap"])),
    st.builds(Cluster, RATES, st.lists(OFFSETS, min_size=1, max_size=5, unique=True).map(tuple)),
    st.builds(Asymmetric, RATES, RATES),
    st.builds(StuckAt, RATES, RATES),
    st.builds(
        lambda p, factors: Banked(p / 2, tuple(factors)),
        RATES,
        st.lists(st.sampled_from([ZERO, HALF, 2 * ONE]), min_size=1, max_size=3),
    ),
    st.builds(
        lambda rates, width: PerBit(tuple(rates * 64)[:width]),
        st.lists(RATES, min_size=3, max_size=3),
        st.sampled_from([4, 8, 16, 64]),
    ),
    st.builds(Zeroed, RATES),
    st.builds(Constant, RATES, st.integers(0, 300)),
    st.builds(Random, RATES),
    st.builds(Negated, RATES),
    st.builds(Moved, RATES, st.integers(-3, 3)),
)
LAYOUTS = st.builds(Layout, st.sampled_from([1, 5, 16, 64]), st.integers(1, 4), st.integers(1, 3))


@st.composite
def targets_of(draw):
    """One site or two, of any formats, layouts and selections."""
    found = []
    for number in draw(st.permutations([0, 3]))[: draw(st.integers(1, 2))]:
        name = draw(st.sampled_from(FORMATS))
        selection = FIELDS.get(name, (1, 6)) if draw(st.booleans()) else ()
        known = draw(st.booleans()) or (name.startswith("posit") and bool(selection))
        found.append(
            target(name, draw(st.integers(0, 20)), draw(LAYOUTS), selection, number, known=known, seed=draw(st.integers(0, 9)))
        )
    return found


@given(MODELS, st.integers(0, WORD64), st.integers(0, WORD32), targets_of())
def test_any_model(model, seed, trial, targets):
    """Any model at any sites."""
    compare(model, seed, trial, targets)


AIMED = [
    Burst(TENTH, (HALF, ZERO, Fraction(1, 4), Fraction(1, 4)), "random", "clip"),
    Burst(TENTH, (ZERO,) * 63 + (ONE,), "random", "wrap"),
    Burst(ONE, (ZERO, ONE), "all", "clip"),
    Cluster(TENTH, ((0, 0), (1, 0), (-1, 1), (10**17, 0), (0, -(10**17)))),
    Asymmetric(TENTH, Fraction(1, 30)),
    Asymmetric(ZERO, ONE),
    StuckAt(TENTH, Fraction(1, 3)),
    StuckAt(TENTH, ONE),
    Banked(TENTH, (HALF, ZERO, 2 * ONE)),
    Banked(ZERO, (HALF, ZERO, 2 * ONE)),
    PerBit((ZERO, ONE, TENTH, TENTH, HALF, ZERO, Fraction(1, 100), TENTH)),
    Zeroed(TENTH),
    Constant(TENTH, 255),
    Random(TENTH),
    Negated(TENTH),
    Moved(TENTH, 7),
]


@pytest.mark.parametrize("model", AIMED, ids=range(len(AIMED)))
def test_aimed(model):
    """Sites of a thousand bits; of posits, whose fields are those of each code; of registers, and of nothing."""
    layout = Layout(48, 4, 3)
    for trial in range(2):
        compare(model, 7, trial, [target("int8", 200, layout), target("posit8", 150, layout, number=1)])
        compare(model, 7, trial, [target("posit8", 200, layout, ("regime", 0)), target("int8", 0, layout, number=2)])
        compare(model, 7, trial, [target("int8", 200, layout, ("sign", 2), known=False)])
    compare(model, -1, 0, [target("int8", 30, layout)])
    compare(model, 0, 1 << 32, [target("int8", 30, layout)])


@pytest.mark.parametrize("name", FORMATS[4:])
def test_wide_codes(name):
    """Formats of up to 64 bits, and of more, which are Python integers."""
    width = get_format(name).width
    for model in (*AIMED[:10], PerBit((TENTH,) * width), *AIMED[11:]):
        compare(model, 3, 1, [target(name, 60, Layout(48, 2, 3))])


def test_words_at_thresholds():
    """A word that is a threshold is not below it: of a length, and of a mark."""
    site = target("int8", 30)
    shape = Fraction(word32(stream(1, 0, 0, "shapes"), 0), 1 << 32)
    mark = Fraction(word64(stream(1, 0, 0, "marks"), 0), 1 << 64)
    above = mark + Fraction(1, 1 << 64)
    compare(Burst(TENTH, (shape, 1 - shape), "all", "clip"), 1, 0, [site])
    for model in (StuckAt(TENTH, mark), StuckAt(TENTH, above)):
        compare(model, 1, 0, [site])
        (masks,) = sample(model, 1, 0, [site]).values()
        assert (masks.set[0] > 0) == (model.ones == above)


def test_every_model_is_there():
    """All models of cells go on arrays, none by events."""
    assert set(SAMPLERS) == {type(model) for model in AIMED}


def test_large_sites():
    """Ten million bits, of which few are hit: what is hit in front is what the specification's search says."""
    site = target("int8", 1_250_000, Layout(512, 4, 2))
    rate = Fraction(1, 10**6)
    for model in (
        Burst(rate, (ZERO, ZERO, ONE), "all", "clip"),
        Cluster(rate, ((0, 0), (1, 0))),
        Asymmetric(rate, HALF * rate),
        StuckAt(rate, HALF),
        Banked(rate, (HALF, ONE)),
        PerBit((rate,) * 8),
    ):
        (masks,) = sample(model, 1, 0, [site]).values()
        hits = np.bitwise_count(masks.inverted | masks.cleared | masks.set).sum()
        assert 0 < hits < 60
        assert (np.diff(masks.elements) > 0).all()
