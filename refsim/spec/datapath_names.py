"""Names of multipliers, accumulators and datapaths: text without spaces for files, headers and command lines, both ways.

>>> accumulator = get_accumulator("sequential(int18/toward_zero/saturate)")
>>> accumulator.to.format.width
18
>>> accumulator_name(accumulator)
'sequential(int18/toward_zero/saturate)'
"""

from __future__ import annotations

from .accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from .datapaths import Datapath
from .lns import Adder, CorrectionTable
from .lns_sums import LnsSequential
from .log_accumulators import LogDomain, LogSum
from .mitchell import Mitchell
from .power_tables import ExactPower, LinearPower, PowerTable, WholePower
from .products import ExactProduct, Multiplier, RoundedProduct
from .shift_multipliers import LogProduct, ShiftProduct
from .spellings import ALIGNMENT, INTEGER, PROJECTION, RULE, WORD, YES, Kind, Part, family, whole, write
from .terms import Accumulator

TO = Part("to", PROJECTION)
REGISTER = Part("to", PROJECTION, "to")

POWERS = family(
    "way of making powers",
    Kind("exact", ExactPower),
    Kind("whole", WholePower),
    Kind("linear", LinearPower),
    Kind("table", PowerTable, (Part("fraction", INTEGER), Part("width", INTEGER), Part("rounding", RULE))),
)
LOG_SUMS = family("register of logarithms", Kind("log_sum", LogSum, (TO, Part("powers", POWERS))))
CORRECTIONS = family(
    "table of corrections",
    Kind(
        "corrections",
        CorrectionTable,
        (Part("index_fraction", INTEGER), Part("fraction", INTEGER), Part("entries", INTEGER, many=True)),
    ),
)
ADDERS = family(
    "adder of logarithms",
    Kind("adder", Adder, (Part("sums", CORRECTIONS), Part("differences", CORRECTIONS), Part("end", WORD))),
)
MULTIPLIERS = family(
    "multiplier",
    Kind("exact", ExactProduct),
    Kind("rounded", RoundedProduct, (TO,)),
    Kind("shift", ShiftProduct, (Part("log", WORD), Part("powers", POWERS), REGISTER)),
    Kind("log", LogProduct, (Part("powers", POWERS), Part("exponent", PROJECTION, "exponent"), REGISTER)),
    Kind("mitchell", Mitchell, (Part("way", WORD), Part("corrections", INTEGER), Part("bits", INTEGER, "bits"), REGISTER)),
)
"""The multipliers by name."""
ACCUMULATORS = family(
    "accumulator",
    Kind(
        "sequential",
        Sequential,
        (TO, Part("group", INTEGER, "group", 1), Part("alignment", ALIGNMENT, "align"), Part("sticky", YES, "sticky", False)),
    ),
    Kind("total", Total, (TO,)),
    Kind("pairwise", Pairwise, (TO, Part("base", INTEGER, "base", 1))),
    Kind("tree", Tree, (Part("radix", INTEGER), Part("levels", PROJECTION, many=True))),
    Kind("kahan", Kahan, (TO,)),
    Kind("lns", LnsSequential, (TO, Part("adder", ADDERS))),
    Kind("log_domain", LogDomain, (Part("register", LOG_SUMS), Part("powers", POWERS), TO)),
)
"""The accumulators by name."""
_TWO = (Part("inner", ACCUMULATORS), Part("outer", ACCUMULATORS))
ACCUMULATORS.add(
    Kind("blocked", Blocked, (Part("size", INTEGER), *_TWO)),
    Kind("interleaved", Interleaved, (Part("lanes", INTEGER), *_TWO)),
)
DATAPATHS = family(
    "datapath",
    Kind(
        "datapath",
        Datapath,
        (
            Part("multiplier", MULTIPLIERS),
            Part("accumulator", ACCUMULATORS),
            Part("bias", WORD),
            Part("scaling", WORD),
            Part("output", PROJECTION, "output"),
        ),
    ),
)


def get_multiplier(name: str) -> Multiplier:
    """The multiplier of a name; ``ValueError`` that says where for anything else."""
    found: Multiplier = whole(name, MULTIPLIERS)
    return found


def get_accumulator(name: str) -> Accumulator:
    """The accumulator of a name; ``ValueError`` that says where for anything else."""
    found: Accumulator = whole(name, ACCUMULATORS)
    return found


def get_datapath(name: str) -> Datapath:
    """The datapath of a name: ``datapath(MULTIPLIER,ACCUMULATOR,BIAS,SCALING)``, with ``output=PROJECTION`` where it has one.

    ``ValueError`` that says where for anything else.
    """
    found: Datapath = whole(name, DATAPATHS)
    return found


def multiplier_name(multiplier: Multiplier) -> str:
    """The name of a multiplier; ``ValueError`` where it has none."""
    return write(multiplier, MULTIPLIERS)


def accumulator_name(accumulator: Accumulator) -> str:
    """The name of an accumulator; ``ValueError`` where it has none."""
    return write(accumulator, ACCUMULATORS)


def datapath_name(path: Datapath) -> str:
    """The name of a datapath; ``ValueError`` where it has none."""
    return write(path, DATAPATHS)
