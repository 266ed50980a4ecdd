"""The flips of the study: how many, which, and what each does, against whole runs."""

from collections import Counter
from math import ceil, inf, nan

import numpy as np
import pytest

from refsim.campaigns.changes import Changes, run_plainly
from refsim.engine.array import Array
from refsim.nn.networks import predict
from refsim.spec.catalogue import get_format
from refsim.spec.faults import apply
from refsim.spec.faults import flip as mask_of
from refsim.studies.activation_functions.campaign import bit_means, code_subject, float_subject, map_step, record
from refsim.studies.activation_functions.flips import Flip, Tensor, flipped, flips, of_bit, planned
from refsim.studies.activation_functions.judging import Overlap, classes_of, judged, overlap
from refsim.studies.activation_functions.networks import in_int8, inputs_of
from refsim.studies.activation_functions.settings import NAMES
from refsim.studies.running.jobs import Inputs, Outcome, Scale

from .small import OPTIONS, images, network

BINARY32, INT8 = get_format("binary32"), get_format("int8")


@pytest.mark.parametrize(("bits", "margin", "flips"), [
    (27648, 0.01, 7128), (27648, 0.025, 1456), (27648, 0.05, 379), (32_000_000, 0.01, 9601), (32_000_000, 0.05, 384),
])  # fmt: skip
def test_the_formula_has_the_values_that_were_worked_out(bits, margin, flips):
    """Of a list with the confidence cut-off 1.96; the quantile has more digits, so that a flip more may be needed."""
    assert planned(Tensor("w", BINARY32, bits // 32), margin) == pytest.approx(flips, abs=1)


def test_flips_are_dealt_out_to_bits_and_trainings():
    w, b = Tensor("w", BINARY32, 400), Tensor("b", INT8, 3)
    n = planned(w, 0.05)
    each = ceil(n / (4 * 32))
    assert [of_bit(w, bit, 0.05, 4, 3) for bit in (0, 22, 23, 30, 31)] == [each, each, 3 * each, 3 * each, 3 * each]
    assert [of_bit(b, 7, 0.01, 1, 3), of_bit(b, 7, 0.45, 1, 3)] == [3, 1]  # All there are; no exponent.
    drawn = list(flips([w, b], 0.05, 4, 3, seed=1))
    assert len(set(drawn)) == len(drawn)
    counts = Counter((one.tensor, one.bit) for one in drawn)
    assert counts == {
        **{(0, bit): each * (3 if bit > 22 else 1) for bit in range(32)},
        **dict.fromkeys([(1, bit) for bit in range(8)], 1),
    }
    assert 4 * sum(one.tensor == 0 for one in drawn) >= n
    assert all(0 <= one.element < (400, 3)[one.tensor] for one in drawn)
    assert drawn == list(flips([w, b], 0.05, 4, 3, seed=1))
    assert drawn != list(flips([w, b], 0.05, 4, 3, seed=2))


def test_no_more_flips_than_elements():
    assert [of_bit(Tensor("b", BINARY32, 2), bit, 0.01, 1, 3) for bit in (0, 31)] == [2, 2]


def test_each_bit_of_each_tensor_has_elements_of_its_own():
    """All elements are drawn, so that it is their order that tells."""
    drawn = list(flips([Tensor("w", INT8, 12), Tensor("v", INT8, 12)], 0.2, 1, 1, seed=1))
    orders = {
        (tensor, bit): tuple(one.element for one in drawn if (one.tensor, one.bit) == (tensor, bit))
        for tensor in (0, 1)
        for bit in range(8)
    }
    assert all(0 < len(order) < 12 for order in orders.values())
    assert len(set(orders.values())) > 12


def test_a_flip_is_that_of_the_specification():
    codes = np.arange(6, dtype=np.uint8).reshape(2, 3)
    after = flipped(codes, Flip(0, 7, 4))
    assert after.tolist() == [[0, 1, 2], [3, apply(4, mask_of(7)), 5]] == [[0, 1, 2], [3, 0x84, 5]]
    assert codes[1, 1] == 4
    one = np.array([1.0], np.float32).view(np.uint32)
    assert flipped(one, Flip(0, 30, 0)).view(np.float32)[0] == inf
    assert np.isnan(flipped(np.array([1.5], np.float32).view(np.uint32), Flip(0, 30, 0)).view(np.float32)[0])


@pytest.mark.parametrize("function", NAMES)
def test_floats_are_those_of_a_whole_run(function):
    found, parameters = network(function)
    x = images().test_x
    subject = float_subject(found, parameters, x, len(x))
    chosen = [one for one in flips(subject.tensors, 0.4, 2, 1, seed=1) if one.bit in {0, 12, 23, 29, 30, 31}]
    assert {one.tensor for one in chosen} == set(range(len(parameters)))
    for one, y in zip(chosen, subject.outputs(chosen), strict=True):
        name = subject.tensors[one.tensor].name
        number = parameters[name].copy()
        number.reshape(-1).view(np.uint32)[one.element] ^= np.uint32(1 << one.bit)
        with np.errstate(all="ignore"):
            whole = predict(found, {**parameters, name: number}, x)
        assert (y.view(np.uint32) == whole.view(np.uint32)).all()


def test_codes_are_those_of_a_whole_run():
    found, parameters = network("hard_tanh")
    data = images()
    subject = code_subject(found, parameters, data.test_x, 2, data.train_x)
    assert [one.format.name for one in subject.tensors[:2]] == ["int8", "int32"]
    codes, arrays = in_int8(found, parameters, data.train_x)
    chosen = [one for one in flips(subject.tensors, 0.5, 2, 1, seed=1) if one.bit in {5, 7, 31}]
    for one, y in zip(chosen, subject.outputs(chosen), strict=True):
        name = subject.tensors[one.tensor].name
        changed = arrays[name].codes.copy()
        changed.reshape(-1)[one.element] ^= changed.dtype.type(1 << one.bit)
        whole = run_plainly(codes, arrays, inputs_of(data.test_x), Changes({name: Array(changed, arrays[name].format)}))
        assert (y == whole.values()).all()


def test_a_hard_sigmoid_of_int8_is_that_of_the_processing_unit():
    codes, _ = in_int8(*network("hard_sigmoid"), images().train_x)
    operations = {node.rule.operation for node in codes.nodes if hasattr(node.rule, "operation")}
    assert "hard_sigmoid_dpu" in operations
    assert "hard_sigmoid" not in operations


def test_classes_where_results_are_none():
    y = np.array([[[[1, nan, nan]], [[2, nan, 3]], [[0, nan, inf]]]], np.float32)
    assert classes_of(y).tolist() == [[[1, -1, 2]]]
    assert classes_of(np.zeros((1, 3, 1, 2))).tolist() == [[[0, 0]]]


def test_overlap_by_hand():
    """Two classes, five pixels with labels: hits 2 and 1, unions 4 and 3; the pixel without a class is missed."""
    guess, labels = np.array([[[0, 0, 1, 0, -1, 1]]]), np.array([[[0, 0, 1, 1, 0, -1]]])
    found = overlap(guess, labels, 2)
    assert found.mean == pytest.approx(100 * (2 / 4 + 1 / 2) / 2)
    assert found.weighted == pytest.approx(100 * (3 * 2 / 4 + 2 * 1 / 2) / 5)
    assert found.of_all == pytest.approx(100 * 3 / (4 + 2 + 1))


def test_changed_pixels_by_hand():
    y = np.array([[[[1, 0, nan, inf]], [[0, 1, nan, 0]]]], np.float32)
    labels = np.zeros((1, 1, 4), np.int64)
    seen = judged(y, np.array([[[0, 0, 0, 0]]]), labels, 2, Overlap(100.0, 100.0, 100.0))
    assert (seen.changed, seen.wild) == (50.0, True)
    assert seen.overlap.weighted == pytest.approx(50)


def test_means_by_hand():
    """A tensor of 3 elements of 2 bits and one of a single element of 4 bits; the first has two flips of bit 1."""
    two, four = (type("F", (), {"width": n, "name": str(n)})() for n in (2, 4))
    tensors = [Tensor("w", two, 3), Tensor("b", four, 1)]
    rows = np.zeros((7, 7))
    rows[:, 0], rows[:, 1] = [0, 0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 1, 2, 3]
    rows[:, 2], rows[:, 3] = [1, 6, 4, 0, 4, 0, 8], [0, 1, 0, 0, 0, 0, 0]
    whole = Overlap(1.0, 2.0, 3.0)
    found = record({**OPTIONS, "size": "whole", "numbers": "float"}, tensors, rows, whole, whole)
    assert bit_means(rows, 2, 4)[:, :, 0].tolist() == [[1, 5, 0, 0], [0, 4, 0, 8]]
    assert found["changed"] == pytest.approx((6 * 3 + 4 * 3) / 10)
    assert found["wild"] == pytest.approx(100 * 6 * (0 + 0.5) / 2 / 10)
    assert found["by_tensors"] == 3
    assert found["changed_of_tensors"] == [3, 3]
    assert found["changed_of_bits"] == [0.75, 4.75, 0, 8]
    assert (found["flips"], found["wild_flips"]) == (7, 1)


def test_a_map_puts_trainings_together():
    """One tensor of one element of two bits, with another mean in each of two trainings."""
    one, other = np.zeros((2, 7)), np.zeros((2, 7))
    one[:, 1] = other[:, 1] = [0, 1]
    one[:, 2], other[:, 2] = [1, 2], [3, 6]
    arrays = {"names": np.array(["w"]), "elements": np.array([1]), "widths": np.array([2])}
    inputs = Inputs(images(), Scale("tiny", quick=True), [Outcome((), {**arrays, "rows": rows}) for rows in (one, other)])
    (found,) = map_step({"function": "relu", "size": "whole", "numbers": "float"}, inputs).records
    assert (found["changed"], found["flips"], found["bits"], found["tensors"]) == ([[2, 4]], [4], [2], ["w"])
