"""Engine and specification are equal for datapaths of every kind: codes, flags, and errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Projection, get_format
from refsim.engine import datapaths as engine
from refsim.engine.array import Array, code_dtype
from refsim.spec import datapaths as spec
from refsim.spec.accumulators import Sequential
from refsim.spec.flags import Result
from refsim.spec.formats import Format, Number
from refsim.spec.products import ExactProduct
from refsim.spec.terms import flips
from refsim.testing.datapaths import datapaths, fixed_registers, registers, vectors
from refsim.testing.strategies import formats

INTEGERS = ["int2", "int3", "int4", "int8", "uint8", "q2.5", "uq1.2"]
FLOATS = ["float4_e2m1fn", "float6_e3m2fn", "float8_e4m3fn", "float8_e5m2", "bfloat16", "binary16", "e3m2", "binary32"]
PATH = spec.Datapath(ExactProduct(), Sequential(Projection("int16", "toward_zero", "saturate")), "first", "sum", None)


def array(numbers: list[Number], format: Format) -> Array:
    """Numbers as an array of codes."""
    return Array(np.array([x.code for x in numbers], dtype=code_dtype(format)), format)


def outcome(compute: Callable[[], Any]) -> Any:
    """What is computed, or the error."""
    try:
        return compute()
    except (ValueError, TypeError) as error:
        return type(error), str(error)


def draw_operands(data: st.DataObject, x: Format, y: Format) -> tuple[list[list[Number]], list[list[Number]]]:
    """Rows of a matrix and columns of another."""
    rows, length = data.draw(st.integers(1, 3)), data.draw(st.sampled_from([0, 1, 2, 3, 4, 7, 9]))
    pairs = [data.draw(vectors(x, y, length)) for _ in range(rows)]
    return [list(xs) for xs, _ in pairs], [list(ys) for _, ys in pairs]


def agree(data: st.DataObject, path: spec.Datapath, x: Format, y: Format, others: Format) -> None:
    """Every element of a matrix product, and the pairs of rows and columns as dot products."""
    rows, columns = draw_operands(data, x, y)
    bias = data.draw(st.none() | st.integers(0, (1 << others.width) - 1))
    scales = data.draw(st.lists(st.integers(0, (1 << others.width) - 1), max_size=2))
    biases = None if bias is None else Array(np.array(bias, code_dtype(others)), others)
    factors = [Array(np.array(s, code_dtype(others)), others) for s in scales]

    def said(xs: list[Number], ys: list[Number]) -> Result:
        given = None if bias is None else Number(bias, others)
        return spec.dot(xs, ys, path, given, [Number(s, others) for s in scales])

    expected = outcome(lambda: [[said(xs, ys) for ys in columns] for xs in rows])
    left = Array(np.array([[v.code for v in xs] for xs in rows], code_dtype(x)).reshape(len(rows), -1), x)
    right = Array(np.array([[v.code for v in ys] for ys in columns], code_dtype(y)).reshape(len(columns), -1).T, y)
    found = outcome(lambda: engine.matmul(left, right, path, biases, factors, flags=True))
    if not isinstance(expected, list):
        assert found == expected
        return
    codes, flags = found
    assert codes.codes.tolist() == [[result.code for result in row] for row in expected]
    assert flags.tolist() == [[int(result.flags) for result in row] for row in expected]
    assert engine.matmul(left, right, path, biases, factors).codes.tolist() == codes.codes.tolist()
    pairs = engine.dot(left, Array(right.codes.T, y), path, biases, factors)
    assert pairs.codes.tolist() == np.diagonal(codes.codes).tolist()


@settings(max_examples=150)
@given(st.data())
def test_fixed_point(data: st.DataObject) -> None:
    x, y = (get_format(data.draw(st.sampled_from(INTEGERS))) for _ in range(2))
    fraction = sum(max(-f.grid.quantum, 0) for f in (x, y))
    agree(data, data.draw(datapaths(fixed_registers(fraction))), x, y, get_format("int4"))


@settings(max_examples=150)
@given(st.data())
def test_floating_point(data: st.DataObject) -> None:
    x, y = (get_format(data.draw(st.sampled_from(FLOATS))) for _ in range(2))
    agree(data, data.draw(datapaths(registers(max_width=16))), x, y, get_format("float8_e5m2"))


@settings(max_examples=75)
@given(st.data())
def test_everything_with_everything(data: st.DataObject) -> None:
    x, y = data.draw(formats(12)), data.draw(formats(12))
    agree(data, data.draw(datapaths(registers(max_width=32))), x, y, data.draw(formats(8)))


def test_an_empty_matrix_product_is_empty() -> None:
    int8 = get_format("int8")
    none = Array(np.zeros((0, 3), np.uint8), int8)
    assert engine.matmul(none, Array(np.zeros((3, 2), np.uint8), int8), PATH).shape == (0, 2)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ((2, 3), (2, 3), "matmul needs arrays of shapes (M, K) and (K, N), not (2, 3) and (2, 3)"),
        ((3,), (3, 2), "matmul needs arrays of shapes (M, K) and (K, N), not (3,) and (3, 2)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(left: tuple[int, ...], right: tuple[int, ...], message: str) -> None:
    int8 = get_format("int8")
    with pytest.raises(ValueError) as error:
        engine.matmul(Array(np.zeros(left, np.uint8), int8), Array(np.zeros(right, np.uint8), int8), PATH)
    assert str(error.value) == message


def test_ports_of_elements_that_are_not_there_are_refused() -> None:
    int8 = get_format("int8")
    a, b = Array(np.ones((2, 3), np.uint8), int8), Array(np.ones((3, 2), np.uint8), int8)
    faults = {("sum", 0): 4}
    assert engine.matmul(a, b, PATH, ports={(1, 0): flips(faults)}).codes.tolist() == [[3, 3], [7, 3]]
    for index in ((2, 0), (-1, 0), (0,), (0, 0, 0)):
        with pytest.raises(ValueError, match="a port belongs to an element of the result, of shape"):
            engine.matmul(a, b, PATH, ports={index: flips(faults)})
    with pytest.raises(ValueError, match="dot needs arrays whose other axes broadcast, not of shapes"):
        engine.dot(a, Array(np.ones((3, 3), np.uint8), int8), PATH)
