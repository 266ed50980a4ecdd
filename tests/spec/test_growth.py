"""Growth: exact results are held without loss, by the least format or by that of a language."""

import itertools
from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.fixed import Fixed, fixed_of
from refsim.spec.growth import (
    GROWTH,
    absolute_format,
    difference_format,
    negation_format,
    product_format,
    quotient_format,
    shift_format,
    sum_format,
    total_format,
)
from refsim.spec.projection import Projection

SMALL = [get_format(name) for name in "int1 int2 int4 uint1 uint3 q1.1 uq0.2 q-1.3 uq2.-1 q3.-2 uq-1.3".split()]  # noqa: SIM905
OPERATIONS = {
    "sum": (sum_format, lambda x, y: x + y),
    "difference": (difference_format, lambda x, y: x - y),
    "product": (product_format, lambda x, y: x * y),
}
UNARY = {"negation": (negation_format, lambda x: -x), "absolute value": (absolute_format, abs)}


def values(format):
    """All numbers of a format."""
    return [format.decode(code) for code in range(1 << format.width)]


def holds(format, found):
    """Whether the format has a code for every one of some numbers."""
    to = Projection(format, "toward_zero", "saturate")
    return all(format.decode(to(x).code) == x for x in found)


def smaller(format):
    """The formats of one bit less that could hold what the format holds."""
    integer, fraction, _ = fixed_of(format)
    for signed in (True, False):
        for moved in range(-format.width - 2, format.width + 3):
            if format.width > 1:
                yield Fixed(integer - 1 + moved, fraction - moved, signed).format


@pytest.mark.clause("growth/exact")
@pytest.mark.parametrize("name", OPERATIONS)
def test_exact_growth_is_least(name):
    """Every result of two numbers is a number of the format, and of no format of fewer bits."""
    rule, operation = OPERATIONS[name]
    for x, y in itertools.product(SMALL, repeat=2):
        grown = rule(x, y, "exact")
        found = {operation(a, b) for a in values(x) for b in values(y)}
        ends = (min(found), max(found), *sorted(found)[:2])
        assert holds(grown, found), (x.name, y.name)
        assert grown.signed == (min(found) < 0)
        assert not any(holds(less, ends) and holds(less, found) for less in smaller(grown)), (x.name, y.name)


@pytest.mark.clause("growth/exact")
@pytest.mark.parametrize("name", UNARY)
def test_exact_growth_of_signs_is_least(name):
    """So it is of negated numbers and magnitudes."""
    rule, operation = UNARY[name]
    for x in SMALL:
        grown, found = rule(x, "exact"), {operation(a) for a in values(x)}
        assert holds(grown, found)
        assert not any(holds(less, found) for less in smaller(grown))


@pytest.mark.clause("growth/exact", "growth/total")
@pytest.mark.parametrize("terms", [1, 2, 3, 4, 5, 8])
def test_totals(terms):
    """Sums of so many numbers of a format are held exactly, by the least format or by one that counts the terms."""
    for x in map(get_format, ("int2", "uint2", "q1.1", "uq0.2")):
        found = {Fraction(0)}
        for _ in range(terms):
            found = {a + b for a in found for b in values(x)}
        grown = total_format(x, terms, "exact")
        assert holds(grown, found)
        assert not any(holds(less, found) for less in smaller(grown))
        assert holds(total_format(x, terms, "ac_fixed"), found)
        if x.signed:
            assert holds(total_format(x, terms, "apytypes"), found)


@pytest.mark.clause(
    *("growth/hls-sum", "growth/hls-product", "growth/hls-negation", "growth/ac-magnitude"),
    *("growth/apytypes-sum", "growth/apytypes-negation"),
)
@pytest.mark.parametrize("growth", ["ap_fixed", "ac_fixed", "apytypes"])
def test_languages_lose_nothing(growth):
    """The formats of the languages hold every exact result too, of signed and unsigned operands in any mixture."""
    formats = [x for x in SMALL if x.signed or growth != "apytypes"]
    for name, (rule, operation) in OPERATIONS.items():
        for x, y in itertools.product(formats, repeat=2):
            assert holds(rule(x, y, growth), {operation(a, b) for a in values(x) for b in values(y)}), (name, x.name, y.name)
    for name, (rule, operation) in UNARY.items():
        if name in GROWTH[growth]:
            assert all(holds(rule(x, growth), {operation(a) for a in values(x)}) for x in formats)


@pytest.mark.clause("growth/hls-quotient", "growth/apytypes-quotient")
@pytest.mark.parametrize("growth", ["ap_fixed", "ac_fixed", "apytypes"])
def test_quotients_stay_in_range(growth):
    """Rounded toward zero, no quotient leaves the range of the format, and where the dividend is a multiple of the divisor
    nothing is lost."""
    formats = [x for x in SMALL if x.width > 1 and (x.signed or growth != "apytypes")]
    for x, y in itertools.product(formats, repeat=2):
        try:
            to = Projection(quotient_format(x, y, growth), "toward_zero", "error")
        except ValueError as error:
            # Divided by numbers that all are large, a few bits leave no bit at all.
            assert "needs 1 to" in str(error)
            continue
        for a, b in itertools.product(values(x), [b for b in values(y) if b]):
            assert abs(to.format.decode(to(a / b).code)) <= abs(a / b)


# Operands, and what the return types of ap_fixed_base.h and ac_fixed.h say: W, I and S of the result.
HLS = [
    ("q2.5", "q2.5", "sum", (9, 4, True)),
    ("q2.5", "uq3.5", "sum", (10, 5, True)),
    ("q2.5", "uq5.1", "sum", (12, 7, True)),
    ("uq3.5", "uq3.5", "sum", (9, 4, False)),
    ("uq3.5", "uq3.5", "difference", (9, 4, True)),
    ("q7.8", "q2.5", "product", (24, 11, True)),
    ("uq3.5", "q2.5", "product", (16, 6, True)),
    ("uint8", "uint8", "product", (16, 16, False)),
    ("q2.5", "q2.5", "quotient", (14, 9, True)),
    ("uq3.5", "uq3.5", "quotient", (13, 8, False)),
    ("int8", "int8", "quotient", (9, 9, True)),
    ("q7.8", "q9.-2", "quotient", (17, 7, True)),
]


@pytest.mark.clause("growth/hls-sum", "growth/hls-product", "growth/hls-quotient")
@pytest.mark.parametrize(("x", "y", "result", "bits"), HLS)
def test_types_of_the_headers(x, y, result, bits):
    """Width, integer bits and sign are those of the headers' return types."""
    width, integer, signed = bits
    for growth in ("ap_fixed", "ac_fixed"):
        grown = GROWTH[growth][result](get_format(x), get_format(y))
        assert fixed_of(grown) == Fixed(integer, width - integer, signed)


@pytest.mark.clause("growth/exact", "growth/hls-negation", "growth/ac-magnitude", "growth/apytypes-negation", "growth/moved")
def test_named_results():
    """Formats without fraction bits are integers by name; -128 costs a bit, -127 does not."""
    int8, uint8, q = (get_format(name) for name in ("int8", "uint8", "q2.5"))
    assert sum_format(int8, int8, "exact") == get_format("int9")
    assert product_format(int8, int8, "exact") == get_format("int16")
    assert product_format(int8, uint8, "exact") == get_format("int16")
    assert product_format(uint8, uint8, "exact") == get_format("uint16")
    assert negation_format(int8, "exact") == negation_format(int8, "ap_fixed") == get_format("int9")
    assert absolute_format(int8, "exact") == get_format("uint8")
    assert absolute_format(int8, "ac_fixed") == get_format("uint9")
    assert absolute_format(q, "apytypes") == get_format("q3.5")
    assert total_format(int8, 256, "exact") == total_format(int8, 256, "ac_fixed") == get_format("int16")
    assert total_format(int8, 257, "exact") == get_format("int17")
    assert shift_format(q, 3, "exact") == shift_format(q, 3, "apytypes") == get_format("q5.2")
    assert shift_format(int8, -2, "exact") == get_format("q5.2")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda x: sum_format(x, x, "full"), "unknown growth rule 'full'; the rules are exact, ap_fixed, ac_fixed, apytypes"),
        (
            lambda x: quotient_format(x, x, "exact"),
            "growth rule exact has no format for a quotient; ap_fixed, ac_fixed, apytypes",
        ),
        (lambda x: shift_format(x, 1, "ap_fixed"), "growth rule ap_fixed has no format for a shift; exact, apytypes have"),
        (
            lambda x: sum_format(x, get_format("uint8"), "apytypes"),
            "growth rule apytypes needs signed formats, which uint8 is not",
        ),
        (lambda x: total_format(x, 0, "exact"), "a total has at least 1 term, not 0"),
        (
            lambda x: product_format(x, get_format("binary16"), "exact"),
            "it takes an integer or fixed-point format, which binary16",
        ),
    ],
)
def test_what_has_no_format(ask, message):
    """What a rule does not say is refused, with what there is."""
    with pytest.raises(ValueError, match=r"growth|term|fixed-point") as refused:
        ask(get_format("int8"))
    assert message in str(refused.value)
