"""Layers: rules that make a tensor of codes from tensors of codes, with parameters of their own.

A rule is a frozen record that says with which datapath, projection or window it computes; it holds no parameters. Every rule
takes one sample: there is no axis of samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .convolutions import Window, conv2d
from .datapaths import Datapath, dot
from .formats import Format, Number
from .log_grids import LogGrid
from .operations import Kind, Operation, get_operation
from .projection import Projection
from .surds import Surd
from .tensors import Shape, Tensor, TensorType, gathered, size, tensor

SCALES = ("scale", "scale2")
"""The roles of the scales of a datapath's output stage, in the order in which they are applied."""


class Rule(Protocol):
    """What a layer computes."""

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The type of the result; ``ValueError`` where inputs or parameters do not fit."""

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result; of what ``infer`` refuses there is none."""


def check_roles(what: str, parameters: Mapping[str, object], needed: Sequence[str], allowed: Sequence[str] = ()) -> None:
    """``ValueError`` where a layer's parameters are not those that its rule takes."""
    missing = [role for role in needed if role not in parameters]
    extra = [role for role in parameters if role not in (*needed, *allowed)]
    if missing or extra:
        known = ", ".join([*needed, *(f"{role} (optional)" for role in allowed)]) or "none"
        raise ValueError(
            f"the parameters of {what} are {known}; {f'{missing[0]} is missing' if missing else f'{extra[0]} is unknown'}"
        )


def only(what: str, xs: Sequence[TensorType]) -> TensorType:
    """The one input of a layer; ``ValueError`` where there are more or none."""
    if len(xs) != 1:
        raise ValueError(f"{what} takes one input, not {len(xs)}")
    return xs[0]


def check_vectors(what: str, parameters: Mapping[str, TensorType], count: int) -> None:
    """``ValueError`` for a bias without an element for each output, or a scale without one for each or one for all."""
    for role in ("bias", *SCALES):
        if role in parameters and parameters[role].shape not in ({(count,)} if role == "bias" else {(count,), (1,)}):
            raise ValueError(f"the {role} of {what} has {count} elements, not the shape {parameters[role].shape}")


def scales_of(parameters: Mapping[str, Tensor], output: int) -> list[Number]:
    """The scales of one output."""
    given = [parameters[role] for role in SCALES if role in parameters]
    return [scale.at(output if scale.shape[0] > 1 else 0) for scale in given]


@dataclass(frozen=True)
class Dense:
    """Element o of the result **must** be the dot product of the input and row o of the weights, with elements o of bias and
    scales, on the datapath. An input of several axes is taken along its last axis, and the others stay.

    Parameters: ``weights`` (outputs, inputs), ``bias`` (outputs), ``scale`` and ``scale2`` (outputs, or one). [layer/dense]
    """

    path: Datapath

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape with the outputs in the place of its last axis."""
        x = only("dense", xs)
        check_roles("dense", parameters, ["weights"], ["bias", *SCALES])
        weights = parameters["weights"].shape
        if len(weights) != 2 or not x.shape or weights[1] != x.shape[-1] or not size(weights):
            raise ValueError(f"dense needs weights (outputs, inputs) for its input {x.shape}, not of shape {weights}")
        check_vectors("dense", parameters, weights[0])
        return TensorType((*x.shape[:-1], weights[0]), self.path.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        weights, length = parameters["weights"], xs[0].shape[-1]
        numbers, rows = xs[0].numbers(), weights.nested()
        vectors = [numbers[i : i + length] for i in range(0, len(numbers), length)]
        bias = parameters.get("bias")
        return tensor(
            (
                dot(vector, row, self.path, None if bias is None else bias.at(o), scales_of(parameters, o)).code
                for vector in vectors
                for o, row in enumerate(rows)
            ),
            made.shape,
            made.format,
        )


@dataclass(frozen=True)
class Conv2d:
    """The result **must** be the convolution of the input by the weights on the datapath, with ``pad`` outside the image, which
    is a code of the input's format. Where the groups are as many as the channels it is a depthwise convolution.

    Parameters: ``weights`` (kernels, channels of a group, rows, columns), ``bias`` (kernels), ``scale`` and ``scale2``
    (kernels, or one). [layer/conv2d]
    """

    path: Datapath
    window: Window
    pad: int

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """Kernels, and the rows and columns of their places."""
        x = only("conv2d", xs)
        check_roles("conv2d", parameters, ["weights"], ["bias", *SCALES])
        weights = parameters["weights"].shape
        if len(x.shape) != 3 or len(weights) != 4:
            raise ValueError(f"conv2d needs an input of 3 axes and weights of 4, not of shapes {x.shape} and {weights}")
        x.format.check_code(self.pad)
        count, depth, *kernel = weights
        if x.shape[0] != depth * self.window.groups or not count * depth or count % self.window.groups:
            raise ValueError(
                f"{count} kernels of {depth} channels in {self.window.groups} groups do not fit {x.shape[0]} channels"
            )
        check_vectors("conv2d", parameters, count)
        rows, columns = self.window.places((x.shape[1], x.shape[2]), (kernel[0], kernel[1]))
        return TensorType((count, rows, columns), self.path.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        bias = parameters["bias"].numbers() if "bias" in parameters else None
        scales = [parameters[role].numbers() for role in SCALES if role in parameters]
        found = conv2d(
            xs[0].nested(), parameters["weights"].nested(), self.path, self.window, Number(self.pad, xs[0].format), bias, scales
        )
        return gathered(lambda index: found[index[0]][index[1]][index[2]].code, made.shape, made.format)


@dataclass(frozen=True)
class Elementwise:
    """Each element of the result **must** be what the operation makes of the elements of the operands at its place. The inputs
    are the operands in order that are no parameters; a parameter has one element for all, or one for each index of the first
    axis, which is the channel. Operands keep their formats; without a projection the operation gives codes.

    Parameters: any roles of the operation, as ``b`` and ``c`` of fma, which is how a batch normalization is computed.
    [layer/elementwise]
    """

    operation: str
    to: Projection | None

    def __post_init__(self) -> None:
        found = get_operation(self.operation)
        if found.kind not in {Kind.NUMBER, Kind.CODE} or (self.to is not None) != (found.kind is Kind.NUMBER):
            raise ValueError(f"{self.operation} {'needs a' if found.kind is Kind.NUMBER else 'takes no'} projection in a layer")
        if not found.roles:
            raise ValueError(f"{self.operation} is no operation on elements")

    def known(self) -> Operation:
        """The operation of that name."""
        return get_operation(self.operation)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The shape that all inputs have."""
        operation = self.known()
        check_roles(self.operation, parameters, [], operation.roles)
        free = [role for role in operation.roles if role not in parameters]
        if len(xs) != len(free) or not xs:
            raise ValueError(
                f"{self.operation} takes {len(free)} inputs and {len(parameters)} parameters, not {len(xs)} inputs"
            )
        shape = xs[0].shape
        if wrong := [x.shape for x in xs if x.shape != shape]:
            raise ValueError(f"{self.operation} takes inputs of one shape, not {shape} and {wrong[0]}")
        for role, given in parameters.items():
            if given.shape not in {(), (1,), shape[:1]}:
                raise ValueError(f"{role} of {self.operation} has one element or {shape[:1]}, not the shape {given.shape}")
        inputs = iter(xs)
        operands = [parameters[role] if role in parameters else next(inputs) for role in operation.roles]
        check_computes(operation, [operand.format for operand in operands], self.to)
        return TensorType(shape, operands[0].format if self.to is None else self.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        operation = self.known()

        def element(index: Shape) -> int:
            inputs = iter(xs)
            operands = [
                channel(parameters[role], index) if role in parameters else next(inputs).at(*index) for role in operation.roles
            ]
            return operation(*operands, to=self.to).code

        return gathered(element, made.shape, made.format)


def check_computes(operation: Operation, formats: Sequence[Format], to: Projection | None) -> None:
    """``ValueError`` where an operation has no results for irrational numbers, and a format has such numbers."""
    chosen = [irrational_code(format) for format in formats]
    if all(code is None for code in chosen):
        return
    try:
        operation(*(Number(code or 0, format) for code, format in zip(chosen, formats, strict=True)), to=to)
    except TypeError:
        names = ", ".join(format.name for format in formats)
        raise ValueError(f"{operation} needs rational numbers, and {names} has others") from None
    except ValueError:
        return  # This one has no code; it has a result.


def irrational_code(format: Format) -> int | None:
    """A code of an irrational number; ``None`` where a format has none."""
    if not isinstance(format.grid, LogGrid) or not format.grid.fraction:
        return None
    return next((code for code in range(1 << format.width) if isinstance(format.decode(code), Surd)), None)


def channel(parameter: Tensor, index: Shape) -> Number:
    """The element of a parameter for a place of the input."""
    return Number(parameter.codes[index[0] if len(parameter.codes) > 1 else 0], parameter.format)


def types(parameters: Mapping[str, Tensor]) -> dict[str, TensorType]:
    """The types of parameters."""
    return {role: parameter.type for role, parameter in parameters.items()}
