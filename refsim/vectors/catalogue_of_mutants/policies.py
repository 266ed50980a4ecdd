"""Mutants of the options of a projection: flushed subnormal numbers and NaN policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...spec.exact import Exact, Special, is_nan, is_zero
from ...spec.flags import Flags, Result
from ...spec.formats import Number
from ...spec.nans import POLICIES, signed_nan
from ...spec.projection import Projection
from ..mutants import ChooseNan, Mutant, Project, deviation, without_flush
from ..operations import Configuration
from .conditions import Applies, both


def _flushes(*names: str) -> Applies:
    return lambda c: c.to is not None and c.to.subnormals in names


def _other(change: Callable[[Projection], Projection]) -> Project:
    return lambda to, x, draw, flags: change(to)(x, draw, flags)


def _outputs_kept(to: Projection) -> Projection:
    return replace(to, subnormals="flush_inputs" if to.subnormals == "flush" else "keep")


def _exact_kept(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    """Exact tiny results are not flushed."""
    kept = _outputs_kept(to)(x, draw, flags)
    return to(x, draw, flags) if Flags.INEXACT in kept.flags else kept


def _silent(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    result = to(x, draw, flags)
    flushed = _outputs_kept(to)(x, draw, flags).code != result.code
    return Result(result.code, result.flags & ~(Flags.UNDERFLOW | Flags.INEXACT) if flushed else result.flags)


def _sign_lost(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    result = to(x, draw, flags)
    flushed = is_zero(to.format.decode(result.code)) and not is_zero(x)
    return Result(0 if flushed else result.code, result.flags)


def _policy(name: str) -> ChooseNan:
    return lambda to, flags, operands: replace(to, nan=name).nan_result(flags, operands)


def _reversed(to: Projection, flags: Flags, operands: object) -> Result:
    return to.nan_result(flags, list(operands)[::-1])  # type: ignore[call-overload]


def _not_quieted(to: Projection, flags: Flags, operands: object) -> Result:
    """The first NaN operand as it stands, where it is one of the result's format."""
    nans = [x for x in operands if isinstance(x, Number) and is_nan(x.exact)]  # type: ignore[attr-defined]
    if nans and nans[0].format == to.format and nans[0].exact is Special.SIGNALING_NAN:
        return Result(nans[0].code, flags)
    return to.nan_result(flags, operands)  # type: ignore[arg-type]


def _wrong_sign(to: Projection, flags: Flags, operands: object) -> Result:
    """A NaN that no operand brought with the other sign."""
    result = to.nan_result(flags, operands)  # type: ignore[arg-type]
    if any(isinstance(x, Number) and is_nan(x.exact) for x in operands):  # type: ignore[attr-defined]
        return result
    other = signed_nan(to.format, result.code >> to.format.width - 1 == 0)
    return Result(other, result.flags)


def _many_nans(c: Configuration) -> bool:
    """The result has NaNs that can be told apart."""
    if c.to is None or c.to.overflow.nan is not None:
        return False
    return sum(b.last - b.first + 1 for b in c.to.format.specials if is_nan(b.datum)) > 1


def _nan_operands(c: Configuration) -> bool:
    return any(sum(b.last - b.first + 1 for b in f.specials if is_nan(b.datum)) > 1 for f in c.operands)


def _not_policy(*names: str) -> Applies:
    return lambda c: c.to is not None and POLICIES[c.to.nan] not in [POLICIES[name] for name in names]


def _carries_on(c: Configuration) -> bool:
    return c.to is not None and c.to.nan in {"x86", "arm"}


def _chooses(c: Configuration) -> bool:
    """There is more than one NaN operand to choose from."""
    return sum(any(is_nan(b.datum) for b in f.specials) for f in c.operands) > 1


def _makes_nans(c: Configuration) -> bool:
    """Some operands that are no NaNs make one."""
    factors = c.operands[:2] if c.operation == "fma" else c.operands
    infinite = any(f.canonical(Special.POSITIVE_INFINITY) is not None for f in factors)
    made = {"add", "subtract", "multiply", "divide", "fma", "faa", "dot_product", "remainder", "fmod"}
    return c.operation in {"sqrt", "rsqrt"} or (infinite and c.operation in made)


POLICIES_AND_FLUSHES: tuple[Mutant, ...] = (
    without_flush(
        "flush.inputs-kept",
        "subnormal operands are not flushed",
        _flushes("flush_inputs", "flush"),
    ),
    deviation(
        "flush.outputs-kept",
        "tiny results are not flushed",
        _flushes("flush_outputs", "flush"),
        project=_other(_outputs_kept),
    ),
    deviation(
        "flush.exact-kept", "exact tiny results are not flushed", _flushes("flush_outputs", "flush"), project=_exact_kept
    ),
    deviation("flush.silent", "flushing a result raises nothing", _flushes("flush_outputs", "flush"), project=_silent),
    deviation(
        "flush.sign-lost", "a flushed result is the positive zero", _flushes("flush_outputs", "flush"), project=_sign_lost
    ),
    deviation(
        "nan.canonical",
        "every NaN result is the canonical one",
        both(_many_nans, lambda c: _not_policy("canonical")(c) and (_nan_operands(c) or _makes_nans(c))),
        choose_nan=_policy("canonical"),
    ),
    deviation(
        "nan.x86",
        "the first NaN operand is carried on",
        both(_many_nans, _not_policy("x86"), lambda c: _nan_operands(c) or _makes_nans(c)),
        choose_nan=_policy("x86"),
    ),
    deviation(
        "nan.arm",
        "the first signaling NaN operand is carried on, or else the first quiet one",
        both(_many_nans, _not_policy("arm"), lambda c: _nan_operands(c) or _makes_nans(c)),
        choose_nan=_policy("arm"),
    ),
    deviation(
        "nan.last-operand",
        "the last NaN operand is carried on instead of the first",
        both(_many_nans, _carries_on, _nan_operands, _chooses),
        choose_nan=_reversed,
    ),
    deviation(
        "nan.not-quieted",
        "a signaling NaN is carried on as it is",
        both(_many_nans, _carries_on, _nan_operands),
        choose_nan=_not_quieted,
    ),
    deviation(
        "nan.sign", "a NaN that no operand brought has the other sign", both(_many_nans, _makes_nans), choose_nan=_wrong_sign
    ),
)
"""Mutants of flushing and of NaN policies."""
