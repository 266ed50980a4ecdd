"""The fault models in C print the golden masks, and the random words of the specification."""

import shutil
import subprocess
from pathlib import Path

import pytest

from refsim.spec.randomness import Stream, word32, word64
from refsim.vectors.masks_cases import CASES, SUFFIX

from ..spec.test_randomness import KNOWN

ROOT = Path(__file__).parents[2]
EXAMPLE, GOLDEN = ROOT / "examples" / "faults", ROOT / "vectors" / "faults"
COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed")
FLAGS = ("-std=c11", "-O1", "-Wall", "-Wextra", "-Werror")
DECODED = ("negate", "move")
"""Kinds of models whose masks follow from codes in their formats."""
WORDS = """
#include <stdio.h>
#include "gaps.h"
int main(void) {
    unsigned long long s, i;
    unsigned t, site, purpose;
    while (scanf("%llx %x %x %x %llx", &s, &t, &site, &purpose, &i) == 5) {
        seed = s, trial = t;
        printf("%x %llx\\n", word32(site, purpose, 4 * i + i % 4), (unsigned long long)word64(site, purpose, 2 * i + i % 2));
    }
    (void)hit, (void)below;
}
"""


def compiled(source, out):
    """A program, without a warning."""
    subprocess.run([COMPILER, *FLAGS, f"-I{EXAMPLE}", "-o", out, source], check=True)
    return out


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The example."""
    return compiled(EXAMPLE / "faults.c", tmp_path_factory.mktemp("faults") / "faults")


def lines_of(file):
    """The masks of a golden file."""
    return [line for line in file.read_text("ascii").splitlines() if not line.startswith("//")]


def printed(program, file):
    """What the program prints."""
    return subprocess.run([program, file], capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.model["kind"] not in DECODED])
def test_golden_masks(program, name):
    """The same elements and bits, from what was asked alone."""
    file = GOLDEN / f"{name}{SUFFIX}"
    assert printed(program, file) == lines_of(file) != []


def test_it_does_not_read_the_masks(program, tmp_path):
    """A file without its masks, and one with another trial."""
    whole = (GOLDEN / f"rate_1e-2{SUFFIX}").read_text("ascii")
    head = tmp_path / "head"
    head.write_text("".join(f"{line}\n" for line in whole.splitlines() if line.startswith("//")))
    assert printed(program, head) == lines_of(GOLDEN / f"rate_1e-2{SUFFIX}")
    head.write_text(whole.replace("// trial 0", "// trial 1"))
    assert printed(program, head) != lines_of(head)


def test_what_it_does_not_do(program, tmp_path):
    """Models that need formats, files that are not there: said, and another exit code."""
    for file, code, said in (
        (GOLDEN / f"negate{SUFFIX}", 3, "negate follows from codes"),
        (tmp_path / "none", 2, "use: faults"),
    ):
        done = subprocess.run([program, file], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (code, "")
        assert said in done.stderr


@pytest.mark.clause("random/philox", "random/streams", "random/words32", "random/words64")
def test_words(tmp_path):
    """The published answers, by streams whose counters they are, and words all over."""
    streams = [
        (Stream(k1 << 32 | k0, trial, site, c1 >> 24), c1 % (1 << 24) << 32 | c0)
        for (c0, c1, site, trial), (k0, k1), _ in KNOWN
    ]
    streams += [(Stream(7 * i**5, i * 999, i, i % 8), i**9) for i in range(50)]
    source = tmp_path / "words.c"
    source.write_text(WORDS)
    lines = "".join(f"{s.seed:x} {s.trial:x} {s.site:x} {s.purpose:x} {i:x}\n" for s, i in streams)
    program = compiled(source, tmp_path / "words")
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    assert done == [f"{word32(s, 4 * i + i % 4):x} {word64(s, 2 * i + i % 2):x}" for s, i in streams]
    assert [int(line.split()[0], 16) for line in done[:3]] == [answer[c0 % 4] for (c0, *_), _, answer in KNOWN]


def test_the_models_are_short():
    """The models and the generator, without reading and printing, are short enough to be read at once."""
    assert sum(len((EXAMPLE / name).read_text("ascii").splitlines()) for name in ("gaps.h", "faults.c")) < 150
