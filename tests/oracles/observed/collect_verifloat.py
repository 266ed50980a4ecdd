"""Ask VeriFloat's accumulators and print their answers in sections: ``python collect_verifloat.py COUNT SEED > FILE``.

A section begins with the formats of operands and register, the rounding rule, what overflow makes, the order, the format that
products are rounded to or ``-``, the terms of a group, and the bits of the alignment or ``-``. A line is operands x, ``*``,
operands y, ``+`` and an initial value or ``-``, ``=``, the result and its flags. All three ways of VeriFloat to ask must agree;
a line on which they do not has the others' answers behind it.
"""

import random
import sys
import warnings

import verifloat
from verifloat import Accumulator, FPFormat, Rounding

FORMATS = {
    "float8_e4m3fn": verifloat.E4M3,
    "float8_e5m2": verifloat.E5M2,
    "float4_e2m1fn": verifloat.E2M1,
    "binary16": verifloat.FP16,
    "bfloat16": verifloat.BF16,
    "binary32": verifloat.FP32,
    "binary64": verifloat.FP64,
    "tf32": FPFormat(8, 10),
    "e4m3": FPFormat(4, 3),
    "e3m2": FPFormat(3, 2),
}
ROUNDINGS = {
    "ties_to_even": Rounding.RNE,
    "ties_to_away": Rounding.RNA,
    "toward_zero": Rounding.RTZ,
    "toward_positive": Rounding.RUP,
    "toward_negative": Rounding.RDN,
}
SECTIONS = [
    # operands, register, order, product, group, alignment
    ("float8_e4m3fn", "binary32", "sequential", "-", 1, "-"),
    ("float8_e4m3fn", "binary16", "sequential", "-", 1, "-"),
    ("float8_e5m2", "binary16", "sequential", "-", 1, "-"),
    ("float8_e5m2", "bfloat16", "sequential", "-", 1, "-"),
    ("binary16", "binary16", "sequential", "-", 1, "-"),
    ("binary16", "binary16", "sequential", "binary16", 1, "-"),
    ("binary16", "binary32", "sequential", "binary32", 1, "-"),
    ("bfloat16", "binary32", "sequential", "bfloat16", 1, "-"),
    ("bfloat16", "binary32", "sequential", "-", 4, "-"),
    ("float4_e2m1fn", "e3m2", "sequential", "-", 1, "-"),
    ("float4_e2m1fn", "e4m3", "sequential", "e3m2", 2, "-"),
    ("float8_e4m3fn", "e4m3", "sequential", "-", 1, "-"),
    ("binary32", "binary32", "sequential", "-", 1, "-"),
    ("float8_e4m3fn", "binary16", "pairwise", "-", 1, "-"),
    ("binary16", "binary16", "pairwise", "binary16", 1, "-"),
    ("float8_e5m2", "e4m3", "pairwise", "-", 2, "-"),
    ("binary16", "bfloat16", "pairwise", "-", 3, 8),
    ("float8_e4m3fn", "binary32", "sequential", "-", 4, 13),
    ("float8_e4m3fn", "binary32", "sequential", "-", 8, 3),
    ("float8_e4m3fn", "binary32", "sequential", "-", 32, 13),
    ("float8_e5m2", "binary32", "sequential", "-", 4, 10),
    ("float8_e5m2", "binary16", "sequential", "-", 4, 0),
    ("binary16", "binary32", "sequential", "-", 4, 24),
    ("binary16", "binary32", "sequential", "-", 8, 11),
    ("bfloat16", "binary32", "sequential", "-", 4, 24),
    ("binary16", "tf32", "sequential", "binary16", 4, 12),
    ("float4_e2m1fn", "e3m2", "sequential", "-", 2, 1),
    ("float8_e4m3fn", "binary16", "sequential", "-", 1, 2),
    ("float8_e4m3fn", "binary16", "exact", "-", 1, "-"),
    ("binary16", "binary32", "exact", "-", 1, "-"),
    ("float8_e5m2", "bfloat16", "exact", "binary16", 1, "-"),
]
KNOWN = [
    (("binary16", "binary16", "sequential", "-", 1, "-"), False, [0x8000], [0x3C00]),
    (("binary16", "binary16", "pairwise", "-", 1, "-"), False, [0x6800, 0x3C00, 0x3C00], [0x3C00] * 3),
    (("binary16", "binary16", "sequential", "-", 1, "-"), False, [0x6800, 0x3C00, 0x7E00], [0x3C00] * 3),
    (("binary16", "binary16", "sequential", "binary16", 1, "-"), False, [0x7C00], [0x0000]),
    (("binary16", "binary16", "sequential", "-", 1, "-"), True, [0x7C00], [0x3C00]),
    (("float8_e5m2", "binary16", "sequential", "-", 1, "-"), False, [0x7D], [0x3C]),
]
"""The cases of the ledger: a section, whether it saturates, and operands."""
SPECIAL = 0.05
"""The part of the cases in which infinities and NaNs may occur."""


class Aim:
    """Operands that show what a sum does: cancelling pairs, large beside small, subnormal numbers, zeros, special data."""

    def __init__(self, name, random_):
        self.format, self.random = FORMATS[name], random_
        self.width, self.fraction = self.format.size, self.format.mantissa_bits
        self.sign = 1 << self.width - 1
        codes = [*range(self.sign)] if self.width <= 8 else [0, 1, 2, self.sign >> 1, self.sign - 1]
        self.finite_codes = [code for code in codes if self.is_finite(code)]
        exponents = self.width - 1 - self.fraction
        self.one = ((1 << exponents - 1) - 1) << self.fraction
        self.special = [code for code in range(self.sign) if not self.is_finite(code)] if self.width <= 8 else []
        if self.width > 8:
            infinity = ((1 << exponents) - 1) << self.fraction
            self.special = [infinity, infinity | 1 << self.fraction - 1]

    def is_finite(self, code):
        """Whether a code is of a finite number."""
        return self.format.from_raw(code).is_finite

    def magnitude(self):
        """A code without a sign, of a finite number."""
        kind = self.random.random()
        if kind < 0.1:
            return self.random.choice([0, 0, 1, self.random.randrange(1 << self.fraction)])
        if kind < 0.6:
            near = self.one + (self.random.randint(-3, 3) << self.fraction) + self.random.randrange(1 << self.fraction)
            return near if 0 <= near < self.sign and self.is_finite(near) else self.one
        if kind < 0.7:
            return self.random.choice([self.finite_codes[-1], self.one, self.one])
        code = self.random.randrange(self.sign)
        return code if self.is_finite(code) else self.one

    def operand(self, special):
        """A code."""
        if special and self.special and self.random.random() < SPECIAL * 4:
            return self.random.choice(self.special) | self.random.choice([0, self.sign])
        return self.magnitude() | self.random.choice([0, self.sign])

    def vectors(self, most):
        """Two vectors, some of whose products cancel."""
        count = self.random.choice([1, 2, 3, self.random.randint(1, most)])
        special = self.random.random() < SPECIAL
        rows = [(self.operand(special), self.operand(special)) for _ in range(count)]
        for _ in range(self.random.choice([0, 0, 1, 2])):
            i, j = self.random.randrange(count), self.random.randrange(count)
            rows[j] = (rows[i][0] ^ self.sign, rows[i][1])
        if self.random.random() < 0.3:
            rows[self.random.randrange(count)] = (self.one, self.random.choice([0, 1, self.sign | 1, self.sign]))
        return rows


def section(name, to, order, product, group, bits, rounding, saturate):
    """The accumulator of a section, and the formats of operands and result."""
    target = FORMATS[to].replace(rounding=ROUNDINGS[rounding], saturate=saturate)
    rounded = None if product == "-" else FORMATS[product].replace(rounding=ROUNDINGS[rounding], saturate=saturate)
    aligned = None if bits == "-" else bits
    return Accumulator(target, order, rounded, group, aligned), FORMATS[name], target


def answers(accumulator, source, target, rows, initial):
    """What the three ways give, as codes and flags."""
    xs, ys = ([source.from_raw(row[i]) for row in rows] for i in (0, 1))
    start = None if initial is None else target.from_raw(initial)
    found = [accumulator.sum_products(xs, ys, start)]
    if initial is None:
        found.append(verifloat.dot(xs, ys, accumulator))
        found.append(verifloat.matmul([xs], [[y] for y in ys], accumulator)[0][0])
        found.append(verifloat.matmul(source.array([xs]), source.array([[y] for y in ys]), accumulator)[0, 0])
    return [(result.raw, int(result.flags)) for result in found]


def case(accumulator, source, target, rows, initial):
    """One line."""
    found = answers(accumulator, source, target, rows, initial)
    xs, ys = (" ".join(f"{row[i]:x}" for row in rows) for i in (0, 1))
    others = "".join(f" ! {code:x} {flags}" for code, flags in found[1:] if (code, flags) != found[0])
    code, flags = found[0]
    return f"{xs} * {ys} + {'-' if initial is None else f'{initial:x}'} = {code:x} {flags}{others}\n"


def head(words, rounding, saturate):
    """The head of a section."""
    name, to, *others = words
    overflow = "saturate" if saturate else "infinity"
    return f"[{' '.join(map(str, (name, to, rounding, overflow, *others)))}]\n"


def main(count, seed):
    """Print the known cases, and so many more over all sections."""
    warnings.simplefilter("ignore")
    for words, saturate, xs, ys in KNOWN:
        asked = section(*words, "ties_to_even", saturate)
        sys.stdout.write(head(words, "ties_to_even", saturate))
        sys.stdout.write(case(*asked, list(zip(xs, ys, strict=True)), None))
    draw = random.Random(seed)
    rules = [*ROUNDINGS, "ties_to_even", "ties_to_even"]
    for i, words in enumerate(SECTIONS * 2):
        rounding = "ties_to_even" if i < len(SECTIONS) else rules[i % len(rules)]
        saturate = i >= len(SECTIONS) and i % 3 == 0
        accumulator, source, target = section(*words, rounding, saturate)
        sys.stdout.write(head(words, rounding, saturate))
        aim, start = Aim(words[0], draw), Aim(words[1], draw)
        most = 40 if words[4] > 8 else 12
        lines = set()
        for _ in range(count // (2 * len(SECTIONS))):
            rows = aim.vectors(most)
            initial = start.operand(False) if draw.random() < 0.4 else None
            lines.add(case(accumulator, source, target, rows, initial))
        sys.stdout.writelines(sorted(lines))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
