"""Affine quantization on arrays: the names of ``refsim.spec.affine``. Scales and zero points are broadcast with the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import affine as spec
from ..spec.affine import Granularity
from ..spec.formats import FloatGrid, Format, Number
from ..spec.projection import Projection
from ..spec.requantization import BINARY32, limits
from .array import Array, as_array, code_dtype
from .decode import decode
from .encode import encode
from .projection import Projected
from .requantization import integers
from .requantization_steps import INT32
from .run import Finished, Work, draws, finish, in_parts, map_chunks

Floats = NDArray[Any]
SIGNIFICAND = 24
"""The most significant bits of operands whose quotients binary64 can be asked for; see ``quantize``."""
NARROW = 16
"""The widest results that are computed here; the specification answers for wider ones."""
WIDE = 28
"""The widest integers to dequantize: a difference of two has 29 bits, and its product with 24 fits in binary64."""
PIECE = 1 << 16
"""Numbers that are worked on at a time."""
SAFE = 1 << 30
"""Integers up to here fit in 32 bits with any zero point."""
REACH = 1 << 20
"""The quotients that are rounded here lie below."""


def _flat(x: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """One number as it is, several broadcast to the shape; flat."""
    return np.ascontiguousarray(x if x.size == 1 and np.prod(shape) else np.broadcast_to(x, shape)).reshape(-1)


def _at(x: NDArray[Any], i: int) -> int:
    return int(x[0] if x.size == 1 else x[i])


def _part(x: NDArray[Any], part: slice) -> Any:
    return x if x.size == 1 else x[part]


def _is_small(format: Format) -> bool:
    return isinstance(format.grid, FloatGrid) and format.grid.precision <= SIGNIFICAND and format.width <= 32


def _parameters(zero_point: Any, to_format: Format) -> tuple[NDArray[Any], int, int]:
    """Zero points and the ends of the result format; the specification's error for a zero point outside them."""
    points = integers(zero_point)
    least, greatest = limits(0 if to_format.signed else to_format.top, to_format)
    wrong = (points < -to_format.top_negative) | (points > to_format.top)
    if wrong.any():
        limits(int(points[wrong][0]), to_format)
    return points, least, greatest


def quantize(x: Any, scale: Any, zero_point: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exact quotients of x and the scales, rounded to integers, plus the zero points, in an integer format.

    x and scales: an ``Array`` or an array of a floating-point type; zero points: integers.

    A quotient of numbers of 24 bits that is no multiple of 1/2 lies more than 2**-26 from the next, and binary64 rounds one
    below 2**20 by less than 2**-33: every deterministic rule decides the rounded quotient as the exact one.
    """
    numbers, scales = as_array(x), as_array(scale)
    points, least, greatest = _parameters(zero_point, to.format)
    shape = np.broadcast_shapes(numbers.shape, scales.shape, points.shape, *([] if draw is None else [np.shape(draw)]))
    random = draws(to, draw, shape)
    codes, divisors, zeros = (_flat(part, shape) for part in (numbers.codes, scales.codes, points))

    def specified(i: int) -> Any:
        given = Number(_at(codes, i), numbers.format), Number(_at(divisors, i), scales.format)
        return spec.quantize(*given, _at(zeros, i), to, None if random is None else int(random[i]))

    work = Work(specified, to, shape, flags)
    if random is not None or to.format.width > NARROW or not (_is_small(numbers.format) and _is_small(scales.format)):
        return finish(work, None)
    rounded = Projection("int32", to.rounding, "saturate")
    saturates = to.overflow.name == "saturate" and not flags
    steps = decode(Array(divisors, scales.format))

    def chunk(part: slice) -> Projected:
        step = _part(steps, part)
        quotients = decode(Array(codes[part] if codes.size > 1 else codes, numbers.format)) / step
        hard = ~(step > 0) | ~np.isfinite(step) | np.isnan(quotients)
        if not saturates:
            hard = hard | (np.abs(quotients) >= REACH)
        held = np.where(hard, 0, np.clip(quotients, -REACH, REACH))
        whole = encode(held, rounded).codes.view(np.int32).astype(np.int64)
        total = whole + _part(zeros, part)
        if not saturates:
            hard = hard | (total < least) | (total > greatest)
        raised = (whole != held).astype(np.uint8) if flags else None
        return Projected(_codes(np.clip(total, least, greatest), to.format), raised, hard)

    return finish(work, map_chunks(to, int(np.prod(shape)), chunk, flags=flags))


def _codes_of(whole: Floats, format: Format) -> NDArray[Any]:
    """The codes of integers within a format, of numbers that are none anything."""
    dtype = code_dtype(format)
    if dtype.itemsize * 8 == format.width:
        return np.asarray(whole.astype(f"{'i' if format.signed else 'u'}{dtype.itemsize}").view(dtype))
    return _codes(whole.astype(np.int64), format)


def _codes(total: NDArray[np.int64], format: Format) -> NDArray[Any]:
    return (total & (1 << format.width) - 1).astype(code_dtype(format))


HALF_LESS = np.nextafter(np.float32(0.5), np.float32(0))


def _even(x: Floats) -> None:
    np.rint(x, out=x)


def _away(x: Floats) -> None:
    """To integers with ties away. The last number below a half is added: with it a fraction of a half, or of more, rounds to
    the next integer, and a smaller fraction, which is smaller by a last place at least, does not."""
    np.add(x, np.copysign(HALF_LESS, x), out=x)
    np.trunc(x, out=x)


def _up(x: Floats) -> None:
    """To integers with ties up. The fraction is exact where it is near a half."""
    below = np.floor(x)
    np.subtract(x, below, out=x)
    np.add(below, x >= HALF, out=x)


HALF = np.float32(0.5)


def _times_reciprocal(x: Floats, scale: Floats, out: Floats) -> None:
    np.multiply(x, np.float32(1) / scale, out=out)


def _divided(x: Floats, scale: Floats, out: Floats) -> None:
    np.divide(x, scale, out=out)


WAYS: dict[str, tuple[Callable[[Floats, Floats, Floats], None], Callable[[Floats], None]]] = {
    "onnx": (_divided, _even),
    "tflite": (_divided, _away),
    "pytorch": (_times_reciprocal, _even),
    "vitis_dpu": (_divided, _up),
    "vitis_py3": (_divided, _even),
    "vitis_std": (_divided, _away),
}
"""The quotient and the rounding of each model, in the host's binary32. A quotient by a power of two is exact there, or so large
that it saturates, or so small that it rounds to zero as the exact one."""


def quantize_as(model: str, x: Any, scale: Any, zero_point: Any, to_format: Format) -> Array:
    """The codes that a library's model gives for binary32 numbers and scales; zero points are integers."""
    way = spec.get_model(model)
    numbers, scales = as_array(x), as_array(scale)
    points, least, greatest = _parameters(zero_point, to_format)
    shape = np.broadcast_shapes(numbers.shape, scales.shape, points.shape)
    codes, divisors, zeros = (_flat(part, shape) for part in (numbers.codes, scales.codes, points))
    to = Projection(to_format, way.rounding, "saturate")

    def specified(i: int) -> Any:
        given = Number(_at(codes, i), numbers.format), Number(_at(divisors, i), scales.format)
        return to(to_format.decode(spec.quantize_as(model, *given, _at(zeros, i), to_format)))

    work = Work(specified, to, shape, flags=False)
    if numbers.format.name != "binary32" or scales.format.name != "binary32" or to_format.width > NARROW:
        return _array(finish(work, None))
    values, steps = codes.view(np.float32), divisors.view(np.float32)
    quotient, rounded = WAYS[model]
    # A power of two has one significant bit, a subnormal one too.
    refused = ~(steps > 0) | ~np.isfinite(steps) | (model.startswith("vitis") & (np.frexp(steps)[0] != np.float32(0.5)))

    size = int(np.prod(shape))
    found, troubles = np.empty(size, code_dtype(to_format)), []

    # Integers of 16 bits and their differences are exact in binary32.
    low, high, moved = (x.astype(np.float32) for x in (least - zeros, greatest - zeros, zeros))

    def fill(part: slice) -> None:
        whole = np.empty(found[part].shape, np.float32)
        quotient(_part(values, part), _part(steps, part), whole)
        rounded(whole)
        # A NaN is the least of any numbers.
        least_found = whole.min()
        if np.isnan(least_found) or (way.narrow and (least_found < -SAFE or whole.max() > SAFE)):
            wrong = np.isnan(whole)
            if way.narrow:
                wide, zero = whole.astype(np.float64), _part(zeros, part)
                wrong |= (wide < np.maximum(INT32.min, INT32.min - zero)) | (wide > np.minimum(INT32.max, INT32.max - zero))
            if wrong.any():
                troubles.append((part, wrong))
        np.clip(whole, _part(low, part), _part(high, part), out=whole)
        np.add(whole, _part(moved, part), out=whole)
        found[part] = _codes_of(whole, to_format)

    in_parts(size, fill, PIECE)
    hard = np.broadcast_to(refused, (size,)).copy() if refused.any() or troubles else None
    for part, wrong in troubles:
        if hard is not None:
            hard[part] |= wrong
    return _array(finish(work, (found, None, hard)))


def _array(found: Any) -> Array:
    assert isinstance(found, Array), "no flags were asked for"
    return found


def dequantize(q: Array, scale: Any, zero_point: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exact products of the scales and the differences of q and the zero points, each rounded once."""
    scales = as_array(scale)
    points, _, _ = _parameters(zero_point, q.format)
    shape = np.broadcast_shapes(q.shape, scales.shape, points.shape, *([] if draw is None else [np.shape(draw)]))
    random = draws(to, draw, shape)
    codes, factors, zeros = (_flat(part, shape) for part in (q.codes, scales.codes, points))

    def specified(i: int) -> Any:
        given = Number(_at(codes, i), q.format), Number(_at(factors, i), scales.format)
        return spec.dequantize(*given, _at(zeros, i), to, None if random is None else int(random[i]))

    steps = decode(Array(factors, scales.format)) if _is_small(scales.format) else np.zeros(1)
    if q.format.width > WIDE or not (np.isfinite(steps) & (steps > 0)).all():
        return finish(Work(specified, to, shape, flags), None)
    products = ((integers(Array(codes, q.format)) - zeros) * steps).reshape(shape)
    return encode(products, to, draw, flags=flags)


def dequantize_as(model: str, q: Array, scale: Any, zero_point: Any) -> Array:
    """The binary32 numbers that a library's model gives for codes of an integer format."""
    scales = as_array(scale)
    points, _, _ = _parameters(zero_point, q.format)
    shape = np.broadcast_shapes(q.shape, scales.shape, points.shape)
    codes, factors, zeros = (_flat(part, shape) for part in (q.codes, scales.codes, points))

    def specified(i: int) -> Any:
        given = Number(_at(codes, i), q.format), Number(_at(factors, i), scales.format)
        return BINARY32(BINARY32.format.decode(spec.dequantize_as(model, *given, _at(zeros, i))))

    work = Work(specified, BINARY32, shape, flags=False)
    steps = factors.view(np.float32) if scales.format.name == "binary32" else np.zeros(1)
    usual = model in spec.DEQUANTIZATIONS and q.format.width <= 32 and bool((np.isfinite(steps) & (steps > 0)).all())
    if not usual:
        return _array(finish(work, None))
    whole, size = _signed_integers(codes, q.format), int(np.prod(shape))
    if q.format.width <= NARROW:
        # Differences of 17 bits are exact in binary32, and every model rounds their products once.
        found, moved = np.empty(size, np.float32), zeros.astype(np.float32)

        def fill(part: slice) -> None:
            np.subtract(_part(whole, part), _part(moved, part), out=found[part], dtype=np.float32)
            np.multiply(found[part], _part(steps, part), out=found[part])

        in_parts(size, fill, PIECE)
        return Array(found.view(np.uint32).reshape(shape), BINARY32.format)

    def chunk(part: slice) -> Projected:
        step = _part(steps, part)
        difference = _part(whole, part).astype(np.int64) - _part(zeros, part)
        hard = (difference < INT32.min) | (difference > INT32.max)
        if model == "tflite":
            product = (difference * step.astype(np.float64)).astype(np.float32)
        else:
            product = difference.astype(np.float32) * step
        return Projected(product.view(np.uint32), None, hard)

    return _array(finish(work, map_chunks(BINARY32, size, chunk, flags=False)))


def _signed_integers(codes: NDArray[Any], format: Format) -> NDArray[Any]:
    """The integers of codes, without a copy where the format fills its bytes."""
    if codes.dtype.itemsize * 8 == format.width:
        return codes.view(f"int{format.width}") if format.signed else codes
    return integers(Array(codes, format))


def spread(parameters: Any, shape: tuple[int, ...], granularity: Granularity) -> NDArray[Any]:
    """Scales or zero points of a tensor in a shape that is broadcast to it: one for every number in groups, and for channels
    one along their axis. ``ValueError`` for parameters of another shape than the granularity asks for."""
    given, expected = np.asarray(parameters), granularity.shape(shape)
    if given.shape != expected:
        raise ValueError(f"parameters of a tensor of shape {shape} need the shape {expected}, not {given.shape}")
    if granularity.axis is None:
        return given
    if granularity.group is None:
        return given.reshape(tuple(-1 if axis == granularity.axis else 1 for axis in range(len(shape))))
    whole = np.repeat(given, granularity.group, axis=granularity.axis)
    return np.take(whole, np.arange(shape[granularity.axis]), axis=granularity.axis)
