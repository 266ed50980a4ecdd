"""Lifetimes: a table by hand, histories judged by looking back from each read, and the samples that a fault reaches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.faults import Mask
from refsim.spec.lifetimes import LIFETIMES, ROLES, Element, Read, Reload, Strike, Write, accesses, reads, samples_hit

STUCK = Mask(set=1)
HISTORY = [
    Write(0b100),
    "strike",
    Read(),
    Read(),
    Write(0b010),
    Read(),
    Reload(0b000),
    Read(),
]


@pytest.mark.clause("lifetime/ends", "lifetime/read")
@pytest.mark.parametrize(
    ("lifetime", "wanted"),
    [
        ("read", [0b101, 0b100, 0b010, 0b000]),
        ("until_write", [0b101, 0b101, 0b010, 0b000]),
        ("until_reload", [0b101, 0b101, 0b011, 0b000]),
        ("permanent", [0b101, 0b101, 0b011, 0b001]),
    ],
)
def test_by_hand(lifetime, wanted):
    """One fault of each lifetime in one history."""
    assert reads([Strike(STUCK, lifetime) if access == "strike" else access for access in HISTORY]) == wanted


@pytest.mark.clause("lifetime/ends")
@pytest.mark.parametrize(
    ("lifetime", "wanted"),
    [
        ("read", [0b011, 0b010]),
        ("until_write", [0b010, 0b010]),
        ("until_reload", [0b010, 0b010]),
        ("permanent", [0b011, 0b011]),
    ],
)
def test_reloaded_before_it_is_read(lifetime, wanted):
    """A fault of the next read waits for it, whatever is stored meanwhile; a stored one is gone."""
    assert reads([Write(0b100), Strike(STUCK, lifetime), Reload(0b010), Read(), Read()]) == wanted


CODES = st.integers(0, 15)
STUCK_MASKS = st.builds(Mask, st.just(0), CODES, CODES)
ACCESSES = st.one_of(
    st.builds(Write, CODES),
    st.builds(Reload, CODES),
    st.builds(Read),
    st.builds(Read),
    st.builds(Strike, st.builds(Mask, CODES, CODES, CODES), st.sampled_from(LIFETIMES[:3])),
    st.builds(Strike, STUCK_MASKS, st.just("permanent")),
)


def looking_back(history, at):
    """What the read at a place gives: the last code that was stored, and of each strike before whether it still lasts."""
    before = history[:at]
    code = [access.code for access in before if isinstance(access, Write | Reload)][-1]
    lasting = []
    for i, access in enumerate(before):
        if isinstance(access, Strike):
            since = {type(later).__name__ for later in before[i:]}
            over = {"read": {"Read"}, "until_write": {"Write", "Reload"}, "until_reload": {"Reload"}, "permanent": set()}
            lasting += [access.mask] if not since & over[access.lifetime] else []
    for mask in lasting:
        code ^= mask.inverted
    for bit in range(4):
        if any(mask.set >> bit & 1 for mask in lasting):
            code |= 1 << bit
        elif any(mask.cleared >> bit & 1 for mask in lasting):
            code &= ~(1 << bit)
    return code


@pytest.mark.clause("lifetime/ends", "lifetime/read")
@given(CODES, st.lists(ACCESSES, max_size=25))
def test_histories(first, rest):
    """Each read gives what a look back at all that happened says."""
    history = [Write(first), *rest, Read()]
    assert reads(history) == [looking_back(history, at) for at, access in enumerate(history) if isinstance(access, Read)]


@pytest.mark.clause("lifetime/accesses")
def test_accesses_of_a_trial():
    """Of a parameter and of a result, in three samples."""
    fault = Strike(STUCK, "until_write")
    assert accesses("parameter", [6, 6, 6], [[fault], [], []]) == [Reload(6), fault, Read(), Read(), Read()]
    assert accesses("result", [6, 4], [[], [fault]]) == [Write(6), Read(), Write(4), fault, Read()]
    assert accesses("parameter", [], []) == accesses("result", [], []) == []


@pytest.mark.clause("lifetime/accesses", "lifetime/ends")
@pytest.mark.parametrize("lifetime", LIFETIMES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("struck", [0, 2, 4])
def test_samples_that_a_fault_reaches(role, lifetime, struck):
    """Those of which the machine's read is faulty."""
    codes = [2] * 5 if role == "parameter" else [2, 4, 6, 8, 10]
    strikes = [[Strike(STUCK, lifetime)] if sample == struck else [] for sample in range(5)]
    found = reads(accesses(role, codes, strikes))
    assert list(samples_hit(role, lifetime, struck, 5)) == [i for i in range(5) if found[i] != codes[i]]


@pytest.mark.clause("lifetime/permanent")
def test_only_stuck_bits_are_permanent():
    """What inverts is refused, among other bits too; the other lifetimes take it."""
    for mask in (Mask(inverted=1), Mask(inverted=4, set=1)):
        with pytest.raises(ValueError, match="only stuck bits are permanent faults, not the inverted bits 0x"):
            Element().after(Strike(mask, "permanent"))
        for lifetime in LIFETIMES[:3]:
            assert Element(0).after(Strike(mask, lifetime)).read() == mask.inverted | mask.set
    assert Element(0).after(Strike(Mask(0, 2, 1), "permanent")).after(Write(2)).read() == 1


@pytest.mark.clause("lifetime/read", "lifetime/accesses", "lifetime/permanent")
def test_errors():
    """Reads of nothing, and names that are none."""
    with pytest.raises(ValueError, match="an element is read before anything is stored in it"):
        reads([Strike(STUCK, "read"), Read()])
    with pytest.raises(ValueError, match="unknown lifetime 'forever' of faults; known are read, until_write, until_reload"):
        reads([Strike(STUCK, "forever")])
    with pytest.raises(ValueError, match="unknown role 'weight' of an element; known are parameter, result"):
        accesses("weight", [], [])
    with pytest.raises(ValueError, match="a parameter has one code in all samples of a trial, not 2"):
        accesses("parameter", [1, 2], [[], []])
