"""Steps of levels: the known groups, the least error of every choice of levels, and what must be refused."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.levels import (
    METHODS,
    NEAREST,
    alternate,
    alternating,
    find_step,
    method_of,
    published,
    quantize,
    quantize_group,
    squared_error,
    starts,
)
from refsim.spec.projection import Projection

from .test_levels import level, numbers_of_levels, small, steps

WEIGHTS = tuple(Fraction(x) for x in "-.9 -.31 -.12 -.05 0 .04 .11 .26 .5 1.1".split())  # noqa: SIM905
BINARY32 = Projection("binary32", "ties_to_even", "infinity")
groups = st.lists(small, min_size=1, max_size=7).filter(any)


def least_error(ms, top):
    """The least error of all steps by trying all levels: of each choice of levels the lowest point of the parabola."""
    best = sum(m * m for m in ms)
    choices = [()]
    for _ in ms:
        choices = [(*rest, z) for rest in choices for z in range(top + 1)]
    for zs in choices:
        square = sum(z * z for z in zs)
        if square:
            step = sum(m * z for m, z in zip(ms, zs, strict=True)) / square
            best = min(best, sum((m - z * step) ** 2 for m, z in zip(ms, zs, strict=True)))
    return best / 2


@pytest.mark.clause("levels/error", "levels/optimal", "levels/alternating", "levels/quantize")
@pytest.mark.parametrize("method", ["optimal", "alternating:8", "alternating:64"])
@pytest.mark.parametrize(
    ("levels", "step", "error", "codes"),
    [
        (3, 0.833333, 0.1904833, [-1, 0, 0, 0, 0, 0, 0, 0, 1, 1]),
        (7, 0.3154167, 0.03829792, [-3, -1, 0, 0, 0, 0, 0, 1, 2, 3]),
    ],
)
def test_known_groups(method, levels, step, error, codes):
    """Two groups whose steps and errors were worked out apart from this, in binary64."""
    to = published(levels)
    found = find_step(WEIGHTS, to, method)
    assert float(found) == pytest.approx(step, abs=5e-7)
    assert float(squared_error(WEIGHTS, found, to)) == pytest.approx(error, abs=5e-8)
    assert [level(w, found, to) for w in WEIGHTS] == codes


@pytest.mark.clause("levels/error")
def test_error_by_hand():
    """Half of 0.25 + 0.09 + 4: the distances to 1, to 0 and to the last level."""
    xs = [Fraction(1, 2), Fraction(-3, 10), Fraction(3)]
    assert squared_error(xs, 1, published(3)) == Fraction(434, 100) / 2
    assert squared_error([NEGATIVE_ZERO], 1, published(3)) == 0
    with pytest.raises(ValueError, match="inf has no finite magnitude"):
        squared_error([POSITIVE_INFINITY], 1, published(3))


@pytest.mark.clause("levels/optimal", "levels/lloyd")
@given(st.lists(small, min_size=1, max_size=5).filter(any), st.sampled_from([3, 5, 7]))
def test_the_optimum_against_every_choice_of_levels(xs, levels):
    """No choice of levels with its best step is better, of all that there are."""
    to = published(levels)
    error = squared_error(xs, find_step(xs, to, "optimal"), to)
    assert error == least_error([abs(x) for x in xs], levels // 2)


@pytest.mark.clause("levels/optimal")
@given(groups, numbers_of_levels, st.lists(steps, min_size=1, max_size=8))
def test_no_step_is_better_than_the_optimum(xs, levels, others):
    """The optimum is no worse than any step, and smaller than every other step that is as good."""
    to = published(levels)
    best = find_step(xs, to, "optimal")
    error = squared_error(xs, best, to)
    for step in [*others, best * Fraction(999, 1000), best * Fraction(1001, 1000), find_step(xs, to, "maximum")]:
        assert (squared_error(xs, step, to), step) >= (error, best)


@pytest.mark.clause("levels/optimal")
def test_the_smallest_of_several_optima():
    """Equal numbers are levels of three steps: the last level makes the smallest one."""
    assert find_step([Fraction(1), Fraction(-1)], published(7), "optimal") == Fraction(1, 3)
    assert find_step([Fraction(1), Fraction(2)], published(3), "optimal") == Fraction(3, 2)


@pytest.mark.clause("levels/alternate", "levels/lloyd", "levels/alternating")
@given(groups, numbers_of_levels, st.integers(1, 6), st.sampled_from(NEAREST))
def test_alternation_goes_down(xs, levels, count, rounding):
    """Each step has less error than the one before, the last one stays, and it is no better than the optimum."""
    to = Projection(get_format(f"levels{levels}"), rounding, "saturate")
    ms = [abs(x) for x in xs]
    optimum = squared_error(ms, find_step(ms, to, "optimal"), to)
    ends = []
    for start in starts(max(ms), count):
        path = [step for step, _ in alternate(ms, start, to)]
        errors = [squared_error(ms, step, to) for step in path]
        assert all(b < a for a, b in pairwise(errors))
        zs = [level(m, path[-1], to) for m in ms]
        assert path[-1] == sum(m * z for m, z in zip(ms, zs, strict=True)) / Fraction(sum(z * z for z in zs))
        ends.append((errors[-1], path[-1]))
    found = find_step(xs, to, f"alternating:{count}")
    assert (squared_error(ms, found, to), found) == min(ends)
    assert min(ends)[0] >= optimum


@pytest.mark.clause("levels/alternating", "levels/optimal")
def test_alternation_can_miss_the_optimum():
    """From one start the alternation ends in a valley that is not the lowest; from more it finds that one."""
    xs = [Fraction(1), Fraction(1), Fraction(1), Fraction(3)]
    to = published(3)
    assert find_step(xs, to, "alternating:1") == 3
    assert squared_error(xs, 3, to) == Fraction(3, 2)
    assert find_step(xs, to, "alternating:2") == find_step(xs, to, "optimal") == Fraction(3, 2)
    assert squared_error(xs, Fraction(3, 2), to) == Fraction(3, 2)
    xs = [*xs, Fraction(1)]
    assert squared_error(xs, find_step(xs, to, "alternating:1"), to) == 2
    assert squared_error(xs, find_step(xs, to, "optimal"), to) == Fraction(8, 5)


@pytest.mark.clause("levels/starts")
def test_starts():
    """Four starts of a group whose greatest magnitude is 3/2."""
    assert starts(Fraction(3, 2), 4) == [Fraction(3, 8), Fraction(3, 4), Fraction(9, 8), Fraction(3, 2)]


@pytest.mark.clause("levels/optimal", "levels/starts")
@given(groups, numbers_of_levels)
def test_the_best_step_is_no_more_than_the_greatest_magnitude(xs, levels):
    """So the starts reach it."""
    assert 0 < find_step(xs, published(levels), "optimal") <= max(map(abs, xs))


@pytest.mark.clause("levels/maximum")
def test_the_greatest_magnitude_as_the_last_level():
    """Nothing saturates, and the greatest number is met exactly."""
    to = published(7)
    step = find_step(WEIGHTS, to, "maximum")
    assert step == Fraction(11, 30)
    assert quantize(WEIGHTS[-1], step, to) == (3, Flags.NONE)


@pytest.mark.clause("levels/zeros")
@pytest.mark.parametrize("method", ["optimal", "alternating:5", "maximum"])
def test_a_group_of_zeros(method):
    """The step is one, and every code zero."""
    for xs in ([Fraction(0), NEGATIVE_ZERO], []):
        found = quantize_group(xs, published(3), method, BINARY32)
        assert (found.step.code, found.codes, found.error) == (0x3F800000, (0,) * len(xs), 0)


@pytest.mark.clause("levels/zeros")
@given(groups, st.sampled_from(["optimal", "alternating:3", "maximum"]), st.fractions(min_value=1, max_value=9), st.data())
def test_steps_scale_with_the_group(xs, method, factor, data):
    """Order and signs do not matter, and the step grows with the numbers."""
    to = published(5)
    step = find_step(xs, to, method)
    signed = [x * data.draw(st.sampled_from([-factor, factor])) for x in data.draw(st.permutations(xs))]
    assert find_step(signed, to, method) == step * factor


@pytest.mark.clause("levels/zeros")
def test_what_no_step_is_found_for():
    """A search needs finite numbers, symmetric integers taken by nearness, and a known method."""
    one = [Fraction(1)]
    for to, message in (
        (Projection("int4", "ties_to_even", "saturate"), "levels on both sides of zero alike, which int4 has not"),
        (Projection("q2.5", "ties_to_even", "saturate"), "levels on both sides of zero alike, which q2.5 has not"),
        (
            Projection("levels7", "toward_zero", "saturate"),
            "a step is found for the nearest level, under a rule of",
        ),
        (Projection("levels7", "ties_to_even", "error"), "and saturate, not levels7 ties_to_even error"),
        (Projection("float4_e2m1fn", "ties_to_even", "saturate"), "levels are evenly spaced"),
    ):
        with pytest.raises(ValueError, match=message):
            find_step(one, to, "optimal")
    for method in ("best", "alternating", "alternating:0", "alternating:4097", "alternating:x", "optimal:3", "maximum:"):
        with pytest.raises(ValueError, match=f"^unknown method '{method}'; the methods are optimal, maximum and alternating:N"):
            find_step(one, published(3), method)
    for datum in (NAN, POSITIVE_INFINITY):
        with pytest.raises(ValueError, match="has no finite magnitude"):
            find_step([datum], published(3), "optimal")
    assert {method_of(name)[0] for name in ("optimal", "maximum", "alternating:4096")} == set(METHODS.values())
    assert method_of("alternating:12") == (alternating, 12)


@pytest.mark.clause("levels/held")
def test_a_step_that_is_held():
    """The codes are those of the step that the hardware has, not of the one that was found."""
    xs = [Fraction(1, 3), Fraction(1, 6)]
    to = published(3)
    exact = find_step(xs, to, "maximum")
    narrow = Projection("uq0.2", "ties_to_even", "saturate")
    found = quantize_group(xs, to, "maximum", narrow)
    assert (exact, narrow.format.decode(found.step.code)) == (Fraction(1, 3), Fraction(1, 4))
    assert found.codes == (1, 1)
    assert [quantize(x, exact, to).code for x in xs] == [1, 1]
    xs = [Fraction(1, 3), Fraction(4, 25)]
    found = quantize_group(xs, to, "maximum", narrow)
    assert (found.codes, [quantize(x, exact, to).code for x in xs]) == ((1, 1), [1, 0])
    assert found.error == ((Fraction(1, 3) - Fraction(1, 4)) ** 2 + (Fraction(4, 25) - Fraction(1, 4)) ** 2) / 2
    wide = quantize_group(WEIGHTS, published(7), "optimal", BINARY32)
    assert math.isclose(BINARY32.format.decode(wide.step.code), 0.3154167, rel_tol=1e-6)
    with pytest.raises(ValueError, match=r"^the step of the group is no positive number of uq0\.2$"):
        quantize_group([Fraction(1, 100)], to, "maximum", narrow)
