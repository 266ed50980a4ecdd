"""Operands aimed at what goes wrong, for each operation on IEEE-like floats: one endless stream of rows of codes a seed.

Each row is aimed at one thing: distances of exponents, cancellation, ties and what lies next to them, the ends of the subnormal
and of the normal numbers, special data, or nothing (random bits).
"""

from fractions import Fraction
from random import Random

from refsim.spec.exact import floor_log2
from refsim.spec.formats import FloatGrid


class Aim:
    """Codes of one IEEE-like format, by chance."""

    def __init__(self, format, seed):
        assert isinstance(format.grid, FloatGrid)
        self.format, self.random = format, Random(f"{format.name} {seed}")
        self.fraction = format.grid.precision - 1
        self.emin, self.precision = format.grid.emin, format.grid.precision
        self.infinity = format.top + 1
        self.emax = 1 - self.emin
        one, top = 1 << self.fraction, self.infinity
        self.edges = [0, 1, 2, one // 2, one - 1, one, one + 1, 2 * one - 1, self.code_of(1), self.code_of(1) - 1]
        self.edges += [self.code_of(1) + 1, self.code_of(2), self.code_of(3), top - one, top - 2, top - 1, top, top]
        self.edges += [top + 1, top + one // 2, top + one - 1]

    def chance(self, low, high):
        """An integer, both ends included."""
        return self.random.randint(low, high)

    def signed(self, code):
        """The code with a sign by chance."""
        return code | self.random.getrandbits(1) << self.format.width - 1

    def code_of(self, x):
        """The positive code of a positive rational, cut to the format's grid and range."""
        return max(0, min(self.format.grid.floor(Fraction(x)), self.format.top))

    def any(self):
        """Any bits."""
        return self.random.getrandbits(self.format.width)

    def edge(self):
        """A special datum, or a number at the end of something."""
        return self.signed(self.random.choice(self.edges))

    def significand(self):
        """A significand of full length: few ones, many ones, a run of them, short, or any."""
        p, one = self.fraction, 1 << self.fraction
        match self.chance(0, 5):
            case 0:
                return one | (1 << self.chance(0, p - 1) if p else 0)
            case 1:
                return 2 * one - 1 - self.random.choice([0, 1, 2])
            case 2:
                return one | ((1 << self.chance(0, p)) - 1)
            case 3:
                drop = self.chance(0, p)
                return (one | self.random.getrandbits(p)) >> drop << drop if p else one
            case 4:
                return one + self.chance(0, 3) if p > 1 else one
        return one | (self.random.getrandbits(p) if p else 0)

    def number(self, exponent=None, spread=None):
        """The value of a positive number, by its exponent; any exponent of the format or a narrow band where none is given."""
        if exponent is None:
            reach = self.emax if spread is None else min(spread, self.emax)
            exponent = self.chance(max(self.emin - self.fraction, -reach), reach)
        shift = exponent - self.fraction
        significand = self.significand()
        return Fraction(significand << shift) if shift >= 0 else Fraction(significand, 1 << -shift)

    def near(self, x):
        """The signed code of a positive rational, or a code up to two beside it."""
        return self.signed(max(0, min(self.code_of(x) + self.chance(-2, 2), self.infinity)))

    def at(self, x):
        """The signed code of a positive rational, cut."""
        return self.signed(self.code_of(x))


def two(exponent):
    """A power of two."""
    return Fraction(2) ** exponent


def sums(aim):
    """Two terms at every distance of exponents, cancelling, making ties, at the ends."""
    p = aim.precision
    while True:
        x = aim.number()
        e = floor_log2(x)
        code = aim.at(x)
        yield code, aim.at(aim.number(e - aim.chance(-p - 3, p + 3)))
        yield code, code ^ 1 << aim.format.width - 1 ^ aim.random.choice([0, 0, 1, 2, 3])
        yield code, aim.near(two(e - p) * aim.random.choice([1, 2, 3]))
        yield aim.at(aim.number(aim.emin + aim.chance(-1, 2))), aim.at(aim.number(aim.emin + aim.chance(-p, 2)))
        yield aim.at(aim.number(aim.emax)), aim.near(two(aim.emax - p + aim.chance(-1, 2)))
        yield aim.edge(), aim.edge()
        yield aim.any(), aim.any()


def products(aim):
    """Factors whose product ends on a tie or next to one, or lies at an end of the range."""
    p = aim.precision
    while True:
        a = aim.significand() | 1
        cut = aim.chance(2, p)
        # b is such that the low bits of a * b are half a unit of the kept ones, or next to it.
        b = ((1 << cut - 1) + aim.chance(-1, 1)) * pow(a, -1, 1 << cut) % (1 << cut) | 1 << p - 1
        e = aim.chance(-aim.emax // 2, aim.emax // 2)
        yield aim.at(a * two(e - p)), aim.at(b * two(aim.chance(-9, 9) - p))
        x = aim.number()
        low, high = aim.emin - floor_log2(x), aim.emax - floor_log2(x)
        yield aim.at(x), aim.at(aim.number(low + aim.chance(-p - 2, 2)))
        yield aim.at(x), aim.near(two(aim.emin) / x)
        yield aim.at(x), aim.at(aim.number(high + aim.chance(-2, 1)))
        yield aim.at(x), aim.near(two(aim.emax + 1) / x)
        short = aim.chance(1, 1 << p // 2 + 1)
        yield aim.at(short * two(aim.emin - p // 2 + aim.chance(-2, 2))), aim.at(aim.chance(1, 1 << p // 2 + 1) * two(-p // 2))
        yield aim.edge(), aim.edge()
        yield aim.any(), aim.any()


def quotients(aim):
    """Quotients next to a tie, exact, and at the ends of the range."""
    p = aim.precision
    while True:
        y = aim.number(spread=aim.emax // 2)
        tie = (2 * aim.significand() + 1) * two(aim.chance(-aim.emax // 2, aim.emax // 2) - p)
        yield aim.near(tie * y), aim.at(y)
        short = aim.chance(1, (1 << p // 2) - 1)
        yield aim.at(short * aim.chance(1, 1 << p // 2)), aim.at(short)
        z = aim.number()
        yield aim.near(z * two(aim.emin)), aim.at(z)
        yield aim.at(aim.number(floor_log2(z) + aim.emin + aim.chance(-p - 1, 1))), aim.at(z)
        yield aim.at(aim.number(floor_log2(z) + aim.emax + aim.chance(-1, 2))), aim.at(z)
        yield aim.edge(), aim.edge()
        yield aim.any(), aim.any()


def squares(aim):
    """Squares of numbers and of ties, and what lies next to them; few are far from one, where exact roots are long."""
    p = aim.precision
    while True:
        e = aim.chance(-60, 60)
        yield (aim.near(((2 * aim.significand() + 1) * two(-p)) ** 2 * two(min(2 * e, aim.emax - 2))) & aim.infinity * 2 - 1,)
        yield (aim.code_of((aim.significand() >> p // 2) ** 2 * two(2 * aim.chance(-7, 5))),)
        yield (aim.code_of(aim.number(spread=60)),)
        yield (aim.signed(aim.code_of(aim.number(spread=60))),)
        yield (aim.edge() if aim.format.width < 128 or aim.chance(0, 50) == 0 else aim.code_of(aim.chance(1, 99)),)
        yield (aim.any() if aim.format.width < 128 or aim.chance(0, 50) == 0 else aim.code_of(two(aim.chance(-99, 99))),)


def fused(aim):
    """Products that the addend cancels, turns into ties, or hardly touches."""
    p, sign = aim.precision, 1 << aim.format.width - 1
    some = products(aim)
    while True:
        x, y = aim.number(spread=aim.emax // 2 - 1), aim.number(spread=aim.emax // 2 - 1)
        a, b = aim.code_of(x), aim.code_of(y)
        e = floor_log2(x * y)
        yield a, b, aim.code_of(x * y) | sign
        yield a, b | sign, max(0, min(aim.code_of(x * y) + aim.chance(-2, 2), aim.infinity))
        yield a, b, aim.near(two(e - p) * aim.random.choice([1, 2, 3]))
        yield a, b, aim.at(aim.number(max(aim.emin - p, min(aim.emax, e + aim.chance(-2 * p - 3, 2 * p + 3)))))
        yield a, b, aim.at(two(max(aim.emin, min(aim.emax, e + p + aim.chance(-2, 2)))))
        yield *next(some), aim.any()
        yield *next(some), aim.edge()
        yield aim.edge(), aim.edge(), aim.edge()
        yield aim.any(), aim.any(), aim.any()


def rests(aim):
    """Quotients near integers and halves, small and large, and exponents far apart."""
    p = aim.precision
    while True:
        y = aim.number(spread=aim.emax // 3)
        n = aim.chance(0, 9)
        yield aim.near(n * y + y / 2), aim.at(y)
        yield aim.near(n * y or y), aim.at(y)
        short = Fraction(aim.chance(1, 1 << p // 2))
        yield aim.at((2 * aim.chance(0, 1 << p // 2 - 1) + 1) * short / 2), aim.at(short)
        yield aim.at(aim.number(min(aim.emax, floor_log2(y) + aim.chance(-2, p + 9)))), aim.at(y)
        yield aim.at(aim.number(aim.emin + aim.chance(-p, p))), aim.at(aim.number(aim.emin + aim.chance(-p, 3)))
        yield aim.edge(), aim.edge()
        yield aim.any(), aim.any()


def integrals(aim):
    """Numbers at integers and halves, and next to them."""
    p = aim.precision
    while True:
        x = aim.number(aim.chance(-3, min(p + 2, aim.emax)))
        yield (aim.at(x),)
        yield (aim.near(x // 1 + Fraction(aim.chance(0, 2), 2)),)
        yield (aim.near(aim.chance(0, 8) + Fraction(1, 2)),)
        yield (aim.edge(),)
        yield (aim.any(),)


def narrowing(aim, target):
    """Numbers at the points, ties and ends of another format, and next to them."""
    grid = target.grid
    while True:
        n = aim.random.choice([aim.chance(0, target.top), aim.chance(0, min(target.top, 40)), target.least_normal or 1])
        n = max(0, n + aim.chance(-2, 1))
        middle = (grid.magnitude(n) + grid.magnitude(n + 1)) / 2
        yield (aim.near(middle),)
        yield (aim.near(grid.magnitude(n)),)
        yield (aim.near(grid.magnitude(target.top) + (grid.magnitude(target.top) - grid.magnitude(target.top - 1)) / 2),)
        yield (aim.near(grid.magnitude(1) * aim.random.choice([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)])),)
        yield (aim.edge(),)
        yield (aim.any(),)


def into_integers(aim, target):
    """Numbers at integers and halves of every length, at the ends of an integer type most of all."""
    while True:
        bits = aim.chance(0, target.width + 1)
        yield (aim.near(Fraction(aim.random.getrandbits(bits) if bits else 0) + Fraction(aim.chance(0, 4), 4)),)
        yield (aim.near(two(aim.random.choice([target.width, target.width - 1, bits])) + Fraction(aim.chance(-2, 2), 2)),)
        yield (aim.signed(aim.code_of(two(target.width - 1)) - aim.chance(0, 1)),)
        yield (aim.edge(),)
        yield (aim.any(),)


def integers(source, target, seed):
    """Integers of every length, and those at the ties of a float."""
    random, p = Random(f"{source.name} {target.name} {seed}"), target.grid.precision
    while True:
        bits = random.randint(0, source.width)
        x = random.getrandbits(bits) if bits else 0
        if bits > p:
            drop = bits - p
            x = (x | 1 << bits - 1) >> drop << drop
            x += random.choice([0, 1 << drop - 1, (1 << drop - 1) + 1, (1 << drop - 1) - 1, (1 << drop) - 1])
        yield (random.choice([x, -x]) % (1 << source.width),)
        yield (random.getrandbits(source.width),)
        yield (random.choice([0, 1, -1, -2, 1 << source.width - 1, (1 << source.width - 1) - 1]) % (1 << source.width),)


def comparands(aim):
    """Equal numbers, neighbours, and special data."""
    while True:
        x = aim.any()
        yield x, x
        yield x, x ^ 1 << aim.format.width - 1
        yield x, x ^ aim.chance(0, 3)
        yield aim.edge(), aim.edge()
        yield x, aim.any()


def singles(aim):
    """One code, an edge or any."""
    while True:
        yield (aim.edge(),)
        yield (aim.any(),)


OPERANDS = {
    "add": sums,
    "subtract": sums,
    "multiply": products,
    "divide": quotients,
    "sqrt": squares,
    "fma": fused,
    "remainder": rests,
    "round_to_integral": integrals,
    "round_to_integral_exact": integrals,
    "negate": singles,
}
