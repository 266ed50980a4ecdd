"""The engine is the specification: dynamic fixed point, its counts, and whole traces of controllers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine import dynamic as engine
from refsim.spec import dynamic as spec
from refsim.spec.dynamic import COUNTED, MEANS, Control, Dynamic, published
from refsim.spec.exact import NEGATIVE_INFINITY
from refsim.spec.formats import Unrepresentable
from refsim.spec.rounding import DETERMINISTIC

from .engine.places import exact

EXTREMES = [0.0, -0.0, np.inf, -np.inf, 1e300, -1e300, 5e-324]
numbers = st.integers(-600, 600).map(lambda n: n / 32) | st.floats(-40, 40) | st.sampled_from(EXTREMES)


def ends(to, radix):
    """Every code's number, every middle, and the numbers of binary64 beside them, to past the end."""
    last = to.last(radix)
    step = to.format(radix).grid.magnitude(1)
    places = [n * step / 2 for n in range(-2 * int(last / step) - 6, 2 * int(last / step) + 7)]
    found = np.array([float(x) for x in places])
    return np.concatenate([found, np.nextafter(found, np.inf), np.nextafter(found, -np.inf), EXTREMES])


@pytest.mark.clause("dynamic/quantize", "dynamic/format", "dynamic/at-end", "dynamic/past-end")
@pytest.mark.parametrize(
    ("width", "radix"), [(2, -7), (2, 3), (3, 0), (4, 12), (5, -7), (5, 3), (6, 0), pytest.param(8, 3, marks=pytest.mark.slow)]
)
def test_every_place(width, radix):
    """Codes, flags and counts, under every deterministic rule."""
    for rounding in DETERMINISTIC:
        for overflow in ("saturate", "saturate_symmetric"):
            to = Dynamic(width, rounding, overflow)
            xs = ends(to, radix)
            data = [exact(x) for x in xs]
            found = [spec.quantize(x, radix, to) for x in data]
            codes, flags = engine.quantize(xs, radix, to, flags=True)
            assert (codes.codes.tolist(), flags.tolist()) == ([r.code for r in found], [int(r.flags) for r in found])
            held = [to.format(radix).decode(r.code) for r in found]
            assert engine.at_end(to, radix, codes) == spec.at_end(to, radix, held)
            assert engine.at_end(to, radix - 1, codes) == spec.at_end(to, radix - 1, held)
            assert engine.at_end(to, radix, xs) == spec.at_end(to, radix, data)
            assert engine.past_end(to, radix, xs) == spec.past_end(to, radix, data)


@pytest.mark.clause("dynamic/at-end", "dynamic/past-end")
@pytest.mark.parametrize("width", [10, 12, 16, 17, 32])
def test_counts_of_wide_codes(width):
    """Codes at, beside and opposite the last one and half of it."""
    to = published(f"dfxp{width}")
    last = (1 << width - 1) - 1
    signed = [n + s for n in (0, last // 2, last // 2 + 1, last) for s in (-1, 0, 1) if n + s <= last]
    signed += [-n for n in signed if n >= 0] + [-last - 1]
    held = [Fraction(n, 4) for n in signed]
    radix = width - 3
    codes = engine.Array(np.array([n % (1 << width) for n in signed], np.uint64), to.format(radix))
    assert engine.at_end(to, radix, codes) == spec.at_end(to, radix, held)
    assert engine.at_end(to, radix, np.array([float(x) for x in held])) == spec.at_end(to, radix, held)
    objects = np.array([*held, NEGATIVE_INFINITY], dtype=object)
    assert engine.at_end(to, radix, objects) == spec.at_end(to, radix, [*held, NEGATIVE_INFINITY])
    assert engine.past_end(to, radix, objects) == spec.past_end(to, radix, [*held, NEGATIVE_INFINITY])
    for far in (1024, -1024):
        xs = np.array([np.finfo(float).max, 2.0**1023, -(2.0**1022), 2.0**-1025, -(2.0**-1026), 5e-324, np.inf])
        assert engine.at_end(to, far, xs) == spec.at_end(to, far, [exact(x) for x in xs])


@pytest.mark.clause(
    "dynamic/observe", "dynamic/count", "dynamic/rates", "dynamic/update", "dynamic/quantize", "dynamic/restart"
)
@given(
    st.lists(st.lists(numbers, max_size=6), max_size=8),
    st.integers(2, 9),
    st.sampled_from(COUNTED),
    st.sampled_from(MEANS),
    st.integers(1, 3),
    st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2)]),
)
def test_traces(batches, width, counted, mean, period, rate):
    """The codes of every batch and the state after it."""
    control = Control(published(f"dfxp{width}"), rate, period, -3, 6, counted, mean)
    start = spec.restart(control.start(2)._replace(batches=1, numbers=4, overflows=1, halved=2))
    expected = spec.run(control, start, [[exact(x) for x in batch] for batch in batches])
    found = engine.run(control, start, [np.array(batch) for batch in batches])
    assert [(tuple(codes.codes.tolist()), state) for codes, state in found] == [tuple(seen) for seen in expected]
    assert all(codes.format == control.to.format(state.radix) for (codes, _), state in zip(found, [start], strict=False))


@pytest.mark.clause("dynamic/observe", "dynamic/past-end")
def test_draws_and_shapes():
    """One draw a number; a batch has any shape."""
    to = Dynamic(5, "stochastic_b:2", "saturate_symmetric")
    xs, draws = np.linspace(-9, 9, 40).reshape(5, 8), np.arange(40).reshape(5, 8) % 4
    for counted in COUNTED:
        control = Control(to, Fraction(1, 10), 1, -9, 9, counted, "seen")
        codes, state = engine.observe(control, control.start(3), xs, draws)
        expected = spec.observe(control, control.start(3), [exact(x) for x in xs.flat], [int(d) for d in draws.flat])
        assert (tuple(codes.codes.reshape(-1).tolist()), state) == expected
        assert codes.shape == (5, 8)


@pytest.mark.clause("dynamic/at-end", "dynamic/quantize")
def test_refusals():
    """What the specification refuses, with its errors."""
    to = published("dfxp6")
    with pytest.raises(Unrepresentable, match=r"^q2\.3 has no code for nan$"):
        engine.quantize([1.0, np.nan], 2, to)
    with pytest.raises(ValueError, match=r"^nan has no finite magnitude$"):
        engine.at_end(to, 2, np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match=r"^nan has no finite magnitude$"):
        spec.at_end(to, 2, [exact(np.nan)])
    with pytest.raises(ValueError, match=r"^a radix of dfxp6 is -1024 to 1024, not 2000$"):
        engine.quantize([1.0], 2000, to)
