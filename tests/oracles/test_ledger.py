"""The ledger is true: each peer still deviates as recorded, and the specification and the engine give what it says."""

from collections import Counter
from importlib.metadata import version

import numpy as np
import pytest
from apytypes import QuantizationMode

from refsim import Array, Projection, decode, encode, get_format
from refsim.clauses import clauses

from . import peer_apytypes, peer_bitstring, peer_gfloat, peer_ml_dtypes
from .compare import exact, to_float
from .ledger import CONDITIONS, ERRORS, LEDGER, number, outcome

MANY = 256
NAMED = [pytest.param(entry, marks=pytest.mark.clause(entry.clause), id=entry.name) for entry in LEDGER]


def code(entry):
    """The code of the operand in the format that it comes from."""
    return encode([number(entry.input)], Projection(entry.source, "toward_zero", "error")).codes[0]


def value(entry):
    """The operand in binary64."""
    return to_float(number(entry.input))


def draw(entry):
    """The random bits for an array of one number."""
    return None if entry.draw is None else np.array([entry.draw])


def mode(entry):
    """The named quantization mode of APyTypes, where the entry names one."""
    return None if entry.mode is None else getattr(QuantizationMode, entry.mode)


ASK = {
    ("ml_dtypes", "encode"): lambda e: peer_ml_dtypes.encode(np.array([value(e)]).astype(e.source), e.format)[0],
    ("gfloat", "round array"): lambda e: peer_gfloat.round_array([value(e)], e.to, draw(e))[0],
    ("gfloat", "decode array"): lambda e: peer_gfloat.decode_array([int(e.input)], e.source)[0],
    ("gfloat", "decode scalar"): lambda e: peer_gfloat.decode_scalar(int(e.input), e.source),
    ("apytypes", "cast array"): lambda e: peer_apytypes.cast([code(e)], e.source, e.to, mode(e))[0],
    ("apytypes", "cast scalar"): lambda e: peer_apytypes.cast_scalar(code(e), e.source, e.to, mode(e)),
    ("apytypes", "cast scalar, greatest of 256"): lambda e: max(
        peer_apytypes.cast_stochastically(code(e), e.source, e.format, range(MANY))
    ),
    ("apytypes", "cast fixed"): lambda e: peer_apytypes.cast_fixed([code(e)], e.source, e.to, mode(e))[0],
    ("apytypes", "cast fixed, greatest of 256"): lambda e: peer_apytypes.cast_fixed(
        [code(e)] * MANY, e.source, e.to, mode(e)
    ).max(),
    ("bitstring", "write"): lambda e: peer_bitstring.encode(value(e), e.mode, get_format(e.format).width),
}
"""How each peer is asked for what the ledger records."""


def answer(ask):
    """The exact number that comes, or the name of the error."""
    try:
        return ask()
    except (ValueError, OverflowError) as error:
        return type(error).__name__


@pytest.mark.parametrize("entry", NAMED)
def test_peer_still_deviates(entry):
    """The recorded version of the peer is installed, and gives the recorded wrong answer."""
    assert version(entry.peer) == entry.version
    assert answer(lambda: exact(ASK[entry.peer, entry.operation](entry))) == outcome(entry.peer_gives)


@pytest.mark.parametrize("entry", NAMED)
def test_specification_decides(entry):
    """The specification and the engine give the recorded right answer, by a clause that exists."""
    right = outcome(entry.specification_gives)
    assert right != outcome(entry.peer_gives)
    assert entry.clause in clauses()
    if entry.format is None:
        format = get_format(entry.source)
        assert format.decode(int(entry.input)) == right
        assert Array([int(entry.input)], format).item(0) == right
        return
    to, x = entry.to, number(entry.input)
    assert answer(lambda: to.format.decode(to(x, entry.draw).code)) == right
    assert answer(lambda: exact(decode(encode([x], to, draw(entry)))[0])) == right
    if right not in ERRORS:
        values = np.array([to_float(x)])
        assert exact(decode(encode(values, to, draw(entry)))[0]) == right


def test_entries_are_well_formed():
    """Names are unique, every condition exists, and every reason is a sentence."""
    assert max(Counter(entry.name for entry in LEDGER).values()) == 1
    for entry in LEDGER:
        assert entry.name.startswith(f"{entry.peer}/")
        assert entry.why.endswith(".")
        assert not entry.covers or set(entry.covers.when) <= set(CONDITIONS)
    used = {condition for entry in LEDGER if entry.covers for condition in entry.covers.when}
    assert used == set(CONDITIONS)
