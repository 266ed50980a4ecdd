"""Linear codes: what H is, that single errors are corrected and double ones are never, and what more errors do."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest

from refsim.spec.linear_codes import (
    CLEAN,
    CODES,
    CORRECTED,
    DETECTED,
    Decoded,
    LinearCode,
    checks_of,
    get_code,
    hamming,
    hsiao,
    light_words,
    ones,
)

WIDTHS = (4, 8, 16, 32, 57, 64)
EVERY = [pytest.param(get_code(name, width), id=f"{name}-{width}") for name in CODES for width in WIDTHS]


def struck(code, data, places):
    """A word that was written and then hit at places, decoded."""
    pattern = sum(1 << place for place in places)
    return code.decode(data ^ pattern & (1 << code.width) - 1, code.encode(data) ^ pattern >> code.width)


def textbook(data, width):
    """The check bits by positions: data in the positions from 3 up that are no powers of two, check bit i in position 2**i the
    parity of all positions that have bit i, and a parity over everything."""
    positions = [n for n in range(3, 3 * width + 9) if n & n - 1][:width]
    word = {p: data >> i & 1 for i, p in enumerate(positions)}
    checks = [sum(bit for p, bit in word.items() if p >> i & 1) % 2 for i in range(max(positions).bit_length())]
    return sum(bit << i for i, bit in enumerate([*checks, (sum(word.values()) + sum(checks)) % 2]))


@pytest.mark.clause("code/check-bits")
@pytest.mark.parametrize(("width", "checks"), [(1, 3), (4, 4), (8, 5), (16, 6), (32, 7), (57, 7), (58, 8), (64, 8), (120, 8)])
def test_check_bits(width, checks):
    """The sizes that everybody knows: (8,4), (13,8), (22,16), (39,32), (64,57), (72,64); and where one more is needed."""
    assert checks_of(width) == checks == hamming(width).checks == hsiao(width).checks


@pytest.mark.clause("code/hamming")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_extended_hamming_code_is_that_of_textbooks(width):
    """Every data bit alone, and scattered words; the whole word has an even number of ones."""
    code = hamming(width)
    for data in [*(1 << bit for bit in range(width)), *(pow(3, 40 + i) % (1 << width) for i in range(20))]:
        assert code.encode(data) == textbook(data, width)
        assert (ones(data) + ones(code.encode(data))) % 2 == 0


@pytest.mark.clause("code/hamming")
def test_columns_of_the_hamming_codes():
    """The columns of (13,8): ascending, all with an odd number of ones."""
    assert [f"{column:05b}" for column in hamming(8).columns] == [
        "10011",
        "10101",
        "10110",
        "00111",
        "11001",
        "11010",
        "01011",
        "11100",
    ]
    for width in WIDTHS:
        low = [column & (1 << checks_of(width) - 1) - 1 for column in hamming(width).columns]
        assert low == sorted(low)
        assert not any(n & n - 1 == 0 for n in low)


@pytest.mark.clause("code/hsiao")
def test_columns_of_the_hsiao_code_of_64_bits():
    """All 56 of weight 3, in lexicographic order of their rows, and the eight rotations of five neighbours."""
    columns = hsiao(64).columns
    assert [[row for row in range(8) if column >> row & 1] for column in columns[:56]] == [
        list(rows) for rows in combinations(range(8), 3)
    ]
    assert set(columns[56:]) == {(0x1F << step | 0x1F >> 8 - step) & 0xFF for step in range(8)}
    assert [f"{column:#04x}" for column in columns[56:]] == ["0x1f", "0xe3", "0x7c", "0x8f", "0xf1", "0x3e", "0xc7", "0xf8"]


@pytest.mark.clause("code/hsiao")
@pytest.mark.parametrize("width", WIDTHS)
def test_hsiao_codes_are_what_he_asks_for(width):
    """No column of even weight, as few ones as there can be, and rows that differ by one at most."""
    code = hsiao(width)
    weights = [ones(column) for column in code.columns]
    assert all(weight % 2 for weight in weights)
    possible = sorted(ones(column) for column in range(1 << code.checks) if ones(column) % 2 and ones(column) > 1)
    assert weights == possible[:width]
    loads = [ones(row) for row in code.rows]
    assert max(loads) - min(loads) <= 1
    assert sum(weights) <= sum(map(ones, hamming(width).columns))


@pytest.mark.clause("code/hsiao")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_order_of_the_columns(width):
    """The rule once more, with sets of rows and loads kept row by row."""
    checks, found, loads = checks_of(width), [], Counter()
    for weight in (3, 5, 7):
        of_weight = list(combinations(range(checks), weight))
        every = len(found) + len(of_weight) <= width
        while of_weight and len(found) < width:
            rows = of_weight[0] if every else min(of_weight, key=lambda rows: (sum(loads[row] for row in rows), rows))
            of_weight.remove(rows)
            found.append(sum(2**row for row in rows))
            loads.update(rows)
    assert hsiao(width).columns == tuple(found)


@pytest.mark.clause("code/hsiao")
def test_each_row_of_the_hsiao_code_of_64_bits_has_27_ones():
    """26 data bits and a check bit: 216 ones in all."""
    assert [ones(row) + 1 for row in hsiao(64).rows] == [27] * 8


@pytest.mark.clause("code/encode", "code/syndrome")
@pytest.mark.parametrize("code", EVERY)
def test_check_bits_are_parities_of_rows(code):
    """The other way round: row by row. What was written has the syndrome zero, and one wrong bit that of its column."""
    for data in (0, 1, (1 << code.width) - 1, pow(5, 60) % (1 << code.width)):
        check = code.encode(data)
        assert check == sum((ones(data & row) & 1) << r for r, row in enumerate(code.rows))
        assert code.syndrome(data, check) == 0
        for place, column in enumerate(code.all_columns):
            pattern = 1 << place
            assert code.syndrome(data ^ pattern & (1 << code.width) - 1, check ^ pattern >> code.width) == column


@pytest.mark.clause("code/decode")
@pytest.mark.parametrize("code", EVERY)
def test_every_single_error_is_corrected_and_no_double_one(code):
    """All of both. The data are then right, or those that are stored."""
    data = pow(7, 50) % (1 << code.width)
    assert struck(code, data, ()) == Decoded(data, CLEAN)
    for place in range(code.bits):
        assert struck(code, data, (place,)) == Decoded(data, CORRECTED)
    for places in combinations(range(code.bits), 2):
        stored = data ^ sum(1 << place for place in places if place < code.width)
        assert struck(code, data, places) == Decoded(stored, DETECTED)


@pytest.mark.clause("code/decode")
@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("width", [4, 8])
def test_every_word_is_read_as_the_nearest_written_one(name, width):
    """Brute force over all written words: one at a distance of at most one, or none; and over all syndromes, each of which
    has as many patterns."""
    code = get_code(name, width)
    written = [data | code.encode(data) << width for data in range(1 << width)]
    assert min(ones(a ^ b) for a, b in combinations(written, 2)) == 4
    told = Counter()
    for word in range(1 << code.bits):
        found = code.decode(word & (1 << width) - 1, word >> width)
        near = [w for w in written if ones(w ^ word) <= 1]
        assert found.found == ((CLEAN if near[0] == word else CORRECTED) if near else DETECTED)
        assert found.data == (near[0] if near else word) & (1 << width) - 1
        told[found.found] += 1
    assert told == {
        CLEAN: 1 << width,
        CORRECTED: code.bits << width,
        DETECTED: ((1 << code.checks) - 1 - code.bits) << width,
    }


@pytest.mark.clause("code/decode")
@pytest.mark.parametrize(("name", "words", "triples"), [("hamming", 11326, "0.7596"), ("hsiao", 8392, "0.5628")])
def test_what_more_errors_do_depends_on_the_matrix(name, words, triples):
    """The published figures of both codes of 72 bits: words of weight 4, and triple errors that are corrected wrongly."""
    code = get_code(name, 64)
    assert light_words(code.all_columns) == words
    assert f"{float(Fraction(4 * words, 59640)):.4f}" == triples


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("width", [4, 8, 16])
def test_words_of_weight_four_make_the_wrong_corrections_of_three_errors(name, width):
    """Counted one by one: every such word has four patterns of three."""
    code = get_code(name, width)
    found = Counter(struck(code, 0, places).found for places in combinations(range(code.bits), 3))
    assert found[CORRECTED] == 4 * light_words(code.all_columns)
    assert found[CLEAN] == 0
    unnoticed = sum(struck(code, 0, places).found == CLEAN for places in combinations(range(code.bits), 4))
    assert unnoticed == light_words(code.all_columns)


@pytest.mark.parametrize(
    ("p", "two", "more"), [("1/10000", "2.5e-05", "5.9e-08"), ("1/1000", "2.4e-03", "5.7e-05"), ("1/100", "1.3e-01", "3.6e-02")]
)
def test_how_often_a_word_has_two_and_more_wrong_bits(p, two, more):
    """The binomial of 72 bits, exactly, against the published figures."""
    p = Fraction(p)
    triangle = [1]
    for _ in range(72):
        triangle = [a + b for a, b in zip([0, *triangle], [*triangle, 0], strict=True)]
    chances = [n * p**k * (1 - p) ** (72 - k) for k, n in enumerate(triangle)]
    assert sum(chances) == 1
    assert f"{float(chances[2]):.1e}" == two
    assert f"{float(1 - sum(chances[:3])):.1e}" == more


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((0,), "column of data bit 0 is 0x0, not two or more of 3 bits"),
        ((3, 4), "column of data bit 1 is 0x4, not two or more of 3 bits"),
        ((3, 8), "column of data bit 1 is 0x8"),
        ((-5,), "column of data bit 0 is -0x5"),
        ((3, 5, 3), "two data bits have the column 0x3"),
    ],
)
def test_columns_that_are_no_code(columns, message):
    """Each would make single errors look alike, or like none."""
    with pytest.raises(ValueError, match=message):
        LinearCode(3, columns)


def test_what_is_refused():
    """Unknown codes, no bits, and words that do not fit, whatever is asked of them."""
    with pytest.raises(ValueError, match="unknown code 'golay'; the codes are hamming, hsiao"):
        get_code("golay", 64)
    with pytest.raises(ValueError, match="1 or more data bits, not 0"):
        get_code("hsiao", 0)
    for checks in (-1, 3):
        with pytest.raises(ValueError, match=f"a code of {checks} check bits has 1 or more data bits, not 0"):
            LinearCode(checks, ())
    for ask, message in (
        (lambda code: code.encode(256), r"the data of a word of 8 \+ 5 bits are 0x100, not 8 bits"),
        (lambda code: code.encode(-1), "the data"),
        (lambda code: code.decode(0, 32), r"the check bits of a word of 8 \+ 5 bits are 0x20, not 5 bits"),
        (lambda code: code.syndrome(0, -1), "the check bits"),
    ):
        with pytest.raises(ValueError, match=message):
            ask(hsiao(8))


@pytest.mark.clause("code/decode")
def test_a_matrix_of_ones_own():
    """The (7,4) code of Hamming, which corrects and never detects, and one with room for a syndrome of no bit."""
    perfect = LinearCode(3, (3, 5, 6, 7))
    assert {struck(perfect, 9, places).found for places in combinations(range(7), 2)} == {CORRECTED}
    loose = LinearCode(4, (7, 11))
    assert loose.decode(0, 0b1101) == Decoded(0, DETECTED)
    assert loose.decode(0, 0b1110) == Decoded(0, DETECTED)
