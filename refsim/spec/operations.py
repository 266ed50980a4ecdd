"""The table of operations: what each is called, what it takes, what it gives, and the function that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import partial

from . import activations, arithmetic, codes, comparison, extrema, fixed, functions, integral, scaling, shifts
from .flags import Result
from .formats import Number
from .operands import Operate, perform
from .projection import Projection


class Kind(Enum):
    """What the result of an operation is."""

    NUMBER = "number"
    """The projection of an exact result: such an operation takes a projection and, for a stochastic rule, random bits."""
    CODE = "code"
    """A code of the first operand's format."""
    TRUTH = "truth"
    """1 for true, 0 for false."""
    CLASS = "class"
    """The number of a class."""


@dataclass(frozen=True)
class Operation:
    """An operation of the specification.

    ``roles`` names the operands; an operation on two vectors has none, and any even number of operands. ``exponents`` are the
    roles of integer formats that stand for powers of two, or for places to shift by. ``exact`` is the operation on exact
    data, where the result is a number; ``on_codes`` the operation itself elsewhere. ``template`` writes it with the operands
    in the places of ``{}``. ``clauses`` are those that decide it.
    """

    name: str
    kind: Kind
    roles: tuple[str, ...]
    template: str
    clauses: tuple[str, ...]
    exact: Operate | None = None
    on_codes: Callable[..., Result] | None = None
    exponents: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    def __call__(self, *operands: Number, to: Projection | None = None, draw: int | None = None) -> Result:
        """The operation carried out; ``TypeError`` for a projection that is missing or not asked for."""
        if (to is None) != (self.kind is not Kind.NUMBER):
            raise TypeError(f"{self.name} {'needs a' if to is None else 'takes no'} projection of its result")
        self.roles_of(len(operands))
        if self.exact is not None and to is not None:
            return perform(self.exact, operands, to, draw)
        if draw is not None:
            raise TypeError(f"{self.name} takes no random bits")
        assert self.on_codes is not None, "an operation has one of the two"
        return self.on_codes(*operands)

    def roles_of(self, count: int) -> tuple[str, ...]:
        """The names of so many operands; ``ValueError`` where the operation does not take as many."""
        if self.roles:
            if count != len(self.roles):
                raise ValueError(f"{self.name} takes {len(self.roles)} operand{'s'[len(self.roles) == 1 :]}, not {count}")
            return self.roles
        if count % 2 or not count:
            raise ValueError(f"{self.name} takes two vectors of one length, not {count} numbers in all")
        return tuple(f"{vector}{i}" for vector in "ab" for i in range(count // 2))


def _number(name: str, roles: str, template: str, exact: Operate, *clauses: str, exponents: str = "") -> Operation:
    return Operation(name, Kind.NUMBER, tuple(roles), template, clauses, exact, None, tuple(exponents))


def _codes(
    name: str, kind: Kind, roles: str, template: str, function: Callable[..., Result], *clauses: str, exponents: str = ""
) -> Operation:
    return Operation(name, kind, tuple(roles), template, clauses, None, function, tuple(exponents))


def _shift(name: str, template: str, function: Callable[..., Result], own: str) -> Operation:
    return _codes(name, Kind.CODE, "an", template, function, own, "shift/count", exponents="n")


def _extremum(name: str, exact: Operate, family: str) -> Operation:
    return _number(name, "ab", name + "({}, {})", exact, f"extrema/{family}", "extrema/order", NAN)


def _activation(name: str, exact: Operate, *clauses: str) -> Operation:
    return _number(name, "a", name + "({})", exact, *clauses, NAN)


NAN = "arithmetic/nan"
SUM = ("arithmetic/sum", NAN, "arithmetic/zero-sign")
QUOTIENT = ("arithmetic/quotient", "arithmetic/pole", NAN)

_ARITHMETIC = (
    _number("convert", "a", "{}", arithmetic.exact_convert, "arithmetic/convert"),
    _number("add", "ab", "{} + {}", arithmetic.exact_add, "arithmetic/add", *SUM),
    _number("subtract", "ab", "{} - {}", arithmetic.exact_subtract, "arithmetic/subtract", *SUM),
    _number("multiply", "ab", "{} * {}", arithmetic.exact_multiply, "arithmetic/multiply", "arithmetic/product", NAN),
    _number("divide", "ab", "{} / {}", arithmetic.exact_divide, "arithmetic/divide", *QUOTIENT),
    _number("reciprocal", "a", "1 / {}", arithmetic.exact_reciprocal, "arithmetic/reciprocal", *QUOTIENT),
    _number("sqrt", "a", "sqrt({})", arithmetic.exact_sqrt, "arithmetic/sqrt", "arithmetic/square-root", NAN),
    _number(
        "rsqrt",
        "a",
        "1 / sqrt({})",
        arithmetic.exact_rsqrt,
        "arithmetic/rsqrt",
        "arithmetic/reciprocal-square-root",
        "arithmetic/pole",
        NAN,
    ),
    _number(
        "fma", "abc", "{} * {} + {}", arithmetic.exact_fma, "arithmetic/fma", "arithmetic/fused", "arithmetic/product", *SUM
    ),
    _number("faa", "abc", "{} + {} + {}", arithmetic.exact_total, "arithmetic/faa", "arithmetic/total", NAN),
    _number("dot_product", "", "dot", arithmetic.exact_dot_product, "arithmetic/dot-product", "arithmetic/total", NAN),
    _number("hypot", "ab", "hypot({}, {})", arithmetic.exact_hypot, "arithmetic/hypot", "arithmetic/hypotenuse", NAN),
    _number(
        "strict_hypot", "ab", "hypot({}, {})", arithmetic.exact_strict_hypot, "arithmetic/strict-hypotenuse", "arithmetic/hypot"
    ),
    _number("remainder", "ab", "remainder({}, {})", integral.exact_remainder, "integral/remainder", NAN),
    _number("fmod", "ab", "fmod({}, {})", integral.exact_fmod, "integral/fmod", NAN),
)
_INTEGRAL = (
    _number("round_to_integral", "a", "round({})", integral.exact_round_to_integral, "integral/round", NAN),
    _number("round_to_integral_exact", "a", "round({})", integral.exact_round_to_integral_exact, "integral/round-exact", NAN),
    _number("to_integer", "a", "round({})", integral.exact_to_integer, "integral/to-integer", "integral/round", NAN),
)
_SCALING = (
    _number("scale_b", "an", "{} * 2**{}", scaling.exact_scale_b, "scaling/scale-b", NAN, exponents="n"),
    _number("log_b", "a", "logB({})", scaling.exact_log_b, "scaling/log-b", NAN),
    _number("scaled_add", "asbt", "{} * 2**{} + {} * 2**{}", scaling.exact_scaled_add, "scaling/add", *SUM, exponents="st"),
    _number(
        "scaled_multiply",
        "abs",
        "{} * {} * 2**{}",
        scaling.exact_scaled_multiply,
        "scaling/multiply",
        "arithmetic/product",
        NAN,
        exponents="s",
    ),
    _number(
        "scaled_fma",
        "absct",
        "{} * {} * 2**{} + {} * 2**{}",
        scaling.exact_scaled_fma,
        "scaling/fma",
        "arithmetic/fused",
        "arithmetic/product",
        *SUM,
        exponents="st",
    ),
)
_EXTREMA = (
    _extremum("minimum", extrema.exact_minimum, "propagating"),
    _extremum("maximum", extrema.exact_maximum, "propagating"),
    _extremum("minimum_number", extrema.exact_minimum_number, "number"),
    _extremum("maximum_number", extrema.exact_maximum_number, "number"),
    _extremum("minimum_magnitude", extrema.exact_minimum_magnitude, "magnitude"),
    _extremum("maximum_magnitude", extrema.exact_maximum_magnitude, "magnitude"),
    _extremum("minimum_magnitude_number", extrema.exact_minimum_magnitude_number, "magnitude-number"),
    _extremum("maximum_magnitude_number", extrema.exact_maximum_magnitude_number, "magnitude-number"),
    _extremum("min_num", extrema.exact_min_num, "number-2008"),
    _extremum("max_num", extrema.exact_max_num, "number-2008"),
    _extremum("min_num_mag", extrema.exact_min_num_mag, "magnitude-2008"),
    _extremum("max_num_mag", extrema.exact_max_num_mag, "magnitude-2008"),
    _extremum("minimum_finite", extrema.exact_minimum_finite, "finite"),
    _extremum("maximum_finite", extrema.exact_maximum_finite, "finite"),
    _number("clamp", "abc", "clamp({}, {}, {})", extrema.exact_clamp, "extrema/clamp", "extrema/order", NAN),
)
_FUNCTIONS = (
    _number("exp", "a", "exp({})", functions.exact_exp, "function/exp", "function/exp-cases", "function/beyond", NAN),
    _number("exp2", "a", "2**{}", functions.exact_exp2, "function/exp2", "function/exp2-cases", "function/beyond", NAN),
    _number(
        "expm1", "a", "exp({}) - 1", functions.exact_expm1, "function/expm1", "function/expm1-cases", "function/beyond", NAN
    ),
    _number("log", "a", "log({})", functions.exact_log, "function/log", "function/log-cases", NAN),
    _number("log2", "a", "log2({})", functions.exact_log2, "function/log2", "function/log2-cases", "function/log-cases", NAN),
    _number("log1p", "a", "log(1 + {})", functions.exact_log1p, "function/log1p", "function/log1p-cases", NAN),
    _number("sin", "a", "sin({})", functions.exact_sin, "function/sin", "function/wave-cases", NAN),
    _number("cos", "a", "cos({})", functions.exact_cos, "function/cos", "function/wave-cases", NAN),
    _number("tanh", "a", "tanh({})", functions.exact_tanh, "function/tanh", "function/tanh-cases", NAN),
    _number("erf", "a", "erf({})", functions.exact_erf, "function/erf", "function/erf-cases", NAN),
    _number("sigmoid", "a", "sigmoid({})", functions.exact_sigmoid, "function/sigmoid", "function/sigmoid-cases", NAN),
    _number("softplus", "a", "softplus({})", functions.exact_softplus, "function/softplus", "function/softplus-cases", NAN),
    _number("silu", "a", "silu({})", functions.exact_silu, "function/silu", "function/gate-cases", NAN),
    _number("gelu", "a", "gelu({})", functions.exact_gelu, "function/gelu", "function/gate-cases", NAN),
    _number("gelu_tanh", "a", "gelu_tanh({})", functions.exact_gelu_tanh, "function/gelu-tanh", "function/gate-cases", NAN),
    _activation("relu", activations.exact_relu, "activation/relu", "activation/rectified"),
    _activation("relu6", activations.exact_relu6, "activation/relu6", "activation/rectified"),
    _activation("hard_tanh", activations.exact_hard_tanh, "activation/hard-tanh", "activation/clamped"),
    _activation("hard_sigmoid", activations.exact_hard_sigmoid, "activation/hard-sigmoid", "activation/gate"),
    _activation("hard_sigmoid_fifth", activations.exact_hard_sigmoid_fifth, "activation/hard-sigmoid-fifth", "activation/gate"),
    _activation("hard_sigmoid_dpu", activations.exact_hard_sigmoid_dpu, "activation/hard-sigmoid-dpu", "activation/dpu-cases"),
    _activation("hard_swish", activations.exact_hard_swish, "activation/hard-swish", "activation/gated"),
    _number(
        "leaky_relu",
        "ab",
        "leaky_relu({}, {})",
        activations.exact_leaky_relu,
        "activation/leaky-relu",
        "activation/leaky",
        "arithmetic/product",
        NAN,
    ),
)
_FIXED = (
    _number("negation", "a", "-({})", fixed.exact_negation, "fixed/negation", NAN),
    _number("absolute_value", "a", "abs({})", fixed.exact_absolute_value, "fixed/absolute-value", NAN),
)
_ON_CODES = (
    _codes("negate", Kind.CODE, "a", "-({})", codes.negate, "codes/negate", "codes/sign"),
    _codes("absolute", Kind.CODE, "a", "abs({})", codes.absolute, "codes/absolute", "codes/sign"),
    _codes("copy_sign", Kind.CODE, "ab", "copySign({}, {})", codes.copy_sign, "codes/copy-sign", "codes/sign"),
    _codes("next_up", Kind.CODE, "a", "nextUp({})", codes.next_up, "codes/next-up"),
    _codes("next_down", Kind.CODE, "a", "nextDown({})", codes.next_down, "codes/next-down"),
    _codes("posit_next", Kind.CODE, "a", "next({})", codes.posit_next, "codes/posit-next"),
    _codes("posit_prior", Kind.CODE, "a", "prior({})", codes.posit_prior, "codes/posit-prior"),
    _shift("shift_left", "{} << {}", shifts.shift_left, "shift/left"),
    _shift("shift_right_logical", "{} >>> {}", shifts.shift_right_logical, "shift/right-logical"),
    _shift("shift_right_arithmetic", "{} >> {}", shifts.shift_right_arithmetic, "shift/right-arithmetic"),
    _codes("total_order", Kind.TRUTH, "ab", "totalOrder({}, {})", comparison.total_order, "comparison/total-order"),
    _codes(
        "total_order_magnitude",
        Kind.TRUTH,
        "ab",
        "totalOrderMag({}, {})",
        comparison.total_order_magnitude,
        "comparison/total-order-magnitude",
        "comparison/total-order",
    ),
    *(
        _codes(
            name,
            Kind.TRUTH,
            "ab",
            name + "({}, {})",
            partial(comparison.compare, name),
            "comparison/predicate",
            "comparison/relation",
        )
        for name in comparison.PREDICATES
    ),
    *(
        _codes(
            name,
            Kind.TRUTH,
            "ab",
            name + "({}, {})",
            partial(comparison.posit_compare, name),
            "comparison/posit",
            "comparison/relation",
        )
        for name in comparison.POSIT_PREDICATES
    ),
    _codes("classify", Kind.CLASS, "a", "class({})", comparison.classify, "comparison/class"),
)

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (*_ARITHMETIC, *_INTEGRAL, *_SCALING, *_EXTREMA, *_FUNCTIONS, *_FIXED, *_ON_CODES)
}
"""The operations by name."""


def get_operation(name: str) -> Operation:
    """The operation of a name; ``ValueError`` with near names for an unknown one."""
    if name in OPERATIONS:
        return OPERATIONS[name]
    near = get_close_matches(name, OPERATIONS, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "'refsim operations' lists them"
    raise ValueError(f"unknown operation {name!r}; {hint}")
