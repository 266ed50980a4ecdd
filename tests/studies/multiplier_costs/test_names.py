"""Names of multipliers, and what is refused."""

import re

import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.studies.multiplier_costs.names import KINDS, get_multiplier
from refsim.studies.multiplier_costs.questions import AT_RANDOM, edges, questions


@pytest.mark.parametrize(
    ("name", "operands", "result"),
    [
        ("int10", [10, 10], "q19.0/toward_zero/error"),
        ("uint4", [4, 4], "uq8.0/toward_zero/error"),
        ("q4.15", [20, 20], "q9.30/toward_zero/error"),
        ("uint3*q1.2", [3, 4], "q4.2/toward_zero/error"),
        ("q1.2/ties_to_away/wrap", [4, 4], "q1.2/ties_to_away/wrap"),
        ("int16*int16+int32", [16, 16, 32], "int32/toward_zero/wrap"),
        ("sign_magnitude20", [20, 20], "sign_magnitude39/toward_zero/error"),
        ("binary16", [16, 16], "binary16/ties_to_even/infinity"),
        ("int8*log4_fsr0", [8, 4], "q6.15/toward_zero/error"),
        ("int8*slog5_fsr1", [8, 5], "q8.14/toward_zero/error"),
        ("slog5_fsr3", [5, 5], "slog5_fsr3**2/ties_to_even/error"),
        ("log4_fsr0/fixed", [4, 4], "uq-1.30/toward_zero/error"),
    ],
)
def test_names(name, operands, result):
    """A name says which formats go in, and what becomes of the product."""
    found = get_multiplier(name)
    assert [format.width for format in found.operands] == operands
    assert f"{found.to.format.name}/{found.to.rounding.name}/{found.to.overflow.name}" == result
    assert found.name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("int99999", "unknown format 'int99999'"),
        ("binary128", "binary128: a multiplier is built for operands of at most 64 bits, not 128"),
        ("sign_magnitude65", "sign_magnitude65: a multiplier is built for operands of at most 64 bits, not 65"),
        ("sign_magnitude1", "sign_magnitude1: a number in sign and magnitude has two bits or more, not 1"),
        ("uint8*uint8+uint16", "uint8*uint8+uint16: the operands and the accumulator need a sign"),
        ("q1.2*q1.2+int8", "q1.2*q1.2+int8: the operands and the accumulator need a sign, and the accumulator the quantum"),
        ("uint8/ties_to_even/wrap", "uint8/ties_to_even/wrap: a rounded product needs three bits or more, a sign, and 0 to 7"),
        ("q-1.8/ties_to_even/wrap", "q-1.8/ties_to_even/wrap: a rounded product needs three bits or more, a sign, and 0 to 7"),
        (
            "int8/to_odd/wrap",
            "int8/to_odd/wrap: a rounded product is built with toward_negative, ties_to_even, ties_to_away and",
        ),
        ("int8*log4_fsr0_sqrt2", "int8*log4_fsr0_sqrt2: a shifter needs whole exponents, not steps of 2**-1 octaves"),
        ("int8*log8_fsr0", "int8*log8_fsr0: a shifter is built for at most 128 places, not 262"),
        ("log8_fsr0/fixed", "log8_fsr0/fixed: a shifter is built for at most 128 places, not 509"),
    ],
)
def test_refused(name, message):
    """What cannot be built is refused with the reason."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        get_multiplier(name)


@pytest.mark.parametrize(
    "name",
    [
        "float8_e4m3fn",
        "float8_e5m2fnuz",
        "posit8",
        "lns3.2",
        "ternary",
        "binary16*bfloat16",
        "log4_fsr0*int8",
        "log4_fsr0*log3_fsr0",
        "binary16/ties_to_even/infinity",
        "int8+int16",
        "int8*int8*int8",
        "int8*",
        "*int8",
        "int8*int8+",
        "int8/wrap",
        "int8*int8/wrap/x/y",
        "/",
        *["log4_fsr0/shifted", "int4*int5/ties_to_even/wrap", "int8*int8/fixed"],
        "",
    ],
)
def test_not_built(name):
    """A name of another kind gets the list of kinds."""
    with pytest.raises(ValueError, match=f"^{re.escape(f'no multiplier is built for {name!r}; there are {KINDS}')}$"):
        get_multiplier(name)


def test_questions():
    """Few operands are asked all; many at the edges with one another, then at random, the same ones each time."""
    assert len(questions(get_multiplier("int6"))) == 1 << 12
    single = get_format("binary32")
    asked = questions(get_multiplier("binary32"))
    assert asked == questions(get_multiplier("binary32"))
    assert {(a, b) for a in edges(single) for b in edges(single)} <= set(asked)
    ends = {0, 1, 0x007FFFFF, 0x00800000, 0x3F800000, 0x3F7FFFFF, 0x7F7FFFFF, 0x7F800000, 0x7FC00000, 0x80000000, 0xFFFFFFFF}
    assert ends <= set(edges(single))
    at_random = np.array(asked[-AT_RANDOM:], np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        products = np.abs(at_random[:, 0] * at_random[:, 1])
    assert np.count_nonzero((products < np.finfo(np.float32).smallest_normal) & (products != 0)) > AT_RANDOM // 8
    assert {0, 1, 0x7F, 0x80, 0x81, 0xFF} <= set(edges(get_format("int8")))
