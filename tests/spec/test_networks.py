"""Networks: order, names, types, and the trace."""

import numpy as np
import pytest

from refsim.spec.network_names import read_network
from refsim.spec.networks import INPUT, Network, Node, trace
from refsim.spec.tensors import gathered

from .networks import small


def random_tensors(network, seed=3):
    """Parameters and an input of any codes."""
    random = np.random.default_rng(seed)
    types = {**network.parameters, INPUT: network.input}
    made = {
        name: gathered(lambda _, f=type.format: int(random.integers(1 << f.width)), type.shape, type.format)
        for name, type in types.items()
    }
    return made, made.pop(INPUT)


@pytest.mark.clause("network/trace", "network/order")
def test_a_trace_has_every_result():
    """Each layer's result is what its rule makes of the results before it."""
    network = read_network(small())
    tensors, x = random_tensors(network)
    found = trace(network, tensors, x)
    assert list(found) == [INPUT, "conv", "scaled", "dense"]
    assert {name: one.type for name, one in found.items()} == network.types()
    for node in network.nodes:
        parameters = {role: tensors[name] for role, name in node.parameters}
        assert found[node.name] == node.rule([found[name] for name in node.inputs], parameters)


@pytest.mark.clause("network/trace")
def test_a_hook_changes_what_later_layers_take():
    """A flipped bit of a result reaches the layers behind it, and no others."""
    network = read_network(small())
    tensors, x = random_tensors(network)
    clean = trace(network, tensors, x)
    told = []

    def flip(name, made):
        told.append(name)
        return gathered(lambda index: made.at(*index).code ^ 0x40, made.shape, made.format) if name == "scaled" else made

    found = trace(network, tensors, x, flip)
    assert told == [INPUT, "conv", "scaled", "dense"]
    assert found["conv"] == clean["conv"]
    assert found["dense"] == network.nodes[-1].rule([found["scaled"]], {"weights": tensors["dense.weights"]}) != clean["dense"]


@pytest.mark.clause("network/order")
def test_names():
    """A layer takes what is there before it, under names that are used once."""
    network = read_network(small())
    first, second, third = network.nodes
    for nodes, message in [
        ((), "the network n has no layers"),
        ((first, first), "two layers of the network n have the name 'conv'"),
        ((second,), "layer scaled takes a layer 'conv', which is not there before it"),
        ((Node("input", first.rule, ("input",)),), "two layers of the network n have the name 'input'"),
        ((Node("a", first.rule, ("input",), (("weights", "w"),)),), "layer a takes a parameter 'w', which is not there"),
        ((first, third), "layer dense takes a layer 'scaled'"),
        ((Node("", first.rule, ("input",)),), "a name has 1 to 200 printable characters, not ''"),
        ((Node("a\nb", first.rule, ("input",)),), r"a name has 1 to 200 printable characters, not 'a\\nb'"),
        ((Node("a" * 201, first.rule, ("input",)),), "a name has 1 to 200 printable characters, not 'aaa"),
        ((Node("d", third.rule, ("input",), (("weights", "conv.weights"),)),), "layer d: dense needs weights"),
    ]:
        with pytest.raises(ValueError, match=message):
            Network("n", network.input, nodes, network.parameters)


@pytest.mark.clause("network/trace")
def test_types_are_checked():
    """An input and parameters of other types are refused, and a missing one is."""
    network = read_network(small())
    tensors, x = random_tensors(network)
    with pytest.raises(ValueError, match="the network small takes 2 x 4 x 4 of int8, not 3 of int8"):
        trace(network, tensors, tensors["scale"])
    with pytest.raises(ValueError, match=r"the parameter conv.bias of the network small is missing"):
        trace(network, {name: one for name, one in tensors.items() if name != "conv.bias"}, x)
    with pytest.raises(ValueError, match=r"the parameter scale of the network small is 3 of int8, not 2 x 4 x 4 of int8"):
        trace(network, {**tensors, "scale": x}, x)
    assert network.output == network.types()["dense"]
