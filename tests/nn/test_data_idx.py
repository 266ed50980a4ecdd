"""IDX files, against files written here as the format is described, byte by byte."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.nn.data import DamagedData, MissingData, get_data, names
from refsim.nn.data.idx import read_idx

IMAGES, LABELS = 2051, 2049
"""The magic numbers that the description of MNIST prints: 0x00000803 and 0x00000801."""


def image_file(images):
    """The bytes of a file of images."""
    return struct.pack(">IIII", IMAGES, *images.shape) + images.tobytes()


def label_file(labels):
    """The bytes of a file of labels."""
    return struct.pack(">II", LABELS, len(labels)) + bytes(labels)


def write(folder, *, joint="-", pack=None, labels=((0, 1, 2, 0), (2, 1)), **replaced):
    """A folder with a small data set; ``replaced`` are files with other bytes, or none."""
    images = np.arange(6 * 2 * 3, dtype=np.uint8).reshape(6, 2, 3) * 7
    files = {
        "train-images": image_file(images[:4]),
        "train-labels": label_file(labels[0]),
        "t10k-images": image_file(images[4:]),
        "t10k-labels": label_file(labels[1]),
    }
    files |= {name.replace("_", "-"): content for name, content in replaced.items()}
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}{joint}idx{3 if 'images' in name else 1}-ubyte{'.gz' if pack else ''}"
            path.write_bytes(pack(content) if pack else content)
    return images


@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize("pack", [None, gzip.compress], ids=["plain", "gzip"])
def test_a_folder_is_a_data_set(tmp_path, joint, pack):
    images = write(tmp_path / "mine", joint=joint, pack=pack)
    data = get_data(str(tmp_path / "mine"))
    assert (data.name, data.classes) == ("mine", ("0", "1", "2"))
    assert np.array_equal(data.train_x[:, 0], images[:4].astype(np.float32) / np.float32(255))
    assert np.array_equal(data.test_x[:, 0] * np.float32(255), images[4:].astype(np.float32))
    assert (data.train_t.tolist(), data.test_t.tolist()) == ([0, 1, 2, 0], [2, 1])
    assert data.test_x.shape == (2, 1, 2, 3)


def test_white_is_one(tmp_path):
    write(tmp_path / "mine", t10k_images=image_file(np.full((2, 2, 3), 255, np.uint8)))
    assert (get_data(str(tmp_path / "mine")).test_x == 1).all()


def test_fashion_mnist_is_a_folder_with_names_of_classes(monkeypatch, tmp_path):
    write(tmp_path / "debian", pack=gzip.compress)
    monkeypatch.setattr(names, "FASHION", tmp_path / "debian")
    monkeypatch.delenv("REFSIM_DATA", raising=False)
    data = get_data("fashion-mnist")
    assert (data.name, len(data.classes), data.classes[9]) == ("fashion-mnist", 10, "Ankle boot")
    write(tmp_path / "own")
    write(tmp_path / "fashion-mnist", labels=((0, 0, 0, 0), (9, 9)))
    monkeypatch.setenv("REFSIM_DATA", str(tmp_path))
    assert get_data("fashion-mnist").test_t.tolist() == [9, 9]
    write(tmp_path / "fashion-mnist", labels=((0, 0, 0, 10), (9, 9)))
    with pytest.raises(DamagedData, match="has a label 10, beyond its 10 classes"):
        get_data("fashion-mnist")


TYPES = {8: ("B", "u1"), 9: ("b", "i1"), 0x0B: ("h", "i2"), 0x0C: ("i", "i4"), 0x0D: ("f", "f4"), 0x0E: ("d", "f8")}


@pytest.mark.parametrize("code", TYPES)
def test_numbers_of_every_type_are_read(tmp_path, code):
    letter, dtype = TYPES[code]
    numbers = [0, 1, 127, 2, 100, 3]
    content = struct.pack(">BBBBII", 0, 0, code, 2, 2, 3) + struct.pack(f">6{letter}", *numbers)
    (tmp_path / "file").write_bytes(content)
    found = read_idx(tmp_path / "file")
    assert (found.dtype, found.ravel().tolist(), found.shape) == (np.dtype(dtype), numbers, (2, 3))


GOOD = image_file(np.zeros((4, 2, 3), np.uint8))


DAMAGED = [
    (b"", "is no IDX file: it begins with nothing"),
    (b"\0\0\x08", "is no IDX file: it begins with 00 00 08"),
    (b"PK\3\4" + GOOD, "is no IDX file"),
    (b"\0\0\x0a" + GOOD[3:], "is no IDX file"),
    (b"\0\0\x08\0" + GOOD[4:], "is no IDX file"),
    (GOOD[:15], "ends in the sizes of its 3 axes"),
    (GOOD[:-1], r"has 23 of the 24 bytes of \(4, 2, 3\)"),
    (GOOD + b"\0", r"has more than the 24 bytes of \(4, 2, 3\)"),
    (b"\0\0\x08\3" + b"\xff" * 12, "announces 79228162458924105385300197375 bytes on 3 axes"),
    (b"\0\0\x0e\1" + (1 << 26).to_bytes(4, "big"), "announces 536870912 bytes on 1 axes, more than the 268435456 on 8"),
    (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\0", "announces 1 bytes on 255 axes"),
    (b"\0\0\x08\3" + b"\0\0\0\0" * 3, "has uint8 of shape .0, 0, 0., not bytes on 3 axes"),
    (b"\0\0\x09\3" + GOOD[4:], "has int8 of shape"),
    (label_file([1, 2]), "has uint8 of shape .2,., not bytes on 3 axes"),
    (image_file(np.zeros((3, 2, 3), np.uint8)), "has 3 images and 4 labels to train"),
    (image_file(np.zeros((4, 2, 2), np.uint8)), "is learned from images of"),
    (gzip.compress(GOOD)[:-9], "is no undamaged gzip file"),
    (gzip.compress(GOOD)[:-8] + b"\0" * 8, "is no undamaged gzip file"),
    (gzip.compress(GOOD)[:10] + b"\xff" * 30, "is no undamaged gzip file"),
    (gzip.compress(GOOD + bytes(1 << 20)), "has more than the 24 bytes"),
]


@pytest.mark.parametrize(("content", "why"), DAMAGED, ids=[why for _, why in DAMAGED])
def test_damaged_files_are_refused_in_one_line(tmp_path, content, why):
    write(tmp_path / "mine", train_images=content)
    with pytest.raises(DamagedData, match=why) as error:
        get_data(str(tmp_path / "mine"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["train-images", "train-labels", "t10k-images", "t10k-labels"])
def test_a_file_that_is_missing_is_named(tmp_path, name):
    write(tmp_path / "mine", **{name.replace("-", "_"): None})
    with pytest.raises(MissingData, match=f"there is no {name}-idx"):
        get_data(str(tmp_path / "mine"))


@given(st.data())
def test_a_changed_byte_is_read_or_refused(tmp_path_factory, data):
    """No byte of a file leads to anything but an array or a refusal."""
    good = data.draw(st.sampled_from([GOOD, gzip.compress(GOOD, mtime=0)]))
    at, byte = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(good[:at] + bytes([byte]) + good[at + 1 :])
    try:
        found = read_idx(path)
    except DamagedData:
        return
    assert found.size <= len(GOOD)
