"""The commands about memory."""

import json

import pytest

FP6 = ("float6_e2m3fn", "--packing", "lsb_first")


def test_pack(refsim):
    """Codes and values, in hexadecimal bytes from the lowest address on."""
    ran = refsim("pack", *FP6, "1", "-2.5", "0x3f", "0b000011")
    assert (ran.code, ran.out, ran.err) == (0, "88fc0f\n", "")
    codes = [0x08, 0x32, 0x3F, 0x03]
    assert int.from_bytes(bytes.fromhex("88fc0f"), "little") == sum(code << 6 * i for i, code in enumerate(codes))


def test_pack_special_values(refsim):
    """Infinities, NaN and both zeros, which are data and need no rounding."""
    ran = refsim("pack", "float8_e5m2", "inf", "-inf", "nan", "-0", "0", "--packing", "msb_first")
    assert ran.out == "7cfc7e8000\n"


def test_pack_for_a_simulator(refsim, tmp_path):
    """Words one a line, with a comment that says what they are; a file holds the same."""
    arguments = ("pack", "int4", "7", "-8", "3", "--packing", "msb_first:32:big", "--readmemh")
    text = "// 3 elements of int4, msb_first:32:big\n78300000\n"
    assert refsim(*arguments).out == text
    file = tmp_path / "weights.mem"
    assert refsim(*arguments, "--out", file).out == ""
    assert file.read_bytes() == text.encode()
    ran = refsim("unpack", "int4", file, "--readmemh", "--count", "3", "--packing", "msb_first:32:big")
    assert ran.out == "0x7\t7\n0x8\t-8\n0x3\t3\n"


def test_a_file_of_bytes(refsim, tmp_path):
    """Bytes are written and read as they are."""
    file = tmp_path / "weights.bin"
    refsim("pack", *FP6, "1", "2", "--out", file)
    assert file.read_bytes() == bytes([0x08, 0x04])
    assert refsim("unpack", *FP6, file, "--count", "2").out == "0x08\t1\n0x10\t2\n"


def test_unpack_hexadecimal(refsim):
    """Digits with and without 0x and underscores."""
    for text in ("88fc0f", "0x88_FC_0F"):
        ran = refsim("unpack", *FP6, text, "--count", "4")
        assert ran.out == "0x08\t1\n0x32\t-2.5\n0x3f\t-7.5\n0x03\t0.375\n"
    assert refsim("unpack", *FP6, "81", "--count", "1", "--padding", "any").out == "0x01\t0.125\n"


def test_json(refsim):
    """Both commands print the same facts."""
    facts = json.loads(refsim("pack", "int4", "7", "-8", "3", "--packing", "lsb_first:16:big", "--json").out)
    assert facts == {
        "format": "int4",
        "packing": "lsb_first:16:big",
        "bytes": "0387",
        "words": ["0387"],
        "elements": [{"code": "0x7", "value": "7"}, {"code": "0x8", "value": "-8"}, {"code": "0x3", "value": "3"}],
    }
    arguments = ("unpack", "int4", "0387", "--count", "3", "--packing", "lsb_first:16:big", "--json")
    assert json.loads(refsim(*arguments).out) == facts


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pack", *FP6, "0.3"), "0.3 is no datum of float6_e2m3fn; encode it first, which is told how to round"),
        (("pack", *FP6, "nan"), "float6_e2m3fn has no code for nan"),
        (("pack", *FP6, "8"), "8 is no datum of float6_e2m3fn"),
        (("pack", *FP6, "0x40"), "code 0x40 is not in 0..0x3f of float6_e2m3fn"),
        (("pack", "int4", "1"), "Missing option '--packing'"),
        (("pack", "int4", "1", "--packing", "lsb"), "'lsb' is no packing; a packing is lsb_first or msb_first"),
        (("pack", "int8", "1", "--packing", "base3:lsb_first"), "digits of base3:lsb_first have 2 bits, not 8"),
        (("unpack", *FP6, "88fc0f"), "Missing option '--count'"),
        (("unpack", *FP6, "88fc0f", "--count", "5"), "an image of 5 elements of 6 bits, lsb_first, is 4 bytes, not 3"),
        (("unpack", *FP6, "81", "--count", "1"), "byte 0x81 at 0 has padding that is not zero"),
        (("unpack", *FP6, "8", "--count", "1"), "'8' is no file, and no bytes in hexadecimal"),
        (("unpack", *FP6, "81", "--count", "1", "--padding", "x"), "padding 'x' is none of zero, any"),
        (("unpack", *FP6, "none.mem", "--count", "1", "--readmemh"), "none.mem: No such file or directory"),
    ],
)
def test_misuse(refused, arguments, message):
    """What cannot be done is said in one line, and nothing is printed before."""
    assert message in refused(*arguments)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("00\n@3\n00\n", "there is no word at address 0x1"),
        ("00\n01", "line 2: the text ends in the middle of a line"),
        ("00\n000\n", "line 2: 000 has 3 digits, and a word of 8 bits has 2"),
    ],
)
def test_damaged_text(refused, tmp_path, text, message):
    """A text with gaps or damage is refused."""
    file = tmp_path / "damaged.mem"
    file.write_text(text)
    assert message in refused("unpack", *FP6, file, "--count", "1", "--readmemh")


def test_nothing_is_written_by_halves(refused, tmp_path):
    """What cannot be packed leaves a file as it was."""
    file = tmp_path / "kept.bin"
    file.write_bytes(b"kept")
    refused("pack", *FP6, "1", "0.3", "--out", file)
    assert file.read_bytes() == b"kept"
