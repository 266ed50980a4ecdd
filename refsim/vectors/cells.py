"""Cells: the situations that a vector can be in, read off the exact intermediate result and not off the operands.

The vocabulary is that of coverage models for floating point: place in the gap, parity, sticky, carry, distance of the
operands, depth of cancellation, closeness to the ends of the format.
"""

from __future__ import annotations

from fractions import Fraction

from ..spec.exact import Exact, Special, floor_log2, is_infinite, is_nan, is_negative, is_zero, magnitude
from ..spec.formats import FloatGrid, Format
from ..spec.projection import Projection
from .operations import Configuration

CLASSES = (
    "exact",
    "below half",
    "above half",
    "tie, even below",
    "tie, odd below",
    "just above a point",
    "just beside a tie",
    "just below a point",
    "subnormal",
    "subnormal tie",
    "carry into the next binade",
    "at the last point",
    "in the gap past the end",
    "far past the end",
    "zero",
    "vanished sum",
    "infinity",
    "invalid",
    "nan",
    "signaling nan",
    "vanished below the least",
)
"""The classes of vectors; a file's class numbers count from 1 in this order."""

NEAR = Fraction(1, 16)
"""How near to a point or a tie, as a part of the gap, counts as just beside it."""

Key = tuple[object, ...]


def cell(configuration: Configuration, operands: tuple[int, ...]) -> tuple[str, tuple[Key, ...]]:
    """The class of a vector, and the keys of the cells that it lies in."""
    data, to = configuration.data(operands), configuration.to
    exact = configuration.operate(data)
    kinds = tuple(kind(x, format) for x, format in zip(data, configuration.operands, strict=True))
    if to is None or any(is_nan(x) for x in data):
        name = "signaling nan" if Special.SIGNALING_NAN in data else "nan" if any(map(is_nan, data)) else "exact"
        return name, ((name, kinds),)
    if isinstance(exact, Special) and is_nan(exact):
        return "invalid", (("invalid", kinds),)
    signs = tuple(is_negative(x) for x in data)
    if is_infinite(exact):
        return "infinity", (("infinity", kinds, signs),)
    if is_zero(exact):
        name = "zero" if any(is_zero(x) for x in data) else "vanished sum"
        return name, ((name, kinds, signs),)
    place, keys = _place(to, exact)
    # Where the sign matters it matters by the rule and not by the pair of kinds, which keeps the number of cells in hand.
    between = _between(configuration, data, exact)
    return place, (*keys, (place, kinds), *between)


def kind(x: Exact, format: Format) -> str:
    """What sort of datum an operand is."""
    if isinstance(x, Special):
        return x.value.removeprefix("-") if x is not Special.NEGATIVE_ZERO else "zero"
    if x == 0:
        return "zero"
    grid = format.grid
    return "subnormal" if isinstance(grid, FloatGrid) and floor_log2(magnitude(x)) < grid.emin else "normal"


def _place(to: Projection, exact: Exact) -> tuple[str, tuple[Key, ...]]:
    """The class by the place of the exact result in its gap, and the cells of that place."""
    format, negative = to.format, is_negative(exact)
    m, grid = magnitude(exact), format.grid
    n = grid.floor(m)
    low, high = grid.magnitude(n), grid.magnitude(n + 1)
    t, odd = to.place(m, low, high) if m != low else Fraction(0), format.is_odd(n)
    limit, least = to.overflow.limit(format, negative), format.least_normal
    quarter = ("exact", "below", "tie", "above")[0 if t == 0 else 1 + (2 * t >= 1) + (2 * t > 1)]
    zone = "subnormal" if least is not None and n < least else "normal"
    binade_end = isinstance(grid, FloatGrid) and n >= grid.first_normal and _is_binade_end(n + 1, grid)
    near = "point" if 0 < t < NEAR else "next" if t > 1 - NEAR else "tie" if 0 < abs(2 * t - 1) < 2 * NEAR else "far"
    if n > limit or (n == limit and t > 0):
        zone = "past" if n == limit else "far past"
        name = "in the gap past the end" if n == limit else "far past the end"
    elif n == limit:
        name = "at the last point"
    elif zone == "subnormal" and t > 0 and n == 0:
        name = "vanished below the least"
    elif zone == "subnormal":
        name = "subnormal tie" if quarter == "tie" else "subnormal"
    elif binade_end and t > 0:
        name = "carry into the next binade"
    elif near != "far":
        name = {"point": "just above a point", "next": "just below a point", "tie": "just beside a tie"}[near]
    else:
        parity = "odd" if odd else "even"
        name = {"exact": "exact", "below": "below half", "above": "above half", "tie": f"tie, {parity} below"}[quarter]
    edge = n - limit if abs(n - limit) <= 2 else n if n <= 2 else "inside"
    keys = ((zone, quarter, odd, negative), (zone, near, quarter, negative), (edge, quarter, negative, binade_end))
    # Tininess after rounding is decided by the quarter of the gap below the least normal number.
    return name, (*keys, ("below the least normal", 4 * t // 1, 4 * t % 1 > 0, negative)) if n + 1 == least else keys


def _is_binade_end(n: int, grid: FloatGrid) -> bool:
    return (n - grid.first_normal) % (1 << grid.precision - 1) == 0


def _between(configuration: Configuration, data: list[Exact], exact: Exact) -> tuple[Key, ...]:
    """The cells of how two operands lie to each other: distance of exponents, cancellation, carry out of the product."""
    if len(data) < 2 or any(is_zero(x) for x in data):
        return ()
    a, b = (floor_log2(magnitude(x)) for x in data)
    out = floor_log2(magnitude(exact))
    if configuration.operation == "multiply":
        return (("carry", out - a - b, is_negative(exact)),)
    reach = max((f.grid.precision if isinstance(f.grid, FloatGrid) else f.width) for f in configuration.operands) + 5
    distance = max(-reach, min(reach, a - b))
    opposite = (is_negative(data[0]) != is_negative(data[1])) == (configuration.operation == "add")
    depth = max(a, b) - out if opposite else -1
    return (("distance", distance, opposite), ("cancelled", depth), ("cancelled", depth, distance if abs(distance) < 2 else 2))
