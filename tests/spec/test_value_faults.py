"""Value faults: every code of small formats, against plain integers and lists of values in order."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, is_nan
from refsim.spec.faults import NO_MASK, apply, by_site, injected
from refsim.spec.formats import Unrepresentable
from refsim.spec.gaps import gap_table, hits
from refsim.spec.randomness import stream, word64
from refsim.spec.sites import Site, Target
from refsim.spec.value_faults import Constant, Moved, Negated, Random, Zeroed

INFINITY = float("inf")
ONE, ZERO, TENTH = Fraction(1), Fraction(0), Fraction(1, 10)
FORMATS = ["int8", "uint8", "int4", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "posit8", "float4_e2m1fn"]
MODELS = [Zeroed(ONE), Constant(ONE, 3), Random(ONE), Negated(ONE), Moved(ONE, 1), Moved(ONE, -3)]


def target(format, codes, number=0, selection=()):
    """A site that holds codes, or so many that are not known."""
    count = codes if isinstance(codes, int) else len(codes)
    return Target(number, Site("w", "weight", format, count), None if isinstance(codes, int) else codes, selection)


def all_codes(name):
    """A format and its codes."""
    format = get_format(name)
    return format, range(1 << format.width)


def after(model, format, codes, seed=1):
    """The codes after the faults of a trial."""
    return injected(codes, by_site(model.events(seed, 7, [target(format, codes)])).get(0, {}))


@pytest.mark.clause("value-fault/zero", "value-fault/constant", "value-fault/held")
@pytest.mark.parametrize("name", FORMATS)
def test_what_an_element_holds(name):
    """Every code becomes the one that decodes as 0 without a sign, or the given one; the same where codes are not known."""
    format, codes = all_codes(name)
    assert {format.decode(code) for code in after(Zeroed(ONE), format, codes)} == {0}
    last = len(codes) - 1
    for model in (Constant(ONE, 5), Constant(ONE, 0), Constant(ONE, last)):
        assert set(after(model, format, codes)) == {model.code}
        assert model.events(1, 1, [target(format, codes)]) == model.events(1, 1, [target(format, len(codes))])


@pytest.mark.clause("value-fault/negated", "value-fault/instead")
@pytest.mark.parametrize("width", [4, 8])
def test_negated_integers(width):
    """By plain integers: the least one has no other sign, and stays."""
    half = 1 << width - 1
    format, codes = all_codes(f"int{width}")
    wanted = [-n % (2 * half) if n != -half else half for n in (code - 2 * half * (code >= half) for code in codes)]
    assert list(after(Negated(ONE), format, codes)) == wanted
    unsigned, codes = all_codes(f"uint{width}")
    assert after(Negated(ONE), unsigned, codes) == tuple(codes)


@pytest.mark.clause("value-fault/negated")
@pytest.mark.parametrize("name", FORMATS[3:])
def test_negated_numbers(name):
    """What has a code of the other sign has that one; what has none keeps its code."""
    format, codes = all_codes(name)
    for before, code in zip(codes, after(Negated(ONE), format, codes), strict=True):
        old, new = format.decode(before), format.decode(code)
        if isinstance(old, Fraction) and old:
            assert new == -old
        elif old in {Fraction(0), NEGATIVE_ZERO} and format.has_negative_zero:
            assert {old, new} == {Fraction(0), NEGATIVE_ZERO}
        elif is_nan(old):
            assert is_nan(new)
        elif old in {Fraction(0), NEGATIVE_ZERO}:
            assert before == code


@pytest.mark.clause("value-fault/moved", "value-fault/instead")
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("steps", [1, -1, 5, -40])
def test_moved_numbers(name, steps):
    """By the list of all numbers in order: so many places on, and no further than the last. A zero that is reached from below
    is the negative one, where there is one.
    """
    format, codes = all_codes(name)
    plain = {NEGATIVE_ZERO: Fraction(0), POSITIVE_INFINITY: INFINITY, NEGATIVE_INFINITY: -INFINITY}
    data = {code: format.decode(code) for code in codes}
    numbers = sorted({plain.get(datum, datum) for datum in data.values() if not is_nan(datum)})
    for before, code in zip(codes, after(Moved(ONE, steps), format, codes), strict=True):
        old, new = data[before], data[code]
        if is_nan(old):
            assert new is NAN
            continue
        at = numbers.index(plain.get(old, old)) + steps
        assert plain.get(new, new) == numbers[max(0, min(at, len(numbers) - 1))]
        if plain.get(new) == 0:
            assert format.has_negative_zero
            assert plain.get(old, old) < 0
    assert after(Moved(ONE, 0), format, codes) == tuple(codes)


@pytest.mark.clause("value-fault/moved")
def test_moved_floats():
    """By hand, in E5M2: over the last number to infinity, and through both zeros where a step up goes."""
    e5m2 = get_format("float8_e5m2")
    assert after(Moved(ONE, 1), e5m2, [0x7B, 0x7C, 0x81, 0x80, 0x00, 0x7E]) == (0x7C, 0x7C, 0x80, 0x01, 0x01, 0x7E)
    assert after(Moved(ONE, -2), e5m2, [0x7C, 0x01, 0x81, 0x3C]) == (0x7A, 0x81, 0x83, 0x3A)


@pytest.mark.clause("value-fault/random", "value-fault/held", "value-fault/elements")
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.sampled_from(["int4", "posit8", "binary16", "binary64"]))
def test_random_codes(seed, trial, name):
    """The elements of the stream of positions hold the high bits of the words of values."""
    format = get_format(name)
    values = stream(seed, trial, 5, "values")
    events = Random(TENTH).events(seed, trial, [target(format, 60, 5)])
    assert [event.element for event in events] == list(hits(gap_table(TENTH), stream(seed, trial, 5, "positions"), 60))
    for j, event in enumerate(events):
        wanted = word64(values, j) * 2**format.width // 2**64
        assert apply(0, event.mask) == apply(2**format.width - 1, event.mask) == wanted


@pytest.mark.clause("value-fault/elements")
@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
def test_elements_are_hit(model):
    """All models of one rate hit the same elements; all at the rate 1 and none at 0, those that keep their code too."""
    int8 = get_format("int8")
    codes = [0x80, 0, 1, 3, 0x7F, 0xFF] * 20
    others = [getattr(model, field) for field in model.__match_args__[1:]]
    at = {p: type(model)(p, *others).events(3, 1, [target(int8, codes)]) for p in (ZERO, TENTH, ONE)}
    assert at[ZERO] == []
    assert [event.element for event in at[ONE]] == list(range(120))
    assert [event.element for event in at[TENTH]] == list(hits(gap_table(TENTH), stream(3, 1, 0, "positions"), 120))
    if isinstance(model, Negated):
        assert at[ONE][0].mask == at[ONE][1].mask == NO_MASK
    sites = [target(int8, codes, number) for number in (2, 1)]
    assert model.events(3, 1, sites) == model.events(3, 1, sites[1:]) + model.events(3, 1, sites[:1])


@pytest.mark.clause("value-fault/elements", "value-fault/constant", "value-fault/zero", "value-fault/random")
def test_errors():
    """Refused, whether or not the trial hits anything: selections, unknown codes, and formats without the code."""
    int8 = get_format("int8")
    for model in MODELS:
        with pytest.raises(ValueError, match="faults of whole values hit all bits of an element of w, not 'sign' alone"):
            model.events(1, 1, [target(int8, 3, selection=("sign",))])
    for model in (Negated(ZERO), Moved(ZERO, 1)):
        with pytest.raises(ValueError, match="what becomes of an element of w depends on codes that are not known"):
            model.events(1, 1, [target(int8, 3)])
    with pytest.raises(ValueError, match="code 0x100 is not in 0"):
        Constant(ZERO, 256).events(1, 1, [target(int8, 3)])
    with pytest.raises(Unrepresentable, match="float8_e8m0fnu has no code for 0"):
        Zeroed(ZERO).events(1, 1, [target(get_format("float8_e8m0fnu"), 3)])
    with pytest.raises(ValueError, match="random codes have at most 64 bits, not the 128 of"):
        Random(ZERO).events(1, 1, [target(get_format("binary128"), 3)])
    with pytest.raises(ValueError, match="values are moved by at most 1024 steps, not -1025"):
        Moved(ZERO, -1025)
    for model in (Zeroed, Random, Negated, lambda p: Constant(p, 0), lambda p: Moved(p, 1)):
        with pytest.raises(ValueError, match=r"a rate is in 0\.\.1, not 2"):
            model(Fraction(2))
