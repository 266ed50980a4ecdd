"""NaN policies: which code a NaN result is, and whether a NaN operand hides an invalid operation.

IEEE 754-2019 6.2 recommends that a result carry on the payload of a NaN operand and leaves open of which one; the architectures
settle it differently. A policy sees the operands in the order of the operation, the result's format and the flags that the
operation raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .exact import NAN, POSITIVE_INFINITY, SIGNALING_NAN, is_nan
from .flags import Flags, Result
from .formats import Coding, FloatGrid, Format, Number

Policy = Callable[[Sequence[Number], Format, Flags], Result]


def canonical(operands: Sequence[Number], format: Format, flags: Flags) -> Result:
    """Every NaN result **must** be the canonical NaN of its format. RISC-V; Arm with default NaNs. [nan/canonical]"""
    del operands
    return Result(format.special(NAN), flags)


def x86(operands: Sequence[Number], format: Format, flags: Flags) -> Result:
    """The first NaN among the operands **must** be carried on; where none is a NaN, the result is the canonical NaN with a
    minus sign. Invalid **must not** be raised for the product of zero and infinity where a quiet NaN is added to it.

    Intel SDM volume 1, 4.8.3.5 and table 4-7; volume 1, 14.5.2 for FMA. [nan/x86]
    """
    nans = [x for x in operands if is_nan(x.exact)]
    if not nans:
        return Result(signed_nan(format, True), flags)
    quiet = not any(x.exact is SIGNALING_NAN for x in nans)
    return Result(carried(nans[0], format), flags & ~Flags.INVALID if quiet else flags)


def arm(operands: Sequence[Number], format: Format, flags: Flags) -> Result:
    """The first signaling NaN among the operands **must** be carried on, or else the first quiet one; of three operands the
    third, which is the addend of a fused multiply-add, comes before the others. Where none is a NaN, and where a quiet NaN is
    added to the product of zero and infinity, the result is the canonical NaN.

    Arm Architecture Reference Manual, FPProcessNaNs, FPProcessNaNs3 and FPMulAdd. [nan/arm]
    """
    ordered = (operands[2], *operands[:2]) if len(operands) == 3 else tuple(operands)
    signaling = [x for x in ordered if x.exact is SIGNALING_NAN]
    nans = signaling or [x for x in ordered if is_nan(x.exact)]
    if not nans or (Flags.INVALID in flags and not signaling):
        return Result(format.special(NAN), flags)
    return Result(carried(nans[0], format), flags)


def signed_nan(format: Format, negative: bool) -> int:
    """The canonical NaN with a sign, where a code of that sign is a NaN; the canonical one elsewhere."""
    code = format.special(NAN)
    if format.coding is not Coding.SIGN_MAGNITUDE:
        return code
    sign = 1 << format.width - 1
    other = code & ~sign | sign * negative
    return other if is_nan(format.decode(other)) else code


def carried(nan: Number, format: Format) -> int:
    """A NaN that is carried on **must** become quiet and keep its sign, and the leading bits of its payload; bits that the
    result's format has in addition are zeros. A format without payloads keeps the sign alone; the NaN of a format that has NaNs
    of one sign only has none.

    [nan/carried]
    """
    source = nan.format
    negative = source.has_signed_nan and bool(nan.code >> source.width - 1)
    code = signed_nan(format, negative)
    if not (_has_payload(source) and _has_payload(format)):
        return code
    fields, kept = source.fields(nan.code)["fraction"], _fraction_bits(format) - _fraction_bits(source)
    payload = fields << kept if kept >= 0 else fields >> -kept
    return code | payload


def _fraction_bits(format: Format) -> int:
    return format.grid.precision - 1 if isinstance(format.grid, FloatGrid) else 0


def _has_payload(format: Format) -> bool:
    """Whether the NaNs are those of IEEE 754: the top exponent with any fraction but that of infinity."""
    infinite = format.canonical(POSITIVE_INFINITY)
    quiet = format.canonical(NAN)
    return infinite is not None and quiet is not None and quiet == infinite + (1 << _fraction_bits(format) - 1)


POLICIES: dict[str, Policy] = {"canonical": canonical, "riscv": canonical, "x86": x86, "arm": arm}
"""The NaN policies by name; RISC-V's is the canonical one."""
