"""Transposed convolutions on arrays: one convolution for each pair of remainders by the strides, its results interleaved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..spec import transposed as spec
from ..spec.formats import Number
from ..spec.tensors import TensorType
from .array import Array, code_dtype
from .convolutions import conv2d
from .datapaths import NO_PORTS, Ports, Progress, check_ports, dot
from .layers import Compute, Parameters, scales_of
from .tensors import specified


class Phase(NamedTuple):
    """Places of the result, along an axis, at which the same elements of the kernel meet the image: these elements in order,
    the place of the image that the first one meets at the first place, and how far the image's places of two elements that
    follow each other are apart."""

    places: range
    elements: list[int]
    first: int
    apart: int


def phases(total: int, kernel: int, axis: int, rule: spec.ConvTranspose2d) -> list[Phase]:
    """The phases along an axis with a number of places."""
    stride = rule.window.stride[axis]
    found = []
    for begin in range(min(stride, total)):
        met = spec.meeting(begin, kernel, axis, rule.window)
        apart = met[1][1] - met[0][1] if len(met) > 1 else 1
        found.append(Phase(range(begin, total, stride), [k for k, _ in met], met[0][1] if met else 0, apart))
    return found


def conv_transpose2d(
    rule: spec.ConvTranspose2d,
    xs: Sequence[Array],
    parameters: Parameters,
    ports: Ports = NO_PORTS,
    progress: Progress | None = None,
) -> Array:
    """Transposed convolutions of all samples. Ports are by sample, kernel, row and column."""
    given = {role: TensorType(one.shape, one.format) for role, one in parameters.items()}
    made = rule.infer([TensorType(x.shape[1:], x.format) for x in xs], given)
    found = np.empty((len(xs[0]), *made.shape), code_dtype(made.format))
    check_ports(ports, found.shape)
    kernel = parameters["weights"].shape[2:]
    try:
        done = 0
        for rows, columns in product(*(phases(made.shape[a + 1], kernel[a], a, rule) for a in (0, 1))):
            each: Ports = {
                (n, o, rows.places.index(i), columns.places.index(j)): port
                for (n, o, i, j), port in ports.items()
                if i in rows.places and j in columns.places
            }
            codes = of_phase(rule, xs[0], parameters, rows, columns, each).codes
            found[:, :, rows.places[0] :: rows.places.step, columns.places[0] :: columns.places.step] = codes
            done += codes.size
            if progress is not None:
                progress(done, found.size)
    except ValueError:
        if ports:
            raise
        return specified(rule, xs, parameters)  # What is refused first, in the order of the result, is for it to say.
    return Array(found, made.format)


def of_phase(rule: spec.ConvTranspose2d, x: Array, parameters: Parameters, rows: Phase, columns: Phase, ports: Ports) -> Array:
    """The results at the places of a phase."""
    weights, groups = parameters["weights"], rule.window.groups
    channels, each = weights.shape[:2]
    bias, scales = parameters.get("bias"), scales_of(parameters)
    if not rows.elements or not columns.elements:
        shape = (len(x), each * groups, len(rows.places), len(columns.places), 0)
        empty = np.zeros(shape, x.codes.dtype), np.zeros(shape, weights.codes.dtype)
        spread = [None if z is None else Array(z.codes[:, None, None], z.format) for z in (bias, *scales)]
        nothing: Array = dot(
            Array(empty[0], x.format), Array(empty[1], weights.format), rule.path, spread[0], spread[1:], ports
        )
        return nothing
    kernels = weights.codes.reshape(groups, channels // groups, each, *weights.shape[2:]).swapaxes(1, 2)
    kernels = kernels[:, :, :, rows.elements][..., columns.elements]
    window = replace(rule.window, stride=(1, 1), padding=(0, 0, 0, 0), dilation=(rows.apart, columns.apart))
    found: Array = conv2d(
        below(x, rule.pad, rows, columns),
        Array(kernels.reshape(each * groups, channels // groups, *kernels.shape[3:]), weights.format),
        rule.path,
        window,
        Number(rule.pad, x.format),
        bias,
        scales,
        ports,
    )
    return found


def below(x: Array, pad: int, rows: Phase, columns: Phase) -> Array:
    """The part of the images that a phase meets, with what lies around."""
    places: list[Any] = []
    for size, (result, elements, first, apart) in zip(x.shape[2:], (rows, columns), strict=True):
        met = first + np.arange(len(result) + (len(elements) - 1) * apart)
        places.append((np.clip(met, 0, size - 1), (met >= 0) & (met < size)))
    (r, inside), (c, within) = places
    codes = x.codes[:, :, r[:, None], c[None, :]]
    return Array(np.where(inside[:, None] & within[None, :], codes, codes.dtype.type(pad)), x.format)


WITH_PORTS: Mapping[type, Compute] = {spec.ConvTranspose2d: conv_transpose2d}
"""The rule with accumulators."""
