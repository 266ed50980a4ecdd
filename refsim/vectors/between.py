"""Cells of how the operands of an operation lie to each other and to the exact result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ..spec.comparison import relation
from ..spec.exact import Exact, Special, floor_log2, is_nan, is_negative, is_zero, magnitude
from ..spec.formats import FloatGrid
from .operations import Configuration
from .places import at_place, place_in_gap

Key = tuple[object, ...]
Between = Callable[[Configuration, Sequence[Exact], Exact], tuple[Key, ...]]


def between(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The cells of finite operands and a finite result that is not zero."""
    return BETWEEN.get(configuration.operation, _near)(configuration, data, exact)


def ordered(data: Sequence[Exact]) -> Key:
    """How two data lie to each other, zeros of two signs and equal magnitudes told apart."""
    x, y = data[:2]
    if is_nan(x) or is_nan(y):
        return (is_nan(x), is_nan(y))
    same = not isinstance(x, Special) and not isinstance(y, Special) and magnitude(x) == magnitude(y)
    return (relation(x, y).value, same, is_negative(x), is_negative(y))


def _precision(configuration: Configuration) -> int:
    return max(f.grid.precision if isinstance(f.grid, FloatGrid) else f.width for f in configuration.operands)


def _log(x: Exact) -> int:
    return floor_log2(magnitude(x))


def _exponent(configuration: Configuration, data: Sequence[Exact], _: Exact) -> tuple[Key, ...]:
    """The exponent of a single operand where it is small; the parity of all others."""
    if is_zero(data[0]):
        return ()
    e, p = _log(data[0]), _precision(configuration)
    return (("exponent", e if -4 <= e <= p + 2 else e % 2, is_negative(data[0])),)


def _sum(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """Distance of exponents and cancellation."""
    if any(map(is_zero, data)):
        return ()
    a, b, out = _log(data[0]), _log(data[1]), _log(exact)
    reach = _precision(configuration) + 5
    distance = max(-reach, min(reach, a - b))
    opposite = (is_negative(data[0]) != is_negative(data[1])) == (configuration.operation == "add")
    depth = max(a, b) - out if opposite else -1
    return (("distance", distance, opposite), ("cancelled", depth), ("cancelled", depth, distance if abs(distance) < 2 else 2))


def _product(_: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """Whether the product of the significands reaches 2."""
    if any(map(is_zero, data[:2])):
        return ()
    return (("carry", _log(exact) - _log(data[0]) - _log(data[1]), is_negative(exact)),)


def _quotient(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """Whether the significand of the divisor is the greater one, and how near to a middle or a point the quotient lies."""
    if any(map(is_zero, data)):
        return ()
    return (("borrow", _log(data[0]) - _log(data[1]) - _log(exact), is_negative(exact)), *nearness(configuration, exact))


def nearness(configuration: Configuration, exact: Exact) -> tuple[Key, ...]:
    """How many bits of the place agree with those of a point or of a middle, and on which side the number lies."""
    to = configuration.to
    assert to is not None, "only a projected number has a place"
    grid, m = to.format.grid, magnitude(exact)
    n = grid.floor(m)
    if m == grid.magnitude(n):
        return ()
    if isinstance(m, Fraction):
        t = place_in_gap(grid, n, m)
        distances = {"point": t, "next": 1 - t, "above tie": t - Fraction(1, 2), "below tie": Fraction(1, 2) - t}
        close = {name: d for name, d in distances.items() if 0 < d < Fraction(1, 16)}
        return tuple(_near_key(name, min(-floor_log2(d), 60), n) for name, d in close.items())
    sides = (
        ("point", Fraction(0), 1),
        ("next", Fraction(1), -1),
        ("above tie", Fraction(1, 2), 1),
        ("below tie", Fraction(1, 2), -1),
    )
    keys: list[Key] = []
    for name, place, side in sides:
        near = at_place(grid, n, place + side * Fraction(1, 16))
        if _beyond(m, at_place(grid, n, place), side) and not _beyond(m, near, side):
            ends = ((b, at_place(grid, n, place + side * Fraction(1, 1 << b))) for b in range(5, 60))
            bits = next((b for b, end in ends if _beyond(m, end, side)), 60)
            keys.append(_near_key(name, bits, n))
    return tuple(keys)


def _near_key(name: str, bits: int, n: int) -> Key:
    """The cell of so many equal bits; where they are many, also of the last bits of the point, so that more are kept."""
    return ("near", name, bits, n % 4 if bits >= 8 else 0)


def _beyond(m: Exact, end: Fraction, side: int) -> bool:
    return bool(m > end) if side > 0 else bool(m < end)  # type: ignore[operator]


def _fused(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The addend's distance from the product, cancellation, and what rounding the product first would have done."""
    x, y, z = data
    assert configuration.to is not None, "a sum is projected"
    if any(map(is_zero, data)):
        return (("zero factor", is_zero(x), is_zero(y), is_zero(z), is_negative(exact)),)
    p = _number(x) * _number(y)
    a, b, out = floor_log2(abs(p)), _log(z), _log(exact)
    bits = _precision(configuration)
    distance = max(-2 * bits - 3, min(bits + 3, b - a))
    opposite = (p < 0) != is_negative(z)
    depth = max(a, b) - out if opposite else -1
    return (
        ("distance", distance, opposite),
        ("cancelled", depth),
        ("event", *_event(configuration, p), out < a - 1),
        ("unfused", _unfused_differs(configuration, p, z, _number(exact)), *_event(configuration, p)[:1]),
    )


def _event(configuration: Configuration, p: Fraction) -> tuple[str, bool]:
    """What rounding the product alone would raise."""
    to = configuration.to
    assert to is not None, "a sum is projected"
    grid, m = to.format.grid, abs(p)
    n = grid.floor(m)
    least = to.format.least_normal or 0
    name = "overflow" if n > to.format.top else "subnormal" if n < least else "normal"
    return name, m == grid.magnitude(n)


def _unfused_differs(configuration: Configuration, p: Fraction, z: Exact, exact: Fraction) -> bool:
    """Whether the sum differs where the product is rounded to even first, as if the range had no end."""
    to = configuration.to
    assert to is not None, "a sum is projected"

    def rounded(x: Fraction) -> Fraction:
        m = to.format.grid.magnitude(to.round(abs(x), x < 0)[0])
        return -m if x < 0 else m

    return rounded(rounded(p) + _number(z)) != rounded(exact)


def _number(x: Exact) -> Fraction:
    return x if isinstance(x, Fraction) else Fraction(0)


def _total(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """Of three addends or more: how many are zeros, and how far the sum lies below the greatest of them."""
    zeros = sum(map(is_zero, data))
    greatest = max((_log(x) for x in data if not is_zero(x)), default=0)
    depth = min(max(greatest - _log(exact), -2), 3 * _precision(configuration))
    spread = max((_log(x) for x in data if not is_zero(x)), default=0) - min(
        (_log(x) for x in data if not is_zero(x)), default=0
    )
    signs = len({is_negative(x) for x in data if not is_zero(x)})
    return (
        ("cancelled", depth, signs),
        ("spread", min(spread, 2 * _precision(configuration)), signs),
        ("zeros", zeros, is_negative(exact)),
    )


def _dot(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The cells of the sum of the products, and of the order in which great ones stand."""
    half = len(data) // 2
    products = [_number(x) * _number(y) for x, y in zip(data[:half], data[half:], strict=True)]
    greatest = max(map(abs, products))
    shape = tuple((p > 0) - (p < 0) for p in products)
    great = tuple(abs(p) == greatest for p in products)
    return (("shape", shape), ("great", great, is_negative(exact)), *_total(configuration, products, exact)[:1])


def _remainder(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The integral quotient's size and parity, the place of the quotient between two integers, and the signs."""
    x, y = (_number(datum) for datum in data)
    quotient = abs(x / y) if y else Fraction(0)
    whole = quotient // 1
    rest = quotient - whole
    place = 0 if rest == 0 else 1 + (2 * rest >= 1) + (2 * rest > 1)
    size = whole if whole < 4 else min(2 + floor_log2(Fraction(whole)), 2 * _precision(configuration))
    near = 0 < abs(2 * rest - 1) < Fraction(1, 64)
    return (
        ("quotient", size, whole % 2, place, near),
        ("signs", x < 0, y < 0, place, whole % 2),
        ("rest", is_negative(exact), place),
    )


def _integral(configuration: Configuration, data: Sequence[Exact], _: Exact) -> tuple[Key, ...]:
    """The operand's exponent, and its place between two integers."""
    x = abs(_number(data[0]))
    if not x:
        return ()
    whole = x // 1
    rest = x - whole
    place = 0 if rest == 0 else 1 + (2 * rest >= 1) + (2 * rest > 1)
    near = "point" if 0 < rest < Fraction(1, 8) else "next" if rest > Fraction(7, 8) else "far"
    near = "beside a tie" if 0 < abs(2 * rest - 1) < Fraction(1, 64) else near
    e = max(-4, min(_precision(configuration) + 2, floor_log2(x)))
    negative = is_negative(data[0])
    return (
        ("integer", e, place),
        ("place", whole % 2, place, near, negative),
        ("tie", min(5, whole), place, near == "beside a tie", negative),
    )


def _extremum(_: Configuration, data: Sequence[Exact], __: Exact) -> tuple[Key, ...]:
    """The order of the operands."""
    return (
        (("order", *ordered(data)),)
        if len(data) == 2
        else (("order", *ordered(data), *ordered(data[1:]), *ordered(data[::2])),)
    )


def _scaled(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The exponent of the result below the least normal number, and the scale."""
    assert configuration.to is not None, "a number is projected"
    grid = configuration.to.format.grid
    out = _log(exact) - (grid.emin if isinstance(grid, FloatGrid) else 0)
    scales = [x for x, role in zip(data, configuration.roles, strict=True) if role in _exponent_roles(configuration)]
    sizes = tuple((_number(s) > 0) - (_number(s) < 0) for s in scales)
    return (("depth", max(-_precision(configuration) - 3, min(out, 1))), ("scale", sizes, is_negative(exact)))


def _exponent_roles(configuration: Configuration) -> tuple[str, ...]:
    return configuration.described.exponents if configuration.described else ()


def _hypot(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The distance of the sides' exponents, and how near to a middle or a point the hypotenuse lies."""
    if any(map(is_zero, data)):
        return (("side", is_zero(data[0]), is_zero(data[1])),)
    reach = _precision(configuration) + 2
    return (("distance", max(-reach, min(reach, _log(data[0]) - _log(data[1])))), *nearness(configuration, exact))


def _near(configuration: Configuration, data: Sequence[Exact], exact: Exact) -> tuple[Key, ...]:
    """The exponent of the operand, and how near to a middle or a point the result lies."""
    assert configuration.to is not None, "only a projected number has a place"
    format, negative = configuration.to.format, is_negative(exact)
    n = format.grid.floor(magnitude(exact))
    beyond = n - configuration.to.overflow.limit(format, negative)
    ends = (("end", beyond > 0, abs(beyond).bit_length(), negative), ("least", n.bit_length(), negative))
    return (*_exponent(configuration, data, exact), *ends, *nearness(configuration, exact))


OF_ZEROS = ("round_to_integral", "round_to_integral_exact", "to_integer", "remainder", "fmod")
"""Operations whose cells are about the operands even where the result is zero."""
BETWEEN: dict[str, Between] = {
    "convert": lambda *_: (),
    "add": _sum,
    "subtract": _sum,
    "multiply": _product,
    "divide": _quotient,
    "fma": _fused,
    "faa": _total,
    "dot_product": _dot,
    "remainder": _remainder,
    "fmod": _remainder,
    "round_to_integral": _integral,
    "round_to_integral_exact": _integral,
    "to_integer": _integral,
    "scale_b": _scaled,
    "scaled_add": _scaled,
    "scaled_multiply": _scaled,
    "scaled_fma": _scaled,
    "hypot": _hypot,
    "strict_hypot": _hypot,
    "clamp": _extremum,
    **{
        f"{least}{family}": _extremum
        for least in ("minimum", "maximum")
        for family in ("", "_number", "_magnitude", "_magnitude_number", "_finite")
    },
    **{f"{least}_num{mag}": _extremum for least in ("min", "max") for mag in ("", "_mag")},
}
"""The cells by operation; every other operation on a number has those of ``_near``."""
