"""Floating-point multipliers with all that IEEE 754 asks of the result: subnormal numbers, ties to even, infinities and NaN.

The product of the significands is normalized by the zeros that lead it, but no further than the least exponent, or shifted to
the right when it lies below; it is rounded once, by adding to exponent and fraction together. Status flags are left out.
"""

from __future__ import annotations

from ...spec.exact import NAN, POSITIVE_INFINITY
from ...spec.formats import Coding, FloatGrid, Format
from ...spec.projection import Projection
from .multipliers import Multiplier, module


def is_interchange(format: Format) -> bool:
    """Whether a format is coded as those of IEEE 754: infinity and NaNs in the top exponent, subnormal numbers, and a bias."""
    grid = format.grid
    if (
        not isinstance(grid, FloatGrid)
        or not grid.subnormals
        or format.coding is not Coding.SIGN_MAGNITUDE
        or grid.precision < 3
    ):
        return False
    fraction = grid.precision - 1
    exponent = format.width - 1 - fraction
    if exponent < 2:
        return False
    infinity = (1 << exponent) - 1 << fraction
    bias = (1 << exponent - 1) - 1
    specials = {datum: first for first, _, datum in format.specials if first >> format.width - 1 == 0}
    return (
        (grid.emin, format.top, format.offset) == (1 - bias, infinity - 1, 0)
        and specials.get(POSITIVE_INFINITY) == infinity
        and specials.get(NAN) == infinity + (1 << fraction - 1)
    )


def floating_product(name: str, format: Format) -> Multiplier:
    """The product of two numbers of an IEEE-like format in the same format, with ties to even."""
    assert isinstance(format.grid, FloatGrid), "an IEEE-like format has a grid of floats"
    p = format.grid.precision
    e, m, w = format.width - p, p - 1, 2 * p
    count, zeros = leading_zeros("product", w)
    bias = (1 << e - 1) - 1
    lines = [
        *(line for port in "ab" for line in _parts(port, e, m)),
        f"wire sign = a[{e + m}] ^ b[{e + m}];",
        f"wire [{w - 1}:0] product = a_significand * b_significand;",
        *zeros,
        "// The exponent of a product that needs no shift.",
        f"wire signed [{e + 1}:0] exponent = $signed({{2'b0, a_exponent}}) + $signed({{2'b0, b_exponent}}) - {bias - 1};",
        f"wire below = exponent[{e + 1}] | ~|exponent;",
        f"wire [{e + 1}:0] room = exponent - 1;",
        f"wire [{e + 1}:0] left = {count} < room ? {count} : room;",
        f"wire [{e + 1}:0] right = 1 - exponent;",
        f"wire [{w - 1}:0] kept = below ? product >> right : product << left;",
        f"wire lost = below & |(product & ~({{{w}{{1'b1}}}} << right));",
        f"wire [{e}:0] field = kept[{w - 1}] ? exponent - left : 0;",
        f"wire up = kept[{p - 1}] & (kept[{p}] | |kept[{p - 2}:0] | lost);",
        f"wire [{e + m}:0] magnitude = {{field, kept[{w - 2}:{p}]}} + up;",
        f"wire infinite = a_infinite | b_infinite | magnitude[{e + m}] | &magnitude[{e + m - 1}:{m}];",
        "wire nan = a_nan | b_nan | a_infinite & b_zero | a_zero & b_infinite;",
        f"assign y = nan ? {{1'b0, {{{e + 1}{{1'b1}}}}, {{{m - 1}{{1'b0}}}}}}",
        f"  : infinite ? {{sign, {{{e}{{1'b1}}}}, {{{m}{{1'b0}}}}}} : {{sign, magnitude[{e + m - 1}:0]}};",
    ]
    return Multiplier(
        name, module((format, format), format.width, lines), (format, format), Projection(format, "ties_to_even", "infinity")
    )


def _parts(port: str, e: int, m: int) -> list[str]:
    """An operand taken apart; zero and the subnormal numbers have the exponent 1 and no leading bit."""
    exponent, fraction = f"{port}[{e + m - 1}:{m}]", f"{port}[{m - 1}:0]"
    least = f"{{{{{e - 1}{{1'b0}}}}, ~{port}_normal}}"
    return [
        f"wire {port}_normal = |{exponent};",
        f"wire [{e - 1}:0] {port}_exponent = {exponent} | {least};",
        f"wire [{m}:0] {port}_significand = {{{port}_normal, {fraction}}};",
        f"wire {port}_zero = ~{port}_normal & ~|{fraction};",
        f"wire {port}_infinite = &{exponent} & ~|{fraction};",
        f"wire {port}_nan = &{exponent} & |{fraction};",
    ]


def leading_zeros(name: str, width: int) -> tuple[str, list[str]]:
    """The zeros before the first one of a wire, counted pair by pair in a tree: the name of the count, and the lines.

    Of no ones at all the count is arbitrary.
    """
    levels = (width - 1).bit_length()
    padded = 1 << levels
    pad = f"{{{name}, {{{padded - width}{{1'b0}}}}}}" if padded > width else name
    lines = [f"wire [{padded - 1}:0] some_0 = {pad};"]
    for level in range(1, levels + 1):
        lines.append(f"wire [{(padded >> level) - 1}:0] some_{level};")
        for i in range(padded >> level):
            high, low = 2 * i + 1, 2 * i
            before = level - 1
            lines.append(f"assign some_{level}[{i}] = some_{before}[{high}] | some_{before}[{low}];")
            deeper = f", some_{before}[{high}] ? zeros_{before}_{high} : zeros_{before}_{low}" if before else ""
            lines.append(f"wire [{before}:0] zeros_{level}_{i} = {{~some_{before}[{high}]{deeper}}};")
    return f"zeros_{levels}_0", lines
