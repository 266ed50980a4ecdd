"""Mutants of projection: rounding, carries, overflow, random bits, flags."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ...spec.flags import Flags
from ...spec.naming import get_overflow
from ...spec.rounding import STOCHASTIC
from ..mutants import Mutant, deviation
from .behaviours import (
    drawn,
    in_subnormals,
    instead,
    lost_carry,
    mirrored,
    number_of,
    other_parity,
    other_tininess,
    twice,
    with_flags,
    with_place,
    with_rule,
    without_last_bit,
)
from .conditions import (
    DIRECTED,
    NEAREST,
    asymmetric,
    binade,
    both,
    carries,
    comes_back,
    leaves_the_range,
    not_rounds,
    overflows,
    past_end_is_not_nan,
    past_end_is_number,
    result_has_nan,
    rounded,
    rounds,
    subnormal_result,
    wide,
)
from .excesses import (
    early_overflow,
    infinite_code,
    largest,
    nan_code,
    one_less,
    symmetric_code,
    with_excess,
    wrapped_code,
    zero_code,
)


def rules() -> tuple[Mutant, ...]:
    """The mutants of ties to even: ties that go elsewhere."""
    even = rounds("ties_to_even")
    others = (
        ("rounding.ties-away", "ties_to_away", "ties go away from zero instead of to even"),
        ("rounding.ties-odd", "ties_to_odd", "ties go to odd instead of to even"),
        ("rounding.ties-zero", "ties_toward_zero", "ties go toward zero instead of to even"),
        ("rounding.ties-positive", "ties_toward_positive", "half is added and the sum floored: ties go up"),
    )
    return tuple(deviation(name, sentence, even, project=instead(rule)) for name, rule, sentence in others)


_PROJECTIONS = (
    *rules(),
    deviation("rounding.truncates", "the lost bits are dropped", not_rounds("toward_zero"), project=instead("toward_zero")),
    deviation(
        "rounding.floors",
        "the lost bits of two's complement are dropped",
        not_rounds("toward_negative"),
        project=instead("toward_negative"),
    ),
    deviation(
        "rounding.mode-ignored",
        "always ties to even, whatever the mode",
        not_rounds("ties_to_even"),
        project=instead("ties_to_even"),
    ),
    deviation(
        "rounding.sign-ignored",
        "the mode acts as for the other sign",
        rounds(*DIRECTED, "ties_toward_positive"),
        project=with_rule(mirrored),
    ),
    deviation(
        "rounding.parity-wrong",
        "the wrong bit is taken for the last one kept",
        rounds("ties_to_even", "to_odd"),
        project=with_rule(other_parity),
    ),
    deviation(
        "rounding.sticky-ignored",
        "only the first lost bit is looked at",
        not_rounds("toward_zero", "ties_to_away"),
        project=with_place(lambda t: Fraction(2 * t // 1, 2)),
    ),
    deviation(
        "rounding.sticky-last-bit",
        "the last of the lost bits does not reach the sticky bit",
        not_rounds("toward_zero", "ties_to_away"),
        project=with_place(without_last_bit),
    ),
    deviation(
        "rounding.subnormal-truncates",
        "subnormal results are truncated",
        both(subnormal_result, rounds(*NEAREST)),
        project=in_subnormals("toward_zero"),
    ),
    deviation(
        "rounding.subnormal-ties-away",
        "ties of subnormal results go away from zero",
        both(subnormal_result, rounds("ties_to_even")),
        project=in_subnormals("ties_to_away"),
    ),
    deviation("rounding.twice-binary16", "rounded to binary16 first", wide("binary16"), project=twice("binary16")),
    deviation("rounding.twice-bfloat16", "rounded to bfloat16 first", wide("bfloat16"), project=twice("bfloat16")),
    deviation("rounding.twice-binary32", "rounded to binary32 first", wide("binary32"), project=twice("binary32")),
    deviation("carry.lost", "a carry out of the significand is dropped", carries, project=lost_carry(lambda _, n: n - 1)),
    deviation(
        "carry.not-in-exponent",
        "the significand wraps and the exponent stays",
        carries,
        project=lost_carry(lambda f, n: n - binade(f)),
    ),
    deviation(
        "overflow.before-rounding",
        "compared with the last number before rounding instead of after",
        comes_back,
        project=early_overflow,
    ),
    deviation(
        "overflow.wraps",
        "the code runs over into the next one",
        overflows("saturate", "saturate_propagate", "saturate_finite", "infinity", "saturate_symmetric", "saturate_zero"),
        project=with_excess(wrapped_code),
    ),
    deviation(
        "overflow.saturates",
        "a number past the end becomes the last one",
        overflows("infinity", "wrap", "wrap_sign_magnitude", "saturate_zero"),
        project=with_excess(largest),
    ),
    deviation(
        "overflow.infinity",
        "a number past the end becomes infinity or NaN",
        both(past_end_is_number, result_has_nan),
        project=with_excess(infinite_code),
    ),
    deviation(
        "overflow.nan",
        "a number past the end becomes NaN",
        both(past_end_is_not_nan, result_has_nan),
        project=with_excess(nan_code),
    ),
    deviation(
        "overflow.one-less",
        "saturates one code too early",
        overflows("saturate", "saturate_propagate", "saturate_finite", "saturate_symmetric"),
        project=with_excess(one_less),
    ),
    deviation(
        "overflow.symmetric",
        "the most negative number of two's complement is not used",
        both(overflows("saturate"), asymmetric),
        project=with_excess(symmetric_code),
    ),
    deviation(
        "overflow.zero",
        "a number past the end becomes zero",
        overflows("saturate", "saturate_finite", "saturate_symmetric", "wrap"),
        project=with_excess(zero_code),
    ),
    deviation(
        "overflow.asymmetric",
        "the most negative number of two's complement is used",
        overflows("saturate_symmetric"),
        project=lambda to, x, draw, flags: replace(to, overflow=get_overflow("saturate"))(x, draw, flags),
    ),
    deviation("stochastic.never-up", "the random bits are not added", rounds(*STOCHASTIC), project=instead("toward_zero")),
    deviation(
        "stochastic.strict",
        "the sum must exceed the carry instead of reaching it",
        rounds("stochastic_a"),
        project=drawn(lambda gap, bits: gap.t * 2**bits // 1 + gap.draw > 2**bits),
    ),
    deviation(
        "stochastic.exact-moves",
        "an exact number moves when all random bits are ones",
        rounds(*STOCHASTIC),
        project=drawn(lambda gap, bits: gap.t * 2**bits // 1 + gap.draw + 1 >= 2**bits),
    ),
    deviation(
        "stochastic.misaligned",
        "the random bits are one place too low",
        rounds(*STOCHASTIC),
        project=with_rule(lambda gap, to: to.rounding.goes_up(gap._replace(draw=gap.draw // 2))),
    ),
    deviation(
        "flags.tininess",
        "tininess is found at the other side of rounding",
        both(subnormal_result, not_rounds("toward_zero", "to_odd")),
        project=other_tininess,
    ),
    deviation(
        "flags.inexact-missing",
        "overflow does not raise inexact",
        both(rounds(), leaves_the_range),
        project=with_flags(lambda _, r, own: r.flags & ~Flags.INEXACT if own & Flags.OVERFLOW else r.flags),
    ),
    deviation(
        "flags.underflow-when-exact",
        "an exact subnormal result raises underflow",
        subnormal_result,
        project=with_flags(
            lambda to, r, _: (
                r.flags | Flags.UNDERFLOW if (p := number_of(to, r.code)) and p[1] < (to.format.least_normal or 0) else r.flags
            )
        ),
    ),
)
PROJECTIONS: tuple[Mutant, ...] = tuple(
    replace(mutant, applies=both(leaves_the_range if mutant.name.startswith("overflow.") else rounded, mutant.applies))
    for mutant in _PROJECTIONS
)
"""Mutants of the way from an exact result to a code."""
