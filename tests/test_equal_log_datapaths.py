"""Engine and specification are equal for shift-based, logarithmic and Mitchell's multipliers, and sums of logarithms."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Projection, get_format
from refsim.engine import datapaths as engine
from refsim.engine import log_sums, shift_products
from refsim.engine.array import Array, code_dtype
from refsim.engine.mitchell import approximate_product
from refsim.engine.products import product_table, source_of
from refsim.engine.table_factors import by_factor, factors, magnitudes
from refsim.spec import datapaths as spec
from refsim.spec.accumulators import Pairwise, Sequential, Total
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.formats import Number
from refsim.spec.log_accumulators import LogDomain, LogSum
from refsim.spec.mitchell import STEPS, Mitchell
from refsim.spec.mitchell import approximate_product as exact_product
from refsim.spec.power_tables import ExactPower, LinearPower, PowerTable, WholePower
from refsim.spec.products import ExactProduct, Multiplier, RoundedProduct
from refsim.spec.shift_multipliers import LogProduct, ShiftProduct
from refsim.spec.terms import NO_PORT
from refsim.testing.datapaths import fixed_registers

from .test_equal_datapaths import agree, array, outcome

ONE, ROOT2 = PowerTable(0, 0, "toward_zero"), PowerTable(1, 8, "ties_to_even")
CUT = Projection("int8", "toward_negative", "wrap")
LOGS = ["log3_fsr2", "log4_fsr3", "slog4_fsr1", "log4_fsr1_sqrt2", "slog5_fsr1_sqrt2", "lns2.1"]
BASE2 = ["log3_fsr2", "log4_fsr3", "slog4_fsr1", "slog5_fsr5", "lns2.0"]
LINEAR = ["int2", "int4", "int8", "uint4", "uint8", "q2.2", "int16", "float8_e4m3fn"]

MULTIPLIERS: list[tuple[Multiplier, str, str]] = [
    (ShiftProduct("x", ONE, None), "log4_fsr3", "int8"),
    (ShiftProduct("x", ONE, CUT), "log4_fsr3", "int8"),
    (ShiftProduct("y", ONE, Projection("int6", "ties_to_even", "saturate")), "int4", "log4_fsr3"),
    (ShiftProduct("y", ONE, Projection("int5", "toward_zero", "error")), "int4", "slog5_fsr5"),
    (ShiftProduct("x", ROOT2, Projection("q3.2", "to_odd", "wrap")), "slog5_fsr1_sqrt2", "q2.2"),
    (ShiftProduct("x", LinearPower(), Projection("binary16", "ties_to_even", "infinity")), "log4_fsr1_sqrt2", "int4"),
    (ShiftProduct("x", WholePower(), None), "slog5_fsr1_sqrt2", "uint4"),
    (ShiftProduct("y", ONE, None), "float4_e2m1fn", "slog4_fsr1"),
    (ShiftProduct("y", ONE, None), "int4", "slog5_fsr1_sqrt2"),
    (LogProduct(ONE, None, None), "log4_fsr3", "slog5_fsr5"),
    (LogProduct(ONE, Projection("int4", "toward_zero", "saturate"), CUT), "log4_fsr3", "log4_fsr3"),
    (LogProduct(ONE, Projection("int4", "toward_zero", "error"), None), "log4_fsr3", "slog4_fsr1"),
    (LogProduct(ONE, Projection("int3", "toward_zero", "wrap"), None), "slog4_fsr1", "lns2.0"),
    (LogProduct(ROOT2, Projection("log4_fsr1", "ties_to_even", "saturate"), CUT), "log4_fsr1_sqrt2", "slog5_fsr1_sqrt2"),
    (LogProduct(ROOT2, None, Projection("int9", "ties_to_away", "wrap")), "lns2.1", "slog4_fsr1"),
    (LogProduct(LinearPower(), None, None), "slog5_fsr1_sqrt2", "slog5_fsr1_sqrt2"),
    (LogProduct(ONE, None, None), "slog4_fsr1", "log4_fsr1_sqrt2"),
    (Mitchell("mitchell", 0, None, None), "int5", "int8"),
    (Mitchell("mitchell", 1, 2, Projection("int8", "ties_to_even", "saturate")), "uint6", "int5"),
    (Mitchell("iterative", 1, None, Projection("q3.1", "toward_negative", "wrap")), "q2.2", "q1.3"),
]


@pytest.mark.parametrize(("multiplier", "left", "right"), MULTIPLIERS)
def test_every_pair_of_codes(multiplier: Multiplier, left: str, right: str) -> None:
    """Tables of products, the flags of making them, and which are refused, are the specification's."""
    x, y = get_format(left), get_format(right)
    table = product_table(multiplier, (x, y))  # type: ignore[arg-type]
    assert table is not None
    for a, b in product(range(1 << x.width), range(1 << y.width)):
        found = outcome(lambda a=a, b=b: multiplier.product(Number(a, x), Number(b, y), NO_PORT, 0))
        refused = isinstance(found[0], type)
        assert (table.special is not None and table.special[a, b]) == refused
        if not refused:
            value = 0 if found.term.value is NEGATIVE_ZERO else found.term.value
            assert int(table.integers[a, b]) * 2**10 == value * 2 ** (10 - table.quantum)
            assert (0 if table.flags is None else table.flags[a, b]) == int(found.flags)
    assert np.array_equal(table.factors.left @ table.factors.right, table.integers)


@pytest.mark.parametrize(
    ("multiplier", "left", "right", "rank"),
    [
        (ShiftProduct("x", ONE, None), "log4_fsr3", "int8", 1),
        (ShiftProduct("x", ONE, CUT), "log4_fsr3", "int8", 10),
        (LogProduct(ROOT2, None, None), "log4_fsr1_sqrt2", "slog5_fsr1_sqrt2", 2),
        (Mitchell("mitchell", 0, None, None), "int6", "int6", 16),
    ],
)
def test_tables_are_sums_of_few_products(multiplier: Multiplier, left: str, right: str, rank: int) -> None:
    """So many rows are no multiples of others."""
    table = product_table(multiplier, (get_format(left), get_format(right)))  # type: ignore[arg-type]
    assert table is not None
    assert table.factors.rank == rank


@given(st.data())
def test_factors(data: st.DataObject) -> None:
    """The factors of any table give it, its magnitudes, and the sums of its entries."""
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    table = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1])))
    table = table.reshape(shape)
    found = factors(table)
    assert found.rank <= min(shape)
    assert np.array_equal(found.left @ found.right, table)
    assert np.array_equal(found.swapped.left @ found.swapped.right, table.T)
    assert np.array_equal(magnitudes(found).left @ magnitudes(found).right, np.abs(table))
    length = data.draw(st.integers(1, 4))
    x, y = (
        np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=2 * length, max_size=2 * length))).reshape(length, 2)
        for n in shape
    )
    total = sum(a.astype(np.int64).T @ b.astype(np.int64) for a, b in by_factor(x, y, found))
    assert np.array_equal(total, table[x[:, :, None], y[:, None, :]].sum(axis=0))


@given(
    st.lists(st.tuples(st.integers(0, (1 << 31) - 1), st.integers(0, (1 << 31) - 1)), min_size=1),
    st.sampled_from(sorted(STEPS)),
    st.integers(0, 5),
    st.none() | st.integers(0, 20),
)
def test_approximate_products(pairs: list[tuple[int, int]], way: str, corrections: int, bits: int | None) -> None:
    """Integers of up to 31 bits, with and without corrections and cut fractions."""
    a, b = np.array(pairs, np.int64).T
    found = approximate_product(a, b, way, corrections, bits)
    assert found.tolist() == [exact_product(x, y, way, corrections, bits) for x, y in pairs]


def test_approximate_products_of_small_numbers() -> None:
    """Every pair of five bits, each number of corrections."""
    n = np.arange(32)
    for way, corrections, bits in product(STEPS, range(4), (None, 0, 2)):
        found = approximate_product(n[:, None], n, way, corrections, bits)
        assert found.tolist() == [[exact_product(a, b, way, corrections, bits) for b in range(32)] for a in range(32)]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ((1, 1, "booth", 0, None), "the way 'booth' of a logarithmic multiplier is none of mitchell, iterative"),
        ((-1, 1, "mitchell", 0, None), "approximate products need integers from 0 to 2**31 - 1"),
        ((1, 1 << 31, "mitchell", 0, None), "approximate products need integers from 0 to 2**31 - 1"),
    ],
)
def test_what_approximate_products_refuse(given_: tuple[Any, ...], message: str) -> None:
    """One line says what was wanted."""
    with pytest.raises(ValueError) as error:
        approximate_product(*given_)
    assert str(error.value) == message


def powers(fraction: int) -> st.SearchStrategy[Any]:
    """Ways of making powers whose exponents have so many fraction bits, or fewer."""
    tables = st.builds(PowerTable, st.just(fraction), st.integers(0, 10), st.sampled_from(["ties_to_even", "toward_zero"]))
    return st.sampled_from([LinearPower(), WholePower()]) | tables


@settings(max_examples=100)
@given(st.data())
def test_method_1(data: st.DataObject) -> None:
    """Sums of shifted numbers into fixed-point registers of every kind, with registers behind the shifter and without."""
    log = data.draw(st.sampled_from(LOGS))
    linear, side = data.draw(st.sampled_from(LINEAR)), data.draw(st.sampled_from("xy"))
    held = data.draw(st.none() | fixed_registers(2, 12))
    multiplier = ShiftProduct(side, data.draw(powers(1)), held)
    x, y = (get_format(log if side == s else linear) for s in "xy")
    agree(data, datapath(data, multiplier), x, y, get_format("int4"))


@settings(max_examples=100)
@given(st.data())
def test_method_2(data: st.DataObject) -> None:
    """Sums of powers of added exponents, which a register holds or none does."""
    x, y = (get_format(data.draw(st.sampled_from(LOGS))) for _ in range(2))
    held = st.sampled_from([None, Projection("int4", "toward_zero", "saturate"), Projection("q3.1", "toward_zero", "wrap")])
    exponent = data.draw(held | st.just(Projection("log4_fsr2", "ties_to_even", "saturate")))
    multiplier = LogProduct(data.draw(powers(1)), exponent, data.draw(st.none() | fixed_registers(2, 12)))
    agree(data, datapath(data, multiplier), x, y, get_format("int4"))


@settings(max_examples=60)
@given(st.data())
def test_mitchell(data: st.DataObject) -> None:
    """Sums of approximate products."""
    x, y = (get_format(data.draw(st.sampled_from(["int4", "int8", "uint4", "q2.2"]))) for _ in range(2))
    way, corrections = data.draw(st.sampled_from(sorted(STEPS))), data.draw(st.integers(0, 2))
    multiplier = Mitchell(
        way, corrections, data.draw(st.none() | st.integers(0, 4)), data.draw(st.none() | fixed_registers(2, 12))
    )
    agree(data, datapath(data, multiplier), x, y, get_format("int4"))


def datapath(data: st.DataObject, multiplier: Multiplier) -> spec.Datapath:
    """A datapath of a multiplier, with a register that is narrow or wide."""
    to = data.draw(fixed_registers(4, 20))
    kind = data.draw(st.sampled_from([Sequential, Total, Pairwise]))
    return spec.Datapath(multiplier, kind(to), data.draw(st.sampled_from(["first", "last"])), "sum", None)


@settings(max_examples=150)
@given(st.data())
def test_sums_of_logarithms(data: st.DataObject) -> None:
    """Registers of few and many bits, every rule, every way of making powers, biases of every kind, refused terms."""
    names = data.draw(st.sampled_from([BASE2, LOGS]))
    x, y = (get_format(data.draw(st.sampled_from(names))) for _ in range(2))
    fraction = data.draw(st.integers(0, 6))
    integer = data.draw(st.integers(1, 6))
    rounding = data.draw(st.sampled_from(["toward_negative", "toward_zero", "ties_to_even", "ties_to_away", "to_odd"]))
    overflow = data.draw(st.sampled_from(["saturate", "wrap", "error", "saturate_zero"]))
    register = LogSum(
        Projection(f"q{integer}.{fraction}", rounding, overflow), data.draw(powers(data.draw(st.sampled_from([0, 1]))))
    )
    end = data.draw(st.sampled_from([LinearPower(), WholePower(), ExactPower(), PowerTable(6, 8, "ties_to_even")]))
    to = data.draw(
        st.sampled_from([Projection("q7.4", "ties_to_even", "saturate"), Projection("binary16", "ties_to_even", "infinity")])
    )
    multiplier = data.draw(
        st.sampled_from(
            [
                ExactProduct(),
                LogProduct(ExactPower(), None, None),
                LogProduct(ONE, Projection("int4", "toward_zero", "saturate"), None),
            ]
        )
    )
    path = spec.Datapath(multiplier, LogDomain(register, end, to), data.draw(st.sampled_from(["first", "last"])), "sum", None)
    agree(data, path, x, y, get_format(data.draw(st.sampled_from(["slog4_fsr1", "int2", "log3_fsr2"]))))


@settings(max_examples=100)
@given(st.data())
def test_float_accumulators(data: st.DataObject) -> None:
    """Both methods, and registers behind them, into sums in floating point; also where exponents have fractions."""
    log = data.draw(st.sampled_from([*BASE2, *BASE2, "slog5_fsr1_sqrt2"]))
    other = data.draw(st.sampled_from([*BASE2, "int4", "float8_e4m3fn"]))
    held = data.draw(st.none() | fixed_registers(2, 12) | st.just(Projection("binary16", "ties_to_even", "infinity")))
    multiplier: Multiplier = ShiftProduct("x", data.draw(powers(1)), held)
    if other in BASE2 and data.draw(st.booleans()):
        multiplier = LogProduct(data.draw(powers(1)), None, held)
    register = data.draw(st.sampled_from(["binary32", "binary16", "bfloat16", "float8_e5m2"]))
    to = Projection(register, data.draw(st.sampled_from(["ties_to_even", "toward_negative"])), "infinity")
    kind = data.draw(st.sampled_from([Sequential, Total, Pairwise]))
    path = spec.Datapath(multiplier, kind(to), data.draw(st.sampled_from(["first", "last"])), "sum", None)
    agree(data, path, get_format(log), get_format(other), get_format("int4"))


def test_whole_exponents_make_exact_products() -> None:
    """With whole exponents a shift is a product, whatever makes the powers; not so with fractions or registers of exponents."""
    log4, root, int8 = (get_format(name) for name in ("log4_fsr3", "log4_fsr3_sqrt2", "int8"))
    wide, single = Projection("int32", "toward_zero", "wrap"), Projection("binary32", "ties_to_even", "infinity")
    for powers_ in (ONE, LinearPower(), WholePower(), ExactPower()):
        assert shift_products.simpler(ShiftProduct("x", powers_, None), (log4, int8), wide) == ExactProduct()
        assert shift_products.simpler(LogProduct(powers_, None, None), (log4, log4), single) == ExactProduct()
        assert shift_products.simpler(ShiftProduct("x", powers_, CUT), (log4, int8), single) == RoundedProduct(CUT)
    for kept, formats in (
        (ShiftProduct("x", ONE, CUT), (log4, int8)),
        (ShiftProduct("x", ROOT2, None), (root, int8)),
        (ShiftProduct("y", ONE, None), (log4, int8)),
        (LogProduct(ROOT2, None, None), (log4, root)),
        (LogProduct(ONE, Projection("int6", "toward_zero", "wrap"), None), (log4, log4)),
        (Mitchell("mitchell", 0, None, None), (int8, int8)),
    ):
        assert shift_products.simpler(kept, formats, wide) is kept


def test_all_short_sums_of_logarithms() -> None:
    """Every vector of three codes of three bits, against ones: the recursion step by step."""
    log3 = get_format("log3_fsr2")
    codes = np.array(list(product(range(8), repeat=3)), np.uint8)
    ones = np.full((3, 1), 6, np.uint8)
    register = LogSum(Projection("q4.3", "toward_negative", "saturate"), ONE)
    to = Projection("q7.8", "toward_zero", "saturate")
    path = spec.Datapath(LogProduct(ExactPower(), None, None), LogDomain(register, LinearPower(), to), "first", "sum", None)
    found, flags = engine.matmul(Array(codes, log3), Array(ones, log3), path, flags=True)
    expected = [spec.dot([Number(int(c), log3) for c in row], [Number(6, log3)] * 3, path) for row in codes]
    assert found.codes[:, 0].tolist() == [result.code for result in expected]
    assert flags[:, 0].tolist() == [int(result.flags) for result in expected]


def test_kernels_are_used() -> None:
    """Matrix products of these datapaths do not fall to the specification."""
    log4, slog5, int8 = (get_format(name) for name in ("log4_fsr3", "slog5_fsr5", "int8"))
    shift = source_of(ShiftProduct("x", ONE, None), (log4, int8))
    assert shift is not None
    assert shift.table is None
    wide = source_of(ShiftProduct("x", ONE, CUT), (log4, get_format("int24")))
    assert wide is not None
    assert wide.register is not None
    assert shift_products.made(LogProduct(ONE, None, None), (log4, slog5)) is not None
    path = spec.Datapath(
        ExactProduct(),
        LogDomain(LogSum(Projection("q6.4", "toward_negative", "saturate"), ONE), LinearPower(), CUT),
        "first",
        "sum",
        None,
    )
    codes = np.zeros((2, 3), code_dtype(log4))
    job_codes = array([Number(3, log4)] * 2, log4)
    assert engine.matmul(Array(codes, log4), Array(codes.T, log4), path).codes.tolist() == [[0, 0], [0, 0]]
    assert log_sums.plan_of(ExactProduct(), (log4, slog5, None), path.accumulator) is not None  # type: ignore[arg-type]
    assert engine.dot(job_codes, job_codes, path).shape == ()
