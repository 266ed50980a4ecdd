"""Signatures: the CRC against zlib, the shift register against its polynomial, chains against a loop written anew."""

import zlib
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.datapath_names import get_datapath
from refsim.spec.flags import Flags, Result
from refsim.spec.signatures import Chain, bytes_of, check_seed, crc32, draw, operands, run, shifted, signature

INT8, E4M3 = get_format("int8"), get_format("float8_e4m3fn")
SATURATING = get_datapath("datapath(exact,sequential(int12/toward_zero/saturate),first,sum)")
STATES = (1 << 32) - 1


@pytest.mark.clause("signature/crc")
def test_the_published_check_value():
    """The catalogues of CRCs give this one for the digits from 1 to 9."""
    assert crc32(b"123456789") == 0xCBF43926
    assert crc32(b"") == 0


@pytest.mark.clause("signature/crc")
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_the_crc_is_that_of_zlib(first, second):
    """Whole or in two pieces."""
    assert crc32(first + second) == zlib.crc32(first + second)
    assert crc32(second, crc32(first)) == zlib.crc32(first + second)


@pytest.mark.clause("signature/bytes")
def test_bytes_of_codes():
    """Codes that are no whole bytes wide are filled up, and the low byte comes first."""
    assert bytes_of(0x12345, get_format("int18")) == b"\x45\x23\x01"
    assert bytes_of(0x7E, E4M3) == b"\x7e"
    assert bytes_of(5, get_format("int3")) == b"\x05"
    with pytest.raises(ValueError, match=r"code 0x8 is not in 0\.\.0x7 of int3"):
        bytes_of(8, get_format("int3"))


def times(a, b):
    """The product of two polynomials modulo two and modulo that of the register's sequence."""
    found = 0
    while b:
        found ^= a if b & 1 else 0
        a, b = a << 1, b >> 1
        a ^= 0x1_C000_0401 if a >> 32 else 0
    return found


def power(exponent):
    """A power of x."""
    found, square = 1, 2
    while exponent:
        found = times(found, square) if exponent & 1 else found
        square, exponent = times(square, square), exponent >> 1
    return found


@pytest.mark.clause("signature/register")
def test_the_register_passes_all_states():
    """Its bits obey a[n] = a[n-1] + a[n-2] + a[n-22] + a[n-32], whose polynomial is primitive: the order of x is 2**32 - 1."""
    state, bits = 0xDEADBEEF, [0xDEADBEEF >> 31 - i & 1 for i in range(32)]
    for _ in range(200):
        state = shifted(state)
        bits.append(bits[-1] ^ bits[-2] ^ bits[-22] ^ bits[-32])
        assert state == int("".join(map(str, bits[-32:])), 2)
    assert [x for x in range(33) if 0x1_C000_0401 >> x & 1] == [32 - 32, 32 - 22, 32 - 2, 32 - 1, 32]
    assert power(STATES) == 1
    factors = (3, 5, 17, 257, 65537)
    assert STATES == 3 * 5 * 17 * 257 * 65537
    assert all(power(STATES // factor) != 1 for factor in factors)


@pytest.mark.clause("signature/draw")
def test_codes_are_the_bits_that_come_in():
    """As many as the format has, the first on top; infinities and NaNs are left out for 0."""
    for name in ("int3", "int8", "binary16", "binary32"):
        format, state = get_format(name), 0x2545F491
        for _ in range(5):
            code, after = draw(state, format)
            for _ in range(format.width):
                state = shifted(state)
            assert (code, after) == (state & (1 << format.width) - 1, state)
    state, seen = 1, []
    for _ in range(3000):
        code, state = draw(state, E4M3)
        seen.append((state & 0xFF, code))
    assert {bits: code for bits, code in seen if bits != code} == {0x7F: 0, 0xFF: 0}
    assert {0x80, 0x7E} <= {code for _, code in seen}
    state, seen = 1, set()
    for _ in range(3000):
        code, state = draw(state, get_format("float8_e5m2"))
        if state & 0x7C == 0x7C:
            seen.add(code)
    assert seen == {0}


def by_hand(seed, rounds, length, limit, *, to_operand):
    """A chain of int8 dot products whose sums are clamped after each step, written anew."""
    state, total, results = seed, 0, []
    for _ in range(rounds):
        codes = []
        for _ in range(2 * length):
            for _ in range(8):
                state = (state << 1 | (state >> 31 ^ state >> 21 ^ state >> 1 ^ state) & 1) & 0xFFFFFFFF
            codes.append(state & 0xFF)
        if to_operand:
            codes[0] ^= total & 0xFF
            total = 0
        numbers = [code - 256 if code > 127 else code for code in codes]
        for x, y in zip(numbers[:length], numbers[length:], strict=True):
            total = max(-limit - 1, min(limit, total + x * y))
        results.append(total)
    return results


@pytest.mark.clause("signature/chain", "signature/operands", "signature/signature")
@pytest.mark.parametrize("feedback", ["initial", "operand"])
def test_chains_by_hand(feedback):
    """The same results, and the CRC of zlib over them."""
    found = list(run(Chain(INT8, INT8, 4, SATURATING, feedback), 0x12345678, 100))
    expected = by_hand(0x12345678, 100, 4, 2047, to_operand=feedback == "operand")
    assert [result.code for result in found] == [total % 4096 for total in expected]
    last, crc = signature(found, get_format("int12"))
    assert crc == zlib.crc32(b"".join((total % 4096).to_bytes(2, "little") for total in expected))
    assert last == (expected[-1] % 4096, Flags.OVERFLOW | Flags.INEXACT)


@pytest.mark.clause("signature/chain", "signature/operands")
def test_a_chain_goes_on_after_an_infinity():
    """A sum that has become infinite starts from 0 again, and an operand that would name a NaN is 0."""
    half = get_datapath("datapath(exact,sequential(binary16/ties_to_even/infinity),first,sum)")
    e5m2 = get_format("float8_e5m2")
    codes = [result.code for result in run(Chain(e5m2, e5m2, 4, half, "initial"), 1, 300)]
    infinite = [code & 0x7C00 == 0x7C00 for code in codes]
    assert any(infinite)
    assert any(before and not after for before, after in pairwise(infinite))
    codes = [result.code for result in run(Chain(E4M3, E4M3, 1, half, "operand"), 1, 2000)]
    assert all(code & 0x7FFF <= 0x7C00 for code in codes)


@pytest.mark.clause("signature/operands")
def test_the_order_of_operands():
    """All of x before all of y, each as wide as its format; the result before is added to the first one of x alone."""
    int4, state = get_format("int4"), 99
    drawn = []
    for format in (INT8, INT8, int4, int4):
        code, state = draw(state, format)
        drawn.append(code)
    for feedback, before in (("initial", 0), ("operand", 0xABC)):
        xs, ys, after = operands(99, Chain(INT8, int4, 2, SATURATING, feedback), before)
        assert [number.code for number in (*xs, *ys)] == [drawn[0] ^ (before & 0xFF), *drawn[1:]]
        assert [number.format for number in (*xs, *ys)] == [INT8, INT8, int4, int4]
        assert after == state


@pytest.mark.clause("signature/signature")
def test_one_wrong_bit_changes_the_signature():
    """Anywhere in the chain."""
    results = list(run(Chain(INT8, INT8, 2, SATURATING, "initial"), 7, 50))
    right = signature(results, get_format("int12"))
    for i in range(50):
        for bit in range(12):
            wrong = [*results[:i], Result(results[i].code ^ 1 << bit, results[i].flags), *results[i + 1 :]]
            assert signature(wrong, get_format("int12")).crc != right.crc
    assert signature([], INT8) == ((0, Flags.NONE), 0)


def test_refusals():
    """Seeds that lead nowhere, feedbacks that are none, datapaths that cannot start from a result."""
    for seed in (0, 1 << 32, -1):
        with pytest.raises(ValueError, match=r"the seed of a shift register is in 1\.\.0xffffffff, not"):
            check_seed(seed)
        with pytest.raises(ValueError, match="the seed of a shift register"):
            next(run(Chain(INT8, INT8, 2, SATURATING, "initial"), seed, 1))
    with pytest.raises(ValueError, match="the feedback 'sum' of a chain is none of initial, operand"):
        Chain(INT8, INT8, 2, SATURATING, "sum")
    with pytest.raises(ValueError, match="a chain needs 1 operand or more a vector, not 0"):
        Chain(INT8, INT8, 0, SATURATING, "initial")
    total = "total(int12/toward_zero/saturate)"
    for name in (f"datapath(exact,{total},last,sum)", f"datapath(exact,{total},first,sum,output=int8/toward_zero/saturate)"):
        with pytest.raises(ValueError, match="a chain whose sums start from results needs a bias that comes first"):
            Chain(INT8, INT8, 2, get_datapath(name), "initial")
        assert len(list(islice(run(Chain(INT8, INT8, 2, get_datapath(name), "operand"), 1, 3), 5))) == 3
