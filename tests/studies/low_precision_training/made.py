"""Small data, and records that are made up, for tests of the study."""

import numpy as np

from refsim.nn.data import Data
from refsim.spec.dynamic import GROUPS
from refsim.studies.low_precision_training.settings import MULTIPLIERS, setting
from refsim.studies.study import Records


def data(count=24, shape=(1, 8, 8), labels=(), name="small"):
    """Random images of two classes that can be told apart, with one label each, or with a label for each pixel."""
    random = np.random.default_rng(5)
    parts = []
    for _ in range(2):
        t = random.integers(0, 2, (count, *labels))
        bright = t if t.ndim == 1 else t[:, 0, 0]
        x = (random.random((count, *shape)) * 0.5 + 0.5 * bright[:, None, None, None]).astype(np.float32)
        parts += [np.floor(x * 16) / 16, t.astype(np.int64)]
    return Data(name, ("dark", "bright"), *[np.asarray(p, np.float32 if p.ndim == 4 else np.int64) for p in parts])


def errors(network, arm, found, test=100):
    """The record of an arm."""
    return {
        "found": "errors",
        "network": network,
        **arm._asdict(),
        "seeds": list(range(1, len(found) + 1)),
        "errors": found,
        "diverged": [],
        "chance": 90.0,
        "train": 1000,
        "test": test,
        "shape": [1, 8, 8],
        "parameters": 1234,
    }


def invented(arm, seeds):
    """Errors as the paper has them: fixed point is lost below 14 bits or with its point at an end, dynamic fixed point below 5
    unless it puts up with some overflows."""
    narrow = min(arm.computation, arm.storage)
    lost = narrow < {"fixed": 14, "dynamic": 5}.get(arm.kind, 0)
    lost |= arm.kind == "fixed" and not 2 < arm.radix < 9
    lost |= arm.overflows == "1/10" and narrow < 20
    lost &= arm.overflows != "1/100"
    level = 90.0 if arm.overflows == "1/10" else 80.0 if lost else 5.0
    return [level + 0.3 * (seed % 3) + (0.1 if arm.kind == "dynamic" else 0.0) for seed in seeds]


def records(scale, *, counted=True):
    """Records of all arms of a scale, by ``invented``; with or without gates."""
    found = []
    for network, trained in setting(scale).networks.items():
        found += [errors(network, arm, invented(arm, trained.seeds)) for arm in trained.sweeps.arms()]
        for layer in ("dense1", "dense2"):
            for i, group in enumerate(GROUPS):
                radices = [2 - i] * len(trained.seeds)
                found.append({"found": "radices", "network": network, "layer": layer, "group": group, "radices": radices})
    for i, multiplier in enumerate(MULTIPLIERS):
        known = {"gates": {"AND": 5}, "nand2": 100.0 * (i + 1), "depth": 4, "checked": 9, "version": "Yosys 0"}
        found.append({"found": "gates", "multiplier": multiplier, **(known if counted else dict.fromkeys(known))})
    return Records(found)
