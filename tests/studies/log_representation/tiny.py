"""The study on a few images, in seconds: every step and all records, though nothing is learned."""

from dataclasses import replace
from functools import cache

import numpy as np

from refsim.nn.data.record import Data
from refsim.studies.log_representation.floating import train_float
from refsim.studies.log_representation.jobs import STEPS, jobs_of
from refsim.studies.log_representation.settings import settings_of
from refsim.studies.running.jobs import Inputs, Scale
from refsim.studies.samples import some
from refsim.studies.study import Records

SCALE = Scale("digits", quick=False)
SIZES = replace(
    settings_of(SCALE),
    train=64,
    test=16,
    networks=("alexnet", "vgg"),
    seeds=(1, 2),
    epochs=1,
    chosen_by=6,
    spreads=(4,),
    learning_seeds=(1, 2),
    learning_epochs=1,
    path_seeds=(1, 2),
    path_epochs=1,
    path_images=3,
    path_fractions=(0, 8),
    path_places=(4, 16),
)


@cache
def outcomes():
    """The outcomes of all jobs by name."""
    data, done = some("digits", SIZES.train, SIZES.test), {}
    for job in jobs_of(SIZES):
        done[job.name] = STEPS[job.step](job.options, Inputs(data, SCALE, [done[name] for name in job.needs]))
    return done


def records():
    """All their records."""
    return Records(record for outcome in outcomes().values() for record in outcome.records)


def images(rows, columns, count=4, labels=None):
    """Data of plain images of a size."""
    x = np.full((count, 1, rows, columns), 0.5, np.float32)
    t = np.zeros(count, np.int64) if labels is None else labels
    return Data("plain", ("one", "other"), x, t, x, t)


@cache
def learned():
    """A network that has learned something in a moment, with its data: for what depends on right answers."""
    data = some("digits", 400, 90)
    plan = {"epochs": 10, "batch": 16, "rate": ["linear", 3e-3, 1e-3]}
    return data, train_float({"network": "vgg-narrow", "seed": 1, "plan": plan}, Inputs(data, SCALE, []))
