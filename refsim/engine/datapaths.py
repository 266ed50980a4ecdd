"""Datapaths on arrays: dot products and matrix products, by the kernel that suits, else by the specification.

A kernel computes the sums of the accumulator; the output stage is operations on arrays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import datapaths as spec
from ..spec.datapaths import Datapath
from ..spec.flags import Result
from ..spec.formats import Format, Number
from ..spec.projection import Projection
from ..spec.terms import NO_PORT, Port
from . import exact_sums, float_sums, integer_sums, log_sums
from .apply import apply
from .array import Array, as_array, code_dtype
from .host import check_host
from .jobs import Job, Kernel, Sums, tiles
from .run import Finished
from .shift_products import simpler

KERNELS: tuple[Kernel, ...] = (*integer_sums.KERNELS, exact_sums.KERNEL, float_sums.KERNEL, log_sums.KERNEL)
"""The ways of computing sums, the preferred one first."""
Ports = Mapping[tuple[int, ...], Port]
"""The ports of elements that have one of their own, by their indices: for faults, random bits and traces."""
NO_PORTS: Ports = {}
Progress = Callable[[int, int], None]
"""Told how many sums are done, out of how many."""


def dot(
    x: Any,
    y: Any,
    path: Datapath,
    bias: Any = None,
    scales: Sequence[Any] = (),
    ports: Ports = NO_PORTS,
    *,
    flags: bool = False,
) -> Finished:
    """The dot products of the vectors along the last axis, other axes broadcast; with ``flags`` a pair of codes and flags.

    ``bias`` and ``scales`` broadcast to the result. An element that has a port in ``ports`` is computed through it, by the
    specification. ``ValueError`` for vectors of different lengths.
    """
    a, b = as_array(x), as_array(y)
    if not a.shape or not b.shape or a.shape[-1] != b.shape[-1]:
        raise ValueError(f"dot needs vectors of one length, not arrays of shapes {a.shape} and {b.shape}")
    try:
        shape = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    except ValueError:
        raise ValueError(f"dot needs arrays whose other axes broadcast, not of shapes {a.shape} and {b.shape}") from None
    left, right = (
        np.moveaxis(np.broadcast_to(z.codes, (*shape, z.shape[-1])), -1, 0).reshape(z.shape[-1], int(np.prod(shape, dtype=int)))
        for z in (a, b)
    )
    return _run(left, right, (a.format, b.format), path, shape, bias, scales, ports, flags=flags)


def matmul(
    a: Any,
    b: Any,
    path: Datapath,
    bias: Any = None,
    scales: Sequence[Any] = (),
    ports: Ports = NO_PORTS,
    *,
    flags: bool = False,
    progress: Progress | None = None,
) -> Finished:
    """The matrix product of (M, K) and (K, N) codes, each element a dot product; with ``flags`` a pair of codes and flags.

    ``bias`` and ``scales`` broadcast to the result. An element that has a port in ``ports`` is computed through it, by the
    specification. ``ValueError`` for shapes that do not fit.
    """
    left, right = as_array(a), as_array(b)
    if len(left.shape) != 2 or len(right.shape) != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(f"matmul needs arrays of shapes (M, K) and (K, N), not {left.shape} and {right.shape}")
    x, y = left.codes.T[:, :, None], right.codes[:, None, :]
    shape = (left.shape[0], right.shape[1])
    return _run(x, y, (left.format, right.format), path, shape, bias, scales, ports, flags=flags, progress=progress)


def _run(
    x: NDArray[Any],
    y: NDArray[Any],
    formats: tuple[Format, Format],
    path: Datapath,
    shape: tuple[int, ...],
    bias: Any,
    scales: Sequence[Any],
    ports: Ports,
    *,
    flags: bool,
    progress: Progress | None = None,
) -> Finished:
    given = [None if bias is None else as_array(bias), *(as_array(scale) for scale in scales)]
    for what, operand in zip(("bias", *["scale"] * len(scales)), given, strict=True):
        if operand is not None and np.broadcast_shapes(operand.shape, shape) != shape:
            raise ValueError(f"a {what} of shape {operand.shape} does not broadcast to the result's {shape}")
    biases, *factors = (None if z is None else Array(np.broadcast_to(z.codes, shape), z.format) for z in given)
    whole = Whole(x, y, formats, path, shape, biases, tuple(f for f in factors if f is not None))
    found = computed(whole, flags=flags, progress=progress)
    specify(whole.specified, found, ports, progress)
    array = Array(found.codes, path.to.format)
    return (array, found.flags) if flags else array


@dataclass(frozen=True)
class Whole:
    """All that a call was given: codes with the terms along the first axis, bias and scales in the shape of the result."""

    x: NDArray[Any]
    y: NDArray[Any]
    formats: tuple[Format, Format]
    path: Datapath
    shape: tuple[int, ...]
    bias: Array | None
    scales: tuple[Array, ...]

    def flat(self, z: Array | None) -> NDArray[Any] | None:
        """Codes in the shape of a job's sums."""
        return None if z is None else z.codes.reshape(np.broadcast_shapes(self.x.shape[1:], self.y.shape[1:]))

    def specified(self, index: tuple[int, ...], port: Port) -> Result:
        """The specification's answer for one element."""
        flat = np.broadcast_shapes(self.x.shape[1:], self.y.shape[1:])
        place = np.unravel_index(np.ravel_multi_index(index, self.shape) if index else 0, flat)
        xs, ys = (
            [
                Number(int(code), format)
                for code in z[(slice(None), *(0 if n == 1 else i for n, i in zip(z.shape[1:], place, strict=True)))]
            ]
            for z, format in zip((self.x, self.y), self.formats, strict=True)
        )
        bias, *scales = (None if z is None else Number(int(z.codes[index]), z.format) for z in (self.bias, *self.scales))
        return spec.dot(xs, ys, self.path, bias, [scale for scale in scales if scale is not None], port)


def computed(whole: Whole, *, flags: bool, progress: Progress | None) -> Sums:
    """What kernels find; where none suits, or the specification alone knows how, all is left to that."""
    to = whole.path.to
    alone = (whole.scales and whole.path.scaling == "terms") or to.rounding.bits
    found = None if alone else _staged(whole, flags=flags, progress=progress)
    if found is not None:
        return found
    return Sums(np.empty(whole.shape, code_dtype(to.format)), np.empty(whole.shape, np.uint8), np.ones(whole.shape, bool))


def check_ports(ports: Ports, shape: tuple[int, ...]) -> None:
    """``ValueError`` for a port of no element of the result."""
    for index in ports:
        if len(index) != len(shape) or not all(0 <= i < size for i, size in zip(index, shape, strict=True)):
            raise ValueError(f"a port belongs to an element of the result, of shape {shape}, not to {index}")


def specify(
    specified: Callable[[tuple[int, ...], Port], Result], found: Sums, ports: Ports, progress: Progress | None = None
) -> None:
    """Fill in from the specification what the kernels left to it and what has a port, in the order of the array."""
    wanted = np.zeros(found.codes.shape, bool) if found.hard is None else found.hard.copy()
    check_ports(ports, wanted.shape)
    for index in ports:
        wanted[index] = True
    left = int(wanted.sum())
    places = zip(*map(np.ndarray.tolist, np.nonzero(wanted)), strict=True) if wanted.ndim else [()] * left
    for done, index in enumerate(places, start=1):
        result = specified(index, ports.get(index, NO_PORT))
        found.codes[index] = result.code
        if found.flags is not None:
            found.flags[index] = int(result.flags)
        if progress is not None:
            progress(wanted.size - left + done, wanted.size)


def _staged(whole: Whole, *, flags: bool, progress: Progress | None) -> Sums | None:
    """The sums of a kernel brought to the output; ``None`` where no kernel suits, or where something is refused on the way:
    what is refused first is for the specification to say."""
    path = whole.path
    first = whole.bias if path.bias == "first" else None
    job = Job(
        whole.x,
        whole.y,
        whole.flat(first),
        (*whole.formats, None if first is None else first.format),
        simpler(path.multiplier, whole.formats, path.accumulator.to),
        path.accumulator,
        flags,
    )
    check_host()
    kernel = next((kernel for kernel in KERNELS if kernel.suits(job)), None)
    if kernel is None:
        return None
    try:
        found = sums(kernel, job, progress)
        if found.hard is not None:
            found.codes[found.hard] = 0
        register = Array(found.codes.reshape(whole.shape), path.accumulator.to.format)
        codes, raised = _output(register, found.flags, whole, flags=flags)
    except ValueError:
        return None
    return Sums(codes, raised, None if found.hard is None else found.hard.reshape(whole.shape))


def sums(kernel: Kernel, job: Job, progress: Progress | None = None) -> Sums:
    """The accumulator's sums, tile by tile."""
    codes = np.empty(job.shape, code_dtype(job.accumulator.to.format))
    flags = np.empty(job.shape, np.uint8) if job.flags else None
    hard = np.zeros(job.shape, bool)
    done = 0

    def fill(place: tuple[slice, ...]) -> int:
        check_host()  # Rounding and flushing are modes of each thread.
        with np.errstate(all="ignore"):
            found = kernel.run(job.part(place))
        codes[place] = found.codes
        if flags is not None:
            assert found.flags is not None, "they were asked for"
            flags[place] = found.flags
        if found.hard is not None:
            hard[place] = found.hard
        return int(codes[place].size)

    places = list(tiles(job.shape, kernel.tile))
    cores = (os.cpu_count() or 1) if kernel.threaded and len(places) > 1 else 1
    pool = ThreadPoolExecutor(cores)
    try:
        for size in pool.map(fill, places) if cores > 1 else map(fill, places):
            done += size
            if progress is not None:
                progress(done, job.size)
    finally:
        pool.shutdown(cancel_futures=True)  # After an interrupt nothing more is begun.
    return Sums(codes, flags, hard)


def _output(
    register: Array, raised: NDArray[np.uint8] | None, whole: Whole, *, flags: bool
) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """The output stage: the same writes as the specification's, each an operation on arrays."""
    path = whole.path
    found = register
    total = np.zeros(whole.shape, np.uint8) if raised is None else raised.reshape(whole.shape).copy()

    def write(name: str, operands: tuple[Any, ...], to: Projection) -> None:
        nonlocal found
        answer = apply(name, operands, to, flags=flags)
        if flags:
            answer, more = answer
            np.bitwise_or(total, more, out=total)
        found = answer

    if whole.bias is not None and path.bias == "last":
        write("add", (found, whole.bias), path.accumulator.to)
    if path.scaling == "steps":
        for scale in whole.scales:
            write("multiply", (found, scale), path.to)
    elif len(whole.scales) == 1:
        write("multiply", (found, whole.scales[0]), path.to)
    elif whole.scales:
        found, more = _by_all_scales(found, whole, path.to)
        np.bitwise_or(total, more, out=total)
    if not whole.scales and path.output is not None:
        write("convert", (found,), path.to)
    if whole.bias is not None and path.bias == "output":
        write("add", (found, whole.bias), path.to)
    return found.codes, total if flags else None


def finished(register: Array, whole: Whole) -> Array:
    """What the output stage makes of registers, in their shape; ``ValueError`` where it refuses one."""
    codes, _ = _output(register, None, whole, flags=False)
    return Array(codes, whole.path.to.format)


def _by_all_scales(register: Array, whole: Whole, to: Projection) -> tuple[Array, NDArray[np.uint8]]:
    """The exact products with several scales, projected once, one by one."""
    codes, flags = np.empty(whole.shape, code_dtype(to.format)), np.empty(whole.shape, np.uint8)
    for index in np.ndindex(whole.shape):
        operands = [Number(int(z.codes[index]), z.format) for z in (register, *whole.scales)]
        outcome = spec.scaled([to.read(x) for x in operands])
        codes[index], flags[index] = (int(part) for part in NO_PORT.write(outcome, to, "output", 0, operands))
    return Array(codes, to.format), flags
