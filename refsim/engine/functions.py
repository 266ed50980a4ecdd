"""Transcendental functions on arrays of codes: the names of ``refsim.spec.functions``."""

from __future__ import annotations

from typing import Any

from ..spec.projection import Projection
from .apply import apply
from .run import Finished


def exp(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exponentials."""
    return apply("exp", (x,), to, draw, flags=flags)


def exp2(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The powers of two."""
    return apply("exp2", (x,), to, draw, flags=flags)


def expm1(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exponentials less one."""
    return apply("expm1", (x,), to, draw, flags=flags)


def log(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The natural logarithms."""
    return apply("log", (x,), to, draw, flags=flags)


def log2(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The logarithms to base two."""
    return apply("log2", (x,), to, draw, flags=flags)


def log1p(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The natural logarithms of one more."""
    return apply("log1p", (x,), to, draw, flags=flags)


def sigmoid(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """1 / (1 + exp(-x))."""
    return apply("sigmoid", (x,), to, draw, flags=flags)


def tanh(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The hyperbolic tangents."""
    return apply("tanh", (x,), to, draw, flags=flags)


def softplus(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """log(1 + exp(x))."""
    return apply("softplus", (x,), to, draw, flags=flags)


def gelu(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x times the normal distribution function."""
    return apply("gelu", (x,), to, draw, flags=flags)


def gelu_tanh(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The approximation of gelu by tanh, as an exact function of its own."""
    return apply("gelu_tanh", (x,), to, draw, flags=flags)


def silu(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """x * sigmoid(x)."""
    return apply("silu", (x,), to, draw, flags=flags)


def erf(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The error function."""
    return apply("erf", (x,), to, draw, flags=flags)


def sin(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The sines."""
    return apply("sin", (x,), to, draw, flags=flags)


def cos(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The cosines."""
    return apply("cos", (x,), to, draw, flags=flags)
