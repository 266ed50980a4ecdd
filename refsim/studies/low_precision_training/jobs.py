"""The jobs of the study, and its samples."""

from __future__ import annotations

from typing import Any

from ...nn.data import Data
from ..running.jobs import Job, Scale
from ..samples import some
from .arms import DYNAMIC, Arm
from .networks import network_of
from .settings import INITIALIZATION, MOMENTUM, MULTIPLIERS, Trained, setting

SLOWER = {"float": 3.0, "half": 3.0, "dynamic": 1.4, "fixed": 1.0}
"""How much longer than in fixed point a training takes."""


def samples(scale: Scale) -> Data:
    """The samples of a scale; ``ValueError`` for data that are not images with one label each, or too few or too small."""
    wanted = setting(scale)
    found = some(scale.data, wanted.train, wanted.test)
    if found.train_t.ndim != 1:
        raise ValueError(f"low-precision-training takes images with a label each; {found.name} has one for every pixel")
    most = max(one.batch for one in wanted.networks.values())
    if len(found.train_x) < most:
        raise ValueError(
            f"low-precision-training takes {most} images to learn from or more; {found.name} has {len(found.train_x)}"
        )
    for name, one in wanted.networks.items():
        try:
            network_of(name, one.sizes, found)
        except ValueError as error:
            raise ValueError(f"low-precision-training: images of {found.shape} do not fit its networks: {error}") from None
    return found


def jobs(scale: Scale) -> list[Job]:
    """All jobs: first radices, trainings, and gates."""
    found = list[Job]()
    for name, trained in setting(scale).networks.items():
        arms = trained.sweeps.arms()
        overflows = dict.fromkeys(arm.overflows for arm in arms if arm.kind == "dynamic")
        found += [start_job(name, trained, rate) for rate in overflows]
        found += [learn_job(name, trained, arm) for arm in arms]
    return found + [Job(f"gates/{gate_path(one)}", "count_gates", {"multiplier": one}, cost=5.0) for one in MULTIPLIERS]


def gate_path(multiplier: str) -> str:
    """A multiplier as a part of the name of a job."""
    return multiplier.replace("*", "-").replace("+", "-")


def common(name: str, trained: Trained) -> dict[str, Any]:
    """The options that the trainings of a network have in common."""
    return {
        "network": name,
        "sizes": dict(trained.sizes),
        "batch": trained.batch,
        "rate": ["linear", trained.rate, trained.rate / 10],
        "momentum": list(MOMENTUM),
        "seeds": list(trained.seeds),
    }


def start_name(name: str, overflows: str) -> str:
    """The name of the job that finds first radices."""
    return f"{name}/start-{overflows.replace('/', '-')}"


def start_job(name: str, trained: Trained, overflows: str) -> Job:
    """The job that finds first radices under a greatest rate of overflows."""
    options = {**common(name, trained), "epochs": INITIALIZATION, "overflows": overflows}
    cost = len(trained.seeds) * trained.cost * INITIALIZATION / trained.epochs * SLOWER["dynamic"]
    return Job(start_name(name, overflows), "start", options, cost=cost)


def learn_job(name: str, trained: Trained, arm: Arm) -> Job:
    """The job of an arm."""
    options = {**common(name, trained), "epochs": trained.epochs, "arm": arm._asdict(), "radices": arm == DYNAMIC}
    needs = (start_name(name, arm.overflows),) if arm.kind == "dynamic" else ()
    return Job(f"{name}/{arm.path}", "learn", options, needs, len(trained.seeds) * trained.cost * SLOWER[arm.kind])
