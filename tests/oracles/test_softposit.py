"""SoftPosit as an oracle of posits: posits of 8 bits in all pairs, wider ones at aimed codes, and its quires.

Where it deviates is in ``ledger_of_posits.toml``.
"""

import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import softposit

from refsim import OPERATIONS, Number, Projection, decode, encode, engine, get_format
from refsim.clauses import clauses
from refsim.engine import Array
from refsim.engine.apply import every_combination
from refsim.spec.families import quire_format
from refsim.spec.operations import Kind

from .peer_softposit import COMPARISONS, KINDS, dot_product, quire8
from .peer_softposit import OPERATIONS as NAMES

LEDGER = tomllib.loads((Path(__file__).parent / "ledger_of_posits.toml").read_text(encoding="utf-8"))["deviation"]
DEVIATING = {(entry["kind"], entry["operation"]) for entry in LEDGER}
AIMED = [name for name in KINDS if KINDS[name].format.width in (10, 16, 24, 32)]
COUNT = 20_000


def rules(format):
    """The projection of the standard."""
    return Projection(format, "ties_to_even", "saturate_finite")


def aimed(format, seed):
    """Triples of codes: at random, at the ends and beside one, and nearly opposite to each other."""
    rng, width, top = np.random.default_rng(seed), format.width, format.top
    one, nar = 1 << width - 2, 1 << width - 1
    marked = [0, 1, 2, 3, top, top - 1, nar, nar + 1, one - 1, one, one + 1, (1 << width) - 1, 3 << width - 3]
    a, b, c = (rng.integers(0, 1 << width, COUNT) for _ in range(3))
    quarter = COUNT // 4
    for codes, part in ((a, slice(quarter)), (b, slice(quarter // 2)), (c, slice(2 * quarter, None))):
        codes[part] = rng.choice(marked, codes[part].size)
    b[2 * quarter : 3 * quarter] = (rng.integers(-4, 5, quarter) - a[2 * quarter : 3 * quarter]) % (1 << width)
    return a, b, c


def refsims(operation, format, operands):
    """What refsim gives: codes, or truth values."""
    to = rules(format) if OPERATIONS[operation].kind is Kind.NUMBER else None
    found = engine.apply(operation, [Array(codes, format) for codes in operands], to)
    return found.codes.astype(np.int64) if to else found


def softposits(operation, kind, operands):
    """What the peer gives."""
    if operation in COMPARISONS:
        return np.array([kind.ask(COMPARISONS[operation], *codes) for codes in zip(*operands, strict=True)])
    return np.array([kind.call(NAMES[operation], *codes) for codes in zip(*operands, strict=True)])


@pytest.mark.parametrize("name", ["posit8es0", *(f"posit_2 of {width}" for width in (2, 3, 5, 7, 8))])
@pytest.mark.parametrize("operation", [*NAMES, *COMPARISONS])
def test_all_combinations(name, operation):
    """All pairs of codes up to 8 bits, in every operation; of the fused one all triples of at most 5 bits."""
    kind = KINDS[name]
    roles = len(OPERATIONS[operation].roles)
    every = roles < 3 or kind.format.width <= 5
    operands = every_combination((kind.format,) * roles) if every else aimed(kind.format, 8)
    expected, found = refsims(operation, kind.format, operands), softposits(operation, kind, operands)
    different = int(np.count_nonzero(expected != found))
    assert different == (1 if (name, operation) in DEVIATING else 0)


@pytest.mark.parametrize("name", AIMED)
@pytest.mark.parametrize("operation", [*NAMES, *COMPARISONS])
def test_aimed_codes(name, operation):
    """Codes at the ends, beside one, opposite and at random; only what the ledger names differs, seldom and by little."""
    kind = KINDS[name]
    operands = aimed(kind.format, 3)[: len(OPERATIONS[operation].roles)]
    expected, found = refsims(operation, kind.format, operands), softposits(operation, kind, operands)
    different = expected != found
    assert np.mean(different) < (0.05 if (name, operation) in DEVIATING else 1e-9)
    assert (np.abs(expected[different].astype(int) - found[different]) <= 2).all()


@pytest.mark.parametrize("name", ["posit8es0", "posit16es1", "posit32"])
def test_conversions(name):
    """To the peer's other posits, from and to binary64, and from and to integers; its NaR becomes an infinity in binary64 and
    zero as an integer, and past the least integer it gives that plus one."""
    kind = KINDS[name]
    codes = np.unique(aimed(kind.format, 5)[0]) if kind.format.width > 8 else np.arange(256)
    given, nar = Array(codes, kind.format), 1 << kind.format.width - 1
    for other in ("posit8es0", "posit16es1", "posit32"):
        if other != name:
            found = [kind.call(f"to_{KINDS[other].prefix}", code) for code in codes]
            assert (engine.convert(given, rules(other)).codes == found).all()
    back = getattr(softposit, f"convert{kind.prefix.upper()}ToDouble")
    assert all(back(kind.of(code)) == x for code, x in zip(codes, decode(given), strict=True) if code != nar)
    for integer, ask in (("int32", "to_i32"), ("int64", "to_i64"), ("uint32", "to_ui32"), ("uint64", "to_ui64")):
        width = get_format(integer).width
        expected = engine.to_integer(given, Projection(integer, "ties_to_even", "integer_saturate")).codes
        found = np.array([kind.ask(ask, code) % (1 << width) for code in codes], np.uint64)
        outside = found == (1 << width - 1) + 1
        assert (expected[~outside] == found[~outside]).all()
        assert (expected[outside] == 1 << width - 1).all()
    rng = np.random.default_rng(6)
    integers = [*rng.integers(-(1 << 31), 1 << 31, 1000), *rng.integers(-300, 300, 300), *(1 << np.arange(31))]
    from_integer = getattr(softposit, f"i32_to_{kind.prefix}")
    assert [from_integer(int(n)).v for n in integers] == encode(integers, rules(name)).codes.tolist()
    x = [*(rng.standard_normal(5000) * 2.0 ** rng.integers(-130, 130, 5000)), 0.0, -0.0, np.nan, np.inf, -np.inf]
    convert = getattr(softposit, f"convertDoubleTo{kind.prefix.upper()}")
    assert [convert(float(number)).v for number in x] == encode(np.array(x), rules(name)).codes.tolist()


@pytest.mark.parametrize("name", ["posit8es0", "posit16es1", "posit32"])
def test_dot_products(name):
    """Sums of products in the peer's quire, rounded to a posit at the end."""
    kind, rng = KINDS[name], np.random.default_rng(9)
    marked = aimed(kind.format, 1)[0]
    for _ in range(300):
        codes = rng.choice(marked, (2, 6))
        numbers = [Number(int(code), kind.format) for vector in codes for code in vector]
        assert dot_product(kind, *codes) == OPERATIONS["dot_product"](*numbers, to=rules(name)).code


@pytest.mark.clause("family/quire")
def test_the_bits_of_a_quire():
    """The quire of 32 bits of the draft's posit8 holds the same bits after each product."""
    posit = get_format("posit8es0")
    quire = quire_format("quire of posit8es0", 32, posit)
    rng = np.random.default_rng(2)
    for _ in range(60):
        pairs = [(int(x), int(y)) for x, y in rng.integers(0, 256, (20, 2)) if 0x80 not in (x, y)]
        total = Number(0, quire)
        for x, y in pairs:
            total = Number(OPERATIONS["fma"](Number(x, posit), Number(y, posit), total, to=rules(quire)).code, quire)
        assert quire8(pairs) == total.code


@pytest.mark.parametrize("entry", [pytest.param(e, marks=pytest.mark.clause(e["clause"]), id=e["name"]) for e in LEDGER])
def test_the_ledger_is_true(entry):
    """Each recorded deviation is still there, and the specification and the engine say what is recorded."""
    kind = KINDS[entry["kind"]]
    assert version("softposit") == "0.3.4.4"
    assert entry["clause"] in clauses()
    assert entry["why"].endswith(".")
    assert kind.call(NAMES[entry["operation"]], *entry["codes"]) == entry["peer_gives"] != entry["specification_gives"]
    numbers = [Number(code, kind.format) for code in entry["codes"]]
    assert OPERATIONS[entry["operation"]](*numbers, to=rules(kind.format)).code == entry["specification_gives"]
    assert refsims(entry["operation"], kind.format, [[code] for code in entry["codes"]])[0] == entry["specification_gives"]
