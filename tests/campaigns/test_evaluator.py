"""The fast evaluator finds what runs of the whole network find, code by code, and leaves no traces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim import Array
from refsim.campaigns.changes import Changes, run_plainly
from refsim.campaigns.evaluator import Evaluator
from refsim.engine.faults import Masks
from refsim.engine.networks import run
from refsim.nn.files import CodeNetwork
from refsim.spec.terms import Port

from ..nn.coded import random_codes
from .changing import (
    GOLDEN,
    MITCHELL,
    SCHEMES,
    TOTAL,
    WRAPPING,
    changed_code,
    check,
    dense,
    flipped,
    golden,
    quantized,
    random_changes,
    random_network,
)

KINDS = ("tensors", "results", "registers")


def networks():
    """Every network, by a name."""
    yield from (pytest.param(golden, name, id=f"golden-{name}") for name in GOLDEN)
    yield from (pytest.param(quantized, name, id=f"mixed-{name}") for name in SCHEMES)
    paths = {"total": TOTAL, "wrapping": WRAPPING, "mitchell": MITCHELL}
    yield from (pytest.param(random_network, path, id=f"random-{name}") for name, path in paths.items())


def of(make, name, limit=1 << 30):
    """An evaluator of a network, the network and its samples."""
    found, x = make(name)
    return Evaluator(found.network, found.tensors, x, limit), found, x


@pytest.mark.parametrize(("make", "name"), list(networks()))
def test_random_changes(make, name):
    """Faults of each kind and of all kinds, in all samples and in some; together they are as one by one."""
    evaluator, found, x = of(make, name)
    random = np.random.default_rng(1)
    before, trials, seen = evaluator.kept.digest(), [], 0
    for kinds in (("tensors",), ("results",), KINDS) * 4:
        changes = random_changes(found, len(x), random, kinds)
        places = check(evaluator, found, x, changes)
        if places is not None:
            trials.append(changes)
            seen += len(places)
            check(evaluator, found, x, changes, np.array([0, len(x) - 1]))
    for changes, got in zip(trials, evaluator.run_many(trials), strict=True):
        check(evaluator, found, x, changes, got=got)
    assert seen
    assert evaluator.kept.digest() == before
