"""Files of MATLAB, against SciPy, which writes and reads them, and against files written here byte by byte."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from refsim.nn.data.mat import CLASSES, mat_arrays, mat_headers

SHAPES = [(1, 1), (3, 1), (2, 3), (2, 3, 4), (2, 1, 3, 2), (0, 3)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", CLASSES.values())
def test_arrays_are_those_of_scipy(tmp_path, dtype, packed):
    bounds = np.finfo(dtype) if dtype[0] == "f" else np.iinfo(dtype)
    arrays = {}
    for i, shape in enumerate(SHAPES):
        values = np.resize(np.array([bounds.min, 0, 1, bounds.max], dtype), shape)
        arrays |= {f"c{i}": values, f"f{i}": np.asfortranarray(values)}
    path = tmp_path / "file.mat"
    savemat(path, arrays, do_compression=packed)
    assert {name: (head.shape, head.dtype) for name, head in mat_headers(path).items()} == {
        name: (array.shape, array.dtype) for name, array in arrays.items()
    }
    found, theirs = mat_arrays(path, arrays), loadmat(path)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert np.array_equal(found[name], theirs[name])
    assert list(mat_arrays(path, ["c2"])) == ["c2"]


def test_what_is_no_array_of_real_numbers_is_left_out(tmp_path):
    path = tmp_path / "file.mat"
    cell = np.array([np.ones(2), "text"], object)
    savemat(path, {"text": "word", "struct": {"a": 1}, "cell": cell, "complex": np.ones(2) * 1j, "true": np.ones((2, 2), bool)})
    assert list(mat_headers(path)) == ["true"]
    assert mat_arrays(path, ["true", "text"])["true"].tolist() == [[1, 1], [1, 1]]


def element(kind, content, order="<"):
    """An element, filled up to eight bytes."""
    return struct.pack(f"{order}II", kind, len(content)) + content + bytes(-len(content) % 8)


def array(
    order="<", *, kind=6, stored=4, numbers=b"\1\0\2\0\3\0\4\0", shape=(2, 2), name=b"cube", flags=0, axes_kind=5, name_kind=1
):
    """An array of doubles that are stored as 16-bit numbers, as MATLAB does to save room."""
    parts = element(6, struct.pack(f"{order}II", kind | flags, 0), order)
    parts += element(axes_kind, struct.pack(f"{order}{len(shape)}i", *shape), order)
    parts += element(name_kind, name, order) + element(stored, numbers, order)
    return element(14, parts, order)


def file(path, *elements, order="<", version=0x0100):
    """A file of these elements."""
    mark = b"IM" if order == "<" else b"MI"
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", version) + mark + b"".join(elements))
    return path


def test_both_orders_of_bytes_and_narrow_numbers(tmp_path):
    for order, numbers in (("<", b"\1\0\2\0\3\0\4\0"), (">", b"\0\1\0\2\0\3\0\4")):
        path = file(tmp_path / "file.mat", array(order, numbers=numbers), order=order)
        found = mat_arrays(path, ["cube"])["cube"]
        assert (found.tolist(), found.dtype) == ([[1, 3], [2, 4]], np.float64), "columns first"
        assert np.array_equal(loadmat(path)["cube"], found)


BOMB = zlib.compress(array(shape=(1 << 12, 1), stored=2, numbers=bytes(1 << 24)))
PACKED = zlib.compress(array())


@pytest.mark.parametrize(
    ("elements", "why"),
    [
        ([array(stored=8)], "the array 'cube' of float64 has numbers of the type 8"),
        ([array(stored=255)], "has numbers of the type 255"),
        ([array(kind=8, stored=7, shape=(1, 2))], "the array 'cube' of int8 has numbers of the type 7"),
        ([array(shape=(2, 3))], r"of shape \(2, 3\) has 8 bytes, not 12"),
        ([array(shape=(1 << 30, 1 << 30))], "has 8 bytes, not 2305843009213693952"),
        ([array(shape=(-2, 2))], "has no name, or axes of negative size"),
        ([array(name_kind=2)], "has no name, or axes of negative size"),
        ([array(shape=(4,))], "an array has 1 axes, not 2 to 8"),
        ([array(shape=(1,) * 9)], "an array has 9 axes, not 2 to 8"),
        ([array(axes_kind=6)], "axes, not 2 to 8"),
        ([array(name=b"\xff")], "ascii"),
        ([array(), array()], "the array 'cube' comes twice"),
        ([array()[:-8]], "it ends in the element at byte 128"),
        ([element(1, b"1234")], "the element at byte 128 has the type 1"),
        ([struct.pack("<II", 5 << 16 | 1, 0)], "an element at byte 128 has 5 bytes in its tag"),
        ([element(14, element(5, bytes(8)))], "an array has no flags"),
        ([struct.pack("<II", 15, len(BOMB)) + BOMB], "a packed array has more bytes than numbers"),
        ([struct.pack("<II", 15, len(PACKED) - 5) + PACKED[:-5]], "or less than it should"),
        ([element(15, zlib.compress(element(1, b"1234")))], "a packed element is no array"),
    ],
)
def test_damaged_files_are_refused(tmp_path, elements, why):
    """With a type that is none, SciPy 1.17.1 ends the process."""
    path = file(tmp_path / "file.mat", *elements)
    with pytest.raises(ValueError, match=why):
        for _ in mat_headers(path):
            mat_arrays(path, ["cube"])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it has no header of level 5"),
        (bytes(128), "it has no header of level 5"),
        (bytes(124) + b"\0\3IM", "its version is 0x0300, not 0x0100"),
        (bytes(124) + b"\0\2IM", "it is of MATLAB 7.3, which is not read; save it with -v7"),
    ],
)
def test_other_headers_are_refused(tmp_path, content, why):
    (tmp_path / "file.mat").write_bytes(content)
    with pytest.raises(ValueError, match=why):
        mat_headers(tmp_path / "file.mat")
