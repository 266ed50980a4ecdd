"""Packing beside other implementations: bitstring, NumPy and ONNX."""

import bitstring
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from refsim import engine
from refsim.spec import packing
from refsim.spec.packing import get_packing

LSB_FIRST, MSB_FIRST = packing.ORDERS


def random_codes(width, count):
    """Codes from a fixed seed."""
    generator = np.random.default_rng(width)
    return [int.from_bytes(generator.bytes(64), "little") % (1 << width) for _ in range(count)]


@pytest.mark.clause("packing/order", "packing/sequence", "packing/length")
@pytest.mark.parametrize("width", [*range(1, 65), 100, 512])
def test_bitstring(width):
    """bitstring's arrays of unsigned integers of any width are msb_first; with bits and elements reversed, lsb_first."""
    codes, layout = random_codes(width, 13), get_packing(MSB_FIRST, width)
    theirs = bitstring.Array(f"uint{width}", codes).to_bytes()
    assert packing.pack(codes, layout) == engine.pack(codes, layout).tobytes() == theirs
    backwards = bitstring.Bits.from_joined(bitstring.Bits(uint=code, length=width) for code in reversed(codes))
    filled = bitstring.Bits.from_zeros(-len(backwards) % 8) + backwards
    assert packing.pack(codes, get_packing(LSB_FIRST, width)) == filled.bytes[::-1]


@pytest.mark.clause("packing/order")
@pytest.mark.parametrize("order", packing.ORDERS)
@pytest.mark.parametrize("width", range(1, 9))
def test_numpy(order, width):
    """packbits of the bits of the codes, in either order."""
    codes, bit_order = random_codes(width, 29), {LSB_FIRST: "little", MSB_FIRST: "big"}[order]
    bits = [code >> n & 1 for code in codes for n in (range(width) if order == LSB_FIRST else range(width - 1, -1, -1))]
    assert packing.pack(codes, get_packing(order, width)) == np.packbits(bits, bitorder=bit_order).tobytes()


PACK = {2: numpy_helper._pack_2bitx4, 4: numpy_helper._pack_4bitx2, 6: numpy_helper._pack_6bit}
UNPACK = {2: numpy_helper._unpack_2bit, 4: numpy_helper._unpack_4bit, 6: numpy_helper._unpack_6bit}


@pytest.mark.clause("packing/order", "packing/sequence", "packing/length")
@pytest.mark.parametrize("width", PACK)
@pytest.mark.parametrize("count", range(1, 14))
def test_onnx(width, count):
    """ONNX stores elements of two, four and six bits lsb_first, filled up to a whole byte with zeros."""
    codes, layout = np.array(random_codes(width, count), np.uint8), get_packing(LSB_FIRST, width)
    image = engine.pack(codes, layout)
    assert packing.pack(codes.tolist(), layout) == image.tobytes() == PACK[width](codes).tobytes()
    assert np.array_equal(UNPACK[width](image, [count]), codes)


@pytest.mark.clause("packing/order")
@pytest.mark.parametrize(("name", "width"), [("INT4", 4), ("UINT4", 4), ("FLOAT4E2M1", 4), ("FLOAT6E2M3", 6), ("INT2", 2)])
def test_onnx_tensors(name, width):
    """The raw data of a tensor that ONNX makes is our image of its codes."""
    kind = TensorProto.DataType.Value(name)
    codes = random_codes(width, 7)
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    tensor = numpy_helper.from_array(np.array(codes, np.uint8).view(dtype), "x")
    assert tensor.data_type == kind
    assert tensor.raw_data == packing.pack(codes, get_packing(LSB_FIRST, width))
