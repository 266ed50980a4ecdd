"""The catalogue of mutants. The names are what a diagnosis prints."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from ..spec.catalogue import get_format
from ..spec.exact import (
    NAN,
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    Exact,
    Special,
    floor_log2,
    is_infinite,
    is_nan,
    is_negative,
    is_zero,
    magnitude,
    negate,
    power_of_two,
)
from ..spec.flags import Flags, Result
from ..spec.formats import Coding, FloatGrid, Format, Unrepresentable
from ..spec.operands import Outcome, rational
from ..spec.overflow import Excess, Overflow
from ..spec.projection import Projection
from ..spec.rounding import DETERMINISTIC, STOCHASTIC, Gap, Rounding
from .mutants import REFERENCE, Mutant, Project, deviation
from .operations import Configuration

Applies = Callable[[Configuration], bool]

NEAREST = ("ties_to_even", "ties_to_away", "ties_toward_zero", "ties_toward_positive", "ties_toward_negative", "ties_to_odd")
DIRECTED = ("toward_positive", "toward_negative")


def _rounds(*names: str) -> Applies:
    """The result is rounded by one of the rules, by any where none is named."""
    return lambda c: c.to is not None and (not names or c.to.rounding.name.partition(":")[0] in names)


def _overflows(*names: str) -> Applies:
    return lambda c: c.to is not None and c.to.overflow.name in names


def _float_result(c: Configuration) -> bool:
    return c.to is not None and isinstance(c.to.format.grid, FloatGrid)


def _subnormal_result(c: Configuration) -> bool:
    return _float_result(c) and c.to is not None and (c.to.format.least_normal or 0) > 1


def _float_operand(c: Configuration) -> bool:
    return any(isinstance(format.grid, FloatGrid) and format.grid.first_normal > 1 for format in c.operands)


def _operation(*names: str) -> Applies:
    return lambda c: c.operation in names


def _has_nan(c: Configuration) -> bool:
    """An operand can be a NaN, and so can what shows it."""
    return _holds(c, NAN) and (c.to is None or c.to.format.canonical(NAN) is not None)


def _holds(c: Configuration, datum: Special) -> bool:
    """An operand's format has the datum."""
    return any(format.canonical(datum) is not None for format in c.operands)


def _has_infinity(c: Configuration) -> bool:
    """An operand can be an infinity, and something becomes of it: a rule that wraps refuses it."""
    return _holds(c, POSITIVE_INFINITY) and not (c.to and c.to.overflow.wrap)


def _has_signaling(c: Configuration) -> bool:
    return _holds(c, Special.SIGNALING_NAN) and c.to is not None and c.to.format.canonical(NAN) is not None


def _has_minus(c: Configuration) -> bool:
    return any(format.signed for format in c.operands)


def _negative_zero(c: Configuration) -> bool:
    return c.to is not None and c.to.format.has_negative_zero


def _asymmetric(c: Configuration) -> bool:
    return c.to is not None and c.to.format.signed and c.to.format.top != c.to.format.top_negative


def _result_has_nan(c: Configuration) -> bool:
    return c.to is not None and c.to.format.canonical(NAN) is not None


def _past_end_is_number(c: Configuration) -> bool:
    """Some number past the end becomes a number and not what stands for infinity."""
    if c.to is None or c.to.overflow.name != "infinity":
        return _overflows("saturate", "saturate_propagate")(c)
    return not all(c.to.rounding.goes_up(c.to.past_end(negative)) for negative in (False, True))


def _comes_back(c: Configuration) -> bool:
    """Some number past the end is rounded back to the last one, or what becomes of it depends on how far past it is."""
    if c.to is None or c.to.overflow.wrap:
        return c.to is not None
    ends = [c.to.past_end(negative)._replace(t=Fraction(1, 4)) for negative in (False, True)]
    return not all(c.to.rounding.goes_up(end) for end in ends)


def _past_end_is_not_nan(c: Configuration) -> bool:
    infinite = c.to is not None and c.to.format.canonical(POSITIVE_INFINITY) is not None
    return _past_end_is_number(c) or (_overflows("infinity")(c) and infinite)


def _not_rounds(*names: str) -> Applies:
    return lambda c: c.to is not None and c.to.rounding.name.partition(":")[0] not in names


def _carries(c: Configuration) -> bool:
    """Rounding can carry into the next binade: the last point of a binade of several is odd."""
    odd_stays = c.to is not None and _binade(c.to.format) > 1
    return _float_result(c) and _not_rounds("toward_zero", *(["to_odd"] if odd_stays else []))(c)


def _infinity_is_nan(c: Configuration) -> bool:
    """What stands for an infinite result is NaN already."""
    return c.to is not None and c.to.overflow.name == "infinity" and c.to.format.canonical(POSITIVE_INFINITY) is None


def _both(*conditions: Applies) -> Applies:
    return lambda c: all(condition(c) for condition in conditions)


def _rounding(to: Projection, rule: Callable[[Gap], Any]) -> Projection:
    """The projection with another predicate in the place of its rounding rule."""
    return Projection(to.format, Rounding(to.rounding.name, to.rounding.bits, rule), to.overflow, to.tininess)


def _overflow(to: Projection, rule: Callable[[Excess], int]) -> Projection:
    return Projection(to.format, to.rounding, Overflow(to.overflow.name, rule), to.tininess)


def _with_rule(change: Callable[[Gap, Projection], Any]) -> Project:
    """A projection whose rule is a function of the gap and of the right projection."""
    return lambda to, x, draw, flags: _rounding(to, lambda gap: change(gap, to))(x, draw, flags)


def _instead(name: str) -> Project:
    return _with_rule(lambda gap, _: DETERMINISTIC[name](gap))


def _place(change: Callable[[Fraction], Fraction]) -> Project:
    """A projection that sees another place in the gap."""
    return _with_rule(lambda gap, to: to.rounding.goes_up(gap._replace(t=change(gap.t))))


def _drawn(change: Callable[[Gap, int], object]) -> Project:
    return _with_rule(lambda gap, to: change(gap, to.rounding.bits))


def _without_last_bit(t: Fraction) -> Fraction:
    return t if t.denominator <= 2 else Fraction(t.numerator - 1, t.denominator)


def _in_subnormals(name: str) -> Project:
    """Another rule below the least normal number only."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        grid = to.format.grid
        small = not isinstance(x, Special) and x != 0 and isinstance(grid, FloatGrid) and floor_log2(magnitude(x)) < grid.emin
        return (_instead(name) if small else REFERENCE.project)(to, x, draw, flags)

    return project


def _twice(name: str) -> Project:
    """Rounded to a wider format first."""
    format = get_format(name)

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        first = Projection(format, "ties_to_even", "infinity")(x)
        second = to(format.decode(first.code), draw, flags)
        return Result(second.code, second.flags | (first.flags & (Flags.INEXACT | Flags.OVERFLOW)))

    return project


def _edit_result(change: Callable[[Projection, Exact, Result], int]) -> Project:
    """A right result whose code is then changed."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        result = to(x, draw, flags)
        return Result(change(to, x, result), result.flags)

    return project


def _number(to: Projection, code: int) -> tuple[bool, int] | None:
    """The sign and point of a code that is a number and not zero."""
    x = to.format.decode(code)
    return None if isinstance(x, Special) or x == 0 else to.format.point(code)


def _lost_carry(step: Callable[[Format, int], int]) -> Project:
    """Where rounding carried into the next binade, another point than the right one."""

    def change(to: Projection, x: Exact, result: Result) -> int:
        point, grid = _number(to, result.code), to.format.grid
        if point is None or isinstance(x, Special) or not isinstance(grid, FloatGrid):
            return result.code
        negative, n = point
        begins = n > grid.first_normal and (n - grid.first_normal) % (1 << grid.precision - 1) == 0
        carried = begins and magnitude(x) < grid.magnitude(n)
        return to.format.code(negative, max(step(to.format, n), to.format.first)) if carried else result.code

    return _edit_result(change)


def _binade(format: Format) -> int:
    return 1 << format.grid.precision - 1 if isinstance(format.grid, FloatGrid) else 1


def _flushed(to: Projection, _: Exact, result: Result) -> int:
    point, least = _number(to, result.code), to.format.least_normal
    return to.format.code(point[0], 0) if point and least and point[1] < least else result.code


def _operand(change: Callable[[Format, Exact, int], Exact]) -> Callable[[Format, int], Exact]:
    """Operands that are read as something else."""
    return lambda source, code: change(source, source.decode(code), code)


def _is_subnormal(format: Format, x: Exact) -> bool:
    if isinstance(x, Special) or x == 0 or not isinstance(format.grid, FloatGrid):
        return False
    return floor_log2(magnitude(x)) < format.grid.emin


def _scaled(factor: Fraction) -> Callable[[Format, int], Exact]:
    return _operand(lambda _, x, __: x if isinstance(x, Special) else rational(x) * factor)


def _hidden_bit(format: Format, x: Exact, _: int) -> Exact:
    """The implied leading one added to a subnormal, at the exponent of the least normal number."""
    if not _is_subnormal(format, x) or not isinstance(format.grid, FloatGrid):
        return x
    one = power_of_two(format.grid.emin)
    return rational(x) - one if is_negative(x) else rational(x) + one


def _low_exponent(format: Format, x: Exact, _: int) -> Exact:
    return rational(x) / 2 if _is_subnormal(format, x) else x


def _nan_as_number(format: Format, x: Exact, code: int) -> Exact:
    """A NaN's code read as the number that its bits would be."""
    if not is_nan(x):
        return x
    negative, n = format.point(code)
    m = format.grid.magnitude(n)
    return -m if negative and m else NEGATIVE_ZERO if negative else m


def _infinity_as_number(format: Format, x: Exact, code: int) -> Exact:
    if not is_infinite(x):
        return x
    negative, n = format.point(code)
    return -format.grid.magnitude(n) if negative else format.grid.magnitude(n)


def _unsigned_reading(format: Format, x: Exact, code: int) -> Exact:
    """Two's complement bits read as an unsigned integer."""
    return format.grid.magnitude(code) if format.coding is Coding.TWOS_COMPLEMENT else x


def _truncated_addend(configuration: Configuration, data: tuple[Exact, ...]) -> Outcome:
    """The smaller addend cut off three bits below the larger one's last place, with nothing to say that more was there."""
    if not any(isinstance(x, Special) or x == 0 for x in data):
        large, small = sorted(data, key=lambda x: magnitude(x), reverse=True)
        precision = max(_binade(format).bit_length() for format in configuration.operands)
        unit = power_of_two(floor_log2(magnitude(large)) - precision - 1)
        kept = magnitude(small) // unit * unit
        cut: Exact = Fraction(kept) if not is_negative(small) else -Fraction(kept) if kept else NEGATIVE_ZERO
        data = tuple(x if x is large else cut for x in data) if data[0] is not data[1] else data
    return REFERENCE.operate(configuration, data)


def _edit_outcome(change: Callable[[Configuration, tuple[Exact, ...], Exact], Exact]) -> Callable[..., Outcome]:
    def operate(configuration: Configuration, data: tuple[Exact, ...]) -> Outcome:
        value, flags = REFERENCE.operate(configuration, data)
        return change(configuration, data, value), flags

    return operate


def _other_zero(_: Configuration, data: tuple[Exact, ...], value: Exact) -> Exact:
    return negate(value) if is_zero(value) and not any(is_zero(x) for x in data) else value


def _positive_zero(_: Configuration, __: tuple[Exact, ...], value: Exact) -> Exact:
    return Fraction(0) if is_zero(value) else value


def _sign_or(_: Configuration, data: tuple[Exact, ...], value: Exact) -> Exact:
    both = all(is_negative(x) for x in data)
    return negate(value) if both and not is_nan(value) else value


def _quiet_invalid(_: Configuration, __: tuple[Exact, ...], value: Exact) -> Exact:
    return POSITIVE_INFINITY if is_nan(value) else value


def _swapped(configuration: Configuration, data: tuple[Exact, ...]) -> Outcome:
    return REFERENCE.operate(configuration, data[::-1])


def _subtracted(configuration: Configuration, data: tuple[Exact, ...]) -> Outcome:
    return REFERENCE.operate(configuration, (data[0], negate(data[1])))


def _early_overflow(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """Compared with the last number before rounding instead of after."""
    if not isinstance(x, Special):
        negative = is_negative(x)
        limit = to.overflow.limit(to.format, negative)
        if magnitude(x) > to.format.grid.magnitude(limit) and to.format.first <= limit:
            carries = bool(to.rounding.goes_up(to.past_end(negative)))
            return Result(
                to.overflow.rule(Excess(to.format, negative, limit + 1, carries)), flags | Flags.OVERFLOW | Flags.INEXACT
            )
    return to(x, draw, flags)


def _excess(change: Callable[[Excess], int]) -> Project:
    """Another code for numbers past the end."""
    return lambda to, x, draw, flags: _overflow(to, change)(x, draw, flags)


def _wrapped_code(x: Excess) -> int:
    """The point's bits running over into the sign and out of the code."""
    n = x.format.limit(x.negative) + 1 if x.n is None else x.n
    return (n + (x.negative << x.format.width - 1)) % (1 << x.format.width)


def _one_less(x: Excess) -> int:
    return x.format.code(x.negative, max(x.format.limit(x.negative) - 1, x.format.first))


def _nan_code(x: Excess) -> int:
    code = x.format.canonical(NAN)
    if code is None:
        raise Unrepresentable(f"{x.format.name} has no NaN")
    return code


def _largest(x: Excess) -> int:
    return x.format.code(x.negative, x.format.limit(x.negative))


def _zero_code(x: Excess) -> int:
    return x.format.code(False, 0)


def _infinite_code(x: Excess) -> int:
    code = x.format.canonical(Special.NEGATIVE_INFINITY if x.negative else POSITIVE_INFINITY)
    return _nan_code(x) if code is None else code


def _symmetric_code(x: Excess) -> int:
    return x.format.code(x.negative, min(x.format.top, x.format.top_negative))


def _infinite_operand_is_nan(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    return to(NAN if is_infinite(x) else x, draw, flags)


def _flags(change: Callable[[Projection, Result, Flags], Flags]) -> Project:
    """Right codes with wrong flags."""

    def project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
        result = to(x, draw, flags)
        return Result(result.code, change(to, result, to(x, draw, Flags.NONE).flags))

    return project


def _other_tininess(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    return Projection(to.format, to.rounding, to.overflow, "before" if to.tininess == "after" else "after")(x, draw, flags)


def _mirrored(gap: Gap, to: Projection) -> object:
    return to.rounding.goes_up(gap._replace(negative=not gap.negative))


def _other_parity(gap: Gap, to: Projection) -> object:
    return to.rounding.goes_up(gap._replace(odd=not gap.odd))


def _wide(name: str) -> Applies:
    """The intermediate format has more significant bits than the result."""
    precision = _binade(get_format(name)).bit_length()
    return lambda c: _float_result(c) and c.to is not None and _binade(c.to.format).bit_length() < precision


def _rules() -> tuple[Mutant, ...]:
    even = _rounds("ties_to_even")
    others = (
        ("rounding.ties-away", "ties_to_away", "ties go away from zero instead of to even"),
        ("rounding.ties-odd", "ties_to_odd", "ties go to odd instead of to even"),
        ("rounding.ties-zero", "ties_toward_zero", "ties go toward zero instead of to even"),
        ("rounding.ties-positive", "ties_toward_positive", "half is added and the sum floored: ties go up"),
    )
    return tuple(deviation(name, sentence, even, project=_instead(rule)) for name, rule, sentence in others)


MUTANTS: tuple[Mutant, ...] = (
    *_rules(),
    deviation("rounding.truncates", "the lost bits are dropped", _not_rounds("toward_zero"), project=_instead("toward_zero")),
    deviation(
        "rounding.floors",
        "the lost bits of two's complement are dropped",
        _not_rounds("toward_negative"),
        project=_instead("toward_negative"),
    ),
    deviation(
        "rounding.mode-ignored",
        "always ties to even, whatever the mode",
        _not_rounds("ties_to_even"),
        project=_instead("ties_to_even"),
    ),
    deviation(
        "rounding.sign-ignored",
        "the mode acts as for the other sign",
        _rounds(*DIRECTED, "ties_toward_positive"),
        project=_with_rule(_mirrored),
    ),
    deviation(
        "rounding.parity-wrong",
        "the wrong bit is taken for the last one kept",
        _rounds("ties_to_even", "to_odd"),
        project=_with_rule(_other_parity),
    ),
    deviation(
        "rounding.sticky-ignored",
        "only the first lost bit is looked at",
        _not_rounds("toward_zero", "ties_to_away"),
        project=_place(lambda t: Fraction(2 * t // 1, 2)),
    ),
    deviation(
        "rounding.sticky-last-bit",
        "the last of the lost bits does not reach the sticky bit",
        _not_rounds("toward_zero", "ties_to_away"),
        project=_place(_without_last_bit),
    ),
    deviation(
        "rounding.subnormal-truncates",
        "subnormal results are truncated",
        _both(_subnormal_result, _rounds(*NEAREST)),
        project=_in_subnormals("toward_zero"),
    ),
    deviation(
        "rounding.subnormal-ties-away",
        "ties of subnormal results go away from zero",
        _both(_subnormal_result, _rounds("ties_to_even")),
        project=_in_subnormals("ties_to_away"),
    ),
    deviation("rounding.twice-binary16", "rounded to binary16 first", _wide("binary16"), project=_twice("binary16")),
    deviation("rounding.twice-bfloat16", "rounded to bfloat16 first", _wide("bfloat16"), project=_twice("bfloat16")),
    deviation("rounding.twice-binary32", "rounded to binary32 first", _wide("binary32"), project=_twice("binary32")),
    deviation("carry.lost", "a carry out of the significand is dropped", _carries, project=_lost_carry(lambda _, n: n - 1)),
    deviation(
        "carry.not-in-exponent",
        "the significand wraps and the exponent stays",
        _carries,
        project=_lost_carry(lambda f, n: n - _binade(f)),
    ),
    deviation("subnormal.results-flushed", "subnormal results become zero", _subnormal_result, project=_edit_result(_flushed)),
    deviation(
        "subnormal.operands-flushed",
        "subnormal operands are read as zero",
        _float_operand,
        decode=_operand(lambda f, x, _: (NEGATIVE_ZERO if is_negative(x) else Fraction(0)) if _is_subnormal(f, x) else x),
    ),
    deviation("subnormal.hidden-bit", "subnormal operands get the implied one", _float_operand, decode=_operand(_hidden_bit)),
    deviation(
        "subnormal.exponent-low",
        "the exponent of subnormal operands is one too low",
        _float_operand,
        decode=_operand(_low_exponent),
    ),
    deviation(
        "exponent.bias-high",
        "the bias of the operands is one too great: every value halves",
        _float_operand,
        decode=_scaled(Fraction(1, 2)),
    ),
    deviation(
        "exponent.bias-low",
        "the bias of the operands is one too small: every value doubles",
        _float_operand,
        decode=_scaled(Fraction(2)),
    ),
    deviation("nan.read-as-number", "a NaN's code is read as a number", _has_nan, decode=_operand(_nan_as_number)),
    deviation(
        "nan.read-as-zero", "a NaN is read as zero", _has_nan, decode=_operand(lambda _, x, __: Fraction(0) if is_nan(x) else x)
    ),
    deviation(
        "infinity.read-as-number", "an infinity's code is read as a number", _has_infinity, decode=_operand(_infinity_as_number)
    ),
    deviation(
        "infinity.becomes-nan",
        "an infinite result becomes NaN",
        _both(_rounds(), _has_infinity, _has_nan, lambda c: not _infinity_is_nan(c)),
        project=_infinite_operand_is_nan,
    ),
    deviation(
        "invalid.becomes-infinity",
        "an invalid operation gives infinity",
        _both(_operation("add", "subtract", "multiply"), _has_infinity),
        operate=_edit_outcome(_quiet_invalid),
    ),
    deviation(
        "zero.negative-lost",
        "a zero operand or result loses its minus sign",
        _negative_zero,
        operate=_edit_outcome(_positive_zero),
    ),
    deviation(
        "zero.underflow-sign-lost",
        "a negative number that rounds to zero gives positive zero",
        _both(_float_result, _negative_zero),
        project=_edit_result(lambda to, _, r: 0 if is_zero(to.format.decode(r.code)) else r.code),
    ),
    deviation(
        "zero.cancel-sign",
        "a sum that vanishes has the wrong sign",
        _both(_operation("add", "subtract"), _negative_zero),
        operate=_edit_outcome(_other_zero),
    ),
    deviation(
        "sign.product-or",
        "the sign of a product is the OR of the signs",
        _operation("multiply"),
        operate=_edit_outcome(_sign_or),
    ),
    deviation(
        "sign.ignored",
        "the sign of the first operand is lost",
        _has_minus,
        decode=_operand(lambda _, x, __: negate(x) if is_negative(x) else x),
    ),
    deviation(
        "sign.unsigned-operand",
        "two's complement operands are read as unsigned",
        lambda c: any(f.coding is Coding.TWOS_COMPLEMENT for f in c.operands),
        decode=_operand(_unsigned_reading),
    ),
    deviation(
        "add.guard-bits-short",
        "the smaller addend is cut three bits below the larger",
        _operation("add", "subtract"),
        operate=_truncated_addend,
    ),
    deviation("subtract.operands-swapped", "y - x instead of x - y", _operation("subtract"), operate=_swapped),
    deviation("add.subtracts", "the operation bit is inverted", _operation("add", "subtract"), operate=_subtracted),
    deviation(
        "overflow.before-rounding",
        "compared with the last number before rounding instead of after",
        _comes_back,
        project=_early_overflow,
    ),
    deviation(
        "overflow.wraps",
        "the code runs over into the next one",
        _overflows("saturate", "saturate_propagate", "infinity", "saturate_symmetric", "saturate_zero"),
        project=_excess(_wrapped_code),
    ),
    deviation(
        "overflow.saturates",
        "a number past the end becomes the last one",
        _overflows("infinity", "wrap", "wrap_sign_magnitude", "saturate_zero"),
        project=_excess(_largest),
    ),
    deviation(
        "overflow.infinity",
        "a number past the end becomes infinity or NaN",
        _both(_past_end_is_number, _result_has_nan),
        project=_excess(_infinite_code),
    ),
    deviation(
        "overflow.nan",
        "a number past the end becomes NaN",
        _both(_past_end_is_not_nan, _result_has_nan),
        project=_excess(_nan_code),
    ),
    deviation(
        "overflow.one-less",
        "saturates one code too early",
        _overflows("saturate", "saturate_propagate", "saturate_symmetric"),
        project=_excess(_one_less),
    ),
    deviation(
        "overflow.symmetric",
        "the most negative number of two's complement is not used",
        _both(_overflows("saturate"), _asymmetric),
        project=_excess(_symmetric_code),
    ),
    deviation(
        "overflow.zero",
        "a number past the end becomes zero",
        _overflows("saturate", "saturate_symmetric", "wrap"),
        project=_excess(_zero_code),
    ),
    deviation(
        "overflow.asymmetric",
        "the most negative number of two's complement is used",
        _overflows("saturate_symmetric"),
        project=lambda to, x, draw, flags: Projection(to.format, to.rounding, "saturate")(x, draw, flags),
    ),
    deviation("stochastic.never-up", "the random bits are not added", _rounds(*STOCHASTIC), project=_instead("toward_zero")),
    deviation(
        "stochastic.strict",
        "the sum must exceed the carry instead of reaching it",
        _rounds("stochastic_a"),
        project=_drawn(lambda gap, bits: gap.t * 2**bits // 1 + gap.draw > 2**bits),
    ),
    deviation(
        "stochastic.exact-moves",
        "an exact number moves when all random bits are ones",
        _rounds(*STOCHASTIC),
        project=_drawn(lambda gap, bits: gap.t * 2**bits // 1 + gap.draw + 1 >= 2**bits),
    ),
    deviation(
        "stochastic.misaligned",
        "the random bits are one place too low",
        _rounds(*STOCHASTIC),
        project=_with_rule(lambda gap, to: to.rounding.goes_up(gap._replace(draw=gap.draw // 2))),
    ),
    deviation(
        "flags.tininess",
        "tininess is found at the other side of rounding",
        _both(_subnormal_result, _not_rounds("toward_zero", "to_odd")),
        project=_other_tininess,
    ),
    deviation(
        "flags.inexact-missing",
        "overflow does not raise inexact",
        _rounds(),
        project=_flags(lambda _, r, own: r.flags & ~Flags.INEXACT if own & Flags.OVERFLOW else r.flags),
    ),
    deviation(
        "flags.underflow-when-exact",
        "an exact subnormal result raises underflow",
        _subnormal_result,
        project=_flags(
            lambda to, r, _: (
                r.flags | Flags.UNDERFLOW if (p := _number(to, r.code)) and p[1] < (to.format.least_normal or 0) else r.flags
            )
        ),
    ),
    deviation(
        "flags.invalid-missing",
        "invalid is never raised",
        lambda c: _has_signaling(c) or (c.operation != "convert" and _has_infinity(c)),
        project=lambda to, x, draw, flags: Result(to(x, draw, flags).code, to(x, draw, flags).flags & ~Flags.INVALID),
    ),
)
"""Every known mutant."""


def get_mutant(name: str) -> Mutant:
    """The mutant of a name; ``ValueError`` with near names for an unknown one."""
    for mutant in MUTANTS:
        if mutant.name == name:
            return mutant
    near = get_close_matches(name, [mutant.name for mutant in MUTANTS], 3, 0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "'refsim vectors mutants' lists them"
    raise ValueError(f"unknown mutant {name!r}; {hint}")
