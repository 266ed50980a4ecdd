"""Cases that an earlier engine got wrong: each beside what the specification says of it."""

import threading

import numpy as np
import pytest

from refsim import OPERATIONS, Array, Number, Projection, engine, get_format
from refsim.engine import run
from refsim.spec.arithmetic import convert
from refsim.spec.families import posit_format, quire_format

CASES = [
    ("exp", [("binary32", 0x42480000)], ("int16", "toward_zero", "integer_modular"), None),
    ("rsqrt", [("binary64", 0x275B10BEB37F52AB)], ("q7.8", "to_odd", "wrap"), None),
    ("hypot", [("binary32", 0xFF7FFFFE), ("binary32", 0x7377E940)], ("int16", "toward_zero", "wrap"), None),
    ("hypot", [("binary32", 0x3F800000), ("binary32", 0x2B800000)], ("binary32", "stochastic_a:29", "infinity"), (1 << 29) - 1),
    ("hypot", [("int53", 0xFFFFFFFFFFFFF), ("int53", 2)], ("int53", "ties_toward_positive", "saturate_zero"), None),
    (
        "hypot",
        [("binary64", 0x3FF0000000000001), ("binary64", 0x3E00000000000000)],
        ("binary64", "toward_positive", "infinity"),
        None,
    ),
    (
        "faa",
        [("binary64", 0x3FF0000000000000), ("binary64", 0x2BF0000000000000), ("binary64", 0xABEFFFFFFFFFFFFF)],
        ("binary64", "toward_positive", "infinity"),
        None,
    ),
    (
        "faa",
        [("binary64", 0xABEFFFFFFFFFFFFF), ("binary64", 0x253FFFFFFFFFFFFF), ("binary64", 0xBFE0000000000001)],
        ("binary64", "ties_to_even", "infinity"),
        None,
    ),
    ("convert", [("binary64", 1)], ("e11m52nosub", "ties_to_even", "infinity"), None),
    ("minimum", [("binary64", 1), ("binary64", 2)], ("e11m52nosub", "toward_positive", "infinity"), None),
    (
        "multiply",
        [("binary64", 0x3FF0000001800000), ("binary64", 0xFFFFFFE800000)],
        ("binary64", "stochastic_b:1", "infinity"),
        0,
    ),
    (
        "divide",
        [("binary64", 0x1777204EB2221A58), ("binary64", 0x5757204EB2221A59)],
        ("e11m51", "stochastic_b:2", "infinity"),
        2,
    ),
    (
        "multiply",
        [("e10m40b20", 0x3FDFFFFFFFFFF), ("e9m40b700", 0x1F9FFFFFFFFFD)],
        ("binary64", "toward_positive", "infinity"),
        None,
    ),
    ("divide", [("e9m40", 0x1FDFFFFFFFFFF), ("e9m40b710", 3)], ("binary64", "toward_zero", "infinity"), None),
    (
        "divide",
        [("binary64", 0x7FDA254777D334D9), ("binary64", 0xBFC13E989D3D1FDB)],
        ("binary64", "toward_negative", "infinity"),
        None,
    ),
]


@pytest.mark.parametrize(("name", "operands", "to", "draw"), CASES)
def test_the_specification_decides(name, operands, to, draw):
    """The engine gives the specification's code and flags, alone and with another element beside it."""
    to = Projection(*to)
    expected = OPERATIONS[name](*(Number(code, get_format(f)) for f, code in operands), to=to, draw=draw)
    arrays = [Array(np.array([code, code], dtype=object), get_format(f)) for f, code in operands]
    found, flags = engine.apply(name, arrays, to, draw, flags=True)
    assert [(int(c), int(f)) for c, f in zip(found.codes, flags, strict=True)] == [expected] * 2
    assert engine.apply(name, arrays, to, draw).codes.tolist() == [expected.code] * 2


def test_threads_that_make_a_table_do_not_wait_for_each_other(monkeypatch):
    """Large arrays in several threads at once, with no table made yet, come to an end."""
    monkeypatch.setattr(run.os, "cpu_count", lambda: 2)
    x = np.ones(2 * run.PARALLEL, np.float16)
    results = []

    def work(rounding):
        results.append(engine.add(x, x, Projection("binary16", rounding, "saturate_propagate")).codes[0])

    threads = [threading.Thread(target=work, args=(rule,), daemon=True) for rule in ("ties_to_odd", "away_from_zero", "to_odd")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert results == [0x4000] * 3


@pytest.mark.parametrize("es", [0, 2, 6])
def test_wide_integers_to_posits(es):
    """An integer or a quire of up to 64 bits becomes a posit: exponent and all its bits are more than 63."""
    posit = posit_format("it", 17, es)
    for name in ("int62", "int64", "q33.30", "uint64"):
        source = get_format(name)
        top = source.top
        codes = [top, top - 1, top // 3, top // 2 + 1, (1 << source.width) - 2, (1 << source.width) - 3, 5, 0]
        for rule in ("ties_to_even", "to_odd", "toward_negative"):
            to = Projection(posit, rule, "saturate_finite")
            found, flags = engine.convert(Array(np.array(codes, np.uint64), source), to, flags=True)
            expected = [convert(Number(code, source), to) for code in codes]
            assert list(zip(found.codes.tolist(), flags.tolist(), strict=True)) == [(r.code, int(r.flags)) for r in expected]


def test_a_quire_without_a_number():
    """NaR of a quire of up to 64 bits is no integer: where the result has no NaN there is no result."""
    quire = quire_format("it", 56, posit_format("it", 5, 2))
    nar = Array(np.array([1 << 55, 1], np.uint64), quire)
    with pytest.raises(ValueError, match="levels9 has no code for nan"):
        engine.convert(nar, Projection("levels9", "toward_positive", "saturate_symmetric"))
    assert engine.convert(nar, Projection("posit8", "ties_to_even", "saturate_finite")).codes.tolist() == [0x80, 0x01]
