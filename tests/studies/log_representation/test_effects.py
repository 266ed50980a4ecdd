"""Which way effects point, on records whose answers are known."""

import pytest

from refsim.studies.log_representation import claims
from refsim.studies.log_representation.datapaths import EXACT, LINEAR, LOGARITHMS, SHIFTS
from refsim.studies.log_representation.settings import FULL_SCALES
from refsim.studies.results.claims import FAILS, HOLDS
from refsim.studies.study import Records

SEEDS = (1, 2, 3)
RIGHT = {"log3": 97, "log4": 98, "lin3": 90, "lin4": 99}
WINDOW = {"log3": 5, "log4": 8, "lin3": 2, "lin4": 3}
"""Full scales that are as good as the best one."""
WEIGHTS = {"float": 98, "linear": 95, "base 2": 90, "base sqrt2": 96}
SUMS = {(EXACT, 32): 95, (LINEAR, 16): 95, (LOGARITHMS[0], 8): 94, (LOGARITHMS[1], 8): 80}
LEARNED = {"float": 98.0, "log": 97.0, "linear": 96.0, "linear gradients": 60.0}


def answers(right):
    return {"images": 100, "right": right, "which": (((1 << right) - 1) << (104 - right)).to_bytes(13, "big").hex()}


def made():
    """Records of three trainings that are nearly alike."""
    for seed in SEEDS:
        own = {"network": "vgg", "seed": seed}
        yield {"what": "float", **own, **answers(99)}
        for name, right in RIGHT.items():
            tested = [right] * WINDOW[name] + [10] * (len(FULL_SCALES) - WINDOW[name])
            yield {"what": "full scale", **own, "quantizer": name, "tested": tested, **answers(right)}
            yield {"what": "spread", **own, "quantizer": name, "octaves": 4, **answers(right)}
            error = {"of": "activations", "choice": "maximum", "mean": [30.0 if name == "lin3" else 10.0], "sqnr": [1.0]}
            yield {"what": "errors", **own, "quantizer": name, **error}
        for part in ("activations", "dense", "both", "convolutions alone"):
            for base, right in WEIGHTS.items():
                yield {"what": "weights", **own, "part": part, "weights": base, **answers(right)}
        for less, method in enumerate(SHIFTS):
            for (sums, places), right in SUMS.items():
                yield {"what": "bits", "method": method, "seed": seed, "sums": sums, "places": places, **answers(right - less)}
        for method, last in LEARNED.items():
            yield {"what": "learning", "method": method, "seed": seed, "accuracies": [10.0, last]}


KNOWN = {
    "activations": ([-2, -1], HOLDS),
    "full-scales": ([3, 5], HOLDS),
    "linear-drops": ([7, 7], HOLDS),
    "wide-ranges": ([7, 7, -2], HOLDS),
    "mean-error": ([20], HOLDS),
    "dense-weights": ([-8], FAILS),
    "base-sqrt2": ([6, 6], HOLDS),
    "shifts": ([0, 0], HOLDS),
    "log-sums": ([-1, -15], FAILS),
    "training": ([-1, 1], HOLDS),
    "better": ([1], HOLDS),
    "linear-gradients": ([36], HOLDS),
}


@pytest.mark.parametrize("claim", claims.claims(Records(made())), ids=lambda claim: claim.name)
def test_effects_are_what_the_records_say(claim):
    assert ([effect.found.value for effect in claim.effects], claim.verdict) == KNOWN[claim.name]


def test_every_claim_is_known():
    assert [claim.name for claim in claims.claims(Records(made()))] == list(KNOWN)
