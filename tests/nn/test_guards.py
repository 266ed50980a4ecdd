"""Guards in networks: where they stand, what ends they have, that they change nothing without faults and hold faults back."""

import numpy as np
import pytest

from refsim.engine.array import Array, as_array
from refsim.engine.networks import run, trace
from refsim.nn.files import CodeNetwork
from refsim.nn.guards import guarded
from refsim.nn.quantization.quantize import quantize
from refsim.spec.range_guards import RangeGuard

from .quantized_cases import fixed, floats, mixed, parameters_of, samples_of

SATURATE, ZERO = RangeGuard("saturate", "keep"), RangeGuard("zero", "zero")


def coded(scheme=None):
    """The network with branches in codes, and samples."""
    network = mixed()
    samples = samples_of(network)
    made = CodeNetwork(*quantize(network, parameters_of(network), scheme or fixed("q2.5"), samples))
    return made, as_array(samples)


def names(made):
    """The names of the layers."""
    return [node.name for node in made.network.nodes]


@pytest.mark.parametrize("rule", [SATURATE, ZERO], ids=lambda rule: rule.out_of_range)
@pytest.mark.parametrize("per_channel", [False, True])
def test_nothing_changes_on_the_samples_that_were_seen(rule, per_channel):
    """A network with guards behind every layer gives on these samples what it gave without."""
    made, x = coded()
    safe = guarded(made, x, ["*"], rule, per_channel=per_channel)
    assert names(safe) == [name for layer in names(made) for name in (layer, f"{layer}.guard")]
    before, after = trace(made.network, made.tensors, x), trace(safe.network, safe.tensors, x)
    for name in names(made):
        assert np.array_equal(before[name].codes, after[f"{name}.guard"].codes)
    assert set(made.tensors) < set(safe.tensors)
    assert names(made) == [node.name for node in coded()[0].network.nodes]


def test_zero_of_integers_with_a_zero_point():
    """Where the code 0 is another number nothing becomes zero: of a result's own zero point, and of one that it passes on. Sums
    and numbers that are read as real ones have none, and ends are welcome everywhere.
    """
    made, x = coded("int8")
    for layer in ("conv1", "act2", "sum", "norm", "both", "pool", "flat", "dense"):
        with pytest.raises(ValueError, match=f"layer {layer}: 0 is another number, as its zero point is [1-9]"):
            guarded(made, x, [layer], ZERO)
    for layers, rule in ((["act1", "*/sum", "*/centred", "*/result", "output/real"], ZERO), (["*"], SATURATE)):
        safe = guarded(made, x, layers, rule)
        assert np.array_equal(run(safe.network, safe.tensors, x).codes, run(made.network, made.tensors, x).codes)
    again = guarded(guarded(made, x, ["pool"], SATURATE), x, ["act1"], ZERO)
    with pytest.raises(ValueError, match="layer flat: 0 is another number"):
        guarded(again, x, ["flat"], ZERO)


def test_ends_are_least_and_greatest():
    """Of a whole layer, and of each channel, in the numbers' order."""
    made, x = coded()
    act = next(name for name in names(made) if name.startswith("act1"))
    seen = trace(made.network, made.tensors, x)[act].values()
    whole = guarded(made, x, [act], SATURATE).tensors
    each = guarded(made, x, [act], SATURATE, per_channel=True).tensors
    assert whole[f"{act}.guard.low"].values().tolist() == [seen.min()]
    assert whole[f"{act}.guard.high"].values().tolist() == [seen.max()]
    assert np.array_equal(each[f"{act}.guard.low"].values(), seen.min(axis=(0, 2, 3)))
    assert np.array_equal(each[f"{act}.guard.high"].values(), seen.max(axis=(0, 2, 3)))


@pytest.mark.parametrize("scheme", [fixed("q5.10"), floats("binary16")], ids=["q5.10", "binary16"])
def test_faults_are_held_back(scheme):
    """What takes a guarded result takes it guarded: a fault past the range in it ends at the guard."""
    made, x = coded(scheme)
    target = next(name for name in names(made) if name.startswith("act1"))
    safe = guarded(made, x, [target], ZERO)
    format = made.network.types()[target].format
    wild = format.code(negative=False, n=format.top)

    def put(code):
        def hold(name, result):
            codes = result.codes.copy()
            if name == target:
                codes[0, 0, 0, 0] = code
            return Array(codes, result.format)

        return hold

    struck = trace(safe.network, safe.tensors, x, put(wild))
    assert struck[target].codes[0, 0, 0, 0] == wild
    assert struck[f"{target}.guard"].codes[0, 0, 0, 0] == 0
    wanted = run(made.network, made.tensors, x, put(0))
    assert np.array_equal(struck[names(safe)[-1]].codes, wanted.codes)
    assert not np.array_equal(run(made.network, made.tensors, x, put(wild)).codes, wanted.codes)


def test_the_last_layer():
    """The guard of the last layer is the network's result; guards are not guarded again."""
    made, x = coded()
    last = names(made)[-1]
    safe = guarded(made, x, [last], SATURATE)
    assert names(safe)[-1] == f"{last}.guard"
    assert safe.network.output == made.network.output
    twice = guarded(safe, x, ["act1*"], SATURATE)
    assert len(names(twice)) == len(names(safe)) + sum(name.startswith("act1") for name in names(made))


def test_refusals():
    """Patterns of nothing, names that are taken, results without a number."""
    made, x = coded()
    with pytest.raises(ValueError, match="no layer of the network mixed has a name like 'act9' to be guarded"):
        guarded(made, x, ["act1*", "act9"], SATURATE)
    last = names(made)[-1]
    safe = guarded(made, x, [last], SATURATE)
    taken = CodeNetwork(made.network, safe.tensors)
    with pytest.raises(ValueError, match="no layer of the network mixed has a name like"):
        guarded(safe, x, ["*.guard"], SATURATE)
    with pytest.raises(ValueError, match=f"the network mixed has a parameter {last}.guard.low already"):
        guarded(taken, x, [last], SATURATE)
    floating, samples = coded(floats("binary16"))
    nan = Array(np.full(samples.shape, 0x7FC00000 if samples.format.width == 32 else 0x7E00), samples.format)
    with pytest.raises(ValueError, match=r"layer .*: a range needs at least one number that is not NaN"):
        guarded(floating, nan, [names(floating)[-1]], SATURATE)
