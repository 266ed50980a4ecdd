"""Comparison, total order and class: tables 5.1 to 5.3 of IEEE 754-2019, and its lists of 5.10 and 5.7.2."""

from fractions import Fraction
from itertools import pairwise, product

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.comparison import (
    PREDICATES,
    NumberClass,
    Relation,
    classify,
    compare,
    relation,
    total_order,
    total_order_magnitude,
)
from refsim.spec.exact import NAN, SIGNALING_NAN
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS

from .data import BINARY16, CODES, number

# IEEE 754-2019, tables 5.1 to 5.3: the relations for which each predicate is true.
TABLES = {
    "compare_quiet_equal": "=",
    "compare_quiet_not_equal": "<>?",
    "compare_signaling_equal": "=",
    "compare_signaling_greater": ">",
    "compare_signaling_greater_equal": ">=",
    "compare_signaling_less": "<",
    "compare_signaling_less_equal": "<=",
    "compare_signaling_not_equal": "<>?",
    "compare_signaling_not_greater": "<=?",
    "compare_signaling_less_unordered": "<?",
    "compare_signaling_not_less": ">=?",
    "compare_signaling_greater_unordered": ">?",
    "compare_quiet_greater": ">",
    "compare_quiet_greater_equal": ">=",
    "compare_quiet_less": "<",
    "compare_quiet_less_equal": "<=",
    "compare_quiet_unordered": "?",
    "compare_quiet_not_greater": "<=?",
    "compare_quiet_less_unordered": "<?",
    "compare_quiet_not_less": ">=?",
    "compare_quiet_greater_unordered": ">?",
    "compare_quiet_ordered": "<=>",
}
SIGNS = {Relation.LESS: "<", Relation.EQUAL: "=", Relation.GREATER: ">", Relation.UNORDERED: "?"}
VALUES = {
    **{name: float(name) for name in CODES if "nan" not in name and "/" not in name},
    "1/2": 0.5,
    "-1/2": -0.5,
    "nan": float("nan"),
    "snan": float("nan"),
}


def sign(x, y):
    """How two of the host's numbers lie to each other."""
    return "<" if x < y else ">" if x > y else "=" if x == y else "?"


@pytest.mark.clause("comparison/relation")
def test_relations():
    """Exactly one of four relations holds, that of the host's numbers: zeros are equal, a NaN is unordered even with itself."""
    for x, y in product(CODES, repeat=2):
        assert SIGNS[relation(number(x).exact, number(y).exact)] == sign(VALUES[x], VALUES[y])
    assert relation(Fraction(1, 3), Fraction(1, 3) + Fraction(1, 1 << 200)) is Relation.LESS


@pytest.mark.clause("comparison/predicate")
@pytest.mark.parametrize("name", TABLES)
def test_predicates(name):
    """Each predicate is true for its relations; signaling NaNs are invalid, and quiet ones where it signals."""
    for x, y in product(CODES, repeat=2):
        found = sign(VALUES[x], VALUES[y])
        invalid = "snan" in {x, y} or (found == "?" and "signaling" in name)
        expected = (found in TABLES[name], Flags.INVALID if invalid else Flags.NONE)
        assert compare(name, number(x), number(y)) == OPERATIONS[name](number(x), number(y)) == expected


@pytest.mark.clause("comparison/predicate")
def test_there_are_22_predicates():
    """The names are those of the tables, and another one is refused."""
    assert set(PREDICATES) == set(TABLES)
    with pytest.raises(ValueError, match=r"^unknown predicate 'less'; the predicates are compare_quiet_equal, "):
        compare("less", number("1"), number("2"))


@pytest.mark.clause("comparison/relation")
def test_formats_may_differ():
    """1/3 of binary32 is not 1/3 of binary16, and 2**63 - 1 is not 2**63."""
    single, half = Number(0x3EAAAAAB, get_format("binary32")), Number(0x3555, BINARY16)
    assert compare("compare_quiet_greater", single, half).code == 1
    whole, power = Number((1 << 63) - 1, get_format("int64")), Number(0x5F000000, get_format("binary32"))
    assert compare("compare_quiet_less", whole, power).code == 1


# From the least to the greatest, IEEE 754-2019 5.10: NaNs by sign, signaling below quiet, payloads away from zero.
ORDERED = [0xFFFF, 0xFE01, 0xFE00, 0xFDFF, 0xFC01, 0xFC00, 0xFBFF, 0xBC00, 0x8001, 0x8000]
ORDERED += [code ^ 0x8000 for code in reversed(ORDERED)]


@pytest.mark.clause("comparison/total-order")
def test_total_order():
    """binary16 from the negative quiet NaN of the greatest payload to the positive one; nothing is raised."""
    numbers = [Number(code, BINARY16) for code in ORDERED]
    for i, j in product(range(len(numbers)), repeat=2):
        assert total_order(numbers[i], numbers[j]) == (i <= j, Flags.NONE)


@pytest.mark.clause("comparison/total-order-magnitude", "comparison/total-order")
def test_total_order_of_magnitudes():
    """As the total order of the operands with their sign bits cleared."""
    for a, b in product(ORDERED, repeat=2):
        cleared = [Number(code & 0x7FFF, BINARY16) for code in (a, b)]
        assert total_order_magnitude(Number(a, BINARY16), Number(b, BINARY16)) == total_order(*cleared)


@pytest.mark.clause("comparison/total-order")
def test_total_order_is_the_order_of_sign_magnitude_integers():
    """In a format of IEEE 754 total order is that of the codes read as sign and magnitude."""
    e4m3 = get_format("float8_e4m3")
    keys = [code if code < 0x80 else 0x7F - code for code in range(256)]
    for a, b in product(range(256), range(0, 256, 5)):
        assert total_order(Number(a, e4m3), Number(b, e4m3)).code == (keys[a] <= keys[b])


@pytest.mark.clause("comparison/total-order")
@pytest.mark.parametrize(("name", "nan"), [("binary8p3se", 0x80), ("binary8p3ue", 0xFF), ("float8_e5m2fnuz", 0x80)])
def test_a_single_nan_comes_first(name, nan):
    """Where NaNs have one sign, NaN comes before all, and equals itself and its like of other formats."""
    format = get_format(name)
    for code in range(256):
        assert total_order(Number(nan, format), Number(code, format)).code == 1
        assert total_order(Number(code, format), Number(nan, format)).code == (code == nan)
    for other, code in (("binary8p3ue", 0xFF), ("float8_e4m3fnuz", 0x80)):
        x, y = Number(nan, format), Number(code, get_format(other))
        assert total_order(x, y).code == total_order(y, x).code == 1


@pytest.mark.clause("comparison/total-order")
def test_total_order_of_mixed_formats():
    """Numbers compare by value and NaNs by payloads as fractions: 0x7e80 of binary16 and 0x7fd00000 of binary32 are one."""
    single = get_format("binary32")
    assert total_order(Number(0x3C00, BINARY16), Number(0x3F800000, single)).code == 1
    for half, codes in ((0x7E80, (0x7FD00000, 0x7FD00001)), (0x7D00, (0x7FA00000, 0x7FA00001))):
        equal, above = (Number(code, single) for code in codes)
        x = Number(half, BINARY16)
        assert total_order(x, equal).code == total_order(equal, x).code == total_order(x, above).code == 1
        assert total_order(above, x).code == 0


@pytest.mark.clause("comparison/class")
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("binary16", [0xFC00, 0x8400, 0x83FF, 0x8000, 0x0000, 0x0001, 0x0400, 0x7C00, 0x7C01, 0x7E00]),
        ("float8_e4m3", [0xF8, 0xF7, 0x81, 0x80, 0x00, 0x07, 0x08, 0x78, 0x79, 0x7C]),
        ("int8", [None, 0x80, None, None, 0, None, 1, None, None, None]),
        ("q0.7", [None, 0xFF, None, None, 0, None, 1, None, None, None]),
        ("float8_e8m0fnu", [None, None, None, None, None, None, 0, None, None, 0xFF]),
        ("e5m10nosub", [0xFC00, 0x8400, None, 0x83FF, 0x03FF, None, 0x0400, 0x7C00, 0x7C01, 0x7E00]),
        ("binary8p1se", [0xFF, 0x81, None, None, 0, None, 1, 0x7F, None, 0x80]),
        ("float8_e4m3fnuz", [None, 0x88, 0x81, None, 0, 7, 8, None, None, 0x80]),
    ],
)
def test_classes(name, codes):
    """A code of each class that the format has, in the order of RISC-V's FCLASS; a uniform grid has normal numbers alone."""
    format = get_format(name)
    for kind, code in zip(NumberClass, codes, strict=True):
        if code is not None:
            assert classify(Number(code, format)) == (kind, Flags.NONE)
    if format.width == 8:
        found = {classify(Number(code, format)).code for code in range(256)}
        assert found == {kind for kind, code in zip(NumberClass, codes, strict=True) if code is not None}


@pytest.mark.clause("comparison/class")
def test_classes_are_numbered_from_below():
    """The classes of numbers and infinities follow the numbers' order."""
    data = [Number(code, BINARY16) for code in ORDERED if BINARY16.decode(code) not in {NAN, SIGNALING_NAN}]
    assert all(classify(x).code <= classify(y).code for x, y in pairwise(data))
