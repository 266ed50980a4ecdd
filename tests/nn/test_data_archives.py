"""Data sets in .npz and .mat files, as NumPy and SciPy write them, and files that mean harm."""

import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from refsim.nn.data import DamagedData, get_data
from refsim.nn.data.cubes import patches

CUBE = np.arange(7 * 9 * 4, dtype=np.int16).reshape(7, 9, 4) - 50
LABELS = (np.arange(63).reshape(7, 9) // 3 % 4 * 10).astype(np.uint8)
SPLIT = {
    "train_x": np.linspace(0, 1, 24, dtype=np.float32).reshape(3, 2, 2, 2),
    "train_t": np.array([0, 2, 1]),
    "test_x": np.zeros((1, 2, 2, 2), np.float32),
    "test_t": np.array([1], np.uint8),
}
WRITERS = {".npz": lambda path, arrays: np.savez(path, **arrays), ".mat": savemat}


def written(path, **arrays):
    """The path of a file, with these arrays in it."""
    WRITERS[path.suffix](path, arrays)
    return str(path)


def test_a_split_file_is_taken_as_it_is(tmp_path):
    data = get_data(written(tmp_path / "mine.npz", **SPLIT))
    assert (data.name, data.classes) == ("mine", ("0", "1", "2"))
    for field, array in SPLIT.items():
        assert np.array_equal(getattr(data, field), array)
    labels = {"train_t": np.full((3, 2, 2), -1), "test_t": np.ones((1, 2, 2), np.int32)}
    assert get_data(written(tmp_path / "mine.npz", **SPLIT | labels)).classes == ("0", "1")


def test_names_of_keras_have_channels_last(tmp_path):
    x = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    parts = {"x_train": x, "y_train": np.array([[1], [0]], np.uint8), "x_test": x[:1], "y_test": np.array([[1]])}
    data = get_data(written(tmp_path / "mine.npz", **parts))
    assert data.shape == (3, 3, 4)
    assert data.train_x[1, 2, 0, 3] == np.float32(x[1, 0, 3, 2]) / np.float32(255)
    assert data.train_t.tolist() == [1, 0]
    grey = get_data(written(tmp_path / "mine.npz", **parts | {"x_train": x[..., 0], "x_test": x[:1, ..., 1]}))
    assert grey.shape == (1, 3, 4)


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_cube_is_cut_into_patches(tmp_path, suffix):
    path = written(tmp_path / f"mine{suffix}", cube=CUBE, truth=LABELS, wavelengths=np.arange(4.0))
    data = get_data(path, size=3)
    assert (data.name, data.classes) == ("mine", ("10", "20", "30"))
    assert (data.train_x.shape, data.test_x.shape, data.test_t.shape) == ((5, 4, 3, 3), (1, 4, 3, 3), (1, 3, 3))
    places = np.array([-1, 0, 1, 2])[LABELS // 10]
    corners = [(slice(row, row + 3), slice(column, column + 3)) for row in (0, 3) for column in (0, 3, 6)]
    cut = [(CUBE[at].transpose(2, 0, 1).astype(float), places[at].tolist()) for at in corners]
    tested = [k for k in range(6) if expected(cut, k) == outcome(data)]
    assert len(tested) == 1


def expected(cut, k):
    """Patches to learn from in any order, and the one to test with, when it is number ``k``."""
    learn = cut[:k] + cut[k + 1 :]
    low, high = min(x.min() for x, _ in learn), max(x.max() for x, _ in learn)
    scaled = [(np.float32((np.clip(x, low, high) - low) / (high - low)).tolist(), t) for x, t in cut]
    return sorted(scaled[:k] + scaled[k + 1 :]), [scaled[k]]


def outcome(data):
    """The same of a data set."""
    learn, test = ((data.train_x, data.train_t), (data.test_x, data.test_t))
    return tuple(sorted(zip(x.tolist(), t.tolist(), strict=True)) for x, t in (learn, test))


def test_numbers_go_from_the_least_to_the_greatest_of_the_training_part(tmp_path):
    cube = np.zeros((2, 8, 1)) + np.repeat([1.0, 2.0, 3.0, 5.0], 2)[:, np.newaxis]
    path = written(tmp_path / "mine.npz", cube=cube, truth=np.ones((2, 8), int))
    seen = set()
    for seed in range(30):
        data = get_data(path, size=2, seed=seed)
        known = {x[0, 0, 0] for x in data.train_x}
        left = float(data.test_x[0, 0, 0, 0])
        seen.add((tuple(sorted(float(k) for k in known)), left))
    third, quarter, half = float(np.float32(1 / 3)), 0.25, 0.5
    assert seen == {
        ((0, third, 1), 0),
        ((0, half, 1), quarter),
        ((0, quarter, 1), half),
        ((0, half, 1), 1),
    }


def test_several_cubes_and_labels_elsewhere(tmp_path):
    cubes = np.random.default_rng(0).random((5, 4, 4, 2))
    truth = np.random.default_rng(1).integers(0, 3, (5, 4, 4)).astype(float)
    path = written(tmp_path / "cubes.mat", x=cubes, other=cubes)
    labels = written(tmp_path / "truth.npz", y=truth, z=truth)
    data = get_data(path, cube="x", labels="y", labels_file=labels, unlabelled=-1, size=4)
    assert len(data.train_x) + len(data.test_x) == 5
    assert data.classes == ("0", "1", "2")
    assert data.train_t.min() == 0
    assert get_data(path, cube="x", labels="y", labels_file=labels, size=2).train_t.min() == -1


def test_patches_without_labels_are_dropped(tmp_path):
    truth = LABELS.copy()
    truth[:3, :3] = 0
    data = get_data(written(tmp_path / "mine.npz", cube=CUBE, truth=truth), size=3)
    assert len(data.train_x) + len(data.test_x) == 5


def test_patches():
    x = np.arange(2 * 1 * 4 * 5).reshape(2, 1, 4, 5)
    assert patches(x, 2)[:, 0].tolist() == [
        [[n, n + 1], [n + 5, n + 6]] for start in (0, 20) for n in (start, start + 2, start + 10, start + 12)
    ]


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(
    ("arrays", "options", "why"),
    [
        ({}, {}, "has 0 arrays that can be a cube"),
        ({"a": CUBE, "b": CUBE}, {}, "has 2 arrays that can be a cube: a, b"),
        ({"a": CUBE}, {}, r"has 0 arrays that can be a map of labels of shape \(7, 9\)"),
        ({"a": CUBE, "b": LABELS}, {"cube": "b"}, "has no cube named 'b'; possible are a"),
        ({"a": CUBE, "b": LABELS}, {"labels": "a"}, "has no map of labels of shape .7, 9. named 'a'; possible are b"),
        ({"a": CUBE, "b": LABELS + 0.5}, {}, "has labels in 'b' that are no whole numbers"),
        ({"a": CUBE, "b": np.full((7, 9), np.nan)}, {}, "has labels in 'b' that are no whole numbers"),
        ({"a": CUBE, "b": np.full((7, 9), 1e300)}, {}, "has labels in 'b' that are no whole numbers, or beyond"),
        ({"a": CUBE + np.inf, "b": LABELS}, {}, "has a number in 'a' that is not finite"),
        ({"a": CUBE, "b": LABELS * 0}, {}, "has 0 labels besides 0"),
        ({"a": np.zeros((40, 40, 1)), "b": np.arange(1600).reshape(40, 40)}, {}, "has 1599 labels besides 0"),
        ({"a": CUBE, "b": LABELS}, {}, "no patch of 32 x 32 fits on an image of 7 x 9"),
        ({"a": CUBE, "b": LABELS}, {"size": 0}, "no patch of 0 x 0 fits"),
        ({"a": CUBE, "b": LABELS}, {"size": 4}, "gives 2 labelled patches of 4 x 4, less than 4: cut smaller ones"),
        ({"a": CUBE, "b": LABELS}, {"size": "3"}, "an option is of another type"),
        ({"a": CUBE, "b": LABELS}, {"bands": 3}, "has no option 'bands'; there are cube, labels"),
        ({"a": CUBE, "b": LABELS}, {"labels_file": "nothing.npz"}, "there is no file 'nothing.npz' of labels"),
    ],
)
def test_files_that_are_no_cube_are_refused(tmp_path, suffix, arrays, options, why):
    path = written(tmp_path / f"mine{suffix}", **arrays)
    with pytest.raises(ValueError, match=why) as error:
        get_data(path, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changed", "options", "why"),
    [
        ({"train_x": SPLIT["train_x"] * 255}, {}, "train images of numbers from 0.0 to 255.0"),
        ({"train_x": SPLIT["train_x"].astype(np.float64) * 1e300}, {}, "train images of numbers from 0.0 to inf"),
        ({"train_x": SPLIT["train_x"][:2]}, {}, "train labels of int64 of shape"),
        ({"train_x": SPLIT["train_x"].ravel()}, {}, "train images of float32 of shape"),
        ({"test_x": np.zeros((0, 2, 2, 2))}, {}, "test images of float32 of shape"),
        ({"train_t": np.array([0.0, 1.0, 2.0])}, {}, "labels are whole numbers, not float64"),
        ({"train_t": np.array([0, 1, -1])}, {}, "train labels from -1 to 1"),
        ({"train_t": np.array([0, 1, 10**9])}, {}, "there is a label 1000000000; labels are below 1000"),
        ({}, {"cube": "train_x"}, "is split already"),
    ],
)
def test_split_files_that_are_no_set_are_refused(tmp_path, changed, options, why):
    path = written(tmp_path / "mine.npz", **SPLIT | changed)
    with pytest.raises(ValueError, match=why) as error:
        get_data(path, **options)
    assert "\n" not in str(error.value)


class Harm:
    """What a pickle would call."""

    def __reduce__(self):
        raise AssertionError


def member(shape, dtype, content):
    """The bytes of an .npy file with any header."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue() + content


@pytest.mark.parametrize(
    ("member_bytes", "why"),
    [
        (member((1 << 40, 2, 2), "|u1", b""), "of 4398046511104 numbers, more than the 268435456 that are read"),
        (member((4, 4, 2), "<f8", b"\0" * 255), "with 255 bytes, not 256"),
        (member((4, 4, 2), "<f8", b"\0" * 257), "or more, not 256"),
        (member((4, 4, 2), "|O", b"cos\nsystem\n"), "has 0 arrays that can be a cube"),
        (
            b"\x93NUMPY\1\0" + struct.pack("<H", 60) + b"{'descr': __import__('os').system('false'), 'shape': (1,)}\n",
            "is no undamaged",
        ),
        (b"nothing", "is no undamaged .npz file"),
        (b"\x93NUMPY\7\0", "is no undamaged .npz file"),
    ],
    ids=["huge", "short", "long", "object", "code", "text", "version"],
)
def test_an_npz_that_means_harm_is_refused(tmp_path, member_bytes, why):
    with zipfile.ZipFile(tmp_path / "mine.npz", "w") as archive:
        archive.writestr("cube.npy", member_bytes)
        archive.writestr("truth.npy", member((4, 4), "|u1", b"\1" * 16))
        archive.writestr("wide.npy", member((1 << 40, 2), "|u1", b""))
    with pytest.raises(DamagedData, match=why) as error:
        get_data(str(tmp_path / "mine.npz"))
    assert "\n" not in str(error.value)


def test_other_files_are_refused(tmp_path):
    for suffix, content in (
        (".npz", b"PK\3\4"),
        (".npz", b""),
        (".mat", b""),
        (".mat", b"\0" * 200),
        (".mat", b"MATLAB 5.0" * 30),
    ):
        path = tmp_path / f"mine{suffix}"
        path.write_bytes(content)
        with pytest.raises(DamagedData, match=f"is no undamaged {suffix} file") as error:
            get_data(str(path))
        assert "\n" not in str(error.value)
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\x89HDF\r\n\x1a\n" + bytes(500))
    with pytest.raises(DamagedData, match=r"it is of MATLAB 7\.3, which is not read; save it with -v7"):
        get_data(str(path))


def bytes_of(suffix, folder):
    """A good file's content."""
    path = folder / f"good{suffix}"
    WRITERS[suffix](path, {"cube": CUBE, "truth": LABELS})
    return path.read_bytes()


@pytest.mark.parametrize("suffix", WRITERS)
@given(data=st.data())
def test_a_changed_byte_is_read_or_refused(tmp_path_factory, suffix, data):
    """No byte of a file leads to anything but a data set or a refusal."""
    good = bytes_of(suffix, tmp_path_factory.getbasetemp())
    at, byte = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(good), at + 1]))
    path = tmp_path_factory.getbasetemp() / f"changed{suffix}"
    path.write_bytes((good[:at] + bytes([byte]) + good[at + 1 :])[:end])
    try:
        found = get_data(str(path), size=3)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert len(found.train_x) <= 6
