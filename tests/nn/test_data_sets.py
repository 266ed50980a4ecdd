"""Data sets by name: what a set is, digits, and where sets are looked for."""

import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from refsim.nn.data import DamagedData, Data, MissingData, get_data, names
from refsim.nn.data.names import NAMED

DIGITS = "d83677dcd34cfe9f9677927a6799706e3143ffa74c5b578403e40901eecd15b6"
SCENE = "9dc8b0f925f8a969a2e16101a988b906bc6b5dacf6e9d6b115f5f4681d899653"


def small(**changed):
    """A data set of a few pixels."""
    parts = {
        "train_x": np.zeros((3, 1, 2, 2), np.float32),
        "train_t": np.array([0, 1, 1]),
        "test_x": np.ones((2, 1, 2, 2), np.float32),
        "test_t": np.array([1, 0]),
    }
    return Data(**({"name": "small", "classes": ("no", "yes")} | parts | changed))


def test_a_set_tells_what_it_is():
    data = small()
    assert data.shape == (1, 2, 2)
    assert repr(data) == "Data(small: 3 and 2 images of (1, 2, 2), 2 classes)"
    with pytest.raises(ValueError, match="read-only"):
        data.train_x[0] = 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"classes": ()}, "small has no classes"),
        ({"train_x": np.zeros((3, 1, 2, 2))}, "small has train images of float64 of shape"),
        ({"train_x": np.zeros((3, 4), np.float32)}, "small has train images of float32 of shape"),
        ({"test_x": np.zeros((0, 1, 2, 2), np.float32)}, "small has test images of float32 of shape"),
        ({"test_t": np.array([1, 0], np.int32)}, "small has test labels of int32"),
        ({"test_t": np.array([1, 0, 0])}, r"small has test labels of int64 of shape \(3,\)"),
        ({"train_t": np.zeros((3, 2, 3), np.int64)}, r"small has train labels of int64 of shape \(3, 2, 3\)"),
        ({"train_t": np.zeros((3, 2, 2), np.int64)}, "small is learned from images of .* with labels of"),
        ({"test_x": np.zeros((2, 1, 2, 3), np.float32)}, "small is learned from images of"),
        ({"train_t": np.array([0, 1, 2])}, "small has train labels from 0 to 2, not from 0 to 1"),
        ({"train_t": np.array([0, 1, -1])}, "small has train labels from -1 to 1, not from 0 to 1"),
        ({"test_x": np.full((2, 1, 2, 2), 1.25, np.float32)}, "small has test images of numbers from 1.25"),
        ({"test_x": np.full((2, 1, 2, 2), -0.25, np.float32)}, "small has test images of numbers from -0.25"),
        ({"test_x": np.full((2, 1, 2, 2), np.nan, np.float32)}, "small has test images of numbers from nan"),
    ],
)
def test_what_is_no_set_is_refused(changed, why):
    with pytest.raises(ValueError, match=why) as error:
        small(**changed)
    assert "\n" not in str(error.value)


def test_a_pixel_may_have_no_label():
    labels = {"train_t": np.full((3, 2, 2), -1), "test_t": np.ones((2, 2, 2), np.int64)}
    assert small(**labels).train_t.min() == -1


def test_the_digest_is_of_the_content():
    digest = small().digest
    assert small(name="other", classes=("a", "b", "c")).digest == digest
    assert small(train_x=np.asfortranarray(np.zeros((3, 1, 2, 2), ">f4")).astype(np.float32)).digest == digest
    assert small(train_t=np.array([1, 1, 0])).digest != digest
    changed = np.zeros((3, 1, 2, 2), np.float32)
    changed[2, 0, 1, 1] = 2.0**-149
    assert small(train_x=changed).digest != digest
    assert small(train_x=np.zeros((3, 1, 1, 4), np.float32), test_x=np.ones((2, 1, 1, 4), np.float32)).digest != digest


def test_digits_are_those_of_scikit_learn_each_once():
    data, source = get_data("digits"), load_digits()
    assert (data.train_x.shape, data.test_x.shape) == ((1437, 1, 8, 8), (360, 1, 8, 8))
    x, t = np.concatenate([data.train_x, data.test_x]), np.concatenate([data.train_t, data.test_t])
    found = sorted(((image * 16).astype(int).ravel().tolist(), label) for image, label in zip(x, t.tolist(), strict=True))
    assert found == sorted(zip(source.data.astype(int).tolist(), source.target.tolist(), strict=True))
    assert data.classes == tuple(map(str, source.target_names))
    assert np.bincount(data.test_t).min() > 25


def test_digests_never_change():
    assert get_data("digits").digest == DIGITS
    assert get_data("scene").digest == SCENE


def test_a_seed_decides_the_split():
    assert get_data("digits", seed=0).digest == DIGITS
    other = get_data("digits", seed=1)
    assert other.digest != DIGITS
    assert other.train_x.sum() + other.test_x.sum() == get_data("digits").train_x.sum() + get_data("digits").test_x.sum()


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("digit", {}, "there is no data set 'digit': neither a name, of digits, scene, fashion-mnist, nor a file or folder"),
        ("", {}, "there is no data set ''"),
        ("a\0b", {}, "there is no data set"),
        ("x" * 9999, {}, "there is no data set"),
        ("digits", {"bands": 3}, "digits has no option 'bands'; there are seed"),
        ("digits", {"seed": -1}, "a seed is a whole number from 0 to"),
        ("digits", {"seed": "1"}, "a seed is a whole number from 0 to"),
        ("fashion-mnist", {"seed": 1}, "fashion-mnist has no option 'seed'; there are none"),
        ("scene", {"noise": "much"}, "scene: an option is of another type than"),
        (__file__, {}, "is no data set: a file ends with .npz or .mat"),
    ],
)
def test_what_is_not_known_is_refused(text, options, why):
    with pytest.raises(ValueError, match=why) as error:
        get_data(text, **options)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


def test_a_missing_set_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setattr(names, "FASHION", tmp_path / "nothing")
    monkeypatch.delenv("REFSIM_DATA", raising=False)
    with pytest.raises(MissingData, match=r"^fashion-mnist is not on this machine: apt install dataset-fashion-mnist, or"):
        get_data("fashion-mnist")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingData, match=r"pip install 'refsim\[data\]'"):
        get_data("digits")


def test_sets_are_looked_for_in_the_folder_of_the_variable(monkeypatch, tmp_path):
    data = small()
    parts = {field: getattr(data, field) for field in ("train_x", "train_t", "test_x", "test_t")}
    np.savez(tmp_path / "mine.npz", **parts)
    with pytest.raises(MissingData, match="mine"):
        get_data("mine.npz")
    monkeypatch.setenv("REFSIM_DATA", str(tmp_path))
    assert get_data("mine.npz").digest == data.digest
    (tmp_path / "digits").mkdir()
    assert get_data("digits").digest == DIGITS


def test_failures_are_values_that_do_not_fit():
    assert issubclass(MissingData, ValueError)
    assert issubclass(DamagedData, ValueError)
    assert list(NAMED) == ["digits", "scene", "fashion-mnist"]
