"""Outcomes in files: one archive for each job, written whole or not at all."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...nn.storage import BROKEN, npz_bytes, save
from .jobs import Outcome

FACTS = "outcome.json"
SUFFIX = ".npz"


class DamagedStudy(ValueError):
    """A file of a study is not as it was written; the message says which one."""


class Stored(NamedTuple):
    """An outcome and the seconds that it took."""

    outcome: Outcome
    seconds: float


def path_of(folder: Path, job: str) -> Path:
    """Where the outcome of a job is."""
    return folder / "work" / f"{job}{SUFFIX}"


def write_outcome(folder: Path, job: str, fingerprint: str, stored: Stored) -> None:
    """Write the outcome of a job of the study that the fingerprint stands for. ``ValueError`` for records that are no plain
    data: an outcome has to say the same after it was stored."""
    facts = {
        "job": job,
        "study": fingerprint,
        "seconds": stored.seconds,
        "records": stored.outcome.records,
    }
    save(path_of(folder, job), npz_bytes(stored.outcome.arrays, {FACTS: json.dumps(facts, allow_nan=False)}))


def read_outcome(folder: Path, job: str, fingerprint: str) -> Stored | None:
    """The outcome of a job, or ``None`` where it is not computed yet.

    ``DamagedStudy`` for a file that is not as it was written, or of another study.
    """
    path = path_of(folder, job)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            facts = json.loads(archive.read(FACTS))
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if name != FACTS}
        found = Stored(Outcome(tuple(facts["records"]), arrays), float(facts["seconds"]))
        whose = (facts["job"], facts["study"])
    except (*BROKEN, OSError) as error:
        raise DamagedStudy(f"{path} is damaged: {' '.join(str(error).split())}; remove it, and it is computed again") from None
    if whose != (job, fingerprint):
        raise DamagedStudy(f"{path} is of another study; remove it, and it is computed again")
    return found
