"""Records that nothing was computed for: ReLU loses twice the pixels of the others in floats, as many in int8."""

from refsim.studies.activation_functions.settings import BOUNDED, FLOAT, NUMBERS, RELU, SIZES
from refsim.studies.study import Records

TENSORS = ("down1_conv1.weights", "down1_conv1.bias")
SEEDS = 3


def flips(function, size, numbers, seed, changed):
    """What a flip step says."""
    wild = int(function == RELU and numbers == FLOAT) * seed
    return {
        "kind": "flips",
        "function": function,
        "size": size,
        "numbers": numbers,
        "seed": seed,
        "overlap": [90.0 + seed + (function == RELU), 80.0, 85.0],
        "judged": [90.0, 80.0, 85.0],
        "flips": 100,
        "changed": changed,
        "wild": float(wild),
        "lost": [0.5, 0.5, 0.5],
        "by_tensors": changed,
        "wild_flips": wild,
        "changed_of_tensors": [changed, changed],
        "changed_of_bits": [changed * (bit > 22) for bit in range(32)],
    }


def records(functions=(RELU, *BOUNDED)):
    """Records of three trainings."""
    found = []
    for function in functions:
        for size in SIZES:
            found += [
                {"kind": "network", "function": function, "seed": seed, "size": size, "parameters": 22, "macs": 1000}
                for seed in range(1, SEEDS + 1)
            ]
            for numbers in NUMBERS:
                twice = 2 if function == RELU and numbers == FLOAT else 1
                found += [flips(function, size, numbers, seed, twice * (1 + seed / 10)) for seed in range(1, SEEDS + 1)]
                widths = (32, 32) if numbers == FLOAT else (8, 32)
                found.append(
                    {
                        "kind": "map",
                        "function": function,
                        "size": size,
                        "numbers": numbers,
                        "tensors": list(TENSORS),
                        "bits": [widths[0] * 10, widths[1] * 2],
                        "flips": [180, 120],
                        "changed": [[round(bit / 10, 3) for bit in range(width)] for width in widths],
                    }
                )
    return Records(found)
