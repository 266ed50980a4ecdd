"""Archives of arrays: what NumPy writes and reads, and what no file may do."""

import io
import json
import zipfile

import numpy as np
import pytest

from refsim.nn.storage import DamagedNetwork, npz_bytes, read_json, read_npz, save

ARRAYS = {"a": np.arange(6, dtype=np.uint8).reshape(2, 3), "b.c": np.array(7, np.uint16), "none": np.zeros((0, 3), np.uint32)}
EXPECTED = {name: (array.shape, array.dtype) for name, array in ARRAYS.items()}


def test_numpy_reads_what_is_written(tmp_path):
    """And the other way round; the bytes are the same each time."""
    path = tmp_path / "a.npz"
    save(path, npz_bytes(ARRAYS))
    with np.load(path) as archive:
        assert {name: archive[name].tolist() for name in archive} == {name: array.tolist() for name, array in ARRAYS.items()}
    for write in (np.savez, np.savez_compressed):
        write(path, **ARRAYS)
        found = read_npz(path, EXPECTED)
        assert all((found[name] == array).all() and found[name].dtype == array.dtype for name, array in ARRAYS.items())
    assert npz_bytes(ARRAYS) == npz_bytes(ARRAYS)
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_fortran_order(tmp_path):
    """An array that was stored column by column is the same array."""
    path, array = tmp_path / "a.npz", np.asfortranarray(np.arange(6).reshape(2, 3))
    np.savez(path, a=array)
    assert (read_npz(path, {"a": (array.shape, array.dtype)})["a"] == array).all()


def member(header, content):
    """An archive with an array of any header."""
    buffer = io.BytesIO()
    text = header.encode()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content)
    return buffer.getvalue()


def header(**more):
    """The header of a 2 x 3 array of bytes, or of another."""
    return str({"descr": "|u1", "fortran_order": False, "shape": (2, 3), **more}) + "\n"


def cut(content):
    """Half of a file."""
    return content[: len(content) // 2]


GOOD = npz_bytes({"a": ARRAYS["a"]})
BAD = {
    "empty": (b"", "is no undamaged .npz file"),
    "text": (b"hello", "is no undamaged .npz file"),
    "cut": (cut(GOOD), "is no undamaged .npz file"),
    "flipped": (GOOD[:60] + bytes([GOOD[60] ^ 255]) + GOOD[61:], "is no undamaged .npz file"),
    "other name": (npz_bytes({"b": ARRAYS["a"]}), "has no array 'a'"),
    "other shape": (npz_bytes({"a": ARRAYS["a"].T}), "has 'a' as (3, 2) of uint8, not (2, 3) of uint8"),
    "other type": (npz_bytes({"a": ARRAYS["a"].astype(np.int8)}), "has 'a' as (2, 3) of int8, not (2, 3) of uint8"),
    "huge": (member(header(shape=(1 << 40, 1 << 40)), b""), "has 'a' as (1099511627776, 1099511627776)"),
    "short": (member(header(), b"12345"), "has 'a' with 5 bytes, not 6"),
    "long": (member(header(), b"1" * 1000), "has 'a' with 7 bytes or more, not 6"),
    "pickle": (member(header(descr="|O"), b"cos\nsystem\n"), "has 'a' as (2, 3) of object"),
    "code": (member("__import__('os').system('true')", b""), "is no undamaged .npz file"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_damaged_archives(tmp_path, content, message):
    """One line says what is wrong with which file."""
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(DamagedNetwork) as caught:
        read_npz(path, {"a": EXPECTED["a"]})
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_every_cut_and_every_flip(tmp_path):
    """However a file is cut short it is refused, and a flipped bit is refused or changes nothing that is read."""
    path = tmp_path / "a.npz"
    for length in range(len(GOOD)):
        path.write_bytes(GOOD[:length])
        with pytest.raises(DamagedNetwork):
            read_npz(path, {"a": EXPECTED["a"]})
    for place in range(len(GOOD)):
        path.write_bytes(GOOD[:place] + bytes([GOOD[place] ^ 4]) + GOOD[place + 1 :])
        try:
            assert (read_npz(path, {"a": EXPECTED["a"]})["a"] == ARRAYS["a"]).all()
        except DamagedNetwork:
            continue


def test_codes_that_have_no_place():
    """Python's integers would be stored as code that is run."""
    with pytest.raises(ValueError, match="the array a has codes of more than 64 bits"):
        npz_bytes({"a": np.array([1 << 70], dtype=object)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' comes twice"),
        ("[NaN]", "NaN is no JSON"),
        ("[" * 100000, "is nested too deep"),
        ("[" + "1" * 5000 + "]", "is no JSON"),
        ("\udcff", "is no JSON"),
    ],
    ids=range(7),
)
def test_damaged_json(tmp_path, text, message):
    """Whatever is wrong is one line with the name of the file."""
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DamagedNetwork) as caught:
        read_json(path)
    assert message in str(caught.value)


def test_json(tmp_path):
    """What is JSON is read."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"a": [1, None, "x"]}))
    assert read_json(path) == {"a": [1, None, "x"]}
