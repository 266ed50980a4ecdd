"""Known bugs of requantization, and the published configurations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...spec.operands import integer
from ...spec.projection import Projection
from ...spec.requantization import BINARY32, FLOOR32, HALF_AWAY32, HALF_UP32, MODELS, doubling_high_multiply, projected
from ..fields import code_field
from ..mutants import Mutant
from .procedure import Parameters, Procedure, Run, Values, bug
from .requantize import (
    MODEL,
    RESULT,
    candidates,
    clauses,
    explain,
    formats_of,
    limits_of,
    numbers,
    operands,
    result_of,
    run,
    scale,
)

TWICE = {"gemmlowp": "tflite_single", "cmsis_nn": "cmsis_nn_single", "tosa_32_double": "tosa_32"}
"""The models that round twice, with those that differ from them by rounding once."""
ONCE = {once: twice for twice, once in TWICE.items()}
HALF_UP = ("tflite_single", "tflite_int64", "tosa_32", "tosa_16", "cmsis_nn_single", "dpu")
AWAY = ("gemmlowp", "cmsis_nn")
WIDE_AWAY = Projection("int128", "ties_to_away", "error")
WIDE_EVEN = Projection("int128", "ties_to_even", "error")
WIDE_UP = Projection("int128", "ties_toward_positive", "error")
WIDE_DOWN = Projection("int128", "toward_negative", "error")
WIDE_CUT = Projection("int128", "toward_zero", "error")

Scaled = Callable[[str, int, int, int], int]
"""From a model, an accumulator, a multiplier and a shift to a scaled accumulator."""


def _clamped(parameters: Parameters, total: int) -> Values:
    """The code of a sum within the range."""
    first, last = limits_of(parameters)
    return (max(first, min(last, total)) % (1 << result_of(parameters).width),)


def _otherwise(scaled: Scaled) -> Run:
    """A device that scales otherwise. Where the specification has no result it is not asked."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        x, m, s, z = numbers(parameters, values)
        return _clamped(parameters, scaled(parameters["model"], x, m, s) + z)

    return wrong


def _rounded(to: Projection) -> Scaled:
    """One rounding of the exact product."""
    return lambda model, x, m, s: projected(x * scale(MODELS[model], m, s), to)


def _instead(other: dict[str, str]) -> Run:
    """Another model is taken."""
    return _otherwise(lambda model, x, m, s: MODELS[other[model]].scaled(x, m, s))


def _high(x: int, m: int, s: int) -> int:
    return doubling_high_multiply(x << max(s, 0), m)


def _divided(high: int, s: int, to: Projection) -> int:
    return projected(Fraction(high, 1 << max(-s, 0)), to)


def _nudge_of_one_sign(_: str, x: int, m: int, s: int) -> int:
    """The nudge is positive for negative products too, and the division truncates."""
    return _divided(projected(Fraction((x << max(s, 0)) * m + (1 << 30), 1 << 31), WIDE_CUT), s, HALF_AWAY32)


def _wrapped_product(bits: int) -> Scaled:
    """The product keeps its low bits only."""

    def scaled(model: str, x: int, m: int, s: int) -> int:
        product = (x * m + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
        return projected(product * scale(MODELS[model], 1, s), WIDE_UP)

    return scaled


def _logical(model: str, x: int, m: int, s: int) -> int:
    """The shift to the right brings in zeros at the top of 64 bits."""
    places = s if MODELS[model].point is None else (MODELS[model].point or 0) - s
    return (x * m + (1 << places - 1)) % (1 << 64) >> places if places > 0 else x << -places


def _before(parameters: Parameters, values: Values) -> Values:
    """The zero point is added before the last rounding, which sees another sign or another parity."""
    x, m, s, z = numbers(parameters, values)
    if parameters["model"] == "float_scale":
        product = BINARY32.format.decode(BINARY32(x * scale(MODELS["float_scale"], m, s)).code)
        return _clamped(parameters, projected(product + z, WIDE_EVEN) if isinstance(product, Fraction) else z)
    return _clamped(parameters, projected(Fraction(_high(x, m, s), 1 << max(-s, 0)) + z, WIDE_AWAY))


def _ends(change: Callable[[int, int, int], int]) -> Run:
    """A device whose result is changed near the ends of the format."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        format = result_of(parameters)
        found = integer(format.decode(run(parameters, values)[0]))
        return (change(found, *limits_of(parameters)) % (1 << format.width),)

    return wrong


def _wraps(parameters: Parameters, values: Values) -> Values:
    x, m, s, z = numbers(parameters, values)
    return ((MODELS[parameters["model"]].scaled(x, m, s) + z) % (1 << result_of(parameters).width),)


def _through(change: Callable[[int, int, int, int], tuple[int, int, int, int]]) -> Run:
    """A device that requantizes other numbers than it was given."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        changed = zip(change(*numbers(parameters, values)), formats_of(parameters), strict=True)
        return run(parameters, tuple(value % (1 << format.width) for value, format in changed))

    return wrong


def _of(*models: str) -> Callable[[Parameters], bool]:
    return lambda parameters: parameters["model"] in models


def _but(*models: str) -> Callable[[Parameters], bool]:
    return lambda parameters: parameters["model"] not in models


def _reduced(m: int, nudge: int, cap: int) -> int:
    return min(m + nudge >> 16, cap)


def _narrow(nudge: int, cap: int) -> Run:
    """The multiplier is reduced otherwise."""
    return _otherwise(lambda _, x, m, s: projected(Fraction(x * _reduced(m, nudge, cap), 1 << 15 - s), WIDE_UP))


def _mutants() -> tuple[Mutant, ...]:
    rows: tuple[tuple[str, str, Run, Callable[[Parameters], bool]], ...] = (
        ("single-rounding", "the product is rounded once, not twice", _instead(TWICE), _of(*TWICE)),
        ("double-rounding", "the product is rounded twice, not once", _instead(ONCE), _of(*ONCE)),
        ("ties-away", "ties go away from zero", _otherwise(_rounded(WIDE_AWAY)), _of(*HALF_UP)),
        ("ties-to-even", "ties go to the even number", _otherwise(_rounded(WIDE_EVEN)), _of(*HALF_UP)),
        ("floor", "the shift rounds down", _otherwise(_rounded(WIDE_DOWN)), _but("float_scale")),
        ("toward-zero", "the division truncates", _otherwise(_rounded(WIDE_CUT)), _but("float_scale")),
        (
            "ties-up",
            "the second rounding takes ties up for negative numbers too",
            _otherwise(lambda _, x, m, s: _divided(_high(x, m, s), s, HALF_UP32)),
            _of(*AWAY),
        ),
        (
            "nudge-of-one-sign",
            "the nudge of a negative product is positive and the division truncates",
            _otherwise(_nudge_of_one_sign),
            _of(*AWAY),
        ),
        (
            "high-half-truncated",
            "the doubling high multiply rounds down",
            _otherwise(
                lambda _, x, m, s: _divided(projected(Fraction((x << max(s, 0)) * m, 1 << 31), FLOOR32), s, HALF_AWAY32)
            ),
            _of(*AWAY),
        ),
        (
            "nudge-of-either-sign",
            "the second nudge is positive for negative accumulators too",
            _otherwise(lambda _, x, m, s: projected(Fraction(x * m + (1 << 30 if s > 31 else 0), 1 << s), WIDE_UP)),
            _of("tosa_32_double"),
        ),
        (
            "product-of-32-bits",
            "the product keeps 32 bits",
            _otherwise(_wrapped_product(32)),
            _of("tflite_single", "tosa_32", "tosa_16"),
        ),
        (
            "product-of-40-bits",
            "the product keeps 40 bits",
            _otherwise(_wrapped_product(40)),
            _of("tflite_single", "tosa_32", "tosa_16"),
        ),
        (
            "logical-shift",
            "the shift brings in zeros, not the sign",
            _otherwise(_logical),
            _of("tflite_single", "tosa_32", "tosa_16", "dpu"),
        ),
        ("zero-point-first", "the zero point is added before the last rounding", _before, _of(*AWAY, "float_scale")),
        (
            "exact-product",
            "the product with the scale is not rounded to binary32",
            _otherwise(_rounded(WIDE_EVEN)),
            _of("float_scale"),
        ),
        ("multiplier-truncated", "the multiplier is reduced by dropping its low half", _narrow(0, 0x7FFF), _of("tflite_int64")),
        ("multiplier-uncapped", "the reduced multiplier may be 2**15", _narrow(1 << 15, 1 << 15), _of("tflite_int64")),
        ("top-lost", "the greatest result is one less than it must be", _ends(lambda y, _, top: min(y, top - 1)), _but()),
        ("bottom-lost", "the least result is one more than it must be", _ends(lambda y, bottom, _: max(y, bottom + 1)), _but()),
        ("wraps", "the sum wraps where it must be clamped", _wraps, _but()),
        ("shift-late", "the shift is one place short", _through(lambda x, m, s, z: (x, m, s - 1, z)), _but("float_scale")),
        ("no-zero-point", "the zero point is not added", _through(lambda x, m, s, _: (x, m, s, 0)), _but()),
    )
    return tuple(bug(f"requantize.{name}", sentence, wrong, applies) for name, sentence, wrong, applies in rows)


PUBLISHED = (
    *({"model": name, "result": "int8"} for name in MODELS),
    {"model": "gemmlowp", "result": "uint8"},
    {"model": "gemmlowp", "result": "int8:-128..100"},
    {"model": "tflite_int64", "result": "int16"},
)

REQUANTIZE = Procedure(
    "requantize",
    "an accumulator times a multiplier and a power of two, rounded as a library does it, to a narrow integer",
    (MODEL, RESULT),
    operands,
    lambda parameters: [code_field("y", result_of(parameters))],
    run,
    clauses,
    candidates,
    _mutants(),
    PUBLISHED,
    explain,
)
