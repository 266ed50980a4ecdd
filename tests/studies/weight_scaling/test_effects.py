"""Each effect of the claims is the difference that its words say, and has its bound."""

import pytest

from refsim.studies.names import get_study
from refsim.studies.running.jobs import Scale
from refsim.studies.study import Records
from refsim.studies.weight_scaling.claims import claims
from refsim.studies.weight_scaling.settings import FORMATS
from refsim.studies.weight_scaling.tables import costs_table, factors_table, flips_table, gains_table

from .synthetic import KEPT, records

STUDY = get_study("weight-scaling")
QUICK = Scale("digits", quick=True)
MORE = {
    "plain": 0,
    "scaled": 10,
    "clamped": 30,
    "scaled, clamped": 31,
    "SECDED": 4,
    "parity": 6,
    "scaled, SECDED": 12,
    "scaled, parity": 15,
    "clamped, SECDED": 33,
    "clamped, parity": 34,
}
"""What a memory keeps more than plain weights, at the rate 0.001."""
TIMES = {"0.0001": 3, "0.001": 1, "0.01": 2}
"""And how many times as many it is at the others."""
SWEPT = {(format.name, target): i for format in FORMATS for i, target in enumerate(format.swept)}


def varied(one):
    """A record in which each memory keeps its own number of samples; scaled weights have two more right without faults."""
    if "lost" not in one:
        return one
    scaled = "scaled" in one.get("arm", "")
    right = 95 + 2 * scaled
    if one["part"] == "targets":
        more = SWEPT[one["format"], one["target"]]
    elif one["part"] == "factors":
        more = -7
    else:
        more = MORE[one["arm"]] + scaled * one.get("training", 0)
    lost = {
        rate: [right - KEPT[rate] - more * TIMES.get(rate, 0) - n % 3 for n in range(len(x))] for rate, x in one["lost"].items()
    }
    return {**one, "right": right, "lost": lost, **({"wrong": list(range(100 - right))} if "wrong" in one else {})}


FOUND = Records(varied(one) for one in records(QUICK))


@pytest.fixture(scope="module")
def effects():
    """By the names of the claims, the values of their effects, their bounds and trials."""
    return {
        claim.name: [(round(one.found.value, 6), one.above, one.found.trials) for one in claim.effects]
        for claim in claims(FOUND)
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scaling rescues fixed point", 4 * [(10, 10, 11)]),
        # 10 less 2 without faults; less 2 by rounding again; and 1, 2 and 3 more in three trainings.
        ("more than rounding", 4 * [(8, 0, 11)] + 4 * [(6, 0, 11)] + [(10, 0, 3)]),
        ("smaller errors", 4 * [(4, 2, 2)]),
        ("scaling helps floating point", 2 * [(30, 0, 11), (10, 0, 11)]),
        ("the clamp helps floating point", 2 * [(20, 10, 11), (-10, -5, 11)]),
        ("the top of the range", 4 * [(5, 10, 7)]),
        ("without check bits", [(12, 0, 11), (8, 0, 11)]),
        ("together with check bits", [(16, 0, 11), (18, 0, 11)]),
        ("one division", 4 * [(100, 99, 10)]),
    ],
)
def test_effects(effects, name, expected):
    assert effects[name] == expected


def test_gains_are_told_apart_in_their_table():
    """By rounding, against faults at three rates, and both together at one."""
    for row in gains_table(FOUND).rows:
        assert [round(cell.value, 6) for cell in row[2:]] == [2, 28, 8, 18, 10]


def test_the_paper_stands_beside_the_same_rates():
    """The gain at 0.0001 beside that of ResNet50, and FP32 at 0.00001 beside ResNet18; then both at higher rates."""
    (table,) = STUDY.report(QUICK, FOUND).beside_the_paper.tables
    middle = sum(n % 3 for n in range(11)) / 11
    assert [round(row[3].value, 6) for row in table.rows[:3]] == [30, 10, 20]
    assert [row[3].value - middle for row in table.rows[3:]] == pytest.approx([94, 90, 60])
    assert "54.418" in table.rows[0][1]


def test_factors_are_hit_where_it_is_said():
    """Only the jobs of hit factors hit them; the closed form is that of eight bits, five behind the point."""
    found = STUDY.jobs(QUICK)
    assert {(job.name.split("/")[0], *job.options["hit"]) for job in found if "hit" in job.options} == {
        *((part, "weight", "check") for part in ("rates", "targets", "trainings")),
        ("factors", "weight", "check", "scale"),
    }
    assert {tuple(job.options["fixed"]) for job in found if job.step == "errors"} == {(8, 5)}


def test_flips_are_means_of_the_trials():
    """Synthetic records have as many flips as trials: one for each."""
    assert {cell for row in flips_table(FOUND).rows for cell in row[3:]} == {1.0}


def test_costs_have_the_rate_0_beside():
    """Two samples more are right of scaled weights, with any check bits."""
    table = costs_table(FOUND, FORMATS[-1], "0.01")
    assert {row[0]: row[3] for row in table.rows} == {name: 95.0 + 2 * ("scaled" in name) for name in MORE}
    middle = sum(n % 3 for n in range(11)) / 11
    assert [row[4].value for row in table.rows] == pytest.approx([20 + 2 * MORE[row[0]] + middle for row in table.rows])


def test_factors_that_are_hit_stand_below_safe_ones():
    """Each row has what its words say."""
    for row in factors_table(FOUND).rows:
        more = {"safe": MORE["scaled"], "hit too": -7}[row[1]]
        middle = sum(n % 3 for n in range(11)) / 11
        assert row[2] == {"safe": 97.0, "hit too": 95.0}[row[1]]
        assert row[4].value == pytest.approx(KEPT["0.001"] + more + middle)
