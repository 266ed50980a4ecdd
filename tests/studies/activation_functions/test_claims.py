"""The quick study, run: what it decides."""

import pytest

from refsim.studies.results.claims import HOLDS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("data", ["scene"])
def test_the_claims(quick_run, data):
    made = {claim.name: claim for claim in quick_run("activation-functions", data).claims}
    for name in ("bounded-is-robust", "int8-is-finite"):
        assert made[name].verdict == HOLDS, made[name]
