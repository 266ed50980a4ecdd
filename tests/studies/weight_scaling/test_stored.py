"""What is read of weights after faults, beside the scalar specification bit by bit; and that faults are the same ones."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.spec import memories as spec
from refsim.spec.catalogue import get_format
from refsim.spec.memory_names import read_memory
from refsim.spec.samplers import Rate
from refsim.spec.sites import Site, Target
from refsim.studies.weight_scaling.settings import ARMS, FORMATS, PLAIN, Q25, SCALED, TARGETS, memory
from refsim.studies.weight_scaling.stored import HIT, clean, faulty, hold

BINARY32 = get_format("binary32")
SEED, RATE = 9, Fraction(1, 50)
random = np.random.default_rng(4)
PARAMETERS = {
    "b.weights": random.normal(0, 0.2, (3, 2, 2, 1)).astype(np.float32),
    "a.weights": random.normal(0, 0.5, (5, 4)).astype(np.float32),
    "a.bias": np.ones(5, np.float32),
}
SMALL_FIRST = ("a.weights", "b.weights")


def codes_of(values):
    """The codes of binary32 numbers."""
    return tuple(int(code) for code in values.reshape(-1).view(np.uint32))


def by_specification(stages, trial):
    """What is read of each tensor in a trial: written, numbered, hit and read by the scalar specification alone."""
    built = read_memory(stages)
    parts = {name: built.write(spec.Part("weight", BINARY32, codes_of(PARAMETERS[name]))) for name in SMALL_FIRST}
    places = [(name, "data") for name in SMALL_FIRST]
    places += [(name, part) for name in SMALL_FIRST for part in parts[name] if parts[name][part].kind == "check"]
    targets = [
        Target(
            number, Site(f"{name}/{part}", parts[name][part].kind, parts[name][part].format, len(parts[name][part].codes)), None
        )
        for number, (name, part) in enumerate(places)
    ]
    hit = {name: {part: list(one.codes) for part, one in parts[name].items()} for name in SMALL_FIRST}
    for event in Rate(RATE).events(SEED, trial, targets):
        name, part = places[event.site]
        hit[name][part][event.element] ^= event.mask.inverted
    return {
        name: built.read(
            {part: spec.Part(one.kind, one.format, tuple(hit[name][part])) for part, one in parts[name].items()}
        ).codes
        for name in SMALL_FIRST
    }


@pytest.mark.parametrize("format", FORMATS, ids=lambda one: one.name)
@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: arm.name)
def test_a_trial_is_that_of_the_specification(arm, format):
    stages = memory(arm, format)
    held = hold(PARAMETERS, read_memory(stages))
    for number, trial in enumerate(faulty(held, RATE, SEED, range(3))):
        read = clean(held) | trial.changed
        expected = by_specification(stages, number)
        assert {name: codes_of(value) for name, value in read.items()} == expected
        assert all(read[name].shape == PARAMETERS[name].shape for name in read)


@pytest.mark.parametrize("format", FORMATS, ids=lambda one: one.name)
def test_all_memories_of_a_format_have_the_same_flips_of_weights(format):
    def flips(arm):
        held = hold(PARAMETERS, read_memory(memory(arm, format)))
        trials = faulty(held, RATE, SEED, range(4))
        return [
            {name: (m["data"].elements.tolist(), m["data"].inverted.tolist()) for name, m in trial.masks.items() if "data" in m}
            for trial in trials
        ]

    first, *others = (flips(arm) for arm in ARMS)
    assert any(any(trial.values()) for trial in first)
    assert all(other == first for other in others)


def test_factors_are_hit_only_where_it_is_asked_for():
    built = read_memory(memory(SCALED, Q25))
    (trial,) = faulty(hold(PARAMETERS, built), Fraction(1), SEED, [0])
    assert {name: set(masks) for name, masks in trial.masks.items()} == {name: {"data"} for name in SMALL_FIRST}
    assert trial.flips == 8 * 32
    (trial,) = faulty(hold(PARAMETERS, built, (*HIT, "scale")), Fraction(1), SEED, [0])
    assert {name: set(masks) for name, masks in trial.masks.items()} == {name: {"data", "scaled.scale"} for name in SMALL_FIRST}
    assert trial.flips == 8 * 32 + 2 * 32


def test_every_bit_flipped_in_fixed_point_is_the_negative_less_one_unit():
    held = hold(PARAMETERS, read_memory(memory(PLAIN, Q25)))
    (trial,) = faulty(held, Fraction(1), SEED, [0])
    for name, value in trial.changed.items():
        np.testing.assert_array_equal(value, -clean(held)[name] - np.float32(1 / 32))


def test_stored_bits_are_counted_by_kind():
    held = hold(PARAMETERS, read_memory(memory(next(arm for arm in ARMS if arm.name == "scaled, SECDED"), Q25)))
    assert held.bits() == {"weight": 32 * 8, "scale": 2 * 32, "check": (3 + 2) * 8}


def test_targets_lie_just_below_the_powers_that_they_are_named_by():
    for target, name in TARGETS.items():
        power = Fraction(2) ** int(name.removeprefix("2^"))
        assert power * (1 - Fraction(1, 1 << 11)) == Fraction(target)
    assert all(target in TARGETS for format in FORMATS for target in format.swept if format != Q25)
