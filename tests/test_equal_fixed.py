"""The engine is the specification in fixed point: integers of the host, rounded by one addition and one shift.

Every rounding rule and every overflow rule on all codes of small formats; aimed codes of formats up to 64 bits and beyond,
floats of all sizes, and shifts.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import refsim
from refsim import OPERATIONS, Number, Projection, engine, get_format
from refsim.engine import Array, fixed
from refsim.engine.apply import every_combination
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.growth import difference_format, product_format, sum_format
from refsim.spec.operands import Setting
from refsim.spec.rounding import DETERMINISTIC

from .engine.operands import array
from .engine.places import legal_overflows
from .test_equal_operations import assert_applied

SMALL = [("int3", "uq1.2"), ("q1.2", "q-1.4"), ("uint3", "q2.-1"), ("uq0.3", "uq1.1")]
TARGETS = ["int3", "q1.1", "uq2.1", "uq3.-1", "q2.0"]
UNARY, BINARY = ("convert", "negation", "absolute_value"), ("add", "subtract", "multiply")


def exact_results(name, formats):
    """The exact results of all combinations of codes."""
    codes = every_combination(formats)
    operation = OPERATIONS[name]
    rows = zip(*(c.tolist() for c in codes), strict=True)
    data = [[format.decode(code) for code, format in zip(row, formats, strict=True)] for row in rows]
    setting = Setting(formats, Projection("int8", "toward_zero", "saturate"))
    return codes, [operation.exact(setting, *row)[0] for row in data]


def assert_planned(name, formats, to, codes, exact):
    """The way in integers gives the specification's codes and flags; what it leaves to the specification that decides."""
    plan = fixed.plan(name, formats, to)
    assert plan is not None
    found = fixed.way(name, plan)(codes, formats, to, None, True)
    answers = {}
    for i, x in enumerate(exact):
        if np.broadcast_to(found.hard, codes[0].shape)[i]:
            continue
        if x not in answers:
            answers[x] = to(x)
        flags = int(np.broadcast_to(found.flags, codes[0].shape)[i])
        assert (int(found.codes[i]), flags) == answers[x], (name, [str(f) for f in formats], str(to), x)
    return len(answers)


@pytest.mark.clause("operation/perform", "project/order", "overflow/wrap", "overflow/wrap-sign-magnitude")
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_every_rule_on_small_formats(name, target):
    """All codes, every rounding rule with four overflow rules, and every overflow rule with three rounding rules."""
    format, checked = get_format(target), 0
    legal = legal_overflows(format)
    pairs = {*itertools.product(DETERMINISTIC, ("saturate", "wrap", "wrap:1", "saturate_zero"))}
    pairs |= {*itertools.product(("toward_negative", "ties_to_even", "ties_to_away"), legal)}
    for names in SMALL:
        formats = tuple(map(get_format, names))[: 1 if name in UNARY else 2]
        codes, exact = exact_results(name, formats)
        for rounding, overflow in sorted(pairs):
            checked += assert_planned(name, formats, Projection(format, rounding, overflow), codes, exact)
    assert checked > 5000 if name in BINARY else checked > 1000


WIDE = ["int8", "uint8", "q7.8", "int16", "uq5.11", "q15.16", "uint32", "q2.29", "q7.40", "int62", "int64", "uint64", "q-3.20"]


@pytest.mark.parametrize("name", [*UNARY, *BINARY, "divide", "fma", "minimum", "scale_b", "compare_quiet_less"])
def test_aimed_codes_of_wide_formats(name):
    """Aimed codes of formats of all widths, mixed, with results of all widths and rules taking turns."""
    operation = OPERATIONS[name]
    overflows = ("saturate", "wrap", "wrap:2", "saturate_symmetric", "saturate_zero")
    rules, turns = itertools.cycle(DETERMINISTIC), itertools.cycle(overflows)
    for number, source in enumerate(WIDE):
        others = [get_format(WIDE[(number + step) % len(WIDE)]) for step in (0, 0, 3, 5)]
        pairs = list(zip(operation.roles, others, strict=False))
        for target in (source, WIDE[(number + 4) % len(WIDE)]):
            formats = [get_format("int8") if role in operation.exponents else format for role, format in pairs]
            arrays = [array(format, 40, f"{name} {place} {target}") for place, format in enumerate(formats)]
            to = Projection(target, next(rules), next(turns)) if operation.exact else None
            assert_applied(name, arrays, to)


@pytest.mark.parametrize("names", [("int65", "int65"), ("q60.40", "q2.5"), ("uint200", "q7.8")])
def test_beyond_64_bits(names):
    """Codes of more than 64 bits are Python's integers, and right."""
    formats = [get_format(name) for name in names]
    arrays = [array(format, 30, 7) for format in formats]
    for name, (rounding, overflow), target in itertools.product(
        ("add", "multiply"), (("ties_to_even", "saturate"), ("toward_negative", "wrap:1")), ("int8", names[0])
    ):
        assert_applied(name, arrays, Projection(target, rounding, overflow))
    for name in ("shift_left", "shift_right_logical", "shift_right_arithmetic"):
        assert_applied(name, [arrays[0], Array(np.arange(30) * 9, get_format("uint16"))], None)
    codes, flags = refsim.encode([1.5, -2.75, 1e30, 2.0**-80], Projection(formats[0], "ties_to_even", "saturate"), flags=True)
    to = Projection(formats[0], "ties_to_even", "saturate")
    for i, x in enumerate((1.5, -2.75, 1e30, 2.0**-80)):
        assert (int(codes.codes[i]), int(flags[i])) == to(Fraction(x))


@pytest.mark.parametrize("names", [("int32", "int32"), ("q15.16", "uint32"), ("q7.8", "q7.24"), ("int8", "uint8")])
def test_results_that_fit_are_exact(names):
    """A result format that holds every exact result is filled without any rounding, to the last of 64 bits."""
    x, y = map(get_format, names)
    arrays = [array(format, 200, "fit") for format in (x, y)]
    for name, grown in (("multiply", product_format), ("add", sum_format), ("subtract", difference_format)):
        to = Projection(grown(x, y, "exact"), "to_odd", "error")
        assert fixed.plan(name, (x, y), to).fits
        assert_applied(name, arrays, to)


FLOATS = ["int8", "q2.5", "uq3.5", "q7.8", "q15.16", "uint16", "q2.29", "int32", "q7.40", "q-2.30", "uint53"]


def floats(format, kind):
    """Numbers at, between and next to points near zero, in the middle and about the ends, and far outside; as the type has
    them."""
    step, top = format.grid.magnitude(1), format.top
    chosen = (0, 1, 2, 5, top // 3, top // 2, top - 1, top, top + 1, 3 * top)
    places = {n + Fraction(k, 8) for n in chosen for k in range(-8, 9)}
    found = np.array([float(n * step) for n in sorted(places)])
    found = np.concatenate([found, -found, np.nextafter(found, np.inf), [0.0, -0.0, 5e-324, -1e-45, 1e-30, 3e5, -7e9]])
    return found.astype(kind)


@pytest.mark.clause("project/order", "grid/uniform")
@pytest.mark.parametrize("kind", [np.float32, np.float64], ids=["binary32", "binary64"])
@pytest.mark.parametrize("name", FLOATS)
def test_floats_become_fixed_point(name, kind):
    """Floats are rounded by every rule to the code, and with the flags, of the specification."""
    format = get_format(name)
    x = floats(format, kind)
    x = x[np.abs(x) < 2.0**59 * float(format.grid.magnitude(1))]
    data = [NEGATIVE_ZERO if v == 0 and np.signbit(v) else Fraction(float(v)) for v in x]
    for number, rounding in enumerate(DETERMINISTIC):
        for overflow in (("saturate", "wrap"), ("saturate_zero", "wrap:2"), ("saturate_symmetric", "wrap:1"))[number % 3]:
            to = Projection(format, rounding, overflow)
            assert fixed.quantizes(to, x.dtype)
            found = fixed.quantize(x, to, flags=True)
            expected = [to(v) for v in data]
            assert found is not None
            assert not found.hard.any()
            assert [*zip(found.codes.tolist(), found.flags.tolist(), strict=True)] == expected, str(to)
            codes, flags = refsim.encode(x, to, flags=True)
            assert [*zip(codes.codes.tolist(), flags.tolist(), strict=True)] == expected, str(to)
            assert (refsim.encode(x, to).codes == codes.codes).all()


@pytest.mark.parametrize("name", ["q-3.40", "int45", "q0.31", "uq1.30", "uq0.32", "int31", "q30.3"])
@pytest.mark.parametrize("rounding", ["ties_to_even", "ties_toward_positive"])
def test_small_floats_in_wide_formats(name, rounding):
    """Few steps of a format of many bits fit in integers of fewer, and are coded in all of its bits."""
    step = float(get_format(name).grid.magnitude(1))
    x = np.array([-3.0, -2.5, -0.25, 0.0, 0.5, 1.75, 12345.5]) * step
    for overflow in ("wrap", "saturate", "wrap:1", "saturate_zero"):
        to = Projection(name, rounding, overflow)
        codes, flags = refsim.encode(x, to, flags=True)
        expected = [to(Fraction(float(v))) for v in x]
        assert [*zip(codes.codes.tolist(), flags.tolist(), strict=True)] == expected


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf, 1e300, -1e25])
@pytest.mark.parametrize("overflow", ["saturate", "wrap", "wrap:1", "infinity", "integer_indefinite"])
def test_what_is_no_number_or_far_away(special, overflow):
    """Among other numbers, a NaN, an infinity or a huge number becomes, or is refused as, what the specification says."""
    to = Projection("q7.8", "ties_to_even", overflow)
    x = np.array([1.5, special, -3.25])
    datum = {"nan": NAN, "inf": POSITIVE_INFINITY, "-inf": NEGATIVE_INFINITY}
    exact = datum.get(str(special)) or Fraction(special)
    try:
        expected = to(exact)
    except ValueError as error:
        with pytest.raises(type(error)) as refused:
            refsim.encode(x, to)
        assert str(refused.value) == str(error)
        return
    codes, flags = refsim.encode(x, to, flags=True)
    assert (int(codes.codes[1]), int(flags[1])) == expected
    assert codes.codes[::2].tolist() == [to(Fraction(3, 2)).code, to(Fraction(-13, 4)).code]


@pytest.mark.clause("shift/left", "shift/right-logical", "shift/right-arithmetic", "shift/count")
@pytest.mark.parametrize("name", ["shift_left", "shift_right_logical", "shift_right_arithmetic"])
def test_shifts(name):
    """All codes of small formats by all counts, and aimed codes of wide ones by counts of all formats; negative counts are
    refused."""
    for source, count in itertools.product(("int3", "uq1.2", "e2m1", "ternary"), ("uint4", "int3")):
        formats = (get_format(source), get_format(count))
        assert_applied(name, [Array(c, f) for c, f in zip(every_combination(formats), formats, strict=True)], None)
    sources = ("int8", "uint8", "q7.8", "int33", "int64", "uint64", "binary64")
    for source, count in itertools.product(sources, ("uint8", "uint64", "int8")):
        counts = np.array([0, 1, 3, 7, 8, 15, 16, 31, 32, 33, 62, 63, 64, 65, 127])
        x = array(get_format(source), len(counts), f"{source} {count}")
        assert_applied(name, [x, Array(counts, get_format(count))], None)
        large = Array(np.full(len(counts), (1 << get_format(count).width) - 1, dtype=object), get_format(count))
        assert_applied(name, [x, large], None)


def test_shifts_broadcast():
    """One count moves all codes."""
    x, three = Array([0x81, 0x7F, 0x10], get_format("int8")), Array(3, get_format("uint8"))
    assert engine.shift_left(x, three).codes.tolist() == [0x08, 0xF8, 0x80]
    assert engine.shift_right_arithmetic(x, three).codes.tolist() == [0xF0, 0x0F, 0x02]
    found, flags = engine.shift_right_logical(x, three, flags=True)
    assert (found.codes.tolist(), flags.tolist()) == ([0x10, 0x0F, 0x02], [0, 0, 0])


def test_signs_on_arrays():
    """Negation and magnitude have names of their own in the engine, and take the same arguments."""
    x, to = Array([0x80, 0x7F, 0x01], get_format("int8")), Projection("int8", "toward_zero", "saturate")
    for function, name in ((engine.negation, "negation"), (engine.absolute_value, "absolute_value")):
        codes, flags = function(x, to, flags=True)
        expected = [OPERATIONS[name](Number(code, x.format), to=to) for code in (0x80, 0x7F, 0x01)]
        assert [*zip(codes.codes.tolist(), flags.tolist(), strict=True)] == expected
