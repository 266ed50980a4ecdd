"""Memory images as text: written out, read back, damaged, and loaded by a Verilog simulator."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.images import digits, read_image, write_image
from refsim.spec.packing import get_packing, pack_words

BENCH = """
module bench;
  reg [{width}-1:0] memory [0:{depth}-1];
  integer i;
  initial begin
    $readmemh("{path}", memory);
    for (i = 0; i < {depth}; i = i + 1) $display("%h", memory[i]);
  end
endmodule
"""


@pytest.mark.clause("images/text")
def test_words_by_line():
    """A word a line, zeros in front, comments first; addresses where the words are not consecutive."""
    assert write_image([0x1, 0x2F, 0x3FF], 10) == "001\n02f\n3ff\n"
    assert write_image([7], 4, ["packed lsb_first", ""]) == "// packed lsb_first\n//\n7\n"
    assert write_image({17: 3, 0: 1, 16: 2}, 2) == "1\n@10\n2\n3\n"
    assert write_image({5: 1}, 33) == "@5\n000000001\n"
    assert write_image([], 8) == ""


@pytest.mark.clause("images/text")
@pytest.mark.parametrize(
    ("words", "width", "comments", "message"),
    [
        ([0, 256], 8, (), "word 0x100 at address 0x1 is not in 0..0xff"),
        ([-1], 8, (), "word -0x1 at address 0x0 is not in 0..0xff"),
        ({-1: 0}, 8, (), "address -1 is negative"),
        ([0], 0, (), "the width of a word is 0, not 1 bit or more"),
        ([0], 8, ("a\nb",), "comment 'a\\nb' is not one line of printable 7-bit characters"),
        ([0], 8, ("\u00b5",), "comment '\u00b5' is not one line of printable 7-bit characters"),
    ],
)
def test_what_cannot_be_written(words, width, comments, message):
    """What does not fit in a line is said, with its address."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        write_image(words, width, comments)


@pytest.mark.clause("images/read", "images/text")
@given(st.integers(1, 130), st.data())
def test_what_is_written_is_read(width, data):
    """Words of any width at any addresses come back, and the text is of 7-bit lines."""
    word = st.integers(0, (1 << width) - 1)
    words = data.draw(st.dictionaries(st.integers(0, 40), word) | st.lists(word))
    text = write_image(words, width, ["made by a test"])
    assert read_image(text, width) == (dict(enumerate(words)) if isinstance(words, list) else words)
    assert text.isascii()
    assert {len(line) for line in text.splitlines() if line[0] not in "/@"} <= {digits(width)}


@pytest.mark.clause("images/read")
def test_what_others_write_is_read():
    """Both cases, underscores, blanks, comments, empty lines, carriage returns, and addresses that go back."""
    text = "// head\n\nAB_cd // first\n@10\n  0000\t//\n@2 // back\n0001\n"
    assert read_image(text, 16) == {0: 0xABCD, 0x10: 0, 2: 1}
    assert read_image(text.replace("\n", "\r\n"), 16) == read_image(text, 16)
    assert list(read_image(text, 16)) == [0, 0x10, 2]


@pytest.mark.clause("images/damage", "images/line", "images/word")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("00\n01", "line 2: the text ends in the middle of a line"),
        ("00", "line 1: the text ends in the middle of a line"),
        ("00\n01 // \u00b5\n", "line 2: '\u00b5' is no 7-bit character"),
        ("00\n0x\n", "line 2: '0x' is no word of hexadecimal digits, no @address and no // comment"),
        ("zz\n", "line 1: 'zz' is no word of hexadecimal digits"),
        ("# 00\n", "line 1: '# 00' is no word of hexadecimal digits"),
        ("/* 00 */\n", "line 1: '/* 00 */' is no word of hexadecimal digits"),
        ("00 01\n", "line 1: '00 01' is no word of hexadecimal digits"),
        ("_00\n", "line 1: '_00' is no word of hexadecimal digits"),
        ("@\n", "line 1: '@' is no word of hexadecimal digits"),
        ("@ 1\n", "line 1: '@ 1' is no word of hexadecimal digits"),
        ("\n0\n", "line 2: 0 has 1 digits, and a word of 6 bits has 2"),
        ("000\n", "line 1: 000 has 3 digits, and a word of 6 bits has 2"),
        ("3f\n40\n", "line 2: word 40 does not fit in 6 bits"),
        ("00\n@0\n00\n", "line 3: address 0x0 has a word already"),
    ],
)
def test_damaged_images(text, message):
    """What a simulator would read otherwise, or not at all, is refused with the line."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        read_image(text, 6)


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")
@pytest.mark.clause("images/text", "images/read")
@pytest.mark.parametrize(("name", "width"), [("lsb_first:32:little", 6), ("msb_first:24:big:whole", 5), ("lsb_first", 3)])
def test_icarus_loads_these_words(name, width, tmp_path):
    """$readmemh of Icarus Verilog gives each word of an image, and nothing at addresses that have none."""
    packing = get_packing(name, width)
    words = pack_words([37 * i % (1 << width) for i in range(19)], packing)
    placed = {address + (5 if address > 1 else 0): word for address, word in enumerate(words)}
    image, source, program = tmp_path / "image.mem", tmp_path / "bench.v", tmp_path / "bench"
    image.write_text(write_image(placed, packing.word, [f"{width} bits, {packing}"]))
    depth = max(placed) + 2
    source.write_text(BENCH.format(width=packing.word, depth=depth, path=image))
    subprocess.run(["iverilog", "-Wall", "-o", program, source], check=True, capture_output=True)
    ran = subprocess.run(["vvp", "-n", program], check=True, capture_output=True, text=True)
    shown = [line for line in ran.stdout.splitlines() if "Not enough words" not in line]
    assert [int(line, 16) if "x" not in line else None for line in shown] == [placed.get(at) for at in range(depth)]
    assert read_image(image.read_text(), packing.word) == placed
