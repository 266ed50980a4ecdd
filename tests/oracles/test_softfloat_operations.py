"""The specification's operations against Berkeley SoftFloat: result bits and flags, on operands aimed at what goes wrong.

Every operation that SoftFloat has, in binary16, 32, 64 and 128, under the rules of IEEE 754 and to odd, tiny before and after
rounding; all conversions among them, bfloat16 and the integers of 32 and 64 bits. A NaN is compared as a NaN.
"""

from itertools import islice, product

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.comparison import NumberClass
from refsim.spec.exact import NAN, is_nan
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS, Kind
from refsim.spec.projection import Projection

from . import aimed
from .peer_softfloat import ARITHMETIC, COMPARISON, FLOATS, INTEGERS, ROUNDING, TESTS, TININESS, TO_ODD, TYPES, answers, has

FEW, MANY = 8_000, 1_000_000
SHOWN = 8
CLASSES = {
    "is_nan": {NumberClass.QUIET_NAN, NumberClass.SIGNALING_NAN},
    "is_signaling_nan": {NumberClass.SIGNALING_NAN},
    "is_inf": {NumberClass.NEGATIVE_INFINITY, NumberClass.POSITIVE_INFINITY},
}
CONVERSIONS = [
    (source, target)
    for source, target in product(TYPES, TYPES)
    if source != target and has("convert", source, target) and (source in INTEGERS or target not in INTEGERS)
]
TO_INTEGERS = [(source, target) for source, target in product(FLOATS, INTEGERS) if has("convert", source, target)]
WEIGHTS = {"binary128": 1}
"""Of the cases, in eighths; numbers of binary128 are long, and take the longest."""


def same_types(operation):
    """The types that SoftFloat has an operation for."""
    return [(source, source) for source in TYPES if source not in INTEGERS and has(operation, source)]


TASKS = {
    **{operation: (operation, same_types(operation)) for operation in (*ARITHMETIC, *COMPARISON, *TESTS)},
    "convert": ("convert", CONVERSIONS),
    "convert to integers": ("convert", TO_INTEGERS),
    "to_integer": ("to_integer", TO_INTEGERS),
}
CLAUSES = {
    "add": ["arithmetic/add", "arithmetic/sum", "arithmetic/zero-sign", "arithmetic/nan"],
    "subtract": ["arithmetic/subtract", "arithmetic/sum", "arithmetic/zero-sign", "arithmetic/nan"],
    "multiply": ["arithmetic/multiply", "arithmetic/product", "arithmetic/nan"],
    "divide": ["arithmetic/divide", "arithmetic/quotient", "arithmetic/pole", "arithmetic/nan"],
    "sqrt": ["arithmetic/sqrt", "arithmetic/square-root", "exact/root", "project/irrational"],
    "fma": ["arithmetic/fma", "arithmetic/fused", "arithmetic/product", "arithmetic/sum"],
    "remainder": ["integral/remainder"],
    "round_to_integral": ["integral/round"],
    "round_to_integral_exact": ["integral/round-exact", "integral/round"],
    "negate": ["codes/negate", "codes/sign"],
    "convert": ["arithmetic/convert", "project/round", "flags/raise", "flags/tiny"],
    "convert to integers": ["arithmetic/convert", "overflow/integer-saturate-high"],
    "to_integer": ["integral/to-integer", "overflow/integer-saturate-high"],
}


def stream(operation, source, target, seed):
    """Endless rows of operands."""
    if source in INTEGERS:
        return aimed.integers(get_format(source), get_format(target), seed)
    aim = aimed.Aim(get_format(source), seed)
    if operation in OPERATIONS and OPERATIONS[operation].kind is Kind.TRUTH:
        return aimed.comparands(aim)
    if target in INTEGERS:
        return aimed.into_integers(aim, get_format(target))
    if operation == "convert":
        return aimed.narrowing(aim, get_format(target))
    return aimed.OPERANDS.get(operation, aimed.singles)(aim)


def rules(operation, target):
    """The rounding rules and kinds of tininess that the operation may depend on."""
    if operation not in OPERATIONS or OPERATIONS[operation].kind is not Kind.NUMBER:
        return [("ties_to_even", "after")]
    # Round to odd is made from truncation in the code, which integers and integral values do not allow.
    odd = () if target in INTEGERS or operation.startswith("round_to_integral") else (TO_ODD,)
    return list(product((*ROUNDING, *odd), TININESS))


def ours(operation, row, source, to):
    """What the specification gives: the code, the flags, and whether the code is a NaN."""
    numbers = [Number(code, get_format(source)) for code in row]
    if operation in TESTS:
        return int(OPERATIONS["classify"](*numbers).code in CLASSES[operation]), 0, False
    if OPERATIONS[operation].kind is not Kind.NUMBER:
        return *OPERATIONS[operation](*numbers), False
    code, flags = OPERATIONS[operation](*numbers, to=to)
    return code, flags, is_nan(to.format.decode(code))


def differences(operation, rows, source, target, rounding, tininess):
    """The rows on which the two differ, with what each gave."""
    overflow = "integer_saturate_high" if target in INTEGERS else "infinity"
    to = Projection(target, rounding, overflow, tininess)
    floating = OPERATIONS[operation].kind is Kind.NUMBER if operation in OPERATIONS else False
    found = []
    for row, (code, flags) in zip(rows, answers(operation, rows, source, target, rounding, tininess), strict=True):
        mine, raised, nan = ours(operation, row, source, to)
        same = is_nan(to.format.decode(code)) if nan and floating else mine == code
        if not same or raised != flags:
            found.append(
                (source, target, rounding, tininess, *map(hex, row), "gives", hex(mine), int(raised), hex(code), flags)
            )
    return found


def compared(task, count, seed=754):
    """So many cases of a task, over all its types and rules: how many were compared, and those that differ."""
    operation, types = TASKS[task]
    shares = [WEIGHTS.get(source, WEIGHTS.get(target, 8)) for source, target in types]
    done, found = 0, []
    for (source, target), share in zip(types, shares, strict=True):
        rows, combinations = stream(operation, source, target, seed), rules(operation, target)
        each = -(-count * share // (sum(shares) * len(combinations)))
        for rounding, tininess in combinations:
            batch = list(islice(rows, each))
            found += differences(operation, batch, source, target, rounding, tininess)
            done += len(batch)
    return done, found


def marked(task):
    """The task with the clauses that it shows."""
    comparison = ["comparison/predicate", "comparison/relation"] if task in COMPARISON else ["comparison/class"]
    return pytest.param(task, marks=pytest.mark.clause(*CLAUSES.get(task, comparison)), id=task)


@pytest.mark.parametrize("task", [marked(task) for task in TASKS])
def test_operations(task):
    """On some thousands of aimed cases of every operation, the specification has SoftFloat's bits and flags."""
    done, found = compared(task, FEW)
    assert not found, found[:SHOWN]
    assert done >= FEW


@pytest.mark.slow
@pytest.mark.parametrize("task", [marked(task) for task in TASKS])
def test_operations_at_length(task):
    """On a million cases of every operation, the specification has SoftFloat's bits and flags."""
    done, found = compared(task, MANY, seed=2019)
    print(f"{task}: {done} cases, {len(found)} differences")  # noqa: T201 the figures are the point
    assert not found, found[:SHOWN]
    assert done >= MANY


def test_what_softfloat_has():
    """No function of SoftFloat's that computes is left out."""
    import softfloatpy  # noqa: PLC0415

    asked = {
        f"{TYPES[source][1]}_{({**ARITHMETIC, **COMPARISON}).get(op, op)}"
        for op, types in TASKS.values()
        for source, _ in types
    }
    asked |= {f"{TYPES[source][1]}_to_{TYPES[target][1]}" for source, target in (*CONVERSIONS, *TO_INTEGERS)}
    prefixes = tuple(f"{prefix}_" for _, prefix in TYPES.values())
    assert {name for name in dir(softfloatpy) if name.startswith(prefixes)} - asked == set()


@pytest.mark.clause("project/nan")
def test_softfloat_makes_one_nan():
    """SoftFloat's NaNs here are the canonical ones, as RISC-V's are."""
    for name in FLOATS:
        format = get_format(name)
        signaling = format.canonical(NAN) | 1 << format.width - 1 | 1
        assert answers("add", [(signaling, 0)], name, name)[0][0] == format.canonical(NAN)
