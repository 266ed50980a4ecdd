"""NaN policies: Intel's table 4-7, Arm's pseudocode restated, and payloads between formats of different width."""

from itertools import product

import pytest

from refsim.spec.arithmetic import add, convert, divide, fma, sqrt
from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.nans import POLICIES, carried, signed_nan
from refsim.spec.projection import Projection

BINARY16 = get_format("binary16")
QUIET, SIGNALING = (0x7E01, 0xFE02, 0x7F03), (0x7C04, 0xFD05, 0x7D06)
ONE, ZERO, INFINITY = 0x3C00, 0x0000, 0x7C00
QUIET_BIT = 0x0200


def to(policy, format=BINARY16):
    """A projection with a NaN policy."""
    return Projection(format, "ties_to_even", "infinity", nan=policy)


def of(code, format=BINARY16):
    """An operand."""
    return Number(code, format)


def invalid(*codes):
    """Whether a signaling NaN is among the codes."""
    return Flags.INVALID if set(codes) & set(SIGNALING) else Flags.NONE


@pytest.mark.clause("nan/x86", "nan/carried", "project/nan")
def test_x86_carries_the_first():
    """Intel SDM table 4-7, SSE: the first of two NaNs, quiet or signaling, or the only one, made quiet."""
    for a, b in product((*QUIET, *SIGNALING, ONE), repeat=2):
        if {a, b} != {ONE}:
            first = next(code for code in (a, b) if code != ONE)
            assert add(of(a), of(b), to("x86")) == (first | QUIET_BIT, invalid(a, b))


@pytest.mark.clause("nan/x86")
def test_x86_default():
    """The real indefinite has a minus sign; after it was made by an invalid product, a quiet addend hides that."""
    default = (0xFE00, Flags.INVALID)
    assert add(of(INFINITY), of(0xFC00), to("x86")) == sqrt(of(0xBC00), to("x86")) == default
    assert divide(of(ZERO), of(ZERO), to("x86")) == fma(of(ZERO), of(INFINITY), of(ONE), to("x86")) == default
    assert fma(of(ZERO), of(INFINITY), of(0x7F03), to("x86")) == (0x7F03, Flags.NONE)
    assert fma(of(ZERO), of(INFINITY), of(0x7C04), to("x86")) == (0x7E04, Flags.INVALID)


@pytest.mark.clause("nan/x86", "nan/carried")
def test_x86_fused():
    """Intel SDM volume 1, 14.5.2: the multiplicand before the multiplier before the addend."""
    for codes in product((QUIET[0], SIGNALING[1], QUIET[2], ONE), repeat=3):
        nans = [code for code in codes if code != ONE]
        if nans:
            assert fma(*map(of, codes), to("x86")) == (nans[0] | QUIET_BIT, invalid(*codes))


def process_nans(*codes):
    """Arm's FPProcessNaNs and FPProcessNaNs3: signaling ones in order, then quiet ones in order."""
    found = [c for c in codes if c in SIGNALING] + [c for c in codes if c in QUIET]
    return found[0] | QUIET_BIT if found else None


@pytest.mark.clause("nan/arm", "nan/carried", "project/nan")
def test_arm_carries_the_first_signaling():
    """The first signaling NaN of two operands, or else the first quiet one."""
    for a, b in product((*QUIET, *SIGNALING, ONE), repeat=2):
        if {a, b} != {ONE}:
            assert add(of(a), of(b), to("arm")) == (process_nans(a, b), invalid(a, b))


@pytest.mark.clause("nan/arm")
def test_arm_fused():
    """FPMulAdd: the addend comes first, and a quiet one beside zero times infinity gives the default NaN."""
    some = (QUIET[0], QUIET[1], SIGNALING[0], SIGNALING[1], ONE, ZERO, INFINITY)
    for x, y, z in product(some, repeat=3):
        if not {x, y, z} & {*QUIET, *SIGNALING}:
            continue
        product_is_invalid = {x, y} == {ZERO, INFINITY}
        expected = (0x7E00, Flags.INVALID) if product_is_invalid and z in QUIET else (process_nans(z, x, y), invalid(x, y, z))
        assert fma(of(x), of(y), of(z), to("arm")) == expected, (hex(x), hex(y), hex(z))


@pytest.mark.clause("nan/arm")
def test_arm_default():
    """The default NaN is positive."""
    assert add(of(INFINITY), of(0xFC00), to("arm")) == sqrt(of(0xBC00), to("arm")) == (0x7E00, Flags.INVALID)


@pytest.mark.clause("nan/canonical")
@pytest.mark.parametrize("policy", ["canonical", "riscv"])
def test_one_nan_for_all(policy):
    """Every NaN result is the canonical NaN, and flags are those of the operation."""
    for a, b in product((*QUIET, *SIGNALING, ONE), repeat=2):
        if {a, b} != {ONE}:
            assert add(of(a), of(b), to(policy)) == (0x7E00, invalid(a, b))
    assert fma(of(ZERO), of(INFINITY), of(0xFE02), to(policy)) == (0x7E00, Flags.INVALID)
    assert set(POLICIES) == {"canonical", "riscv", "x86", "arm"}


@pytest.mark.clause("nan/carried")
@pytest.mark.parametrize("policy", ["x86", "arm"])
@pytest.mark.parametrize(
    ("source", "code", "target", "expected"),
    [
        ("binary16", 0xFD05, "binary32", 0xFFE0A000),
        ("binary16", 0x7E01, "binary64", 0x7FF8040000000000),
        ("binary32", 0x7FA0A000, "binary16", 0x7F05),
        ("binary32", 0x7F800001, "binary16", 0x7E00),
        ("binary32", 0xFFC01FFF, "binary16", 0xFE00),
        ("binary32", 0xFFC03FFF, "binary16", 0xFE01),
        ("binary64", 0xFFF4000000000005, "binary32", 0xFFE00000),
        ("binary32", 0x7FA0A000, "bfloat16", 0x7FE0),
        ("binary16", 0xFD05, "float8_e5m2", 0xFF),
        # Formats without payloads keep the sign, formats with one NaN nothing.
        ("binary16", 0xFD05, "float8_e4m3fn", 0xFF),
        ("binary16", 0x7D05, "float8_e4m3fn", 0x7F),
        ("binary16", 0xFD05, "float8_e4m3fnuz", 0x80),
        ("binary16", 0xFD05, "binary8p3se", 0x80),
        ("binary16", 0xFD05, "binary8p3ue", 0xFF),
        ("float8_e4m3fn", 0xFF, "binary16", 0xFE00),
        ("float8_e8m0fnu", 0xFF, "binary16", 0x7E00),
        ("binary8p3ue", 0xFF, "binary16", 0x7E00),
    ],
)
def test_payloads_between_formats(policy, source, code, target, expected):
    """A NaN becomes quiet, keeps its sign and the leading bits of its payload."""
    x = Number(code, get_format(source))
    assert convert(x, to(policy, get_format(target))).code == carried(x, get_format(target)) == expected


@pytest.mark.clause("nan/carried")
@pytest.mark.parametrize(
    ("name", "plus", "minus"), [("binary16", 0x7E00, 0xFE00), ("float8_e4m3fn", 0x7F, 0xFF), ("binary8p3se", 0x80, 0x80)]
)
def test_the_canonical_nan_with_a_sign(name, plus, minus):
    """The canonical NaN takes a sign where a code of that sign is a NaN."""
    format = get_format(name)
    assert (signed_nan(format, False), signed_nan(format, True)) == (plus, minus)


@pytest.mark.clause("project/nan")
def test_a_format_without_nan():
    """Conversion rules for integers have a code for a NaN, whatever the policy."""
    for policy in POLICIES:
        projection = Projection("int8", "ties_to_even", "integer_saturate_high", nan=policy)
        assert convert(of(0xFE02), projection) == (0x7F, Flags.INVALID)
        assert projection.nan_result(Flags.NONE) == (0x7F, Flags.INVALID)
    assert to("x86").nan_result(Flags.NONE, ()) == (0xFE00, Flags.NONE)
