"""How fault models and selections of bits are spelled as plain data: what JSON and TOML have, with rates as exact texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from .bursts import Burst, Cluster
from .cells import Asymmetric, Banked, PerBit, StuckAt
from .faults import Model
from .plain_data import Field, read_named, whole_number, write_named
from .rule_names import CODE, INTEGER, TEXT
from .samplers import Count, DenseRate, Exhaustive, Rate, Thinned
from .sites import Selection
from .value_faults import Constant, Moved, Negated, Random, Zeroed

NUMBER = re.compile(r"[0-9]{1,100}(\.[0-9]{1,100})?(e-?[0-9]{1,2})?|[0-9]{1,100}/0*[1-9][0-9]{0,99}")
"""A decimal number or a ratio of integers, none of them so long that reading it is work."""
MOST_ENTRIES = 1 << 10
"""The bits, banks, lengths or cells that a list may have."""


class ModelKind(NamedTuple):
    """The name of a kind of fault model, its record, and its attributes."""

    name: str
    record: Callable[..., Model]
    fields: Mapping[str, Field]


def read_rate(value: Any) -> Fraction:
    """A rate **must** be spelled as a text that is a decimal number, with or without an exponent of ten, or a ratio of two
    integers, and stands for exactly that number. A floating-point number is refused: which one was meant is not known.

    ``ValueError`` for anything else. [fault-names/rate]
    """
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise ValueError(f'a rate is an exact text such as "1e-5" or "1/3", not {value!r:.60}')
    return Fraction(value)


def write_rate(rate: Fraction) -> str:
    """The text of a rate, which is read as the same rate; ``ValueError`` where it is too long for that."""
    found = str(rate)
    if not NUMBER.fullmatch(found):
        raise ValueError(f"a rate of {len(found)} characters cannot be written: {found:.60}")
    return found


def read_list(value: Any) -> list[Any]:
    """A list that is not too long; ``ValueError`` for anything else."""
    if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
        raise ValueError(f"a list of at most {MOST_ENTRIES} entries is needed, not {value!r:.60}")
    return list(value)


def many(field: Field) -> Field:
    """A list of what a field reads and writes."""
    return Field(lambda value: tuple(map(field.read, read_list(value))), lambda value: list(map(field.write, value)))


def read_pair(value: Any) -> tuple[int, int]:
    """Two integers in a list; ``ValueError`` for anything else."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"two integers in a list are needed, not {value!r:.60}")
    return whole_number(value[0]), whole_number(value[1])


RATE = Field(read_rate, write_rate)
RATES = many(RATE)
PAIRS = many(Field(read_pair, list))

KINDS: tuple[ModelKind, ...] = (
    ModelKind("rate", Rate, {"p": RATE}),
    ModelKind("dense_rate", DenseRate, {"p": RATE}),
    ModelKind("thinned", Thinned, {"p": RATE, "greatest": RATE}),
    ModelKind("count", Count, {"k": INTEGER}),
    ModelKind("exhaustive", Exhaustive, {}),
    ModelKind("burst", Burst, {"p": RATE, "lengths": RATES, "pattern": TEXT, "end": TEXT}),
    ModelKind("cluster", Cluster, {"p": RATE, "footprint": PAIRS}),
    ModelKind("asymmetric", Asymmetric, {"up": RATE, "down": RATE}),
    ModelKind("stuck_at", StuckAt, {"p": RATE, "ones": RATE}),
    ModelKind("banked", Banked, {"p": RATE, "factors": RATES}),
    ModelKind("per_bit", PerBit, {"rates": RATES}),
    ModelKind("zero", Zeroed, {"p": RATE}),
    ModelKind("constant", Constant, {"p": RATE, "code": CODE}),
    ModelKind("random", Random, {"p": RATE}),
    ModelKind("negate", Negated, {"p": RATE}),
    ModelKind("move", Moved, {"p": RATE, "steps": INTEGER}),
)
"""The kinds of fault models by name."""


def read_model(data: Any) -> Model:
    """A fault model **must** be spelled as a mapping of its ``kind`` and its attributes, of which none is left out.

    ``ValueError`` for anything else. [fault-names/model]
    """
    made: Model = read_named("fault model", KINDS, data)
    return made


def write_model(model: Model) -> dict[str, Any]:
    """The plain data of a fault model; ``ValueError`` where it has none. What is written **must** be read as an equal model.

    [fault-names/round-trip]
    """
    return write_named("fault model", KINDS, model)


def read_selection(value: Any) -> Selection:
    """A selection of bits **must** be spelled as a list of names of fields and numbers of bits; an empty list stands for all.

    ``ValueError`` for anything else. [fault-names/selection]
    """
    entries = read_list(value)
    if wrong := [one for one in entries if not isinstance(one, str | int) or isinstance(one, bool)]:
        raise ValueError(f"a selection is of names of fields and numbers of bits, not {wrong[0]!r:.60}")
    return tuple(one if isinstance(one, str) else whole_number(one) for one in entries)


def write_selection(selection: Selection) -> list[str | int]:
    """The plain data of a selection."""
    return list(selection)
