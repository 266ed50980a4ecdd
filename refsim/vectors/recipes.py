"""Recipes: which operands a tier of vectors has. Chosen by cell, never at random, so that a file has a reason for each row.

Where several operands lie in one cell the content hash of the vector decides, so a recipe needs no random stream.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product

from ..spec.exact import Exact, Special, is_negative, magnitude, power_of_two
from ..spec.formats import FloatGrid, Format, Unrepresentable
from ..spec.projection import Projection
from .cells import CLASSES, cell
from .file import identifier
from .operations import Configuration, datum

RECIPE = 1
"""The version of the recipes; a change of any chosen operand bumps it."""
REPRESENTATIVES = 4
"""Vectors that each cell gets, where there are so many: one is too few to tell apart what a cell mixes."""
ALL_CODES = 8
"""Formats of at most this many bits lend all their codes as operands."""

Operands = tuple[int, ...]


def exhaustive(configuration: Configuration) -> Iterator[Operands]:
    """Every combination of operands, in order."""
    return product(*(range(1 << field.bits) for field in configuration.operand_fields))


def edge(configuration: Configuration) -> list[tuple[str, Operands]]:
    """Operands with their classes, by class. A conversion gets every candidate; an operation on two operands gets some of
    every cell, the same in every mode, so that modes can be compared row by row."""
    to = configuration.to
    if to is None or len(configuration.operands) == 1:
        chosen: Iterable[Operands] = _candidates(configuration)
    else:
        chosen = (
            (*codes, *draw)
            for codes in _chosen_pairs(configuration.operation, configuration.operands, to.format)
            for draw in _draws(configuration, *codes)
        )
    found = [(cell(configuration, operands)[0], operands) for operands in chosen if _has_result(configuration, operands)]
    return sorted(found, key=lambda item: (CLASSES.index(item[0]), item[1]))


@lru_cache(maxsize=64)
def _chosen_pairs(operation: str, operands: tuple[Format, ...], result: Format) -> tuple[Operands, ...]:
    """Of all candidates, in the order of their content hashes, those that lie in a cell with fewer than its share."""
    plain = Configuration(operation, operands, Projection(result, "ties_to_even", "saturate"))
    held: Counter[object] = Counter()
    kept = []
    for codes in sorted(set(_pairs(plain)), key=identifier(plain)):
        keys = cell(plain, codes)[1]
        if any(held[key] < REPRESENTATIVES for key in keys):
            held.update(keys)
            kept.append(codes)
    return tuple(kept)


def _pairs(plain: Configuration) -> Iterator[Operands]:
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
        y = {"add": target - x, "subtract": x - target, "multiply": target / x}[plain.operation]
        code = nearest(y).code
        yield from ((x_code, near) for near in (code - 1, code, code + 1) if 0 <= near < 1 << y_format.width)


def _aligned(plain: Configuration) -> Iterator[Operands]:
    """For sums, operands whose exponents differ by every number up to some more than their precision, in both orders and with
    all signs, and operands whose difference loses every number of leading bits."""
    if plain.operation == "multiply":
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


def _candidates(configuration: Configuration) -> Iterator[Operands]:
    to = configuration.to
    if to is None:
        yield from exhaustive(configuration)
    else:
        for code in conversion_sources(configuration.operands[0], to):
            yield from ((code, *draw) for draw in _draws(configuration, code))


def _draws(configuration: Configuration, *codes: int) -> Iterable[tuple[int, ...]]:
    """Random bits that matter: the least, the greatest, and those around the one from which on the magnitude goes up."""
    to = configuration.to
    if to is None or not to.rounding.bits:
        return [()]
    exact, last = configuration.exact(codes), (1 << to.rounding.bits) - 1
    if isinstance(exact, Special):
        return [(0,)]
    _, gap = to.round(magnitude(exact), is_negative(exact), 0)
    turn = int((1 - gap.t) * (last + 1))
    return [(r,) for r in sorted({0, last, *(r for r in range(turn - 1, turn + 2) if 0 <= r <= last)})]


def _has_result(configuration: Configuration, operands: Operands) -> bool:
    """Whether the specification gives a result: vectors hold no refusals."""
    try:
        configuration.results(operands)
    except Unrepresentable:
        return False
    return True


def pool(format: Format) -> list[int]:
    """Codes of a format that are worth combining: all of a narrow one; of a wide one the special data, the ends, and through
    a choice of exponents the significands that carry, tie or cancel."""
    if format.width <= ALL_CODES:
        return list(range(1 << format.width))
    codes = {code for block in format.specials for code in (block.first, block.last)}
    for n in _points(format):
        codes.update(_codes(format, n))
    return sorted(codes)


def _codes(format: Format, n: int) -> Iterator[int]:
    for negative in (False, True):
        if format.first <= n <= format.limit(negative):
            yield format.code(negative, n)


def _points(format: Format) -> list[int]:
    """Points of the grid near zero, near the ends, and in chosen binades at significands with few ones or few zeros."""
    top, points = max(format.top, format.top_negative), set(range(4))
    points.update(range(top - 2, top + 1))
    grid = format.grid
    if not isinstance(grid, FloatGrid):
        points.update(n for k in range(format.width) for n in ((1 << k) - 1, 1 << k, (1 << k) + 1, 3 << k >> 1))
    else:
        binade, p = 1 << grid.precision - 1, grid.precision
        points.update(grid.first_normal + d for d in (-2, -1, 0, 1))
        last = (top - grid.first_normal) // binade
        middle = -grid.emin
        chosen = {
            0,
            1,
            2,
            last - 1,
            last,
            *range(middle - 2, middle + 3),
            middle - p,
            middle + p,
            middle - p - 1,
            middle + p + 2,
        }
        for exponent in (e for e in chosen if 0 <= e <= last):
            start = grid.first_normal + exponent * binade
            points.update(
                start + f for f in (0, 1, binade // 2, binade // 2 + 1, binade - 1, binade - 2, binade // 3, binade // 3 + 1)
            )
    return sorted(n for n in points if 0 <= n <= top)


def conversion_sources(source: Format, to: Projection) -> list[int]:
    """Source codes at and beside every point and every middle of the result's grid, or of a choice of its points where they
    are many; past its ends; at its own ends; and its special data."""
    if source.width <= ALL_CODES:
        return list(range(1 << source.width))
    grid, top = to.format.grid, max(to.format.top, to.format.top_negative)
    inside = range(top + 1) if to.format.width <= ALL_CODES else _points(to.format)
    points: set[Fraction] = set()
    middles: set[Fraction] = set()
    quarters: set[Fraction] = set()
    for n in (*inside, top + 1, top + 2, 2 * top + 1, 3 * top):
        low, high = grid.magnitude(n), grid.magnitude(n + 1)
        points.add(low)
        middles.add((low + high) / 2)
        quarters |= {low + (high - low) / 4, low + (high - low) * 3 / 4}
    codes = {code for block in source.specials for code in (block.first, block.last)}
    at = Projection(source, "toward_zero", "saturate")
    for sign in (1, -1) if source.signed else (1,):
        codes.update(code for m in points | middles for code in _beside(source, sign * m))
        codes.update(code for m in middles for code in _sticky(source, to.format, sign * m))
        codes.update(at(sign * m).code for m in quarters)
    for n in (*range(3), *(range(max(source.top - 2, 0), source.top + 1))):
        codes.update(_codes(source, n))
    return sorted(codes)


def _beside(source: Format, x: Exact) -> Iterator[int]:
    """The codes of the source at or next to x on both sides."""
    negative = is_negative(x)
    n = source.grid.floor(magnitude(x))
    for point in (n - 1, n, n + 1):
        if source.first <= point <= source.limit(negative):
            yield source.code(negative, point)


def _sticky(source: Format, result: Format, x: Exact) -> Iterator[int]:
    """Codes of the source above x by one bit: halfway down the lost ones, and nearer to those that are kept."""
    negative, grids = is_negative(x), (source.grid, result.grid)
    n = source.grid.floor(magnitude(x))
    kept, left = (grid.precision if isinstance(grid, FloatGrid) else 0 for grid in grids)
    lost = max(kept - left, 0)
    for point in (n + (1 << lost // 2), n + (1 << 3 * lost // 4), n + (1 << 7 * lost // 8)):
        if source.first <= point <= source.limit(negative):
            yield source.code(negative, point)
