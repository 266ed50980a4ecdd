"""The claims of the quick study."""

import pytest

from refsim.studies.results.claims import HOLDS


@pytest.mark.slow
def test_the_claims_of_the_quick_study(quick_run):
    found = {claim.name: claim.verdict for claim in quick_run("weight-scaling").claims}
    assert found.pop("scaling helps floating point") != HOLDS
    assert set(found.values()) == {HOLDS}, found
