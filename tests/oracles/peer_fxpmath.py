"""fxpmath, asked in our words."""

import warnings

import numpy as np
from fxpmath import Fxp

from refsim.spec.fixed import Fixed, fixed_of
from refsim.spec.naming import ROUNDING_ALIASES

MODES = ROUNDING_ALIASES["fxpmath"]
"""The rounding methods of fxpmath, and the rules of ours that they are."""


def made(x, format, rounding="trunc", overflow="saturate"):
    """Numbers as an array of fxpmath in a format."""
    fraction = fixed_of(format).fraction
    return Fxp(x, signed=format.signed, n_word=format.width, n_frac=fraction, rounding=rounding, overflow=overflow)


def codes(x, format):
    """The codes of an array of fxpmath that has the format."""
    return np.array([int(n) % (1 << format.width) for n in np.ravel(x.val)], dtype=object)


def quantize(x, to, rounding):
    """Floats as codes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return codes(made(x, to.format, rounding, to.overflow.name), to.format)


def fixed(x):
    """The bits of an array of fxpmath."""
    return Fixed(x.n_int + bool(x.signed), x.n_frac, bool(x.signed))
