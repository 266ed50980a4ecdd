"""Mutants of signs, neighbours and classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...spec.comparison import NumberClass
from ...spec.exact import Special, is_infinite, is_nan, is_negative, is_zero
from ...spec.flags import Flags, Result
from ...spec.formats import Coding, Number
from ..mutants import REFERENCE, Mutant, OnCodes, deviation
from ..operations import Configuration
from .conditions import both, both_zeros, has, has_subnormals, is_operation

Numbers = Sequence[Number]
NEXT = is_operation("next_up", "next_down")
SIGNS = is_operation("negate", "absolute", "copy_sign")


def _with_flags(change: Callable[[Flags, Numbers], Flags]) -> OnCodes:
    def on_codes(c: Configuration, numbers: Numbers) -> Result:
        result = REFERENCE.on_codes(c, numbers)
        return Result(result.code, change(result.flags, numbers))

    return on_codes


def _only_signaling(_: Flags, numbers: Numbers) -> Flags:
    return Flags.INVALID if any(x.exact is Special.SIGNALING_NAN for x in numbers) else Flags.NONE


def _class(change: Callable[[Number, int], int]) -> OnCodes:
    return lambda c, numbers: Result(change(numbers[0], int(REFERENCE.on_codes(c, numbers).code)))


def _all_normal(_: Number, found: int) -> int:
    subnormal = {
        NumberClass.NEGATIVE_SUBNORMAL: NumberClass.NEGATIVE_NORMAL,
        NumberClass.POSITIVE_SUBNORMAL: NumberClass.POSITIVE_NORMAL,
    }
    return int(subnormal.get(NumberClass(found), found))


def _one_nan(_: Number, found: int) -> int:
    return int(NumberClass.QUIET_NAN) if found == NumberClass.SIGNALING_NAN else found


def _one_zero(_: Number, found: int) -> int:
    return int(NumberClass.POSITIVE_ZERO) if found == NumberClass.NEGATIVE_ZERO else found


def _instead(change: Callable[[str, Number], int | None]) -> OnCodes:
    """Another code of an operation on one number where the change has one."""

    def on_codes(c: Configuration, numbers: Numbers) -> Result:
        other = change(c.operation, numbers[0])
        result = REFERENCE.on_codes(c, numbers)
        return result if other is None else Result(other, result.flags)

    return on_codes


def _stuck(_: str, x: Number) -> int | None:
    return x.code if is_zero(x.exact) else None


def _crossing(name: str, x: Number) -> int | None:
    """Zero of the other sign reached from the least number."""
    negative = name == "next_up"
    datum = x.exact
    if isinstance(datum, Special) or is_negative(datum) != negative or x.format.point(x.code)[1] != 1:
        return None
    return x.format.code(not negative, 0)


def _infinity_stays(_: str, x: Number) -> int | None:
    return x.code if is_infinite(x.exact) else None


def _runs_over(name: str, x: Number) -> int | None:
    """The code behind that of the greatest number, whatever it stands for."""
    datum = x.exact
    if isinstance(datum, Special) or is_zero(datum) or is_negative(datum) == (name == "next_up"):
        return None
    last = x.format.point(x.code)[1] == x.format.limit(is_negative(datum))
    return (x.code + 1) % (1 << x.format.width) if last else None


def _nan_canonical(_: str, x: Number) -> int | None:
    return x.format.canonical(Special.NAN) if is_nan(x.exact) else None


def _zero_unsigned(_: str, x: Number) -> int | None:
    return x.code if is_zero(x.exact) else None


def _many_nans(c: Configuration) -> bool:
    return sum(b.last - b.first + 1 for b in c.operands[0].specials if is_nan(b.datum)) > 1


def _ends_without_infinity(c: Configuration) -> bool:
    return c.operands[0].canonical(Special.POSITIVE_INFINITY) is None and c.operands[0].coding is Coding.SIGN_MAGNITUDE


CODES: tuple[Mutant, ...] = (
    deviation(
        "class.subnormal-normal",
        "subnormal numbers are called normal",
        both(is_operation("classify"), has_subnormals),
        on_codes=_class(_all_normal),
    ),
    deviation(
        "class.signaling-quiet",
        "signaling NaNs are called quiet",
        both(is_operation("classify"), has(Special.SIGNALING_NAN)),
        on_codes=_class(_one_nan),
    ),
    deviation(
        "class.zero-unsigned",
        "the negative zero is called positive",
        both(is_operation("classify"), both_zeros),
        on_codes=_class(_one_zero),
    ),
    deviation("next.stuck-at-zero", "the neighbour of zero is zero", NEXT, on_codes=_instead(_stuck)),
    deviation(
        "next.crosses-zero-without-negative-zero",
        "beside the least number comes the zero of the other sign",
        both(NEXT, both_zeros),
        on_codes=_instead(_crossing),
    ),
    deviation(
        "next.stuck-at-infinity",
        "an infinity has no neighbour",
        both(NEXT, has(Special.POSITIVE_INFINITY)),
        on_codes=_instead(_infinity_stays),
    ),
    deviation(
        "next.runs-over",
        "behind the greatest number comes the next code",
        both(NEXT, _ends_without_infinity),
        on_codes=_instead(_runs_over),
    ),
    deviation(
        "next.signaling-quiet",
        "the neighbour of a signaling NaN raises nothing",
        both(NEXT, has(Special.SIGNALING_NAN)),
        on_codes=_with_flags(lambda *_: Flags.NONE),
    ),
    deviation(
        "sign.nan-quieted", "a NaN becomes the canonical one", both(SIGNS, _many_nans), on_codes=_instead(_nan_canonical)
    ),
    deviation("sign.zero-kept", "the sign of a zero is kept", both(SIGNS, both_zeros), on_codes=_instead(_zero_unsigned)),
    deviation(
        "sign.signaling-raises",
        "a signaling NaN raises invalid",
        both(SIGNS, has(Special.SIGNALING_NAN)),
        on_codes=_with_flags(_only_signaling),
    ),
)
"""Mutants of operations on codes, and of classes."""
