"""Saturated bits: a model of the bits of the HLS headers, written from their facts by itself."""

import itertools
import re

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.naming import get_overflow
from refsim.spec.projection import Projection
from refsim.spec.wrapping import saturated_bits, wrap_point, wrap_sign_magnitude_point

OVERFLOWED = Flags.OVERFLOW | Flags.INEXACT


def bits_of(n, width):
    """The low bits of an integer, first bit first."""
    return [n >> place & 1 for place in reversed(range(width))]


def value(bits):
    """The code of bits."""
    return int("".join(map(str, bits)), 2)


def header_wrap(n, width, saturated, *, signed):
    """The first bit becomes the sign, the next ones of the saturated bits the other bit; of unsigned numbers all are ones."""
    code, sign = bits_of(n, width), int(n < 0)
    if not signed:
        return value([1] * saturated + code[saturated:])
    if saturated:
        code[0] = sign
        code[1:saturated] = [1 - sign] * (saturated - 1)
    return value(code)


def header_wrap_sign_magnitude(n, width, saturated):
    """All bits are inverted under a condition on one of them, then the first ones are set."""
    code, sign, lost = bits_of(n, width), int(n < 0), n >> width & 1
    if saturated == 0:
        return value([lost] + ([1 - bit for bit in code[1:]] if lost != code[0] else code[1:]))
    turned = code[0] != sign if saturated == 1 else code[saturated - 1] == sign
    code = [1 - bit for bit in code] if turned else code
    return value([sign, *[1 - sign] * (saturated - 1), *code[saturated:]])


@pytest.mark.clause("overflow/wrap", "overflow/wrap-sign-magnitude")
@pytest.mark.parametrize("width", [1, 2, 3, 4, 7])
def test_all_numbers_of_saturated_bits(width):
    """Any number outside the range, any number of saturated bits."""
    signed, unsigned = get_format(f"int{width}"), get_format(f"uint{width}")
    for n in (*range(-300, 300), 1 << 70, -(1 << 70) - 3):
        for bits in range(width + 1):
            if not 0 <= n < 1 << width:
                assert wrap_point(n, n < 0, unsigned, bits) == header_wrap(n, width, bits, signed=False)
            if not -(1 << width - 1) <= n < 1 << width - 1:
                assert wrap_point(n, n < 0, signed, bits) == header_wrap(n, width, bits, signed=True)
                found = wrap_sign_magnitude_point(n, n < 0, signed, bits)
                assert found == header_wrap_sign_magnitude(n, width, bits)


@pytest.mark.clause("overflow/wrap")
def test_saturated_bits_are_those_of_the_end():
    """They are the first bits of the last number on the side of the number."""
    format = get_format("int6")
    for bits in range(1, 7):
        mask = (1 << bits) - 1 << 6 - bits
        assert saturated_bits(False, format, bits) == format.code(False, format.top) & mask
        assert saturated_bits(True, format, bits) == format.code(True, format.top_negative) & mask


@pytest.mark.clause("overflow/wrap", "overflow/wrap-sign-magnitude")
@pytest.mark.parametrize("rule", ["wrap", "wrap_sign_magnitude"])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_all_bits_saturated_is_saturation(rule, width):
    """With as many saturated bits as there are, the last number stands for what is past it; of an unsigned format all ones on
    both sides."""
    to, clipped = (Projection(f"int{width}", "ties_to_even", name) for name in (f"{rule}:{width}", "saturate"))
    assert [to(x).code for x in range(-70, 70)] == [clipped(x).code for x in range(-70, 70)]
    if rule == "wrap":
        last = (1 << width) - 1
        unsigned = Projection(f"uint{width}", "ties_to_even", f"wrap:{width}")
        assert [unsigned(x).code for x in (-2, -1, 0, last, last + 1, 1 << 90)] == [last, last, 0, last, last, last]


@pytest.mark.clause("overflow/wrap", "overflow/wrap-sign-magnitude", "project/order")
@pytest.mark.parametrize("width", [2, 3, 6])
def test_saturated_bits_tell_the_side(width):
    """With a saturated bit the sign is that of the number, however far it lies; in range nothing changes, and what is past the
    end raises overflow."""
    for rule, bits in itertools.product(("wrap", "wrap_sign_magnitude"), range(1, width + 1)):
        to = Projection(f"int{width}", "ties_to_even", f"{rule}:{bits}")
        for x in range(-200, 200):
            result = to(x)
            found = to.format.decode(result.code)
            inside = -(1 << width - 1) <= x < 1 << width - 1
            assert (found < 0) == (x < 0)
            assert (found == x) if inside else (abs(found) >= (1 << width - 1) - (1 << width - bits))
            assert result.flags == (Flags.NONE if inside else OVERFLOWED)


@pytest.mark.clause("overflow/wrap-sign-magnitude")
@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_wrapping_by_sign_with_saturated_bits(bits):
    """Past either end the numbers that are kept run back and forth, a step at a time."""
    to = Projection("int5", "toward_negative", f"wrap_sign_magnitude:{bits}")
    for start in (0, -64):
        found = [to.format.decode(to(x).code) for x in range(start, start + 64)]
        assert all(abs(x - y) <= 1 for x, y in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrap:", "wrap needs the number of its saturated bits, as in wrap:1, not 'wrap:'"),
        ("wrap:01", "wrap needs the number of its saturated bits, as in wrap:1, not 'wrap:01'"),
        ("wrap:-1", "wrap needs the number of its saturated bits, as in wrap:1, not 'wrap:-1'"),
        ("AP_WRAP_SM:x", "wrap_sign_magnitude needs the number of its saturated bits, as in wrap_sign_magnitude:1, not"),
        ("saturate:1", "unknown overflow rule 'saturate:1'; the rules are saturate"),
    ],
)
def test_misspelt_saturated_bits(name, message):
    """The number of saturated bits is written in one way, behind rules that have some."""
    with pytest.raises(ValueError, match=re.escape(message)):
        get_overflow(name)


def test_spellings_of_saturated_bits():
    """Other languages' names take the number too, and no saturated bits are the rule itself."""
    assert get_overflow("wrap:0") == get_overflow("wrap") == get_overflow("AP_WRAP:0")
    assert str(get_overflow("AP_WRAP:2")) == "wrap:2"
    assert get_overflow("NUMERIC_STD") == get_overflow("AP_WRAP:1") == get_overflow("wrap:1") != get_overflow("wrap:2")


@pytest.mark.clause("overflow/wrap-sign-magnitude")
def test_wrapping_by_sign_mirrors_the_range():
    """Past either end the numbers run back, and forth again, so that neighbours never lie more than a step apart."""
    to = Projection("int4", "toward_negative", "wrap_sign_magnitude")
    found = [to.format.decode(to(x).code) for x in range(-64, 64)]
    assert all(abs(x - y) <= 1 for x, y in itertools.pairwise(found))
    assert found[64 - 8 : 64 + 8] == list(range(-8, 8))
