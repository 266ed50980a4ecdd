"""The P3109 formats against the closed forms of the report, restated."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import p3109_formats
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY

FORMATS = list(p3109_formats())


def two(exponent):
    """A power of two."""
    return Fraction(2) ** exponent


def greatest(width, precision, signed, extended):
    """The greatest number: the all-ones code, less one for an unsigned format's NaN and less one for infinity."""
    bias = two(width - precision - 1) if signed else two(width - precision)
    taken = (not signed) + extended
    last_exponent = two(width - precision + (not signed)) - 1
    below, within = divmod(taken, 2 ** (precision - 1))
    if last_exponent == below:
        return (two(precision - 1) - 1 - within) * two(2 - bias - precision)
    return (2 - (1 + within) * two(1 - precision)) * two(last_exponent - below - bias)


@pytest.mark.clause("family/p3109")
def test_there_are_504():
    """There are as many formats as the report has: for K bits, 2(K-1) signed and 2K unsigned ones."""
    assert len(FORMATS) == sum(2 * (width - 1) + 2 * width for width in range(3, 17)) == 504
    assert len({format.name for format in FORMATS}) == 504


@pytest.mark.clause("family/p3109", "grid/float", "format/decode")
@pytest.mark.parametrize("width", range(3, 17))
def test_closed_forms(width):
    """Least and greatest numbers, one, zero and the special codes are where the closed forms put them."""
    for format in FORMATS:
        if format.width != width:
            continue
        kind, _, precision = format.name.partition("p")
        precision, signed, extended = int(precision[:-2]), precision[-2] == "s", precision[-1] == "e"
        assert kind == f"binary{width}"
        bias = two(width - precision - 1) if signed else two(width - precision)
        greatest_code = 2 ** (width - signed) - 1 - (not signed) - extended
        assert format.decode(0) == 0
        assert format.decode(1) == two(2 - bias - precision) if precision > 1 else format.decode(1) == two(1 - bias)
        assert format.decode(greatest_code) == greatest(width, precision, signed, extended)
        assert format.decode(2 ** (width - 2 if signed else width - 1)) == 1
        specials = {NAN: 2 ** (width - 1) if signed else 2**width - 1}
        if extended:
            specials[POSITIVE_INFINITY] = greatest_code + 1
        if extended and signed:
            specials[NEGATIVE_INFINITY] = 2**width - 1
        assert {datum: format.canonical(datum) for datum in specials} == specials
        if width <= 10:
            data = [format.decode(code) for code in range(2**width)]
            assert len(set(data)) == 2**width
            assert NEGATIVE_ZERO not in data
