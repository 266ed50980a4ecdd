"""Bounds of elementary functions and constants, in integers.

A number is held as an integer in units of 2**-w, its last place. Sums are of terms that are cut off, never rounded up, so a
sum is a lower bound; how far the truth may lie above is counted in last places and added for the upper bound. Bounds that
come near a simple number stop at it, so that no precision is needed to see on which side of it the truth is.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from .reals import Enclosure, order

Bounds = tuple[int, int]
"""A lower and an upper bound in units of a last place."""


def integer_sqrt(n: int) -> int:
    """The greatest integer r with r * r <= n, for n > 0, by Newton's iteration from above."""
    r = 1 << (n.bit_length() + 1) // 2
    while (better := (r + n // r) // 2) < r:
        r = better
    return r


def ceil_div(n: int, d: int) -> int:
    """n / d rounded up, for d > 0."""
    return -(-n // d)


def shifted(n: int, places: int) -> int:
    """n * 2**places rounded down."""
    return n << places if places >= 0 else n >> -places


def _inverse_series(x: int, w: int, sign: int) -> Bounds:
    """Bounds of artanh(1/x) for a sign of 1, of arctan(1/x) for -1, in units of 2**-w; x >= 2."""
    power, total, i = (1 << w) // x, 0, 0
    while power:
        total += sign**i * (power // (2 * i + 1))
        power //= x * x
        i += 1
    # floor(floor(a) / b) = floor(a / b), so each power and each term is less than 1 below the truth; the rest of the series,
    # whose first power is below 1, is less than 2.
    return total - i - 2, total + i + 2


@lru_cache(maxsize=64)
def _by_series(terms: tuple[tuple[int, int], ...], sign: int, w: int) -> Bounds:
    """Bounds of the sum of factor * artanh(1/x), or arctan, over pairs of factor and x."""
    parts = [(factor, _inverse_series(x, w, sign)) for factor, x in terms]
    low = sum(factor * (bounds[0] if factor > 0 else bounds[1]) for factor, bounds in parts)
    return low, sum(factor * (bounds[1] if factor > 0 else bounds[0]) for factor, bounds in parts)


def _cut(bounds: Bounds, places: int) -> Bounds:
    """Bounds in units that are 2**places times as large."""
    return bounds[0] >> places, -(-bounds[1] >> places)


def _room(w: int) -> int:
    """A power of two that is at least w + 32, so that few precisions of a constant are ever computed."""
    return 1 << (w + 31).bit_length()


def ln2(w: int) -> Bounds:
    """Bounds of log(2) = 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749) in units of 2**-w."""
    return _cut(_by_series(((18, 26), (-2, 4801), (8, 8749)), 1, _room(w)), _room(w) - w)


def half_pi(w: int) -> Bounds:
    """Bounds of pi / 2 = 8 arctan(1/5) - 2 arctan(1/239), Machin's formula, in units of 2**-w."""
    return _cut(_by_series(((8, 5), (-2, 239)), -1, _room(w)), _room(w) - w)


@lru_cache(maxsize=64)
def _root(power: int, w: int) -> Bounds:
    low, high = half_pi(w)
    return integer_sqrt((1 << 3 * w + power) // high), integer_sqrt((1 << 3 * w + power) // low) + 1


def root_over_half_pi(power: int, w: int) -> Bounds:
    """Bounds of sqrt(2**power / (pi / 2)) in units of 2**-w: of 2 / sqrt(pi), 1 / sqrt(2 pi) and sqrt(8 / pi) for a power of 1,
    -2 and 2."""
    return _cut(_root(power, _room(w)), _room(w) - w)


def _small_exp(r: int, w: int) -> Bounds:
    """Bounds of exp(r / 2**w) in units of 2**-w, for 0 <= r < 2**w: a Taylor series after halvings, then squarings."""
    halvings = 1 << w.bit_length() // 2
    v = w + halvings + 8
    t, term, total, i = r << 8, 1 << v, 0, 0
    while term:
        total += term
        i += 1
        term = (term * t >> v) // i
    # With t <= 2**-8 a term that is e below the truth makes the next one less than e / 256 + 1 below it: always less than 2.
    # The rest of the series, whose first term is below 2, is less than 3.
    low, high = total, total + 2 * i + 3
    for _ in range(halvings):
        low, high = low * low >> v, -(-high * high >> v)
    return _cut((low, high), v - w)


def exp_of(low: int, high: int, exponent: int, w: int) -> Enclosure:
    """Bounds of exp on all of the interval from low to high, times 2**exponent, low >= 0: at least 1, and of about w bits where
    the interval is narrower than 2**-w."""
    size = max(high.bit_length() + exponent, 0)
    # The interval is below 2**size; k is at most 2**(size + 1), so in these units k ln 2 is known to half a last place of w.
    v = w + size + 4
    start, end, k = shifted(low, exponent + v), -shifted(-high, exponent + v), 0
    if size:
        below, above = ln2(v)
        k = start // above
        start, end = start - k * above, end - k * below
    r, width = start >> v - w, -(-end >> v - w) - (start >> v - w)
    assert width < 1 << w, "callers give intervals narrower than 1"
    least, most = _small_exp(r, w)
    # exp(a + b) <= exp(a) (1 + 2 b) for 0 <= b <= 1.
    return Enclosure(least, most + ceil_div(2 * most * width, 1 << w), k - w)


def inverse(x: Enclosure, w: int) -> Enclosure:
    """Bounds of 1 / x, with w bits more than those of x."""
    places = x.high.bit_length() + w
    return Enclosure((1 << places) // x.high, ceil_div(1 << places, x.low), -places - x.exponent)


def plus_one(x: Enclosure) -> Enclosure:
    """Bounds of 1 + x, for x >= 1; a one below the last place is a last place of the upper bound."""
    if x.exponent > 0:
        return x._replace(high=x.high + 1)
    return x._replace(low=x.low + (1 << -x.exponent), high=x.high + (1 << -x.exponent))


def one_minus(x: Enclosure) -> Enclosure:
    """Bounds of 1 - x, for x < 1."""
    one = 1 << -x.exponent
    return x._replace(low=one - x.high, high=one - x.low)


def log_of(n: int, d: int, w: int) -> Enclosure:
    """Bounds of log(n / d), n > d > 0, of about w bits: k ln 2 + 2 artanh((m - 1) / (m + 1)) with n / d = 2**k m, m near 1."""
    k = n.bit_length() - d.bit_length()
    d <<= k
    if 3 * n > 4 * d:
        k, d = k + 1, d << 1
    elif 3 * n < 2 * d:
        k, n = k - 1, n << 1
    difference, total, v = abs(n - d), n + d, w + 8
    z = (difference << v) // total
    square, power, factor, i = z * z >> v, 1 << v, 0, 0
    while power:
        factor += power // (2 * i + 1)
        power = power * square >> v
        i += 1
    # z <= 1/5 is less than 1 below the truth, so its square less than 2, a power less than 4, a term less than 5; the rest of
    # the series, whose first power is below 4, is less than 5.
    bounds = factor, factor + 5 * i + 5
    places = 0 if k else max(total.bit_length() - difference.bit_length(), 0)
    least, most = ((2 * difference * bounds[0]) << places) // total, ceil_div((2 * difference * bounds[1]) << places, total)
    if not k:
        return Enclosure(least, most, -v - places)
    below, above = ln2(v + k.bit_length())
    low, high = _cut((k * below, k * above), k.bit_length())
    return Enclosure(low + least, high + most, -v) if n > d else Enclosure(low - most, high - least, -v)


def quadrant(n: int, exponent: int, w: int) -> tuple[int, int, int]:
    """How often pi / 2 goes into x = n * 2**exponent > 0, and bounds of the rest, which is below pi / 2, in units of 2**-w."""
    v = w + max(n.bit_length() + exponent, 0) + 4
    while True:
        below, above = half_pi(v)
        start, end = shifted(n, exponent + v), -shifted(-n, exponent + v)
        times = start // above
        low, high = start - times * above, end - times * below
        if high <= below:
            return times, *_cut((low, high), v - w)
        v *= 2


def sine_of(r: int, cosine: int, w: int) -> Bounds:
    """Bounds of sin(r / 2**w), or of cos for ``cosine`` 1, in units of 2**-w, for 0 <= r / 2**w <= pi / 2: a Taylor
    series."""
    v = w + 8
    t = r << 8
    square, term, total, i = t * t >> v, 1 << v if cosine else t, 0, 2 - cosine
    terms = 0
    while term:
        total += -term if terms & 1 else term
        term = (term * square >> v) // (i * (i + 1))
        i, terms = i + 2, terms + 1
    # The square, below 2.6, is less than 1 below the truth. A term that is e below it makes the next one less than
    # (2.6 e + 1.6) / (i (i + 1)) + 1 below it: less than 5, as it begins with 0 and i (i + 1) >= 6 from the second one on.
    # The rest of the series, whose terms fall from less than 5 and alternate, is less than 5.
    error = 5 * terms + 5
    low, high = _cut((total - error, total + error), v - w)
    return max(low, 0), min(high, 1 << w)


def bell_mean(u: int, w: int) -> Enclosure:
    """Bounds of H(u) = the mean of exp(-u t**2 / 2) over 0 <= t <= 1, at u / 2**w >= 0.

    H(u) exp(u / 2) = the sum of u**n / (1 * 3 * ... * (2 n + 1)), of positive terms; erf(x) = 2 / sqrt(pi) x H(2 x**2), and the
    normal distribution function is 1/2 + x H(x**2) / sqrt(2 pi).
    """
    v = w + 24
    term, total, n = 1 << v, 0, 0
    while term or 2 * u > 2 * n + 3 << w:
        total += term
        n += 1
        term = (term * u >> w) // (2 * n + 1)
    # Term n is less than n max(1, its value) below the truth: while terms grow they are at least 1, and the deficit grows as
    # they do, and by 1. So the sum of n terms is less than n (its value + n) below. The rest of the series is less than twice
    # its first term, which is below n: from here on each term is at most half of the one before.
    assert n * (n + 1) < 1 << v - 1, "the sum is at least half of its value"
    e = exp_of(u, u, -w - 1, w)
    most = total + n * (2 * (total >> v) + n + 5)
    # H = total / 2**v / e, in units of 2**-(w + places), which leave w bits.
    places = max(e.high.bit_length() + e.exponent, 0)
    scale = w + places - v - e.exponent
    low, high = shifted(total, scale), -shifted(-most, scale)
    return Enclosure(low // e.high, ceil_div(high, e.low), -w - places)


def mills_series(n: int, exponent: int, w: int) -> Bounds:
    """Bounds of S = 1 - 1 / u + 3 / u**2 - 15 / u**3 + ..., in units of 2**-w, at u = n * 2**exponent >= 4.

    The normal distribution function at -x is exp(-x**2 / 2) / (x sqrt(2 pi)) S with u = x**2; S lies between any two partial
    sums that follow each other.
    """
    term, total, i = 1 << w, 0, 0
    while term and order(n, exponent, Fraction(4 * i + 2)) >= 0:
        total += -term if i & 1 else term
        term = shifted(term * (2 * i + 1), -exponent) // n
        i += 1
    # Each term is at most half of the one before and less than 2 below the truth, the first that is left out too.
    return total - 2 * i - term - 2, total + 2 * i + term + 2
