"""The P3109 interim report 3.2.2 restated in a few plain functions: data of a format, projection, and the scalar operations.

A datum is a ``Fraction``, or one of the three strings below. Nothing here uses the specification. Square roots are approximated
to hundreds of bits with a one behind them where they are not exact, which no rounding rule tells from the root.
"""

from fractions import Fraction
from functools import lru_cache
from math import floor, isqrt
from typing import NamedTuple

NAN, INF, NINF = "NaN", "+Inf", "-Inf"
ROUNDINGS = ("NearestTiesToEven", "NearestTiesToAway", "TowardZero", "TowardPositive", "TowardNegative", "ToOdd")
SATURATIONS = ("SatFinite", "SatPropagate", "SatNone")


class Shape(NamedTuple):
    """The four parameters of a format."""

    k: int
    p: int
    signed: bool
    extended: bool

    @property
    def bias(self):
        """The exponent bias, 4.5."""
        return 2 ** (self.k - self.p - 1) if self.signed else 2 ** (self.k - self.p)

    @property
    def name(self):
        """The name of the format."""
        return f"binary{self.k}p{self.p}{'us'[self.signed]}{'fe'[self.extended]}"


def shapes(k):
    """All formats of a width."""
    return [Shape(k, p, s, e) for s in (True, False) for p in range(1, k + (not s)) for e in (True, False)]


@lru_cache
def table(shape):
    """The datum of every code."""
    k, p, signed, extended = shape
    half = 2 ** (k - 1)
    positive = half if signed else 2**k - 1
    data = []
    for code in range(positive):
        exponent, trailing = divmod(code, 2 ** (p - 1))
        unit = Fraction(2) ** (max(exponent, 1) - shape.bias - p + 1)
        data.append((trailing + (2 ** (p - 1) if exponent else 0)) * unit)
    if extended:
        data[-1] = INF
    if not signed:
        return (*data, NAN)
    return (*data, NAN, *(NINF if x == INF else -x for x in data[1:]))


@lru_cache
def codes(shape):
    """The code of every datum."""
    return {datum: code for code, datum in enumerate(table(shape))}


@lru_cache
def ends(shape):
    """The least and the greatest finite datum."""
    finite = [x for x in table(shape) if isinstance(x, Fraction)]
    return min(finite), max(finite)


def even(n):
    """IsEven."""
    return n % 2 == 0


def rounds_away(rounding, rest, code_is_even, positive, draw):
    """RoundAway of RoundToPrecision, 4.7.4."""
    mode, _, bits = rounding.partition(":")
    n = int(bits or 0)
    match mode:
        case "NearestTiesToEven":
            return rest > Fraction(1, 2) or (rest == Fraction(1, 2) and not code_is_even)
        case "NearestTiesToAway":
            return rest >= Fraction(1, 2)
        case "TowardZero":
            return False
        case "TowardPositive":
            return rest > 0 and positive
        case "TowardNegative":
            return rest > 0 and not positive
        case "ToOdd":
            return rest > 0 and code_is_even
        case "stochastic_a":
            return floor(rest * 2**n) + draw >= 2**n
        case "stochastic_b":
            return floor(rest * 2 ** (n + 1)) + 2 * draw + 1 >= 2 ** (n + 1)
    assert mode == "stochastic_c"
    return round(rest * 2**n) + draw >= 2**n


def round_to_precision(x, shape, rounding, draw=None):
    """RoundToPrecision of a number, 4.7.4."""
    if x == 0:
        return x
    m, p, bias = abs(x), shape.p, shape.bias
    exponent = m.numerator.bit_length() - m.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > m
    q = max(exponent, 1 - bias) - p + 1
    scaled = m * Fraction(2) ** -q
    whole = floor(scaled)
    code_is_even = even(whole) if p > 1 else whole == 0 or even(q + bias)
    whole += rounds_away(rounding, scaled - whole, code_is_even, x > 0, draw)
    return (1 if x > 0 else -1) * whole * Fraction(2) ** q


def saturate(x, shape, rounding, saturation):
    """Saturate, 4.7.5; the domain of SatNone is the extended one."""
    low, high = ends(shape)
    if isinstance(x, Fraction) and low <= x <= high:
        return x
    above = x == INF or (isinstance(x, Fraction) and x > high)
    end, infinite = (high if above else low), isinstance(x, str)
    if saturation == "SatFinite":
        return end
    if saturation == "SatPropagate":
        return x if infinite and shape.extended and (above or shape.signed) else end
    stays = {"TowardZero", "TowardNegative" if above else "TowardPositive"}
    if above and not shape.signed:
        stays.add("ToOdd")
    if not infinite and rounding in stays:
        return end
    return INF if above else NINF if shape.signed else NAN


def project(x, shape, rounding, saturation, draw=None):
    """Project: the code of a datum after rounding and saturation."""
    if x == NAN:
        return codes(shape)[NAN]
    rounded = x if isinstance(x, str) else round_to_precision(x, shape, rounding, draw)
    return codes(shape)[saturate(rounded, shape, rounding, saturation)]


def opposite(x):
    """The datum with the other sign."""
    return {NAN: NAN, INF: NINF, NINF: INF}[x] if isinstance(x, str) else -x


def sign(x):
    """-1, 0 or 1."""
    return {INF: 1, NINF: -1}[x] if isinstance(x, str) else (x > 0) - (x < 0)


def infinity(s):
    """The infinity of a sign."""
    return INF if s > 0 else NINF


def square_root(x):
    """The root of a number that is not negative, exact, or cut with a one far behind."""
    scaled = x * 4**400
    whole = isqrt(floor(scaled))
    return Fraction(whole * 2 + (whole * whole != scaled), 2**401)


def add(x, y):
    """Add."""
    if NAN in (x, y) or {x, y} == {INF, NINF}:
        return NAN
    return next((z for z in (x, y) if isinstance(z, str)), None) or x + y


def multiply(x, y):
    """Multiply."""
    if NAN in (x, y):
        return NAN
    if isinstance(x, str) or isinstance(y, str):
        return NAN if 0 in (x, y) else infinity(sign(x) * sign(y))
    return x * y


def recip(x):
    """Recip: of zero NaN."""
    return NAN if x in (NAN, 0) else Fraction(0) if isinstance(x, str) else 1 / x


def divide(x, y):
    """Divide: by zero NaN."""
    if NAN in (x, y) or y == 0 or (isinstance(x, str) and isinstance(y, str)):
        return NAN
    if isinstance(x, str):
        return infinity(sign(x) * sign(y))
    return Fraction(0) if isinstance(y, str) else x / y


def sqrt(x):
    """Sqrt."""
    return NAN if x in (NAN, NINF) else INF if x == INF else NAN if x < 0 else square_root(x)


def rsqrt(x):
    """Rsqrt: of zero NaN."""
    return NAN if x in (NAN, NINF) else Fraction(0) if x == INF else NAN if x <= 0 else square_root(1 / x)


def hypot(x, y):
    """Hypot: NaN where an operand is."""
    return NAN if NAN in (x, y) else INF if isinstance(x, str) or isinstance(y, str) else square_root(x * x + y * y)


def scaled(x, n):
    """A datum times a power of two."""
    return x if isinstance(x, str) else x * Fraction(2) ** n


def total(*terms):
    """The exact sum of many data."""
    if NAN in terms or {INF, NINF} <= set(terms):
        return NAN
    return next((x for x in terms if isinstance(x, str)), None) or sum(terms, Fraction(0))


FORMULAS = {
    "add": add,
    "subtract": lambda x, y: add(x, opposite(y)),
    "multiply": multiply,
    "divide": divide,
    "reciprocal": recip,
    "sqrt": sqrt,
    "rsqrt": rsqrt,
    "strict_hypot": hypot,
    "fma": lambda x, y, z: add(multiply(x, y), z),
    "faa": total,
}
"""The operations whose results are projected, by our names."""


def less(x, y):
    """The order of the extended reals."""
    place = {NINF: -1, INF: 1}
    return (place.get(x, 0), 0 if isinstance(x, str) else x) < (place.get(y, 0), 0 if isinstance(y, str) else y)


def minimum(x, y):
    """Minimum."""
    return NAN if NAN in (x, y) else x if less(x, y) else y


def maximum(x, y):
    """Maximum."""
    return NAN if NAN in (x, y) else y if less(x, y) else x


def number_first(function):
    """The Number member of a family: a NaN loses."""
    return lambda x, y: y if x == NAN else x if y == NAN else function(x, y)


def finite_first(function):
    """The Finite member of a family: an infinity loses to a number, a NaN to both."""

    def chosen(x, y):
        if NAN not in (x, y) and isinstance(x, str) != isinstance(y, str):
            return y if isinstance(x, str) else x
        return number_first(function)(x, y)

    return chosen


def by_magnitude(function):
    """The Magnitude member of a family: that of the datum whose magnitude comes first, and otherwise the plain one."""

    def chosen(x, y):
        if NAN in (x, y):
            return NAN
        a, b = (opposite(z) if sign(z) < 0 else z for z in (x, y))
        return function(x, y) if a == b else x if function(a, b) == a else y

    return chosen


def clamp(x, low, high):
    """Clamp."""
    return NAN if NAN in (x, low, high) or less(high, low) else minimum(maximum(x, low), high)


FORMULAS |= {
    "minimum": minimum,
    "maximum": maximum,
    "minimum_number": number_first(minimum),
    "maximum_number": number_first(maximum),
    "minimum_finite": finite_first(minimum),
    "maximum_finite": finite_first(maximum),
    "minimum_magnitude": by_magnitude(minimum),
    "maximum_magnitude": by_magnitude(maximum),
    "minimum_magnitude_number": number_first(by_magnitude(minimum)),
    "maximum_magnitude_number": number_first(by_magnitude(maximum)),
    "clamp": clamp,
}
