"""Names of quantizers: each kind, and texts that are none."""

import pytest

from refsim.nn.training.quantizer_names import get_quantizer, optional


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("levels:7", "levels:7:optimal"),
        ("levels:3:alternating:4", "levels:3:alternating:4"),
        ("log:4", "log:4:unsigned:1:maximum"),
        ("log:5:signed:2:sweep", "log:5:signed:2:sweep"),
        ("linear:8:signed:percentile:99.9", "linear:8:signed:percentile:99.9"),
        ("linear:4", "linear:4:unsigned:maximum"),
        ("affine:int8", "affine:int8:onnx:maximum"),
        ("affine:uint8:tflite:percentile:99", "affine:uint8:tflite:percentile:99"),
        ("float8_e4m3fn/ties_to_even/saturate", "float8_e4m3fn/ties_to_even/saturate"),
    ],
)
def test_names(name, full):
    """What is left out is as by default, and the full name is a name too."""
    assert get_quantizer(name).name == full
    assert get_quantizer(full).name == full


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("level:7", r"^there is no quantizer 'level:7'; did you mean levels\?$"),
        ("wavelet", r"there are levels:COUNT\[:METHOD\], .* and projections$"),
        ("levels", r"^a quantizer is spelled levels:COUNT\[:METHOD\], not 'levels'$"),
        ("levels:seven", r"^levels needs a whole number, not 'seven'$"),
        ("levels:99999", "needs a whole number"),
        ("levels:4", "levels4"),
        ("log:5:negative", r"^a quantizer is signed or unsigned, not 'negative'$"),
        ("log:5:signed:3", r"power of two, not 3"),
        ("linear:8:signed:median", "a reach is maximum or percentile:P"),
        ("log:0", "log"),
        ("affine:posit8", "integer"),
        ("nonsense/ties_to_even/saturate", "nonsense"),
    ],
)
def test_refusals(name, message):
    """One line that says what is needed, when the quantizer is named and not when it is used."""
    with pytest.raises(ValueError, match=message):
        get_quantizer(name)


def test_none():
    """No quantizer."""
    assert optional(None) is optional("none") is optional("") is None
    assert optional("levels:3").name == "levels:3:optimal"
