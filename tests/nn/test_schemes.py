"""Schemes as plain data: what is read, what is refused, and what the places of a datapath become."""

import json

import pytest

from refsim.nn.calibration import Calibration
from refsim.nn.quantization.datapaths import datapath_for, filled
from refsim.nn.quantization.presets import PRESETS
from refsim.nn.quantization.quantize import scheme_of
from refsim.nn.quantization.schemes import AffineChoice, FormatChoice, read_scheme, write_scheme
from refsim.spec.catalogue import get_format
from refsim.spec.projection import Projection

from .quantized_cases import affine, fixed


@pytest.mark.parametrize("name", PRESETS)
def test_round_trip(name):
    """A scheme is written as what it is read from, and that is JSON."""
    data = json.loads(json.dumps(PRESETS[name]))
    assert write_scheme(read_scheme(data)) == data
    assert scheme_of(read_scheme(data)) == scheme_of(name)


def test_layers_override_in_order():
    """A layer has the default, then what each pattern that matches says, the later ones last."""
    scheme = read_scheme(fixed("q2.5", layers={"conv*": {"weights": "q1.6"}, "conv2": {"weights": "q0.7", "sums": "kept"}}))
    assert [scheme.choice(name).weights for name in ("conv1", "conv2", "dense")] == ["q1.6", "q0.7", "q2.5"]
    assert [scheme.choice(name).sums for name in ("conv1", "conv2")] == ["rounded", "kept"]
    assert write_scheme(scheme)["layers"]["conv2"] == {"weights": "q0.7", "sums": "kept"}


def test_projections():
    """A format gets the scheme's rules; a projection keeps its own; levels are the nearest, and of two the outer one."""
    choice = read_scheme(fixed("q2.5", weights="q1.6/toward_zero/wrap")).choice("x")
    assert choice.projection("activations") == "q2.5/ties_to_even/saturate"
    assert choice.projection("weights") == "q1.6/toward_zero/wrap"
    levels = read_scheme(PRESETS["ternary"]).choice("x")
    assert isinstance(levels, FormatChoice)
    assert levels.levels
    assert levels.projection("weights") == "levels3/ties_to_away/saturate"
    assert levels.projection("activations") == "q8?/ties_to_even/saturate"


def test_calibrations_are_read():
    """A calibration is a mapping of its method and what that takes."""
    scheme = affine(
        calibration={"method": "percentile", "percentile": 99.5}, weights_calibration={"method": "l2", "candidates": 20}
    )
    choice = read_scheme(scheme).choice("x")
    assert isinstance(choice, AffineChoice)
    assert choice.calibration == Calibration("percentile", percentile=99.5)
    assert choice.weights_calibration == Calibration("l2", candidates=20)


def test_places_of_datapaths():
    """``{to}`` is the projection of the activations, ``{32}`` has the places of a product of the formats."""
    to, formats = Projection("q2.5", "ties_to_even", "saturate"), (get_format("q2.5"), get_format("q0.7"))
    path = datapath_for("datapath(exact,total({32}/toward_zero/wrap),first,sum,output={to})", to, formats)
    assert path.accumulator.to.format.name == "q19.12"
    assert path.to == to
    assert (
        filled("total({20}/toward_zero/wrap)", to, (get_format("int8"), get_format("levels7")))
        == "total(q19.0/toward_zero/wrap)"
    )
    assert filled("total({8}/toward_zero/wrap)", to, formats) == "total(q-5.12/toward_zero/wrap)"
    for formats in [(get_format("q2.5"), get_format("bfloat16")), (get_format("slog5_fsr1"),)]:
        with pytest.raises(ValueError, match="a register of a product's places needs fixed point, which"):
            filled("total({20}/toward_zero/wrap)", to, formats)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "a mapping with numbers is needed, not []"),
        ({}, "numbers is missing"),
        ({"numbers": "fixed"}, "numbers is one of format, levels, affine, not 'fixed'"),
        ({"numbers": "format"}, "weights is missing"),
        (fixed("q2.5", wights="q2.5"), "there is no 'wights' here; known are weights, bias"),
        (fixed("q2.5", method="optimal"), "there is no 'method' here"),
        (fixed("q2.5", levels=True), "there is no 'levels' here"),
        (fixed("q2.5", sums="never"), "sums is one of rounded, fused, kept, not 'never'"),
        (fixed("q2.5", softmax="fast"), "softmax is one of real, steps, not 'fast'"),
        (fixed("q2.5", rounding="nearest"), "weights: unknown rounding rule 'nearest'"),
        (fixed("q2.5", rounding="stochastic_a:8"), "weights: stochastic_a:8 takes random bits"),
        (fixed("q2,5"), "weights: unknown format 'q2,5'"),
        (fixed("q2.5", weights=8), "weights: a text is needed, not 8"),
        (fixed("q9"), "weights: unknown format 'q9'"),
        (fixed("e4?"), "weights: there is no pattern of formats 'e4?'"),
        (fixed("q2.5", constants="q8?"), "constants: their format is given, not chosen"),
        (fixed("q2.5", datapath="total(int32/toward_zero/wrap)"), "datapath: "),
        (
            fixed("q2.5", datapath="datapath(exact,total({to}),first,sum,output={from})"),
            "datapath: the places of a datapath are {to}",
        ),
        (fixed("q2.5", pool="sum"), "pool: there is no accumulator 'sum'"),
        (fixed("q2.5", calibration="max"), "calibration: a mapping with method is needed"),
        (fixed("q2.5", calibration={"method": "best"}), "calibration: there is no method of calibration 'best'"),
        (fixed("q2.5", layers={"a": {"weights": "q?"}}), "layers 'a': weights: there is no pattern of formats 'q?'"),
        (fixed("q2.5", layers={"a": {"numbers": "affine"}}), "layers 'a': all layers have the numbers of the network"),
        (fixed("q2.5", layers=["a"]), "a mapping is needed, not ['a']"),
        (
            {**PRESETS["ternary"], "weights": "q2.5"},
            "a step is found for levels on both sides of zero alike, which q2.5 has not",
        ),
        ({**PRESETS["ternary"], "method": "best"}, "unknown method 'best'"),
        ({**PRESETS["ternary"], "per": "group"}, "per is one of tensor, channel, not 'group'"),
        (
            {**PRESETS["ternary"], "datapath": "datapath(exact,total(int32/toward_zero/wrap),output,terms)"},
            "datapath: the step of levels scales the sum, for which the datapath needs an output",
        ),
        (affine(weights="q2.5"), "weights needs an integer format of at most 16 bits, not q2.5"),
        (affine(weights="uint8"), "weights: symmetric scales need a signed format, which uint8 is not"),
        (affine(activations="uint8", symmetric_activations=True), "activations: symmetric scales need a signed format"),
        (affine(requantization="dpu"), "requantization: dpu shifts alone, for which power_of_two is needed"),
        (affine(requantization="best"), "unknown requantization model 'best'"),
        (affine(quantization="best"), "unknown quantization model 'best'"),
        (affine(power_of_two=1), "power_of_two: true or false is needed, not 1"),
        (affine(sums="kept"), "sums is one of rounded, fused, not 'kept'"),
        (affine(way="fast"), "way is one of exact, binary32, onnxruntime, not 'fast'"),
        (
            affine(datapath="datapath(exact,total(binary32/ties_to_even/infinity),first,sum)"),
            "datapath needs an integer format",
        ),
        (affine(output="float"), "output is one of real, codes, not 'float'"),
    ],
)
def test_refused_schemes(data, message):
    """What is no scheme is refused in one line that says which key is wrong."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_scheme(data)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
