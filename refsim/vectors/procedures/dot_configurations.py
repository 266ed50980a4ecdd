"""The dot products that have golden vectors: of integers, fixed point, FP8 and 16-bit floats, as hardware adds them."""

from __future__ import annotations

from .dot import NONE
from .procedure import Parameters

NEAREST = "ties_to_even/infinity"
SINGLE, HALF, BRAIN, TF32 = (f"{name}/{NEAREST}" for name in ("binary32", "binary16", "bfloat16", "tf32"))
E4M3, E5M2 = "float8_e4m3fn", "float8_e5m2"


def configuration(
    x: str,
    y: str,
    length: int,
    accumulator: str,
    *,
    multiplier: str = "exact",
    bias: str = NONE,
    scales: str = NONE,
    output: str = NONE,
) -> Parameters:
    """The parameters of a dot product."""
    return {
        "x": x,
        "y": y,
        "length": str(length),
        "multiplier": multiplier,
        "accumulator": accumulator,
        "bias": bias,
        "scales": scales,
        "output": output,
    }


def _aligned(bits: int, group: int, to: str = SINGLE, *, rounding: str = "toward_zero", rest: str = "value/apart") -> str:
    return f"sequential({to},group={group},align={bits}/{rounding}/{rest})"


def _integers() -> list[Parameters]:
    def to(width: int, overflow: str) -> str:
        return f"sequential(int{width}/toward_zero/{overflow})"

    int18, int16, int32 = to(18, "saturate"), to(16, "saturate"), to(32, "wrap")
    sticky = "sequential(int16/toward_zero/saturate,sticky)"
    lanes = f"interleaved(4,{to(11, 'saturate')},{to(13, 'saturate')})"
    return [
        configuration("int8", "int8", 8, int16),
        configuration("int8", "int8", 16, int18),
        configuration("int8", "int8", 8, to(16, "wrap")),
        configuration("int8", "int8", 8, sticky),
        configuration("int8", "int8", 8, "total(int16/toward_zero/saturate)"),
        configuration("int8", "int8", 8, "pairwise(int16/toward_zero/saturate)"),
        configuration("int8", "int8", 8, to(16, "saturate_symmetric")),
        configuration("int8", "int8", 4, to(17, "saturate"), bias="last:int16"),
        configuration("int8", "int8", 8, to(20, "saturate"), bias="first:int20"),
        configuration("int8", "int8", 8, to(24, "saturate"), bias="first:int24"),
        configuration("int8", "int8", 8, int32, bias="first:int32"),
        configuration("int8", "int8", 8, int32, bias="first:int32", scales="sum:binary32", output="int8/ties_to_even/saturate"),
        configuration("uint8", "int8", 8, int16, multiplier="rounded(int16/toward_zero/saturate)"),
        configuration("uint8", "int8", 8, "tree(2,int16/toward_zero/saturate,int32/toward_zero/wrap)"),
        configuration("int4", "int4", 16, to(10, "saturate")),
        configuration("int8", "int4", 8, lanes),
        configuration("int16", "int16", 4, to(32, "saturate"), bias="first:int32"),
        configuration("uint16", "uint16", 4, to(48, "wrap")),
        configuration("q2.5", "q2.5", 8, "sequential(q5.6/toward_negative/saturate)"),
        configuration("q0.7", "q0.7", 8, "sequential(q3.14/toward_zero/wrap)", output="q0.7/ties_to_even/saturate"),
        configuration("q2.5", "q2.5", 8, "sequential(q6.5/ties_to_even/wrap)", multiplier="rounded(q5.6/toward_negative/wrap)"),
    ]


def _floats() -> list[Parameters]:
    plain = f"sequential({SINGLE})"
    promoted = f"blocked(4,sequential({SINGLE},group=4,align=13/toward_zero/value/with_sum),{plain})"
    outputs = {"scales": "steps:binary32,binary32", "output": BRAIN}
    return [
        configuration(E4M3, E4M3, 8, plain),
        configuration(E4M3, E4M3, 8, f"sequential({HALF})"),
        configuration(E4M3, E4M3, 8, f"sequential({BRAIN})"),
        configuration(E4M3, E4M3, 8, f"sequential({TF32})"),
        configuration(E5M2, E5M2, 8, f"sequential({HALF})"),
        configuration(E5M2, E4M3, 8, plain, bias="first:binary32"),
        configuration(E4M3, E4M3, 8, _aligned(13, 4)),
        configuration(E4M3, E5M2, 8, _aligned(14, 8)),
        configuration(E4M3, E4M3, 16, _aligned(25, 16, rest="value/with_sum")),
        configuration(E5M2, E5M2, 16, _aligned(13, 4, rest="factors/with_sum")),
        configuration(E4M3, E4M3, 8, _aligned(14, 4, rounding="toward_negative", rest="factors/apart")),
        configuration("binary16", "binary16", 8, _aligned(25, 4, rest="factors/with_sum")),
        configuration(E4M3, E4M3, 16, promoted),
        configuration(E4M3, E4M3, 8, f"blocked(4,sequential({HALF}),{plain})", **outputs),
        configuration("binary16", "binary16", 8, plain),
        configuration("binary16", "binary16", 8, f"sequential({HALF})"),
        configuration("binary16", "binary16", 8, f"sequential({HALF})", multiplier=f"rounded({HALF})"),
        configuration("binary16", "binary16", 8, f"sequential({HALF},group=4)", bias="last:binary16"),
        configuration("binary16", "binary16", 8, f"pairwise({HALF})"),
        configuration("binary16", "binary16", 8, f"tree(2,{HALF},{SINGLE})", multiplier=f"rounded({HALF})", output=HALF),
        configuration("binary16", "binary16", 8, f"interleaved(4,sequential({HALF}),pairwise({HALF}))"),
        configuration("binary16", "binary16", 8, f"kahan({HALF})", multiplier=f"rounded({HALF})"),
        configuration("binary16", "binary16", 8, "sequential(binary16/ties_to_even/infinity/subnormals=flush)"),
        configuration("bfloat16", "bfloat16", 8, plain, bias="output:bfloat16", output=BRAIN),
        configuration("bfloat16", "bfloat16", 8, "sequential(bfloat16/toward_zero/saturate)"),
        configuration("float4_e2m1fn", "float4_e2m1fn", 8, f"total({SINGLE})", scales=f"terms:{E4M3},{E4M3}", output=BRAIN),
        configuration("int8", E4M3, 8, f"sequential({HALF})", multiplier=f"rounded({HALF})"),
        configuration("binary16", "int4", 8, plain, scales="sum:binary16", output=HALF),
        configuration("posit8", "posit8", 8, "total(quire8/ties_to_even/saturate)", output="posit8/ties_to_even/saturate"),
        configuration(E4M3, E4M3, 8, f"total({SINGLE})"),
    ]


def _uneven() -> list[Parameters]:
    """Lengths that blocks, groups, lanes and halves do not divide; a bias and scales that are rounded on the way."""
    saturating = "int16/toward_zero/saturate"
    plain, half = f"sequential({SINGLE})", f"sequential({HALF})"
    before = f"{HALF}/tininess=before"
    return [
        configuration("int8", "int8", 5, f"pairwise({saturating})"),
        configuration("int8", "int8", 7, f"blocked(4,sequential({saturating}),sequential({saturating}))"),
        configuration("int8", "int8", 5, "sequential(int18/toward_zero/saturate)", bias="first:int32"),
        configuration("binary16", "binary16", 7, f"pairwise({HALF})"),
        configuration("binary16", "binary16", 7, f"tree(3,{HALF},{SINGLE})"),
        configuration("binary16", "binary16", 7, f"blocked(4,{half},{plain})"),
        configuration("binary16", "binary16", 7, f"sequential({HALF},group=4)"),
        configuration("binary16", "binary16", 7, f"interleaved(4,{half},{half})"),
        configuration(E4M3, E4M3, 5, half, bias="first:binary32"),
        configuration(E5M2, E5M2, 7, _aligned(13, 4, rest="factors/apart")),
        configuration(E4M3, E4M3, 5, plain, scales="sum:binary32,binary32", output=BRAIN),
        configuration(E5M2, E5M2, 5, f"sequential({before})"),
    ]


def _random() -> list[Parameters]:
    """Sums whose rounding is stochastic, as in training with few bits."""
    return [
        configuration(E5M2, E5M2, 4, "sequential(e6m9/stochastic_a:10/infinity)"),
        configuration("bfloat16", "bfloat16", 4, "sequential(bfloat16/stochastic_b:8/infinity)"),
        configuration("q2.5", "q2.5", 4, "sequential(q4.3/stochastic_c:5/saturate)", output="q2.5/toward_zero/saturate"),
    ]


PUBLISHED = (*_integers(), *_floats(), *_uneven(), *_random())
