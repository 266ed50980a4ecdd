"""Arms: what memories may not do to parameters without faults, and of which networks bounds and factors are found."""

import numpy as np
import pytest

from refsim.campaigns.arms import data_set, encoded
from refsim.campaigns.plan_files import plan_of, write_plan
from refsim.engine.networks import run
from refsim.spec.projection import Projection

from .small import campaign, write_data, write_network

FLOATS = "binary16/ties_to_even/infinity"
CONVERTED = {"stage": "converted", "name": "a", "to": "bfloat16/ties_to_even/infinity", "back": FLOATS}
SECDED = {"stage": "secded", "code": "hsiao", "width": 64, "detected": "stop"}
PARITY = {"stage": "parity", "elements": 2, "parity": "odd", "detected": "as_is"}
COPIES = {"stage": "msb_duplication", "bit": 14, "copies": 2, "low": "stored"}
TWO_BITS = {"stage": "affine", "to": "int2/ties_to_even/saturate", "scale": FLOATS, "back": FLOATS, "symmetric": True}


@pytest.fixture
def folder(tmp_path):
    """Data and a network."""
    write_data(tmp_path)
    write_network(tmp_path)
    return tmp_path


@pytest.mark.parametrize("names", ["secded, msb_duplication", "parity, embedded_parity"])
def test_check_bits_of_what_is_lost_later(folder, names):
    """A stage that loses bits behind one that has made check bits of them is refused, and welcome before it."""
    stages = {"secded": SECDED, "msb_duplication": COPIES, "parity": PARITY}
    stages["embedded_parity"] = {"stage": "embedded_parity", "chunk": 15}
    memory = [stages[name] for name in names.split(", ")]
    with pytest.raises(
        ValueError, match=f"arm arm: dense1.weights: without faults words are wrong: one of the stages {names} "
    ):
        campaign(folder, arms=[{"scheme": "binary16", "stored": [{"memory": memory}]}]).manifest()
    built = campaign(folder, arms=[{"scheme": "binary16", "stored": [{"memory": memory[::-1]}]}]).built(0)
    assert [stage.name for stage in built.memories["dense1.weights"].stages] == names.split(", ")[::-1]


def test_formats_between_stages(folder):
    """Codes of one format that would be read as those of another are refused, with the parameter."""
    inner = {**CONVERTED, "name": "b", "to": "float8_e4m3fn/ties_to_even/saturate"}
    with pytest.raises(ValueError, match=r"arm arm: dense1\.weights: a wrote bfloat16, and is given back binary16"):
        campaign(folder, arms=[{"scheme": "binary16", "stored": [{"memory": [CONVERTED, inner]}]}]).manifest()


def test_guards_know_what_is_read(folder):
    """Bounds that are found with parameters as a memory of two bits gives them back change nothing of those samples."""
    stored = [{"memory": [TWO_BITS]}, {"memory": [], "kinds": ["threshold"]}]
    guards = [{"layers": ["dense*", "act*"], "out_of_range": "zero", "nan": "zero"}]
    arm = {"scheme": "binary16", "stored": stored[:1]}
    made = campaign(folder, arms=[arm, {**arm, "name": "guarded", "stored": stored, "guards": guards}])
    plain, guarded = made.arms.values()
    format = plain.network.network.input.format
    x = encoded(data_set(made.plan.data, folder).train_x, (1, 2, 2), Projection(format, "ties_to_even", "saturate"), "small")
    wanted, found = (run(one.network.network, one.network.tensors, x).codes for one in (plain, guarded))
    assert np.array_equal(found, wanted)
    assert guarded.memories["dense1.weights"] == plain.memories["dense1.weights"]
    for name, array in plain.original.items():
        assert np.array_equal(guarded.original[name].codes, array.codes)
        assert np.array_equal(guarded.network.tensors[name].codes, plain.network.tensors[name].codes)
    assert not np.array_equal(plain.original["dense1.weights"].codes, plain.network.tensors["dense1.weights"].codes)
    assert set(guarded.original) - set(plain.original) == {
        f"{layer}.guard.{role}" for layer in ("dense1", "act1", "dense2") for role in ("low", "high")
    }


def test_a_scale_for_each_row(folder):
    """Of the weights of each output, where a stage has groups or rows and none is given; a bias is one row."""
    blocks = {"format": "mxfp4", "to": "float4_e2m1fn/ties_to_even/saturate", "practice": "cudnn"}
    pairs = {"stage": "clamped", "name": "pairs", "out_of_range": "saturate", "nan": "keep", "group": 2}
    stored = [
        {"memory": [pairs, TWO_BITS, PARITY], "names": ["dense1.*"]},
        {"memory": [pairs, {**TWO_BITS, "back": "binary32/ties_to_even/infinity"}], "kinds": ["bias"]},
        {"memory": [{"stage": "blocks", "how": blocks, "back": FLOATS}]},
    ]
    arms = [{"stored": stored}, {"name": "rows", "stored": [{**one, "per_row": True} for one in stored]}]
    made = campaign(folder, arms=[{"scheme": "binary16", **arm} for arm in arms])
    assert plan_of(write_plan(made.plan)) == made.plan
    for built, counts in zip(made.arms.values(), ((6, 1, 2, 1, 1), (6, 3, 2, 1, 3)), strict=True):
        weights, bias, others = (built.parts[name] for name in ("dense1.weights", "dense1.bias", "dense2.weights"))
        scales = (
            weights["pairs.low"],
            weights["affine.scale"],
            bias["pairs.low"],
            bias["affine.scale"],
            others["blocks.scale"],
        )
        assert tuple(len(part.array) for part in scales) == counts
    weights = made.arms["rows"].original["dense1.weights"].values()
    scales = made.arms["rows"].parts["dense1.weights"]["affine.scale"].array.values()
    assert np.array_equal(scales, np.abs(weights).max(axis=1))


def test_some_layers_are_scaled(folder):
    """Those that a plan names; a sigmoid before them is no matter."""
    scaled = {"target": "3.96875", "power_of_two": True, "layers": ["dense2"]}
    arms = [{"bounded": {"relu": "sigmoid"}}, {"name": "scaled", "bounded": {"relu": "sigmoid"}, "scaled": scaled}]
    plain, found = campaign(folder, arms=arms).arms.values()
    assert plain.divisor == 1 < found.divisor
    assert np.array_equal(found.original["dense1.weights"].codes, plain.original["dense1.weights"].codes)
    assert not np.array_equal(found.original["dense2.weights"].codes, plain.original["dense2.weights"].codes)
