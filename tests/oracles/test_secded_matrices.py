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
LOWRISC_SYNDROMES = bytes.fromhex("164c0b5149072c61 1362450d581c2343 323868260e4a6434 70542a311529461a")
"""The rows of lowRISC's decoder of (39,32), secded_39_32.sv of CVA6, and the syndromes at which it inverts bits 0 to 31."""


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


def lowrisc(data, check):
    """The decoder of that file: data, and whether it reports a single or a double error."""
    syndrome = sum(((data & row).bit_count() + (check >> r & 1)) % 2 << r for r, row in enumerate(LOWRISC_ROWS))
    read = sum(((LOWRISC_SYNDROMES[bit] == syndrome) ^ data >> bit & 1) << bit for bit in range(32))
    odd = syndrome.bit_count() % 2 == 1
    return read, odd, not odd and syndrome != 0


def test_a_decoder_that_is_built():
    """From its rows follow the syndromes that it compares with, and it is of the kind that Hsiao asks for."""
    code = LinearCode(7, columns_of(LOWRISC_ROWS, 32))
    assert bytes(code.columns) == LOWRISC_SYNDROMES
    assert code.rows == LOWRISC_ROWS
    assert sorted(map(ones, code.columns)) == sorted(map(ones, hsiao(32).columns)) == [3] * 32
    assert sorted(map(ones, code.rows)) == sorted(map(ones, hsiao(32).rows)) == [13, 13, 14, 14, 14, 14, 14]


def test_readings_of_the_decoder_that_is_built():
    """The same data for all single, all double and every seventh triple error. It reports every odd syndrome as a single error;
    here one that no bit has is detected.
    """
    code, data = LinearCode(7, columns_of(LOWRISC_ROWS, 32)), 0xDEADBEEF
    check, odd_of_no_bit = code.encode(data), 0
    for many, step in ((0, 1), (1, 1), (2, 1), (3, 7)):
        for places in list(combinations(range(39), many))[::step]:
            pattern = sum(1 << place for place in places)
            word = data ^ pattern & 0xFFFFFFFF, check ^ pattern >> 32
            found, (read, single, double) = code.decode(*word), lowrisc(*word)
            assert found.data == read
            if single and found.found == DETECTED:
                odd_of_no_bit += 1
            else:
                assert (single, double) == (found.found == CORRECTED, found.found == DETECTED)
    assert odd_of_no_bit > 100
