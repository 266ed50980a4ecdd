"""The engine is the specification: LNS addition through tables, powers, and the nearest powers of two."""

from fractions import Fraction

import numpy as np
import pytest

from refsim import Number, Projection, Unrepresentable, engine, get_format
from refsim.engine import Array
from refsim.engine.apply import every_combination
from refsim.engine.lns import lns_add, lns_subtract, power
from refsim.engine.log_quantization import to_power_of_two
from refsim.spec import lns as spec
from refsim.spec import log_quantization
from refsim.spec.exact import NEGATIVE_ZERO, Special
from refsim.spec.lns import Adder, correction_table

from .engine.operands import codes as aimed
from .engine.places import exact


def adder(length, index, fraction, rounding, cell, end):
    """Tables of both kinds and of one shape."""
    return Adder(
        *(correction_table(length, index, fraction, rounding, cell, subtraction=minus) for minus in (False, True)), end
    )


def assert_adds(x, y, how):
    """Both operations, with flags and without, give what the specification gives for each pair of codes."""
    pairs = [(Number(int(a), x.format), Number(int(b), y.format)) for a, b in zip(x.codes, y.codes, strict=True)]
    for ours, theirs in ((lns_add, spec.lns_add), (lns_subtract, spec.lns_subtract)):
        expected = [theirs(a, b, how) for a, b in pairs]
        found, flags = ours(x, y, how, flags=True)
        assert found.codes.tolist() == [result.code for result in expected]
        assert flags.tolist() == [int(result.flags) for result in expected]
        assert (ours(x, y, how).codes == found.codes).all()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("lns2.1", adder(12, 1, 1, "ties_to_even", "low", "saturate")),
        ("lns1.2", adder(9, 2, 2, "toward_zero", "low", "wrap")),
        ("lns0.3", adder(4, 1, 2, "ties_to_away", "middle", "saturate")),
        ("lns2.1", adder(0, 1, 1, "ties_to_even", "low", "wrap")),
    ],
)
def test_every_pair(name, how):
    """Every pair of codes, with whole tables, short ones and none."""
    format = get_format(name)
    assert_adds(*(Array(c, format) for c in every_combination((format, format))), how)


@pytest.mark.parametrize("end", ["saturate", "wrap"])
@pytest.mark.parametrize("name", ["lns4.3", "lns6.10", "lns8.23"])
def test_aimed_operands(name, end):
    """Codes about the ends and about one, of wide formats, with a table of three fraction bits."""
    format = get_format(name)
    how = adder(40, 3, 3, "ties_to_even", "middle", end)
    assert_adds(*(Array(np.array(aimed(format, 300, seed), object), format) for seed in (1, 2)), how)


def test_shapes_and_errors():
    """Operands are broadcast; what the specification refuses is refused with its words."""
    format = get_format("lns2.1")
    how = adder(12, 1, 1, "ties_to_even", "low", "error")
    x = Array(np.array([[0], [1]]), format)
    assert lns_add(x, Array(np.array([0, 2, 3]), format), how).shape == (2, 3)
    last = Array(np.array([0, 7]), format)
    with pytest.raises(Unrepresentable, match=r"^the logarithm 9 of an LNS sum is outside the range of lns2.1$"):
        lns_add(last, last, how)
    with pytest.raises(ValueError, match=r"^an LNS adder takes operands of one format, not lns2.1 and lns1.2$"):
        lns_add(x, Array(np.array([0]), get_format("lns1.2")), how)
    with pytest.raises(ValueError, match=r"^an LNS adder takes LNS formats, which slog5_fsr1 is not$"):
        lns_add(Array(np.array([0]), get_format("slog5_fsr1")), Array(np.array([0]), get_format("slog5_fsr1")), how)


@pytest.mark.parametrize("p", [2, -1, Fraction(1, 2), Fraction(-3, 4), Fraction(1, 3)])
def test_powers(p):
    """Every code that has a power, with a deterministic rule and with random bits."""
    format = get_format("lns3.2")
    numbers = Array(np.arange(64), format)
    for rule, draw in (("ties_to_even", None), ("stochastic_a:4", np.arange(64) % 16)):
        to = Projection(format, rule, "saturate")
        found, flags = power(numbers, p, to, draw, flags=True)
        expected = [spec.power(Number(i, format), p, to, None if draw is None else int(draw[i])) for i in range(64)]
        assert found.codes.tolist() == [result.code for result in expected]
        assert flags.tolist() == [int(result.flags) for result in expected]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(
    "rule", ["ties_to_even", "ties_toward_zero", "toward_zero", "away_from_zero", "toward_positive", "to_odd"]
)
def test_powers_of_two(rule, kind):
    """Numbers beside sqrt(2) times every power of two, powers of two, subnormal numbers and special data."""
    info = np.finfo(kind)
    scales = np.arange(int(info.minexp) - int(info.nmant), int(info.maxexp) - 1)
    around = np.float64(2.0**0.5) * np.ldexp(1.0, scales.clip(-1000, 1000))
    with np.errstate(all="ignore"):
        x = np.concatenate([np.ldexp(1.0, scales), around, [0.0, -0.0, np.inf, -np.inf, np.nan, 3, 1.2, 0.1]]).astype(kind)
        x = np.concatenate([x, np.nextafter(x, kind(np.inf)), np.nextafter(x, kind(0)), -x])
    x = x[np.isnan(x) | (np.abs(x) < info.max / 4) | np.isinf(x)]
    x = x[np.isnan(x) | (np.abs(x) >= info.smallest_subnormal * 2) | (x == 0)]
    found = to_power_of_two(x, rule)
    assert found.dtype == kind
    for value, given in zip(found.tolist(), x.tolist(), strict=True):
        expected = log_quantization.to_power_of_two(exact(given), rule)
        same = exact(value)
        assert (same is expected) if isinstance(expected, Special) else same == expected, (given, value, expected)
    assert exact(to_power_of_two(np.array([-0.0]), rule)[0]) is NEGATIVE_ZERO


def test_powers_of_two_that_are_refused():
    """What has no number in the type, other types, and random bits."""
    with pytest.raises(ValueError, match=r"^a power of two is past the last number of float32$"):
        to_power_of_two(np.array([np.finfo(np.float32).max]), "ties_to_even")
    with pytest.raises(TypeError, match=r"^to_power_of_two takes an array of binary32 or binary64, not int64$"):
        to_power_of_two(np.array([3]), "ties_to_even")
    with pytest.raises(ValueError, match=r"^a power of two is found without random bits, which stochastic_a:2 takes$"):
        to_power_of_two(np.array([3.0]), "stochastic_a:2")


def test_the_engine_names_them():
    """The quantizers are projections, which the engine encodes by."""
    to = log_quantization.log_quantizer(3, 2, "ties_to_away")
    assert engine.encode([0.0221, 0.05, 0.7, 0.71, 1.4, 1.42, 100, 0.01], to).codes.tolist() == [1, 2, 5, 6, 6, 7, 7, 0]
