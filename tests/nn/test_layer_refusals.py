"""What layers in floating point refuse: options and inputs that mean nothing, in one line each."""

import pytest

from refsim.nn.layers.kinds import KINDS
from refsim.nn.networks import Layer, Network

from .layer_cases import Case, case

CONV = {"kernels": 4, "kernel": [3, 3]}
POOL = {"kernel": [2, 2], "stride": [2, 2]}
REFUSED = [
    (Case("dense", {}, ((2,),)), "layer it: dense needs the option 'outputs'"),
    (case("dense", (2,), outputs=0), "layer it: the option outputs is a whole number of at least 1, not 0"),
    (case("dense", (2,), outputs=2.0), "layer it: the option outputs is a whole number of at least 1, not 2.0"),
    (case("dense", (2,), outputs=True), "layer it: the option outputs is a whole number of at least 1, not True"),
    (case("dense", (), outputs=2), "layer it: dense takes an input with at least one axis"),
    (case("dense", (2,), (2,), outputs=2), "layer it: dense takes one input, not 2"),
    (case("conv2d", (2, 5), **CONV), "layer it: conv2d takes channels of rows and columns, not the shape (2, 5)"),
    (case("conv2d", (2, 2, 5), **CONV), "layer it: a kernel of 3 x 3 has no place on an image of 2 x 5"),
    (case("conv2d", (3, 5, 5), **CONV, groups=2), "layer it: conv2d cannot deal out 3 channels and 4 kernels to 2 groups"),
    (case("conv2d", (3, 5, 5), **CONV, groups=3), "layer it: conv2d cannot deal out 3 channels and 4 kernels to 3 groups"),
    (case("conv2d", (2, 5, 5), **CONV, padding=[1, 1]), "layer it: the option padding is 4 whole numbers, not [1, 1]"),
    (
        case("conv2d", (2, 5, 5), **CONV, padding=[0, 0, 0, -1]),
        "layer it: each of the option padding is a whole number of at least 0, not -1",
    ),
    (case("conv2d", (2, 5, 5), **CONV, stride=2), "layer it: the option stride is 2 whole numbers, not 2"),
    (case("conv2d", (2, 5, 5), **CONV, bias=1), "layer it: the option bias is true or false, not 1"),
    (case("conv2d", (2, 5, 5), **CONV, steps=1), "layer it: conv2d has no option 'steps'; there are kernels, kernel, "),
    (
        case("conv_transpose2d", (2, 5, 5), **CONV, output_padding=[1, 0]),
        "layer it: the output_padding of conv_transpose2d is less than its stride (1, 1), not (1, 0)",
    ),
    (
        case("conv_transpose2d", (2, 1, 1), **CONV, padding=[2, 1, 0, 0]),
        "layer it: nothing is left of conv_transpose2d within its padding (2, 1, 0, 0)",
    ),
    (
        case("conv_transpose2d", (3, 5, 5), **CONV, groups=2),
        "layer it: conv_transpose2d cannot deal out 3 channels and 4 kernels to 2 groups",
    ),
    (
        case("max_pool", (2, 5, 5), **POOL, padding=[0, 2, 0, 0]),
        "layer it: the padding of max_pool is less than its kernel (2, 2), not (0, 2, 0, 0)",
    ),
    (case("average_pool", (2, 5, 5), **POOL, count_padding=0), "layer it: the option count_padding is true or false, not 0"),
    (case("average_pool", (2, 5, 5), kernel=[2, 2]), "layer it: average_pool needs the option 'stride'"),
    (case("global_average_pool", (2,)), "layer it: global_average_pool takes channels of rows and columns, not the shape (2,)"),
    (case("batch_norm", (2,), epsilon=-1), "layer it: the option epsilon is a number from 0 to 1, not -1"),
    (case("batch_norm", (2,), momentum="x"), "layer it: the option momentum is a number from 0 to 1, not 'x'"),
    (case("add", (2,)), "layer it: add takes two inputs or more, not 1"),
    (case("add", (2,), (3,)), "layer it: add takes inputs of one shape, not (2,) and (3,)"),
    (case("concat", (2,)), "layer it: concat takes two inputs or more, not 1"),
    (case("concat", (), ()), "layer it: concat takes inputs with at least one axis"),
    (
        case("concat", (2, 3), (2, 4)),
        "layer it: concat takes inputs that differ along the first axis only, not (2, 3) and (2, 4)",
    ),
    (case("upsample", (2, 3, 3), factor=0), "layer it: each of the option factor is a whole number of at least 1, not 0"),
    (case("upsample", (2, 3, 3), factor="up"), "layer it: the option factor is 2 whole numbers, not 'up'"),
    (case("flatten", (2,), (2,)), "layer it: flatten takes one input, not 2"),
    (case("dropout", (2,), keep=0), "layer it: the option keep is more than 0"),
    (case("dropout", (2,), keep=1.5), "layer it: the option keep is a number from 0 to 1, not 1.5"),
    (case("dropout", (2,), keep=float("nan")), "layer it: the option keep is a number from 0 to 1, not nan"),
    (case("maxout", (5,), pieces=2), "layer it: maxout cannot take 5 results in groups of 2"),
    (case("softmax", (2,), (2,)), "layer it: softmax takes one input, not 2"),
    (case("relu", (2,), (2,)), "layer it: relu takes one input, not 2"),
    (case("leaky_relu", (2,), slope=2), "layer it: the option slope is a number from 0 to 1, not 2"),
]


@pytest.mark.parametrize(("found", "message"), REFUSED, ids=[str(found) for found, _ in REFUSED])
def test_refusals(found, message):
    """What a kind does not take, a network refuses in one line when it is made."""
    with pytest.raises(ValueError, match=r"^layer it: ") as caught:
        refuse(found)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def refuse(found):
    """Make a network of the layer or, where its inputs differ, check it as a network does."""
    layer = Layer("it", found.kind, ("input",) * len(found.shapes), found.options)
    if len(set(found.shapes)) == 1:
        Network("n", found.shapes[0], (layer,))
    try:
        KINDS[found.kind].shape(layer.all_options, found.shapes)
    except ValueError as error:
        raise ValueError(f"layer it: {error}") from None
