"""Packing on arrays is the specification's packing: images, codes and errors, at every width and in every packing."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim import Array, engine, get_format
from refsim.spec import interleaving, packing
from refsim.spec.packing import get_packing

NAMES = (
    "lsb_first",
    "msb_first",
    "lsb_first:16:little",
    "msb_first:16:little",
    "lsb_first:24:big",
    "msb_first:64:big",
    "lsb_first:128:little",
    "lsb_first:8:whole",
    "msb_first:8:whole:top",
    "lsb_first:32:little:whole",
    "lsb_first:64:big:whole:bottom",
    "msb_first:40:big:whole",
    "msb_first:64:little:whole:top",
    "lsb_first:72:big:whole",
    "msb_first:256:little:whole",
    "msb_first:128:big:whole:top",
)
DIGITS = tuple(
    f"base{base}:{order}{scaled}"
    for base in (2, 3, 4, 5, 6, 7, 13, 16)
    for order in packing.ORDERS
    for scaled in ("", ":scaled")
)
WIDTHS = (*range(1, 66), 80, 127, 128, 200, 512)


def fits(name, width):
    """Whether elements of a width can lie in a packing."""
    return "whole" not in name or width <= int(name.split(":")[1])


def of_digits(name):
    """The packing of a name of digits."""
    return get_packing(name, (int(name[4:].split(":")[0]) - 1).bit_length())


def codes_of(layout, count):
    """Codes of which every fourth has all bits."""
    return [layout.codes - 1 if i % 4 == 3 else pow(5, 7 * i + 2, layout.codes * 2 + 1) % layout.codes for i in range(count)]


def said(ask):
    """What a call gives, or what it says of why it gives nothing."""
    try:
        return ask()
    except ValueError as error:
        return str(error)


@pytest.mark.clause("packing/order", "packing/sequence", "packing/byte-order", "packing/length")
@pytest.mark.parametrize("name", NAMES)
def test_every_width(name):
    """Every width that fits, in every packing: no elements, one, some, and more than fill the machine's words."""
    for width in (width for width in WIDTHS if fits(name, width)):
        layout = get_packing(name, width)
        for count in (0, 1, 9, 67):
            codes = codes_of(layout, count)
            image = engine.pack(codes, layout)
            assert image.tobytes() == packing.pack(codes, layout)
            found = engine.unpack(image, count, layout)
            assert found.tolist() == codes
            assert found.dtype == (object if width > 64 else f"uint{max(8, 1 << (width - 1).bit_length())}")


@pytest.mark.clause("packing/digits", "packing/scaled-digits")
@pytest.mark.parametrize("name", DIGITS)
def test_digits(name):
    """All groups of digits that a byte holds, of all bases, and a group that is cut short."""
    layout = of_digits(name)
    groups = product(range(layout.base), repeat=layout.per_word)
    codes = [digit for group in groups for digit in group][: 40_000 // layout.per_word * layout.per_word]
    for some in (codes, codes[:-1], codes[: layout.per_word // 2], []):
        image = engine.pack(some, layout)
        assert image.tobytes() == packing.pack(some, layout)
        assert engine.unpack(image, len(some), layout).tolist() == some


@pytest.mark.clause("packing/order", "packing/sequence")
@pytest.mark.parametrize("order", packing.ORDERS)
@pytest.mark.parametrize("width", [1, 2, 3])
def test_all_codes(order, width):
    """All rows of narrow codes that fill a byte and more."""
    layout = get_packing(order, width)
    for codes in product(range(layout.codes), repeat={1: 9, 2: 5, 3: 3}[width]):
        image = engine.pack(list(codes), layout)
        assert image.tobytes() == packing.pack(codes, layout)
        assert tuple(engine.unpack(image, len(codes), layout)) == codes


@pytest.mark.clause("packing/padding", "packing/no-digits", "packing/exact-length")
@given(st.sampled_from((*NAMES, *DIGITS)), st.integers(1, 70), st.integers(-1, 12), st.sampled_from(packing.CHECKS), st.data())
def test_any_image(name, width, count, check, data):
    """Any bytes, mostly of the right length, give the same codes or the same error, with clean padding and without."""
    layout = of_digits(name) if name in DIGITS else get_packing(name, min(width, 8 if ":8:" in name else 32))
    size = layout.words(max(count, 0)) * layout.word // 8
    length = data.draw(st.sampled_from([size, size, size, size + 1]))
    image = data.draw(st.binary(min_size=length, max_size=length))
    masked = said(lambda: packing.pack(packing.unpack(image, count, layout, "any"), layout))
    for given_bytes in (image, *([masked] if isinstance(masked, bytes) else [])):
        expected = said(lambda given_bytes=given_bytes: packing.unpack(given_bytes, count, layout, check))
        found = said(lambda given_bytes=given_bytes: tuple(engine.unpack(given_bytes, count, layout, check).tolist()))
        assert found == expected


@pytest.mark.clause("packing/padding")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [5, 7])
def test_every_bit_of_padding(name, width):
    """Each bit of an image, set alone, is an element's or is found as padding."""
    layout = get_packing(name, width)
    size = layout.words(3) * layout.word // 8
    for at in range(8 * size):
        image = bytearray(size)
        image[at // 8] = 1 << at % 8
        expected = said(lambda image=image: packing.unpack(bytes(image), 3, layout))
        assert said(lambda image=image: tuple(engine.unpack(image, 3, layout).tolist())) == expected


@pytest.mark.clause("packing/codes")
@pytest.mark.parametrize(
    ("name", "width"), [("lsb_first", 6), ("msb_first:32:big:whole", 6), ("lsb_first", 8), ("msb_first", 70)]
)
@pytest.mark.parametrize("wrong", [1 << 70, 64, 256, -1])
def test_codes_that_do_not_fit(name, width, wrong):
    """The first code that does not fit is named alike, of arrays of several types."""
    layout = get_packing(name, width)
    codes = [0, 1, wrong, wrong]
    expected = said(lambda: packing.pack(codes, layout))
    if isinstance(expected, bytes):
        assert engine.pack(codes, layout).tobytes() == expected
        return
    assert said(lambda: engine.pack(codes, layout)) == expected
    if abs(wrong) < 1 << 15:
        assert said(lambda: engine.pack(np.array(codes, np.int16), layout)) == expected


def test_what_is_given():
    """Arrays of codes of any shape and order; lists; images as bytes and arrays; results lie in memory of their own."""
    layout = get_packing("lsb_first", 6)
    codes = np.arange(24).reshape(4, 6)
    flat = packing.pack(list(range(24)), layout)
    for given_codes in (
        codes,
        codes.astype(np.int8),
        Array(codes, get_format("float6_e2m3fn")),
        codes.tolist(),
        np.asfortranarray(codes),
    ):
        assert engine.pack(given_codes, layout).tobytes() == flat
    strided = np.arange(48, dtype=np.uint8)[::2]
    assert engine.pack(strided % 64, layout).tobytes() == packing.pack([*range(0, 48, 2)], layout)
    for image in (flat, bytearray(flat), memoryview(flat), np.frombuffer(flat, np.uint8).reshape(6, 3)):
        assert engine.unpack(image, 24, layout).tolist() == list(range(24))
    for order in packing.ORDERS:
        bytewise, data = get_packing(order, 8), np.arange(5, dtype=np.uint8)
        for found in (engine.pack(data, bytewise), engine.unpack(data, 5, bytewise)):
            assert not np.may_share_memory(found, data)
            assert found.flags.writeable
    assert engine.unpack(b"abc", 3, get_packing("lsb_first", 8)).flags.writeable


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda p: engine.pack([0.5], p), TypeError, "codes to pack must be integers, not object"),
        (lambda p: engine.pack(np.array([0.5]), p), TypeError, "codes to pack must be integers, not float64"),
        (lambda p: engine.pack([True], p), TypeError, "codes to pack must be integers, not object"),
        (lambda p: engine.pack(np.array([True]), p), TypeError, "codes to pack must be integers, not bool"),
        (
            lambda p: engine.pack(Array([1], get_format("float8_e5m2")), p),
            ValueError,
            "codes of float8_e5m2 have 8 bits, and elements of lsb_first 6",
        ),
        (lambda p: engine.unpack(np.array([1, 2]), 2, p), TypeError, "an image must be of bytes, not int64"),
        (lambda p: engine.unpack(b"", 0, p, "none"), ValueError, "padding 'none' is none of zero, any"),
    ],
)
def test_misuse(ask, error, message):
    """What is no array of codes, and no image, is refused."""
    with pytest.raises(error, match=re.escape(message)):
        ask(get_packing("lsb_first", 6))


@pytest.mark.clause("interleaving/place", "interleaving/filler", "interleaving/inverse")
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (128, 4), (129, 5), (37, 9)])
def test_interleaved_scales(rows, columns):
    """The same memory, the same scales, the same errors."""
    scales = (np.arange(rows * columns) * 7 % 251).astype(np.uint8).reshape(rows, columns)
    memory = engine.interleave(scales, 0x7F)
    assert tuple(memory.tolist()) == interleaving.interleave(scales.ravel().tolist(), rows, columns, 0x7F)
    assert np.array_equal(engine.deinterleave(memory, rows, columns), scales)
    assert np.array_equal(engine.interleave(Array(scales, get_format("float8_e8m0fnu")), 0), engine.interleave(scales, 0))
    for ask, other in (
        (
            lambda: engine.deinterleave(memory[:-1], rows, columns),
            lambda: interleaving.deinterleave(memory[:-1], rows, columns),
        ),
        (lambda: engine.interleave(scales[:0], 0), lambda: interleaving.interleave([], 0, columns, 0)),
    ):
        assert said(ask) == said(other)
    with pytest.raises(ValueError, match=r"scales must be a matrix, not an array of shape \(3,\)"):
        engine.interleave([1, 2, 3], 0)
