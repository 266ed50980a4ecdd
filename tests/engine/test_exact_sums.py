"""Exact sums of products, on matrices: against rational arithmetic, and at the ends of every case."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from refsim import Projection, encode, get_format
from refsim.engine import exact_sums
from refsim.engine.array import Array
from refsim.engine.datapaths import dot, matmul
from refsim.spec.accumulators import Total
from refsim.spec.datapaths import Datapath
from refsim.spec.products import ExactProduct


def _path(to: Projection) -> Datapath:
    return Datapath(ExactProduct(), Total(to), "first", "sum", None)


def _to(name: str, rounding: str = "ties_to_even") -> Projection:
    return Projection(name, rounding, "infinity")


def _fractions(x: Array) -> list[list[Fraction]]:
    return [[Fraction(float(v)) for v in row] for row in x.values()]


def _wild(shape: tuple[int, int], name: str, seed: int) -> Array:
    """Numbers of all magnitudes that a format has, up to where products of two are in the range of binary32."""
    random = np.random.default_rng(seed)
    format = get_format(name)
    codes = random.integers(0, 1 << format.width, shape, dtype=np.uint64)
    found = Array(codes, format)
    values = found.values()
    return Array(np.where(np.abs(values) < 2.0**60, found.codes, 0), format)


def _is_nearest(found: np.float32, exact: Fraction) -> bool:
    """Whether no neighbour is nearer, and of two as near the even one is taken."""
    error = abs(Fraction(float(found)) - exact)
    for side in (-np.inf, np.inf):
        other = np.nextafter(found, np.float32(side))
        distance = abs(Fraction(float(other)) - exact)
        if distance < error or (distance == error and found.view(np.uint32) & 1):
            return False
    return True


@pytest.mark.parametrize("names", [("bfloat16", "float8_e5m2"), ("binary16", "binary16"), ("float8_e4m3fn", "int8")])
def test_wild_sums_are_the_nearest_numbers(names: tuple[str, str]) -> None:
    x, y = _wild((6, 40), names[0], 1), _wild((40, 7), names[1], 2)
    found = matmul(x, y, _path(_to("binary32"))).values().astype(np.float32)
    a, b = _fractions(x), _fractions(y)
    for i, j in np.ndindex(found.shape):
        assert _is_nearest(found[i, j], sum((a[i][k] * b[k][j] for k in range(40)), Fraction(0)))


def test_what_cancels_leaves_the_least_bit() -> None:
    """The terms of a sum are up to 2**120 times as large as the sum."""
    big, tiny = 2.0**60, 2.0**-60
    x = encode([[big, -big, tiny, 1.0]], _to("bfloat16"))
    y = encode([[big], [big], [tiny], [2.0**-100]], _to("bfloat16"))
    assert matmul(x, y, _path(_to("binary32"))).values().tolist() == [[2.0**-100 + 2.0**-120]]


def _half_bit(*signs: float) -> float:
    """1 with a tie behind it and, far behind that, a last bit of one sign or none."""
    x = encode([[1.0, *signs]], _to("bfloat16"))
    y = encode([[1.0], *([2.0**-24], [2.0**-70])[: len(signs)]], _to("bfloat16"))
    return float(matmul(x, y, _path(_to("binary32"))).values()[0, 0])


def test_ties_are_told_from_what_is_next_to_them() -> None:
    after = 1 + 2.0**-23
    assert (_half_bit(1.0), _half_bit(1.0, 1.0), _half_bit(1.0, -1.0)) == (1.0, after, 1.0)


@pytest.mark.parametrize(("rounding", "vanished"), [("ties_to_even", 0), ("toward_negative", 0x8000)])
def test_signs_of_zeros(rounding: str, vanished: int) -> None:
    half = _to("binary16", rounding)
    x = Array(np.array([[0x8000, 0x8000], [0x8000, 0], [0x3C00, 0xBC00], [0, 0]], np.uint16), half.format)
    y = Array(np.array([[0x3C00], [0x3C00]], np.uint16), half.format)
    assert matmul(x, y, _path(half)).codes[:, 0].tolist() == [0x8000, vanished, vanished, 0]


def test_initial_values_far_from_the_products() -> None:
    x = encode([[3.0]], _to("float8_e4m3fn"))
    start = encode([2.0**40, 2.0**-37, -9.0], _to("binary32"))
    y = encode([[3.0, 3.0, 3.0]], _to("float8_e4m3fn"))
    wide = encode([[2.0**40 + 9, 2.0**-37 + 9, 0.0]], _to("binary64"))
    found = matmul(x, y, _path(_to("e11m40")), start)
    assert found.values().tolist() == wide.values().tolist()


def test_data_that_are_no_numbers_spoil_their_sums_alone() -> None:
    infinity, nan, one = 0x7C00, 0x7E00, 0x3C00
    half = _to("binary16")
    x = Array(np.array([[one, one], [infinity, one], [one, nan], [infinity, infinity]], np.uint16), half.format)
    y = Array(np.array([[one, 0], [one, 0xBC00]], np.uint16), half.format)
    codes, flags = matmul(x, y, _path(half), flags=True)
    assert codes.codes.tolist() == [[0x4000, 0xBC00], [infinity, nan], [nan, nan], [infinity, nan]]
    assert flags.tolist() == [[0, 0], [0, 16], [0, 0], [0, 16]]


def test_every_pair_of_small_numbers_twice() -> None:
    """All sums of two products of a 4-bit format, rounded to 8 bits by the specification's own table of conversions."""
    small, to = get_format("float4_e2m1fn"), _to("float8_e4m3fn")
    codes = np.stack(np.meshgrid(*[np.arange(16, dtype=np.uint8)] * 4, indexing="ij"), -1).reshape(-1, 4)
    found, flags = dot(Array(codes[:, :2], small), Array(codes[:, 2:], small), _path(to), flags=True)
    values: NDArray[np.float64] = Array(np.arange(16), small).values()[codes]
    sums = values[:, 0] * values[:, 2] + values[:, 1] * values[:, 3]
    again, raised = encode(sums, to, flags=True)
    both_zero = sums == 0
    assert (found.codes == again.codes)[~both_zero].all()
    assert ((found.codes & 0x7F) == 0)[both_zero].all()
    assert (flags == raised).all()


@pytest.mark.parametrize(
    ("operand", "result"),
    [("binary64", "binary32"), ("binary32", "binary64"), ("posit16", "binary16")],
)
def test_what_is_too_wide_or_too_far_is_left_to_others(operand: str, result: str) -> None:
    x = encode(np.ones((2, 3)), Projection(operand, "ties_to_even", "saturate"))
    y = encode(np.ones((3, 2)), Projection(operand, "ties_to_even", "saturate"))
    assert not exact_sums.is_plain(get_format("binary64"))
    assert matmul(x, y, _path(Projection(result, "ties_to_even", "saturate"))).values().tolist() == [[3.0, 3.0]] * 2
