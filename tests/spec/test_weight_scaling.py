"""Weight scaling: the factor, what is stored and read, the closed forms of the errors of flips, and what is refused."""

import random
from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.memories import DATA, Memory, Part
from refsim.spec.projection import Projection
from refsim.spec.weight_scaling import Scaled, factor_for

B32, B16, Q25 = (get_format(name) for name in ("binary32", "binary16", "q2.5"))
TO32 = Projection(B32, "ties_to_even", "infinity")
DOWN = Projection(B32, "toward_zero", "saturate")
TO_Q = Projection(Q25, "ties_to_even", "saturate")
TOP = Fraction(127, 32)
"""The greatest number of q2.5."""
STEP = Fraction(1, 32)


def weights(numbers, to=TO32):
    """Numbers as stored weights."""
    return Part("weight", to.format, tuple(to(Fraction(x)).code for x in numbers))


def normal(count, sigma, seed=7):
    """Weights of a normal distribution."""
    source = random.Random(seed)
    return weights([source.gauss(0, sigma) for _ in range(count)])


def scaled(target=TOP, scale=DOWN, to=TO_Q, back=TO32, *, power=False):
    """The stage with what a test does not care about."""
    return Scaled(target, power, scale, to, back)


def read_numbers(stage, parts):
    """What is read, exactly."""
    return [stage.back.format.decode(code) for code in stage.read(parts).codes]


def with_codes(parts, codes, name=DATA):
    """Parts with other codes in one of them."""
    return {**parts, name: parts[name]._replace(codes=tuple(codes))}


@pytest.mark.clause("weight-scaling/factor")
@pytest.mark.parametrize(
    ("target", "greatest", "exact", "power"),
    [
        ("127/32", "1/4", "127/8", "8"),
        ("2", "1/2", "4", "4"),
        ("1", "3", "1/3", "1/4"),
        ("1", "0", "1", "1"),
        ("5", "5", "1", "1"),
    ],
)
def test_factor(target, greatest, exact, power):
    """The target over the greatest magnitude, or the power of two that is not above it; 1 for zeros."""
    given = Fraction(target), Fraction(greatest)
    assert factor_for(*given, power_of_two=False) == Fraction(exact)
    assert factor_for(*given, power_of_two=True) == Fraction(power)


@pytest.mark.clause("weight-scaling/stage")
def test_by_hand():
    """Weights 1/4 and -1/16 with the target 127/32 have the factor 127/8, stored as it is: 127 and -31.75 steps of 1/32."""
    stage = scaled()
    parts = stage.write(weights(["1/4", "-1/16"]))
    assert set(parts) == {DATA, "scale"}
    assert parts["scale"].kind == "scale"
    assert parts["scale"].format == B32
    assert B32.decode(parts["scale"].codes[0]) == Fraction(127, 8)
    assert [Q25.decode(code) for code in parts[DATA].codes] == [TOP, -1]
    # -1 / (127/8) = -8/127 is rounded to binary32 once.
    assert stage.read(parts).codes == (TO32(Fraction(1, 4)).code, TO32(Fraction(-8, 127)).code)
    assert stage.read_format(Q25) == B32
    Memory((stage,)).check(weights(["1/4"]))


@pytest.mark.clause("weight-scaling/stage")
def test_the_stored_factor_counts():
    """A factor of 1/3 is stored as the binary32 number below it, and products and quotients are taken with that one."""
    stage = scaled(target=Fraction(1), to=TO32)
    data = weights(["3", "-1"])
    parts = stage.write(data)
    factor = B32.decode(parts["scale"].codes[0])
    assert factor == B32.decode(DOWN(Fraction(1, 3)).code) != Fraction(1, 3)
    assert parts[DATA].codes == (TO32(3 * factor).code, TO32(-factor).code)
    assert B32.decode(parts[DATA].codes[0]) <= 1


@pytest.mark.clause("weight-scaling/stage")
def test_flips_in_fixed_point_are_divided_by_the_factor():
    """A flip of bit b of a q2.5 number is an error of 2**b / 32, whatever the number; scaled by a power of two, exactly the
    factor-th part of that. The mean of squares is step**2 * (4**8 - 1) / (3 * 8), by the factor's square.
    """
    data = normal(40, 0.05)
    for stage in (scaled(power=True), scaled(target=Fraction(1, 100), power=True)):
        parts = stage.write(data)
        factor = B32.decode(parts["scale"].codes[0])
        clean, squares = read_numbers(stage, parts), []
        for bit in range(8):
            faulty = read_numbers(stage, with_codes(parts, [code ^ 1 << bit for code in parts[DATA].codes]))
            errors = [abs(_value(a) - _value(b)) for a, b in zip(faulty, clean, strict=True)]
            assert set(errors) == {STEP * (1 << bit) / factor}
            squares += [error**2 for error in errors]
        assert sum(squares) / len(squares) == STEP**2 * Fraction(4**8 - 1, 3 * 8) / factor**2


@pytest.mark.clause("weight-scaling/stage")
def test_published_errors_of_normal_weights():
    """Of weights with a deviation of 0.05 in q2.5 the root of the mean square of a flip's error is 1.633; with a factor of
    16.77, which brings the greatest to the end of the range, 0.0974. The rounding error goes from 0.0090 to 0.00054.
    """
    formula = float(STEP**2 * Fraction(4**8 - 1, 3 * 8)) ** 0.5
    assert round(formula, 3) == 1.633
    assert round(formula / 16.77, 4) == 0.0974
    data = normal(1500, 0.05)
    numbers = [float(B32.decode(code)) for code in data.codes]
    stage = scaled()
    parts = stage.write(data)
    factor = float(B32.decode(parts["scale"].codes[0]))
    assert 14 < factor < 27
    stored = [float(Q25.decode(code)) / factor for code in parts[DATA].codes]
    plain = [float(Q25.decode(TO_Q(Fraction(x)).code)) for x in numbers]
    rms = [(sum((a - b) ** 2 for a, b in zip(found, numbers, strict=True)) / len(numbers)) ** 0.5 for found in (plain, stored)]
    assert rms[0] == pytest.approx(float(STEP) / 12**0.5, rel=0.05)
    assert rms[1] == pytest.approx(float(STEP) / 12**0.5 / factor, rel=0.05)


@pytest.mark.clause("weight-scaling/stage")
def test_powers_of_two_lose_nothing():
    """Every third normal binary16 number comes back from binary16 as it was, where its product is normal too; in a wider format
    all come back, subnormal ones and both zeros too.
    """
    codes = [code for code in range(0, 1 << 16, 61) if not isinstance(B16.decode(code), Special) or code == 1 << 15]
    to16 = Projection(B16, "ties_to_even", "infinity")
    wide = Scaled(Fraction(1 << 20), True, DOWN, TO32, to16)
    data = Part("weight", B16, tuple(codes))
    assert wide.read(wide.write(data)).codes == data.codes
    small = [code for code in codes if Fraction(1, 1 << 14) <= abs(_value(B16.decode(code))) < 16]
    same = Scaled(Fraction(1 << 15), True, DOWN, to16, to16)
    assert len(small) > 500
    assert same.read(same.write(data._replace(codes=tuple(small)))).codes == tuple(small)


def _value(x):
    return Fraction(0) if isinstance(x, Special) else x


@pytest.mark.clause("weight-scaling/stage")
def test_a_fault_in_the_factor():
    """A flip of the factor's lowest exponent bit halves or doubles all that is read; a factor that became zero gives
    infinities, and NaN for zeros; one that became NaN gives NaN; among integers these are zero.
    """
    stage = scaled(power=True)
    parts = stage.write(weights(["1/4", "-1/8", "0"]))
    clean = read_numbers(stage, parts)
    exponent = B32.fields(parts["scale"].codes[0])["exponent"]
    factor = Fraction(1, 2) if exponent % 2 == 0 else Fraction(2)
    halved = read_numbers(stage, with_codes(parts, [parts["scale"].codes[0] ^ 1 << 23], "scale"))
    assert halved == [x * factor for x in clean]
    infinite = [Special.POSITIVE_INFINITY, Special.NEGATIVE_INFINITY, Special.NAN]
    assert read_numbers(stage, with_codes(parts, [0], "scale")) == infinite
    assert read_numbers(stage, with_codes(parts, [0x7FC00000], "scale")) == [Special.NAN] * 3
    integers = scaled(power=True, back=Projection("int8", "ties_to_even", "saturate"))
    assert integers.read(with_codes(parts, [0x7FC00000], "scale")).codes == (0, 0, 0)
    assert integers.read(with_codes(parts, [0], "scale")).codes == (127, 128, 0)


@pytest.mark.clause("weight-scaling/stage")
def test_sign_flips_are_not_helped():
    """In floating point, a flip of the sign turns what is read around, whatever the factor is."""
    stage = scaled(target=Fraction(199, 100), to=TO32)
    parts = stage.write(weights(["1/4", "-1/8"]))
    turned = with_codes(parts, [code ^ 1 << 31 for code in parts[DATA].codes])
    assert read_numbers(stage, turned) == [-x for x in read_numbers(stage, parts)]


@pytest.mark.clause("weight-scaling/stage")
def test_zeros_and_nothing():
    """Zeros have the factor 1, and a tensor without elements has it too."""
    assert scaled().write(weights([0, 0]))["scale"].codes == (0x3F800000,)
    assert scaled().write(weights([])) == {DATA: Part("weight", Q25, ()), "scale": Part("scale", B32, (0x3F800000,))}


@pytest.mark.clause("weight-scaling/stage")
def test_a_factor_past_the_end():
    """A factor past binary16's greatest number saturates, and is refused where it would become infinite or vanish."""
    tiny = weights([Fraction(1, 1 << 40)])
    cut = scaled(scale=Projection(B16, "toward_zero", "saturate"), to=TO32)
    assert Number(cut.write(tiny)["scale"].codes[0], B16).exact == 65504
    for stage, data in (
        (scaled(scale=Projection(B16, "ties_to_even", "infinity"), to=TO32), tiny),
        (scaled(scale=Projection(B16, "toward_zero", "saturate"), to=TO32), weights([1 << 100])),
    ):
        with pytest.raises(ValueError, match="scaled needs a positive finite scale"):
            stage.write(data)
    with pytest.raises(ValueError, match=r"binary16 does not hold the factor 2\*\*41 of scaled weights"):
        scaled(power=True, scale=Projection(B16, "toward_zero", "saturate"), to=TO32).write(tiny)


@pytest.mark.clause("weight-scaling/stage")
def test_refusals():
    """Numbers that are not finite, targets that are not positive, random rules."""
    for code in (0x7F800000, 0x7FC00000):
        with pytest.raises(ValueError, match=f"scaled stores finite rational numbers, not code {code:#x} of binary32"):
            scaled().write(Part("weight", B32, (0, code)))
    with pytest.raises(ValueError, match="scaled weights is positive, not 0"):
        scaled(target=Fraction(0))
    with pytest.raises(ValueError, match="without random bits"):
        scaled(to=Projection(Q25, "stochastic_a:4", "saturate"))
    with pytest.raises(Unrepresentable):
        scaled(target=Fraction(5), to=Projection(Q25, "ties_to_even", "error")).write(weights([1]))
