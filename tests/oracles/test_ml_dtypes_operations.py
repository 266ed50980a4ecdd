"""The operations that NumPy does on the types of ml_dtypes, on every code or pair of codes of at most 8 bits.

ml_dtypes computes in binary32 and rounds again: for 8 bits that is innocuous where the operation is algebraic, and elsewhere
right wherever binary32 is not misled about a tie.
"""

import tomllib
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from refsim import OPERATIONS, Array, Number, Projection, decode, engine, get_format
from refsim.spec.operations import Kind

from . import peer_ml_dtypes
from .compare import exact, same
from .ledger import number

STEP = 89
"""The specification answers one case in so many; the engine answers all."""
NAMES = [name for name in peer_ml_dtypes.OVERFLOW if get_format(name).width <= 8]
UNARY = {
    "sqrt": (np.sqrt, "arithmetic/sqrt"),
    "reciprocal": (np.reciprocal, "arithmetic/reciprocal"),
    "round_to_integral": (np.rint, "integral/round"),
    "exp": (np.exp, "function/exp"),
    "exp2": (np.exp2, "function/exp2"),
    "expm1": (np.expm1, "function/expm1"),
    "log": (np.log, "function/log"),
    "log2": (np.log2, "function/log2"),
    "log1p": (np.log1p, "function/log1p"),
    "tanh": (np.tanh, "function/tanh"),
    "sin": (np.sin, "function/sin"),
    "cos": (np.cos, "function/cos"),
    "negate": (np.negative, "codes/negate"),
    "absolute": (np.absolute, "codes/absolute"),
}
BINARY = {
    "divide": (np.divide, "arithmetic/divide"),
    "fmod": (np.fmod, "integral/fmod"),
    "minimum": (np.minimum, "extrema/propagating"),
    "maximum": (np.maximum, "extrema/propagating"),
    "minimum_number": (np.fmin, "extrema/number"),
    "maximum_number": (np.fmax, "extrema/number"),
    "copy_sign": (np.copysign, "codes/copy-sign"),
    "hypot": (np.hypot, "arithmetic/hypot"),
}
DIRECTED = {"floor": "toward_negative", "ceil": "toward_positive", "trunc": "toward_zero"}
RELATIONS = {
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
}
EXTREMA = ("minimum", "maximum", "minimum_number", "maximum_number")


ENTRIES = tomllib.loads(Path(__file__).with_name("ledger_of_operations.toml").read_text("utf-8"))["deviation"]
LEDGER = [SimpleNamespace(**entry) for entry in ENTRIES]
WHEN = {
    "zero first": lambda data, _: data[0] == 0,
    "nan second": lambda data, _: np.isnan(data[1]),
    "signaling and infinity": lambda data, _: np.isinf(data).any() and np.isnan(data).any(),
    "tie": lambda _, ours: np.log2(ours) % 1 == 0,
    "below": lambda _, ours: np.isnan(ours),
    "bottom binade": lambda _, ours: ours == 2.0**-127,
}
"""What the ledger's entries ask of a case: the operands' numbers, and what the specification gives."""


def is_explained(name, operation, data, ours):
    """Whether the ledger has the deviation."""
    entries = (entry for entry in LEDGER if entry.operation == operation)
    return any(fnmatch(name, p) and WHEN[entry.when](np.array(data), ours) for entry in entries for p in entry.formats)


def columns(name, operands):
    """All codes of a format, or all pairs of them, where no operand is special in a way that the format cannot give back."""
    format = get_format(name)
    codes = np.arange(1 << format.width)
    return [codes] if operands == 1 else [column.ravel() for column in np.meshgrid(codes, codes, indexing="ij")]


def applied(name, operation, arrays, rounding="ties_to_even"):
    """What the engine gives, as numbers, where the specification has a result; and where that is."""
    to = Projection(name, rounding, peer_ml_dtypes.OVERFLOW[name]) if OPERATIONS[operation].kind is Kind.NUMBER else None
    kept = np.ones(len(arrays[0]), bool)
    if get_format(name).canonical(get_format("binary16").decode(0x7E00)) is None or name == "float8_e8m0fnu":
        for i, codes in enumerate(zip(*arrays, strict=True)):
            try:
                OPERATIONS[operation](*(Number(int(code), get_format(name)) for code in codes), to=to)
            except ValueError:
                kept[i] = False
    chosen = [Array(codes[kept], get_format(name)) for codes in arrays]
    found = engine.apply(operation, chosen, to)
    for i in range(0, len(chosen[0]), STEP):
        numbers = [Number(int(x.codes[i]), x.format) for x in chosen]
        assert OPERATIONS[operation](*numbers, to=to).code == found.codes[i]
    return decode(found), kept


def assert_alike(name, operation, function, arrays, rounding="ties_to_even"):
    """The numbers are those of ml_dtypes; of two zeros NumPy takes either."""
    ours, kept = applied(name, operation, arrays, rounding)
    with np.errstate(all="ignore"):
        result = function(*(peer_ml_dtypes.from_codes(codes[kept], name) for codes in arrays))
    theirs = peer_ml_dtypes.to_float64(result)
    agree = same(theirs, ours) | ((ours == 0) & (theirs == 0) & (operation in EXTREMA))
    values = [decode(Array(codes[kept], get_format(name))) for codes in arrays]
    wrong = [i for i in np.flatnonzero(~agree) if not is_explained(name, operation, [x[i] for x in values], ours[i])]
    assert not wrong, [(*(hex(c[kept][i]) for c in arrays), ours[i], theirs[i]) for i in wrong[:6]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("operation", [pytest.param(x, marks=pytest.mark.clause(tag)) for x, (_, tag) in UNARY.items()])
def test_every_code(operation, name):
    """Functions of one operand are alike on every code."""
    assert_alike(name, operation, UNARY[operation][0], columns(name, 1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("operation", [pytest.param(x, marks=pytest.mark.clause(tag)) for x, (_, tag) in BINARY.items()])
def test_every_pair(operation, name):
    """Functions of two operands are alike on every pair of codes."""
    assert_alike(name, operation, BINARY[operation][0], columns(name, 2))


@pytest.mark.clause("integral/round", "round/toward-negative", "round/toward-positive", "round/toward-zero")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("function", DIRECTED)
def test_directed_integrals(function, name):
    """Floor, ceiling and truncation are the integral values by the directed rules."""
    assert_alike(name, "round_to_integral", getattr(np, function), columns(name, 1), DIRECTED[function])


@pytest.mark.clause("comparison/relation", "comparison/predicate")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("relation", RELATIONS)
def test_relations(relation, name):
    """Comparisons of every pair of codes are alike."""
    x, y = columns(name, 2)
    theirs = RELATIONS[relation](peer_ml_dtypes.from_codes(x, name), peer_ml_dtypes.from_codes(y, name))
    format = get_format(name)
    assert (engine.compare(f"compare_quiet_{relation}", Array(x, format), Array(y, format)) == theirs).all()


@pytest.mark.parametrize("entry", [pytest.param(e, marks=pytest.mark.clause(e.clause), id=e.name) for e in LEDGER])
def test_the_ledger_is_true(entry):
    """The peer still gives the recorded wrong number, and specification and engine the recorded right one."""
    name, operation = entry.shown_by, entry.operation
    function = (UNARY | BINARY)[operation][0]
    with np.errstate(all="ignore"):
        theirs = function(*(peer_ml_dtypes.from_codes([code], name) for code in entry.codes))
    assert exact(peer_ml_dtypes.to_float64(theirs)[0]) == number(entry.peer_gives)
    ours, kept = applied(name, operation, [np.array([code]) for code in entry.codes])
    assert kept.all()
    assert exact(ours[0]) == number(entry.specification_gives) != number(entry.peer_gives)
