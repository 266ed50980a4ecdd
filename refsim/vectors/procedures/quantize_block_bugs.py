"""Known bugs of quantizing a block, and the procedure that they are bugs of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from ...spec.block_formats import BlockFormat
from ...spec.blocks import DIVISIONS, SPECIALS, divisor, elements_of, greatest_magnitude
from ...spec.exact import NAN, NEGATIVE_ZERO, Exact, is_nan, is_negative, power_of_two
from ...spec.formats import Number, Unrepresentable
from ...spec.operands import rational
from ...spec.scales import LIMITS, SCALE_OVERFLOWS, ZERO_BLOCKS, greatest, scale_of, spacing
from ..mutants import Mutant
from .block_parameters import FORMAT, OVERFLOW, ROUNDING, SIZE, SOURCE, block_format, data_fields, quantized_fields
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken
from .quantize_block import PUBLISHED, candidates, clauses, explain, quantizer, run, split

NAMES = "quantize_block."
POWERS = (*LIMITS, "rceil_reciprocal")
SENTENCES = {
    "floor": "the exponent is floor(log2(amax)) - emax",
    "ceil": "the exponent is ceil(log2(amax)) - emax",
    "rceil": "no element saturates: the exponent is ceil(log2(amax / max))",
    "even": "amax is rounded to the elements' precision before its exponent is taken",
    "tosa": "the exponent is the least with which the greatest element rounds to no more than the greatest number",
    "tosa_draft": "the limit is the greatest number, reached only where that is even",
    "midmax": "the limit is the middle between the greatest number and the power of two behind it",
    "rceil_reciprocal": "amax is multiplied by a rounded reciprocal before its exponent is taken",
}
Data = Sequence[Exact]


def device(
    counted: Callable[[Data], Data] = lambda data: data,
    amax: Callable[[Fraction], Fraction] = lambda a: a,
    stored: Callable[[int, BlockFormat], int] = lambda scale, _: scale,
    element: Callable[[int, BlockFormat], int] = lambda code, _: code,
    *,
    divides_by_tensor: bool = True,
) -> Run:
    """A device that quantizes as the specification does, but for the numbers that count, their greatest magnitude, the scale
    that it stores, its elements, or the tensor's scale.
    """

    def wrong(parameters: Parameters, values: Values) -> Values:
        (tensor, codes), how = split(parameters, values), quantizer(parameters)
        data, practice = [SOURCE.decode(code) for code in codes], how.practice
        found = greatest_magnitude(counted(data), practice.specials)
        found = found if found is NAN else amax(rational(found)) / divisor(how.format, tensor)
        scale = scale_of(found, how.format, how.rule, practice.zero_block, practice.scale_overflow)
        by = tensor if divides_by_tensor or tensor is None else Number(0x3F800000, tensor.format)
        try:
            elements = elements_of(data, how, scale, by)
        except ValueError as error:
            raise Unrepresentable(str(error)) from None
        return stored(scale, how.format), *(element(code, how.format) for code in elements)

    return wrong


def _only(mutant: Mutant, shows: Callable[[Parameters], bool]) -> Mutant:
    """The mutant where it is another function."""
    return replace(mutant, applies=lambda about: mutant.applies(about) and shows(about.parameters))


def _scale(parameters: Parameters, amax: Fraction, **changes: str) -> int:
    """The scale of a block of a greatest magnitude."""
    how = quantizer({**parameters, **changes})
    return scale_of(amax, how.format, how.rule, how.practice.zero_block, how.practice.scale_overflow)


def _differs(name: str, wrong: str, *amaxes: Fraction) -> Callable[[Parameters], bool]:
    """Whether a block of one of these greatest magnitudes has another scale with another value of a parameter."""
    return lambda parameters: any(_scale(parameters, a) != _scale(parameters, a, **{name: wrong}) for a in amaxes)


def _other_limit(wrong: str) -> Callable[[Parameters], bool]:
    def shows(parameters: Parameters) -> bool:
        element, right = block_format(parameters).element, parameters["rule"]
        return not {wrong, right} <= LIMITS.keys() or LIMITS[wrong](element) != LIMITS[right](element)

    return shows


def _may_saturate(parameters: Parameters) -> bool:
    """Whether an element can round past the greatest number."""
    element, rule = block_format(parameters).element, parameters["rule"]
    if rule == "rceil_reciprocal" or (
        rule in LIMITS and LIMITS[rule](element).number <= greatest(element) + spacing(element) / 2
    ):
        return False
    return parameters["rounding"] != "toward_zero" or element.canonical(NAN) is not None


def _is_rounded(parameters: Parameters) -> bool:
    return parameters["rule"] not in POWERS and block_format(parameters).scale.first == 0


def _has_several(parameters: Parameters) -> bool:
    return parameters["size"] != "1"


def _swaps() -> Iterator[Mutant]:
    """One value of a parameter where another is asked for."""
    for wrong in POWERS:
        others = tuple(choice for choice in POWERS if choice != wrong)
        mutant = mistaken(f"{NAMES}rule-{wrong}".replace("_", "-"), SENTENCES[wrong], run, "rule", wrong, others)
        yield _only(mutant, _other_limit(wrong))
    for wrong in ZERO_BLOCKS:
        others = tuple(choice for choice in ZERO_BLOCKS if choice != wrong)
        sentence = f"the scale of a block of zeros is the one called {wrong}"
        mutant = mistaken(f"{NAMES}zero-{wrong}".replace("_", "-"), sentence, run, "zero_block", wrong, others)
        yield _only(mutant, _differs("zero_block", wrong, Fraction(0)))
    ignored, poisoned = "NaN and infinities leave the scale alone", "NaN and infinities make the scale NaN"
    yield _only(mistaken(f"{NAMES}ignores", ignored, run, "specials", "ignore", ("poison",)), _has_several)
    yield _only(mistaken(f"{NAMES}poisons", poisoned, run, "specials", "poison", ("ignore",)), _has_several)
    past = mistaken(
        f"{NAMES}scale-saturates", "a scale past the end is the greatest one", run, "scale_overflow", "saturate", ("infinity",)
    )
    yield _only(past, _differs("scale_overflow", "saturate", greatest(SOURCE)))
    for mutant_name, sentence, wrong, right in (
        ("reciprocal", "numbers are multiplied by a rounded reciprocal", "reciprocal_binary32", "divide"),
        ("divides", "numbers are divided exactly", "divide", "reciprocal_binary32"),
    ):
        yield _only(mistaken(f"{NAMES}{mutant_name}", sentence, run, "division", wrong, (right,)), _is_rounded)
    endless = "elements past the end become infinite or NaN"
    yield _only(mistaken(f"{NAMES}not-saturating", endless, run, "overflow", "infinity", ("saturate",)), _may_saturate)
    for mutant_name, sentence, name, wrong, rights in (
        ("truncates", "elements are cut off", "rounding", "toward_zero", ("ties_to_even", "ties_to_away")),
        ("ties-away", "ties of elements go away from zero", "rounding", "ties_to_away", ("ties_to_even",)),
        ("ties-even", "ties of elements go to the even one", "rounding", "ties_to_even", ("ties_to_away",)),
        ("asymmetric", "the most negative integer is used", "overflow", "saturate", ("saturate_symmetric",)),
        ("scale-to-nearest", "the scale is rounded to nearest", "rule", "exact:ties_to_even", ("exact:toward_positive",)),
        ("scale-up", "the scale is rounded up", "rule", "exact:toward_positive", ("exact:ties_to_even",)),
    ):
        yield mistaken(f"{NAMES}{mutant_name}", sentence, run, name, wrong, rights)


def _flushed(data: Data) -> Data:
    least = power_of_two(-126)
    return [Fraction(0) if isinstance(x, Fraction) and abs(x) < least else x for x in data]


def _above_zero(data: Data) -> Data:
    return [x for x in data if is_nan(x) or not is_negative(x)] or [Fraction(0)]


def _moved(by: int) -> Callable[[int, BlockFormat], int]:
    """A bias that is another one by so much; NaN stays."""
    return lambda code, block: code if code == block.scale.canonical(NAN) else (code + by) % (1 << block.scale.width)


def _without_sign(code: int, format: BlockFormat) -> int:
    return 0 if format.element.decode(code) is NEGATIVE_ZERO else code


def _subnormals_count(parameters: Parameters) -> bool:
    """Whether a subnormal greatest magnitude has another scale than zero has."""
    if block_format(parameters).tensor is not None:
        return False
    return _scale(parameters, power_of_two(-126) - power_of_two(-149)) != _scale(parameters, Fraction(0))


def _is_power(parameters: Parameters) -> bool:
    return parameters["rule"] in POWERS


def _has_negative_zero(parameters: Parameters) -> bool:
    return block_format(parameters).element.has_negative_zero


def _has_tensor(parameters: Parameters) -> bool:
    return block_format(parameters).tensor is not None


MUTANTS: tuple[Mutant, ...] = (
    *_swaps(),
    bug(f"{NAMES}last-left-out", "the last number has no part in the scale", device(lambda data: data[:-1]), _has_several),
    bug(f"{NAMES}first-left-out", "the first number has no part in the scale", device(lambda data: data[1:]), _has_several),
    bug(f"{NAMES}signed-maximum", "the greatest number is taken, not the greatest magnitude", device(_above_zero)),
    bug(f"{NAMES}subnormal-amax", "subnormal numbers count as zeros", device(_flushed), _subnormals_count),
    bug(
        f"{NAMES}emax-low", "emax is one too small: the scale is twice what it must be", device(amax=lambda a: 2 * a), _is_power
    ),
    bug(
        f"{NAMES}emax-high", "emax is one too great: the scale is half what it must be", device(amax=lambda a: a / 2), _is_power
    ),
    bug(f"{NAMES}bias-low", "the bias of the stored scale is one too small", device(stored=_moved(-1))),
    bug(f"{NAMES}bias-high", "the bias of the stored scale is one too great", device(stored=_moved(1))),
    bug(
        f"{NAMES}zero-without-sign",
        "elements that are negative zeros become positive ones",
        device(element=_without_sign),
        _has_negative_zero,
    ),
    bug(f"{NAMES}tensor-once", "elements are not divided by the tensor's scale", device(divides_by_tensor=False), _has_tensor),
)

QUANTIZE_BLOCK = Procedure(
    "quantize_block",
    "numbers of binary32 to the scale and the elements of a block",
    (
        FORMAT,
        SIZE,
        Parameter("rule", "the scale rule, such as floor or exact:toward_positive"),
        Parameter("specials", "what a NaN or an infinity does to its block", SPECIALS),
        Parameter("zero_block", "the scale of a block of zeros", ZERO_BLOCKS),
        Parameter("scale_overflow", "what a scale past the end becomes", SCALE_OVERFLOWS),
        Parameter("division", "how numbers are divided by the scale", tuple(DIVISIONS)),
        ROUNDING,
        OVERFLOW,
    ),
    data_fields,
    quantized_fields,
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
