"""Outcomes of small runs, counted by hand and by a plain rendering that looks at one sample after the other."""

import hashlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.campaigns.outcomes import clean_run, digest, first_class, judged
from refsim.engine.array import Array
from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special, is_nan

BINARY16 = get_format("binary16")
NAN, INFINITY, MINUS_ZERO = 0x7E00, 0x7C00, 0x8000


def half(*numbers):
    """The binary16 codes of numbers."""
    return np.array(numbers, np.float16).view(np.uint16)


def run(rows, labels=None, format=BINARY16):
    """A clean run of rows of codes."""
    return clean_run(Array(np.array(rows, np.uint16), format), None if labels is None else np.array(labels))


def only(counts):
    """The counts that are not 0, but for sizes."""
    sizes = ("images", "pixels", "correct")
    return {name: value for name, value in vars(counts).items() if value and name not in sizes}


CLEAN = half(1, 3, 2)
ONE_SAMPLE = {
    "the same": (half(1, 3, 2), {"identical": 1}),
    "another class": (half(1, 3, 4), {"sdc": 1, "top1": 1, "critical": 1, "changed_pixels": 1}),
    "less, but not by a tenth": (half(1, 2.75, 2), {"sdc": 1}),
    "less by more than a tenth": (half(1, 2.5, 2), {"sdc": 1, "confidence10": 1}),
    "less by a fifth and more": (half(1, 2.25, 2), {"sdc": 1, "confidence10": 1, "confidence20": 1}),
    "a tie is for the first class": (half(3, 3, 2), {"sdc": 1, "top1": 1, "critical": 1, "changed_pixels": 1}),
    "a tie with a later class": (half(1, 3, 3), {"sdc": 1}),
    "a NaN where no class changes": (np.array([NAN, 0x4200, 0x4000], np.uint16), {"due": 1}),
    "an infinity in another class": (np.array([INFINITY, 0x4200, 0x4000], np.uint16), {"due": 1}),
    "nothing but NaNs": (np.array([NAN] * 3, np.uint16), {"due": 1}),
}


@pytest.mark.parametrize("name", ONE_SAMPLE)
def test_one_sample(name):
    """One sample whose right class is the second one of three."""
    faulty, wanted = ONE_SAMPLE[name]
    clean = run([CLEAN], [1])
    differs = np.flatnonzero((faulty != CLEAN).any(keepdims=True))
    found = judged(clean, differs, faulty[None][: len(differs)])
    assert only(found) == wanted
    assert found.correct == int("due" not in wanted and "critical" not in wanted)


def test_zeros_of_other_signs_are_benign():
    """Codes that differ while all numbers are the same are benign."""
    clean = run([half(0, -1)], [0])
    faulty = np.array([[MINUS_ZERO, clean.outputs.codes[0, 1]]], np.uint16)
    assert only(judged(clean, np.array([0]), faulty)) == {"benign": 1}


def test_what_is_not_finite_without_faults_is_no_error():
    """A NaN that the clean run has too is none of a fault's, and other bits of it are benign."""
    clean = run([[NAN, 0x3C00]], [1])
    assert only(judged(clean, np.array([0]), np.array([[NAN + 1, 0x3C00]], np.uint16))) == {"benign": 1}


def test_healed_and_correct():
    """A wrong class that becomes right is healed; right ones are counted over all samples."""
    clean = run([half(1, 0), half(1, 0), half(0, 1)], [1, 0, 1])
    found = judged(clean, np.array([0, 1]), np.stack([half(0, 1), half(0, 1)]))
    assert (found.healed, found.critical, found.correct, found.identical) == (1, 1, 2, 1)


def test_without_labels_nothing_is_right():
    """Without labels there is no accuracy, and no sample is critical."""
    found = judged(run([half(1, 0)]), np.array([0]), half(0, 1)[None])
    assert (found.correct, found.critical, found.healed, found.top1) == (0, 0, 0, 1)


def test_fifth_class():
    """A first class that is none of the clean run's five best is counted apart."""
    clean = run([half(6, 5, 4, 3, 2, 1)], [0])
    for place, beyond in ((4, 0), (5, 1)):
        faulty = clean.outputs.codes.copy()
        faulty[0, place] = half(7)[0]
        found = judged(clean, np.array([0]), faulty)
        assert (found.top1, found.top5) == (1, beyond)


def test_pixels():
    """Classes of pixels: the pixels are counted, and a sample is in a class where one of its pixels is."""
    outputs = half(1, 1, 1, 1, 0, 0, 0, 0).reshape(1, 2, 2, 2)
    clean = run(outputs, [[[0, 0], [-1, 1]]])
    faulty = outputs.copy()
    faulty[0, 1] = half(2, 0, 2, 2).reshape(2, 2)
    found = judged(clean, np.array([0]), faulty)
    assert (found.pixels, found.changed_pixels, found.critical, found.healed, found.correct) == (4, 3, 1, 1, 2)
    assert (found.sdc, found.top1) == (1, 1)


def test_without_a_result():
    """Samples without a result are errors that are detected, and none of them is right."""
    clean, nothing = run([half(1, 0)] * 3, [0, 0, 1]), np.zeros((0, 2), np.uint16)
    found = judged(clean, np.zeros(0, np.int64), nothing, np.array([0, 2]))
    assert (only(found), found.correct) == ({"due": 2, "identical": 1}, 1)
    found = judged(clean, np.array([1]), half(0, 1)[None], np.array([0, 2]))
    assert (only(found), found.correct) == (
        {"due": 2, "sdc": 1, "top1": 1, "critical": 1, "changed_pixels": 1}
        | dict.fromkeys(("confidence10", "confidence20"), 1),
        0,
    )
    assert (
        digest(clean, np.array([1]), half(0, 1)[None], np.array([0, 2]))
        == hashlib.sha256(half(0, 1).astype("<u2").tobytes()).hexdigest()
    )


def test_digest():
    """All codes, in order, little-endian."""
    clean = run([half(1, 0), half(0, 1)])
    whole = np.stack([half(1, 0), half(2, 1)]).astype("<u2")
    assert digest(clean, np.array([1]), half(2, 1)[None]) == hashlib.sha256(whole.tobytes()).hexdigest()


def test_refusals():
    """Labels that are not as many as the pixels."""
    with pytest.raises(ValueError, match="2 results of 1 pixels need as many labels, not 3 x 1"):
        run([half(1, 0)] * 2, [0, 0, 0])


CODES = st.integers(0, 15)


@given(st.lists(st.tuples(st.lists(CODES, min_size=6, max_size=6), st.lists(CODES, min_size=6, max_size=6), st.integers(0, 5))))
def test_against_a_plain_rendering(samples):
    """Samples of six classes in four-bit codes, each judged with exact numbers, by the definitions."""
    if not samples:
        return
    format = get_format("float8_e4m3")
    spread = [[[17 * code for code in row] for row in rows[:2]] for rows in samples]
    clean = run([rows[0] for rows in spread], [label for *_, label in samples], format)
    wanted = [plainly(*rows, label, format) for rows, (*_, label) in zip(spread, samples, strict=True)]
    differs = [i for i, (before, after) in enumerate(spread) if before != after]
    found = judged(clean, np.array(differs, np.int64), np.array([spread[i][1] for i in differs], np.uint8).reshape(-1, 6))
    for name in ("identical", "benign", "sdc", "due", "top1", "top5", "critical", "healed", "correct", "confidence10"):
        assert getattr(found, name) == sum(one.get(name, 0) for one in wanted), name


def plainly(before, after, label, format):
    """The classes of a sample by their definitions, on exact numbers."""
    clean, faulty = ([format.decode(code) for code in codes] for codes in (before, after))
    order = sorted(range(6), key=lambda i: (is_nan(clean[i]), -key(clean[i]), i))
    first, now = order[0] if not all(map(is_nan, clean)) else -1, best(faulty)
    if any(not finite(b) and finite(a) for a, b in zip(clean, faulty, strict=True)):
        return {"due": 1}
    found = {"correct": int(now == label), "critical": int(first == label != now), "healed": int(first != label == now)}
    if before == after:
        return {**found, "identical": 1}
    if all(a == b or (is_nan(a) and is_nan(b)) for a, b in zip(clean, faulty, strict=True)):
        return {**found, "benign": 1}
    a, b = clean[max(first, 0)], faulty[max(first, 0)]
    moved = finite(a) and finite(b) and 10 * abs(value(b) - value(a)) > abs(value(a))
    return {**found, "sdc": 1, "top1": int(now != first), "top5": int(now not in order[:5]), "confidence10": int(moved)}


def finite(x):
    """Whether a datum is a number."""
    return not isinstance(x, Special) or x is Special.NEGATIVE_ZERO


def value(x):
    """A number without the sign of a zero."""
    return 0 if isinstance(x, Special) else x


def key(x):
    """What numbers and infinities are ordered by."""
    ends = {Special.POSITIVE_INFINITY: 10**9, Special.NEGATIVE_INFINITY: -(10**9)}
    return ends.get(x, 0) if isinstance(x, Special) else x


def best(numbers):
    """The first greatest one that is no NaN, or -1."""
    known = [i for i in range(len(numbers)) if not is_nan(numbers[i])]
    return max(known, key=lambda i: (key(numbers[i]), -i), default=-1)


def test_first_class_of_all_small_rows():
    """All rows of three of a few results."""
    for row in product((0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan), repeat=3):
        known = [i for i in range(3) if not np.isnan(row[i])]
        wanted = next((i for i in known if row[i] == max(row[j] for j in known)), -1)
        assert first_class(np.array(row).reshape(1, 3, 1)).item() == wanted
