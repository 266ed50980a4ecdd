"""The golden traces of ``vectors/network``: specification and engine make them again, and the bench tells a flipped bit."""

import shutil
from pathlib import Path

import pytest

from refsim.nn.families import FAMILIES
from refsim.nn.traces import computed, differences, image_files, image_name, read_trace, specified
from refsim.spec.networks import INPUT

from ..examples.test_trace_bench import (
    compiled,
    failed_layers,
    make_bench,
    needs_icarus,
    one_bit_flipped,
    run_bench,
    run_program,
)

FOLDER = Path(__file__).parents[2] / "vectors" / "network"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/trace.json"))
SMALL = ("mlp", "maxout_mlp", "mlp_fp8", "mlp_log4", "mlp_ternary")
"""Traces that the specification makes again in a second or two; ``refsim network check --specification`` does the others."""


def test_every_family_has_one():
    """Each family of networks, under its own name, in fixed point."""
    assert set(FAMILIES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_makes_it_again(name):
    """All samples, every layer."""
    trace = read_trace(FOLDER / name)
    assert list(differences(trace, computed(trace.found, trace.arrays[INPUT]))) == []


@pytest.mark.clause("network/trace")
@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in SMALL else pytest.mark.slow) for name in NAMES])
def test_the_specification_makes_it_again(name):
    """The first sample, every layer."""
    trace = read_trace(FOLDER / name)
    first = type(trace)(trace.found, {key: array[:1] for key, array in trace.arrays.items()})
    assert list(differences(first, specified(trace.found, first.arrays[INPUT]))) == []


@pytest.mark.parametrize("name", NAMES)
def test_images(name):
    """The images are those of the codes, and there are no others."""
    trace = read_trace(FOLDER / name)
    files = image_files([*((f"parameter {key}", one) for key, one in trace.found.tensors.items()), *trace.arrays.items()])
    assert {path.name: path.read_text("ascii") for path in (FOLDER / name / "images").iterdir()} == files


@needs_icarus
@pytest.mark.parametrize("name", FAMILIES)
def test_the_bench_passes(name, tmp_path):
    """The modules of the example compute every layer."""
    said, passed = run_bench(make_bench(FOLDER / name, tmp_path))
    assert passed, said


def flip_each(name, tmp_path, chosen):
    """One bit flipped in one layer after the other: the bench fails, and names the layer."""
    copy = tmp_path / "trace"
    shutil.copytree(FOLDER / name, copy)
    program = compiled(make_bench(copy, tmp_path))
    nodes = [node for node in read_trace(copy).found.network.nodes if node.name != "input/codes"]
    for layer in chosen(nodes):
        with one_bit_flipped(copy / "images" / image_name(layer)):
            said, passed = run_program(program)
        assert not passed
        assert layer in failed_layers(said)


@needs_icarus
@pytest.mark.parametrize("name", ["maxout_mlp", "lenet", "densenet", "unet"])
def test_the_bench_fails_on_one_flipped_bit(name, tmp_path):
    """In the last layer of each kind, in families that have all kinds together."""
    flip_each(name, tmp_path, lambda nodes: {type(node.rule): node.name for node in nodes}.values())


@needs_icarus
@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_the_bench_fails_on_one_flipped_bit_in_any_layer(name, tmp_path):
    """In every layer."""
    flip_each(name, tmp_path, lambda nodes: [node.name for node in nodes])
