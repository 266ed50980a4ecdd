"""Blocks: numbers to a scale and elements, and back to numbers.

How a library quantizes is a ``Practice``: the rule of its scale, what it makes of data that are not finite, of zeros and of
scales out of range, and how it divides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from .arithmetic import divide, exact_multiply, multiply
from .block_formats import BlockFormat, get_block_format
from .exact import NAN, POSITIVE_INFINITY, Exact, Special, is_infinite, is_nan, is_negative, is_zero, magnitude
from .flags import Result
from .formats import Number
from .operands import Setting, rational, signed
from .projection import Projection
from .scales import BINARY32, SCALE_OVERFLOWS, ZERO_BLOCKS, ScaleRule, get_scale_rule, scale_of

SPECIALS = ("poison", "ignore")
"""What a NaN or an infinity does to its block: it makes the scale NaN, or it has no part in the scale and is encoded itself."""


class Practice(NamedTuple):
    """How somebody quantizes: a scale rule, and names of ``SPECIALS``, ``ZERO_BLOCKS``, ``SCALE_OVERFLOWS``, ``DIVISIONS``."""

    rule: str
    specials: str
    zero_block: str
    scale_overflow: str
    division: str


class Quantized(NamedTuple):
    """A block: the code of its scale and the codes of its elements."""

    scale: int
    elements: tuple[int, ...]


@dataclass(frozen=True, init=False)
class Quantizer:
    """A block format, the projection of its elements, and a practice; format and practice may be given by name.

    ``ValueError`` for names that are unknown, and where the projection is not to the element format.
    """

    format: BlockFormat
    to: Projection
    practice: Practice
    rule: ScaleRule

    def __init__(self, format: BlockFormat | str, to: Projection, practice: Practice | str) -> None:
        set_field = object.__setattr__
        set_field(self, "format", get_block_format(format) if isinstance(format, str) else format)
        set_field(self, "to", to)
        set_field(self, "practice", get_practice(practice) if isinstance(practice, str) else practice)
        set_field(self, "rule", get_scale_rule(self.practice.rule))
        if to.format != self.format.element:
            raise ValueError(f"elements of {self.format} are {self.format.element} numbers, not {to.format}")
        for option, value, known in (
            ("specials", self.practice.specials, SPECIALS),
            ("zero_block", self.practice.zero_block, ZERO_BLOCKS),
            ("scale_overflow", self.practice.scale_overflow, SCALE_OVERFLOWS),
            ("division", self.practice.division, tuple(DIVISIONS)),
        ):
            if value not in known:
                raise ValueError(f"{option} {value!r} is none of {', '.join(known)}")

    def __hash__(self) -> int:
        return hash((self.format, self.to, self.practice))


def greatest_magnitude(values: Sequence[Exact], specials: str) -> Exact:
    """The greatest magnitude of a block **must** be NaN where one datum is not finite under ``poison``, and where none is
    finite under ``ignore``, which looks at the finite ones alone.

    ``ignore`` is P3109's MaximumFinite, whose fold begins with NaN. [block/amax]
    """
    finite = [rational(magnitude(x)) for x in values if not is_nan(x) and not is_infinite(x)]
    if not finite or (specials == "poison" and len(finite) < len(values)):
        return NAN
    return max(finite)


def exact_quotient(x: Exact, scale: Exact) -> Exact:
    """A datum divided by a scale **must** be exact; by a scale of zero it is zero, and by an infinite one 1, where it is not
    zero itself. Its sign is minus where one of the signs is. P3109 BlockProject. [block/divide]
    """
    if is_nan(x) or is_nan(scale):
        return NAN
    negative = is_negative(x) != is_negative(scale)
    if is_zero(x) or is_zero(scale):
        return signed(Fraction(0), negative)
    if is_infinite(scale):
        return signed(Fraction(1), negative)
    return signed(POSITIVE_INFINITY if is_infinite(x) else rational(magnitude(x)) / rational(magnitude(scale)), negative)


def as_binary32(x: Exact) -> Number:
    """The binary32 number that a datum is; ``ValueError`` where it is none."""
    found = Number(BINARY32(x).code, BINARY32.format)
    if not is_nan(x) and found.exact != x:
        raise ValueError(f"{x.value if isinstance(x, Special) else x} is no binary32 number, which this division needs")
    return found


def in_binary32(operate: Callable[..., Result], *operands: Number) -> Number:
    """The result of an operation in binary32, ties to even."""
    return Number(operate(*operands, BINARY32).code, BINARY32.format)


def scale_in_binary32(scale: Exact) -> Number:
    """The product of the scales, rounded to binary32; one scale is held exactly."""
    return Number(BINARY32(scale).code, BINARY32.format)


def divide_binary32(x: Exact, scale: Exact) -> Exact:
    """A binary32 number **must** be divided by the scale in binary32, ties to even, where a product of scales is rounded first.

    microxcaling. [block/divide-binary32]
    """
    return in_binary32(divide, as_binary32(x), scale_in_binary32(scale)).exact


def reciprocal_binary32(x: Exact, scale: Exact) -> Exact:
    """A binary32 number **must** be multiplied by the reciprocal of the scale, both rounded to binary32, ties to even, where a
    product of scales is rounded first.

    torchao, Transformer Engine, universal. The reciprocal of a power of two is exact, of other scales it is not.
    [block/reciprocal-binary32]
    """
    return in_binary32(multiply, as_binary32(x), in_binary32(divide, as_binary32(Fraction(1)), scale_in_binary32(scale))).exact


DIVISIONS: dict[str, Callable[[Exact, Exact], Exact]] = {
    "divide": exact_quotient,
    "divide_binary32": divide_binary32,
    "reciprocal_binary32": reciprocal_binary32,
}
"""The ways to divide by the scale, by name."""

PRACTICES: dict[str, Practice] = {
    "microxcaling": Practice("floor", "poison", "binary32_least_normal", "infinity", "divide_binary32"),
    "gfloat": Practice("floor", "poison", "least", "saturate", "divide"),
    "universal": Practice("floor", "ignore", "minus_emax", "saturate", "reciprocal_binary32"),
    "torchao_floor": Practice("floor", "poison", "least", "infinity", "reciprocal_binary32"),
    "torchao_ceil": Practice("ceil", "poison", "least", "infinity", "reciprocal_binary32"),
    "torchao_even": Practice("even", "poison", "least", "infinity", "reciprocal_binary32"),
    "torchao_rceil": Practice("rceil_reciprocal", "poison", "least", "infinity", "reciprocal_binary32"),
    "cudnn": Practice("exact:toward_positive", "poison", "least", "saturate", "divide"),
    "tosa": Practice("tosa", "poison", "least", "saturate", "divide"),
    "p3109": Practice("p3109:ties_to_even", "ignore", "least", "saturate", "divide"),
}
"""Practices by the name of who follows them."""


def get_practice(name: str) -> Practice:
    """The practice of a name; ``ValueError`` for an unknown one."""
    if name not in PRACTICES:
        raise ValueError(f"unknown practice {name!r}; the practices are {', '.join(PRACTICES)}")
    return PRACTICES[name]


def total_scale(format: BlockFormat, scale: int, tensor: Number | None) -> Exact:
    """The exact product of a block's scale and the tensor's, by the rules of products."""
    check_tensor(format, tensor)
    own = format.scale.decode(scale)
    return own if tensor is None else product(own, tensor.exact)


def product(x: Exact, y: Exact) -> Exact:
    """The exact product of two data."""
    # The rules of products ask the setting nothing.
    return exact_multiply(Setting((), BINARY32), x, y)[0]


def check_tensor(format: BlockFormat, tensor: Number | None) -> None:
    """``TypeError`` where the tensor's scale is missing, not asked for, or of another format."""
    found = tensor.format if tensor else None
    if found != format.tensor:
        raise TypeError(
            f"{format} takes {f'a tensor scale in {format.tensor}' if format.tensor else 'no tensor scale'}, not {found}"
        )


def divisor(format: BlockFormat, tensor: Number | None) -> Fraction:
    """The tensor's scale, by which a block's numbers are divided, and 1 in a format without one; ``ValueError`` where it is not
    positive."""
    check_tensor(format, tensor)
    if tensor is None:
        return Fraction(1)
    if not isinstance(tensor.exact, Fraction) or tensor.exact <= 0:
        raise ValueError(f"the tensor scale of {format} must be a positive number, not code {tensor.code:#x}")
    return tensor.exact


def quantize(
    values: Sequence[Exact], how: Quantizer, tensor: Number | None = None, draws: Sequence[int] | None = None
) -> Quantized:
    """A block's scale **must** be what the rule makes of its greatest magnitude, divided by the tensor's scale where there is
    one; each element **must** be the projection of the datum divided by the scale, and by the tensor's. Where the scale is
    NaN the elements are NaN, or zero in a format that has none.

    ``draws``: the random bits of a stochastic rule, one for each element. ``ValueError`` for no values or more than a block
    holds. OCP Microscaling Formats 1.0, 6.3. [block/quantize]
    """
    format = how.format
    if not 1 <= len(values) <= format.size:
        raise ValueError(f"a block of {format} has 1 to {format.size} elements, not {len(values)}")
    by = divisor(format, tensor)
    amax = greatest_magnitude(values, how.practice.specials)
    amax = amax if amax is NAN else rational(amax) / by
    scale = scale_of(amax, format, how.rule, how.practice.zero_block, how.practice.scale_overflow)
    return Quantized(scale, elements_of(values, how, scale, tensor, draws))


def elements_of(
    values: Sequence[Exact], how: Quantizer, scale: int, tensor: Number | None, draws: Sequence[int] | None = None
) -> tuple[int, ...]:
    """The elements of a block whose scale is given: P3109 ConvertToBlock."""
    by = total_scale(how.format, scale, tensor)
    random = [None] * len(values) if draws is None else draws
    if is_nan(by):
        for draw in random:
            how.to.rounding.check_draw(draw)
        return (how.format.filler,) * len(values)
    return tuple(how.to(DIVISIONS[how.practice.division](x, by), draw).code for x, draw in zip(values, random, strict=True))


def values_of(block: Quantized, format: BlockFormat, tensor: Number | None = None) -> tuple[Exact, ...]:
    """The value of an element **must** be the exact product of the element, the block's scale and the tensor's; where a scale
    is NaN it is NaN. The order of the factors does not matter, since nothing is rounded.

    OCP Microscaling Formats 1.0, 5.1; P3109 BlockDecode. [block/values]
    """
    scale = total_scale(format, block.scale, tensor)
    return tuple(product(format.element.decode(code), scale) for code in block.elements)


def dequantize(
    block: Quantized, format: BlockFormat, to: Projection, tensor: Number | None = None, draws: Sequence[int] | None = None
) -> tuple[Result, ...]:
    """Each value of a block **must** be projected once from its exact product. P3109 ConvertFromBlock. [block/dequantize]"""
    random = [None] * len(block.elements) if draws is None else draws
    return tuple(to(x, draw) for x, draw in zip(values_of(block, format, tensor), random, strict=True))
