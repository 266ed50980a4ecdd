"""How rules are spelled as plain data: what JSON has, with formats, projections and datapaths by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from .affine_functions import AffineFunction
from .affine_joins import AffineJoin
from .affine_layers import Centre, DequantizeLinear, QuantizeLinear, Requantize
from .affine_pools import AffineAveragePool
from .catalogue import get_format
from .convolutions import Window
from .datapath_names import accumulator_name, datapath_name, get_accumulator, get_datapath
from .layers import Conv2d, Dense, Elementwise, Rule
from .moves import Concat, Pad, Reshape, Slice, Transpose, Upsample
from .plain_data import Field, code, lengths, mapping, read_named, text, whole_number, whole_numbers, write_named, yes_or_no
from .pooling import AveragePool, Maxout, MaxPool
from .range_guards import RangeGuard
from .softmax import RealSoftmax, Softmax
from .spellings import get_projection, projection_name
from .transposed import ConvTranspose2d


class RuleKind(NamedTuple):
    """The name of a kind of layer, its record, and its attributes."""

    name: str
    record: Callable[..., Rule]
    fields: Mapping[str, Field]


def read_window(value: Any) -> Window:
    """A window from its attributes, each of which can be left out."""
    given = mapping(value, [], ("stride", "padding", "dilation", "groups", "order"))
    made: dict[str, Any] = {}
    for key, one in given.items():
        made[key] = whole_number(one) if key == "groups" else text(one) if key == "order" else lengths(one)
    return Window(**made)


def write_window(window: Window) -> dict[str, Any]:
    """The attributes of a window that are not as by default."""
    plain = asdict(Window())
    found = {key: value for key, value in asdict(window).items() if value != plain[key]}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def optional(field: Field) -> Field:
    """A field that may be null."""
    return Field(
        lambda value: None if value is None else field.read(value), lambda value: None if value is None else field.write(value)
    )


TEXT = Field(text, str)
INTEGER = Field(whole_number, int)
CODE = Field(code, int)
INTEGERS = Field(whole_numbers, list)
LENGTHS = Field(lengths, list)
YES = Field(yes_or_no, bool)
FORMAT = Field(lambda value: get_format(text(value)), str)
PROJECTION = Field(lambda value: get_projection(text(value)), projection_name)
ACCUMULATOR = Field(lambda value: get_accumulator(text(value)), accumulator_name)
DATAPATH = Field(lambda value: get_datapath(text(value)), datapath_name)
WINDOW = Field(read_window, write_window)

KINDS: tuple[RuleKind, ...] = (
    RuleKind("dense", Dense, {"path": DATAPATH}),
    RuleKind("conv2d", Conv2d, {"path": DATAPATH, "window": WINDOW, "pad": CODE}),
    RuleKind("elementwise", Elementwise, {"operation": TEXT, "to": optional(PROJECTION)}),
    RuleKind("conv_transpose2d", ConvTranspose2d, {"path": DATAPATH, "window": WINDOW, "output_padding": LENGTHS, "pad": CODE}),
    RuleKind("max_pool", MaxPool, {"operation": TEXT, "kernel": optional(LENGTHS), "window": WINDOW, "ceil": YES}),
    RuleKind(
        "average_pool",
        AveragePool,
        {
            "accumulator": ACCUMULATOR,
            "to": PROJECTION,
            "kernel": optional(LENGTHS),
            "window": WINDOW,
            "count_padding": YES,
            "ceil": YES,
        },
    ),
    RuleKind("maxout", Maxout, {"operation": TEXT, "pieces": INTEGER}),
    RuleKind(
        "softmax",
        Softmax,
        {
            "axis": INTEGER,
            "difference": PROJECTION,
            "exponential": PROJECTION,
            "accumulator": ACCUMULATOR,
            "to": PROJECTION,
        },
    ),
    RuleKind("real_softmax", RealSoftmax, {"axis": INTEGER, "to": PROJECTION}),
    RuleKind("range_guard", RangeGuard, {"out_of_range": TEXT, "nan": TEXT}),
    RuleKind("reshape", Reshape, {"shape": INTEGERS}),
    RuleKind("transpose", Transpose, {"axes": INTEGERS}),
    RuleKind("concat", Concat, {"axis": INTEGER}),
    RuleKind("pad", Pad, {"before": LENGTHS, "after": LENGTHS, "code": CODE}),
    RuleKind("slice", Slice, {"begin": INTEGERS, "end": INTEGERS}),
    RuleKind("upsample", Upsample, {"factor": LENGTHS}),
    RuleKind("quantize_linear", QuantizeLinear, {"model": TEXT, "to": FORMAT}),
    RuleKind("dequantize_linear", DequantizeLinear, {"model": TEXT}),
    RuleKind("centre", Centre, {}),
    RuleKind("requantize", Requantize, {"model": TEXT, "to": FORMAT, "low": optional(INTEGER), "high": optional(INTEGER)}),
    RuleKind("affine_join", AffineJoin, {"operation": TEXT, "way": TEXT, "to": PROJECTION}),
    RuleKind("affine_function", AffineFunction, {"operation": TEXT, "way": TEXT, "to": PROJECTION}),
    RuleKind(
        "affine_average_pool",
        AffineAveragePool,
        {
            "way": TEXT,
            "to": PROJECTION,
            "kernel": optional(LENGTHS),
            "window": WINDOW,
            "count_padding": YES,
            "ceil": YES,
        },
    ),
)
"""The kinds of layers by name."""


def read_rule(data: Any) -> Rule:
    """A rule **must** be spelled as a mapping of its ``kind`` and its attributes, of which none is left out.

    ``ValueError`` for anything else. [network-file/rule]
    """
    made: Rule = read_named("kind of layer", KINDS, data)
    return made


def write_rule(rule: Rule) -> dict[str, Any]:
    """The plain data of a rule; ``ValueError`` where it has none. What is written **must** be read as an equal rule.

    [network-file/round-trip]
    """
    return write_named("kind of layer", KINDS, rule)
