"""Fault campaigns: planned, run on any number of workers, stopped and resumed, judged and reported."""
