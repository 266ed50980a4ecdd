"""Networks in files: the structure as JSON, the parameters beside it as .npz. Nothing in them is ever run.

A file ``lenet.json`` says which file of the same folder has the arrays, and their SHA-256, by which a pair that does not belong
together is found out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array, code_dtype
from ..spec import networks as spec
from ..spec.network_names import read_network, write_network
from ..spec.plain_data import mapping, text, texts, whole_number, whole_numbers
from .networks import MOST_NUMBERS, MOST_RESULTS, Layer, Network
from .storage import DamagedNetwork, npz_bytes, read_json, read_npz, save

VERSION = 1
CODES, FLOAT = "codes", "float"
FLOATS: Mapping[str, np.dtype[Any]] = {"float32": np.dtype(np.float32), "float64": np.dtype(np.float64)}


@dataclass(frozen=True)
class FloatNetwork:
    """A network in floating point and its parameters, by ``layer.role``."""

    network: Network
    parameters: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class CodeNetwork:
    """A network of codes and its parameters by name."""

    network: spec.Network
    tensors: Mapping[str, Array]


def save_network(path: Path, found: FloatNetwork | CodeNetwork) -> None:
    """Write a network: the arrays first, then the structure that names them.

    ``ValueError`` for a name that does not end in .json, and for what has no place in a file.
    """
    if path.suffix != ".json":
        raise ValueError(f"a network is written to a .json file, not to {path}")
    _check_results(shapes_of(found))
    if isinstance(found, CodeNetwork):
        arithmetic, structure = CODES, write_network(found.network)
        arrays = {name: array.codes for name, array in found.tensors.items()}
    else:
        arithmetic, structure = FLOAT, write_float(found)
        arrays = dict(found.parameters)
    content = npz_bytes(arrays)
    head = {"refsim_network": VERSION, "arithmetic": arithmetic}
    files = {"arrays": {"file": path.with_suffix(".npz").name, "sha256": hashlib.sha256(content).hexdigest()}}
    save(path.with_suffix(".npz"), content)
    save(path, (json.dumps({**head, **files, "network": structure}, indent=1) + "\n").encode("ascii"))


def shapes_of(found: FloatNetwork | CodeNetwork) -> dict[str, tuple[int, ...]]:
    """The shapes of the input and of every result, for a sample."""
    if isinstance(found, CodeNetwork):
        return {name: type.shape for name, type in found.network.types().items()}
    return found.network.shapes()


def load_network(path: Path) -> FloatNetwork | CodeNetwork:
    """Read a network; ``DamagedNetwork``, a ``ValueError``, that says in one line what is wrong with a file that holds none."""
    try:
        return _load(path)
    except DamagedNetwork:
        raise
    except FileNotFoundError as error:
        raise DamagedNetwork(f"there is no file {error.filename}") from None
    except OSError as error:
        raise DamagedNetwork(f"{path}: {error.filename}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DamagedNetwork(f"{path}: {error}") from None


def _load(path: Path) -> FloatNetwork | CodeNetwork:
    given = mapping(read_json(path), ["refsim_network", "arithmetic", "arrays", "network"])
    if whole_number(given["refsim_network"]) != VERSION:
        raise ValueError(f"the version of a network file is {VERSION}, not {given['refsim_network']!r:.60}")
    archive, digest = _arrays(path, given["arrays"])
    if text(given["arithmetic"]) not in (CODES, FLOAT):
        raise ValueError(f"the arithmetic of a network is {CODES} or {FLOAT}, not {given['arithmetic']!r:.60}")
    if digest is not None and digest != hashlib.sha256(archive.read_bytes()).hexdigest():
        raise ValueError(f"{archive.name} is not the file that belongs to it; without its sha256 it is read nevertheless")
    return (_read_codes if given["arithmetic"] == CODES else _read_float)(given["network"], archive)


def _arrays(path: Path, data: Any) -> tuple[Path, str | None]:
    """The archive of a network file, which must lie in its folder, and its digest if one is given."""
    given = mapping(data, ["file"], ["sha256"])
    name = text(given["file"])
    if PurePosixPath(name).name != name or name in {"", ".", ".."} or "\\" in name or "\0" in name or not name.endswith(".npz"):
        raise ValueError(f"the arrays of a network are an .npz file beside it, not {name!r:.60}")
    return path.parent / name, text(given["sha256"]) if "sha256" in given else None


def _check_sizes(sizes: Mapping[str, tuple[int, ...]], what: str) -> None:
    for name, shape in sizes.items():
        count = 1
        for length in shape:
            if length < 0 or (count := count * length) > MOST_NUMBERS:
                shown = str(list(shape))[:60]
                raise ValueError(f"{what} {name!r:.60} has the shape {shown}; there are at most {MOST_NUMBERS} numbers")


def _check_results(shapes: Mapping[str, tuple[int, ...]]) -> None:
    """``ValueError`` for a network whose results would be more than a small network's."""
    _check_sizes(shapes, "layer")
    if (total := sum(map(prod, shapes.values()))) > MOST_RESULTS:
        raise ValueError(f"the results of a sample have {total} numbers; there are at most {MOST_RESULTS}")


def _read_codes(data: Any, archive: Path) -> CodeNetwork:
    network = read_network(data)
    _check_results({name: type.shape for name, type in network.types().items()})
    wide = [name for name, type in network.parameters.items() if type.format.width > 64]
    if wide:
        raise ValueError(f"parameter {wide[0]} has codes of more than 64 bits, which have no place in a file")
    arrays = read_npz(archive, {name: (t.shape, code_dtype(t.format)) for name, t in network.parameters.items()})
    tensors = {}
    for name, type in network.parameters.items():
        try:
            tensors[name] = Array(arrays[name], type.format)
        except ValueError as error:
            raise ValueError(f"parameter {name}: {error}") from None
    return CodeNetwork(network, tensors)


def write_float(found: FloatNetwork) -> dict[str, Any]:
    """The plain data of a network in floating point; ``ValueError`` for parameters of several types or not finite."""
    _check_finite(found.parameters)
    kinds = {str(array.dtype) for array in found.parameters.values()} or {"float32"}
    if len(kinds) != 1 or not kinds <= set(FLOATS):
        raise ValueError(f"the parameters of a network are all of {' or '.join(FLOATS)}, not of {', '.join(sorted(kinds))}")
    return {
        "name": found.network.name,
        "input": list(found.network.input),
        "dtype": kinds.pop(),
        "layers": [
            {"name": layer.name, "kind": layer.kind, "inputs": list(layer.inputs), "options": dict(layer.options)}
            for layer in found.network.layers
        ],
    }


def _read_float(data: Any, archive: Path) -> FloatNetwork:
    given = mapping(data, ["name", "input", "dtype", "layers"])
    if text(given["dtype"]) not in FLOATS:
        raise ValueError(f"the dtype of a network is {' or '.join(FLOATS)}, not {given['dtype']!r:.60}")
    if not isinstance(given["layers"], list):
        raise ValueError("the layers of a network are a list")
    layers = tuple(_read_layer(i, layer) for i, layer in enumerate(given["layers"], start=1))
    shape = whole_numbers(given["input"])
    _check_sizes({"input": shape}, "layer")
    network = Network(text(given["name"]), shape, layers)
    _check_results(network.shapes())
    shapes = network.parameter_shapes()
    _check_sizes(shapes, "parameter")
    dtype = FLOATS[given["dtype"]]
    parameters = read_npz(archive, {name: (shape, dtype) for name, shape in shapes.items()})
    _check_finite(parameters)
    return FloatNetwork(network, parameters)


def _check_finite(parameters: Mapping[str, NDArray[Any]]) -> None:
    for name, array in parameters.items():
        if not np.isfinite(array).all():
            raise ValueError(f"parameter {name} has numbers that are not finite")


def _read_layer(number: int, data: Any) -> Layer:
    try:
        given = mapping(data, ["name", "kind", "inputs"], ["options"])
        options = mapping(given.get("options", {}), [], None)
        return Layer(text(given["name"]), text(given["kind"]), texts(given["inputs"]), options)
    except ValueError as error:
        raise ValueError(f"layer {number}: {error}") from None
