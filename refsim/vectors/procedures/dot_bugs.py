"""Known bugs of dot products, and the procedure with its published configurations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from ...spec.products import ExactProduct, RoundedProduct
from ..mutants import Mutant
from . import dot
from .dot import shape
from .dot_candidates import candidates
from .dot_conditions import (
    Applies,
    aligned,
    always,
    both,
    exact_products,
    fixed,
    floats,
    grouped,
    has_bias,
    has_scales,
    holds,
    integers,
    of_bytes,
    one_by_one,
    overflows,
    projections,
    records,
    rounds,
)
from .dot_configurations import PUBLISHED
from .dot_orders import ORDERS
from .dot_wrong import (
    Twice,
    Wrong,
    as_alignment,
    as_projection,
    bias_twice,
    dead,
    from_zero,
    halved,
    in_accumulator,
    last_flags,
    pairs,
    product_of,
    realigned,
    registers,
    resized,
    running,
    swapped,
    with_multiplier,
    with_path,
    with_vectors,
    zero_extended,
)
from .procedure import Parameters, Procedure, bug

SATURATING = ("saturate", "saturate_symmetric")
ROWS: tuple[tuple[str, str, Wrong, Applies], ...] = (
    ("narrow", "the register has a bit less", resized(-1), lambda s: fixed(s) or floats(s)),
    ("wide", "the register has a bit more", resized(1), lambda s: fixed(s) or floats(s)),
    (
        "sat-end",
        "the sum is limited at its end, not at each step",
        in_accumulator(Sequential, lambda s: Total(s.to)),
        overflows(*SATURATING),
    ),
    ("wrap", "the sum wraps where it must be limited", registers(overflow="wrap"), overflows(*SATURATING)),
    ("saturates", "the sum is limited where it must wrap", registers(overflow="saturate"), overflows("wrap")),
    ("lowest-lost", "the limits are symmetric", registers(overflow="saturate_symmetric"), overflows("saturate")),
    ("lowest-kept", "the limits are not symmetric", registers(overflow="saturate"), overflows("saturate_symmetric")),
    ("wrap-mid", "neighbouring products are added in 16 bits that wrap", pairs("wrap"), of_bytes),
    ("sat-mid", "neighbouring products are added in 16 bits that saturate", pairs("saturate"), of_bytes),
    (
        "not-sticky",
        "a sum that has overflowed goes on",
        in_accumulator(Sequential, lambda s: replace(s, sticky=False)),
        lambda s: any(getattr(record, "sticky", False) for record in records(s.path.accumulator)),
    ),
    ("last-lost", "the last product is left out", with_vectors(lambda xs: xs[:-1]), always),
    ("first-lost", "the first product is left out", with_vectors(lambda xs: xs[1:]), always),
    ("lane-dead", "the middle element of the second vector is read as 0", with_vectors(dead, both=False), always),
    ("lanes-swapped", "the last two elements of the second vector change places", with_vectors(swapped, both=False), always),
    (
        "reversed",
        "the last product comes first",
        with_vectors(lambda xs: xs[::-1]),
        both(one_by_one, lambda s: floats(s) or overflows(*SATURATING)(s)),
    ),
    (
        "pairwise",
        "the sum is pairwise where it is one after the other",
        in_accumulator(Sequential, lambda s: Pairwise(s.to)),
        one_by_one,
    ),
    (
        "in-order",
        "the products are added one after the other",
        in_accumulator((Pairwise, Tree, Kahan, Interleaved, Blocked, Total), lambda a: Sequential(a.to)),
        holds(Pairwise, Tree, Kahan, Interleaved, Blocked, Total),
    ),
    (
        "in-rows",
        "the lanes hold neighbours",
        in_accumulator(Interleaved, lambda a: Blocked(a.lanes, a.inner, a.outer)),
        holds(Interleaved),
    ),
    (
        "block-short",
        "the blocks are half as long",
        in_accumulator(Blocked, lambda a: replace(a, size=a.size // 2)),
        holds(Blocked),
    ),
    (
        "root-everywhere",
        "every level of the tree is as wide as its root",
        in_accumulator(Tree, lambda a: replace(a, levels=a.levels[-1:])),
        holds(Tree),
    ),
    (
        "align-short",
        "a bit less is kept when terms are aligned",
        realigned(lambda a: as_alignment(a, bits=a.bits - 1)),
        aligned,
    ),
    (
        "align-long",
        "a bit more is kept when terms are aligned",
        realigned(lambda a: as_alignment(a, bits=a.bits + 1)),
        aligned,
    ),
    (
        "align-floor",
        "what is cut off is rounded down, not toward zero",
        realigned(lambda a: as_alignment(a, rounding="toward_negative")),
        aligned,
    ),
    (
        "align-cut",
        "what is cut off is rounded toward zero, not down",
        realigned(lambda a: as_alignment(a, rounding="toward_zero")),
        aligned,
    ),
    (
        "align-nearest",
        "what is cut off is rounded to nearest",
        realigned(lambda a: as_alignment(a, rounding="ties_to_even")),
        aligned,
    ),
    (
        "align-factors",
        "exponents are the sums of the factors'",
        realigned(lambda a: as_alignment(a, exponent="factors")),
        aligned,
    ),
    ("align-value", "exponents are those of the products", realigned(lambda a: as_alignment(a, exponent="value")), aligned),
    ("align-sum", "the running sum is aligned with the group", realigned(lambda a: as_alignment(a, with_sum=True)), aligned),
    (
        "align-apart",
        "the running sum is not aligned with the group",
        realigned(lambda a: as_alignment(a, with_sum=False)),
        aligned,
    ),
    ("unaligned", "nothing is cut off", in_accumulator(Sequential, lambda s: replace(s, alignment=None)), aligned),
    ("group-half", "the groups are half as long", in_accumulator(Sequential, halved), grouped),
    (
        "product-rounded",
        "every product is rounded to the register first",
        with_multiplier(lambda g: RoundedProduct(g.path.accumulator.to)),
        both(exact_products, floats),
    ),
    (
        "product-exact",
        "products are not rounded",
        with_multiplier(lambda _: ExactProduct()),
        lambda s: isinstance(s.path.multiplier, RoundedProduct),
    ),
    ("product-16", "products keep 16 bits", product_of(16), both(exact_products, integers)),
    (
        "product-32",
        "products keep 32 bits",
        product_of(32),
        both(exact_products, lambda s: s.x.width + s.y.width >= 32 and integers(s)),
    ),
    ("no-bias", "the bias is not added", lambda asked: asked._replace(bias=None), lambda s: s.bias is not None),
    ("bias-last", "the bias is added at the end", with_path(bias="last"), has_bias("first", "output")),
    ("bias-first", "the sum starts from the bias", with_path(bias="first"), has_bias("last", "output")),
    ("bias-twice", "the bias is added twice", bias_twice, both(has_bias("first"), integers)),
    (
        "no-scale",
        "the last scale is not applied",
        lambda asked: asked._replace(scales=asked.scales[:-1]),
        has_scales("terms", "sum", "steps"),
    ),
    (
        "scales-reversed",
        "the scales are applied in the other order",
        lambda asked: asked._replace(scales=asked.scales[::-1]),
        both(has_scales("steps"), lambda s: len(s.scales) > 1),
    ),
    (
        "scales-at-once",
        "the scales are multiplied without rounding between them",
        with_path(scaling="sum"),
        has_scales("steps", "terms"),
    ),
    ("scales-first", "every product is scaled before the sum", with_path(scaling="terms"), has_scales("sum", "steps")),
    (
        "output-cut",
        "the output is rounded toward zero",
        lambda asked: asked._replace(path=replace(asked.path, output=as_projection(asked.path.to, rounding="toward_zero"))),
        lambda s: s.path.output is not None,
    ),
    ("unsigned", "the first vector is read without sign", zero_extended, lambda s: integers(s) and s.x.signed),
    ("from-zero", "the sum starts from +0, which a -0 is lost in", from_zero, both(floats, lambda s: s.bias is None)),
    ("twice-rounded", "sums are rounded to binary32 first", lambda asked: asked._replace(port=Twice()), floats),
    ("flushed", "subnormal sums become zero", registers(subnormals="flush"), floats),
    (
        "kept",
        "subnormal sums are kept",
        registers(subnormals="keep"),
        lambda s: any(to.subnormals != "keep" for to in projections(s.path.accumulator)),
    ),
    ("ties-away", "ties of the sum go away from zero", registers(rounding="ties_to_away"), rounds("ties_to_even")),
    ("cut", "the sum is rounded toward zero", registers(rounding="toward_zero"), rounds("ties_to_even", "toward_negative")),
    (
        "nearest",
        "the sum is rounded to nearest",
        registers(rounding="ties_to_even"),
        rounds("toward_zero", "toward_negative"),
    ),
)


def _bits(change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Wrong:
    """Other random bits."""
    return lambda asked: asked._replace(draws=change(asked.draws))


def _without_bits(rounding: str) -> Wrong:
    """A rule that takes none."""
    return lambda asked: registers(rounding=rounding)(asked)._replace(draws=())


RANDOM: tuple[tuple[str, str, Wrong], ...] = (
    ("bits-ignored", "the random bits are ignored, and the sum is rounded toward zero", _without_bits("toward_zero")),
    ("bits-nearest", "the random bits are ignored, and the sum is rounded to nearest", _without_bits("ties_to_even")),
    ("bits-once", "every write takes the random bits of the first", _bits(lambda draws: draws[:1] * len(draws))),
    ("bits-late", "every write takes the random bits of the one before", _bits(lambda draws: draws[-1:] + draws[:-1])),
    (
        "bits-strict",
        "the sum with the random bits must be greater to carry",
        _bits(lambda draws: tuple(max(r - 1, 0) for r in draws)),
    ),
)
"""Bugs of stochastic rounding."""


def _mutants() -> tuple[Mutant, ...]:
    found = [
        bug(f"dot.{name}", sentence, running(wrong), _where(applies)) for name, sentence, wrong, applies in (*ROWS, *ORDERS)
    ]
    random = [bug(f"dot.{name}", sentence, running(wrong), lambda p: bool(shape(p).draws)) for name, sentence, wrong in RANDOM]
    last = bug("dot.flags-of-last", "the flags are those of the last write alone", last_flags, _where(always))
    return (*found, *random, last)


def _where(applies: Applies) -> Callable[[Parameters], bool]:
    """Where a bug that changes the number of writes can show: where these take no random bits."""
    return lambda parameters: applies(shape(parameters)) and not shape(parameters).draws


DOT = Procedure(
    "dot",
    "the dot product of a datapath: a multiplier, an accumulator, a bias, scales and an output",
    dot.PARAMETERS,
    dot.operands,
    dot.results,
    dot.run,
    dot.clauses,
    candidates,
    _mutants(),
    PUBLISHED,
    dot.explain,
    dot.label,
)
