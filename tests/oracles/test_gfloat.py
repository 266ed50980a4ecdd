"""P3109 and OCP formats against gfloat: decoding, directed and stochastic rounding, saturating and not."""

from functools import lru_cache

import numpy as np
import pytest

from refsim import Projection, Unrepresentable, encode, get_format
from refsim.spec.catalogue import p3109_formats
from refsim.spec.exact import NAN

from . import peer_gfloat
from .compare import Case, Trial, assert_encodes, assert_explained, exact, quiet
from .points import directed

P3109 = list(p3109_formats())
ROUNDED = [*peer_gfloat.NAMED, *(format.name for format in P3109 if format.width in (3, 4, 8)), "binary16p11se", "binary12p5uf"]
DRAWN = [*("float8_e4m3fn", "float8_e5m2", "q1.6"), *(format.name for format in P3109 if format.width == 8)]
POINTS = 1 << 9
CODES = 64


@lru_cache
def values(name):
    """Directed binary64 numbers of a format, at a bounded number of its points, and a NaN; few negative ones where the format
    has none."""
    numbers = directed(get_format(name), np.float64, POINTS)
    if not get_format(name).signed:
        numbers = np.concatenate([numbers[~np.signbit(numbers)], numbers[np.signbit(numbers)][::16]])
    return np.append(numbers, np.nan)


def some_codes(format):
    """All codes of a format of at most 10 bits; of a wider one some across it, its specials and their neighbours."""
    if format.width <= 10:
        return range(1 << format.width)
    last, half = (1 << format.width) - 1, 1 << format.width - 1
    near = [code for edge in (0, half, last) for code in range(edge - 3, edge + 4)]
    return sorted({code for code in [*near, *np.linspace(0, last, CODES, dtype=int).tolist()] if 0 <= code <= last})


def assert_decodes(name):
    """The numbers of codes are gfloat's, by its function for arrays and by that for scalars."""
    format = get_format(name)
    codes = some_codes(format)
    for operation, theirs in (
        ("decode array", peer_gfloat.decode_array(codes, name).tolist()),
        ("decode scalar", [decode_or_error(code, name) for code in codes]),
    ):
        trial = Trial("gfloat", operation, name)
        wanted = [quiet(format.decode(code)) for code in codes]
        answers = (answer if isinstance(answer, str) else exact(answer) for answer in theirs)
        assert_explained(Case(trial, want, answer, want) for answer, want in zip(answers, wanted, strict=True))


def decode_or_error(code, name):
    """The number of a code, or the name of the error that gfloat raises."""
    try:
        return peer_gfloat.decode_scalar(code, name)
    except OverflowError as error:
        return type(error).__name__


@pytest.mark.clause("format/decode", "format/point", "grid/float", "family/p3109")
@pytest.mark.parametrize("width", sorted({format.width for format in P3109}))
def test_decode_p3109(width):
    """All codes of the P3109 formats of at most 10 bits, and some of every wider one, name the same numbers."""
    for format in P3109:
        if format.width == width:
            assert_decodes(format.name)


@pytest.mark.clause("format/decode", "format/point", "grid/float", "family/float", "family/scale", "family/fixed")
@pytest.mark.parametrize("name", peer_gfloat.NAMED)
def test_decode_named(name):
    """The codes of the OCP and IEEE formats name the same numbers."""
    assert_decodes(name)


@pytest.mark.clause(
    *("round/ties-to-even", "round/ties-to-away", "round/toward-zero", "round/toward-positive", "round/toward-negative"),
    *("overflow/saturate", "overflow/infinity", "project/order", "project/round", "project/past-end", "format/parity"),
)
@pytest.mark.parametrize("overflow", peer_gfloat.SATURATES)
@pytest.mark.parametrize("rounding", peer_gfloat.ROUNDING)
def test_directed(rounding, overflow):
    """Points, ties, quarters and their neighbours, past the top, infinities and NaN round alike under every shared rule."""
    for name in ROUNDED:
        to, numbers = Projection(name, rounding, overflow), values(name)
        if overflow == "infinity" and to.format.canonical(NAN) is None:
            numbers = numbers[np.abs(numbers) <= float(to.format.grid.magnitude(min(to.format.top, to.format.top_negative)))]
        assert_encodes(Trial("gfloat", "round array", "float64", to), numbers, peer_gfloat.round_array(numbers, to))


@pytest.mark.clause("overflow/infinity")
@pytest.mark.parametrize("name", ["float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn", "q1.6"])
@pytest.mark.parametrize("beyond", [np.inf, -np.inf, 1e3, -1e3])
def test_nowhere_to_go(name, beyond):
    """A format with neither infinity nor NaN has no code for what is past its end, and both refuse it."""
    to = Projection(name, "ties_to_even", "infinity")
    with pytest.raises(ValueError, match="No Infs or NaNs"):
        peer_gfloat.round_scalar(beyond, to)
    with pytest.raises(Unrepresentable):
        to(exact(beyond))
    with pytest.raises(Unrepresentable):
        encode([beyond], to)


@pytest.mark.clause("round/ties-to-even", "project/round")
@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2", "binary8p3se", "binary8p1uf", "float4_e2m1fn"])
def test_directed_scalars(name):
    """gfloat's function for scalars agrees too."""
    to, numbers = Projection(name, "ties_to_even", "saturate"), values(name)[:-1]
    theirs = np.array([peer_gfloat.round_scalar(number, to) for number in numbers])
    assert_encodes(Trial("gfloat", "round scalar", "float64", to), numbers, theirs)


@pytest.mark.clause("format/special")
@pytest.mark.parametrize("name", ["float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn", "q1.6"])
def test_nan_is_refused(name):
    """gfloat's function for scalars refuses a NaN where the format has none, as we do; its function for arrays does not."""
    to = Projection(name, "ties_to_even", "saturate")
    with pytest.raises(ValueError, match="No NaN"):
        peer_gfloat.round_scalar(np.nan, to)
    with pytest.raises(Unrepresentable):
        to(NAN)


@pytest.mark.clause("round/stochastic-a", "round/stochastic-b", "round/stochastic-c", "round/draw")
@pytest.mark.parametrize("bits", [1, 2, 5])
@pytest.mark.parametrize("rule", peer_gfloat.STOCHASTIC)
def test_stochastic(rule, bits):
    """Directed numbers round alike under the stochastic rules, each with every value of its random bits in turn."""
    for name in DRAWN:
        to = Projection(name, f"{rule}:{bits}", "saturate")
        numbers = np.repeat(directed(to.format, np.float64, 16), 1 << min(bits, 2))
        draw = np.arange(len(numbers)) * 5 % (1 << bits)
        theirs = peer_gfloat.round_array(numbers, to, draw)
        assert_encodes(Trial("gfloat", "round array", "float64", to), numbers, theirs, draw)
