"""For other people's tests: Hypothesis strategies, in ``refsim.testing.strategies``. Needs the ``testing`` extra."""
