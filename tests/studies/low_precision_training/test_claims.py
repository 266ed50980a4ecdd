"""The claims of the quick study."""

import pytest

from refsim.studies.results.claims import HOLDS


@pytest.mark.slow
def test_the_claims_of_the_quick_study(quick_run):
    found = {claim.name: claim.verdict for claim in quick_run("low-precision-training").claims}
    assert len(found) == 6
    assert set(found.values()) == {HOLDS}, found
