"""The main job, end to end: golden vectors are made, a real library and a C device are verified, planted bugs are named.

Every command shown is one that you can type. The demonstration fails if any of them does not end as it should.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
REFSIM = [sys.executable, "-m", "refsim"]
CONFORMS, DIFFERS = 0, 1


def say(text=""):
    print(text, flush=True)


def run(words, *, ends_with=CONFORMS, keep=None):
    """Show a refsim command, run it, and show its output, or its last ``keep`` lines."""
    say(f"$ refsim {shlex.join(words)}")
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [*REFSIM, *words], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    for line in lines[-keep:] if keep else lines:
        say(f"  {line}"[:240])
    if done.returncode != ends_with:
        sys.exit(f"demo: the command ended with exit code {done.returncode} where {ends_with} was due")
    say()


def verify(suite, dut, *options, ends_with=CONFORMS, keep=None):
    run(["verify", suite, "--dut", dut, *options], ends_with=ends_with, keep=keep)


def main():
    with tempfile.TemporaryDirectory(prefix="refsim-demo-") as folder:
        os.chdir(folder)
        say("1. Golden vectors, made from the exact specification.\n")
        run(
            [
                "vectors",
                "generate",
                "multiply/float8_e4m3fn/ties_to_even.*.edge",
                "add/float8_e5m2/ties_to_even.infinity.edge",
                "convert/binary32-to-bfloat16/ties_to_even.infinity.edge",
                "convert/binary64-to-bfloat16/ties_to_even.infinity.edge",
                "convert/binary32-to-int8/toward_negative.wrap.edge",
                "--out",
                "vectors",
            ]
        )
        say("2. A library that was not written here: ml_dtypes, its 8-bit arithmetic and its casts from float32.\n")
        nan = ("--nan", "any")
        for operation, name in (("multiply", "float8_e4m3fn"), ("add", "float8_e5m2")):
            suite = f"vectors/{operation}/{name}/ties_to_even.infinity.edge.rsv"
            verify(suite, f"py:ml_dtypes_device:{name}_{operation}", *nan)
        verify(
            "vectors/convert/binary32-to-bfloat16/ties_to_even.infinity.edge.rsv",
            "py:ml_dtypes_device:bfloat16_from_binary32",
            *nan,
        )
        say("3. Where that library deviates: a cast from float64 is rounded twice, through float32.\n")
        verify(
            "vectors/convert/binary64-to-bfloat16/ties_to_even.infinity.edge.rsv",
            "py:ml_dtypes_device:bfloat16_from_binary64",
            *nan,
            "--max-failures",
            "1",
            ends_with=DIFFERS,
        )
        compiler = next(filter(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang")), None)
        suite = "vectors/multiply/float8_e4m3fn/ties_to_even.saturate.edge.rsv"
        if compiler:
            say("4. A device in C, right first, then with a planted bug.\n")
            source = str(HERE / "c" / "e4m3fn_multiply.c")
            for name, bug in (("right", "0"), ("planted", "1")):
                subprocess.run([compiler, "-O1", f"-DBUG={bug}", "-o", name, source], check=True)
            verify(suite, "cmd:./right")
            verify(suite, "cmd:./planted", "--max-failures", "1", ends_with=DIFFERS)
        else:
            say("4. There is no C compiler here, so a mutant of the specification plays the device with a planted bug.\n")
            verify(suite, "mutant:rounding.ties-away", "--max-failures", "1", ends_with=DIFFERS)
        say("5. An int8 quantizer that saturates where it should wrap.\n")
        quantize = "vectors/convert/binary32-to-int8/toward_negative.wrap.edge.rsv"
        verify(quantize, "mutant:overflow.saturates", "--max-failures", "1", ends_with=DIFFERS)
    say("That is all: right devices conform, and each bug was named.")


if __name__ == "__main__":
    main()
