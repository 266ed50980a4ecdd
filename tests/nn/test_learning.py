"""Training as a whole: every family learns, digits come out as well as they should, and pixels of a scene do too."""

from types import SimpleNamespace

import numpy as np
import pytest

from refsim.nn.data import get_data
from refsim.nn.families import FAMILIES, build
from refsim.nn.networks import initial_parameters
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.schedules import constant, linear
from refsim.nn.training.table import get_method

DIGITS = get_data("digits")
FEW = SimpleNamespace(
    train_x=DIGITS.train_x[:400], train_t=DIGITS.train_t[:400], test_x=DIGITS.test_x[:50], test_t=DIGITS.test_t[:50]
)
BORDER = [(0, 0), (0, 0), (4, 4), (4, 4)]
LARGER = SimpleNamespace(
    train_x=np.pad(FEW.train_x, BORDER), train_t=FEW.train_t, test_x=np.pad(FEW.test_x, BORDER), test_t=FEW.test_t
)
SCENE = get_data("scene", bands=8, size=8, classes=3, images=64, regions=3, noise=0.02)
IMAGE = {"input": [1, 8, 8]}
SMALL = {
    "mlp": ({"hidden": [16]}, FEW),
    "maxout_mlp": ({"hidden": [16], "pieces": 2}, FEW),
    "lenet": ({"input": [1, 16, 16]}, LARGER),
    "vgg": ({**IMAGE, "widths": [4, 8], "hidden": [16]}, FEW),
    "resnet": ({**IMAGE, "widths": [4, 8]}, FEW),
    "densenet": ({**IMAGE, "first": 4, "blocks": [2]}, FEW),
    "unet": ({"input": [8, 8, 8], "levels": 1, "filters": 8, "classes": 3}, SCENE),
}


def learned(family, options, data, plan):
    """The epochs of a family in floating point."""
    network, method = build(family, options), get_method("float", {})
    first = Training(method.start(network, initial_parameters(network, plan.seed)), Place())
    return train(network, first, data, method, plan).history


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_learns(family):
    """The loss of four short epochs goes down in each, to well below what it was."""
    options, data = SMALL[family]
    losses = [one.loss for one in learned(family, options, data, Plan(4, 16, 1, constant(0.05), constant(0.9)))]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_digits(seed):
    """A layer of 64 rectifiers gets 95 % of the digits that it has not seen."""
    plan = Plan(20, 20, seed, linear(0.1, 0.01, 20), constant(0.9))
    assert learned("mlp", {}, DIGITS, plan)[-1].accuracy > 0.95


def test_a_scene():
    """A U-Net tells materials by pixel far better than the material that is most frequent would."""
    most = np.bincount(SCENE.test_t[SCENE.test_t >= 0]).max() / (SCENE.test_t >= 0).sum()
    history = learned("unet", SMALL["unet"][0], SCENE, Plan(12, 8, 1, linear(0.05, 0.005, 12), constant(0.9)))
    assert history[-1].accuracy > most + 0.4
