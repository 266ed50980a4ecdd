"""Where roundings go wrong: numbers and operands aimed at the edges of a format."""

from functools import lru_cache

import numpy as np

from refsim.spec.formats import FloatGrid

RANDOM_PAIRS = 6000


@lru_cache(maxsize=64)
def directed(format, kind=np.float64, limit=1 << 16):
    """Every point of a format and two past the top, every middle and quarter of a gap, and the neighbours of all these in a
    floating-point type, of both signs; with zeros, infinities and the type's ends. ``limit`` thins the points, but for those
    at the format's ends and around its least normal number.
    """
    step, near = max(1, format.top // limit), min(64, limit, format.top)
    least = min(format.least_normal or 0, format.top)
    some = {*range(0, format.top + 3, step), *range(near), *range(format.top - near, format.top + 3)}
    some |= {*range(max(0, least - 4), least + 4)}
    low = np.array([float(format.grid.magnitude(n)) for n in sorted(some)])
    high = np.array([float(format.grid.magnitude(n + 1)) for n in sorted(some)])
    info = np.finfo(kind)
    with np.errstate(over="ignore", under="ignore"):
        places = np.concatenate([low + (high - low) * (quarter / 4) for quarter in range(4)]).astype(kind)
        ends = np.array([0, info.smallest_subnormal, info.tiny, info.max, np.inf], dtype=kind)
        places = np.unique(np.concatenate([places, ends]))
        up, down = np.nextafter(places, kind(np.inf)), np.nextafter(places, kind(0))
    points = np.unique(np.concatenate([places, up, down]))
    points = np.concatenate([points, -points])
    points.setflags(write=False)
    return points


def edges(format):
    """Codes at the edges of an IEEE-like float: zeros, ends of the subnormals and of the binades, infinities and NaNs."""
    fraction = format.grid.precision - 1
    infinity, one = format.top + 1, 1 << fraction
    bias = 1 - format.grid.emin
    magnitudes = [
        *(0, 1, 2, 3, one // 2, one - 1, one, one + 1, 2 * one - 1, 2 * one),
        *(bias * one - 1, bias * one, bias * one + 1),
        *(infinity - one, infinity - 2, infinity - 1, infinity),
        *(infinity + 1, infinity + one // 2 - 1, infinity + one // 2, infinity + one - 1),
    ]
    codes = np.unique(np.array(magnitudes, dtype=np.uint64))
    return np.concatenate([codes, codes | np.uint64(1 << format.width - 1)])


def pairs(format, seed):
    """Pairs of codes of an IEEE-like float: all pairs of edges, and from a seed some thousands each of any two codes, of near
    cancellations, of sums around a tie with the smaller operand far below, of products that end on a tie, and of sums and
    products around the least normal and the greatest number."""
    assert isinstance(format.grid, FloatGrid)
    random = np.random.default_rng(seed)
    fraction, width = format.grid.precision - 1, format.width
    fields, bias = (format.top + 1) >> fraction, 1 - format.grid.emin

    def integers(low, high, size=RANDOM_PAIRS):
        return random.integers(low, high, size, dtype=np.int64)

    def number(exponent, significand):
        field = np.clip(exponent, 0, fields)
        return (integers(0, 2) << width - 1) | (field << fraction) | (significand & (1 << fraction) - 1)

    any_code = integers(0, 1 << width)
    any_field = any_code >> fraction & (1 << width - 1 - fraction) - 1
    near = (any_code + integers(-3, 4)) % (1 << width) ^ integers(0, 2) << width - 1
    sparse = integers(0, 2) * (integers(0, 2) << fraction - 1 | integers(0, 3))
    far = number(any_field - integers(fraction - 1, fraction + 4), sparse)
    bits = integers(1, fraction + 1)
    short = number(integers(fields // 4, 3 * fields // 4), integers(0, 1 << fraction) >> bits << bits)
    other = number(integers(fields // 4, 3 * fields // 4), integers(0, 1 << fraction) >> fraction - bits << fraction - bits)
    low_product = number(bias - any_field + integers(-fraction - 2, 3), integers(0, 1 << fraction))
    high_product = number(fields + bias - any_field + integers(-2, 2), integers(0, 1 << fraction) | integers(0, 2) * 7)
    low_sum, low_term = number(integers(0, 4), any_code), number(integers(0, 4), integers(0, 1 << fraction))
    high_sum, high_term = number(fields - integers(1, 3), -integers(1, 9)), number(fields - integers(1, fraction + 4), sparse)
    edge = edges(format).astype(np.int64)
    x = [any_code, any_code, any_code, short, any_code, any_code, low_sum, high_sum, np.repeat(edge, edge.size)]
    y = [np.roll(any_code, 1), near, far, other, low_product, high_product, low_term, high_term, np.tile(edge, edge.size)]
    return tuple(np.concatenate(codes).astype(np.uint64) for codes in (x, y))
