"""The step of flips as a whole, recomputed run by run."""

from dataclasses import replace

import numpy as np
import pytest

from refsim.campaigns.changes import Changes, run_plainly
from refsim.engine.array import Array
from refsim.engine.networks import run
from refsim.nn.networks import predict
from refsim.spec.catalogue import get_format
from refsim.studies.activation_functions.campaign import STRUCK, flips_step
from refsim.studies.activation_functions.flips import Tensor, flips
from refsim.studies.activation_functions.judging import classes_of, overlap
from refsim.studies.activation_functions.networks import in_int8, inputs_of
from refsim.studies.activation_functions.settings import FLOAT, INT8, NUMBERS, WHOLE
from refsim.studies.running.jobs import Inputs, Outcome, Scale

from .small import OPTIONS, images, network, trained

GIVEN = {**OPTIONS, "judged": 1, "calibration": 1, "size": WHOLE, "seed": 2, "seeds": 4}
COUNT = 3


def bright():
    """Images to test with that are brighter than those to learn from, so that their scales are others."""
    return replace(images(), train_x=images().train_x / np.float32(16))


def step(numbers):
    return flips_step({**GIVEN, "numbers": numbers}, Inputs(bright(), Scale("tiny", quick=True), [Outcome((), trained())]))


def in_floats(x):
    """The tensors, the results without faults and the results with a flip, for some images."""
    found, parameters = network()

    def struck(name, element, bit):
        codes = parameters[name].copy()
        codes.reshape(-1).view(np.uint32)[element] ^= np.uint32(1 << bit)
        with np.errstate(all="ignore"):
            return predict(found, {**parameters, name: codes}, x)

    binary32 = get_format("binary32")
    return [Tensor(name, binary32, value.size) for name, value in parameters.items()], predict(found, parameters, x), struck


def in_codes(x):
    """The same in int8, calibrated with the first image to learn from."""
    codes, arrays = in_int8(*network(), bright().train_x[:1])

    def struck(name, element, bit):
        changed = arrays[name].codes.copy()
        changed.reshape(-1)[element] ^= changed.dtype.type(1 << bit)
        return run_plainly(codes, arrays, inputs_of(x), Changes({name: Array(changed, arrays[name].format)})).values()

    tensors = [Tensor(name, array.format, array.codes.size) for name, array in arrays.items() if name.endswith(STRUCK)]
    return tensors, run(codes, arrays, inputs_of(x)).values(), struck


@pytest.mark.parametrize("numbers", NUMBERS)
def test_every_run_is_what_a_whole_run_says(numbers):
    data, made = bright(), {FLOAT: in_floats, INT8: in_codes}[numbers]
    tensors, clean, struck = made(data.test_x[:1])
    before, labels = classes_of(clean), data.test_t[:1]
    assert (before != labels).any()
    known = overlap(before, labels, COUNT)
    outcome = step(numbers)
    chosen = list(flips(tensors, GIVEN["margin"], 4, 1, seed=2))
    assert chosen != list(flips(tensors, GIVEN["margin"], 4, 1, seed=1))
    assert len(chosen) == len(outcome.arrays["rows"]) == outcome.records[0]["flips"]
    for flip, row in list(zip(chosen, outcome.arrays["rows"].tolist(), strict=True))[:: 1 if numbers == FLOAT else 7]:
        y = struck(tensors[flip.tensor].name, flip.element, flip.bit)
        after = classes_of(y)
        lost = [a - b for a, b in zip(known, overlap(after, labels, COUNT), strict=True)]
        expected = [flip.tensor, flip.bit, 100 * np.mean(after != before), float(not np.isfinite(y).all()), *lost]
        assert row == pytest.approx(expected)
    assert outcome.arrays["rows"][:, 2].any()


@pytest.mark.parametrize("numbers", NUMBERS)
def test_overlaps_are_of_all_images_and_of_those_that_are_judged(numbers):
    data, made = bright(), {FLOAT: in_floats, INT8: in_codes}[numbers]
    (record,) = step(numbers).records
    every, one = (overlap(classes_of(made(data.test_x[:n])[1]), data.test_t[:n], COUNT) for n in (2, 1))
    assert record["overlap"] == pytest.approx(list(every))
    assert record["judged"] == pytest.approx(list(one))
    assert every != one


def test_other_images_to_calibrate_with_are_other_codes():
    """So that the tests above tell which ones a step takes."""
    one, other = (in_int8(*network(), x[:1])[0] for x in (bright().train_x, bright().test_x))
    assert one != other
