"""The golden fault masks are what the specification makes and what the engine makes; their files are described and whole."""

import json
import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from refsim.engine.array import Array
from refsim.engine.faults import Target
from refsim.engine.samplers import sample
from refsim.spec.fault_names import KINDS, read_model
from refsim.spec.faults import Event, Mask
from refsim.vectors import masks
from refsim.vectors.masks_cases import CASES, SLOW, SUFFIX

FOLDER = Path(__file__).parents[2] / "vectors" / "faults"
EACH = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else []) for name in CASES]


def read(name):
    """The header's lines by their first word, the elements, and the last line."""
    lines = (FOLDER / f"{name}{SUFFIX}").read_bytes().decode("ascii").split("\n")
    assert lines.pop() == ""
    head = [line[3:].split(" ") for line in lines[:-1] if line.startswith("// ")]
    return head, [line for line in lines if not line.startswith("//")], lines[-1]


@pytest.mark.clause("sampler/rate", "sampler/dense", "sampler/thinned", "sampler/count", "sampler/exhaustive", "gap/hits")
@pytest.mark.parametrize("name", EACH)
def test_the_specification_makes_them(name):
    """The same text, byte for byte."""
    assert (FOLDER / f"{name}{SUFFIX}").read_bytes() == masks.text(CASES[name]).encode("ascii")


@pytest.mark.parametrize("name", CASES)
def test_the_engine_makes_them(name):
    """The same elements and masks, from the model that the file names; long ones too."""
    head, body, _ = read(name)
    case, aimed = CASES[name], []
    for number, one in case.sites.items():
        specified = masks.target(number, one._replace(known=False) if not one.known else one)
        codes = None if specified.codes is None else Array(np.array(specified.codes), specified.site.format)
        aimed.append(Target(number, specified.site, codes, specified.selection))
    (model,) = (json.loads(" ".join(rest)) for key, *rest in head if key == "model")
    found = sample(read_model(model), case.seed, case.trial, aimed)
    lines = [
        " ".join(f"{n:x}" for n in (number, event.element, *event.mask))
        for number, part in found.items()
        for event in part.events(number)
    ]
    assert lines == body


@pytest.mark.parametrize("name", CASES)
def test_counts_and_digests(name):
    """The last line counts the elements; its digest is that of their numbers, written once more here."""
    _, body, last = read(name)
    numbers = [[int(word, 16) for word in line.split()] for line in body]
    data = b"".join(n.to_bytes(4 if i == 0 else 8, "little") for line in numbers for i, n in enumerate(line))
    assert last == f"// count {len(body):x} sha256 {sha256(data).hexdigest()}"
    assert sorted(numbers) == numbers
    assert len({(line[0], line[1]) for line in numbers}) == len(body) > 0


def test_all_of_them():
    """Every file is in the table; every kind of model and every line of the description comes up."""
    assert {path.name for path in FOLDER.glob(f"*{SUFFIX}")} == {f"{name}{SUFFIX}" for name in CASES}
    assert {case.model["kind"] for case in CASES.values()} == {kind.name for kind in KINDS}
    assert set(masks.DERIVED) == {kind.record for kind in KINDS}
    columns = re.findall(r"^\|([^|]*)\|", (FOLDER / "README.md").read_text("ascii"), re.MULTILINE)
    described = set(re.findall(r"`([a-z-]+)`", "".join(columns)))
    assert described == {key for name in CASES for key, *_ in read(name)[0]}


def test_published_masks():
    """The million bits at 1/1000 on which two programs agreed: 1018 and 969 flips, and where the first ones are."""
    for name, count, first in (("rate_1e-3", 1018, [259, 996, 2131, 2491]), ("rate_1e-3_trial_1", 969, [4, 878, 1687, 1911])):
        numbers = [[int(word, 16) for word in line.split()] for line in read(name)[1]]
        places = [8 * e + bit for _, e, inverted, *_ in numbers for bit in range(8) if inverted >> bit & 1]
        assert (len(places), places[:4]) == (count, first)


def test_digest_by_hand():
    """Of one event: 36 bytes."""
    data = bytes.fromhex("03000000 0100000000000000 8000000000000000 0000000000000000 ff00000000000000")
    assert masks.digest([Event(3, 1, Mask(0x80, 0, 0xFF))]) == sha256(data).hexdigest()
