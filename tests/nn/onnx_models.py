"""ONNX models made by code, of the shapes that networks have, in floating point."""

from dataclasses import dataclass, field

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
KINDS = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int8): TensorProto.INT8, np.dtype(np.uint8): TensorProto.UINT8}


@dataclass
class Maker:
    """A model that is being made: each call adds a node and gives the name of its result."""

    random: np.random.Generator
    nodes: list = field(default_factory=list)
    constants: list = field(default_factory=list)

    def constant(self, value, name=None):
        """A constant."""
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def weights(self, *shape, by=1.0):
        """A constant of random numbers."""
        spread = by / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 1)
        return self.constant(self.random.normal(0, spread, shape).astype(np.float32))

    def node(self, type, *inputs, domain="", **attributes):
        """A node."""
        name = f"{type.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(type, list(inputs), [f"{name}_y"], name=name, domain=domain, **attributes))
        return f"{name}_y"

    def model(self, output, shape, element=np.float32, result=np.float32, samples="N"):
        """The model, whose samples have a shape."""
        given = helper.make_tensor_value_info("x", KINDS[np.dtype(element)], [samples, *shape])
        made = helper.make_tensor_value_info(output, KINDS[np.dtype(result)], None)
        graph = helper.make_graph(self.nodes, "made", [given], [made], self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def maker(seed):
    """A new model."""
    return Maker(np.random.default_rng(seed))


def conv(m, x, channels, kernels, size=3, groups=1, **attributes):
    """A convolution with a bias."""
    weights = m.weights(kernels, channels // groups, size, size)
    return m.node("Conv", x, weights, m.weights(kernels, by=0.3), kernel_shape=[size, size], group=groups, **attributes)


def batch_norm(m, x, channels):
    """A batch normalization."""
    numbers = (m.random.uniform(0.5, 1.5, channels), m.random.normal(0, 0.3, channels), m.random.normal(0, 0.3, channels))
    numbers = (*numbers, m.random.uniform(0.5, 2, channels))
    return m.node("BatchNormalization", x, *(m.constant(n.astype(np.float32)) for n in numbers))


def mlp(seed=1, alpha=0.5, *, softmax=True):
    """Matrices in both spellings."""
    m = maker(seed)
    x = m.node("Relu", m.node("Gemm", "x", m.weights(24, 16), m.weights(24), transB=1))
    x = m.node("Sigmoid", m.node("Add", m.node("MatMul", x, m.weights(24, 12)), m.weights(12)))
    x = m.node("Gemm", x, m.weights(12, 10), m.weights(10), alpha=alpha)
    return m.model(m.node("Softmax", x) if softmax else x, [16])


def lenet(seed=2):
    """Convolutions, pools and matrices."""
    m = maker(seed)
    x = m.node("MaxPool", m.node("Relu", conv(m, "x", 1, 6, 5, pads=[2, 2, 2, 2])), kernel_shape=[2, 2], strides=[2, 2])
    x = m.node("AveragePool", m.node("Relu", conv(m, x, 6, 8)), kernel_shape=[2, 2], strides=[2, 2])
    x = m.node("Relu", m.node("Gemm", m.node("Flatten", x), m.weights(20, 8 * 3 * 3), m.weights(20), transB=1))
    return m.model(m.node("Gemm", x, m.weights(10, 20), m.weights(10), transB=1), [1, 16, 16])


def residual(seed=3, norm=batch_norm):
    """Batch normalizations, a sum of two paths, and the average of whole channels."""
    m = maker(seed)
    x = m.node("Relu", norm(m, conv(m, "x", 3, 8, pads=[1, 1, 1, 1]), 8))
    y = m.node("Relu", norm(m, conv(m, x, 8, 8, pads=[1, 1, 1, 1], strides=[2, 2]), 8))
    y = norm(m, conv(m, y, 8, 8, pads=[1, 1, 1, 1]), 8)
    x = m.node("Relu", m.node("Add", y, conv(m, x, 8, 8, 1, strides=[2, 2])))
    x = m.node("Flatten", m.node("GlobalAveragePool", x))
    return m.model(m.node("Gemm", x, m.weights(8, 5), m.weights(5)), [3, 8, 8])


def mobile(seed=4, *, hard=True):
    """Depthwise convolutions and clipped activations, reshaped by a shape that the model computes."""
    m = maker(seed)
    zero, six = m.constant(np.float32(0)), m.constant(np.float32(6))
    x = m.node("Clip", conv(m, "x", 3, 8, auto_pad="SAME_UPPER", strides=[2, 2]), zero, six)
    x = m.node("Clip", conv(m, x, 8, 8, groups=8, pads=[1, 1, 1, 1]), zero, six)
    x = m.node("LeakyRelu", conv(m, x, 8, 12, 1), alpha=0.1)
    x = m.node("HardSigmoid", x, alpha=1 / 6, beta=0.5) if hard else x
    first = m.node("Gather", m.node("Shape", x), m.constant(np.int64(0)))
    shape = m.node("Concat", m.node("Unsqueeze", first, m.constant(np.array([0]))), m.constant(np.array([-1])), axis=0)
    x = m.node("Reshape", x, shape)
    return m.model(m.node("Gemm", x, m.weights(12 * 4 * 4, 5), m.weights(5)), [3, 8, 8])


def unet(seed=5, *, transposed=True):
    """Down and up again, with what was before beside what comes back."""
    m = maker(seed)
    first = m.node("Tanh", conv(m, "x", 2, 4, pads=[1, 1, 1, 1]))
    low = m.node("Relu", conv(m, m.node("MaxPool", first, kernel_shape=[2, 2], strides=[2, 2]), 4, 8, pads=[1, 1, 1, 1]))
    scales = m.constant(np.array([1, 1, 2, 2], np.float32))
    up = m.node("Resize", low, "", scales, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")
    if transposed:
        spread = m.node("ConvTranspose", low, m.weights(8, 4, 2, 2), m.weights(4), kernel_shape=[2, 2], strides=[2, 2])
        up = m.node("Concat", up, spread, axis=1)
    x = m.node("Concat", first, up, axis=1)
    x = conv(m, m.node("Relu", conv(m, x, 16 if transposed else 12, 4, pads=[1, 1, 1, 1])), 4, 3, 1)
    return m.model(m.node("Softmax", x, axis=1) if transposed else x, [2, 8, 8])


def last_axis(seed=6):
    """Images whose channels become last before they are flat, constants for each channel, and a pad of its own."""
    m = maker(seed)
    x = m.node("Div", m.node("Sub", "x", m.constant(np.array([[[0.2]], [[-0.1]]], np.float32))), m.constant(np.float32(0.5)))
    x = m.node("Pad", x, m.constant(np.array([0, 0, 1, 0, 0, 0, 1, 2])))
    x = m.node("Relu", conv(m, x, 2, 5))
    x = m.node("Reshape", m.node("Relu", m.node("Transpose", x, perm=[0, 2, 3, 1])), m.constant(np.array([0, -1])))
    return m.model(m.node("MatMul", x, m.weights(5 * 6 * 6, 4)), [2, 6, 6])


def affine(m, *pairs):
    """Constants of scales and zero points, one after the other."""
    return [m.constant(value) for scale, zero in pairs for value in (np.float32(scale), zero)]


def codes_of_weights(m, *shape, element=np.int8):
    """Random weights, the ends too."""
    ends = np.iinfo(element)
    found = m.random.integers(ends.min, ends.max + 1, shape)
    found.reshape(-1)[:2] = ends.min, ends.max
    return m.constant(found.astype(element))


def small_conv(spelling, element=np.uint8, *, per_kernel=True, bias=True):
    """A convolution with padding as QLinearConv, or between dequantizations and a quantization."""
    m = maker(11)
    zero = element(7)
    w = codes_of_weights(m, 3, 2, 2, 2)
    scales = m.constant(np.array([0.01, 0.02, 0.003], np.float32) if per_kernel else np.float32(0.01))
    zeros = m.constant(np.zeros(3, np.int8) if per_kernel else np.int8(0))
    b = m.constant(np.array([100, -2000, 30000], np.int32))
    x_scale, x_zero, y_scale, y_zero = affine(m, (0.05, zero), (0.11, element(100)))
    kept = {"kernel_shape": [2, 2], "pads": [1, 0, 0, 1], "strides": [1, 2]}
    if spelling == "QLinearConv":
        names = ["x", x_scale, x_zero, w, scales, zeros, y_scale, y_zero, *([b] if bias else [])]
        return m.model(m.node("QLinearConv", *names, **kept), [2, 5, 6], element, element)
    b_scale = m.constant(np.float32(0.05) * np.array([0.01, 0.02, 0.003] if per_kernel else [0.01] * 3, np.float32))
    inputs = [m.node("DequantizeLinear", "x", x_scale, x_zero), m.node("DequantizeLinear", w, scales, zeros, axis=0)]
    if bias:
        inputs.append(m.node("DequantizeLinear", b, b_scale, m.constant(np.zeros(3, np.int32)), axis=0))
    y = m.node("QuantizeLinear", m.node("Conv", *inputs, **kept), y_scale, y_zero)
    return m.model(y, [2, 5, 6], element, element)


FLOAT = {one.__name__: one for one in (mlp, lenet, residual, mobile, unet, last_axis)}
"""The models by name."""
EXACT = {
    "mlp": lambda: mlp(alpha=1.0, softmax=False),
    "lenet": lenet,
    "residual": lambda: residual(norm=lambda m, x, channels: x),  # noqa: ARG005 nothing to normalize
    "mobile": lambda: mobile(hard=False),
    "unet": lambda: unet(transposed=False),
    "last_axis": last_axis,
}
"""Those that ONNX Runtime has operators of codes for."""


def convolution_between(type, relu_zero):
    """A convolution by two weights, and a ReLU if its zero point is given, between dequantizations and a quantization."""
    m = maker(7)
    x = m.node("DequantizeLinear", "x", m.constant(np.float32(0.5)), m.constant(np.uint8(0)))
    weights = m.constant(np.array([[[[3, 5]]]], np.int8))
    w = m.node("DequantizeLinear", weights, m.constant(np.float32(0.3)), m.constant(np.int8(0)))
    y = m.node(type, x, w, kernel_shape=[1, 2])
    y = y if relu_zero is None else m.node("Relu", y)
    y = m.node("QuantizeLinear", y, m.constant(np.float32(0.7)), m.constant(np.uint8(relu_zero or 0)))
    return m.model(y, [1, 1, 2], np.uint8, np.uint8)


def average_of_int8():
    """The averages of neighbours, all quantized alike to int8 with the least number as the zero point."""
    m = maker(8)
    alike = (m.constant(np.float32(0.9)), m.constant(np.int8(-128)))
    x = m.node("DequantizeLinear", m.node("QuantizeLinear", "x", *alike), *alike)
    y = m.node("QuantizeLinear", m.node("AveragePool", x, kernel_shape=[1, 2], strides=[1, 2]), *alike)
    return m.model(m.node("DequantizeLinear", y, *alike), [1, 1, 4])


def softmax_of_codes():
    """The softmax of two codes, with a scale that is not a power of two."""
    m = maker(9)
    names = [m.constant(value) for value in (np.float32(1), np.uint8(0), np.float32(1 / 255), np.uint8(0))]
    return m.model(m.node("QLinearSoftmax", "x", *names, domain="com.microsoft", axis=1, opset=13), [2], np.uint8, np.uint8)


DEVIATING = {
    "ConvTranspose between quantizations": lambda: convolution_between("ConvTranspose", None),
    "Conv and Relu of zero point 128 between quantizations": lambda: convolution_between("Conv", 128),
    "AveragePool of int8 between quantizations": average_of_int8,
    "QLinearSoftmax": softmax_of_codes,
}
"""Models of which ONNX Runtime computes something else."""
