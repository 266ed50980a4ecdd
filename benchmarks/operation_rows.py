"""The rows of the operations: every operation of the table, and the arithmetic in several formats and under several rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import data
import peers
from operations import Task, refsim_scalar, refsim_way, verifloat_scalar, ways_of_peers
from records import Claim, Goal, Row, Way

from refsim import Projection, get_format
from refsim.spec.comparison import PREDICATES
from refsim.spec.operations import OPERATIONS, Kind, get_operation

ARITHMETIC = ("add", "multiply", "divide", "sqrt", "fma")
DIRECTED = ("toward_zero", "toward_positive", "toward_negative", "to_odd")
NARROW = ("float8_e4m3fn", "float8_e5m2")
LOOKED_UP = ("add", "multiply", "divide", "sqrt", "exp", "tanh", "sigmoid", "gelu")
"""The operations that 8-bit operands are looked up for and that a goal is stated of."""
ON_NARROW = (
    *("exp", "tanh", "sigmoid", "gelu", "minimum", "maximum", "remainder", "fmod", "scale_b"),
    *("compare_quiet_equal", "compare_quiet_less"),
)
CONVERSIONS = (
    ("convert", "binary64", "binary32"),
    ("convert", "binary32", "binary16"),
    ("convert", "binary16", "binary32"),
    ("multiply", "float8_e4m3fn", "binary32"),
    ("multiply", "float8_e5m2", "binary32"),
    ("multiply", "bfloat16", "binary32"),
)
ONE_BY_ONE = ("dot_product",)
"""Operations, or how their names begin, for which the engine asks the specification in binary32, number by number."""
FEW = 1 << 10
AS_FAST, THIRD, TWICE, FIVE_TIMES = Goal("ratio", 1), Goal("ratio", 0.3), Goal("ratio", 2), Goal("ratio", 5)


def operations() -> Iterator[Row]:
    """Every row of an operation."""
    yield from narrow()
    for rule in ("ties_to_even", *DIRECTED):
        yield from (_row(name, "binary32", rule) for name in ARITHMETIC)
    for format in ("binary16", "binary64"):
        for rule in ("ties_to_even", "toward_negative"):
            yield from (_row(name, format, rule) for name in ARITHMETIC)
    yield from (_row(name, "bfloat16", "ties_to_even") for name in ARITHMETIC)
    for name, format in (("add", "binary32"), ("multiply", "binary32"), ("multiply", "binary16")):
        yield _row(name, format, "ties_to_even", flags=True)
    for name, source, format in CONVERSIONS:
        yield _row(name, format, "ties_to_even", source=source)
    yield from others()
    yield from scalars()


def narrow() -> Iterator[Row]:
    """Operations on 8-bit codes: with two operands or one they are looked up."""
    for format in NARROW:
        for name in ARITHMETIC:
            for rule in ("ties_to_even", "toward_negative"):
                yield _row(name, format, rule)
        yield from (_row(name, format, "ties_to_even") for name in ON_NARROW)


def others() -> Iterator[Row]:
    """Every other operation on binary32; of the comparisons two."""
    kept = ("compare_quiet_less", "compare_signaling_less")
    for name in OPERATIONS:
        if name in (*ARITHMETIC, "convert") or name.startswith(("posit_", "shift_")):
            continue
        if name not in PREDICATES or name in kept:
            yield _row(name, "binary32", "ties_to_even")


def _row(name: str, format: str, rule: str, *, source: str = "", flags: bool = False) -> Row:
    """An operation on one format, or with a ``source`` from that format to another; with ``flags`` refsim gives them too."""
    to = Projection(*("int8", rule, "integer_saturate") if name == "to_integer" else (format, rule, "infinity"))
    task = Task(name, get_format(source or format), to, flags)
    operation = get_operation(name)
    ways = [replace(way, goal=goal(task, way)) for way in ways_of_peers(task)]
    if task.source.name == "binary32" and name in ARITHMETIC:
        ways.append(peers.copy(4 * (len(operation.roles) + 1) + task.flags))
    elif task.source.name in NARROW and not task.mixed:
        ways.append(peers.copy(len(operation.roles) + 1))
    most = FEW if format == "binary32" and name.startswith(ONE_BY_ONE) else 1 << 30
    formats = f"{source}-to-{format}" if source else format
    words = [name, formats, *([rule] if operation.kind is Kind.NUMBER else []), *(["flags"] if flags else [])]
    return Row("/".join(words), _data(task), refsim_way(task), tuple(ways), most)


def _data(task: Task) -> Callable[[int], tuple[object, ...]]:
    return partial(data.operands, get_operation(task.operation), task.source)


def goal(task: Task, way: Way) -> Goal | None:
    """What is promised of refsim beside a peer; beside another function only what tables make sure."""
    if task.source.name in NARROW and not task.mixed and task.operation in LOOKED_UP:
        known = way.library == "ml_dtypes" and task.operation in {"add", "multiply"}
        return FIVE_TIMES if known else TWICE
    if way.claim is Claim.OTHER or task.mixed or task.flags or task.operation not in ARITHMETIC:
        return None
    if task.source.name == "binary32":
        return AS_FAST
    if task.source.name == "binary16" and task.operation in {"add", "multiply"} and way.library != "apytypes" and task.even:
        return THIRD
    return None


def scalars() -> Iterator[Row]:
    """The scalar specification, a call for each number."""
    for name, format in (*((name, "binary32") for name in ARITHMETIC), ("multiply", "float8_e4m3fn"), ("exp", "binary16")):
        task = Task(name, get_format(format), Projection(format, "ties_to_even", "infinity"))
        ways = (verifloat_scalar(task),) if name in ARITHMETIC else ()
        yield Row(f"scalar/{name}/{format}", _data(task), refsim_scalar(task), ways, 1 << 10)
