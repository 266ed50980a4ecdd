"""Parity-check matrices that others have published, and what they say of the codes here."""

from itertools import combinations

from refsim.spec.linear_codes import CORRECTED, DETECTED, LinearCode, hsiao, light_words, ones

FIGURE_6 = """
11111111 00001111 00001111 00001100 01101000 10001000 10001000 10000000
11110000 11111111 00000000 11110011 01100100 01000100 01000100 01000000
00110000 11110000 11111111 00001111 00000010 00100010 00100010 00100110
11001111 00000000 11110000 11111111 00000001 00010001 00010001 00010110
01101000 10001000 10001000 10000000 11111111 00001111 00000000 11110011
01100100 01000100 01000100 01000000 11110000 11111111 00001111 00001100
00000010 00100010 00100010 00100110 11001111 00000000 11111111 00001111
00000001 00010001 00010001 00010110 00110000 11110000 11110000 11111111
"""
"""The (72,64) code of figure 6 of Hsiao's paper, without the check bits."""

LOWRISC_ROWS = (0x3800CDBC, 0xC439C325, 0x52D82C63, 0xA4363856, 0x9B833109, 0x2DCF42C0, 0x4364969A)
LOWRISC_SYNDROMES = (0x16, 0x4C, 0x0B, 0x51, 0x49, 0x07, 0x2C, 0x61, 0x13, 0x62, 0x45, 0x0D, 0x58, 0x1C, 0x23, 0x43)
"""The rows of lowRISC's decoder of (39,32), secded_39_32.sv of CVA6, and the syndromes at which it inverts bits 0 to 15."""


def columns_of(rows, width):
    """The columns of rows that are masks."""
    return tuple(sum((row >> bit & 1) << r for r, row in enumerate(rows)) for bit in range(width))


def test_the_figure_of_the_paper():
    """As many ones as in the code here, as many in each row, and nearly as few words of weight 4."""
    rows = [int(line.replace(" ", "")[::-1], 2) for line in FIGURE_6.split("\n") if line]
    figure, here = LinearCode(8, columns_of(rows, 64)), hsiao(64)
    assert sorted(map(ones, figure.columns)) == sorted(map(ones, here.columns))
    assert list(map(ones, figure.rows)) == list(map(ones, here.rows)) == [26] * 8
    assert set(map(ones, figure.columns)) == {3, 5}
    assert (light_words(figure.all_columns), light_words(here.all_columns)) == (8408, 8392)


def test_a_decoder_that_is_built():
    """From its rows follow the syndromes that it compares with; it corrects every single error and detects every double one."""
    code = LinearCode(7, columns_of(LOWRISC_ROWS, 32))
    assert code.columns[:16] == LOWRISC_SYNDROMES
    assert code.rows == LOWRISC_ROWS
    assert sorted(map(ones, code.columns)) == sorted(map(ones, hsiao(32).columns)) == [3] * 32
    data = 0xDEADBEEF
    check = code.encode(data)
    for bit in range(32):
        assert code.decode(data ^ 1 << bit, check) == (data, CORRECTED)
    for a, b in combinations(range(32), 2):
        assert code.decode(data ^ 1 << a ^ 1 << b, check).found == DETECTED
