"""The host's floating point: its real modes are switched, and the engine must refuse to go on."""

import ctypes
import ctypes.util
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

import refsim
from refsim import engine
from refsim.engine import HostArithmeticError, check_host, run

to = refsim.Projection("binary16", "ties_to_even", "infinity")
wide = refsim.Projection("binary32", "ties_to_even", "infinity")

X86 = {"upward": 0x800, "downward": 0x400, "toward zero": 0xC00}
ARM = {"upward": 0x400000, "downward": 0x800000, "toward zero": 0xC00000}
DIRECTIONS = {"x86_64": X86, "AMD64": X86, "aarch64": ARM, "arm64": ARM}
"""``FE_UPWARD``, ``FE_DOWNWARD`` and ``FE_TOWARDZERO`` of <fenv.h>."""

FLUSH = r"""
#if defined(__x86_64__)
#include <xmmintrin.h>
unsigned swap_mode(unsigned mode) { unsigned old = _mm_getcsr(); _mm_setcsr(mode); return old; }
unsigned flushing(unsigned mode) { return mode | 0x8040; }
#else
unsigned swap_mode(unsigned mode) {
    unsigned long old, now = mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" : : "r"(now));
    return old;
}
unsigned flushing(unsigned mode) { return mode | (1u << 24); }
#endif
"""
"""Sets flush-to-zero (and denormals-are-zero on x86), as a compiler's fast-math start-up code does."""


@contextmanager
def rounding(direction):
    """The host rounds in a direction inside."""
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    before = libm.fegetround()
    assert libm.fesetround(DIRECTIONS[platform.machine()][direction]) == 0
    try:
        yield
    finally:
        libm.fesetround(before)


@pytest.fixture(scope="module")
def flush_library(tmp_path_factory):
    """The two functions above, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert compiler, "this test compiles a few lines of C"
    folder = tmp_path_factory.mktemp("flush")
    source, library = folder / "flush.c", folder / "flush.so"
    source.write_text(FLUSH)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return ctypes.CDLL(str(library))


@contextmanager
def flushing_to_zero(library):
    """The host flushes subnormals to zero inside."""
    default = library.swap_mode(0x1F80 if platform.machine() in {"x86_64", "AMD64"} else 0)
    library.swap_mode(library.flushing(default))
    try:
        yield
    finally:
        library.swap_mode(default)


def refuses(message):
    """Every way into the engine's arithmetic refuses with the message."""
    x = refsim.Array([0x3C00], to.format)
    big = refsim.Array([0x3F800000], wide.format)
    calls = (
        check_host,
        lambda: refsim.encode([1.0], to),
        lambda: engine.convert(x, to),
        lambda: engine.add(big, big, wide),
        lambda: engine.multiply(big, big, wide),
        lambda: engine.subtract(x, x, to),
    )
    found = []
    for call in calls:
        try:
            call()
        except HostArithmeticError as refused:
            found.append(str(refused))
        else:
            found.append("")
    return found == [message] * len(calls)


def test_a_healthy_host_passes():
    """Nothing is refused where the host rounds to nearest and keeps subnormals."""
    check_host()
    assert refsim.encode([1.0], to).codes.tolist() == [0x3C00]


@pytest.mark.parametrize("direction", ["upward", "downward", "toward zero"])
def test_another_rounding_direction_is_refused(direction):
    """A library that sets the rounding direction of the process is found out."""
    with rounding(direction):
        refused = refuses("the host does not round to nearest even: a library in this process changed its rounding mode")
    assert refused
    check_host()


def test_flushing_subnormals_is_refused(flush_library):
    """A library that has subnormals flushed to zero is found out."""
    with flushing_to_zero(flush_library):
        refused = refuses("the host flushes subnormal numbers to zero: a library in this process set that mode")
    assert refused
    check_host()


def test_exact_numbers_need_no_host(flush_library):
    """What the specification answers by itself is answered in any mode."""
    numbers = np.array([1, 3], dtype=object)
    with flushing_to_zero(flush_library):
        codes = refsim.encode(numbers, to).codes.tolist()
    assert codes == [0x3C00, 0x4200]


@pytest.mark.parametrize("direction", ["upward", "downward", "toward zero"])
def test_importing_refuses_another_direction(direction):
    """The engine is not even imported where the host rounds another way."""
    code = (
        "import ctypes, ctypes.util, numpy;"
        f"ctypes.CDLL(ctypes.util.find_library('m')).fesetround({DIRECTIONS[platform.machine()][direction]});"
        "import refsim"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr.splitlines()[-1].startswith(
        "refsim.engine.host.HostArithmeticError: the host does not round to nearest"
    )


def test_threads_are_checked(monkeypatch):
    """A thread of the engine's own that rounds another way is noticed where a large array is worked on."""
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    x = np.ones(4 * run.PARALLEL, np.float32)
    monkeypatch.setattr(run.os, "cpu_count", lambda: 2)
    for direction, refused in ((DIRECTIONS[platform.machine()]["upward"], True), (0, False)):
        with ThreadPoolExecutor(1, initializer=libm.fesetround, initargs=(direction,)) as pool:
            monkeypatch.setattr(run, "_threads", lambda pool=pool: pool)
            with pytest.raises(HostArithmeticError) if refused else nullcontext():
                engine.add(x, x, wide)
