"""Families of formats: functions from a few parameters to a format."""

from __future__ import annotations

from .exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, SIGNALING_NAN
from .formats import Block, Coding, FloatGrid, Format, UniformGrid
from .log_grids import LogGrid
from .posits import PositGrid

WIDEST = 128
WIDEST_FIXED = 1024
SPECIALS = ("ieee", "fn", "fnuz", "finite")
"""Which codes of a signed float are not numbers; ``float_format`` says what each means."""


def float_format(
    name: str, exponent: int, fraction: int, bias: int | None = None, specials: str = "ieee", *, subnormals: bool = True
) -> Format:
    """A signed float **must** hold, from the top, a sign bit, a biased exponent and a fraction. Its codes that are not
    numbers: ``ieee``, the top exponent holds infinity and NaNs; ``fn``, the all-ones magnitude is NaN and there is no
    infinity; ``fnuz``, NaN takes the place of the negative zero and there is no infinity; ``finite``, none.

    The bias is 2**(exponent-1) - 1 where none is given. Without subnormals the fraction of the zero exponent is ignored.
    ``ValueError`` for parameters that leave no room. [family/float]
    """
    width = 1 + exponent + fraction
    if specials not in SPECIALS:
        raise ValueError(f"{name}: specials {specials!r} is none of {', '.join(SPECIALS)}")
    if exponent < 1 or fraction < 0 or width > WIDEST:
        raise ValueError(f"{name}: a float needs an exponent bit and at most {WIDEST} bits in all")
    if specials == "ieee" and fraction < 1:
        raise ValueError(f"{name}: infinity and NaN need at least one fraction bit")
    sign, last = 1 << width - 1, (1 << width - 1) - 1
    infinity = last + 1 - (1 << fraction)
    quiet = infinity + (1 << fraction - 1) if fraction else last
    blocks = {
        "ieee": (
            Block(infinity, infinity, POSITIVE_INFINITY),
            Block(sign + infinity, sign + infinity, NEGATIVE_INFINITY),
            Block(quiet, last, NAN),
            Block(sign + quiet, sign + last, NAN),
            *(Block(s + infinity + 1, s + quiet - 1, SIGNALING_NAN) for s in (0, sign) if quiet - infinity > 1),
        ),
        "fn": (Block(last, last, NAN), Block(sign + last, sign + last, NAN)),
        "fnuz": (Block(sign, sign, NAN),),
        "finite": (),
    }[specials]
    offset = 0 if subnormals else (1 << fraction) - 1
    top = {"ieee": infinity - 1, "fn": last - 1, "fnuz": last, "finite": last}[specials] - offset
    if top < 1:
        raise ValueError(f"{name}: no code is left for a number other than zero")
    emin = 1 - (bias if bias is not None else (1 << exponent - 1) - 1)
    layout = (("sign", 1), ("exponent", exponent), ("fraction", fraction))
    grid = FloatGrid(fraction + 1, emin, subnormals)
    return Format(name, width, grid, Coding.SIGN_MAGNITUDE, top, top, layout, blocks, offset=offset)


def p3109_format(width: int, precision: int, signedness: str, domain: str) -> Format:
    """A P3109 format **must** have a bias of 2**(K-P-1), or 2**(K-P) where it is unsigned; one NaN, in the place of the
    negative zero or at the all-ones code of an unsigned format; no negative zero; and in the extended domain infinity in
    the last codes that are left.

    IEEE P3109 interim report 3.2.2, 4.5. [family/p3109]
    """
    signed, extended = signedness == "s", domain == "e"
    name = f"binary{width}p{precision}{signedness}{domain}"
    if width not in P3109_WIDTHS or not 1 <= precision <= width - signed:
        raise ValueError(
            f"{name}: P3109 formats here have 3 to 16 bits, and a precision of 1 to one less, or to all of them if unsigned"
        )
    exponent = width - precision + (not signed)
    bias = 1 << exponent - 1
    half = 1 << width - 1
    last = half - 1 if signed else 2 * half - 2
    nan = half if signed else 2 * half - 1
    blocks = [Block(nan, nan, NAN)]
    if extended:
        blocks.append(Block(last, last, POSITIVE_INFINITY))
        blocks += [Block(half + last, half + last, NEGATIVE_INFINITY)] if signed else []
    top = last - extended
    layout = (("sign", int(signed)), ("exponent", exponent), ("fraction", precision - 1))
    return Format(
        name,
        width,
        FloatGrid(precision, 1 - bias),
        Coding.SIGN_MAGNITUDE if signed else Coding.UNSIGNED,
        top,
        top if signed else 0,
        layout[not signed :],
        tuple(blocks),
    )


P3109_WIDTHS = range(3, 17)


def scale_format(name: str, width: int, bias: int) -> Format:
    """A scale format **must** hold a biased exponent and nothing else: every code but the last names a power of two, the
    last is NaN, and there is no zero and no sign.

    OCP Microscaling formats 1.0, E8M0. [family/scale]
    """
    last = (1 << width) - 1
    grid = FloatGrid(1, -bias)
    return Format(name, width, grid, Coding.UNSIGNED, last, 0, (("exponent", width),), (Block(last, last, NAN),), 1, -1)


def fixed_format(name: str, integer: int, fraction: int, *, signed: bool) -> Format:
    """A fixed-point number **must** be its two's complement or unsigned integer times 2**-fraction; the sign bit is not
    counted among the integer bits.

    Either count may be negative. ``ValueError`` where no bit is left. [family/fixed]
    """
    width = signed + integer + fraction
    if not 1 <= width <= WIDEST_FIXED or abs(fraction) > 1 << 14:
        raise ValueError(f"{name}: a fixed-point format needs 1 to {WIDEST_FIXED} bits, not {width}")
    top = (1 << width - signed) - 1
    layout = (
        (("sign", int(signed)), ("integer", width - signed))
        if fraction <= 0 or integer < 0
        else (
            ("sign", int(signed)),
            ("integer", integer),
            ("fraction", fraction),
        )
    )
    coding = Coding.TWOS_COMPLEMENT if signed else Coding.UNSIGNED
    return Format(name, width, UniformGrid(-fraction), coding, top, top + 1 if signed else 0, tuple(f for f in layout if f[1]))


def integer_format(name: str, width: int, *, signed: bool) -> Format:
    """An integer format **must** be the fixed-point format with no fraction bits. [family/integer]"""
    return fixed_format(name, width - signed, 0, signed=signed)


WIDEST_POSIT, MOST_EXPONENT_BITS = 64, 6


def posit_format(name: str, width: int, es: int = 2) -> Format:
    """A posit **must** be read as two's complement: the code 0 is zero, the code of a one and zeros is NaR, which is a NaN
    here, and the code of a negative number is that of its magnitude, negated. No number other than zero becomes zero.

    Posit Standard (2022), sections 3 and 4, in which ``es`` is 2; its forerunners had others. [family/posit]
    """
    if not 2 <= width <= WIDEST_POSIT or not 0 <= es <= MOST_EXPONENT_BITS:
        raise ValueError(
            f"{name}: a posit has 2 to {WIDEST_POSIT} bits and 0 to {MOST_EXPONENT_BITS} exponent bits, not {width} and {es}"
        )
    grid, nar = PositGrid(width, es), 1 << width - 1
    layout = (("sign", 1), ("regime, exponent, fraction", width - 1))
    return Format(
        name, width, grid, Coding.TWOS_COMPLEMENT, grid.top, grid.top, layout, (Block(nar, nar, NAN),), vanishing=False
    )


def quire_format(name: str, width: int, posit: Format) -> Format:
    """A quire **must** be a fixed-point number in two's complement whose last place is the square of the posit's least positive
    number; its code of a one and zeros is NaR.

    In the Posit Standard (2022), section 3, it has 16 bits for each bit of the posit. [family/quire]
    """
    nar, top = 1 << width - 1, (1 << width - 1) - 1
    fraction = -2 * posit.grid.quantum
    if width <= 2 * fraction:
        raise ValueError(f"{name}: a quire of {posit.name} needs more than {2 * fraction} bits")
    layout = (("sign", 1), ("integer", width - 1 - fraction), ("fraction", fraction))
    grid = UniformGrid(-fraction)
    return Format(name, width, grid, Coding.TWOS_COMPLEMENT, top, top, layout, (Block(nar, nar, NAN),))


def levels_format(name: str, levels: int) -> Format:
    """Levels **must** be the integers from -(M - 1)/2 to (M - 1)/2, M being odd, in two's complement of as few bits as hold
    them. A code that is left over is read as the integer of its bits and never made.

    Sung et al., arXiv 1511.06488, whose 3 and 7 levels take 2 and 3 bits. [family/levels]
    """
    if levels % 2 == 0 or not 3 <= levels < 1 << 16:
        raise ValueError(f"{name}: levels are an odd number from 3 to {(1 << 16) - 1}, not {levels}")
    top = levels // 2
    width = top.bit_length() + 1
    return Format(name, width, UniformGrid(0), Coding.TWOS_COMPLEMENT, top, top, (("sign", 1), ("integer", width - 1)))


WIDEST_LOG, WIDEST_LNS, FINEST, FARTHEST_LOG = 16, 34, 24, 1 << 14
"""The most magnitude bits of a logarithmic format, the most bits of an LNS format, the most steps to the octave as a power of
two, and the farthest full-scale range."""


def log_format(name: str, width: int, full_scale: int, fraction: int, *, signed: bool) -> Format:
    """A logarithmic format of B magnitude bits **must** have zero as its code 0, and as its code c the number
    ``2**((FSR * 2**f - 2**B + c) / 2**f)``: the last code is one step below the full scale 2**FSR, a step being 2**-f octaves.
    A signed one has a sign bit before that, which is counted in its width, and its zero both signs.

    Miyashita et al., arXiv 1603.01025, LogQuant with FSR and Clip, for base 2 (f = 0) and base sqrt(2) (f = 1).
    ``ValueError`` where no bit is left. [family/log]
    """
    bits = width - signed
    if not 1 <= bits <= WIDEST_LOG or not 0 <= fraction <= FINEST or abs(full_scale) > FARTHEST_LOG:
        raise ValueError(
            f"{name}: a logarithmic format has 1 to {WIDEST_LOG} magnitude bits, at most 2**{FINEST} steps to the octave and a "
            f"full scale of 2**-{FARTHEST_LOG} to 2**{FARTHEST_LOG}"
        )
    top = (1 << bits) - 1
    grid = LogGrid((full_scale << fraction) - top, fraction)
    coding = Coding.SIGN_MAGNITUDE if signed else Coding.UNSIGNED
    layout = (("sign", 1), ("logarithm", bits))
    return Format(name, width, grid, coding, top, top if signed else 0, layout[not signed :])


def lns_format(name: str, integer: int, fraction: int) -> Format:
    """A number of the logarithmic number system **must** hold, from the top, a sign bit, a zero flag, and the logarithm to base
    2 of its magnitude as a fixed-point number in two's complement, whose sign bit is not counted among the integer bits. Zero
    has either sign; its canonical code has a logarithm of zero bits. There are no infinities and no NaN.

    [family/lns]
    """
    log = 1 + integer + fraction
    if integer < 0 or not 0 <= fraction <= FINEST or not 2 <= log <= WIDEST_LNS - 2:
        raise ValueError(
            f"{name}: an LNS format has integer bits, at most {FINEST} fraction bits, and at most {WIDEST_LNS} bits in all"
        )
    top = 1 << log
    layout = (("sign", 1), ("zero", 1), ("integer", 1 + integer), ("fraction", fraction))
    fields = tuple(field for field in layout if field[1])
    return Format(name, log + 2, LogGrid(-(top >> 1), fraction), Coding.LOGARITHMIC, top, top, fields, offset=-1)
