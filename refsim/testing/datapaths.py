"""Hypothesis strategies: accumulators and datapaths of every kind, and vectors that sums go wrong on.

from hypothesis import given, strategies as st
from refsim.testing.datapaths import datapaths, vectors

@given(st.data())
def test_dot(data):
    path = data.draw(datapaths(data.draw(registers())))
    xs, ys = data.draw(vectors(get_format("int8"), get_format("int8"), length=8))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from ..spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from ..spec.alignment import EXPONENTS, Alignment
from ..spec.datapaths import BIASES, SCALINGS, Datapath
from ..spec.exact import Special
from ..spec.families import fixed_format
from ..spec.formats import Format, Number
from ..spec.products import ExactProduct, Multiplier, RoundedProduct
from ..spec.projection import Projection
from ..spec.terms import Accumulator
from .strategies import deterministic_roundings, formats, numbers, overflows

WIDEST = 128


@st.composite
def fixed_registers(draw: DrawFn, fraction: int = 0, max_width: int = WIDEST) -> Projection:
    """Integer and fixed-point registers of any width, about as fine as terms of so many fraction bits."""
    width = draw(st.integers(1, 12) | st.integers(1, max_width))
    below = fraction + draw(st.sampled_from([0, 0, 0, -1, -3, 2]))
    signed = draw(st.sampled_from([True, True, True, False]))
    integer = width - signed - below
    format = fixed_format(f"{'' if signed else 'u'}q{integer}.{below}", integer, below, signed=signed)
    return Projection(format, draw(deterministic_roundings()), draw(overflows(format)))


@st.composite
def registers(draw: DrawFn, max_width: int = 16) -> Projection:
    """Registers of every family of formats, with every deterministic rule that has a meaning for them."""
    format = draw(formats(max_width))
    return Projection(format, draw(deterministic_roundings()), draw(overflows(format)))


@st.composite
def alignments(draw: DrawFn, max_bits: int = 30) -> Alignment:
    """Alignments that keep few bits or many."""
    bits, rule = draw(st.integers(0, max_bits)), draw(deterministic_roundings())
    return Alignment(bits, rule, draw(st.sampled_from(EXPONENTS)), with_sum=draw(st.booleans()))


@st.composite
def sequential(draw: DrawFn, to: SearchStrategy[Projection]) -> Sequential:
    """One register, one term at a time or in groups, aligned or not, sticky or not."""
    group, sticky = draw(st.sampled_from([1, 1, 1, 2, 4])), draw(st.sampled_from([False, False, True]))
    return Sequential(draw(to), group, draw(st.none() | alignments()), sticky)


def simple_accumulators(to: SearchStrategy[Projection]) -> SearchStrategy[Accumulator]:
    """Accumulators that have no others inside."""
    return st.one_of(
        sequential(to),
        st.builds(Total, to),
        st.builds(Pairwise, to, st.sampled_from([1, 1, 2, 3])),
        st.builds(Tree, st.lists(to, min_size=1, max_size=3).map(tuple), st.sampled_from([2, 2, 3])),
        st.builds(Kahan, to),
    )


def accumulators(to: SearchStrategy[Projection]) -> SearchStrategy[Accumulator]:
    """Accumulators of every kind, with registers drawn from ``to``."""

    def around(inner: SearchStrategy[Accumulator]) -> SearchStrategy[Accumulator]:
        size = st.integers(1, 4)
        return st.builds(Blocked, size, inner, inner) | st.builds(Interleaved, size, inner, inner)

    return st.recursive(simple_accumulators(to), around, max_leaves=3)


def multipliers(to: SearchStrategy[Projection]) -> SearchStrategy[Multiplier]:
    """Multipliers that lose nothing, and ones with a register."""
    return st.just(ExactProduct()) | st.builds(RoundedProduct, to)


def datapaths(to: SearchStrategy[Projection]) -> SearchStrategy[Datapath]:
    """Datapaths of every kind, with registers drawn from ``to``."""
    places, outputs = st.sampled_from(BIASES), st.none() | to
    return st.builds(Datapath, multipliers(to), accumulators(to), places, st.sampled_from(SCALINGS), outputs)


def finite(format: Format) -> SearchStrategy[Number]:
    """Operands that are numbers."""
    return numbers(format).filter(lambda x: not isinstance(x.exact, Special))


@st.composite
def vectors(
    draw: DrawFn, x: Format, y: Format, length: int, *, only_numbers: bool = False
) -> tuple[Sequence[Number], Sequence[Number]]:
    """Two vectors of operands: of codes of any kind, and such that the sum goes up and comes back, or cancels."""
    one, other = (finite(x), finite(y)) if only_numbers else (numbers(x), numbers(y))
    xs, ys = (draw(st.lists(of, min_size=length, max_size=length)) for of in (one, other))
    style = draw(st.sampled_from(["any", "there and back", "one alone"]))
    if style == "there and back":
        half = length // 2
        xs[length - half :] = [replace(xs[i], code=_opposite(xs[i])) for i in range(half)]
        ys[length - half :] = ys[:half]
    elif style == "one alone" and length:
        kept = draw(st.integers(0, length - 1))
        xs = [z if i == kept else replace(z, code=0) for i, z in enumerate(xs)]
    return xs, ys


def _opposite(x: Number) -> int:
    """A code with the other sign where the format has signs."""
    width = x.format.width
    if not x.format.signed:
        return x.code
    sign_magnitude = x.format.has_negative_zero
    return x.code ^ 1 << width - 1 if sign_magnitude else -x.code % (1 << width)
