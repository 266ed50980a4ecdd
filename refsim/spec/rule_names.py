"""How networks are spelled as plain data: what JSON has, with formats, projections and datapaths by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
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
from .networks import Network, Node
from .pooling import AveragePool, Maxout, MaxPool
from .softmax import RealSoftmax, Softmax
from .spellings import get_projection, projection_name
from .tensors import Shape, TensorType
from .transposed import ConvTranspose2d

MOST_AXES, MOST_NUMBERS = 6, 1 << 31
"""What a tensor of a network file may have."""


class Field(NamedTuple):
    """How an attribute of a rule is read from plain data and written as it; a reader raises ``ValueError``."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


class RuleKind(NamedTuple):
    """The name of a kind of layer, its record, and its attributes."""

    name: str
    record: Callable[..., Rule]
    fields: Mapping[str, Field]


def text(value: Any) -> str:
    """A text as it is; ``ValueError`` for anything else."""
    if not isinstance(value, str):
        raise ValueError(f"a text is needed, not {value!r:.60}")
    return value


def whole_number(value: Any) -> int:
    """An integer of at most 18 digits; ``ValueError`` for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 10**18:
        raise ValueError(f"an integer of at most 18 digits is needed, not {value!r:.60}")
    return value


def yes_or_no(value: Any) -> bool:
    """True or false; ``ValueError`` for anything else."""
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed, not {value!r:.60}")
    return value


def whole_numbers(value: Any) -> Shape:
    """Integers in a list; ``ValueError`` for anything else."""
    if not isinstance(value, list | tuple) or len(value) > MOST_AXES:
        raise ValueError(f"a list of at most {MOST_AXES} integers is needed, not {value!r:.60}")
    return tuple(map(whole_number, value))


def texts(value: Any) -> tuple[str, ...]:
    """Texts in a list; ``ValueError`` for anything else."""
    if not isinstance(value, list):
        raise ValueError(f"a list of texts is needed, not {value!r:.60}")
    return tuple(map(text, value))


def mapping(value: Any, keys: Sequence[str], optional: Sequence[str] | None = ()) -> dict[str, Any]:
    """A mapping with these keys, ``None`` standing for any others; ``ValueError`` for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"a mapping{' with ' if keys else ''}{', '.join(keys)} is needed, not {value!r:.60}")
    for key in keys:
        if key not in value:
            raise ValueError(f"{key} is missing")
    unknown = [] if optional is None else [key for key in value if key not in (*keys, *optional)]
    if unknown and optional is not None:
        raise ValueError(f"there is no {unknown[0]!r:.60} here; known are {', '.join([*keys, *optional])}")
    return value


def read_window(value: Any) -> Window:
    """A window from its attributes, each of which can be left out."""
    given = mapping(value, [], ("stride", "padding", "dilation", "groups", "order"))
    made: dict[str, Any] = {}
    for key, one in given.items():
        made[key] = whole_number(one) if key == "groups" else text(one) if key == "order" else whole_numbers(one)
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
INTEGERS = Field(whole_numbers, list)
YES = Field(yes_or_no, bool)
FORMAT = Field(lambda value: get_format(text(value)), str)
PROJECTION = Field(lambda value: get_projection(text(value)), projection_name)
ACCUMULATOR = Field(lambda value: get_accumulator(text(value)), accumulator_name)
DATAPATH = Field(lambda value: get_datapath(text(value)), datapath_name)
WINDOW = Field(read_window, write_window)

KINDS: tuple[RuleKind, ...] = (
    RuleKind("dense", Dense, {"path": DATAPATH}),
    RuleKind("conv2d", Conv2d, {"path": DATAPATH, "window": WINDOW, "pad": INTEGER}),
    RuleKind("elementwise", Elementwise, {"operation": TEXT, "to": optional(PROJECTION)}),
    RuleKind(
        "conv_transpose2d", ConvTranspose2d, {"path": DATAPATH, "window": WINDOW, "output_padding": INTEGERS, "pad": INTEGER}
    ),
    RuleKind("max_pool", MaxPool, {"operation": TEXT, "kernel": optional(INTEGERS), "window": WINDOW, "ceil": YES}),
    RuleKind(
        "average_pool",
        AveragePool,
        {
            "accumulator": ACCUMULATOR,
            "to": PROJECTION,
            "kernel": optional(INTEGERS),
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
    RuleKind("reshape", Reshape, {"shape": INTEGERS}),
    RuleKind("transpose", Transpose, {"axes": INTEGERS}),
    RuleKind("concat", Concat, {"axis": INTEGER}),
    RuleKind("pad", Pad, {"before": INTEGERS, "after": INTEGERS, "code": INTEGER}),
    RuleKind("slice", Slice, {"begin": INTEGERS, "end": INTEGERS}),
    RuleKind("upsample", Upsample, {"factor": INTEGERS}),
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
            "kernel": optional(INTEGERS),
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
    name = text(data.get("kind", "") if isinstance(data, dict) else "")
    kinds = {kind.name: kind for kind in KINDS}
    if name not in kinds:
        near = get_close_matches(name, kinds, 1, 0.5)
        raise ValueError(
            f"there is no kind of layer {name!r:.60}; {f'did you mean {near[0]}?' if near else 'there are ' + ', '.join(kinds)}"
        )
    fields = kinds[name].fields
    given = mapping(data, ["kind", *fields])
    made = {}
    for key, field in fields.items():
        try:
            made[key] = field.read(given[key])
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    return kinds[name].record(**made)


def write_rule(rule: Rule) -> dict[str, Any]:
    """The plain data of a rule; ``ValueError`` where it has none. What is written **must** be read as an equal rule.

    [network-file/round-trip]
    """
    kind = next((kind for kind in KINDS if kind.record is type(rule)), None)
    if kind is None:
        raise ValueError(f"{type(rule).__name__} is no kind of layer with a name")
    return {"kind": kind.name, **{key: field.write(getattr(rule, key)) for key, field in kind.fields.items()}}


def read_type(data: Any) -> TensorType:
    """A tensor's type **must** be spelled as its ``shape`` and its ``format``. [network-file/type]"""
    given = mapping(data, ["shape", "format"])
    shape = whole_numbers(given["shape"])
    count = 1
    for length in shape:
        if length < 0 or (count := count * length) > MOST_NUMBERS:
            raise ValueError(f"a tensor has no shape {list(shape)}: at most {MOST_NUMBERS} numbers, no axis negative")
    return TensorType(shape, get_format(text(given["format"])))


def write_type(type: TensorType) -> dict[str, Any]:
    """The plain data of a type."""
    return {"shape": list(type.shape), "format": type.format.name}


def read_network(data: Any) -> Network:
    """A network **must** be spelled as its ``name``, the type of its ``input``, the types of its ``parameters`` by name and its
    ``layers`` in order, each with its ``name``, its ``rule``, the names of its ``inputs`` and those of its ``parameters`` by
    role.

    ``ValueError`` for anything else, and for what is no network. [network-file/network]
    """
    given = mapping(data, ["name", "input", "parameters", "layers"])
    if not isinstance(given["layers"], list):
        raise ValueError("the layers of a network are a list")
    parameters = {}
    for name, one in mapping(given["parameters"], [], None).items():
        try:
            parameters[name] = read_type(one)
        except ValueError as error:
            raise ValueError(f"parameter {name!r:.60}: {error}") from None
    nodes = tuple(_read_node(i, node) for i, node in enumerate(given["layers"], start=1))
    return Network(text(given["name"]), read_type(given["input"]), nodes, parameters)


def _read_node(number: int, data: Any) -> Node:
    try:
        given = mapping(data, ["name", "rule", "inputs"], ["parameters"])
        name = text(given["name"])
    except ValueError as error:
        raise ValueError(f"layer {number}: {error}") from None
    try:
        roles = mapping(given.get("parameters", {}), [], None)
        names = tuple((role, text(name)) for role, name in roles.items())
        return Node(name, read_rule(given["rule"]), texts(given["inputs"]), names)
    except ValueError as error:
        raise ValueError(f"layer {name!r:.60}: {error}") from None


def write_network(network: Network) -> dict[str, Any]:
    """The plain data of a network."""
    return {
        "name": network.name,
        "input": write_type(network.input),
        "parameters": {name: write_type(type) for name, type in network.parameters.items()},
        "layers": [
            {"name": node.name, "rule": write_rule(node.rule), "inputs": list(node.inputs), "parameters": dict(node.parameters)}
            for node in network.nodes
        ],
    }
