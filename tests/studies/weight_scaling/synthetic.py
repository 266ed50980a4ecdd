"""Records as the steps would make them, of numbers that are chosen: for the report without any network."""

from refsim.studies.study import Records
from refsim.studies.weight_scaling.jobs import jobs

SAMPLES = 100
KEPT = {"0": 95, "0.000001": 95, "0.00001": 94, "0.0001": 90, "0.001": 60, "0.01": 20}
"""What is right of plain weights, by rate; others keep more."""


def records(scale, better=10):
    """The records of all jobs of a scale; every memory but the plain one keeps so many samples more where there are faults."""
    return Records(record for job in jobs(scale) for record in of_job(job, better))


def of_job(job, better):
    """The records of a job."""
    family = job.options["family"]
    if job.step == "train":
        about = {"part": "training", "family": family, "training": job.options["seed"], "accuracy": 95.0}
        return [{**about, "weights": 1000, "learned": 777}]
    if job.step == "errors":
        return [
            {**labels, "rounding": 0.01, "flips": [0.1 / by, 0.2 / by], "expected": 0.15 / by, "factors": [1.0, 2.0 * by]}
            for (labels, _), by in zip(job.options["memories"], (1, 4), strict=True)
        ]
    if job.step == "single":
        counts = {"layers": 3, "without": ["a"], "weights": 100, "weights_without": 20, "divisor": 4.0, "samples": SAMPLES}
        same = {"same_without_faults": SAMPLES, "same": [SAMPLES] * job.options["trials"], "refused": "b: layer c: no: sum"}
        return [{"part": "single", "family": family, **counts, **same}]
    return [of_memory({**job.options["labels"], **own}, job.options, better) for own, _ in job.options["memories"]]


def of_memory(labels, options, better):
    """The record of a memory: trial n keeps n % 3 samples more than the rate says."""
    more = 0 if labels.get("arm") == "plain" else better
    check = 1000 if {"SECDED", "parity"} & set(labels.get("arm", "").split(", ")) else 0
    about = {"wrong": list(range(SAMPLES - 95)), "bits": {"weight": 8000, "check": check}} if options["whole"] else {}
    lost = {
        rate: [max(95 - SAMPLES, 95 - KEPT[rate] - more - n % 3) for n in range(count)]
        for rate, count in options["rates"].items()
    }
    return {**labels, "samples": SAMPLES, "right": 95, **about, "lost": lost, "flips": dict(options["rates"])}
