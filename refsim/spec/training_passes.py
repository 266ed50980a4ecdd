"""Passes of training with low-precision multiplications: sums of products, maxout and softmax, forward and backward.

Each function takes tensors of codes and gives those of one group. What it computes is exact and projected once; sums of
products may be made by a datapath. The steps are those of Courbariaux, Bengio and David, arXiv 1412.7024, and of the program
that goes with it.

Batches are tensors with the samples along their first axis; weights have their outputs along the first, then their inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from .accumulators import Total
from .arithmetic import exact_divide, exact_product, exact_subtract
from .catalogue import get_format
from .datapaths import Datapath, dot
from .exact import Exact, is_nan, is_zero
from .formats import Number
from .operands import Outcome, Setting, perform
from .pooling import chosen, keeping
from .products import ExactProduct
from .projection import Projection
from .retraining import turned
from .softmax import exact_share
from .tensors import Tensor, tensor

ONES = get_format("uint8")
"""The format of the ones by which gradients are added up."""
TIES = ("all", "first")
"""Which of several greatest pieces gets the gradient of a maxout: every one of them, or the first."""


def each(x: Tensor, to: Projection, function: Callable[[Number], int]) -> Tensor:
    """The codes that a function makes of the numbers of a tensor."""
    return tensor(map(function, x.numbers()), x.shape, to.format)


def copied(parameter: Tensor, to: Projection, scale: Fraction = Fraction(1)) -> Tensor:
    """A layer **must** compute with copies of its parameters, projected from the stored ones. [training/copy]"""
    return each(parameter, to, lambda x: perform(lambda _, datum: exact_product(datum, scale), (x,), to).code)


def masked(x: Tensor, mask: Sequence[int] | None) -> Tensor:
    """What a dropout leaves out **must** be zero, going forward and going back; what it leaves in stays as it is, and is not
    divided by the share that is left in.

    ``ValueError`` for a mask of another length. [training/dropout]
    """
    if mask is None:
        return x
    if len(mask) != len(x.codes):
        raise ValueError(f"a mask for {len(x.codes)} numbers is needed, not for {len(mask)}")
    zero = keeping(x.format)(0).code
    return tensor((code if kept else zero for code, kept in zip(x.codes, mask, strict=True)), x.shape, x.format)


def total(xs: Sequence[Number], ys: Sequence[Number], to: Projection, sums: Datapath | None, bias: Number | None = None) -> int:
    """A sum of products **must** be exact, or what the datapath makes of it, and then projected to its group. A bias belongs to
    the sum.

    [training/sum]
    """
    path = Datapath(ExactProduct(), Total(to), "first", "sum", None) if sums is None else sums
    made = dot(xs, ys, path, bias)
    return made.code if sums is None else to(sums.to.format.decode(made.code)).code


def product(a: Tensor, b: Tensor, to: Projection, sums: Datapath | None, bias: Tensor | None = None) -> Tensor:
    """All sums of products of rows of a and rows of b."""
    biases = [None] * b.shape[0] if bias is None else bias.numbers()
    codes = (total(x, y, to, sums, with_) for x in a.nested() for y, with_ in zip(b.nested(), biases, strict=True))
    return tensor(codes, (a.shape[0], b.shape[0]), to.format)


def groups_of(x: Tensor, pieces: int) -> list[list[Number]]:
    """Neighbours, so many at a time."""
    numbers = x.numbers()
    return [numbers[i : i + pieces] for i in range(0, len(numbers), pieces)]


def maxout(z: Tensor, pieces: int, to: Projection) -> Tensor:
    """The result of a hidden layer **must** be the greatest of each of its groups of sums, projected. [training/maxout]"""
    codes = (to(chosen(group, "maximum").exact).code for group in groups_of(z, pieces))
    return tensor(codes, (z.shape[0], z.shape[1] // pieces), to.format)


def softmax(z: Tensor, to: Projection) -> Tensor:
    """The result of the last layer **must** be the exact share of each of its sums in the softmax of the sample, projected.

    [training/softmax]
    """
    codes = (
        perform(lambda setting, *data: exact_share(setting, which, *data), row, to).code  # noqa: B023 at once
        for row in z.nested()
        for which in range(len(row))
    )
    return tensor(codes, z.shape, to.format)


def error(y: Tensor, labels: Sequence[int], to: Projection) -> Tensor:
    """The gradient from which all others come **must** be the result of the last layer less the target, divided by the number
    of classes and projected. The target is 1 for the class of the label and 0 for others. The gradient is not divided by the
    number of samples.

    ``ValueError`` for labels that are no classes, or not one for each sample. [training/error]
    """
    samples, classes = y.shape
    if len(labels) != samples or any(not 0 <= label < classes for label in labels):
        raise ValueError(f"{samples} labels from 0 to {classes - 1} are needed, not {list(labels)[:samples]}")

    def exact(setting: Setting, y: Exact, target: Fraction) -> Outcome:
        difference, _ = exact_subtract(setting, y, target)
        return exact_divide(setting, difference, Fraction(classes))

    codes = (
        perform(lambda setting, datum: exact(setting, datum, Fraction(c == label)), (y.at(i, c),), to).code  # noqa: B023 at once
        for i, label in enumerate(labels)
        for c in range(classes)
    )
    return tensor(codes, y.shape, to.format)


def same(x: Number, y: Number) -> bool:
    """Whether two numbers are equal, as zeros of both signs are, and NaNs are not."""
    return not is_nan(x.exact) and (x.exact == y.exact or (is_zero(x.exact) and is_zero(y.exact)))


def passed_to_pieces(gradient: Tensor, z: Tensor, pieces: int, ties: str, to: Projection) -> Tensor:
    """The gradient of a sum **must** be that of its maxout where the sum is the greatest of its group, and zero elsewhere.
    Where several sums are the greatest, each of them or the first gets it, as ``ties`` says. It is projected to its own group,
    also where there is nothing to choose from.

    In the program each of them does, by the library that it is written for. [training/maxout-gradient]
    """
    codes = list[int]()
    for g, group in zip(gradient.numbers(), groups_of(z, pieces), strict=True):
        greatest = [same(x, chosen(group, "maximum")) for x in group]
        found = [best and (ties == "all" or not any(greatest[:i])) for i, best in enumerate(greatest)]
        codes += (to(g.exact if best else 0).code for best in found) if pieces > 1 else [to(g.exact).code]
    return tensor(codes, z.shape, to.format)


def gradients(delta: Tensor, x: Tensor, to_w: Projection, to_b: Projection, sums: Datapath | None) -> tuple[Tensor, Tensor]:
    """The gradient of a weight **must** be the sum over the samples of the batch, in their order, of the gradient of the sum
    times the input behind its mask; that of a bias the sum of the gradients alone. The gradient of a copy stands for that of
    the stored parameter.

    [training/gradient]
    """
    ones = tensor([1] * x.shape[0], (1, x.shape[0]), ONES)
    bias = product(turned(delta), ones, to_b, sums)
    return product(turned(delta), turned(x), to_w, sums), tensor(bias.codes, delta.shape[1:], bias.format)


def passed_back(delta: Tensor, weights: Tensor, mask: Sequence[int] | None, to: Projection, sums: Datapath | None) -> Tensor:
    """The gradient of a result below **must** be the sum over the outputs above, in their order, of the gradient of the sum
    times the copy of the weight, behind the mask of the layer above, projected to the group of gradients of the layer below.

    Projections are passed as if they did nothing. [training/backward]
    """
    return masked(product(delta, turned(weights), to, sums), mask)
