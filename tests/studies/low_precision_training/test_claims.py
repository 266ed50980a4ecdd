"""The claims of the quick study."""

import pytest

from refsim.studies.results.claims import FAILS, HOLDS


@pytest.mark.slow
def test_the_claims_of_the_quick_study(quick_run):
    found = {claim.name: claim.verdict for claim in quick_run("low-precision-training").claims}
    assert len(found) == 7
    assert found.pop("overflows for bits") != FAILS
    assert set(found.values()) == {HOLDS}, found
