"""ONNX Runtime's operators on affine codes, asked through models of one node."""

import numpy as np
import onnxruntime
from onnx import helper

MICROSOFT = "com.microsoft"
Refused = onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException
"""What an operator raises for operands that it does not take."""


def run(operator, arrays, kind, *, domain=MICROSOFT, optimized=True, constant=False, **attributes):
    """The output, of a type, of one node on arrays, of which ``None`` is left out; all but the first can be constants."""
    arrays = [None if x is None else np.asarray(x) for x in arrays]
    names = ["" if x is None else f"x{i}" for i, x in enumerate(arrays)]
    types = [None if x is None else helper.np_dtype_to_tensor_dtype(x.dtype) for x in arrays]
    given = [i for i, x in enumerate(arrays) if x is not None]
    fed = [i for i in given if i == 0 or not constant]
    graph = helper.make_graph(
        [helper.make_node(operator, names, ["y"], domain=domain, **attributes)],
        operator,
        [helper.make_tensor_value_info(names[i], types[i], arrays[i].shape) for i in fed],
        [helper.make_tensor_value_info("y", helper.np_dtype_to_tensor_dtype(np.dtype(kind)), None)],
        [helper.make_tensor(names[i], types[i], arrays[i].shape, arrays[i].reshape(-1)) for i in given if i not in fed],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 10
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if not optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {names[i]: arrays[i] for i in fed})[0]


def point(n, kind):
    """A zero point."""
    return np.asarray(n, dtype=kind)


def join(operation, a, b, scales, points):
    """QLinearAdd or QLinearMul."""
    operator = {"add": "QLinearAdd", "multiply": "QLinearMul"}[operation]
    (sa, sb, sy), (za, zb, zy) = np.float32(scales), (point(n, a.dtype) for n in points)
    return run(operator, [a, sa, za, b, sb, zb, sy, zy], a.dtype)


def function(operator, x, scales, points, **attributes):
    """QLinearSigmoid, QLinearLeakyRelu or a pool."""
    (sx, sy), (zx, zy) = np.float32(scales), (point(n, x.dtype) for n in points)
    return run(operator, [x, sx, zx, sy, zy], x.dtype, **attributes)
