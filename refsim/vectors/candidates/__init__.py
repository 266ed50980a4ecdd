"""Candidates: operands that are worth a look for each operation, built so that the exact result lies where it matters.

Which of them become vectors is decided by their cells.
"""
