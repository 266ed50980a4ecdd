"""Cells: the situations that a vector can be in, read off the exact intermediate result and not off the operands.

The vocabulary is that of coverage models for floating point: place in the gap, parity, sticky, carry, distance of the
operands, depth of cancellation, closeness to the ends of the format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..spec.exact import Exact, Special, floor_log2, is_infinite, is_nan, is_negative, is_zero, magnitude
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format
from ..spec.projection import Projection
from .between import OF_ZEROS, Key, between, ordered
from .operations import Configuration
from .places import place_in_gap

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
    "pole",
    "less",
    "equal",
    "greater",
    "number",
)
"""The classes of vectors; a file's class numbers count from 1 in this order."""

NEAR = 16
"""What is nearer to a point or a tie than this part of the gap, a sixteenth, counts as just beside it."""


def cell(configuration: Configuration, operands: tuple[int, ...]) -> tuple[str, tuple[Key, ...]]:
    """The class of a vector, and the keys of the cells that it lies in."""
    data, to = configuration.data(operands), configuration.to
    kinds = tuple(kind(x, format) for x, format in zip(data, configuration.operands, strict=True))
    if to is None:
        return _unprojected(configuration, operands, data, kinds)
    exponents = configuration.described.exponents if configuration.described else ()
    kinds = tuple(kind for kind, role in zip(kinds, configuration.roles, strict=True) if role not in exponents)
    exact, raised = configuration.outcome(data, *operands[len(data) :])
    if any(is_nan(x) for x in data):
        name = "signaling nan" if Special.SIGNALING_NAN in data else "nan"
        return name, ((name, *_few(kinds)), *((name, i) for i, x in enumerate(data) if is_nan(x)))
    if isinstance(exact, Special) and is_nan(exact):
        return "invalid", (("invalid", *_few(kinds)),)
    signs = tuple(is_negative(x) for x in data)
    if is_infinite(exact):
        name = "pole" if Flags.INFINITE in raised else "infinity"
        return name, ((name, *_few(kinds), *_few(signs)),)
    if is_zero(exact):
        name = "zero" if any(is_zero(x) for x in data) else "vanished sum"
        found = between(configuration, data, exact) if configuration.operation in OF_ZEROS and name == "vanished sum" else ()
        return name, ((name, *_few(kinds), *_few(signs)), *found)
    place, keys = _place(to, exact)
    # Where the sign matters it matters by the rule and not by the pair of kinds, which keeps the number of cells in hand.
    found = between(configuration, data, exact) if not any(map(is_infinite, data)) else ()
    return place, (*keys, (place, *_few(kinds)), *found)


def _few(items: Sequence[object]) -> tuple[object, ...]:
    """The items of one or two operands; of more how many there are of each, and which is the last."""
    if len(items) <= 2:
        return (tuple(items),)
    return (tuple(sorted(Counter(map(str, items)).items())), items[-1])


def _unprojected(
    configuration: Configuration, operands: tuple[int, ...], data: list[Exact], kinds: tuple[str, ...]
) -> tuple[str, tuple[Key, ...]]:
    """The class and the cells of operations whose result is no projected number: kinds, signs, order, and the result itself."""
    signs = tuple(bool(code >> format.width - 1) for code, format in zip(operands, configuration.operands, strict=True))
    result = configuration.results(operands) if configuration.described else ()
    shifts = configuration.described is not None and bool(configuration.described.exponents)
    if any(is_nan(x) for x in data):
        name = "signaling nan" if Special.SIGNALING_NAN in data else "nan"
    elif len(data) == 1 or shifts:
        named = {"zero": "zero", "subnormal": "subnormal", "inf": "infinity", "normal": "number"}
        name = named[kinds[0]] if configuration.described else "exact"
    else:
        name = str(ordered(data)[0])
    if shifts:
        return name, ((name, kinds[0]), (signs[0], operands[1]))
    if len(data) == 1 and configuration.described:
        format = configuration.operands[0]
        n = -1 if isinstance(data[0], Special) else format.point(operands[0])[1]
        edges = (0, 1, 2, format.least_normal or 1, format.top, format.top_negative)
        return name, (
            (name, kinds, signs),
            ("edge", tuple(n - edge for edge in edges if abs(n - edge) <= 1), signs),
            ("result", result[1:]),
        )
    return name, ((name, kinds, signs), *(((name, *ordered(data), *result),) if len(data) == 2 else ()))


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
    t, odd = place_in_gap(grid, n, m), format.is_odd(n)
    limit, least = to.overflow.limit(format, negative), format.least_normal
    # The place is part/parts; asked of the two integers, each question is answered many times faster.
    part, parts = t.numerator, t.denominator
    quarter = ("exact", "below", "tie", "above")[0 if part == 0 else 1 + (2 * part >= parts) + (2 * part > parts)]
    zone = "subnormal" if least is not None and n < least else "normal"
    binade_end = isinstance(grid, FloatGrid) and n >= grid.first_normal and _is_binade_end(n + 1, grid)
    off_tie = abs(2 * part - parts)
    near = "point" if 0 < part * NEAR < parts else "next" if (parts - part) * NEAR < parts else "far"
    near = "tie" if near == "far" and 0 < off_tie * NEAR < 2 * parts else near
    if n > limit or (n == limit and part):
        zone = "past" if n == limit else "far past"
        name = "in the gap past the end" if n == limit else "far past the end"
    elif n == limit:
        name = "at the last point"
    elif zone == "subnormal" and part and n == 0:
        name = "vanished below the least"
    elif zone == "subnormal":
        name = "subnormal tie" if quarter == "tie" else "subnormal"
    elif binade_end and part:
        name = "carry into the next binade"
    elif near != "far":
        name = {"point": "just above a point", "next": "just below a point", "tie": "just beside a tie"}[near]
    else:
        parity = "odd" if odd else "even"
        name = {"exact": "exact", "below": "below half", "above": "above half", "tie": f"tie, {parity} below"}[quarter]
    edge = n - limit if abs(n - limit) <= 2 else n if n <= 2 else "inside"
    keys = ((zone, quarter, odd, negative), (zone, near, quarter, negative), (edge, quarter, negative, binade_end))
    # Tininess after rounding is decided by the quarter of the gap below the least normal number.
    whole, rest = divmod(4 * part, parts)
    return name, (*keys, ("below the least normal", whole, rest > 0, negative)) if n + 1 == least else keys


def _is_binade_end(n: int, grid: FloatGrid) -> bool:
    return (n - grid.first_normal) % (1 << grid.precision - 1) == 0
