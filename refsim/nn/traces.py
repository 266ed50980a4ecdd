"""Traces in folders: a network of codes, samples, and every layer's codes, for people who build the hardware.

A folder has ``network.json`` and ``network.npz``, ``trace.json``, which lists every tensor with its shape, format and SHA-256,
``trace.npz`` with the codes, samples along the first axis, and, where they are asked for, memory images below ``images``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..engine import networks as engine
from ..engine.array import Array, code_dtype
from ..engine.digests import digest
from ..spec import networks as spec
from ..spec.images import write_image
from ..spec.networks import INPUT
from ..spec.plain_data import mapping, text, whole_number
from ..spec.tensors import TensorType
from .files import CodeNetwork, load_network, save_network
from .storage import DamagedNetwork, npz_bytes, read_json, read_npz, save

VERSION = 1
MOST_SAMPLES = 1 << 20
IMAGES = "images"


@dataclass(frozen=True)
class Trace:
    """A network of codes, and by name the codes of the input and of every layer's result, samples along the first axis."""

    found: CodeNetwork
    arrays: Mapping[str, Array]

    @property
    def samples(self) -> int:
        """How many there are."""
        return self.arrays[INPUT].shape[0]


Progress = Callable[[int, int], None]
"""Told how many samples are done, out of how many."""


def specified(found: CodeNetwork, x: Array, progress: Progress | None = None) -> Trace:
    """The golden trace: every sample by the specification, one after the other."""
    tensors = {name: engine.tensor_of(array) for name, array in found.tensors.items()}
    made = []
    for i in range(x.shape[0]):
        made.append(spec.trace(found.network, tensors, engine.tensor_of(x[i])))
        if progress is not None:
            progress(i + 1, x.shape[0])
    types = found.network.types()
    arrays = {
        name: Array(
            np.array([one[name].codes for one in made], code_dtype(type.format)).reshape(len(made), *type.shape), type.format
        )
        for name, type in types.items()
    }
    return Trace(found, arrays)


def computed(found: CodeNetwork, x: Array, progress: engine.LayerProgress | None = None) -> Trace:
    """The same trace by the engine."""
    return Trace(found, engine.trace(found.network, found.tensors, x, progress=progress))


@dataclass(frozen=True)
class Difference:
    """The first place where two traces differ: the layer, the sample, the index within it, and the codes."""

    layer: str
    sample: int
    index: tuple[int, ...]
    expected: int
    given: int
    wrong: int
    """How many codes of the layer differ."""


def differences(expected: Trace, given: Trace) -> Iterator[Difference]:
    """For every layer whose codes differ, in the network's order, the first place."""
    for name, array in expected.arrays.items():
        wrong = array.codes != given.arrays[name].codes
        if wrong.any():
            sample, *index = (int(i) for i in np.argwhere(wrong)[0])
            place = (sample, *index)
            codes = int(array.codes[place]), int(given.arrays[name].codes[place])
            yield Difference(name, sample, tuple(index), *codes, int(np.count_nonzero(wrong)))


def write_trace(folder: Path, trace: Trace, *, images: bool) -> None:
    """Write a trace in the place of whatever trace is there; the list of tensors last, so that a folder with one is whole."""
    for old in (folder / "trace.json", *(folder / IMAGES).glob("*.hex")):
        old.unlink(missing_ok=True)
    files = image_files([*((f"parameter {name}", one) for name, one in trace.found.tensors.items()), *trace.arrays.items()])
    save_network(folder / "network.json", trace.found)
    save(folder / "trace.npz", npz_bytes({name: array.codes for name, array in trace.arrays.items()}))
    tensors: dict[str, Any] = {
        name: {"shape": list(array.shape[1:]), "format": array.format.name, "sha256": digest(array)}
        for name, array in trace.arrays.items()
    }
    for name, content in files.items() if images else ():
        save(folder / IMAGES / name, content.encode("ascii"))
    listed = {"refsim_trace": VERSION, "network": "network.json", "samples": trace.samples, "tensors": tensors}
    save(folder / "trace.json", (json.dumps(listed, indent=1) + "\n").encode("ascii"))


def image_files(arrays: Iterable[tuple[str, Array]]) -> dict[str, str]:
    """Memory images by file name: one word a code, in the order of the tensor, one sample after the other."""
    found: dict[str, str] = {}
    for name, array in arrays:
        file = image_name(name)
        if file in found:
            raise ValueError(f"two tensors would have the image {file}; give layers and parameters names of letters and digits")
        comment = f"{name}: {' x '.join(map(str, array.shape))} codes of {array.format.name}"
        plain = comment.encode("ascii", "replace").decode("ascii")
        found[file] = write_image(map(int, array.codes.reshape(-1)), array.format.width, [plain])
    return found


def image_name(name: str) -> str:
    """The file of a tensor's image."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name) + ".hex"


def read_trace(folder: Path) -> Trace:
    """Read a trace; ``DamagedNetwork`` where something is missing, of another shape, or not what its SHA-256 says."""
    path = folder / "trace.json"
    try:
        return _read(folder, mapping(read_json(path), ["refsim_trace", "network", "samples", "tensors"]))
    except FileNotFoundError as error:
        raise DamagedNetwork(f"{folder} is no trace: there is no {error.filename}") from None
    except DamagedNetwork:
        raise
    except ValueError as error:
        raise DamagedNetwork(f"{path}: {error}") from None


def _read(folder: Path, given: Mapping[str, Any]) -> Trace:
    if whole_number(given["refsim_trace"]) != VERSION or given["network"] != "network.json":
        raise ValueError(f"refsim_trace is {VERSION} and network is network.json in a trace that is read")
    samples = whole_number(given["samples"])
    found = load_network(folder / "network.json")
    if not isinstance(found, CodeNetwork) or not 0 < samples <= MOST_SAMPLES:
        raise ValueError(f"a trace has a network of codes and 1 to {MOST_SAMPLES} samples")
    types = found.network.types()
    return Trace(found, _read_arrays(folder, mapping(given["tensors"], list(types)), types, samples))


def _read_arrays(folder: Path, listed: Mapping[str, Any], types: Mapping[str, TensorType], samples: int) -> dict[str, Array]:
    expected = {name: ((samples, *type.shape), code_dtype(type.format)) for name, type in types.items()}
    arrays = {name: Array(codes, types[name].format) for name, codes in read_npz(folder / "trace.npz", expected).items()}
    for name, array in arrays.items():
        given = mapping(listed[name], ["shape", "format", "sha256"])
        if given["shape"] != list(types[name].shape) or text(given["format"]) != types[name].format.name:
            raise ValueError(f"{name!r:.60} is listed as {given['shape']!r:.60} of {given['format']!r:.60}, not {types[name]}")
        if given["sha256"] != digest(array):
            raise ValueError(f"the codes of {name!r:.60} in trace.npz are not those that were listed: their SHA-256 differs")
    return arrays
