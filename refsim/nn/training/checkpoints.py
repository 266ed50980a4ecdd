"""Checkpoints: all that a training is, in one archive, from which it goes on bit for bit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from math import isfinite, prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...spec.plain_data import mapping, text, whole_number, whole_numbers
from ..files import FloatNetwork, write_float
from ..layers.kind import Parameters
from ..networks import MOST_NUMBERS, Network
from ..storage import DamagedNetwork, npz_bytes, read_npz, read_text, save
from .loop import Data, Epoch, Place, Plan, Training, facts
from .methods import Method, State

VERSION = 1
MEMBER = "checkpoint.json"
KINDS = ("<f4", "<f8", "<i8", "|u1", "|b1")
"""The types of arrays that a state may have."""


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
        "arrays": {name: [list(value.shape), value.dtype.str] for name, value in training.state.items()},
        "history": [[e.epoch, e.loss.hex(), e.accuracy.hex(), float(e.rate).hex()] for e in training.history],
    }
    save(path, npz_bytes(training.state, {MEMBER: json.dumps(about)}))


def read_checkpoint(path: Path, like: State, mark: str) -> Training:
    """A training as it was written.

    ``like`` is the state that the method starts with: arrays of its names have the same shapes and types. ``DamagedNetwork``
    for a damaged file, and for a checkpoint of another training.
    """
    try:
        return _read(path, like, mark)
    except DamagedNetwork:
        raise
    except (ValueError, RecursionError, TypeError, OverflowError) as error:
        raise DamagedNetwork(f"{path} is no checkpoint: {error}") from None


def _read(path: Path, like: State, mark: str) -> Training:
    about = mapping(
        json.loads(read_text(path, MEMBER)),
        ["refsim_checkpoint", "fingerprint", "epoch", "iteration", "loss", "history", "arrays"],
    )
    if whole_number(about["refsim_checkpoint"]) != VERSION:
        raise ValueError(f"its version is {about['refsim_checkpoint']!r:.60}, not {VERSION}")
    if about["fingerprint"] != mark:
        raise DamagedNetwork(f"{path} is of another training: network, first parameters, data, method or plan are not the same")
    state: dict[str, NDArray[Any]] = dict(read_npz(path, _expected(mapping(about["arrays"], list(like), None), like)))
    history = tuple(Epoch(whole_number(e), *map(float.fromhex, rest)) for e, *rest in about["history"])
    place = Place(whole_number(about["epoch"]), whole_number(about["iteration"]), float.fromhex(about["loss"]))
    if (
        min(place.epoch, place.iteration) < 0
        or [e.epoch for e in history] != list(range(len(history)))
        or len(history) != place.epoch
    ):
        raise ValueError(f"it has come to epoch {place.epoch}, iteration {place.iteration}, with {len(history)} epochs done")
    if not all(map(isfinite, (place.loss, *(number for epoch in history for number in epoch)))):
        raise ValueError("it has losses that are not finite")
    return Training(state, place, history)


def _expected(listed: Mapping[str, Any], like: State) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """The arrays of a checkpoint: those that the method starts with, as they are there, and what it came to know on the way."""
    found = {}
    for name, (lengths, kind) in listed.items():
        shape = whole_numbers(lengths)
        if text(kind) not in KINDS or min(shape, default=0) < 0 or prod(shape) > MOST_NUMBERS:
            raise ValueError(f"it lists {name!r:.60} as {list(shape)!s:.60} of {kind!r:.60}")
        if name in like and (shape, kind) != (like[name].shape, like[name].dtype.str):
            raise ValueError(
                f"it lists {name!r:.60} as {list(shape)} of {kind}, not {list(like[name].shape)} of {like[name].dtype.str}"
            )
        found[name] = (shape, np.dtype(kind))
    return found


def history_facts(training: Training) -> list[Mapping[str, Any]]:
    """The epochs as plain data."""
    return [epoch._asdict() for epoch in training.history]
