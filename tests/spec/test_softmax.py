"""Softmax: the steps by hand, and the exact shares against closed forms and many decimal digits."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.accumulators import Sequential, Total
from refsim.spec.catalogue import get_format
from refsim.spec.datapath_names import get_accumulator
from refsim.spec.exact import NEGATIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.operands import Setting
from refsim.spec.projection import Projection
from refsim.spec.reals import order
from refsim.spec.softmax import RealSoftmax, Softmax, exact_share, share
from refsim.spec.tensors import tensor

BINARY16, BINARY32 = (Projection(name, "ties_to_even", "infinity") for name in ("binary16", "binary32"))
STEPS = Softmax(0, BINARY16, BINARY16, Sequential(BINARY16), BINARY16)
EIGHTHS = Projection("uq0.8", "ties_to_even", "saturate")


def half(*numbers):
    """Numbers of binary16 as a tensor."""
    codes = np.array(numbers, np.float16).view(np.uint16).tolist()
    return tensor(codes, (len(codes),), BINARY16.format)


def floats(found):
    """The numbers of a tensor as floats."""
    kind = {"binary16": np.float16, "binary32": np.float32}[found.format.name]
    codes = np.array(found.codes, np.uint16 if kind is np.float16 else np.uint32)
    return codes.view(kind).astype(float).reshape(found.shape)


@pytest.mark.clause("softmax/steps")
def test_steps_by_hand():
    """0, -1, 2, 2: the maximum 2; differences -2, -3, 0, 0; exponentials, their sum and quotients, each rounded to binary16."""
    powers = [np.float16(math.exp(d)) for d in (-2, -3, 0, 0)]
    total = np.float16(0)
    for power in powers:
        total = np.float16(total + power)
    expected = [np.float16(Fraction(float(power)) / Fraction(float(total))) for power in powers]
    assert floats(STEPS([half(0, -1, 2, 2)], {})).tolist() == [float(x) for x in expected]


@pytest.mark.clause("softmax/steps")
def test_each_step_has_its_own_projection():
    """In fixed point: 1 and 0 of q3.4; exp(-1) = 0.367.. cut to 1/4; the sum 1.25; the quotients 4/5 and 1/5 in 8 bits."""
    wide, quarters = Projection("q4.4", "toward_zero", "saturate"), Projection("uq1.2", "toward_negative", "saturate")
    rule = Softmax(0, wide, quarters, get_accumulator("total(uq2.2/toward_zero/saturate)"), EIGHTHS)
    found = rule([tensor([16, 0], (2,), get_format("q3.4"))], {})
    assert found.codes == (round(256 * 4 / 5), round(256 / 5))
    # The difference 1 - 8 saturates at -8 + 1/16 of a narrower format, or does not.
    narrow = Softmax(0, Projection("q1.4", "toward_zero", "saturate"), quarters, rule.accumulator, EIGHTHS)
    assert narrow([tensor([0, 256 - 64], (2,), get_format("q3.4"))], {}).codes == (256 - 1, 0)


@pytest.mark.clause("softmax/steps")
def test_nothing_overflows():
    """The greatest number is taken off first, so that 60000 is no trouble; infinities and NaNs are NaN everywhere."""
    assert floats(STEPS([half(60000, 60000, -60000)], {})).tolist() == [0.5, 0.5, 0]
    for special in (np.inf, np.nan):
        assert np.isnan(floats(STEPS([half(1, special, 2)], {}))).all()
    assert floats(STEPS([half(1, -np.inf, 1)], {})).tolist() == [0.5, 0, 0.5]
    assert np.isnan(floats(STEPS([half(-np.inf, -np.inf)], {}))).all()


@pytest.mark.clause("softmax/steps", "softmax/real")
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_axis(axis):
    """Along any axis each line is computed as a vector of its own."""
    x = np.random.default_rng(3).normal(size=(2, 3, 2)).astype(np.float16)
    given = tensor(x.view(np.uint16).reshape(-1).tolist(), x.shape, BINARY16.format)
    for rule in (STEPS, RealSoftmax(0, BINARY32)):
        alone = np.apply_along_axis(lambda line, rule=rule: floats(rule([half(*line)], {})), axis, x)
        moved = (
            Softmax(axis, BINARY16, BINARY16, Sequential(BINARY16), BINARY16) if rule is STEPS else RealSoftmax(axis, BINARY32)
        )
        assert (floats(moved([given], {})) == alone).all()


def shares(values):
    """The shares with 60 digits."""
    with localcontext() as context:
        context.prec = 60
        powers = [Decimal(float(x)).exp() for x in values]
        return [power / sum(powers) for power in powers]


@pytest.mark.clause("softmax/real", "softmax/share")
@pytest.mark.parametrize("rounding", ["ties_to_even", "toward_zero", "toward_positive"])
@pytest.mark.parametrize("seed", range(4))
def test_shares_of_many_digits(rounding, seed):
    """The projection of the shares that the decimal module finds with 60 digits."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, (1, 3, 8, 0.01)[seed], 6).astype(np.float16)
    to = Projection("binary32", rounding, "infinity")
    found = RealSoftmax(0, to)([half(*x)], {})
    assert list(found.codes) == [to(Fraction(one)).code for one in shares(x)]


@pytest.mark.clause("softmax/share")
def test_equal_numbers():
    """Of equal numbers the shares are rational: a third, or a half where minus infinity has none."""
    assert floats(RealSoftmax(0, BINARY16)([half(5, 5, 5)], {})).tolist() == [float(np.float16(1 / 3))] * 3
    assert floats(RealSoftmax(0, BINARY16)([half(-np.inf, -7, -7)], {})).tolist() == [0, 0.5, 0.5]
    assert floats(RealSoftmax(0, BINARY16)([half(0.0, -0.0)], {})).tolist() == [0.5, 0.5]
    assert floats(RealSoftmax(0, BINARY16)([half(60000)], {})).tolist() == [1]
    for special in ([1, np.inf], [1, np.nan], [-np.inf, -np.inf], [np.inf, -np.inf]):
        assert np.isnan(floats(RealSoftmax(0, BINARY16)([half(*special)], {}))).all()


@pytest.mark.clause("softmax/share")
def test_shares_beside_simple_numbers():
    """What lies just below one, or a half, by less than any precision tells, is on the right side of it under every rule."""
    down, up = (Projection("binary32", f"toward_{way}", "infinity") for way in ("zero", "positive"))
    setting = Setting((), down)
    for others in (Fraction(-300), Fraction(-(1 << 100))):
        for count in (1, 2):
            value, flags = exact_share(setting, 0, *[Fraction(0)] * count, others)
            assert flags is Flags.NONE
            code = up(Fraction(1, count)).code
            assert (down(value).code, up(value).code) == (code - 1, code)
            tail, _ = exact_share(setting, count, *[Fraction(0)] * count, others)
            assert (down(tail).code, up(tail).code) == (0, 1)
    for exponent in (40, 60, 120):
        tiny = Fraction(1, 1 << exponent)
        value, _ = exact_share(setting, 0, Fraction(0), -tiny)
        assert (down(value).code, up(value).code) == (up(Fraction(1, 2)).code, up(Fraction(1, 2)).code + 1)
        value, _ = exact_share(setting, 1, Fraction(0), -tiny)
        assert up(value).code == up(Fraction(1, 2)).code
    assert exact_share(setting, 1, Fraction(0), NEGATIVE_INFINITY) == (0, Flags.NONE)


@pytest.mark.clause("softmax/share")
@pytest.mark.parametrize("w", [32, 64, 200])
def test_bounds_close_in(w):
    """The bounds hold the share, which is 1 / (1 + 2/e + exp(-5/2)) here, and are as close as they are asked to be."""
    counts = {Fraction(0): 1, Fraction(-1): 2, Fraction(-5, 2): 1}
    with localcontext() as context:
        context.prec = 100
        powers = {y: Decimal(y.numerator) / y.denominator for y in counts}
        total = sum(count * powers[y].exp() for y, count in counts.items())
        truth = {y: Fraction(powers[y].exp() / total) for y in counts}
    for y, value in truth.items():
        low, high, exponent = share(counts, y, w)
        assert order(low, exponent, value) < 0 < order(high, exponent, value)
        assert high - low << w - 8 <= low


@pytest.mark.clause("softmax/real")
def test_steps_in_a_wide_format_are_near():
    """Steps of 53 bits and the exact shares are one number in binary16, where no share lies just beside a middle."""
    wide = Projection("binary64", "ties_to_even", "infinity")
    rng = np.random.default_rng(8)
    for _ in range(10):
        x = half(*rng.normal(0, 4, 5))
        steps = Softmax(0, wide, wide, Total(wide), BINARY16)([x], {})
        assert steps.codes == RealSoftmax(0, BINARY16)([x], {}).codes


@pytest.mark.parametrize("axis", [-1, 1])
def test_refusals(axis):
    """An axis that is not there, several inputs, parameters."""
    x = half(1, 2)
    for rule, name in (
        (Softmax(axis, BINARY16, BINARY16, Sequential(BINARY16), BINARY16), "softmax"),
        (RealSoftmax(axis, BINARY16), "softmax"),
    ):
        with pytest.raises(ValueError, match=rf"{name} needs an axis of the shape \(2,\) with an element or more, not {axis}"):
            rule([x], {})
        with pytest.raises(ValueError, match=f"{name} takes one input, not 2"):
            rule([x, x], {})
        with pytest.raises(ValueError, match=f"the parameters of {name} are none; scale is unknown"):
            rule([x], {"scale": x})
    with pytest.raises(ValueError, match="with an element or more"):
        STEPS([half()], {})
