"""Block formats: what OCP and NVIDIA publish of them, names, and how matrices are cut."""

from fractions import Fraction

import pytest

from refsim.spec.block_formats import ALIASES, BLOCK_FORMATS, CATALOGUE, GRAMMAR, BlockFormat, get_block_format
from refsim.spec.catalogue import get_format


@pytest.mark.clause("block/format")
@pytest.mark.parametrize(
    ("name", "size", "bits", "emax", "greatest"),
    [
        ("mxfp8_e4m3", 32, 8 * 33, 8, 448),
        ("mxfp8_e5m2", 32, 8 * 33, 15, 57344),
        ("mxfp6_e2m3", 32, 8 * 25, 2, Fraction(15, 2)),
        ("mxfp6_e3m2", 32, 8 * 25, 4, 28),
        ("mxfp4", 32, 8 * 17, 2, 6),
        ("mxint8", 32, 8 * 33, 0, Fraction(127, 64)),
        ("nvfp4", 16, 72, 2, 6),
        ("nvfp4_16x16", 256, 1032, 2, 6),
    ],
)
def test_published(name, size, bits, emax, greatest):
    """Sizes of blocks, bytes, and the elements' emax and greatest number: OCP table 1, torchao's constants."""
    format = get_block_format(name)
    assert (format.size, format.bits, format.emax) == (size, bits, emax)
    assert format.element.grid.magnitude(format.element.top) == greatest
    assert str(format) == name
    assert format in {entry.format for entry in CATALOGUE}
    assert (format.tensor is not None) == name.startswith("nvfp4")


@pytest.mark.clause("block/bfp", "block/msfp")
def test_families():
    """MXINT8's elements are those of block floating point of 8 bits; MSFP12 has a sign, 3 bits and no hidden one."""
    assert get_block_format("bfp8").element == get_block_format("mxint8").element
    assert get_block_format("bfp8").size == 16
    msfp = get_block_format("msfp12")
    assert msfp.element.width == 4
    values = [msfp.element.decode(code) for code in range(8)]
    assert values == [Fraction(n, 4) for n in range(8)]
    assert msfp.element.decode(15) == Fraction(-7, 4)
    assert [get_block_format(f"msfp{n}").element.width for n in (11, 12, 16)] == [3, 4, 8]
    assert [get_block_format(f"bfp{n}").element.width for n in (2, 16, 64)] == [2, 16, 64]


def test_names():
    """Parametric names, aliases, and near names for unknown ones."""
    for _, examples, _ in GRAMMAR:
        for name in examples.split(">, "):
            plain = name if name.endswith(">") or "<" not in name else name + ">"
            assert get_block_format(plain).name == plain
    tile = get_block_format("block4x8<int4, uq3.5>")
    assert (tile.rows, tile.columns, tile.scale) == (4, 8, get_format("uq3.5"))
    assert get_block_format("block32<float4_e2m1fn,float8_e8m0fnu>").element == get_block_format("mxfp4").element
    for alias, name in ALIASES.items():
        assert get_block_format(alias) is BLOCK_FORMATS[name]
    for wrong, message in (
        ("mxpf4", "did you mean mxfp4"),
        ("", "the names are mxfp8_e4m3, "),
        ("bfp1", "elements of 2 to 64 bits, not 1"),
        ("msfp10", "11 to 40 bits, not 10"),
        ("block0<int8,int8>", "at least one element, not 1 x 0"),
        ("block4<posit8,float8_e8m0fnu>", "elements must be of a floating- or fixed-point format, not posit8"),
        ("block4<int8,float9>", "unknown format"),
    ):
        with pytest.raises(ValueError, match=message):
            get_block_format(wrong)


@pytest.mark.clause("block/tiles")
def test_tiles():
    """Rows are cut from the left, tiles counted along the rows; every place is in one block, also at ragged edges."""
    row = get_block_format("block4<int8,float8_e8m0fnu>")
    assert list(row.tiles(2, 5)) == [
        ((0, 0), (0, 1), (0, 2), (0, 3)),
        ((0, 4),),
        ((1, 0), (1, 1), (1, 2), (1, 3)),
        ((1, 4),),
    ]
    square = get_block_format("block2x2<int8,float8_e8m0fnu>")
    assert list(square.tiles(3, 3)) == [
        ((0, 0), (0, 1), (1, 0), (1, 1)),
        ((0, 2), (1, 2)),
        ((2, 0), (2, 1)),
        ((2, 2),),
    ]
    for rows, columns in ((1, 1), (16, 16), (17, 33), (5, 64)):
        for format in (row, square, get_block_format("nvfp4_16x16")):
            places = [place for tile in format.tiles(rows, columns) for place in tile]
            assert sorted(places) == [(i, j) for i in range(rows) for j in range(columns)]


def test_formats_are_data():
    """Equal parts make equal formats; the filler is NaN where there is one."""
    again = BlockFormat("mxfp4", get_format("float4_e2m1fn"), get_format("float8_e8m0fnu"), 1, 32)
    assert again == get_block_format("mxfp4")
    assert hash(again) == hash(get_block_format("mxfp4"))
    assert [get_block_format(name).filler for name in ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp4", "mxint8")] == [0x7F, 0x7E, 0, 0]
