"""Schemes: what is chosen for each layer of a network that becomes one of codes. A scheme is plain data, as JSON has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from ...spec.affine import get_model as get_quantization
from ...spec.affine_layers import NARROW, check_integers
from ...spec.catalogue import get_format
from ...spec.datapath_names import get_accumulator
from ...spec.levels import check_symmetric, method_of
from ...spec.plain_data import mapping, text, yes_or_no
from ...spec.requantization import get_model as get_requantization
from ...spec.spellings import get_projection
from ..calibration import BY_MAX, Calibration
from .datapaths import check_template, datapath_for, filled
from .patterns import ONE, formats_for, is_chosen

SUMS = ("rounded", "fused", "kept")
"""Whether the result of a dense layer or a convolution is brought into the format of the activations: always; unless all that
takes it is an activation, which then rounds once; or never."""
SOFTMAXES, SPREADS, WAYS, OUTPUTS = (
    ("real", "steps"),
    ("tensor", "channel"),
    ("exact", "binary32", "onnxruntime"),
    ("real", "codes"),
)


def check_word(what: str, given: str, known: tuple[str, ...]) -> None:
    """``ValueError`` for a word that is none of those known."""
    if given not in known:
        raise ValueError(f"{what} is one of {', '.join(known)}, not {given!r:.60}")


def check_pool(name: str) -> None:
    """``ValueError`` for a name that is none of an accumulator, whatever stands in its places."""
    try:
        get_accumulator(filled(name))
    except ValueError as error:
        raise ValueError(f"pool: {error}") from None


def complete(given: str, rounding: str, overflow: str) -> str:
    """The text of a projection from that of a format, with the scheme's rules; one that has rules of its own keeps them."""
    return given if given.count("/") >= 2 else f"{given}/{rounding}/{overflow}"


def _check_projection(what: str, given: str) -> None:
    pattern, slash, rest = given.partition("/")
    try:
        to = get_projection(f"{formats_for(pattern, ONE)[0]}{slash}{rest}")
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    if to.rounding.bits:
        raise ValueError(f"{what}: {to.rounding.name} takes random bits, which no network of codes has outside its datapaths")


@dataclass(frozen=True)
class FormatChoice:
    """Numbers of formats: fixed point, floats, posits, logarithms, as they are, or times a step (``levels``).

    ``weights``, ``bias``, ``activations`` and ``constants`` are formats, or projections with rules of their own, and may be
    patterns. ``bias`` can be ``register``: the format of the accumulator. ``constants`` are the slope of ``leaky_relu`` and the
    factors and shifts of batch normalizations. ``datapath`` is that of sums, with ``{to}`` for the projection of the
    activations and ``{32}`` for the format of 32 bits with the places of a product after the point. ``pool`` is the accumulator
    of averages and of the sums of ``softmax: steps``; where it is left out that of the datapath.

    With ``levels`` the weights are those of a format of levels and a step, found by ``method``, held as ``step`` says, for the
    whole tensor or each channel.
    """

    weights: str
    bias: str
    activations: str
    datapath: str
    rounding: str
    overflow: str
    sums: str = "rounded"
    constants: str = "binary32/ties_to_even/infinity"
    pool: str | None = None
    softmax: str = "real"
    calibration: Calibration = BY_MAX
    weights_calibration: Calibration = BY_MAX
    levels: bool = False
    method: str = "optimal"
    step: str = "binary32/ties_to_even/infinity"
    per: str = "tensor"

    def __post_init__(self) -> None:
        for what, given, known in (("sums", self.sums, SUMS), ("softmax", self.softmax, SOFTMAXES), ("per", self.per, SPREADS)):
            check_word(what, given, known)
        for what in ("weights", "activations", "constants", *(() if self.bias == "register" else ("bias",))):
            _check_projection(what, self.projection(what))
        if is_chosen(self.constants):
            raise ValueError("constants: their format is given, not chosen")
        check_template(self.datapath)
        if self.pool is not None:
            check_pool(self.pool)
        if self.levels:
            _check_projection("step", self.step)
            method_of(self.method)
            check_symmetric(get_projection(self.projection("weights")))
            path = datapath_for(self.datapath)
            if path.output is None or path.scaling == "terms":
                raise ValueError("datapath: the step of levels scales the sum, for which the datapath needs an output")

    def projection(self, what: str) -> str:
        """The text of a projection."""
        if self.levels and what == "weights":
            # Sung et al. have the nearest level, and of two the outer one.
            return complete(self.weights, "ties_to_away", "saturate")
        return complete(getattr(self, what), self.rounding, self.overflow)


@dataclass(frozen=True)
class AffineChoice:
    """Integers with scales and zero points.

    ``activations`` and ``weights`` are integer formats; symmetric ones have the zero point 0. Weights have a scale for the
    whole tensor or ``per`` channel. With ``power_of_two`` every scale is one, and all is symmetric. ``datapath`` is that of the
    exact integers; ``bias`` the format of biases, whose scale is that of the products. ``requantization`` and ``quantization``
    are models of the specification; ``way`` is how sums, averages and activations are computed: ``exact``, ``binary32`` (as
    QuantizeLinear and DequantizeLinear around them say) or ``onnxruntime`` (its own kernels). ``sums`` are ``rounded`` or
    ``fused``. The ``output`` are ``real`` numbers of binary32, or ``codes``.
    """

    weights: str
    bias: str
    activations: str
    datapath: str
    requantization: str
    quantization: str
    way: str
    symmetric_activations: bool = False
    symmetric_weights: bool = True
    per: str = "channel"
    power_of_two: bool = False
    sums: str = "rounded"
    output: str = "real"
    calibration: Calibration = BY_MAX
    weights_calibration: Calibration = BY_MAX

    def __post_init__(self) -> None:
        for what, given, known in (
            ("sums", self.sums, SUMS[:2]),
            ("per", self.per, SPREADS),
            ("way", self.way, WAYS),
            ("output", self.output, OUTPUTS),
        ):
            check_word(what, given, known)
        for what, widest in (("weights", NARROW), ("activations", NARROW), ("bias", 64)):
            check_integers(what, get_format(getattr(self, what)), widest)
        get_quantization(self.quantization)
        get_requantization(self.requantization)
        path = datapath_for(self.datapath)
        check_integers("datapath", path.to.format)
        for what, symmetric in (("weights", self.symmetric_weights), ("activations", self.symmetric_activations)):
            if (symmetric or self.power_of_two) and not get_format(getattr(self, what)).signed:
                raise ValueError(f"{what}: symmetric scales need a signed format, which {getattr(self, what)} is not")
        if self.requantization == "dpu" and not self.power_of_two:
            raise ValueError("requantization: dpu shifts alone, for which power_of_two is needed")


Choice = FormatChoice | AffineChoice


def _calibration(value: Any) -> Calibration:
    return Calibration(**mapping(value, ["method"], ("percentile", "candidates", "bins")))


def _accumulator(value: Any) -> str | None:
    return None if value is None else text(value)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "pool": _accumulator,
    "calibration": _calibration,
    "weights_calibration": _calibration,
    "symmetric_activations": yes_or_no,
    "symmetric_weights": yes_or_no,
    "power_of_two": yes_or_no,
}
"""How an attribute is read from plain data; the others are texts."""
LEVELS_ONLY = ("method", "step", "per")
NUMBERS: Mapping[str, tuple[type[FormatChoice | AffineChoice], Mapping[str, Any], tuple[str, ...]]] = {
    "format": (FormatChoice, {"levels": False}, ("levels", *LEVELS_ONLY)),
    "levels": (FormatChoice, {"levels": True}, ("levels",)),
    "affine": (AffineChoice, {}, ()),
}
"""By the kind of numbers, the record of choices, what of it the kind fixes, and what is not asked for."""


@dataclass(frozen=True)
class Scheme:
    """The kind of numbers, what is chosen for all layers, and by pattern of names what is chosen otherwise.

    ``ValueError`` for what does not fit together.
    """

    numbers: str
    default: Mapping[str, Any]
    layers: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def __post_init__(self) -> None:
        self.choice("")
        for pattern, own in self.layers:
            try:
                _read(self.numbers, {**self.default, **own})
            except ValueError as error:
                raise ValueError(f"layers {pattern!r:.60}: {error}") from None

    def choice(self, layer: str) -> Choice:
        """What is chosen for a layer: the default, then what each pattern says that its name matches, in order."""
        own = [given for pattern, given in self.layers if fnmatchcase(layer, pattern)]
        return _read(self.numbers, {key: value for given in (self.default, *own) for key, value in given.items()})


def _read(numbers: str, data: Mapping[str, Any]) -> Choice:
    record, fixed, left_out = NUMBERS[numbers]
    known = [one for one in fields(record) if one.name not in left_out]
    needed = [one.name for one in known if one.default is MISSING]
    given = mapping(dict(data), needed, tuple(one.name for one in known if one.name not in needed))
    made = {}
    for key, value in given.items():
        reader: Callable[[Any], Any] = READERS.get(key, text)
        try:
            made[key] = reader(value)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    return record(**{**made, **fixed})


def read_scheme(data: Any) -> Scheme:
    """The scheme of plain data: ``numbers``, what is chosen for all layers and, by patterns such as ``conv*``, ``layers``.

    ``ValueError`` that says which key is wrong.
    """
    given = mapping(data, ["numbers"], None)
    check_word("numbers", text(given["numbers"]), tuple(NUMBERS))
    layers = mapping(given.get("layers", {}), [], None)
    for pattern, own in layers.items():
        mapping(own, [], None)
        if "numbers" in own or "layers" in own:
            raise ValueError(f"layers {pattern!r:.60}: all layers have the numbers of the network")
    return Scheme(given["numbers"], {k: v for k, v in given.items() if k not in {"numbers", "layers"}}, tuple(layers.items()))


def write_scheme(scheme: Scheme) -> dict[str, Any]:
    """The plain data of a scheme."""
    layers = {"layers": {pattern: dict(own) for pattern, own in scheme.layers}} if scheme.layers else {}
    return {"numbers": scheme.numbers, **scheme.default, **layers}
