"""Network files: what is written is read, and whatever is damaged or hostile gets one clear line."""

import copy
import json

import numpy as np
import pytest

from refsim.nn.files import CodeNetwork, FloatNetwork, load_network, save_network
from refsim.nn.networks import Layer, Network, initial_parameters
from refsim.nn.storage import DamagedNetwork, npz_bytes
from refsim.spec.catalogue import get_format
from refsim.spec.networks import Network as Coded
from refsim.spec.tensors import TensorType

from .coded import coded, random_codes

MLP = Network(
    "mlp",
    (4,),
    (
        Layer("one", "dense", ("input",), {"outputs": 5}),
        Layer("two", "relu", ("one",)),
        Layer("three", "dense", ("two",), {"outputs": 2, "bias": False}),
    ),
)


def floating(dtype=np.float32):
    """A small network in floating point."""
    return FloatNetwork(MLP, initial_parameters(MLP, 1, dtype))


def test_codes(tmp_path):
    """A network of codes, with all its parameters."""
    found = coded()
    save_network(tmp_path / "a.json", found)
    again = load_network(tmp_path / "a.json")
    assert isinstance(again, CodeNetwork)
    assert again.network == found.network
    assert {name: (array.format, array.codes.tolist()) for name, array in again.tensors.items()} == {
        name: (array.format, array.codes.tolist()) for name, array in found.tensors.items()
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats(tmp_path, dtype):
    """A network in floating point, its options and the type of its parameters."""
    found = floating(dtype)
    save_network(tmp_path / "a.json", found)
    again = load_network(tmp_path / "a.json")
    assert isinstance(again, FloatNetwork)
    assert again.network == found.network
    assert set(again.parameters) == {"one.weights", "one.bias", "three.weights"}
    for name, array in found.parameters.items():
        assert again.parameters[name].dtype == dtype
        assert (again.parameters[name] == array).all()


def test_the_same_bytes(tmp_path):
    """Nothing in the files depends on when they were written."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_network(tmp_path / name / "n.json", floating())
    for file in ("n.json", "n.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_names_and_widths(tmp_path):
    """What has no place in a file is refused before anything is written."""
    with pytest.raises(ValueError, match=r"a network is written to a \.json file, not to"):
        save_network(tmp_path / "a.txt", floating())
    wide = get_format("int100")
    found = coded()
    network = Coded("wide", found.network.input, found.network.nodes, {**found.network.parameters, "w": TensorType((1,), wide)})
    tensors = {**found.tensors, "w": random_codes(TensorType((1,), wide), np.random.default_rng(0))}
    with pytest.raises(ValueError, match="the array w has codes of more than 64 bits"):
        save_network(tmp_path / "a.json", CodeNetwork(network, tensors))
    mixed = {**floating().parameters, "one.bias": np.zeros(5)}
    with pytest.raises(ValueError, match="the parameters of a network are all of float32 or float64, not of float32, float64"):
        save_network(tmp_path / "a.json", FloatNetwork(MLP, mixed))
    assert not list(tmp_path.iterdir())


def data_of(found, tmp_path):
    """The plain data of a network's file."""
    save_network(tmp_path / "a.json", found)
    return json.loads((tmp_path / "a.json").read_text())


def changed(data, place, value):
    """The plain data with another value at a place; with ``...`` it is taken away."""
    data = part = copy.deepcopy(data)
    for key in place[:-1]:
        part = part[key]
    if value is ...:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return data


BAD = [
    (["refsim_network"], 2, "the version of a network file is 1, not 2"),
    (["refsim_network"], ..., "refsim_network is missing"),
    (["refsim_network"], True, "an integer of at most 18 digits is needed, not True"),
    (["arithmetic"], "code", "the arithmetic of a network is codes or float, not 'code'"),
    (["arithmetic"], [1], "a text is needed, not [1]"),
    (["more"], 1, "there is no 'more' here"),
    (["arrays", "file"], "../a.npz", "the arrays of a network are an .npz file beside it, not '../a.npz'"),
    (["arrays", "file"], "/etc/passwd", "the arrays of a network are an .npz file beside it, not '/etc/passwd'"),
    (["arrays", "file"], "..\\a.npz", "the arrays of a network are an .npz file beside it"),
    (["arrays", "file"], "a\0.npz", "the arrays of a network are an .npz file beside it"),
    (["arrays", "file"], "a.json", "the arrays of a network are an .npz file beside it"),
    (["arrays", "file"], "http://x/a.npz", "the arrays of a network are an .npz file beside it"),
    (["arrays", "file"], "b.npz", "there is no file"),
    (["arrays", "sha256"], "0" * 64, "a.npz is not the file that belongs to it"),
    (["arrays"], "a.npz", "a mapping with file is needed, not 'a.npz'"),
    (["network"], [], "a mapping with name"),
]
BAD_CODES = [
    (
        ["network", "parameters", "scale", "shape"],
        [4],
        "layer scaled: b of multiply has one element or (3,), not the shape (4,)",
    ),
    (["network", "parameters", "conv.bias", "format"], "int100", "parameter conv.bias has codes of more than 64 bits"),
    (["network", "parameters", "conv.bias", "format"], "int17", "parameter conv.bias: code 0x"),
    (["network", "parameters", "conv.bias", "format"], "int8", "a.npz has 'conv.bias' as (3,) of uint32, not (3,) of uint8"),
]
BAD_FLOATS = [
    (["network", "dtype"], ["float32"], "a text is needed, not ['float32']"),
    (["network", "dtype"], "float16", "the dtype of a network is float32 or float64, not 'float16'"),
    (["network", "dtype"], "float64", "a.npz has 'one.weights' as (5, 4) of float32, not (5, 4) of float64"),
    (["network", "layers"], 3, "the layers of a network are a list"),
    (["network", "layers"], [], "the network mlp has no layers"),
    (["network", "layers", 1], 3, "layer 2: a mapping with name, kind, inputs is needed, not 3"),
    (["network", "layers", 1, "kind"], "rely", "layer two: there is no kind 'rely'; did you mean relu?"),
    (["network", "layers", 1, "inputs"], ["three"], "layer two takes 'three', which is not there before it"),
    (["network", "layers", 1, "name"], "one", "two layers of the network mlp have the name 'one'"),
    (["network", "layers", 0, "options"], {}, "layer one: dense needs the option 'outputs'"),
    (["network", "layers", 0, "options"], {"output": 5}, "layer one: dense has no option 'output'"),
    (["network", "layers", 0, "options"], {"outputs": "5"}, "layer one"),
    (["network", "layers", 0, "options"], {"outputs": -5}, "layer one"),
    (["network", "layers", 0, "options"], {"outputs": 1 << 40}, "there are at most"),
    (["network", "layers", 0, "options"], {"outputs": 1.5}, "layer one"),
    (["network", "layers", 0, "options"], {"outputs": True}, "layer one"),
    (["network", "input"], [1 << 30], "there are at most"),
    (["network", "input"], [-4], "there are at most"),
    (["network", "input"], [5], "a.npz has 'one.weights' as (5, 4) of float32, not (5, 5)"),
]
CASES = [(make, *case) for make, cases in ((coded, BAD + BAD_CODES), (floating, BAD + BAD_FLOATS)) for case in cases]


@pytest.mark.parametrize(("make", "place", "value", "message"), CASES, ids=range(len(CASES)))
def test_hostile_files(tmp_path, make, place, value, message):
    """One line that names the file, and where in it."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(changed(data_of(make(), tmp_path), place, value)))
    with pytest.raises(DamagedNetwork) as caught:
        load_network(path)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_huge_results(tmp_path):
    """A network of few parameters can ask for results of any size; it is refused before it runs."""
    data = data_of(coded(), tmp_path)
    data["network"]["layers"] = data["network"]["layers"][:1]
    data["network"]["input"]["shape"] = [2, 1 << 13, 1 << 14]
    (tmp_path / "a.json").write_text(json.dumps(data))
    with pytest.raises(DamagedNetwork, match=r"layer 'conv' has the shape \[3, 8192, 16384\]; there are at most 268435456"):
        load_network(tmp_path / "a.json")


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=str)
def test_parameters_are_finite(tmp_path, value):
    """A NaN among the parameters is damage, and none is written."""
    found = floating()
    save_network(tmp_path / "a.json", found)
    found.parameters["one.bias"][2] = value
    with pytest.raises(ValueError, match=r"parameter one\.bias has numbers that are not finite"):
        save_network(tmp_path / "b.json", found)
    assert not (tmp_path / "b.json").exists()
    (tmp_path / "a.npz").write_bytes(npz_bytes(found.parameters))
    data = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(changed(data, ["arrays", "sha256"], ...)))
    with pytest.raises(DamagedNetwork, match=r"parameter one\.bias has numbers that are not finite"):
        load_network(tmp_path / "a.json")


def test_without_a_digest_other_arrays_are_read(tmp_path):
    """Somebody who changes the weights by hand leaves the digest out."""
    data = data_of(floating(), tmp_path)
    other = {name: array + 1 for name, array in floating().parameters.items()}
    (tmp_path / "a.npz").write_bytes(npz_bytes(other))
    with pytest.raises(DamagedNetwork, match="without its sha256 it is read nevertheless"):
        load_network(tmp_path / "a.json")
    (tmp_path / "a.json").write_text(json.dumps(changed(data, ["arrays", "sha256"], ...)))
    found = load_network(tmp_path / "a.json")
    assert (found.parameters["one.bias"] == other["one.bias"]).all()


def test_no_file(tmp_path):
    """A file that is not there is told by its name; a folder is no file."""
    with pytest.raises(DamagedNetwork, match="there is no file"):
        load_network(tmp_path / "a.json")
