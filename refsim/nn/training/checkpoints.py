"""Checkpoints: all that a training is, in one archive, from which it goes on bit for bit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...spec.plain_data import mapping, whole_number
from ..files import FloatNetwork, write_float
from ..layers.kind import Parameters
from ..networks import Network
from ..storage import DamagedNetwork, npz_bytes, read_npz, read_text, save
from .loop import Data, Epoch, Place, Plan, Training, facts
from .methods import Method, State

VERSION = 1
MEMBER = "checkpoint.json"


def fingerprint(network: Network, parameters: Parameters, data: Data, method: Method, plan: Plan) -> str:
    """The SHA-256 of all that decides a training: the network, its first parameters, the data, the method and the plan."""
    found = hashlib.sha256()
    structure = write_float(FloatNetwork(network, parameters))
    found.update(json.dumps([structure, method.name, facts(plan)], sort_keys=True).encode())
    for array in (*parameters.values(), data.train_x, data.train_t, data.test_x, data.test_t):
        little = np.ascontiguousarray(array, np.asarray(array).dtype.newbyteorder("<"))
        found.update(f"{little.shape}{little.dtype.str}".encode())
        found.update(little.tobytes())
    return found.hexdigest()


def write_checkpoint(path: Path, training: Training, mark: str) -> None:
    """Write a training, whole or not at all."""
    about = {
        "refsim_checkpoint": VERSION,
        "fingerprint": mark,
        "epoch": training.place.epoch,
        "iteration": training.place.iteration,
        "loss": training.place.loss.hex(),
        "history": [[e.epoch, e.loss.hex(), e.accuracy.hex(), float(e.rate).hex()] for e in training.history],
    }
    save(path, npz_bytes(training.state, {MEMBER: json.dumps(about)}))


def read_checkpoint(path: Path, like: State, mark: str) -> Training:
    """A training as it was written.

    ``like`` is the state that the method starts with: arrays of the same names, shapes and types are read. ``DamagedNetwork``
    for a damaged file, and for a checkpoint of another training.
    """
    try:
        return _read(path, like, mark)
    except DamagedNetwork:
        raise
    except (ValueError, RecursionError, TypeError) as error:
        raise DamagedNetwork(f"{path} is no checkpoint: {error}") from None


def _read(path: Path, like: State, mark: str) -> Training:
    about = mapping(
        json.loads(read_text(path, MEMBER)), ["refsim_checkpoint", "fingerprint", "epoch", "iteration", "loss", "history"]
    )
    if about["refsim_checkpoint"] != VERSION:
        raise ValueError(f"its version is {about['refsim_checkpoint']!r:.60}, not {VERSION}")
    if about["fingerprint"] != mark:
        raise DamagedNetwork(f"{path} is of another training: network, first parameters, data, method or plan are not the same")
    state: dict[str, NDArray[Any]] = dict(read_npz(path, {name: (value.shape, value.dtype) for name, value in like.items()}))
    history = tuple(Epoch(whole_number(e), *map(float.fromhex, rest)) for e, *rest in about["history"])
    place = Place(whole_number(about["epoch"]), whole_number(about["iteration"]), float.fromhex(about["loss"]))
    if min(place.epoch, place.iteration) < 0:
        raise ValueError(f"it has come to epoch {place.epoch}, iteration {place.iteration}")
    return Training(state, place, history)


def history_facts(training: Training) -> list[Mapping[str, Any]]:
    """The epochs as plain data."""
    return [epoch._asdict() for epoch in training.history]
