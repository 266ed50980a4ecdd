"""The fast evaluator finds what runs of the whole network find, code by code, and leaves no traces."""

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array
from refsim.campaigns.changes import Changes, run_plainly
from refsim.campaigns.evaluator import Evaluator
from refsim.engine.faults import Masks
from refsim.engine.networks import run
from refsim.spec.network_names import read_network
from refsim.spec.terms import Port

from .changing import (
    CASES,
    GOLDEN,
    SCHEMES,
    TOTAL,
    WRAPPING,
    changed_code,
    check,
    dense,
    filled,
    flipped,
    golden,
    of_samples,
    quantized,
    random_changes,
    random_network,
    same,
)

ALL = ("tensors", "results", "registers")
OUT = "output=int8/ties_to_even/saturate"
SUMS = ("total(int20/toward_zero/saturate)", "sequential(int12/toward_zero/wrap)", "sequential(int24/toward_zero/saturate)")
NETWORKS = [
    *(pytest.param(golden, name, id=f"golden-{name}") for name in GOLDEN),
    *(pytest.param(quantized, name, id=f"mixed-{name}") for name in SCHEMES),
    *(pytest.param(random_network, name, id=f"random-{name}") for name in CASES),
]


def of(found, x, limit=1 << 30):
    """The evaluator of a network."""
    return Evaluator(found.network, found.tensors, x, limit)


def bits_of(found, names):
    """Every single inverted bit of some parameters, one after the other."""
    for name in names:
        array = found.tensors[name]
        for place in range(array.codes.size):
            for bit in range(array.format.width):
                yield Changes({name: flipped(array, [place], [bit])})


@pytest.mark.parametrize(("make", "name"), NETWORKS)
def test_random_changes(make, name):
    """Faults of each kind and of all kinds, in all samples and in some; together they are as one by one."""
    found, x = make(name)
    evaluator, random = of(found, x), np.random.default_rng(1)
    before, trials, all_found = evaluator.kept.digest(), [], []
    for kinds in (("tensors",), ("results",), ALL) * 2:
        changes = random_changes(found, len(x), random, kinds)
        got = check(evaluator, found, x, changes)
        if got is not None:
            trials.append(changes)
            all_found.append(got)
            some = np.array([0, len(x) - 1])
            same(evaluator.run(changes, some), of_samples(got, some))
    for got, wanted in zip(evaluator.run_many(trials), all_found, strict=True):
        same(got, wanted)
    assert sum(len(got.samples) for got in all_found)
    assert evaluator.kept.digest() == before


@pytest.mark.parametrize("scale", [None, "one", "channel"])
@pytest.mark.parametrize("bias", ["first", "last", "output"])
@pytest.mark.parametrize("sums", SUMS, ids=lambda sums: sums.replace("/", "-"))
def test_places_of_bias_and_scales(sums, bias, scale):
    """Sums are kept wherever bias and scales come in, and faults of either are found."""
    network = dense([9, 6, 5, 3], f"datapath(exact,{sums},{bias},sum,{OUT})", scale=scale)
    found, x = filled(network, 7)
    evaluator, random = of(found, x), np.random.default_rng(2)
    assert list(evaluator.kept.kept) == ["dense1", "dense2", "dense3"]
    for kinds in (("tensors",), ALL, ("tensors",), ALL):
        check(evaluator, found, x, random_changes(found, len(x), random, kinds))


@given(st.integers(0, 1 << 32), st.sampled_from(SUMS), st.booleans(), st.integers(1, 12))
@settings(max_examples=30)
def test_any_change_of_any_stack(seed, sums, shared, samples):
    """Networks with shared weights and without, few samples and many, and a limit that leaves one sample at a time."""
    sizes = [5, 5, 5] if shared else [7, 5, 4]
    found, x = filled(dense(sizes, f"datapath(exact,{sums},first,sum,{OUT})", shared=shared), samples, 63, seed % 1000)
    random = np.random.default_rng(seed)
    changes = random_changes(found, samples, random)
    got = check(of(found, x), found, x, changes)
    some = np.flatnonzero(random.integers(0, 2, samples))
    same(of(found, x, limit=1).run(changes, some), of_samples(got, some))


def test_every_bit_of_every_weight_of_dense_layers():
    """An exhaustive campaign: each single bit of all weights and biases is as the brute force says."""
    found, x = filled(dense([6, 5, 4], f"datapath(exact,{SUMS[0]},first,sum,{OUT})"), 20, 63)
    evaluator = of(found, x)
    trials = list(bits_of(found, found.tensors))
    assert len(trials) == 8 * (30 + 20) + 16 * (5 + 4)
    for changes, got in zip(trials, evaluator.run_many(trials), strict=True):
        check(evaluator, found, x, changes, got)


@pytest.mark.parametrize("case", ["total", "mitchell"])
def test_every_bit_of_every_weight_of_a_convolution(case):
    """The same behind a convolution, with products and with a table of products."""
    found, x = random_network(case)
    evaluator = of(found, x)
    trials = list(bits_of(found, ["conv.weights", "scale"]))
    for changes, got in zip(trials, evaluator.run_many(trials), strict=True):
        check(evaluator, found, x, changes, got)


@pytest.mark.parametrize("path", [TOTAL, WRAPPING], ids=["total", "wrapping"])
def test_sums_that_are_looked_up(path):
    """Where there are many sums, what they are written as is looked up; sums beyond are computed, and so they are under a
    faulty scale or bias."""
    network = dense([9, 6, 5], path.replace("sum)", f"sum,{OUT})"), scale="one")
    found, x = filled(network, 300, 15)
    evaluator, random = of(found, x), np.random.default_rng(4)
    assert set(evaluator.kept.written) == {"dense1", "dense2"}
    weights, bias, scale = (found.tensors[f"{name}1"] for name in "wbs")
    for changes in (
        Changes({"w1": flipped(weights, [3], [7])}),
        Changes({"w1": flipped(weights, range(54), [7] * 54)}),
        Changes({"b1": flipped(bias, [2], [14])}),
        Changes({"s1": flipped(scale, [0], [10])}),
        Changes({"s1": flipped(scale, [0], [10]), "w1": flipped(weights, [5], [6])}),
        *(random_changes(found, len(x), random) for _ in range(8)),
    ):
        assert check(evaluator, found, x, changes) is not None


def test_windows_that_stride_and_pad():
    """A convolution with strides, dilation, uneven padding and another code than zero around, whose sums are kept."""
    window = {"stride": [2, 1], "padding": [1, 0, 2, 1], "dilation": [1, 2]}
    rule = {"kind": "conv2d", "path": TOTAL, "window": window, "pad": 77}
    network = read_network(
        {
            "name": "windows",
            "input": {"shape": [3, 5, 6], "format": "int8"},
            "parameters": {
                "w1": {"shape": [4, 3, 3, 2], "format": "int8"},
                "w2": {"shape": [2, 4, 1, 2], "format": "int8"},
                "b1": {"shape": [4], "format": "int8"},
            },
            "layers": [
                {"name": "a", "rule": rule, "inputs": ["input"], "parameters": {"weights": "w1", "bias": "b1"}},
                {
                    "name": "b",
                    "rule": {"kind": "elementwise", "operation": "relu", "to": "int8/ties_to_even/wrap"},
                    "inputs": ["a"],
                    "parameters": {},
                },
                {"name": "c", "rule": rule, "inputs": ["b"], "parameters": {"weights": "w2"}},
            ],
        }
    )
    found, x = filled(network, 4)
    evaluator, random = of(found, x), np.random.default_rng(5)
    assert list(evaluator.kept.kept) == ["a", "c"]
    for kinds in (("tensors",), ("results",), ALL) * 4:
        assert check(evaluator, found, x, random_changes(found, len(x), random, kinds)) is not None


def test_samples_without_axes():
    """A result of one number for each sample."""
    path = f"datapath(exact,{SUMS[0]},first,sum,{OUT})"
    rule = {"kind": "elementwise", "operation": "relu", "to": "int8/ties_to_even/saturate"}
    data = {
        "name": "scalar",
        "input": {"shape": [4], "format": "int8"},
        "parameters": {"w": {"shape": [1, 4], "format": "int8"}},
        "layers": [
            {"name": "dense", "rule": {"kind": "dense", "path": path}, "inputs": ["input"], "parameters": {"weights": "w"}},
            {"name": "alone", "rule": {"kind": "reshape", "shape": []}, "inputs": ["dense"], "parameters": {}},
            {"name": "last", "rule": rule, "inputs": ["alone"], "parameters": {}},
        ],
    }
    found, x = filled(read_network(data), 6, 31)
    evaluator, random = of(found, x), np.random.default_rng(6)
    assert evaluator.clean.shape == (6,)
    for _ in range(6):
        check(evaluator, found, x, random_changes(found, len(x), random))


def test_faults_that_vanish():
    """A weight whose input is zero in all samples, a flip in a sample nobody asked for, masks that change nothing."""
    found, x = filled(dense([6, 5, 4], WRAPPING.replace("sum)", "sum,output=int8/ties_to_even/wrap)")), 9, 63)
    x = Array(x.codes * (np.arange(6) != 2), x.format)
    evaluator = of(found, x)
    dead = Changes({"w1": flipped(found.tensors["w1"], [2, 8], [7, 6])})
    nothing = Changes({"w1": found.tensors["w1"]}, {"dense1": Masks(np.array([3]), *np.zeros((3, 1), np.uint8))})
    other = Changes(results={"input": Masks(np.array([6 * 4]), *np.array([[0x40], [0], [0]], np.uint8))})
    for changes, samples in ((dead, None), (nothing, None), (other, [3]), (Changes(), None), (dead, [])):
        got = evaluator.run(changes, samples)
        assert got.samples.shape == (0,)
        assert got.outputs.shape == (0, 4)
    assert evaluator.run(other).samples.tolist() == [4]
    assert check(evaluator, found, x, other).samples.tolist() == [4]


def test_two_faults_of_one_output_cancel():
    """Weights of one output that change by as much up as down, on equal inputs."""
    found, x = filled(dense([6, 5, 4], f"datapath(exact,{SUMS[0]},first,sum,{OUT})"), 9, 31)
    x = Array(np.repeat(x.codes[:, :1], 6, axis=1), x.format)
    tensors = dict(found.tensors)
    codes = tensors["w1"].codes.copy()
    codes[1, :2] = 4, 8
    tensors["w1"] = Array(codes, tensors["w1"].format)
    evaluator = Evaluator(found.network, tensors, x)
    swapped = codes.copy()
    swapped[1, :2] = 8, 4
    assert not len(evaluator.run(Changes({"w1": Array(swapped, tensors["w1"].format)})).samples)


def test_a_fault_that_undoes_another():
    """Masks of the output that bring it back to what it was without the fault in the weights."""
    found, x = filled(dense([6, 5, 4], WRAPPING), 9)
    evaluator, faulty = of(found, x), {"w1": flipped(found.tensors["w1"], [3], [7])}
    first = evaluator.run(Changes(faulty))
    assert len(first.samples)
    elements = (first.samples[:, None] * 4 + np.arange(4)).reshape(-1)
    undone = (first.outputs.codes ^ evaluator.clean.codes[first.samples]).reshape(-1)
    masks = Masks(elements, undone, np.zeros_like(undone), np.zeros_like(undone))
    assert not len(evaluator.run(Changes(faulty, {"dense2": masks})).samples)


def test_registers_in_stretches():
    """Ports of every sample, when samples are taken one at a time."""
    found, x = filled(dense([6, 5, 4], WRAPPING), 4)
    port = Port(hold=lambda register, step, result: result.code ^ 0x155)  # noqa: ARG005 what a port tells
    changes = Changes(registers={"dense2": {(n, n): port for n in (1, 3)}})
    for limit in (1 << 30, 1):
        assert check(of(found, x, limit), found, x, changes).samples.tolist() == [1, 3]


def test_the_first_refusal_is_named():
    """Many numbers are refused, in several layers and samples: the words are those of a run of the whole network."""
    path = f"datapath(exact,{SUMS[0]},first,sum,output=int8/ties_to_even/error)"
    found, x = filled(dense([6, 5, 4], path), 5, 1)
    evaluator, random = of(found, x), np.random.default_rng(9)
    for count in (1, 3, 30):
        changes = Changes({"w1": flipped(found.tensors["w1"], random.permutation(30)[:count], random.integers(6, 8, count))})
        check(evaluator, found, x, changes)
    assert check(evaluator, found, x, Changes({"w1": flipped(found.tensors["w1"], range(30), [7] * 30)})) is None


def test_refusals_come_in_the_order_of_elements():
    """The first element is refused when its bias is added, the second one before: the first one is named."""
    network = dense([1, 2], f"datapath(exact,{SUMS[0]},output,sum,output=int8/ties_to_even/error)")
    tensors = {name: Array(np.zeros(type.shape, int), type.format) for name, type in network.parameters.items()}
    evaluator = Evaluator(network, tensors, Array(np.array([[3]]), network.input.format))
    faulty = {"w1": np.array([[30], [100]]), "b1": np.array([120, 0])}
    changes = Changes({name: Array(codes, tensors[name].format) for name, codes in faulty.items()})
    with pytest.raises(ValueError, match="layer dense1: 210 is outside the range of int8"):
        evaluator.run(changes)
    with pytest.raises(ValueError, match="layer dense1: 210 is outside the range of int8"):
        run_plainly(network, tensors, evaluator.x, changes)


def test_codes_of_nan():
    """A weight, and a result, that becomes NaN."""
    found, x = golden("mlp_fp8")
    evaluator = of(found, x)
    name = next(name for name in found.tensors if name.endswith("weights"))
    codes = found.tensors[name].codes.copy()
    codes.reshape(-1)[0] = 0x7F
    got = check(evaluator, found, x, Changes({name: Array(codes, found.tensors[name].format)}))
    assert len(got.samples)
    last = found.network.nodes[-1].name
    masks = Masks(np.array([0]), *np.array([[0], [0], [0x7F]], np.uint8))
    assert check(evaluator, found, x, Changes(results={last: masks})).samples.tolist() == [0]


def test_the_clean_run():
    """The output of the clean run and its digest, kept or in stretches."""
    found, x = golden("mlp_ternary")
    for limit in (1 << 30, 1):
        evaluator = of(found, x, limit)
        assert (evaluator.kept is None) == (limit == 1)
        np.testing.assert_array_equal(evaluator.clean.codes, run(found.network, found.tensors, x).codes)
        assert evaluator.digest() == sha256(evaluator.clean.codes.tobytes()).hexdigest()


def test_nothing_is_written_to():
    """Parameters, samples and faulty parameters are as they were after runs; what is kept cannot be written to."""
    found, x = filled(dense([6, 5, 4], f"datapath(exact,{SUMS[0]},first,sum,{OUT})"), 9, 63)
    evaluator, random = of(found, x), np.random.default_rng(8)
    trials = [random_changes(found, len(x), random) for _ in range(6)]
    arrays = [x, *found.tensors.values(), *(array for one in trials for array in one.tensors.values())]
    before = [array.codes.tobytes() for array in arrays]
    evaluator.run_many(trials)
    assert [array.codes.tobytes() for array in arrays] == before
    assert not any(codes.flags.writeable for codes in (*evaluator.kept.results.values(), *evaluator.kept.sums.values()))


def test_refused_changes():
    """What the network does not have, has in another type, or cannot compute."""
    found, x = filled(dense([6, 5, 4], f"datapath(exact,{SUMS[0]},first,sum,{OUT})"), 3)
    evaluator, weights = of(found, x), found.tensors["w1"]
    one = Masks(np.array([12]), *np.zeros((3, 1), np.uint8))
    port = Port(hold=changed_code)
    for changes, message in (
        (Changes({"w9": weights}), "has no parameter 'w9' that could change"),
        (Changes({"w1": weights[:2]}), "the parameter w1 of the network dense is .* not"),
        (Changes(results={"relu9": one}), "has no result 'relu9' that could change"),
        (Changes(results={"dense2": one}), "the result dense2 has 12 elements in all samples; a mask is of one beyond"),
        (Changes(registers={"dense9": {(0, 0): port}}), "has no layer 'dense9' that could change"),
        (Changes(registers={"relu1": {(0, 0): port}}), "layer relu1 has no accumulator that ports could belong to"),
        (Changes(registers={"dense1": {(3, 0): port}}), r"a port belongs to an element of the result, of shape \(3, 5\)"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluator.run(changes)
    with pytest.raises(ValueError, match="an evaluator of 3 samples has no sample 3"):
        evaluator.run(Changes(), [1, 3])


def test_the_plain_run_is_a_run_with_other_parameters():
    """The brute force itself, on a case that is plain to see."""
    found, x = filled(dense([6, 5, 4], f"datapath(exact,{SUMS[0]},first,sum,{OUT})"), 3)
    weights = flipped(found.tensors["w2"], [0], [7])
    wanted = run(found.network, {**found.tensors, "w2": weights}, x)
    np.testing.assert_array_equal(run_plainly(found.network, found.tensors, x, Changes({"w2": weights})).codes, wanted.codes)
    masks = Masks(np.array([5]), *np.array([[0x81], [0], [0]], np.uint8))
    got = run_plainly(found.network, found.tensors, x, Changes(results={"dense2": masks}))
    assert got.codes[1, 1] == run(found.network, found.tensors, x).codes[1, 1] ^ 0x81
