"""Settings of the whole suite: Hypothesis repeats itself from run to run, and ``--hypothesis-profile=search`` does not."""

from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("search", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("repeatable")

# What asks a peer that this Python may not have is run by hand.
collect_ignore = ["oracles/observed/collect_verifloat.py"]
