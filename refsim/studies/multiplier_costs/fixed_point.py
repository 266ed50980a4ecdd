"""Fixed-point multipliers: two's complement, unsigned, sign and magnitude; exact, rounded, or added to an accumulator.

The product is Verilog's ``*``: the synthesis chooses how partial products are added. The radix point moves no gates.
"""

from __future__ import annotations

from ...spec.formats import Coding, Format, UniformGrid
from ...spec.projection import Projection
from .multipliers import Multiplier, exactly, module, quantum_of, signed_text

ROUNDINGS = {"toward_negative": "1'b0", "ties_to_even": "half & (rest | low)", "ties_to_away": "half & (rest | ~sign)"}
"""When the bits that are kept are incremented: ``half`` is the first bit below them, ``rest`` whether any further one is set,
``low`` the last bit kept."""
NEVER = ROUNDINGS["toward_negative"]
OVERFLOWS = ("saturate", "saturate_symmetric", "wrap")


def full_product(name: str, a: Format, b: Format) -> Multiplier:
    """All bits of the product of two fixed-point numbers."""
    width, signed = a.width + b.width, a.signed or b.signed
    factors = (signed_text(a, "a"), signed_text(b, "b")) if signed else ("a", "b")
    verilog = module((a, b), width, [f"assign y = {factors[0]} * {factors[1]};"])
    return Multiplier(name, verilog, (a, b), exactly(width, quantum_of(a) + quantum_of(b), signed=signed))


def multiply_add(name: str, a: Format, b: Format, c: Format) -> Multiplier:
    """The product of two fixed-point numbers added to an accumulator, which wraps; all of them in two's complement.

    ``ValueError`` unless the accumulator has a sign and the quantum of the product.
    """
    if not (a.signed and b.signed and c.signed) or quantum_of(c) != quantum_of(a) + quantum_of(b):
        raise ValueError(
            f"{name}: the operands and the accumulator need a sign, and the accumulator the quantum of the product"
        )
    verilog = module((a, b, c), c.width, ["assign y = $signed(a) * $signed(b) + $signed(c);"])
    return Multiplier(name, verilog, (a, b, c), Projection(c, "toward_zero", "wrap"))


def sign_magnitude(name: str, width: int) -> Multiplier:
    """All bits of the product of two integers in sign and magnitude, whose zero has both signs.

    ``ValueError`` for fewer than two bits.
    """
    if width < 2:
        raise ValueError(f"{name}: a number in sign and magnitude has two bits or more, not {width}")
    operand, result = _sign_magnitude(width), _sign_magnitude(2 * width - 1)
    m = width - 2
    lines = [f"assign y[{2 * m + 1}:0] = a[{m}:0] * b[{m}:0];", f"assign y[{2 * m + 2}] = a[{m + 1}] ^ b[{m + 1}];"]
    verilog = module((operand, operand), result.width, lines)
    return Multiplier(name, verilog, (operand, operand), Projection(result, "toward_zero", "error"))


def _sign_magnitude(width: int) -> Format:
    top = (1 << width - 1) - 1
    layout = (("sign", 1), ("integer", width - 1))
    return Format(f"sign_magnitude{width}", width, UniformGrid(0), Coding.SIGN_MAGNITUDE, top, top, layout)


def rounded_product(name: str, format: Format, rounding: str, overflow: str) -> Multiplier:
    """The product of two numbers of a two's complement format, projected into the same format.

    ``ValueError`` for a format without a sign, with fewer than three bits, with fewer than no fraction bits or as many as its
    width, and for rules that are not built.
    """
    n, dropped = format.width, -quantum_of(format)
    if not format.signed or n < 3 or not 0 <= dropped < n:
        raise ValueError(f"{name}: a rounded product needs three bits or more, a sign, and 0 to {n - 1} fraction bits")
    if rounding not in ROUNDINGS or overflow not in OVERFLOWS:
        raise ValueError(f"{name}: a rounded product is built with {', '.join(ROUNDINGS)} and {', '.join(OVERFLOWS)}")
    top = 2 * n - dropped
    lines = [f"wire signed [{2 * n - 1}:0] product = $signed(a) * $signed(b);", f"wire sign = product[{2 * n - 1}];"]
    if dropped:
        rest = f"|product[{dropped - 2}:0]" if dropped > 1 else "1'b0"
        lines += [f"wire half = product[{dropped - 1}];", f"wire rest = {rest};", f"wire low = product[{dropped}];"]
    lines += [
        f"wire up = {ROUNDINGS[rounding] if dropped else NEVER};",
        f"wire [{top}:0] q = {{sign, product[{2 * n - 1}:{dropped}]}} + up;",
        *_overflow(n, top, overflow),
    ]
    return Multiplier(name, module((format, format), n, lines), (format, format), Projection(format, rounding, overflow))


def _overflow(n: int, top: int, overflow: str) -> list[str]:
    """What becomes of a rounded product q, whose bit ``top`` is its sign, in n bits."""
    if overflow == "wrap":
        return [f"assign y = q[{n - 1}:0];"]
    over = f"~(&q[{top}:{n - 1}] | ~|q[{top}:{n - 1}])"
    last = f"{{{n - 1}{{~q[{top}]}}}}"
    if overflow == "saturate_symmetric":
        over += f" | q[{n - 1}] & ~|q[{n - 2}:0]"
        last = f"{{{n - 2}{{~q[{top}]}}}}, 1'b1"
    return [f"wire over = {over};", f"assign y = over ? {{q[{top}], {last}}} : q[{n - 1}:0];"]
