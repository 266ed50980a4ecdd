"""Flipped bits of an accumulator's register."""

import pytest

from refsim import Projection, get_format
from refsim.spec.accumulators import Blocked, Kahan, Sequential, Total
from refsim.spec.datapaths import Datapath, dot, trace
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.terms import NO_PORT, Accumulator, flips

INT8, REGISTER = get_format("int8"), Projection("int20", "toward_zero", "wrap")
X, Y = (3, -7, 100, 25, -128), (5, 11, -3, 90, 127)


def _numbers(values: tuple[int, ...]) -> list[Number]:
    return [Number(value % 256, INT8) for value in values]


def _path(accumulator: Accumulator) -> Datapath:
    return Datapath(ExactProduct(), accumulator, "first", "sum", None)


def _signed(code: int, width: int = 20) -> int:
    return code - (1 << width) if code >> width - 1 else code


@pytest.mark.clause("accumulate/flips")
@pytest.mark.parametrize("step", range(len(X)))
@pytest.mark.parametrize("bit", range(20))
def test_flip_after_a_step_is_what_integers_say(step: int, bit: int) -> None:
    found = dot(_numbers(X), _numbers(Y), _path(Sequential(REGISTER)), port=flips({("sum", step): 1 << bit}))
    products = [a * b for a, b in zip(X, Y, strict=True)]
    faulty = (sum(products[: step + 1]) % (1 << 20) ^ 1 << bit) + sum(products[step + 1 :])
    assert found.code == faulty % (1 << 20)


def test_flipped_initial_value() -> None:
    port = flips({("sum", -1): 0x40})
    found = dot(_numbers(X), _numbers(Y), _path(Sequential(REGISTER)), Number(1, INT8), port=port)
    assert _signed(found.code) == 1 + 0x40 + sum(a * b for a, b in zip(X, Y, strict=True))


def test_flip_in_a_part_stays_in_the_part() -> None:
    saturating = Projection("int12", "toward_zero", "saturate")
    path = _path(Blocked(2, Sequential(saturating), Total(REGISTER)))
    assert _signed(dot(_numbers(X), _numbers(Y), path).code) == -62 + 1950 - 2048
    assert (
        _signed(dot(_numbers(X), _numbers(Y), path, port=flips({("part1/sum", 1): 1 << 11})).code) == -62 + 1950 - 2048 - 2048
    )


def test_flip_in_a_product_and_in_a_compensation() -> None:
    half = Projection("binary16", "ties_to_even", "infinity")
    path = Datapath(RoundedProduct(half), Kahan(half), "first", "sum", None)
    small = _numbers((3, 4, 5, 6))
    clean, negated = (dot(small, small, path, port=port) for port in (NO_PORT, flips({("product", 0): 0x8000})))
    assert (half.format.decode(clean.code), half.format.decode(negated.code)) == (86, 68)
    assert dot(small, small, path, port=flips({("compensation", 2): 0x4000})).code != clean.code


def test_mask_of_a_register_that_is_not_there_changes_nothing() -> None:
    path = _path(Sequential(REGISTER))
    assert dot(_numbers(X), _numbers(Y), path, port=flips({("sum", 9): 1, ("other", 0): 1})) == dot(
        _numbers(X), _numbers(Y), path, port=NO_PORT
    )


def test_mask_wider_than_the_register_is_refused() -> None:
    with pytest.raises(ValueError, match=r"is not in 0\.\.0xfffff of int20"):
        dot(_numbers(X), _numbers(Y), _path(Sequential(REGISTER)), port=flips({("sum", 0): 1 << 20}))


def test_every_register_of_nested_parts_has_a_name_of_its_own() -> None:
    inner = Sequential(REGISTER)
    writes = trace(_numbers(X), _numbers(Y), _path(Blocked(2, inner, Blocked(2, inner, inner))))
    names = [(write.register, write.step) for write in writes]
    assert len(set(names)) == len(names) == 5 + 3 + 2
    assert "outer/part1/sum" in {name for name, _ in names}
