"""The folder of a study: what it is of, the outcomes of its jobs, and the time that they took."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...nn.data import Data
from ...nn.storage import save
from ...version import SPECIFICATION, __version__
from ..study import Records, Study
from .jobs import Job, Scale, check_jobs
from .outcomes import DamagedStudy, Stored, read_outcome

if sys.platform != "win32":
    import fcntl

MANIFEST, TIMES = "study.json", "times.json"
FORMAT = 1


def manifest_of(study: Study, scale: Scale, data: Data, jobs: Sequence[Job]) -> dict[str, Any]:
    """All that the records of a study depend on, as plain data."""
    return {
        "refsim_study": FORMAT,
        "study": study.name,
        "data": scale.data,
        "digest": data.digest,
        "quick": scale.quick,
        "versions": {
            "refsim": __version__,
            "specification": SPECIFICATION,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "jobs": [{"name": one.name, "step": one.step, "options": one.options, "needs": list(one.needs)} for one in jobs],
    }


@dataclass(frozen=True)
class Folder:
    """A study in a folder."""

    path: Path
    study: Study
    scale: Scale
    jobs: Sequence[Job]
    manifest: Mapping[str, Any]
    fingerprint: str

    def outcome(self, job: Job) -> Stored | None:
        """The outcome of a job, or ``None``."""
        return read_outcome(self.path, job.name, self.fingerprint)

    def missing(self) -> list[Job]:
        """The jobs that have no outcome yet, in order. ``DamagedStudy`` where one has a damaged one."""
        return [job for job in self.jobs if self.outcome(job) is None]

    def records(self) -> Records:
        """The records of all jobs in order. ``ValueError`` while some are not computed."""
        found = [(job, self.outcome(job)) for job in self.jobs]
        if missing := [job.name for job, stored in found if stored is None]:
            raise ValueError(f"{self.path} has {len(missing)} of {len(self.jobs)} jobs not computed yet, as {missing[0]}")
        return Records(record for _, stored in found if stored is not None for record in stored.outcome.records)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out of the folder; ``ValueError`` where one is in it. When a process ends, it keeps nobody out, and
        where the system or its files know no such locks nobody is."""
        with (self.path / MANIFEST).open("rb") as file:
            if sys.platform != "win32":
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise ValueError(f"another run is in {self.path}; wait for it, or give another folder by --out") from None
                except OSError:
                    pass
            yield

    def add_time(self, seconds: float, workers: int) -> None:
        """Remember how long a run took."""
        save(self.path / TIMES, json.dumps([*self.times(), {"seconds": seconds, "workers": workers}]).encode())

    def times(self) -> list[dict[str, float]]:
        """The runs so far: seconds, and how many processes computed."""
        path = self.path / TIMES
        if not path.exists():
            return []
        try:
            return [{name: float(one[name]) for name in ("seconds", "workers")} for one in json.loads(path.read_bytes())]
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedStudy(f"{path} is damaged: {error}; remove it: only times are lost") from None


def open_folder(path: Path, study: Study, scale: Scale, data: Data) -> Folder:
    """The folder of a study, made anew or gone on with.

    ``ValueError`` for a folder with something else in it, or with the same study of other data, another scale or other
    versions; ``DamagedStudy`` where what it says of itself cannot be read. Nothing is overwritten.
    """
    jobs = study.jobs(scale)
    check_jobs(jobs, study.steps)
    mine = manifest_of(study, scale, data, jobs)
    text = json.dumps(mine, indent=1, allow_nan=False)
    file = path / MANIFEST
    if file.exists():
        try:
            found = json.loads(file.read_bytes())
            stored = {name: found[name] for name in mine}
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedStudy(f"{file} is damaged: {error}") from None
        for name, value in json.loads(text).items():
            if stored[name] != value:
                said = "" if name == "jobs" else f": {_plain(stored[name])} there, {_plain(value)} here"
                raise ValueError(f"{path} holds another study, by its {name}{said}; give another folder by --out")
    else:
        if path.exists() and any(one.name != f"{MANIFEST}.part" for one in path.iterdir()):
            raise ValueError(f"{path} holds something that is no study; give another folder by --out")
        save(file, text.encode())
    return Folder(path, study, scale, jobs, mine, hashlib.sha256(text.encode()).hexdigest())


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
