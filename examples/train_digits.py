"""A perceptron learns digits, becomes ternary by retraining and 8-bit integers by quantization, and runs on codes.

    python examples/train_digits.py digits      # the folder that gets the networks, and the history of each training

Each step is also a command; the guide *Train a network* has them. A training that is interrupted is gone on with.
"""

import json
import sys
from pathlib import Path

import numpy as np

from refsim import Projection, encode, get_format
from refsim.engine.networks import run
from refsim.nn.data import get_data
from refsim.nn.families import build
from refsim.nn.files import CodeNetwork, FloatNetwork, save_network
from refsim.nn.networks import initial_parameters
from refsim.nn.quantization.quantize import quantize
from refsim.nn.training.checkpoints import fingerprint, history_facts, read_checkpoint, write_checkpoint
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.schedules import constant, exponential, linear
from refsim.nn.training.table import get_method

SEED = 1
DIGITS = get_data("digits")


def learn(folder, name, network, parameters, method, plan):
    """Train, with a checkpoint after every epoch; write the network and its history; give the parameters."""
    checkpoint, mark = folder / f"{name}_checkpoint.npz", fingerprint(network, parameters, DIGITS, method, plan)
    start = method.start(network, parameters)
    training = read_checkpoint(checkpoint, start, mark) if checkpoint.exists() else Training(start, Place())
    training = train(network, training, DIGITS, method, plan, keep=lambda now: write_checkpoint(checkpoint, now, mark))
    learned = {key: np.asarray(value) for key, value in method.parameters(network, training.state).items()}
    save_network(folder / f"{name}.json", FloatNetwork(network, learned))
    (folder / f"{name}_history.json").write_text(json.dumps(history_facts(training), indent=1) + "\n", "ascii")
    print(f"{name:10} right {100 * training.history[-1].accuracy:.2f} %")
    return learned


def right(found):
    """The share of test digits that a network of codes gets right."""
    numbers = encode(DIGITS.test_x, Projection(get_format("binary32"), "ties_to_even", "infinity"))
    results = run(found.network, found.tensors, numbers)
    return float((results.values().argmax(axis=1) == DIGITS.test_t).mean())


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    network = build("mlp", {"hidden": [64]})
    method, plan = get_method("float", {}), Plan(20, 20, SEED, linear(0.1, 0.01, 20), constant(0.9))
    parameters = learn(folder, "float", network, initial_parameters(network, SEED), method, plan)

    method, plan = get_method("sung", {"levels": 3}), Plan(8, 20, SEED, exponential(1e-3, 1e-5, 8), constant(0.9))
    learn(folder, "ternary", network, parameters, method, plan)

    integers = CodeNetwork(*quantize(network, parameters, "int8", DIGITS.train_x[:200]))
    save_network(folder / "int8.json", integers)
    print(f"{'int8':10} right {100 * right(integers):.2f} %")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) == 2 else sys.exit("use: train_digits.py FOLDER")))
