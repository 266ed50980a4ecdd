"""Mitchell's multiplication and the iterative one as a procedure, and their known bugs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ...spec.exact import floor_log2, is_negative, magnitude, power_of_two
from ...spec.flags import Flags
from ...spec.formats import Number
from ...spec.mitchell import STEPS, Mitchell, approximate_product, split
from ...spec.operands import rational, signed
from ...spec.projection import Projection
from ..mutants import Mutant
from .code_products import (
    PARAMETERS,
    candidates,
    explain,
    formats,
    held,
    multiplier_of,
    numbers,
    operands,
    register,
    results,
    write,
)
from .procedure import Parameters, Procedure, Run, Values, bug

Product = Callable[[Mitchell, Fraction, Fraction], Fraction]
"""From the multiplier and two positive magnitudes to the product that a bug makes."""


def multiplier(parameters: Parameters) -> Mitchell:
    """The multiplier; ``ValueError`` for one of another kind."""
    return multiplier_of(parameters, Mitchell, "mitchell needs a mitchell(...)")


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    return held(multiplier(parameters), *numbers(parameters, values))


def _changed(change: Product) -> Run:
    """A device that makes other products of magnitudes."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        x, y = (number.exact for number in numbers(parameters, values))
        a, b = (rational(magnitude(z)) for z in (x, y))
        found = change(multiplier(parameters), a, b) if a and b else Fraction(0)
        return write((signed(found, is_negative(x) != is_negative(y)), Flags.NONE), register(parameters))

    return wrong


def _with(change: Callable[[Mitchell], Mitchell]) -> Run:
    """A device with another part."""
    return lambda parameters, values: held(change(multiplier(parameters)), *numbers(parameters, values))


def _half_carry(m: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    """After a carry of the fractions the place is not moved."""
    (k, x), (j, y) = split(a, m.bits), split(b, m.bits)
    return approximate_product(a, b, m.way, m.corrections, m.bits) - (power_of_two(k + j) * (x + y) if x + y >= 1 else 0)


def _always_carry(m: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    """A sum of fractions that is one exactly is not taken for a carry."""
    (k, x), (j, y) = split(a, m.bits), split(b, m.bits)
    return approximate_product(a, b, m.way, m.corrections, m.bits) - (power_of_two(k + j) if x + y == 1 else 0)


def _twice(m: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    """The corrections are added twice."""
    first = approximate_product(a, b, m.way, 0, m.bits)
    return 2 * approximate_product(a, b, m.way, m.corrections, m.bits) - first


def _subtracted(m: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    """The corrections are subtracted."""
    first = approximate_product(a, b, m.way, 0, m.bits)
    return 2 * first - approximate_product(a, b, m.way, m.corrections, m.bits)


def _no_carry_rest(m: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    """A correction is made of the fractions after a carry too."""
    product, _ = STEPS[m.way](a, b, m.bits)
    x, y = (z - power_of_two(floor_log2(z)) for z in (a, b))
    return product + approximate_product(x, y, m.way, m.corrections - 1, m.bits)


def _rounded(m: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    """The fractions are rounded to their width, and carry into the place."""
    assert m.bits is not None, "the bug is in it"
    units = [power_of_two(floor_log2(z) - m.bits) for z in (a, b)]
    x, y = ((2 * z / unit + 1) // 2 * unit for z, unit in zip((a, b), units, strict=True))
    return approximate_product(x, y, m.way, m.corrections, m.bits)


def _complement(parameters: Parameters, values: Values) -> Values:
    """The magnitude of a negative number is made by inverting its bits."""
    x, y = (
        Number(number.code ^ (1 << format.width) - 1, format) if is_negative(number.exact) else number
        for number, format in zip(numbers(parameters, values), formats(parameters), strict=True)
    )
    code, flags = held(multiplier(parameters), x, y)
    negative = [is_negative(number.exact) for number in numbers(parameters, values)]
    if negative[0] == negative[1]:
        return code, flags
    to = register(parameters)
    return write((signed(rational(magnitude(to.format.decode(code))), negative=True), Flags(flags)), to)


def _exact(_: Mitchell, a: Fraction, b: Fraction) -> Fraction:
    return a * b


def _other(m: Mitchell) -> Mitchell:
    return replace(m, way="iterative" if m.way == "mitchell" else "mitchell")


def _wraps(m: Mitchell) -> Mitchell:
    assert m.to is not None, "it was looked for"
    return replace(m, to=Projection(m.to.format, m.to.rounding, "wrap"))


def is_corrected(parameters: Parameters) -> bool:
    """Whether there are corrections."""
    return multiplier(parameters).corrections > 0


def carries(parameters: Parameters) -> bool:
    """Whether carries of the fractions matter."""
    return multiplier(parameters).way == "mitchell"


MUTANTS: tuple[Mutant, ...] = (
    bug("mitchell.other-way", "looks at carries where it should not, or not where it should", _with(_other)),
    bug("mitchell.half-carry", "does not move the place after a carry", _changed(_half_carry), carries),
    bug("mitchell.carry-at-one", "takes fractions that add up to one for none that carry", _changed(_always_carry), carries),
    bug("mitchell.exact", "multiplies exactly", _changed(_exact)),
    bug(
        "mitchell.one-less",
        "leaves out the last correction",
        _with(lambda m: replace(m, corrections=m.corrections - 1)),
        is_corrected,
    ),
    bug("mitchell.one-more", "makes one correction more", _with(lambda m: replace(m, corrections=m.corrections + 1))),
    bug("mitchell.twice", "adds the corrections twice", _changed(_twice), is_corrected),
    bug("mitchell.subtracted", "subtracts the corrections", _changed(_subtracted), is_corrected),
    bug(
        "mitchell.rest-after-carry",
        "corrects by the fractions after a carry too",
        _changed(_no_carry_rest),
        lambda p: is_corrected(p) and carries(p),
    ),
    bug(
        "mitchell.bit-less",
        "keeps a bit less of the fractions",
        _with(lambda m: replace(m, bits=(m.bits or 1) - 1)),
        lambda p: bool(multiplier(p).bits),
    ),
    bug(
        "mitchell.all-bits",
        "keeps all bits of the fractions",
        _with(lambda m: replace(m, bits=None)),
        lambda p: multiplier(p).bits is not None,
    ),
    bug("mitchell.rounded", "rounds the fractions", _changed(_rounded), lambda p: multiplier(p).bits is not None),
    bug(
        "mitchell.complement", "inverts the bits of negative numbers", _complement, lambda p: any(f.signed for f in formats(p))
    ),
    bug("mitchell.wraps", "lets the register wrap", _with(_wraps), lambda p: register(p).overflow.name == "saturate"),
)


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The step first."""
    step = {"mitchell": "mitchell/step", "iterative": "mitchell/iterative-step"}[multiplier(parameters).way]
    return step, "mitchell/split", "mitchell/corrections", "mitchell/product"


PUBLISHED = tuple(
    {"multiplier": f"mitchell({way},{corrections}{f',bits={bits}' if bits else ''},to={to})", "x": x, "y": y}
    for way, corrections, bits, to, x, y in (
        ("mitchell", 0, "", "uint16/toward_zero/error", "uint6", "uint6"),
        ("mitchell", 0, "", "int16/toward_zero/error", "int8", "int8"),
        ("mitchell", 0, "3", "int16/toward_zero/error", "int6", "int6"),
        ("mitchell", 1, "", "int16/toward_zero/error", "int8", "int8"),
        ("mitchell", 2, "4", "int16/toward_zero/error", "int8", "int8"),
        ("iterative", 0, "", "uint16/toward_zero/error", "uint6", "uint6"),
        ("iterative", 1, "", "int16/toward_zero/error", "int8", "int8"),
        ("iterative", 2, "", "uint16/toward_zero/error", "uint8", "uint8"),
        ("mitchell", 0, "", "int8/toward_negative/saturate", "int6", "int6"),
        ("mitchell", 0, "", "q7.4/ties_to_even/saturate", "q3.4", "q3.4"),
        ("iterative", 1, "", "int32/toward_zero/error", "int16", "int16"),
    )
)

MITCHELL = Procedure(
    "mitchell",
    "the product of two integers or fixed-point numbers by the sum of their approximate logarithms, in a register",
    PARAMETERS,
    operands,
    lambda parameters: results(multiplier(parameters)),
    run,
    clauses,
    candidates,
    MUTANTS,
    PUBLISHED,
    explain,
)
