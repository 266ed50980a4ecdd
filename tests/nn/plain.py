"""The layers once more, for one sample, element by element, straight from their definitions."""
# ruff: noqa: ARG001, ARG005 all have one signature

from itertools import product
from math import exp, inf, tanh

import numpy as np


def spots(shape):
    """All indices of a shape."""
    return product(*map(range, shape))


def filled(shape, element):
    """The array of which the element at an index is what a function says."""
    y = np.empty(shape)
    for index in spots(shape):
        y[index] = element(*index)
    return y


def dense(options, xs, p):
    *front, length = xs[0].shape
    bias = p.get("bias", np.zeros(options["outputs"]))
    return filled(
        (*front, options["outputs"]),
        lambda *at: sum(xs[0][*at[:-1], i] * p["weights"][at[-1], i] for i in range(length)) + bias[at[-1]],
    )


def reach(size, kernel, options):
    """The places of a kernel along rows and columns."""
    top, bottom, left, right = options["padding"]
    long = (size[0] + top + bottom, size[1] + left + right)
    wide = [(k - 1) * d + 1 for k, d in zip(kernel, options.get("dilation", (1, 1)), strict=True)]
    return [(n - w) // s + 1 for n, w, s in zip(long, wide, options["stride"], strict=True)]


def below(x, channel, i, j, kernel, options):
    """The elements of a channel below the kernel at a place, by place in the kernel; those outside the image are missing."""
    (down, across), (top, _, left, _) = options["stride"], options["padding"]
    found = {}
    for a, b in spots(kernel):
        row = i * down - top + a * options.get("dilation", (1, 1))[0]
        column = j * across - left + b * options.get("dilation", (1, 1))[1]
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
            found[a, b] = x[channel, row, column]
    return found


def conv2d(options, xs, p):
    w, groups, kernel = p["weights"], options["groups"], options["kernel"]
    kernels, depth = w.shape[:2]
    bias = p.get("bias", np.zeros(kernels))

    def element(k, i, j):
        first = k // (kernels // groups) * depth
        total = bias[k]
        for c in range(depth):
            total += sum(x * w[k, c, a, b] for (a, b), x in below(xs[0], first + c, i, j, kernel, options).items())
        return total

    return filled((kernels, *reach(xs[0].shape[1:], kernel, options)), element)


def conv_transpose2d(options, xs, p):
    w, groups, (top, bottom, left, right) = p["weights"], options["groups"], options["padding"]
    channels, rows, columns = xs[0].shape
    long = [
        (n - 1) * s + (k - 1) * d + 1 + m
        for n, s, k, d, m in zip(
            (rows, columns),
            options["stride"],
            options["kernel"],
            options["dilation"],
            options["output_padding"],
            strict=True,
        )
    ]
    y = np.zeros((options["kernels"], *long))
    depth = options["kernels"] // groups
    for c, i, j, k, a, b in spots((channels, rows, columns, depth, *options["kernel"])):
        row = i * options["stride"][0] + a * options["dilation"][0]
        column = j * options["stride"][1] + b * options["dilation"][1]
        y[c // (channels // groups) * depth + k, row, column] += xs[0][c, i, j] * w[c, k, a, b]
    y = y[:, top : long[0] - bottom, left : long[1] - right]
    return y + p.get("bias", np.zeros(options["kernels"]))[:, None, None]


def pooled(options, xs, fold):
    shape = (xs[0].shape[0], *reach(xs[0].shape[1:], options["kernel"], options))
    return filled(shape, lambda c, i, j: fold(list(below(xs[0], c, i, j, options["kernel"], options).values())))


def max_pool(options, xs, p):
    return pooled(options, xs, max)


def average_pool(options, xs, p):
    area = options["kernel"][0] * options["kernel"][1]
    return pooled(options, xs, lambda found: sum(found) / (area if options["count_padding"] else len(found)))


def global_average_pool(options, xs, p):
    return filled((len(xs[0]), 1, 1), lambda c, i, j: sum(xs[0][c].flat) / xs[0][c].size)


def batch_norm(options, xs, p):
    def element(c, *rest):
        normal = (xs[0][c, *rest] - p["mean"][c]) / (p["variance"][c] + options["epsilon"]) ** 0.5
        return p["scale"][c] * normal + p["shift"][c]

    return filled(xs[0].shape, element)


def add(options, xs, p):
    return filled(xs[0].shape, lambda *at: sum(x[at] for x in xs))


def concat(options, xs, p):
    return np.array([channel for x in xs for channel in x])


def upsample(options, xs, p):
    factor = options["factor"]
    down, across = (factor, factor) if isinstance(factor, int) else factor
    channels, rows, columns = xs[0].shape
    return filled((channels, rows * down, columns * across), lambda c, i, j: xs[0][c, i // down, j // across])


def flatten(options, xs, p):
    return np.array([xs[0][at] for at in spots(xs[0].shape)])


def dropout(options, xs, p):
    return xs[0] if options["inverted"] else xs[0] * options["keep"]


def maxout(options, xs, p):
    pieces = options["pieces"]
    shape = (xs[0].shape[0] // pieces, *xs[0].shape[1:])
    return filled(shape, lambda c, *rest: max(xs[0][c * pieces + i, *rest] for i in range(pieces)))


def softmax(options, xs, p):
    def element(c, *rest):
        return exp(xs[0][c, *rest]) / sum(exp(x) for x in xs[0][:, *rest].flat)

    return filled(xs[0].shape, element)


def clipped(x, least, most=inf):
    return min(max(x, least), most)


FUNCTIONS = {
    "relu": lambda x: clipped(x, 0),
    "relu6": lambda x: clipped(x, 0, 6),
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "hard_sigmoid": lambda x: clipped(x / 6 + 0.5, 0, 1),
    "hard_sigmoid_dpu": lambda x: clipped(x + 3, 0, 6) * 2731 / 16384,
    "tanh": tanh,
    "hard_tanh": lambda x: clipped(x, -1, 1),
}


def activation(name):
    return lambda options, xs, p: filled(xs[0].shape, lambda *at: FUNCTIONS[name](xs[0][at]))


def leaky_relu(options, xs, p):
    return filled(xs[0].shape, lambda *at: xs[0][at] if xs[0][at] > 0 else xs[0][at] * options["slope"])


KINDS = {
    made.__name__: made
    for made in (
        dense,
        conv2d,
        conv_transpose2d,
        max_pool,
        average_pool,
        global_average_pool,
        batch_norm,
        add,
        concat,
        upsample,
        flatten,
        dropout,
        maxout,
        softmax,
        leaky_relu,
    )
} | {name: activation(name) for name in FUNCTIONS}
