"""Range guards: results outside a range are brought to its end, or made zero, and nothing else happens to them.

Nothing is computed: a guard passes codes on, so that nothing is rounded. Chen, Li and Pattabiraman, "A Low-cost Fault Corrector
for Deep Neural Networks through Range Restriction" (Ranger), arXiv 2003.13874, saturates; Hoang, Hanif and Shafique,
"FT-ClipAct", arXiv 1912.00941, makes zero what is outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .comparison import Relation, relation
from .exact import is_nan
from .formats import Format, Number, Unrepresentable
from .layers import channel, check_roles, only
from .tensors import Shape, Tensor, TensorType, gathered

OUT_OF_RANGE = ("saturate", "zero")
"""What a number outside the range becomes: the end of the range that it is past, or zero."""
NANS = ("keep", "zero", "low", "high")
"""What a NaN becomes: it stays, it is zero, or it is an end of the range."""
ROLES = ("low", "high")


def check_choices(who: str, out_of_range: str, nan: str) -> None:
    """``ValueError`` for unknown names of what a guard does."""
    for what, given, known in (("out_of_range", out_of_range, OUT_OF_RANGE), ("nan", nan, NANS)):
        if given not in known:
            raise ValueError(f"{what} of {who} is one of {', '.join(known)}, not {given!r:.60}")


def zero_code(format: Format) -> int:
    """The code of the zero without a minus sign; ``ValueError`` for a format without one."""
    try:
        return format.code(negative=False, n=0)
    except Unrepresentable:
        raise ValueError(f"{format.name} has no zero that a number outside the range could become") from None


def guard(x: Number, low: Number, high: Number, out_of_range: str, nan: str) -> int:
    """A number below the lower end **must** become that end's code under ``saturate`` and zero under ``zero``; else one above
    the upper end that end's code, or zero; else its code stays. Numbers are compared exactly, the two zeros are equal, an
    infinity lies past every number, and nothing lies past an end that is NaN. So a lower end above the upper one is met first.

    A NaN stays, or becomes zero or an end's code, as ``nan`` says. All three are of one format. [guard/range]
    """
    if is_nan(x.exact):
        return {"keep": x.code, "low": low.code, "high": high.code}[nan] if nan != "zero" else zero_code(x.format)
    for end, beyond in ((low, Relation.LESS), (high, Relation.GREATER)):
        if relation(x.exact, end.exact) is beyond:
            return end.code if out_of_range == "saturate" else zero_code(x.format)
    return x.code


@dataclass(frozen=True)
class RangeGuard:
    """Each element **must** be guarded by the ends of its channel, which is its index along the first axis, or by those that
    all elements share. The ends are codes of the input's format.

    Parameters: ``low`` and ``high`` (one element, or one for each channel). ``ValueError`` for ends of another format, for
    unknown choices, and where something becomes zero in a format without a zero. [guard/rule]
    """

    out_of_range: str
    nan: str

    def __post_init__(self) -> None:
        check_choices("a range guard", self.out_of_range, self.nan)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's type."""
        x = only("range_guard", xs)
        check_roles("range_guard", parameters, ROLES, [])
        for role in ROLES:
            given = parameters[role]
            if given.shape not in {(), (1,), x.shape[:1]}:
                raise ValueError(f"{role} of range_guard has one element or {x.shape[:1]}, not the shape {given.shape}")
            if given.format != x.format:
                raise ValueError(f"{role} of range_guard is of the input's format {x.format.name}, not of {given.format.name}")
        if "zero" in {self.out_of_range, self.nan}:
            zero_code(x.format)
        return x

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], {role: tensor.type for role, tensor in parameters.items()})

        def element(index: Shape) -> int:
            low, high = (channel(parameters[role], index) for role in ROLES)
            return guard(xs[0].at(*index), low, high, self.out_of_range, self.nan)

        return gathered(element, made.shape, made.format)


def reach(numbers: Sequence[Number]) -> tuple[Number, Number]:
    """The range that was seen **must** be from the least to the greatest number, NaN apart, the first of equal ones standing
    for them. ``ValueError`` where there is none. [guard/reach]
    """
    seen = [x for x in numbers if not is_nan(x.exact)]
    if not seen:
        raise ValueError("a range needs at least one number that is not NaN")
    low = high = seen[0]
    for x in seen[1:]:
        low = x if relation(x.exact, low.exact) is Relation.LESS else low
        high = x if relation(x.exact, high.exact) is Relation.GREATER else high
    return low, high
