"""Memories: stages in order on the way in, in the opposite order on the way out, each with its own parts."""

import re
from dataclasses import dataclass

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.memories import DATA, PLAIN, Memory, Part, Reading, site_names
from refsim.spec.projection import Projection
from refsim.spec.stored_formats import Converted

INT8, INT4 = get_format("int8"), get_format("int4")
WEIGHTS = Part("weight", INT8, (1, 2, 250))


@dataclass(frozen=True)
class Added:
    """Codes with a number added, and beside them how many there are."""

    name: str
    n: int
    corrected: int = 0
    stopped: bool = False

    def write(self, data):
        """Added."""
        return {
            DATA: Part(data.kind, data.format, tuple((code + self.n) % 256 for code in data.codes)),
            "count": Part("check", INT4, (len(data.codes),)),
        }

    def read(self, parts):
        """Subtracted; what is beside is only this stage's."""
        assert set(parts) == {DATA, "count"}
        assert parts["count"].codes == (len(parts[DATA].codes),)
        return Reading(tuple((code - self.n) % 256 for code in parts[DATA].codes), self.corrected, 1, self.stopped)

    def read_format(self, format):
        """The same."""
        return format


@dataclass(frozen=True)
class Doubled:
    """Codes written twice as large in a wider format."""

    name: str = "doubled"
    back: str = "int8"

    def write(self, data):
        """Doubled, with nothing beside."""
        return {DATA: Part(data.kind, get_format("int16"), tuple(2 * code for code in data.codes))}

    def read(self, parts):
        """Halved."""
        assert parts[DATA].format.name == "int16"
        return Reading(tuple(code // 2 for code in parts[DATA].codes))

    def read_format(self, format):
        """As before."""
        assert format.name == "int16"
        return get_format(self.back)


@pytest.mark.clause("memory/stages")
def test_stages_in_order():
    """Adding before doubling is not doubling before adding; each comes back."""
    memory = Memory((Added("a", 3), Doubled()))
    parts = memory.write(WEIGHTS)
    assert list(parts) == [DATA, "a.count"]
    assert parts[DATA].codes == (8, 10, 2 * 253)
    assert parts[DATA].format.name == "int16"
    assert memory.read(parts) == Reading((1, 2, 250), 0, 1, False)
    other = Memory((Added("b", 1), Added("a", 2), Added("ab", 3)))
    assert other.write(WEIGHTS)[DATA].codes == (7, 8, 0)
    assert other.read(other.write(WEIGHTS)).codes == WEIGHTS.codes
    memory.check(WEIGHTS)


@pytest.mark.clause("memory/stages")
def test_counts_add_up():
    """Over all stages; one that stops the machine stops it."""
    memory = Memory((Added("a", 1, 5), Added("b", 1, 2, stopped=True), Doubled()))
    assert memory.read(memory.write(WEIGHTS)) == Reading(WEIGHTS.codes, 7, 2, True)


@pytest.mark.clause("memory/formats")
def test_formats_between_stages():
    """A stage that wrote another format than it is given back is refused, on reading too: its codes would be other numbers."""
    to32, to16, to8, brain = (
        Projection(name, "ties_to_even", "infinity" if name[0] == "b" else "saturate")
        for name in ("binary32", "binary16", "int8", "bfloat16")
    )
    data = Part("weight", to32.format, (0x3F800000, 0x40000000))
    wrong = Memory((Converted(to16, to32, "a"), Converted(to8, brain, "b")))
    parts = wrong.write(data)
    for refused in (lambda: wrong.check(data), lambda: wrong.read(parts), lambda: wrong.read_format(INT8)):
        with pytest.raises(ValueError, match="a wrote binary16, and is given back bfloat16"):
            refused()
    right = Memory((Converted(to16, to32, "a"), Converted(to8, to16, "b")))
    right.check(data)
    assert right.read(right.write(data)).codes == data.codes


def test_plain():
    """Nothing changes, nothing is beside."""
    assert PLAIN.write(WEIGHTS) == {DATA: WEIGHTS}
    assert PLAIN.read({DATA: WEIGHTS}) == Reading(WEIGHTS.codes)
    assert site_names("fc1.weights", [DATA, "ecc.check"]) == {DATA: "fc1.weights", "ecc.check": "fc1.weights/ecc.check"}


def test_refused():
    """Two stages of one name, and a memory that gives back another format."""
    with pytest.raises(ValueError, match="a memory has two stages a"):
        Memory((Added("a", 1), Doubled(), Added("a", 2)))
    with pytest.raises(ValueError, match=re.escape("what is read is of int4, not of int8 as what was written")):
        Memory((Doubled(back="int4"),)).check(WEIGHTS)
