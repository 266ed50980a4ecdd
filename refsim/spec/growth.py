"""Growth: the formats that results of fixed-point numbers are held in without loss.

A sum or product of fixed-point numbers is again a multiple of a power of two, so that a wide enough fixed-point format holds it
exactly. Which one is taken is a rule of the language: a growth rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .fixed import Fixed, fixed_of
from .formats import Format


class Reach(NamedTuple):
    """The integers between two ends, in units of two to the power of the quantum."""

    low: int
    high: int
    quantum: int


def reach_of(format: Format) -> Reach:
    """The integers that a fixed-point format's codes are."""
    integer, fraction, signed = fixed_of(format)
    width = integer + fraction
    return Reach(-(1 << width - 1), (1 << width - 1) - 1, -fraction) if signed else Reach(0, (1 << width) - 1, -fraction)


def least_format(reach: Reach) -> Format:
    """Under the growth rule ``exact`` a result **must** have the format of fewest bits that holds all results: unsigned where
    none is negative, else signed, and with the fraction bits that they need.

    [growth/exact]
    """
    low, high, quantum = reach
    signed = low < 0
    width = max((-low - 1).bit_length(), high.bit_length()) + 1 if signed else high.bit_length()
    return Fixed(width + quantum, -quantum, signed).format


def _aligned(x: Reach, y: Reach) -> tuple[Reach, Reach]:
    """Both in units of the finer step."""
    least = min(x.quantum, y.quantum)
    a, b = (Reach(r.low << r.quantum - least, r.high << r.quantum - least, least) for r in (x, y))
    return a, b


def reach_of_sum(x: Reach, y: Reach) -> Reach:
    """The integers between the ends of x + y."""
    a, b = _aligned(x, y)
    return Reach(a.low + b.low, a.high + b.high, a.quantum)


def reach_of_difference(x: Reach, y: Reach) -> Reach:
    """The integers between the ends of x - y."""
    return reach_of_sum(x, reach_of_negation(y))


def reach_of_product(x: Reach, y: Reach) -> Reach:
    """The integers between the ends of x * y."""
    ends = [p * q for p in (x.low, x.high) for q in (y.low, y.high)]
    return Reach(min(ends), max(ends), x.quantum + y.quantum)


def reach_of_negation(x: Reach) -> Reach:
    """The integers between the ends of -x."""
    return Reach(-x.high, -x.low, x.quantum)


def reach_of_magnitude(x: Reach) -> Reach:
    """The integers between the ends of the magnitude of x."""
    return Reach(0, max(-x.low, x.high), x.quantum)


def reach_of_total(x: Reach, terms: int) -> Reach:
    """The integers between the ends of the sum of so many x."""
    return Reach(terms * x.low, terms * x.high, x.quantum)


def hls_sum(x: Fixed, y: Fixed, *, signed: bool | None = None) -> Fixed:
    """Under ``ap_fixed`` and ``ac_fixed`` a sum **must** have the fraction bits of the finer operand and one integer bit more
    than the wider one, where an unsigned operand beside a signed one counts one bit more; it is signed where an operand is. A
    difference has the same bits and is always signed.

    ap_fixed_base.h and ac_fixed.h, plus_i, minus_i. [growth/hls-sum]
    """
    mixed = x.signed != y.signed
    integer = max(x.integer + (mixed and not x.signed), y.integer + (mixed and not y.signed)) + 1
    return Fixed(integer, max(x.fraction, y.fraction), x.signed or y.signed if signed is None else signed)


def hls_product(x: Fixed, y: Fixed) -> Fixed:
    """Under ``ap_fixed`` and ``ac_fixed`` a product **must** have the integer bits and the fraction bits of both operands,
    and be signed where one is. ap_fixed_base.h and ac_fixed.h, mult_i. [growth/hls-product]
    """
    return Fixed(x.integer + y.integer, x.fraction + y.fraction, x.signed or y.signed)


def hls_quotient(x: Fixed, y: Fixed) -> Fixed:
    """Under ``ap_fixed`` and ``ac_fixed`` a quotient **must** have I1 + F2 integer bits and one more where the divisor is
    signed, in W1 + max(F2, 0) bits and that one, and be signed where an operand is. The rest of the division is dropped:
    quotients are rounded toward zero.

    ap_fixed_base.h and ac_fixed.h, div_w, div_i. [growth/hls-quotient]
    """
    width, integer = x.width + max(y.fraction, 0) + y.signed, x.integer + y.fraction + y.signed
    return Fixed(integer, width - integer, x.signed or y.signed)


def hls_negation(x: Fixed) -> Fixed:
    """Under ``ap_fixed`` and ``ac_fixed`` the number with the other sign **must** have one integer bit more, and be signed.

    ap_fixed_base.h, the unary minus; ac_fixed.h, neg_i. [growth/hls-negation]
    """
    return Fixed(x.integer + 1, x.fraction, True)


def ac_magnitude(x: Fixed) -> Fixed:
    """Under ``ac_fixed`` the magnitude **must** have one integer bit more where the number is signed, and be unsigned.

    ac_fixed.h, mag_i. [growth/ac-magnitude]
    """
    return Fixed(x.integer + x.signed, x.fraction, False)


def logarithmic_total(x: Fixed, terms: int) -> Fixed:
    """Under ``ac_fixed`` and ``apytypes`` the sum of so many terms **must** have as many more integer bits as it takes to
    count the terms from zero. ac_fixed.h, sum_i; APyTypes, ``sum``. [growth/total]
    """
    return Fixed(x.integer + (terms - 1).bit_length(), x.fraction, x.signed)


def apy_sum(x: Fixed, y: Fixed) -> Fixed:
    """Under ``apytypes`` a sum or difference **must** have the fraction bits of the finer operand and one integer bit more than
    the wider one. All its numbers are signed. APyTypes, ``APyFixed``. [growth/apytypes-sum]
    """
    return Fixed(max(x.integer, y.integer) + 1, max(x.fraction, y.fraction), True)


def apy_quotient(x: Fixed, y: Fixed) -> Fixed:
    """Under ``apytypes`` a quotient **must** have I1 + F2 + 1 integer bits and F1 + I2 fraction bits; the rest is dropped, so
    that quotients are rounded toward zero. APyTypes, ``APyFixed``. [growth/apytypes-quotient]
    """
    return Fixed(x.integer + y.fraction + 1, x.fraction + y.integer, True)


def apy_negation(x: Fixed) -> Fixed:
    """Under ``apytypes`` the number with the other sign, and the magnitude, **must** have one integer bit more.

    APyTypes, ``APyFixed``. [growth/apytypes-negation]
    """
    return Fixed(x.integer + 1, x.fraction, True)


def moved(x: Fixed, places: int) -> Fixed:
    """A number times two to the power of n **must** have the same bits with the point n places on, under ``exact`` and
    ``apytypes``; under ``ap_fixed`` and ``ac_fixed`` a shift keeps the format and loses bits. [growth/moved]
    """
    return Fixed(x.integer + places, x.fraction - places, x.signed)


def _on_bits(rule: Callable[..., Fixed]) -> Callable[..., Format]:
    """A rule on formats, operands that are no formats standing as they are."""
    return lambda *of: rule(*(fixed_of(x) if isinstance(x, Format) else x for x in of)).format


def _on_reach(rule: Callable[..., Reach]) -> Callable[..., Format]:
    """The least format for a rule on reaches."""
    return lambda *of: least_format(rule(*(reach_of(x) if isinstance(x, Format) else x for x in of)))


def _signed_only(rule: Callable[..., Fixed]) -> Callable[..., Format]:
    def on_formats(*of: Any) -> Format:
        if unsigned := [x.name for x in of if isinstance(x, Format) and not x.signed]:
            raise ValueError(f"growth rule apytypes needs signed formats, which {unsigned[0]} is not")
        return _on_bits(rule)(*of)

    return on_formats


_HLS: dict[str, Callable[..., Format]] = {
    "sum": _on_bits(hls_sum),
    "difference": _on_bits(lambda x, y: hls_sum(x, y, signed=True)),
    "product": _on_bits(hls_product),
    "quotient": _on_bits(hls_quotient),
    "negation": _on_bits(hls_negation),
}
GROWTH: dict[str, dict[str, Callable[..., Format]]] = {
    "exact": {
        "sum": _on_reach(reach_of_sum),
        "difference": _on_reach(reach_of_difference),
        "product": _on_reach(reach_of_product),
        "negation": _on_reach(reach_of_negation),
        "absolute value": _on_reach(reach_of_magnitude),
        "total": _on_reach(reach_of_total),
        "shift": _on_bits(moved),
    },
    "ap_fixed": _HLS,
    "ac_fixed": {**_HLS, "absolute value": _on_bits(ac_magnitude), "total": _on_bits(logarithmic_total)},
    "apytypes": {
        "sum": _signed_only(apy_sum),
        "difference": _signed_only(apy_sum),
        "product": _signed_only(hls_product),
        "quotient": _signed_only(apy_quotient),
        "negation": _signed_only(apy_negation),
        "absolute value": _signed_only(apy_negation),
        "total": _signed_only(logarithmic_total),
        "shift": _signed_only(moved),
    },
}
"""The growth rules by name, and what each says of which results."""


def _grown(result: str, growth: str, *of: Any) -> Format:
    if growth not in GROWTH:
        raise ValueError(f"unknown growth rule {growth!r}; the rules are {', '.join(GROWTH)}")
    if result not in GROWTH[growth]:
        known = ", ".join(name for name in GROWTH if result in GROWTH[name])
        raise ValueError(f"growth rule {growth} has no format for a {result}; {known} have")
    return GROWTH[growth][result](*of)


def sum_format(x: Format, y: Format, growth: str) -> Format:
    """The format of x + y under a growth rule; ``ValueError`` for an unknown one, and for formats that are no fixed point."""
    return _grown("sum", growth, x, y)


def difference_format(x: Format, y: Format, growth: str) -> Format:
    """The format of x - y."""
    return _grown("difference", growth, x, y)


def product_format(x: Format, y: Format, growth: str) -> Format:
    """The format of x * y."""
    return _grown("product", growth, x, y)


def quotient_format(x: Format, y: Format, growth: str) -> Format:
    """The format that holds x / y rounded toward zero; none holds all quotients exactly."""
    return _grown("quotient", growth, x, y)


def negation_format(x: Format, growth: str) -> Format:
    """The format of -x."""
    return _grown("negation", growth, x)


def absolute_format(x: Format, growth: str) -> Format:
    """The format of the magnitude of x."""
    return _grown("absolute value", growth, x)


def shift_format(x: Format, places: int, growth: str) -> Format:
    """The format of x * 2**places."""
    return _grown("shift", growth, x, places)


def total_format(x: Format, terms: int, growth: str) -> Format:
    """The format of the sum of so many numbers of one format; ``ValueError`` for fewer than one."""
    if terms < 1:
        raise ValueError(f"a total has at least 1 term, not {terms}")
    return _grown("total", growth, x, terms)
