"""Engine and specification are equal for the affine layers, sample by sample; errors too."""

import numpy as np
import pytest

from refsim import Array, Projection, get_format
from refsim.engine import affine_layers, networks
from refsim.engine.tensors import array_of, tensor_of
from refsim.spec import affine, requantization
from refsim.spec import networks as spec_networks
from refsim.spec.affine_functions import AffineFunction
from refsim.spec.affine_joins import AffineJoin
from refsim.spec.affine_layers import Centre, DequantizeLinear, QuantizeLinear, Requantize, combined_scale
from refsim.spec.affine_pools import AffineAveragePool
from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_datapath
from refsim.spec.layers import Conv2d
from refsim.spec.network_names import read_network, write_network
from refsim.spec.networks import Network, Node
from refsim.spec.tensors import TensorType

from .affine_checks import BINARY32, check, codes, integers, single

EVEN = "ties_to_even"


@pytest.fixture
def rng(request):
    """Random numbers of a test of its own."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.mark.clause("affine-layer/quantize")
@pytest.mark.parametrize("model", affine.MODELS)
@pytest.mark.parametrize("to", ["int8", "uint8", "int4", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_quantize_linear(model, to, channels, rng):
    """Numbers around ties and past the ends, infinities, and a NaN in the last sample."""
    to = get_format(to)
    scale = 2.0 ** rng.integers(-4, 3, channels) if "vitis" in model else rng.uniform(0.1, 2, channels)
    x = (rng.integers(-600, 600, (3, 3, 2, 5)) * np.float32(0.25)).astype(np.float32)
    parameters = {"scale": single(scale), "zero_point": codes(rng, to, channels)}
    assert check(QuantizeLinear(model, to), [single(x)], parameters)
    x[2, 1, 0, 3] = np.nan
    assert not check(QuantizeLinear(model, to), [single(x)], parameters)


@pytest.mark.clause("affine-layer/dequantize")
@pytest.mark.parametrize("model", affine.DEQUANTIZATIONS)
@pytest.mark.parametrize("format", ["int8", "uint8", "int32", "int64", "uint64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_dequantize_linear(model, format, channels, rng):
    """Any codes, of which those of 64 bits are too wide; a scale of zero is refused."""
    format = get_format(format)
    x = codes(rng, format, 2, 3, 4)
    zero = integers(rng.integers(0, 100, channels), format)
    found = check(DequantizeLinear(model), [x], {"scale": single(rng.uniform(0.1, 2, channels)), "zero_point": zero})
    assert found == (format.width < 64)
    assert not check(DequantizeLinear(model), [x], {"scale": single(np.zeros(channels)), "zero_point": zero})


@pytest.mark.clause("affine-layer/centre")
@pytest.mark.parametrize("format", ["int8", "uint8", "int4", "uint2", "int16", "uint16", "int1"])
@pytest.mark.parametrize("channels", [1, 4])
def test_centre(format, channels, rng):
    """Every code of 8 bits, and any of the others, less any zero points."""
    format = get_format(format)
    x = Array(np.arange(1024).reshape(2, 4, 128) % (1 << format.width), format)
    for _ in range(4):
        assert check(Centre(), [x], {"zero_point": codes(rng, format, channels)})


@pytest.mark.clause("affine-layer/requantize")
@pytest.mark.parametrize("model", requantization.MODELS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("limits", [(None, None), (3, 100)])
def test_requantize(model, channels, limits, rng):
    """Accumulators of 32 bits and fewer, and parameters of each channel."""
    to, way = get_format("uint8"), requantization.get_model(model)
    shift = {"dpu": (4, 12), "halide": (-8, 0)}.get(model, (-8, 0) if way.point else (38, 46))
    parameters = {
        "scale": single(rng.uniform(1e-5, 1e-2, channels)),
        "multiplier": integers(
            rng.integers(1 << 14, min(way.multipliers[1], 1 << 30), channels, endpoint=True), get_format("int32")
        )
        if model != "dpu"
        else None,
        "shift": integers(rng.integers(*shift, channels), get_format("int8")),
        "zero_point": codes(rng, to, channels),
    }
    rule = Requantize(model, to, *limits)
    parameters = {role: one for role, one in parameters.items() if role in {*rule.roles, "zero_point"}}
    x = rng.integers(-100_000, 100_000, (3, 3, 2, 20))
    assert check(rule, [integers(x, get_format("int32"))], parameters)
    assert check(rule, [integers(x, get_format("int18"))], parameters)
    wide = integers([[[1 << 50]], [[-5]]], get_format("int64"))
    assert not check(rule, [wide], {role: one[:1] for role, one in parameters.items()})


@pytest.mark.clause("affine-layer/requantize", "requantize/domain")
def test_requantize_refuses_in_order(rng):
    """The first sample that the model refuses decides, with multipliers of 64 bits too."""
    parameters = {"shift": integers([40], get_format("uint64")), "multiplier": integers([1 << 40], get_format("uint64"))}
    zero = codes(rng, get_format("int8"), 1)
    x = integers(rng.integers(-1000, 1000, (2, 3, 1)), get_format("int64"))
    assert not check(Requantize("tosa_32", get_format("int8")), [x], {**parameters, "zero_point": zero})


@pytest.mark.clause("affine-layer/combined-scale")
def test_combined_scale(rng):
    """Products and quotients that overflow and vanish among them."""
    x, w, y = (np.float32(10.0) ** rng.uniform(-30, 30, 200).astype(np.float32) for _ in range(3))
    found = affine_layers.combined_scale([single(x), single(w)], single(y))
    for i in range(200):
        given = [tensor_of(single(v[i])).numbers()[0] for v in (x, w, y)]
        assert combined_scale(given[:2], given[2]).code == found.codes[i]


def test_tensors_round_trip(rng):
    """What the checks rest on: a tensor of an array is the array again."""
    x = codes(rng, get_format("int8"), 2, 3)
    assert (array_of(tensor_of(x)).codes == x.codes).all()


@pytest.mark.clause("network/trace", "affine-layer/centre", "affine-layer/requantize")
@pytest.mark.parametrize("samples", [0, 3])
def test_network(samples, rng):
    """A convolution of quantized numbers, an activation, a sum with what went into it, an average, numbers again."""
    uint8, to = get_format("uint8"), Projection("uint8", EVEN, "saturate")
    path = get_datapath("datapath(exact,sequential(int32/toward_zero/error),first,sum)")
    one = {f"{name}_{part}": f"{part}" for name in "abxy" for part in ("scale", "zero_point")}
    roles = {names: tuple((role, name) for role, name in one.items() if role[0] in names) for names in ("aby", "xy")}
    own = (("scale", "scale"), ("zero_point", "zero_point"))
    nodes = (
        Node("quantized", QuantizeLinear("onnx", uint8), ("input",), own),
        Node("centred", Centre(), ("quantized",), own[1:]),
        Node("sums", Conv2d(path, Window(padding=(1, 1, 1, 1)), 0), ("centred",), (("weights", "weights"), ("bias", "bias"))),
        Node("codes", Requantize("float_scale", uint8, low=7), ("sums",), (("scale", "scales"), own[1])),
        Node("gates", AffineFunction("sigmoid", "exact", to), ("codes",), roles["xy"]),
        Node("joined", AffineJoin("add", "onnxruntime", to), ("gates", "quantized"), roles["aby"]),
        Node(
            "means",
            AffineAveragePool("onnxruntime", to, None, Window(), count_padding=False, ceil=False),
            ("joined",),
            roles["xy"],
        ),
        Node("numbers", DequantizeLinear("onnx"), ("means",), own),
    )
    parameters = {
        "scale": single(0.02),
        "zero_point": integers(7, uint8),
        "weights": codes(rng, get_format("int8"), 2, 2, 3, 3),
        "bias": integers(rng.integers(-5000, 5000, 2), get_format("int32")),
        "scales": single([0.001, 0.002]),
    }
    types = {name: TensorType(one.shape, one.format) for name, one in parameters.items()}
    network = Network("affine", TensorType((2, 4, 4), BINARY32), nodes, types)
    assert read_network(write_network(network)) == network
    x = single(rng.normal(0, 2, (samples, 2, 4, 4)))
    found = networks.trace(network, parameters, x)
    assert found["numbers"].shape == (samples, 2, 1, 1)
    for i in range(samples):
        expected = spec_networks.trace(network, {name: tensor_of(one) for name, one in parameters.items()}, tensor_of(x[i]))
        assert {name: tensor_of(one[i]) for name, one in found.items()} == expected
