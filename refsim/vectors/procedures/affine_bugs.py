"""Known bugs of affine quantization, and the procedures with their published configurations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...spec import affine
from ...spec.affine import DEQUANTIZATIONS, MODELS
from ...spec.exact import NEGATIVE_ZERO, Exact, Special
from ...spec.formats import Format, Number
from ...spec.integral import exact_round_to_integral
from ...spec.operands import Setting, integer
from ...spec.projection import Projection
from ...spec.requantization import BINARY32
from ..fields import code_field
from ..mutants import Mutant
from .affine import (
    INTEGER,
    SINGLE,
    dequantize_candidates,
    explain_dequantize,
    explain_quantize,
    integer_of,
    quantize_candidates,
    run_dequantize,
    run_quantize,
    zero_of,
)
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken

Quotient = Callable[[Number, Number], Exact]


def _exact_quotient(x: Number, scale: Number) -> Exact:
    """The quotient is not rounded to binary32."""
    divisor, datum = affine.positive(scale), x.exact
    return datum if not isinstance(datum, Fraction) else datum / divisor


def _otherwise(rounding: str | None = None, quotient: Quotient | None = None, *, first: bool = False) -> Run:
    """A device with another rule, or another quotient, or one that adds the zero point ``first``."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        way, format = MODELS[parameters["model"]], integer_of(parameters)
        x, scale, zero = Number(values[0], SINGLE), Number(values[1], SINGLE), zero_of(parameters, values[2])
        to = Projection(format, rounding or way.rounding, "saturate")
        found = (quotient or way.quotient)(x, scale)
        if first:
            found = found + zero if isinstance(found, Fraction) else found
            whole = exact_round_to_integral(Setting((), to), found)[0]
            return (to(Fraction(0) if whole is NEGATIVE_ZERO else whole).code,)
        return (to(affine.shifted(found, zero, to)).code,)

    return wrong


def _changed(change: Callable[[int, Format], int]) -> Run:
    """A device whose result is changed."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        format = integer_of(parameters)
        return (change(integer(format.decode(run_quantize(parameters, values)[0])), format) % (1 << format.width),)

    return wrong


def _wraps(parameters: Parameters, values: Values) -> Values:
    """The sum is cut to the bits of the result."""
    way, format = MODELS[parameters["model"]], integer_of(parameters)
    x, scale, zero = Number(values[0], SINGLE), Number(values[1], SINGLE), zero_of(parameters, values[2])
    total = affine.shifted(way.quotient(x, scale), zero, Projection(format, way.rounding, "saturate"))
    return (
        (Projection(format, "toward_zero", "wrap")(total).code,)
        if isinstance(total, Fraction)
        else run_quantize(parameters, values)
    )


def _of(*models: str) -> Callable[[Parameters], bool]:
    return lambda parameters: parameters["model"] in models


def _any(_: Parameters) -> bool:
    return True


EVEN = ("onnx", "pytorch", "vitis_py3")
QUANTIZE_BUGS: tuple[Mutant, ...] = tuple(
    bug(f"quantize-affine.{name}", sentence, wrong, applies)
    for name, sentence, wrong, applies in (
        (
            "zero-point-first",
            "the zero point is added before the rounding",
            _otherwise(first=True),
            _of(*EVEN, "tflite", "vitis_std"),
        ),
        ("ties-away", "ties go away from zero", _otherwise("ties_to_away"), _of(*EVEN, "vitis_dpu")),
        ("ties-to-even", "ties go to the even integer", _otherwise("ties_to_even"), _of("tflite", "vitis_dpu", "vitis_std")),
        ("ties-up", "ties go toward plus infinity", _otherwise("ties_toward_positive"), _of(*EVEN, "tflite", "vitis_std")),
        ("toward-zero", "the quotient is truncated", _otherwise("toward_zero"), _any),
        ("floor", "the quotient is rounded down", _otherwise("toward_negative"), _any),
        (
            "exact-quotient",
            "the quotient is not rounded to binary32",
            _otherwise(None, _exact_quotient),
            _of("onnx", "tflite", "pytorch"),
        ),
        (
            "times-reciprocal",
            "multiplied by the reciprocal, not divided",
            _otherwise(None, affine.times_reciprocal),
            _of("onnx", "tflite"),
        ),
        ("divided", "divided, not multiplied by the reciprocal", _otherwise(None, affine.divided), _of("pytorch")),
        ("narrow-range", "the least integer is never given", _changed(lambda y, to: max(y, 1 - to.top_negative)), _any),
        ("top-lost", "the greatest integer is never given", _changed(lambda y, to: min(y, to.top - 1)), _any),
        ("wraps", "the sum wraps where it must be clamped", _wraps, _any),
    )
)


def _unsigned(parameters: Parameters, values: Values) -> Values:
    """The code is read without its sign."""
    found = (values[0] - zero_of(parameters, values[2])) * affine.positive(Number(values[1], SINGLE))
    return (BINARY32(found).code,)


def _distributed(parameters: Parameters, values: Values) -> Values:
    """Two products are rounded and subtracted."""
    scale = affine.positive(Number(values[1], SINGLE))
    q, zero = integer(integer_of(parameters).decode(values[0])), zero_of(parameters, values[2])
    first, second = (SINGLE.decode(BINARY32(y * scale).code) for y in (q, zero))
    if isinstance(first, Special) or isinstance(second, Special):
        return run_dequantize(parameters, values)
    assert isinstance(first, Fraction) and isinstance(second, Fraction), "products are numbers"  # noqa: PT018 one lemma
    return (BINARY32(first - second).code,)


def _truncated(parameters: Parameters, values: Values) -> Values:
    """The product is cut to binary32."""
    q, zero = integer(integer_of(parameters).decode(values[0])), zero_of(parameters, values[2])
    to = Projection(SINGLE, "toward_zero", "infinity")
    return (to((q - zero) * affine.positive(Number(values[1], SINGLE))).code,)


def _flushed(parameters: Parameters, values: Values) -> Values:
    """Subnormal products become zero."""
    code = run_dequantize(parameters, values)[0]
    return (code if code & 0x7F800000 else code & 0x80000000,)


def _without_zero_point(parameters: Parameters, values: Values) -> Values:
    """The zero point is not subtracted."""
    return run_dequantize(parameters, (*values[:2], 0))


DEQUANTIZE_BUGS: tuple[Mutant, ...] = (
    bug("dequantize-affine.unsigned", "the integer is read without its sign", _unsigned),
    bug("dequantize-affine.distributed", "two products are rounded, then subtracted", _distributed),
    bug("dequantize-affine.truncated", "the product is truncated", _truncated),
    bug("dequantize-affine.flushed", "subnormal products become zero", _flushed),
    bug("dequantize-affine.no-zero-point", "the zero point is not subtracted", _without_zero_point),
    mistaken(
        "dequantize-affine.rounded-first",
        "the difference is rounded to binary32 first",
        run_dequantize,
        "model",
        "onnx",
        ("tflite",),
    ),
    mistaken(
        "dequantize-affine.in-binary64",
        "the product is made in binary64",
        run_dequantize,
        "model",
        "tflite",
        ("onnx", "pytorch"),
    ),
)


CLAUSES = {"onnx": "affine/divided", "tflite": "affine/divided", "pytorch": "affine/times-reciprocal"}
QUANTIZE_AFFINE = Procedure(
    "quantize_affine",
    "a binary32 number by a scale and a zero point to an integer, as a library does it",
    (Parameter("model", "the library's way", tuple(MODELS)), INTEGER),
    lambda parameters: (code_field("x", SINGLE), code_field("s", SINGLE), code_field("z", integer_of(parameters))),
    lambda parameters: (code_field("q", integer_of(parameters)),),
    run_quantize,
    lambda parameters: ("affine/quantize-as", CLAUSES.get(parameters["model"], "affine/position"), "affine/order"),
    quantize_candidates,
    QUANTIZE_BUGS,
    (
        *({"model": name, "integer": "int8"} for name in MODELS),
        {"model": "onnx", "integer": "uint8"},
        {"model": "tflite", "integer": "int16"},
    ),
    explain_quantize,
)
DEQUANTIZE_AFFINE = Procedure(
    "dequantize_affine",
    "an integer by a zero point and a scale to a binary32 number, as a library does it",
    (Parameter("model", "the library's way", DEQUANTIZATIONS), INTEGER),
    lambda parameters: (
        code_field("q", integer_of(parameters)),
        code_field("s", SINGLE),
        code_field("z", integer_of(parameters)),
    ),
    lambda _: (code_field("y", SINGLE),),
    run_dequantize,
    lambda _: ("affine/dequantize-as",),
    dequantize_candidates,
    DEQUANTIZE_BUGS,
    tuple(
        {"model": model, "integer": name}
        for model, name in (("onnx", "int8"), ("tflite", "uint8"), ("onnx", "int32"), ("tflite", "int32"))
    ),
    explain_dequantize,
)
