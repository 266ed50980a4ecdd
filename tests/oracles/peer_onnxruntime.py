"""ONNX Runtime, asked through models of one node."""

from functools import cache

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

OPSET = 21
TYPES = {
    "float32": TensorProto.FLOAT,
    "int8": TensorProto.INT8,
    "uint8": TensorProto.UINT8,
    "int16": TensorProto.INT16,
    "uint16": TensorProto.UINT16,
    "int32": TensorProto.INT32,
}


@cache
def session(operator, inputs, outputs, attributes=()):
    """A session of a model with one node; inputs and outputs are names of types."""
    names = [f"x{i}" for i in range(len(inputs))], [f"y{i}" for i in range(len(outputs))]
    node = helper.make_node(operator, *names, **dict(attributes))
    described = [
        [helper.make_tensor_value_info(name, TYPES[kind], None) for name, kind in zip(side, kinds, strict=True)]
        for side, kinds in zip(names, (inputs, outputs), strict=True)
    ]
    model = helper.make_model(helper.make_graph([node], operator, *described), opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 10
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def run(operator, arrays, outputs, **attributes):
    """The outputs of one node on arrays."""
    arrays = [np.asarray(x) for x in arrays]
    made = session(operator, tuple(x.dtype.name for x in arrays), tuple(outputs), tuple(sorted(attributes.items())))
    return made.run(None, {f"x{i}": x for i, x in enumerate(arrays)})


def quantize(x, scale, zero_point, **attributes):
    """QuantizeLinear to the type of the zero point."""
    return run("QuantizeLinear", [x, scale, zero_point], [zero_point.dtype.name], **attributes)[0]


def dequantize(q, scale, zero_point, **attributes):
    """DequantizeLinear to binary32."""
    return run("DequantizeLinear", [q, scale, zero_point], ["float32"], **attributes)[0]


def dynamic(x):
    """DynamicQuantizeLinear: codes, scale and zero point."""
    return run("DynamicQuantizeLinear", [x], ["uint8", "float32", "uint8"])


def accumulated(acc, scale, zero_point):
    """QLinearMatMul of accumulators: rows of eight-bit numbers times a column of powers whose products sum to each accumulator.

    The scale of the product is that of the operands over that of the result; both operands have the scale 1.
    """
    digits, weights = _digits(acc)
    one, zero = np.float32(1), np.uint8(0)
    arrays = digits, one, zero, weights, one, np.int8(0), np.float32(scale), zero_point
    return run("QLinearMatMul", arrays, [zero_point.dtype.name])[0].reshape(np.shape(acc))


def _digits(acc):
    """Each number as ``sum(digit * weight)``: base 255 * 127 would do; ones in groups are simpler."""
    steps = [(127, 255)] * 40 + [(1, 127)]
    rest = np.asarray(acc, dtype=np.int64).reshape(-1).copy()
    columns, weights = [], []
    for sign in (1, -1):
        for weight, most in steps:
            take = np.clip(sign * rest // weight, 0, most)
            rest -= sign * take * weight
            columns.append(take)
            weights.append(sign * weight)
    assert not rest.any(), "the accumulator is out of reach"
    return np.stack(columns, axis=1).astype(np.uint8), np.array(weights, np.int8).reshape(-1, 1)
