"""Small networks of codes for tests, as plain data."""

PATHS = {
    "int8": "datapath(exact,sequential(int18/toward_zero/saturate),first,sum)",
    "q2.5": "datapath(exact,sequential(q7.10/toward_zero/saturate),first,sum,output=q2.5/ties_to_even/saturate)",
    "float8_e4m3fn": "datapath(exact,sequential(binary16/ties_to_even/infinity),first,sum)",
    "binary16": "datapath(exact,pairwise(binary32/ties_to_even/infinity),last,sum)",
}
"""A datapath for operands of each format."""


def small(format="int8", path=None, bias="int18"):
    """A convolution of two channels, an activation, and a dense layer whose weights are its own, as plain data."""
    path = path or PATHS["int8"]
    return {
        "name": "small",
        "input": {"shape": [2, 4, 4], "format": format},
        "parameters": {
            "conv.weights": {"shape": [3, 2, 3, 3], "format": format},
            "conv.bias": {"shape": [3], "format": bias},
            "scale": {"shape": [3], "format": "int8"},
            "dense.weights": {"shape": [5, 4], "format": format},
        },
        "layers": [
            {
                "name": "conv",
                "rule": {"kind": "conv2d", "path": path, "window": {"padding": [1, 1, 1, 1]}, "pad": 0},
                "inputs": ["input"],
                "parameters": {"weights": "conv.weights", "bias": "conv.bias"},
            },
            {
                "name": "scaled",
                "rule": {"kind": "elementwise", "operation": "multiply", "to": f"{format}/ties_to_even/saturate"},
                "inputs": ["conv"],
                "parameters": {"b": "scale"},
            },
            {
                "name": "dense",
                "rule": {"kind": "dense", "path": path},
                "inputs": ["scaled"],
                "parameters": {"weights": "dense.weights"},
            },
        ],
    }
