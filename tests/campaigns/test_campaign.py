"""Campaigns: every trial is what the specification says it is, and a pure function of plan, cell and trial."""

import json

import numpy as np
import pytest

from refsim.campaigns.gates import judge
from refsim.campaigns.outcomes import digest
from refsim.campaigns.rows import COLUMNS, row
from refsim.engine.parts import specified
from refsim.spec.faults import by_site, injected
from refsim.spec.memories import site_names
from refsim.spec.protected_words import Verdict

from .small import SAMPLES, campaign, write_data, write_network
from .specified import outputs

Q = "q2.5/ties_to_even/saturate"
SECDED = [{"stage": "secded", "code": "hsiao", "width": 64, "detected": "as_is", "name": "secded"}]
IN_ORDER = {
    "numbers": "format",
    "weights": "q2.5",
    "bias": "q8.5",
    "activations": "q2.5",
    "rounding": "ties_to_even",
    "overflow": "saturate",
    "datapath": "datapath(exact,sequential(q4.10/ties_to_even/saturate),first,sum,output={to})",
}

CASES = {
    "weights": {"faults": [{}]},
    "all kinds of parameters": {"faults": [{"kinds": ["weight", "bias", "scale", "zero_point"]}], "arms": [{"scheme": "int8"}]},
    "every bit": {"faults": [{"model": {"kind": "rate", "p": "1"}, "names": ["dense1.weights"]}]},
    "signs": {"faults": [{"model": {"kind": "rate", "p": "1/2"}, "bits": ["sign"]}]},
    "posit fields": {"faults": [{"model": {"kind": "rate", "p": "1/3"}, "bits": ["regime"]}], "arms": [{"scheme": "posit8"}]},
    "exactly three": {
        "faults": [{"model": {"kind": "count", "k": 3}, "kinds": ["weight", "activation"], "lifetime": "until_write"}]
    },
    "results": {"faults": [{"kinds": ["activation", "input"], "lifetime": "until_write"}]},
    "stuck results": {
        "faults": [{"model": {"kind": "stuck_at", "p": "0.1", "ones": "1/2"}, "kinds": ["activation"], "lifetime": "permanent"}]
    },
    "one reading": {"faults": [{"model": {"kind": "rate", "p": "0.01"}, "lifetime": "read"}]},
    "one reading of all": {
        "faults": [{"model": {"kind": "rate", "p": "0.01"}, "kinds": ["weight", "activation"], "lifetime": "read"}]
    },
    "registers": {
        "faults": [{"model": {"kind": "rate", "p": "0.02"}, "kinds": ["accumulator"], "lifetime": "until_write"}],
        "arms": [{"scheme": IN_ORDER}],
    },
    "everything at once": {
        "faults": [
            {
                "model": {"kind": "rate", "p": "0.01"},
                "kinds": ["weight", "bias", "activation", "accumulator"],
                "lifetime": "until_write",
            }
        ],
        "arms": [{"scheme": IN_ORDER}],
    },
    "bursts": {
        "faults": [
            {"model": {"kind": "burst", "p": "0.05", "lengths": ["1/2", "1/4", "1/4"], "pattern": "all", "end": "clip"}}
        ],
        "layouts": [{"columns": 16, "interleave": 2}],
    },
    "banks": {
        "faults": [{"model": {"kind": "banked", "p": "0.1", "factors": ["1", "1/4"]}}],
        "layouts": [{"columns": 8, "banks": 2, "kinds": ["weight"]}, {"columns": 64}],
    },
    "one result": {
        "faults": [
            {"model": {"kind": "negate", "p": "0.2"}, "kinds": ["activation"], "names": ["act1"], "lifetime": "until_write"}
        ]
    },
    "in binary32": {"faults": [{}], "arms": [{"scheme": "binary16"}]},
    "two arms": {
        "faults": [{}, {"name": "each", "model": {"kind": "exhaustive"}}],
        "arms": [{}, {"name": "other", "scheme": "fp8"}],
    },
}


@pytest.fixture
def folder(tmp_path):
    """A folder with data and a network."""
    write_data(tmp_path)
    write_network(tmp_path)
    return tmp_path


@pytest.mark.clause("lifetime/accesses", "fault/registers", "site/numbers")
@pytest.mark.parametrize("name", CASES)
def test_trials_are_the_specification_s(folder, name):
    """The output codes of trials are those that the specification finds alone, number by number."""
    made = campaign(folder, **CASES[name])
    struck = 0
    for cell in made.cells:
        clean = made.built(cell.number).clean
        for found in made.rows(cell.number, range(3)):
            wanted = outputs(made, cell.number, found.trial)
            without = np.array([i for i, codes in enumerate(wanted) if codes is None], np.int64)
            known = [i for i in range(SAMPLES) if wanted[i] is not None]
            differs = np.array([i for i in known if (wanted[i] != clean.outputs.codes[i]).any()], np.int64)
            codes = np.array([wanted[i] for i in differs], clean.outputs.codes.dtype).reshape(-1, 3)
            assert found.digest == digest(clean, differs, codes, without)
            assert (found.counts.identical, found.refused) == (len(known) - len(differs), len(without))
            struck += found.hit
    assert struck


def test_rows_do_not_depend_on_company(folder):
    """A trial alone, among others, and in another order is the same row; so it is in a campaign that is built anew."""
    made = campaign(folder, **CASES["everything at once"])
    rows = made.rows(0, range(8))
    assert [made.row(0, trial) for trial in reversed(range(8))] == rows[::-1]
    assert campaign(folder, **CASES["everything at once"]).rows(0, [5, 2]) == [rows[5], rows[2]]


def test_rows_travel_as_numbers(folder):
    """A row is the same after its flat numbers."""
    for one in campaign(folder).rows(0, range(4)):
        assert row(one.flat()) == one
        assert len(one.flat()) == len(COLUMNS)


def test_arms_meet_the_same_faults(folder):
    """Sites have one number in all arms: what hits one arm hits the other in the same bits, whatever else an arm stores."""
    made = campaign(folder, arms=[{}, {"name": "protected", "stored": [{"memory": SECDED}]}])
    for trial in range(6):
        first, second = (made.by_name(made.hits(cell, trial)) for cell in (0, 1))
        assert first
        for name in first:
            assert first[name].events(0) == second[name].events(0)


def test_counts(folder):
    """What is hit, flipped and changed, and what a memory corrected."""
    made = campaign(
        folder,
        arms=[{}, {"name": "protected", "stored": [{"memory": SECDED}]}],
        faults=[{"model": {"kind": "count", "k": 1}, "kinds": ["weight", "check"]}],
    )
    for trial in range(6):
        plain, protected = made.row(0, trial), made.row(1, trial)
        assert (plain.hit, plain.flips, plain.effective, plain.corrected, plain.residual) == (1, 1, 1, 0, 1)
        assert (protected.hit, protected.corrected, protected.detected, protected.residual) == (1, 1, 0, 0)
        assert (protected.miscorrected, protected.undetected) == (0, 0)
        assert protected.counts.identical == SAMPLES


def test_words_that_are_wrong_all_the_same(folder):
    """Of many errors some are corrected to wrong words and some not noticed: counted as the specification judges each word."""
    made = campaign(
        folder,
        arms=[{"stored": [{"memory": SECDED}]}],
        faults=[{"model": {"kind": "rate", "p": "0.1"}, "kinds": ["weight", "check"]}],
    )
    built, found = made.built(0), {"corrected": 0, "detected": 0, "miscorrected": 0, "undetected": 0}
    for trial in range(80):
        row, struck = made.row(0, trial), made.by_name(made.hits(0, trial))
        judged = Verdict()
        for name, memory in built.memories.items():
            parts = {part: specified(one) for part, one in built.parts[name].items()}
            names = site_names(name, list(parts))
            if not memory.stages:
                continue
            hit = {
                part: one._replace(codes=injected(one.codes, dict(by_site(struck[names[part]].events(0)).get(0, {}))))
                if names[part] in struck
                else one
                for part, one in parts.items()
            }
            beside = {part.removeprefix("secded."): one for part, one in hit.items()}
            judged += memory.stages[0].verdict(parts["data"], beside)
        assert (row.miscorrected, row.undetected, row.detected) == (judged.miscorrected, judged.undetected, judged.detected)
        assert row.corrected == judged.corrected + judged.miscorrected
        for key in found:
            found[key] += getattr(judged, key)
    assert all(found.values())


def test_interleaved_words_survive_bursts(folder):
    """A burst no longer than the interleaved words puts one error in each of them, and all are corrected; elements alone that
    are interleaved leave several in one word."""
    code = [{**SECDED[0], "width": 16}]
    words, elements = {"columns": 64, "interleave": 4, "word": 2}, {"columns": 64, "interleave": 4}
    made = campaign(
        folder,
        arms=[
            {"name": name, "stored": [{"memory": code}], "layouts": [layout]}
            for name, layout in (("w", words), ("e", elements))
        ],
        faults=[{"model": {"kind": "burst", "p": "0.004", "lengths": ["0", "0", "0", "1"], "pattern": "all", "end": "clip"}}],
    )
    interleaved, others = (made.rows(cell, range(30)) for cell in (0, 1))
    one = [row for row in interleaved if row.flips == 4]
    assert len(one) > 3
    assert {(row.corrected, row.detected, row.residual) for row in one} <= {(4, 0, 0)}
    assert any(row.detected for row in others if row.flips == 4)


def test_residual_of_what_is_in_no_memory(folder):
    """What hits a result or a register is read as it was hit."""
    made = campaign(
        folder, faults=[{"model": {"kind": "count", "k": 3}, "kinds": ["activation", "accumulator"], "lifetime": "until_write"}]
    )
    assert [row.residual for row in made.rows(0, range(5))] == [row.effective for row in made.rows(0, range(5))] == [3] * 5


@pytest.mark.clause("sampler/per-sample")
@pytest.mark.parametrize(("kinds", "lifetime"), [(["activation", "accumulator"], "until_write"), (["weight"], "read")])
def test_each_sample_by_itself(folder, kinds, lifetime):
    """Two flips in every sample: those that a campaign of one sample has in trial t * n + s, and so are its outputs."""
    faults = [{"model": {"kind": "count", "k": 2}, "kinds": kinds, "lifetime": lifetime, "per_sample": True}]
    made = campaign(folder, arms=[{"scheme": IN_ORDER}], faults=faults)
    assert made.manifest()["cells"][0]["samples"] == SAMPLES
    seen = {}
    for trial in range(3):
        row = made.row(0, trial)
        assert row.flips == 2 * SAMPLES >= row.hit
        for sample in range(SAMPLES):
            alone = campaign(
                folder, arms=[{"scheme": IN_ORDER}], faults=faults, data={"name": "data.npz", "skip": sample, "take": 1}
            )
            hits = alone.by_name(alone.hits(0, trial * SAMPLES + sample))
            for name, masks in made.by_name(made.hits(0, trial)).items():
                size = next(target.site.count for target in made.targets[0] if target.site.name == name)
                mine = [(e.element % size, e.mask) for e in masks.events(0) if e.element // size == sample]
                assert mine == [(e.element, e.mask) for e in (hits[name].events(0) if name in hits else [])]
            seen[trial, sample] = alone.row(0, trial * SAMPLES + sample).counts.identical
        assert row.counts.identical == sum(seen[trial, sample] for sample in range(SAMPLES))
    assert all(gate.passed for gate in judge(made, {0: made.rows(0, range(3))}))


def test_a_stopped_read_is_one_sample_s(folder):
    """A detector that stops the machine while one sample reads a word: that sample has no result, the others have theirs."""
    memory = [{**SECDED[0], "detected": "stop"}]
    made = campaign(
        folder,
        arms=[{"stored": [{"memory": memory}]}],
        faults=[{"model": {"kind": "rate", "p": "0.01"}, "kinds": ["weight", "check"], "lifetime": "read"}],
    )
    rows = made.rows(0, range(30))
    assert {row.counts.due for row in rows if row.stopped} >= {1, 2}
    assert {row.counts.due for row in rows if not row.stopped} == {0}
    whole = campaign(
        folder,
        arms=[{"stored": [{"memory": memory}]}],
        faults=[{"model": {"kind": "count", "k": 30}, "kinds": ["weight", "check"]}],
    )
    assert {(row.stopped, row.refused, row.counts.due) for row in whole.rows(0, range(5)) if row.detected} == {(1, 0, SAMPLES)}


def test_data_beside_the_plan(folder, monkeypatch):
    """A file of data is looked for beside the plan, whatever the working directory is."""
    monkeypatch.chdir("/")
    beside = campaign(folder, data={"name": "data.npz"})
    assert beside.manifest()["data"] == campaign(folder).manifest()["data"]
    with pytest.raises(ValueError, match=r"there is no data set 'other\.npz'"):
        campaign(folder, data={"name": "other.npz"}).manifest()


def test_what_has_no_result_is_an_error_that_is_detected(folder):
    """A scale that is no positive number: the samples have no results, and the campaign goes on."""
    made = campaign(
        folder,
        arms=[{"scheme": "int8"}],
        faults=[{"model": {"kind": "rate", "p": "1"}, "kinds": ["scale"], "names": ["input.scale"], "bits": ["sign"]}],
    )
    found = made.row(0, 0)
    assert (found.refused, found.counts.due, found.counts.identical) == (SAMPLES, SAMPLES, 0)


def test_scaled_arms(folder):
    """Weights that fill the range, of a network whose factors go through; where they do not, the layer is named."""
    made = campaign(folder, arms=[{}, {"name": "scaled", "scaled": {"target": "3.96875", "power_of_two": True}}])
    plain, scaled = (made.arms[name] for name in ("arm", "scaled"))
    for layer in ("dense1", "dense2"):
        before, after = (np.abs(built.network.tensors[f"{layer}.weights"].values()).max() for built in (plain, scaled))
        assert 1.9 <= after <= 3.96875
        assert after > before
    assert plain.divisor == 1 < scaled.divisor
    assert scaled.divisor.denominator == 1
    bounds = {"bounded": {"relu": "sigmoid"}, "scaled": {"target": "3.96875", "power_of_two": True}}
    with pytest.raises(ValueError, match="arm arm: layer act1: "):
        campaign(folder, arms=[bounds]).manifest()


def test_manifest_is_plain_and_the_same(folder):
    """All that decides the results, the same wherever it is made."""
    made = campaign(folder).manifest()
    assert json.loads(json.dumps(made)) == made == campaign(folder).manifest()
    cell, arm = made["cells"][0], made["arms"][0]
    weights = [site for site in arm["sites"] if site["kind"] == "weight"]
    assert cell["sites"] == [site["number"] for site in weights]
    assert cell["bits"] == sum(site["count"] * site["width"] for site in weights) == 8 * (4 * 3 + 3 * 3)


REFUSED = {
    "no site": ({"faults": [{"names": ["nothing*"]}]}, "faults flips: there is no site of weight with a name like"),
    "a bit past the end": ({"faults": [{"bits": [8]}]}, r"bit 8 is not in 0..7 of q2.5"),
    "an unknown field": ({"faults": [{"bits": ["exponent"]}]}, "codes of q2.5 have no field 'exponent'"),
    "flips for good": ({"faults": [{"lifetime": "permanent"}]}, "only stuck bits are permanent faults, not faults of Rate"),
    "results until reload": (
        {"faults": [{"kinds": ["activation"]}]},
        r"a fault of \S+ lasts until_write, read, permanent, not until_reload",
    ),
    "bursts of results": (
        {
            "faults": [
                {"model": {"kind": "banked", "p": "0.1", "factors": ["1"]}, "kinds": ["input"], "lifetime": "until_write"}
            ]
        },
        "faults of Banked are of parameters in memory arrays, not of results",
    ),
    "negatives behind each other": (
        {"faults": [{"model": {"kind": "negate", "p": "0.1"}, "kinds": ["activation"], "lifetime": "until_write"}]},
        "depends on its code; aim at one such site at a time",
    ),
    "memories of nothing": (
        {"arms": [{"stored": [{"memory": SECDED, "names": ["dens.*"]}]}]},
        "arm arm: stored 1: there is no parameter like dens",
    ),
    "memories behind others": (
        {"arms": [{"stored": [{"memory": []}, {"memory": SECDED}]}]},
        "arm arm: stored 2: there is no parameter like",
    ),
    "more flips than bits": (
        {"faults": [{"model": {"kind": "count", "k": 1000}}]},
        "faults flips of arm arm: 1000 distinct bits cannot be drawn from 168 candidates",
    ),
    "a code that is none": (
        {"faults": [{"model": {"kind": "constant", "p": "0", "code": 256}}]},
        "faults flips of arm arm: .*0x100",
    ),
    "banks that are not there": (
        {"faults": [{"model": {"kind": "banked", "p": "0.1", "factors": ["1", "1/2"]}}]},
        "has 1 banks, but 2 have a factor",
    ),
    "weights of each sample": (
        {"faults": [{"per_sample": True}]},
        "faults of each sample by itself last for a read or until_write, not until_reload",
    ),
    "every bit of each sample": (
        {
            "faults": [
                {"model": {"kind": "exhaustive"}, "kinds": ["input"], "lifetime": "until_write", "per_sample": True},
            ]
        },
        "faults of Exhaustive, and fields of posits, are not drawn for each sample",
    ),
    "stuck for a while": (
        {"faults": [{"model": {"kind": "stuck_at", "p": "0.1", "ones": "1"}, "lifetime": "read"}]},
        "stuck bits are permanent, or of parameters in all reads: they do not last read",
    ),
    "a layout of nothing": (
        {"layouts": [{"columns": 8, "kinds": ["activation"]}]},
        "layout 1: no parameter of activation has a name like",
    ),
    "a layout of nothing in an arm": (
        {"arms": [{"layouts": [{"columns": 8, "names": ["other"]}]}]},
        "arm arm: layout 1: no parameter of weight or check has a name like other",
    ),
    "a pattern of nothing": (
        {"faults": [{"names": ["dense1.weights", "denes2.weights"]}]},
        r"faults flips: there is no site of weight with a name like denes2\.weights",
    ),
    "no network": ({"arms": [{"network": "other.json"}]}, "arm arm: there is no file .*other.json"),
    "no scheme": ({"arms": [{"scheme": None}]}, "is a network in floating point; a scheme says of which codes it is made"),
    "no samples": ({"data": {"name": "digits", "skip": 10_000}}, "none from number 10000 on"),
    "samples that do not fit": ({"data": {"name": "digits"}}, r"takes samples of shape \(1, 2, 2\), not \(1, 8, 8\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(folder, name):
    """What does not fit is refused when the campaign is built, in one line that names the arm or the faults."""
    options, message = REFUSED[name]
    with pytest.raises(ValueError, match=message) as caught:
        campaign(folder, **options).manifest()
    assert "\n" not in str(caught.value)
