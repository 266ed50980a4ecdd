"""Hypothesis strategies: formats, codes, exact numbers, rules and projections, of the kind that breaks implementations.

    from hypothesis import given
    from refsim.testing.strategies import codes, formats

    @given(st.data())
    def test_round_trip(data):
        format = data.draw(formats(max_width=8))
        code = data.draw(codes(format))

Numbers are drawn by their place in the gap between two points of a format, so that ties, near ties, the ends of the range
and the numbers next to zero come up often.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ..spec.catalogue import CATALOGUE
from ..spec.exact import Exact, Special, negate, root
from ..spec.families import P3109_WIDTHS, SPECIALS, fixed_format, float_format, p3109_format, posit_format
from ..spec.formats import Format, Number
from ..spec.integral import is_integer
from ..spec.naming import get_overflow, get_rounding, overflow_names
from ..spec.nans import POLICIES
from ..spec.operations import OPERATIONS, Kind, Operation
from ..spec.overflow import Overflow
from ..spec.projection import SUBNORMALS, TININESS, Projection
from ..spec.rounding import DETERMINISTIC, STOCHASTIC, Rounding

PLACES = tuple(Fraction(t) for t in ("0", "1/4", "1/2", "3/4", "1/3", "7/8"))
"""Places in a gap between two neighbouring points at which rules differ."""


def catalogued_formats(max_width: int = 128) -> SearchStrategy[Format]:
    """The named formats of at most ``max_width`` bits."""
    return st.sampled_from([entry.format for entry in CATALOGUE if entry.format.width <= max_width])


@st.composite
def p3109_formats(draw: DrawFn, max_width: int = 16) -> Format:
    """P3109 formats of every width, precision, signedness and domain."""
    width = draw(st.integers(P3109_WIDTHS.start, min(max_width, P3109_WIDTHS.stop - 1)))
    signedness = draw(st.sampled_from("su"))
    precision = draw(st.integers(1, width - (signedness == "s")))
    return p3109_format(width, precision, signedness, draw(st.sampled_from("ef")))


@st.composite
def float_formats(draw: DrawFn, max_width: int = 16) -> Format:
    """Parametric signed floats: any split of the bits, bias, set of special codes, with and without subnormals."""
    exponent = draw(st.integers(1, min(8, max_width - 1)))
    fraction = draw(st.integers(0, max_width - 1 - exponent))
    bias = draw(st.sampled_from([None, 0, 3, -4, 20]))
    specials = draw(st.sampled_from(SPECIALS))
    subnormals = draw(st.booleans())
    name = f"e{exponent}m{fraction}" + ("" if bias is None else f"b{bias}")
    name += ("" if specials == "ieee" else specials) + ("" if subnormals else "nosub")
    try:
        return float_format(name, exponent, fraction, bias, specials, subnormals=subnormals)
    except ValueError:
        reject()


@st.composite
def fixed_formats(draw: DrawFn, max_width: int = 16) -> Format:
    """Fixed-point and integer formats, also with a negative number of integer or fraction bits."""
    signed = draw(st.booleans())
    width = draw(st.integers(1, max_width))
    fraction = draw(st.sampled_from([0, width // 2, width, -3, width + 4]))
    integer = width - signed - fraction
    return fixed_format(f"{'' if signed else 'u'}q{integer}.{fraction}", integer, fraction, signed=signed)


@st.composite
def posit_formats(draw: DrawFn, max_width: int = 16) -> Format:
    """Posits of any width and few exponent bits."""
    width, es = draw(st.integers(2, max_width)), draw(st.integers(0, 3))
    return posit_format(f"posit{width}es{es}", width, es)


def formats(max_width: int = 16) -> SearchStrategy[Format]:
    """Formats of every family of at most ``max_width`` bits, which is at least 4."""
    return st.one_of(
        catalogued_formats(max_width),
        p3109_formats(max_width),
        float_formats(max_width),
        fixed_formats(max_width),
        posit_formats(max_width),
    )


def codes(format: Format) -> SearchStrategy[int]:
    """Codes of a format, those of its special data, of its least and of its greatest numbers among them."""
    marked = {0, (1 << format.width) - 1, 1 << format.width - 1}
    for first, last, _ in format.specials:
        marked |= {first, last, max(first - 1, 0), min(last + 1, (1 << format.width) - 1)}
    return st.sampled_from(sorted(marked)) | st.integers(0, (1 << format.width) - 1)


def numbers(format: Format) -> SearchStrategy[Number]:
    """Operands of a format."""
    return codes(format).map(lambda code: Number(code, format))


@st.composite
def rationals(draw: DrawFn, format: Format) -> Fraction:
    """Rational numbers by their place in a gap of the format's grid, on both sides of zero, at and past the ends too."""
    last = max(format.top, format.top_negative)
    n = draw(st.sampled_from([0, 1, format.least_normal or 1, last - 1, last, last + 1]) | st.integers(0, last + 3))
    n = max(n, 0)
    t = draw(st.sampled_from(PLACES) | st.fractions(0, 1, max_denominator=1 << 12))
    nudge = Fraction(draw(st.sampled_from([-1, 0, 0, 1])), 1 << 80)
    low, high = format.grid.magnitude(n), format.grid.magnitude(n + 1)
    found = low + (high - low) * abs(t + nudge)
    return -found if draw(st.booleans()) else found


def specials() -> SearchStrategy[Special]:
    """NaNs, infinities and the negative zero."""
    return st.sampled_from(list(Special))


@st.composite
def roots(draw: DrawFn, format: Format, max_degree: int = 4) -> Exact:
    """Roots of rationals that lie where the numbers of the format do, of both signs; rational where they happen to be."""
    degree = draw(st.integers(2, max_degree))
    found: Exact = root(abs(draw(rationals(format))) ** degree + draw(st.sampled_from([0, 1])), degree)
    return negate(found) if draw(st.booleans()) else found


def exact_numbers(format: Format) -> SearchStrategy[Exact]:
    """Rationals mostly, roots and special data among them."""
    return st.one_of(rationals(format), rationals(format), specials(), roots(format))


def roundings(max_bits: int = 16) -> SearchStrategy[Rounding]:
    """Every deterministic rule, and every stochastic one with 1 to ``max_bits`` random bits."""
    stochastic = st.builds(
        lambda rule, bits: get_rounding(f"{rule}:{bits}"), st.sampled_from(list(STOCHASTIC)), st.integers(1, max_bits)
    )
    return deterministic_roundings() | stochastic


def deterministic_roundings() -> SearchStrategy[Rounding]:
    """Every rule that takes no random bits."""
    return st.sampled_from([get_rounding(name) for name in DETERMINISTIC])


def overflows(format: Format) -> SearchStrategy[Overflow]:
    """The overflow rules that have a meaning for the format."""

    def has_meaning(rule: Overflow) -> bool:
        try:
            rule.check_format(format)
        except ValueError:
            return False
        return True

    names = [name.replace(":N", f":{bits}") for name in overflow_names() for bits in (1, 2, 3)]
    return st.sampled_from([rule for rule in map(get_overflow, dict.fromkeys(names)) if has_meaning(rule)])


def draws(rounding: Rounding) -> SearchStrategy[int | None]:
    """The random bits that a rule asks for, ``None`` for a deterministic one."""
    return st.integers(0, (1 << rounding.bits) - 1) if rounding.bits else st.none()


@st.composite
def projections(draw: DrawFn, format: Format) -> Projection:
    """Projections to a format: every rounding and overflow rule, and both kinds of tininess."""
    return Projection(format, draw(roundings()), draw(overflows(format)), draw(st.sampled_from(TININESS)))


@st.composite
def optional_projections(draw: DrawFn, format: Format) -> Projection:
    """Projections to a format with every option: flushing of subnormal numbers and NaN policies too."""
    to = draw(projections(format))
    subnormals, nan = draw(st.sampled_from(SUBNORMALS)), draw(st.sampled_from(list(POLICIES)))
    return Projection(to.format, to.rounding, to.overflow, to.tininess, subnormals, nan)


def operations(*kinds: Kind) -> SearchStrategy[Operation]:
    """Operations of the table, of some kinds or of all; those on vectors are left out."""
    return st.sampled_from([x for x in OPERATIONS.values() if x.roles and (not kinds or x.kind in kinds)])


class Application(NamedTuple):
    """An operation with what it is applied to; ``to`` and ``draw`` are ``None`` where it takes none."""

    operation: Operation
    operands: tuple[Number, ...]
    to: Projection | None
    draw: int | None


@st.composite
def applications(draw: DrawFn, *kinds: Kind, max_width: int = 16) -> Application:
    """Operations applied to operands of one format, or of as many as there are operands; exponents are of an integer format."""
    operation = draw(operations(*kinds))
    one = draw(formats(max_width))
    mixed = draw(st.booleans())
    operands = []
    for role in operation.roles:
        small = fixed_format("int8", 7, 0, signed=True)
        format = small if role in operation.exponents else draw(formats(max_width)) if mixed else one
        operands.append(draw(numbers(format)))
    if operation.kind is not Kind.NUMBER:
        return Application(operation, tuple(operands), None, None)
    target = draw(formats(max_width)) if mixed else one
    if operation.name == "to_integer":
        target = draw(fixed_formats(max_width).filter(is_integer))
    to = draw(optional_projections(target))
    return Application(operation, tuple(operands), to, draw(draws(to.rounding)))
