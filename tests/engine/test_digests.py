"""Digests of codes: of narrow ones as a memory holds them, of wide ones as whole bytes, in any process the same."""

import hashlib
import subprocess
import sys

import numpy as np

from refsim.engine.array import Array
from refsim.engine.digests import content, digest
from refsim.spec.catalogue import get_format

PROGRAM = """
from refsim.engine.array import Array
from refsim.engine.digests import digest
from refsim.spec.catalogue import get_format
print(digest(Array([1 << 70, 12345], get_format("uint72"))))
"""


def test_content():
    """Bytes of the dtype up to 64 bits, of the format above, in order, whatever lies in memory."""
    codes = np.array([[1, 2], [0x1FF, 4]], np.uint16)
    assert content(Array(codes, get_format("uint9"))) == bytes([1, 0, 2, 0, 0xFF, 1, 4, 0])
    assert content(Array(codes.T, get_format("uint9"))) == bytes([1, 0, 0xFF, 1, 2, 0, 4, 0])
    wide = Array(np.array([1, 1 << 71], dtype=object), get_format("uint72"))
    assert content(wide) == (1).to_bytes(9, "little") + (1 << 71).to_bytes(9, "little")
    assert digest(wide) == hashlib.sha256(content(wide)).hexdigest()


def test_wide_codes_in_another_process():
    """The digest of codes wider than any dtype is the same in another process."""
    wide = Array([1 << 70, 12345], get_format("uint72"))
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest(wide)
