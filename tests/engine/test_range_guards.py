"""Range guards on arrays: all codes of 8-bit formats, aimed codes of wide ones, ends of channels, networks with guards."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim.engine import networks
from refsim.engine.array import Array
from refsim.engine.range_guards import guard, range_guard, reach
from refsim.engine.tensors import array_of, tensor_of
from refsim.spec import range_guards as spec
from refsim.spec.catalogue import get_format
from refsim.spec.formats import Number
from refsim.spec.networks import INPUT, Network, Node, trace
from refsim.spec.range_guards import NANS, OUT_OF_RANGE, RangeGuard
from refsim.spec.tensors import TensorType, tensor
from refsim.testing.strategies import codes

NARROW = ("int8", "q2.5", "uint8", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "posit8")
WIDE = (
    "binary16",
    "bfloat16",
    "binary32",
    "binary64",
    "int32",
    "int64",
    "uint64",
    "posit16",
    "posit32",
    "binary128",
    "slog5_fsr1",
    "lns4.3",
)
CHOICES = [(how, nan) for how in OUT_OF_RANGE for nan in NANS]


@pytest.mark.parametrize("name", NARROW)
def test_all_codes(name):
    """Every code with the same ends as in the specification, for every choice."""
    format = get_format(name)
    every = np.arange(256)
    ends = [(int(low), int(high)) for low, high in np.random.default_rng(1).integers(0, 256, (5, 2))]
    for low, high in [*ends, (0x7F, 0), (0, 0x7F), (0x80, 0x7F)]:
        for how, nan in CHOICES:
            found = guard(Array(every, format), Array([low], format), Array([high], format), how, nan)
            given = Number(low, format), Number(high, format)
            assert found.codes.tolist() == [spec.guard(Number(code, format), *given, how, nan) for code in range(256)]


@pytest.mark.parametrize("name", WIDE)
@settings(max_examples=20)
@given(data=st.data())
def test_wide_formats(name, data):
    """Drawn codes, each with ends of its own; the range that was seen; refusals."""
    format = get_format(name)
    x, low, high = (data.draw(st.lists(codes(format), min_size=4, max_size=4)) for _ in range(3))
    how, nan = data.draw(st.sampled_from(CHOICES))
    triples = [tuple(Number(code, format) for code in given) for given in zip(x, low, high, strict=True)]
    arrays = (Array(np.array(given, object), format) for given in (x, low, high))
    try:
        wanted = [spec.guard(*given, how, nan) for given in triples]
    except ValueError as error:
        assert "has no zero" in str(error)
    else:
        assert guard(*arrays, how, nan).codes.tolist() == wanted
    try:
        ends = spec.reach([given[0] for given in triples])
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)):
            reach(Array(np.array(x, object), format))
    else:
        assert reach(Array(np.array(x, object), format)) == ends


def network(format, channels):
    """A guard of a layer of three channels, and of what it makes."""
    types = {name: TensorType((count,), format) for name, count in (("low", channels), ("high", 1))}
    both = (("low", "low"), ("high", "high"))
    nodes = (
        Node("first", RangeGuard("saturate", "zero"), (INPUT,), both),
        Node("second", RangeGuard("zero", "keep"), ("first",), (("low", "high"), ("high", "high"))),
    )
    return Network("guards", TensorType((3, 2, 2), format), nodes, types)


@pytest.mark.parametrize("channels", [1, 3])
def test_networks(channels):
    """A network's guards compute on arrays what they compute in the specification, for several samples."""
    format = get_format("float8_e4m3fn")
    random = np.random.default_rng(2)
    made = network(format, channels)
    tensors = {
        "low": tensor(random.integers(128, 255, channels).tolist(), (channels,), format),
        "high": tensor([0x40], (1,), format),
    }
    x = Array(random.integers(0, 256, (5, 3, 2, 2)), format)
    found = networks.trace(made, {name: array_of(one) for name, one in tensors.items()}, x)
    for i in range(5):
        wanted = trace(made, tensors, tensor_of(x[i]))
        for name, one in wanted.items():
            assert tensor_of(found[name][i]) == one


def test_the_rule_on_vectors():
    """A sample of one axis has a channel for each element; ends are broadcast along the samples."""
    format = get_format("int8")
    x = Array(np.array([[1, 2, 250], [3, 9, 7]]), format)
    ends = {"low": Array([2, 2, 0], format), "high": Array([3, 3, 5], format)}
    assert range_guard(RangeGuard("saturate", "keep"), [x], ends).codes.tolist() == [[2, 2, 0], [3, 3, 5]]
    assert range_guard(RangeGuard("zero", "keep"), [x], ends).codes.tolist() == [[0, 2, 0], [3, 0, 0]]
