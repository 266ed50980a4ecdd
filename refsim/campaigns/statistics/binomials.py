"""Binomial probabilities that keep their digits for any number of bits, from one to 10**15 and more.

Terms follow Loader, "Fast and accurate computation of binomial probabilities" (2000): the deviance of the count from its mean
and Stirling's error, neither of which cancels.
"""

from __future__ import annotations

from math import exp, fsum, inf, lgamma, log, log1p, pi

SMALL = 16
"""Below, Stirling's error is taken from the logarithm of the gamma function."""


def check_binomial(n: int, p: float) -> None:
    """``ValueError`` for a negative number of bits and a rate that is no probability."""
    if n < 0:
        raise ValueError(f"a binomial count is of 0 or more, not of {n}")
    if not 0 <= p <= 1:
        raise ValueError(f"a rate is in 0..1, not {p}")


def stirling_error(n: int) -> float:
    """``log(n!)`` less Stirling's ``n log n - n + log(2 pi n) / 2``."""
    if n < SMALL:
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * pi)
    square = 1 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - square / 1188) * square) * square) * square) / n


def deviance(x: float, mean: float) -> float:
    """``x log(x / mean) + mean - x``, by a series where x is near the mean."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total, term, j = (x - mean) * v, 2 * x * v, 1
    while True:
        term *= v * v
        after = total + term / (2 * j + 1)
        if after == total:
            return total
        total, j = after, j + 1


def log_probability(k: int, n: int, p: float) -> float:
    """The logarithm of the probability that of n bits exactly k flip, each with the rate p."""
    check_binomial(n, p)
    if not 0 <= k <= n or (p == 0 and k) or (p == 1 and k < n):
        return -inf
    if p in {0, 1}:
        return 0.0
    if k == 0:
        return n * log1p(-p)
    if k == n:
        return n * log(p)
    errors = stirling_error(n) - stirling_error(k) - stirling_error(n - k)
    far = deviance(k, n * p) + deviance(n - k, n * (1 - p))
    return errors - far + 0.5 * log(n / (2 * pi * k * (n - k)))


def probability(k: int, n: int, p: float) -> float:
    """The probability that of n bits exactly k flip."""
    return exp(log_probability(k, n, p))


def at_least(k: int, n: int, p: float) -> float:
    """The probability of k flips or more."""
    if k <= 0:
        return 1.0
    if k <= n * p:
        return 1.0 - at_most(k - 1, n, p)
    return _outward(k, 1, n, p)


def at_most(k: int, n: int, p: float) -> float:
    """The probability of k flips or fewer."""
    if k >= n:
        return 1.0
    if k >= n * p:
        return 1.0 - at_least(k + 1, n, p)
    return _outward(k, -1, n, p)


def _outward(k: int, step: int, n: int, p: float) -> float:
    """The sum of the probabilities from k on, away from the mean, where each term is a smaller part of the one before."""
    first = log_probability(k, n, p)
    if first == -inf:
        return 0.0
    terms, term, odds = [1.0], 1.0, p / (1 - p)
    while term > 1e-18 * len(terms) and 0 <= k + step <= n:
        term *= (n - k) / (k + 1) * odds if step > 0 else k / ((n - k + 1) * odds)
        terms.append(term)
        k += step
    return min(1.0, exp(first) * fsum(terms))
