"""What steps put together, recomputed from their parts for a network that has learned something: its answers differ with the
samples, the full scales and the weights that a step should not have taken."""

from functools import partial

import numpy as np
import pytest

from refsim.engine.encode import encode
from refsim.nn.networks import forward, predict
from refsim.nn.quantization.quantize import quantize
from refsim.nn.training.quantized import calibrated
from refsim.nn.training.quantizer_names import get_quantizer
from refsim.spec.spellings import get_projection
from refsim.studies.log_representation.bits import NETWORK, WEIGHTS, compute, outcome_of, quantizers_of, train_codes
from refsim.studies.log_representation.datapaths import EXACT, LINEAR, SHIFTS, Path, scheme, weights_format
from refsim.studies.log_representation.errors import measure_errors
from refsim.studies.log_representation.floating import activations, folded, is_right_quantized
from refsim.studies.log_representation.full_scales import sweep
from refsim.studies.log_representation.learning import learn
from refsim.studies.log_representation.networks import network_of
from refsim.studies.log_representation.settings import BITS, CALIBRATION, CONV_WEIGHTS, FC_WEIGHTS, FULL_SCALES, SPREAD_SCALES
from refsim.studies.log_representation.spreading import quantize_spread, spread
from refsim.studies.log_representation.weights import quantize_weights, quantized_weights
from refsim.studies.running.jobs import Inputs, Outcome

from .tiny import SCALE, learned

OPTIONS = {"network": "vgg-narrow", "seed": 1, "chosen_by": 70}


def parts():
    data, trained = learned()
    network, parameters = folded(OPTIONS, Inputs(data, SCALE, [trained]))
    return data, trained, network, parameters


def ranges(network, parameters, data):
    """By layer, the least exponent of two above all activations of the images to calibrate with."""
    results = forward(network, parameters, data.train_x[:CALIBRATION]).results
    return {name: int(np.floor(np.log2(results[name].max()))) + 1 for name in activations(network)}


def counts(network, parameters, scales, name, data):
    """Right answers on training images and on test images."""
    of = partial(is_right_quantized, network, parameters, get_quantizer(BITS[name]), scales)
    return int(of(data.train_x[:70], data.train_t[:70]).sum()), int(of(data.test_x, data.test_t).sum())


@pytest.mark.parametrize("own", [True, False])
def test_a_sweep_counts_from_the_ranges_of_layers_or_from_the_greatest(own):
    data, trained, network, parameters = parts()
    zero = ranges(network, parameters, data)
    assert len(set(zero.values())) > 1
    if not own:
        zero = dict.fromkeys(zero, max(zero.values()))
    records = sweep({**OPTIONS, "offsets": own}, Inputs(data, SCALE, [trained])).records
    for record in (records[0], records[2]):
        pairs = [
            counts(network, parameters, {layer: z + scale for layer, z in zero.items()}, record["quantizer"], data)
            for scale in FULL_SCALES
        ]
        assert list(zip(record["learned"], record["tested"], strict=True)) == pairs
        assert len(set(pairs)) > 3


def test_channels_are_spread_before_ranges_are_taken():
    data, trained, network, parameters = parts()
    wide = spread(network, parameters, 4, 1)
    zero = ranges(network, wide, data)
    assert zero != ranges(network, parameters, data)
    record = quantize_spread({**OPTIONS, "octaves": 4}, Inputs(data, SCALE, [trained])).records[2]
    assert record["quantizer"] == "lin3"
    pairs = [counts(network, wide, {layer: z + scale for layer, z in zero.items()}, "lin3", data) for scale in SPREAD_SCALES]
    most = [place for place, (right, _) in enumerate(pairs) if right == max(right for right, _ in pairs)]
    place = most[(len(most) - 1) // 2]
    assert (record["best"], record["right"]) == (SPREAD_SCALES[place], pairs[place][1])


def test_weights_are_quantized_beside_what_the_page_says():
    data, trained, network, parameters = parts()
    best = Outcome([{"quantizer": "lin4", "best": -3}, {"quantizer": "log4", "best": 1}])
    records = quantize_weights(OPTIONS, Inputs(data, SCALE, [trained, best])).records
    scales = {layer: z + 1 for layer, z in ranges(network, parameters, data).items()}
    dense = quantized_weights(network, parameters, "dense", FC_WEIGHTS["base 2"])

    def right(made, *, quantized=True):
        if quantized:
            return counts(network, made, scales, "log4", data)[1]
        return int((predict(network, made, data.test_x).argmax(axis=1) == data.test_t).sum())

    expected = [
        right(parameters),
        *(right(quantized_weights(network, parameters, "dense", to)) for to in FC_WEIGHTS.values()),
        *(right(quantized_weights(network, dense, "conv2d", to)) for to in CONV_WEIGHTS.values()),
        *(right(quantized_weights(network, parameters, "conv2d", to), quantized=False) for to in CONV_WEIGHTS.values()),
    ]
    assert [record["right"] for record in records] == expected
    assert len(set(expected)) > 3


def test_errors_are_of_test_images_at_full_scales_of_training_images():
    data, trained, network, parameters = parts()
    seen = [forward(network, parameters, x[:CALIBRATION]).results for x in (data.train_x, data.test_x)]
    records = measure_errors(OPTIONS, Inputs(data, SCALE, [trained])).records
    record = next(one for one in records if (one["quantizer"], one["choice"]) == ("lin3", "maximum"))
    to = get_quantizer("linear:3:unsigned")
    for name, mean in zip(activations(network), record["mean"], strict=True):
        known, x = (one[name].astype(np.float64) for one in seen)
        made = to(seen[1][name], to.find(seen[0][name]))
        assert known.max() != x.max()
        assert mean == pytest.approx(100 * np.abs(made - x).mean() / x.mean(), rel=1e-3)


def test_learning_is_in_percent_of_the_test_images():
    data, _ = learned()
    plan = {"epochs": 2, "batch": 16, "rate": ["constant", 0.05, 0.05], "momentum": ["constant", 0.9, 0.9]}
    (record,) = learn({"network": "vgg-bn", "method": "float", "seed": 1, "plan": plan}, Inputs(data, SCALE, [])).records
    assert record["images"] == 90
    assert max(record["accuracies"]) > 30
    assert [round(x * 0.9, 6) % 1 for x in record["accuracies"]] == [0, 0]


def test_each_datapath_has_its_own_answers():
    data, _ = learned()
    options = {"method": "method 1", "seed": 1, "images": 30, "paths": [[EXACT, 32], [LINEAR, 0]]}
    plan = {"epochs": 4, "batch": 16, "rate": ["linear", 3e-3, 1e-3]}
    trained = train_codes({**options, "plan": plan}, Inputs(data, SCALE, []))
    _, exact, rough = compute(options, Inputs(data, SCALE, [trained])).records
    network = network_of(NETWORK, data)
    scales = calibrated(network, trained.arrays, quantizers_of(network, "method 1"), data.train_x[:CALIBRATION])
    classes = []
    for path in (Path(EXACT, 32), Path(LINEAR, 0)):
        made = quantize(network, trained.arrays, scheme(network, scales, "method 1", path.datapath("method 1")))
        classes.append(outcome_of(*made, data.test_x[:30], activations(network))[0])
    rights = [int((one == data.test_t[:30]).sum()) for one in classes]
    assert [exact["right"], rough["right"]] == rights
    assert rights[0] != rights[1]
    assert [exact["same"], rough["same"]] == [30, int((classes[0] == classes[1]).sum())]
    assert exact["same_codes"] == exact["codes"] > rough["same_codes"]


@pytest.mark.parametrize("scale", [-1, 0, 2])
@pytest.mark.parametrize("method", SHIFTS)
def test_weights_of_codes_are_those_of_training(method, scale):
    """All of 5 bits, at the same full scale."""
    to = get_projection(weights_format(method, scale))
    x = np.random.default_rng(2).normal(0, 2.0**scale, 300).astype(np.float32)
    assert to.format.width == 5
    found = get_quantizer(WEIGHTS[method])(x, np.array([float(scale)]))
    assert encode(x, to).values().tolist() == found.tolist()
