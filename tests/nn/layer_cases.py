"""Layers of every kind, with several options each, and numbers for them."""

from typing import NamedTuple

import numpy as np

from refsim.nn.layers.kinds import KINDS

CONV = {"kernels": 4, "kernel": [3, 2]}


class Case(NamedTuple):
    """A kind, options that are not as by default, and the shapes of the inputs."""

    kind: str
    options: dict
    shapes: tuple

    @property
    def all_options(self):
        return {**KINDS[self.kind].options, **self.options}

    def __str__(self):
        said = "-".join(f"{key}={value}".replace(" ", "") for key, value in self.options.items())
        return f"{self.kind}-{said}-{'+'.join('x'.join(map(str, shape)) for shape in self.shapes)}"


def case(kind, *shapes, **options):
    return Case(kind, options, shapes)


CASES = [
    case("dense", (5,), outputs=3),
    case("dense", (2, 4), outputs=3, bias=False),
    case("dense", (1,), outputs=1),
    case("conv2d", (2, 5, 4), **CONV),
    case("conv2d", (2, 6, 7), **CONV, stride=[2, 3], padding=[1, 0, 2, 1], bias=False),
    case("conv2d", (4, 7, 5), **CONV, dilation=[2, 3], groups=2, padding=[0, 2, 1, 0]),
    case("conv2d", (4, 5, 5), kernels=8, kernel=[2, 2], groups=4, stride=[3, 2]),
    case("conv2d", (3, 1, 1), kernels=2, kernel=[1, 1]),
    case("conv2d", (1, 2, 2), kernels=1, kernel=[3, 3], padding=[1, 1, 1, 1]),
    case("conv_transpose2d", (2, 3, 4), **CONV),
    case("conv_transpose2d", (2, 3, 2), **CONV, stride=[2, 3], padding=[1, 0, 1, 2], output_padding=[1, 2], bias=False),
    case("conv_transpose2d", (4, 3, 3), kernels=6, kernel=[2, 2], groups=2, stride=[2, 2]),
    case("conv_transpose2d", (4, 2, 3), kernels=4, kernel=[3, 2], groups=4, dilation=[2, 1], stride=[1, 2]),
    case("conv_transpose2d", (2, 2, 2), kernels=2, kernel=[1, 1], stride=[3, 3]),
    case("max_pool", (2, 4, 6), kernel=[2, 2], stride=[2, 2]),
    case("max_pool", (2, 5, 5), kernel=[3, 2], stride=[1, 2], padding=[1, 2, 0, 1]),
    case("average_pool", (2, 4, 6), kernel=[2, 3], stride=[2, 3]),
    case("average_pool", (2, 5, 5), kernel=[3, 2], stride=[2, 1], padding=[1, 2, 0, 1]),
    case("average_pool", (2, 5, 5), kernel=[3, 3], stride=[2, 2], padding=[1, 0, 2, 1], count_padding=True),
    case("global_average_pool", (3, 4, 2)),
    case("batch_norm", (3, 4, 2)),
    case("batch_norm", (4,), epsilon=0.125, momentum=0.5),
    case("batch_norm", (2, 3), momentum=1.0),
    case("add", (2, 3, 2), (2, 3, 2)),
    case("add", (4,), (4,), (4,)),
    case("concat", (2, 3, 2), (1, 3, 2), (3, 3, 2)),
    case("concat", (2,), (3,)),
    case("upsample", (2, 3, 2), factor=2),
    case("upsample", (2, 3, 2), factor=[1, 3]),
    case("flatten", (2, 3, 2)),
    case("flatten", (3,)),
    case("dropout", (2, 3, 2), keep=0.5),
    case("dropout", (6,), keep=0.75, inverted=False),
    case("maxout", (6,), pieces=3),
    case("maxout", (4, 3, 2), pieces=2),
    case("softmax", (5,)),
    case("softmax", (3, 2, 2)),
    case("leaky_relu", (3, 4)),
    case("leaky_relu", (3, 4), slope=0.25),
    *(case(name, (3, 4)) for name in ("relu", "relu6", "sigmoid", "hard_sigmoid", "hard_sigmoid_dpu", "tanh", "hard_tanh")),
]
SAMPLES = 3


def numbers(found, dtype=np.float64, samples=SAMPLES):
    """Inputs for all kinks to lie between them, and parameters, none of them special."""
    random = np.random.default_rng(7)
    kind = KINDS[found.kind]
    xs = [random.normal(0.3, 2.5, (samples, *shape)).astype(dtype) for shape in found.shapes]
    shapes = kind.parameters(found.all_options, found.shapes)
    drawn = {role: random.normal(0.2, 1, shape) for role, shape in shapes.items()}
    return xs, {role: (np.abs(p) + 0.5 if role == "variance" else p).astype(dtype) for role, p in drawn.items()}
