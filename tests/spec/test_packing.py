"""Packing: published layouts, layouts written out by other means, and what must be refused."""

import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.packing import (
    DigitPacking,
    Packing,
    from_memory,
    get_packing,
    pack,
    pack_words,
    to_memory,
    unpack,
)

NAMES = (
    "lsb_first",
    "msb_first",
    "lsb_first:16:little",
    "lsb_first:24:big",
    "msb_first:32:little",
    "msb_first:128:big",
    "lsb_first:64:little:whole",
    "lsb_first:64:big:whole:bottom",
    "msb_first:64:big:whole",
    "msb_first:72:little:whole:top",
)
WIDTHS = (*range(1, 65), 72, 127, 512)
DIGITS = tuple(
    f"base{base}:{order}{scaled}"
    for base in (2, 3, 5, 7, 11, 16)
    for order in ("lsb_first", "msb_first")
    for scaled in ("", ":scaled")
)


def bits_of(word, width):
    """The bits of a word as text, most significant first."""
    return f"{word:0{width}b}"


def as_text(codes, packing):
    """The words of a packing as texts of bits, put together from texts alone."""
    width, word, low = packing.width, packing.word, packing.order == "lsb_first"
    elements = [bits_of(code, width)[::-1] if low else bits_of(code, width) for code in codes]
    if packing.straddle:
        stream = "".join(elements)
        words = [stream[at : at + word].ljust(word, "0") for at in range(0, len(stream), word)]
    else:
        groups = [elements[at : at + word // width] for at in range(0, len(elements), word // width)]
        used = word // width * width
        far = "top" if low else "bottom"
        words = ["".join(group).ljust(used, "0") for group in groups]
        words = [text.ljust(word, "0") if packing.padding == far else text.rjust(word, "0") for text in words]
    return [text[::-1] if low else text for text in words]


@pytest.mark.clause("packing/order", "packing/sequence")
def test_four_fp6_in_three_bytes():
    """FP6 as ONNX and torchao store it: b0 = v0 | v1 << 6, b1 = v1 >> 2 | v2 << 4, b2 = v2 >> 4 | v3 << 2."""
    v = (0b000001, 0b100010, 0b110011, 0b011101)
    expected = bytes([v[0] | v[1] << 6 & 0xFF, v[1] >> 2 | v[2] << 4 & 0xFF, v[2] >> 4 | v[3] << 2])
    assert pack(v, get_packing("lsb_first", 6)) == expected == bytes([0b10_000001, 0b0011_1000, 0b011101_11])
    assert pack(v, get_packing("msb_first", 6)) == bytes([0b000001_10, 0b0010_1100, 0b11_011101])


@pytest.mark.clause("packing/order")
def test_nibbles():
    """ONNX, CUDA and torchao keep the first of two 4-bit elements in the low half of a byte; others in the high half."""
    assert pack([0x1, 0x2, 0x3], get_packing("lsb_first", 4)) == bytes([0x21, 0x03])
    assert pack([0x1, 0x2, 0x3], get_packing("msb_first", 4)) == bytes([0x12, 0x30])


@pytest.mark.clause("packing/order", "packing/sequence")
def test_four_ternary_codes_in_a_byte():
    """Two bits each, the first in the lowest bits of the byte or in the highest ones."""
    assert pack([1, 3, 0, 2], get_packing("lsb_first", 2)) == bytes([0b10_00_11_01])
    assert pack([1, 3, 0, 2], get_packing("msb_first", 2)) == bytes([0b01_11_00_10])


@pytest.mark.clause("packing/order", "packing/sequence")
def test_eight_codes_of_three_bits():
    """Three bytes, of which the elements 2 and 5 lie in two each."""
    codes = [0o1, 0o2, 0o3, 0o4, 0o5, 0o6, 0o7, 0o0]
    assert int.from_bytes(pack(codes, get_packing("lsb_first", 3)), "little") == 0o07654321
    assert int.from_bytes(pack(codes, get_packing("msb_first", 3)), "big") == 0o12345670


@pytest.mark.clause("packing/sequence")
def test_five_codes_of_six_bits_in_a_word():
    """Where elements do not straddle, five of six bits leave two bits of a 32-bit word, above or below them."""
    codes = [0o01, 0o02, 0o03, 0o04, 0o05, 0o77]
    words = [0o05_04_03_02_01, 0o77]
    assert pack_words(codes, get_packing("lsb_first:32:little:whole", 6)) == tuple(words)
    assert pack_words(codes, get_packing("lsb_first:32:little:whole:bottom", 6)) == tuple(word << 2 for word in words)
    backwards = [0o01_02_03_04_05, 0o77_00_00_00_00]
    assert pack_words(codes, get_packing("msb_first:32:little:whole:top", 6)) == tuple(backwards)
    assert pack_words(codes, get_packing("msb_first:32:little:whole", 6)) == tuple(word << 2 for word in backwards)


@pytest.mark.clause("packing/byte-order")
def test_byte_order():
    """A 32-bit word as struct writes it in either order of bytes; three bytes the other way round."""
    codes = [0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8]
    assert pack(codes, get_packing("lsb_first:32:little", 4)) == struct.pack("<I", 0x87654321)
    assert pack(codes, get_packing("lsb_first:32:big", 4)) == struct.pack(">I", 0x87654321)
    assert pack(codes, get_packing("msb_first:32:big", 4)) == struct.pack(">I", 0x12345678)
    assert pack([0x123456], get_packing("lsb_first:24:big", 24)) == bytes([0x12, 0x34, 0x56])
    assert pack([0x123456], get_packing("msb_first:24:little", 24)) == bytes([0x56, 0x34, 0x12])


@pytest.mark.clause("packing/byte-order", "packing/order")
@pytest.mark.parametrize(("width", "letter"), [(8, "B"), (16, "H"), (32, "I"), (64, "Q")])
@given(st.data())
def test_against_struct(width, letter, data):
    """Elements of whole bytes lie as struct packs integers of either byte order."""
    codes = data.draw(st.lists(st.integers(0, (1 << width) - 1), max_size=5))
    assert pack(codes, get_packing("lsb_first", width)) == struct.pack(f"<{len(codes)}{letter}", *codes)
    assert pack(codes, get_packing("msb_first", width)) == struct.pack(f">{len(codes)}{letter}", *codes)


@pytest.mark.clause("packing/sequence", "packing/order", "packing/length")
@pytest.mark.parametrize(
    ("name", "width"), [(name, width) for name in NAMES for width in WIDTHS if "whole" not in name or width <= 64]
)
def test_every_width(name, width):
    """Words put together as texts of bits; every bit has the address that a flip of it shows; what is packed is unpacked."""
    packing = get_packing(name, width)
    codes = [pow(7, 5 * i + 3, (1 << width) + 1) % (1 << width) for i in range(7)]
    words = pack_words(codes, packing)
    assert [bits_of(word, packing.word) for word in words] == as_text(codes, packing)
    image = pack(codes, packing)
    assert image == to_memory(words, packing)
    assert from_memory(image, packing) == words
    assert unpack(image, 7, packing) == tuple(codes)
    for element, bit in ((0, 0), (3, width - 1), (6, width // 2)):
        flipped = bytearray(image)
        byte, place = packing.address(element, bit)
        flipped[byte] ^= 1 << place
        codes[element] ^= 1 << bit
        assert pack(codes, packing) == bytes(flipped)
        codes[element] ^= 1 << bit


@pytest.mark.clause("packing/byte-order", "packing/sequence")
@given(st.integers(1, 40), st.sampled_from([16, 24, 32, 64, 128]), st.data())
def test_words_of_a_stream(width, word, data):
    """Little-endian words filled from the low end, and big-endian ones from the high end, are one stream of bytes."""
    codes = data.draw(st.lists(st.integers(0, (1 << width) - 1), max_size=9))
    for order, byte_order in (("lsb_first", "little"), ("msb_first", "big")):
        image = pack(codes, Packing(width, order, word, byte_order))
        stream = pack(codes, Packing(width, order))
        assert image == stream.ljust(len(image), b"\0")
        assert len(image) - len(stream) < word // 8


@pytest.mark.clause("packing/padding", "packing/codes", "packing/exact-length")
@given(st.sampled_from((*NAMES, *DIGITS)), st.data())
def test_what_is_unpacked_packs_again(name, data):
    """Of any bytes, an image is refused or it is what its codes make; padding that may be anything only adds images."""
    width = get_packing(name, (int(name[4:].split(":")[0]) - 1).bit_length()).width if name in DIGITS else None
    packing = get_packing(name, width or data.draw(st.integers(1, 24)))
    count = data.draw(st.integers(0, 9))
    size = packing.words(count) * packing.word // 8
    image = data.draw(st.binary(min_size=size, max_size=size))
    try:
        codes = unpack(image, count, packing)
    except ValueError:
        codes = None
    else:
        assert pack(codes, packing) == image
        assert unpack(image, count, packing, "any") == codes
    try:
        loose = unpack(image, count, packing, "any")
    except ValueError:
        assert codes is None
    else:
        assert unpack(pack(loose, packing), count, packing) == loose


@pytest.mark.clause("packing/digits", "packing/length")
def test_five_ternary_digits_in_a_byte():
    """Three to the power of five is 243; the first element counts 1 or 81, and what is missing is zero."""
    low, high = get_packing("base3:lsb_first", 2), get_packing("base3:msb_first", 2)
    assert pack([1, 2, 0, 2, 1], low) == bytes([1 + 2 * 3 + 2 * 27 + 81])
    assert pack([1, 2, 0, 2, 1], high) == bytes([81 + 2 * 27 + 2 * 3 + 1])
    assert pack([2] * 6, low) == bytes([242, 2])
    assert pack([2] * 6, high) == bytes([242, 162])
    assert [DigitPacking(base, "lsb_first").per_word for base in range(2, 17)] == [8, 5, 4, 3, 3, *[2] * 10]


def digits_as_llama_cpp_reads_them(byte):
    """How TQ1_0 is read: multiply by a power of three in eight bits, then keep the carry of three times that."""
    return tuple((byte * 3**n % 256) * 3 >> 8 for n in range(5))


@pytest.mark.clause("packing/scaled-digits", "packing/digits")
def test_tq1_0():
    """All 243 bytes of llama.cpp's TQ1_0, ceil(256 n / 243), are read as its decoder reads them."""
    packing = get_packing("tq1_0", 2)
    for number in range(243):
        digits = tuple(number // 3**n % 3 for n in (4, 3, 2, 1, 0))
        byte = (number * 256 + 242) // 243
        assert pack(digits, packing) == bytes([byte])
        assert digits_as_llama_cpp_reads_them(byte) == digits == unpack(bytes([byte]), 5, packing)
    assert pack([1, 2, 0, 1], packing) == bytes([((1 * 81 + 2 * 27 + 1 * 3) * 256 + 242) // 243])


@pytest.mark.clause("packing/no-digits")
def test_bytes_that_no_digits_make():
    """Of 256 bytes, 243 are five ternary digits; the others are refused, even where padding may be anything."""
    for name in ("base3:lsb_first", "base3:msb_first", "tq1_0"):
        packing, refused = get_packing(name, 2), []
        for byte in range(256):
            try:
                unpack(bytes([0, byte]), 10, packing, "any")
            except ValueError as error:
                assert str(error) == f"byte {byte:#04x} at 1 is no 5 digits of {packing}"
                refused.append(byte)
        made = {-(-n * 256 // 243) for n in range(243)} if name == "tq1_0" else set(range(243))
        assert refused == sorted(set(range(256)) - made)


@pytest.mark.clause("packing/codes")
@pytest.mark.parametrize(
    ("name", "width", "codes", "message"),
    [
        ("lsb_first", 6, [0, 64], "code 0x40 of element 1 is not in 0..0x3f of lsb_first"),
        ("msb_first:32:big", 6, [-1], "code -0x1 of element 0 is not in 0..0x3f of msb_first:32:big"),
        ("base3:lsb_first", 2, [0, 0, 3], "code 0x3 of element 2 is not in 0..0x2 of base3:lsb_first"),
    ],
)
def test_codes_that_do_not_fit(name, width, codes, message):
    """No bit of a code is dropped."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pack(codes, get_packing(name, width))


@pytest.mark.clause("packing/exact-length")
@pytest.mark.parametrize("length", [0, 2, 4])
def test_images_of_another_length(length):
    """Four elements of six bits are three bytes, no fewer and no more."""
    message = f"an image of 4 elements of 6 bits, lsb_first, is 3 bytes, not {length}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        unpack(bytes(length), 4, get_packing("lsb_first", 6))


@pytest.mark.clause("packing/padding")
def test_padding():
    """Padding at the end, in each word and of digits is zero, unless anything is allowed."""
    for name, width, count, image, codes, message in (
        ("lsb_first", 6, 1, b"\x81", (1,), "byte 0x81 at 0 has padding that is not zero, without which it is 0x01"),
        ("lsb_first:16:big:whole", 6, 2, b"\x10\x41", (1, 1), "byte 0x10 at 0 has padding that is not zero, without which"),
        (
            "base3:lsb_first",
            2,
            6,
            b"\x01\x05",
            (1, 0, 0, 0, 0, 2),
            "byte 0x05 at 1 has padding that is not zero, without which",
        ),
    ):
        packing = get_packing(name, width)
        assert unpack(image, count, packing, "any") == codes
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            unpack(image, count, packing)
    with pytest.raises(ValueError, match="padding 'none' is none of zero, any"):
        unpack(b"", 0, get_packing("lsb_first", 6), "none")


@pytest.mark.clause("packing/length", "packing/exact-length")
def test_no_elements():
    """Of no elements there is an empty image."""
    for name in NAMES:
        packing = get_packing(name, 5)
        assert pack([], packing) == b""
        assert unpack(b"", 0, packing) == ()
    with pytest.raises(ValueError, match="the count of elements is -1, not 0 or more"):
        unpack(b"", -1, get_packing("lsb_first", 5))
