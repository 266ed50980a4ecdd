"""Rows of which every number is known, and exact binomial numbers."""

from dataclasses import replace
from fractions import Fraction
from math import comb

from refsim.campaigns.rows import Counts, Row

CLEAN = Row(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Counts(10, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 10, 0), "00")


def row(trial, critical=0, residual=0, flips=None, cell=0):
    """A trial of ten samples of which some became wrong; where one did a bit was flipped."""
    flips = critical if flips is None else flips
    counts = replace(
        CLEAN.counts, identical=10 - critical, sdc=critical, top1=critical, critical=critical, correct=9 - critical
    )
    digest = "00" if not critical else f"{trial:02x}"
    return replace(
        CLEAN, cell=cell, trial=trial, hit=flips, flips=flips, effective=flips, residual=residual, counts=counts, digest=digest
    )


def rows(*critical):
    """Trials from 0 on."""
    return [row(trial, k) for trial, k in enumerate(critical)]


def pmf(k, n, p):
    """The exact probability of k of n."""
    p = Fraction(p)
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def tail(k, n, p):
    """The exact probability of k or more of n."""
    return sum(pmf(i, n, p) for i in range(k, n + 1))


def covered(interval, n, p):
    """The exact probability that an interval, a function of k, has p in it."""
    found = [interval(k) for k in range(n + 1)]
    return float(sum(pmf(k, n, p) for k, (low, high) in enumerate(found) if low <= p <= high))
