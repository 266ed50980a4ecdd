"""Traces: the engine's is the specification's, what is written is read, and damage is found."""

import json

import numpy as np
import pytest

from refsim.nn.storage import DamagedNetwork, npz_bytes
from refsim.nn.traces import computed, differences, image_files, image_name, read_trace, specified, write_trace
from refsim.spec.images import read_image

from .coded import coded, samples_of

FOUND = coded()
X = samples_of(FOUND, 3)
TRACE = computed(FOUND, X)


def test_engine_and_specification():
    """No layer of any sample differs; progress is told sample by sample."""
    told = []
    golden = specified(FOUND, X, lambda *done: told.append(done))
    assert list(differences(golden, TRACE)) == []
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert TRACE.samples == 3


def test_differences():
    """The first place in each layer that differs, with both codes and how many there are."""
    arrays = dict(TRACE.arrays)
    codes = arrays["conv"].codes.copy()
    codes[1, 2, 0, 3] ^= 1
    codes[2, 0, 0, 0] ^= 2
    arrays["conv"] = type(arrays["conv"])(codes, arrays["conv"].format)
    (found,) = differences(TRACE, type(TRACE)(FOUND, arrays))
    assert (found.layer, found.sample, found.index, found.wrong) == ("conv", 1, (2, 0, 3), 2)
    assert found.expected ^ found.given == 1


def test_round_trip(tmp_path):
    """A trace that is read is the one that was written; images hold the codes in order."""
    write_trace(tmp_path, TRACE, images=True)
    again = read_trace(tmp_path)
    assert again.found.network == FOUND.network
    assert list(differences(TRACE, again)) == []
    for name, array in TRACE.arrays.items():
        words = read_image((tmp_path / "images" / image_name(name)).read_text(), array.format.width)
        assert list(words.values()) == array.codes.reshape(-1).tolist()
    assert (tmp_path / "images" / "parameter_conv_weights.hex").exists()


def test_the_same_bytes(tmp_path):
    """Writing it twice gives the same files."""
    for name in "ab":
        write_trace(tmp_path / name, TRACE, images=True)
    files = [sorted(file for file in (tmp_path / name).rglob("*") if file.is_file()) for name in "ab"]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


def test_names_of_images():
    """Two tensors never share an image."""
    with pytest.raises(ValueError, match=r"two tensors would have the image a_b\.hex"):
        image_files([("a.b", TRACE.arrays["conv"]), ("a b", TRACE.arrays["conv"])])


def changed_list(**changes):
    """A change of trace.json."""

    def change(folder):
        path = folder / "trace.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def other_codes(folder):
    """One bit of one code, flipped."""
    with np.load(folder / "trace.npz") as archive:
        arrays = {name: archive[name] for name in archive}
    arrays["dense"].flat[3] ^= 1
    (folder / "trace.npz").write_bytes(npz_bytes(arrays))


def other_parameters(folder):
    """The parameters of another network."""
    (folder / "network.npz").write_bytes(npz_bytes({name: array.codes for name, array in coded(seed=9).tensors.items()}))


DAMAGE = {
    "a flipped bit": (other_codes, "the codes of 'dense' in trace.npz are not those that were listed"),
    "other parameters": (other_parameters, "network.npz is not the file that belongs to it"),
    "no list": (lambda folder: (folder / "trace.json").unlink(), "there is no"),
    "no codes": (lambda folder: (folder / "trace.npz").unlink(), "there is no"),
    "no network": (lambda folder: (folder / "network.json").unlink(), "there is no file"),
    "more samples": (changed_list(samples=4), "as (3, 2, 4, 4) of uint8, not (4, 2, 4, 4)"),
    "no samples": (changed_list(samples=0), "1 to 1048576 samples"),
    "too many": (changed_list(samples=1 << 40), "1 to 1048576 samples"),
    "another version": (changed_list(refsim_trace=2), "refsim_trace is 1"),
    "a path": (changed_list(network="../network.json"), "network is network.json"),
    "no tensors": (changed_list(tensors={}), "input is missing"),
    "no mapping": (changed_list(tensors={"input": 3, "conv": 3, "scaled": 3, "dense": 3}), "a mapping with shape"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damage(tmp_path, damage, message):
    """One line says what is missing or wrong."""
    write_trace(tmp_path, TRACE, images=False)
    damage(tmp_path)
    with pytest.raises(DamagedNetwork) as caught:
        read_trace(tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
