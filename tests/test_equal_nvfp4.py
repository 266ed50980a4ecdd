"""Engine = specification for the models of NVFP4: aimed rows, special data, the ends of binary32, tiles, and errors."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine import nvfp4
from refsim.engine.encode import as_exact
from refsim.spec import nvfp4 as spec_nvfp4
from refsim.spec.block_formats import get_block_format

from .aimed_blocks import aimed


@pytest.mark.clause("nvfp4/model", "nvfp4/transformer-engine", "nvfp4/torchao", "nvfp4/torchao-reciprocal", "nvfp4/universal")
@pytest.mark.parametrize("model", sorted(spec_nvfp4.MODELS))
def test_nvfp4(model):
    """Every model on aimed rows, at the ends of binary32, with special data, of odd length, and in square tiles."""
    format = get_block_format("nvfp4")
    for seed in range(4):
        x = aimed(format, np.float32, 12, [seed, 7], specials=seed % 2 == 0)
        finite = np.abs(x[np.isfinite(x)])
        for tensor in (float(finite.max()), 2688.0, 1e-39, 3.4e38, float("inf")):
            if model == "universal" and tensor == float("inf"):
                continue
            second = as_exact(np.float32(tensor))
            found = nvfp4.nvfp4_quantize(model, x, second)
            for row, values in enumerate(x):
                wanted = spec_nvfp4.nvfp4_quantize(model, [as_exact(v) for v in values], second)
                assert found.tensor.code == wanted.tensor
                assert found.block(row) == wanted.block, (row, tensor)
    ragged = x[:, :13]
    assert (
        nvfp4.nvfp4_quantize(model, ragged, 2688.0).block(5)
        == spec_nvfp4.nvfp4_quantize(model, [as_exact(v) for v in ragged[5]], Fraction(2688)).block
    )
    square = nvfp4.nvfp4_quantize(model, x[:5], 2688.0, get_block_format("nvfp4_16x16"))
    wanted = spec_nvfp4.nvfp4_quantize(model, [as_exact(v) for v in x[:5].ravel()], Fraction(2688), square.format)
    assert square.scales.shape == (1, 1)
    assert square.block(0) == wanted.block


def test_nvfp4_errors():
    """Numbers that are not in binary32 are refused as the specification refuses them; exact numbers are taken."""
    with pytest.raises(ValueError, match="is no binary32 number"):
        nvfp4.nvfp4_quantize("torchao", [1.0, 0.1], 2688.0)
    with pytest.raises(ValueError, match="is no binary32 number"):
        nvfp4.nvfp4_quantize("torchao", [*[1.0] * 16, 0.1], 2688.0)
    with pytest.raises(ValueError, match="unknown model"):
        nvfp4.nvfp4_quantize("no", [1.0], 2688.0)
    exact = [Fraction(1, 2), Fraction(3), *[Fraction(0)] * 16]
    found = nvfp4.nvfp4_quantize("torchao", exact, 2688.0)
    assert found.block(0) == spec_nvfp4.nvfp4_quantize("torchao", exact[:16], Fraction(2688)).block
    assert found.block(1) == spec_nvfp4.nvfp4_quantize("torchao", exact[16:], Fraction(2688)).block
    assert nvfp4.nvfp4_quantize("torchao", np.zeros((0, 16), np.float32), 2688.0).shape == (0, 16)
