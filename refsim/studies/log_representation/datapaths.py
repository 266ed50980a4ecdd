"""The datapaths that a network of codes is computed with: sums by shifts, and sums in the logarithmic domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...nn.networks import INPUT, Network
from ...nn.training.quantizers import Scale
from .floating import activations
from .settings import Settings

WIDE = "q15.32/toward_negative/saturate"
"""What holds every sum of the study exactly, but for what lies below 2**-32, and sums with their bias."""
BIAS = "q15.16/ties_to_even/saturate"
SHIFTS = {"method 1": "shift(x,exact)", "method 2": "log(exact)"}
"""The multipliers: weights shifted by the logarithms of activations; a one shifted by the sum of two logarithms."""
EXACT, LINEAR, TABLE, LINE = "exact", "linear", "logarithm, table", "logarithm, line"
"""How sums are made: exactly; in a linear register of so many places after the point, each step cut off; in registers of
logarithms with so many fraction bits, whose powers at the end come from a table, or from lines between whole powers."""
POWERS = {TABLE: "table(8,16,ties_to_even)", LINE: "linear"}
LOGARITHMS = tuple(POWERS)


class Path(NamedTuple):
    """How sums are made, and with how many places after the point."""

    sums: str
    places: int

    def accumulator(self) -> str:
        """The name of the accumulator."""
        if self.sums == EXACT:
            return f"total({WIDE})"
        if self.sums == LINEAR:
            return f"sequential(q15.{self.places}/toward_negative/saturate)"
        return f"log_domain(log_sum(q5.{self.places}/toward_negative/saturate,exact),{POWERS[self.sums]},{WIDE})"

    def datapath(self, method: str) -> str:
        """The name of the datapath; a bias is added behind the accumulator."""
        return f"datapath({SHIFTS[method]},{self.accumulator()},output,sum,output={WIDE})"


def paths(sizes: Settings, method: str) -> list[Path]:
    """The datapaths of a method, the exact one first; only products of two logarithms can be summed as logarithms."""
    logarithms = LOGARITHMS if method == "method 2" else ()
    return [
        Path(EXACT, 32),
        *(Path(LINEAR, places) for places in sizes.path_places),
        *(Path(sums, places) for sums in logarithms for places in sizes.path_fractions),
    ]


def scheme(network: Network, scales: Mapping[str, Scale], method: str, path: str) -> dict[str, Any]:
    """The scheme of quantization: activations and the input in base 2 at the full scales that training used, weights in base
    2 too or, for method 1, in fixed point."""
    layers = {}
    for layer in network.layers:
        if layer.kind in {"dense", "conv2d"}:
            scale = int(scales[f"weights/{layer.name}.weights"][0])
            layers[layer.name] = {"weights": weights_format(method, scale)}
    for name in (INPUT, *activations(network)):
        layers[name] = {"activations": f"log4_fsr{_signed(int(scales[f'activations/{name}'][0]))}/ties_to_away/saturate"}
    # A pooling between moves codes only: its format is that of what it takes.
    return {
        "numbers": "format",
        "weights": weights_format(method, 0),
        "bias": BIAS,
        "activations": "log4_fsr0/ties_to_away/saturate",
        "rounding": "ties_to_even",
        "overflow": "saturate",
        "datapath": path,
        "sums": "kept",
        "layers": layers,
    }


def weights_format(method: str, scale: int) -> str:
    """The projection of weights of 5 bits with a full scale."""
    if method == "method 1":
        return f"q{scale}.{4 - scale}/ties_to_away/saturate_symmetric"
    return f"slog5_fsr{_signed(scale)}/ties_to_away/saturate"


def _signed(scale: int) -> str:
    return f"m{-scale}" if scale < 0 else str(scale)
