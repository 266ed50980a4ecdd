"""Quantizing a block of NVFP4 as a library computes it, as a procedure."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.formats import Unrepresentable
from ...spec.nvfp4 import MODELS, NVFP4, nvfp4_quantize
from ...spec.operands import rational
from ..fields import Field, code_field, code_fields
from .block_parameters import NEGATIVE, SIZE, SOURCE, code32, middles, rows, shown, size
from .procedure import Parameter, Parameters, Procedure, Values, bug, mistaken

AMAXES = (0x45280000, 0x3F800000, 0x40E00000, 0x3EC7AE14, 0x0DA24260, 0x7F61B1E6, 0x00000001, 0x00800000)
"""The second operands: 2688, 1, 7, 0.39, 1e-30, 3e38, and the least numbers."""


def operands(parameters: Parameters) -> Iterator[Field]:
    """The greatest magnitude of the tensor, or its scale, and the numbers."""
    yield code_field("t", SOURCE)
    yield from code_fields("x", SOURCE, size(parameters))


def results(parameters: Parameters) -> Iterator[Field]:
    """The tensor's scale, the block's, and the elements."""
    yield from (code_field("tensor", SOURCE), code_field("scale", NVFP4.scale))
    yield from code_fields("e", NVFP4.element, size(parameters))


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    data = [SOURCE.decode(code) for code in values]
    try:
        found = nvfp4_quantize(parameters["model"], data[1:], data[0])
    except ValueError as error:  # what a model refuses has no block
        raise Unrepresentable(str(error)) from None
    return found.tensor, found.block.scale, *found.block.elements


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """The blocks that decide narrowly, with several tensors; and blocks whose numbers are element middles times each scale,
    near which products with reciprocals go astray.
    """
    count = size(parameters)
    for turn, (name, codes) in enumerate(rows(NVFP4, count)):
        magnitudes = [code & ~NEGATIVE for code in codes]
        yield name, (max(magnitudes) if turn % 3 == 0 else AMAXES[turn % len(AMAXES)], *codes)
    for turn, code in enumerate(range(0x08, 0x7F, 3)):
        scale = rational(NVFP4.scale.decode(code))
        found = [code32(middle * scale) for middle in middles(NVFP4.element)]
        whole = [code32(6 * scale), *(found[(turn + 2 * i) % len(found)] for i in range(count - 1))]
        yield "middles of a scale", (AMAXES[turn % 3] if parameters["model"] != "universal" else AMAXES[1], *whole)


def explain(parameters: Parameters, values: Values, results: Values) -> str:  # noqa: ARG001 every model reads alike
    """The numbers, the scale, and the elements."""
    left = f"{shown(SOURCE, values[1:])} of {shown(SOURCE, values[:1])}"
    return f"{left} -> {shown(NVFP4.scale, results[1:2])} * ({shown(NVFP4.element, results[2:])})"


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the model first."""
    model = parameters["model"]
    more = {"transformer_engine": ("nvfp4/encode-scale",), "universal": ()}.get(model, ("nvfp4/torchao-scale",))
    return f"nvfp4/{model.replace('_', '-')}", *more, "nvfp4/element", "nvfp4/model"


def _scale_of_one(parameters: Parameters, values: Values) -> Values:
    return run(parameters, (AMAXES[0] if parameters["model"] != "universal" else AMAXES[1], *values[1:]))


SENTENCES = {
    "transformer_engine": "the order of Transformer Engine, with rounded reciprocals",
    "torchao": "the order of torchao, with divisions, and scales that are never subnormal",
    "torchao_reciprocal": "the order of torchao with a product instead of a division",
    "universal": "the order of Universal, which divides the numbers by the tensor's scale first",
}
LIKE = ("transformer_engine", "torchao", "torchao_reciprocal")
"""The models whose second operand is the greatest magnitude of the tensor."""
MUTANTS = (
    *(
        mistaken(
            f"nvfp4_block.{name.replace('_', '-')}", SENTENCES[name], run, "model", name, tuple(x for x in LIKE if x != name)
        )
        for name in LIKE
    ),
    bug("nvfp4_block.no-tensor", "the tensor's scale is taken to be one", _scale_of_one),
)

NVFP4_BLOCK = Procedure(
    "nvfp4_block",
    "numbers of binary32 to a block of NVFP4 as a library computes it",
    (Parameter("model", "the library's order of operations", tuple(MODELS)), SIZE),
    operands,
    results,
    run,
    clauses,
    candidates,
    MUTANTS,
    tuple({"model": model, "size": "4"} for model in MODELS),
    explain,
)
