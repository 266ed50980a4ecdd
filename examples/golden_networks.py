"""Make the golden traces of ``vectors/network``: a small trained network of each family, frozen, and every layer's codes.

    python examples/golden_networks.py vectors/network          # those that are not there
    python examples/golden_networks.py vectors/network lenet    # this one anew

Beside them it writes the golden steps of training and retraining.

A trained network differs from one machine to the next in its last bits; so it is trained once and kept. The trace of a network
that is kept is the specification's, on every machine: ``refsim network check --specification`` makes it again.
"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from refsim import Projection, encode, get_format
from refsim.nn.data import get_data
from refsim.nn.families import build
from refsim.nn.files import CodeNetwork
from refsim.nn.folding import fold, shared
from refsim.nn.losses import LOSSES
from refsim.nn.networks import initial_parameters
from refsim.nn.quantization.quantize import quantize
from refsim.nn.traces import specified, write_trace
from refsim.nn.training.baseline import baseline
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.optimizers import sgd
from refsim.nn.training.schedules import constant, linear
from refsim.vectors.manifest import save
from refsim.vectors.networks_steps import STEPS


class Golden(NamedTuple):
    """A family with its sizes, the data, the scheme, how many epochs it learns, and how many samples are traced."""

    family: str
    options: dict[str, Any]
    data: str
    scheme: str | dict[str, Any]
    epochs: int
    samples: int


def fixed(bits: int) -> dict[str, Any]:
    """Eight bits with the point where each layer needs it, and a register of so many bits that saturates."""
    return {
        "numbers": "format",
        "weights": "q8?",
        "bias": "register",
        "activations": "q8?",
        "constants": "q7.8",
        "rounding": "ties_to_even",
        "overflow": "saturate",
        "datapath": f"datapath(exact,sequential({{{bits}}}/toward_zero/saturate),first,sum,output={{to}})",
    }


SMALL = {"input": [1, 8, 8]}
GOLDEN = {
    "mlp": Golden("mlp", {**SMALL, "hidden": [16, 12]}, "digits", fixed(17), 15, 8),
    "maxout_mlp": Golden(
        "maxout_mlp", {**SMALL, "hidden": [8, 8], "pieces": 3, "keep_input": 1, "keep": 1}, "digits", fixed(18), 15, 4
    ),
    "lenet": Golden("lenet", {"input": [1, 16, 16]}, "digits", fixed(18), 6, 1),
    "vgg": Golden("vgg", {**SMALL, "widths": [4, 6, 8], "hidden": [16, 12]}, "digits", fixed(19), 6, 2),
    "resnet": Golden("resnet", {**SMALL, "widths": [4, 6, 8]}, "digits", fixed(18), 8, 2),
    "densenet": Golden("densenet", {**SMALL, "first": 4, "growth": 3, "blocks": [2, 2]}, "digits", fixed(24), 8, 2),
    "unet": Golden("unet", {"input": [8, 8, 8], "levels": 2, "filters": 4}, "scene", fixed(18), 60, 1),
    "lenet_int8": Golden("lenet", {"input": [1, 16, 16]}, "digits", "int8", 6, 1),
    "mlp_fp8": Golden("mlp", {**SMALL, "hidden": [16, 12]}, "digits", "fp8", 15, 4),
    "mlp_log4": Golden("mlp", {**SMALL, "hidden": [16, 12]}, "digits", "log4", 15, 4),
    "mlp_ternary": Golden("mlp", {**SMALL, "hidden": [16, 12]}, "digits", "ternary", 15, 4),
}
"""The traces by folder. The bench of ``examples/trace_bench`` runs those in fixed point, the first seven."""
SEED = 1


def samples_for(data: str, shape: tuple[int, ...]) -> Any:
    """A data set with samples of a shape: rows and columns repeated, or a part of them, and some channels."""
    found = get_data(data)

    def fit(images: Any) -> Any:
        times = max(shape[1] // images.shape[2], 1)
        chosen = images[:, :: images.shape[1] // shape[0]][:, : shape[0]]
        return np.repeat(np.repeat(chosen, times, axis=2), times, axis=3)[:, :, : shape[1], : shape[2]]

    labels = {name: getattr(found, name) for name in ("train_t", "test_t")}
    cut = {name: t[:, : shape[1], : shape[2]] if t.ndim == 3 else t for name, t in labels.items()}
    return type("Fitted", (), {"train_x": fit(found.train_x), "test_x": fit(found.test_x), **cut})


def make(folder: Path, golden: Golden) -> None:
    """Train, quantize and trace one network."""
    network = build(golden.family, golden.options)
    data = samples_for(golden.data, network.input)
    method = baseline(sgd(), LOSSES["softmax_cross_entropy"])
    plan = Plan(golden.epochs, 4 if golden.data == "scene" else 20, SEED, linear(0.05, 0.005, golden.epochs), constant(0.9))
    training = Training(method.start(network, initial_parameters(network, SEED)), Place())
    trained = train(network, training, data, method, plan)
    network, parameters = fold(network, method.parameters(network, trained.state), leave=shared(network))
    found = CodeNetwork(*quantize(network, parameters, golden.scheme, data.train_x[:200]))
    x = encode(data.test_x[: golden.samples], Projection(get_format("binary32"), "ties_to_even", "infinity"))
    write_trace(folder, specified(found, x), images=True)
    print(f"{folder}: right {100 * trained.history[-1].accuracy:.1f} % in floating point, {len(found.network.nodes)} layers")


if __name__ == "__main__":
    out, *names = sys.argv[1:] or sys.exit("use: golden_networks.py OUT [NAME...]")
    for name, golden in GOLDEN.items():
        if name in names or (not names and not (Path(out) / name / "trace.json").exists()):
            make(Path(out) / name, golden)
    for file, text in STEPS.items():
        save(Path(out) / file, text())
