"""A study without any training: squares of numbers and the sum of them; jobs fail, wait or die where they are told to."""

import os
import sys
import time
from pathlib import Path

import numpy as np

from refsim.nn.data import Data
from refsim.studies.pages.files import results_of, write_all
from refsim.studies.results.charts import LOG, Chart, HeatMap, Panel, Series
from refsim.studies.results.claims import Claim, Effect
from refsim.studies.results.measured import exact, over_seeds
from refsim.studies.results.report import Report, Section
from refsim.studies.results.tables import Column, Table
from refsim.studies.running.folder import open_folder
from refsim.studies.running.jobs import Job, Outcome, Scale
from refsim.studies.running.runner import run, samples
from refsim.studies.study import Study

COUNT = 12
FREE = 4
"""The jobs that do not wait."""
HELD = "REFSIM_TOY_HELD"
"""The variable of the environment by which the others are told to wait until their process is ended."""
QUICK = Scale("dots", quick=True)


def dots(_):
    """Ten classes of one sample."""
    x, t = np.arange(10, dtype=np.float32).reshape(10, 1, 1, 1) / 10, np.arange(10)
    return Data("dots", tuple("abcdefghij"), x, t, x.copy(), t.copy())


def square(options, _):
    """The square of a number, as a record and as an array."""
    while HELD in os.environ and options["of"] >= FREE:
        time.sleep(0.05)
    if options.get("die"):
        os._exit(3)
    if options.get("fail"):
        raise ArithmeticError("this number\nhas no square")
    return Outcome(
        [{"what": "square", "of": options["of"], "found": options["of"] ** 2}], {"a/b": np.array([options["of"] ** 2])}
    )


def total(_, inputs):
    """The sum of all squares, and how many threads the process was given."""
    found = int(sum(one.arrays["a/b"][0] for one in inputs.needs))
    threads = os.environ["OPENBLAS_NUM_THREADS"]
    return Outcome([{"what": "total", "found": found, "threads": threads, "classes": len(inputs.data.classes)}])


def jobs_with(**changes):
    """The jobs, with other options for that of a number."""

    def jobs(_):
        names = [f"square/{i}" for i in range(COUNT)]
        found = [Job(names[i], "square", {"of": i, **changes.get(f"at_{i}", {})}) for i in range(COUNT)]
        return [*found, Job("total", "total", needs=tuple(names), cost=2.0)]

    return jobs


def report(scale, records):
    """A report with one of everything."""
    squares = [one["found"] for one in records.of(what="square")]
    table = Table("squares", "Squares", (Column("number"), Column("square", "m2")), list(enumerate(squares)))
    points = [(i, exact(float(found))) for i, found in enumerate(squares, 1)]
    chart = Chart("squares", "Squares by number", [Panel("all", "number", "square (m2)", [Series("square", points)], LOG)])
    grid = HeatMap("grid", "Squares in a grid", [("all", [[1.0, None], [3.0, 4.0]])], ["a", "b"], ["0", "1"], "place", "m2")
    claim = Claim("large", "Squares are large.", [Effect("the mean", over_seeds(squares), unit="m2")])
    (sum_of,) = records.of(what="total")
    section = Section("Squares", f"They come to {sum_of['found']}.", [chart, grid], [table])
    return Report("How large?", f"Quick: {scale.quick}.", [section], [claim], Section("Beside the paper", "No."), "Nothing.")


def study_with(**changes):
    """The study, with other options of jobs."""
    return Study(
        name="toy",
        title="Toys",
        paper="nobody",
        summary="squares",
        data="dots",
        samples=dots,
        jobs=jobs_with(**changes),
        steps={"square": square, "total": total},
        report=report,
    )


def toy(_):
    """The study, by any name."""
    return study_with()


def failing(_):
    """One of whose jobs fails."""
    return study_with(at_5={"fail": True})


def dying(_):
    """One of whose jobs ends its process."""
    return study_with(at_5={"die": True})


def folder_of(path, study_of=toy, scale=QUICK):
    """The folder of a study, begun or gone on with."""
    study = study_of("")
    return open_folder(path, study, scale, samples(study, scale))


def main(path, study_of=toy, workers=2, progress=None):
    """Run a study to its end."""
    folder = folder_of(path, study_of)
    run(folder, study_of, workers=workers, progress=progress)
    return write_all(path, folder.study, results_of(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), progress=lambda progress: print(progress.job, flush=True))  # noqa: T201 a program
