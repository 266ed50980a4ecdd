"""What the tests of protected memories on arrays share: every stage with faults, held against the specification."""

import random

from refsim.engine.memories import STAGES
from refsim.engine.parts import of_specification, specified
from refsim.spec.catalogue import get_format
from refsim.spec.memories import Part

FORMATS = ("int8", "uint3", "int6", "binary16", "binary32", "uint72")
COUNTS = (0, 1, 7, 8, 21)


def outcome(call):
    """What a call returns, or the text of its ``ValueError``."""
    try:
        return call()
    except ValueError as error:
        return str(error)


def faulty(parts, rng):
    """Parts in which bits are flipped, none to three an element."""

    def flips(width):
        return sum({1 << rng.randrange(width) for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2, 3)))})

    return {
        name: part._replace(codes=tuple(code ^ flips(part.format.width) for code in part.codes)) for name, part in parts.items()
    }


def arrays(parts):
    """The same parts on arrays."""
    return {name: of_specification(part) for name, part in parts.items()}


def compare(stage, module, allowed=lambda codes: codes):
    """Writing, reading and the verdict of both, for all formats, and how many readings there were."""
    rng, readings = random.Random(repr(stage)), 0
    rendering = STAGES[type(stage)]
    for name in FORMATS:
        format = get_format(name)
        for count in COUNTS:
            data = Part("weight", format, allowed(tuple(rng.randrange(1 << format.width) for _ in range(count))))
            written = outcome(lambda data=data: stage.write(data))
            made = outcome(lambda data=data: rendering.write(stage, of_specification(data)))
            assert written == (made if isinstance(made, str) else {part: specified(each) for part, each in made.items()})
            if isinstance(written, str):
                continue
            parts = faulty(written, rng)
            read, found = stage.read(parts), rendering.read(stage, arrays(parts))
            assert read == (tuple(found.array.codes.tolist()), *found[1:])
            assert found.array.format == format
            assert module.verdict(stage, of_specification(data), arrays(parts)) == stage.verdict(data, parts)
            readings += 1
    return readings
