"""Which layers a factor goes through: the product of factors, the parameters that are multiplied, and refusals by kind."""

from fractions import Fraction

import pytest

from refsim.spec.homogeneity import KINDS, Passed, through

HALF, THREE = Fraction(1, 2), Fraction(3)


@pytest.mark.clause("homogeneity/through")
def test_linear_layers():
    """Weights are multiplied by the layer's own factor, the bias by that and the input's: c2 (W (c1 x)) + c1 c2 b."""
    for kind in ("dense", "conv2d", "conv_transpose2d"):
        assert through(kind, [HALF], THREE) == Passed(3 * HALF, {"weights": THREE, "bias": 3 * HALF})
        assert through(kind, [HALF]) == Passed(HALF, {"weights": Fraction(1), "bias": HALF})


@pytest.mark.clause("homogeneity/through")
def test_by_hand():
    """Two layers of one weight, 3 and 5, with biases 1 and -2 and the factors 4 and 1/2 for x = 7: relu(22) * 5 - 2 = 108; with
    the factors 216, which is twice that.
    """
    first, second = through("dense", [Fraction(1)], Fraction(4)), through("dense", [Fraction(4)], HALF)
    assert through("relu", [first.factor]).factor == 4
    assert second.factor == 2
    hidden = 3 * first.parameters["weights"] * 7 + 1 * first.parameters["bias"]
    assert hidden == 4 * 22
    assert 5 * second.parameters["weights"] * hidden - 2 * second.parameters["bias"] == 2 * 108


@pytest.mark.clause("homogeneity/through")
def test_normalization():
    """(c x - c m) s o + c o t is c o ((x - m) s + t)."""
    c, own, x, mean, scale, shift = HALF, THREE, Fraction(7), Fraction(2), Fraction(5), Fraction(-1)
    passed = through("batch_norm", [c], own)
    roles = passed.parameters
    assert set(roles) == {"mean", "scale", "shift"}
    assert (c * x - roles["mean"] * mean) * (roles["scale"] * scale) + roles["shift"] * shift == passed.factor * (
        (x - mean) * scale + shift
    )


@pytest.mark.clause("homogeneity/through")
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"dense", "conv2d", "conv_transpose2d", "batch_norm"}))
def test_layers_without_parameters(kind):
    """The factor of the input is that of the result, and there is none of their own."""
    assert through(kind, [THREE]) == Passed(THREE, {})
    with pytest.raises(ValueError, match=f"{kind} has no parameters that the factor 3 could belong to"):
        through(kind, [THREE], THREE)


@pytest.mark.clause("homogeneity/through")
@pytest.mark.parametrize(
    "kind", ["sigmoid", "tanh", "relu6", "hard_tanh", "hard_sigmoid", "hard_sigmoid_dpu", "softmax", "gelu"]
)
def test_other_kinds(kind):
    """Bounded and curved functions refuse every factor but 1."""
    assert through(kind, [Fraction(1)]) == Passed(Fraction(1))
    with pytest.raises(ValueError, match=f"no factor goes through {kind}; it goes through dense, "):
        through(kind, [HALF])


@pytest.mark.clause("homogeneity/through")
def test_branches():
    """Branches meet with one factor; a factor is positive."""
    assert through("add", [HALF, HALF]).factor == HALF
    for kind in ("add", "concat"):
        with pytest.raises(ValueError, match=f"{kind} takes inputs of one factor, not of 1/2 and 1"):
            through(kind, [HALF, Fraction(1)])
    for given in (([Fraction(0)],), ([Fraction(1)], Fraction(-2))):
        with pytest.raises(ValueError, match="a factor must be positive, not"):
            through("dense", *given)
