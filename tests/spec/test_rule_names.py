"""Networks as plain data: written, read again, and refused where they are none."""

import copy
import json

import pytest

from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_datapath
from refsim.spec.layers import Conv2d
from refsim.spec.network_names import read_network, read_type, write_network
from refsim.spec.rule_names import KINDS, read_rule, write_rule

from .networks import PATHS, small


@pytest.mark.clause("network-file/round-trip", "network-file/rule", "network-file/network", "network-file/type")
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_round_trip(path):
    """What is written is read as an equal network, through JSON too."""
    network = read_network(small(path=path))
    assert read_network(json.loads(json.dumps(write_network(network)))) == network
    for node in network.nodes:
        assert read_rule(write_rule(node.rule)) == node.rule


def changed(place, value):
    """The plain data with another value at a place; without a value it is taken away."""
    data = copy.deepcopy(small())
    part = data
    for key in place[:-1]:
        part = part[key]
    if value is ...:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return data


BAD = [
    ((["name"], ...), "name is missing"),
    ((["name"], 3), "a text is needed, not 3"),
    ((["more"], 3), "there is no 'more' here"),
    ((["layers"], {}), "the layers of a network are a list"),
    ((["layers"], []), "the network small has no layers"),
    ((["parameters"], []), "a mapping is needed, not []"),
    ((["parameters", "scale"], 3), "parameter 'scale': a mapping with shape, format is needed, not 3"),
    ((["parameters", "scale", "shape"], "3"), "parameter 'scale': a list of at most 6 integers is needed, not '3'"),
    ((["parameters", "scale", "shape"], [3.0]), "parameter 'scale': an integer of at most 18 digits is needed, not 3.0"),
    ((["parameters", "scale", "shape"], [-3]), "parameter 'scale': a tensor has no shape [-3]"),
    ((["parameters", "scale", "shape"], [1 << 30, 1 << 30]), "parameter 'scale': a tensor has no shape"),
    ((["parameters", "scale", "shape"], [10**30]), "parameter 'scale': an integer of at most 18 digits"),
    ((["parameters", "scale", "shape"], [True]), "an integer of at most 18 digits is needed, not True"),
    ((["parameters", "scale", "format"], "int9000"), "parameter 'scale': "),
    ((["layers", 0], 3), "layer 1: a mapping with name, rule, inputs is needed, not 3"),
    ((["layers", 1, "inputs"], ...), "layer 2: inputs is missing"),
    ((["layers", 1, "inputs"], "conv"), "layer 'scaled': a list of texts is needed, not 'conv'"),
    ((["layers", 1, "inputs"], [3]), "layer 'scaled': a text is needed, not 3"),
    ((["layers", 1, "parameters"], {"b": 3}), "layer 'scaled': a text is needed, not 3"),
    (
        (["layers", 1, "parameters"], {"q": "scale"}),
        "layer scaled: the parameters of multiply are a (optional), b (optional); q is unknown",
    ),
    ((["layers", 1, "rule"], {"kind": "elementwize"}), "there is no kind of layer 'elementwize'; did you mean elementwise?"),
    ((["layers", 1, "rule"], {"kind": "$$"}), "there is no kind of layer '$$'; there are dense, conv2d"),
    ((["layers", 1, "rule"], 7), "layer 'scaled': there is no kind of layer ''"),
    ((["layers", 1, "rule", "operation"], "multipli"), "layer 'scaled': "),
    ((["layers", 1, "rule", "to"], "int8"), "layer 'scaled': to: a projection is a format, a rounding rule"),
    ((["layers", 0, "rule", "path"], "datapath(exact)"), "layer 'conv': path: "),
    ((["layers", 0, "rule", "pad"], "0"), "layer 'conv': pad: a code is an integer from 0 on"),
    ((["layers", 0, "rule", "window"], {"padding": [1, 1]}), "layer 'conv': window: the padding of a window is 4 integers"),
    ((["layers", 0, "rule", "window"], {"order": 7}), "layer 'conv': window: a text is needed, not 7"),
    ((["layers", 0, "rule", "window"], {"stride": [0, 1]}), "layer 'conv': window: strides, dilations and groups"),
    ((["layers", 0, "rule", "window"], {"strides": [1, 1]}), "layer 'conv': window: there is no 'strides' here"),
]


@pytest.mark.clause("network-file/rule", "network-file/network", "network-file/type")
@pytest.mark.parametrize(("change", "message"), BAD, ids=range(len(BAD)))
def test_what_is_no_network(change, message):
    """One line says where and what."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_network(changed(*change))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.clause("network-file/round-trip")
def test_a_rule_without_a_name():
    """Only rules of the table can be written; every kind has a name of its own."""
    with pytest.raises(ValueError, match="object is no kind of layer with a name"):
        write_rule(object())
    assert len({kind.name for kind in KINDS}) == len({kind.record for kind in KINDS}) == len(KINDS)


@pytest.mark.clause("network-file/type")
def test_no_axes():
    """A tensor without axes has one number."""
    assert read_type({"shape": [], "format": "int8"}).shape == ()


@pytest.mark.clause("network-file/round-trip")
@pytest.mark.parametrize("code", [0, 1 << 63, (1 << 128) - 1], ids=hex)
def test_codes_of_any_width(code):
    """A pad is a code, however wide its format."""
    rule = Conv2d(get_datapath(PATHS["int8"]), Window(), code)
    assert read_rule(json.loads(json.dumps(write_rule(rule)))) == rule
