"""Make the golden fault masks of ``vectors/faults``: which bits each fault model hits, by the specification.

python examples/golden_masks.py vectors/faults
python examples/golden_masks.py vectors/faults rate_1e-3 count_100
"""

import sys
from pathlib import Path

from refsim.vectors.manifest import save
from refsim.vectors.masks import text
from refsim.vectors.masks_cases import CASES, SUFFIX

if __name__ == "__main__":
    out, *names = sys.argv[1:] or sys.exit("use: golden_masks.py OUT [NAME...]")
    for name in names or CASES:
        save(Path(out) / f"{name}{SUFFIX}", text(CASES[name]))
