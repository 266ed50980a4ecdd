"""Small campaigns on data of their own, with all that a trial can meet."""

import numpy as np

from refsim.campaigns.campaign import Campaign
from refsim.campaigns.plan_files import plan_of
from refsim.nn.families import build
from refsim.nn.files import FloatNetwork, save_network
from refsim.nn.networks import initial_parameters

SAMPLES = 4


def write_data(folder):
    """A data set of small images in a file of the folder."""
    random = np.random.default_rng(3)
    parts = {}
    for name, count in (("train", 12), ("test", SAMPLES)):
        parts[f"{name}_x"] = random.random((count, 1, 2, 2), dtype=np.float32)
        parts[f"{name}_t"] = np.arange(count, dtype=np.int64) % 3
    np.savez(folder / "data.npz", **parts)


def write_network(folder, family="mlp", **options):
    """A network in floating point, not trained, in a file of the folder."""
    network = build(family, {"input": [1, 2, 2], "hidden": [3], "classes": 3} | options)
    save_network(folder / "network.json", FloatNetwork(network, initial_parameters(network, 5)))


def plan(folder, *, arms=({},), faults=({},), **more):
    """The plain data of a plan in the folder: one arm and one fault model, with what is given in their place."""
    usual_arm = {"name": "arm", "network": "network.json", "scheme": "q2.5", "calibration": 12}
    usual_faults = {"name": "flips", "model": {"kind": "rate", "p": "0.05"}}
    return {
        "refsim_plan": 1,
        "name": "small",
        "seed": 11,
        "batch": 2,
        "data": {"name": str(folder / "data.npz")},
        "arms": [usual_arm | arm for arm in arms],
        "faults": [usual_faults | one for one in faults],
        "stop": {"rule": "trials", "trials": 4},
        **more,
    }


def campaign(folder, **options):
    """The campaign of such a plan."""
    return Campaign(plan_of(plan(folder, **options)), folder)
