"""Candidates of sums, differences and products of two operands."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from ...spec.exact import power_of_two
from ...spec.formats import FloatGrid
from ...spec.projection import Projection
from ..operations import Configuration, datum
from .pools import ALL_CODES, Operands, pool

PRODUCTS = ("multiply", "leaky_relu")
"""Operations whose result, of some operands, is their product."""


def pairs(plain: Configuration) -> Iterator[Operands]:
    """Every pair from the operands' pools, and for wide formats pairs solved for a result near the places that matter."""
    pools = [pool(format) for format in plain.operands]
    yield from product(*pools)
    if any(format.width > ALL_CODES for format in plain.operands):
        yield from _solved(plain, pools[0])
        yield from _aligned(plain)


def _solved(plain: Configuration, first: list[int]) -> Iterator[Operands]:
    """For targets round the ends of the result's range, the second operand that comes nearest from some of the first."""
    assert plain.to is not None, "only projected operations have two operands"
    x_format, y_format, grid = *plain.operands, plain.to.format.grid
    top, least = plain.to.format.top, plain.to.format.least_normal or 1
    places = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    targets = [
        grid.magnitude(n) + (grid.magnitude(n + 1) - grid.magnitude(n)) * t
        for n in (0, 1, 2, least - 2, least - 1, least, top - 1, top, top + 1)
        for t in places
        if n >= 0
    ]
    nearest = Projection(y_format, "ties_to_even", "saturate")
    for x_code, target in product(first[::2], targets):
        x = datum(x_format, x_code)
        if not isinstance(x, Fraction) or x == 0:
            continue
        y = target / x if plain.operation in PRODUCTS else {"add": target - x, "subtract": x - target}[plain.operation]
        code = nearest(y).code
        yield from ((x_code, near) for near in (code - 1, code, code + 1) if 0 <= near < 1 << y_format.width)


def _aligned(plain: Configuration) -> Iterator[Operands]:
    """For sums, operands whose exponents differ by every number up to some more than their precision, in both orders and with
    all signs, and operands whose difference loses every number of leading bits."""
    if plain.operation in PRODUCTS:
        return
    grids = [(f.grid, f.width) for f in plain.operands]
    precision = max(grid.precision if isinstance(grid, FloatGrid) else width for grid, width in grids)
    least = max(grid.emin if isinstance(grid, FloatGrid) else grid.quantum for grid, _ in grids)
    one, last = Fraction(1), power_of_two(1 - precision)
    ends = (one, one + last, one * 3 / 2, 2 - last)
    far = [(s, t / 2**distance) for distance in range(precision + 6) for s, t in product(ends, ends)]
    deep = [(one * 3 / 2, one * 3 / 2 - power_of_two(-depth)) for depth in range(1, precision)]
    first, second = (Projection(format, "toward_zero", "saturate") for format in plain.operands)
    scale = power_of_two(least + precision + 6)
    for (x, y), one_sign, other_sign in product(far + deep, (1, -1), (1, -1)):
        for a, b in ((x, y), (y, x)):
            yield first(one_sign * scale * a).code, second(other_sign * scale * b).code
