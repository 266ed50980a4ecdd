"""The engine is the specification: every operation of the table, with flags and errors.

All combinations of codes of small formats; aimed operands of wide and of mixed ones, in every way in which the engine works.
"""

import itertools

import numpy as np
import pytest

from refsim import OPERATIONS, Number, Projection, engine, get_format
from refsim.engine import Array
from refsim.engine.apply import every_combination
from refsim.spec.operations import Kind
from refsim.spec.rounding import DETERMINISTIC

from .engine.operands import operands

LEVEL = [name for name in OPERATIONS if name != "dot_product"]
NUMBERS = [name for name in LEVEL if OPERATIONS[name].kind is Kind.NUMBER]
SMALL = ["e2m1", "e2m1finite", "e1m2fnuz", "binary4p2se", "binary3p1uf", "int3", "uq1.2", "e1m2finitenosub"]
WAYS = [
    (["binary32"], "binary32"),
    (["binary64"], "binary64"),
    (["binary16"], "binary16"),
    (["bfloat16"], "bfloat16"),
    (["e11m20"], "e11m20"),
    (["e15m40"], "e15m40"),
    (["float8_e4m3fn", "float8_e5m2", "binary32"], "binary32"),
    (["binary32", "binary16"], "binary64"),
    (["binary64", "q7.8"], "float8_e4m3fn"),
    (["int32", "binary32"], "binary16"),
    (["int64", "uint64"], "binary64"),
    (["binary64"], "int16"),
    (["e5m10nosub", "binary8p3se"], "e5m10nosub"),
    (["binary16p5uf"], "binary16p8se"),
    (["e4m3fnuz", "tf32"], "float8_e8m0fnu"),
    (["binary128"], "binary64"),
]
"""Formats of operands, taken in turn, and of results: in every way in which the engine works, and mixed."""
MODES = [
    ("ties_to_even", "infinity", "after", "keep", "canonical"),
    ("toward_negative", "saturate", "before", "keep", "canonical"),
    ("ties_to_away", "infinity", "before", "flush_outputs", "x86"),
    ("toward_positive", "saturate_propagate", "after", "flush_inputs", "arm"),
    ("to_odd", "infinity", "after", "keep", "riscv"),
    ("stochastic_a:5", "infinity", "after", "flush", "canonical"),
    ("toward_zero", "infinity", "after", "keep", "canonical"),
    ("away_from_zero", "saturate", "after", "keep", "canonical"),
    ("ties_toward_positive", "infinity", "after", "keep", "canonical"),
]


def projection(name, target, mode):
    """The mode for a result format, with an out-of-range rule where integers are asked for."""
    rounding, overflow, tininess, subnormals, nan = mode
    if name == "to_integer":
        target = {"binary64": "int32", "binary32": "int64", "binary16": "uint8"}.get(target, "int16")
        overflow = {"infinity": "integer_indefinite", "saturate": "integer_modular"}.get(overflow, "integer_saturate_high")
    elif not get_format(target).specials and target.startswith(("int", "q", "u")) and overflow == "infinity":
        overflow = "integer_saturate"
    return Projection(target, rounding, overflow, tininess, subnormals, nan)


def assert_applied(name, arrays, to):
    """An operation on arrays gives the specification's results and flags, or its error where that refuses."""
    operation, size = OPERATIONS[name], len(arrays[0])
    bits = to.rounding.bits if to else 0
    draws = np.random.default_rng(size).integers(0, 1 << bits, size) if bits else None
    expected, errors = [], {}
    for i in range(size):
        numbers = (Number(int(x.codes[i]), x.format) for x in arrays)
        try:
            expected.append(operation(*numbers, to=to, draw=None if draws is None else int(draws[i])))
        except ValueError as error:
            errors[i] = error
    kept = np.array([i not in errors for i in range(size)])
    label = name, [str(x.format) for x in arrays], str(to), to and (to.tininess, to.subnormals, to.nan)
    given = [x[kept] for x in arrays]
    found, flags = engine.apply(name, given, to, None if draws is None else draws[kept], flags=True)
    again = engine.apply(name, given, to, None if draws is None else draws[kept])
    for results in (found, again):
        values = results.codes if isinstance(results, Array) else results
        wrong = [i for i, result in enumerate(expected) if (int(values[i]), int(flags[i])) != result]
        assert not wrong, (*label, [hex(x.codes[wrong[0]]) for x in given], expected[wrong[0]], hex(values[wrong[0]]))
    for i in itertools.islice(errors, 1):
        one = slice(i, i + 1)
        with pytest.raises(type(errors[i])) as refused:
            engine.apply(name, [x[one] for x in arrays], to, None if draws is None else draws[one])
        assert str(refused.value) == str(errors[i]), label


@pytest.mark.clause("operation/perform")
@pytest.mark.parametrize("name", LEVEL)
def test_all_combinations_of_small_formats(name):
    """All codes of small formats in all combinations, the rounding rules, overflow rules and options taking turns."""
    operation = OPERATIONS[name]
    for number, format in enumerate(map(get_format, SMALL)):
        formats = tuple(get_format("int3") if role in operation.exponents else format for role in operation.roles)
        if sum(f.width for f in formats) > 12:
            continue
        arrays = [Array(codes, f) for codes, f in zip(every_combination(formats), formats, strict=True)]
        for mode in (MODES[number % len(MODES)], MODES[(number + 4) % len(MODES)]):
            to = projection(name, format.name, mode) if operation.kind is Kind.NUMBER else None
            assert_applied(name, arrays, to)


@pytest.mark.parametrize("name", LEVEL)
def test_aimed_operands(name):
    """Aimed operands of every way and of mixed formats, the options taking turns."""
    operation = OPERATIONS[name]
    for number, (formats, target) in enumerate(WAYS):
        for mode in (MODES[number % len(MODES)], MODES[(number + 5) % len(MODES)]):
            to = projection(name, target, mode) if operation.kind is Kind.NUMBER else None
            assert_applied(name, operands(operation, formats, 24, number), to)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "sqrt", "fma"])
@pytest.mark.parametrize("format", ["binary32", "binary64"])
def test_every_rule_in_the_hosts_own_formats(format, name):
    """Where the host's own result is moved by one place, every rule moves it where the specification does."""
    for rule in DETERMINISTIC:
        arrays = operands(OPERATIONS[name], [format], 100, rule)
        assert_applied(name, arrays, Projection(format, rule, "infinity"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", LEVEL)
def test_many_aimed_operands(name, seed):
    """Ten times as many aimed operands, every way with every set of options."""
    operation = OPERATIONS[name]
    for formats, target in WAYS:
        for mode in MODES:
            to = projection(name, target, mode) if operation.kind is Kind.NUMBER else None
            assert_applied(name, operands(operation, formats, 40, f"{seed} {mode}"), to)


def test_large_arrays():
    """Arrays that several threads work on give, element by element, what small arrays give."""
    size = 1 << 18
    rng = np.random.default_rng(3)
    x, y = (rng.standard_normal(size).astype(np.float32) for _ in range(2))
    x[::1000], y[::777] = np.nan, 0
    for name in ("add", "multiply", "divide"):
        for rule in ("ties_to_even", "toward_positive"):
            to = Projection("binary32", rule, "infinity")
            whole, flags = engine.apply(name, (x, y), to, flags=True)
            for part in (slice(0, 5000), slice(130_000, 135_000), slice(size - 5000, size)):
                piece, raised = engine.apply(name, (x[part], y[part]), to, flags=True)
                assert (whole.codes[part] == piece.codes).all()
                assert (flags[part] == raised).all()
