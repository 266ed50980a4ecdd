"""Settings of the whole suite: Hypothesis repeats itself from run to run, and ``--hypothesis-profile=search`` does not."""

import gc
import signal

import pytest
from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=100)
settings.register_profile("search", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("repeatable")

# A shell that starts the suite in the background has it ignore interrupts, and with it all programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What asks a peer that this Python may not have is run by hand.
collect_ignore = ["oracles/observed/collect_verifloat.py"]


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is made by collecting stays to the end of the run: the search for garbage leaves it out, then and later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
